//! The text of a diagnostic, in pieces, so that each can be shown in its own way.

use super::{Diagnostic, Note, Place};
use std::fmt;
use unicode_width::UnicodeWidthStr;

/// How much of a line is drawn, in characters.
const LONGEST: usize = 160;

/// How much of it may stand before what is meant.
const BEFORE: usize = 60;

/// What a piece of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The place, before all.
    Place,
    /// The word for how bad it is.
    Severity,
    /// The message.
    Message,
    /// The margin: of a line's number, or before a note.
    Gutter,
    /// The carets below what is meant, with the label behind them.
    Caret,
    /// The word before a note.
    Kind,
    /// A source line, or what a note says.
    Text,
}

/// One line of the text.
pub type Line = Vec<(Part, String)>;

impl Diagnostic {
    /// The whole report, several lines: `file:line:column: error: message`, or `warning` in the same place, the line, the caret,
    /// the notes.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut head =
            vec![(Part::Severity, self.severity.as_str().to_owned()), (Part::Message, format!(": {}", self.message))];
        let mut gutter = 2;
        if let Some(place) = &self.place {
            gutter = gutter.max(place.line.to_string().len());
            head.insert(0, (Part::Place, format!("{place}: ")));
        }
        push(&mut lines, head);
        if let Some(place) = &self.place {
            draw(&mut lines, place, self.label.as_deref(), gutter);
        }
        for note in &self.notes {
            let (kind, text) = match note {
                Note::Help(text) => ("help", text.clone()),
                Note::Note(text) => ("note", text.clone()),
                Note::Left(text) => ("left", text.clone()),
                Note::Right(text) => ("right", text.clone()),
                Note::Also(place, text) => ("note", format!("{place}: {text}")),
            };
            let margin = (Part::Gutter, format!("{:gutter$} =", ""));
            let indent = format!("\n{:width$}", "", width = gutter + 5 + kind.len());
            let words = text.lines().collect::<Vec<_>>().join(&indent);
            push(
                &mut lines,
                vec![
                    margin,
                    (Part::Text, " ".to_owned()),
                    (Part::Kind, kind.to_owned()),
                    (Part::Text, format!(": {words}")),
                ],
            );
            if let Note::Also(place, _) = note {
                draw(&mut lines, place, None, gutter);
            }
        }
        lines
    }
}

/// Appends a line. A piece with line breaks in it goes on in the next lines.
fn push(lines: &mut Vec<Line>, pieces: Line) {
    let mut line = Line::new();
    for (part, text) in pieces {
        for (n, words) in text.split('\n').enumerate() {
            if n > 0 {
                lines.push(std::mem::take(&mut line));
            }
            line.push((part, words.to_owned()));
        }
    }
    lines.push(line);
}

/// The line and the caret below it, as rustc draws them, with `gutter` columns for the line number.
fn draw(lines: &mut Vec<Line>, place: &Place, label: Option<&str>, gutter: usize) {
    let (line, column) = drawn(place);
    let before: String = line.chars().take(column).collect();
    let meant: String = line.chars().skip(column).take(place.width as usize).collect();
    let carets = "^".repeat(UnicodeWidthStr::width(meant.as_str()).max(1));
    // A tab in the margin keeps its own width, so that the caret stays under its character in any terminal.
    let margin: String = before
        .chars()
        .map(|c| if c == '\t' { "\t".to_owned() } else { " ".repeat(UnicodeWidthStr::width(c.to_string().as_str())) })
        .collect();
    let label = label.map_or(String::new(), |label| format!(" {label}"));
    let empty = || (Part::Gutter, format!("{:gutter$} |", ""));
    push(lines, vec![empty()]);
    push(lines, vec![(Part::Gutter, format!("{:>gutter$} |", place.line)), (Part::Text, format!(" {line}"))]);
    push(lines, vec![empty(), (Part::Caret, format!(" {margin}{carets}{label}"))]);
}

/// A line as it is drawn, and how much of it stands before what is meant: of a long line, the part around that.
fn drawn(place: &Place) -> (String, usize) {
    let length = place.text.chars().count();
    let column = (place.column.saturating_sub(1) as usize).min(length);
    if length <= LONGEST {
        return (place.text.clone(), column);
    }
    let start = column.saturating_sub(BEFORE);
    let part: String = place.text.chars().skip(start).take(LONGEST).collect();
    let before = if start > 0 { "…" } else { "" };
    let behind = if start + LONGEST < length { "…" } else { "" };
    (format!("{before}{part}{behind}"), column - start + before.chars().count())
}

/// [`Diagnostic::lines`] as plain text, which ends in a line break.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.lines() {
            line.iter().try_for_each(|(_, text)| f.write_str(text))?;
            f.write_str("\n")?;
        }
        Ok(())
    }
}
