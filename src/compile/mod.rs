//! Stage 3: the Rust cells and the specs' expressions to one dynamic library. It runs rustc, writes only to the cache,
//! and calls no compiler at all for what it has compiled before.

mod advice;
mod balance;
mod build;
mod cache;
mod dependencies;
mod diagnose;
mod entries;
mod expected;
mod hint;
mod included_files;
mod inputs;
mod lists;
mod look_alike;
mod mentions;
mod mirror;
mod mirror_files;
mod prelude;
mod prelude_flags;
mod rustc;
mod scope;
#[cfg(test)]
mod scope_tests;
mod source;
mod suggestion;
pub mod symbol;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod toolchain;
mod translate;
mod translator;
mod unsendable;
mod warning;
mod wording;
mod workbench;
mod workspace;
mod writer;

pub use cache::{Cache, key};
pub use inputs::Inputs;
pub use workbench::Workbench;

use crate::diagnostic::Diagnostic;
use crate::model::{Finding, SourceMap};
use crate::notebook::Notebook;
use crate::plan::Plan;
use crate::sandbox::Sandbox;
use build::BuildTarget;
use cache::VERDICT;
use expected::expected;
use included_files::IncludedFiles;
use rustc::Message;
use scope::Learnt;
use serde::{Deserialize, Serialize};
use source::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use toolchain::{Environment, Toolchain};
use translator::Translator;

/// A compiled notebook.
#[derive(Debug, Clone)]
pub struct Library {
    /// The dynamic library. Its name contains the hash of all that it was made from, so one path never has two
    /// contents.
    pub path: PathBuf,
    /// The compiler's version line, such as `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub rustc: String,
    /// Whether it was there already, so that nothing had to be compiled.
    pub cached: bool,
    /// How long it took to get it.
    pub elapsed: Duration,
    /// Whether its code is as fast as the compiler can make it.
    pub optimized: bool,
    /// The directory of the dynamic standard library, which it needs when it is loaded.
    pub libdir: PathBuf,
    /// Where its code's lines and columns stand in the notebook.
    pub source_map: SourceMap,
    /// The cells that wait for the compile error they have, with their errors. They are no part of the library.
    pub refused: BTreeMap<usize, Vec<Diagnostic>>,
    /// The job cells that must not compile and do, or have another error, with what is wrong.
    pub wrong: BTreeMap<usize, Vec<Diagnostic>>,
    /// The compiler's warnings, by the cells in which they are.
    pub warnings: BTreeMap<usize, Vec<Diagnostic>>,
    /// What it was made from beside the notebook's own code.
    pub inputs: Inputs,
}

/// What the compiler found in a notebook's code, of which no library was made.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The job cells that must not compile and do, or have another error, with what is wrong.
    pub wrong: BTreeMap<usize, Vec<Diagnostic>>,
    /// The compiler's warnings, by the cells in which they are.
    pub warnings: BTreeMap<usize, Vec<Diagnostic>>,
}

/// How the caller takes part in what may take minutes.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Whether the user wants to stop.
    pub stopped: &'a dyn Fn() -> bool,
    /// Hears the names of the dependencies that are going to be built.
    pub building: &'a dyn Fn(&[&str]),
}

impl Watch<'_> {
    /// Nobody takes part.
    pub const NOBODY: Watch<'static> = Watch { stopped: &|| false, building: &|_| () };
}

/// How much the compiler does for the speed of what it makes.
#[derive(Clone, Copy)]
enum Codegen<'a> {
    /// All that it can: for results that are to be published.
    Optimized,
    /// As much as leaves the next change compiled soon, by what an earlier call has left.
    Incremental(&'a Workbench),
}

/// A compiler of notebooks, with all that decides how one is compiled, apart from the notebook.
pub struct Compiler<'a> {
    environment: Environment,
    prelude: prelude::Files<'a>,
    /// The notebook's directory.
    dir: &'a Path,
    cache: &'a Cache,
    sandbox: Option<&'a Sandbox>,
    watch: Watch<'a>,
    codegen: Codegen<'a>,
}

impl<'a> Compiler<'a> {
    /// The user's compiler for a notebook that stands in `dir`. With a sandbox, whatever the notebook makes the compiler do is done
    /// in there.
    pub fn new(dir: &'a Path, cache: &'a Cache, sandbox: Option<&'a Sandbox>, watch: Watch<'a>) -> Self {
        let (environment, prelude) = (Environment::of_process(), prelude::FILES);
        Self { environment, prelude, dir, cache, sandbox, watch, codegen: Codegen::Optimized }
    }

    /// The same, which makes code for its own speed no longer, but so that the next change is compiled soon. What a call has made
    /// for that is kept in the workbench, which is for one notebook, and for one call at a time. In a sandbox, this is not to be had.
    pub fn incremental(self, bench: &'a Workbench) -> Self {
        let codegen = if self.sandbox.is_some() { Codegen::Optimized } else { Codegen::Incremental(bench) };
        Self { codegen, ..self }
    }
}

/// What a notebook is compiled with. The compiler's warnings are silenced but for a few, not the errors among the lints: a
/// literal that does not fit its type is an error here as everywhere. An overflow panics, since a lesson must not show a number that is
/// wrong.
const FLAGS: &[&str] = &[
    "--crate-name=notebook",
    "--crate-type=cdylib",
    "-Aunused",
    "-Anonstandard-style",
    "-Afuture-incompatible",
    "-Arust-2018-idioms",
    "-Wlet-underscore-drop",
    "-Wlet-underscore-lock",
    "-Wstatic-mut-refs",
    "-Wunconditional-recursion",
    "-Wunused-comparisons",
    "-Wunused-must-use",
    "-Cprefer-dynamic",
    "-Copt-level=2",
    "-Coverflow-checks=on",
    // Two units, on two cores, saved 3 % of the first lesson's 646 ms, and may cost jobs what is not inlined.
    "-Ccodegen-units=1",
];

/// What is different where the next change is to be compiled soon. ThinLTO writes over its list of imports in the last session, which is
/// linked into the new one: after a compiler that was killed, code of the last session would be taken for that of the new text.
const INCREMENTAL_FLAGS: &[&str] = &["-Copt-level=1", "-Ccodegen-units=16", "-Clto=off"];

/// What the compiler makes to say whether it could make a library, and how. For mere metadata it would not look for code that
/// panics for certain, nor at instances of generic code; of this it makes no machine code.
const VERDICT_KIND: &str = "mir";
const VERDICT_FLAGS: &[&str] = &["-Copt-level=0"];

/// The names of what comes of a crate, and of the list of all that was read for it.
const LIBRARY: &str = "notebook.so";
const READ: &str = "notebook.d";
/// The same list, by a call that reads the code with real `std` where a library with the mirror is made.
const READ_AS_REAL: &str = "notebook-real.d";

/// What the cache keeps beside a library.
#[derive(Serialize, Deserialize)]
struct Kept {
    refused: BTreeMap<usize, Vec<Finding>>,
    wrong: BTreeMap<usize, Vec<Finding>>,
    learnt: Learnt,
    warnings: Vec<Message>,
}

/// What calls of the compiler came to, now or earlier.
struct Obtained {
    kept: Kept,
    /// The entry of the cache, and its key.
    entry: (PathBuf, String),
    cached: bool,
    toolchain: Toolchain,
    /// The source that was compiled.
    source: Source,
    inputs: Inputs,
}

/// Everything that the user's compiler says about its version.
///
/// # Errors
/// There is none, or it cannot be used.
pub fn toolchain_version(cache: &Cache) -> Result<String, Vec<Diagnostic>> {
    Ok(toolchain::find(&Environment::of_process(), cache)?.verbose().to_owned())
}

impl Compiler<'_> {
    /// Compiles a notebook, or finds it compiled in the cache.
    ///
    /// # Errors
    /// All of the compiler's errors at the notebook's own lines, in document order; or the one reason why nothing can be
    /// compiled: no toolchain, no linker, a cache that cannot be written.
    pub fn compile(&self, notebook: &Notebook, plan: &Plan) -> Result<Library, Vec<Diagnostic>> {
        let started = Instant::now();
        let Obtained { kept, entry: (dir, key), cached, toolchain, source, inputs } =
            self.obtain(notebook, plan, BuildTarget::Library)?;
        Ok(Library {
            warnings: warnings(notebook, plan, &source, &kept),
            path: dir.join(library_name(&key)),
            rustc: toolchain.version,
            libdir: toolchain.libdir,
            cached,
            elapsed: started.elapsed(),
            source_map: source.map,
            refused: shown(notebook, &kept.refused),
            wrong: shown(notebook, &kept.wrong),
            inputs,
            optimized: matches!(self.codegen, Codegen::Optimized),
        })
    }

    /// Looks for the errors that [`compile`](Self::compile) would find, without making machine code.
    ///
    /// # Errors
    /// The same as of [`compile`](Self::compile), but for those of the linker.
    pub fn check(&self, notebook: &Notebook, plan: &Plan) -> Result<Checked, Vec<Diagnostic>> {
        let Obtained { kept, source, .. } = self.obtain(notebook, plan, BuildTarget::Verdict)?;
        Ok(Checked { warnings: warnings(notebook, plan, &source, &kept), wrong: shown(notebook, &kept.wrong) })
    }

    /// Makes what is asked for, or finds it in the cache. Who has a library knows the verdict, too.
    fn obtain(&self, notebook: &Notebook, plan: &Plan, target: BuildTarget) -> Result<Obtained, Vec<Diagnostic>> {
        let toolchain = toolchain::find(&self.environment, self.cache)?;
        let failing: BTreeSet<usize> = build::failing(plan).into_keys().collect();
        let source = source::generate(notebook, plan, &failing, &Learnt::default());
        let base = self.key(notebook, plan, &toolchain, &source);
        let included = IncludedFiles::new(self.dir, self.sandbox.is_some());
        included.recall(self.cache, &base);
        let mut key = included.key(&base);
        let found = self.cache.find::<Kept>("lib", &key);
        let found = found.or_else(|| self.cache.find(VERDICT, &key).filter(|_| target == BuildTarget::Verdict));
        let cached = found.is_some();
        let entry = match found {
            Some(entry) => {
                let dependencies = &notebook.front_matter.nbrun.dependencies;
                dependencies::touch(dependencies, &toolchain, self.sandbox.is_some(), self.cache);
                entry
            }
            None => {
                let stage = self.cache.stage()?;
                included.forget();
                let kept = build::make(self, notebook, plan, &toolchain, &stage, &included, target)?;
                key = included.key(&base);
                let name = library_name(&key);
                let (kind, files) = match target {
                    BuildTarget::Library => ("lib", &[name.as_str()][..]),
                    BuildTarget::Verdict => (VERDICT, &[][..]),
                };
                let named =
                    files.iter().try_for_each(|name| fs::rename(stage.path().join(LIBRARY), stage.path().join(name)));
                let noted = named.and_then(|()| included.remember(self.cache, &base));
                noted.map_err(|error| self.cache.unwritable(&error))?;
                let entry = self.cache.publish(&stage, kind, &key, files, kept);
                self.cache.sweep();
                entry?
            }
        };
        let kept = entry.data;
        let left_out: BTreeSet<usize> = kept.refused.keys().copied().chain(failing.iter().copied()).collect();
        let is_first = left_out == failing && kept.learnt == Learnt::default();
        let source = if is_first { source } else { source::generate(notebook, plan, &left_out, &kept.learnt) };
        Ok(Obtained { kept, entry: (entry.dir, key), cached, toolchain, source, inputs: included.inputs() })
    }

    /// All that decides the library and what is kept beside it, as a key.
    fn key(&self, notebook: &Notebook, plan: &Plan, toolchain: &Toolchain, source: &Source) -> String {
        let codegen = match self.codegen {
            Codegen::Optimized => &[],
            Codegen::Incremental(_) => INCREMENTAL_FLAGS,
        };
        let flags = [FLAGS, VERDICT_FLAGS, &[VERDICT_KIND], codegen].concat().join(" ");
        let prelude = prelude::key(self.prelude, toolchain);
        let (expected, failing) = (expected(plan), build::failing(plan));
        // What must not compile is no part of the crate, and yet decides which errors are kept.
        let code = failing.keys().filter_map(|cell| notebook.cells.get(*cell)).map(|cell| cell.code.text());
        let expected = format!("{expected:?} {failing:?} {:?}", code.collect::<Vec<_>>());
        let dependencies = &notebook.front_matter.nbrun.dependencies;
        let dependencies = dependencies::key(dependencies, toolchain, self.sandbox.is_some());
        // In a sandbox the compiler sees less, so that the same code need not be the same library.
        let seen = if self.sandbox.is_some() { "sandbox" } else { "" }.to_owned();
        let identity = toolchain.identity();
        let mirrored = if source.mirrored { "mirrored" } else { "" }.to_owned();
        let parts = [&identity, &flags, &prelude, &seen, &dependencies, &expected, &mirrored];
        let files = source.files.iter().flat_map(|file| [file.name.as_str(), file.text.as_str()]);
        key(parts.into_iter().map(String::as_str).chain(files).map(str::as_bytes))
    }
}

/// The errors that were kept, at the present lines.
fn shown(notebook: &Notebook, kept: &BTreeMap<usize, Vec<Finding>>) -> BTreeMap<usize, Vec<Diagnostic>> {
    let shown = |findings: &[Finding]| findings.iter().map(|finding| notebook.diagnostic(finding)).collect();
    kept.iter().map(|(cell, findings)| (*cell, shown(findings))).collect()
}

/// The warnings that were kept, as they read at the present lines, by the cells in which they are.
fn warnings(notebook: &Notebook, plan: &Plan, source: &Source, kept: &Kept) -> BTreeMap<usize, Vec<Diagnostic>> {
    let mut all: BTreeMap<usize, Vec<Diagnostic>> = BTreeMap::new();
    let past = if notebook.front_matter.nbrun.real_std { Vec::new() } else { mirror::passed_by(source, notebook) };
    let told = warning::warnings(&Translator { notebook, plan, map: &source.map }, &kept.warnings);
    for warning in told.into_iter().chain(past) {
        if let Some(cell) = cell_of(plan, &warning) {
            all.entry(cell).or_default().push(warning);
        }
    }
    all
}

/// The cell in which something is wrong.
fn cell_of(plan: &Plan, diagnostic: &Diagnostic) -> Option<usize> {
    let line = diagnostic.place.as_ref().filter(|place| place.file == plan.file)?.line;
    Some(plan.steps.iter().rfind(|step| step.line <= line)?.cell)
}

fn library_name(key: &str) -> String {
    format!("notebook-{key}.so")
}
