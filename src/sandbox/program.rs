//! The program that a sandbox is built for, and what the processes around it say.

use super::spec::Spec;
use super::{ITSELF, calls, files, landlock, system};
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::unistd::{Pid, chdir, execve, getppid};
use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::io::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

/// The environment variable in which the sandbox is described. Unlike arguments, nobody in the sandbox can read it.
pub(super) const CONFIG: &str = "NBRUN_ROOM";

/// The exit code where the sandbox cannot be built.
pub(super) const UNBUILT: u8 = 125;

/// Makes this process end with its parent, which is `parent`, or else was gone before.
pub(super) fn stay_with(parent: Pid) -> Result<(), String> {
    let _ = prctl::set_pdeathsig(Signal::SIGKILL);
    if getppid() == parent { Ok(()) } else { Err("nbrun is gone".to_owned()) }
}

/// Says on standard error what is wrong, for nbrun to read. Nobody else is there to tell.
pub(super) fn complain(why: &str) {
    let _ = writeln!(std::io::stderr(), "{why}");
}

/// A program with its arguments and the directory that it is to begin in.
pub(super) struct Program {
    path: CString,
    arguments: Vec<CString>,
    dir: PathBuf,
}

impl Program {
    /// That of a command line.
    pub(super) fn of(words: Vec<OsString>) -> Option<Self> {
        let words = words.into_iter().map(|word| CString::new(word.into_vec()));
        let arguments = words.collect::<Result<Vec<_>, _>>().ok()?;
        let path = arguments.first()?.clone();
        Some(Self { path, arguments, dir: std::env::current_dir().unwrap_or_default() })
    }

    /// Closes the sandbox, and makes this process the program.
    ///
    /// # Errors
    /// A wall cannot be had, or there is no such program.
    pub(super) fn replace(&self, spec: &Spec) -> Result<Infallible, String> {
        if chdir(&self.dir).is_err() {
            let scratch = spec.config.write.first().map_or(files::SCRATCH.as_ref(), PathBuf::as_path);
            chdir(scratch).map_err(|error| format!("there is no directory to be in: {}", error.desc()))?;
        }
        system::drop_capabilities();
        if spec.walls.landlock {
            landlock::close(spec)?;
        }
        calls::close(spec.walls)?;
        system::restore_sigpipe();
        let is_itself = spec.walls.namespaces && self.path.as_bytes() == ITSELF.as_bytes();
        let path = if is_itself { CString::new(files::PROGRAM).unwrap_or_default() } else { self.path.clone() };
        let environment = std::env::vars_os()
            .filter(|(name, _)| name != CONFIG)
            .map(|(name, value)| CString::new([name.as_bytes(), b"=", value.as_bytes()].concat()).unwrap_or_default());
        execve(&path, &self.arguments, &environment.collect::<Vec<_>>())
            .map_err(|error| format!("`{}` cannot be started: {}", path.to_string_lossy(), error.desc()))
    }
}
