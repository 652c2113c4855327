//! CPython's side: the machine's own Python, called anew for each figure.

use std::process::{Command, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/primitives/cpython.py");

/// The machine's Python.
pub struct Python {
    /// What it calls itself.
    pub version: String,
}

impl Python {
    /// The one that `python3` starts.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn find() -> Result<Self, String> {
        let output = Command::new("python3").arg("--version").output().map_err(|error| format!("python3: {error}"))?;
        let version = String::from_utf8_lossy(&output.stdout).trim().trim_start_matches("Python ").to_owned();
        if output.status.success() { Ok(Self { version }) } else { Err("python3 does not run".to_owned()) }
    }

    /// The figure `what`, in seconds.
    ///
    /// # Panics
    /// If the script fails: a comparison with nothing would be worth nothing.
    pub fn measure(&self, what: &str) -> f64 {
        let output = Command::new("python3").args([SCRIPT, what]).stdin(Stdio::null()).output().expect("python3");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cpython.py {what} failed, {}:\n{complaint}", output.status);
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        answer[what].as_f64().expect("a number of seconds")
    }
}
