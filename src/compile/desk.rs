//! Where a compiler works. In a sandbox it sees the stage, and writes to a directory in it that is of no other use: what
//! it leaves there is only taken if it is what was asked for.

use super::cache::Stage;
use super::toolchain::Toolchain;
use crate::sandbox::{self, Limits, Room, Sandbox};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// How much a compiler may use in a sandbox: enough for all but what was made to use up a machine.
const LIMITS: Limits = Limits {
    processes: 1024,
    scratch_bytes: 64 << 20,
    memory_bytes: Some(8 << 30),
    file_bytes: Some(2 << 30),
    cpu_seconds: Some(300),
};

/// A place for calls of a compiler.
pub(super) struct Desk<'a> {
    stage: &'a Path,
    /// The sandbox, and the directory in the stage that it can write to.
    sandbox: Option<(&'a Sandbox, TempDir)>,
}

impl<'a> Desk<'a> {
    /// A desk in a stage.
    ///
    /// # Errors
    /// The stage cannot be written.
    pub(super) fn new(stage: &'a Stage, sandbox: Option<&'a Sandbox>) -> io::Result<Self> {
        let stage = stage.path();
        let Some(sandbox) = sandbox else { return Ok(Self::open(stage)) };
        let dir = tempfile::Builder::new().prefix("made-").tempdir_in(stage)?;
        sandbox::give(stage, false)?;
        sandbox::give(dir.path(), true)?;
        Ok(Self { stage, sandbox: Some((sandbox, dir)) })
    }

    /// A desk without a sandbox, for nbrun's own code.
    pub(super) fn open(stage: &'a Path) -> Self {
        Self { stage, sandbox: None }
    }

    /// The directory for what is made here.
    pub(super) fn dir(&self) -> &Path {
        self.sandbox.as_ref().map_or(self.stage, |(_, dir)| dir.path())
    }

    /// The directory for what it is made from.
    pub(super) fn stage(&self) -> &Path {
        self.stage
    }

    /// Whether it is in a sandbox.
    pub(super) fn is_sandboxed(&self) -> bool {
        self.sandbox.is_some()
    }

    /// A call of `program`, which works in the stage, is of the toolchain, and reads from `more`.
    pub(super) fn command(&self, program: &Path, toolchain: &Toolchain, more: &[PathBuf]) -> Command {
        let mut command = match &self.sandbox {
            None => Command::new(program),
            Some((sandbox, dir)) => {
                let mut read = toolchain.files();
                read.extend([self.stage.to_owned(), program.to_owned()]);
                read.extend_from_slice(more);
                sandbox.command(program, &Room { read, write: vec![dir.path().to_owned()], limits: LIMITS })
            }
        };
        // The compiler's own scratch directories go where ours do, and vanish with them.
        command.current_dir(self.stage).env("TMPDIR", self.dir());
        command
    }

    /// Takes a file that was made here into the stage, under its own name.
    ///
    /// # Errors
    /// There is no such file, or it is something else.
    pub(super) fn take(&self, path: &Path) -> io::Result<()> {
        let Some(name) = path.file_name() else { return Err(io::ErrorKind::InvalidInput.into()) };
        let to = self.stage.join(name);
        if self.sandbox.is_none() {
            return if path == to { Ok(()) } else { fs::rename(path, to) };
        }
        // Who made it may have put there what it liked: a link to a file outside, which is not to be followed, and a pipe,
        // for which nobody should wait. And the file stays theirs, so that ours is a copy.
        let (dir, real) = (fs::canonicalize(self.dir())?, fs::canonicalize(path)?);
        let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
        let mut from = File::options().read(true).custom_flags(flags).open(&real)?;
        if !real.starts_with(dir) || !from.metadata()?.is_file() {
            return Err(io::Error::other(format!("`{}` is no file that was made here", path.display())));
        }
        io::copy(&mut from, &mut File::create_new(to)?).map(drop)
    }
}
