//! Finds calls that YAML has split at their commas: `[sum(q, 1), sum(q, 2)]` is a list of four pieces.

use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::notebook::yaml::{Entry, Node, Span, Value};

/// A scalar of a collection in brackets.
struct Piece<'n> {
    text: &'n str,
    span: Span,
    /// A key with a value, which is no piece of a call.
    named: bool,
}

impl Reader<'_> {
    /// Reports each collection in brackets that tore a call apart. Whether there was any.
    pub(super) fn split_calls(&mut self, node: &Node) -> bool {
        let mut found = self.split_here(node);
        match &node.value {
            _ if found => {}
            Value::Scalar(_) => {}
            Value::List { items, .. } => items.iter().for_each(|item| found |= self.split_calls(item)),
            Value::Map { entries, .. } => entries.iter().for_each(|entry| found |= self.split_calls(&entry.value)),
        }
        found
    }

    fn split_here(&mut self, node: &Node) -> bool {
        let mut pieces = Vec::new();
        let other_form = match &node.value {
            Value::List { items, flow: true } => {
                pieces.extend(items.iter().filter_map(piece));
                "or write one item a line, each behind `- `"
            }
            Value::Map { entries, flow: true } => {
                for Entry { key, value } in entries {
                    let named = value.span.width > 0;
                    pieces.extend(key.plain.then_some(Piece { text: &key.text, span: key.span, named }));
                    pieces.extend(piece(value).filter(|_| named));
                }
                "or write one key a line, without the braces"
            }
            Value::Map { entries, .. } => return self.split_at_colon(entries),
            _ => return false,
        };
        let Some(first) = torn(&pieces) else { return false };
        let joined: Vec<&str> = pieces[first..].iter().map(|piece| piece.text).collect();
        let whole = (1..=joined.len()).map(|count| joined[..count].join(", ")).find(|text| is_whole(text));
        let text = whole.as_deref().unwrap_or(pieces[first].text);
        let diagnostic = Diagnostic::new(format!("YAML splits `{text}` at its comma"))
            .label("only this far")
            .help(format!("put quotes around it: {}", quoted(text)))
            .help(other_form);
        self.report(pieces[first].span, diagnostic);
        true
    }

    /// `job(Point { x: 1 })` is a mapping for YAML, with the key `job(Point { x`, and so is `Point { x: 1 }.go()`.
    fn split_at_colon(&mut self, entries: &[Entry]) -> bool {
        let is_torn = |entry: &&Entry| entry.key.plain && (parens(&entry.key.text) > 0 || braces(&entry.key.text) > 0);
        let Some(Entry { key, value }) = entries.iter().find(is_torn) else { return false };
        let text = format!("{}: {}", key.text, value.scalar().map_or("…", |scalar| &scalar.text));
        let diagnostic = Diagnostic::new(format!("YAML splits `{text}` at its colon"))
            .label("a key, for YAML")
            .help(format!("put quotes around it: {}", quoted(&text)));
        self.report(key.span, diagnostic);
        true
    }
}

/// A text as a quoted YAML scalar.
fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

fn piece(node: &Node) -> Option<Piece<'_>> {
    let scalar = node.scalar().filter(|scalar| scalar.plain)?;
    Some(Piece { text: &scalar.text, span: node.span, named: false })
}

/// The first piece that is not whole.
fn torn(pieces: &[Piece]) -> Option<usize> {
    pieces.iter().enumerate().position(|(index, piece)| {
        let rest = &pieces[index + 1..];
        let closes = |closing: fn(&str) -> bool| rest.iter().any(|piece| !piece.named && closing(piece.text));
        parens(piece.text) != 0
            || angles(piece.text) > 0 && closes(|text| angles(text) < 0)
            || odd_bars(piece.text) && closes(odd_bars)
    })
}

fn is_whole(text: &str) -> bool {
    parens(text) == 0 && angles(text) == 0 && !odd_bars(text)
}

/// Whether the parameters of a closure are open at the end.
fn odd_bars(text: &str) -> bool {
    text.matches('|').count() % 2 == 1
}

/// How many round brackets are open at the end.
fn parens(text: &str) -> i64 {
    text.matches('(').count() as i64 - text.matches(')').count() as i64
}

/// How many braces are open at the end.
fn braces(text: &str) -> i64 {
    text.matches('{').count() as i64 - text.matches('}').count() as i64
}

/// How many angle brackets of a generic type are open at the end: those that touch a name, unlike a comparison's.
fn angles(text: &str) -> i64 {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or(' ');
    let touches = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '>' | ')' | ']');
    let balance = |(index, &c): (usize, &char)| match c {
        '<' if index > 0 && touches(at(index - 1)) && at(index + 1) != '=' => 1,
        '>' if index > 0 && touches(at(index - 1)) && !at(index + 1).is_alphanumeric() && at(index + 1) != '=' => -1,
        _ => 0,
    };
    chars.iter().enumerate().map(balance).sum()
}
