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
    let page = || Run::new().notebook("a.md", LESSON).args(["--stable"]).run().code(0).page();
    let (first, second) = (page(), page());
    assert!(first == second, "{:?}", first.lines().zip(second.lines()).find(|(a, b)| a != b));
    assert!(first.contains("Times, process numbers and the pictures of them are left out"));
}

#[test]
fn a_record_is_rendered_stable_as_the_run_was() {
    let run = Run::new().notebook("a.md", LESSON).args(["--stable", "--record", "r.json"]).run().code(0);
    let page = run.page();
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
    for page in [page, again.stdout] {
        assert!(page.contains("<span id=\"the-guess\">") && page.contains("<details class=\"result\"><summary>What"));
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
