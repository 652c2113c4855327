//! Compiles the prelude with the toolchain that builds nbrun, so that nbrun can carry it along: where a notebook is compiled
//! with the same toolchain, the first run need not build it. If anything here does not work out, nbrun carries nothing and
//! builds the prelude when it is first needed, as it does for every other toolchain.

use prelude_flags::{DERIVE_FLAGS, FLAGS, RLIB_FLAGS};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[path = "src/compile/prelude_flags.rs"]
mod prelude_flags;

fn main() {
    println!("cargo::rerun-if-changed=src/prelude");
    println!("cargo::rerun-if-changed=src/compile/prelude_flags.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let made = ["prelude.version", "libnbrun.rlib", "libnbrun_derive.so"].map(|name| out.join(name));
    if compile(&made).is_none() {
        for file in &made {
            // Empty files stand for "nothing to carry".
            fs::write(file, "").expect("cargo's own output directory can be written");
        }
    }
}

fn compile([version, rlib, derive]: &[PathBuf; 3]) -> Option<()> {
    if env::var("HOST").ok()? != env::var("TARGET").ok()? {
        return None;
    }
    let rustc = env::var_os("RUSTC")?;
    let told = Command::new(&rustc).arg("-vV").output().ok().filter(|told| told.status.success())?;
    let prelude = Path::new("src/prelude");
    let built = |root: &str, flags: &[&str], made: &Path, more: &[String]| {
        let mut command = Command::new(&rustc);
        command.args(["--edition", "2024", "--remap-path-prefix", "src/prelude=nbrun"]).arg(prelude.join(root));
        command.args(FLAGS).args(flags).args(more).arg("-o").arg(made);
        command.output().ok().filter(|told| told.status.success())
    };
    built("derive/lib.rs", DERIVE_FLAGS, derive, &[])?;
    built("lib.rs", RLIB_FLAGS, rlib, &["--extern".to_owned(), format!("nbrun_derive={}", derive.display())])?;
    fs::write(version, told.stdout).ok()
}
