//! Writes the generated crate, and keeps account of where the author's text lands in it.

use super::source_map::Segment;
use crate::notebook::Snippet;

/// Generated text under construction.
#[derive(Debug)]
pub(super) struct Writer {
    text: String,
    line: u32,
    column: u32,
    segments: Vec<Segment>,
}

impl Writer {
    /// Nothing yet; the next character stands at line 1, column 1.
    pub(super) fn new() -> Self {
        Self { text: String::new(), line: 1, column: 1, segments: Vec::new() }
    }

    /// Goes down to the start of `line` (from 1). Where the text has come further than that already, it goes on where
    /// it is.
    pub(super) fn go_to(&mut self, line: u32) {
        while self.line < line {
            self.new_line();
        }
    }

    /// Where the next character will stand: line and column.
    pub(super) fn position(&self) -> (u32, u32) {
        (self.line, self.column)
    }

    /// Writes text of our own, which has no line break.
    pub(super) fn glue(&mut self, text: &str) {
        debug_assert!(!text.contains('\n'));
        self.text.push_str(text);
        self.column += text.chars().count() as u32;
    }

    /// Writes the author's text where it stands in the notebook. Between its lines there is exactly one line break,
    /// wherever they stand: more would change a string literal that runs over them.
    pub(super) fn snippet(&mut self, snippet: &Snippet) {
        self.go_to(snippet.line());
        self.inline(snippet);
    }

    /// Writes the author's text at the current position.
    pub(super) fn inline(&mut self, snippet: &Snippet) {
        for (n, line) in snippet.lines.iter().enumerate() {
            if n > 0 {
                self.new_line();
            }
            let width = line.text.chars().count() as u32;
            let (to_line, to_column) = (line.line, line.column);
            self.segments.push(Segment { line: self.line, column: self.column, width, to_line, to_column });
            self.text.push_str(&line.text);
            self.column += width;
        }
        // What follows must not become part of a comment at the end of the last line.
        if snippet.lines.last().is_some_and(|line| line.text.contains("//")) {
            self.new_line();
        }
    }

    /// The text and where the author's pieces are in it.
    pub(super) fn finish(self) -> (String, Vec<Segment>) {
        (self.text, self.segments)
    }

    fn new_line(&mut self) {
        self.text.push('\n');
        self.line += 1;
        self.column = 1;
    }
}
