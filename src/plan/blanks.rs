//! Blanks of other kinds than the space where YAML wants a space: pasted from a web page, typed with an input method.

use crate::diagnostic::Diagnostic;
use crate::notebook::{Snippet, SnippetLine};

/// The code with spaces where a line's structure has other blanks, and the first of these: line and column from 0.
/// `None` where there are none.
pub(super) fn replaced(code: &Snippet) -> Option<(Snippet, (usize, usize))> {
    let mut first = None;
    let lines = code.lines.iter().enumerate().map(|(number, line)| {
        let mut structural = true;
        let mut previous = ' ';
        let replace = |(column, c): (usize, char)| {
            structural &= is_blank(c) || matches!(c, ' ' | '-');
            let space = is_blank(c) && (structural || previous == ':');
            previous = c;
            if space {
                first.get_or_insert((number, column));
            }
            if space { ' ' } else { c }
        };
        SnippetLine { text: line.text.chars().enumerate().map(replace).collect(), ..line.clone() }
    });
    let code = Snippet { lines: lines.collect() };
    first.map(|first| (code, first))
}

/// What is wrong with such a blank.
pub(super) fn error(file: &str, source: &str, code: &Snippet, (line, column): (usize, usize)) -> Diagnostic {
    let blank = code.lines.get(line).and_then(|line| line.text.chars().nth(column)).unwrap_or(' ');
    let name = match blank {
        '\u{a0}' => "a no-break space",
        '\u{3000}' => "an ideographic space",
        '\u{200b}' => "a space of no width",
        _ => "a blank",
    };
    let message = format!("here stands {name} (U+{:04X}), which YAML does not take for a space", blank as u32);
    let place = code.place(file, source, line, column, 1);
    Diagnostic::new(message).at(place).help("write an ordinary space in its place")
}

/// Whether a character looks like a space and is none.
fn is_blank(c: char) -> bool {
    c.is_whitespace() && !matches!(c, ' ' | '\t' | '\n' | '\r') || c == '\u{200b}'
}
