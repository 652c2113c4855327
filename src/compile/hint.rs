//! What a colleague would say of an error about something of nbrun's: the call that does here what was meant.
//!
//! An error is known by its code, by the type of nbrun's that it names, and by the author's own text at its place. What
//! rustc says in words may change with its version, and is not looked at.

use super::advice;
use super::rustc::{Message, Span};
use super::translator::Translator;
use crate::diagnostic::{Diagnostic, Note, Place};
use crate::notebook::{OnlyShown, only_shown};
use proc_macro2::TokenStream;

/// The types of the prelude that have methods.
const TYPES: [&str; 12] = [
    "Array",
    "Barrier",
    "BoundedSemaphore",
    "Condition",
    "Event",
    "Guard",
    "Lock",
    "Queue",
    "RLock",
    "RwLock",
    "Semaphore",
    "Value",
];

/// Methods and fields that are called otherwise in other libraries, and what to say of them: the types, the foreign names,
/// the advice.
const FOREIGN: [(&[&str], &[&str], &str); 28] = [
    (
        &["Queue"],
        &["send", "push", "push_back", "enqueue", "append", "add", "insert", "offer"],
        "`put` puts an item into a queue",
    ),
    (
        &["Queue"],
        &["recv", "receive", "pop", "pop_front", "dequeue", "take", "remove", "next", "poll"],
        "`get` takes the first item of a queue, and waits while there is none",
    ),
    (&["Queue"], &["try_send", "try_push", "put_nowait"], "`try_put` puts an item if that needs no waiting"),
    (&["Queue"], &["try_recv", "try_pop", "try_next", "get_nowait"], "`try_get` takes an item if there is one"),
    (&["Queue"], &["send_timeout", "push_timeout"], "`put_timeout(item, 0.5)` waits half a second at most"),
    (&["Queue"], &["recv_timeout", "pop_timeout"], "`get_timeout(0.5)` waits half a second at most"),
    (&["Queue"], &["qsize", "size", "length", "count"], "`len` says how many items a queue holds"),
    (&["Queue"], &["empty"], "`is_empty` says whether a queue holds no item"),
    (&["Queue"], &["full", "is_full"], "`try_put` says whether there was room"),
    (&["Queue"], &["into_iter", "try_iter", "drain"], "`iter` gives the items as they come, until the queue is closed"),
    (&["Value"], &["value", "load", "read", "borrow", "into_inner"], "`get` reads the number of a shared value"),
    (&["Value"], &["store", "write", "replace", "swap"], "`set` writes the number of a shared value"),
    (
        &["Value"],
        &["fetch_sub"],
        "`fetch_add` takes negative numbers, too; else hold `lock()` while you read and write",
    ),
    (
        &["Value"],
        &["compare_exchange", "compare_and_swap", "fetch_update", "fetch_max", "fetch_min"],
        "hold the value's `lock()` while you `get` the number and `set` another",
    ),
    (
        &["Array"],
        &["push", "append", "extend", "insert", "pop", "remove"],
        "a shared array keeps its length: `set(i, n)` writes an element",
    ),
    (&["Array"], &["read", "values", "to_vec", "as_slice"], "`slice(..)` gives a copy of the elements as a `Vec`"),
    (&["Array"], &["write", "fill", "copy_from_slice"], "`set_slice(0, &numbers)` writes elements from the first on"),
    (
        &["Guard"],
        &["unwrap", "expect"],
        "`lock()` gives the guard itself, with no `Result` around it: leave out this call",
    ),
    (&["Lock", "RLock"], &["unlock"], "a lock is given back when its guard is dropped, or by `release`"),
    (&["Lock", "RLock"], &["read", "write"], "`lock` takes the lock until its guard is dropped"),
    (&["RwLock"], &["lock", "acquire"], "`read` takes the lock together with other readers, `write` alone"),
    (&["Semaphore", "BoundedSemaphore"], &["wait", "down", "p"], "`acquire` takes a permit"),
    (
        &["Semaphore", "BoundedSemaphore"],
        &["signal", "post", "up", "v", "add_permits"],
        "`release` gives a permit back",
    ),
    (
        &["Event"],
        &["signal", "notify", "notify_one", "notify_all", "trigger"],
        "`set` sets an event and wakes all who wait for it",
    ),
    (&["Event"], &["reset", "unset"], "`clear` takes an event back"),
    (&["Condition"], &["notify", "signal"], "`notify_one` wakes one who waits, `notify_all` all"),
    (&["Condition"], &["wait_while", "wait_until"], "`wait_for(|| ready)` waits until what it is given holds"),
    (&["Barrier"], &["arrive", "arrive_and_wait", "join"], "`wait` waits for the others"),
];

/// The calls whose answer is no `Result`, although it is one in other libraries.
const PLAIN_ANSWERS: [&str; 7] = ["get()", "lock()", "read()", "write()", "wait()", "acquire()", "put()"];

/// The codes of errors about a name that is not known.
const UNKNOWN: [&str; 6] = ["E0405", "E0412", "E0422", "E0425", "E0432", "E0433"];

/// Adds advice to an error that is about something of nbrun's.
pub(super) fn add(error: &mut Diagnostic, message: &Message, translator: &Translator<'_>) {
    let Some(code) = message.code.as_ref().map(|code| code.code.as_str()) else {
        // An unknown macro is an error without a code.
        let place = error.place.as_ref().map(At::new);
        if place.is_some_and(|at| at.meant.ends_with('!') || at.behind.starts_with('!')) {
            shown_only(error, translator);
        }
        return;
    };
    if UNKNOWN.contains(&code) {
        return shown_only(error, translator);
    }
    if matches!(code, "E0592" | "E0119") {
        defined_again(error, translator);
        return;
    }
    let Some(at) = error.place.as_ref().map(At::new) else { return };
    let help = match (code, types(message).first().copied()) {
        ("E0599" | "E0609" | "E0616", of) => member(&at, of, message),
        ("E0608", Some("Array")) => Some(indexed(&at)),
        ("E0614", Some("Guard")) => Some(
            "a guard does not hold the number: while it lives, read with `get` and write with `set`, as in \
             `v.set(v.get() + 1)`"
                .to_owned(),
        ),
        ("E0308", Some("Value")) if is_about_a_number(message) => Some(mismatched(&at, message)),
        ("E0277" | "E0368" | "E0369" | "E0600" | "E0604" | "E0605" | "E0606" | "E0607" | "E0614", Some("Value")) => {
            Some(number(&at, message, translator))
        }
        _ => None,
    };
    // The advice says what rustc's remarks leave open, and more than they do.
    error.notes.splice(0..0, help.map(Note::Help));
}

/// Says of a name that is not known where it is defined, if it is in code that is only shown.
fn shown_only(error: &mut Diagnostic, translator: &Translator<'_>) {
    let Some(name) = error.place.as_ref().map(|place| At::new(place).meant) else { return };
    let name = name.trim_end_matches('!');
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') || !name.chars().all(is_name) {
        return;
    }
    let Some(OnlyShown { line, indented, fences }) = only_shown(translator.notebook, name) else { return };
    let fence = fences.join("` or `");
    let help = match indented {
        false => {
            format!("`{name}` is defined in the fence at line {line}, which is only shown (`{fence}` would run it)")
        }
        true => format!(
            "`{name}` is defined in the block at line {line}, which is only shown, as it is indented by four (a fence \
             `{fence}` that is not would run it)"
        ),
    };
    // Whoever does not know the name guesses what was meant. What is known of other definitions stays.
    error.notes.retain(|note| match note {
        Note::Help(text) | Note::Also(_, text) => advice::is_known(text),
        Note::Note(_) | Note::Left(_) | Note::Right(_) => true,
    });
    error.notes.insert(0, Note::Help(help));
}

/// The author's text around an error.
struct At {
    before: String,
    meant: String,
    behind: String,
}

impl At {
    fn new(place: &Place) -> Self {
        let chars: Vec<char> = place.text.chars().collect();
        let start = (place.column.saturating_sub(1) as usize).min(chars.len());
        let end = (start + place.width as usize).min(chars.len());
        let text = |part: &[char]| part.iter().collect::<String>();
        Self { before: text(&chars[..start]), meant: text(&chars[start..end]), behind: text(&chars[end..]) }
    }

    /// The name or path of names and dots that ends just before.
    fn receiver(&self) -> Option<&str> {
        let start = self.before.trim_end_matches(|c: char| is_name(c) || c == '.');
        Some(&self.before[start.len()..]).filter(|name| is_path(name))
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a text is a variable, or a field of one.
fn is_path(text: &str) -> bool {
    !text.is_empty() && text.split('.').all(|part| !part.is_empty() && part.chars().all(is_name))
}

/// The prelude's types that an error names, first in its sentence and then under its place.
fn types(message: &Message) -> Vec<&'static str> {
    let labels = message.spans.iter().filter(|span| span.is_primary).filter_map(|span| span.label.as_deref());
    let children = message.children.iter().map(|child| child.message.as_str());
    let said: Vec<&str> = match message.code.as_ref().map(|code| code.code.as_str()) {
        // What is only required on the way is not what the error is about.
        Some("E0277") => std::iter::once(message.message.as_str()).chain(labels).collect(),
        _ => std::iter::once(message.message.as_str()).chain(labels).chain(children).collect(),
    };
    said.into_iter().flat_map(types_in).collect()
}

/// The prelude's types in a sentence, by their position. One of the author's that has the same name is told by its path.
fn types_in(text: &str) -> Vec<&'static str> {
    let starts = text.match_indices(|c: char| c.is_ascii_uppercase()).map(|(at, _)| at);
    let named = starts.filter_map(|at| {
        let before = text[..at].strip_suffix("nbrun::").unwrap_or(&text[..at]);
        let is_start = !before.ends_with(|c: char| is_name(c) || c == ':');
        TYPES.into_iter().find(|name| {
            let rest = text[at..].strip_prefix(name);
            is_start && rest.is_some_and(|rest| rest.starts_with(['`', '<']))
        })
    });
    named.collect()
}

/// A method or field that there is not.
fn member(at: &At, of: Option<&str>, message: &Message) -> Option<String> {
    let name = at.meant.as_str();
    if matches!(name, "unwrap" | "expect")
        && let Some(call) = PLAIN_ANSWERS.into_iter().find(|call| at.before.ends_with(&format!(".{call}.")))
    {
        return Some(format!("what `{call}` gives is no `Result` here: leave out `.{name}(…)`"));
    }
    let of = of?;
    let foreign = FOREIGN.iter().find(|(types, names, _)| types.contains(&of) && names.contains(&name));
    if let Some((_, _, advice)) = foreign {
        return Some((*advice).to_owned());
    }
    let suggests = |child: &Message| child.spans.iter().any(|span| span.suggested_replacement.is_some());
    if message.children.iter().any(suggests) {
        return None;
    }
    let receiver = || Some(at.before.trim_end().strip_suffix('.')?.to_owned());
    let named = |default: &str| {
        let before = At { before: receiver().unwrap_or_default(), meant: String::new(), behind: String::new() };
        before.receiver().unwrap_or(default).to_owned()
    };
    match of {
        "Value" => Some(format!("`{}.get()` reads the number of a shared value", named("v"))),
        "Array" => {
            let a = named("a");
            Some(format!(
                "`{a}.slice(..)` gives a copy as a `Vec`, and `{a}.set_slice(0, &numbers)` writes numbers back"
            ))
        }
        _ => None,
    }
}

/// An element in square brackets.
fn indexed(at: &At) -> String {
    let a = at.receiver().unwrap_or("a");
    let index = at.meant.trim_start_matches('[').trim_end_matches(']').trim();
    let index = if index.is_empty() { "i" } else { index };
    if index.contains("..") {
        return format!("`{a}.slice({index})` gives a copy of these elements");
    }
    let behind = at.behind.trim_start();
    let get = format!("{a}.get({index})");
    let operator = behind.split('=').next().unwrap_or("").trim();
    match behind.split_once('=') {
        Some((_, rest)) if matches!(operator, "" | "+" | "-" | "*" | "/" | "%") && !rest.starts_with('=') => {
            let new = rest.split(';').next().unwrap_or("").trim();
            let is_whole = !new.is_empty() && new.parse::<TokenStream>().is_ok();
            let new = if is_whole { new } else { "…" };
            let new = if operator.is_empty() { new.to_owned() } else { format!("{get} {operator} {new}") };
            format!("an element of a shared array is written by `{a}.set({index}, {new})`")
        }
        _ => format!("an element of a shared array is read by `{get}`, and written by `{a}.set({index}, …)`"),
    }
}

/// A shared value where a number is wanted, or in a computation.
fn number(at: &At, message: &Message, translator: &Translator<'_>) -> String {
    let format = at.meant.strip_prefix('{').and_then(|rest| rest.split([':', '}']).next());
    if let Some(name) = format.filter(|name| is_path(name)) {
        return format!("a format string takes names only: write `{{}}` here, and `{name}.get()` behind the string");
    }
    let is_value = |span: &&Span| span.label.as_deref().is_some_and(|label| label.contains("Value<"));
    let operand = message.spans.iter().filter(is_value).find_map(|span| translator.place(span));
    let operand = operand.map_or_else(|| at.meant.clone(), |place| At::new(&place).meant);
    let operand = operand.split(" as ").next().unwrap_or("").trim_start_matches(['*', '-', '!', '&']).trim();
    let v = if is_path(operand) { operand } else { "v" };
    format!("a shared value is no number itself: `{v}.get()` reads its number, `{v}.set(…)` writes it")
}

/// A shared value in the place of a number, or a number in the place of a shared value.
fn mismatched(at: &At, message: &Message) -> String {
    let label = message.spans.iter().filter(|span| span.is_primary).find_map(|span| span.label.as_deref());
    let found = label.and_then(|label| label.split_once("found")).map_or("", |(_, found)| found);
    if !types_in(found).is_empty() {
        let v = Some(at.meant.trim_start_matches(['*', '&'])).filter(|text| is_path(text)).unwrap_or("v");
        return format!("`{v}.get()` reads the number of a shared value");
    }
    let assigned = at.before.trim_end().strip_suffix('=').map(|before| before.trim_end().to_owned());
    let assigned = assigned.map(|before| At { before, meant: String::new(), behind: String::new() });
    match assigned.as_ref().and_then(At::receiver) {
        Some(v) => format!("the number of a shared value is written by `{v}.set({})`", at.meant),
        None => "what is wanted here is the shared value itself: the name that a `yaml value` cell declares".to_owned(),
    }
}

/// Whether the types that do not match are a shared value and a number.
fn is_about_a_number(message: &Message) -> bool {
    const NUMBERS: [&str; 12] = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize", "f32", "f64"];
    let labels = message.spans.iter().filter(|span| span.is_primary).filter_map(|span| span.label.as_deref());
    let is_number = |text: &str| {
        NUMBERS.iter().any(|number| text.contains(&format!("`{number}`")))
            || text.contains("integer")
            || text.contains("floating-point")
    };
    labels.into_iter().any(is_number)
}

/// A method, or an implementation of a trait, that two cells have. Functions and types may be defined again, so an author
/// may well expect it of these.
fn defined_again(error: &mut Diagnostic, translator: &Translator<'_>) {
    let cell = |place: &Place| {
        let steps = &translator.plan.steps;
        steps.iter().rfind(|step| step.line <= place.line).filter(|step| step.items().is_some())
    };
    let other = error.notes.iter_mut().find_map(|note| match note {
        Note::Also(place, _) => Some(place),
        _ => None,
    });
    let (Some(place), Some(other)) = (&mut error.place, other) else { return };
    let (Some(here), Some(there)) = (cell(place), cell(other)) else { return };
    if here.cell == there.cell {
        return;
    }
    // What is one too many is the later one.
    if here.cell < there.cell {
        std::mem::swap(place, other);
    }
    let help = "a cell stands inside of the one above it, so what an `impl` gives a type stays with it: define the type \
                again in the later cell, or put both into one";
    error.notes.push(Note::Help(help.to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_of_the_prelude_is_told_from_one_of_the_author_by_its_path() {
        assert_eq!(types_in("no method `x` for struct `nbrun::Queue<T>` or `&Value<i32>`"), ["Queue", "Value"]);
        assert_eq!(types_in("`Guard`"), ["Guard"]);
        assert!(types_in("`cell_0::Value<i32>`, `my::nbrun::Value`, `Values<i32>`, a Queue").is_empty());
    }

    #[test]
    fn an_element_is_read_and_written_by_the_very_call_that_the_line_needs() {
        let hint = |before: &str, meant: &str, behind: &str| {
            indexed(&At { before: before.into(), meant: meant.into(), behind: behind.into() })
        };
        for (line, call) in [
            (("a", "[0]", " = 1;"), "`a.set(0, 1)`"),
            (("    self.a", "[i + 1]", " += f(2); }"), "`self.a.set(i + 1, self.a.get(i + 1) + f(2))`"),
            (("let x = a", "[0]", " == 1;"), "`a.get(0)`"),
            (("f(a", "[0]", ")"), "`a.get(0)`"),
            (("&a", "[1..3]", ""), "`a.slice(1..3)`"),
            (("a", "[0]", " = if x {"), "`a.set(0, …)`"),
        ] {
            let said = hint(line.0, line.1, line.2);
            assert!(said.contains(call), "{said}");
        }
    }
}
