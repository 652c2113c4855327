//! Jobs that do their worst: each ends in a clear error, in bounded time, and leaves nothing behind.

mod descriptors;
mod kernel;
mod library;
mod limits;
mod processes;
mod signals;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use support::{Outcome, Run};

/// The executors under which a job can do harm beside others that work.
const CONCURRENT: [&str; 2] = ["thread", "process"];

/// What a job can call without any crate.
const C: &str = "unsafe extern \"C\" {
    fn fork() -> i32;
    fn setsid() -> i32;
    fn getpid() -> i32;
    fn getppid() -> i32;
    fn kill(pid: i32, signal: i32) -> i32;
    fn signal(signal: i32, handler: usize) -> usize;
    fn close(fd: i32) -> i32;
    fn write(fd: i32, bytes: *const u8, len: usize) -> isize;
    fn ftruncate(fd: i32, len: i64) -> i32;
    fn pause() -> i32;
    fn _exit(code: i32) -> !;
}";

/// A notebook in which `guilty` has this body, beside an innocent job, and a cell behind it that must work all the same.
/// `top` is for the front matter, under `nbrun`.
fn notebook(executor: &str, top: &str, body: &str) -> String {
    format!(
        "---\nnbrun: {{timeout: 60s{top}}}\n---\n\n```rust job\n{C}\n\nfn innocent() {{\n    println!(\"innocent\");\n}}\n\n\
         fn guilty(count: Value<i32>) {{\n    {body}\n}}\n```\n\n```yaml value\ncount: i\n```\n\n```yaml spawn\n\
         executor: {executor}\njobs: [innocent(), guilty(count)]\n```\n\n```yaml spawn\n- process: innocent()\n```\n"
    )
}

/// The number of the cell that is to fail.
const GUILTY: usize = 3;

/// Runs it, with a record.
fn run(executor: &str, top: &str, body: &str) -> Outcome {
    Run::new().notebook("a.md", &notebook(executor, top, body)).args(["--record", "a.json"]).run()
}

/// Runs it, and makes sure that it fails with this error, that the page has been written, and that the next cell worked.
#[track_caller]
fn fails(executor: &str, top: &str, body: &str, error: &str) -> Outcome {
    let outcome = run(executor, top, body).code(1).stdout_is("a.html\n").stderr_has(error);
    let record = outcome.record("a.json");
    let next = record.cells.last().expect("there is a cell behind");
    assert_eq!(next.runs[0].output[0].text, "innocent", "{executor}: the next cell works");
    outcome
}

/// Whether there is a process of this number that is not just waiting to be buried.
fn is_alive(pid: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat")).unwrap_or_default();
    let state = status.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

/// Of all processes that wrote a file `pid-…` or that still stand in the run's directory, none is left; at the latest after
/// a moment.
#[track_caller]
fn nobody_is_left(outcome: &Outcome) {
    let home = outcome.path("").canonicalize().expect("the run's directory");
    let stands_there = |pid: &str| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == home);
    let since = Instant::now();
    loop {
        let all =
            fs::read_dir("/proc").expect("proc").flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let left: Vec<String> =
            all.filter(|name| name.parse::<u32>().is_ok() && stands_there(name) && is_alive(name)).collect();
        if left.is_empty() {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "the processes {left:?} are left");
        thread::sleep(Duration::from_millis(5));
    }
}
