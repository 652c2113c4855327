//! Calls rustc, and reads what it answers.

use super::desk::Desk;
use super::toolchain::Toolchain;
use crate::diagnostic::Diagnostic;
use serde::Deserialize;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One of rustc's diagnostics, as its JSON says it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Message {
    /// The text.
    pub message: String,
    /// Its code, such as E0308.
    pub code: Option<Code>,
    /// `error`, `help`, `note` and others.
    pub level: String,
    /// The places it speaks of.
    pub spans: Vec<Span>,
    /// Further remarks.
    pub children: Vec<Message>,
}

/// The code of a diagnostic.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Code {
    /// E0308 or a lint's name.
    pub code: String,
}

/// A stretch of a file. Lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Span {
    /// The file, as `--remap-path-prefix` has it.
    pub file_name: String,
    /// Where it begins.
    pub line_start: u32,
    /// Where it ends.
    pub line_end: u32,
    /// Where it begins.
    pub column_start: u32,
    /// Where it ends.
    pub column_end: u32,
    /// Whether this is the place of the error rather than one that has to do with it.
    pub is_primary: bool,
    /// What is said at this place.
    pub label: Option<String>,
    /// What could stand there instead.
    pub suggested_replacement: Option<String>,
    /// The macro call that this place is inside of.
    pub expansion: Option<Box<Expansion>>,
}

/// A macro call.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Expansion {
    /// Where it stands.
    pub span: Span,
}

/// What came of a call.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Whether it made what it should.
    pub success: bool,
    /// The errors, in rustc's order.
    pub errors: Vec<Message>,
    /// How it ended, and what it said that is no diagnostic: of use only where there are no errors.
    pub remains: String,
}

/// A call of rustc at a desk, without arguments that say what to make; it reads from `more`, too.
pub(super) fn command(toolchain: &Toolchain, desk: &Desk<'_>, more: &[PathBuf]) -> Command {
    let mut command = desk.command(&toolchain.rustc, toolchain, more);
    command.args(["--edition", "2024", "--error-format=json"]).stdin(Stdio::null());
    // Under cargo, these name a job server that is not passed on.
    command.env_remove("MAKEFLAGS").env_remove("CARGO_MAKEFLAGS");
    command
}

/// That one of the compiler's input files cannot be written.
pub(super) fn cannot_write(file: &Path, error: &io::Error) -> Vec<Diagnostic> {
    vec![Diagnostic::new(format!("{} cannot be written: {error}", file.display()))]
}

/// Runs a call to its end. The compiler stays in nbrun's process group, so that ^C ends both.
///
/// # Errors
/// The compiler could not be started, or was interrupted.
pub(super) fn run(mut command: Command) -> Result<Outcome, Vec<Diagnostic>> {
    let output = command.output().map_err(|error| {
        let program = command.get_program().display();
        vec![Diagnostic::new(format!("the Rust compiler {program} cannot be started: {error}"))]
    })?;
    if output.status.signal() == Some(nix::sys::signal::Signal::SIGINT as i32) {
        return Err(vec![Diagnostic::new("the compiler was interrupted")]);
    }
    let mut outcome = Outcome { success: output.status.success(), errors: Vec::new(), remains: String::new() };
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        match serde_json::from_str::<Message>(line) {
            Ok(message) if message.level.starts_with("error") && !message.message.starts_with("aborting due to") => {
                outcome.errors.push(message);
            }
            Ok(_) => {}
            Err(_) => outcome.remains += &format!("{line}\n"),
        }
    }
    outcome.remains += &format!("rustc ended with {}", output.status);
    Ok(outcome)
}
