//! Cells that are left out of a run: by their author, because they need one that is, or because only another was asked for.

mod support;

use nbrun::record::{SkipReason, Status};
use support::Run;

const LESSON: &str = "\
```rust job skip
fn slow() { this is no Rust }
```

```rust job
fn add(v: Value<i32>, n: i32) { println!(\"adds {n}\"); v.set(v.get() + n); }
```

```yaml value
v: {type: i, init: 1}
```

```yaml spawn
jobs: [slow()]
```

```yaml spawn
name: first
jobs: [{call: \"add(v, 2)\", name: ada}]
show: {v: v.get()}
```

```yaml spawn
name: broken
jobs: [no_such_job()]
skip: true
```

```yaml spawn
name: second
jobs: [{call: \"add(v, 3)\", name: bob}]
show: {v: v.get()}
```
";

#[test]
fn a_skipped_cell_is_neither_compiled_nor_run_and_neither_is_who_needs_it() {
    let run = Run::new().notebook("a.md", LESSON).args(["--record", "r.json"]).run().code(0);
    let run = run.stderr_has("  -       1  job    line 1               skipped\n");
    let run = run.stderr_has("  -       4  spawn  line 13              skipped: needs cell 1\n");
    let states: Vec<Status> = run.record("r.json").cells.iter().map(|cell| cell.status).collect();
    let (passed, marked) = (Status::Passed, Status::Skipped(SkipReason::Marked));
    let needs = Status::Skipped(SkipReason::Needs(0));
    assert_eq!(states, [marked, passed, passed, needs, passed, marked, passed]);
    let page = |run: support::Outcome| {
        run.page_has("a.html", "The author has switched this cell off.")
            .page_has("a.html", "It needs <a href=\"#cell-1\">cell 1</a>, which is skipped.")
    };
    let run = page(run).again().args(["render", "a.md", "--record", "r.json"]).run().code(0);
    page(run).again().args(["check", "a.md"]).run().code(0);
}

#[test]
fn the_page_in_chinese_says_why_a_cell_was_skipped() {
    let text = format!("---\nlang: zh\n---\n\n{LESSON}");
    let run = Run::new().notebook("a.md", &text).run().code(0).page_has("a.html", "作者关闭了这个单元。");
    run.page_has("a.html", "它需要的<a href=\"#cell-1\">单元 1</a> 已跳过。").page_has("a.html", ">已跳过<");
}

#[test]
fn one_cell_is_run_with_what_it_needs_and_the_page_says_so() {
    for cell in ["second", "7"] {
        let run = Run::new().notebook("a.md", LESSON).args(["--cell", cell, "--record", "r.json"]).run().code(0);
        let run =
            run.stderr_has("only cell 7, with what it needs\n").stderr_lacks("skipped").stderr_has("  ok      5  ");
        let run = run
            .page_has("a.html", "This is a part of the notebook.</strong> Only <a href=\"#cell-7\">cell 7</a> was run");
        let run = run
            .page_has("a.html", "with what it needs: <a href=\"#cell-2\">cell 2</a>, <a href=\"#cell-3\">cell 3</a>");
        let record = run.record("r.json");
        assert_eq!((record.only, record.cells[6].runs[0].results[0].text.as_str()), (Some(6), "6"));
        let run = run.again().args(["render", "a.md", "--record", "r.json"]).run().code(0);
        run.page_has("a.html", "This is a part of the notebook.");
    }
}

#[test]
fn what_one_cell_does_not_need_may_be_wrong() {
    let text = LESSON.replace("[no_such_job()]\nskip: true", "[no_such_job()]").replace("rust job skip", "rust job");
    Run::new().notebook("a.md", &text).run().code(2);
    let run = Run::new().notebook("a.md", &text).args(["--cell", "first", "-v"]).run().code(0);
    run.stderr_has("             ada | adds 2\n             v = 3\n").stderr_lacks("adds 3");
}

#[test]
fn what_is_missing_below_a_skipped_cell_is_told_with_the_cell() {
    let text = "```rust job skip\nuse std::fmt::Write;\n```\n\n```rust job\nfn job(s: &mut String) { s.write_str(\"\").unwrap() }\n```\n";
    let run = Run::new().notebook("a.md", text).run().code(2);
    run.stderr_has("error: no method named `write_str`")
        .stderr_has("help: cell 1 is skipped; if this needs it, skip this");
}

#[test]
fn a_cell_that_is_not_there_is_an_error_with_the_nearest() {
    let run = Run::new().notebook("a.md", LESSON).args(["--cell", "fist"]).run().code(2).no_file("a.html");
    run.stderr_is("error: a.md has no cell `fist`\n   = help: did you mean `first`?\n\n");
    let run = Run::new().notebook("a.md", LESSON).notebook("b.md", LESSON).args(["--cell", "1"]).run().code(2);
    run.stderr_has("--cell runs a cell of one notebook, but there are several");
    Run::new().notebook("a.md", LESSON).args(["--cell", "broken"]).run().code(0).stderr_has("  -       6  spawn");
}

#[test]
fn verbose_tells_what_was_printed_and_shown() {
    let run = Run::new().notebook("a.md", LESSON).args(["-v"]).run().code(0);
    run.stderr_has("             ada | adds 2\n             v = 3\n").stderr_has("bob | adds 3\n             v = 6\n");
    Run::new().notebook("a.md", LESSON).args(["-v", "-q"]).run().code(2).stderr_has("cannot be used with");
}
