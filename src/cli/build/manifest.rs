//! The files of a site: which of them an earlier build wrote, so that nothing else is ever changed.

use crate::cli::Errors;
use crate::cli::input;
use crate::cli::output::{self, Target};
use crate::cli::session::each;
use crate::diagnostic::{Diagnostic, reason};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The list of what a build wrote, in the output directory.
const NAME: &str = ".nbrun-site.json";

/// The version of its form.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Manifest {
    version: u32,
    /// Each file's path below the directory, with the SHA-256 of its content.
    files: BTreeMap<String, String>,
}

/// An output directory.
pub struct Output {
    dir: PathBuf,
    /// What earlier builds wrote.
    old: BTreeMap<String, String>,
}

impl Output {
    /// Looks at a directory in which `files` are to be written, before anything is.
    ///
    /// # Errors
    /// Every file that nbrun did not write, or that cannot be written.
    pub fn open(dir: &Path, files: &BTreeSet<String>) -> Result<Self, Errors> {
        let list = dir.join(NAME);
        let old = if list.exists() { read(&list)? } else { BTreeMap::new() };
        each(files, |file| {
            let path = dir.join(file);
            let is_link = path.is_symlink();
            if is_link || path.exists() && !old.contains_key(file) {
                let what = if is_link { "it is a link" } else { "it is there already, and no build of nbrun wrote it" };
                let error = Diagnostic::new(format!("cannot write `{}`: {what}", path.display()));
                return Err(error.help("remove it, or name another directory with `-o`").into());
            }
            Ok(output::check(&Target::File(path))?)
        })?;
        output::check(&Target::File(list))?;
        Ok(Self { dir: dir.to_owned(), old })
    }

    /// Writes all files of a site and removes those of the last build that are no longer part of it. What is there already in the
    /// same form is left alone.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn write(self, files: &BTreeMap<String, Vec<u8>>) -> Result<(), Errors> {
        let new: BTreeMap<String, String> = files.iter().map(|(path, content)| (path.clone(), hash(content))).collect();
        // If the build ends in between, the next one must know all that may be there.
        let mut both = self.old.clone();
        both.extend(new.clone());
        if both != self.old {
            self.list(both)?;
        }
        each(files, |(path, content)| {
            let path = self.dir.join(path);
            if fs::read(&path).is_ok_and(|there| there == *content) {
                return Ok(());
            }
            Ok(output::write(&Target::File(path), content)?)
        })?;
        let stale = self.old.iter().filter(|(path, _)| !new.contains_key(*path));
        each(stale, |(path, hash)| Ok(self.remove(path, hash)?))?;
        self.list(new)
    }

    /// Removes a file if it is as a build wrote it, and the directories that are empty without it.
    fn remove(&self, path: &str, written: &str) -> Result<(), Diagnostic> {
        let file = self.dir.join(path);
        let is_ours = !file.is_symlink() && fs::read(&file).is_ok_and(|content| hash(&content) == *written);
        if !is_ours {
            return Ok(());
        }
        fs::remove_file(&file)
            .map_err(|error| Diagnostic::new(format!("cannot remove `{}`: {}", file.display(), reason(&error))))?;
        let above = file.ancestors().skip(1).take_while(|above| *above != self.dir);
        let _ = above.map(fs::remove_dir).take_while(Result::is_ok).count();
        Ok(())
    }

    fn list(&self, files: BTreeMap<String, String>) -> Result<(), Errors> {
        let text = serde_json::to_string_pretty(&Manifest { version: VERSION, files });
        let text = text.map_err(|error| Diagnostic::new(format!("the list of files cannot be written: {error}")))?;
        Ok(output::write(&Target::File(self.dir.join(NAME)), (text + "\n").as_bytes())?)
    }
}

/// What earlier builds wrote, as a list says it.
fn read(list: &Path) -> Result<BTreeMap<String, String>, Diagnostic> {
    let damaged = || {
        let error = Diagnostic::new(format!("`{}` is damaged, or of another version of nbrun", list.display()));
        error.help(
            "it says which files of the directory nbrun wrote; remove the directory, or name another one with `-o`",
        )
    };
    let manifest: Manifest = serde_json::from_str(&input::read(list)?).map_err(|_| damaged())?;
    // A path that leads out of the directory is none that nbrun wrote.
    let is_below =
        |path: &String| Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if manifest.version != VERSION || !manifest.files.keys().all(is_below) {
        return Err(damaged());
    }
    Ok(manifest.files)
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
