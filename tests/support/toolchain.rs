//! Rust toolchains that tell what is asked of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The machine's compiler behind scripts that write a line to a file for each call.
pub struct Logged {
    log: PathBuf,
    /// The script that stands for rustup's proxy: what RUSTC is to name.
    pub rustc: String,
}

impl Logged {
    /// Makes the scripts in `dir`.
    pub fn new(dir: &Path) -> Self {
        Self::with(dir, "")
    }

    /// The same; `before` is a piece of shell that the compiler itself runs before each of its calls.
    pub fn with(dir: &Path, before: &str) -> Self {
        let paths = Command::new("rustc").args(["--print", "sysroot", "--print", "target-libdir"]).output();
        let paths = String::from_utf8(paths.expect("a Rust compiler").stdout).expect("paths are text");
        let (real, libdir) = paths.trim().split_once('\n').expect("two paths");
        let (log, proxy, sysroot) = (dir.join("calls"), dir.join("proxy/rustc"), dir.join("sysroot"));
        let script = |path: &Path, special: &str| {
            fs::create_dir_all(path.parent().expect("a directory")).expect("its directory");
            let call = format!("echo \"$*\" >> '{}'", log.display());
            let text = format!("#!/bin/sh\n{call}\n{special}\nexec '{real}/bin/rustc' \"$@\"\n");
            fs::write(path, text).expect("a script");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
        };
        let answer = format!("echo '{}'; echo '{libdir}'; exit", sysroot.display());
        script(&proxy, &format!("if [ \"$1\" = --print ]; then {answer}; fi"));
        script(&sysroot.join("bin/rustc"), before);
        fs::write(&log, "").expect("a log");
        Self { log, rustc: proxy.to_str().expect("a path is text").to_owned() }
    }

    /// How often it has been called so far.
    pub fn calls(&self) -> usize {
        fs::read_to_string(&self.log).expect("a log").lines().count()
    }
}
