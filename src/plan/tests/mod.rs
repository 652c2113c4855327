//! Facts about the plan, one file for each kind of cell, and what they share.

mod cells;
mod declare;
mod expressions;
mod numbers;
mod options;
mod pool;
mod property;
mod spawn;
mod sweep;

use super::*;
use crate::notebook::{Cell, FrontMatter, Snippet, SnippetLine, SpecKind};

/// A notebook of cells, each a kind and its text, without the parser.
pub(super) fn notebook(cells: &[(&str, &str)]) -> Notebook {
    let mut text = String::new();
    let mut made = Vec::new();
    for (index, &(kind, code)) in cells.iter().enumerate() {
        let kind = match SpecKind::ALL.into_iter().find(|known| known.as_str() == kind) {
            Some(kind) => CellKind::Spec(kind),
            None => CellKind::Job,
        };
        let start = text.len();
        let line = text.matches('\n').count() as u32 + 1;
        text += &format!("```yaml {kind}\n");
        let mut lines = Vec::new();
        // As in the parser, each of the three line endings ends a line and is no part of it.
        let code = code.replace("\r\n", "\n").replace('\r', "\n");
        for (line, code) in (line + 1..).zip(code.lines()) {
            text += &format!("{code}\n");
            lines.push(SnippetLine::new(code, line, 1));
        }
        text += "```";
        made.push(Cell {
            index,
            kind,
            role: None,
            bytes: start..text.len(),
            line,
            code: Snippet { lines },
            must_fail: None,
            should_fail: false,
            spurious: false,
            skip: false,
        });
        text += "\n\n";
    }
    Notebook {
        file: "n.md".to_owned(),
        text,
        front_matter: FrontMatter::default(),
        body: 0,
        cells: made,
        left_out: None,
    }
}

/// The plan of some cells that are right.
pub(super) fn planned(cells: &[(&str, &str)]) -> Plan {
    match plan(&notebook(cells)) {
        Ok(plan) => plan,
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<String>()),
    }
}

/// The work of one cell that is right.
pub(super) fn work(kind: &str, text: &str) -> StepKind {
    planned(&[(kind, text)]).steps.remove(0).work
}

/// The report on one cell that is wrong.
pub(super) fn wrong(kind: &str, text: &str) -> String {
    wrong_cells(&[(kind, text)])
}

/// The report on cells that are wrong.
pub(super) fn wrong_cells(cells: &[(&str, &str)]) -> String {
    match plan(&notebook(cells)) {
        Ok(plan) => panic!("this was taken for right: {cells:?}: {plan:?}"),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

/// The texts of expressions, as in `show`.
pub(super) fn shown(show: &[Show]) -> Vec<String> {
    show.iter()
        .map(|show| match &show.label {
            Some(label) => format!("{label}: {}", show.value.text()),
            None => show.value.text(),
        })
        .collect()
}

/// What one declaring cell declares.
pub(super) fn kinds(kind: &str, text: &str) -> Vec<(String, DeclaredKind)> {
    planned(&[(kind, text)]).resources.into_iter().map(|resource| (resource.name, resource.kind)).collect()
}
