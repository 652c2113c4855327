//! Whatever is wrong with the input: a clear error at its place, the right exit code, and nothing written or lost.

mod asserts;
mod crashes;
mod files;
mod first_day;
mod jobs;
mod output;
mod rust;
mod specs;
#[path = "../support/mod.rs"]
mod support;

use support::{Outcome, Run};

/// A page of an earlier run, which must survive.
const OLD_PAGE: &str = "<meta name=\"generator\" content=\"nbrun 0.1.0\">the page of yesterday\n";

/// Runs a notebook that is wrong, and makes sure that nothing ran and that the page of yesterday is untouched.
#[track_caller]
fn refused(text: &str) -> Outcome {
    let run = Run::new().notebook("a.md", text).file("a.html", OLD_PAGE).run();
    run.code(2).stdout_is("").stderr_lacks(" ok ").file_is("a.html", OLD_PAGE).files_are(&["a.html", "a.md"])
}

/// Runs a notebook whose cells fail, and makes sure that the page was written all the same.
#[track_caller]
fn failed(text: &str) -> Outcome {
    let run = Run::new().notebook("a.md", text).file("a.html", OLD_PAGE).args(["--record", "a.json"]).run();
    run.code(1).stdout_is("a.html\n").page_has("a.html", "<!DOCTYPE html>")
}
