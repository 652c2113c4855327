//! What nbrun knows about an error that rustc cannot: how a notebook differs from a crate.

use crate::diagnostic::{Diagnostic, Note, Place};
use crate::model::SkipReason;
use crate::notebook::{Cell, CellKind, Notebook, SpecKind, hidden};
use crate::plan::names::{Names, words};
use crate::plan::{Declaration, DeclaredKind, Plan, Step, StepKind};

/// Whether a remark of rustc is about crates and Cargo, where [`add`] says what holds for a notebook.
pub(super) fn is_replaced(remark: &str) -> bool {
    [
        "cargo add",
        "crate named",
        "Cargo.toml",
        "if you meant to call a macro",
        "to create the module `",
        "elsewhere in the crate already, import it",
    ]
    .iter()
    .any(|text| remark.contains(text))
}

/// The names of the prelude that every cell sees, but no module inside of one.
pub(super) const PRELUDE: [&str; 19] = [
    "Array",
    "Barrier",
    "BarrierError",
    "BoundedSemaphore",
    "Condition",
    "Event",
    "Guard",
    "Lock",
    "Message",
    "Queue",
    "QueueError",
    "RLock",
    "RwLock",
    "Semaphore",
    "Value",
    "Worker",
    "exit",
    "sleep",
    "worker",
];

/// What is wrong with a job that is async.
pub(super) const NOBODY_RUNS_IT: &str = "this only makes a future, and nobody would run it";

/// What to do about it.
pub(super) const NO_ASYNC: &str = "a job is an ordinary function: leave out `async`, or run the future within the job";

/// Whether rustc's label is about the parameter by which the prelude refuses futures, or about a `main` that makes one.
pub(super) fn is_about_a_future(label: &str) -> bool {
    label.contains("`__nb_async`") || label.contains("`Termination` is not implemented for `impl Future<")
}

/// What is said of names that are defined, and cannot be seen all the same.
pub(super) const ONLY_ABOVE: &str = "a cell sees only what stands above it";
/// What to do about a path from the root of the crate.
pub(super) const NO_CRATE: &str =
    "each cell is a module: leave out `crate::`; in a module inside of a cell, write `super::`";
const ABOVE: &str = "a cell sees what stands above it";
const NOT_IN_THE_JOB: &str = "it is declared here, and not in the job";
const GIVE_IT: &str = "a job has only what it is given";
const HAS_AN_ERROR: &str = "the cell that declares it has an error";
/// What is said of the place where the author's own macro is called.
pub(super) const IN_A_CALL: &str = "in this macro call";

/// Whether a remark says what is known of a name that is defined, and no guess of what was meant.
pub(super) fn is_known(remark: &str) -> bool {
    [ABOVE, ONLY_ABOVE, IN_A_CALL, NOT_IN_THE_JOB, GIVE_IT, HAS_AN_ERROR].iter().any(|known| remark.contains(known))
}

/// The codes of the errors that something is not there.
const MISSING: [&str; 10] = ["E0405", "E0412", "E0422", "E0423", "E0425", "E0432", "E0433", "E0531", "E0574", "E0599"];

/// What is said of something that is missing below a job cell that is left out.
fn of_left_out(error: &Diagnostic, plan: &Plan) -> Option<Note> {
    let line = error.place.as_ref().filter(|place| place.file == plan.file)?.line;
    let is_missing = error.code.as_ref().is_some_and(|code| MISSING.contains(&code.as_str()));
    if !is_missing && !error.message.starts_with("cannot find macro") {
        return None;
    }
    let is_job = |step: &&Step| step.kind.is_rust() && step.line < line;
    let (number, reason) = plan.steps.iter().rev().filter(is_job).find_map(|step| match &step.work {
        StepKind::Skipped(skipped) => Some((step.cell + 1, skipped.reason)),
        _ => None,
    })?;
    Some(Note::Help(match reason {
        SkipReason::NotAsked => format!("cell {number} is left out; if this needs it, run the whole notebook"),
        _ => format!("cell {number} is skipped; if this needs it, skip this cell, too"),
    }))
}

/// What is said of a name that only a solution defines, where solutions are left out.
fn of_solution(error: &Diagnostic, notebook: &Notebook) -> Option<Note> {
    let left_out = notebook.left_out.as_ref()?;
    let name =
        error.message.strip_prefix("cannot find ").or_else(|| error.message.strip_prefix("no "))?.split('`').nth(1)?;
    let names = |cell: &&Cell| match cell.kind {
        CellKind::Spec(SpecKind::Spawn | SpecKind::Pool) => false,
        CellKind::Spec(_) => words(&cell.code.text()).any(|word| word == name),
        _ => Names::of(&hidden::without_markers(&cell.code).text()).defined.contains(name),
    };
    let line = left_out.cells.iter().find(names)?.line;
    let advice = format!(
        "a solution defines `{name}` (line {line}), and solutions are left out: define it before the exercise, or let this cell be of the \
         solution, too"
    );
    Some(Note::Help(advice))
}

/// Adds to an error what an author needs to know beside rustc's own remarks.
pub(super) fn add(error: &mut Diagnostic, notebook: &Notebook, plan: &Plan) {
    error.notes.extend(of_left_out(error, plan));
    error.notes.extend(of_solution(error, notebook));
    let says = |error: &Diagnostic, text: &str| {
        error.message.contains(text) || error.label.as_deref().is_some_and(|label| label.contains(text))
    };
    if says(error, "unlinked crate") || says(error, "can't find crate") {
        let texts = [Some(error.message.as_str()), error.label.as_deref()];
        let name = texts.into_iter().flatten().find_map(|text| text.rsplit_once("crate ")?.1.split('`').nth(1));
        let entry = format!("`nbrun: {{dependencies: {{{}: \"VERSION\"}}}}`", name.unwrap_or("CRATE"));
        error.notes.push(Note::Help(format!("if it is a crate, ask for it in the front matter: {entry}")));
    }
    let in_a_file = error.message.strip_prefix("file not found for module `").and_then(|rest| rest.split_once('`'));
    if let Some((name, _)) = in_a_file {
        let advice = format!("a notebook has no modules in files of their own: write `mod {name} {{ … }}` in the cell");
        error.notes.push(Note::Help(advice));
    }
    if says(error, "in the root") || says(error, "in the crate root") {
        let advice = Note::Help(NO_CRATE.to_owned());
        if !error.notes.contains(&advice) {
            error.notes.push(advice);
        }
    }
    if says(error, "`impl Future<") && says(error, "cannot be sent") {
        error.notes.insert(0, Note::Help(NO_ASYNC.to_owned()));
    }
    if says(error, "`Termination` is not implemented") {
        let advice = "`main` returns nothing, a `Result`, or an `ExitCode`, as it does everywhere in Rust";
        error.notes.push(Note::Help(advice.to_owned()));
    }
    let unknown = error.message.strip_prefix("cannot find ").and_then(|rest| rest.split('`').nth(1));
    if unknown.is_some_and(|name| PRELUDE.contains(&name)) {
        let advice = "a module inside of a cell sees only what it imports: begin it with `use super::*;`";
        error.notes.push(Note::Help(advice.to_owned()));
    }
    let no_item = ["missing `fn`", "missing `struct`", "expected item", "non-item"];
    if no_item.iter().any(|text| error.message.contains(text)) {
        let advice = "a `rust job` cell holds items such as functions; what is to be run stands in a `yaml spawn` cell";
        error.notes.push(Note::Help(advice.to_owned()));
    }
    let Some(place) = error.place.clone() else { return };
    let is_item = |resource: &Declaration| match &resource.kind {
        DeclaredKind::Queue { item, .. } => item.line() == place.line,
        _ => false,
    };
    if error.message.contains("missing lifetime") && plan.resources.iter().any(is_item) {
        let advice =
            "an item goes to another process: write `String`, or `&'static str` for text that stands in the code";
        error.notes.push(Note::Help(advice.to_owned()));
    }
    for note in &mut error.notes {
        // Rustc thinks of privacy, since it knows of no order among modules.
        if let Note::Also(at, text) = note
            && text.ends_with("exists but is inaccessible")
            && at.line > place.line
        {
            let what = text.trim_end_matches("exists but is inaccessible").to_owned();
            *text = format!("{what}is defined only here, and {ABOVE}");
        }
    }
    let unknown = error.message.strip_prefix("cannot find value `").and_then(|rest| rest.split_once('`'));
    let Some((name, _)) = unknown else { return };
    let place_of = |resource: &Declaration| {
        let mut at = Place::in_source(&notebook.file, &notebook.text, resource.line, 1, 1);
        at.column = at.text.find(&resource.name).map_or(1, |byte| at.text[..byte].chars().count() as u32 + 1);
        at.width = resource.name.chars().count() as u32;
        at
    };
    let step = plan.steps.iter().rfind(|step| step.line <= place.line);
    let in_job = step.is_some_and(|step| step.items().is_some());
    let named = || plan.resources.iter().filter(|resource| resource.name == name);
    if in_job && let Some(resource) = named().next() {
        error.notes.push(Note::Also(place_of(resource), NOT_IN_THE_JOB.to_owned()));
        let of = rust_type(&resource.kind);
        let help = format!(
            "{GIVE_IT}: make it an argument, as in `fn job({name}: {of})`, and hand it over where \
             the job is called, as in `job({name})`"
        );
        error.notes.push(Note::Help(help));
    } else if let Some(resource) = named().find(|resource| resource.line >= place.line) {
        error.notes.push(Note::Also(place_of(resource), format!("it is declared only here, and {ABOVE}")));
    } else if let Some(resource) = named().next_back() {
        // It would be seen if its cell had not been left out.
        error.notes.push(Note::Also(place_of(resource), format!("{HAS_AN_ERROR}, as it expects, so there is none")));
    }
}

/// The type by which a job takes a resource.
fn rust_type(kind: &DeclaredKind) -> String {
    match kind {
        DeclaredKind::Queue { item, .. } => format!("Queue<{}>", item.text().trim()),
        DeclaredKind::Value { of, .. } => format!("Value<{}>", of.rust_name()),
        DeclaredKind::Array { of, .. } => format!("Array<{}>", of.rust_name()),
        DeclaredKind::Lock(kind) => kind.handle().to_owned(),
    }
}
