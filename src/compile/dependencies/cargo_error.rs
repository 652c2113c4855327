//! Says in an author's terms why cargo could not build the dependencies.

use super::cargo::Answer;
use crate::diagnostic::Diagnostic;
use crate::notebook::Dependency;
use serde::Deserialize;

/// There is no cargo.
pub(super) fn no_cargo(dependency: &Dependency) -> Diagnostic {
    Diagnostic::new(format!("there is no cargo to build `{}` with", dependency.name))
        .at(dependency.place.clone())
        .note("nbrun looks beside the Rust compiler, on the PATH, and in ~/.cargo/bin")
        .help("install Rust from https://rustup.rs, or the package `cargo` of your distribution")
}

/// A package has nothing that could be used by a job.
pub(super) fn no_library(dependency: &Dependency) -> Diagnostic {
    Diagnostic::new(format!("the package `{}` has no library that a job could use", dependency.package()))
        .at(dependency.place.clone())
        .help("it may be a program; look for the crate that it is made of")
}

/// Cargo says something that nbrun cannot read.
pub(super) fn not_understood(error: &serde_json::Error) -> Diagnostic {
    Diagnostic::new(format!("cargo's description of the dependencies cannot be read: {error}"))
        .help("this is a defect of nbrun: please report it")
}

/// Why no versions could be chosen, or their sources not be had.
pub(super) fn unresolved(answer: &Answer, dependencies: &[Dependency]) -> Diagnostic {
    let said = answer.stderr.as_str();
    let blamed = blamed(said, dependencies);
    let (package, version) = blamed.map_or(("", ""), |blamed| (blamed.package(), blamed.version.as_str()));
    let missing = quoted_behind(said, "no matching package named ");
    let error = if said.contains("offline mode") || said.contains("--offline") {
        let crates = missing.unwrap_or(package);
        let message = format!(
            "the crate `{crates}` is not on this machine in a version that fits, and cargo is set to work offline"
        );
        Diagnostic::new(message).help(format!("{ONCE}, or run `cargo fetch` in a project that uses it"))
    } else if said.contains("failed to download") || said.contains("download of") || said.contains("network") {
        let why = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("").trim();
        Diagnostic::new(format!("the crate `{package}` is not on this machine and cannot be downloaded"))
            .note(why)
            .help(format!("{ONCE}, or run `cargo fetch` in a project that uses it"))
    } else if let Some(missing) = missing {
        let error = Diagnostic::new(format!("there is no crate `{missing}`"));
        match said.lines().find_map(|line| line.trim().strip_prefix("perhaps you meant:")) {
            Some(near) => error.help(format!("perhaps it is{near}")),
            None => error.help("look its name up in the registry"),
        }
    } else if let Some(candidates) = behind(said, "candidate versions found which didn't match:") {
        Diagnostic::new(format!("the crate `{package}` has no version `{version}`"))
            .help(format!("its versions are: {candidates}"))
    } else if let Some(feature) = quoted_behind(said, "with feature ") {
        let error = Diagnostic::new(format!("the crate `{package}` has no feature `{feature}`"));
        match behind(said, "available features:") {
            Some(features) => error.help(format!("its features are: {features}")),
            None => error.help(format!("its documentation says which features it has in version `{version}`")),
        }
    } else {
        Diagnostic::new("cargo finds no versions of the dependencies that fit together").note(without_prefix(said))
    };
    at(error, blamed, dependencies)
}

/// What else there is to know in a sandbox.
pub(super) const SANDBOXED: &str = "with `--sandbox` nothing is downloaded: the crates must be on this machine already";

const ONCE: &str = "connect to the network for one run, for nbrun keeps what it has built";

/// Why a crate did not compile.
pub(super) fn unbuilt(answer: &Answer, dependencies: &[Dependency]) -> Diagnostic {
    let said = answer.stderr.as_str();
    let failed = quoted_behind(said, "could not compile ")
        .or_else(|| quoted_behind(said, "failed to run custom build command for "))
        .and_then(|failed| failed.split(' ').next());
    let blamed = failed.and_then(|failed| dependencies.iter().find(|dependency| dependency.package() == failed));
    let message = match failed {
        Some(failed) => format!("the crate `{failed}` does not compile"),
        None => "the dependencies do not compile".to_owned(),
    };
    let why = first_error(&answer.stdout).unwrap_or_else(|| without_prefix(said).to_owned());
    at(Diagnostic::new(message).note(why), blamed, dependencies)
}

/// The error at the dependency that is to blame. Where none is, or only one that others depend on, it stands at the first.
fn at(error: Diagnostic, blamed: Option<&Dependency>, dependencies: &[Dependency]) -> Diagnostic {
    match blamed.or(dependencies.first()) {
        Some(dependency) => error.at(dependency.place.clone()),
        None => error,
    }
}

/// The dependency that cargo names first, by its package's name.
fn blamed<'a>(said: &str, dependencies: &'a [Dependency]) -> Option<&'a Dependency> {
    let names = said.split('`').skip(1).step_by(2).map(|quoted| quoted.split(' ').next().unwrap_or(""));
    let blamed = names.filter_map(|name| dependencies.iter().find(|dependency| dependency.package() == name)).next();
    blamed.or(if let [only] = dependencies { Some(only) } else { None })
}

/// What stands in backquotes behind some words.
fn quoted_behind<'a>(said: &'a str, words: &str) -> Option<&'a str> {
    let (_, rest) = said.split_once(&format!("{words}`"))?;
    rest.split_once('`').map(|(quoted, _)| quoted)
}

/// The rest of the line behind some words.
fn behind<'a>(said: &'a str, words: &str) -> Option<&'a str> {
    let (_, rest) = said.split_once(words)?;
    rest.lines().next().map(str::trim)
}

fn without_prefix(said: &str) -> &str {
    said.trim().strip_prefix("error: ").unwrap_or(said.trim())
}

/// The first error of the compiler among cargo's messages.
fn first_error(messages: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Line {
        message: Said,
    }
    #[derive(Deserialize)]
    struct Said {
        level: String,
        rendered: String,
    }
    let mut lines = messages.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    lines.find(|line| line.message.level == "error").map(|line| line.message.rendered.trim().to_owned())
}
