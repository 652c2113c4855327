//! The list of the files that nbrun wrote into a directory, so that it removes what it no longer makes, and nothing else.

use super::input;
use super::output::{self, Target};
use crate::diagnostic::{Diagnostic, reason};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The version of its form.
const VERSION: u32 = 2;

/// A file that nbrun wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The SHA-256 of its content.
    pub sha256: String,
    /// What it was made of, by its path from the directory, and as what, where that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<(String, String)>,
    /// The SHA-256 of all that it was made from, if it need not be made again from the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// All files that nbrun wrote into a directory, by their paths below it.
pub type Files = BTreeMap<String, Made>;

#[derive(Serialize, Deserialize)]
struct Form {
    version: u32,
    files: Files,
}

/// A directory with the list of what nbrun wrote there.
pub struct Manifest {
    /// The directory.
    pub dir: PathBuf,
    name: &'static str,
    /// What earlier calls wrote.
    pub files: Files,
}

impl Manifest {
    /// That of a directory, in the file of this name.
    ///
    /// # Errors
    /// It is damaged.
    pub fn read(dir: &Path, name: &'static str) -> Result<Self, Diagnostic> {
        let list = dir.join(name);
        let files = if list.exists() { read(&list)? } else { Files::new() };
        Ok(Self { dir: dir.to_owned(), name, files })
    }

    /// The list's own file.
    pub fn path(&self) -> PathBuf {
        self.dir.join(self.name)
    }

    /// Lists these files from now on.
    ///
    /// # Errors
    /// The list cannot be written.
    pub fn list(&mut self, files: Files) -> Result<(), Diagnostic> {
        if files == self.files {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(&Form { version: VERSION, files: files.clone() });
        let text = text.map_err(|error| Diagnostic::new(format!("the list of files cannot be written: {error}")))?;
        output::write(&Target::File(self.path()), (text + "\n").as_bytes())?;
        self.files = files;
        Ok(())
    }

    /// Removes a file of the list if it is as it was written, and the directories that are empty without it.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self, path: &str) -> Result<(), Diagnostic> {
        let file = self.dir.join(path);
        let is_same = |made: &Made| fs::read(&file).is_ok_and(|content| hash(&content) == made.sha256);
        if file.is_symlink() || !self.files.get(path).is_some_and(is_same) {
            return Ok(());
        }
        fs::remove_file(&file)
            .map_err(|error| Diagnostic::new(format!("cannot remove `{}`: {}", file.display(), reason(&error))))?;
        let above = file.ancestors().skip(1).take_while(|above| *above != self.dir);
        let _ = above.map(fs::remove_dir).take_while(Result::is_ok).count();
        Ok(())
    }
}

/// What earlier calls wrote, as a list says it.
fn read(list: &Path) -> Result<Files, Diagnostic> {
    let damaged = || {
        let error = Diagnostic::new(format!("`{}` is damaged, or of another version of nbrun", list.display()));
        error.help(
            "it says which files of the directory nbrun wrote; remove the directory, or name another one with `-o`",
        )
    };
    let form: Form = serde_json::from_str(&input::read(list)?).map_err(|_| damaged())?;
    // A path that leads out of the directory is none that nbrun wrote.
    let is_below = |path: &String| Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if form.version != VERSION || !form.files.keys().all(is_below) {
        return Err(damaged());
    }
    Ok(form.files)
}

/// The SHA-256 of some content.
pub fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
