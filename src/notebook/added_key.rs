//! A key that is added to a spec, at its end and where it stands in its notebook.

use super::fences::blocks;
use super::lines::Lines;
use super::results::{Edit, apply, ending, is_blank, line_start};
use super::yaml::{Entry, Value, parse as parse_yaml};
use super::{Cell, Notebook, parse};

/// The change that adds a key to a cell's spec, and the notebook with it. The `lines` are the key and what is below it.
///
/// # Errors
/// Why there is no room for it.
pub fn added_key(notebook: &Notebook, cell: &Cell, lines: &[String]) -> Result<(Edit, Notebook), &'static str> {
    const UNREADABLE: &str = "its spec would not be read as before";
    let text = notebook.text.as_str();
    let old = entries(notebook, cell)?;
    let first = old.first().ok_or("its spec has no key")?.key.span;
    let fences = blocks(text, notebook.body).fences;
    if !fences.iter().any(|fence| fence.bytes.start == cell.bytes.start && fence.is_closed) {
        return Err("its fence has no end");
    }
    // What stands before its first key stands before each line.
    let line = Lines::of(text).text(first.line.saturating_sub(1) as usize);
    let prefix: String = line.chars().take(first.column.saturating_sub(1) as usize).collect();
    let before = &text[..line_start(text, cell.bytes.end)];
    let line_ending = ["\r\n", "\n", "\r"].into_iter().find(|ending| before.ends_with(ending)).ok_or(UNREADABLE)?;
    if !is_blank(&prefix) {
        return Err(UNREADABLE);
    }
    let at = before.len() - line_ending.len();
    debug_assert_eq!(ending(&text[at..]), line_ending);
    let added = lines.iter().map(|line| format!("{line_ending}{prefix}{line}")).collect();
    let edit = Edit { cell: cell.index, bytes: at..at, text: added };
    let new = parse(&notebook.file, apply(text, std::slice::from_ref(&edit))).map_err(|_| UNREADABLE)?;
    let is_other = |(a, b): (&Cell, &Cell)| {
        a.kind != b.kind || (a.code.text() != b.code.text()) != (a.index == cell.index) || a.bytes.start > b.bytes.start
    };
    if new.cells.len() != notebook.cells.len() || notebook.cells.iter().zip(&new.cells).any(is_other) {
        return Err(UNREADABLE);
    }
    let read = entries(&new, &new.cells[cell.index]).map_err(|_| UNREADABLE)?;
    let is_as_before = read.len() == old.len() + 1 && read.starts_with(&old);
    if is_as_before { Ok((edit, new)) } else { Err(UNREADABLE) }
}

/// The entries of a cell's spec.
///
/// # Errors
/// Why none can be added to them.
fn entries(notebook: &Notebook, cell: &Cell) -> Result<Vec<Entry>, &'static str> {
    let root = parse_yaml(&notebook.file, &notebook.text, &cell.code).ok().flatten();
    match root.map(|root| root.value) {
        Some(Value::Map { entries, flow: false }) => Ok(entries),
        Some(Value::Map { .. }) => Err("its spec stands in braces: write each key on a line of its own"),
        Some(Value::List { .. }) => Err("its spec is a list, which has no room for a key: write `jobs:` above it"),
        _ => Err("its spec is no mapping"),
    }
}

#[cfg(test)]
#[path = "added_key_tests.rs"]
mod tests;
