//! A sandbox for programs that are not trusted: no network, no files but those that they need, nobody outside within reach.
//!
//! Who is in it is decided by nbrun: the compiler with all that it calls, and the kernel with all workers. Each is started
//! by the *launcher*, which is nbrun called by itself with a hidden argument ([`serve`]). It builds the sandbox around itself,
//! and then becomes, or starts, the program. What it builds of:
//!
//! - namespaces (`namespaces`): processes, network, users and the rest of what is shared on a machine exist anew;
//! - a tree of files with nothing in it but what the caller listed (`files`);
//! - Landlock (`landlock`): the same list once more, guarded by the system in another way;
//! - seccomp (`calls`): system calls that no lesson needs do not exist;
//! - limits (`limits`).
//!
//! [`Sandbox::prepare`] tries out on a program that does nothing what this system can do, before anything else is run.

mod calls;
mod files;
mod landlock;
mod launcher;
mod limits;
mod namespaces;
mod owner;
mod program;
mod remains;
mod spec;
mod system;

pub use launcher::{ARGUMENT, serve};
pub use namespaces::stopped;
pub use remains::remove_tree;
pub use spec::{Limits, SandboxConfig};
pub use system::{detach, keep_files};

use crate::diagnostic::Diagnostic;
use spec::{Spec, Walls};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// nbrun itself, by the name under which every process finds its own program.
pub const ITSELF: &str = "/proc/self/exe";

/// The environment variables that a program in the sandbox finds set as they are outside.
const KEPT: [&str; 7] = ["LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ", "RUST_BACKTRACE", "RUSTUP_TOOLCHAIN"];

/// How much of a sandbox there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// All of it, or nothing is run.
    Strict,
    /// As much as this system can do.
    BestEffort,
}

/// A sandbox that this system can build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    walls: Walls,
    /// What is missing, in words; empty unless the user has agreed to less.
    pub missing: Vec<String>,
}

/// The ways to build it, the best first. The first two keep everything in that there is.
const WAYS: [Walls; 4] = [
    Walls { namespaces: true, landlock: true },
    Walls { namespaces: true, landlock: false },
    Walls { namespaces: false, landlock: true },
    Walls { namespaces: false, landlock: false },
];

impl Sandbox {
    /// Finds out what this system can do, by doing it.
    ///
    /// # Errors
    /// It cannot do what `mode` asks for. Nothing of a notebook has been run.
    pub fn prepare(mode: Mode) -> Result<Self, Diagnostic> {
        let mut first = None;
        for walls in WAYS {
            let sandbox = Self { walls, missing: Vec::new() };
            match sandbox.try_out() {
                Ok(()) if walls.namespaces => return Ok(sandbox),
                Ok(()) => {
                    let missing = missing(walls, first.unwrap_or_default());
                    return match mode {
                        Mode::BestEffort => Ok(Self { walls, missing }),
                        Mode::Strict => Err(too_little(&missing)),
                    };
                }
                // Why the best way is barred says most.
                Err(why) => drop(first.get_or_insert(why)),
            }
        }
        let error = Diagnostic::new("this system offers no sandbox at all");
        Err(error
            .note(first.unwrap_or_default())
            .help("without `--sandbox`, the notebook runs with all that you may do"))
    }

    /// Runs a program that does nothing.
    fn try_out(&self) -> Result<(), String> {
        let mut command = self.command(Path::new(ITSELF), &SandboxConfig::default());
        let output = command.arg(ARGUMENT).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(said.lines().next().map_or_else(|| output.status.to_string(), str::to_owned))
    }

    /// A command that runs `program` in a sandbox of its own. Arguments, streams and environment are set as on any other
    /// command; of the environment of nbrun itself, only a few variables are passed on.
    pub fn command(&self, program: &Path, config: &SandboxConfig) -> Command {
        let spec = Spec { walls: self.walls, config: config.clone(), parent: std::process::id() as i32 };
        let mut command = Command::new(ITSELF);
        // That this is no text can only be said of a path, and then the launcher says what is wrong.
        command.arg(ARGUMENT).arg(program);
        let scratch = match config.write.first() {
            Some(dir) if !self.walls.namespaces => dir.as_path(),
            _ => Path::new(files::SCRATCH),
        };
        command.env_clear().env(program::CONFIG, serde_json::to_string(&spec).unwrap_or_default());
        command.env("HOME", scratch).env("TMPDIR", scratch).current_dir(scratch);
        command.envs(KEPT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.env("PATH", files::programs(&std::env::var_os("PATH").unwrap_or_default()));
        command
    }

    /// A directory for temporary files, where rooms have none of their own.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn scratch(&self) -> io::Result<Option<TempDir>> {
        if self.walls.namespaces {
            return Ok(None);
        }
        tempfile::Builder::new().prefix("nbrun-").tempdir().map(Some)
    }

    /// Makes a directory readable for the programs in its rooms, and with `write` theirs.
    ///
    /// # Errors
    /// What the system says.
    pub fn give(&self, dir: &Path, write: bool) -> io::Result<()> {
        // Only in namespaces they are another user's.
        if self.walls.namespaces { owner::give(dir, write) } else { Ok(()) }
    }

    /// What the sandbox consists of, in words.
    pub fn describe(&self) -> String {
        match (self.walls.namespaces, self.walls.landlock) {
            (true, true) => "namespaces, Landlock and seccomp",
            (true, false) => "namespaces and seccomp",
            (false, true) => "Landlock and seccomp",
            (false, false) => "seccomp",
        }
        .to_owned()
    }
}

/// What cannot be kept in without namespaces, the reason first.
fn missing(walls: Walls, why: String) -> Vec<String> {
    let mut missing = vec![format!("namespaces cannot be had: {why}")];
    if !walls.landlock {
        missing.push("Landlock cannot be had: every file that you may read or write is within reach".to_owned());
        missing.push("processes outside can be signalled".to_owned());
    }
    missing.push("names of files and processes outside can be seen, and what the system tells in /proc".to_owned());
    missing.push("the permissions of files that are shown, such as the toolchain's, can be changed".to_owned());
    missing.push("temporary files have no limit but the size of each".to_owned());
    missing.push("processes are only limited together with all others of the same user".to_owned());
    missing
}

fn too_little(missing: &[String]) -> Diagnostic {
    let error = Diagnostic::new("this system cannot enforce the sandbox");
    let error = missing.iter().fold(error, |error, missing| error.note(missing.clone()));
    error.help("`--sandbox=best-effort` runs the notebook with what there is, and says on the page what was missing")
}
