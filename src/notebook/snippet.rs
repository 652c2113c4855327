//! Text that was taken out of a notebook and still knows where each of its lines stands there.

use super::lines::Lines;
use crate::diagnostic::Place;
use serde::{Deserialize, Serialize};

/// Some lines of a notebook, each with its place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Snippet {
    /// The lines, without line endings. A line's place may jump (a container's marker stands before it) but never goes back.
    pub lines: Vec<SnippetLine>,
}

/// One line of a [`Snippet`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnippetLine {
    /// The text, without its line ending.
    pub text: String,
    /// The notebook's line that it stands on, from 1.
    pub line: u32,
    /// The column of its first character there, in characters from 1.
    pub column: u32,
    /// The characters of the text that the notebook writes in more than one, in order.
    pub escapes: Vec<Escape>,
}

/// A character that the notebook writes in more than one, such as `\"` between double quotes of YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escape {
    /// How many characters of the text stand before it.
    pub at: u32,
    /// How many more characters the notebook has for it.
    pub more: u32,
}

impl SnippetLine {
    /// A line that the notebook writes as it is.
    pub fn new(text: impl Into<String>, line: u32, column: u32) -> Self {
        Self { text: text.into(), line, column, escapes: Vec::new() }
    }

    /// The notebook's column of a character of the text, counted from 0.
    pub fn column_of(&self, character: usize) -> u32 {
        let before = self.escapes.iter().take_while(|escape| (escape.at as usize) < character);
        self.column + character as u32 + before.map(|escape| escape.more).sum::<u32>()
    }

    /// A part of the line: the characters from `start` as far as `end`.
    pub fn part(&self, start: usize, end: usize) -> Self {
        let text = self.text.chars().skip(start).take(end.saturating_sub(start)).collect();
        let within = self.escapes.iter().filter(|escape| (start..end).contains(&(escape.at as usize)));
        let escapes = within.map(|escape| Escape { at: escape.at - start as u32, ..*escape }).collect();
        Self { text, line: self.line, column: self.column_of(start), escapes }
    }
}

impl Snippet {
    /// All lines of a text, of which the first stands on this line.
    pub fn of_lines(text: &str, first_line: u32) -> Self {
        let lines = Lines::of(text);
        let lines = (0..lines.count()).map(|line| lines.text(line)).zip(first_line..);
        Self { lines: lines.map(|(text, line)| SnippetLine::new(text, line, 1)).collect() }
    }

    /// A snippet of one line.
    pub fn one_line(text: impl Into<String>, line: u32, column: u32) -> Self {
        Self { lines: vec![SnippetLine::new(text, line, column)] }
    }

    /// The text alone, lines joined by `\n`, without a final line break.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// The first line's number, from 1; 0 for an empty snippet.
    pub fn line(&self) -> u32 {
        self.lines.first().map_or(0, |line| line.line)
    }

    /// The place in the notebook of line `line` (from 0) and column `column` (characters, from 0) of this snippet's text.
    /// Past the last line it is the end of the last line.
    pub fn place(&self, file: &str, source: &str, line: usize, column: usize, width: u32) -> Place {
        match (self.lines.get(line), self.lines.last()) {
            (Some(at), _) => {
                let (start, end) = (at.column_of(column), at.column_of(column + width as usize));
                Place::in_source(file, source, at.line, start, end - start)
            }
            (None, Some(last)) => {
                Place::in_source(file, source, last.line, last.column_of(last.text.chars().count()), width)
            }
            (None, None) => Place::in_source(file, source, 1, 1, width),
        }
    }

    /// The place of the whole snippet, as far as its first line reaches.
    pub fn whole(&self, file: &str, source: &str) -> Place {
        let width = self.lines.first().map_or(1, |line| line.text.chars().count());
        self.place(file, source, 0, 0, width as u32)
    }
}
