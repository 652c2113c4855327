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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::testing::{STAND_IN, cache, read};
    use crate::compile::toolchain::Environment;
    use crate::compile::{Codegen, Compiler, Watch};

    #[test]
    fn no_imports_are_kept_that_a_compiler_changes_in_an_earlier_session() {
        let (_dir, cache) = cache();
        let (notebook, plan) = read("```rust job\nfn job() {}\n```\n\n```yaml spawn\n- job()\n```\n");
        let bench = Workbench::new(&cache).unwrap();
        let (environment, dir, codegen) = (Environment::of_process(), Path::new("/"), Codegen::Incremental(&bench));
        let (prelude, cache, sandbox, watch) = (STAND_IN, &cache, None, Watch::NOBODY);
        let compiler = Compiler { environment, prelude, dir, cache, sandbox, watch, codegen };
        compiler.compile(&notebook, &plan).unwrap();
        let (mut directories, mut files) = (vec![bench.kept()], Vec::new());
        while let Some(directory) = directories.pop() {
            let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
            let (below, here): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
            directories.extend(below);
            files.extend(here);
        }
        assert!(files.iter().any(|file| file.extension().is_some_and(|extension| extension == "o")), "{files:?}");
        // rustc writes it in place, and it is linked into the session from which the next one begins.
        assert!(!files.iter().any(|file| file.ends_with("thin-lto-past-keys.bin")), "{files:?}");
    }
}
