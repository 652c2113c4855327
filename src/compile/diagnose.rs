//! Turns rustc's diagnostics into nbrun's: at the notebook's own lines, and in the author's terms.

use super::advice;
use super::hint;
use super::look_alike;
use super::rustc::{Message, Outcome, Span};
use super::source::{ROOT, cell_of_file};
use super::suggestion::suggestion;
use super::unsendable;
use super::wording;
use super::workspace;
use crate::diagnostic::{Diagnostic, Note, Place};
use crate::model::SourceMap;
use crate::notebook::Notebook;
use crate::plan::Plan;
use std::path::Path;

/// Labels that only repeat what the marked code shows.
const SAYS_NOTHING: [&str; 3] = ["{integer}", "{float}", "call expression requires function"];

/// What is needed to translate a diagnostic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Translator<'a> {
    pub notebook: &'a Notebook,
    pub plan: &'a Plan,
    /// The map of the crate that was compiled.
    pub map: &'a SourceMap,
}

impl Translator<'_> {
    /// All errors of a call that failed, in document order and each once; at least one.
    pub(super) fn all(&self, outcome: &Outcome) -> Vec<Diagnostic> {
        if let Some(error) = of_the_machine(outcome) {
            return vec![error];
        }
        let (refused, others): (Vec<_>, Vec<_>) = outcome.errors.iter().partition(|message| unsendable::is(message));
        let mut errors = unsendable::gathered(self, &refused);
        let others = others.into_iter().filter(|message| !unsendable::explains(&refused, message)).collect();
        for message in look_alike::gathered(others) {
            let error = self.one(&message);
            if !errors.iter().any(|other| other.message == error.message && other.place == error.place) {
                errors.push(error);
            }
        }
        let position = |error: &Diagnostic| error.place.as_ref().map_or((u32::MAX, 0), |at| (at.line, at.column));
        errors.sort_by_key(position);
        errors
    }

    pub(super) fn one(&self, message: &Message) -> Diagnostic {
        let text = self.tidy(&message.message);
        let text = match &message.code {
            Some(code) if code.code.starts_with('E') => format!("{text} [{}]", code.code),
            _ => text,
        };
        let mut error = Diagnostic::new(text);
        error.code = message.code.as_ref().map(|code| code.code.clone());
        let placed: Vec<(&Span, Place)> =
            message.spans.iter().filter_map(|span| Some((span, self.place(span)?))).collect();
        let position = |(_, place): &&(&Span, Place)| (place.line, place.column);
        let primary = placed.iter().filter(|(span, _)| span.is_primary).min_by_key(position).or(placed.first());
        let (main, place) = match primary {
            Some((span, place)) => (Some(*span), Some(place.clone())),
            None => {
                let main = message.spans.iter().find(|span| span.is_primary);
                (main, main.and_then(|main| self.nearest(main).or_else(|| self.included(main))))
            }
        };
        error.place = place;
        let label = main.and_then(|main| main.label.as_deref());
        if label.is_some_and(advice::is_about_a_future) {
            return Diagnostic { message: advice::NOBODY_RUNS_IT.to_owned(), ..error }.help(advice::NO_ASYNC);
        }
        let label = label.map(|label| self.tidy(label));
        error.label = label.filter(|label| !wording::leaks(label));
        for (span, place) in &placed {
            let label = span.label.as_deref().filter(|_| primary.is_none_or(|(main, _)| !std::ptr::eq(*main, *span)));
            // A type that the message has named already.
            let is_said = |label: &&str| error.message.contains(&format!("`{}`", self.tidy(label)));
            let is_said = |label: &&str| is_said(label) || SAYS_NOTHING.contains(label);
            if let Some(label) = label.filter(|label| !is_said(label)) {
                self.also(&mut error, place.clone(), label);
            }
            // Where the error stands in a macro of the author's own, the call matters as well.
            let call = span.expansion.as_ref().and_then(|expansion| self.place(&expansion.span));
            if let Some(call) = call.filter(|call| span.is_primary && call != place) {
                self.also(&mut error, call, advice::IN_A_CALL);
            }
        }
        for child in &message.children {
            self.child(&mut error, child);
        }
        advice::add(&mut error, self.notebook, self.plan);
        hint::add(&mut error, message, self);
        error
    }

    /// Adds one of the remarks below an error, unless it speaks of what the author has not written.
    fn child(&self, error: &mut Diagnostic, child: &Message) {
        let text = self.tidy(&child.message);
        // All types that there are for a trait: many lines, and none of them about the author's code.
        let is_list = child.level == "help" && child.spans.is_empty() && text.contains('\n');
        if text.trim().is_empty() || is_list || wording::leaks(&text) || advice::is_replaced(&text) {
            return;
        }
        if child.spans.iter().any(|span| span.suggested_replacement.is_some()) {
            error.notes.extend(suggestion(self, &text, child));
            return;
        }
        let placed: Vec<Place> = child.spans.iter().filter_map(|span| self.place(span)).collect();
        match placed.first() {
            Some(place) if error.place.as_ref() != Some(place) => self.also(error, place.clone(), &text),
            // A note about a place that the author cannot see says nothing.
            None if !child.spans.is_empty() && child.level == "note" => {}
            _ if child.level == "help" => error.notes.push(Note::Help(text)),
            _ => error.notes.push(Note::Note(text)),
        }
    }

    fn also(&self, error: &mut Diagnostic, place: Place, text: &str) {
        let text = self.tidy(text);
        let note = Note::Also(place, text);
        if !matches!(&note, Note::Also(_, text) if text.trim().is_empty() || wording::leaks(text))
            && !error.notes.contains(&note)
        {
            error.notes.push(note);
        }
    }

    /// The place of a span in the notebook; of a span inside a macro's expansion the innermost place that is the
    /// author's.
    pub(super) fn place(&self, span: &Span) -> Option<Place> {
        let own = cell_of_file(&span.file_name).and_then(|cell| {
            self.map.stretch(cell, (span.line_start, span.column_start), (span.line_end, span.column_end))
        });
        match own {
            Some((line, column, width)) => Some(self.at(line, column, width)),
            None => self.place(&span.expansion.as_ref()?.span),
        }
    }

    /// For a span in glue: the nearest of the author's text on its line, else the fence of the cell.
    fn nearest(&self, span: &Span) -> Option<Place> {
        let Some(cell) = cell_of_file(&span.file_name) else {
            return self.nearest(&span.expansion.as_ref()?.span);
        };
        if let Some((line, column, width)) = self.map.nearest(cell, (span.line_start, span.column_start)) {
            return Some(self.at(line, column, width));
        }
        let fence = self.map.cells.get(cell)?.fence;
        let width = self.at(fence, 1, 1).text.chars().count() as u32;
        Some(self.at(fence, 1, width))
    }

    /// The place of a span in a file that the author's code includes, which is called as it is from the notebook's directory.
    fn included(&self, span: &Span) -> Option<Place> {
        let file = Path::new(&span.file_name);
        let is_beside = file.is_relative() && !file.starts_with("nbrun") && span.file_name != ROOT;
        let is_beside = is_beside && cell_of_file(&span.file_name).is_none();
        let text = span.text.first().filter(|_| is_beside)?.text.clone();
        let ends_there = span.line_end == span.line_start;
        let width = if ends_there { span.column_end.saturating_sub(span.column_start).max(1) } else { 1 };
        let dir = Path::new(&self.notebook.file).parent().unwrap_or(Path::new(""));
        let file = dir.join(file).to_string_lossy().into_owned();
        Some(Place { file, line: span.line_start, column: span.column_start, width, text })
    }

    fn at(&self, line: u32, column: u32, width: u32) -> Place {
        Place::in_source(&self.notebook.file, &self.notebook.text, line, column, width)
    }

    pub(super) fn tidy(&self, text: &str) -> String {
        wording::tidy(text, self.plan)
    }
}

/// How a program says that a file has met the limit of its size.
const TOO_LARGE: [&str; 4] = ["SIGXFSZ", "File size limit exceeded", "File too large", "signal 25"];

/// What went wrong with the machine rather than with the notebook: no linker, a linker that fails, a compiler that was
/// killed or crashed.
pub(super) fn of_the_machine(outcome: &Outcome) -> Option<Diagnostic> {
    let said = outcome.errors.iter().flat_map(|error| error.children.iter().chain([error]));
    let mut said = said.map(|error| error.message.as_str()).chain([outcome.remains.as_str()]);
    if said.any(|said| TOO_LARGE.iter().any(|words| said.contains(words))) {
        return Some(workspace::too_large());
    }
    let linker = |error: &&Message| error.message.starts_with("link");
    if let Some(error) = outcome.errors.iter().find(linker) {
        if error.message.ends_with("not found") {
            let install = "install a C compiler, such as your distribution's package `gcc` or `build-essential`";
            return Some(
                Diagnostic::new(format!("the {}, which Rust needs to make a library", error.message)).help(install),
            );
        }
        if error.message.starts_with("linking with") {
            // The first note is the command line, pages long.
            let said = error.children.iter().skip(1).map(|child| child.message.trim()).collect::<Vec<_>>().join("\n");
            return Some(Diagnostic::new(error.message.clone()).note(said));
        }
    }
    if outcome.errors.is_empty() {
        return Some(Diagnostic::new("the Rust compiler failed without an error").note(outcome.remains.trim()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(json: &str, remains: &str) -> Outcome {
        let errors = serde_json::from_str(json).unwrap();
        Outcome { success: false, errors, warnings: Vec::new(), remains: remains.to_owned() }
    }

    #[test]
    fn a_missing_linker_is_named_with_the_package_that_has_it() {
        let json =
            r#"[{"message": "linker `cc` not found", "code": null, "level": "error", "spans": [], "children": []}]"#;
        let error = of_the_machine(&failed(json, "")).unwrap().to_string();
        assert!(error.contains("the linker `cc` not found") && error.contains("`gcc`"), "{error}");
    }

    #[test]
    fn a_linker_that_fails_is_quoted_without_its_command_line() {
        let message = |level: &str, text: &str, children: &str| {
            format!(
                r#"[{{"message": "{text}", "code": null, "level": "{level}", "spans": [], "children": {children}}}]"#
            )
        };
        let command = message("note", "cc -o a lot", "[]");
        let said = message("note", "undefined reference to `f`", "[]");
        let children = format!("[{}, {}]", &command[1..command.len() - 1], &said[1..said.len() - 1]);
        let json = message("error", "linking with `cc` failed: exit status: 1", &children);
        let error = of_the_machine(&failed(&json, "")).unwrap().to_string();
        assert!(error.contains("undefined reference to `f`") && !error.contains("a lot"), "{error}");
    }

    #[test]
    fn a_compiler_that_ends_without_a_word_is_an_error_all_the_same() {
        let error = of_the_machine(&failed("[]", "rustc ended with signal: 9 (SIGKILL)")).unwrap().to_string();
        assert!(error.contains("SIGKILL"), "{error}");
    }
}
