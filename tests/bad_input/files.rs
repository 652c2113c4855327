//! Files that cannot be read, and a machine without a compiler.

use super::support::Run;
use super::{OLD_PAGE, refused};

const CELL: &str = "```rust job\nfn job() {}\n```\n";

#[test]
fn a_missing_file_is_named() {
    let run = Run::new().args(["no.md"]).run();
    run.code(2).stderr_is("error: cannot read `no.md`: no such file or directory\n\n").files_are(&[]);
}

#[test]
fn an_empty_file_is_named() {
    for text in ["", " \n\t\n", "\u{feff}"] {
        refused(text).stderr_has("error: `a.md` is empty").stderr_has("```rust job");
    }
}

#[test]
fn a_file_that_the_system_does_not_give_is_named_with_the_reason() {
    // Reading the memory of a process from its very beginning fails for everybody, root too.
    let run = Run::new().link("a.md", "/proc/self/mem").file("a.html", OLD_PAGE).args(["a.md"]).run();
    run.code(2).stderr_is("error: cannot read `a.md`: input/output error\n\n").file_is("a.html", OLD_PAGE);
}

#[test]
fn text_that_is_not_utf8_is_shown_at_its_byte() {
    let run = Run::new().file("a.md", b"# caf\xe9\n\ntext\n").file("a.html", OLD_PAGE).args(["a.md"]).run();
    run.code(2)
        .stderr_has_all(&["a.md:1:6: error: `a.md` is not UTF-8 text", "# caf", "0xE9", "save the file as UTF-8"])
        .file_is("a.html", OLD_PAGE);
}

#[test]
fn all_unreadable_files_are_reported_at_once_and_nothing_runs() {
    let run = Run::new().notebook("good.md", CELL).file("empty.md", "").args(["no.md", "empty.md"]).run();
    run.code(2).stderr_has_all(&["cannot read `no.md`", "`empty.md` is empty"]).no_file("good.html");
}

#[test]
fn a_notebook_without_cells_is_a_page_of_prose_and_needs_no_compiler() {
    let run = Run::new().notebook("a.md", "# Prose\n\nJust *this*.\n\n```rust\nfn shown() {}\n```\n").env("PATH", "");
    let run = run.env("RUSTC", "no-such-compiler").run();
    run.code(0)
        .stderr_has("a.md has no cell, so nothing runs")
        .stdout_is("a.html\n")
        .page_has("a.html", "Just <em>this</em>.");
}

#[test]
fn without_a_rust_toolchain_the_error_says_how_to_get_one() {
    let run = Run::new().notebook("a.md", CELL).file("a.html", OLD_PAGE).file("home/.profile", "");
    let home = run.path("home");
    let home = home.to_str().expect("a path is text");
    let run = ["PATH", "RUSTC", "CARGO_HOME", "RUSTUP_HOME"].into_iter().fold(run, |run, name| run.env(name, ""));
    run.env("HOME", home)
        .run()
        .code(2)
        .stderr_has_all(&["error: no Rust compiler was found", "https://rustup.rs"])
        .file_is("a.html", OLD_PAGE);
}

#[test]
fn a_compiler_that_does_not_answer_is_quoted() {
    let run = Run::new().notebook("a.md", CELL).file("a.html", OLD_PAGE).env("RUSTC", "/bin/false").run();
    run.code(2).stderr_has("error: the Rust compiler `/bin/false` does not answer").file_is("a.html", OLD_PAGE);
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let run = Run::new().notebook("a.md", CELL).file("a.html", OLD_PAGE).file("file", "").cache("file/cache").run();
    run.code(2).stderr_has_all(&["file/cache cannot be written", "NBRUN_CACHE_DIR"]).file_is("a.html", OLD_PAGE);
}
