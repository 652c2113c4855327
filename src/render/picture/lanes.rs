//! The picture of a `spawn` cell: a lane a worker, and main's lane above them.

use super::axis::Axis;
use super::bins::points;
use super::frame::{self, BAR, LANE, MOST_LANES, at, lane_top};
use super::{Mark, Picture, events, waits};
use crate::record::{Event, Executor, Exit, Op, RunOutcome, WorkerOutcome};
use crate::render::run::{View, end_ns};
use crate::render::workers::colour;
use std::fmt::Write;

/// Draws the lanes of a run.
pub fn draw(run: &RunOutcome, view: &View) -> Picture {
    let axis = frame::axis(view.axis_ns.unwrap_or_else(|| end_ns(run)), &run.workers);
    let lanes = run.workers.len().min(MOST_LANES);
    let trace = events::by_worker(run);
    let mut body = String::new();
    let mut legend = Vec::new();
    let mut binned = 0;
    let see = |mark: Mark, legend: &mut Vec<Mark>| {
        if !legend.contains(&mark) {
            legend.push(mark);
        }
    };
    for (index, (worker, events)) in run.workers.iter().zip(&trace).enumerate().take(lanes) {
        if push_start(&mut body, index, worker, &axis) {
            see(Mark::Start, &mut legend);
        }
        if push_work(&mut body, index, worker, &axis) && index > 0 {
            see(Mark::Work, &mut legend);
        }
        for mark in [Mark::Wait, Mark::Sleep] {
            if let Some(more) = waits::push(&mut body, mark, index, events, &axis, (run, view.resources)) {
                binned += more;
                see(mark, &mut legend);
            }
        }
        let prints = push_prints(&mut body, index, events, &axis, (lanes as f64 / 4.0).max(1.0));
        binned += prints.unwrap_or(0);
        if prints.is_some() {
            see(Mark::Print, &mut legend);
        }
        frame::push_ends(&mut body, index, index, worker, &axis);
    }
    if push_gate(&mut body, run, &axis, lanes) {
        see(Mark::Gate, &mut legend);
    }
    legend.sort_unstable();
    let svg = frame::sheet(&super::id(view), &super::title(run, view), &axis, lanes, &body);
    Picture { svg, legend, binned, unseen: run.workers.len() - lanes }
}

/// Appends the pale stretch in which a worker was being started, and the line in which it waited for the gate.
fn push_start(out: &mut String, index: usize, worker: &WorkerOutcome, axis: &Axis) -> bool {
    if index == 0 || worker.executor == Executor::Normal || worker.ready_ns <= worker.spawn_ns {
        return false;
    }
    let (x, wide) = (axis.x(worker.spawn_ns), axis.wide(worker.ready_ns - worker.spawn_ns));
    let _ = write!(
        out,
        "<rect class=\"start {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
        colour(index),
        at(x),
        at(lane_top(index) + BAR.0),
        at(wide.max(1.0)),
        at(BAR.1)
    );
    if worker.start_ns > worker.ready_ns {
        let _ = write!(
            out,
            "<path class=\"held {}\" d=\"M{} {}H{}\"/>",
            colour(index),
            at(axis.x(worker.ready_ns)),
            at(lane_top(index) + BAR.0 + BAR.1 / 2.0),
            at(axis.x(worker.start_ns))
        );
    }
    true
}

/// Appends the solid stretch in which a worker was under way; main's is a thin line.
fn push_work(out: &mut String, index: usize, worker: &WorkerOutcome, axis: &Axis) -> bool {
    if worker.exit == Exit::NotStarted || worker.end_ns <= worker.start_ns {
        return false;
    }
    let (top, height) = if index == 0 { (BAR.0 + BAR.1 / 2.0 - 2.0, 4.0) } else { BAR };
    let _ = writeln!(
        out,
        "<rect class=\"work {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
        colour(index),
        at(axis.x(worker.start_ns)),
        at(lane_top(index) + top),
        at(axis.wide(worker.end_ns - worker.start_ns).max(1.5)),
        at(height)
    );
    true
}

/// Appends a tick above the bar for each line that was printed, one in a `strip`; says how many share one, or `None` if
/// there are none.
fn push_prints(out: &mut String, index: usize, events: &[&Event], axis: &Axis, strip: f64) -> Option<u64> {
    let places: Vec<f64> =
        events.iter().filter(|event| event.op == Op::Print).map(|event| axis.x(event.at_ns)).collect();
    if places.is_empty() {
        return None;
    }
    let (places, shared) = points(&places, strip);
    let top = at(lane_top(index) + BAR.0 - 6.0);
    let mut path = String::new();
    for x in places {
        let _ = write!(path, "M{} {top}v5", at(x));
    }
    let _ = writeln!(out, "<path class=\"tick\" d=\"{path}\"/>");
    Some(shared)
}

/// Appends the gate: a line through all lanes. A run in which every worker has a moment of its own has none.
fn push_gate(out: &mut String, run: &RunOutcome, axis: &Axis, lanes: usize) -> bool {
    let mut opened = run.trace.iter().filter(|event| event.op == Op::Open);
    let (Some(gate), None) = (opened.next(), opened.next()) else { return false };
    let x = at(axis.x(gate.at_ns));
    let _ = writeln!(
        out,
        "<path class=\"gate\" d=\"M{x} {}V{}\"><title>The start gate opens</title></path>",
        at(frame::TOP - 4.0),
        at(lane_top(lanes) - LANE + BAR.0 + BAR.1 + 4.0)
    );
    true
}
