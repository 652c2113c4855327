//! The picture of a `pool` cell: tasks packed in worker lanes, brackets for chunks, the idle tail.

use super::axis::Axis;
use super::bins::{Stretch, part, stretches};
use super::frame::{Bar, MOST_LANES, Sheet, at, push_rect};
use super::legend::Mark;
use super::{events, words};
use crate::record::{Event, Op, ResourceState, RunOutcome};
use crate::render::words::Words;
use std::fmt::Write;

/// Up to so many tasks of all lanes are drawn one by one.
const BLOCKS: usize = 240;
/// Up to so many chunks of all lanes get a bracket.
const BRACKETS: usize = 480;
/// How many columns of tasks all lanes have at most.
const COLUMNS: usize = 1600;

/// Draws the lanes of a pool's workers.
pub fn draw(run: &RunOutcome, resources: &[ResourceState], axis: Axis, words: Words) -> Sheet {
    let mut sheet = Sheet::new(axis, words);
    let trace = events::by_worker(run);
    let lanes = (run.workers.len() - 1).min(MOST_LANES);
    let last = run.trace.iter().filter(|event| event.op == Op::Task).map(words::end_ns).max();
    let chunked = run.trace.iter().any(|event| event.op == Op::Chunk && event.b > 1);
    for (lane, (worker, events)) in run.workers.iter().zip(&trace).skip(1).enumerate().take(lanes) {
        let bar = Bar::of_lane(lane + 1, lane);
        sheet.name(run, bar);
        if worker.ready_ns > worker.spawn_ns {
            let x = sheet.axis.x(worker.spawn_ns);
            let wide = sheet.axis.wide(worker.spawn_ns, worker.ready_ns.saturating_sub(worker.spawn_ns));
            sheet.rect(&format!("start {}", bar.colour()), (x, wide.max(1.0)), (bar.top, bar.height));
            sheet.see(Mark::Start);
        }
        let tasks: Vec<&Event> = events.iter().filter(|event| event.op == Op::Task).copied().collect();
        push_tasks(&mut sheet, bar, &tasks, (run, resources), lanes);
        if chunked {
            push_chunks(&mut sheet, bar, events, part(BRACKETS, lanes, 8, 60));
            sheet.see(Mark::Chunk);
        }
        push_idle(&mut sheet, bar, &tasks, worker.start_ns, last);
        sheet.exit(run, bar, worker, last.unwrap_or(0));
    }
    sheet.bottom = Bar::of_lane(0, lanes).top - super::frame::BAR.0;
    sheet.unseen = run.workers.len() - 1 - lanes;
    sheet
}

/// Draws a lane's tasks.
fn push_tasks(
    sheet: &mut Sheet,
    bar: Bar,
    tasks: &[&Event],
    (run, resources): (&RunOutcome, &[ResourceState]),
    lanes: usize,
) {
    let class = format!("work {}", bar.colour());
    if !tasks.is_empty() {
        sheet.see(Mark::Task);
    }
    let axis = sheet.axis.clone();
    let place = |task: &&Event| (axis.x(task.at_ns), axis.wide(task.at_ns, task.duration_ns));
    if tasks.len() > part(BLOCKS, lanes, 3, 120) {
        let intervals: Vec<(f64, f64)> = tasks.iter().map(place).collect();
        let (found, binned) = stretches(&intervals, axis.left, axis.width, part(COLUMNS, lanes, 16, 256));
        let bottom = at(bar.bottom());
        let mut path = String::new();
        for Stretch { x, width, share } in found {
            let _ = write!(path, "M{} {bottom}h{}v-{}h-{}z", at(x), at(width), at(bar.height * share), at(width));
        }
        let _ = writeln!(sheet.body, "<path class=\"{class}\" d=\"{path}\"/>");
        sheet.binned += binned;
        return;
    }
    for task in tasks {
        let (x, wide) = place(task);
        // A little gap keeps neighbours apart, unless it would eat the block.
        let gap = if wide > 3.0 { 1.0 } else { 0.0 };
        sheet.body.push_str(&words::open(task, run, resources, sheet.words));
        push_rect(&mut sheet.body, &class, (x, (wide - gap).max(0.6)), (bar.top, bar.height));
        let label = task.a.to_string();
        if wide > label.len() as f64 * 6.6 + 4.0 {
            let _ = write!(
                sheet.body,
                "<text class=\"block {}\" x=\"{}\" y=\"{}\">{label}</text>",
                bar.colour(),
                at(x + (wide - gap) / 2.0),
                at(bar.middle() + 3.8)
            );
        }
        sheet.body.push_str("</g>\n");
    }
}

/// Draws a bracket above the tasks of each chunk that a worker took.
fn push_chunks(sheet: &mut Sheet, bar: Bar, events: &[&Event], most: usize) {
    let mut chunks: Vec<(u64, u64)> = Vec::new();
    for event in events {
        match (event.op, chunks.last_mut()) {
            (Op::Chunk, _) => chunks.push((u64::MAX, 0)),
            (Op::Task, Some((from, to))) => {
                *from = (*from).min(event.at_ns);
                *to = (*to).max(words::end_ns(event));
            }
            _ => {}
        }
    }
    if chunks.len() > most {
        return;
    }
    let (foot, head) = (at(bar.top - 2.0), at(bar.top - 6.0));
    let mut path = String::new();
    for (from, to) in chunks.into_iter().filter(|(from, to)| from < to) {
        let (from, to) = (sheet.axis.x(from), sheet.axis.x(to));
        let _ = write!(path, "M{} {foot}V{head}H{}V{foot}", at(from + 0.5), at((to - 1.5).max(from + 1.0)));
    }
    let _ = writeln!(sheet.body, "<path class=\"chunk {}\" d=\"{path}\"/>", bar.colour());
}

/// Draws the tail in which a worker had nothing left to do, if it is long enough to be seen.
fn push_idle(sheet: &mut Sheet, bar: Bar, tasks: &[&Event], start_ns: u64, last: Option<u64>) {
    let Some(last) = last else { return };
    let from = tasks.iter().map(|task| words::end_ns(task)).max().unwrap_or(start_ns);
    let wide = sheet.axis.wide(from, last.saturating_sub(from));
    if wide >= 3.0 {
        sheet.rect("idle", (sheet.axis.x(from), wide), (bar.top, bar.height));
        sheet.see(Mark::Idle);
    }
}
