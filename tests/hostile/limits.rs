//! What a notebook may take: time, output, memory, shared memory.

use super::support::{Run, page};
use super::{CONCURRENT, GUILTY, fails, nobody_is_left, run};
use nbrun::record::{ExitStatus, Status, Stream};

#[test]
fn a_hundred_gigabytes_at_once_are_refused_and_the_worker_is_named() {
    let body = "std::hint::black_box(vec![1_u8; 100 << 30]);";
    for executor in CONCURRENT {
        let outcome = fails(executor, "", body, "error: `guilty-2` ran out of memory");
        nobody_is_left(&outcome.stderr_has("a worker may have 2 GiB for itself").stderr_has("--limit memory=8GiB"));
    }
}

#[test]
fn lack_of_memory_is_named_whatever_the_callers_environment() {
    for executor in CONCURRENT {
        for backtrace in ["0", "1", "full"] {
            let text = super::notebook(executor, "", "std::hint::black_box(vec![1_u8; 100 << 30]);");
            let run = Run::new().notebook("a.md", &text).args(["--record", "a.json"]).env("RUST_BACKTRACE", backtrace);
            let outcome = run.run().code(1).page_has("a.html", "✗ out of memory");
            let run = &outcome.record("a.json").cells[GUILTY - 1].runs[0];
            assert_eq!(run.workers[2].exit, ExitStatus::OutOfMemory, "{executor}");
            let said: Vec<&str> =
                run.output.iter().filter(|line| line.stream == Stream::Raw).map(|line| line.text.as_str()).collect();
            assert_eq!(said, ["memory allocation of 107374182400 bytes failed"], "{executor}, {backtrace}");
        }
    }
}

#[test]
fn memory_taken_bit_by_bit_ends_at_the_limit_and_a_higher_one_helps() {
    let body = "let mut all: Vec<Vec<u8>> = Vec::new();
    for _ in 0..(if count.get() == 0 { 20 } else { 0 }) { all.push(std::hint::black_box(vec![1; 10 << 20])); }";
    for executor in CONCURRENT {
        nobody_is_left(&fails(executor, ", memory: 150MiB", body, "`guilty-2` ran out of memory"));
        run(executor, ", memory: 400MiB", body).code(0);
    }
}

#[test]
fn the_command_line_is_above_the_front_matter() {
    let text = super::notebook("process", ", memory: 1GiB", "std::hint::black_box(vec![1_u8; 200 << 20]);");
    let run = |limit: &str| Run::new().notebook("a.md", &text).args(["--limit", limit]).run();
    run("memory=100MiB").code(1).stderr_has("`guilty-2` ran out of memory").stderr_has("may have 100 MiB");
    run("memory=500MiB").code(0);
}

#[test]
fn a_million_lines_again_and_again_take_little_of_nbruns_own_memory() {
    let text = r#"```rust job
use std::io::Write as _;
fn flood() { print!("{}", "\n".repeat(1 << 20)); }
fn raw() { std::fs::File::create("/dev/stdout").unwrap().write_all(&vec![b'\n'; 1 << 20]).unwrap(); }
```

```yaml spawn
repeat: 20
jobs: [flood(), raw()]
```
"#;
    let run = Run::new().file("a.md", text).through("ulimit -d 500000; exec \"$0\" a.md --record r.json").run().code(0);
    for run in &run.record("r.json").cells[1].runs {
        assert!(run.output.len() <= 1 << 16, "a line counts for 16 bytes: {}", run.output.len());
        assert_eq!(run.output_cut_bytes + run.output.len() as u64, 2 << 20, "what is left out is counted");
    }
}

#[test]
fn thousands_of_errors_on_one_long_line_take_little_memory() {
    let lets: String = (0..2000).map(|n| format!("let a{n}: i32 = \"{}\"; ", "x".repeat(200))).collect();
    let text = format!("```rust job\nfn f() {{ {lets}}}\n```\n\n```yaml spawn\njobs: [f()]\n```\n");
    let run = Run::new().file("a.md", text).through("ulimit -d 500000; exec \"$0\" a.md").run().code(2);
    run.stderr_has("error: mismatched types [E0308]").stderr_has("the compiler has more to say than is read");
}

#[test]
fn one_who_floods_the_output_leaves_room_for_the_others() {
    let flood = "let line = \"x\".repeat(99);
    for _ in 0..100_000 { println!(\"{line}\"); }
    count.set(1);";
    let raw = "use std::io::Write as _;
    for _ in 0..100 { std::io::stdout().write_all(&[b'x'; 100_000]).unwrap(); }
    count.set(1);";
    let innocent = "while count.get() == 0 { sleep(0.001); }\n    for n in 0..50 { println!(\"{n}\"); }";
    for (executor, body) in [("thread", flood), ("process", flood), ("process", raw)] {
        let text = super::notebook(executor, ", output: 64KiB", body)
            .replace(
                "innocent() {\n    println!(\"innocent\");",
                &format!("innocent(count: Value<i32>) {{\n    {innocent}"),
            )
            .replace("innocent()", "innocent(count)");
        let outcome = Run::new().notebook("a.md", &text).args(["--record", "a.json"]).run().code(0);
        let run = &outcome.record("a.json").cells[GUILTY - 1].runs[0];
        let lines: Vec<&str> =
            run.output.iter().filter(|line| line.worker == 1).map(|line| line.text.as_str()).collect();
        assert_eq!(lines, (0..50).map(|n| n.to_string()).collect::<Vec<_>>(), "{executor}");
        assert!(run.output_cut_bytes > 9_000_000 && outcome.text("a.html").contains("The output exceeds the limit"));
    }
}

#[test]
fn ten_gigabytes_of_output_are_cut_with_a_notice_and_cost_no_memory() {
    let flood = "let text = \"x\".repeat(10 << 20); for _ in 0..1000 { println!(\"{text}\"); }";
    let raw = "use std::io::Write as _;
    let text = vec![b'x'; 10 << 20];
    for _ in 0..100 { std::io::stdout().write_all(&text).unwrap(); }";
    let (ten, one) = (10_000_000_000, 1_000_000_000);
    // What goes through a pipe takes its time, so a tenth must do.
    for (executor, body, bytes) in
        [("thread", flood, ten), ("process", flood, ten), ("thread", raw, one), ("process", raw, one)]
    {
        let outcome = run(executor, ", memory: 200MiB", body).code(0);
        let shown = page::output(&outcome.text("a.html"), GUILTY);
        assert!(shown.contains("The output exceeds the limit") && shown.contains("are missing"), "{executor}: {shown}");
        let run = &outcome.record("a.json").cells[GUILTY - 1].runs[0];
        assert!(run.output_cut_bytes > bytes && run.output.iter().any(|line| line.text == "innocent"));
        assert!(run.output.iter().all(|line| line.text.len() < 2 << 20 || line.stream == Stream::Raw));
    }
}

#[test]
fn a_million_workers_are_an_error_that_says_how_many_there_may_be() {
    let spawn = "```rust job\nfn job() {}\n```\n\n```yaml spawn\njobs: [{call: job(), count: 1000000}]\n```\n";
    let pool =
        "```rust job\nfn job(n: u8) -> u8 { n }\n```\n\n```yaml pool\nworkers: 1000000\nmap: job\nover: 0..9\n```\n";
    for text in [spawn, pool] {
        Run::new().notebook("a.md", text).run().code(2).stderr_has("at most 1024, not 1000000").no_file("a.html");
    }
}

#[test]
fn all_cells_together_end_at_the_time_limit_of_the_notebook() {
    let text = "```rust job\nfn nap(time: f64) {\n    println!(\"begun\");\n    sleep(time);\n}\n```\n\n```yaml spawn\n- \
                process: nap(0.0)\n```\n\n```yaml spawn\n- process: nap(600.0)\n```\n\n```yaml spawn\n- process: nap(0.0)\n```\n";
    let run = Run::new().notebook("a.md", text).args(["--limit", "total=4s", "--record", "a.json"]).run();
    let outcome = run.code(1).stderr_has("a.md:12:1: error: the notebook did not end within its time limit of 4s");
    let record = outcome.record("a.json");
    let states: Vec<Status> = record.cells.iter().map(|cell| cell.status).collect();
    assert_eq!(states, [Status::Passed, Status::Passed, Status::Failed, Status::NotRun]);
    assert_eq!(record.cells[2].runs[0].output[0].text, "begun");
    assert!(!record.interrupted);
    nobody_is_left(&outcome);
}

#[test]
fn more_shared_memory_than_there_may_be_is_an_error_at_its_cell() {
    let text = "---\nnbrun: {shared: 64MiB}\n---\n\n```yaml array\nsmall: {type: d, len: 1000}\n```\n\n```yaml array\n\
                large: {type: d, len: 100000000}\n```\n\n```yaml spawn\n- process: println!(\"{}\", large.len())\n```\n";
    let run =
        |args: &[&str]| Run::new().notebook("a.md", text).args(args.iter().copied()).args(["--record", "a.json"]).run();
    let outcome = run(&[]).code(1).stdout_is("a.html\n");
    let outcome = outcome.stderr_has_all(&["a.md:9:1: error: no shared memory is left for `large`", "--limit shared="]);
    let states: Vec<Status> = outcome.record("a.json").cells.iter().map(|cell| cell.status).collect();
    assert_eq!(states, [Status::Passed, Status::Failed, Status::NotRun]);
    run(&["--limit", "shared=1GiB"]).code(0);
}

#[test]
fn a_queue_that_grows_without_end_ends_at_the_limit_of_what_is_shared() {
    let text = "---\nnbrun: {shared: 16MiB}\n---\n\n```rust job\nfn job(q: Queue<Vec<u8>>) {\n    loop { q.put(vec![0; 100_000]); \
                }\n}\n```\n\n```yaml queue\nq: Vec<u8>\n```\n\n```yaml spawn\n- process: job(q)\n```\n";
    let outcome = Run::new().notebook("a.md", text).run().code(1);
    let outcome =
        outcome.stderr_has("a.md:7:14: error: `job-1` panicked: no shared memory is left for another item of `q`");
    outcome.stderr_has_all(&["`nbrun: {shared: 16GiB}`", "`--limit shared=16GiB`"]);
}

#[test]
fn one_queue_may_have_all_that_is_shared_beside_what_is_no_queue() {
    let text = "---\nnbrun: {shared: 16MiB}\n---\n\n```rust job\nfn put(q: Queue<Vec<u8>>) {\n    for n in 0..12 { \
                q.put(vec![n; 1 << 20]); }\n}\nfn sum(q: Queue<Vec<u8>>) -> usize {\n    (0..12).map(|n| q.get().iter()\
                .filter(|byte| **byte == n).count()).sum()\n}\n```\n\n```yaml queue\nq: Vec<u8>\n```\n\n```yaml spawn\n\
                executor: process\njobs: [put(q)]\nshow: sum(q)\n```\n\n```yaml array\nlater: {type: d, len: 400000}\n```\n\n\
                ```yaml lock\nalso: lock\n```\n\n```yaml spawn\nexecutor: process\njobs: [put(q)]\nshow: [sum(q), later.len()]\n\
                ```\n";
    let outcome = Run::new().notebook("a.md", text).args(["--record", "a.json"]).run().code(0);
    let record = outcome.record("a.json");
    let shown = |cell: usize| record.cells[cell].runs[0].results.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
    assert_eq!((shown(2), shown(5)), (vec!["12582912".to_owned()], ["12582912", "400000"].map(str::to_owned).to_vec()));
}

#[test]
fn a_silly_limit_is_an_error_at_its_place() {
    let cell = "```rust job\nfn job() {}\n```\n";
    let text = format!("---\nnbrun:\n  memory: 1KiB\n  output: lots\n---\n\n{cell}");
    Run::new().notebook("a.md", &text).run().code(2).no_file("a.html").stderr_has_all(&[
        "a.md:3:11: error: `memory` is at least 16 MiB, not 1KiB",
        "a.md:4:11: error: `lots` is not a size",
    ]);
    let run = Run::new().notebook("a.md", cell).args(["--limit", "memory=lots"]).run();
    run.code(2).stderr_has("`lots` is not a size; write a size such as 512KiB, 64MiB or 2GiB");
}

#[test]
fn a_system_limit_too_low_for_shared_memory_says_what_to_do() {
    let queue = "```yaml queue\nq: i64\n```\n";
    for limit in ["-f 3000000", "-v 3000000"] {
        let run = |more: &str| {
            let shell = format!("ulimit {limit}; exec \"$0\" a.md {more}");
            Run::new().file("a.md", queue).through(&shell).run()
        };
        run("").code(1).stderr_has_all(&["error: the system gives no 4 GiB of shared memory", "--limit shared=256MiB"]);
        run("--limit shared=256MiB").code(0);
    }
}
