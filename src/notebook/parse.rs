//! Reads a notebook: its front matter and its cells.

use super::fences::{Fence, blocks};
use super::front_matter_block::{Head, cut};
use super::lines::Lines;
use super::markdown::{PageFence, page_fences};
use super::{Cell, CellKind, FrontMatter, Notebook, front_matter, info, inside_html, solutions};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use std::collections::HashMap;

/// The most cells of a notebook.
const MAX_CELLS: usize = 4000;

/// How deep quotations and lists may stand in each other: the time of both parsers grows with the square of it.
const DEEPEST: usize = 200;

/// Reads a notebook from its text; `file` is its path as the user gave it.
///
/// # Errors
/// Everything that is wrong with the front matter and with the fences of cells, at once.
pub fn parse(file: &str, text: String) -> Result<Notebook, Vec<Diagnostic>> {
    let mut errors = Diagnostics::default();
    let head = cut(file, &text).unwrap_or_else(|error| {
        errors.add(|| *error);
        Head { yaml: None, body: text.len() }
    });
    let front_matter = match head.yaml {
        Some((block, line)) => front_matter::parse(file, &text, block, line).unwrap_or_else(|found| {
            errors.extend(found);
            FrontMatter::default()
        }),
        None => FrontMatter::default(),
    };
    let cells = match too_deep(file, &text, head.body) {
        Some(error) => {
            errors.add(|| error);
            Vec::new()
        }
        None => cells(file, &text, head.body, &mut errors),
    };
    if !errors.is_empty() {
        return Err(errors.sorted());
    }
    let notebook = Notebook { file: file.to_owned(), text, front_matter, body: head.body, cells, left_out: None };
    let errors = solutions::check(&notebook);
    if errors.is_empty() { Ok(notebook) } else { Err(errors) }
}

/// The cells of `text` from byte `body` on. What is wrong with them is added to `errors`.
fn cells(file: &str, text: &str, body: usize, errors: &mut Diagnostics) -> Vec<Cell> {
    let at = |line: u32, words: &str| fence_place(file, text, line, words);
    let mut on_page: HashMap<u32, Vec<PageFence>> = HashMap::new();
    for fence in page_fences(text, body) {
        if matches!(info::kind(&fence.info), Ok(Some(_))) {
            on_page.entry(fence.line).or_default().push(fence);
        }
    }
    let mut cells: Vec<Cell> = Vec::new();
    let blocks = blocks(text, body);
    for block in &blocks.html {
        inside_html::check(block, at, errors);
    }
    for fence in blocks.fences {
        match info::kind(&fence.info) {
            Ok(None) => {}
            Ok(Some(_)) if fence.in_footnote => errors.add(|| {
                Diagnostic::new("a cell cannot stand in a footnote")
                    .at(at(fence.line, &fence.info))
                    .help("put the cell into the text, before what refers to it")
            }),
            Ok(Some(_)) if cells.len() == MAX_CELLS => {
                errors.add(|| {
                    Diagnostic::new(format!("a notebook may have {MAX_CELLS} cells, and here one more begins"))
                        .at(at(fence.line, &fence.info))
                        .help("split the notebook")
                });
                return cells;
            }
            Ok(Some(kind)) => {
                let others = on_page.remove(&fence.line).unwrap_or_default();
                if !others.iter().any(|other| is_same(&fence, other)) {
                    errors.add(|| two_readings(at(fence.line, &fence.info)));
                }
                if !fence.is_closed {
                    errors.add(|| unclosed(at(fence.line, &fence.info), text, &fence));
                }
                let must_fail = info::must_fail(&fence.info);
                let (skip, should_fail) = (info::is_skipped(&fence.info), info::should_fail(&fence.info));
                let role = info::role(&fence.info);
                let spurious = info::is_spurious(&fence.info);
                cells.push(Cell { role, must_fail, should_fail, spurious, skip, ..cell(cells.len(), kind, fence) });
            }
            Err(wrong) => errors.add(|| {
                let place = at(fence.line, &wrong.word);
                Diagnostic::new(wrong.message).at(place).help(wrong.help)
            }),
        }
    }
    let mut left: Vec<&PageFence> = on_page.values().flatten().collect();
    left.sort();
    for fence in left {
        errors.add(|| two_readings(at(fence.line, &fence.info)));
    }
    cells
}

/// What is wrong with the first line that stands in too many quotations and lists.
fn too_deep(file: &str, text: &str, body: usize) -> Option<Diagnostic> {
    let lines = Lines::of(text);
    let deep = |line: &usize| lines.text(*line).len() > DEEPEST && markers(lines.text(*line)) > DEEPEST;
    let line = (lines.holding(body)..lines.count()).find(deep)?;
    let message = format!("quotations and lists may stand in each other {DEEPEST} deep, and these are deeper");
    let place = Place::in_source(file, text, line as u32 + 1, 1, 1);
    Some(
        Diagnostic::new(message)
            .at(place)
            .help("leave out some of the signs `>`, `-`, `*` and `+` that begin the line"),
    )
}

/// How many signs of quotations and lists begin a line. A line of nothing but such signs is a thematic break.
fn markers(line: &str) -> usize {
    let (mut quotes, mut lists, mut rest) = (0, 0, line);
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if let Some(behind) = rest.strip_prefix('>') {
            (quotes, rest) = (quotes + 1, behind);
            continue;
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let sign = rest[digits..].chars().next();
        let is_list = if digits == 0 { matches!(sign, Some('-' | '*' | '+')) } else { matches!(sign, Some('.' | ')')) };
        let behind = if is_list && digits < 10 { &rest[digits + 1..] } else { break };
        if !behind.is_empty() && !behind.starts_with([' ', '\t']) {
            break;
        }
        (lists, rest) = (lists + 1, behind);
    }
    if rest.is_empty() { quotes } else { quotes + lists }
}

fn cell(index: usize, kind: CellKind, fence: Fence) -> Cell {
    let Fence { bytes, line, code, .. } = fence;
    Cell {
        index,
        kind,
        role: None,
        bytes,
        line,
        must_fail: None,
        should_fail: false,
        spurious: false,
        skip: false,
        code,
    }
}

/// Whether both parsers see the same lines of code behind the same fence.
fn is_same(fence: &Fence, other: &PageFence) -> bool {
    fence.line == other.line && fence.code.lines.iter().map(|line| &line.text).eq(&other.code)
}

/// A cell without an end has most likely swallowed what follows it.
fn unclosed(place: Place, text: &str, fence: &Fence) -> Diagnostic {
    let block = &text[fence.bytes.clone()];
    let sign = block.chars().next().unwrap_or('`');
    let end: String = block.chars().take_while(|c| *c == sign).collect();
    Diagnostic::new("this cell is never closed").at(place).help(format!("end it with a line {end}"))
}

/// The two parsers part where CommonMark is at its darkest, such as a tag that continues a quoted paragraph lazily.
fn two_readings(place: Place) -> Diagnostic {
    Diagnostic::new("markdown readers do not agree whether this is a code block, or where it ends")
        .at(place)
        .help("put an empty line before the block, and indent its lines with spaces as far as its fence")
}

/// The place of `words` in the info string on line `line`, or of the whole fence where they are spelled differently there.
fn fence_place(file: &str, text: &str, line: u32, words: &str) -> Place {
    let whole = Place::in_source(file, text, line, 1, 1);
    let fence = whole.text.find("```").or_else(|| whole.text.find("~~~")).unwrap_or(0);
    let (before, info) = whole.text.split_at(fence);
    let (at, width) = match find_word(info, words) {
        Some(at) => (before.chars().count() + info[..at].chars().count(), words.chars().count()),
        None => (before.chars().count(), info.trim_end().chars().count()),
    };
    Place::in_source(file, text, line, at as u32 + 1, width as u32)
}

/// Where `words` stand in `info` as whole words; the last of several, because the first words are the right ones.
fn find_word(info: &str, words: &str) -> Option<usize> {
    let is_end = |c: Option<char>| c.is_none_or(|c| matches!(c, ' ' | '\t' | ',' | '`' | '~'));
    let whole =
        |at: &usize| is_end(info[..*at].chars().next_back()) && is_end(info[*at + words.len()..].chars().next());
    info.rmatch_indices(words).map(|(at, _)| at).find(whole)
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
