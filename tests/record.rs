//! A run that was saved gives the same page again, without a compiler and without running anything.

mod support;

use nbrun::record::RunOutcome;
use std::fs;
use support::{Outcome, Run};

const NOTEBOOK: &str = r#"---
title: Saved
---

# Something of everything

```rust job
fn job(q: Queue<i64>, n: i64) -> i64 {
    println!("put {n} & <b>{}</b>", worker().pid);
    eprintln!("noise");
    q.put(n);
    n * n
}
```

```yaml queue
q: i64
```

```yaml spawn
executor: [normal, thread, process]
jobs:
  - job(q, 1)
  - job(q, 2)
show: {sum: q.get() + q.get()}
```

```yaml pool
workers: 2
map: "|x: i64| x * x"
over: 0..10
```

```yaml spawn
jobs:
  - thread: panic!("as expected")
  - process: std::process::abort()
expect: {error: as expected}
```

```yaml array
a: {type: i, init: [[1]]}
expect: {error: one dimension}
```

```yaml spawn
executor: process
jobs:
  - sleep(0.001)
repeat: 3
```
"#;

fn saved() -> Outcome {
    Run::new().notebook("a.md", NOTEBOOK).args(["--record", "a.json"]).run().code(0).stdout_is("a.html\n")
}

/// Runs `nbrun render` where there is no compiler and where the cache is empty.
fn render(run: Run) -> Outcome {
    let run = ["PATH", "RUSTC", "CARGO_HOME"].into_iter().fold(run, |run, name| run.env(name, ""));
    run.env("HOME", "/nowhere").cache("no-cache").run().no_file("no-cache")
}

#[test]
fn a_record_renders_to_the_very_page_of_its_run_without_a_compiler() {
    let run = saved();
    let (page, bytes) = (run.text("a.html"), run.page_as_it_is());
    let again = render(run.again().args(["render", "a.md", "--record", "a.json", "-o", "again.html"]));
    let again = again.code(0).stdout_is("again.html\n").stderr_is("").file_is("again.html", &page);
    render(again.again().args(["render", "a.md", "--record", "a.json", "-o", "-"])).code(0).stdout_is(&bytes);
}

#[test]
fn a_failed_run_renders_to_its_page_too() {
    let text = "```rust job\nfn job() {\n    panic!(\"no\")\n}\n```\n\n```yaml spawn\n- process: job()\n```\n";
    let run = Run::new().notebook("a.md", text).args(["--record", "a.json"]).run().code(1);
    let page = run.text("a.html");
    render(run.again().args(["render", "a.md", "--record", "a.json"])).code(0).file_is("a.html", &page);
}

#[test]
fn prose_may_change_after_the_run_and_cells_may_not() {
    let run = saved();
    let edited =
        NOTEBOOK.replace("Something of everything", "Another heading").replace("title: Saved", "title: Edited");
    let run = render(run.again().file("a.md", edited).args(["render", "a.md", "--record", "a.json"]));
    let run = run.code(0).page_has("a.html", "Another heading").page_has("a.html", "<title>Edited</title>");
    let page = run.text("a.html");
    for changed in [
        NOTEBOOK.replace("n * n", "n + n"),
        NOTEBOOK.replace("over: 0..10", "over: 0..11"),
        format!("{NOTEBOOK}\n```rust job\nfn more() {{}}\n```\n"),
        "# No cell at all\n".to_owned(),
    ] {
        let again = run.copy().file("a.md", changed).args(["render", "a.md", "--record", "a.json"]);
        render(again).code(2).stderr_has("error: the record does not belong to a.md").file_is("a.html", &page);
    }
}

#[test]
fn names_that_tell_a_line_tell_the_one_where_it_stands_now() {
    let code = "use std::sync::Mutex;\nuse std::thread;\nfn main() {\n    \
                let _ = thread::spawn(|| { let _ = Box::new(Mutex::new(1)).lock(); panic!(\"no\") }).join();\n    \
                println!(\"thread at line 5\");\n}";
    let text = format!("```rust run\n{code}\n```\n");
    let run = Run::new().notebook("a.md", &text).args(["--record", "a.json"]).run().code(0);
    let before = run.text("a.html");
    assert!(before.contains("the thread <code>thread at line 5</code> panicked"), "{before}");
    let text = format!("# More\n\nMore prose.\n\n{text}");
    let run = render(run.again().file("a.md", &text).args(["render", "a.md", "--record", "a.json"])).code(0);
    let page = run.text("a.html");
    assert!(page.contains("the thread <code>thread at line 9</code> panicked"), "{page}");
    let count = |page: &str, line: u32| page.matches(&format!("thread at line {line}")).count();
    // The code stays, and what it printed.
    assert!(count(&page, 5) > 1 && count(&page, 9) > 2, "{page}");
    assert_eq!(count(&page, 5) + count(&page, 9), count(&before, 5));
    assert_eq!(page.matches("Mutex at line 9").count(), before.matches("Mutex at line 5").count());
}

#[test]
fn a_damaged_record_is_refused_and_touches_nothing() {
    let run = saved();
    let (page, record) = (run.text("a.html"), run.text("a.json"));
    let half = &record[..record.len() / 2];
    let wrong_type = record.replacen("\"cells\":[", "\"cells\":[7,", 1);
    for damaged in ["", "{}", "[]", "no JSON at all", half, &wrong_type] {
        let again = run.copy().file("a.json", damaged).args(["render", "a.md", "--record", "a.json"]);
        render(again).code(2).stdout_is("").stderr_has("error: a.json: ").file_is("a.html", &page);
    }
    let again = run.copy().file("a.json", b"\xff\xfe").args(["render", "a.md", "--record", "a.json"]);
    render(again).code(2).stderr_has("`a.json` is not UTF-8").file_is("a.html", &page);
    let again = run.copy().args(["render", "a.md", "--record", "no.json"]);
    render(again).code(2).stderr_has("cannot read `no.json`").file_is("a.html", &page);
}

#[test]
fn a_record_with_numbers_that_point_nowhere_is_refused_at_its_cell() {
    let run = saved();
    let change = |change: &dyn Fn(&mut RunOutcome)| {
        let mut record = run.record("a.json");
        change(&mut record.cells[2].runs[0]);
        let json = record.to_json().expect("JSON");
        render(run.copy().file("a.json", json).args(["render", "a.md", "--record", "a.json", "--stable"])).code(2)
    };
    let wrong = "a.json: the record is damaged, at cell 3: ";
    change(&|run| run.workers.clear()).stderr_has(&format!("{wrong}a run without workers"));
    change(&|run| run.workers.truncate(1)).stderr_has(&format!("{wrong}worker 1 where there are only 1"));
    change(&|run| run.output[0].worker = 1000).stderr_has(&format!("{wrong}worker 1000 where there are only 3"));
    change(&|run| run.trace[0].resource = Some(9)).stderr_has(&format!("{wrong}resource 9 where there are only 1"));
}

#[test]
fn a_pair_that_is_not_trusted_is_rendered_without_its_html_and_images() {
    let text = "# <b>A</b>\n\n<script>alert(1)</script>\n\n![the picture](secret.svg)\n\n$\\operatorname{<script>x</script>}$\n";
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>secret</text></svg>";
    let run = Run::new().notebook("a.md", text).file("secret.svg", svg).args(["--record", "a.json"]).run().code(0);
    assert!(run.text("a.html").contains("<script>alert(1)</script>"), "the author of one's own lesson is trusted");
    assert!(run.text("a.json").contains("\"sandbox\":null"), "the record says that the run was not in a sandbox");
    let page = |run: &Outcome, args: &[&str]| {
        let again = run.copy().args(["render", "a.md", "--record", "a.json", "-o", "-"]).args(args.iter().copied());
        render(again).code(0).stdout
    };
    for page in [page(&run, &["--sandbox"]), page(&run, &["--sandbox=best-effort"])] {
        assert!(!page.contains("alert(1)") && !page.contains("data:image"), "{page}");
        assert!(page.contains("<em>the picture</em>") && page.contains("Content-Security-Policy"), "{page}");
        assert_eq!(page.matches("<script").count(), 1, "{page}");
    }
    let trace = run.copy().args(["trace", "a.md", "--record", "a.json", "--sandbox", "-o", "-"]);
    render(trace).code(0).stdout_has("traceEvents");
}

#[test]
fn a_record_of_another_version_is_refused_by_its_version() {
    let run = saved();
    let page = run.text("a.html");
    let record = run.text("a.json");
    let version = format!("\"version\":{}", nbrun::record::VERSION);
    assert_eq!(record.matches(&version).count(), 1);
    let again = run.again().file("a.json", record.replace(&version, "\"version\":99"));
    render(again.args(["render", "a.md", "--record", "a.json"]))
        .code(2)
        .stderr_has("a.json: the record is of version 99, and this nbrun reads version")
        .file_is("a.html", &page);
}

#[test]
fn the_records_that_the_fuzzer_begins_with_are_of_this_version() {
    let seeds = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/record")).expect("the seeds");
    let texts: Vec<String> =
        seeds.map(|seed| fs::read_to_string(seed.expect("a seed").path()).expect("a text")).collect();
    assert!(texts.len() > 1);
    for text in texts {
        nbrun::record::Record::from_json("seed.json", &text).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_record_is_saved_for_one_notebook_only() {
    let cell = "```rust job\nfn job() {}\n```\n";
    let run = Run::new().notebook("a.md", cell).notebook("b.md", cell).args(["--record", "r.json"]).run();
    run.code(2).stderr_has("--record saves one notebook's run").files_are(&["a.md", "b.md"]);
}

#[test]
fn the_record_and_the_page_of_a_run_belong_together() {
    let run = saved();
    let record = run.record("a.json");
    assert_eq!((record.version, record.cells.len(), record.interrupted), (nbrun::record::VERSION, 7, false));
    let page = run.text("a.html");
    for worker in
        record.cells.iter().flat_map(|cell| &cell.runs).filter(|run| run.repetition == 0).flat_map(|run| &run.workers)
    {
        assert!(page.contains(&worker.pid.to_string()), "{} with pid {}", worker.name, worker.pid);
    }
    assert!(fs::metadata(run.path("a.json")).expect("a record").len() < 200_000);
}

/// Cells that are shown with lines: of a panic, a deadlock, a race, a warning and an error that is expected.
const LINES: &str = "```rust job
fn panics() { panic!(\"oh\") }
fn takes(a: Lock, b: Lock, both: Barrier) {
    let _first = a.lock();
    both.wait();
    b.lock();
}
fn adds(mut v: Value<i32>) { v += 1; }
```

```rust job compile_fail
fn wrong() -> u8 { 256 }
```

```yaml lock
{a: lock, b: lock, both: {barrier: 2}}
```

```yaml value
v: i32
```

```yaml spawn
jobs: [panics()]
```

```yaml spawn
jobs: [\"takes(a, b, both)\", \"takes(b, a, both)\"]
```

```yaml spawn
explore: all
jobs: [adds(v), adds(v)]
show: v.get()
```
";

/// The numbers of lines that a page shows for the file `a.md`, and those of its tables and titles, in order.
fn lines(page: &str) -> Vec<u32> {
    let number = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    let places = page.split("a.md:").skip(1).filter_map(number);
    let words = page.split(" line ").skip(1).filter_map(number);
    places.chain(words).collect()
}

#[test]
fn a_record_shows_the_lines_that_its_cells_have_now() {
    let run = Run::new().notebook("a.md", LINES).args(["--record", "a.json"]).run().code(1);
    let before = lines(&run.text("a.html"));
    for line in [2, 4, 6, 8, 12] {
        assert!(before.contains(&line), "line {line} of {before:?}");
    }
    let longer = format!("---\ntitle: Longer\n---\n\n# More\n\n{LINES}");
    let again = render(run.copy().file("a.md", longer).args(["render", "a.md", "--record", "a.json"])).code(0);
    let moved: Vec<u32> = before.iter().map(|line| line + 6).collect();
    assert_eq!(lines(&again.text("a.html")), moved);
    let trace = |run: Run| run.args(["trace", "a.md", "--record", "a.json", "-o", "-"]);
    let in_trace = |text: &str| text.matches("\"line\":10").count();
    let (old, new) = (render(trace(run.copy())).code(0).stdout, render(trace(again.copy())).code(0).stdout);
    assert_eq!((in_trace(&old), in_trace(&new) > 0), (0, true), "{new}");
}
