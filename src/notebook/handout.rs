//! A notebook without its solutions.

use super::results::{ending, is_blank, line_end, line_start};
use super::solutions::{Solution, solutions};
use super::{Cell, LeftOut, Notebook, parse};
use crate::diagnostic::Diagnostic;
use std::ops::Range;

/// Reads a notebook and leaves its solutions out. Its lines keep their numbers: where a solution stood, they are empty.
///
/// # Errors
/// What is wrong with the whole notebook; or a solution that stands where it cannot be cut out.
pub fn without_solutions(file: &str, text: String) -> Result<Notebook, Vec<Diagnostic>> {
    let whole = parse(file, text)?;
    let parts = solutions(&whole);
    if parts.is_empty() {
        return Ok(whole);
    }
    let text = cut(&whole.text, &parts);
    let (rest, left_out): (Vec<&Cell>, Vec<&Cell>) =
        whole.cells.iter().partition(|cell| !parts.iter().any(|part| part.cells.contains(&cell.index)));
    let has_the_rest = |notebook: &Notebook| {
        let is_same = |(one, other): (&&Cell, &Cell)| one.kind == other.kind && one.code.text() == other.code.text();
        notebook.cells.len() == rest.len() && rest.iter().zip(&notebook.cells).all(is_same)
    };
    let cleared = parse(file, cleared(&whole.text, &parts)).ok().filter(has_the_rest);
    let Some(cleared) = cleared.filter(|_| parse(file, text.clone()).is_ok_and(|notebook| has_the_rest(&notebook)))
    else {
        let first = left_out.first().map(|cell| whole.fence(cell.line));
        let error = Diagnostic::new(
            "the solutions cannot be cut out of this notebook: what stands around them would be read differently",
        );
        let error = first.into_iter().fold(error, Diagnostic::at);
        return Err(vec![
            error.help("put an empty line before and behind each solution, outside of lists and quotations"),
        ]);
    };
    let left_out = LeftOut { cells: left_out.into_iter().cloned().collect(), text };
    Ok(Notebook { left_out: Some(left_out), ..cleared })
}

/// A text without some parts. Where a part took whole lines, one empty line is left between what stood around it, if there was any.
fn cut(text: &str, parts: &[Solution]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for part in parts {
        let (start, end) = (line_start(text, part.bytes.start), line_end(text, part.bytes.end));
        let is_whole = is_blank(&text[start..part.bytes.start]) && is_blank(&text[part.bytes.end..end]);
        if !is_whole {
            out.push_str(text.get(from..part.bytes.start).unwrap_or(""));
            from = part.bytes.end;
            continue;
        }
        out.push_str(text.get(from..start).unwrap_or(""));
        let (above, was_apart) = without_blank_end(&out);
        let above = above.len();
        let (behind, is_apart) = without_blank_begin(text, end);
        from = behind;
        let blank = match (was_apart, is_apart) {
            (Some(blank), _) => out[blank].to_owned(),
            (None, Some(blank)) => text[blank].to_owned(),
            (None, None) => continue,
        };
        out.truncate(above);
        // Nothing is left to be kept apart at the beginning and at the end.
        if above > 0 && behind < text.len() {
            out.push_str(&blank);
        }
    }
    out + text.get(from..).unwrap_or("")
}

/// A text without the empty lines at its end, and the first of these.
fn without_blank_end(text: &str) -> (&str, Option<Range<usize>>) {
    let (mut end, mut blank) = (text.len(), None);
    while end > 0 {
        let before = text[..end].trim_end_matches(['\n', '\r']).len();
        // One line ending at a time.
        let last = line_before(text, end);
        let start = line_start(text, last);
        if before == end || !is_blank(&text[start..last]) {
            break;
        }
        (blank, end) = (Some(start..end), start);
    }
    (&text[..end], blank)
}

/// Where the line ends whose line ending ends at byte `end`.
fn line_before(text: &str, end: usize) -> usize {
    let line = &text[..end];
    let line = line.strip_suffix("\r\n").or_else(|| line.strip_suffix(['\n', '\r'])).unwrap_or(line);
    line.len()
}

/// Where a text goes on behind the line that ends at byte `end` and the empty lines that follow, and the first of these.
fn without_blank_begin(text: &str, end: usize) -> (usize, Option<Range<usize>>) {
    let next = |end: usize| end + ending(&text[end..]).len();
    let (mut at, mut blank) = (next(end), None);
    while at < text.len() {
        let last = line_end(text, at);
        if !is_blank(&text[at..last]) {
            break;
        }
        blank = blank.or(Some(at..next(last)));
        at = next(last);
    }
    (at, blank)
}

/// A text in which nothing but line endings is left of some parts, and what puts them into a quotation.
fn cleared(text: &str, parts: &[Solution]) -> String {
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for part in parts {
        out.push_str(text.get(from..part.bytes.start).unwrap_or(""));
        from = part.bytes.end;
        let before = &text[line_start(text, part.bytes.start)..part.bytes.start];
        let margin = if is_blank(before) { before } else { "" };
        for (number, line) in text[part.bytes.clone()].split_inclusive(['\n', '\r']).enumerate() {
            let content = line.trim_end_matches(['\n', '\r']);
            if number > 0 && margin.contains('>') && content.starts_with(margin.trim_end()) {
                out.push_str(margin.trim_end());
            }
            out.push_str(&line[content.len()..]);
        }
    }
    out + text.get(from..).unwrap_or("")
}

#[cfg(test)]
#[path = "handout_tests.rs"]
mod tests;
