//! A text's lines as CommonMark counts them: `\n`, `\r\n` and a lone `\r` each end one.

use std::ops::Range;

/// Where the lines of a text stand.
pub(super) struct Lines<'t> {
    text: &'t str,
    /// The first byte of every line. A final line ending opens no further line, unless the text is empty.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of `text`.
    pub(super) fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            let ends_line = *byte == b'\n' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
            if ends_line && at + 1 < bytes.len() {
                starts.push(at + 1);
            }
        }
        Self { text, starts }
    }

    /// How many lines there are, at least 1.
    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line (from 0) that holds byte `at`; the last one for the end of the text.
    pub(super) fn holding(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The bytes of line `line` (from 0) without its line ending; empty behind the last line.
    pub(super) fn bytes(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        start..start + self.text[start..end].trim_end_matches(['\r', '\n']).len()
    }

    /// The text of line `line` (from 0) without its line ending.
    pub(super) fn text(&self, line: usize) -> &'t str {
        &self.text[self.bytes(line)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_three_line_endings_ends_a_line() {
        let lines = Lines::of("a\nb\r\nc\rd\r\r\n");
        let texts: Vec<_> = (0..lines.count()).map(|line| lines.text(line)).collect();
        assert_eq!(texts, ["a", "b", "c", "d", ""]);
        assert_eq!(lines.holding(3), 1);
        assert_eq!(lines.text(9), "");
    }

    #[test]
    fn an_empty_text_has_one_empty_line() {
        assert_eq!((Lines::of("").count(), Lines::of("").text(0)), (1, ""));
    }
}
