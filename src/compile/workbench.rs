//! Where one notebook is compiled again and again: what the compiler needs so as to do only what has changed.
//!
//! It recognises what it has made by all that it is told, the names of directories included. So it works at one place, which
//! is led to wherever the code stands this time.

use super::cache::{Cache, Stage};
use crate::diagnostic::Diagnostic;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// A place in the cache that goes with the program.
pub struct Workbench(Stage);

impl Workbench {
    /// A new one, at which nothing has been made yet.
    ///
    /// # Errors
    /// The cache cannot be written.
    pub fn new(cache: &Cache) -> Result<Self, Vec<Diagnostic>> {
        cache.stage().map(Self)
    }

    /// The directory in which the compiler works.
    pub(super) fn dir(&self) -> &Path {
        self.0.path()
    }

    /// The directory of what it keeps.
    pub(super) fn kept(&self) -> PathBuf {
        self.dir().join("kept")
    }

    /// A path by which the code in `place` is always reached.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn lead_to(&self, place: &Path) -> io::Result<PathBuf> {
        let code = self.dir().join("code");
        match fs::remove_file(&code) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        symlink(place, &code)?;
        Ok(code)
    }
}
