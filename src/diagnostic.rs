//! What is wrong, where, and what to do about it: the one form in which every stage reports to an author.

mod listed;
mod text;

pub use listed::{listed, named};
pub use text::{Line, Part};

use serde::{Deserialize, Serialize};
use std::{fmt, io};

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is wrong.
    #[default]
    Error,
    /// It is most likely not what was meant.
    Warning,
    /// Nothing is wrong, and it is good to know.
    Note,
}

impl Severity {
    /// The word before a message.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// One thing that is wrong, in the author's own terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The compiler's code of an error, or the lint that warns.
    pub code: Option<String>,
    /// What is wrong, in one sentence that starts with a small letter and has no full stop.
    pub message: String,
    /// Where it is wrong; `None` where no place in a file is meant (a missing toolchain, say).
    pub place: Option<Place>,
    /// A few words under the caret, such as "expected `i32`, found `&str`".
    pub label: Option<String>,
    /// Further remarks, in order.
    pub notes: Vec<Note>,
    /// For how many that are not told it stands; 0 for one that stands for itself.
    pub others: usize,
}

/// A remark below a [`Diagnostic`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// What the author can do about it.
    Help(String),
    /// What else there is to know.
    Note(String),
    /// Another place that has to do with it, and how.
    Also(Place, String),
    /// The value on the left of a comparison that does not hold.
    Left(String),
    /// The value on the right of it.
    Right(String),
}

/// How many diagnostics of one notebook are told one by one: nobody reads more, and making each takes time.
pub const MAX_REPORTED: usize = 100;

/// Diagnostics, of which the first are kept and the others counted.
#[derive(Debug, Default)]
pub struct Diagnostics {
    told: Vec<Diagnostic>,
    more: usize,
}

impl Diagnostics {
    /// Adds a diagnostic, which is made only if it is to be told.
    pub fn add(&mut self, make: impl FnOnce() -> Diagnostic) {
        if self.told.len() < MAX_REPORTED {
            self.told.push(make());
        } else {
            self.more += 1;
        }
    }

    /// Adds a list of diagnostics, with those that it only counts.
    pub fn extend(&mut self, list: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in list {
            match diagnostic.others {
                0 => self.add(|| diagnostic),
                others => self.more += others,
            }
        }
    }

    /// Counts some that are not told.
    pub fn count(&mut self, more: usize) {
        self.more += more;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.told.len() + self.more
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All as a list, in order of their lines; where some were only counted, the last says how many.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.told.sort_by_key(|diagnostic| diagnostic.place.as_ref().map(|place| place.line));
        self.list()
    }

    /// All as a list; where some were only counted, the last says how many.
    pub fn list(mut self) -> Vec<Diagnostic> {
        if self.more > 0 {
            let message = format!("and {} more", grouped(self.more));
            self.told.push(Diagnostic { others: self.more, ..Diagnostic::new(message) });
        }
        self.told
    }
}

/// A number with commas: `9,900`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A stretch of one line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// The file as the user named it.
    pub file: String,
    /// Line number, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// How many characters are meant, at least 1.
    pub width: u32,
    /// The line itself, without its line ending.
    pub text: String,
}

impl Diagnostic {
    /// A diagnostic about no particular place.
    pub fn new(message: impl Into<String>) -> Self {
        let (severity, message, notes) = (Severity::Error, message.into(), Vec::new());
        Self { severity, code: None, message, place: None, label: None, notes, others: 0 }
    }

    /// The same as a warning.
    pub fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// The same as something that is good to know.
    pub fn remark(self) -> Self {
        Self { severity: Severity::Note, ..self }
    }

    /// The same as an error.
    pub fn error(self) -> Self {
        Self { severity: Severity::Error, ..self }
    }

    /// The same diagnostic, at `place`.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same diagnostic, with a few words under the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same diagnostic, labelled with the one of `known` that `word` was most likely meant to be, if any is near enough.
    pub fn did_you_mean<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(word, known) {
            Some(near) => self.label(format!("did you mean `{near}`?")),
            None => self,
        }
    }

    /// The same diagnostic, with advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.notes.push(Note::Help(help.into()));
        self
    }

    /// The same diagnostic, with a remark.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(Note::Note(note.into()));
        self
    }
}

impl Place {
    /// The place of `width` characters from `column` (from 1) on line `line` (from 1) of `source`, the whole text of `file`.
    pub fn in_source(file: &str, source: &str, line: u32, column: u32, width: u32) -> Self {
        // As in CommonMark, a lone carriage return ends a line too.
        let mut lines = source.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
        let text = lines.nth(line.saturating_sub(1) as usize).unwrap_or("");
        Self {
            file: file.to_owned(),
            line,
            column,
            width: width.max(1),
            text: text.trim_start_matches('\u{feff}').to_owned(),
        }
    }
}

/// The place as `file:line:column`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A name over several lines would look like several reports.
        write!(f, "{}:{}:{}", self.file.replace(['\n', '\r'], "␊"), self.line, self.column)
    }
}

impl From<Diagnostic> for Vec<Diagnostic> {
    fn from(one: Diagnostic) -> Self {
        vec![one]
    }
}

/// An I/O error's reason in words, without Rust's `(os error 2)`.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = words.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// The one of `known` that `word` was most likely meant to be, if any is near enough to suggest.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_shows_place_line_caret_label_and_help() {
        let source = "one\n- process: job(\"a\", 2)\n";
        let place = Place::in_source("a.md", source, 2, 16, 3);
        let shown =
            Diagnostic::new("mismatched types").at(place).label("expected `i32`").help("pass a number").to_string();
        assert_eq!(
            shown,
            "a.md:2:16: error: mismatched types\n   |\n 2 | - process: job(\"a\", 2)\n   |                ^^^ expected `i32`\n   = help: pass a number\n"
        );
    }

    #[test]
    fn of_many_diagnostics_the_first_are_told_and_the_others_counted() {
        let mut all = Diagnostics::default();
        for part in [0..5_000, 5_000..10_001] {
            let mut some = Diagnostics::default();
            part.for_each(|n| some.add(|| Diagnostic::new(format!("number {n}"))));
            all.extend(some.list());
        }
        assert_eq!(all.len(), 10_001);
        let list = all.list();
        assert_eq!((list.len(), list[99].message.as_str()), (101, "number 99"));
        assert_eq!(list[100].to_string(), "error: and 9,901 more\n");
    }

    #[test]
    fn any_line_ending_of_commonmark_ends_a_line() {
        let text = |line| Place::in_source("a.md", "a\nb\r\nc\rd\r\r\ne", line, 1, 1).text;
        assert_eq!([1, 2, 3, 4, 5, 6].map(text), ["a", "b", "c", "d", "", "e"]);
    }

    #[test]
    fn a_caret_stands_under_its_character_after_wide_text() {
        let shown = Diagnostic::new("x").at(Place::in_source("a.md", "多 = ?", 1, 5, 1)).to_string();
        assert!(shown.ends_with(" 1 | 多 = ?\n   |      ^\n"), "{shown}");
    }

    #[test]
    fn of_a_long_line_the_part_around_what_is_meant_is_drawn() {
        let line = format!("{}多 here{}", "a".repeat(500), "b".repeat(500));
        let shown =
            |column, width| Diagnostic::new("x").at(Place::in_source("a.md", &line, 1, column, width)).to_string();
        let (before, behind) = ("a".repeat(58), "b".repeat(96));
        let expected =
            format!("a.md:1:503: error: x\n   |\n 1 | …{before}多 here{behind}…\n   | {}^^^^\n", " ".repeat(62));
        assert_eq!(shown(503, 4), expected);
        assert!(shown(1, 9000).ends_with(&format!("1 | {}…\n   | {}\n", "a".repeat(160), "^".repeat(161))));
        assert!(
            shown(1006, 1).ends_with(&format!("{}\n   | {}^\n", "b".repeat(60), " ".repeat(61))),
            "{}",
            shown(1006, 1)
        );
    }

    #[test]
    fn a_place_is_one_line_whatever_the_file_is_called() {
        assert_eq!(Place::in_source("a\nb.md", "", 1, 1, 1).to_string(), "a␊b.md:1:1");
    }

    #[test]
    fn a_reason_is_in_words() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(reason(&io::Error::other("disk on fire")), "disk on fire");
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        assert_eq!(nearest("wokers", ["workers", "map"]), Some("workers"));
        assert_eq!(nearest("zebra", ["workers", "map"]), None);
    }
}
