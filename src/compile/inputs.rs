//! What code is compiled from beside its own text: the files that it includes, and the environment variables that it asks for. With
//! another file or another value, it is other code.

use super::cache::{hash_of, key};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};

/// Files and variables, as they were when code was compiled.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inputs {
    /// The files that the compiler read or looked for, each with the hash of its content; `None` if there was none.
    pub files: BTreeMap<PathBuf, Option<String>>,
    /// The variables that the code asked for, each with the hash of its value, which may be secret; `None` if it was not set.
    pub variables: BTreeMap<String, Option<String>>,
}

impl Inputs {
    /// The same with paths from a directory for the files below it.
    pub fn from(&self, dir: &Path) -> Self {
        let beside = |file: &PathBuf| file.strip_prefix(dir).unwrap_or(file).to_owned();
        let files = self.files.iter().map(|(file, hash)| (beside(file), hash.clone())).collect();
        Self { files, variables: self.variables.clone() }
    }

    /// Whether all files, with paths from a directory, and all variables are now as they were.
    pub fn are_current(&self, dir: &Path) -> bool {
        self.files.iter().all(|(file, hash)| hash_of(&dir.join(file)) == *hash)
            && self.variables.iter().all(|(name, hash)| hash_of_variable(name) == *hash)
    }
}

/// The names of files and variables.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) files: BTreeSet<PathBuf>,
    pub(super) variables: BTreeSet<String>,
}

impl Asked {
    /// What a compiler's list of dependencies names.
    pub(super) fn of_list(list: &str) -> Self {
        let variables = list.lines().filter_map(|line| line.strip_prefix("# env-dep:"));
        let variables = variables.map(|line| unescaped(line.split_once('=').map_or(line, |(name, _)| name)));
        // Each file stands on a line of its own as well, as if it were to be made of nothing.
        let files = list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.strip_suffix(':'));
        let files = files.map(|path| PathBuf::from(path.replace("\\ ", " ")));
        Self { files: files.collect(), variables: variables.collect() }
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.variables.is_empty()
    }

    /// All of it, as it is now.
    pub(super) fn now(&self) -> Inputs {
        let files = self.files.iter().map(|path| (path.clone(), hash_of(path)));
        let variables = self.variables.iter().map(|name| (name.clone(), hash_of_variable(name)));
        Inputs { files: files.collect(), variables: variables.collect() }
    }
}

/// The hash of the value that a variable has for nbrun and its compiler.
fn hash_of_variable(name: &str) -> Option<String> {
    // Of such a name the standard library may panic, and no variable has it.
    let is_name = !name.is_empty() && !name.contains(['=', '\0']);
    is_name.then(|| env::var_os(name)).flatten().map(|value| key([value.as_encoded_bytes()]))
}

/// A name as rustc's list of dependencies has it, read again.
fn unescaped(name: &str) -> String {
    let mut out = String::new();
    let mut signs = name.chars();
    while let Some(sign) = signs.next() {
        out.extend(match sign {
            '\\' => signs.next().map(|escaped| match escaped {
                'n' => '\n',
                'r' => '\r',
                other => other,
            }),
            sign => Some(sign),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_list_names_files_and_variables() {
        let list = "/out/lib.so: /in/a.rs /in/two\\ words.txt\n\n/in/a.rs:\n/in/two\\ words.txt:\n\n# env-dep:A=b\\nc:\n\
                    # env-dep:B\n# env-dep:C\\\\D=\n";
        let asked = Asked::of_list(list);
        assert_eq!(asked.files.iter().collect::<Vec<_>>(), [Path::new("/in/a.rs"), Path::new("/in/two words.txt")]);
        assert_eq!(asked.variables.iter().collect::<Vec<_>>(), ["A", "B", "C\\D"]);
    }

    #[test]
    fn inputs_are_current_wherever_they_stand_until_one_changes() {
        let [one, other] = [(); 2].map(|()| tempfile::tempdir().expect("a directory"));
        let file = |dir: &tempfile::TempDir, text: &str| fs::write(dir.path().join("word.txt"), text).expect("written");
        file(&one, "hello");
        let files = BTreeSet::from(["word.txt", "none.txt"].map(|name| one.path().join(name)));
        let variables = BTreeSet::from(["PATH", "NBRUN_NO_SUCH", "", "a=b"].map(str::to_owned));
        let inputs = Asked { files, variables }.now().from(one.path());
        assert_eq!(inputs.files[Path::new("none.txt")], None);
        assert!(inputs.variables["PATH"].is_some() && inputs.variables["NBRUN_NO_SUCH"].is_none());
        assert!(inputs.are_current(one.path()) && !inputs.are_current(other.path()));
        file(&other, "hello");
        assert!(inputs.are_current(other.path()));
        file(&other, "goodbye");
        assert!(!inputs.are_current(other.path()));
    }
}
