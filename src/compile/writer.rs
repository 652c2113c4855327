//! Writes a file of the generated crate, and keeps account of where the author's text lands in it.

use crate::model::Segment;
use crate::notebook::{Snippet, SnippetLine};

/// Generated text under construction.
#[derive(Debug)]
pub(super) struct Writer {
    text: String,
    /// The notebook's line before that which the file begins with.
    fence: u32,
    line: u32,
    column: u32,
    segments: Vec<Segment>,
}

impl Writer {
    /// Nothing yet of the file of a cell whose opening fence stands on this line of the notebook; the next character stands
    /// at line 1, column 1.
    pub(super) fn new(fence: u32) -> Self {
        Self { text: String::new(), fence, line: 1, column: 1, segments: Vec::new() }
    }

    /// Whether nothing has been written.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Goes down to the line for what stands on `line` of the notebook. Where the text has come further than that already, it
    /// goes on where it is.
    pub(super) fn go_to(&mut self, line: u32) {
        while self.line < line.saturating_sub(self.fence) {
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

    /// Writes the author's text on the line where it stands in its cell. Between its lines there is exactly one line break,
    /// wherever they stand: more would change a string literal that runs over them.
    pub(super) fn snippet(&mut self, snippet: &Snippet) {
        self.go_to(snippet.line());
        self.inline(snippet);
    }

    /// Writes the author's text at the current position.
    pub(super) fn inline(&mut self, snippet: &Snippet) {
        self.with_glue(snippet, &[]);
    }

    /// The same with text of our own within it: each behind so many characters of a line, counted from 0, in their order.
    pub(super) fn with_glue(&mut self, snippet: &Snippet, glue: &[((usize, usize), String)]) {
        let mut glue = glue.iter().peekable();
        for (n, line) in snippet.lines.iter().enumerate() {
            if n > 0 {
                self.new_line();
            }
            let mut start = 0;
            while let Some(((_, at), text)) = glue.next_if(|((line, _), _)| *line == n) {
                self.piece(&line.part(start, *at));
                self.glue(text);
                start = *at;
            }
            if start == 0 {
                self.piece(line);
            } else {
                self.piece(&line.part(start, line.text.chars().count()));
            }
        }
        // What follows must not become part of a comment at the end of the last line.
        if snippet.lines.last().is_some_and(|line| line.text.contains("//")) {
            self.new_line();
        }
    }

    /// Writes a line of the author's, or a part of one.
    fn piece(&mut self, line: &SnippetLine) {
        // Behind a character that the notebook writes in more, a new piece begins.
        let pieces = line.escapes.iter().map(|escape| escape.at as usize + 1).chain([line.text.chars().count()]);
        let mut start = 0;
        for end in pieces {
            let (width, to_column) = ((end - start) as u32, line.column_of(start));
            self.segments.push(Segment { line: self.line, column: self.column, width, to_line: line.line, to_column });
            self.column += width;
            start = end;
        }
        self.text.push_str(&line.text);
    }

    /// The text and where the author's pieces are in it. The line break at its end puts the end of the file outside of the
    /// text: then an error about a delimiter is shown at the one that was opened, and not at the end.
    pub(super) fn finish(mut self) -> (String, Vec<Segment>) {
        self.new_line();
        (self.text, self.segments)
    }

    /// Goes to the next line.
    pub(super) fn new_line(&mut self) {
        self.text.push('\n');
        self.line += 1;
        self.column = 1;
    }
}
