//! What a user sees of the command line before anything runs: usage, inputs, and where pages go.

mod support;

use support::Run;

const CELL: &str = "```rust job\nfn job() {}\n```\n";

#[test]
fn wrong_usage_exits_with_two_and_shows_what_is_right() {
    Run::new().run().code(2).stderr_has("Usage: nbrun").stdout_is("");
    Run::new().notebook("a.md", CELL).args(["--timeout", "0"]).run().code(2).stderr_has("longer than nothing");
    Run::new().notebook("a.md", CELL).args(["--outptu", "x"]).run().code(2).stderr_has("--output").no_file("a.html");
}

#[test]
fn help_and_version_exit_with_zero() {
    Run::new().args(["help"]).run().code(0).stdout_has("Exit codes:").stderr_is("");
    Run::new().args(["--version"]).run().code(0).stdout_is(concat!("nbrun ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_file_that_cannot_be_read_touches_nothing() {
    Run::new().args(["no.md"]).run().code(2).stderr_is("error: cannot read `no.md`: no such file or directory\n\n");
    Run::new().notebook("a.md", " \n").run().code(2).stderr_has("error: `a.md` is empty").no_file("a.html");
    let binary = Run::new().file("a.md", b"# caf\xe9\n").args(["a.md"]).run();
    binary.code(2).stderr_has("a.md:1:6: error: `a.md` is not UTF-8 text").no_file("a.html");
}

#[test]
fn one_bad_notebook_keeps_the_others_from_running() {
    let run = Run::new().notebook("a.md", CELL).notebook("b.md", "```yaml spwn\n```\n").run();
    run.code(2).stderr_has("b.md:1:9: error: unknown kind of spec `spwn`").no_file("a.html").no_file("b.html");
}

#[test]
fn pages_that_would_overwrite_each_other_are_an_error() {
    let run = Run::new().notebook("x/a.md", CELL).notebook("y/a.md", CELL).args(["-o", "out"]).run();
    run.code(2).stderr_has("would both go to `out/a.html`").no_file("out");
}

#[test]
fn a_record_never_takes_the_place_of_a_notebook_or_of_a_page() {
    let run = Run::new().notebook("a.md", CELL).args(["--record", "./a.md"]).run();
    run.code(2).stderr_has("the record would overwrite the notebook `a.md`").file_is("a.md", CELL).files_are(&["a.md"]);
    let run = Run::new().notebook("a.md", CELL).args(["--record", "a.html"]).run();
    run.code(2).stderr_has("the record and the page would both go to `a.html`").files_are(&["a.md"]);
    let run = Run::new().file("a.md", CELL).file("r.json", "{}");
    let run = run.args(["trace", "a.md", "--record", "r.json", "-o", "r.json"]).run();
    run.code(2).stderr_has("the trace would overwrite the record `r.json`").file_is("r.json", "{}");
}

#[test]
fn a_page_that_cannot_be_written_is_reported_before_anything_runs() {
    let run = Run::new().notebook("a.md", CELL).file("out", "a file").args(["-o", "out"]).run();
    run.code(2).stderr_has("cannot write `out/a.html`: `out` is not a directory").stderr_lacks("line 1");
}

#[test]
fn the_path_of_the_page_goes_to_standard_output() {
    Run::new().notebook("a.md", CELL).run().code(0).stdout_is("a.html\n").stderr_has("ok").file("a.html");
    Run::new().notebook("a.md", CELL).args(["-q"]).run().code(0).stdout_is("").stderr_is("").file("a.html");
}

#[test]
fn a_page_that_would_go_to_a_closed_standard_output_is_an_error() {
    let closed = |args: &'static str| {
        let shell = format!("exec \"$0\" {args} >&-");
        Run::new().file("a.md", CELL).file("r.json", "{}").through(&shell).run().code(2)
    };
    for args in ["a.md -o -", "- -o - < a.md", "trace a.md -o -", "render a.md --record r.json -o -"] {
        closed(args).stderr_is(
            "error: cannot write to standard output: it is closed\n   = help: name a file or a directory with `-o`\n\n",
        );
    }
    Run::new().file("a.md", CELL).through("exec \"$0\" a.md >&-").run().code(0).file("a.html");
    Run::new().file("a.md", CELL).through("exec \"$0\" a.md -o - > /dev/null").run().code(0);
    Run::new().file("a.md", CELL).through("exec \"$0\" a.md -o - 1<> /dev/null").run().code(0);
}

#[test]
fn what_every_command_takes_may_stand_before_its_name() {
    let run = Run::new().notebook("a.md", CELL).args(["--record", "r.json", "-q"]).run().code(0);
    run.again().args(["-q", "render", "a.md", "--record", "r.json"]).run().code(0).stdout_is("").stderr_is("");
}

#[test]
fn the_same_notebook_twice_is_an_error_that_says_so() {
    let run = Run::new().notebook("a.md", CELL).notebook("./a.md", CELL).args(["-o", "out"]).run();
    run.code(2).stderr_has("error: the notebook `./a.md` is named twice").stderr_lacks("`-o`").no_file("out");
}

#[test]
fn what_a_killed_run_left_beside_the_page_is_removed() {
    let run = Run::new().notebook("a.md", CELL).file(".nbrun-a1b2c3.tmp", "half a page").run();
    run.code(0).files_are(&["a.html", "a.md"]);
}

#[test]
fn the_name_of_a_notebook_does_nothing_to_the_terminal() {
    let name = "\u{1b}]0;mine\u{7}b.md";
    let run = Run::new().notebook("a.md", CELL).notebook(name, CELL).run().code(0).stderr_has("b.md:\n");
    run.stderr_lacks("\u{7}").stderr_lacks("mine").stdout_has(&format!("{}\n", name.replace(".md", ".html")));
}

#[test]
fn where_addresses_are_few_an_error_says_what_to_do() {
    let spawn = "```rust job\nfn job() {}\n```\n\n```yaml spawn\n- process: job()\n```\n";
    let run = Run::new().file("a.md", spawn).through("ulimit -v 4000000; exec \"$0\" a.md").run();
    run.stderr_has("`--limit shared=256MiB` asks for less");
    let run = Run::new().file("a.md", spawn).through("ulimit -v 4000000; exec \"$0\" a.md --limit shared=256MiB");
    run.run().code(0);
}

#[test]
fn a_directory_stands_for_its_notebooks() {
    let run = Run::new().file("d/b.md", CELL).file("d/a/c.md", CELL).file("d/README.md", "# prose\n");
    let run = run.args(["d", "-o", "out"]).run();
    run.code(0)
        .stdout_is("out/a/c.html\nout/b.html\n")
        .no_file("out/README.html")
        .stderr_has("2 notebooks, 2 cells: 2 ok");
}

#[test]
fn a_dash_reads_standard_input_and_writes_standard_output() {
    Run::new().stdin(CELL).args(["-"]).run().code(0).stdout_has("<!DOCTYPE html>").stderr_has("ok");
    Run::new().stdin("```yaml x\n```\n").args(["-"]).run().code(2).stderr_has("<stdin>:1:9: error").stdout_is("");
}

#[test]
fn a_new_lesson_runs_and_is_free_of_warnings() {
    let run = Run::new().args(["new", "course/first"]).run().code(0).stdout_is("course/first.md\n");
    let run = run.stderr_has("`nbrun course/first.md` runs it").file("course/first.md");
    let run = run.again().args(["course/first.md", "--deny-warnings"]).run().code(0).stdout_is("course/first.html\n");
    run.stderr_has("failed as expected").page_has("course/first.html", "class=\"player\"");
}

#[test]
fn a_new_lesson_never_takes_the_place_of_a_file() {
    let run = Run::new().file("a.md", CELL).args(["new", "a.md"]).run().code(2).file_is("a.md", CELL);
    let run = run.stderr_has("error: cannot write `a.md`: it is there already").stdout_is("").files_are(&["a.md"]);
    let nowhere = run.again().link("link.md", "nowhere.md").args(["new", "link.md"]).run().code(2);
    let run = nowhere.stderr_has("`link.md`: it is there already").no_file("nowhere.md");
    let run = run.again().file("d/x", "").args(["new", "d"]).run().code(2).stderr_has("it is a directory");
    run.again().args(["new", "-"]).run().code(0).stdout_has("```rust job\n").stderr_is("");
}

#[test]
fn completions_and_the_manual_know_every_command_and_option() {
    for shell in ["bash", "zsh", "fish"] {
        let run = Run::new().args(["completions", shell]).run().code(0).stderr_is("");
        for word in ["check", "deny-warnings", "best-effort", "github"] {
            assert!(run.stdout.contains(word), "{shell} completes {word}");
        }
    }
    let run = Run::new().through("\"$0\" completions bash | bash -n").run().code(0);
    run.stderr_is("");
    let run = Run::new().args(["man"]).run().code(0).stdout_has(".TH nbrun 1").stdout_has("nbrun\\-check(1)");
    run.stdout_has("the notebook or the command line is wrong");
    Run::new().args(["man", "check"]).run().code(0).stdout_has(".TH nbrun-check 1").stdout_has("deny\\-warnings");
    Run::new().args(["man", "chek"]).run().code(2).stderr_has("did you mean `check`?");
    Run::new().args(["completions", "cmd"]).run().code(2).stderr_has("invalid value 'cmd'");
}
