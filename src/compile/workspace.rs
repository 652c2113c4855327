//! Where a compiler works. In a sandbox it sees the stage, and writes to a directory in it that is of no other use: what
//! it leaves there is only taken if it is what was asked for.

use super::cache::Cache;
use super::cache::Stage;
use super::toolchain::Toolchain;
use crate::diagnostic::Diagnostic;
use crate::notebook::Size;
use crate::sandbox::{Limits, Sandbox, SandboxConfig, remove_tree};
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// How much a compiler may use in a sandbox, and how much of what it makes is kept: enough for all but what was made to use up
/// a machine.
pub(super) struct Allowance {
    file_bytes: u64,
    kept_bytes: u64,
}

/// For a notebook's own code.
pub(super) const NOTEBOOK: Allowance = Allowance { file_bytes: 256 << 20, kept_bytes: 64 << 20 };

/// How long a list of what a compiler read may be.
const LONGEST_LIST: u64 = 16 << 20;

/// For the crates that it asks for.
pub(super) const CRATES: Allowance = Allowance { file_bytes: 2 << 30, kept_bytes: 1 << 30 };

/// What to do about a library that is too large.
const SMALLER: &str =
    "a large constant or static makes it so: compute it when the job runs, or run the notebook without `--sandbox`";

/// That the compiler met the limit of a file's size.
pub(super) fn too_large() -> Diagnostic {
    let most = Size(NOTEBOOK.file_bytes);
    Diagnostic::new(format!("the compiler writes no file in the sandbox that is larger than {most}")).help(SMALLER)
}

/// That a file could not be taken, and what to do about it.
pub(super) fn not_taken(error: &io::Error, cache: &Cache) -> Vec<Diagnostic> {
    if error.kind() != io::ErrorKind::FileTooLarge {
        return cache.unwritable(error);
    }
    vec![Diagnostic::new(error.to_string()).help(SMALLER)]
}

/// A place for calls of a compiler.
pub(super) struct CompileWorkspace<'a> {
    stage: &'a Path,
    /// The sandbox, and the directory in the stage that it can write to.
    sandbox: Option<(&'a Sandbox, TempDir)>,
    allowance: &'static Allowance,
    /// How many bytes have been taken.
    taken: Cell<u64>,
}

impl Drop for CompileWorkspace<'_> {
    /// Whoever worked here may have left directories that are closed to all.
    fn drop(&mut self) {
        if let Some((_, dir)) = &self.sandbox {
            // What cannot be deleted goes with the stage, or stays until the cache is swept.
            let _ = remove_tree(dir.path());
        }
    }
}

impl<'a> CompileWorkspace<'a> {
    /// A desk in a stage.
    ///
    /// # Errors
    /// The stage cannot be written.
    pub(super) fn new(
        stage: &'a Stage,
        sandbox: Option<&'a Sandbox>,
        allowance: &'static Allowance,
    ) -> io::Result<Self> {
        let stage = stage.path();
        let Some(sandbox) = sandbox else { return Ok(Self::open(stage)) };
        let dir = tempfile::Builder::new().prefix("made-").tempdir_in(stage)?;
        sandbox.give(stage, false)?;
        sandbox.give(dir.path(), true)?;
        Ok(Self { stage, sandbox: Some((sandbox, dir)), allowance, taken: Cell::new(0) })
    }

    /// A desk without a sandbox, for nbrun's own code.
    pub(super) fn open(stage: &'a Path) -> Self {
        Self { stage, sandbox: None, allowance: &NOTEBOOK, taken: Cell::new(0) }
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
                let limits = Limits {
                    processes: 1024,
                    scratch_bytes: 64 << 20,
                    memory_bytes: Some(8 << 30),
                    file_bytes: Some(self.allowance.file_bytes),
                    cpu_seconds: Some(300),
                };
                sandbox.command(program, &SandboxConfig { read, write: vec![dir.path().to_owned()], limits })
            }
        };
        // The compiler's own scratch directories go where ours do, and vanish with them.
        command.current_dir(self.stage).env("TMPDIR", self.dir());
        command
    }

    /// Takes a file that was made here into the stage, under its own name.
    ///
    /// # Errors
    /// There is no such file, it is something else, or with it there is more than is kept of what a sandbox makes.
    pub(super) fn take(&self, path: &Path) -> io::Result<()> {
        let Some(name) = path.file_name() else { return Err(io::ErrorKind::InvalidInput.into()) };
        let to = self.stage.join(name);
        if self.sandbox.is_none() {
            return if path == to { Ok(()) } else { fs::rename(path, to) };
        }
        // The file stays theirs who made it, so that ours is a copy.
        let left = self.allowance.kept_bytes.saturating_sub(self.taken.get());
        let copied = io::copy(&mut self.opened(path)?.take(left + 1), &mut File::create_new(to)?)?;
        if copied > left {
            let most = Size(self.allowance.kept_bytes);
            let error = format!("more was compiled than the {most} that are kept of what a sandbox compiles");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, error));
        }
        self.taken.set(self.taken.get() + copied);
        Ok(())
    }

    /// The text of a list that the compiler made here, if it made one that is no longer than lists are.
    pub(super) fn text_of(&self, path: &Path) -> Option<String> {
        let file = if self.is_sandboxed() { self.opened(path) } else { File::open(path) };
        let mut text = String::new();
        let length = file.ok()?.take(LONGEST_LIST + 1).read_to_string(&mut text).ok()?;
        (length as u64 <= LONGEST_LIST).then_some(text)
    }

    /// A file that was made here. Who made it may have put there what they liked: a link to a file outside, which is not to be followed,
    /// and a pipe, for which nobody should wait.
    fn opened(&self, path: &Path) -> io::Result<File> {
        let (dir, real) = (fs::canonicalize(self.dir())?, fs::canonicalize(path)?);
        let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
        let file = File::options().read(true).custom_flags(flags).open(&real)?;
        if !real.starts_with(dir) || !file.metadata()?.is_file() {
            return Err(io::Error::other(format!("`{}` is no file that was made here", path.display())));
        }
        Ok(file)
    }
}
