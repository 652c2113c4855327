//! What is wrong with a text that is not YAML, and what its author most likely meant.

use super::text::Text;
use crate::diagnostic::{Diagnostic, Note, Place};

/// The diagnostic for an error of the parser.
pub(super) fn syntax(text: &Text, error: &serde_yaml::Error) -> Diagnostic {
    let shown = error.to_string();
    let Some(location) = error.location() else { return unplaced(text, &shown) };
    let index = text.index(location.line(), location.column());
    let (problem, context) = shown.split_once(", ").unwrap_or((&shown, ""));
    let problem = without_place(problem);
    let trap = trap(text, index, problem, context);
    let (context, context_index) = place_of(text, context);
    // At the end of the text there is nothing to see: what was begun and not ended is the place to look at.
    let at_end = index + 1 >= text.chars.len();
    let (place, also) = match context_index {
        Some(began) if at_end => (text.place(began, 1), None),
        Some(began) if began != index && trap.is_none() => (text.place(index, 1), Some(text.place(began, 1))),
        _ => (text.place(index, 1), None),
    };
    let mut diagnostic = match trap {
        Some(Trap { message, label, help }) => {
            let diagnostic = Diagnostic::new(message).at(place).help(help);
            if label.is_empty() { diagnostic } else { diagnostic.label(label) }
        }
        None => Diagnostic::new(format!("this is not YAML: {problem}")).at(place),
    };
    match also {
        Some(also) => diagnostic.notes.push(Note::Also(also, context)),
        None if !context.is_empty() => {
            diagnostic.notes.push(Note::Note(format!("the YAML parser says: {context}, {problem}")))
        }
        None => {}
    }
    diagnostic
}

/// The diagnostic for a node that begins with a tag or an anchor.
pub(super) fn tagged(text: &Text, index: usize) -> Diagnostic {
    let what = if text.at(index) == '&' { "an anchor" } else { "a tag" };
    Diagnostic::new(format!("a value that begins with `{}` is {what} in YAML", text.at(index)))
        .at(text.place(index, 1))
        .help(quote_help(text, index))
}

/// The diagnostic for a key that is a list or a mapping.
pub(super) fn key_is_no_scalar(place: Place) -> Diagnostic {
    Diagnostic::new("a key must be a single word").at(place).help(
        "`[…]` and `{…}` before a colon are a list and a mapping as the key; put quotes around it if it is an expression",
    )
}

/// A classic trap: a Rust expression that YAML reads as something else.
struct Trap {
    message: String,
    label: &'static str,
    help: String,
}

/// Errors to which the parser gives no place.
fn unplaced(text: &Text, shown: &str) -> Diagnostic {
    if shown.contains("more than one document") {
        let ends = |line: &usize| text.line_text(*line).starts_with("---") || text.line_text(*line).starts_with("...");
        let content = |line: &usize| !text.line_text(*line).trim().is_empty() && !ends(line);
        let lines = text.line_of(text.chars.len()).0 + 1;
        let first = (0..lines).find(content).unwrap_or(0);
        let second = (first..lines).find(ends).unwrap_or(first);
        return Diagnostic::new("a second YAML document begins here")
            .at(text.place(text.line_start(second), 3))
            .help("a cell holds one spec; give the second one a fence of its own");
    }
    Diagnostic::new(format!("this is not YAML: {shown}")).at(text.place(0, 1))
}

/// The trap that the author stepped into, if it is a known one.
fn trap(text: &Text, index: usize, problem: &str, context: &str) -> Option<Trap> {
    let here = text.at(index);
    let trap = |message: String, label, help| Some(Trap { message, label, help });
    let (line, offset) = text.line_of(index);
    let line_text = text.line_text(line);
    let before: String = line_text.chars().take(offset).collect();
    if here == '\t' || problem.contains("tab character") || before.contains('\t') && before.trim().is_empty() {
        return trap("YAML is indented with spaces, not with tabs".to_owned(), "a tab", "use two spaces".to_owned());
    }
    let start = value_start(line_text);
    let value = text.line_start(line) + start;
    let first = text.at(value);
    if problem.contains("mapping values are not allowed") {
        let message = "YAML reads `: ` inside of a value as the start of a mapping".to_owned();
        return trap(message, "this colon", quote_help(text, value));
    }
    if context.contains("block scalar") {
        let message = format!("a value that begins with `{first}` is a block of text in YAML, not an expression");
        return trap(message, "", quote_help(text, value));
    }
    if problem.contains("cannot start any token") {
        let message = format!("a value cannot begin with `{here}` in YAML");
        return trap(message, "", quote_help(text, index));
    }
    if problem.contains("unknown anchor") || context.contains("an alias") || context.contains("an anchor") {
        let sign = (0..=offset).rev().map(|i| text.line_start(line) + i).find(|&i| matches!(text.at(i), '*' | '&'));
        let sign = sign.unwrap_or(index);
        let what = if text.at(sign) == '&' { "an anchor" } else { "an alias" };
        let message = format!("a value that begins with `{}` is {what} in YAML, not an expression", text.at(sign));
        return trap(message, "", quote_help(text, sign));
    }
    if context.contains("a tag") || problem.contains("tag handle") {
        let message = "a value that begins with `!` is a tag in YAML, not an expression".to_owned();
        return trap(message, "", quote_help(text, value));
    }
    if context.contains("flow ") {
        let message = "YAML cannot read this between brackets".to_owned();
        let help = "put quotes around each expression in `[…]` or `{…}`, or write one item a line".to_owned();
        return trap(message, "", help);
    }
    if problem.contains("did not find expected") && matches!(first, '"' | '\'' | '[' | '{') && value < index {
        let message = format!("a value that begins with `{first}` must end with its partner");
        return trap(message, "this is left over", quote_help(text, value));
    }
    if problem.contains("could not find expected ':'") {
        let help = "a key is followed by a colon and a space, as in `workers: 2`".to_owned();
        return trap("YAML finds no `: ` behind this key".to_owned(), "", help);
    }
    None
}

/// Advice to quote the value that begins at an index, with the value as it should be written.
fn quote_help(text: &Text, index: usize) -> String {
    let (line, offset) = text.line_of(index);
    let rest: String = text.line_text(line).chars().skip(offset).collect();
    let rest = rest.trim_end();
    let flow = text.line_text(line).chars().take(offset).any(|c| matches!(c, '[' | '{'));
    if flow || rest.is_empty() || rest.ends_with('\\') {
        return "put the whole expression in quotes".to_owned();
    }
    format!("put the expression in quotes: {}", quoted(rest))
}

/// The text as a quoted YAML scalar, with the quotes that need fewer escapes.
fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

/// The character at which the value on a line begins: behind `- ` and a key of one word.
fn value_start(line: &str) -> usize {
    let mut rest = line.trim_start();
    while let Some(item) = rest.strip_prefix("- ") {
        rest = item.trim_start();
    }
    if let Some((key, value)) = rest.split_once(": ")
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    {
        rest = value.trim_start();
    }
    line.chars().count() - rest.chars().count()
}

/// A part of libyaml's message without the place at its end.
fn without_place(part: &str) -> &str {
    part.rsplit_once(" at line ").map_or(part, |(problem, _)| problem)
}

/// A part of libyaml's message, and the place at its end.
fn place_of(text: &Text, part: &str) -> (String, Option<usize>) {
    let index = part.rsplit_once(" at line ").and_then(|(_, place)| {
        let (line, column) = place.split_once(" column ")?;
        Some(text.index(line.parse().ok()?, column.parse().ok()?))
    });
    (without_place(part).to_owned(), index)
}
