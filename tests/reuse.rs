//! `--reuse`: a notebook of which only the prose has changed neither runs nor is compiled.

mod support;

use std::fs;
use support::toolchain::Logged;
use support::{Outcome, Run};

/// A job that leaves a line in a file for each time it runs, and includes another file.
const NOTEBOOK: &str = "# A heading

Some prose.

```rust job
fn leave_a_line() {
    use std::io::Write;
    let file = std::fs::File::options().append(true).create(true).open(\"ran\");
    file.unwrap().write_all(b\"x\").unwrap();
    println!(\"said {}\", include_str!(\"word.txt\"));
}
```

```yaml spawn
jobs:
  - leave_a_line()
```
";

fn first() -> Outcome {
    let run = Run::new().notebook("a.md", NOTEBOOK).file("word.txt", "hello").cache("cache");
    run.args(["--reuse"]).run().code(0).file_is("ran", "x").stderr_lacks("used again")
}

/// Another run in the same directory.
fn again(outcome: Outcome) -> Run {
    outcome.again().args(["a.md", "--reuse"]).cache("cache")
}

#[test]
fn after_a_change_of_the_prose_nothing_is_compiled_and_nothing_runs() {
    let prose = NOTEBOOK.replace("Some prose.", "Quite *another* text.\n\n![a picture](a.svg)\n\n[away](nowhere.md)");
    let run = again(first()).file("a.md", prose).file("a.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
    let compiler = Logged::new(&run);
    let outcome = compiler.of(run).run().code(0).file_is("ran", "x").page_has("a.html", "said hello");
    assert_eq!(compiler.calls(), 2, "it was asked who it is, and nothing else");
    let outcome = outcome.page_has("a.html", "<em>another</em>").page_has("a.html", "data:image/svg");
    let outcome = outcome.page_has("a.html", "The results were kept from that run.");
    outcome.stderr_has("a.md is used again, as it ran on 2").stderr_has("no file `nowhere.md`");
}

#[test]
fn whatever_may_change_the_results_lets_the_notebook_run_again() {
    let mut outcome = first();
    let in_front = |settings: &str| format!("---\nnbrun:\n  {settings}\n---\n{NOTEBOOK}");
    let changes = [
        ("a.md", NOTEBOOK.replace("said", "told"), ""),
        ("a.md", NOTEBOOK.replace("  - leave_a_line()", "  - leave_a_line()\nrepeat: 1"), ""),
        ("word.txt", "goodbye".to_owned(), ""),
        ("a.md", in_front("timeout: 9s"), ""),
        ("a.md", in_front("trace: off"), ""),
        ("a.md", NOTEBOOK.to_owned(), "--timeout=7s"),
        ("a.md", NOTEBOOK.to_owned(), "--limit=memory=1GiB"),
    ];
    let mut ran = "x".to_owned();
    for (file, text, option) in changes {
        let options = Some(option).filter(|option| !option.is_empty());
        ran.push('x');
        for _ in 0..2 {
            outcome = again(outcome).file(file, &text).args(options).run().code(0).file_is("ran", &ran);
        }
        outcome = outcome.stderr_has("used again");
    }
}

#[test]
fn another_compiler_lets_the_notebook_run_again() {
    let run = again(first());
    let other = "[ \"$1\" = -vV ] && { rustc -vV | sed 's/^commit-date.*/commit-date: 2001-01-01/'; exit; }";
    let compiler = Logged::saying(&run, other);
    let outcome = compiler.of(run).run().code(0).file_is("ran", "xx");
    again(outcome).run().code(0).file_is("ran", "xx").stderr_has("used again");
}

#[test]
fn a_notebook_runs_again_until_it_has_no_error() {
    let wrong = NOTEBOOK.replace("jobs:", "assert: false\njobs:");
    let outcome = Run::new().notebook("a.md", &wrong).file("word.txt", "").cache("cache").args(["--reuse"]).run();
    let outcome = again(outcome.code(1)).run().code(1).file_is("ran", "xx");
    let expected = NOTEBOOK
        .replace("jobs:", "expect: {error: not open}\njobs:")
        .replace("unwrap();\n    p", "expect(\"\"); panic!(\"not open\"); p");
    let outcome = again(outcome).file("a.md", expected).run().code(0).file_is("ran", "xxx");
    again(outcome).run().code(0).file_is("ran", "xxx").stderr_has("used again");
}

#[test]
fn a_damaged_record_is_as_good_as_none() {
    let mut outcome = first();
    for (text, ran) in [("", "xx"), ("{\"read\":{},\"record\":{}}", "xxx")] {
        let records: Vec<_> = fs::read_dir(outcome.path("cache/record")).expect("records").flatten().collect();
        assert_eq!(records.len(), 1);
        fs::write(records[0].path(), text).expect("written");
        outcome = again(outcome).run().code(0).file_is("ran", ran);
    }
    let path = fs::read_dir(outcome.path("cache/record")).expect("records").flatten().next().expect("one").path();
    let text = fs::read_to_string(&path).expect("a record");
    fs::write(path, text.replace("\"cell\":1", "\"cell\":7")).expect("written");
    again(outcome).run().code(0).file_is("ran", "xxxx");
}

#[test]
fn a_page_and_its_warnings_are_those_of_the_run_but_for_the_footer() {
    let shaky = NOTEBOOK.replace("println", "std::fs::remove_file(\"none\"); println");
    let run = Run::new().notebook("a.md", &shaky).file("word.txt", "hello").cache("cache");
    let outcome = run.args(["--reuse"]).run().code(0).stderr_has("unused");
    let page = outcome.text("a.html");
    let warning = |outcome: &Outcome| {
        outcome.stderr.split("  ok").next().expect("a part").split("  a.md is").next().map(str::to_owned)
    };
    let told = warning(&outcome);
    let outcome = again(outcome).run().code(0).stderr_has("used again");
    assert_eq!(warning(&outcome), told);
    let footer = "<p>The results were kept from that run. The text may have changed since; the cells have not.</p>";
    let again_page = outcome.text("a.html");
    assert!(again_page.contains(footer));
    assert_eq!(again_page.replace(footer, "").replace('\n', ""), page.replace('\n', ""));
    again(outcome).args(["--deny-warnings"]).run().code(2);
}

#[test]
fn a_cache_that_cannot_be_written_loses_the_record_and_not_the_page() {
    let outcome = first();
    fs::remove_dir_all(outcome.path("cache/record")).expect("removed");
    let outcome = again(outcome).file("cache/record", "a file in the way").run().code(0);
    outcome.stderr_has("the run cannot be kept in").page_has("a.html", "said hello");
}

#[test]
fn a_variable_that_the_code_asks_for_is_part_of_what_is_compiled_and_kept() {
    // However the name comes about.
    for name in ["\"NBRUN_TEST_VARIABLE\"", "concat!(\"NBRUN_TEST\", \"_VARIABLE\")"] {
        let text = format!("```rust run\nfn main() {{ println!(\"is {{:?}}\", option_env!({name})); }}\n```\n");
        let mut outcome = Run::new().notebook("a.md", &text).cache("cache").args(["--reuse", "-v"]).run().code(0);
        outcome = outcome.stderr_has("is None");
        for value in ["one", "two"] {
            for how in [&format!("is Some(\"{value}\")"), "used again"] {
                let run = again(outcome).args(["-v"]).env("NBRUN_TEST_VARIABLE", value);
                outcome = run.run().code(0).stderr_has(how);
            }
        }
    }
}

#[test]
fn a_variable_in_the_sandbox_is_part_of_what_is_compiled_and_kept() {
    let text = "```rust run\nfn main() { println!(\"is {:?}\", option_env!(\"LANG\")); }\n```\n";
    let arguments = ["--reuse", "-v", "--sandbox=best-effort"];
    let run = Run::new().notebook("a.md", text).cache("cache").args(arguments);
    let mut outcome = run.env("LANG", "C").run().code(0).stderr_has("is Some(\"C\")");
    for how in ["is Some(\"POSIX\")", "used again"] {
        let run = outcome.again().args(["a.md"]).args(arguments).cache("cache");
        outcome = run.env("LANG", "POSIX").run().code(0).stderr_has(how);
    }
}

#[test]
fn a_variable_that_a_cell_must_lack_lets_it_compile_once_it_is_set() {
    let text = "```rust job compile_fail\nconst A: &str = env!(\"NBRUN_TEST_VARIABLE\");\n```\n";
    let outcome = Run::new().notebook("a.md", text).cache("cache").args(["--reuse"]).run().code(0);
    let outcome = again(outcome).run().code(0).stderr_has("used again");
    let outcome = again(outcome).env("NBRUN_TEST_VARIABLE", "x").run().code(1);
    outcome.stderr_has("this cell compiles, but `compile_fail` says that it must not");
}
