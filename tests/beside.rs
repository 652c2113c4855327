//! Files that stand beside a notebook: its code includes them and its jobs open them, wherever nbrun was started.

mod support;

use support::{Outcome, Run, page};

/// A notebook that prints a constant, which its first lines declare.
fn notebook(text: &str) -> String {
    format!(
        "```rust job\n{text}\nfn show() {{\n    println!(\"{{TEXT}}\");\n}}\n```\n\n```yaml spawn\n- process: show()\n```\n"
    )
}

/// What the notebook printed on the page at `name`.
fn printed(outcome: &Outcome, name: &str) -> String {
    page::printed(&outcome.text(name), 2).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn files_are_looked_for_beside_the_notebook_when_compiled_and_when_run() {
    let text = notebook("const TEXT: &str = include_str!(\"beside.txt\");").replace(
        "println!(\"{TEXT}\")",
        "println!(\"{TEXT} {}\", std::fs::read_to_string(\"data/read.txt\").unwrap())",
    );
    let run = Run::new().file("sub/a.md", text).file("sub/beside.txt", "included").file("sub/data/read.txt", "read");
    let outcome = run.file("beside.txt", "wrong").args(["sub/a.md"]).run().code(0);
    assert_eq!(printed(&outcome, "sub/a.html"), "included read");
}

#[test]
fn a_file_that_is_included_and_has_changed_is_compiled_anew() {
    let text = notebook("const TEXT: &str = include_str!(\"beside.txt\");");
    let mut run = Run::new().file("a.md", &text).file("beside.txt", "0");
    for n in 1..4 {
        let content = (n / 2).to_string();
        let outcome = run.file("beside.txt", &content).args(["a.md"]).run().code(0);
        assert_eq!(printed(&outcome, "a.html"), content);
        run = outcome.again();
    }
}

#[test]
fn the_same_notebook_in_two_directories_has_the_files_of_each() {
    let text = notebook("const TEXT: &str = include_str!(\"beside.txt\");");
    let run = Run::new().file("one/a.md", &text).file("one/beside.txt", "1").file("two/a.md", &text);
    let outcome = run.file("two/beside.txt", "2").args(["one/a.md", "two/a.md"]).run().code(0);
    assert_eq!([printed(&outcome, "one/a.html"), printed(&outcome, "two/a.html")], ["1", "2"]);
}

#[test]
fn any_way_to_include_and_any_path_will_do() {
    let text = "include!(\"code/first.rs\");\nconst TEXT: &str = concat!(include_str!(\"../up.txt\"), \
                include_str!(\"with space.txt\"), include_str!(\"data/../with space.txt\"), first!());\n\
                const BYTES: &[u8] = std::include_bytes!(concat!(\"be\", \"side.txt\"));\n\
                const _: () = assert!(BYTES.len() == 6);";
    let run = Run::new().file("sub/a.md", notebook(text)).file("up.txt", "up ").file("sub/with space.txt", "space ");
    let run = run.file("sub/code/first.rs", "include!(\"second.rs\");").file("sub/beside.txt", "beside");
    let run = run.file("sub/code/second.rs", "macro_rules! first { () => { \"code\" } }");
    let run = run.file("sub/data/other.txt", "");
    let outcome = run.args(["sub/a.md"]).run().code(0);
    assert_eq!(printed(&outcome, "sub/a.html"), "up space space code");
}

#[test]
fn a_file_that_is_not_there_is_named_as_the_notebook_names_it() {
    let text = notebook("const TEXT: &str = include_str!(\"data/missing.txt\");");
    let outcome = Run::new().notebook("a.md", &text).run().code(2);
    let outcome = outcome.stderr_has("a.md:2:20: error: couldn't read `data/missing.txt`: No such file or directory");
    assert!(!outcome.stderr.contains("cache"), "{}", outcome.stderr);
}

#[test]
fn an_error_that_was_expected_goes_when_the_file_is_there() {
    let text =
        "```yaml spawn\njobs:\n  - process: drop(include_str!(\"late.txt\"))\nexpect: {error: couldn't read}\n```\n";
    let outcome = Run::new().notebook("a.md", text).run().code(0).page_has("a.html", "couldn't read");
    let outcome = outcome.again().file("late.txt", "").args(["a.md"]).run().code(1);
    outcome.stderr_has("the cell succeeded, but was expected to fail");
}

#[test]
fn an_error_in_code_that_is_included_says_where_it_is() {
    let text = notebook("include!(\"wrong.rs\");\nconst TEXT: &str = \"\";");
    let run = Run::new().file("sub/a.md", text).file("sub/wrong.rs", "fn wrong() {}\nconst X: u8 = \"x\";\n");
    run.args(["sub/a.md"]).run().code(2).stderr_has("mismatched types").stderr_has("sub/wrong.rs:2:15");
}
