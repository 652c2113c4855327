//! Stretches in which a worker did not work: hatched where it waited for others, dotted where it slept.

use super::Mark;
use super::axis::Axis;
use super::bins::{Stretch, part, stretches};
use super::frame::{BAR, MOST_LANES, at, lane_top};
use crate::record::{Event, Op, ResourceState, RunOutcome};
use crate::render::text::{escape, shorten, visible};
use crate::render::units::duration;
use crate::render::workers::colour_number;
use std::fmt::Write;

/// Up to so many waits of all lanes say on hover what they were, and show it where there is room.
const NAMED: usize = 120;

/// How many columns of waits all lanes have at most.
const COLUMNS: usize = 800;

/// What a worker waited for, in few words.
fn reason(event: &Event, run: &RunOutcome, resources: &[ResourceState]) -> String {
    let name = || {
        let found = resources.iter().find(|resource| Some(resource.id) == event.resource);
        found.map_or_else(|| "something shared".to_owned(), |resource| visible(&resource.name).into_owned())
    };
    match event.op {
        Op::Sleep => "sleep".to_owned(),
        Op::Acquire | Op::Wait => format!("waits for {}", name()),
        Op::Get => format!("waits for an item in {}", name()),
        Op::Put => format!("waits for room in {}", name()),
        Op::GaveUp => format!("gave up on {}", name()),
        Op::Join => {
            let worker = run.workers.get(event.a as usize);
            format!("joins {}", worker.map_or("a worker".into(), |worker| visible(&worker.name)))
        }
        _ => "waits".to_owned(),
    }
}

/// Appends the waits ([`Mark::Wait`]) or the sleeps ([`Mark::Sleep`]) of a worker to the lane of the same number; says
/// how many were binned, or `None` if there was nothing to draw.
pub fn push(
    out: &mut String,
    mark: Mark,
    lane: usize,
    events: &[&Event],
    axis: &Axis,
    (run, resources): (&RunOutcome, &[ResourceState]),
) -> Option<u64> {
    let is_meant = |event: &&&Event| {
        let kind = match event.op {
            Op::Sleep => Mark::Sleep,
            Op::Acquire | Op::Wait | Op::Get | Op::Put | Op::GaveUp | Op::Join => Mark::Wait,
            _ => return false,
        };
        kind == mark && event.duration_ns > 0
    };
    let waits: Vec<&Event> = events.iter().filter(is_meant).copied().collect();
    let lanes = run.workers.len().min(MOST_LANES);
    let number = colour_number(lane);
    let fill = format!("{}{number}", if mark == Mark::Sleep { "s" } else { "h" });
    if waits.len() > part(NAMED, lanes, 2, 40) {
        let intervals: Vec<(f64, f64)> =
            waits.iter().map(|event| (axis.x(event.at_ns), axis.wide(event.duration_ns))).collect();
        let (found, binned) = stretches(&intervals, axis.left, axis.width, part(COLUMNS, lanes, 16, 256));
        let mut path = String::new();
        for Stretch { x, width, share } in found {
            // A part of a column's time is a part of its height: waits from below, sleeps from above.
            let height = BAR.1 * share;
            let top = lane_top(lane) + BAR.0 + if mark == Mark::Sleep { 0.0 } else { BAR.1 - height };
            let _ = write!(path, "M{} {}h{}v{}h-{}z", at(x), at(top), at(width), at(height), at(width));
        }
        let _ = writeln!(out, "<path fill=\"url(#{fill})\" d=\"{path}\"/>");
        return Some(binned);
    }
    let (top, height) = (at(lane_top(lane) + BAR.0), at(BAR.1));
    for event in &waits {
        let wide = axis.wide(event.duration_ns);
        if wide < 0.25 {
            continue;
        }
        let words = reason(event, run, resources);
        let line = if event.line > 0 { format!(", line {}", event.line) } else { String::new() };
        let place = format!("x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{height}\"", at(axis.x(event.at_ns)), at(wide));
        let _ = write!(
            out,
            "<g><title>{}: {}{line}</title><rect class=\"edge w{number}\" {place} fill=\"url(#{fill})\"/>",
            escape(&words),
            duration(event.duration_ns)
        );
        let room = (wide / 6.2) as usize;
        if room >= words.chars().count().min(10) + 2 {
            let _ = write!(
                out,
                "<text class=\"wait-label\" paint-order=\"stroke\" x=\"{}\" y=\"{}\">{}</text>",
                at(axis.x(event.at_ns) + wide / 2.0),
                at(lane_top(lane) + BAR.0 + BAR.1 / 2.0 + 3.6),
                escape(&shorten(&words, room.saturating_sub(1)))
            );
        }
        out.push_str("</g>\n");
    }
    (!waits.is_empty()).then_some(0)
}
