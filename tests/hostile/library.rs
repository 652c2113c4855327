//! A notebook's library that has code which runs as soon as it is loaded: in the kernel's process, outside of any cell.

use super::nobody_is_left;
use super::support::Run;
use nix::fcntl::{OFlag, open};
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::{dup2_stderr, getsid};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// A notebook whose library has a constructor with this body, and a cell that works.
fn notebook(body: &str) -> String {
    format!(
        "```rust job\nunsafe extern \"C\" {{\n    fn fchmod(fd: i32, mode: u32) -> i32;\n    fn ftruncate(fd: i32, len: i64) \
         -> i32;\n    fn getsid(pid: i32) -> i32;\n}}\nextern \"C\" fn begin() {{\n{body}\n}}\n#[used]\n#[unsafe(link_section \
         = \".init_array\")]\nstatic BEGIN: extern \"C\" fn() = begin;\nfn job() {{\n    println!(\"worked\");\n}}\n```\n\n\
         ```yaml spawn\n- process: job()\n```\n"
    )
}

/// Tells every descriptor with what is behind it.
const AUDIT: &str = "for fd in 0..1024 {
        if let Ok(behind) = std::fs::read_link(format!(\"/proc/self/fd/{fd}\")) {
            std::eprintln!(\"{fd}={}\", behind.display());
        }
    }";

/// Gives the program a file of the user's as its standard error, as `2>>log` does.
fn with_a_log(command: &mut Command) {
    let enter = || {
        let log = open("log", OFlag::O_WRONLY | OFlag::O_APPEND, Mode::empty())?;
        Ok(dup2_stderr(&log)?)
    };
    // SAFETY: between fork and exec, only system calls are made.
    unsafe { command.pre_exec(enter) };
}

/// With a sandbox too, where there can be one.
fn ways() -> Vec<&'static [&'static str]> {
    let probe = Run::new().notebook("a.md", "```yaml queue\nq: i64\n```\n").args(["--sandbox"]).run();
    let required = std::env::var_os("NBRUN_TEST_SANDBOX").is_some_and(|how| how == "required");
    assert!(probe.code == 0 || !required, "{}", probe.stderr);
    if probe.code == 0 { vec![&[], &["--sandbox"]] } else { vec![&[]] }
}

#[test]
fn a_constructor_has_no_descriptor_of_the_users() {
    for way in ways() {
        let notebook = notebook(AUDIT);
        let run = Run::new().notebook("a.md", &notebook).file("log", "old\n").before_exec(with_a_log);
        let outcome = run.args(way.iter().copied()).run().code(0);
        let log = outcome.text("log");
        let told: Vec<&str> = log.lines().filter_map(|line| line.trim_start().strip_prefix("| ")).collect();
        let [stdin, stdout, stderr] = ["0=", "1=", "2="].map(|fd| told.iter().find(|told| told.starts_with(fd)));
        assert!([stdin, stdout, stderr].iter().all(Option::is_some), "{way:?}: {log}");
        for told in told {
            let (_, behind) = told.split_once('=').expect("a descriptor");
            let own = ["pipe:[", "anon_inode:[signalfd]", "/memfd:nbrun"];
            let own = own.iter().any(|own| behind.starts_with(own));
            // The audit has the directory open that it reads.
            assert!(own || behind.starts_with("/proc/"), "{way:?}: {told}");
        }
    }
}

#[test]
fn a_constructor_changes_nothing_about_the_users_log() {
    let body = "unsafe { ftruncate(2, 0); fchmod(2, 0); } std::eprintln!(\"\\x1b]0;mine\\x07\\x1b[2Jhello\\x08\");";
    for way in ways() {
        let notebook = notebook(body);
        let run = Run::new().notebook("a.md", &notebook).file("log", "old\n").before_exec(with_a_log);
        let outcome = run.args(way.iter().copied()).run().code(0);
        let log = outcome.text("log");
        let mode = fs::metadata(outcome.path("log")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "{way:?}");
        assert!(log.starts_with("old\n") && log.contains("| hello␈\n"), "{way:?}: {log}");
        assert!(!log.contains('\u{1b}') && !log.contains('\u{7}'), "{way:?}: {log}");
    }
}

#[test]
fn a_constructor_is_in_a_session_without_a_terminal() {
    let body = "std::eprintln!(\"session={} {:?}\", unsafe { getsid(0) }, std::fs::File::open(\"/dev/tty\").is_err());";
    let own = getsid(None).expect("a session").to_string();
    for way in ways() {
        let outcome = Run::new().notebook("a.md", &notebook(body)).args(way.iter().copied()).run().code(0);
        let told = outcome.stderr.lines().find_map(|line| line.split_once("session=")).expect("it is told").1;
        let (session, no_terminal) = told.split_once(' ').expect("two words");
        assert!(session != own && no_terminal == "true", "{way:?}: {told}, and this session is {own}");
    }
}

#[test]
fn what_a_constructor_writes_without_end_is_cut_and_told_so() {
    let body = "let line = \"x\".repeat(99); for _ in 0..500_000 { std::eprintln!(\"{line}\"); }";
    let outcome = Run::new().notebook("a.md", &notebook(body)).run().code(0);
    assert!(outcome.stderr.len() < 40_000, "{}", outcome.stderr.len());
    outcome.stderr_has("   = 49983616 bytes more are left out").stderr_has("wrote to standard error");
}

#[test]
fn a_constructor_that_ends_the_kernel_leaves_its_words_behind() {
    let body = "std::eprintln!(\"the last words\"); std::process::abort();";
    let outcome = Run::new().notebook("a.md", &notebook(body)).run().code(1);
    let outcome = outcome.stderr_has("the kernel ended before its work was done").stderr_has("   | the last words");
    nobody_is_left(&outcome.file("a.html"));
}

#[test]
fn a_descriptor_that_nbrun_was_started_with_is_not_passed_on() {
    let secret = fs::File::open("/etc/hostname").or_else(|_| fs::File::open("/etc/passwd")).expect("a file");
    // A copy that is not closed when a program is started. Other tests' programs may get it, too, which does no harm.
    let _open = nix::unistd::dup(&secret).expect("a copy");
    let outcome = Run::new().notebook("a.md", &notebook(AUDIT)).run().code(0);
    assert!(outcome.stderr.contains("| 1=pipe:") && !outcome.stderr.contains("/etc/"), "{}", outcome.stderr);
}

#[test]
fn a_constructor_without_end_does_not_outlive_nbrun() {
    let body = "std::fs::write(\"begun\", \"\").unwrap(); loop {}";
    let outcome = Run::new().notebook("a.md", &notebook(body)).signal_when("begun", Signal::SIGKILL).run();
    nobody_is_left(&outcome.no_file("a.html"));
}
