//! The picture of a `pool` cell: tasks packed in worker lanes, brackets for chunks, the idle tail.

use super::axis::Axis;
use super::bins::{Stretch, part, stretches};
use super::frame::{self, BAR, MOST_LANES, at, lane_top};
use super::{Mark, Picture, events};
use crate::record::{Event, Op, RunOutcome};
use crate::render::run::{View, end_ns};
use crate::render::units::duration;
use crate::render::workers::{colour, colour_number};
use std::fmt::Write;

/// Up to so many tasks of all lanes are drawn one by one.
const BLOCKS: usize = 240;
/// Up to so many chunks of all lanes get a bracket.
const BRACKETS: usize = 480;
/// How many columns of tasks all lanes have at most.
const COLUMNS: usize = 1600;

/// Draws the lanes of a pool's workers.
pub fn draw(run: &RunOutcome, view: &View) -> Picture {
    let axis = frame::axis(view.axis_ns.unwrap_or_else(|| end_ns(run)), &run.workers);
    let trace = events::by_worker(run);
    let lanes = (run.workers.len() - 1).min(MOST_LANES);
    let last = run
        .trace
        .iter()
        .filter(|event| event.op == Op::Task)
        .map(|event| event.at_ns.saturating_add(event.duration_ns))
        .max();
    let chunked = run.trace.iter().any(|event| event.op == Op::Chunk && event.b > 1);
    let mut body = String::new();
    let mut binned = 0;
    let (mut starts, mut idles) = (false, false);
    for (lane, (worker, events)) in run.workers.iter().zip(&trace).skip(1).enumerate().take(lanes) {
        let index = lane + 1;
        if worker.ready_ns > worker.spawn_ns {
            let (x, wide) = (axis.x(worker.spawn_ns), axis.wide(worker.ready_ns - worker.spawn_ns));
            push_rect(&mut body, &format!("start {}", colour(index)), lane, x, wide.max(1.0));
            starts = true;
        }
        let tasks: Vec<&Event> = events.iter().filter(|event| event.op == Op::Task).copied().collect();
        binned += push_tasks(&mut body, index, lane, &tasks, &axis, lanes);
        if chunked {
            push_chunks(&mut body, index, lane, events, &axis, part(BRACKETS, lanes, 8, 60));
        }
        idles |= push_idle(&mut body, lane, &tasks, worker.start_ns, last, &axis);
        frame::push_ends(&mut body, index, lane, worker, &axis);
    }
    let seen = [(Mark::Start, starts), (Mark::Task, last.is_some()), (Mark::Chunk, chunked), (Mark::Idle, idles)];
    let legend = seen.into_iter().filter(|(_, seen)| *seen).map(|(mark, _)| mark).collect();
    let svg = frame::sheet(&super::id(view), &super::title(run, view), &axis, lanes, &body);
    Picture { svg, legend, binned, unseen: run.workers.len() - 1 - lanes }
}

fn push_rect(out: &mut String, class: &str, lane: usize, x: f64, wide: f64) {
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
        at(x),
        at(lane_top(lane) + BAR.0),
        at(wide),
        at(BAR.1)
    );
}

/// Appends a lane's tasks; says how many were binned.
fn push_tasks(out: &mut String, index: usize, lane: usize, tasks: &[&Event], axis: &Axis, lanes: usize) -> u64 {
    let class = format!("work {}", colour(index));
    if tasks.len() > part(BLOCKS, lanes, 3, 120) {
        let intervals: Vec<(f64, f64)> = tasks.iter().map(|e| (axis.x(e.at_ns), axis.wide(e.duration_ns))).collect();
        let (found, binned) = stretches(&intervals, axis.left, axis.width, part(COLUMNS, lanes, 16, 256));
        let bottom = at(lane_top(lane) + BAR.0 + BAR.1);
        let mut path = String::new();
        for Stretch { x, width, share } in found {
            let _ = write!(path, "M{} {bottom}h{}v-{}h-{}z", at(x), at(width), at(BAR.1 * share), at(width));
        }
        let _ = writeln!(out, "<path class=\"{class}\" d=\"{path}\"/>");
        return binned;
    }
    for task in tasks {
        let (x, wide) = (axis.x(task.at_ns), axis.wide(task.duration_ns));
        // A little gap keeps neighbours apart, unless it would eat the block.
        let gap = if wide > 3.0 { 1.0 } else { 0.0 };
        let _ = write!(out, "<g><title>Task {}: {}</title>", task.a, duration(task.duration_ns));
        push_rect(out, &class, lane, x, (wide - gap).max(0.6));
        let label = task.a.to_string();
        if wide > label.len() as f64 * 6.6 + 4.0 {
            let _ = write!(
                out,
                "<text class=\"block w{}\" x=\"{}\" y=\"{}\">{label}</text>",
                colour_number(index),
                at(x + (wide - gap) / 2.0),
                at(lane_top(lane) + BAR.0 + BAR.1 / 2.0 + 3.8)
            );
        }
        out.push_str("</g>");
    }
    0
}

/// Appends a bracket above the tasks of each chunk that a worker took.
fn push_chunks(out: &mut String, index: usize, lane: usize, events: &[&Event], axis: &Axis, most: usize) {
    let mut chunks: Vec<(u64, u64)> = Vec::new();
    for event in events {
        match (event.op, chunks.last_mut()) {
            (Op::Chunk, _) => chunks.push((u64::MAX, 0)),
            (Op::Task, Some((from, to))) => {
                *from = (*from).min(event.at_ns);
                *to = (*to).max(event.at_ns.saturating_add(event.duration_ns));
            }
            _ => {}
        }
    }
    if chunks.len() > most {
        return;
    }
    let (foot, head) = (at(lane_top(lane) + BAR.0 - 2.0), at(lane_top(lane) + BAR.0 - 6.0));
    let mut path = String::new();
    for (from, to) in chunks.into_iter().filter(|(from, to)| from < to) {
        let (from, to) = (axis.x(from), axis.x(to));
        let _ = write!(path, "M{} {foot}V{head}H{}V{foot}", at(from + 0.5), at((to - 1.5).max(from + 1.0)));
    }
    let _ = writeln!(out, "<path class=\"chunk {}\" d=\"{path}\"/>", colour(index));
}

/// Appends the tail in which a worker had nothing left to do; says whether there is one to be seen.
fn push_idle(out: &mut String, lane: usize, tasks: &[&Event], start: u64, last: Option<u64>, axis: &Axis) -> bool {
    let Some(last) = last else { return false };
    let from = tasks.iter().map(|task| task.at_ns.saturating_add(task.duration_ns)).max().unwrap_or(start);
    let wide = axis.wide(last.saturating_sub(from));
    if wide < 3.0 {
        return false;
    }
    push_rect(out, "idle", lane, axis.x(from), wide);
    true
}
