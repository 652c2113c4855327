//! Calls rustc, and reads what it answers.

use super::toolchain::Toolchain;
use super::workspace::CompileWorkspace;
use crate::diagnostic::Diagnostic;
use crate::sandbox;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, read};
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the compiler may take: a macro or a constant may compute without end.
const LONGEST: Duration = Duration::from_secs(10 * 60);
/// How much it may say: of each error it says the whole line, several times, however long that is.
const MAX_BYTES: usize = 64 << 20;
/// How many of its errors are read.
const MAX_ERRORS: usize = 1000;
/// How often to look whether it must be ended.
const LOOK_MS: u8 = 20;

/// The lints that are warnings in a notebook: each finds what most likely is a slip, and none what a lesson is full of, such
/// as a function that nobody calls.
pub(super) const WARNINGS: &[&str] = &[
    "let_underscore_drop",
    "let_underscore_lock",
    "static_mut_refs",
    "unconditional_recursion",
    "unused_comparisons",
    "unused_must_use",
];

/// One of rustc's diagnostics, as its JSON says it.
#[derive(Debug, Clone, Serialize, Deserialize)]
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

impl Message {
    /// Advice about an error, without a place.
    pub(super) fn help(message: &str) -> Self {
        let (message, level) = (message.to_owned(), "help".to_owned());
        Self { message, code: None, level, spans: Vec::new(), children: Vec::new() }
    }

    /// Whether it is a warning of one of these lints.
    fn is_of(&self, lints: &[&str]) -> bool {
        self.level == "warning" && self.code.as_ref().is_some_and(|code| lints.contains(&code.code.as_str()))
    }
}

/// The code of a diagnostic.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Code {
    /// E0308 or a lint's name.
    pub code: String,
}

/// A stretch of a file. Lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// How far that can be used as it stands.
    #[serde(default)]
    pub suggestion_applicability: Option<String>,
    /// The lines that it covers.
    #[serde(default)]
    pub text: Vec<Line>,
    /// The macro call that this place is inside of.
    pub expansion: Option<Box<Expansion>>,
}

/// A line of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Line {
    /// What stands there.
    pub text: String,
}

/// A macro call.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// The warnings that matter in a notebook, in rustc's order.
    pub warnings: Vec<Message>,
    /// How it ended, and what it said that is no diagnostic: of use only where there are no errors.
    pub remains: String,
}

/// A call of rustc at a desk, without arguments that say what to make; it reads from `more`, too.
pub(super) fn command(toolchain: &Toolchain, workspace: &CompileWorkspace<'_>, more: &[PathBuf]) -> Command {
    let mut command = workspace.command(&toolchain.rustc, toolchain, more);
    command.args(["--edition", "2024", "--error-format=json"]).stdin(Stdio::null());
    // Under cargo, these name a job server that is not passed on.
    command.env_remove("MAKEFLAGS").env_remove("CARGO_MAKEFLAGS");
    command
}

/// That one of the compiler's input files cannot be written.
pub(super) fn cannot_write(file: &Path, error: &io::Error) -> Vec<Diagnostic> {
    vec![Diagnostic::new(format!("{} cannot be written: {error}", file.display()))]
}

/// Runs a call to its end, or until the user stops it.
///
/// # Errors
/// The compiler could not be started, was interrupted, or did not come to an end.
pub(super) fn run(command: Command, stopped: &dyn Fn() -> bool) -> Result<Outcome, Vec<Diagnostic>> {
    run_within(command, stopped, LONGEST)
}

fn run_within(mut command: Command, stopped: &dyn Fn() -> bool, limit: Duration) -> Result<Outcome, Vec<Diagnostic>> {
    // A group of its own, so that the linker and whatever else it calls can be ended with it.
    let child = sandbox::detach(command.stdout(Stdio::null()).stderr(Stdio::piped())).spawn();
    let cannot = |error: io::Error| {
        let program = command.get_program().display();
        vec![Diagnostic::new(format!("the Rust compiler {program} cannot be started: {error}"))]
    };
    let mut child = child.map_err(cannot)?;
    let heard = listen(&mut child, stopped, limit);
    if !matches!(heard, Heard::All(_)) {
        let _ = killpg(Pid::from_raw(child.id() as i32), Signal::SIGKILL);
    }
    let status = child.wait().map_err(cannot)?;
    let is_all = matches!(heard, Heard::All(_));
    let said = match heard {
        Heard::TooMuch(mut said) => {
            // The last line is not whole.
            said.truncate(said.iter().rposition(|byte| *byte == b'\n').unwrap_or(0));
            said
        }
        Heard::All(said) if status.signal() != Some(Signal::SIGINT as i32) => said,
        Heard::TooLong => {
            let error = format!("the Rust compiler did not end within {limit:?}, and was ended");
            return Err(vec![Diagnostic::new(error).help("a macro or a constant that computes without end does that")]);
        }
        Heard::All(_) | Heard::Stopped => return Err(vec![Diagnostic::new("the compiler was interrupted")]),
    };
    let mut outcome = Outcome {
        success: is_all && status.success(),
        errors: Vec::new(),
        warnings: Vec::new(),
        remains: String::new(),
    };
    let mut errors = 0;
    for line in String::from_utf8_lossy(&said).lines() {
        match serde_json::from_str::<Message>(line) {
            Ok(message) if message.level.starts_with("error") && !message.message.starts_with("aborting due to") => {
                errors += 1;
                if errors <= MAX_ERRORS {
                    outcome.errors.push(message);
                }
            }
            Ok(message) if message.is_of(WARNINGS) => outcome.warnings.push(message),
            Ok(_) => {}
            Err(_) => outcome.remains += &format!("{line}\n"),
        }
    }
    if !is_all || errors > MAX_ERRORS {
        let message = "the compiler has more to say than is read: these are its first errors".to_owned();
        let (level, spans, children) = ("error".to_owned(), Vec::new(), Vec::new());
        outcome.errors.push(Message { message, code: None, level, spans, children });
    }
    outcome.remains += &format!("rustc ended with {status}");
    Ok(outcome)
}

/// How listening to the compiler ended.
enum Heard {
    /// It has ended, and said this.
    All(Vec<u8>),
    /// The user did not want to wait any longer.
    Stopped,
    /// It says more than anybody reads; the beginning.
    TooMuch(Vec<u8>),
    /// It took too long.
    TooLong,
}

/// Listens until the compiler has ended, or must be ended.
fn listen(child: &mut Child, stopped: &dyn Fn() -> bool, limit: Duration) -> Heard {
    let (mut said, mut buffer, since) = (Vec::new(), vec![0; 64 << 10], Instant::now());
    let mut pipe = child.stderr.take();
    loop {
        // Asked before it is read for the last time, so that nothing is missed that it said before its end.
        let has_ended = !matches!(child.try_wait(), Ok(None));
        let mut heard = false;
        if let Some(open) = &pipe {
            let mut fds = [PollFd::new(open.as_fd(), PollFlags::POLLIN)];
            let _ = poll(&mut fds, if has_ended { PollTimeout::ZERO } else { PollTimeout::from(LOOK_MS) });
            if fds[0].any() == Some(true) {
                match read(open, &mut buffer) {
                    Ok(0) => pipe = None,
                    Ok(len) => {
                        said.extend_from_slice(&buffer[..len]);
                        heard = true;
                    }
                    Err(Errno::EINTR) => {}
                    Err(_) => pipe = None,
                }
            }
        } else if !has_ended {
            // It is about to end: what it closes last is this.
            std::thread::sleep(Duration::from_millis(1));
        }
        if said.len() > MAX_BYTES {
            return Heard::TooMuch(said);
        }
        // What it has started may hold the pipe open, and is not waited for.
        if has_ended && !heard {
            return Heard::All(said);
        }
        if stopped() {
            return Heard::Stopped;
        }
        if since.elapsed() > limit {
            return Heard::TooLong;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_compiler_that_never_ends_is_ended_with_all_that_it_has_started() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("pid");
        let script = format!("trap '' INT TERM; sleep 600 & echo $! > {}; wait", file.display());
        let mut limit = Duration::from_millis(300);
        let pid = loop {
            let errors = run_within(shell(&script), &|| false, limit).expect_err("it is ended");
            assert_eq!(errors[0].message, format!("the Rust compiler did not end within {limit:?}, and was ended"));
            // On a busy machine it may be ended before it has done anything.
            match std::fs::read_to_string(&file) {
                Ok(pid) if pid.ends_with('\n') => break pid,
                _ => limit *= 2,
            }
        };
        let since = Instant::now();
        let lives = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
            stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
        };
        while lives() {
            assert!(since.elapsed() < Duration::from_secs(30), "what it had started is left");
        }
    }

    #[test]
    fn an_interrupt_is_heard_even_where_the_compiler_ignores_it() {
        let errors = run_within(shell("trap '' INT TERM; sleep 600"), &|| true, LONGEST).expect_err("it is ended");
        assert_eq!(errors[0].message, "the compiler was interrupted");
    }

    #[test]
    fn of_a_compiler_that_says_too_much_the_first_errors_are_read() {
        let error = r#"{"message":"wrong","code":null,"level":"error","spans":[],"children":[]}"#;
        let outcome = run_within(shell(&format!("yes '{error}' >&2")), &|| false, LONGEST).expect("it is ended");
        assert_eq!((outcome.success, outcome.errors.len()), (false, MAX_ERRORS + 1));
        assert!(outcome.errors[MAX_ERRORS].message.starts_with("the compiler has more to say"));
        assert!(outcome.remains.starts_with("rustc ended with"));
    }

    #[test]
    fn all_of_the_compilers_output_is_read_even_if_others_hold_its_pipe() {
        let outcome = run_within(shell("seq 100000 >&2; sleep 5 & exit 3"), &|| false, LONGEST).expect("it ends");
        assert!(!outcome.success);
        assert_eq!(outcome.remains.lines().count(), 100_001, "{}", outcome.remains.len());
        assert!(outcome.remains.ends_with("rustc ended with exit status: 3"));
    }
}
