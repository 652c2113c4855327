//! The crates that a notebook's jobs use, as its front matter names them.

use super::yaml::{Entry, Key, Node, Reader, Value};
use crate::diagnostic::{Diagnostic, Place};
use serde::{Deserialize, Serialize};

/// A crate that jobs can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// What the notebook calls it.
    pub name: String,
    /// The name of the package, where it is another.
    pub package: Option<String>,
    /// Which versions will do.
    pub version: String,
    /// The features that are asked for.
    pub features: Vec<String>,
    /// Whether the features come on top of the package's default ones.
    pub default_features: bool,
    /// Where it is named.
    pub place: Place,
}

impl Dependency {
    /// The package's name in the registry.
    pub fn package(&self) -> &str {
        self.package.as_deref().unwrap_or(&self.name)
    }

    /// The name of the crate in Rust code.
    pub fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// What can be said of a dependency.
const KEYS: [&str; 4] = ["version", "features", "default-features", "package"];
/// What can be said of one in Cargo.toml, and not here.
const ELSEWHERE: [&str; 6] = ["path", "git", "branch", "tag", "rev", "registry"];
/// Crates that are there without being asked for.
const TAKEN: [&str; 7] = ["std", "core", "alloc", "proc_macro", "test", "nbrun", "nbrun_derive"];

/// The most dependencies of a notebook.
const MAX_DEPENDENCIES: usize = 200;

const EXAMPLE: &str = "write for example `rand: \"0.9\"`";
const FORM_HELP: &str = "write for example `rand: \"0.9\"`, or `serde: {version: \"1\", features: [derive]}`";

/// Reads the mapping `dependencies`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Vec<Dependency> {
    let Value::Map { entries, .. } = &node.value else {
        if !node.is_null() {
            let message = format!("`dependencies` is a mapping from crates to versions, and this is {}", node.what());
            reader.report(node.span, Diagnostic::new(message).help(FORM_HELP));
        }
        return Vec::new();
    };
    if let Some(entry) = entries.get(MAX_DEPENDENCIES) {
        let message =
            format!("a notebook may have {MAX_DEPENDENCIES} dependencies, and this one has {}", entries.len());
        reader.report(entry.key.span, Diagnostic::new(message));
        return Vec::new();
    }
    let mut dependencies: Vec<Dependency> = Vec::new();
    for Entry { key, value } in entries {
        if !is_name(reader, key) {
            continue;
        }
        if let Some(dependency) = dependency(reader, key, value) {
            if let Some(other) = dependencies.iter().find(|other| other.crate_name() == dependency.crate_name()) {
                let message = format!("`{}` and `{}` are the same name in Rust", other.name, dependency.name);
                reader.report(key.span, Diagnostic::new(message).help("give one of them another name, with `package`"));
            } else {
                dependencies.push(dependency);
            }
        }
    }
    dependencies
}

/// Whether a key can be a crate's name; reports if it cannot.
fn is_name(reader: &mut Reader<'_>, key: &Key) -> bool {
    let in_rust = key.text.replace('-', "_");
    let diagnostic = if !is_package_name(&key.text) || syn::parse_str::<syn::Ident>(&in_rust).is_err() {
        Diagnostic::new(format!("`{}` cannot be the name of a crate", key.text)).help(EXAMPLE)
    } else if TAKEN.contains(&in_rust.as_str()) {
        let help = "leave it out; for another package of that name, choose another name and say `package`";
        Diagnostic::new(format!("jobs can use `{}` without asking for it", key.text)).help(help)
    } else {
        return true;
    };
    reader.report(key.span, diagnostic);
    false
}

/// Whether cargo allows this as the name of a package.
fn is_package_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// One dependency: a version, or a mapping.
fn dependency(reader: &mut Reader<'_>, name: &Key, node: &Node) -> Option<Dependency> {
    let mut dependency = Dependency {
        name: name.text.clone(),
        package: None,
        version: String::new(),
        features: Vec::new(),
        default_features: true,
        place: reader.place(name.span),
    };
    let Value::Map { entries, .. } = &node.value else {
        dependency.version = version(reader, name, node)?;
        return Some(dependency);
    };
    let before = reader.errors();
    for Entry { key, value } in entries {
        match key.text.as_str() {
            "version" => dependency.version = version(reader, name, value).unwrap_or_default(),
            "features" => dependency.features = features(reader, key, value),
            "default-features" => dependency.default_features = flag(reader, key, value),
            "package" => dependency.package = package(reader, key, value),
            _ => unknown(reader, name, key),
        }
    }
    if !entries.iter().any(|entry| entry.key.text == "version") && reader.errors() == before {
        let message = format!("it is not said which version of `{}` is wanted", name.text);
        reader.report(name.span, Diagnostic::new(message).help(FORM_HELP));
    }
    (reader.errors() == before).then_some(dependency)
}

fn unknown(reader: &mut Reader<'_>, name: &Key, key: &Key) {
    let diagnostic = if ELSEWHERE.contains(&key.text.as_str()) {
        let message = format!("`{}` says where a crate comes from, and a notebook's come from the registry", key.text);
        Diagnostic::new(message).help(format!("name a version that is published, such as `{}: \"1\"`", name.text))
    } else {
        let diagnostic = Diagnostic::new(format!("a dependency has no key `{}`", key.text));
        let diagnostic = diagnostic.did_you_mean(&key.text, KEYS);
        diagnostic.note(format!("its keys are: {}", KEYS.join(", ")))
    };
    reader.report(key.span, diagnostic);
}

/// A version requirement. YAML's numbers are as good, for their characters are kept: `0.10` is not `0.1`.
fn version(reader: &mut Reader<'_>, name: &Key, node: &Node) -> Option<String> {
    let wrong = match node.scalar() {
        Some(scalar) if !node.is_null() => match semver::VersionReq::parse(&scalar.text) {
            Ok(_) => return Some(scalar.text.clone()),
            Err(error) => format!("`{}` is not a version: {error}", scalar.text),
        },
        _ => format!("the version of `{}` is text, and this is {}", name.text, node.what()),
    };
    reader.report(node.span, Diagnostic::new(wrong).help("write for example `\"0.9\"` or `\"1.2.3\"`, in quotes"));
    None
}

fn features(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Vec<String> {
    let features = reader.texts(key, node).unwrap_or_default();
    let is_feature =
        |text: &String| text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | '/' | '?'));
    if let Some(wrong) = features.iter().find(|feature| !is_feature(feature)) {
        let message = format!("`{wrong}` cannot be the name of a feature");
        reader.report(node.span, Diagnostic::new(message).help("write for example `features: [derive]`"));
    }
    features
}

fn flag(reader: &mut Reader<'_>, key: &Key, node: &Node) -> bool {
    match node.scalar().map(|scalar| scalar.text.as_str()) {
        Some("true") => true,
        Some("false") => false,
        _ => {
            let message = format!("`{}` is true or false, and this is {}", key.text, node.what());
            reader.report(node.span, Diagnostic::new(message));
            true
        }
    }
}

fn package(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Option<String> {
    let package = reader.text(key, node)?;
    if !is_package_name(&package) {
        reader.report(node.span, Diagnostic::new(format!("`{package}` cannot be the name of a crate")));
    }
    Some(package)
}

#[cfg(test)]
mod tests {
    use crate::notebook::front_matter::tests::{read, wrong};

    #[test]
    fn a_dependency_is_a_version_or_a_mapping() {
        let text = "nbrun:\n  dependencies:\n    rand: 0.10\n    my-serde: {version: \"1\", features: [derive, a/b], \
                    package: serde, default-features: false}\n    semver: ^1.2.3-rc.1\n    libc: \">=0.2, <0.3\"";
        let read = read(text).unwrap().nbrun.dependencies;
        let brief = |n: usize| (read[n].crate_name(), read[n].package(), read[n].version.as_str(), read[n].place.line);
        assert_eq!(brief(0), ("rand".to_owned(), "rand", "0.10", 4));
        assert_eq!(brief(1), ("my_serde".to_owned(), "serde", "1", 5));
        assert_eq!((read[1].features.join(" "), read[1].default_features), ("derive a/b".to_owned(), false));
        assert_eq!(brief(2), ("semver".to_owned(), "semver", "^1.2.3-rc.1", 6));
        assert_eq!(brief(3), ("libc".to_owned(), "libc", ">=0.2, <0.3", 7));
        assert!(read[0].default_features && read[0].features.is_empty());
    }

    #[test]
    fn there_may_be_no_dependencies() {
        for text in ["nbrun: {dependencies: }", "nbrun: {dependencies: {}}"] {
            assert_eq!(read(text).unwrap().nbrun.dependencies, [], "{text}");
        }
    }

    #[test]
    fn everything_that_is_wrong_with_dependencies_is_said_at_its_place() {
        let text = "nbrun:\n  dependencies:\n    rand:\n    9lives: 1\n    fn: 1\n    std: 1\n    a-b: 1\n    a_b: 1\n    \
                    serde: latest\n    log: {versoin: 1}\n    tokio: {git: x}\n    syn: {features: [full]}\n    \
                    quote: {version: 1, features: [\"a b\"], default-features: no, package: \"\\\"\"}\n    libc: [1]";
        let said = wrong(text);
        let heads: Vec<_> = said.lines().filter(|line| line.starts_with("n.md:")).collect();
        insta::assert_snapshot!(heads.join("\n"), @r#"
        n.md:4:10: error: the version of `rand` is text, and this is nothing
        n.md:5:5: error: `9lives` cannot be the name of a crate
        n.md:6:5: error: `fn` cannot be the name of a crate
        n.md:7:5: error: jobs can use `std` without asking for it
        n.md:9:5: error: `a-b` and `a_b` are the same name in Rust
        n.md:10:12: error: `latest` is not a version: unexpected character 'l' while parsing major version number
        n.md:11:11: error: a dependency has no key `versoin`
        n.md:12:13: error: `git` says where a crate comes from, and a notebook's come from the registry
        n.md:13:5: error: it is not said which version of `syn` is wanted
        n.md:14:35: error: `a b` cannot be the name of a feature
        n.md:14:62: error: `default-features` is true or false, and this is text
        n.md:14:75: error: `"` cannot be the name of a crate
        n.md:15:11: error: the version of `libc` is text, and this is a list
        "#);
        for help in
            ["did you mean `version`?", "such as `tokio: \"1\"`", "`serde: {version: \"1\", features: [derive]}`"]
        {
            assert!(said.contains(help), "{help}\n{said}");
        }
    }

    #[test]
    fn dependencies_are_a_mapping() {
        insta::assert_snapshot!(wrong("nbrun: {dependencies: [rand]}"), @r#"
        n.md:2:23: error: `dependencies` is a mapping from crates to versions, and this is a list
           |
         2 | nbrun: {dependencies: [rand]}
           |                       ^
           = help: write for example `rand: "0.9"`, or `serde: {version: "1", features: [derive]}`
        "#);
    }
}
