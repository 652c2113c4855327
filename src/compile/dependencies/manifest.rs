//! Writes the package whose dependencies are the notebook's.

use crate::notebook::Dependency;
use std::fmt::Write as _;

/// The package. It is its own workspace, wherever it stands.
const PACKAGE: &str = "[package]\nname = \"nbrun-notebook\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";

/// The name of the profile.
pub(super) const PROFILE: &str = "nbrun";

/// The user's own settings for releases hold, except where the notebook could not be linked with what they make: without
/// unwinding, or with code that only a linker of the same kind understands.
const SETTINGS: &str = "inherits = \"release\"\nopt-level = 2\npanic = \"unwind\"\nlto = false\ndebug = false\n\
                        overflow-checks = false\nincremental = false\n";

/// The whole manifest.
pub(super) fn text(dependencies: &[Dependency]) -> String {
    format!("{PACKAGE}{}\n[profile.{PROFILE}]\n{SETTINGS}", self::dependencies(dependencies))
}

/// The part that decides the lock file. The order in which a notebook names its dependencies does not matter.
pub(super) fn dependencies(dependencies: &[Dependency]) -> String {
    let mut sorted: Vec<_> = dependencies.iter().collect();
    sorted.sort_by_key(|dependency| &dependency.name);
    let mut text = String::new();
    for dependency in sorted {
        let Dependency { name, package, version, features, default_features, place: _ } = dependency;
        // The names have been checked, so that none of these needs an escape.
        let _ = write!(text, "\n[dependencies.{name}]\nversion = \"{version}\"\n");
        if let Some(package) = package {
            let _ = writeln!(text, "package = \"{package}\"");
        }
        if !features.is_empty() {
            let _ = writeln!(text, "features = [\"{}\"]", features.join("\", \""));
        }
        if !default_features {
            text += "default-features = false\n";
        }
    }
    text
}
