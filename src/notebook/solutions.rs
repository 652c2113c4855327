//! The parts of a notebook that belong to solutions.

use super::details::{Details, Divisions, divisions};
use super::lines::Lines;
use super::results::{line_start, spots};
use super::{Cell, Notebook, Role};
use crate::diagnostic::{Diagnostic, Note, Place};
use std::ops::Range;

/// A part that belongs to a solution: what the author has folded around its cells, or else the cells with the prose between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// Its bytes in the notebook's text.
    pub bytes: Range<usize>,
    /// Its cells, by their indices.
    pub cells: Range<usize>,
    /// Whether the author folds it.
    pub is_folded: bool,
}

/// The parts of a notebook that belong to solutions, in order.
pub fn solutions(notebook: &Notebook) -> Vec<Solution> {
    if !may_have_any(notebook) {
        return Vec::new();
    }
    let divisions = divisions(&notebook.text, notebook.body);
    let mut found: Vec<Solution> = folded(notebook, &divisions);
    for spot in spots(notebook).iter().zip(&notebook.cells).filter(|(_, cell)| cell.role == Some(Role::Solution)) {
        let (spot, cell) = spot;
        if found.iter().any(|part| part.is_folded && part.bytes.contains(&cell.bytes.start)) {
            continue;
        }
        // Where nothing stands before a fence, it is in no list and in no quotation.
        let is_plain = |at: usize| line_start(&notebook.text, at) == at;
        let goes_on = |part: &Solution| {
            let first = notebook.cells.get(part.cells.start).map_or(0, |cell| cell.bytes.start);
            let is_between = |border: &usize| (part.bytes.end..cell.bytes.start).contains(border);
            !part.is_folded
                && part.cells.end == cell.index
                && is_plain(first)
                && is_plain(cell.bytes.start)
                && !divisions.borders.iter().any(is_between)
        };
        match found.iter_mut().find(|part| goes_on(part)) {
            Some(part) => (part.bytes.end, part.cells.end) = (spot.end, cell.index + 1),
            None => found.push(Solution {
                bytes: spot.first_line()..spot.end,
                cells: cell.index..cell.index + 1,
                is_folded: false,
            }),
        }
    }
    found.sort_by_key(|part| part.bytes.start);
    found
}

/// Whether it is worth while to look for solutions.
fn may_have_any(notebook: &Notebook) -> bool {
    notebook.cells.iter().any(|cell| cell.role == Some(Role::Solution)) || notebook.text.contains("solution")
}

/// The parts that the author folds: the largest in which all cells are of a solution.
fn folded(notebook: &Notebook, divisions: &Divisions) -> Vec<Solution> {
    let within = |details: &Details| {
        let from = notebook.cells.partition_point(|cell| cell.bytes.start < details.bytes.start);
        from..notebook.cells.partition_point(|cell| cell.bytes.start < details.bytes.end).max(from)
    };
    let fits = |details: &&Details| {
        let cells = &notebook.cells[within(details)];
        (details.is_solution || !cells.is_empty()) && cells.iter().all(|cell| cell.role == Some(Role::Solution))
    };
    let fitting: Vec<&Details> = divisions.details.iter().filter(fits).collect();
    let is_inner = |details: &Details| {
        let holds = |other: &&&Details| other.bytes.start < details.bytes.start && details.bytes.end < other.bytes.end;
        fitting.iter().any(|other| holds(&other))
    };
    let largest = fitting.iter().filter(|details| !is_inner(details));
    largest.map(|details| Solution { bytes: details.bytes.clone(), cells: within(details), is_folded: true }).collect()
}

/// What is wrong with cells that an author has folded together with a solution without saying that they belong to it: whoever leaves
/// the solution out would still give it away.
pub(super) fn check(notebook: &Notebook) -> Vec<Diagnostic> {
    if !may_have_any(notebook) {
        return Vec::new();
    }
    let divisions = divisions(&notebook.text, notebook.body);
    let mut errors = endless(notebook, &divisions);
    let all = divisions.details;
    let cells_in = |details: &Details| -> Vec<&Cell> {
        notebook.cells.iter().filter(|cell| details.bytes.contains(&cell.bytes.start)).collect()
    };
    // The innermost part around a cell of a solution is that of the solution.
    let innermost = |cell: &Cell| all.iter().find(|details| details.bytes.contains(&cell.bytes.start));
    let of_cells = notebook.cells.iter().filter(|cell| cell.role == Some(Role::Solution)).filter_map(innermost);
    let mut parts: Vec<&Details> = of_cells.chain(all.iter().filter(|details| details.is_solution)).collect();
    parts.sort_by_key(|details| details.bytes.start);
    parts.dedup();
    for part in parts {
        let cells = cells_in(part);
        if !part.is_solution && cells.iter().any(|cell| cell.role == Some(Role::Exercise)) {
            continue;
        }
        for cell in cells.into_iter().filter(|cell| cell.role != Some(Role::Solution)) {
            let message = "this cell is folded together with a solution, and does not say that it belongs to it";
            let mut error = Diagnostic::new(message).at(notebook.fence(cell.line));
            let begin = tag(notebook, part.bytes.start);
            error.notes.push(Note::Also(begin, "what is folded begins here".to_owned()));
            errors.push(error.help("add `solution` to its fence, or move it out of the `<details>`"));
        }
    }
    errors
}

/// What folds a solution, as far as one can see, and has no end: nobody could leave it out.
fn endless(notebook: &Notebook, divisions: &Divisions) -> Vec<Diagnostic> {
    let text = &notebook.text;
    let is_behind = |at: usize| {
        let mut cells = notebook.cells.iter().filter(|cell| cell.bytes.start > at);
        cells.any(|cell| cell.role == Some(Role::Solution))
    };
    let broken =
        divisions.broken.iter().filter(|at| is_behind(**at) || words_of_tag(&text[**at..]).contains("solution"));
    let broken = broken.map(|at| {
        let error = Diagnostic::new("this tag has no end, so nothing is folded by it").at(tag(notebook, *at));
        error.help("end it with `>`, and each of its values with the quotation mark that the value begins with")
    });
    let open = divisions.open.iter().filter(|(at, is_solution)| *is_solution || is_behind(*at));
    let open = open.map(|(at, _)| {
        let error = Diagnostic::new("this `<details>` around a solution has no end").at(tag(notebook, *at));
        error.help("end it with `</details>`, and leave an empty line before that")
    });
    broken.chain(open).collect()
}

/// The place of a tag that folds, or of its beginning.
fn tag(notebook: &Notebook, at: usize) -> Place {
    let lines = Lines::of(&notebook.text);
    let line = lines.holding(at);
    let before = &notebook.text[lines.bytes(line).start..at];
    let (column, width) = (before.chars().count() + 1, "<details".len());
    Place::in_source(&notebook.file, &notebook.text, line as u32 + 1, column as u32, width as u32)
}

/// A tag without an end, as far as the next empty line.
fn words_of_tag(text: &str) -> &str {
    let end = text.find("\n\n").or_else(|| text.find("\r\n\r\n")).unwrap_or(text.len());
    &text[..end]
}

/// What is most likely forgotten about exercises, and makes no error: a solution before which no cell tries the reader's code.
pub fn lints(notebook: &Notebook) -> Vec<Diagnostic> {
    let role = |role: Role| notebook.cells.iter().position(|cell| cell.role == Some(role));
    let (Some(solution), exercise) = (role(Role::Solution), role(Role::Exercise)) else { return Vec::new() };
    if exercise.is_some_and(|exercise| exercise < solution) {
        return Vec::new();
    }
    let warning = Diagnostic::new("a solution, and no exercise stands before it").warning();
    let help = "mark the cell that tries the reader's code: ```yaml spawn exercise";
    vec![warning.at(notebook.fence(notebook.cells[solution].line)).help(help)]
}
