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
mod legend;
mod lock;
mod logical;
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
mod logical_tests;
#[cfg(test)]
mod tests;

use super::run::{View, end_ns};
use super::text::{escape, shown};
use super::units::{count, listed};
use super::{anchor, caption};
use crate::notebook::{CellKind, SpecKind};
use crate::record::{AxisKind, Event, Executor, Op, ResourceState, RunOutcome, WorkerOutcome};
use axis::Axis;
use events::Used;
use frame::Sheet;
use logical::Logical;
use numbered::Numbered;
use std::fmt::Write;
use words::Setting;

pub use frame::shared_definitions;

/// Appends the pictures of a run, if its cell's kind has any; says whether there is one of its workers.
pub fn push(out: &mut String, run: &RunOutcome, view: &View) -> bool {
    if run.workers.len() < 2 || end_ns(run) == 0 || view.cell.kind == CellKind::Job {
        return false;
    }
    if view.manner.stable {
        return push_steps(out, run, view);
    }
    let time = frame::axis(view.axis_ns.unwrap_or_else(|| end_ns(run)), run);
    let time = match view.axis {
        Some(AxisKind::Step) => time.steps(moments(run), view.steps),
        _ => time,
    };
    let setting = Setting { run, resources: view.resources, by_steps: false };
    draw(out, setting, view, &time, (true, &|_| false));
    true
}

/// Appends the pictures of a run by steps, as far as these are the same in every run, and says what is left out and why.
fn push_steps(out: &mut String, run: &RunOutcome, view: &View) -> bool {
    let found = logical(run, view);
    let Ok(logical) = &found else {
        let why = found.err().unwrap_or_default();
        let _ =
            writeln!(out, "<p class=\"notice\">This run has no picture that would be the same every time: {why}.</p>");
        deadlock::push(out, run, &format!("{}-ring", id(view)));
        return false;
    };
    let run = &logical.run;
    let time = frame::axis(end_ns(run), run).steps(moments(run), view.steps);
    let setting = Setting { run, resources: view.resources, by_steps: true };
    let hidden = |id: u32| logical.contested.contains(&id) || logical.unsure.contains(&id);
    draw(out, setting, view, &time, (!logical.is_unsure, &hidden));
    let names = |is_meant: &dyn Fn(u32) -> bool| {
        let meant = view.resources.iter().filter(|resource| is_meant(resource.id));
        let names: Vec<String> = meant.map(|resource| format!("<code>{}</code>", shown(&resource.name))).collect();
        listed(&names, 12)
    };
    let mut parts = Vec::new();
    if logical.is_unsure {
        parts.push("of the workers".to_owned());
    }
    if view.resources.iter().any(|resource| hidden(resource.id)) {
        parts.push(format!("of {}", names(&hidden)));
    }
    if !parts.is_empty() {
        let _ = writeln!(
            out,
            "<p class=\"notice\">No picture {} is here, so that the page stays the same: several workers come to {} in an \
             order that may be another in each run.</p>",
            parts.join(" and "),
            names(&|id| logical.contested.contains(&id))
        );
    }
    !logical.is_unsure
}

/// The steps of a run of a cell, or why it has none.
fn logical(run: &RunOutcome, view: &View) -> Result<Logical, &'static str> {
    logical::logical(run, view.resources, view.cell.kind == CellKind::Spec(SpecKind::Pool))
}

/// How many steps the pictures of a run have, on an axis of steps.
pub fn steps(run: &RunOutcome, view: &View) -> usize {
    match (view.manner.stable, view.axis) {
        (true, _) => logical(run, view).map_or(0, |logical| moments(&logical.run).len()),
        (false, Some(AxisKind::Step)) => moments(run).len(),
        (false, _) => 0,
    }
}

/// Appends the lanes, if they are meant to be drawn, and whatever is not hidden.
fn draw(
    out: &mut String,
    setting: Setting,
    view: &View,
    time: &Axis,
    (has_lanes, hidden): (bool, &dyn Fn(u32) -> bool),
) {
    let run = setting.run;
    let (sheet, text, used) = if view.cell.kind == CellKind::Spec(SpecKind::Pool) {
        let mut tasks = pool::Tasks::new(run, time);
        let used = events::sort_out(run, |event| tasks.add(event));
        (tasks.draw(setting), caption::pool(run), used)
    } else {
        let mut lanes = lanes::Lanes::new(run, time);
        let mut used = events::sort_out(run, |event| lanes.add(event));
        let longest = longest_wait(run, view.resources, &mut used);
        let text = if setting.by_steps { caption::steps(run) } else { caption::spawn(run, longest) };
        (lanes.draw(setting), text, used)
    };
    if has_lanes {
        let executor = run.executor.map(|executor| format!(", executor {}", Executor::as_str(executor)));
        let title = format!("Timeline of cell {}{}", view.cell.index + 1, executor.unwrap_or_default());
        push_figure(out, &[(&sheet, &id(view), &title)], &setting.about(LANES), &text);
    }
    deadlock::push(out, run, &format!("{}-ring", id(view)));
    resources::push(out, setting, used, (view, hidden), time);
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
fn moments(run: &RunOutcome) -> Vec<u64> {
    let of_worker = |worker: &WorkerOutcome| [worker.spawn_ns, worker.ready_ns, worker.start_ns, worker.end_ns];
    let of_event = |event: &Event| [event.at_ns, words::end_ns(event)];
    let mut moments: Vec<u64> = run.workers.iter().flat_map(of_worker).collect();
    moments.extend(run.trace.iter().flat_map(of_event));
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// How to read the lanes of workers, for those who cannot see them.
const LANES: &str = "One lane for each worker, from left to right in time. The caption and the table of workers below say \
                     the same in words.";

/// The id of a run's picture, unique on the page.
fn id(view: &View) -> String {
    format!("{}-picture-{}", anchor(view.cell.index), view.group + 1)
}

/// Appends a figure of sheets that belong together, each with its id and its title.
fn push_figure(out: &mut String, sheets: &[(&Sheet, &str, &str)], about: &str, text: &str) {
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
    legend::push(out, &marks);
    let mut notes = Vec::new();
    if binned > 0 {
        notes.push(format!(
            "{} events are closer than a pixel and are drawn together; a bar is then as high as its share of the time.",
            count(binned)
        ));
    }
    if unseen > 0 {
        notes.push(format!("{} more workers have no lane here.", count(unseen as u64)));
    }
    if !notes.is_empty() {
        let _ = write!(out, " <span class=\"note\">{}</span>", notes.join(" "));
    }
    out.push_str("</figcaption></figure>\n");
}
