//! Diagnostics for other programs: as JSON, one object a line, and as the workflow commands of GitHub's runners.

use crate::diagnostic::{Diagnostic, Note, Place, Severity};
use crate::render::visible;
use clap::ValueEnum;
use serde::Serialize;

/// The form in which diagnostics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people, on standard error.
    #[default]
    Human,
    /// One JSON object a line and diagnostic, on standard output.
    Json,
    /// Commands that make GitHub show each diagnostic at its line, on standard output.
    Github,
}

impl Format {
    /// The line that a diagnostic is in this form; `None` for people, who read several. `cell` is the number of the cell in
    /// which it stands.
    pub fn line(self, diagnostic: &Diagnostic, cell: Option<usize>) -> Option<String> {
        match self {
            Format::Human => None,
            Format::Json => serde_json::to_string(&Report::new(diagnostic, cell)).ok(),
            Format::Github => Some(github(diagnostic)),
        }
    }
}

/// A diagnostic of nbrun's, as `--format json` writes it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "nbrun diagnostic", deny_unknown_fields))]
struct Report<'a> {
    /// How bad it is.
    severity: Severity,
    /// The compiler's code of an error, such as `E0308`, or the lint of a warning; null for what nbrun itself found.
    code: Option<&'a str>,
    /// What is wrong, in one sentence.
    message: &'a str,
    /// The number of the cell in which it stands, from 1; null where it stands in none.
    cell: Option<usize>,
    /// The places that it is about, the main one first; empty where it is about none.
    spans: Vec<Span<'a>>,
    /// What can be done about it.
    helps: Vec<&'a str>,
    /// What else there is to know.
    notes: Vec<&'a str>,
    /// The value on the left of a comparison that does not hold.
    left: Option<&'a str>,
    /// The value on its right.
    right: Option<&'a str>,
}

/// A stretch of a line of the notebook.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
struct Span<'a> {
    /// The file, as it was named on the command line; `<stdin>` for standard input.
    file: &'a str,
    /// The line, from 1.
    line: u32,
    /// The column of the first character, from 1. Columns count characters.
    column: u32,
    /// The line of the end.
    end_line: u32,
    /// The column behind the last character.
    end_column: u32,
    /// The whole line.
    text: &'a str,
    /// What is said about this place.
    label: Option<&'a str>,
    /// Whether it is the main one.
    is_primary: bool,
}

impl<'a> Report<'a> {
    fn new(diagnostic: &'a Diagnostic, cell: Option<usize>) -> Self {
        let Diagnostic { severity, code, message, place, label, notes, others: _ } = diagnostic;
        let main = place.iter().map(|place| Span::new(place, label.as_deref(), true));
        let mut report = Self {
            severity: *severity,
            code: code.as_deref(),
            message,
            cell,
            spans: main.collect(),
            helps: Vec::new(),
            notes: Vec::new(),
            left: None,
            right: None,
        };
        for note in notes {
            match note {
                Note::Help(text) => report.helps.push(text),
                Note::Note(text) => report.notes.push(text),
                Note::Also(place, text) => report.spans.push(Span::new(place, Some(text), false)),
                Note::Left(text) => report.left = Some(text),
                Note::Right(text) => report.right = Some(text),
            }
        }
        report
    }
}

impl<'a> Span<'a> {
    fn new(place: &'a Place, label: Option<&'a str>, is_primary: bool) -> Self {
        let Place { file, line, column, text, .. } = place;
        let end_column = end_column(place);
        Self { file, line: *line, column: *column, end_line: *line, end_column, text, label, is_primary }
    }
}

/// The column behind the last character of a place.
fn end_column(place: &Place) -> u32 {
    place.column.saturating_add(place.width)
}

/// A diagnostic as a workflow command, on one line.
fn github(diagnostic: &Diagnostic) -> String {
    let properties = diagnostic.place.as_ref().map(|place| {
        let (file, end) = (property(&place.file), end_column(place));
        format!(" file={file},line={0},endLine={0},col={1},endColumn={end}", place.line, place.column)
    });
    let place = diagnostic.place.as_ref();
    let label = diagnostic.label.as_ref().map(|label| format!("\n{label}")).unwrap_or_default();
    let mut message = format!("{}{label}", diagnostic.message);
    for note in &diagnostic.notes {
        message += &match note {
            Note::Help(text) => format!("\nhelp: {text}"),
            Note::Note(text) => format!("\nnote: {text}"),
            Note::Left(text) => format!("\nleft: {text}"),
            Note::Right(text) => format!("\nright: {text}"),
            Note::Also(at, text) if place.is_some_and(|place| place.file == at.file) => {
                format!("\nnote: line {}: {text}", at.line)
            }
            Note::Also(at, text) => format!("\nnote: {at}: {text}"),
        };
    }
    let message: Vec<_> = message.lines().map(visible).collect();
    format!("::{}{}::{}", diagnostic.severity.as_str(), properties.unwrap_or_default(), data(&message.join("\n")))
}

/// A text as the message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as the value of one of its properties.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic() -> Diagnostic {
        let place = |column, width| Place::in_source("a, b: 100%.md", "多 = job(1)\nx", 1, column, width);
        let mut error = Diagnostic::new("wrong").at(place(5, 3)).label("here").help("do this\nor that").note("50%");
        error.code = Some("E0308".to_owned());
        error.notes.push(Note::Also(place(1, 1), "the first".to_owned()));
        error.notes.push(Note::Left("1".to_owned()));
        error
    }

    #[test]
    fn json_has_the_places_of_a_diagnostic_and_all_that_is_said_about_it() {
        let line = Format::Json.line(&diagnostic(), Some(3)).expect("a line");
        let span = r#""file":"a, b: 100%.md","line":1"#;
        let end = r#""end_line":1"#;
        let text = r#""text":"多 = job(1)""#;
        let expected = format!(
            r#"{{"severity":"error","code":"E0308","message":"wrong","cell":3,"spans":[{{{span},"column":5,{end},"end_column":8,{text},"label":"here","is_primary":true}},{{{span},"column":1,{end},"end_column":2,{text},"label":"the first","is_primary":false}}],"helps":["do this\nor that"],"notes":["50%"],"left":"1","right":null}}"#
        );
        assert_eq!(line, expected);
    }

    #[test]
    fn github_shows_a_diagnostic_at_its_line() {
        let line = Format::Github.line(&diagnostic(), None).expect("a line");
        let expected = "::error file=a%2C b%3A 100%25.md,line=1,endLine=1,col=5,endColumn=8::wrong%0Ahere%0Ahelp: do \
                        this%0Aor that%0Anote: 50%25%0Anote: line 1: the first%0Aleft: 1";
        assert_eq!(line, expected);
        let warning = Diagnostic::new("no place").warning();
        assert_eq!(Format::Github.line(&warning, None).expect("a line"), "::warning::no place");
    }

    #[test]
    fn a_message_is_no_command_of_its_own_for_github() {
        let hostile = Diagnostic::new("x\r\n::stop-commands::y\u{1b}[2J%0A::error::z");
        let line = github(&hostile);
        assert_eq!(line, "::error::x%0A::stop-commands::y%250A::error::z");
    }

    #[test]
    fn the_schema_of_a_diagnostic_in_the_book_is_current() {
        crate::model::schema::assert_is_current::<Report>("diagnostic.schema.json");
    }
}
