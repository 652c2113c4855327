//! What the cache spares: a notebook whose cells have not changed calls no compiler at all.

mod support;

use nbrun::record::{ExitStatus, Status};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use support::toolchain::Logged;
use support::{Outcome, Run};

const NOTEBOOK: &str = "# A heading\n\nSome prose.\n\n```rust job\nfn job() {\n    println!(\"ran\");\n}\n```\n\n\
                        ```yaml spawn\n- thread: job()\n```\n";

/// A run with a compiler and a cache of its own, in which only the prelude is known.
fn first() -> (Logged, Run) {
    let (compiler, run) = cold();
    for kind in ["prelude", "toolchain"] {
        copy(&warm().join(kind), &run.path("cache").join(kind));
    }
    (compiler, run)
}

/// The same with a cache that knows nothing.
fn cold() -> (Logged, Run) {
    let run = Run::new().notebook("a.md", NOTEBOOK).cache("cache");
    let compiler = Logged::new(&run);
    let run = compiler.of(run);
    (compiler, run)
}

/// A cache that knows the prelude: compiling it takes most of the time of a first run.
fn warm() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("logged-cache");
        // The prelude of an earlier nbrun would be damaged in this one's stead, and nobody would notice.
        let _ = fs::remove_dir_all(&cache);
        let (_compiler, run) = cold();
        run.cache(&cache).run().code(0);
        cache
    })
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let (from, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("an entry");
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).expect("a copy");
        }
    }
}

/// Another run of the same notebook.
fn again(outcome: Outcome, compiler: &Logged) -> Run {
    compiler.of(outcome.again().args(["a.md"]).cache("cache"))
}

#[track_caller]
fn ran(run: Run) -> Outcome {
    run.run().code(0).page_has("a.html", ">ran<")
}

#[test]
fn a_second_run_calls_no_compiler() {
    let (compiler, run) = cold();
    let outcome = ran(run).page_has("a.html", "compiled in");
    let calls = compiler.calls();
    assert!(calls > 0, "the first run compiles");
    let _outcome = ran(again(outcome, &compiler)).page_has("a.html", "compiled before");
    assert_eq!(compiler.calls(), calls);
}

#[test]
fn a_change_of_the_prose_calls_no_compiler() {
    let (compiler, run) = first();
    let outcome = ran(run);
    let calls = compiler.calls();
    let edited = NOTEBOOK.replace("A heading", "Another heading").replace("Some prose.", "Quite *another* text.");
    let outcome = ran(again(outcome, &compiler).file("a.md", &edited)).page_has("a.html", "Another heading");
    // The cells move to other lines, one of them into a list.
    let moved = format!(
        "A new line.\n\n{}",
        edited.replace("```yaml spawn\n- thread: job()\n```", "- ~~~yaml spawn\n  - thread: job()\n  ~~~")
    );
    let _outcome = ran(again(outcome, &compiler).file("a.md", moved));
    assert_eq!(compiler.calls(), calls);
}

#[test]
fn a_cell_that_changed_is_compiled_anew() {
    let (compiler, run) = first();
    let outcome = ran(run);
    let calls = compiler.calls();
    let edited = NOTEBOOK.replace("ran", "ran again");
    let outcome = again(outcome, &compiler).file("a.md", edited).run();
    let _outcome = outcome.code(0).page_has("a.html", ">ran again<");
    assert_eq!(compiler.calls(), calls + 1);
}

#[test]
fn another_notebook_shares_the_prelude_and_if_cells_agree_the_library() {
    let (compiler, run) = first();
    let mut outcome = ran(run);
    let calls = compiler.calls();
    for (name, text, more) in [("b.md", NOTEBOOK.replace("job()", "other()"), 1), ("c.md", NOTEBOOK.to_owned(), 1)] {
        let run = compiler.of(outcome.again().notebook(name, &text).cache("cache"));
        outcome = run.run().code(0).page_has(&name.replace(".md", ".html"), ">ran<");
        assert_eq!(compiler.calls(), calls + more);
    }
}

#[test]
fn two_runs_at_once_can_share_a_fresh_cache() {
    let shared = tempfile::tempdir().expect("a temporary directory");
    let start = |name: &str| Run::new().notebook(name, NOTEBOOK).cache(shared.path().join("cache")).start();
    // They make the same prelude and the same library under the same names.
    for run in [start("a.md"), start("a.md")] {
        run.finish().code(0).page_has("a.html", ">ran<");
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
    for (file, damage) in files(&outcome, "lib").into_iter().flat_map(|file| [(file.clone(), ""), (file, "damaged")]) {
        let calls = compiler.calls();
        fs::write(file, damage).expect("a file of the cache");
        outcome = ran(again(outcome, &compiler)).stderr_lacks("error");
        assert_eq!(compiler.calls(), calls + 1, "the library is compiled anew");
    }
    for (file, damage) in files(&outcome, "prelude").into_iter().zip(["", "damaged"]) {
        let calls = compiler.calls();
        fs::write(&file, damage).expect("a file of the cache");
        // The prelude is looked at only when something is compiled.
        fs::remove_dir_all(outcome.path("cache/lib")).expect("the libraries can be removed");
        outcome = ran(again(outcome, &compiler)).stderr_lacks("error");
        assert!(compiler.calls() > calls, "the library is compiled anew");
        assert_ne!(fs::read(&file).expect("the file is there again"), damage.as_bytes(), "and the prelude is whole");
    }
    assert_eq!(names(&outcome), count, "what was damaged is not kept");
    let calls = compiler.calls();
    let _outcome = ran(again(outcome, &compiler));
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
    let _outcome = ran(again(outcome, &compiler));
    assert_eq!(compiler.calls(), calls + 2, "its version and its directories, and nothing is compiled");
}

#[test]
fn a_notebook_that_does_not_compile_leaves_nothing_half_made() {
    let text = NOTEBOOK.replace("println!", "no_such_macro!");
    let (compiler, run) = first();
    let outcome = run.file("a.md", text).run().code(2);
    assert_eq!(fs::read_dir(outcome.path("cache/tmp")).expect("a directory").count(), 0);
    ran(again(outcome, &compiler).file("a.md", NOTEBOOK));
}

#[test]
fn a_fresh_process_without_the_library_says_so_and_the_others_go_on() {
    let text = "```rust job\nfn lose_it() {\n    let maps = std::fs::read_to_string(\"/proc/self/maps\").unwrap();\n    \
                let library = maps.lines().filter_map(|line| line.split_whitespace().nth(5));\n    \
                let library = library.filter(|path| path.contains(\"/cache/\") && path.ends_with(\".so\")).next();\n    \
                std::fs::remove_file(library.unwrap()).unwrap();\n}\nfn hello() { println!(\"hello\") }\n```\n\n\
                ```yaml spawn\n- lose_it()\n```\n\n```yaml spawn\n- {process: hello(), start: exec}\n- hello()\n```\n";
    let outcome = Run::new().notebook("a.md", text).cache("cache").args(["--record", "a.json"]).run();
    let outcome = outcome.code(1).stderr_has("worker `hello-1`: the notebook's library cannot be loaded");
    let record = outcome.record("a.json");
    let [_, lost, after] = record.cells.as_slice() else { panic!("three cells") };
    let exits: Vec<&ExitStatus> = after.runs[0].workers.iter().map(|worker| &worker.exit).collect();
    assert_eq!(lost.status, Status::Passed, "{:?}", lost.errors);
    assert_eq!(exits, [&ExitStatus::Code(0), &ExitStatus::Lost, &ExitStatus::Code(0)]);
}

#[test]
fn an_unchanged_notebook_is_checked_without_the_compiler() {
    let (compiler, run) = first();
    let check = |outcome: Outcome, text: &str| {
        let run = compiler.of(outcome.again().file("a.md", text).args(["check", "a.md"]).cache("cache"));
        run.run().code(0).stderr_is("1 notebook, 2 cells: no errors\n")
    };
    let outcome = ran(run);
    let calls = compiler.calls();
    let outcome = check(outcome, NOTEBOOK);
    assert_eq!(compiler.calls(), calls, "a library is a verdict, too");
    let edited = NOTEBOOK.replace("ran", "ran again");
    let outcome = check(outcome, &edited);
    assert_eq!(compiler.calls(), calls + 1);
    let _outcome = check(outcome, &edited.replace("Some prose", "Another text"));
    assert_eq!(compiler.calls(), calls + 1);
}
