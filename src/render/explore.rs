//! A cell that was explored: what can come out, how often, and the simplest way to each.

use super::options::RenderContext;
use super::outcomes::{self, Targets, describe, many, way};
use super::picture::{deadlock, steps};
use super::play;
use super::results::content;
use super::text::{shown, shown_with_code};
use super::words::Words;
use super::workers::colour;
use crate::model::Operation;
use crate::model::{StepCall, Unseen, schedule_text};
use crate::notebook::Cell;
use crate::record::explored::{Access, Coverage, InitialContent, Outcome, Race, Step};
use crate::record::{Executor, Explored};
use std::fmt::Write;

/// For how many outcomes a way is told.
const WAYS: usize = 8;
/// How many steps of one worker in a row are told before the middle of them is left out, and how many then on each side.
const ROW: usize = 8;
const SIDE: usize = 3;
/// How many numbers are named of which the same is to be said.
const NAMED: usize = 6;

/// Appends an exploration of a cell; a stable page does not say how long it took.
pub fn push(out: &mut String, explored: &Explored, cell: &Cell, context: RenderContext) {
    let words = context.words;
    if !explored.initial.is_empty() {
        let thing = |begin: &InitialContent| {
            let not_done = if begin.not_done > 0 { words.not_done(begin.not_done) } else { String::new() };
            let holds = content(&begin.holds, words) + &not_done;
            words.holding(&format!("<code>{}</code>", shown(&begin.name)), &holds)
        };
        let things: Vec<String> = explored.initial.iter().map(thing).collect();
        let _ = writeln!(out, "<p class=\"notice\">{}</p>", words.begins(&things.join(words.semicolon())));
    }
    // What goes wrong is shown first, and the simplest of it is open.
    let ordered = play::ordered(explored);
    let mut ways: Vec<(usize, &Outcome)> = ordered.iter().copied().enumerate().collect();
    ways.sort_by_key(|(_, outcome)| (outcome.is_good(), outcome.witness.preemptions, outcome.witness.schedule.len()));
    ways.truncate(WAYS);
    let id = |place: usize| format!("c{}-way-{}", cell.index + 1, place + 1);
    let targets = Targets { id: &id, is_way: &|place| ways.iter().any(|(told, _)| *told == place) };
    let texts = (caption(explored, words), remark(explored, context));
    outcomes::push(out, explored, (&texts.0, &texts.1), &targets, words);
    if let (Some(Unseen { word, position }), Coverage::All | Coverage::Preemptions { .. }) =
        (&explored.unseen, explored.coverage)
    {
        let unseen = words.unseen(&shown(word), words.line(*position));
        let _ = writeln!(out, "<p class=\"notice\">{unseen}</p>");
    }
    push_races(out, &explored.races, words.unordered(), words);
    if explored.coverage != Coverage::Schedule && !ordered.is_empty() {
        play::push(out, explored, words);
    }
    for (index, (place, outcome)) in ways.into_iter().enumerate() {
        let open = if index == 0 && !outcome.is_good() { " open" } else { "" };
        // A link to something within opens what is folded.
        let _ = writeln!(
            out,
            "<details class=\"run\"{open}><summary>{}{}</summary><span id=\"{}\"></span>",
            outcomes::number(place, outcome, &ordered),
            words.a_way(&describe(outcome, explored, words), &way(outcome, words)),
            id(place)
        );
        let ring = format!("c{}-r{index}", cell.index + 1);
        if !deadlock::push_stuck(out, outcome, &explored.workers, &ring, words) {
            for (stuck, sentence) in outcome.stuck.iter().zip(words.waits_for_ever(outcome, &explored.workers)) {
                let line = words.line(stuck.position);
                let sentence = shown_with_code(&sentence).replacen(&words.a_line(line), &words.line_link(line), 1);
                let _ = writeln!(out, "<p class=\"notice\">{sentence}</p>");
            }
        }
        steps::push(out, &outcome.witness.steps, &explored.workers, &format!("c{}-w{index}", cell.index + 1), words);
        push_steps(out, &outcome.witness.steps, &explored.workers, words);
        let schedule = schedule_text(&outcome.witness.schedule);
        let schedule = if explored.is_followed(outcome) {
            let is = |executor| explored.followers.contains(&executor);
            let real = words.real(is(Executor::Process), is(Executor::Thread), false);
            words.replayed(real, &format!("<code>replay: {schedule}</code>"))
        } else {
            format!("{} <code>{schedule}</code>", words.as_a_schedule())
        };
        let _ = writeln!(out, "<p class=\"schedule\">{schedule}</p></details>");
    }
}

fn caption(explored: &Explored, words: Words) -> String {
    let many = many(explored.interleavings, words);
    let of = words.interleavings(explored.coverage, &many, explored.interleavings == 1.0);
    format!("{of}{}", words.with_outcomes(explored.outcomes.len() as u64))
}

/// What the figures cover and what they do not.
fn remark(explored: &Explored, context: RenderContext) -> String {
    let words = context.words;
    let missing = match explored.coverage {
        Coverage::Samples { wanted, .. } => wanted as f64 > explored.interleavings,
        _ => false,
    };
    let mut text = words.covers(explored.coverage, missing);
    if explored.loops_cut {
        text.push_str(words.loops_cut());
    }
    if explored.follows_std {
        text.push_str(words.std_followed());
    }
    if !context.stable {
        text.push_str(&words.exploring_took(explored.took_ns));
    }
    text.trim_start().to_owned()
}

/// Appends accesses that nothing orders.
pub fn push_races(out: &mut String, races: &[Race], title: &str, words: Words) {
    if races.is_empty() {
        return;
    }
    let _ = writeln!(out, "<div class=\"notice races\"><p>{title}</p><ul>");
    let mut groups: Vec<(&Access, &Access, Vec<&str>)> = Vec::new();
    for Race { name, first, second } in races {
        match groups.iter_mut().find(|group| (group.0, group.1) == (first, second)) {
            Some((.., names)) => names.push(name),
            None => groups.push((first, second, vec![name])),
        }
    }
    for (first, second, names) in groups {
        let access = |access: &Access| words.access(access.writes, words.line(access.position));
        let missing = |holds: &Access, lacks: &Access| {
            let locks = holds.holding.iter().filter(|lock| !lacks.holding.contains(lock));
            let locks: Vec<String> = locks.map(|lock| format!("<code>{}</code>", shown(lock))).collect();
            (!locks.is_empty()).then(|| words.race_lacks(lacks.writes, &locks))
        };
        let lock = missing(first, second).or_else(|| missing(second, first)).unwrap_or_default();
        let race = words.race(&access(first), &access(second));
        let _ = writeln!(out, "<li>{}{race}{lock}</li>", words.list(&elements(names, words), NAMED));
    }
    out.push_str("</ul></div>\n");
}

/// Names of numbers as code; elements of an array by their indexes, and as one those that follow each other.
fn elements(mut names: Vec<&str>, words: Words) -> Vec<String> {
    let parts = |name: &'_ str| -> Option<(String, u64)> {
        let (array, index) = name.strip_suffix(']')?.rsplit_once('[')?;
        Some((array.to_owned(), index.parse().ok()?))
    };
    names.sort_by_cached_key(|name| parts(name).unwrap_or_else(|| ((*name).to_owned(), 0)));
    let follows = |a: &&str, b: &&str| match (parts(a), parts(b)) {
        (Some((array, index)), Some((other, next))) => array == other && index.checked_add(1) == Some(next),
        _ => false,
    };
    let code = |name: &str| format!("<code>{}</code>", shown(name));
    let mut listed = Vec::new();
    for row in names.chunk_by(follows) {
        match row {
            [first, _, .., last] => listed.push(words.from_to(&code(first), &code(last))),
            few => listed.extend(few.iter().map(|name| code(name))),
        }
    }
    listed
}

/// Appends a table of steps.
pub fn push_steps(out: &mut String, steps: &[Step], workers: &[String], words: Words) {
    let [step, worker, does, before, after, line] = words.step_columns();
    let _ = write!(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><table class=\"steps\"><thead><tr><th class=\"right\">{step}</th>\
         <th>{worker}</th><th>{does}</th><th>{before}</th>\
         <th>{after}</th><th class=\"right\">{line}</th></tr></thead>\n<tbody>"
    );
    let mut number = 0;
    for row in steps.chunk_by(|a, b| a.worker == b.worker) {
        for (n, step) in row.iter().enumerate() {
            number += 1;
            let left_out = row.len() > ROW && (SIDE..row.len() - SIDE).contains(&n);
            if !left_out {
                push_step(out, number, step, workers, words);
            } else if n == SIDE {
                let more = words.more_steps((row.len() - 2 * SIDE) as u64);
                let _ = writeln!(out, "<tr><td></td><td colspan=\"5\"><i>{more}</i></td></tr>");
            }
        }
    }
    out.push_str("</tbody></table></div>\n");
}

/// What a worker did, with a call as code.
fn call(call: &StepCall, words: Words) -> String {
    match call.operation {
        Operation::Claim | Operation::Complete { .. } => shown(&words.call(call)),
        _ => format!("<code>{}</code>{}", shown(&call.text()), words.came(call.result)),
    }
}

fn push_step(out: &mut String, number: usize, step: &Step, workers: &[String], words: Words) {
    let name = workers.get(step.worker as usize).map_or("?", String::as_str);
    let line = step.position.map_or(0, |position| words.line(Some(position)));
    let line = if step.position.is_some() { words.linked(line, &line.to_string()) } else { String::new() };
    let changed = if step.before == step.after { "" } else { " class=\"changed\"" };
    let _ = writeln!(
        out,
        "<tr><td>{number}</td><td><span class=\"chip {}\">{}</span></td><td>{}</td>\
         <td>{}</td><td{changed}>{}</td><td>{line}</td></tr>",
        colour(step.worker as usize),
        shown(name),
        call(&step.call, words),
        shown(&words.holds(&step.before)),
        shown(&words.holds(&step.after))
    );
    for text in &step.printed {
        let _ = writeln!(out, "<tr><td></td><td></td><td colspan=\"4\"><samp>{}</samp></td></tr>", shown(text));
    }
}
