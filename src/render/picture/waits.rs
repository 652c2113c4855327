//! Stretches in which a worker did not work: hatched where it waited for others, dotted where it slept.

use super::bins::{Stretch, part, stretches};
use super::frame::{Bar, Sheet, at, push_rect};
use super::legend::Mark;
use super::words;
use crate::record::{Event, Exit, Op, ResourceState, RunOutcome};
use crate::render::text::{escape, shorten, visible};
use crate::render::words::Words;
use crate::render::workers::colour_number;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Up to so many waits of all lanes say on hover what they were, and show it where there is room.
const NAMED: usize = 120;

/// How many columns of waits all lanes have at most.
const COLUMNS: usize = 800;

/// What a worker waited for, in few words.
fn reason(event: &Event, (run, resources): (&RunOutcome, &[ResourceState]), words: Words) -> String {
    let resource = resources.iter().find(|resource| Some(resource.id) == event.resource);
    let name = match event.op {
        Op::Join => words::worker(run, event.a as usize),
        _ => resource.map_or(words.something_shared().into(), |resource| visible(&resource.name)).into_owned(),
    };
    // Who was ended from outside did not give up.
    words.awaits(event.op, &name, event.op == Op::GaveUp && is_cut(event, run))
}

/// Whether a wait was cut short by its worker's end.
fn is_cut(event: &Event, run: &RunOutcome) -> bool {
    let worker = run.workers.get(event.worker as usize);
    worker.is_some_and(|worker| {
        let is_ended = matches!(worker.exit, Exit::Deadlocked | Exit::TimedOut | Exit::Lost);
        is_ended && words::end_ns(event) >= worker.end_ns
    })
}

/// Draws the waits ([`Mark::Wait`]) or the sleeps ([`Mark::Sleep`]) among a worker's events on its bar, one of `lanes`.
pub fn push(
    sheet: &mut Sheet,
    mark: Mark,
    bar: Bar,
    events: &[&Event],
    (run, resources): (&RunOutcome, &[ResourceState]),
    lanes: usize,
) {
    let is_meant = |event: &&&Event| {
        let kind = match event.op {
            Op::Sleep => Mark::Sleep,
            Op::Acquire | Op::Wait | Op::Get | Op::Put | Op::GaveUp | Op::Join => Mark::Wait,
            _ => return false,
        };
        kind == mark && event.duration_ns > 0
    };
    let waits: Vec<&Event> = events.iter().filter(is_meant).copied().collect();
    if waits.is_empty() {
        return;
    }
    sheet.see(mark);
    let axis = sheet.axis.clone();
    let place = |event: &Event| (axis.x(event.at_ns), axis.wide(event.at_ns, event.duration_ns));
    let number = colour_number(bar.worker);
    let fill = format!("{}{number}", if mark == Mark::Sleep { "s" } else { "h" });
    if waits.len() > part(NAMED, lanes, 2, 40) {
        let intervals: Vec<(f64, f64)> = waits.iter().map(|event| place(event)).collect();
        let (found, binned) = stretches(&intervals, axis.left, axis.width, part(COLUMNS, lanes, 16, 256));
        let mut path = String::new();
        for Stretch { x, width, share } in found {
            // A part of a column's time is a part of its height: waits from below, sleeps from above.
            let height = bar.height * share;
            let top = if mark == Mark::Sleep { bar.top } else { bar.bottom() - height };
            let _ = write!(path, "M{} {}h{}v{}h-{}z", at(x), at(top), at(width), at(height), at(width));
        }
        let _ = writeln!(sheet.body, "<path class=\"{fill}\" d=\"{path}\"/>");
        sheet.binned += binned;
        return;
    }
    for event in &waits {
        let (x, wide) = place(event);
        if wide < 0.25 {
            continue;
        }
        sheet.body.push_str(&words::open(event, run, resources, sheet.words));
        push_rect(&mut sheet.body, &format!("edge w{number} {fill}"), (x, wide), (bar.top, bar.height));
        let words = reason(event, (run, resources), sheet.words);
        let room = (wide / 6.2) as usize;
        if room >= words.width().min(10) + 2 {
            let _ = write!(
                sheet.body,
                "<text class=\"wait-label\" paint-order=\"stroke\" x=\"{}\" y=\"{}\">{}</text>",
                at(x + wide / 2.0),
                at(bar.middle() + 3.6),
                escape(&shorten(&words, room.saturating_sub(1)))
            );
        }
        sheet.body.push_str("</g>\n");
    }
}
