//! Picks what a notebook is linked against out of all that cargo has built.

use super::cargo::Cargo;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What the cache keeps of a build, beside the files.
#[derive(Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Built {
    /// The file of each crate that the notebook names.
    externs: BTreeMap<String, String>,
    /// Where else the linker must look, as arguments of `-L`: the system's libraries that some crates are about.
    search: Vec<String>,
}

impl Built {
    /// Whether there is a library for a crate's name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.externs.contains_key(name)
    }

    /// The arguments for rustc, where the files stand in `dir`.
    pub(super) fn arguments(&self, dir: &Path) -> Vec<String> {
        let dir = dir.display();
        let externs = self.externs.iter().map(|(name, file)| ["--extern".to_owned(), format!("{name}={dir}/{file}")]);
        let own = [format!("dependency={dir}"), format!("native={dir}")];
        let search = own.into_iter().chain(self.search.iter().cloned()).map(|path| ["-L".to_owned(), path]);
        externs.chain(search).flatten().collect()
    }
}

/// Which crate is which, as `cargo metadata` says it.
#[derive(Debug, Deserialize)]
pub(super) struct Resolved {
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    root: String,
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Named>,
}

/// A package under the name that it has in the code of another.
#[derive(Debug, Deserialize)]
struct Named {
    name: String,
    pkg: String,
}

/// What `cargo build` says as it goes.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact {
        package_id: String,
        target: Target,
        filenames: Vec<PathBuf>,
    },
    BuildScriptExecuted {
        linked_paths: Vec<String>,
        out_dir: PathBuf,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
}

/// Moves what matters into the directory of the stage, and returns what it is and the names of the files.
pub(super) fn collect(messages: &str, resolved: &Resolved, cargo: &Cargo<'_>) -> io::Result<(Built, Vec<String>)> {
    let Resolve { root, nodes } = &resolved.resolve;
    let named = nodes.iter().filter(|node| node.id == *root).flat_map(|node| &node.deps);
    let target = cargo.target();
    // What is elsewhere was made for macros and build scripts, which have it in them already.
    let is_for_notebook = |path: &Path| path.starts_with(target.join(cargo.toolchain.host()));
    let mut files = Vec::new();
    let mut take = |path: &Path| -> io::Result<Option<String>> {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Ok(None) };
        cargo.workspace.take(path)?;
        files.push(name.to_owned());
        Ok(Some(name.to_owned()))
    };
    let mut libraries = BTreeMap::new();
    let mut search = Vec::new();
    for message in messages.lines().filter_map(|line| serde_json::from_str(line).ok()) {
        match message {
            Message::CompilerArtifact { package_id, target, filenames } if package_id != *root => {
                let is_macro = target.kind.iter().any(|kind| kind == "proc-macro");
                let extension = if is_macro { "so" } else { "rlib" };
                let is_library = |path: &&PathBuf| {
                    path.extension().is_some_and(|is| is == extension) && (is_macro || is_for_notebook(path))
                };
                if let Some(name) = filenames.iter().find(is_library).map(|path| take(path)).transpose()?.flatten() {
                    libraries.insert(package_id, name);
                }
            }
            Message::BuildScriptExecuted { linked_paths, out_dir } if is_for_notebook(&out_dir) => {
                for linked in linked_paths {
                    let path = Path::new(linked.split_once('=').map_or(linked.as_str(), |(_, path)| path));
                    if !path.starts_with(&target) {
                        search.push(linked);
                        continue;
                    }
                    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
                        let is_library = |path: &Path| path.extension().is_some_and(|is| is == "a" || is == "so");
                        if entry.file_type()?.is_file() && is_library(&entry.path()) {
                            take(&entry.path())?;
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let externs = named.filter_map(|Named { name, pkg }| Some((name.clone(), libraries.get(pkg)?.clone()))).collect();
    Ok((Built { externs, search }, files))
}
