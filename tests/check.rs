//! `nbrun check`, the forms in which diagnostics are written, and warnings that are denied.

mod support;

use serde_json::Value;
use support::Run;

const GOOD: &str = "```rust job\nfn job() {}\n```\n";
const WRONG_SPEC: &str = "```yaml spawn\njbs: [job()]\n```\n";
const WRONG_CODE: &str = "# One\n\n```rust job\nfn job() -> i32 {\n    \"one\"\n}\n```\n";
const WARNED: &str = "```yaml lock\nl: lock\n```\n\n```rust job\nfn job(l: Lock) {\n    let _ = l.lock();\n}\n```\n";

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("each line is an object")).collect()
}

#[test]
fn a_check_runs_nothing_and_writes_nothing() {
    let spec = "```rust job\nfn job() { std::fs::write(\"ran\", \"\").unwrap(); }\n```\n\n```yaml spawn\n- process: job()\n```\n";
    let run = Run::new().file("a.md", spec).args(["check", "a.md"]).run().code(0);
    run.stdout_is("").stderr_is("1 notebook, 2 cells: no errors\n").files_are(&["a.md"]);
    Run::new().file("a.md", spec).args(["check", "-q", "a.md"]).run().code(0).stdout_is("").stderr_is("");
    Run::new().stdin(WRONG_CODE).args(["check", "-"]).run().code(2).stderr_has("<stdin>:5:5: error: mismatched types");
}

#[test]
fn all_notebooks_are_checked_whatever_is_wrong_with_one() {
    let run =
        Run::new().file("a.md", WRONG_SPEC).file("b.md", WRONG_CODE).file("c.md", GOOD).file("d/e.md", WRONG_CODE);
    let run = run
        .file("d/f.md", "[a](no.md)\n\n```yaml spwn\n```\n")
        .file("d/g.md", "[b](no.md)\n\n```yaml value\nv: i\n```\n");
    let run = run.args(["check", "a.md", "b.md", "no.md", "c.md", "d"]).run().code(2);
    run.stderr_has_all(&[
        "error: cannot read `no.md`: no such file or directory",
        "a.md:2:1: error: a spawn cell has no key `jbs`",
        "d/f.md:3:9: error: unknown kind of spec `spwn`",
        "d/g.md:1:5: warning: this link leads nowhere",
        "b.md:5:5: error: mismatched types",
        "d/e.md:5:5: error: mismatched types",
        "6 notebooks, 4 cells: 5 errors",
    ]);
}

#[test]
fn a_check_finds_what_a_run_finds_before_it_runs_anything() {
    let job = |code: &str| format!("```rust job\n{code}\n```\n\n");
    let spawn = "```yaml spawn\n- process: job(1)\n- thread: missing()\n```\n";
    for text in [
        job("fn job(n: i32) -> i32 { n +}"),
        job("fn job() { \"open }"),
        job("fn job(n: &str) {}") + spawn,
        job("fn job(n: i32) { [1, 2][5]; }"),
        job("fn job(n: i32) -> u8 { 255_u8 + 1 }"),
        job("const A: usize = [1][2];"),
        job("fn large<T>() { const { assert!(size_of::<T>() > 4) } }\nfn job() { large::<u8>(); }")
            + "```yaml spawn\n- thread: job()\n```\n",
        job("struct A; fn job(q: Queue<A>) {}") + "```yaml queue\nq: std::rc::Rc<i32>\n```\n",
        job("fn job() {}\nfn twice() { job(1); }") + "```yaml spawn\n- thread: tiwce()\n```\n",
        job("fn job() { include_str!(\"no.txt\"); }"),
        "---\nnbrun: {timeot: 1}\n---\n".to_owned(),
        "![a](no.png)\n".to_owned(),
        "<div>\n```rust job\n```\n</div>\n".to_owned(),
    ] {
        let ran = Run::new().notebook("a.md", &text).run().code(2);
        let checked = Run::new().file("a.md", &text).args(["check", "-q", "a.md"]).run().code(2);
        assert_eq!(ran.stderr, checked.stderr);
    }
}

#[test]
fn a_type_error_behind_an_escaped_quote_stands_at_its_place() {
    let spec = "```rust job\nfn job(_: &str, _: char, _: i32) {}\n```\n\n```yaml spawn\n- thread: \"job(\\\"a\\\", 'b', 'c')\"\n";
    let run = Run::new().file("a.md", spec.to_owned() + "- thread: 'job(\"a\", ''b'', ''c'')'\n```\n");
    let run = run.args(["check", "a.md"]).run().code(2);
    run.stderr_has_all(&[
        "a.md:6:28: error: mismatched types",
        " 6 | - thread: \"job(\\\"a\\\", 'b', 'c')\"\n   |                            ^^^",
        "a.md:7:28: error: mismatched types",
        " 7 | - thread: 'job(\"a\", ''b'', ''c'')'\n   |                            ^^^^^",
    ]);
}

#[test]
fn a_cell_that_must_not_compile_and_does_fails_the_check() {
    let right = "```rust job compile_fail,E0308\nfn job() -> i32 { \"one\" }\n```\n";
    Run::new().file("a.md", right).args(["check", "a.md"]).run().code(0);
    let wrong = right.replace("\"one\"", "1");
    Run::new()
        .file("a.md", wrong)
        .args(["check", "a.md"])
        .run()
        .code(1)
        .stderr_has("a.md:1:1: error: this cell compiles");
}

#[test]
fn json_is_one_object_a_line_and_diagnostic() {
    let run =
        Run::new().file("a.md", WRONG_CODE).file("b.md", WARNED).args(["check", "a.md", "b.md", "--format", "json"]);
    let run = run.run().code(2).stderr_is("2 notebooks, 3 cells: 1 error\n");
    let [error, warning] = &lines(&run.stdout)[..] else { panic!("{}", run.stdout) };
    assert_eq!((&error["severity"], &error["code"], &error["cell"]), (&"error".into(), &"E0308".into(), &1.into()));
    let span = &error["spans"][0];
    assert_eq!((&span["file"], &span["line"], &span["column"]), (&"a.md".into(), &5.into(), &5.into()));
    assert_eq!((&span["end_column"], &span["text"]), (&10.into(), &"    \"one\"".into()));
    assert_eq!((&warning["severity"], &warning["cell"]), (&"warning".into(), &2.into()));
}

#[test]
fn in_a_run_standard_output_has_the_diagnostics_and_no_path() {
    let text = "```yaml spawn\njobs: [f()]\nassert: 1 + 1 == 3\n```\n\n```rust job\nfn f() {}\n```\n";
    let text = text.replace("f()]", "\"()\"]");
    let run = Run::new().notebook("a.md", &text).args(["--format=json"]).run().code(1).file("a.html");
    let [error] = &lines(&run.stdout)[..] else { panic!("{}", run.stdout) };
    assert_eq!((&error["cell"], &error["left"], &error["right"]), (&1.into(), &"2".into(), &"3".into()));
    let run = Run::new().notebook("a.md", &text).args(["--format=json", "-o", "-"]).run().code(2);
    run.stdout_has("both go to standard output").no_file("a.html");
}

#[test]
fn github_gets_a_command_for_each_diagnostic() {
    let run = Run::new().file("a.md", WRONG_SPEC).args(["check", "a.md", "--format", "github"]).run().code(2);
    run.stdout_has("::error file=a.md,line=2,endLine=2,col=1,endColumn=4::a spawn cell has no key `jbs`%0A");
}

#[test]
fn reports_that_cannot_be_written_are_an_error() {
    let run = Run::new().file("a.md", WARNED).through("exec \"$0\" check a.md --format json > /dev/full").run();
    run.code(2).stderr_has("error: cannot write to standard output: no space left on device");
    let run = Run::new().file("a.md", WARNED).through("exec \"$0\" check a.md --format json >&-").run();
    run.code(2).stderr_has("error: cannot write to standard output: it is closed");
}

#[test]
fn a_denied_warning_is_an_error_and_nothing_runs() {
    for (text, place) in [(WARNED, "a.md:7:5"), ("[a](no.md)\n", "a.md:1:5")] {
        Run::new().notebook("a.md", text).run().code(0).stderr_has(&format!("{place}: warning: this "));
        let run = Run::new().notebook("a.md", text).args(["--deny-warnings"]).run().code(2).no_file("a.html");
        run.stderr_has(&format!("{place}: error: this ")).stderr_has("`--deny-warnings` makes this warning an error");
        let run = Run::new().file("a.md", text).args(["check", "--deny-warnings", "a.md"]).run().code(2);
        run.stderr_has(&format!("{place}: error: this ")).stderr_has("1 error\n");
    }
}
