//! What the compiler says of a notebook that runs all the same: warnings, and errors that are the lesson.

mod support;

use nbrun::model::{Anchor, Position, Spot};
use nbrun::record::Status;
use support::{Outcome, Run};

/// A job cell with one slip a line, from line 2 on, and with what a lesson is full of.
const SLIPS: &str = "```rust job
fn a(l: Lock) { let _ = l.lock(); }
fn b(v: Value<i32>) { v.lock(); }
fn c(q: Queue<i32>) { q.try_put(2); }
fn d(m: &std::sync::Mutex<u32>) { let _ = m.lock(); }
fn e(n: u32) -> bool { n >= 0 }
fn f(n: u32) -> u32 { f(n) }
static mut COUNT: u32 = 0; fn g() -> u32 { unsafe { let count = &COUNT; *count } }
fn h(l: Lock) { let _ = l.try_lock(); }
fn i(s: Semaphore) { s.acquire_timeout(0.1); }
#[allow(unused_must_use, let_underscore_drop)] fn j(l: Lock) { l.lock(); let _ = l.lock(); }
fn unused(x: u32) { let y = 1; let mut z = 2; let _ = vec![1]; let _ = std::fs::read(\"a\"); if (true) {} }
```

```yaml lock
l: lock
```

```yaml spawn
jobs:
  - a(l)
  - \"{ l.lock(); println!(\\\"done\\\") }\"
```
";

/// The lines at which there is a warning, as they were printed.
fn lines(outcome: &Outcome) -> Vec<u32> {
    let places = outcome.stderr.lines().filter(|line| line.contains(": warning: "));
    places.map(|line| line.split(':').nth(1).expect("a line").parse().expect("a number")).collect()
}

#[test]
fn slips_are_warned_of_at_their_lines_and_nothing_else_is() {
    let slips = [2, 3, 4, 5, 6, 7, 8, 9, 10, 22];
    let first = Run::new().notebook("a.md", SLIPS).args(["--record", "r.json"]).run().code(0);
    assert_eq!(lines(&first), slips, "{}", first.stderr);
    let first = first.stderr_has_all(&[
        "a.md:2:17: warning: this guard is dropped at once, and protects nothing\n",
        "help: ",
        "let _unused = l.lock();",
        "note: `#[allow(let_underscore_drop)]` silences this",
        "a.md:3:23: warning: unused `Guard` that must be used\n",
        "bind it to a name, such as `_guard`",
        "a.md:4:23: warning: unused `Result` that must be used\n",
        "a.md:22:8: warning: unused `Guard` that must be used\n",
    ]);
    let first = first.stderr_lacks("command line").stderr_lacks("let _ = v.lock();");
    let page = first.page();
    assert_eq!(page.matches("class=\"diagnostic warning\"").count(), slips.len());
    assert!(!page.contains("class=\"diagnostic\""), "nothing failed");
    // What is taken from the cache, or from a record, says the same.
    let again = first.again().args(["a.md", "-q"]).run().code(0);
    assert_eq!(lines(&again), slips, "{}", again.stderr);
    let rendered = again.again().args(["render", "a.md", "--record", "r.json", "-o", "b.html"]).run().code(0);
    assert_eq!(rendered.text("b.html").matches("class=\"diagnostic warning\"").count(), slips.len());
}

#[test]
fn no_warning_of_a_guard_advises_another_way_to_drop_it() {
    for (call, shown) in [("l.try_lock()", "lock.try_lock()"), ("l.lock_timeout(0.1)", "lock.lock_timeout(…)")] {
        let text = format!("```rust job\nfn a(l: Lock) {{ {call}; }}\n```\n");
        let outcome =
            Run::new().notebook("a.md", &text).run().code(0).stderr_has("a.md:2:17: warning: unused return value");
        outcome.stderr_has(&format!("as in `if let Some(_guard) = {shown} {{ … }}`")).stderr_lacks("let _ =");
    }
}

#[test]
fn a_warning_follows_its_line_when_the_prose_changes() {
    let first = Run::new().notebook("a.md", SLIPS).run().code(0);
    let text = format!("> A word.\n\n{}", SLIPS.replace("fn a(", "fn first(").replace("- a(l)", "- first(l)"));
    let moved = first.again().file("a.md", text).args(["a.md"]).run().code(0);
    assert_eq!(lines(&moved)[..2], [4, 5], "{}", moved.stderr);
    moved.stderr_has("4 | fn first(l: Lock) { let _ = l.lock(); }");
}

#[test]
fn of_very_many_warnings_some_are_told_and_the_rest_is_counted() {
    let job = "fn a(l: Lock) {\n".to_owned() + &"    l.lock();\n".repeat(200) + "}\n";
    let outcome = Run::new().notebook("a.md", &format!("```rust job\n{job}```\n")).run().code(0);
    assert_eq!(lines(&outcome).len(), 50);
    outcome.stderr_has("= note: there are 150 more warnings");
}

#[test]
fn on_a_chinese_page_a_warning_is_called_so_in_chinese() {
    let text = format!("---\nlang: zh\n---\n\n{SLIPS}");
    let page = Run::new().notebook("a.md", &text).run().code(0).page();
    assert!(page.contains("<strong lang=\"zh\">警告：</strong>"));
}

/// A lesson whose second cell must not compile.
fn lesson(info: &str, body: &str) -> String {
    format!(
        "```rust job\nfn take(text: String) -> usize {{ text.len() }}\n```\n\n```rust job{info}\n{body}\n```\n\n\
         ```yaml spawn\njobs: [take(\"abc\".into())]\nshow: take(\"ab\".into())\n```\n"
    )
}

const MOVED: &str = "fn twice() -> usize {\n    let text = String::new();\n    take(text) + take(text)\n}";

#[test]
fn a_cell_that_must_not_compile_shows_its_error_and_the_rest_runs() {
    for info in [" compile_fail", " compile_fail,E0382", ",compile_fail,E0382"] {
        let run = Run::new().notebook("a.md", &lesson(info, MOVED)).args(["--record", "r.json"]).run();
        let run = run.code(0).stderr_has("failed as expected").stderr_lacks("error:");
        let record = run.record("r.json");
        let status: Vec<Status> = record.cells.iter().map(|cell| cell.status).collect();
        assert_eq!(status, [Status::Passed, Status::FailedAsExpected, Status::Passed]);
        let error = &record.cells[1].errors[0];
        assert_eq!(error.message, "use of moved value: `text` [E0382]");
        let spot = Position::new(1, 3).map(|position| Spot { position, column: 23 });
        assert_eq!(error.anchor, spot.map(|spot| Anchor::Code { spot, width: 4 }));
        assert_eq!(record.cells[2].runs[0].results[0].text, "2");
        assert!(run.page().contains("class=\"diagnostic expected\""));
        // From the cache it is the same.
        run.again().args(["a.md"]).run().code(0).stderr_has("failed as expected");
    }
}

#[test]
fn the_error_that_is_the_lesson_stands_under_a_heading_that_says_so() {
    let summaries = |top: &str| {
        let text = format!("{top}{}", lesson(" compile_fail", MOVED));
        let page = Run::new().notebook("a.md", &text).run().code(0).page();
        let results = page.split("<details class=\"result\" open><summary").skip(1);
        let heading = |result: &str| result.split(['>', '<']).nth(1).unwrap_or_default().to_owned();
        results.map(heading).collect::<Vec<_>>()
    };
    assert_eq!(summaries(""), ["The compiler’s error, which the lesson wants to show", "Output"]);
    assert_eq!(summaries("---\nlang: zh\n---\n\n"), ["编译器报的错误，正是课文要展示的", "输出"]);
}

#[test]
fn nothing_is_called_output_where_nothing_ran() {
    let heading = |text: &str, code: i32| {
        let page = Run::new().notebook("a.md", text).run().code(code).page();
        let (_, behind) = page.split_once("<details class=\"result\" open><summary").expect("something has come of it");
        behind.split(['>', '<']).nth(1).unwrap_or_default().to_owned()
    };
    let wrong = "What is wrong with the cell";
    assert_eq!(heading("```rust job compile_fail\nfn f() {}\n```\n", 1), wrong);
    assert_eq!(heading("```rust job compile_fail,E0499\nfn f() -> u8 { 256 }\n```\n", 1), wrong);
    let expected = "```yaml spawn\nexpect: {error: no key}\nnonsense: 1\njobs: [1]\n```\n";
    assert_eq!(heading(expected, 0), "The error, which the lesson wants to show");
}

#[test]
fn a_cell_that_must_not_compile_fails_if_it_does_or_has_another_error() {
    let fails = |info: &str, body: &str| Run::new().notebook("a.md", &lesson(info, body)).run().code(1);
    fails(" compile_fail", "fn f() {}").stderr_has_all(&[
        "a.md:5:1: error: this cell compiles, but `compile_fail` says that it must not",
        "help: if it is right, leave out `compile_fail`",
    ]);
    fails(" compile_fail,E0499", MOVED).stderr_has_all(&[
        "a.md:5:1: error: this cell must fail with E0499, and fails with another error",
        "help: if that is the lesson, write `compile_fail,E0382`",
        "a.md:8:23: error: use of moved value",
    ]);
    fails(" compile_fail,E0382", "fn f( {}").stderr_has("help: its error has no code: write `compile_fail` alone");
}

#[test]
fn any_error_of_the_compiler_can_be_the_lesson_a_delimiter_too() {
    for body in ["fn f() {", "fn f() -> u8 { 256 }", "fn f() { g() }", "const N: usize = [1][N - 1];"] {
        Run::new().notebook("a.md", &lesson(" compile_fail", body)).run().code(0);
    }
}

#[test]
fn no_other_cell_sees_what_must_not_compile() {
    let text = lesson(" compile_fail", MOVED) + "```rust job compile_fail\nfn g() { twice() }\n```\n";
    Run::new().notebook("a.md", &text).run().code(0);
    let text = lesson(" compile_fail", MOVED) + "```rust job\nfn g() { twice(); }\n```\n";
    Run::new().notebook("a.md", &text).run().code(2).stderr_has("cannot find function `twice`");
}

#[test]
fn an_error_elsewhere_is_told_before_anything_else() {
    let text = lesson(" compile_fail", MOVED) + "```rust job\nfn g() { nothing(); }\n```\n";
    let run = Run::new().notebook("a.md", &text).run().code(2);
    run.stderr_has("cannot find function `nothing`").stderr_lacks("moved").no_file("a.html");
}
