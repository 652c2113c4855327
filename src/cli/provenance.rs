//! Where, when and with what a run took place.

use crate::compile::Library;
use crate::notebook::Notebook;
use crate::record::{Provenance, Sandboxed};
use crate::sandbox::Sandbox;
use crate::shared::clock::nanoseconds;
use jiff::{Timestamp, Unit};
use std::num::NonZeroUsize;
use std::time::Duration;

/// What this machine says of itself, and the run's own figures.
pub fn gather(
    notebook: &Notebook,
    library: Option<&Library>,
    sandbox: Option<&Sandbox>,
    (started, run): (Timestamp, Duration),
) -> Provenance {
    let sandboxed = |sandbox: &Sandbox| Sandboxed { walls: sandbox.describe(), missing: sandbox.missing.clone() };
    Provenance {
        nbrun: env!("CARGO_PKG_VERSION").to_owned(),
        rustc: library.map(|library| library.rustc.clone()).unwrap_or_default(),
        os: os(),
        cpu: cpu(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
        cores: std::thread::available_parallelism().map_or(1, NonZeroUsize::get) as u32,
        started: started.round(Unit::Second).unwrap_or(started).to_string(),
        compile_ns: library.map_or(0, |library| nanoseconds(library.elapsed)),
        compile_cached: library.is_some_and(|library| library.cached),
        unoptimized: library.is_some_and(|library| !library.optimized),
        run_ns: nanoseconds(run),
        sandbox: sandbox.map(sandboxed),
        cell_lines: notebook.cell_lines(),
    }
}

/// The system's name, release and machine, such as `Linux 6.1.0 x86_64`.
fn os() -> String {
    let Ok(uname) = nix::sys::utsname::uname() else { return std::env::consts::OS.to_owned() };
    let parts = [uname.sysname(), uname.release(), uname.machine()];
    parts.map(|part| part.to_string_lossy().into_owned()).join(" ")
}

/// The processor's model name in the text of `/proc/cpuinfo`; empty if it is not told.
fn cpu(info: &str) -> String {
    let named = |line: &str| {
        line.split_once(':').filter(|(key, _)| key.trim() == "model name").map(|(_, name)| name.trim().to_owned())
    };
    info.lines().find_map(named).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_as_the_system_names_it() {
        assert_eq!(cpu("processor\t: 0\nmodel name\t: A: B @ 2 GHz\n\nmodel name\t: C\n"), "A: B @ 2 GHz");
        assert_eq!(cpu(""), "");
    }
}
