//! The compiler's warnings that matter in a notebook, as nbrun says them.

use super::rustc::{Message, Span};
use super::translator::Translator;
use crate::diagnostic::{Diagnostic, Note};

/// How many warnings of a notebook are told.
const MAX_WARNINGS: usize = 50;

/// The lint that finds whatever is dropped at once. It is asked about guards alone.
const DROPPED: &str = "let_underscore_drop";

/// The calls that give a guard.
const GIVES_A_GUARD: [&str; 3] = ["lock", "try_lock", "lock_timeout"];

/// How rustc's suggestions begin that would drop a guard.
const DROPS: [&str; 2] = ["use `let _ = ...`", "consider immediately dropping"];

/// Warnings, in document order and each once; of very many the first.
pub(super) fn warnings(translator: &Translator<'_>, messages: &[Message]) -> Vec<Diagnostic> {
    let mut warnings: Vec<Diagnostic> = Vec::new();
    for warning in messages.iter().filter_map(|message| one(translator, message)) {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    warnings.sort_by_key(|warning| warning.place.as_ref().map(|at| (at.line, at.column)));
    let more = warnings.len().saturating_sub(MAX_WARNINGS);
    warnings.truncate(MAX_WARNINGS);
    if let Some(last) = warnings.last_mut().filter(|_| more > 0) {
        last.notes.push(Note::Note(format!("there are {more} more warnings")));
    }
    warnings
}

fn one(translator: &Translator<'_>, message: &Message) -> Option<Diagnostic> {
    let lint = message.code.as_ref()?.code.as_str();
    // What stands in no text of the author's is none of their business.
    let at = message.spans.iter().find(|span| span.is_primary && translator.place(span).is_some())?;
    if lint == DROPPED && !gives_a_guard(&statement(translator, at)?) {
        return None;
    }
    let mut warning = translator.one(message).warning();
    if lint == DROPPED {
        warning.message = "this guard is dropped at once, and protects nothing".to_owned();
    }
    let is_guard = lint == DROPPED
        || lint == "let_underscore_lock"
        || warning.message.contains("Guard`")
        || statement(translator, at).is_some_and(|statement| gives_a_guard(&statement));
    warning.notes.retain(|note| match note {
        // How rustc was called is nobody's business. To drop a guard in another way would protect nothing, either.
        Note::Note(text) => !text.starts_with("requested on the command line") && !text.contains("on by default"),
        Note::Help(text) => !(is_guard && DROPS.iter().any(|drops| text.starts_with(drops))),
        Note::Also(..) | Note::Left(_) | Note::Right(_) => true,
    });
    Some(warning.note(format!("`#[allow({lint})]` silences this")))
}

/// The author's text from where a statement begins, up to its end.
fn statement(translator: &Translator<'_>, at: &Span) -> Option<String> {
    let place = translator.place(at)?;
    let first: String = place.text.chars().skip(place.column.saturating_sub(1) as usize).collect();
    let more = translator.notebook.text.lines().skip(place.line as usize).take((at.line_end - at.line_start) as usize);
    let text = std::iter::once(first.as_str()).chain(more).collect::<Vec<_>>().join(" ");
    let (mut depth, mut end) = (0_usize, text.len());
    for (index, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => {
                end = index;
                break;
            }
            _ => {}
        }
    }
    Some(text[..end].split_whitespace().collect())
}

/// Whether the value of a statement, whose text has no blanks, comes from a call that gives a guard.
fn gives_a_guard(statement: &str) -> bool {
    let mut rest = statement;
    loop {
        rest = rest.trim_end_matches('?');
        let Some((call, method)) = last_call(rest) else { return false };
        if GIVES_A_GUARD.contains(&method) {
            return true;
        }
        if !matches!(method, "unwrap" | "expect") {
            return false;
        }
        rest = call;
    }
}

/// What stands before the last call of a method, and the method: `a.b(c)` is `a` and `b`.
fn last_call(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let open = text.strip_suffix(')')?.char_indices().rev().find(|(_, c)| match c {
        ')' => {
            depth += 1;
            false
        }
        '(' if depth == 0 => true,
        '(' => {
            depth -= 1;
            false
        }
        _ => false,
    })?;
    text[..open.0].rsplit_once('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_is_known_by_the_call_that_gives_it() {
        for guard in
            ["let_=l.lock()", "let_=a[f(1)].lock_timeout(g(2))", "let_=m.lock().unwrap()", "let_=l.try_lock()?"]
        {
            assert!(gives_a_guard(guard), "{guard}");
        }
        for other in ["let_=q.get()", "let_=lock()", "let_=l.lock().len()", "let_=\"l.lock()\".to_owned()", "let_=1"] {
            assert!(!gives_a_guard(other), "{other}");
        }
    }
}
