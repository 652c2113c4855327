//! `nbrun update`: what cells print and show, in the notebook itself.

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use support::{Outcome, Run};

const JOBS: &str = "```rust job\nfn say(text: &str) { println!(\"{text}\"); }\n```\n";
const CELL: &str = "```yaml spawn\nexecutor: normal\njobs:\n  - say(\"a\")\nshow: 1 + 1\n```\n";
const SAVED: &str = "\n```text output\na\n1 + 1 = 2\n```\n";

/// Runs `update` on a notebook, and says what came of it.
fn update(text: &str, args: &[&str]) -> Outcome {
    Run::new().file("a.md", text).args(["update", "a.md"]).args(args.iter().copied()).run()
}

/// What a notebook has become, for which a second `update` changes nothing.
#[track_caller]
fn updated(text: &str) -> String {
    let new = update(text, &[]).code(0).text("a.md");
    let again = update(&new, &[]).code(0).stdout_is("");
    assert_eq!(again.text("a.md"), new);
    update(&new, &["--check"]).code(0).stdout_is("");
    new
}

#[test]
fn what_a_cell_prints_and_shows_stands_below_it() {
    let text = format!("# A\n\n{JOBS}\n{CELL}\nmore\n");
    let run = update(&text, &[]).code(0).stdout_is("a.md\n");
    run.file_is("a.md", &format!("# A\n\n{JOBS}\n{CELL}{SAVED}\nmore\n")).files_are(&["a.md"]);
    // Without a line ending at its end, it stays without.
    assert_eq!(updated(&format!("{JOBS}\n{}", CELL.trim_end())), format!("{JOBS}\n{CELL}{}", SAVED.trim_end()));
    let stale = format!("{JOBS}\n{CELL}\n````text output\nold\n````\n");
    assert_eq!(updated(&stale), format!("{JOBS}\n{CELL}{SAVED}"));
    let silent = format!("{JOBS}\n```yaml spawn\n- thread: drop(1)\n```\n");
    assert_eq!(updated(&format!("{silent}{SAVED}")), silent);
}

#[test]
fn line_endings_and_a_byte_order_mark_stay_and_so_do_containers() {
    let item = CELL.replace('\n', "\n  ").trim_end().to_owned();
    let quote = CELL.replace('\n', "\n> ").trim_end_matches("> ").to_owned();
    let text = format!("\u{feff}{JOBS}\n- {item}\n- b\n\n> {quote}c\n").replace('\n', "\r\n");
    let in_item = "\n  ```text output\n  a\n  1 + 1 = 2\n  ```";
    let in_quote = "> ```text output\n> a\n> 1 + 1 = 2\n> ```\n";
    let new = format!("\u{feff}{JOBS}\n- {item}{in_item}\n- b\n\n> {quote}>\n{in_quote}c\n").replace('\n', "\r\n");
    // The quotation begins with its cell, behind an empty line.
    assert_eq!(updated(&text), new);
}

#[test]
fn several_workers_are_named_in_an_order_that_is_certain() {
    let jobs = "```yaml queue\nq: i32\n```\n\n```rust job\nfn put(q: Queue<i32>) {\n    println!(\"puts\");\n    q.put(7);\n}\n\
                fn get(q: Queue<i32>) {\n    println!(\"got {}\", q.get());\n}\n```\n";
    let cell = "```yaml spawn\njobs:\n  - {thread: get(q), name: reader}\n  - {thread: put(q), name: w}\n```\n";
    let jobs_and = |cell: &str| format!("{jobs}\n{cell}");
    let cell = cell.replace("thread: ", "call: ").replace("jobs:", "executor: thread\njobs:");
    let saved = "\n```text output\nw      | puts\nreader | got 7\n```\n";
    assert_eq!(updated(&jobs_and(&cell)), jobs_and(&cell) + saved);
}

#[test]
fn what_chance_decides_is_written_once() {
    let pid =
        "```rust job\nfn pid() { println!(\"{}\", worker().pid); }\n```\n\n```yaml spawn\n- process: pid()\n```\n"
            .to_owned();
    let run = update(&pid, &[]).code(0);
    let run = run.stderr_has("the output of cell 2 is left to chance: its runs differ");
    let new = run.text("a.md");
    assert!(new.starts_with(&format!("{pid}\n```text output chance\n")), "{new}");
    update(&new, &[]).code(0).stdout_is("").file_is("a.md", &new);
    let kept = format!("{pid}\n```text output chance\nanything\n```\n");
    update(&kept, &["--check"]).code(0);
    update(&pid, &["--check"]).code(1).stdout_has("+```text output chance\n");
    // The author knows better: else the cell fails.
    let queue = "```yaml queue\nq: i32\n```\n\n```rust job\nfn a(q: Queue<i32>) { q.put(1); println!(\"b {}\", q.get()); }\n```\n\n";
    let expected = "```yaml spawn\njobs: [{call: a(q), count: 2}]\nexpect: {workers: {a-1: [b 1], a-2: [b 1]}}\n```\n";
    let saved = "\n```text output\na-1 | b 1\na-2 | b 1\n```\n";
    update(&format!("{queue}{expected}"), &[]).code(0).file_is("a.md", &format!("{queue}{expected}{saved}"));
    // No three runs differ here, and the cell is doubted all the same.
    for (cell, reason) in [
        (
            "```rust job\nfn a() { let _ = std::time::Instant::now(); println!(\"b\"); }\n```\n\n```yaml spawn\n- thread: a()\n```\n",
            "its code mentions `Instant`",
        ),
        (
            "```yaml value\nv: {type: i, init: 0}\n```\n\n```rust job\nfn a(v: Value<i32>) { v.set(1); }\n```\n\n```yaml spawn\njobs:\n- thread: a(v)\n- thread: a(v)\nshow: v.get()\n```\n",
            "a race is reported",
        ),
        (
            "```yaml queue\nq: i32\n```\n\n```rust job\nfn a(q: Queue<i32>) { q.put(1); println!(\"b {}\", q.get()); }\n```\n\n```yaml spawn\n- thread: a(q)\n- thread: a(q)\n```\n",
            "it may depend on which worker came first",
        ),
    ] {
        update(cell, &[]).code(0).stderr_has(&format!("is left to chance: {reason}\n"));
    }
}

#[test]
fn an_exploration_has_its_outcomes_below_it() {
    let text = "```yaml value\nv: {type: i, init: 0}\n```\n\n```rust job\nfn add(v: Value<i32>) { v.set(v.get() + 1); }\n```\n\n\
                ```yaml spawn\nexplore: all\njobs: [{call: add(v), count: 2}]\nshow: v.get()\n```\n";
    let new = updated(text);
    assert!(new.strip_prefix(text).is_some_and(|saved| saved.starts_with("\n```text output\n=> ")), "{new}");
    assert!(new.contains("\n=> 1\n") && new.contains("\n=> 2\n"), "{new}");
}

#[test]
fn a_check_shows_what_would_change_and_writes_nothing() {
    let text = format!("{JOBS}\n{CELL}");
    let run = update(&text, &["--check", "-q"]).code(1).stderr_is("").file_is("a.md", &text);
    run.stdout_is("--- a.md\n+++ a.md\n@@ -10,0 +11,5 @@\n+\n+```text output\n+a\n+1 + 1 = 2\n+```\n");
    let stale = format!("{text}\n```text output\na\n1 + 1 = 3\n```\n");
    update(&stale, &["--check"]).code(1).stdout_has("@@ -14,1 +14,1 @@\n-1 + 1 = 3\n+1 + 1 = 2\n");
}

#[test]
fn nothing_is_written_where_a_cell_fails() {
    let wrong = format!("{JOBS}\n{CELL}\n```yaml spawn\njobs: [say(\"b\")]\nassert: 1 == 2\n```\n");
    let good = format!("{JOBS}\n{CELL}");
    let run = Run::new().file("a.md", &wrong).file("b.md", &good).args(["update", "a.md", "b.md"]).run().code(1);
    let run = run.stderr_has("error: nothing is written into `a.md`, for it does not do what it should");
    run.stdout_is("b.md\n").file_is("a.md", &wrong).file_is("b.md", &(good + SAVED));
    let run = update("```yaml spwn\n```\n", &[]).code(2);
    run.file_is("a.md", "```yaml spwn\n```\n");
    Run::new().stdin(wrong).args(["update", "-"]).run().code(2).stderr_has("`update` writes into notebooks");
}

#[test]
fn a_notebook_that_changes_while_it_runs_is_left_alone() {
    let job = "```rust job\nfn a() { std::fs::write(\"a.md\", \"mine\").unwrap(); println!(\"a\"); }\n```\n";
    let run = update(&format!("{job}\n```yaml spawn\n- thread: a()\n```\n"), &[]).code(1);
    run.stderr_has("`a.md` has changed while it ran, so nothing is written").file_is("a.md", "mine");
}

#[test]
fn a_notebook_is_replaced_whole_and_only_where_it_changes() {
    let run = Run::new().file("real.md", format!("{JOBS}\n{CELL}")).link("a.md", "real.md");
    fs::set_permissions(run.path("real.md"), fs::Permissions::from_mode(0o640)).expect("it is there");
    let run = run.args(["update", "a.md", "real.md"]).run().code(0).stdout_is("a.md\n");
    let found = |name: &str| fs::symlink_metadata(run.path(name)).expect("it is there");
    assert!(found("a.md").is_symlink());
    assert_eq!(found("real.md").permissions().mode() & 0o777, 0o640);
    let run = run.files_are(&["a.md", "real.md"]);
    let before = fs::metadata(run.path("real.md")).expect("it is there").ino();
    let run = run.again().args(["update", "a.md"]).run().code(0).stdout_is("");
    assert_eq!(fs::metadata(run.path("real.md")).expect("it is there").ino(), before);
}

#[test]
fn the_page_shows_a_saved_result_once() {
    let text = format!("{JOBS}\n{CELL}\n```text output\nsaved before\n```\n\nmore\n");
    let run = Run::new().notebook("a.md", &text).run().code(0).page_has("a.html", "<p>more</p>");
    assert!(!run.text("a.html").contains("saved before"));
}

#[test]
fn lessons_are_the_same_after_a_second_update() {
    let lessons = Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks");
    let read = |name: &str| fs::read(lessons.join(name)).expect("a lesson");
    for entry in fs::read_dir(&lessons).expect("lessons").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        // A translation has the cells of its lesson.
        if !name.ends_with(".md") || name.ends_with(".zh.md") {
            continue;
        }
        let run = Run::new().file(&name, read(&name)).file("amdahl.svg", read("amdahl.svg"));
        let run = run.args(["update", &name]).run().code(0).stdout_is(&format!("{name}\n"));
        run.again().args(["update", "--check", &name]).run().code(0).stdout_is("");
    }
}

#[test]
fn for_other_programs_each_stale_cell_is_a_diagnostic_at_its_line() {
    let text = format!("# A\n\n{JOBS}\n{CELL}\nmore\n");
    let run = update(&text, &["--check", "--format", "github"]).code(1).file_is("a.md", &text);
    run.stdout_has("::error file=a.md,line=7,").stdout_has("the results below this cell").stderr_lacks("+++");
    let run = update(&text, &["--format", "json"]).code(0).stdout_is("");
    assert!(run.text("a.md").contains("```text output"));
}

#[test]
fn a_warning_can_keep_results_from_being_written() {
    let text = format!("{}\n{CELL}", JOBS.replace("println!", "std::fs::remove_file(\"none\"); println!"));
    update(&text, &["--deny-warnings"]).code(2).stderr_has("unused").file_is("a.md", &text);
}
