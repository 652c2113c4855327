//! Static SVG drawn from a run's trace. Colours come from the page's CSS variables, so that a picture turns dark with
//! it.

mod accesses;
mod array;
mod as_noted;
mod at_once;
mod axis;
mod bins;
mod caption;
mod curve;
pub mod deadlock;
mod depth;
mod events;
mod figure;
mod first;
mod fitted;
mod format;
mod frame;
mod lanes;
pub mod legend;
mod lock;
mod logical;
mod marks;
mod meet;
mod neighbours;
mod on_core;
mod order;
mod outline;
mod patterns;
mod pool_lanes;
mod queue;
mod resource_chart;
mod resources;
mod ring;
mod small;
mod start_cost;
mod starts;
pub mod steps;
mod table;
mod threads;
mod touch;
mod value;
mod waits;
mod words;

#[cfg(test)]
mod finding_tests;
#[cfg(test)]
pub(crate) mod fitted_tests;
#[cfg(test)]
mod logical_tests;
#[cfg(test)]
mod pool_tests;
#[cfg(test)]
mod room_tests;
#[cfg(test)]
mod said_tests;
#[cfg(test)]
pub(crate) mod simulated;
#[cfg(test)]
pub(crate) mod simulated_jobs;
#[cfg(test)]
mod small_tests;
#[cfg(test)]
pub mod tests;

use super::text::{escape, shown};
use super::view::View;
use super::words::{Undrawn, Words};
use crate::model::{ActionKind, AxisKind, Event, Numbered};
use crate::notebook::{CellKind, SpecKind};
use crate::record::{Executor, Resource, RunOutcome, WorkerOutcome};
use axis::Axis;
use events::Used;
use fitted::{Fitted, fitted};
use format::Format;
use std::fmt::Write;
use words::Setting;

pub use first::{first, length};
pub use logical::Logical;
pub use patterns::{COLOURS, shared_definitions};
pub use starts::{length_ns, zero_ns};

/// Appends the pictures of a run, if its cell's kind has any; says whether there is one of its workers.
pub fn push(out: &mut String, run: &RunOutcome, view: &View) -> bool {
    if run.workers.len() < 2 || run.end_ns() == 0 || view.cell.kind == CellKind::Job {
        return false;
    }
    let words = view.context.words;
    if view.context.stable {
        return push_steps(out, run, view, words.by_steps());
    }
    let fitted = fitted(run, view.resources);
    let times = [Format::Wide, Format::Small].map(|format| {
        let time = frame::axis(view.axis_ns.unwrap_or_else(|| length_ns(run)), run, words, format);
        match view.axis {
            Some(AxisKind::Step) => time.steps(moments(&fitted.run), view.steps),
            _ => time,
        }
    });
    draw(out, &fitted, view, (&times, words), (true, &|_| false));
    true
}

/// Appends the pictures of a run by steps, as far as these are the same in every run, and says what is left out and why.
fn push_steps(out: &mut String, run: &RunOutcome, view: &View, words: Words) -> bool {
    let logical = match logical(run, view) {
        Ok(logical) => logical,
        Err(why) => {
            let _ = writeln!(out, "<p class=\"notice\">{}</p>", words.no_steps(why));
            return false;
        }
    };
    let run = &logical.run;
    let time = |format| frame::axis(run.end_ns(), run, words, format).steps(moments(run), view.steps);
    let times = [Format::Wide, Format::Small].map(time);
    let hidden = |id: u32| logical.contested.contains(&id) || logical.unsure.contains(&id);
    draw(out, &Fitted::as_noted(run), view, (&times, words), (!logical.is_unsure, &hidden));
    let names = |is_meant: &dyn Fn(u32) -> bool| -> Vec<String> {
        let meant = view.resources.iter().filter(|resource| is_meant(resource.id));
        meant.map(|resource| format!("<code>{}</code>", shown(&resource.name))).collect()
    };
    let (left_out, contested) = (names(&hidden), names(&|id| logical.contested.contains(&id)));
    if logical.is_unsure || !left_out.is_empty() {
        let text = words.left_out(logical.is_unsure, &left_out, &contested);
        let _ = writeln!(out, "<p class=\"notice\">{text}</p>");
    }
    !logical.is_unsure
}

/// The steps of a run of a cell, or why it has none.
fn logical(run: &RunOutcome, view: &View) -> Result<Logical, Undrawn> {
    logical::logical(run, view.resources, view.cell.kind == CellKind::Spec(SpecKind::Pool))
}

/// A run by steps, if it has steps that are the same in every run; `is_pool` says that its workers are those of a pool.
pub fn by_steps(run: &RunOutcome, resources: &[Resource], is_pool: bool) -> Option<Logical> {
    logical::logical(run, resources, is_pool).ok()
}

/// A run with what was printed in the order of its steps, which is the same in every run; for a page that stays the same, and
/// if nothing that its workers did depends on chance.
pub fn in_order(run: &RunOutcome, view: &View) -> Option<RunOutcome> {
    let logical = logical(run, view).ok().filter(|logical| view.context.stable && !logical.is_unsure)?;
    (logical.run.output.len() == run.output.len()).then_some(logical.run)
}

/// How many steps the pictures of a run have, on an axis of steps.
pub fn steps(run: &RunOutcome, view: &View) -> usize {
    match (view.context.stable, view.axis) {
        (true, _) => logical(run, view).map_or(0, |logical| moments(&logical.run).len()),
        (false, Some(AxisKind::Step)) => moments(&fitted(run, view.resources).run).len(),
        (false, _) => 0,
    }
}

/// Appends the lanes, if they are meant to be drawn, and whatever is not hidden; on a wide page and in a small window.
fn draw(
    out: &mut String,
    fitted: &Fitted,
    view: &View,
    (times, words): (&[Axis; 2], Words),
    (has_lanes, hidden): (bool, &dyn Fn(u32) -> bool),
) {
    let setting = Setting { run: &fitted.run, resources: view.resources, words };
    let run = setting.run;
    let (sheets, mut told, told_of, used) = if view.cell.kind == CellKind::Spec(SpecKind::Pool) {
        let mut tasks = pool_lanes::Tasks::new(run, &times[0]);
        let used = events::sort_out(run, |event| tasks.add(event));
        (times.each_ref().map(|time| tasks.draw(time, setting)), caption::pool(run, words), None, used)
    } else {
        let mut lanes = lanes::Lanes::new(run, &times[0]);
        let mut at_once = at_once::Workers::of(run);
        let mut used = events::sort_out(run, |event| {
            if lanes::is_meant(event) {
                lanes.add(event);
                at_once.add(event);
            }
        });
        let longest = longest_wait(run, view.resources, &mut used);
        let by_time = || caption::spawn(run, longest, at_once.finish(), (words, view.context.cores));
        let (told, is_wait) = if words.is_by_steps() { (caption::steps(run, words), false) } else { by_time() };
        let told_of = longest.filter(|_| is_wait && has_lanes).map(|(_, resource, _)| resource.id);
        (times.each_ref().map(|time| lanes.draw(time, setting)), told, told_of, used)
    };
    if run.trace_dropped > 0 {
        told.caption.push_str(&words.lanes_cut());
    }
    if has_lanes {
        let title = words.timeline(view.cell.index + 1, run.executor.map(Executor::as_str));
        let about = words.reading(words.timeline_about());
        let [wide, small] = sheets;
        let part = figure::Part { sheet: &wide, small: &[small], id: id(view), title };
        let said = said_in_place(run, view.cell.kind == CellKind::Spec(SpecKind::Pool), words);
        let said = said.map(|is_all| (is_all, if told.finding.is_empty() { &told.caption } else { &told.finding }));
        match said {
            Some((true, said)) => drop(writeln!(out, "<p class=\"notice\">{}</p>", escape(said))),
            Some((false, said)) => {
                let said = said.trim_end_matches(['.', '。']);
                let summary = words.said_of(&escape(said), &words.in_a_picture(words.the_timeline()));
                let _ = writeln!(out, "<details class=\"drawn\"><summary>{summary}</summary>");
                figure::push(out, &[part], &told, &about, words);
                out.push_str("</details>\n");
            }
            None => figure::push(out, &[part], &told, &about, words),
        }
    }
    resources::push(out, setting, (fitted, used), (view, hidden), (times, told_of));
}

/// Whether a sentence says as much as the lanes of a run, and then whether there is nothing to be drawn at all.
fn said_in_place(run: &RunOutcome, is_pool: bool, words: Words) -> Option<bool> {
    let workers = run.workers.get(1..).filter(|workers| workers.iter().all(|worker| worker.exit.is_success()))?;
    let waits =
        |worker: &WorkerOutcome| is_noteworthy(worker.blocked_ns, worker.end_ns.saturating_sub(worker.start_ns));
    if words.is_by_steps() || run.trace_dropped > 0 || workers.iter().any(waits) {
        return None;
    }
    match (is_pool, workers.iter().fold(0, |sum: u64, worker| sum.saturating_add(worker.tasks))) {
        (true, tasks) => (tasks < 2).then_some(tasks == 0),
        (false, _) => (workers.len() == 1).then_some(false),
    }
}

/// Whether it can be seen in a picture of so long a time that something lasted so long.
fn is_noteworthy(lasted_ns: u64, of_ns: u64) -> bool {
    lasted_ns.saturating_mul(200) > of_ns
}

/// Who waited longest for one thing that others had, for what, and how long.
fn longest_wait<'a>(
    run: &'a RunOutcome,
    resources: &'a [Resource],
    used: &mut Numbered<Used>,
) -> Option<(&'a WorkerOutcome, &'a Resource, u64)> {
    let mut longest: Option<(&WorkerOutcome, &Resource, u64)> = None;
    let waits: Vec<ActionKind> = ActionKind::ALL.into_iter().filter(|kind| kind.effect().waits()).collect();
    // Of equals the first worker is named.
    for (number, worker) in run.workers.iter().enumerate().skip(1) {
        for resource in resources {
            let waited = used.at(resource.id.into()).waited_ns(number, &waits);
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
    let of_event = |event: &Event| [event.at_ns, event.end_ns()];
    let mut moments: Vec<u64> = run.workers.iter().flat_map(of_worker).collect();
    moments.extend(run.trace.iter().flat_map(of_event));
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// The id of a run's picture, unique on the page.
fn id(view: &View) -> String {
    format!("c{}-p{}", view.cell.index + 1, view.group + 1)
}
