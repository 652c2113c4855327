//! What must hold for any input, however it came about: the checks that the fuzz targets share.

pub mod made_up;
pub mod page;

use nbrun::diagnostic::{Diagnostic, Note, Place};
use nbrun::notebook::{self, Notebook};
use nbrun::plan;

/// The name under which a text is read.
pub const FILE: &str = "fuzz.md";

/// Reads `text` as a notebook and plans it, and checks everything that either says about places.
pub fn read(text: &str) -> Option<Notebook> {
    let notebook = match notebook::parse(FILE, text.to_owned()) {
        Ok(notebook) => notebook,
        Err(errors) => {
            assert!(!errors.is_empty(), "a notebook was refused without a reason");
            check(text, &errors);
            return None;
        }
    };
    check_cells(&notebook);
    match plan::plan(&notebook) {
        Ok(plan) => assert_eq!(plan.steps.len(), notebook.cells.len()),
        Err(errors) => {
            assert!(!errors.is_empty(), "a plan was refused without a reason");
            check(text, &errors);
        }
    }
    Some(notebook)
}

/// The cells lie in the text, one behind the other, each on the line that it says.
fn check_cells(notebook: &Notebook) {
    let (text, mut end) = (&notebook.text, notebook.body);
    assert!(text.is_char_boundary(notebook.body));
    for (index, cell) in notebook.cells.iter().enumerate() {
        assert_eq!(cell.index, index);
        assert!(cell.bytes.start >= end, "cell {index} overlaps what stands before it");
        end = cell.bytes.end;
        let fence = text.get(cell.bytes.clone()).expect("a cell lies in the text");
        assert!(fence.starts_with(['`', '~']), "cell {index} begins with its fence, not {fence:?}");
        assert_eq!(line_at(text, cell.bytes.start), cell.line, "cell {index} stands on its line");
        for line in &cell.code.lines {
            assert!(line.line > cell.line && line.column >= 1);
        }
    }
}

/// The line of a byte, from 1.
fn line_at(text: &str, byte: usize) -> u32 {
    let before = &text.as_bytes()[..byte];
    let ends = |(n, b): &(usize, &u8)| **b == b'\n' || **b == b'\r' && text.as_bytes().get(n + 1) != Some(&b'\n');
    before.iter().enumerate().filter(ends).count() as u32 + 1
}

/// Every place that a diagnostic names lies in the text, and the whole can be shown.
pub fn check(text: &str, errors: &[Diagnostic]) {
    let lines = text.lines().count() as u32 + text.matches('\r').count() as u32 + 1;
    for error in errors {
        assert!(!error.message.is_empty());
        let others = error.notes.iter().filter_map(|note| match note {
            Note::Also(place, _) => Some(place),
            _ => None,
        });
        for Place { line, column, width, text: quoted, .. } in error.place.iter().chain(others) {
            let length = quoted.chars().count() as u32;
            assert!((1..=lines).contains(line), "{error}");
            assert!((1..=length + 1).contains(column) && *width >= 1, "{error}");
            assert!(text.contains(quoted.as_str()), "{error}");
        }
        assert!(error.to_string().contains("error: "));
    }
}
