//! The picture of a `spawn` cell: a lane a worker, and main's lane above them.

use super::axis::Axis;
use super::bins::{part, points};
use super::frame::{Bar, MOST_LANES, Sheet, TOP, at};
use super::legend::Mark;
use super::{events, waits, words};
use crate::record::{Event, Executor, Exit, Op, ResourceState, RunOutcome, WorkerOutcome};
use crate::render::text::{escape, shorten, visible};
use crate::render::words::Words;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Up to so many lines that all lanes printed are told one by one.
const TOLD: usize = 160;
/// How wide a column of a printed line is in the picture.
const COLUMN: f64 = 5.6;

/// Draws the lanes of a run.
pub fn draw(run: &RunOutcome, resources: &[ResourceState], axis: Axis, words: Words) -> Sheet {
    let mut sheet = Sheet::new(axis, words);
    let lanes = run.workers.len().min(MOST_LANES);
    let trace = events::by_worker(run);
    for (index, (worker, events)) in run.workers.iter().zip(&trace).enumerate().take(lanes) {
        let bar = Bar::of_lane(index, index);
        sheet.name(run, bar);
        push_start(&mut sheet, bar, worker);
        if push_work(&mut sheet, bar, worker) && index > 0 {
            sheet.see(Mark::Work);
        }
        for mark in [Mark::Wait, Mark::Sleep] {
            waits::push(&mut sheet, mark, bar, events, (run, resources), lanes);
        }
        push_prints(&mut sheet, bar, events, (run, resources), lanes);
        sheet.exit(run, bar, worker, 0);
    }
    sheet.bottom = Bar::of_lane(0, lanes).top - Bar::of_lane(0, 0).top + TOP;
    sheet.unseen = run.workers.len() - lanes;
    push_gate(&mut sheet, run, lanes);
    sheet
}

/// Draws the pale stretch in which a worker was being started, and the line in which it waited for the gate.
fn push_start(sheet: &mut Sheet, bar: Bar, worker: &WorkerOutcome) {
    if bar.worker == 0 || worker.executor == Executor::Normal || worker.ready_ns <= worker.spawn_ns {
        return;
    }
    let (x, wide) = (
        sheet.axis.x(worker.spawn_ns),
        sheet.axis.wide(worker.spawn_ns, worker.ready_ns.saturating_sub(worker.spawn_ns)),
    );
    sheet.rect(&format!("start {}", bar.colour()), (x, wide.max(1.0)), (bar.top, bar.height));
    sheet.see(Mark::Start);
    if worker.start_ns > worker.ready_ns {
        let _ = write!(
            sheet.body,
            "<path class=\"held {}\" d=\"M{} {}H{}\"/>",
            bar.colour(),
            at(sheet.axis.x(worker.ready_ns)),
            at(bar.middle()),
            at(sheet.axis.x(worker.start_ns))
        );
    }
}

/// Draws the solid stretch in which a worker was under way; main's is a thin line. Says whether there is one.
fn push_work(sheet: &mut Sheet, bar: Bar, worker: &WorkerOutcome) -> bool {
    if worker.exit == Exit::NotStarted || worker.end_ns <= worker.start_ns {
        return false;
    }
    let place = if bar.worker == 0 { (bar.middle() - 2.0, 4.0) } else { (bar.top, bar.height) };
    let (x, wide) = (
        sheet.axis.x(worker.start_ns),
        sheet.axis.wide(worker.start_ns, worker.end_ns.saturating_sub(worker.start_ns)),
    );
    sheet.rect(&format!("work {}", bar.colour()), (x, wide.max(1.5)), place);
    sheet.body.push('\n');
    true
}

/// Draws a tick above the bar for each line that was printed, with its text where there is room for it.
fn push_prints(
    sheet: &mut Sheet,
    bar: Bar,
    events: &[&Event],
    (run, resources): (&RunOutcome, &[ResourceState]),
    lanes: usize,
) {
    let prints: Vec<&Event> = events.iter().filter(|event| event.op == Op::Print).copied().collect();
    if prints.is_empty() {
        return;
    }
    sheet.see(Mark::Print);
    let top = at(bar.top - 6.0);
    if prints.len() > part(TOLD, lanes, 4, 60) {
        let places: Vec<f64> = prints.iter().map(|event| sheet.axis.x(event.at_ns)).collect();
        let (places, shared) = points(&places, (lanes as f64 / 4.0).max(1.0));
        let path: String = places.iter().map(|x| format!("M{} {top}v5", at(*x))).collect();
        let _ = writeln!(sheet.body, "<path class=\"tick\" d=\"{path}\"/>");
        sheet.binned += shared;
        return;
    }
    let end = sheet.axis.left + sheet.axis.width;
    for (number, event) in prints.iter().enumerate() {
        let x = sheet.axis.x(event.at_ns);
        let next = prints.get(number + 1).map_or(end, |next| sheet.axis.x(next.at_ns));
        let text = run.output.get(event.a as usize).map(|line| visible(&line.text)).unwrap_or_default();
        let room = ((next - x - 7.0) / COLUMN).max(0.0) as usize;
        let _ = write!(
            sheet.body,
            "{}<path class=\"tick\" d=\"M{} {top}v5\"/>",
            words::open(event, run, resources, sheet.words),
            at(x)
        );
        if room >= text.width().min(6) && room > 0 {
            let _ = write!(
                sheet.body,
                "<text class=\"print\" x=\"{}\" y=\"{}\">{}</text>",
                at(x + 3.0),
                at(bar.top - 2.0),
                escape(&shorten(&text, room))
            );
        }
        sheet.body.push_str("</g>\n");
    }
}

/// Draws the gate: a line through all lanes. A run in which every worker has a moment of its own has none.
fn push_gate(sheet: &mut Sheet, run: &RunOutcome, lanes: usize) {
    let mut opened = run.trace.iter().filter(|event| event.op == Op::Open);
    let (Some(gate), None) = (opened.next(), opened.next()) else { return };
    let x = at(sheet.axis.x(gate.at_ns));
    let _ = writeln!(
        sheet.body,
        "<path class=\"gate\" d=\"M{x} {}V{}\"><title>{}</title></path>",
        at(TOP - 4.0),
        at(Bar::of_lane(0, lanes.saturating_sub(1)).bottom() + 4.0),
        sheet.words.gate()
    );
    sheet.see(Mark::Gate);
}
