//! The markdown that a notebook is written in, as both parsers must take it: CommonMark, with GitHub's tables, strikethrough,
//! task lists, footnotes, alerts and bare links.
//!
//! Cells are found with pulldown-cmark, which knows the bytes of everything; the page is rendered with comrak. The page
//! puts a cell's output behind its fence, so both must see the same fences.

use super::lines::Lines;
use comrak::nodes::NodeValue;

/// The options with which comrak must parse a notebook. The page may add options that change nothing about blocks.
pub fn page_options() -> comrak::Options<'static> {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.autolink = true;
    options.extension.alerts = true;
    options
}

/// The text that a parser must be given for `text`: every lone `\r` turned into `\n`, and a line ending at its end.
/// Otherwise it is the same byte for byte, so that places in one are places in the other.
///
/// CommonMark ends a line at any of them. pulldown-cmark knows a lone `\r` in some places only, and comrak loses an empty
/// line of code behind one; both take blanks differently in a last line that has no ending.
pub fn with_plain_line_endings(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(if c == '\r' && chars.peek() != Some(&'\n') { '\n' } else { c });
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// A fenced code block as the page will have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PageFence {
    /// The line of the opening fence, from 1.
    pub(super) line: u32,
    /// The info string, with entities and backslashes resolved.
    pub(super) info: String,
    /// The lines of code.
    pub(super) code: Vec<String>,
}

/// The fenced code blocks that the page will have for `text` from byte `body` on, by position, without those in footnotes.
///
/// comrak drops a footnote that nothing refers to, and moves the others to the end.
pub(super) fn page_fences(text: &str, body: usize) -> Vec<PageFence> {
    let arena = comrak::Arena::new();
    let head = Lines::of(text).holding(body) as u32;
    let root = comrak::parse_document(&arena, &with_plain_line_endings(&text[body..]), &page_options());
    let mut found = Vec::new();
    for node in root.descendants() {
        let data = node.data();
        let in_footnote = || node.ancestors().any(|at| matches!(at.data().value, NodeValue::FootnoteDefinition(_)));
        if let NodeValue::CodeBlock(code) = &data.value
            && code.fenced
            && !in_footnote()
        {
            found.push(PageFence {
                line: head + data.sourcepos.start.line as u32,
                info: code.info.clone(),
                code: code.literal.lines().map(str::to_owned).collect(),
            });
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lone_carriage_return_becomes_a_line_feed() {
        assert_eq!(with_plain_line_endings("a\rb\r\nc\r\r\n\r"), "a\nb\r\nc\n\r\n\n");
        assert_eq!(with_plain_line_endings("a"), "a\n");
        assert_eq!(with_plain_line_endings(""), "");
    }

    #[test]
    fn a_fence_of_the_page_has_the_line_of_the_whole_text() {
        let text = "---\ntitle: x\n---\n> ```rust job\n> a\n";
        let found = page_fences(text, 17);
        assert_eq!(found, [PageFence { line: 4, info: "rust job".to_owned(), code: vec!["a".to_owned()] }]);
    }
}
