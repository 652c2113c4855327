//! YAML text to a tree in which every key and every node knows where it stands in the notebook.
//!
//! The reading is serde_yaml's. It tells positions only in its errors, so `walk` asks each node for an error first.

mod error;
mod reader;
mod text;
mod walk;

pub use reader::Reader;

use super::Snippet;
use crate::diagnostic::{Diagnostic, Place};
use text::Text;

/// A stretch of one line of the notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Characters on that line; 0 for what is not written, such as the value of `key:`.
    pub width: u32,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it begins; for a scalar as far as its first line reaches, for a collection its first character.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// A YAML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A single text or number.
    Scalar(Scalar),
    /// A list; `flow` says that it is written as `[…]`.
    List {
        /// Its items, in order.
        items: Vec<Node>,
        /// Written with brackets.
        flow: bool,
    },
    /// A mapping without duplicate keys; `flow` says that it is written as `{…}`.
    Map {
        /// Its entries, in the order in which they are written.
        entries: Vec<Entry>,
        /// Written with braces.
        flow: bool,
    },
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Node,
}

/// A key, which is always a scalar.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Where it stands.
    pub span: Span,
    /// Its text, without quotes.
    pub text: String,
    /// Whether it was written without quotes.
    pub plain: bool,
}

/// A scalar as its author wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    /// What YAML takes it for.
    pub kind: ScalarKind,
    /// The text: of a plain scalar the characters as written (`1.50` stays `1.50`), of any other what YAML decodes it to.
    pub text: String,
    /// The same text line by line at its places, for text that is Rust: line breaks are kept where YAML would fold them.
    ///
    /// Columns are exact up to the first escape (`\"`, `''`) of a line, and too small behind it by the escape's width.
    pub code: Snippet,
    /// Whether it was written without quotes and not as a block.
    pub plain: bool,
}

/// What YAML's core schema takes a scalar for. Quoted text is always [`ScalarKind::String`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarKind {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// Any other number.
    Float,
    /// Anything else.
    String,
}

/// Reads one YAML document; `None` where there is nothing but comments.
///
/// # Errors
/// The first error of syntax, or every duplicate key. Anchors, aliases and tags are refused: in a spec they are nearly
/// always an expression (`&x`, `*x`, `!x`) that wants quotes, and without them no small text can explode.
pub fn parse(file: &str, source: &str, code: &Snippet) -> Result<Option<Node>, Vec<Diagnostic>> {
    let text = Text::new(file, source, code);
    match text.forbidden_character().or_else(|| text.too_deep()) {
        Some(diagnostic) => Err(vec![diagnostic]),
        None => walk::walk(&text),
    }
}

impl Span {
    /// The place in `source`, the whole text of `file`.
    pub fn place(self, file: &str, source: &str) -> Place {
        Place::in_source(file, source, self.line, self.column, self.width)
    }
}

impl Node {
    /// The scalar, if it is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Whether nothing is written, or `null`.
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.kind == ScalarKind::Null)
    }

    /// What it is, with an article, for a message: "a list", "a number".
    pub fn what(&self) -> &'static str {
        match &self.value {
            Value::List { .. } => "a list",
            Value::Map { .. } => "a mapping",
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null => "nothing",
                ScalarKind::Bool => "a boolean",
                ScalarKind::Int | ScalarKind::Float => "a number",
                ScalarKind::String => "text",
            },
        }
    }
}

impl ScalarKind {
    /// What a plain scalar of this text is.
    fn of_plain(text: &str) -> Self {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let radix = |prefix, radix| digits.strip_prefix(prefix).is_some_and(|rest: &str| all_digits(rest, radix));
        match text {
            "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => ScalarKind::Bool,
            _ if all_digits(digits, 10) && (digits == "0" || !digits.starts_with('0')) => ScalarKind::Int,
            _ if radix("0x", 16) || radix("0o", 8) || radix("0b", 2) => ScalarKind::Int,
            _ if matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") => {
                ScalarKind::Float
            }
            // A date or `007` is text; Rust's own float grammar would take the latter for a number.
            _ if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
                && !all_digits(digits, 10)
                && digits.parse::<f64>().is_ok() =>
            {
                ScalarKind::Float
            }
            _ => ScalarKind::String,
        }
    }
}

/// Whether `text` is at least one digit and nothing else.
fn all_digits(text: &str, radix: u32) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_digit(radix))
}

#[cfg(test)]
mod tests;
