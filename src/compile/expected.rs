//! Compile errors that spec cells wait for, `expect: {error: …}`, and those of an exercise, which say that it is not solved yet.

use super::cell_of;
use crate::diagnostic::{Diagnostic, Note};
use crate::plan::{Expect, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// The spec cells that may have a compile error, with the text that it must contain; any will do for an exercise.
pub(super) fn expected(plan: &Plan) -> BTreeMap<usize, &str> {
    let specs = plan.steps.iter().filter(|step| step.runs());
    specs
        .filter_map(|step| match &step.options.expect {
            _ if step.is_exercise() && !step.kind.is_rust() => Some((step.cell, "")),
            Some(Expect::Error(text)) => Some((step.cell, text.as_str())),
            _ => None,
        })
        .collect()
}

/// Moves the errors that a cell waits for to `refused`.
///
/// # Errors
/// The other errors, if there are any.
pub(super) fn refuse(
    errors: Vec<Diagnostic>,
    plan: &Plan,
    expected: &BTreeMap<usize, &str>,
    refused: &mut BTreeMap<usize, Vec<Diagnostic>>,
) -> Result<(), Vec<Diagnostic>> {
    let cell = |error: &Diagnostic| cell_of(plan, error);
    let waited_for = |error: &Diagnostic| {
        let cell = cell(error)?;
        mentions(error, expected.get(&cell)?).then_some(cell)
    };
    let matched: BTreeSet<usize> = errors.iter().filter_map(waited_for).collect();
    let mut others = Vec::new();
    for mut error in errors {
        match cell(&error) {
            Some(cell) if matched.contains(&cell) => refused.entry(cell).or_default().push(error),
            cell => {
                if let Some(text) = cell.and_then(|cell| expected.get(&cell)) {
                    error.notes.push(Note::Note(format!("`expect` waits for another error, with the text \"{text}\"")));
                }
                others.push(error);
            }
        }
    }
    if others.is_empty() { Ok(()) } else { Err(others) }
}

/// Whether an error says a text: in its message, at its place or in a remark, but not in the line that it quotes.
fn mentions(error: &Diagnostic, text: &str) -> bool {
    let notes = error.notes.iter().map(|note| match note {
        Note::Help(said) | Note::Note(said) | Note::Also(_, said) | Note::Left(said) | Note::Right(said) => {
            said.as_str()
        }
    });
    [error.message.as_str()].into_iter().chain(error.label.as_deref()).chain(notes).any(|said| said.contains(text))
}
