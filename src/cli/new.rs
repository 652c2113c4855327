//! `nbrun new`: a first lesson to change.

use super::Errors;
use super::exit::Exit;
use super::output::{self, Target};
use super::progress::Progress;
use crate::diagnostic::Diagnostic;
use std::path::{Path, PathBuf};

/// A lesson that runs, and shows jobs, resources, an exploration and expectations.
const STARTER: &str = include_str!("starter.md");

/// Where to begin.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct New {
    /// The notebook to write, or `-` for standard output; without an ending it is given `.md`
    ///
    /// Missing directories are made. A file that is there already is not touched.
    #[arg(value_name = "FILE|-")]
    pub path: PathBuf,
}

impl New {
    /// Writes the lesson.
    pub fn run(self, quiet: bool) -> Result<Exit, Errors> {
        if self.path == Path::new("-") {
            output::check_stdout()?;
            output::write(&Target::Stdout, STARTER.as_bytes())?;
            return Ok(Exit::Passed);
        }
        if self.path.is_dir() || self.path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            let error = Diagnostic::new(format!("cannot write `{}`: it is a directory", self.path.display()));
            let inside = self.path.join("lesson.md");
            return Err(error.help(format!("name a file in it: `nbrun new {}`", inside.display())).into());
        }
        let path = if self.path.extension().is_none() { self.path.with_extension("md") } else { self.path };
        output::create(&path, STARTER.as_bytes())?;
        let progress = Progress::new(quiet, !quiet);
        progress.say(&format!("`nbrun {}` runs it and writes its page", path.display()));
        progress.page(&Target::File(path));
        Ok(Exit::Passed)
    }
}
