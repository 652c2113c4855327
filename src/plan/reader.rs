//! What every reader of a spec needs: places, reports, and the shapes of YAML with messages for those that do not fit.

use crate::diagnostic::{Diagnostic, named};
use crate::notebook::yaml::{Entry, Node, Scalar, Span, Value};
use crate::notebook::{DURATION_HELP, SpecKind, duration};
use std::time::Duration;

/// Reads one cell, and collects everything that is wrong with it.
pub(super) struct Reader<'a> {
    pub(super) file: &'a str,
    pub(super) source: &'a str,
    pub(super) kind: SpecKind,
    pub(super) errors: Vec<Diagnostic>,
    /// How many errors are told; those behind them are only counted.
    pub(super) room: usize,
    /// How many are only counted.
    pub(super) more: usize,
}

/// The entries of a mapping whose keys have been checked.
pub(super) struct Fields<'n> {
    entries: &'n [Entry],
    /// Whether every key is a known one; where not, a missing key is most likely one that was misspelt.
    pub(super) all_known: bool,
}

impl<'n> Fields<'n> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key.text == key)
    }
}

/// Keys that other libraries or other specs use, and what to write instead.
const FOREIGN: [(&str, &str); 21] = [
    ("processes", "the number of workers is `workers: N`; what they run as is `executor: process`"),
    ("max_workers", "the number of workers is `workers: N`"),
    ("chunksize", "write `chunk: N`"),
    ("target", "write the call itself: `- process: job(1, 2)`"),
    ("args", "write the call itself: `- process: job(1, 2)`"),
    ("maxtasksperchild", "a worker is replaced after `max_tasks: N` tasks"),
    ("initargs", "`initializer` is a call with its arguments: `initializer: prepare(1, 2)`"),
    ("imap", "use `map`; `order: completion` gives results as they come"),
    ("start", "the processes of a pool are always forked, as they need the inputs and closures that main has made"),
    ("imap_unordered", "use `map` with `order: completion`"),
    ("replay", "only the workers of a `spawn` cell follow a schedule"),
    ("workers", "a `pool` cell has `workers`; a `spawn` cell starts several of a kind by a job's `count`"),
    ("count", "it belongs to a single job of a `spawn` cell: `- {call: job(), count: 4}`; a `pool` cell has `workers`"),
    ("jobs", "it belongs to a `spawn` cell; a `pool` cell has one of `map`, `starmap`, `apply` and `apply_async`"),
    ("map", "it belongs to a `pool` cell"),
    ("executor", "a job says by its key what runs it: `thread: job()` or `process: job()`"),
    ("show", "it belongs to the whole cell, beside `jobs`"),
    ("assert", "it belongs to the whole cell, beside `jobs`"),
    ("expect", "it belongs to the whole cell"),
    ("repeat", "it belongs to the whole cell"),
    ("explore", "it belongs to the whole cell"),
];

impl Reader<'_> {
    /// Reports something about a place.
    pub(super) fn report(&mut self, span: Span, diagnostic: Diagnostic) {
        if self.errors.len() < self.room {
            self.errors.push(diagnostic.at(span.place(self.file, self.source)));
        } else {
            self.more += 1;
        }
    }

    /// The entries of a mapping, whose unknown keys are reported. `what` has them: "a pool".
    pub(super) fn fields<'n>(&mut self, entries: &'n [Entry], known: &[&str], what: &str) -> Fields<'n> {
        let mut all_known = true;
        for Entry { key, .. } in entries.iter().filter(|entry| !known.contains(&entry.key.text.as_str())) {
            all_known = false;
            if self.is_key_without_blank(&key.text, key.span, known) {
                continue;
            }
            let mut diagnostic = Diagnostic::new(format!("{what} has no key `{}`", key.text));
            let foreign = FOREIGN.iter().find(|(foreign, _)| *foreign == key.text);
            diagnostic = match foreign {
                Some((_, instead)) => diagnostic.help(*instead),
                None => diagnostic.did_you_mean(&key.text, known.iter().copied()),
            };
            self.report(key.span, diagnostic.note(format!("its keys are {}", list(known))));
        }
        Fields { entries, all_known }
    }

    /// Reports `thread:job()`, which is one text for YAML, where a key of `known` was meant, or any if none are given. Whether
    /// it is that.
    pub(super) fn is_key_without_blank(&mut self, text: &str, span: Span, known: &[&str]) -> bool {
        let Some((key, value)) = text.split_once([':', '：']) else { return false };
        let is_key =
            if known.is_empty() { key.chars().all(|c| c.is_alphanumeric() || c == '_') } else { known.contains(&key) };
        if !is_key || value.starts_with(|c: char| c == ':' || c.is_whitespace()) || value.is_empty() {
            return false;
        }
        let colon = Span { column: span.column + key.chars().count() as u32, width: 1, ..span };
        let diagnostic = Diagnostic::new("YAML wants an ordinary colon and a space behind a key").label("here");
        self.report(colon, diagnostic.help(format!("write `{key}: {}`", first_line(value))));
        true
    }

    /// The entries of a mapping; anything else is reported, with what to write instead.
    pub(super) fn mapping<'n>(&mut self, node: &'n Node, what: &str, help: &str) -> Option<&'n [Entry]> {
        match &node.value {
            Value::Map { entries, .. } => Some(entries),
            Value::Scalar(scalar)
                if scalar.plain && self.is_key_without_blank(first_line(&scalar.code.text()), node.span, &[]) =>
            {
                None
            }
            _ => {
                let message = format!("{what} is a mapping, and this is {}", node.what());
                self.report(node.span, Diagnostic::new(message).help(help));
                None
            }
        }
    }

    /// A scalar that is written; anything else is reported as not being `what` ("a name", "a duration").
    pub(super) fn scalar<'n>(&mut self, node: &'n Node, what: &str, help: &str) -> Option<&'n Scalar> {
        match node.scalar() {
            Some(scalar) if !scalar.text.is_empty() => Some(scalar),
            _ => {
                let found = if node.scalar().is_some() { "nothing" } else { node.what() };
                self.report(node.span, Diagnostic::new(format!("expected {what}, found {found}")).help(help));
                None
            }
        }
    }

    /// A whole number between two bounds. `what` is the number's name: "`workers`".
    pub(super) fn integer(&mut self, node: &Node, what: &str, low: i128, high: i128) -> Option<i128> {
        let help = format!("{what} is a whole number from {low} to {high}");
        let scalar = self.scalar(node, "a whole number", &help)?;
        match integer(&scalar.text) {
            Some(number) if (low..=high).contains(&number) => Some(number),
            Some(number) => {
                let bound = if number < low { format!("at least {low}") } else { format!("at most {high}") };
                self.report(node.span, Diagnostic::new(format!("{what} is {bound}, not {number}")));
                None
            }
            None => {
                let message = format!("expected a whole number, found `{}`", first_line(&scalar.text));
                self.report(node.span, Diagnostic::new(message).help(help));
                None
            }
        }
    }

    /// One of some words.
    pub(super) fn word<'w>(&mut self, node: &Node, what: &str, words: &[&'w str]) -> Option<&'w str> {
        let help = format!("{what} is one of {}", list(words));
        let scalar = self.scalar(node, what, &help)?;
        let found = words.iter().find(|word| **word == scalar.text).copied();
        if found.is_none() {
            let diagnostic = Diagnostic::new(format!("unknown {what} `{}`", first_line(&scalar.text)));
            let diagnostic = diagnostic.did_you_mean(&scalar.text, words.iter().copied());
            self.report(node.span, diagnostic.help(help));
        }
        found
    }

    /// A duration longer than none.
    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        let scalar = self.scalar(node, "a duration", DURATION_HELP)?;
        match duration(&scalar.text) {
            Ok(duration) => Some(duration),
            Err(message) => {
                self.report(node.span, Diagnostic::new(message).help(DURATION_HELP));
                None
            }
        }
    }
}

/// A whole number in YAML's or Rust's spelling.
pub(super) fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        _ => (digits, 10),
    };
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    let number = i128::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    Some(if negative { -number } else { number })
}

/// Words in code quotes, with commas and a last "and".
pub(super) fn list(words: &[&str]) -> String {
    named(words, usize::MAX)
}

/// The first line of a text, for a message of one line.
pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}
