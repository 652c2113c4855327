//! The output directory of a site, in which nothing is ever changed but what an earlier build wrote.

use crate::cli::Errors;
use crate::cli::manifest::{Files, Made, Manifest, hash};
use crate::cli::output::{self, Target};
use crate::cli::parallel::parallel;
use crate::cli::session::each;
use crate::diagnostic::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The list of what a build wrote, in the output directory.
const NAME: &str = ".nbrun-site.json";

/// An output directory.
pub struct Output(Manifest);

impl Output {
    /// Looks at a directory in which `files` are to be written, before anything is.
    ///
    /// # Errors
    /// Every file that nbrun did not write, or that cannot be written.
    pub fn open(dir: &Path, files: &BTreeSet<String>) -> Result<Self, Errors> {
        let manifest = Manifest::read(dir, NAME)?;
        each(files, |file| {
            let path = dir.join(file);
            let is_link = path.is_symlink();
            if is_link || path.exists() && !manifest.files.contains_key(file) {
                let what = if is_link { "it is a link" } else { "it is there already, and no build of nbrun wrote it" };
                let error = Diagnostic::new(format!("cannot write `{}`: {what}", path.display()));
                return Err(error.help("remove it, or name another directory with `-o`").into());
            }
            Ok(output::check(&Target::File(path))?)
        })?;
        output::check(&Target::File(manifest.path()))?;
        Ok(Self(manifest))
    }

    /// The file at this path as the last build wrote it, if it made it from the same.
    pub fn earlier(&self, path: &str, from: &str) -> Option<String> {
        let Self(manifest) = self;
        let made = manifest.files.get(path).filter(|made| made.from.as_deref() == Some(from))?;
        fs::read_to_string(manifest.dir.join(path)).ok().filter(|text| hash(text.as_bytes()) == made.sha256)
    }

    /// Writes all files of a site and removes those of the last build that are no longer part of it. What is there already in the
    /// same form is left alone. `from` has the SHA-256 of what files were made from, for those that the next build may find again.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn write(self, files: &BTreeMap<String, Vec<u8>>, from: &BTreeMap<String, String>) -> Result<(), Errors> {
        let Self(mut manifest) = self;
        let files: Vec<(&String, &Vec<u8>)> = files.iter().collect();
        let made = parallel(files.len(), |number| {
            let (path, content) = files[number];
            Made { sha256: hash(content), of: None, from: from.get(path).cloned() }
        });
        let new: Files = files.iter().map(|(path, _)| path.to_string()).zip(made).collect();
        // If the build ends in between, the next one must know all that may be there.
        let mut both = manifest.files.clone();
        both.extend(new.clone());
        let stale: Vec<String> = manifest.files.keys().filter(|path| !new.contains_key(*path)).cloned().collect();
        manifest.list(both)?;
        let written = parallel(files.len(), |number| {
            let (path, content) = files[number];
            let path = manifest.dir.join(path);
            if fs::read(&path).is_ok_and(|there| there == *content) {
                return Ok(());
            }
            Ok(output::write(&Target::File(path), content)?)
        });
        each(written, |written| written)?;
        each(&stale, |path| Ok(manifest.remove(path)?))?;
        Ok(manifest.list(new)?)
    }
}
