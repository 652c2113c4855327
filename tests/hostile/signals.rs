//! Jobs that send signals, or do not heed them.

use super::{C, CONCURRENT, fails, nobody_is_left, notebook, run};
use crate::support::{Run, page};
use nbrun::record::{ExitStatus, Status};

#[test]
fn a_job_that_ignores_every_signal_it_can_ends_at_its_time_limit() {
    let body = "unsafe { for n in 1..32 { signal(n, 1); } kill(getpid(), 15); loop { pause(); } }";
    for executor in CONCURRENT {
        let text = notebook(executor, "", body).replace("timeout: 60s", "timeout: 500ms");
        let outcome = Run::new().notebook("a.md", &text).run().code(1);
        nobody_is_left(&outcome.stderr_has("error: the cell did not end within its time limit of 500ms"));
    }
}

#[test]
fn a_process_that_stops_itself_is_found_soon_and_told_as_such() {
    let body = "unsafe { kill(getpid(), 19); }";
    let error = "error: `guilty-2` was stopped by SIGSTOP, and not continued";
    nobody_is_left(&fails("process", "", body, error));
    let error = "error: the process that runs the cell was stopped by SIGSTOP, and not continued";
    nobody_is_left(&fails("thread", "", body, error));
}

#[test]
fn a_process_that_is_stopped_and_continued_goes_on() {
    let jobs = format!(
        "```rust job\n{C}\nfn nap(pid: Value<i32>) {{\n    unsafe {{ pid.set(getpid()); kill(getpid(), 19); }}\n    \
         println!(\"awake\");\n}}\nfn wake(pid: Value<i32>) {{\n    let stopped = |pid| std::fs::read_to_string(format!(\
         \"/proc/{{pid}}/stat\")).is_ok_and(|stat| stat.contains(\") T \"));\n    while !stopped(pid.get()) {{ \
         sleep(0.001); }}\n    unsafe {{ kill(pid.get(), 18); }}\n}}\n```\n\n```yaml value\npid: i\n```\n\n```yaml \
         spawn\n- process: nap(pid)\n- process: wake(pid)\n```\n"
    );
    let outcome = Run::new().notebook("a.md", &jobs).run().code(0);
    assert_eq!(page::printed(&outcome.text("a.html"), 3), [("nap-1".to_owned(), "awake".to_owned())]);
}

#[test]
fn a_job_that_kills_the_process_of_its_cell_fails_the_cell_and_no_other() {
    let body = "unsafe { kill(getppid(), 9); } sleep(60);";
    nobody_is_left(&fails("process", "", body, "error: the process that runs the cell was killed by SIGKILL"));
    let body = "unsafe { kill(getppid(), 19); } sleep(60);";
    let error = "error: the process that runs the cell was stopped by SIGSTOP, and not continued";
    nobody_is_left(&fails("process", "", body, error));
}

/// The kernel is the parent of a thread's process.
#[test]
fn if_a_job_kills_or_stops_the_kernel_what_had_run_is_on_the_page() {
    let child = "std::process::Command::new(\"sleep\").arg(\"600\").spawn().unwrap();";
    for (number, error) in [
        (9, "error: the kernel ended before its work was done (signal: 9 (SIGKILL))"),
        (6, "error: the kernel ended before its work was done (signal: 6 (SIGABRT)"),
        (19, "error: the kernel was stopped by SIGSTOP, and not continued"),
    ] {
        let body = format!("{child} unsafe {{ kill(getppid(), {number}); }} sleep(60);");
        let before =
            "```rust job\nfn before() {\n    println!(\"before\");\n}\n```\n\n```yaml spawn\n- thread: before()\n```\n";
        let text = notebook("thread", "", &body).replacen("```rust job", &format!("{before}\n```rust job"), 1);
        let outcome = Run::new().notebook("a.md", &text).args(["--record", "a.json"]).run();
        let outcome = outcome.code(1).stdout_is("a.html\n").stderr_has(error);
        nobody_is_left(&outcome);
        assert_eq!(page::printed(&outcome.text("a.html"), 2), [("before-1".to_owned(), "before".to_owned())]);
        let record = outcome.record("a.json");
        let states: Vec<Status> = record.cells.iter().map(|cell| cell.status).collect();
        let [passed, failed, not_run] = [Status::Passed, Status::Failed, Status::NotRun];
        assert_eq!(states, [passed, passed, passed, passed, failed, not_run], "after signal {number}");
    }
}

#[test]
fn a_signal_from_a_job_to_the_kernel_ends_the_run_as_a_users_would() {
    let outcome = run("thread", "", "unsafe { kill(getppid(), 15); } sleep(60);");
    nobody_is_left(&outcome.code(1));
}

#[test]
fn a_job_that_kills_itself_is_named_with_the_signal() {
    let outcome = fails("process", "", "unsafe { kill(getpid(), 9); } sleep(60);", "`guilty-2` was killed by SIGKILL");
    let run = &outcome.record("a.json").cells[super::GUILTY - 1].runs[0];
    assert_eq!((&run.workers[1].exit, run.output[0].text.as_str()), (&ExitStatus::Code(0), "innocent"));
    nobody_is_left(&outcome);
}
