//! Finds the front matter's text. What it says is read in [`front_matter`](super::front_matter).

use super::lines::Lines;
use crate::diagnostic::{Diagnostic, Place};
use std::ops::Range;

/// Where the head of a notebook ends and its markdown begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The front matter's YAML: its bytes between the two fences and the number of its first line, from 1.
    pub(super) yaml: Option<(Range<usize>, u32)>,
    /// The first byte of the markdown.
    pub(super) body: usize,
}

/// Cuts a byte order mark and the front matter off `text`.
///
/// Front matter stands between a first line `---` and the next line `---` or `...`, and begins like YAML: with a
/// `key:`, a comment, or nothing at all. Otherwise the `---` is a thematic break, as CommonMark has it.
///
/// # Errors
/// The front matter begins like YAML but is never closed.
pub(super) fn cut(file: &str, text: &str) -> Result<Head, Box<Diagnostic>> {
    let lines = Lines::of(text);
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let prose = Head { yaml: None, body: start };
    if lines.text(0)[start..].trim_end_matches([' ', '\t']) != "---" {
        return Ok(prose);
    }
    let is_close = |line: &usize| matches!(lines.text(*line).trim_end_matches([' ', '\t']), "---" | "...");
    let first = (1..lines.count()).find(|line| !lines.text(*line).trim().is_empty());
    let Some(first) = first.filter(|line| is_close(line) || begins_like_yaml(lines.text(*line))) else {
        return Ok(prose);
    };
    match (first..lines.count()).find(is_close) {
        Some(close) => Ok(Head {
            yaml: Some((lines.bytes(1).start..lines.bytes(close).start, 2)),
            body: lines.bytes(close + 1).start,
        }),
        None if lines.text(first).starts_with('#') => Ok(prose),
        None => {
            let error = Diagnostic::new("the front matter is never closed")
                .at(Place::in_source(file, text, 1, 1, 3))
                .label("it begins here")
                .help("end it with a line `---`; if this is a thematic break and no front matter, write `***`");
            Err(Box::new(error))
        }
    }
}

/// Whether `line` is a YAML comment or begins with `key:`.
fn begins_like_yaml(line: &str) -> bool {
    let key = line.split(':').next().unwrap_or("");
    let behind = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(':'));
    let is_key = key.trim_matches(['"', '\'']).starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !key.contains(|c: char| c.is_whitespace());
    line.starts_with('#') || is_key && behind.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_text(text: &str) -> (Option<&str>, &str) {
        let head = cut("a.md", text).unwrap();
        (head.yaml.map(|(bytes, _)| &text[bytes]), &text[head.body..])
    }

    #[test]
    fn front_matter_stands_between_two_fences() {
        assert_eq!(cut_text("---\ntitle: x\ntags: [a]\n---\nprose\n"), (Some("title: x\ntags: [a]\n"), "prose\n"));
        assert_eq!(cut_text("---  \r\ntitle: x\r\n...\r\nprose"), (Some("title: x\r\n"), "prose"));
        assert_eq!(cut_text("---\n\n# comment\nx:\n---"), (Some("\n# comment\nx:\n"), ""));
        assert_eq!(cut_text("---\n---\nprose"), (Some(""), "prose"));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_it() {
        assert_eq!(cut_text("\u{feff}---\na: b\n---\nprose"), (Some("a: b\n"), "prose"));
        assert_eq!(cut_text("\u{feff}prose"), (None, "prose"));
    }

    #[test]
    fn the_yaml_begins_on_line_two() {
        assert_eq!(cut("a.md", "---\na: b\n---\n").unwrap().yaml, Some((4..9, 2)));
    }

    #[test]
    fn a_thematic_break_is_prose() {
        for text in
            ["---\n\nprose\n\n---\n", "---", "---\nSome prose: here\n---\n", "---\n# Heading\n", " ---\na: b\n---\n"]
        {
            assert_eq!(cut_text(text), (None, text));
        }
    }

    #[test]
    fn front_matter_that_is_never_closed_is_an_error_at_its_fence() {
        let error = cut("a.md", "---\ntitle: x\n\n# Prose\n").unwrap_err().to_string();
        assert!(error.starts_with("a.md:1:1: error: the front matter is never closed\n"), "{error}");
    }
}
