//! A type that cannot go from one worker to another: one error for the type, however often the compiler says so.

use super::rustc::Message;
use super::translator::Translator;
use crate::diagnostic::{Diagnostic, Note};
use crate::plan::{DeclaredKind, Plan};

/// What the prelude's `Message` says under the place where a type is no message.
const LABEL: &str = "not a `Message`";

/// Whether an error says that a type is no message.
pub(super) fn is(message: &Message) -> bool {
    message.spans.iter().any(|span| span.is_primary && span.label.as_deref() == Some(LABEL))
}

/// Whether an error only follows from one of `refused`, the types that are no messages: no items come of their queues.
pub(super) fn explains(refused: &[&Message], message: &Message) -> bool {
    let code = message.code.as_ref().map(|code| code.code.as_str());
    let of_queue = message.message.split_once("Queue<").map(|(_, of)| of);
    code == Some("E0277")
        && of_queue.is_some_and(|of| refused.iter().filter_map(|refused| name(refused)).any(|name| of.contains(name)))
}

/// The type that is no message.
fn name(message: &Message) -> Option<&str> {
    message.message.split('`').nth(1)
}

/// One error for each of the types, at the most useful of the places that say so: where a queue is declared with it, or
/// else the first.
pub(super) fn gathered(translator: &Translator<'_>, refused: &[&Message]) -> Vec<Diagnostic> {
    let mut types: Vec<&str> = refused.iter().map(|message| message.message.as_str()).collect();
    types.sort_unstable();
    types.dedup();
    let one = |of: &str| {
        let errors = refused.iter().filter(|message| message.message == of);
        let errors = errors.map(|message| with_derive(translator, message));
        errors.min_by_key(|error| {
            let place = error.place.as_ref();
            let at = place.map_or((u32::MAX, 0), |place| (place.line, place.column));
            (!place.is_some_and(|place| declares(translator.plan, place.line)), at)
        })
    };
    types.into_iter().filter_map(one).collect()
}

/// Whether the item type of a queue stands on a line.
fn declares(plan: &Plan, line: u32) -> bool {
    plan.resources.iter().any(|resource| match &resource.kind {
        DeclaredKind::Queue { item, .. } => item.lines.iter().any(|part| part.line == line),
        _ => false,
    })
}

/// The error, and where the type is the author's own, what makes it a message.
fn with_derive(translator: &Translator<'_>, message: &Message) -> Diagnostic {
    let mut error = translator.one(message);
    let helps = message.children.iter().filter(|child| child.level == "help");
    let definition = helps.flat_map(|child| &child.spans).find_map(|span| translator.place(span));
    if let Some(place) = definition {
        error.notes.retain(|note| !matches!(note, Note::Also(at, _) if *at == place));
        error.notes.insert(0, Note::Also(place, "write `#[derive(Message)]` on a line above this".to_owned()));
    }
    error
}
