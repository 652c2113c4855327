//! What stands in a fence below a cell: what it printed and what it shows, in plain text.

use super::doubt::Doubt;
use crate::export::text::{cut, of_exploration, of_run, together};
use crate::model::{Action, Event, ResourceKind};
use crate::plan::{Expect, Order, Pool, Step, StepKind};
use crate::record::explored::Coverage;
use crate::record::{CellOutcome, ExitStatus, Explored, OutputLine, RunOutcome, WorkerOutcome};
use crate::render::{Logical, by_steps};

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
    let is_pool = matches!(step.work, StepKind::Pool(_));
    match (&run.replay, &step.options.expect) {
        // Its order is the schedule's.
        (Some(replayed), _) if replayed.left.is_none() => return Ok(Some(run.output.clone())),
        (Some(_), _) => return Err(Doubt::Order),
        _ if !run.races.is_empty() => return Err(Doubt::Race),
        // The author knows what must come out, and the cell fails if it does not.
        (_, Some(Expect::Lines(_))) => return Ok(Some(run.output.clone())),
        (_, Some(Expect::Workers(_))) => {
            return Ok(by_steps(run, &outcome.resources, is_pool).filter(|steps| all_is_sure(steps, run)).map(printed));
        }
        _ => {}
    }
    if let Some(doubt) = disturbed(run) {
        return Err(doubt);
    }
    let names = |text: &str| run.workers.iter().skip(1).any(|worker| text.contains(&worker.name));
    if is_pool && run.workers.len() > 2 && run.results.iter().any(|result| names(&result.text)) {
        // Who takes which task is chance.
        return Err(Doubt::Order);
    }
    if run.output.iter().all(|line| line.worker == 0) {
        return Ok(None);
    }
    match by_steps(run, &outcome.resources, is_pool) {
        Some(steps) if all_is_sure(&steps, run) => Ok(Some(printed(steps))),
        Some(steps) if only_locks(&steps, outcome) => Ok(None),
        _ => Err(Doubt::Order),
    }
}

/// What kept a run from being like all others, whatever its workers did.
pub fn disturbed(run: &RunOutcome) -> Option<Doubt> {
    let is_cut = |worker: &WorkerOutcome| matches!(worker.exit, ExitStatus::TimedOut | ExitStatus::Lost);
    let gave_up = |event: &Event| matches!(event.action, Action::GiveUp { .. }) && event.duration_ns > 0;
    if !run.races.is_empty() {
        return Some(Doubt::Race);
    }
    if run.workers.iter().any(is_cut) || run.trace.iter().any(gave_up) {
        return Some(Doubt::Time);
    }
    (run.trace_dropped > 0 || run.output_cut_bytes > 0).then_some(Doubt::Incomplete)
}

/// Whether a run by steps is that of each run, with all that was printed.
pub fn all_is_sure(steps: &Logical, run: &RunOutcome) -> bool {
    !steps.is_unsure && steps.run.output.len() == run.output.len()
}

/// What was printed, by steps.
fn printed(steps: Logical) -> Vec<OutputLine> {
    steps.run.output
}

/// Whether workers came in no certain order to nothing but locks, which tell them nothing of that order.
fn only_locks(steps: &Logical, outcome: &CellOutcome) -> bool {
    let mut contested = outcome.resources.iter().filter(|resource| steps.contested.contains(&resource.id));
    contested.all(|resource| matches!(resource.kind, ResourceKind::Lock(_)))
}
