//! The options that any spec takes.

use super::reader::{Fields, Reader, first_line, list};
use super::{Expect, ExpectedLine, Options};
use crate::diagnostic::{Diagnostic, Place};
use crate::model::{AxisKind, Reveal};
use crate::notebook::yaml::{Node, Scalar, Span, Value};

/// Their keys, all of them. No resource can have one of these names.
pub(super) const OPTIONS: [&str; 7] = ["timeout", "expect", "repeat", "explore", "name", "reveal", "skip"];

/// The most runs of one cell.
const MAX_RUNS: i128 = 10_000;

/// The name of the cell whose axis a cell shares, if it says so.
fn like(node: &Node) -> Option<String> {
    Some(node.scalar()?.text.strip_prefix("like ")?.trim().to_owned())
}

impl Reader<'_> {
    /// Reads the options among a cell's fields.
    pub(super) fn options(&mut self, fields: &Fields) -> Options {
        let expect = fields.get("expect").and_then(|node| self.expect(node));
        let repeat = fields.get("repeat").and_then(|node| self.integer(node, "`repeat`", 1, MAX_RUNS));
        Options {
            name: fields.get("name").and_then(|node| self.name(node, "an anchor")),
            timeout: fields.get("timeout").and_then(|node| self.duration(node)),
            timeout_at: fields.get("timeout").map(|node| [node.span.line, node.span.column, node.span.width]),
            repeat: repeat.and_then(|repeat| u32::try_from(repeat).ok()),
            explore: self.explore(fields, expect.as_ref()),
            expect,
            reveal: fields.get("reveal").and_then(|node| self.reveal(node)),
            axis: fields.get("axis").filter(|node| like(node).is_none()).and_then(|node| self.axis(node)),
            like: fields.get("axis").and_then(like),
            skip: fields.get("skip").is_some_and(|node| self.skip(node)),
            sweep: Vec::new(),
        }
    }

    /// A name for an anchor or a worker.
    pub(super) fn name(&mut self, node: &Node, what: &str) -> Option<String> {
        const HELP: &str = "a name is made of letters, digits, `-` and `_`";
        let scalar = self.scalar(node, what, HELP)?;
        if scalar.text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) && scalar.text.len() <= 64 {
            return Some(scalar.text.clone());
        }
        let message = format!("`{}` cannot be {what}'s name", first_line(&scalar.text));
        self.report(node.span, Diagnostic::new(message).help(format!("{HELP}, at most 64 bytes")));
        None
    }

    /// The axis of a cell's pictures; only cells that run have the key.
    fn axis(&mut self, node: &Node) -> Option<AxisKind> {
        match self.word(node, "axis", &["time", "step", "like NAME"])? {
            "step" => Some(AxisKind::Step),
            _ => Some(AxisKind::Time),
        }
    }

    /// What stands in the place of the result until the reader asks for it.
    fn reveal(&mut self, node: &Node) -> Option<Reveal> {
        const HELP: &str = "`reveal: click` folds the result until the reader has guessed it, and so does a question of \
                            your own: `reveal: How many are lost?`";
        let text = self.scalar(node, "`reveal`", HELP)?.text.trim();
        match text {
            "click" => Some(Reveal::Click),
            _ if text.ends_with(['?', '？']) => Some(Reveal::Question(text.to_owned())),
            _ => {
                let message = format!("a result cannot be revealed by `{}`", first_line(text));
                self.report(node.span, Diagnostic::new(message).help(HELP));
                None
            }
        }
    }

    /// Whether the cell is not to be run.
    fn skip(&mut self, node: &Node) -> bool {
        self.word(node, "`skip`", &["true", "false"]) == Some("true")
    }

    fn expect(&mut self, node: &Node) -> Option<Expect> {
        const KEYS: [&str; 5] = ["error", "output", "unordered", "workers", "outcomes"];
        let Value::Map { entries, .. } = &node.value else { return self.lines(node, "`expect`").map(Expect::Lines) };
        let fields = self.fields(entries, &KEYS, "`expect`");
        if !fields.all_known {
            return None;
        }
        let [entry] = entries.as_slice() else {
            let message =
                if entries.is_empty() { "`expect` says nothing" } else { "`expect` says more than one thing" };
            let help = format!("it is a list of lines, or has one of the keys {}", list(&KEYS));
            self.report(node.span, Diagnostic::new(message).help(help));
            return None;
        };
        match entry.key.text.as_str() {
            "error" => {
                let help = "write a part of the error's text: `expect: {error: divided by zero}`";
                let text = self.scalar(&entry.value, "the text of an error", help)?.text.trim();
                if text.is_empty() {
                    let message = "any error has this text, for it is empty";
                    self.report(entry.value.span, Diagnostic::new(message).help(help));
                }
                (!text.is_empty()).then(|| Expect::Error(text.to_owned()))
            }
            "output" => self.lines(&entry.value, "`output`").map(Expect::Lines),
            "outcomes" => self.lines(&entry.value, "`outcomes`").map(Expect::Outcomes),
            "unordered" => self.lines(&entry.value, "`unordered`").map(Expect::Unordered),
            _ => {
                let help = "write `expect: {workers: {job-1: [first line, second line]}}`";
                let workers = self.mapping(&entry.value, "`workers`", help)?;
                let lines = workers.iter().map(|worker| {
                    let lines = self.lines(&worker.value, &format!("`{}`", worker.key.text))?;
                    Some((worker.key.text.clone(), lines))
                });
                // Every worker is read before any is given up, so that all errors are found.
                let lines: Vec<Option<_>> = lines.collect();
                lines.into_iter().collect::<Option<Vec<_>>>().map(Expect::Workers)
            }
        }
    }

    /// Lines of output: a list of scalars, or one scalar of any number of lines.
    fn lines(&mut self, node: &Node, what: &str) -> Option<Vec<ExpectedLine>> {
        let (file, source) = (self.file, self.source);
        // In a list or a block each line has a place of its own; text that YAML folds has but one.
        let each = |node: &Node, scalar: &Scalar| -> Vec<ExpectedLine> {
            let texts: Vec<&str> = if scalar.text.is_empty() { vec![""] } else { scalar.text.lines().collect() };
            let own = &scalar.code.lines;
            let own = |n: usize, text: &str| {
                let line = own.get(n).filter(|line| own.len() >= texts.len() && line.text == text)?;
                Some(Place::in_source(file, source, line.line, line.column, text.chars().count() as u32))
            };
            let place = |n, text| own(n, text).unwrap_or_else(|| node.span.place(file, source));
            texts
                .iter()
                .enumerate()
                .map(|(n, text)| ExpectedLine { text: (*text).to_owned(), place: place(n, text) })
                .collect()
        };
        let mut wrong = |span: Span, message: String| {
            let help = "write a list of lines, or a block of text behind `|`; `[]` is no output at all";
            self.report(span, Diagnostic::new(message).help(help));
        };
        let mut lines = Vec::new();
        match &node.value {
            Value::Scalar(scalar) if !scalar.text.is_empty() => lines.extend(each(node, scalar)),
            Value::List { items, .. } => {
                let mut whole = true;
                for item in items {
                    match item.scalar() {
                        Some(scalar) => lines.extend(each(item, scalar)),
                        None => {
                            whole = false;
                            wrong(item.span, format!("a line of output is text, and this is {}", item.what()));
                        }
                    }
                }
                return whole.then_some(lines);
            }
            _ => {
                wrong(node.span, format!("{what} is lines of output, and this is {}", node.what()));
                return None;
            }
        }
        Some(lines)
    }
}
