//! Lines of a job cell that the compiler sees and the page folds away, marked as rustdoc marks them: `# use std::fmt;`.

use super::{Snippet, SnippetLine};
use std::borrow::Cow;

/// The line behind its marker, if `line` is hidden: one that is `#` alone, or that begins with `# ` behind blanks.
pub fn hidden(line: &str) -> Option<&str> {
    let code = line.trim_start();
    if code == "#" { Some("") } else { code.strip_prefix("# ") }
}

/// A line that is not hidden, as the page shows it: of two `#` at its beginning one is left, so that `##` escapes a `#`.
pub fn shown(line: &str) -> Cow<'_, str> {
    let margin = line.len() - line.trim_start().len();
    match line[margin..].strip_prefix("##") {
        Some(rest) => Cow::Owned(format!("{}#{rest}", &line[..margin])),
        None => Cow::Borrowed(line),
    }
}

/// The code without the markers, every character in its place in the notebook.
pub fn without_markers(code: &Snippet) -> Snippet {
    let line = |line: &SnippetLine| {
        let text = line.text.as_str();
        let margin = text.len() - text.trim_start().len();
        let code =
            hidden(text).or_else(|| text[margin..].starts_with("##").then(|| &text[margin + 1..])).unwrap_or(text);
        let taken = text[..text.len() - code.len()].chars().count() as u32;
        SnippetLine::new(code, line.line, line.column + taken)
    };
    Snippet { lines: code.lines.iter().map(line).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_needs_a_blank_or_the_end_of_the_line() {
        assert_eq!(hidden("# use std::fmt;"), Some("use std::fmt;"));
        assert_eq!(hidden("    # x"), Some("x"));
        assert_eq!(hidden("#"), Some(""));
        for line in ["#[derive(Debug)]", "#![allow(unused)]", "## x", "a # b", ""] {
            assert_eq!(hidden(line), None, "{line}");
        }
    }

    #[test]
    fn two_signs_stand_for_one() {
        assert_eq!((shown("  ## a"), shown("#[a]"), shown("a ##")), ("  # a".into(), "#[a]".into(), "a ##".into()));
    }

    #[test]
    fn what_is_left_of_a_line_keeps_its_place() {
        let code = Snippet {
            lines: [("é", 1), ("  # use a;", 2), ("#", 3), ("## b", 4)]
                .map(|(text, line)| SnippetLine::new(text, line, 3))
                .to_vec(),
        };
        let lines = without_markers(&code).lines;
        let places: Vec<_> = lines.iter().map(|line| (line.text.as_str(), line.line, line.column)).collect();
        assert_eq!(places, [("é", 1, 3), ("use a;", 2, 7), ("", 3, 4), ("# b", 4, 4)]);
    }
}
