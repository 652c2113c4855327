//! The mirror of `std`: which notebooks are compiled with it, and how the author's code is held to real `std` at the same time.
//!
//! One line at the crate's root makes `std` mean the crate `nbrun_std`. A second call of the compiler, which makes no machine code,
//! reads the same code without that line: what it finds wrong is what every book says is wrong.

use super::lists;
use super::mentions;
use super::rustc::{self, Message, Outcome};
use super::source::{Source, SourceFile, cell_of_file};
use crate::diagnostic::{Diagnostic, Place};
use crate::notebook::Notebook;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

/// The name of the root that uses the mirror.
pub(super) const MIRRORED_ROOT: &str = "notebook-root-mirrored";

/// What stands in the root before the line that follows it.
const LINK: &str = "#[macro_use(thread_local)] extern crate nbrun_std as std; ";
/// What connects the mirror when the library is connected.
const BEFORE: &str = "::nbrun::entry::attach(host)";
const CONNECT: &str = "::nbrun::entry::attach(host); ::std::__attach()";

/// How often to look whether a call has ended.
const LOOK: Duration = Duration::from_millis(1);

/// The root of a crate with `root`, in which `std` is the mirror.
pub(super) fn mirrored(root: &str) -> String {
    format!("{LINK}{}", root.replace(BEFORE, CONNECT).replace(lists::UNTOLD, lists::TOLD))
}

/// Where a crate's code goes past the mirror: through `core`, which has the atomics, too.
pub(super) fn passed_by(source: &Source, notebook: &Notebook) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for SourceFile { name, text } in &source.files {
        let Some(cell) = cell_of_file(name) else { continue };
        let places = mentions::atomics_of_core(text)
            .into_iter()
            .filter_map(|(line, column)| source.map.to_notebook(cell, (line, column)));
        found.extend(places.map(|(line, column)| {
            let place = Place::in_source(&notebook.file, &notebook.text, line, column, 4);
            let warning = Diagnostic::new("nbrun sees nothing of atomics that come from `core`").warning().at(place);
            warning.help("write `std` in place of `core`: it has the same atomics")
        }));
    }
    found
}

/// Runs the call that reads the code with real `std` beside the one that makes the library of it. What the first finds wrong is told;
/// if it finds nothing and the second fails, that is the mirror.
///
/// # Errors
/// The compiler could not be started, was interrupted, or did not come to an end.
pub(super) fn run_both(real: Command, made: Command, stopped: &dyn Fn() -> bool) -> Result<Outcome, Vec<Diagnostic>> {
    let (halt, refused) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let real = scope.spawn(|| {
            let outcome = rustc::run(real, &|| halt.load(Relaxed));
            refused.store(!outcome.as_ref().is_ok_and(|outcome| outcome.success), Relaxed);
            outcome
        });
        let is_stopped = || {
            let stopped = stopped();
            halt.fetch_or(stopped, Relaxed);
            stopped
        };
        let made = rustc::run(made, &|| is_stopped() || refused.load(Relaxed));
        while !real.is_finished() {
            is_stopped();
            thread::sleep(LOOK);
        }
        let real = real.join().map_err(|_| vec![Diagnostic::new("the compiler was lost")])??;
        if !real.success {
            return Ok(real);
        }
        let mut made = made?;
        made.errors.iter_mut().for_each(blame);
        Ok(Outcome { warnings: real.warnings, ..made })
    })
}

/// Says of an error that the author's code is not the reason.
fn blame(error: &mut Message) {
    error.children.push(Message {
        level: "note".to_owned(),
        ..Message::help("with std itself this compiles: what it does not fit is nbrun's mirror of std")
    });
    error.children.push(Message::help("write `nbrun: {std: real}` in the front matter, and std is left as it is"));
}
