//! Reads texts out of a tree, and collects what is wrong with it.

use super::{Key, Node, Span, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};

/// Collects what is wrong.
pub struct Reader<'a> {
    file: &'a str,
    source: &'a str,
    errors: Diagnostics,
}

impl<'a> Reader<'a> {
    /// The reader of the whole text of `file`.
    pub fn new(file: &'a str, source: &'a str) -> Self {
        Self { file, source, errors: Diagnostics::default() }
    }

    /// What was read.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn finish<T>(self, read: T) -> Result<T, Vec<Diagnostic>> {
        if self.errors.is_empty() { Ok(read) } else { Err(self.errors.list()) }
    }

    /// Reports what is wrong at a place.
    pub fn report(&mut self, span: Span, diagnostic: Diagnostic) {
        let place = || span.place(self.file, self.source);
        self.errors.add(|| diagnostic.at(place()));
    }

    /// How much has been reported.
    pub fn errors(&self) -> usize {
        self.errors.len()
    }

    /// A place in the text.
    pub fn place(&self, span: Span) -> Place {
        span.place(self.file, self.source)
    }

    /// The place of a part of a value's text; the value's own where that is written in another way.
    pub fn place_of(&self, node: &Node, part: &str) -> Place {
        let lines = self.source.lines().enumerate().skip(node.span.line.saturating_sub(1) as usize);
        let found = lines.filter_map(|(index, line)| Some((index as u32 + 1, line, line.find(part)?))).next();
        let span = found.map(|(line, text, at)| {
            let [before, width] = [&text[..at], part].map(|text| text.chars().count() as u32);
            Span { line, column: before + 1, width }
        });
        self.place(span.unwrap_or(node.span))
    }

    /// One text. A number or a date is as good: its characters are kept.
    pub fn text(&mut self, key: &Key, node: &Node) -> Option<String> {
        let Some(scalar) = node.scalar() else {
            self.report(node.span, Diagnostic::new(format!("`{}` is text, and this is {}", key.text, node.what())));
            return None;
        };
        Some(scalar.text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// One text or a list of them.
    pub fn texts(&mut self, key: &Key, node: &Node) -> Option<Vec<String>> {
        match &node.value {
            Value::Scalar(_) => self.text(key, node).map(|text| vec![text]),
            Value::List { items, .. } => Some(items.iter().filter_map(|item| self.text(key, item)).collect()),
            Value::Map { .. } => {
                let message = format!("`{}` is text or a list of texts, and this is a mapping", key.text);
                self.report(node.span, Diagnostic::new(message));
                None
            }
        }
    }
}
