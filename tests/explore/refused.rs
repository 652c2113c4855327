//! What cannot be explored is found out, and said; it never hangs.

use super::{all, counts, run};
use crate::support::{Outcome, Run};
use nbrun::record::Status;
use nbrun::record::explored::Coverage;
use std::fs;

const VALUE: (&str, &str) = ("value", "v: {type: i, init: 0}");

/// Explores a job with this body, in a notebook whose front matter says this about nbrun, and runs a cell behind it
/// that must work all the same. Nothing that was started is left.
#[track_caller]
fn explores(top: &str, body: &str) -> Outcome {
    let top = if top.is_empty() { "timeout: 20s" } else { top };
    let text = format!(
        "---\nnbrun: {{{top}}}\n---\n\n```rust job\nunsafe extern \"C\" {{ fn fork() -> i32; fn pause() -> i32; \
         fn setsid() -> i32; }}\nfn job(v: Value<i32>) {{\n    {body}\n}}\n```\n\n```yaml value\nv: i\n```\n\n```yaml \
         spawn\nexplore: all\njobs: [job(v)]\n```\n\n```yaml spawn\njobs: [println!(\"behind\")]\n```\n"
    );
    let outcome = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run();
    let record = outcome.record("r.json");
    let behind = record.cells.last().expect("a cell behind");
    assert_eq!(behind.status, Status::Passed, "{}", outcome.stderr);
    nobody_is_left(&outcome);
    outcome
}

/// nbrun has ended, and before that all that it had started: no process stands in the run's directory.
#[track_caller]
fn nobody_is_left(outcome: &Outcome) {
    let home = outcome.path("").canonicalize().expect("the run's directory");
    for process in fs::read_dir("/proc").expect("proc").flatten() {
        let stands_there = fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == home);
        assert!(!stands_there, "{:?} is left", process.file_name());
    }
}

#[test]
fn a_job_that_waits_where_nobody_sees_it_is_told_by_name_and_line() {
    let body = "let lock = std::sync::Mutex::new(0); let held = lock.lock(); v.get(); let again = lock.lock();";
    explores("timeout: 20s, std: real", body).code(1).stderr_has_all(&[
        "a.md:8:5: error: `job-1` cannot be explored: after this line it waits for something that nbrun cannot see",
        "= help: input and output, another process, or a crate's lock",
    ]);
}

#[test]
fn a_job_that_does_not_do_the_same_twice_is_told() {
    let jobs = "use core::sync::atomic::{AtomicI32, Ordering};
static N: AtomicI32 = AtomicI32::new(0);
fn job(v: Value<i32>) { v.set(N.fetch_add(1, Ordering::SeqCst)); }";
    let spec = "explore: all\njobs: [job(v)]";
    let (outcome, _) = run(&[("job", jobs), ("value", "v: {type: i, init: 0}"), ("spawn", spec)]);
    outcome.code(1).stderr_has("a.md:4:1: error: `job-1` cannot be explored: it is not deterministic");
}

#[test]
fn a_job_with_threads_that_nobody_sees_is_told() {
    let real = "timeout: 20s, std: real";
    let told = "`job-1` cannot be explored: it has threads that nbrun does not see";
    explores(real, "std::thread::spawn(move || v.set(1)).join().unwrap(); v.set(2);").code(1).stderr_has(told);
    // Also if they call nothing, as long as they are there at a call.
    let bodies = [
        "let thread = std::thread::spawn(std::thread::park); v.set(1); thread.thread().unpark(); thread.join().unwrap();",
        "std::thread::scope(|scope| { scope.spawn(std::thread::park); v.set(1); });",
        "std::thread::spawn(|| loop { std::hint::spin_loop(); });",
    ];
    for body in bodies {
        explores(real, body).code(1).stderr_has(told);
    }
    let gone = "let sum: i32 = std::thread::spawn(|| (0..10).sum()).join().unwrap(); v.set(sum); v.set(v.get() + 1);";
    explores(real, gone).code(0);
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

#[test]
fn a_job_that_waits_for_the_outside_is_told() {
    let bodies = [
        "v.get(); std::net::TcpListener::bind((\"127.0.0.1\", 0)).unwrap().accept().unwrap();",
        "v.get(); std::process::Command::new(\"sleep\").arg(\"600\").status().unwrap();",
        "v.get(); unsafe { pause(); }",
    ];
    for body in bodies {
        explores("", body).code(1).stderr_has(
            "a.md:8:5: error: `job-1` cannot be explored: after this line it waits for something that nbrun cannot see",
        );
    }
}

#[test]
fn time_that_decides_what_a_job_does_is_told() {
    let bodies = [
        "v.set(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos() as i32);",
        "v.get(); v.set(std::ptr::from_ref(&*Box::leak(Box::new(5))).addr() as i32);",
    ];
    for body in bodies {
        explores("", body).code(1).stderr_has("a.md:8:5: error: `job-1` cannot be explored: it is not deterministic");
    }
}

#[test]
fn a_job_that_reads_a_file_does_the_same_twice_and_is_explored() {
    let body = "let text = std::fs::read_to_string(\"a.md\").unwrap(); v.set(text.len() as i32);
    assert_eq!(std::io::stdin().lines().count(), 0); println!(\"{}\", std::process::id());";
    explores("", body).code(0);
}

#[test]
fn processes_that_an_explored_job_starts_are_counted_and_none_is_left() {
    let start = "std::process::Command::new(\"sleep\").arg(\"600\").spawn().unwrap(); v.get();";
    // Its code begins so often as it takes to learn what it does: that is more than once, and less than fifty times.
    explores("", start).code(0);
    let too_many = "error: the jobs had more than 3 processes that they had started by themselves";
    explores("processes: 3", &format!("for _ in 0..10 {{ {start} }}")).code(1).stderr_has(too_many);
    let bomb =
        "for _ in 0..300 { unsafe { if fork() == 0 { setsid(); loop { pause(); } } } } loop { unsafe { pause(); } }";
    explores("", bomb).code(1).stderr_has("more than 64 processes that they had started by themselves");
}

#[test]
fn a_process_that_outlives_its_explorer_does_not_keep_nbrun_waiting() {
    // It holds everything open that the exploring process had.
    let body = "v.get(); if unsafe { fork() } == 0 { loop { unsafe { pause(); } } } std::process::abort();";
    explores("", body).code(1).stderr_has_all(&[
        "a.md:8:5: error: the cell cannot be explored: after this line `job-1` was killed by SIGABRT, and all others with it",
        "= help: `std::process::abort()` does that",
    ]);
}

#[test]
fn a_job_that_needs_more_memory_than_there_is_is_told() {
    let body = "v.get(); let mut all = Vec::new(); loop { all.push(vec![7_u8; 1 << 20]); }";
    explores("memory: 64MiB", body).code(1).stderr_has_all(&[
        "a.md:8:5: error: the cell cannot be explored: after this line `job-1` ran out of memory",
        "= help: an exploration may have 64 MiB for all workers and for all that it has seen; if it needs more",
    ]);
}

#[test]
fn a_job_that_overflows_its_stack_is_told() {
    let body = "v.get(); fn deep(n: u64) -> u64 { if n == 0 { 0 } else { std::hint::black_box(deep(n - 1) + 1) } }
    v.set(deep(std::hint::black_box(1 << 40)) as i32);";
    explores("", body).code(1).stderr_has_all(&[
        "a.md:8:5: error: the cell cannot be explored: after this line `job-1` was killed by SIGSEGV",
        "= help: a function that calls itself without end does that",
    ]);
}

#[test]
fn of_what_jobs_print_no_more_is_kept_than_of_a_real_run() {
    let job =
        ("job", "fn job(v: Value<i32>) { for n in 0..5 { v.set(n); println!(\"{}\", \"long \".repeat(100_000)); } }");
    let (outcome, record) = run(&[job, VALUE, ("spawn", "explore: all\njobs: [job(v), job(v)]")]);
    let (_, explored) = all(&record)[0];
    let printed = |outcome: &nbrun::record::explored::Outcome| -> usize {
        outcome.witness.steps.iter().flat_map(|step| &step.printed).map(String::len).sum()
    };
    let printed: usize = explored.outcomes.iter().map(printed).sum();
    assert!((500_000..1_100_000).contains(&printed), "{printed}");
    assert_eq!(explored.interleavings, 252.0);
    outcome.code(0);
    // What is printed without end and without a call is no more: it is computing.
    let body = "v.get(); loop { println!(\"{}\", \"long \".repeat(1000)); eprintln!(\"again\"); }";
    explores("timeout: 3s", body)
        .code(1)
        .stderr_has("`job-1` cannot be explored: after this line it computed to the end of the time limit of 3s");
}

#[test]
fn where_memory_ends_a_search_the_page_says_how_far_it_got() {
    let job =
        "fn add(v: Value<i32>, large: Array<f64>) { let mut v = v; large.set(0, 1.0); for _ in 0..8 { v += 1; } }";
    let text = format!(
        "---\nnbrun: {{memory: 256MiB}}\n---\n\n```rust job\n{job}\n```\n\n```yaml value\nv: i\n```\n\n```yaml array\nlarge: {{type: d, \
         len: 20000}}\n```\n\n```yaml spawn\nexplore: all\njobs: [\"add(v, large)\", \"add(v, large)\"]\nshow: v.get() + large.len() as i32\n```\n"
    );
    let outcome = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run();
    let record = outcome.record("r.json");
    let (_, explored) = all(&record)[0];
    let Coverage::Preemptions { time: false, most } = explored.coverage else { panic!("{:?}", explored.coverage) };
    assert!(explored.states < 1_000 && most < 3, "{} {most}", explored.states);
    assert!(counts(explored).iter().any(|(text, count)| text == "20016" && *count >= 2.0), "{:?}", counts(explored));
    outcome
        .code(1)
        .stderr_has_all(&["not all interleavings of the cell were seen: it has more than", " with at most "]);
}

#[test]
fn what_a_cell_does_not_use_costs_its_exploration_no_states() {
    // Both are at the end of their memory, so the number of states says how much each of them takes.
    let explored = |more: &str| {
        let job = "fn add(v: Value<i32>, w: Value<i32>) { for n in 0..90 { v.set(w.get() + n); w.set(v.get() + n); } }";
        let text = format!(
            "---\nnbrun: {{memory: 64MiB}}\n---\n\n```rust job\n{job}\n```\n\n{more}```yaml value\nv: i\nw: i\n```\n\n\
             ```yaml spawn\nexplore: all\njobs: [\"add(v, w)\", \"add(v, w)\"]\n```\n"
        );
        let record = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run().record("r.json");
        let (_, explored) = all(&record)[0];
        assert!(matches!(explored.coverage, Coverage::Preemptions { time: false, .. }), "{:?}", explored.coverage);
        (explored.states, explored.interleavings)
    };
    let values: String = (0..200).map(|n| format!("unused{n}: l\n")).collect();
    let more = format!(
        "```yaml value\n{values}```\n\n```yaml array\nmany: {{type: d, len: 60000}}\nmore: {{type: d, len: 1000000}}\n```\n\n"
    );
    assert_eq!(explored(&more), explored(""));
}

#[test]
fn an_array_that_is_too_large_is_told_where_the_cell_uses_it() {
    let array = ("array", "large: {type: d, len: 65537}");
    let explored = |jobs: &str, show: &str| {
        run(&[VALUE, array, ("spawn", &format!("explore: all\njobs: [{jobs}]\nshow: {show}"))]).0
    };
    let told = "the cell uses `large`, which has 65537 numbers, and an array that is explored can have 65536";
    for (jobs, show) in [("large.get(0)", "1"), ("\"large.set(1, 2.0)\"", "1"), ("v.set(1)", "large.get(3)")] {
        explored(jobs, show).code(1).stderr_has(told);
    }
    explored("v.set(1)", "large.len()").code(0);
}

#[test]
fn a_job_that_never_ends_is_told_whatever_is_explored() {
    let error =
        "a.md:8:5: error: an interleaving of the cell had not ended after 100000 steps, of which `job-1` took the last";
    explores("", "let mut v = v; loop { v += 1; }").code(1).stderr_has_all(&[error, "= help: give each loop an end"]);
    // What may give up again and again has no end either, even if another is sure to set the event.
    let jobs = "fn patient(e: Event) { while !e.wait_timeout(0.1) {} }\nfn signal(e: Event) { e.set(); }";
    let spec = ("spawn", "explore: all\njobs: [patient(e), signal(e)]");
    let (outcome, _) = run(&[("lock", "e: event"), ("job", jobs), spec]);
    outcome.code(1).stderr_has_all(&["had not ended after 100000 steps", "like `while !ready.is_set() {}`"]);
    let job = ("job", "fn job(v: Value<i32>) { let mut v = v; loop { v += 1; } }");
    for explore in ["10", "{samples: 10, strategy: pct}"] {
        let (outcome, _) = run(&[job, VALUE, ("spawn", &format!("explore: {explore}\njobs: [job(v), job(v)]"))]);
        outcome.code(1).stderr_has("a.md:2:1: error: an interleaving of the cell had not ended after 100000 steps");
    }
    let text = "```rust job\nfn job() { loop { sleep(1.0); } }\n```\n\n```yaml spawn\njobs: [job()]\n```\n";
    let replayed = Run::new().file("a.md", text).args(["replay", "a.md", "2", "1x3"]).run();
    replayed.code(1).stderr_has("an interleaving of the cell had not ended after 100000 steps, of which `job-1` took");
}

#[test]
fn a_cell_with_more_outcomes_than_anybody_reads_is_told_to_show_less() {
    let job = ("job", "fn put(q: Queue<i64>, from: i64) { for n in 0..4 { q.put(from + n); } }");
    let spec = |show: &str, explore: &str| {
        format!(
            "timeout: 60s\nexplore: {explore}\njobs: [\"put(q, 0)\", \"put(q, 10)\", \"put(q, 20)\"]\nshow: \"{show}\"\nexpect: {{error: outcomes}}"
        )
    };
    let all_items = "{ let items: Vec<i64> = (0..12).map(|_| q.get()).collect(); items }";
    let specs = [
        spec(all_items, "all"),
        spec(all_items, "20000"),
        spec("q.len()", "all").replace("\nexpect: {error: outcomes}", ""),
    ];
    let mut cells = vec![job, ("queue", "q: i64")];
    cells.extend(specs.iter().map(|spec| ("spawn", spec.as_str())));
    let (outcome, record) = run(&cells);
    let outcome = outcome.code(0);
    let told = "the cell can come to more than 10000 different outcomes";
    for cell in &record.cells[2..4] {
        assert!(cell.errors.iter().any(|error| error.to_string().contains(told)), "{}", outcome.stderr);
    }
    // 12! / (4! 4! 4!) orders, and all come to the same.
    assert_eq!(counts(all(&record)[0].1), [("12".to_owned(), 34650.0)]);
}

#[test]
fn an_exploration_ends_when_the_user_wants_it_and_nobody_is_left() {
    let job =
        "fn job(v: Value<i32>) { v.get(); std::fs::write(\"ready\", \"\").unwrap(); loop { std::hint::spin_loop(); } }";
    let text = format!(
        "```rust job\n{job}\n```\n\n```yaml value\nv: i\n```\n\n```yaml spawn\nexplore: all\njobs: [job(v)]\n```\n"
    );
    let outcome = Run::new().notebook("a.md", &text).ctrl_c_when("ready").run().code(130);
    nobody_is_left(&outcome);
    outcome.page_has("a.html", "spin_loop");
}
