//! Code as HTML with short class names; the theme gives the classes their colours.
//!
//! Rust, job specs and the languages that lessons quote have small lexers of their own: syntect needs 35 ms to compile
//! the expressions of its Rust grammar before the first word is coloured, 25 ms for Python's, 60 ms for a shell's, and
//! a whole page may cost 50 ms. Syntect does every other language, and nothing of it is loaded for a page without one.

mod common;
mod other;
mod rust;
mod spec;

use super::text::push_escaped;

/// What a piece of code is. Its class in the page is one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Keyword,
    Type,
    Function,
    Macro,
    Text,
    Number,
    Comment,
    Attribute,
    Lifetime,
    Key,
}

impl Class {
    /// The tag that opens a piece of this class.
    fn tag(self) -> &'static str {
        match self {
            Class::Keyword => "<span class=\"k\">",
            Class::Type => "<span class=\"t\">",
            Class::Function => "<span class=\"f\">",
            Class::Macro => "<span class=\"m\">",
            Class::Text => "<span class=\"s\">",
            Class::Number => "<span class=\"n\">",
            Class::Comment => "<span class=\"c\">",
            Class::Attribute => "<span class=\"a\">",
            Class::Lifetime => "<span class=\"l\">",
            Class::Key => "<span class=\"y\">",
        }
    }
}

/// Rust source as HTML.
pub fn rust(code: &str) -> String {
    let mut out = String::with_capacity(code.len() * 2);
    rust::push(&mut out, code);
    out
}

/// A job spec as HTML: YAML in shape, with Rust at the leaves.
pub fn spec(code: &str) -> String {
    let mut out = String::with_capacity(code.len() * 2);
    spec::push(&mut out, code);
    out
}

/// Appends code in the language that a fence's info string names first; plain text where the language is unknown.
pub fn push_fence(out: &mut String, info: &str, code: &str) {
    let language = info.split([' ', '\t', ',', '{']).next().unwrap_or("").to_ascii_lowercase();
    match language.as_str() {
        "" | "text" | "txt" | "plain" | "console" | "output" => push_escaped(out, code),
        "rust" | "rs" => rust::push(out, code),
        _ if common::push(out, &language, code) => {}
        _ => out.push_str(&other::highlight(&language, code)),
    }
}

/// Appends code, cut into tokens by `token`: from the rest of the code, its first character and the one before that, it
/// tells the class and the length in bytes of the token that stands first. What has no class is appended in one go.
fn push_tokens(out: &mut String, code: &str, token: impl Fn(&str, char, char) -> (Option<Class>, usize)) {
    let (mut plain, mut at, mut before) = (0, 0, '\n');
    while let Some(first) = code[at..].chars().next() {
        if first == ' ' {
            (at, before) = (at + 1, ' ');
            continue;
        }
        let (class, length) = token(&code[at..], first, before);
        let end = at + length;
        if class.is_some() {
            push_escaped(out, &code[plain..at]);
            push(out, class, &code[at..end]);
            plain = end;
        }
        before = code[at..end].chars().next_back().unwrap_or(before);
        at = end;
    }
    push_escaped(out, &code[plain..]);
}

/// Appends `text` with its class, if it has one.
fn push(out: &mut String, class: Option<Class>, text: &str) {
    match class {
        Some(class) if !text.is_empty() => {
            out.push_str(class.tag());
            push_escaped(out, text);
            out.push_str("</span>");
        }
        _ => push_escaped(out, text),
    }
}
