//! What rustc suggests to write instead, as a line of the notebook.

use super::advice;
use super::rustc::{Message, Span};
use super::translator::Translator;
use super::wording;
use crate::diagnostic::{Note, Place};
use proc_macro2::TokenStream;

/// The note for a remark of rustc that says what could stand somewhere instead. `text` is its sentence, tidied.
pub(super) fn suggestion(translator: &Translator, text: &str, child: &Message) -> Option<Note> {
    let edits: Vec<(&Span, &str)> =
        child.spans.iter().filter_map(|span| Some((span, span.suggested_replacement.as_deref()?))).collect();
    // An item of a later cell is found by its path, but no path can be written that leads down to it.
    if let Some(cell) = edits.iter().find_map(|(_, new)| wording::cell_in(new)) {
        let place = translator.nearest(edits.first()?.0)?;
        let is_above = translator.map.cells.get(cell).is_some_and(|there| there.fence <= place.line);
        if is_above {
            return place.text.contains("crate::").then(|| Note::Help(advice::NO_CRATE.to_owned()));
        }
        return Some(Note::Help(format!("it is defined in cell {}; {}", cell + 1, advice::ONLY_ABOVE)));
    }
    let texts: Vec<String> = edits.iter().map(|(_, new)| translator.tidy(new.trim())).collect();
    if texts.iter().any(|new| wording::leaks(new)) {
        return None;
    }
    let first = edits.first()?.0;
    let same = |span: &Span| (span.line_start, span.column_start) == (first.line_start, first.column_start);
    // Whole lines, such as an import, can stand anywhere; and several texts for one place are alternatives.
    let alternatives = edits.len() > 1 && edits.iter().all(|(span, _)| same(span));
    if alternatives || edits.iter().all(|(_, new)| new.ends_with('\n')) {
        let listed = texts.iter().map(|new| format!("`{new}`")).collect::<Vec<_>>();
        return Some(Note::Help(format!("{text}: {}", listed.join(", "))));
    }
    let places: Option<Vec<Place>> = edits.iter().map(|(span, _)| translator.place(span)).collect();
    let places = places?;
    let line = places.first()?;
    let on_one_line = edits.iter().all(|(span, _)| span.line_start == span.line_end)
        && places.iter().all(|place| place.line == line.line);
    if !on_one_line {
        return Some(Note::Help(text.to_owned()));
    }
    let mut parts: Vec<(usize, usize, &str)> = edits
        .iter()
        .zip(&places)
        .map(|((span, new), place)| {
            let start = place.column as usize - 1;
            (start, start + (span.column_end - span.column_start) as usize, *new)
        })
        .collect();
    parts.sort();
    let old: Vec<char> = line.text.chars().collect();
    let mut new = String::new();
    let mut at = 0;
    for (start, end, text) in parts {
        new.extend(old.get(at..start)?);
        new += text;
        at = end;
    }
    new.extend(old.get(at..)?);
    // Some of rustc's edits take a closing delimiter with them.
    if is_balanced(&line.text) && !is_balanced(&new) {
        return Some(Note::Help(text.to_owned()));
    }
    let unknown: Vec<String> = edits.iter().flat_map(|(span, new)| to_fill_in(span, new)).collect();
    let fill_in = match unknown.as_slice() {
        [] => String::new(),
        [one] => format!(", with the type that you want in the place of {one}"),
        several => format!(", with the types that you want in the place of {}", several.join(" and ")),
    };
    Some(Note::Help(format!("{text}{fill_in}: `{}`", new.trim())))
}

/// The names in a suggestion, in backticks, that only stand for types: rustc takes them from where the function is declared.
fn to_fill_in(span: &Span, new: &str) -> Vec<String> {
    if span.suggestion_applicability.as_deref() != Some("HasPlaceholders") {
        return Vec::new();
    }
    let inner = new.strip_prefix("::<").and_then(|rest| rest.strip_suffix('>')).unwrap_or("");
    let is_name = |name: &&str| name.starts_with(char::is_alphabetic) && name.chars().all(char::is_alphanumeric);
    inner.split(',').map(str::trim).filter(is_name).map(|name| format!("`{name}`")).collect()
}

fn is_balanced(line: &str) -> bool {
    line.parse::<TokenStream>().is_ok()
}
