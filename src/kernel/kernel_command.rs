//! Where a kernel runs: in the notebook's directory, or in a sandbox.

use super::protocol::Limits;
use super::serve::{ARGUMENT, SEALED};
use crate::compile::Library;
use crate::diagnostic::Diagnostic;
use crate::sandbox::{self, Sandbox, SandboxConfig};
use std::fmt::Display;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The memory that a process in a sandbox may have for itself, if nobody grants it more: the kernel, too, needs some.
const MEMORY: u64 = 4 << 30;

/// The variables by which the standard library prints backtraces.
const BACKTRACE: [&str; 2] = ["RUST_BACKTRACE", "RUST_LIB_BACKTRACE"];

/// What a kernel is made of.
#[derive(Clone, Copy)]
pub struct Program<'a> {
    /// nbrun itself, which is called with [`ARGUMENT`](super::serve::ARGUMENT).
    pub path: &'a Path,
    /// The notebook's directory, in which jobs begin. In a sandbox, they begin in the one for temporary files.
    pub dir: &'a Path,
    /// Where it runs, if the notebook is not trusted.
    pub sandbox: Option<&'a Sandbox>,
}

/// Where a kernel runs.
pub(super) struct Place<'a> {
    path: &'a Path,
    dir: &'a Path,
    sandbox: Option<(&'a Sandbox, SandboxConfig)>,
    /// A directory for temporary files, where the sandbox has none of its own.
    scratch: Option<TempDir>,
}

impl Drop for Place<'_> {
    /// Whoever worked there may have left directories that are closed to all.
    fn drop(&mut self) {
        if let Some(dir) = &self.scratch {
            let _ = sandbox::remove_tree(dir.path());
        }
    }
}

impl<'a> Place<'a> {
    /// The place of a program that runs a library.
    ///
    /// # Errors
    /// There is no directory for its temporary files.
    pub(super) fn new(program: Program<'a>, library: Option<&Library>, limits: &Limits) -> Result<Self, Diagnostic> {
        let Program { path, dir, .. } = program;
        let Some(sandbox) = program.sandbox else { return Ok(Self { path, dir, sandbox: None, scratch: None }) };
        let scratch = sandbox.scratch().map_err(|error| failed(&error))?;
        let dirs = library.map(|library| [library.path.parent().map(Path::to_owned), Some(library.libdir.clone())]);
        let config = SandboxConfig {
            read: dirs.into_iter().flatten().flatten().collect(),
            write: scratch.iter().map(|dir| dir.path().to_owned()).collect(),
            limits: sandbox::Limits {
                memory_bytes: Some(limits.memory_bytes.max(MEMORY)),
                ..sandbox::Limits::default()
            },
        };
        Ok(Self { path, dir, sandbox: Some((sandbox, config)), scratch })
    }

    /// The call of it.
    pub(super) fn command(&self) -> Command {
        let mut command = match &self.sandbox {
            None => {
                let mut command = Command::new(self.path);
                command.current_dir(self.dir);
                command
            }
            Some((sandbox, config)) => sandbox.command(self.path, config),
        };
        command.arg(ARGUMENT).args(self.sandbox.is_some().then_some(SEALED));
        // What a failed job prints does not depend on who has called nbrun. A job can ask for a backtrace by itself.
        for name in BACKTRACE {
            command.env_remove(name);
        }
        command
    }
}

/// The complaint about a kernel that cannot be started.
pub(super) fn failed(error: &dyn Display) -> Diagnostic {
    Diagnostic::new(format!("the kernel cannot be started: {error}"))
}
