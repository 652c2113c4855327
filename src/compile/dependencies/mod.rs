//! Builds the crates that a notebook's front matter asks for, so that its one call of rustc finds them compiled.
//!
//! Cargo builds them as the dependencies of an otherwise empty package, in a stage of the cache. What the notebook is
//! linked against is kept, the rest vanishes with the stage. The lock file is kept for itself, and longer: it depends on
//! no toolchain, and with it a later build has the same versions.

mod artifacts;
mod cargo;
mod cargo_error;
mod manifest;
#[cfg(test)]
mod tests;

use super::Compiler;
use super::cache::{self, Cache, Entry, Stage};
use super::toolchain::Toolchain;
use super::workspace::{self, CompileWorkspace};
use crate::diagnostic::Diagnostic;
use crate::notebook::Dependency;
use artifacts::{Built, Resolved};
use cargo::{Call, Cargo};
use std::fs;
use std::io;
use std::path::PathBuf;

/// The kind of entry that holds what was built.
const BUILT: &str = "deps";
/// The kind of entry that holds a lock file.
const LOCKED: &str = "lock";
/// The lock file.
const LOCK: &str = "Cargo.lock";

/// What decides the built dependencies, as a key; empty where there are none. What was built outside of the sandbox has seen
/// the user's environment, and what was built inside was another's to build: neither is used on the other side.
pub(super) fn key(dependencies: &[Dependency], toolchain: &Toolchain, sandboxed: bool) -> String {
    if dependencies.is_empty() {
        return String::new();
    }
    let side: &[u8] = if sandboxed { b"sandbox" } else { b"" };
    cache::key([manifest::text(dependencies).as_bytes(), toolchain.identity().as_bytes(), side])
}

/// Notes that the built dependencies of a library were of use today.
pub(super) fn touch(dependencies: &[Dependency], toolchain: &Toolchain, sandboxed: bool, cache: &Cache) {
    if !dependencies.is_empty() {
        cache.touch(BUILT, &key(dependencies, toolchain, sandboxed));
    }
}

/// Where the dependencies stand that were built, and the arguments with which a notebook's crate finds them.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub dir: Option<PathBuf>,
    pub arguments: Vec<String>,
}

/// Finds the dependencies of a notebook. They are built if they are not there yet.
///
/// # Errors
/// There is no cargo, a crate cannot be had or does not compile, or the cache cannot be written.
pub(super) fn arguments(
    dependencies: &[Dependency],
    compiler: &Compiler<'_>,
    toolchain: &Toolchain,
) -> Result<Found, Vec<Diagnostic>> {
    let Compiler { environment, cache, sandbox, watch, .. } = compiler;
    let Some(first) = dependencies.first() else { return Ok(Found::default()) };
    let key = key(dependencies, toolchain, sandbox.is_some());
    let entry = match cache.find::<Built>(BUILT, &key) {
        Some(entry) => entry,
        None => {
            let program = toolchain.cargo(environment).ok_or_else(|| vec![cargo_error::no_cargo(first)])?;
            let stage = cache.stage()?;
            let workspace = CompileWorkspace::new(&stage, *sandbox, &workspace::CRATES)
                .map_err(|error| cache.unwritable(&error))?;
            let crates = toolchain.crates(environment);
            let cargo =
                Cargo { program: &program, toolchain, workspace: &workspace, crates: crates.as_deref(), watch: *watch };
            (watch.building)(&dependencies.iter().map(|dependency| dependency.name.as_str()).collect::<Vec<_>>());
            build(dependencies, &cargo, cache, &stage, &key)?
        }
    };
    Ok(Found { arguments: entry.data.arguments(&entry.dir), dir: Some(entry.dir) })
}

fn build(
    dependencies: &[Dependency],
    cargo: &Cargo<'_>,
    cache: &Cache,
    stage: &Stage,
    key: &str,
) -> Result<Entry<Built>, Vec<Diagnostic>> {
    let lock_key = cache::key([manifest::dependencies(dependencies).as_bytes()]);
    let locked = cache.find::<()>(LOCKED, &lock_key);
    write_project(dependencies, cargo, locked.as_ref()).map_err(|error| cache.unwritable(&error))?;
    let resolved = resolve(dependencies, cargo, locked.is_some())?;
    if locked.is_none() {
        keep_lock(cargo, cache, &lock_key)?;
    }
    let call = cargo.call(Call::Build)?;
    if !call.success {
        return Err(vec![cargo_error::unbuilt(&call, dependencies)]);
    }
    let collected = artifacts::collect(&call.stdout, &resolved, cargo);
    let (built, files) = collected.map_err(|error| workspace::not_taken(&error, cache))?;
    let missing = dependencies.iter().filter(|dependency| !built.has(&dependency.crate_name()));
    let missing: Vec<_> = missing.map(cargo_error::no_library).collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    cache.publish(stage, BUILT, key, &files, built)
}

/// Writes the package, with the lock file of an earlier build if there was one.
fn write_project(dependencies: &[Dependency], cargo: &Cargo<'_>, locked: Option<&Entry<()>>) -> io::Result<()> {
    let project = cargo.project();
    fs::create_dir_all(project.join("src"))?;
    fs::write(project.join("src/lib.rs"), "")?;
    fs::write(project.join("Cargo.toml"), manifest::text(dependencies))?;
    if let Some(entry) = locked {
        fs::copy(entry.dir.join(LOCK), project.join(LOCK))?;
    }
    Ok(())
}

/// Chooses versions and makes sure that their sources are there: without the network if that will do, or if the notebook is
/// not trusted. No code of theirs is run for it.
fn resolve(dependencies: &[Dependency], cargo: &Cargo<'_>, locked: bool) -> Result<Resolved, Vec<Diagnostic>> {
    let mut call = cargo.call(Call::Resolve { offline: true, locked })?;
    if !call.success && !cargo.workspace.is_sandboxed() {
        call = cargo.call(Call::Resolve { offline: false, locked })?;
    }
    if !call.success {
        let error = cargo_error::unresolved(&call, dependencies);
        return Err(vec![if cargo.workspace.is_sandboxed() { error.note(cargo_error::SANDBOXED) } else { error }]);
    }
    serde_json::from_str(&call.stdout).map_err(|error| vec![cargo_error::not_understood(&error)])
}

fn keep_lock(cargo: &Cargo<'_>, cache: &Cache, key: &str) -> Result<(), Vec<Diagnostic>> {
    let stage = cache.stage()?;
    let copied = fs::copy(cargo.project().join(LOCK), stage.path().join(LOCK));
    copied.map_err(|error| cache.unwritable(&error))?;
    cache.publish(&stage, LOCKED, key, &[LOCK], ()).map(drop)
}
