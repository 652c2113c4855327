//! A cell that was explored: what can come out, how often, and the simplest way to each.

use super::picture::steps;
use super::play;
use super::text::{escape, shown};
use super::units::{self, duration, plural};
use super::workers::colour;
use crate::notebook::Cell;
use crate::record::Explored;
use crate::record::explored::{Access, Coverage, Outcome, Race, Step, schedule_text};
use std::fmt::Write;

/// How many outcomes are listed, and for how many of them a way is told.
const MOST: usize = 20;
const WAYS: usize = 8;
/// How many steps of one worker in a row are told before the middle of them is left out, and how many then on each side.
const ROW: usize = 8;
const SIDE: usize = 3;

/// Appends an exploration of a cell; a `stable` page does not say how long it took.
pub fn push(out: &mut String, explored: &Explored, cell: &Cell, stable: bool) {
    let outcomes = explored.outcomes.as_slice();
    let _ = writeln!(
        out,
        "<figure class=\"explored repeat\"><div class=\"scroll\" tabindex=\"0\"><table><caption>{}</caption>\n<thead><tr>\
         <th scope=\"col\">outcome</th><th scope=\"col\" class=\"right\">interleavings</th>\
         <th scope=\"col\" class=\"bars\"><span class=\"sr\">share</span></th>\
         <th scope=\"col\" class=\"right\">simplest way</th></tr></thead>\n<tbody>",
        escape(&caption(explored))
    );
    let most = outcomes.iter().map(|outcome| outcome.count).fold(1.0, f64::max);
    for outcome in outcomes.iter().take(MOST) {
        push_row(out, outcome, explored, most);
    }
    if outcomes.len() > MOST {
        let more = plural((outcomes.len() - MOST) as u64, "other outcome");
        let count: f64 = outcomes.iter().skip(MOST).map(|outcome| outcome.count).sum();
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\"><i>{more}</i></th><td class=\"right\">{}</td><td class=\"bars\"></td><td></td></tr>",
            many(count)
        );
    }
    let _ = writeln!(
        out,
        "</tbody></table></div>\n<figcaption>{}</figcaption></figure>",
        escape(&remark(explored, stable))
    );
    push_races(out, &explored.races, "Nothing orders these accesses:");
    if explored.coverage != Coverage::Schedule && !outcomes.is_empty() {
        play::push(out, explored);
    }
    // What goes wrong is shown first, and open.
    let mut ways: Vec<&Outcome> = outcomes.iter().collect();
    ways.sort_by_key(|outcome| (outcome.is_good(), outcome.witness.preemptions, outcome.witness.schedule.len()));
    for (index, outcome) in ways.into_iter().take(WAYS).enumerate() {
        let open = if index == 0 && !outcome.is_good() { " open" } else { "" };
        let _ = writeln!(
            out,
            "<details class=\"run\"{open}><summary>A way to {}: {}</summary>",
            describe(outcome, explored),
            way(outcome)
        );
        for sentence in outcome.stuck_sentences(&explored.workers) {
            let _ = writeln!(out, "<p class=\"notice\">{}</p>", code(&sentence));
        }
        steps::push(out, &outcome.witness.steps, &explored.workers, &format!("c{}-w{index}", cell.index + 1));
        push_steps(out, &outcome.witness.steps, &explored.workers);
        let _ = writeln!(
            out,
            "<p class=\"schedule\">As a schedule: <code>{}</code></p></details>",
            escape(&schedule_text(&outcome.witness.schedule))
        );
    }
}

/// Text with code between backticks.
pub fn code(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(n, part)| if n % 2 == 1 { format!("<code>{}</code>", shown(part)) } else { shown(part) }).collect()
}

fn many(count: f64) -> String {
    if count < 9e15 { units::count(count as u64) } else { format!("about {count:.1e}") }
}

fn caption(explored: &Explored) -> String {
    let outcomes = plural(explored.outcomes.len() as u64, "outcome");
    let of = match explored.coverage {
        Coverage::All if explored.interleavings == 1.0 => "There is one interleaving only".to_owned(),
        Coverage::All => format!("All {} interleavings", many(explored.interleavings)),
        Coverage::Schedule => "One interleaving, as its schedule says".to_owned(),
        Coverage::Nothing { .. } => "No interleavings as a whole".to_owned(),
        Coverage::Preemptions { most, .. } => {
            format!(
                "All {} interleavings with at most {}",
                many(explored.interleavings),
                plural(most.into(), "preemption")
            )
        }
        Coverage::Samples { strategy, seed, .. } => {
            format!("{} interleavings sampled by {}, seed {seed}", many(explored.interleavings), strategy.as_str())
        }
    };
    format!("{of}: {outcomes}")
}

/// What the figures cover and what they do not.
fn remark(explored: &Explored, stable: bool) -> String {
    let mut text = match explored.coverage {
        Coverage::All => {
            "This is exact: every order in which the workers' steps can follow each other was seen.".to_owned()
        }
        Coverage::Schedule => String::new(),
        Coverage::Preemptions { time, .. } | Coverage::Nothing { time } => format!(
            "Then {} was over. What has more preemptions was not seen as a whole; an outcome with a count of 0 was found \
             on the way.",
            if time { "the time" } else { "the memory" }
        ),
        Coverage::Samples { wanted, different, .. } => {
            let missing = wanted as f64 - explored.interleavings;
            let fewer = if missing > 0.0 { " The time was over before all samples were taken." } else { "" };
            format!(
                "{} of the samples are different. How often an outcome came says as much about the sampling as about the \
                 program, and what did not come may still happen.{fewer}",
                units::count(different)
            )
        }
    };
    if explored.loops_cut {
        text.push_str(
            " A loop that only asks for something goes round a few times, and is then followed as soon as there is news \
             for it: its other rounds are not counted.",
        );
    }
    if !stable {
        text.push_str(&format!(" It took {}.", duration(explored.took_ns)));
    }
    text.trim_start().to_owned()
}

fn push_row(out: &mut String, outcome: &Outcome, explored: &Explored, most: f64) {
    let width = outcome.count / most * 100.0;
    let _ = writeln!(
        out,
        "<tr><th scope=\"row\">{}</th><td class=\"right\">{} <small>of {}</small></td><td class=\"bars\">\
         <svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"work\" \
         width=\"{width:.1}\" height=\"10\"/></svg></td><td class=\"right\">{}</td></tr>",
        describe(outcome, explored),
        many(outcome.count),
        many(explored.interleavings),
        way(outcome)
    );
}

fn way(outcome: &Outcome) -> String {
    let witness = &outcome.witness;
    let steps = plural(witness.schedule.len() as u64, "step");
    format!("{steps}, {}", plural(witness.preemptions.into(), "preemption"))
}

/// An outcome in few words of HTML.
fn describe(outcome: &Outcome, explored: &Explored) -> String {
    let named = explored.show.iter().zip(&outcome.shown);
    let mut parts: Vec<String> =
        named.map(|(name, value)| format!("<code>{} = {}</code>", shown(name), shown(value))).collect();
    let rest = Outcome { shown: Vec::new(), ..outcome.clone() }.text(&explored.workers);
    if !rest.is_empty() {
        parts.push(shown(&rest));
    }
    let text = if parts.is_empty() { "all workers ended well".to_owned() } else { parts.join(", ") };
    match (outcome.is_good(), outcome.failed_asserts.is_empty()) {
        (true, _) => text,
        (false, true) => format!("<span class=\"bad\">✗</span> {text}"),
        (false, false) => format!("<span class=\"bad\">✗</span> {text} <small>an assertion does not hold</small>"),
    }
}

/// Appends accesses that nothing orders.
pub fn push_races(out: &mut String, races: &[Race], title: &str) {
    if races.is_empty() {
        return;
    }
    let _ = writeln!(out, "<div class=\"notice races\"><p>{title}</p><ul>");
    for Race { name, first, second } in races {
        let access = |access: &Access| {
            let line = if access.line == 0 { String::new() } else { format!(" at line {}", access.line) };
            format!("a {}{line}", if access.writes { "write" } else { "read" })
        };
        let missing = |holds: &Access, lacks: &Access| {
            let locks = holds.holding.iter().filter(|lock| !lacks.holding.contains(lock));
            let locks: Vec<String> = locks.map(|lock| format!("<code>{}</code>", shown(lock))).collect();
            let verb = if lacks.writes { "write" } else { "read" };
            (!locks.is_empty())
                .then(|| format!("; the {verb} does not take {}, which the other holds", locks.join(", ")))
        };
        let lock = missing(first, second).or_else(|| missing(second, first)).unwrap_or_default();
        let _ = writeln!(
            out,
            "<li><code>{}</code>: {} of one worker and {} of another{lock}</li>",
            shown(name),
            access(first),
            access(second)
        );
    }
    out.push_str("</ul></div>\n");
}

/// Appends a table of steps.
pub fn push_steps(out: &mut String, steps: &[Step], workers: &[String]) {
    out.push_str(
        "<div class=\"scroll\" tabindex=\"0\"><table class=\"steps\"><thead><tr><th scope=\"col\" class=\"right\">step</th>\
         <th scope=\"col\">worker</th><th scope=\"col\">does</th><th scope=\"col\">before</th>\
         <th scope=\"col\">after</th><th scope=\"col\" class=\"right\">line</th></tr></thead>\n<tbody>",
    );
    let mut number = 0;
    for row in steps.chunk_by(|a, b| a.worker == b.worker) {
        for (n, step) in row.iter().enumerate() {
            number += 1;
            let left_out = row.len() > ROW && (SIDE..row.len() - SIDE).contains(&n);
            if !left_out {
                push_step(out, number, step, workers);
            } else if n == SIDE {
                let more = plural((row.len() - 2 * SIDE) as u64, "more step");
                let _ = writeln!(out, "<tr><td></td><td colspan=\"5\"><i>{more} of the same worker</i></td></tr>");
            }
        }
    }
    out.push_str("</tbody></table></div>\n");
}

fn push_step(out: &mut String, number: usize, step: &Step, workers: &[String]) {
    let name = workers.get(step.worker as usize).map_or("?", String::as_str);
    let line = if step.line == 0 { String::new() } else { step.line.to_string() };
    let changed = if step.before == step.after { "" } else { " class=\"changed\"" };
    let _ = writeln!(
        out,
        "<tr><td class=\"right\">{number}</td><td><span class=\"chip {}\">{}</span></td><td><code>{}</code></td>\
         <td>{}</td><td{changed}>{}</td><td class=\"right\">{line}</td></tr>",
        colour(step.worker as usize),
        shown(name),
        shown(&step.call),
        shown(&step.before),
        shown(&step.after)
    );
    for text in &step.printed {
        let _ = writeln!(out, "<tr><td></td><td></td><td colspan=\"4\"><samp>{}</samp></td></tr>", shown(text));
    }
}
