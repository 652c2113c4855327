//! What is wrong with a text that is not YAML, and what its author most likely meant.

use super::text::Text;
use crate::diagnostic::{Diagnostic, Note, Place};

/// The diagnostic for an error of the parser.
pub(super) fn syntax(text: &Text, error: &serde_yaml::Error) -> Diagnostic {
    let shown = error.to_string();
    let Some(location) = error.location() else { return unplaced(text, &shown) };
    let index = text.index(location.line(), location.column());
    let (problem, context) = shown.split_once(", ").unwrap_or((&shown, ""));
    let (problem, (context, began)) = (without_place(problem), place_of(text, context));
    // At the end of the text there is nothing to see: what was begun and not ended is the place to look at.
    if let Some(began) = began.filter(|_| index + 1 >= text.chars.len())
        && matches!(text.at(began), '"' | '\'' | '[' | '{')
    {
        let message = format!("this `{}` has no partner", text.at(began));
        return Diagnostic::new(message).at(text.place(began, 1));
    }
    if let Some(Trap { index, message, label, help }) = trap(text, index, problem, &context) {
        let diagnostic = Diagnostic::new(message).at(text.place(index, 1)).help(help);
        return if label.is_empty() { diagnostic } else { diagnostic.label(label) };
    }
    let mut diagnostic = Diagnostic::new(format!("this is not YAML: {problem}")).at(text.place(index, 1));
    if let Some(began) = began.filter(|&began| began != index) {
        diagnostic.notes.push(Note::Also(text.place(began, 1), context));
    } else if !context.is_empty() {
        diagnostic.notes.push(Note::Note(format!("this happened {context}")));
    }
    diagnostic
}

/// The diagnostic for a node that begins with a tag or an anchor.
pub(super) fn tagged(text: &Text, index: usize) -> Diagnostic {
    let what = sign_of(text.at(index));
    Diagnostic::new(format!("a value that begins with `{}` is {what} in YAML", text.at(index)))
        .at(text.place(index, 1))
        .help(quote_help(text, index))
}

/// The diagnostic for a key that is a list or a mapping.
pub(super) fn key_is_no_scalar(place: Place) -> Diagnostic {
    Diagnostic::new("a key must be a single word").at(place).help(
        "`[…]` and `{…}` before a colon are a list and a mapping as the key; put quotes around it if it is one text",
    )
}

/// A classic trap: a Rust expression that YAML reads as something else.
struct Trap {
    index: usize,
    message: String,
    label: &'static str,
    help: String,
}

/// What YAML takes a sign at the beginning of a value for.
fn sign_of(sign: char) -> &'static str {
    match sign {
        '&' => "an anchor",
        '*' => "an alias",
        _ => "a tag",
    }
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
    let trap = |index, message: &str, label, help: &str| {
        Some(Trap { index, message: message.to_owned(), label, help: help.to_owned() })
    };
    let (line, offset) = text.line_of(index);
    let line_text = text.line_text(line);
    let before: String = line_text.chars().take(offset).collect();
    if here == '\t' || problem.contains("tab character") || before.contains('\t') && before.trim().is_empty() {
        return trap(index, "YAML is indented with spaces, not with tabs", "a tab", "use two spaces");
    }
    let value = text.line_start(line) + value_start(line_text);
    let first = text.at(value);
    let means_something_else = |index: usize, what: &str| {
        let message = format!("a value that begins with `{}` is {what} in YAML", text.at(index));
        trap(index, &message, "", &quote_help(text, index))
    };
    let colon = "YAML reads `: ` inside of a value as the start of a mapping";
    if problem.contains("mapping values are not allowed") {
        let above = text.line_text(line.saturating_sub(1));
        if let Some(missing) = key_without_blank(above).filter(|_| line > 0) {
            return trap(text.line_start(line - 1) + missing, NO_BLANK, "here", &with_blank(above));
        }
        let is_key = line_text[byte(line_text, offset)..].trim_end() == ":" && !before.trim().contains([' ', '(', '"']);
        if let Some(above) = bare_line(text, line).filter(|_| value > index || is_key) {
            return trap(above, "this line has no `: `, and the next goes on with it", "", "write `key: value`");
        }
        if let Some(item) = bare_item(text, line).filter(|_| key_of(line_text).is_some()) {
            let key = key_of(line_text).unwrap_or("");
            let help = format!(
                "what is more than one text has a key for each: for a job, write `- call: {}`, with `{key}` below `call`",
                text.line_text(text.line_of(item).0).trim_start().trim_start_matches("- ")
            );
            return trap(item, "this item is a single text, and the next line goes on with a key", "", &help);
        }
        if value > index || is_key {
            let help = "indent it like the keys above it, and put quotes around a value of several lines";
            return trap(index, "YAML takes this line for a part of the value above it", "this colon", help);
        }
        return trap(index, colon, "this colon", &quote_help(text, value));
    }
    if problem.contains("did not find expected '-' indicator")
        && let Some(key) = key_of(line_text)
    {
        let message = format!("a list has no keys, and `{key}` is one");
        let help = if JOB_KEYS.contains(&key) {
            format!("`{key}` belongs to a job: write `- call: job(1, 2)` and below `call`, as far indented, `{key}`")
        } else {
            format!("write `jobs:` above the list and indent the list, so that `{key}` stands beside `jobs`")
        };
        return trap(index, &message, "", &help);
    }
    if problem.contains("could not find expected ':'") {
        let near = [line, line.saturating_sub(1)].into_iter();
        if let Some((line, missing)) = near.filter_map(|n| Some((n, key_without_blank(text.line_text(n))?))).next() {
            return trap(text.line_start(line) + missing, NO_BLANK, "here", &with_blank(text.line_text(line)));
        }
        return trap(index, "YAML finds no `: ` behind the key above", "", "write `key: value`, with a space");
    }
    if context.contains("block scalar") {
        return means_something_else(value, "a block of text");
    }
    if problem.contains("cannot start any token") {
        let message = format!("a value cannot begin with `{here}` in YAML");
        return trap(index, &message, "", &quote_help(text, index));
    }
    if problem.contains("unknown anchor") || context.contains("an alias") || context.contains("an anchor") {
        let is_sign = |&index: &usize| matches!(text.at(index), '*' | '&');
        let mut sign = (text.line_start(line)..=index).rev().find(is_sign).unwrap_or(index);
        // All signs belong to the value, as in `&*b()`.
        while sign > text.line_start(line) && matches!(text.at(sign - 1), '*' | '&' | '!') {
            sign -= 1;
        }
        return means_something_else(sign, sign_of(text.at(sign)));
    }
    if context.contains("a tag") || problem.contains("tag handle") {
        return means_something_else(value, "a tag");
    }
    if context.contains("flow ") {
        let help = "put quotes around each value in `[…]` or `{…}`, or write one item a line";
        return trap(index, "YAML cannot read this between brackets", "", help);
    }
    if problem.contains("did not find expected") && value < index {
        let inner = line_text[..byte(line_text, offset)].rfind(": ").filter(|_| before.contains('('));
        if let Some(inner) = inner {
            let index = text.line_start(line) + line_text[..inner].chars().count();
            let start = text.line_start(line) + item_start(line_text);
            return trap(index, colon, "this colon", &quote_help(text, start));
        }
        let end = match first {
            '"' | '\'' => first,
            '[' => ']',
            '{' => '}',
            _ => return None,
        };
        let message = format!("YAML ends a value that begins with `{first}` at its `{end}`");
        return trap(index, &message, "this is left over", &quote_help(text, value));
    }
    None
}

/// The keys of a job besides its call.
const JOB_KEYS: [&str; 4] = ["name", "timeout", "count", "start"];

/// The key with which a line begins, if it is one word and something follows it.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.trim_start().split_once(": ")?;
    let is_word = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_word.then_some(key)
}

/// Where the item before a line begins, if it is a text without a key and the line is indented further.
fn bare_item(text: &Text, line: usize) -> Option<usize> {
    let above = (0..line).rev().find(|above| !text.line_text(*above).trim().is_empty())?;
    let indent = |line| text.line_text(line).chars().take_while(|c| *c == ' ').count();
    let item = text.line_text(above).trim_start().strip_prefix("- ")?;
    let is_text = !item.contains(": ") && !item.trim_end().ends_with(':') && !item.starts_with(['"', '\'', '|', '>']);
    (is_text && indent(line) > indent(above)).then(|| text.line_start(above) + item_start(text.line_text(above)))
}

/// The byte of a line's character.
fn byte(line: &str, index: usize) -> usize {
    line.char_indices().nth(index).map_or(line.len(), |(byte, _)| byte)
}

/// Where the line before a line begins, if it is indented alike and a single text.
fn bare_line(text: &Text, line: usize) -> Option<usize> {
    let above = (0..line).rev().find(|above| !text.line_text(*above).trim().is_empty())?;
    let indent = |line| text.line_text(line).chars().take_while(|c| *c == ' ').count();
    let content = text.line_text(above).trim();
    let is_text = !content.contains(": ") && !content.ends_with(':') && !content.starts_with("- ");
    (is_text && indent(above) == indent(line)).then(|| text.line_start(above) + indent(above))
}

/// What is wrong with `workers:2`, and with the colon of full width of an input method.
const NO_BLANK: &str = "YAML wants an ordinary colon and a space behind a key";

/// Advice for such a line.
fn with_blank(line: &str) -> String {
    let item = &line[byte(line, item_start(line))..];
    let (key, value) = item.split_once([':', '：']).unwrap_or((item, "value"));
    format!("write `{key}: {}`", value.trim())
}

/// The character behind the colon of `workers:2`.
fn key_without_blank(line: &str) -> Option<usize> {
    let start = item_start(line);
    let (key, value) = line[byte(line, start)..].split_once([':', '：'])?;
    let is_word = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    let missing = is_word && value.starts_with(|c: char| !c.is_whitespace() && c != ':');
    missing.then(|| start + key.chars().count() + 1)
}

/// Advice to quote the value that begins at an index, with the value as it should be written.
fn quote_help(text: &Text, index: usize) -> String {
    let (line, offset) = text.line_of(index);
    let rest: String = text.line_text(line).chars().skip(offset).collect();
    let rest = rest.trim_end();
    let flow = text.line_text(line).chars().take(offset).any(|c| matches!(c, '[' | '{'));
    if flow || rest.is_empty() || rest.ends_with('\\') {
        return "put quotes around the whole value".to_owned();
    }
    format!("put quotes around it: {}", quoted(rest))
}

/// The text as a quoted YAML scalar, with the quotes that need fewer escapes.
fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

/// The character at which the value on a line begins: behind `- ` and a key of one word.
fn value_start(line: &str) -> usize {
    let start = item_start(line);
    let rest = &line[byte(line, start)..];
    match rest.split_once(": ") {
        Some((key, value)) if key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) => {
            start + key.chars().count() + 2 + value.chars().take_while(|c| c.is_whitespace()).count()
        }
        _ => start,
    }
}

/// The character at which a line begins behind its indentation and each `- `.
fn item_start(line: &str) -> usize {
    let mut rest = line.trim_start();
    while let Some(item) = rest.strip_prefix("- ") {
        rest = item.trim_start();
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
