//! The characters of a YAML text, and where each of them stands in the notebook.

use super::Span;
use crate::diagnostic::{Diagnostic, Place};
use crate::notebook::{Escape, Snippet, SnippetLine};

/// A YAML text with its places. Positions are character indices into [`Text::yaml`].
pub(super) struct Text<'a> {
    pub(super) file: &'a str,
    pub(super) source: &'a str,
    snippet: &'a Snippet,
    /// The text for the parser. It begins with a line break of its own: libyaml leaves the position 0:0 out of its
    /// messages, and so nothing ever stands there.
    pub(super) yaml: String,
    pub(super) chars: Vec<char>,
    /// Where each line begins, as libyaml counts lines: it also breaks at a lone CR, NEL, LS and PS.
    yaml_lines: Vec<usize>,
    /// Where each line of the snippet begins.
    lines: Vec<usize>,
}

/// How a scalar stands in the text.
pub(super) struct Written {
    /// Its lines without quotes and indentation.
    pub(super) code: Snippet,
    /// Without quotes, and not a block.
    pub(super) plain: bool,
    /// The index behind its last character, quotes included.
    pub(super) end: usize,
}

/// Whether libyaml ends a line here.
fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether libyaml may drop this character where it folds lines.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// How many characters of a text YAML keeps wherever it folds lines.
fn black(text: &str) -> usize {
    text.chars().filter(|&c| !is_blank(c) && !is_break(c)).count()
}

impl<'a> Text<'a> {
    /// The text of `snippet`, which stands in `source`, the whole text of `file`.
    pub(super) fn new(file: &'a str, source: &'a str, snippet: &'a Snippet) -> Self {
        let yaml = format!("\n{}\n", snippet.text());
        let chars: Vec<char> = yaml.chars().collect();
        let ends_line = |&i: &usize| is_break(chars[i]) && !(chars[i] == '\r' && chars.get(i + 1) == Some(&'\n'));
        let yaml_lines = std::iter::once(0).chain((0..chars.len()).filter(ends_line).map(|i| i + 1)).collect();
        let mut next = 1;
        let mut lines = Vec::with_capacity(snippet.lines.len());
        for line in &snippet.lines {
            lines.push(next);
            next += line.text.chars().count() + 1;
        }
        Self { file, source, snippet, yaml, chars, yaml_lines, lines }
    }

    /// The index of a position as libyaml counts it, both from 1.
    pub(super) fn index(&self, line: usize, column: usize) -> usize {
        let start = self.yaml_lines.get(line.saturating_sub(1)).copied().unwrap_or(self.chars.len());
        (start + column.saturating_sub(1)).min(self.chars.len())
    }

    /// The character at an index; a line break behind the end.
    pub(super) fn at(&self, index: usize) -> char {
        self.chars.get(index).copied().unwrap_or('\n')
    }

    /// The stretch from `start` as far as `end`, or as far as the line of `start` reaches.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let (line, offset) = self.line_of(start);
        let Some(at) = self.snippet.lines.get(line) else { return Span { line: 1, column: 1, width: 0 } };
        let length = self.lines.get(line + 1).unwrap_or(&self.chars.len()) - 1 - self.line_start(line);
        let offset = offset.min(length);
        let width = end.saturating_sub(start).min(length - offset);
        Span { line: at.line, column: at.column + offset as u32, width: width as u32 }
    }

    /// The place in the notebook of `width` characters from an index.
    pub(super) fn place(&self, index: usize, width: usize) -> Place {
        self.span(index, index + width).place(self.file, self.source)
    }

    /// The snippet's line that an index stands on, and how far into it.
    pub(super) fn line_of(&self, index: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|&start| start <= index).saturating_sub(1);
        (line, index.saturating_sub(self.lines.get(line).copied().unwrap_or(0)))
    }

    /// The text of a line of the snippet, counted from 0; empty where there is none.
    pub(super) fn line_text(&self, line: usize) -> &str {
        self.snippet.lines.get(line).map_or("", |line| &line.text)
    }

    /// The index at which a line of the snippet begins, counted from 0.
    pub(super) fn line_start(&self, line: usize) -> usize {
        self.lines.get(line).copied().unwrap_or(0)
    }

    /// What is wrong with the first character that YAML does not allow at all. libyaml does not tell its place.
    pub(super) fn forbidden_character(&self) -> Option<Diagnostic> {
        let allowed = |c: char| match c {
            '\t' | '\n' | '\r' | '\u{85}' => true,
            '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
            _ => !c.is_control(),
        };
        let index = self.chars.iter().position(|&c| !allowed(c))?;
        let message = format!("the character U+{:04X} may not stand in YAML", self.chars[index] as u32);
        Some(Diagnostic::new(message).at(self.place(index, 1)).help("delete it; an editor may not show it"))
    }

    /// What is wrong with the first bracket that stands in too many others: libyaml looks at all of them again and again.
    pub(super) fn too_deep(&self) -> Option<Diagnostic> {
        const DEEPEST: usize = 500;
        let mut depth = 0_usize;
        let index = self.chars.iter().position(|c| {
            match c {
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > DEEPEST
        })?;
        let message = format!("brackets may stand in each other {DEEPEST} deep, and this one is deeper");
        Some(Diagnostic::new(message).at(self.place(index, 1)))
    }

    /// How the scalar that begins at `start` stands in the text; `value` is what YAML decodes it to.
    pub(super) fn scalar(&self, start: usize, value: &str) -> Written {
        match self.at(start) {
            '\'' => self.quoted(start + 1, '\''),
            '"' => self.quoted(start + 1, '"'),
            '|' | '>' => self.block(start, value),
            _ => self.plain(start, value),
        }
    }

    /// A plain scalar ends with its last character that is not blank: YAML changes nothing in it but blanks and breaks.
    fn plain(&self, start: usize, value: &str) -> Written {
        let mut left = black(value);
        let mut lines = Lines::new(self, start);
        let mut index = start;
        while left > 0 && index < self.chars.len() {
            let c = self.chars[index];
            if is_break(c) {
                index = self.skip_blank(index);
                lines.begin(index);
                continue;
            }
            left -= usize::from(!is_blank(c));
            lines.push(c);
            index += 1;
        }
        Written { code: lines.finish(), plain: true, end: index }
    }

    /// A quoted scalar from behind its opening quote.
    fn quoted(&self, start: usize, quote: char) -> Written {
        let mut lines = Lines::new(self, start);
        let mut index = start;
        while index < self.chars.len() {
            let c = self.chars[index];
            if c == quote && quote == '\'' && self.at(index + 1) == quote {
                lines.push_escaped(c, 2);
                index += 2;
            } else if c == quote {
                index += 1;
                break;
            } else if c == '\\' && quote == '"' && !is_break(self.at(index + 1)) {
                let (decoded, width) = self.escape(index + 1);
                index += 1 + width;
                if decoded == '\n' { lines.begin(index) } else { lines.push_escaped(decoded, 1 + width) }
            } else if is_break(c) || c == '\\' && quote == '"' {
                index = self.skip_blank(index + usize::from(c == '\\'));
                lines.begin(index);
            } else {
                lines.push(c);
                index += 1;
            }
        }
        Written { code: lines.finish(), plain: false, end: index }
    }

    /// The character that an escape stands for, and how many characters it takes behind the backslash.
    fn escape(&self, index: usize) -> (char, usize) {
        let hex = |width: usize| {
            let digits: String = (1..=width).map(|i| self.at(index + i)).collect();
            let decoded = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
            (decoded.unwrap_or(char::REPLACEMENT_CHARACTER), 1 + width)
        };
        match self.at(index) {
            '0' => ('\0', 1),
            'a' => ('\u{7}', 1),
            'b' => ('\u{8}', 1),
            't' => ('\t', 1),
            'n' => ('\n', 1),
            'v' => ('\u{b}', 1),
            'f' => ('\u{c}', 1),
            'r' => ('\r', 1),
            'e' => ('\u{1b}', 1),
            'N' => ('\u{85}', 1),
            '_' => ('\u{a0}', 1),
            'L' => ('\u{2028}', 1),
            'P' => ('\u{2029}', 1),
            'x' => hex(2),
            'u' => hex(4),
            'U' => hex(8),
            other => (other, 1),
        }
    }

    /// A block scalar from its `|` or `>`. How far it is indented follows from the blanks that YAML left in its value.
    fn block(&self, start: usize, value: &str) -> Written {
        let (header, _) = self.line_of(start);
        let indent_of = |line: &str| line.chars().take_while(|&c| c == ' ').count();
        let not_blank = |line: &str| !line.chars().all(is_blank);
        let content = &self.snippet.lines[(header + 1).min(self.snippet.lines.len())..];
        let first = content.iter().map(|line| line.text.as_str()).find(|line| not_blank(line)).unwrap_or("");
        let kept = value.lines().find(|line| not_blank(line)).map_or(0, indent_of);
        let indent = indent_of(first).saturating_sub(kept);
        // As in a plain scalar, YAML changes nothing but blanks and breaks: so the block ends with its last character.
        let mut left = black(value);
        let mut lines = Vec::new();
        for line in content {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(black(&line.text));
            let length = line.text.chars().count();
            lines.push(line.part(indent.min(length), length));
        }
        let end = self.line_start(header + 1).max(start + 1) - 1;
        let code = if lines.is_empty() { Lines::new(self, start).finish() } else { Snippet { lines } };
        Written { code, plain: false, end }
    }

    /// The index behind any blanks and line breaks.
    fn skip_blank(&self, mut index: usize) -> usize {
        while index < self.chars.len() && (is_blank(self.chars[index]) || is_break(self.chars[index])) {
            index += 1;
        }
        index
    }
}

/// Collects the lines of a scalar.
struct Lines<'t, 'a> {
    text: &'t Text<'a>,
    lines: Vec<SnippetLine>,
}

impl<'t, 'a> Lines<'t, 'a> {
    fn new(text: &'t Text<'a>, start: usize) -> Self {
        let mut lines = Self { text, lines: Vec::new() };
        lines.begin(start);
        lines
    }

    /// Begins the next line at an index.
    fn begin(&mut self, index: usize) {
        let Span { line, column, .. } = self.text.span(index, index);
        self.lines.push(SnippetLine::new("", line, column));
    }

    /// Adds a character that is written in `width`.
    fn push_escaped(&mut self, c: char, width: usize) {
        if let Some(line) = self.lines.last_mut() {
            let at = line.text.chars().count() as u32;
            line.escapes.push(Escape { at, more: width as u32 - 1 });
        }
        self.push(c);
    }

    fn push(&mut self, c: char) {
        if let Some(line) = self.lines.last_mut() {
            line.text.push(c);
        }
    }

    /// The lines, without the blanks before a fold.
    fn finish(mut self) -> Snippet {
        if let Some((_, folded)) = self.lines.split_last_mut() {
            for line in folded {
                line.text.truncate(line.text.trim_end_matches(is_blank).len());
                let length = line.text.chars().count();
                line.escapes.retain(|escape| (escape.at as usize) < length);
            }
        }
        Snippet { lines: self.lines }
    }
}
