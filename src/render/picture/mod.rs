//! Static SVG drawn from a run's trace. Colours come from the page's CSS variables, so that a picture turns dark with
//! it.

mod accesses;
mod array;
mod axis;
mod bins;
mod curve;
mod deadlock;
mod depth;
mod events;
mod frame;
mod holds;
mod lanes;
pub mod legend;
mod lock;
mod meet;
mod numbered;
mod outline;
mod pool;
mod queue;
mod resources;
mod scene;
pub mod steps;
mod value;
mod waits;
mod words;

#[cfg(test)]
pub mod tests;

use super::run::{View, end_ns};
use super::text::escape;
use super::words::Words;
use super::{anchor, caption};
use crate::notebook::{CellKind, SpecKind};
use crate::record::{AxisKind, Event, Executor, Op, ResourceState, RunOutcome, WorkerOutcome};
use events::Used;
use frame::Sheet;
use numbered::Numbered;
use std::fmt::Write;
use words::Setting;

pub use frame::shared_definitions;

/// Appends the pictures of a run, if its cell's kind has any; says whether it did.
pub fn push(out: &mut String, run: &RunOutcome, view: &View) -> bool {
    if run.workers.len() < 2 || end_ns(run) == 0 {
        return false;
    }
    let words = view.manner.words;
    let time = frame::axis(view.axis_ns.unwrap_or_else(|| end_ns(run)), run, words);
    let time = match view.axis {
        Some(AxisKind::Step) => time.steps(moments(run), view.steps),
        _ => time,
    };
    let setting = Setting { run, resources: view.resources, words };
    let (sheet, text, used) = match view.cell.kind {
        CellKind::Spec(SpecKind::Pool) => {
            let mut tasks = pool::Tasks::new(run, &time);
            let used = events::sort_out(run, |event| tasks.add(event));
            (tasks.draw(setting), caption::pool(run, words), used)
        }
        CellKind::Spec(_) => {
            let mut lanes = lanes::Lanes::new(run, &time);
            let mut used = events::sort_out(run, |event| lanes.add(event));
            let longest = longest_wait(run, view.resources, &mut used);
            (lanes.draw(setting), caption::spawn(run, longest, words), used)
        }
        CellKind::Job => return false,
    };
    let title = words.timeline(view.cell.index + 1, run.executor.map(Executor::as_str));
    push_figure(out, &[(&sheet, &id(view), &title)], words.timeline_about(), &text, words);
    deadlock::push(out, run, &format!("{}-ring", id(view)), words);
    resources::push(out, setting, used, view, &time);
    true
}

/// Appends the picture of the deadlock that ended a run, if one did, where the others do not stand.
pub fn push_deadlock(out: &mut String, run: &RunOutcome, view: &View) {
    deadlock::push(out, run, &format!("{}-ring", id(view)), view.manner.words);
}

/// Who waited longest for one thing that others had, for what, and how long.
fn longest_wait<'a>(
    run: &'a RunOutcome,
    resources: &'a [ResourceState],
    used: &mut Numbered<Used>,
) -> Option<(&'a WorkerOutcome, &'a ResourceState, u64)> {
    let mut longest: Option<(&WorkerOutcome, &ResourceState, u64)> = None;
    // Of equals the first worker is named.
    for (number, worker) in run.workers.iter().enumerate().skip(1) {
        for resource in resources {
            let waited = used.at(resource.id.into()).waited_ns(number, &[Op::Acquire, Op::Wait, Op::Get, Op::Put]);
            if waited > longest.map_or(0, |(.., waited)| waited) {
                longest = Some((worker, resource, waited));
            }
        }
    }
    longest
}

/// The moments at which something began or ended in a run: the steps of its axis, if it has one of steps.
pub fn moments(run: &RunOutcome) -> Vec<u64> {
    let of_worker = |worker: &WorkerOutcome| [worker.spawn_ns, worker.ready_ns, worker.start_ns, worker.end_ns];
    let of_event = |event: &Event| [event.at_ns, words::end_ns(event)];
    let mut moments: Vec<u64> = run.workers.iter().flat_map(of_worker).collect();
    moments.extend(run.trace.iter().flat_map(of_event));
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// The id of a run's picture, unique on the page.
fn id(view: &View) -> String {
    format!("{}-picture-{}", anchor(view.cell.index), view.group + 1)
}

/// Appends a figure of sheets that belong together, each with its id and its title.
fn push_figure(out: &mut String, sheets: &[(&Sheet, &str, &str)], about: &str, text: &str, words: Words) {
    out.push_str("<figure class=\"picture\">");
    let mut marks = Vec::new();
    let (mut binned, mut unseen) = (0, 0);
    for (sheet, id, title) in sheets {
        let _ = writeln!(out, "<div class=\"scroll\" tabindex=\"0\">{}</div>", sheet.finish(id, title, about));
        marks.extend(sheet.legend());
        binned += sheet.binned;
        unseen = unseen.max(sheet.unseen);
    }
    marks.sort_unstable();
    marks.dedup();
    let _ = write!(out, "<figcaption>{}", escape(text));
    legend::push(out, &marks, words);
    let mut notes = Vec::new();
    if binned > 0 {
        notes.push(words.binned(binned));
    }
    if unseen > 0 {
        notes.push(words.without_lane(unseen as u64));
    }
    if !notes.is_empty() {
        let _ = write!(out, " <span class=\"note\">{}</span>", notes.join(words.space()));
    }
    out.push_str("</figcaption></figure>\n");
}
