//! What cannot be explored is found out, and said; it never hangs.

use super::run;

#[test]
fn a_job_that_waits_where_nobody_sees_it_is_told_by_name_and_line() {
    let jobs = "use std::sync::Mutex;
static M: Mutex<i32> = Mutex::new(0);
fn job(v: Value<i32>) { v.get(); let held = M.lock().unwrap(); v.set(1); drop(held); }";
    let spec = "explore: all\njobs: [job(v), job(v)]";
    let (outcome, _) = run(&[("job", jobs), ("value", "v: {type: i, init: 0}"), ("spawn", spec)]);
    outcome.code(1).stderr_has_all(&[
        "a.md:4:1: error: `job-1` cannot be explored: after this line it waits for something that nbrun does not see",
        "= help: a lock of std's",
    ]);
}

#[test]
fn a_job_that_does_not_do_the_same_twice_is_told() {
    let jobs = "use std::sync::atomic::{AtomicI32, Ordering};
static N: AtomicI32 = AtomicI32::new(0);
fn job(v: Value<i32>) { v.set(N.fetch_add(1, Ordering::SeqCst)); }";
    let spec = "explore: all\njobs: [job(v)]";
    let (outcome, _) = run(&[("job", jobs), ("value", "v: {type: i, init: 0}"), ("spawn", spec)]);
    outcome
        .code(1)
        .stderr_has("a.md:4:1: error: `job-1` cannot be explored: told the same, it does not do the same twice");
}

#[test]
fn a_job_with_threads_of_its_own_is_told() {
    let jobs = "fn job(v: Value<i32>) { std::thread::spawn(move || v.set(1)).join().unwrap(); v.set(2); }";
    let spec = "explore: all\njobs: [job(v)]";
    let (outcome, _) = run(&[("job", jobs), ("value", "v: {type: i, init: 0}"), ("spawn", spec)]);
    outcome.code(1).stderr_has("`job-1` cannot be explored: it has threads of its own");
}

#[test]
fn a_job_that_computes_for_ever_is_ended_at_the_time_limit() {
    let jobs = "fn job(v: Value<i32>) { v.get(); loop { std::hint::spin_loop() } }";
    let spec = "explore: all\ntimeout: 1s\njobs: [job(v)]";
    let (outcome, _) = run(&[("job", jobs), ("value", "v: {type: i, init: 0}"), ("spawn", spec)]);
    outcome
        .code(1)
        .stderr_has("`job-1` cannot be explored: after this line it computed to the end of the time limit of 1s");
}

#[test]
fn a_job_that_ends_the_whole_process_is_told() {
    let (outcome, _) = run(&[("spawn", "explore: all\njobs: [\"std::process::exit(7)\"]")]);
    outcome.code(1).stderr_has("a job's code ended the whole process with exit code 7");
}
