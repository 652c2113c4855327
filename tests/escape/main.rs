//! Ways out of the sandbox, tried one by one. Each fails, nothing outside is changed or told, and the page, or the error
//! where there is none, says what the attempt met.
//!
//! Where the system lets nobody make namespaces, there is no strict sandbox, and these tests pass without having tested
//! anything, as they say on standard error. With `NBRUN_TEST_SANDBOX=required` in the environment they fail instead.

mod compiler;
mod fallback;
mod files;
mod html;
mod limits;
mod machine;
mod network;
mod outside;
mod processes;
#[path = "../support/mod.rs"]
mod support;

use outside::Outside;
use std::sync::LazyLock;
use support::{Outcome, Run, page};

/// What a job needs to make an attempt and to tell what came of it. `call` is any system call.
const TOOLS: &str = r#"
use std::{fmt::Debug, fs, io};

unsafe extern "C" {
    fn syscall(number: i64, ...) -> i64;
}

fn call(number: i64, a: [i64; 5]) -> io::Result<i64> {
    let done = unsafe { syscall(number, a[0], a[1], a[2], a[3], a[4]) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(done) }
}

fn tried<T: Debug>(what: &str, outcome: io::Result<T>) {
    match outcome {
        Ok(got) => println!("{what}: ESCAPED with {got:?}"),
        Err(error) => println!("{what}: {error}"),
    }
}
"#;

/// Whether there can be a sandbox on this system.
fn possible() -> bool {
    static POSSIBLE: LazyLock<bool> = LazyLock::new(|| {
        let run = Run::new().notebook("a.md", "```yaml queue\nq: i64\n```\n").args(["--sandbox"]).run();
        let refused = run.stderr.contains("cannot enforce the sandbox");
        let required = std::env::var_os("NBRUN_TEST_SANDBOX").is_some_and(|how| how == "required");
        assert!(!(refused && required), "{}", run.stderr);
        if refused {
            eprintln!("not tested, for there is no sandbox here:\n{}", run.stderr);
        } else {
            run.code(0);
        }
        !refused
    });
    *POSSIBLE
}

/// A notebook with a job that makes an attempt with [`TOOLS`]: `body` is its code.
fn notebook(body: &str) -> String {
    format!("```rust job\n{TOOLS}\nfn attempt() {{\n{body}\n}}\n```\n\n```yaml spawn\n- process: attempt()\n```\n")
}

/// What an attempt by a job met, as the page tells it. Nothing outside has changed then.
#[track_caller]
fn met(outside: &Outside, body: &str) -> Option<String> {
    if !possible() {
        return None;
    }
    let run = outside.run(&notebook(body));
    let met = told(&run);
    assert!(!run.page().contains(outside::SECRET) && !run.stderr.contains(outside::SECRET), "{met}");
    outside.is_untouched();
    run.code(0);
    Some(met)
}

/// What the workers of the second cell printed.
#[track_caller]
fn told(run: &Outcome) -> String {
    page::printed(&run.page(), 2).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

/// Makes an attempt that must meet this.
#[track_caller]
fn attempt(outside: &Outside, body: &str, expected: &str) {
    if let Some(met) = met(outside, body) {
        assert_eq!(met, expected);
    }
}

/// Makes a system call that must not be permitted.
#[track_caller]
fn forbidden(name: &str, number: i64, arguments: [i64; 5]) {
    let body = format!("tried({name:?}, call({number}, {arguments:?}));");
    attempt(&Outside::new(), &body, &format!("{name}: Operation not permitted (os error 1)"));
}
