//! What the cache spares: a notebook whose cells have not changed calls no compiler at all.

mod support;

use std::fs;
use std::path::PathBuf;
use support::toolchain::Logged;
use support::{Outcome, Run};

const NOTEBOOK: &str = "# A heading\n\nSome prose.\n\n```rust job\nfn job() {\n    println!(\"ran\");\n}\n```\n\n\
                        ```yaml spawn\n- thread: job()\n```\n";

/// A first run, with a cache and a compiler of its own.
fn first() -> (Logged, Run) {
    let run = Run::new().notebook("a.md", NOTEBOOK).cache("cache");
    let compiler = Logged::new(&run.path("toolchain"));
    let run = run.env("RUSTC", &compiler.rustc);
    (compiler, run)
}

/// Another run of the same notebook.
fn again(outcome: Outcome, compiler: &Logged) -> Run {
    outcome.again().args(["a.md"]).cache("cache").env("RUSTC", &compiler.rustc)
}

#[track_caller]
fn ran(run: Run) -> Outcome {
    run.run().code(0).page_has("a.html", "<pre>ran</pre>")
}

#[test]
fn a_second_run_calls_no_compiler() {
    let (compiler, run) = first();
    let outcome = ran(run).page_has("a.html", "compiled in");
    let calls = compiler.calls();
    assert!(calls > 0, "the first run compiles");
    let outcome = ran(again(outcome, &compiler)).page_has("a.html", "compiled before");
    assert_eq!(compiler.calls(), calls);
    drop(outcome);
}

#[test]
fn prose_that_moves_no_cell_to_another_line_calls_no_compiler() {
    let (compiler, run) = first();
    let outcome = ran(run);
    let calls = compiler.calls();
    let edited = NOTEBOOK.replace("A heading", "Another heading").replace("Some prose.", "Quite *another* text.");
    let outcome = ran(again(outcome, &compiler).file("a.md", &edited)).page_has("a.html", "Another heading");
    assert_eq!(compiler.calls(), calls);
    // Panics and errors tell the notebook's lines, so cells that moved are compiled anew: once, as the prelude is the same.
    ran(again(outcome, &compiler).file("a.md", format!("A new line.\n\n{edited}")));
    assert_eq!(compiler.calls(), calls + 1);
}

#[test]
fn a_cell_that_changed_is_compiled_anew() {
    let (compiler, run) = first();
    let outcome = ran(run);
    let calls = compiler.calls();
    let edited = NOTEBOOK.replace("ran", "ran again");
    let outcome = again(outcome, &compiler).file("a.md", edited).run();
    outcome.code(0).page_has("a.html", "<pre>ran again</pre>");
    assert_eq!(compiler.calls(), calls + 1);
}

#[test]
fn another_notebook_shares_the_prelude() {
    let (compiler, run) = first();
    let outcome = ran(run);
    let calls = compiler.calls();
    let run = outcome.again().notebook("b.md", NOTEBOOK).cache("cache").env("RUSTC", &compiler.rustc);
    run.run().code(0).page_has("b.html", "<pre>ran</pre>");
    assert_eq!(compiler.calls(), calls + 1);
}

#[test]
fn two_runs_at_once_can_share_a_fresh_cache() {
    let shared = tempfile::tempdir().expect("a temporary directory");
    let start = |name: &str| Run::new().notebook(name, NOTEBOOK).cache(shared.path().join("cache")).start();
    // The first two make the same library under the same name; the third makes another one.
    let runs = [("a.md", "a.html"), ("a.md", "a.html"), ("b.md", "b.html")].map(|(name, page)| (start(name), page));
    for (run, page) in runs {
        run.finish().code(0).page_has(page, "<pre>ran</pre>");
    }
    let left = fs::read_dir(shared.path().join("cache/tmp")).expect("the cache has a place for what is being made");
    assert_eq!(left.count(), 0, "nothing half-made is left");
}

/// The files of all entries of a kind.
fn files(outcome: &Outcome, kind: &str) -> Vec<PathBuf> {
    let list = |path: PathBuf| fs::read_dir(path).expect("a directory").map(|entry| entry.expect("an entry").path());
    list(outcome.path("cache").join(kind)).flat_map(list).collect()
}

#[test]
fn a_damaged_entry_is_made_anew() {
    let (compiler, run) = first();
    let mut outcome = ran(run);
    let names = |outcome: &Outcome| files(outcome, "lib").len() + files(outcome, "prelude").len();
    let count = names(&outcome);
    for damage in [&b""[..], b"damaged"] {
        for number in 0..files(&outcome, "lib").len() {
            let calls = compiler.calls();
            fs::write(&files(&outcome, "lib")[number], damage).expect("a file of the cache");
            outcome = ran(again(outcome, &compiler)).stderr_lacks("error");
            assert_eq!(compiler.calls(), calls + 1, "the library is compiled anew");
        }
        for number in 0..files(&outcome, "prelude").len() {
            let calls = compiler.calls();
            fs::write(&files(&outcome, "prelude")[number], damage).expect("a file of the cache");
            // The prelude is looked at only when something is compiled.
            fs::remove_dir_all(outcome.path("cache/lib")).expect("the libraries can be removed");
            outcome = ran(again(outcome, &compiler)).stderr_lacks("error");
            assert!(compiler.calls() > calls + 1, "the prelude is compiled anew");
        }
    }
    assert_eq!(names(&outcome), count, "what was damaged is not kept");
    let calls = compiler.calls();
    ran(again(outcome, &compiler));
    assert_eq!(compiler.calls(), calls, "all is whole again");
}

#[test]
fn a_damaged_answer_of_the_compiler_is_asked_for_again() {
    let (compiler, run) = first();
    let outcome = ran(run);
    let calls = compiler.calls();
    for entry in fs::read_dir(outcome.path("cache/toolchain")).expect("a directory") {
        fs::write(entry.expect("an entry").path(), "damaged").expect("a file of the cache");
    }
    ran(again(outcome, &compiler));
    assert_eq!(compiler.calls(), calls + 2, "its version and its directories, and nothing is compiled");
}

#[test]
fn a_notebook_that_does_not_compile_leaves_nothing_half_made() {
    let text = NOTEBOOK.replace("println!", "no_such_macro!");
    let outcome = Run::new().notebook("a.md", &text).cache("cache").run().code(2);
    assert_eq!(fs::read_dir(outcome.path("cache/tmp")).expect("a directory").count(), 0);
    ran(outcome.again().notebook("a.md", NOTEBOOK).cache("cache"));
}
