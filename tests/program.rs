//! `rust run`: a listing from a book, as it stands there, is a cell.

mod support;

use nbrun::record::{ExitStatus, Status};
use support::Run;

fn run(code: &str) -> String {
    format!("```rust run\n{code}\n```\n")
}

#[test]
fn a_listing_runs_as_a_process_and_prints_into_its_cell() {
    let listing = "use std::sync::mpsc;\nuse std::thread;\n\nfn main() {\n    let (tx, rx) = mpsc::channel();\n    \
                   thread::spawn(move || tx.send(41).unwrap());\n    println!(\"{}\", rx.recv().unwrap() + 1);\n}";
    let ran = Run::new().notebook("a.md", &run(listing)).args(["-v", "--record", "r.json"]).run().code(0);
    let record = ran.record("r.json");
    assert_eq!(record.cells[0].runs[0].output.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["42"]);
    let workers: Vec<&str> = record.cells[0].runs[0].workers.iter().map(|worker| worker.name.as_str()).collect();
    assert_eq!(workers, ["main", "program", "thread at line 7"]);
    ran.stderr_has("run    line 1").page_has("a.html", "<span class=\"kind\" id=\"c1-k\">run</span>");
}

#[test]
fn each_program_has_a_main_of_its_own_and_sees_the_cells_above() {
    let text = "```rust job\nfn twice(n: u32) -> u32 { 2 * n }\n```\n\n".to_owned()
        + &run("fn main() { println!(\"first {}\", twice(4)); }\nfn thrice(n: u32) -> u32 { 3 * n }")
        + "\n"
        + &run("fn main() { println!(\"second {}\", thrice(4)); }")
        + "\n```yaml spawn\n- thread: main()\n```\n";
    let ran = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run().code(0);
    let record = ran.record("r.json");
    let lines = |cell: usize| record.cells[cell].runs[0].output[0].text.clone();
    assert_eq!([lines(1), lines(2), lines(3)], ["first 8", "second 12", "second 12"]);
}

#[test]
fn a_program_fails_if_it_panics_returns_an_err_or_has_another_exit_code() {
    for (code, told) in [
        ("fn main() { panic!(\"no\"); }", "a.md:2:13: error: `program` panicked: no"),
        ("fn main() -> Result<(), String> { Err(\"no\".into()) }", "returned an error: \"no\""),
        ("fn main() -> std::process::ExitCode { 3.into() }", "`program` ended with exit code 3"),
        ("fn main() { std::process::exit(4) }", "`program` ended with exit code 4"),
    ] {
        Run::new().notebook("a.md", &run(code)).run().code(1).stderr_has(told);
    }
    for code in ["fn main() -> Result<(), String> { Ok(()) }", "fn main() { std::process::exit(0) }"] {
        Run::new().notebook("a.md", &run(code)).run().code(0);
    }
}

#[test]
fn a_program_that_should_panic_fails_if_it_does_not() {
    let should = |code: &str| run(code).replace("rust run", "rust,run,should_panic");
    let ran = Run::new().notebook("a.md", &should("fn main() { panic!(\"as meant\"); }"));
    let ran = ran.args(["--record", "r.json"]).run().code(0);
    let record = ran.record("r.json");
    assert_eq!(record.cells[0].status, Status::FailedAsExpected);
    assert!(matches!(record.cells[0].runs[0].workers[1].exit, ExitStatus::Panicked { .. }));
    let wrong = |code: &str| Run::new().notebook("a.md", &should(code)).run().code(1);
    wrong("fn main() {}").stderr_has("a.md:1:1: error: the program ended well, but `should_panic` says that it panics");
    wrong("fn main() { std::process::exit(1) }").stderr_has("error: the program failed differently");
}

#[test]
fn errors_of_a_program_stand_at_its_lines() {
    for (code, told) in [
        ("fn mian() {}", "a.md:1:1: error: this cell is to be run, and has no `fn main`"),
        ("fn main() {\n    let n: u32 = \"one\";\n}", "a.md:3:18: error: mismatched types"),
        ("fn main(n: u32) {}", "a.md:2:4: error: this function takes 1 argument but 0 arguments were supplied"),
        ("fn main() -> i32 { 5 }", "a.md:2:4: error: the trait bound `i32: Termination` is not satisfied"),
        ("async fn main() {}", "a.md:2:10: error: this only makes a future, and nobody would run it"),
        ("fn main() {\n    {\n}", "this cell contains an unclosed delimiter"),
    ] {
        Run::new().notebook("a.md", &run(code)).run().code(2).stderr_has(told).no_file("a.html");
    }
}

#[test]
fn a_skipped_program_is_not_even_compiled() {
    let text = run("fn mian() { let }").replace("rust run", "rust run skip");
    let ran = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run().code(0);
    assert!(matches!(ran.record("r.json").cells[0].status, Status::Skipped(_)));
}

#[test]
fn results_of_a_program_are_written_below_it_and_threads_make_them_chance() {
    let text = run("fn main() { println!(\"one\"); }")
        + "\n"
        + &run("fn main() { std::thread::spawn(|| println!(\"two\")).join().unwrap(); }");
    let ran = Run::new().file("a.md", text).args(["update", "a.md"]).run().code(0);
    let updated = ran.text("a.md");
    assert!(updated.contains("```text output\none\n```\n"), "{updated}");
    assert!(updated.contains("```text output chance\ntwo\n```\n"), "{updated}");
}

#[test]
fn a_program_can_be_the_one_cell_that_is_run() {
    let text = run("fn main() { println!(\"one\"); }") + "\n" + &run("fn main() { println!(\"two\"); }");
    let ran = Run::new().notebook("a.md", &text).args(["--cell", "2", "-v"]).run().code(0);
    ran.stderr_has("two").stderr_lacks("one");
}

#[test]
fn a_program_that_waits_for_a_lock_of_real_std_is_blocked() {
    let real = |text: &str| format!("---\nnbrun: {{std: real}}\n---\n\n{}", run(text));
    let twice = "use std::sync::Mutex;\nfn main() {\n    let m = Mutex::new(1);\n    let _one = m.lock();\n    let _two = m.lock();\n}";
    let blocked = "= note: `program` was blocked in a call that nbrun does not follow";
    let ran = Run::new().notebook("a.md", &real(twice)).args(["--timeout", "1s"]).run().code(1);
    ran.stderr_has(blocked).stderr_has("give it `nbrun: {timeout: 2m}` in the front matter").stderr_lacks("computing");
    let busy = "fn main() {\n    std::thread::spawn(|| loop { std::hint::black_box(1); }).join().unwrap();\n}";
    let ran = Run::new().notebook("a.md", &real(busy)).args(["--timeout", "1s"]).run().code(1);
    ran.stderr_has("note: `program` was computing").stderr_lacks("blocked");
}

#[test]
fn a_program_may_deny_what_is_unused() {
    let code = "#![deny(unused)]\nuse std::thread;\nfn main() {\n    thread::spawn(|| ()).join().unwrap();\n}";
    Run::new().notebook("a.md", &run(code)).run().code(0);
}

/// What is written for a spec is not the author's.
#[test]
fn jobs_may_deny_what_is_unused_and_what_has_no_documentation() {
    let text = "```rust job\n#![deny(unused, missing_docs, unreachable_pub)]\n//! A cell.\n/// Adds.\n\
                pub fn add(v: Value<i32>) { v.set(1); }\n```\n\n\
                ```yaml value\nv: i32\n```\n\n```yaml queue\nq: i64\n```\n\n\
                ```yaml spawn\njobs: [add(v)]\nshow: v.get()\nassert: v.get() == 1\n```\n\n\
                ```yaml pool\nmap: \"|x| x + 1\"\nover: 0..4_i32\n```\n\n```rust job\n/// Below.\npub fn below() {}\n```\n";
    Run::new().notebook("a.md", text).run().code(0);
}

#[test]
fn a_path_from_the_crate_into_a_cell_above_is_not_said_to_lead_below() {
    let text =
        "```rust job\npub fn helper() {}\n```\n\n".to_owned() + &run("use crate::helper;\nfn main() { helper(); }");
    let ran =
        Run::new().notebook("a.md", &text).run().code(2).stderr_has("help: each cell is a module: leave out `crate::`");
    ran.stderr_lacks("a cell sees only what stands above it");
}
