//! Calls cargo, and stops it when the user wants to.

use super::super::Watch;
use super::super::desk::Desk;
use super::super::toolchain::Toolchain;
use super::manifest::PROFILE;
use crate::diagnostic::Diagnostic;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often it is looked whether cargo is done, or the user has had enough.
const LOOK: Duration = Duration::from_millis(5);

/// How long cargo may take: a build script may run without end.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// A cargo that works at a desk.
#[derive(Clone, Copy)]
pub(super) struct Cargo<'a> {
    pub program: &'a Path,
    pub toolchain: &'a Toolchain,
    pub desk: &'a Desk<'a>,
    /// Where it keeps the sources of crates.
    pub crates: Option<&'a Path>,
    pub watch: Watch<'a>,
}

/// What cargo is asked to do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    /// To choose versions, get their sources, and say which crate is which.
    Resolve {
        /// With what is on this machine.
        offline: bool,
        /// With the versions of the lock file.
        locked: bool,
    },
    /// To compile all, with what has been chosen.
    Build,
}

/// What cargo answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Cargo<'_> {
    /// The directory of the package.
    pub(super) fn project(&self) -> PathBuf {
        self.desk.stage().join("project")
    }

    /// The directory that cargo builds in.
    pub(super) fn target(&self) -> PathBuf {
        self.desk.dir().join("target")
    }

    /// Calls cargo and waits for its end.
    ///
    /// # Errors
    /// It cannot be started, or was interrupted.
    pub(super) fn call(&self, call: Call) -> Result<Answer, Vec<Diagnostic>> {
        let failed =
            |error: io::Error| vec![Diagnostic::new(format!("`{}` cannot be called: {error}", self.program.display()))];
        // Files, unlike pipes, never fill up.
        let (stdout, stderr) = (self.desk.stage().join("stdout"), self.desk.stage().join("stderr"));
        let mut command = self.command(call);
        command.stdout(File::create(&stdout).map_err(failed)?).stderr(File::create(&stderr).map_err(failed)?);
        let status = self.wait(command.spawn().map_err(failed)?).map_err(failed)?;
        let Some(status) = status else { return Err(vec![Diagnostic::new("cargo was interrupted")]) };
        let read = |path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(failed);
        Ok(Answer { success: status.success(), stdout: read(stdout)?, stderr: read(stderr)? })
    }

    fn command(&self, call: Call) -> Command {
        let host = self.toolchain.host();
        // To choose versions runs nobody's code, and may need what is closed to those whose code it is.
        let mut command = match call {
            Call::Resolve { .. } => Command::new(self.program),
            Call::Build => {
                let crates = self.crates.filter(|crates| crates.exists());
                let crates: Vec<PathBuf> = crates.map(Path::to_owned).into_iter().collect();
                self.desk.command(self.program, self.toolchain, &crates)
            }
        };
        if let Some(home) = self.crates.and_then(Path::parent) {
            command.env("CARGO_HOME", home);
        }
        match call {
            Call::Resolve { offline, locked } => {
                command.args(["metadata", "--format-version=1", "--filter-platform", host]);
                command.args(offline.then_some("--offline")).args(locked.then_some("--locked"));
            }
            Call::Build => {
                command.args(["build", "--offline", "--locked", "--message-format=json", "--profile", PROFILE]);
                // Said by name, the platform is this one whatever the user's settings say; and what is for the notebook
                // stands apart from what only macros and build scripts need.
                command.args(["--target", host, "--target-dir"]).arg(self.target());
            }
        }
        command.args(["--quiet", "--color=never"]).current_dir(self.project()).stdin(Stdio::null());
        command
            .env("RUSTC", &self.toolchain.rustc)
            .env("CARGO_BUILD_BUILD_DIR", self.target())
            .env("TMPDIR", self.desk.dir());
        // These are meant for another build, and the notebook's own call of rustc does not see them either.
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "MAKEFLAGS", "CARGO_MAKEFLAGS", "RUSTC_WORKSPACE_WRAPPER"]
        {
            command.env_remove(name);
        }
        // Cargo does not end its compilers when it is ended, but a group can be ended whole.
        command.process_group(0);
        command
    }

    /// Waits for the end of cargo; `None` if the user did not want to.
    fn wait(&self, mut child: Child) -> io::Result<Option<ExitStatus>> {
        let since = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            let is_late = since.elapsed() > LONGEST;
            if is_late || (self.watch.stopped)() {
                // It may have ended by itself in the meantime.
                let _ = killpg(Pid::from_raw(child.id() as i32), Signal::SIGKILL);
                child.wait()?;
                let late = || {
                    io::Error::new(io::ErrorKind::TimedOut, format!("it did not end within {LONGEST:?}, and was ended"))
                };
                return if is_late { Err(late()) } else { Ok(None) };
            }
            thread::sleep(LOOK);
        }
    }
}
