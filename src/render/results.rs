//! Values: what a cell shows, and what shared resources hold.

use super::highlight;
use super::options::RenderContext;
use super::text::{drawn, escape, shown, visible};
use super::words::Words;
use crate::model::{Event, Position, Token};
use crate::record::{CellOutcome, Content, Resource, RunOutcome, ShownValue};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Contents longer than this, in bytes, have a line of their own in a narrow window.
const LINE: usize = 24;

/// A value longer than this, in bytes, gets a box that can be scrolled by keyboard.
const LONG: usize = 400;

/// What makes a long text scroll in a box of its own.
pub fn scrolls(text: &str) -> &'static str {
    if text.len() > LONG { " tabindex=\"0\"" } else { "" }
}

/// Appends the values of `show`, or a pool's results; `lang` is their language as an attribute, where it must be said.
pub fn push_values(out: &mut String, values: &[ShownValue], lang: &str) {
    if values.is_empty() {
        return;
    }
    let _ = writeln!(out, "<dl class=\"values\"{lang}>");
    for value in values {
        let name = match &value.label {
            Some(label) => format!("<span title=\"{}\">{}</span>", escape(&visible(&value.expression)), shown(label)),
            None => format!("<code>{}</code>", highlight::rust(&visible(&value.expression))),
        };
        let long = match drawn(value.text.lines()) {
            "" => scrolls(&value.text),
            drawn => drawn,
        };
        let _ = writeln!(out, "<div><dt>{name}</dt><dd><pre{long}>{}</pre></dd></div>", shown(&value.text));
    }
    out.push_str("</dl>\n");
}

/// Who held something when no worker could continue: the name of a worker, and where it took it, if that is known.
pub type Holder = (String, Option<Position>);

/// Who held what in the deadlock that ended a run, by the resources' ids. What they held was freed when they were ended.
pub fn held_in_deadlock(run: &RunOutcome) -> BTreeMap<u32, Vec<Holder>> {
    let mut holders: BTreeMap<u32, Vec<Holder>> = BTreeMap::new();
    let name = |worker: u32| run.workers.get(worker as usize).map_or("?", |worker| worker.name.as_str()).to_owned();
    let waits = run.deadlock.iter().flat_map(|deadlock| &deadlock.waits);
    let held = waits.flat_map(|wait| wait.holds.iter().map(|held| (wait.worker, held)));
    let lost = run.deadlock.iter().flat_map(|deadlock| &deadlock.lost).map(|(worker, held)| (*worker, held));
    for (worker, held) in held.chain(lost) {
        let of = holders.entry(held.resource).or_default();
        let holder = (name(worker), held.position);
        if !of.contains(&holder) {
            of.push(holder);
        }
    }
    holders
}

/// Of each cell, what it need not tell again: what is long, and holds what a cell above has told.
pub fn unchanged(outcomes: &[Option<&CellOutcome>]) -> Vec<BTreeSet<u32>> {
    let mut told: BTreeMap<u32, &Content> = BTreeMap::new();
    let mut all = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        let resources = || outcome.iter().flat_map(|outcome| &outcome.resources);
        let again = |resource: &&Resource| {
            told.get(&resource.id) == Some(&&resource.content) && !may_differ(*outcome, resource)
        };
        let long = resources().filter(|resource| is_long(&resource.content));
        all.push(long.filter(again).map(|resource| resource.id).collect());
        told.extend(resources().map(|resource| (resource.id, &resource.content)));
    }
    all
}

/// Whether numbers of which only the first are told may differ behind these after the runs of a cell.
fn may_differ(outcome: Option<&CellOutcome>, resource: &Resource) -> bool {
    let writes = |event: &Event| {
        event.resource == Some(resource.id)
            && matches!(event.action.effect().gives, Some(Token::Number | Token::Elements))
    };
    let changes = |run: &RunOutcome| run.trace_dropped > 0 || run.trace.iter().any(writes);
    matches!(resource.content, Content::Many(..)) && outcome.is_some_and(|outcome| outcome.runs.iter().any(changes))
}

fn is_long(content: &Content) -> bool {
    matches!(content, Content::Numbers(text, _) | Content::Many(text, _) if text.len() > LINE)
}

/// Appends what shared resources hold: of a declaration what was declared, of a run what it left, and who held it if the run
/// ended in a deadlock.
pub fn push_resources(
    out: &mut String,
    resources: &[Resource],
    held: &BTreeMap<u32, Vec<Holder>>,
    caption: &str,
    context: RenderContext,
) {
    let words = context.words;
    if resources.is_empty() {
        return;
    }
    let [name, is, holds] = words.resource();
    let caption = if caption.is_empty() { String::new() } else { format!("<caption>{caption}</caption>") };
    let _ = writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><table class=\"shared\">{caption}\n<thead class=\"sr\">\
         <tr><th>{name}</th><th>{is}</th><th>{holds}</th></tr></thead>\n<tbody>"
    );
    for resource in resources {
        let _ = writeln!(
            out,
            "<tr><th><code>{}</code></th><td><code>{}</code></td><td{}>{}</td></tr>",
            shown(&resource.name),
            highlight::rust(&visible(&resource.type_text())),
            if is_long(&resource.content) && !context.unchanged.contains(&resource.id) {
                " class=\"long\""
            } else {
                ""
            },
            left(resource, held.get(&resource.id).map_or(&[], Vec::as_slice), context)
        );
    }
    out.push_str("</tbody></table></div>\n");
}

/// What something holds, if that must be told again, and in whose hands it was when no worker could continue.
fn left(resource: &Resource, holders: &[Holder], context: RenderContext) -> String {
    let words = context.words;
    let holds = match context.unchanged.contains(&resource.id) {
        true => words.unchanged().to_owned(),
        false => content(&resource.content, words),
    };
    if holders.is_empty() {
        return holds;
    }
    let holder = |(name, position): &Holder| match words.line(*position) {
        0 => shown(name),
        line => words.taken_at(&shown(name), line),
    };
    let holders: Vec<String> = holders.iter().map(holder).collect();
    let held = words.held_in_deadlock(&holders);
    match resource.content {
        Content::Lock(..) | Content::RwLock(..) => held,
        _ => words.and_held(&holds, &held),
    }
}

/// What something holds, with numbers as code.
pub fn content(content: &Content, words: Words) -> String {
    match content {
        Content::Numbers(numbers, None) => format!("<code>{}</code>", shown(numbers)),
        _ => shown(&words.holds(content)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;
    use crate::render::fixture::{context, event, passed, resource};

    #[test]
    fn numbers_that_are_not_all_told_may_have_changed_behind_those_that_are() {
        let array = resource(4, "a", "Array<i32>", "[1, 2, 3, 4]");
        let array = Resource { content: Content::Many("7, ".repeat(200), 400), ..array };
        let after = |run: RunOutcome| CellOutcome { resources: vec![array.clone()], ..passed(0, vec![run]) };
        let store = event(1, 5, 0, Action::Store { index: 300, bits: 8 }, Some(4));
        let load = event(1, 5, 0, Action::Load { index: 300, bits: 8 }, Some(4));
        let runs = [
            RunOutcome { trace: vec![load], ..RunOutcome::default() },
            RunOutcome { trace: vec![store], ..RunOutcome::default() },
            RunOutcome { trace_dropped: 1, ..RunOutcome::default() },
        ];
        let cells = [after(RunOutcome::default())].into_iter().chain(runs.map(after)).collect::<Vec<_>>();
        let cells: Vec<Option<&CellOutcome>> = cells.iter().map(Some).collect();
        assert_eq!(unchanged(&cells).iter().map(BTreeSet::len).collect::<Vec<_>>(), [0, 1, 0, 0]);
    }

    #[test]
    fn what_is_unchanged_still_has_its_holders() {
        let (array, told) = (resource(4, "a", "Array<i32>", "[1, 2, 3, 4]"), BTreeSet::from([4]));
        let context = RenderContext { unchanged: &told, ..context() };
        assert_eq!(left(&array, &[], context), "unchanged");
        let held = left(&array, &[("job-1".to_owned(), None)], context);
        assert_eq!(held, "unchanged, held by job-1 when no worker could continue");
    }
}
