//! `nbrun update --expect`: what a cell is to expect, written into its spec.

mod support;

use support::{Outcome, Run};

const JOBS: &str = "```yaml queue\nq: i32\n```\n\n```yaml value\nv: {type: i, init: 0}\n```\n\n```rust job\n\
                    fn say(text: &str) { println!(\"{text}\"); }\n\
                    fn put(q: Queue<i32>) { println!(\"puts\"); q.put(7); }\n\
                    fn get(q: Queue<i32>) { println!(\"got {}\", q.get()); }\n\
                    fn count(n: u32) { (1..=n).for_each(|n| println!(\"{n}\")); }\n\
                    fn add(v: Value<i32>) { v.set(v.get() + 1); println!(\"added\"); } fn one(v: Value<i32>) { v.set(1); }\n\
                    fn square(n: u64) -> u64 { println!(\"square of {n}\"); n * n }\n```\n\n";

/// Runs `update --expect` on a notebook.
fn update(text: &str, args: &[&str]) -> Outcome {
    Run::new().file("a.md", text).args(["update", "--expect", "a.md"]).args(args.iter().copied()).run()
}

/// A cell behind the jobs.
fn cell(spec: &str) -> String {
    format!("{JOBS}```yaml {spec}\n```\n")
}

/// Runs `update --expect` on a cell, and looks for what its spec ends with then. A second update changes nothing, and a run passes.
#[track_caller]
fn expects(spec: &str, expect: &str) {
    let old = cell(spec);
    let new = update(&old, &[]).code(0).stdout_is("a.md\n").text("a.md");
    let start = format!("{}{expect}\n```\n", old.strip_suffix("\n```\n").expect("a cell"));
    assert!(new.starts_with(&start), "{new}");
    update(&new, &[]).code(0).stdout_is("").file_is("a.md", &new);
    update(&new, &["--check"]).code(0).stdout_is("");
    Run::new().notebook("a.md", &new).run().code(0);
}

/// Runs `update --expect` on a cell whose spec stays as it is, and looks for the reason.
#[track_caller]
fn refuses(spec: &str, why: &str) {
    let old = cell(spec);
    let run = update(&old, &[]).code(0).stderr_has(&format!("no `expect` is written into cell 4: {why}"));
    let new = run.text("a.md");
    assert!(new.starts_with(&old), "{new}");
    update(&new, &[]).code(0).stdout_is("").file_is("a.md", &new);
}

#[test]
fn lines_whose_order_is_certain_are_expected_in_it() {
    expects("spawn\njobs: [{process: say(\"a\")}]", "\nexpect:\n  - a");
    expects("spawn\nexecutor: normal\njobs: [say(\"a\"), say(\"b\")]", "\nexpect:\n  - a\n  - b");
    // The queue orders them.
    expects("spawn\nexecutor: thread\njobs: [get(q), put(q)]", "\nexpect:\n  - puts\n  - got 7");
    let odd = "spawn\nexecutor: thread\njobs:\n  - 'say(\"\")'\nshow: 1 + 1";
    expects(odd, "\nexpect:\n  - \"\"");
    let odd = "spawn\njobs:\n  - process: 'say(\" \\t\\\"\\\\: #\\u{1b}多\")'";
    expects(odd, "\nexpect:\n  - \" \\t\\\"\\\\: #\\U0000001B多\"");
}

#[test]
fn lines_that_nothing_orders_are_expected_by_worker() {
    let spec = "spawn\nexecutor: [thread, process]\njobs: [say(\"a\"), {call: say(\"b\"), name: w}, drop(1)]";
    expects(spec, "\nexpect:\n  workers:\n    say-1:\n      - a\n    w:\n      - b\n    drop-3: []");
}

#[test]
fn what_the_tasks_of_a_pool_print_is_expected_in_any_order() {
    let lines = "\n    - square of 0\n    - square of 1\n    - square of 2";
    let spec = "pool\nworkers: 2\nmap: square\nover: 0..3u64\nchunk: 1";
    expects(spec, &format!("\nexpect:\n  unordered:{lines}"));
}

#[test]
fn an_exploration_expects_its_outcomes() {
    let spec = "spawn\nexplore: all\njobs: [{call: add(v), count: 2}]\nshow: v.get()";
    let old = cell(spec);
    let new = update(&old, &[]).code(0).text("a.md");
    let (one, two) = ("    - \"1\"\n", "    - \"2\"\n");
    let is = |lines: String| {
        new.starts_with(&old.replace("v.get()\n```\n", &format!("v.get()\nexpect:\n  outcomes:\n{lines}```\n")))
    };
    assert!(is([one, two].concat()) || is([two, one].concat()), "{new}");
    update(&new, &[]).code(0).stdout_is("").file_is("a.md", &new);
    Run::new().notebook("a.md", &new).run().code(0);
}

#[test]
fn what_is_left_to_chance_is_refused_with_the_reason() {
    refuses("spawn\nexecutor: thread\njobs: [{call: add(v), count: 2}]", "a race is reported");
    let spec = "spawn\nexecutor: thread\njobs: [put(q), put(q), get(q), get(q)]";
    refuses(spec, "it may depend on which worker came first");
    refuses("spawn\njobs: [{process: 'say(&worker().pid.to_string())'}]", "its runs differ");
    refuses("spawn\njobs: [{process: count(101)}]", "that would be more than 100 lines");
    refuses("spawn\n- process: say(\"a\")", "its spec is a list");
    refuses("spawn\n{jobs: [{process: say(\"a\")}]}", "its spec stands in braces");
}

#[test]
fn a_cell_that_finds_what_chance_left_expects_nothing() {
    let race = "```yaml spawn\nexecutor: thread\njobs: [{call: one(v), count: 2}]\n```\n\n";
    let text = format!("{JOBS}{race}```yaml spawn\njobs: [{{process: 'say(&v.get().to_string())'}}]\n```\n");
    let run = update(&text, &[]).code(0);
    run.stderr_has("no `expect` is written into cell 5: it needs cell 4, whose output is left to chance");
}

#[test]
fn a_cell_that_expects_something_and_one_without_a_spec_stay() {
    let text = cell("spawn\njobs: [{process: say(\"a\")}, {process: say(\"b\")}]\nexpect: {unordered: [a, b]}");
    let new = update(&text, &[]).code(0).text("a.md");
    assert!(new.starts_with(&text), "{new}");
    let text = "```rust run\nfn main() { println!(\"a\"); }\n```\n";
    let run = update(text, &[]).code(0).stderr_has("cell 1 has no spec, so no `expect` is written into it");
    assert!(run.text("a.md").starts_with(text));
    let silent = cell("spawn\njobs: [{process: drop(1)}]");
    update(&silent, &[]).code(0).stdout_is("").file_is("a.md", &silent);
}

#[test]
fn an_expectation_stands_in_the_quotation_of_its_spec() {
    let jobs = JOBS.replace('\n', "\r\n");
    let quote = "> ```yaml spawn\n> jobs: [{process: say(\"a\")}]\n> ```\nb\n".replace('\n', "\r\n");
    let new = "> ```yaml spawn\n> jobs: [{process: say(\"a\")}]\n> expect:\n>   - a\n> ```\n>\n> ```text output\n> a\n> ```\nb\n";
    let (old, new) = (format!("\u{feff}{jobs}{quote}"), format!("\u{feff}{jobs}{}", new.replace('\n', "\r\n")));
    update(&old, &[]).code(0).file_is("a.md", &new);
    update(&new, &[]).code(0).stdout_is("").file_is("a.md", &new);
}

#[test]
fn a_check_shows_the_expectation_and_writes_nothing() {
    let text = cell("spawn\njobs: [{process: say(\"a\")}]") + "\n```text output\na\n```\n";
    let run = update(&text, &["--check", "-q"]).code(1).file_is("a.md", &text);
    run.stdout_is("--- a.md\n+++ a.md\n@@ -19,0 +20,2 @@\n+expect:\n+  - a\n");
    let run = update(&text, &["--check", "--format", "github"]).code(1).file_is("a.md", &text);
    run.stdout_has("::error file=a.md,line=18,").stdout_has("this cell has no `expect`");
}
