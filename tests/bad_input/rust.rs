//! Rust that does not compile, in cells and in specs: rustc's errors at the notebook's own lines and columns.

use super::refused;
use super::support::Run;

const SQUARE: &str = "```rust job\nfn square(x: i32) -> i32 {\n    x * x\n}\n```\n\n";

#[test]
fn an_unknown_job_is_an_error_in_the_spec_and_the_nearest_is_suggested() {
    refused(&format!("{SQUARE}```yaml spawn\n- thread: sqare(1)\n```\n")).stderr_has_all(&[
        "a.md:8:11: error: cannot find function `sqare`",
        "8 | - thread: sqare(1)",
        "`square`",
    ]);
}

#[test]
fn a_module_in_a_file_of_its_own_is_to_be_written_in_the_cell() {
    refused("```rust job\nmod other;\n```\n")
        .stderr_has_all(&["a.md:2:1: error: file not found for module `other`", "write `mod other { … }` in the cell"])
        .stderr_lacks("other.rs")
        .stderr_lacks("elsewhere");
}

#[test]
fn labels_that_repeat_what_the_marked_code_shows_are_left_out() {
    refused("```yaml value\nv: i32\n```\n```yaml spawn\njobs: [sleep(0.0)]\nassert: v == 3\nshow: v()\n```\n")
        .stderr_has_all(&["a.md:6:11: error: binary operation `==`", "a.md:7:7: error: expected function"])
        .stderr_lacks("{integer}")
        .stderr_lacks("requires function");
}

#[test]
fn an_unknown_resource_is_an_error_in_the_spec() {
    refused(&format!("{SQUARE}```yaml spawn\n- thread: square(v.get())\n```\n"))
        .stderr_has_all(&["a.md:8:18: error: cannot find value `v`", "8 | - thread: square(v.get())"]);
}

#[test]
fn a_resource_is_unknown_before_the_cell_that_declares_it() {
    let late = "```yaml spawn\n- thread: square(v.get())\n```\n\n```yaml value\nv: {type: i, init: 0}\n```\n";
    refused(&format!("{SQUARE}{late}")).stderr_has("a.md:8:18: error: cannot find value `v`");
}

#[test]
fn too_many_arguments_are_an_error_at_the_call() {
    refused(&format!("{SQUARE}```yaml spawn\n- thread: square(1, 2)\n```\n")).stderr_has_all(&[
        "a.md:8:11: error: this function takes 1 argument but 2 arguments were supplied",
        "a.md:8:21: unexpected argument",
        "a.md:2:4: function defined here",
        "- thread: square(1)",
    ]);
}

#[test]
fn an_argument_of_the_wrong_type_is_an_error_at_the_argument() {
    refused(&format!("{SQUARE}```yaml spawn\n- thread: square(1)\n- process: square(\"x\")\n```\n"))
        .stderr_has_all(&["a.md:9:19: error: mismatched types", "^^^ expected `i32`, found `&str`"])
        .stderr_lacks("a.md:8:");
    refused(&format!("{SQUARE}```yaml pool\nmap: square\nover: 0..3_i64\n```\n"))
        .stderr_has_all(&["a.md:9:7: error: type mismatch", "expected `i32`, found `i64`"]);
}

#[test]
fn errors_inside_lists_and_block_quotes_keep_their_columns() {
    let specs = "1. item\n\n   ```yaml spawn\n   - thread: square(\"x\")\n   ```\n\n\
                 > quote\n>\n> ```yaml spawn\n> - process: square(true)\n> ```\n";
    refused(&format!("{SQUARE}{specs}")).stderr_has_all(&[
        "a.md:10:21: error: mismatched types",
        "   - thread: square(\"x\")",
        "a.md:16:21: error: mismatched types",
        "> - process: square(true)",
    ]);
    let cells = "- ```rust job\n  fn f() -> i32 {\n      \"x\"\n  }\n  ```\n\n\
                 > > ```rust job\n> > fn g() -> i32 {\n> >     true\n> > }\n> > ```\n";
    refused(cells).stderr_has_all(&["a.md:3:7: error: mismatched types", "a.md:9:9: error: mismatched types"]);
}

#[test]
fn a_syntax_error_is_shown_at_its_place() {
    refused("# A\n\n```rust job\nfn f() {\n    let x = ;\n}\n```\n").stderr_has_all(&[
        "a.md:5:13: error: expected expression, found `;`",
        "5 |     let x = ;",
        "^",
    ]);
    refused(&format!("{SQUARE}```yaml spawn\n- thread: square(1\n```\n")).stderr_has("a.md:8:");
}

#[test]
fn a_type_error_is_shown_at_its_place() {
    refused("```rust job\nfn f() -> i32 {\n    \"a\"\n}\n```\n").stderr_has_all(&[
        "a.md:3:5: error: mismatched types",
        "expected `i32`, found `&str`",
        "a.md:2:11:",
    ]);
}

#[test]
fn a_missing_brace_blames_its_own_cell_and_no_other() {
    let around = |cell: &str| {
        format!("{SQUARE}```rust job\n{cell}\n```\n\n```rust job\nfn c() {{}}\n```\n\n```yaml spawn\n- c()\n```\n")
    };
    refused(&around("fn b() {\n    if true {\n}"))
        .stderr_has_all(&["a.md:8:8: error:", "unclosed"])
        .stderr_lacks("a.md:13")
        .stderr_lacks("a.md:17")
        .stderr_lacks("a.md:2:");
    refused(&around("fn b() {}}")).stderr_has("a.md:8:10: error: unexpected closing delimiter").stderr_lacks("a.md:1");
}

#[test]
fn errors_of_several_cells_are_told_at_once() {
    refused("```rust job\nfn f() -> i32 {\n    \"a\"\n}\n```\n\n```rust job\nfn g() {\n    h()\n}\n```\n")
        .stderr_has_all(&["a.md:3:5: error: mismatched types", "a.md:9:5: error: cannot find function `h`"]);
}

#[test]
fn a_job_that_is_async_is_an_error_since_nobody_would_run_it() {
    let job = "```rust job\nasync fn f(x: i32) -> i32 {\n    x\n}\n```\n\n";
    refused(&format!("{job}```yaml spawn\n- f(1)\n```\n")).stderr_has_all(&[
        "a.md:8:3: error: this only makes a future, and nobody would run it\n",
        "8 | - f(1)",
        "^^^^",
        "help: a job is an ordinary function: leave out `async`",
    ]);
    refused(&format!("{job}```yaml pool\nmap: f\nover: 0..2\n```\n")).stderr_has_all(&[
        "a.md:8:6: error: ",
        "cannot be sent",
        "help: a job is an ordinary function",
    ]);
    refused("```yaml spawn\n- async { println!(\"never\"); }\n```\n")
        .stderr_has("a.md:2:3: error: this only makes a future");
}

#[test]
fn what_a_job_returns_is_dropped_unless_it_is_an_error() {
    let job = "```rust job\nfn never() -> ! {\n    exit(0)\n}\nfn fails() -> Result<i32, String> {\n    Err(\"no\".into())\n}\n```\n\n";
    let jobs = "- never()\n- \"{ let _ = fails(); }\"\n- fails().ok()\n- exit(0)\n- 5\n- \"{ loop { break; } }\"\n\
                - if true { exit(0) } else { return; }\n- if true { exit(0) } else { panic!() }\n";
    Run::new().notebook("a.md", &format!("{job}```yaml spawn\n{jobs}```\n")).run().code(0);
}

#[test]
fn a_queue_of_borrowed_text_says_what_to_write() {
    refused("```yaml queue\nq: \"&str\"\n```\n")
        .stderr_has_all(&["a.md:2:5: error: missing lifetime specifier", "write `String`, or `&'static str`"]);
}

#[test]
fn a_module_inside_of_a_cell_says_how_it_gets_at_the_names_of_nbrun() {
    let cell = |import: &str| {
        format!("```rust job\nmod a {{{import}\n    pub fn f(q: Queue<i64>) {{ sleep(0); q.put(1) }}\n}}\n```\n")
    };
    refused(&cell("")).stderr_has_all(&[
        "a.md:3:17: error: cannot find type `Queue`",
        "a.md:3:31: error: cannot find function `sleep`",
        "begin it with `use super::*;`",
    ]);
    Run::new().notebook("a.md", &cell(" use super::*;")).run().code(0);
}

#[test]
fn the_names_that_a_module_is_told_to_import_are_those_of_the_prelude() {
    let prelude = include_str!("../../src/prelude/lib.rs");
    let (_, names) = prelude.split_once("pub use crate::{\n").expect("the names that every cell sees");
    let names = names.split('}').next().expect("their end").split(',').map(str::trim).filter(|name| !name.is_empty());
    let advice = include_str!("../../src/compile/advice.rs");
    let (_, told) = advice.split_once("const PRELUDE").expect("the names that are told");
    let told = told.split(';').nth(1).expect("their list").split('"').skip(1).step_by(2);
    assert_eq!(names.collect::<Vec<_>>(), told.collect::<Vec<_>>());
}
