//! Characters that look like those of Rust and are others, such as curly quotes: rustc reports each by itself, and suggests a
//! line in which all others are as wrong as before. Of one line they are one error, and its suggestion mends all of them.

use super::rustc::{Message, Span};

/// The messages, with those of look-alikes on one line put together.
pub(super) fn gathered(messages: Vec<&Message>) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    for message in messages {
        let edits = edits(message);
        let same_line = |other: &&mut Message| is_on_the_line_of(other, edits);
        match all.iter_mut().find(same_line) {
            Some(other) => add(other, edits),
            None => all.push(message.clone()),
        }
    }
    all
}

/// What to write for characters that look like others; nothing if that is not what the message is about.
fn edits(message: &Message) -> &[Span] {
    let [child] = message.children.as_slice() else { return &[] };
    let is_edit = |span: &Span| {
        let new = span.suggested_replacement.as_deref();
        let old = span.text.first().and_then(|line| line.text.chars().nth(span.column_start.checked_sub(1)? as usize));
        new.is_some_and(|new| !new.is_empty() && new.is_ascii()) && old.is_some_and(|old| !old.is_ascii())
    };
    let is_one = message.code.is_none() && !child.spans.is_empty() && child.spans.iter().all(is_edit);
    if is_one { &child.spans } else { &[] }
}

fn is_on_the_line_of(other: &Message, new: &[Span]) -> bool {
    let place = |span: &Span| (span.file_name.clone(), span.line_start, span.line_end);
    let first = edits(other).first().map(place);
    first.is_some_and(|first| first.1 == first.2 && new.first().map(place) == Some(first))
}

/// Adds edits, but for those of characters that others replace already.
fn add(message: &mut Message, new: &[Span]) {
    let Some(child) = message.children.first_mut() else { return };
    for span in new {
        let meets = |other: &Span| other.column_start < span.column_end && span.column_start < other.column_end;
        if !child.spans.iter().any(meets) {
            child.spans.push(span.clone());
        }
    }
}
