//! What is told of exercises to their authors: one that is solved as it stands tests nothing.

use super::document::Document;
use crate::diagnostic::{Diagnostic, Place};
use crate::notebook::{Cell, Role};
use crate::record::{Record, Status};

/// The exercises that have a solution, and that the code with which they stand passes.
pub fn solved_as_they_stand(document: &Document, record: &Record) -> Vec<Diagnostic> {
    let notebook = &document.notebook;
    let came = |cell: &Cell| {
        let outcome = record.cells.iter().find(|outcome| outcome.cell == cell.index);
        outcome.is_some_and(|outcome| matches!(outcome.status, Status::Passed | Status::FailedAsExpected))
    };
    let is_exercise = |cell: &&Cell| cell.role == Some(Role::Exercise);
    // Where a lesson is handed out without solutions, a reader's success is none of the author's mistakes.
    let has_solution = |cell: &&Cell| {
        let next = notebook.cells[cell.index + 1..].iter().find(|other| other.role.is_some());
        next.is_some_and(|next| next.role == Some(Role::Solution))
    };
    let solved = notebook.cells.iter().filter(is_exercise).filter(has_solution).filter(|cell| came(cell));
    let warning = |cell: &Cell| {
        let line = Place::in_source(&notebook.file, &notebook.text, cell.line, 1, 1).text;
        let before = line.chars().take_while(|c| !matches!(c, '`' | '~')).count();
        let width = line.trim_end().chars().count().saturating_sub(before).max(1);
        let place = Place::in_source(&notebook.file, &notebook.text, cell.line, before as u32 + 1, width as u32);
        let warning = Diagnostic::new("this exercise passes already: it tests nothing, or somebody has solved it");
        warning
            .warning()
            .at(place)
            .help("let the code that the reader changes fail it, as the solution shows that it can pass")
    };
    solved.map(warning).collect()
}
