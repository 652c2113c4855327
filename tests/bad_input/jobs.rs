//! Jobs that go wrong while they run: the cell fails, the guilty worker is named, and the page holds the error.

use super::failed;
use super::support::{Outcome, Run, page};
use nbrun::model::{Position, Spot};
use nbrun::record::{ExitStatus, RunOutcome};

/// The executors under which a job can go wrong at the same time as others do their work.
const CONCURRENT: [&str; 2] = ["thread", "process"];

/// The beginning of a job cell: the body that follows begins in line 7.
const JOB: &str = "```rust job\nfn innocent() {\n    println!(\"innocent\");\n}\n\nfn guilty() {\n";

/// A notebook with one cell, in which the worker `p2` runs `body` beside an innocent `p1`. Its call is at 17:11, its fence
/// at 12:1.
fn notebook(executor: &str, body: &str, options: &str) -> String {
    let job = format!("{JOB}{body}\n}}\n```\n\n");
    assert_eq!(job.lines().count(), 11, "the body has two lines, so that all places are known");
    let jobs = "jobs:\n  - call: innocent()\n    name: p1\n  - call: guilty()\n    name: p2\n";
    format!("{job}```yaml spawn\nexecutor: {executor}\n{jobs}{options}```\n")
}

/// Runs it, expects it to fail with this error at this place on the screen and on the page.
#[track_caller]
fn fails(executor: &str, body: &str, options: &str, place: &str, error: &str) -> Outcome {
    let outcome = failed(&notebook(executor, body, options)).stderr_has(&format!("a.md:{place}: error: {error}"));
    let shown = page::output(&outcome.text("a.html"), 2);
    // The page marks code in messages instead of quoting it.
    for part in error.split('`').chain([format!("a.md:{place}").as_str()]) {
        assert!(shown.contains(part), "{part:?} should stand in {shown}");
    }
    outcome
}

/// The only run of the cell that failed.
fn run(outcome: &Outcome) -> RunOutcome {
    outcome.record("a.json").cells[1].runs[0].clone()
}

#[test]
fn a_panic_is_shown_at_its_line_and_column() {
    for executor in ["normal", "thread", "process"] {
        let body = "    let nobody: Option<i32> = None;\n    nobody.expect(\"no luck\");";
        let outcome = fails(executor, body, "", "8:12", "`p2` panicked: no luck");
        let run = run(&outcome);
        let spot = Position::new(0, 7).map(|position| Spot { position, column: 12 });
        let expected = ExitStatus::Panicked { message: "no luck".into(), spot };
        assert_eq!((&run.workers[1].exit, &run.workers[2].exit), (&ExitStatus::Code(0), &expected));
        assert_eq!(run.output[0].text, "innocent");
    }
}

#[test]
fn a_job_that_calls_exit_ends_alone_and_its_code_is_told() {
    for executor in ["normal", "thread", "process"] {
        let outcome = fails(executor, "    exit(3)\n", "", "17:11", "`p2` ended with exit code 3");
        assert_eq!(run(&outcome).workers[1].exit, ExitStatus::Code(0));
    }
}

#[test]
fn a_job_that_ends_its_whole_process_is_told_what_to_call_instead() {
    for executor in ["normal", "thread"] {
        let error = "the whole process ended with exit code 3: a job called std::process::exit";
        fails(executor, "    std::process::exit(3)\n", "", "12:1", error).stderr_has("nbrun's own exit(3)");
    }
    let outcome = fails("process", "    std::process::exit(3)\n", "", "17:11", "`p2` ended with exit code 3");
    assert_eq!(run(&outcome).workers[1].exit, ExitStatus::Code(0));
}

#[test]
fn a_segmentation_fault_names_the_guilty_worker() {
    for executor in CONCURRENT {
        let body = "    // SAFETY: none.\n    unsafe { std::ptr::null_mut::<i32>().write_volatile(1) }";
        let outcome = fails(executor, body, "", "17:11", "`p2` was killed by SIGSEGV");
        let guilty = ExitStatus::Signaled { signal: 11, name: "SIGSEGV".into(), stack_overflow: false };
        assert_eq!(run(&outcome).workers[2].exit, guilty);
    }
}

#[test]
fn an_abort_names_the_guilty_worker() {
    for executor in CONCURRENT {
        fails(executor, "    std::process::abort()\n", "", "17:11", "`p2` was killed by SIGABRT");
    }
}

#[test]
fn a_recursion_without_end_is_a_stack_overflow_of_the_guilty_worker() {
    for executor in CONCURRENT {
        let body = "    fn deep(n: u64) -> u64 { let a = std::hint::black_box([n; 20]); 1 + deep(n + 1) + a[3] }\n    deep(1);";
        fails(executor, body, "", "17:11", "`p2` overflowed its stack")
            .stderr_has("help: a function that calls itself");
    }
}

#[test]
fn a_loop_without_end_is_ended_at_the_time_limit_of_the_cell() {
    for executor in ["normal", "thread", "process"] {
        let body = "    let mut n = 1_u64;\n    loop { n = std::hint::black_box(n.wrapping_add(1)); }";
        let error = "the cell did not end within its time limit of 1s";
        let outcome = fails(executor, body, "timeout: 1s\n", "12:1", error).stderr_has("note: `p2` was computing");
        assert_eq!(run(&outcome).workers[2].exit, ExitStatus::TimedOut);
    }
}

#[test]
fn a_loop_without_end_is_ended_at_the_time_limit_of_the_job() {
    for executor in ["normal", "thread", "process"] {
        let body = "    let mut n = 1_u64;\n    loop { n = std::hint::black_box(n.wrapping_add(1)); }";
        let error = "`p2` did not end within its time limit of 1s";
        let outcome = fails(executor, body, "    timeout: 1s\n", "17:11", error);
        let run = run(&outcome);
        assert_eq!((&run.workers[1].exit, &run.workers[2].exit), (&ExitStatus::Code(0), &ExitStatus::TimedOut));
    }
}

#[test]
fn an_endless_sleep_ends_at_the_time_limit_of_its_job() {
    let job = "```rust job\nfn stuck() {\n    sleep(600.0);\n}\nfn late() {\n    println!(\"late\");\n}\n```\n\n";
    for executor in ["normal", "thread", "process"] {
        let jobs = "jobs:\n  - {call: stuck(), timeout: 100ms}\n  - late()\nshow: 6 * 7\n";
        let outcome = failed(&format!("{job}```yaml spawn\nexecutor: {executor}\n{jobs}```\n"));
        let outcome = outcome.stderr_has("error: `stuck-1` did not end within its time limit of 100ms");
        let run = &outcome.record("a.json").cells[1].runs[0];
        assert_eq!((run.output[0].text.as_str(), run.results[0].text.as_str()), ("late", "42"), "under {executor}");
    }
}

#[test]
fn a_hundred_megabytes_of_output_are_cut_with_a_notice() {
    let flood =
        "    println!(\"first\"); let line = \"x\".repeat(99);\n    for _ in 0..1_000_000 { println!(\"{line}\"); }";
    let raw = "    println!(\"first\"); use std::io::Write as _;\n    for _ in 0..100 { std::fs::File::create(\"/dev/stdout\").unwrap().write_all(&[b'x'; 1_000_000]).unwrap(); }";
    for (executor, body) in [("thread", flood), ("process", flood), ("thread", raw), ("process", raw)] {
        let outcome = Run::new().notebook("a.md", &notebook(executor, body, "timeout: 60s\n")).run().code(0);
        let page = outcome.text("a.html");
        let shown = page::output(&page, 2);
        assert!(shown.contains("The output exceeds the limit") && shown.contains("MB are missing"), "{executor}");
        assert!(shown.contains("first"), "what came before is kept");
        assert!((100_000..3_000_000).contains(&page.len()), "a page of {} bytes", page.len());
    }
}

#[test]
fn output_without_end_does_not_hold_up_the_time_limit() {
    for executor in ["normal", "thread", "process"] {
        let body = "    use std::io::Write as _;\n    loop { std::fs::File::create(\"/dev/stdout\").unwrap().write_all(&[b'x'; 1_000_000]).unwrap(); }";
        fails(executor, body, "timeout: 1s\n", "12:1", "the cell did not end within its time limit of 1s");
    }
}

#[test]
fn output_that_is_not_utf8_is_shown_with_replacement_characters() {
    for executor in ["normal", "thread", "process"] {
        let body = "    use std::io::Write as _;\n    std::io::stdout().write_all(b\"caf\\xe9 <b> \\xff\").unwrap();";
        let outcome = Run::new().notebook("a.md", &notebook(executor, body, "")).run().code(0);
        let page = outcome.text("a.html");
        let lines: Vec<String> = page::printed(&page, 2).into_iter().map(|(_, lines)| lines).collect();
        assert!(lines.contains(&"caf\u{fffd} <b> \u{fffd}".to_owned()), "{executor}: {lines:?}");
    }
}

#[test]
fn a_cell_that_fails_does_not_keep_the_next_from_running() {
    let crash = notebook("thread", "    std::process::abort()\n", "");
    let outcome = failed(&format!("{crash}\n```yaml spawn\n- process: innocent()\n```\n"));
    assert_eq!(page::printed(&outcome.text("a.html"), 3), [("innocent-1".to_owned(), "innocent".to_owned())]);
}

#[test]
fn a_task_that_fails_fails_alone_and_is_shown_at_its_line() {
    let job = "```rust job\nfn odd(x: i32) -> i32 {\n    assert!(x != 3, \"three\");\n    x\n}\n```\n\n";
    for executor in CONCURRENT {
        let outcome =
            failed(&format!("{job}```yaml pool\nexecutor: {executor}\nworkers: 2\nmap: odd\nover: 0..6\n```\n"))
                .stderr_has("a.md:3:5: error: task 3 failed: panicked: three");
        let shown = page::output(&outcome.text("a.html"), 2);
        assert!(shown.contains("task 3 failed: panicked: three") && shown.contains("a.md:3:5"), "{shown}");
        let tasks: u64 = outcome.record("a.json").cells[1].runs[0].workers.iter().map(|worker| worker.tasks).sum();
        assert_eq!(tasks, 6);
    }
}
