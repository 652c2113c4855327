//! Compiles the prelude with the toolchain that builds nbrun, so that nbrun can carry it along: where a notebook is compiled
//! with the same toolchain, the first run need not build it. If anything here does not work out, nbrun carries nothing and
//! builds the prelude when it is first needed, as it does for every other toolchain.

use prelude_flags::{DERIVE_FLAGS, FLAGS, MIRROR_FLAGS, RLIB_FLAGS};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[path = "src/compile/prelude_flags.rs"]
mod prelude_flags;

fn main() {
    println!("cargo::rerun-if-changed=src/prelude");
    println!("cargo::rerun-if-changed=src/mirror");
    println!("cargo::rerun-if-changed=src/compile/prelude_flags.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let made =
        ["prelude.version", "libnbrun.rlib", "libnbrun_derive.so", "libnbrun_std.rlib"].map(|name| out.join(name));
    if compile(&made).is_none() {
        for file in &made {
            // Empty files stand for "nothing to carry".
            fs::write(file, "").expect("cargo's own output directory can be written");
        }
    }
}

fn compile([version, rlib, derive, mirror]: &[PathBuf; 4]) -> Option<()> {
    if env::var("HOST").ok()? != env::var("TARGET").ok()? {
        return None;
    }
    let rustc = env::var_os("RUSTC")?;
    let told = Command::new(&rustc).arg("-vV").output().ok().filter(|told| told.status.success())?;
    let built = |folder: &str, name: &str, flags: &[&str], made: &Path, more: &[String]| {
        let mut command = Command::new(&rustc);
        command.args(["--edition", "2024", "--remap-path-prefix", &format!("{folder}={name}")]);
        command.args(FLAGS).args(flags).args(more).arg("-o").arg(made);
        command.output().ok().filter(|told| told.status.success())
    };
    let uses = |name: &str, made: &Path| ["--extern".to_owned(), format!("{name}={}", made.display())];
    let from = |path: &str| vec![path.to_owned()];
    built("src/prelude", "nbrun", DERIVE_FLAGS, derive, &from("src/prelude/derive/lib.rs"))?;
    let more = [&from("src/prelude/lib.rs")[..], &uses("nbrun_derive", derive)].concat();
    built("src/prelude", "nbrun", RLIB_FLAGS, rlib, &more)?;
    let found = ["-L".to_owned(), format!("dependency={}", rlib.parent()?.display())];
    let more = [&from("src/mirror/lib.rs")[..], &uses("nbrun", rlib), &found].concat();
    built("src/mirror", "nbrun_std", MIRROR_FLAGS, mirror, &more)?;
    fs::write(version, told.stdout).ok()
}
