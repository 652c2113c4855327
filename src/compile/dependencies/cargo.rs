//! Calls cargo, and stops it when the user wants to.

use super::super::Watch;
use super::super::toolchain::Toolchain;
use super::super::workspace::CompileWorkspace;
use super::manifest::PROFILE;
use crate::diagnostic::Diagnostic;
use crate::sandbox;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, read};
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often it is looked whether cargo is done, or the user has had enough.
const LOOK_MS: u8 = 5;

/// How much of what cargo says is kept: its messages, which a thousand crates do not fill, and what is for a person.
const MAX_BYTES: [usize; 2] = [64 << 20, 1 << 20];

/// How long cargo may take: a build script may run without end.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// A cargo that works at a desk.
#[derive(Clone, Copy)]
pub(super) struct Cargo<'a> {
    pub program: &'a Path,
    pub toolchain: &'a Toolchain,
    pub workspace: &'a CompileWorkspace<'a>,
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
        self.workspace.stage().join("project")
    }

    /// The directory that cargo builds in.
    pub(super) fn target(&self) -> PathBuf {
        self.workspace.dir().join("target")
    }

    /// Calls cargo and waits for its end.
    ///
    /// # Errors
    /// It cannot be started, or was interrupted.
    pub(super) fn call(&self, call: Call) -> Result<Answer, Vec<Diagnostic>> {
        let failed =
            |error: io::Error| vec![Diagnostic::new(format!("`{}` cannot be called: {error}", self.program.display()))];
        // Pipes, for a build script that has one of them can do nothing with it but write.
        let mut command = self.command(call);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        let pipes = [child.stdout.take().map(OwnedFd::from), child.stderr.take().map(OwnedFd::from)];
        let mut heard = pipes.map(|pipe| Heard { pipe, kept: Vec::new(), is_cut: false });
        let status = self.wait(child, &mut heard).map_err(failed)?;
        let Some(status) = status else { return Err(vec![Diagnostic::new("cargo was interrupted")]) };
        let [stdout, stderr] = heard;
        if stdout.is_cut {
            let error = format!("cargo's messages are longer than {} MiB", MAX_BYTES[0] >> 20);
            return Err(vec![Diagnostic::new(error).help("a crate whose compilation says so much cannot be built")]);
        }
        let text = |heard: Heard| String::from_utf8_lossy(&heard.kept).into_owned();
        Ok(Answer { success: status.success(), stdout: text(stdout), stderr: text(stderr) })
    }

    fn command(&self, call: Call) -> Command {
        let host = self.toolchain.host();
        // To choose versions runs nobody's code, and may need what is closed to those whose code it is.
        let mut command = match call {
            Call::Resolve { .. } => Command::new(self.program),
            Call::Build => {
                let crates = self.crates.filter(|crates| crates.exists());
                let crates: Vec<PathBuf> = crates.map(Path::to_owned).into_iter().collect();
                self.workspace.command(self.program, self.toolchain, &crates)
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
            .env("TMPDIR", self.workspace.dir());
        // These are meant for another build, and the notebook's own call of rustc does not see them either.
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "MAKEFLAGS", "CARGO_MAKEFLAGS", "RUSTC_WORKSPACE_WRAPPER"]
        {
            command.env_remove(name);
        }
        // Cargo does not end its compilers when it is ended, but a group can be ended whole.
        sandbox::detach(&mut command);
        command
    }

    /// Waits for the end of cargo; `None` if the user did not want to.
    fn wait(&self, mut child: Child, heard: &mut [Heard; 2]) -> io::Result<Option<ExitStatus>> {
        let since = Instant::now();
        loop {
            // Asked before it is heard for the last time, so that nothing is missed that it said before its end. Who has been
            // started by it may still hold the pipes open, and is not waited for.
            let ended = child.try_wait()?;
            let timeout = if ended.is_some() { PollTimeout::ZERO } else { PollTimeout::from(LOOK_MS) };
            let more = listen(heard, timeout);
            if ended.is_some() && !more {
                return Ok(ended);
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
        }
    }
}

/// What is heard through a pipe.
struct Heard {
    pipe: Option<OwnedFd>,
    kept: Vec<u8>,
    /// Whether there was more than is kept.
    is_cut: bool,
}

/// Reads what there is in the pipes; whether there was anything.
fn listen(heard: &mut [Heard; 2], timeout: PollTimeout) -> bool {
    let mut fds: Vec<PollFd<'_>> =
        heard.iter().flat_map(|heard| &heard.pipe).map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)).collect();
    let _ = poll(&mut fds, timeout);
    let mut ready = fds.iter().map(|fd| fd.any() == Some(true)).collect::<Vec<_>>().into_iter();
    let open: Vec<bool> = heard.iter().map(|heard| heard.pipe.is_some() && ready.next() == Some(true)).collect();
    let mut any = false;
    for ((heard, most), ready) in heard.iter_mut().zip(MAX_BYTES).zip(open) {
        if ready {
            any |= heard.read(most);
        }
    }
    any
}

impl Heard {
    /// Reads once, and keeps no more than so much; whether there was anything.
    fn read(&mut self, most: usize) -> bool {
        let mut buffer = vec![0; 64 << 10];
        match self.pipe.as_ref().map(|pipe| read(pipe, &mut buffer)) {
            Some(Ok(len @ 1..)) => {
                let kept = len.min(most - self.kept.len());
                self.kept.extend_from_slice(&buffer[..kept]);
                self.is_cut |= kept < len;
                true
            }
            Some(Err(Errno::EINTR)) => true,
            _ => {
                self.pipe = None;
                false
            }
        }
    }
}
