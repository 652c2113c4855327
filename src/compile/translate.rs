//! Turns one of rustc's messages into a diagnostic: at the notebook's own lines, and in the author's terms.

use super::advice;
use super::hint;
use super::rustc::{Message, Span};
use super::suggestion::suggestion;
use super::translator::Translator;
use super::wording;
use crate::diagnostic::{Diagnostic, Note, Place};

/// Labels that only repeat what the marked code shows.
const SAYS_NOTHING: [&str; 3] = ["{integer}", "{float}", "call expression requires function"];

impl Translator<'_> {
    /// The diagnostic that a message is.
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
}
