//! What stands in a fence below a cell: what it printed and what it shows, in plain text.

use super::doubt::Doubt;
use crate::cli::details::behind;
use crate::model::{Action, Event, Shape};
use crate::plan::{Expect, Order, Pool, Step, StepKind};
use crate::record::explored::Coverage;
use crate::record::{CellOutcome, ExitStatus, Explored, OutputLine, RunOutcome, WorkerOutcome};
use crate::render::{Logical, by_steps, visible};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr as _;

/// How many lines of a cell are kept.
const MAX_LINES: usize = 400;

/// What came out of a cell.
pub struct Content {
    /// In the order of its steps, if that is the same in each run.
    pub by_steps: Option<Vec<String>>,
    /// Worker by worker.
    pub by_worker: Vec<String>,
    /// As it came.
    pub as_it_came: Vec<String>,
    /// Why another run may give something else, as far as this one tells.
    pub doubt: Option<Doubt>,
}

impl Content {
    /// What came out of a cell.
    pub fn of(outcome: &CellOutcome, step: &Step) -> Self {
        if let Some(explored) = &outcome.explored {
            let lines = cut(of_exploration(explored));
            return Self { by_steps: None, by_worker: lines.clone(), as_it_came: lines, doubt: of_coverage(explored) };
        }
        let said = |lines: fn(&RunOutcome) -> Vec<OutputLine>| {
            together(outcome.runs.iter().map(|run| (run, of_run(run, &lines(run)))).collect())
        };
        let (by_worker, vary) = said(by_worker);
        let (as_it_came, _) = said(|run| run.output.clone());
        let orders: Vec<_> = outcome.runs.iter().map(|run| in_order(run, outcome, step)).collect();
        let by_steps: Option<Vec<_>> = orders
            .iter()
            .zip(&outcome.runs)
            .map(|(order, run)| Some((run, of_run(run, order.as_ref().ok()?.as_ref()?))))
            .collect();
        let found = orders.iter().find_map(|order| order.as_ref().err().copied());
        let doubt = vary.then_some(Doubt::Differs).or(of_pool(step)).or(found);
        let by_steps = by_steps.map(|lines| cut(together(lines).0));
        Self { by_steps, by_worker: cut(by_worker), as_it_came: cut(as_it_came), doubt }
    }
}

/// At most so many lines as are kept.
fn cut(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(MAX_LINES);
    if more > 0 {
        lines.truncate(MAX_LINES);
        lines.push(format!("… {more} more lines"));
    }
    lines
}

/// What can come out of an exploration.
fn of_exploration(explored: &Explored) -> Vec<String> {
    let text = |text: String| if text.is_empty() { "all workers ended well".to_owned() } else { text };
    explored.outcomes.iter().flat_map(|found| behind("=> ", &text(found.text(&explored.workers)))).collect()
}

/// Why an exploration may find something else the next time: it is cut where time or memory is over.
fn of_coverage(explored: &Explored) -> Option<Doubt> {
    match explored.coverage {
        Coverage::All | Coverage::Schedule => None,
        Coverage::Samples { wanted, .. } if explored.interleavings >= wanted as f64 => None,
        _ => Some(Doubt::Unfinished),
    }
}

/// Why the results of a pool may come in another order.
fn of_pool(step: &Step) -> Option<Doubt> {
    match &step.work {
        StepKind::Pool(Pool { order: Order::Completion, workers, .. }) if *workers != Some(1) => Some(Doubt::Order),
        _ => None,
    }
}

/// What a run printed, worker by worker.
fn by_worker(run: &RunOutcome) -> Vec<OutputLine> {
    let mut output = run.output.clone();
    output.sort_by_key(|line| line.worker);
    output
}

/// What a run printed in an order that is the same in each run, if it has one.
///
/// # Errors
/// Why another run may print or show something else.
fn in_order(run: &RunOutcome, outcome: &CellOutcome, step: &Step) -> Result<Option<Vec<OutputLine>>, Doubt> {
    let is_cut = |worker: &WorkerOutcome| matches!(worker.exit, ExitStatus::TimedOut | ExitStatus::Lost);
    let gave_up = |event: &Event| matches!(event.action, Action::GiveUp { .. }) && event.duration_ns > 0;
    match (&run.replay, &step.options.expect) {
        // Its order is the schedule's.
        (Some(replayed), _) if replayed.left.is_none() => return Ok(Some(run.output.clone())),
        (Some(_), _) => return Err(Doubt::Order),
        _ if !run.races.is_empty() => return Err(Doubt::Race),
        // The author knows what must come out, and the cell fails if it does not.
        (_, Some(Expect::Lines(_))) => return Ok(Some(run.output.clone())),
        (_, Some(Expect::Workers(_))) => return Ok(None),
        _ => {}
    }
    if run.workers.iter().any(is_cut) || run.trace.iter().any(gave_up) {
        return Err(Doubt::Time);
    }
    if run.trace_dropped > 0 || run.output_cut_bytes > 0 {
        return Err(Doubt::Incomplete);
    }
    let is_pool = matches!(step.work, StepKind::Pool(_));
    let names = |text: &str| run.workers.iter().skip(1).any(|worker| text.contains(&worker.name));
    if is_pool && run.workers.len() > 2 && run.results.iter().any(|result| names(&result.text)) {
        // Who takes which task is chance.
        return Err(Doubt::Order);
    }
    if run.output.iter().all(|line| line.worker == 0) {
        return Ok(None);
    }
    match by_steps(run, &outcome.resources, is_pool) {
        Some(steps) if !steps.is_unsure && steps.run.output.len() == run.output.len() => Ok(Some(steps.run.output)),
        Some(steps) if only_locks(&steps, outcome) => Ok(None),
        _ => Err(Doubt::Order),
    }
}

/// Whether workers came in no certain order to nothing but locks, which tell them nothing of that order.
fn only_locks(steps: &Logical, outcome: &CellOutcome) -> bool {
    let mut contested = outcome.resources.iter().filter(|resource| steps.contested.contains(&resource.id));
    contested.all(|resource| matches!(resource.shape, Shape::Lock(_)))
}

/// What a run printed, each line with its worker's name if there are several, and what it shows.
fn of_run(run: &RunOutcome, printed: &[OutputLine]) -> Vec<String> {
    let name = |worker: u32| visible(run.workers.get(worker as usize).map_or("?", |worker| worker.name.as_str()));
    let workers: BTreeSet<u32> = printed.iter().map(|line| line.worker).collect();
    let width = workers.iter().map(|worker| name(*worker).width()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for line in printed {
        let name = name(line.worker);
        let head = match workers.len() {
            1 => String::new(),
            _ => format!("{name}{} | ", " ".repeat(width - name.width())),
        };
        lines.extend(behind(&head, &line.text));
    }
    if run.output_cut_bytes > 0 {
        lines.push("… and more".to_owned());
    }
    for result in &run.results {
        let what = result.label.as_ref().unwrap_or(&result.expression);
        lines.extend(behind(&format!("{} = ", visible(what).replace('\n', " ")), &result.text));
    }
    lines
}

/// Lines that some runs gave, and how many.
type Repeated = (Vec<String>, usize);

/// The lines of all runs of a cell, and whether those that should be alike are not. What is the same for all is said once, and else
/// under a head for each executor or number of workers, and how many runs came to it.
fn together(runs: Vec<(&RunOutcome, Vec<String>)>) -> (Vec<String>, bool) {
    let mut groups: Vec<(String, Vec<Repeated>)> = Vec::new();
    for (run, lines) in runs {
        let head = head(run);
        let at = groups.iter().position(|(other, _)| *other == head).unwrap_or_else(|| {
            groups.push((head, Vec::new()));
            groups.len() - 1
        });
        let results = &mut groups[at].1;
        match results.iter_mut().find(|(other, _)| *other == lines) {
            Some((_, times)) => *times += 1,
            None => results.push((lines, 1)),
        }
    }
    let vary = groups.iter().any(|(_, results)| results.len() > 1);
    let mut all = groups.iter().flat_map(|(_, results)| results).map(|(lines, _)| lines);
    if let Some(first) = all.next()
        && all.all(|lines| lines == first)
    {
        return (first.clone(), false);
    }
    let mut out = Vec::new();
    for (head, results) in &groups {
        let total: usize = results.iter().map(|(_, times)| times).sum();
        for (lines, times) in results {
            let often = if results.len() > 1 { format!("{times} of {total} runs") } else { String::new() };
            let parts: Vec<&str> = [head.as_str(), &often].into_iter().filter(|part| !part.is_empty()).collect();
            out.push(parts.join(", ") + ":");
            out.extend(lines.iter().map(|line| format!("  {line}")));
        }
    }
    (out, vary)
}

/// What tells a run from the others of its cell, apart from repetitions.
fn head(run: &RunOutcome) -> String {
    let executor = run.executor.map(|executor| executor.as_str().to_owned());
    let swept = run.swept.map(|workers| format!("{workers} workers"));
    [executor, swept].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
