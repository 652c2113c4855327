//! What the command line and a notebook can say about a page's looks, tried with the whole program.

mod support;

use support::Run;

const LESSON: &str = "\
# A lesson

```rust job
# fn pause() {
#     sleep(0.001);
# }
fn job(n: i32) {
    pause();
    println!(\"{n}\");
}
```

```yaml value
v: {type: i, init: 0}
```

```yaml spawn
name: the-run
executor: [normal, process]
jobs: [job(1)]
show: v.get()
```

```yaml pool
workers: 2
map: \"|x: i64| x * x\"
over: 0..10
```

```yaml spawn
repeat: 3
jobs: [job(2)]
```
";

const SQUARE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>";

#[test]
fn two_stable_runs_give_the_same_page_byte_for_byte() {
    let page = || Run::new().notebook("a.md", LESSON).args(["--stable"]).run().code(0).page_as_it_is();
    let (first, second) = (page(), page());
    assert!(first == second, "{:?}", first.lines().zip(second.lines()).find(|(a, b)| a != b));
    assert!(first.contains("Times and process numbers are left out"));
}

/// Jobs whose pictures are the same in every run, though the clock says something else each time.
const ORDERED: &str = "\
```yaml queue
q: i64
orders: {of: i64, maxsize: 2}
```

```yaml lock
ready: event
both: {barrier: 2}
```

```yaml value
v: {type: i, init: 0}
```

```rust job
fn alone(n: i64) {
    for i in 0..n {
        sleep(0.002);
        println!(\"{i}\");
    }
}
fn makes(orders: Queue<i64>, ready: Event, both: Barrier) {
    for n in 0..6 {
        orders.put(n);
    }
    orders.close();
    ready.set();
    both.wait();
}
fn takes(orders: Queue<i64>, ready: Event, both: Barrier) {
    for _ in orders {
        sleep(0.001);
    }
    ready.wait();
    both.wait();
}
fn adds(mut v: Value<i32>) {
    for _ in 0..3 {
        v += 1;
    }
}
fn puts(q: Queue<i64>, n: i64) {
    println!(\"I put {n}\");
    sleep(0.001);
    q.put(n);
}
```

```yaml spawn
executor: [normal, thread, process]
jobs: [alone(3)]
```

```yaml spawn
jobs:
  - makes(orders, ready, both)
  - takes(orders, ready, both)
```

```yaml spawn
executor: normal
jobs:
  - adds(v)
  - adds(v)
show: v.get()
```

```yaml spawn
executor: [thread, process]
jobs:
  - puts(q, 1)
  - puts(q, 1)
show: q.get() + q.get()
```

```yaml pool
workers: 1
map: \"|x: i64| x * x\"
over: 0..10
```

```yaml spawn
jobs:
  - adds(v)
  - adds(v)
explore: all
```
";

#[test]
fn stable_pages_have_pictures_by_steps_that_are_the_same_in_every_run() {
    let page = || Run::new().notebook("a.md", ORDERED).args(["--stable"]).run().code(0).page();
    let (first, second) = (page(), page());
    assert!(first == second, "{:?}", first.lines().zip(second.lines()).find(|(a, b)| a != b));
    for title in
        ["Timeline of cell 5, executor process", "Queue orders in cell 6", "Barrier both in cell 6", "Event ready in"]
    {
        assert!(first.contains(title), "{title}");
    }
    assert!(first.contains("Value v in cell 7") && first.contains("Timeline of cell 8, executor thread"));
    assert!(first.contains("Timeline of cell 9") && first.contains("class=\"glyph\""));
    let why = "No picture of <code>q</code> is here, so that the page stays the same";
    assert_eq!(first.matches(why).count(), 2, "two workers put into it, one under each executor");
}

#[test]
fn a_record_is_rendered_stable_as_the_run_was() {
    let run = Run::new().notebook("a.md", LESSON).args(["--stable", "--record", "r.json"]).run().code(0);
    let page = run.page_as_it_is();
    let again = run.again().args(["render", "a.md", "--record", "r.json", "--stable", "-o", "-"]).run().code(0);
    assert!(again.stdout == page);
}

#[test]
fn hidden_lines_are_compiled_and_folded() {
    let page = Run::new().notebook("a.md", LESSON).run().code(0).page();
    assert!(page.contains("3\u{a0}hidden lines</summary>") && !page.contains("# <span"));
}

#[test]
fn an_error_in_a_hidden_line_points_at_it() {
    let text = "```rust job\n  # fn f() { nope(); }\n```\n";
    Run::new().notebook("a.md", text).run().code(2).stderr_has_all(&["a.md:2:14", "  # fn f() { nope(); }"]);
}

#[test]
fn a_name_and_reveal_reach_the_page_also_from_a_record() {
    let text = "```yaml spawn\nname: the-guess\nreveal: click\njobs: [\"println!(\\\"x\\\")\"]\n```\n";
    let run = Run::new().notebook("a.md", text).args(["--record", "r.json"]).run().code(0);
    let page = run.page();
    let again = run.again().args(["render", "a.md", "--record", "r.json", "-o", "-"]).run().code(0);
    for page in [page, support::page::unpacked(&again.stdout)] {
        assert!(
            page.contains("<span id=\"the-guess\">") && page.contains("<details class=\"result asked\"><summary>What")
        );
    }
}

#[test]
fn a_local_image_is_put_into_the_page() {
    let text = "![a](img/a%20b.svg) ![b](https://example.org/b.png)\n";
    let page = Run::new().notebook("x/a.md", text).file("x/img/a b.svg", SQUARE).run().code(0).page();
    assert!(page.contains("<img src=\"data:image/svg+xml;base64,"), "{page}");
    assert!(page.contains("<a href=\"https://example.org/b.png\">b</a>"), "{page}");
}

#[test]
fn an_image_that_cannot_be_shown_is_an_error_at_its_place() {
    let text = "# a\n\nb ![](none.png)\n\n![](a.md) ![](big.svg)\n";
    let big = format!("{SQUARE}{}", " ".repeat(2_000_001));
    let run = Run::new().notebook("a.md", text).file("big.svg", big).run().code(2).no_file("a.html");
    run.stderr_has_all(&[
        "a.md:3:7: error: the image `none.png` cannot be read: no such file or directory",
        "a.md:5:5: error: the image `a.md` is none that a browser shows",
        "a.md:5:15: error: the image `big.svg` is too large: it has 20000",
    ]);
}

#[test]
fn a_broken_formula_is_shown_and_the_page_is_made() {
    let page = Run::new().notebook("a.md", "$\\nope$ and $x$\n").run().code(0).page();
    assert!(page.contains("<code>\\nope</code> <strong>error:</strong>") && page.contains("<math><mi>x</mi></math>"));
}
