//! Rust toolchains that tell what is asked of them.

use super::Run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The variable that names the file in which the scripts write.
const LOG: &str = "NBRUN_TEST_RUSTC_LOG";

/// The machine's compiler behind scripts that write a line to a file for each call.
pub struct Logged {
    log: PathBuf,
    /// The script that stands for rustup's proxy: what RUSTC is to name.
    rustc: PathBuf,
}

impl Logged {
    /// The scripts that all tests share, so that their cached prelude can be shared, too; the log is the run's own.
    pub fn new(run: &Run) -> Self {
        // Made by one test while the others wait: a compiler that is written again counts as another one.
        static SHARED: OnceLock<PathBuf> = OnceLock::new();
        let make = || scripts(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("logged-toolchain"), "", "");
        Self { rustc: SHARED.get_or_init(make).clone(), log: log(run) }
    }

    /// Scripts for one test alone; `before` is a piece of shell that the compiler itself runs before each of its calls.
    pub fn with(run: &Run, before: &str) -> Self {
        Self { rustc: scripts(&run.path("toolchain"), before, ""), log: log(run) }
    }

    /// Scripts for one test alone; `answers` is a piece of shell that stands before rustup's proxy, and may answer in its place.
    pub fn saying(run: &Run, answers: &str) -> Self {
        Self { rustc: scripts(&run.path("toolchain"), "", answers), log: log(run) }
    }

    /// Makes a run use it.
    pub fn of(&self, run: Run) -> Run {
        run.env("RUSTC", self.rustc.to_str().expect("text")).env(LOG, self.log.to_str().expect("text"))
    }

    /// How often it has been called so far.
    pub fn calls(&self) -> usize {
        fs::read_to_string(&self.log).expect("a log").lines().count()
    }
}

fn log(run: &Run) -> PathBuf {
    let log = run.path("calls");
    fs::write(&log, "").expect("a log");
    log
}

/// Makes a program of a script. Another process writes it: this one forks for other tests meanwhile, and the system runs
/// nothing that anybody, such as a child that is still to become something else, has open for writing.
fn program(path: &Path, script: &str) {
    let write = "printf %s \"$2\" > \"$1\" && chmod 755 \"$1\"";
    let status = Command::new("sh").args(["-c", write, "sh"]).arg(path).arg(script).status();
    assert!(status.expect("a shell").success());
}

/// Makes the scripts, and returns the one that stands for rustup's proxy.
fn scripts(dir: &Path, before: &str, answers: &str) -> PathBuf {
    let paths = Command::new("rustc").args(["--print", "sysroot", "--print", "target-libdir"]).output();
    let paths = String::from_utf8(paths.expect("a Rust compiler").stdout).expect("paths are text");
    let (real, libdir) = paths.trim().split_once('\n').expect("two paths");
    let (proxy, sysroot) = (dir.join("proxy/rustc"), dir.join("sysroot"));
    let script = |path: &Path, special: &str| {
        let text = format!("#!/bin/sh\necho \"$*\" >> \"${LOG}\"\n{special}\nexec '{real}/bin/rustc' \"$@\"\n");
        let parent = path.parent().expect("a directory");
        fs::create_dir_all(parent).expect("its directory");
        if fs::read_to_string(path).is_ok_and(|there| there == text) {
            return;
        }
        // Whole or not at all, for another test may be about to run it.
        let new = tempfile::tempdir_in(parent).expect("a directory");
        program(&new.path().join("new"), &text);
        fs::rename(new.path().join("new"), path).expect("a script");
    };
    let answer = format!("echo '{}'; echo '{libdir}'; exit", sysroot.display());
    script(&sysroot.join("bin/rustc"), before);
    script(&proxy, &format!("{answers}\nif [ \"$1\" = --print ]; then {answer}; fi"));
    proxy
}
