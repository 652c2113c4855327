//! What a kernel says is looked at before it is believed.
//!
//! The author's code runs in the kernel's children, as the same user: it may write into the kernel's pipe and even into its
//! memory. So whatever comes from there is what a stranger says. A number in it that would be used as an index is in range,
//! a message comes when its turn is, and there are no more of anything than the plan provides for; or it is an error that
//! says what was sent. The same holds for a record, which anybody may have written.

use super::collect::MAX_NUMBERS;
use super::protocol::{LEFT_BYTES, Limits, Message, RunReport};
use crate::diagnostic::Diagnostic;
use crate::executor::SPARES;
use crate::model::Executor;
use crate::model::Resource;
use crate::model::{Action, Event, WaitCondition};
use crate::plan::{MAX_WORKERS, Plan, Spawn, Step, StepKind};
use crate::record::explored::Witness;
use crate::record::{CellOutcome, Contents, Deadlock, Explored, Play, Record, Replayed, RunOutcome};
use crate::shared::journal::{LINE, OTHERS};
use crate::shared::run::most_events;
use crate::shared::std_table::OBJECTS;
use crate::shared::thread_table::THREADS;

/// What was sent that cannot be.
pub type Wrong = String;

/// Follows what a kernel says.
#[derive(Default)]
pub struct Checker {
    /// The cell that it has begun and not ended, and how many of that cell's runs it has reported.
    begun: Option<(usize, usize)>,
    /// Whether that cell's last run was the last of all, as the user or the time had ended it.
    cut: bool,
}

impl Checker {
    /// Whether a message can be what it says, after `judged` cells; `needs_no_kernel` says of a cell that nothing will be
    /// heard of it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(
        &mut self,
        message: &Message,
        plan: &Plan,
        judged: usize,
        needs_no_kernel: impl Fn(usize) -> bool,
    ) -> Result<(), Wrong> {
        match message {
            Message::Started(cell) => {
                let is_next = *cell < plan.steps.len() && (judged..*cell).all(needs_no_kernel) && *cell >= judged;
                if self.begun.is_some() || !is_next {
                    return Err(format!("the start of cell {cell} out of its turn"));
                }
                self.begun = Some((*cell, 0));
                self.cut = false;
            }
            Message::Ran(report) => {
                let step = self.begun.as_mut().and_then(|(cell, runs)| {
                    *runs += 1;
                    let step = plan.steps.get(*cell).filter(|step| !self.cut && *runs <= most_runs(step))?;
                    Some((step, *runs - 1))
                });
                let (step, number) = step.ok_or("a run that no cell asks for")?;
                self::report(report, step, number, plan.resources.len())?;
                self.cut = report.interrupted || report.out_of_time;
            }
            Message::Left(left) => {
                self.begun.ok_or("what is left by no cell")?;
                at_most("states", left.len(), plan.resources.len())?;
                all(left, |(id, _)| below("resource", *id, plan.resources.len()))?;
            }
            Message::Done(cell, states) => {
                let runs = self.begun.map_or(0, |(_, runs)| runs);
                self.ends(*cell)?;
                at_most("resources", states.len(), plan.resources.len())?;
                all(states, |state| below("resource", state.id, plan.resources.len()))?;
                let asked = plan.steps.get(*cell).map_or(0, most_runs);
                if runs < asked && !self.cut {
                    return Err(format!("the end of cell {cell} after {runs} of {asked} runs"));
                }
            }
            Message::Refused(cell, _) => self.ends(*cell)?,
            Message::Broken(_) => {}
        }
        Ok(())
    }

    /// The cell that it has begun and not ended.
    pub fn begun(&self) -> Option<usize> {
        self.begun.map(|(cell, _)| cell)
    }

    fn ends(&mut self, cell: usize) -> Result<(), Wrong> {
        if self.begun() != Some(cell) {
            return Err(format!("the end of cell {cell} out of its turn"));
        }
        self.begun = None;
        Ok(())
    }
}

/// The most bytes of a message about any cell of a plan: what there is room for in shared memory, in the form in which it is
/// sent.
pub fn longest(plan: &Plan, limits: &Limits) -> usize {
    /// A number of 64 bits takes at most so many bytes.
    const NUMBER: usize = 10;
    /// An event or a line has eight numbers at most. A byte that is no text becomes three.
    const EVENT: usize = 8 * NUMBER;
    /// A step of a schedule but for the names of what is shared.
    const STEP: usize = 1024;
    // A step has the names of what it is about, and of workers, each a few times.
    let names = plan.resources.iter().map(|resource| resource.name.len()).max().unwrap_or(0);
    let steps = plan.steps.iter().map(scheduled).max().unwrap_or(0).saturating_mul(STEP + 4 * names);
    let events = plan.steps.iter().map(|step| most_events(most_workers(step))).max().unwrap_or(0);
    // A line of output is an event, too.
    let lines = usize::try_from(limits.output_bytes).unwrap_or(usize::MAX);
    events
        .saturating_add(2)
        .saturating_mul(EVENT)
        .saturating_add((lines / LINE as usize).saturating_mul(2 * EVENT))
        .saturating_add(lines.saturating_mul(3))
        // What was printed is told once more with its step.
        .saturating_add(if steps > 0 { steps.saturating_add(lines.saturating_mul(NUMBER)) } else { 0 })
        .saturating_add(4 * OTHERS)
        .saturating_add(LEFT_BYTES + NUMBER * plan.resources.len())
}

/// Whether what an exploration is said to have found can be so, where there are so many resources.
///
/// # Errors
/// What is wrong with it.
pub fn explored(explored: &Explored, resources: usize) -> Result<(), Wrong> {
    let workers = explored.workers.len();
    at_most("workers", workers, crate::explore::MAX_WORKERS + 1)?;
    let worker = |worker: &u32| below("worker", *worker, workers);
    all(&explored.outcomes, |outcome| {
        all(&outcome.failures, |failure| worker(&failure.worker))?;
        all(&outcome.stuck, |stuck| worker(&stuck.worker).and_then(|()| stuck.holder.iter().try_for_each(worker)))?;
        let Witness { schedule, steps, .. } = &outcome.witness;
        all(schedule, worker)?;
        all(steps, |step| {
            worker(&step.worker)?;
            step.resource.iter().try_for_each(|id| below("resource", *id, resources))
        })
    })?;
    let Some(Play { texts, objects, states, .. }) = &explored.play else { return Ok(()) };
    all(states, |state| {
        let jobs = workers.saturating_sub(1);
        let sizes = [(&state.does, jobs), (&state.did, jobs), (&state.holds, objects.len())];
        if sizes.iter().any(|(list, len)| list.len() != *len) || state.next.len() != jobs {
            return Err("a state of other workers or objects".to_owned());
        }
        all(sizes.iter().flat_map(|(list, _)| *list), |text| below("text", *text, texts.len()))?;
        all(state.next.iter().flatten(), |next| below("state", *next, states.len()))?;
        state.outcome.iter().try_for_each(|outcome| below("outcome", *outcome, explored.outcomes.len()))
    })
}

/// Whether the run of a cell with this number, from 0, can be reported so.
fn report(report: &RunReport, step: &Step, number: usize, resources: usize) -> Result<(), Wrong> {
    let outcome = &report.outcome;
    if step.options.explore.is_some() != report.explored.is_some() {
        return Err("a run in place of an exploration, or the other way round".to_owned());
    }
    of_step(outcome, step, resources)?;
    let (executor, swept) = variant(step, number);
    if step.options.explore.is_none() && (outcome.executor, outcome.swept) != (executor, swept) {
        return Err("a run of another kind than the cell asks for".to_owned());
    }
    let asserts = match &step.work {
        StepKind::Spawn(spawn) => spawn.assert.len(),
        StepKind::Pool(pool) => pool.assert.len(),
        _ => 0,
    };
    all(&report.failed_asserts, |(number, _)| below("assertion", *number, asserts))?;
    match report.explored.as_ref().and_then(|report| report.explored.as_ref()) {
        Some(found) => explored(found, resources),
        None => Ok(()),
    }
}

/// Under which executor and with how many workers the run of a cell with this number is.
fn variant(step: &Step, number: usize) -> (Option<Executor>, Option<u32>) {
    let kinds = match &step.work {
        StepKind::Spawn(spawn) => spawn.executors.as_slice(),
        StepKind::Pool(pool) => pool.executors.as_slice(),
        _ => &[],
    };
    let sweep = step.options.sweep.as_slice();
    let (each, in_round) = (sweep.len().max(1), kinds.len().max(1) * sweep.len().max(1));
    let in_round = number % in_round;
    (kinds.get(in_round / each).copied(), sweep.get(in_round % each).copied())
}

/// Whether a step can have had this run: no more workers than it has jobs, and main among them.
fn of_step(outcome: &RunOutcome, step: &Step, resources: usize) -> Result<(), Wrong> {
    let threads = outcome.workers.iter().filter(|worker| worker.thread.is_some()).count();
    at_most("workers", outcome.workers.len() - threads, most_workers(step))?;
    at_most("threads", threads, THREADS)?;
    if outcome.workers.is_empty() && step.options.explore.is_none() {
        return Err("a run without workers".to_owned());
    }
    below("repetition", outcome.repetition, step.options.repeat.unwrap_or(1) as usize)?;
    run(outcome, resources)
}

/// Whether a record's numbers point to what is there: `plan` is that of its notebook, and `file` its name for the error.
///
/// # Errors
/// The first number that points nowhere.
pub fn record(file: &str, record: &Record, plan: &Plan) -> Result<(), Diagnostic> {
    let resources = plan.resources.len();
    if record.only.is_some_and(|cell| cell >= plan.steps.len()) {
        let message = format!("{file}: the record is damaged: the cell that was asked for is none of the notebook's");
        return Err(Diagnostic::new(message).help("run the notebook again, with `--record FILE`"));
    }
    for (index, outcome) in record.cells.iter().enumerate() {
        let wrong = match plan.steps.get(index) {
            Some(_) if outcome.cell != index => {
                Some(format!("it says that it is cell {}", outcome.cell.saturating_add(1)))
            }
            Some(step) => cell(outcome, step, resources).err(),
            None => Some("the notebook has no such cell".to_owned()),
        };
        if let Some(wrong) = wrong {
            let message = format!("{file}: the record is damaged, at cell {}: {wrong}", index + 1);
            return Err(Diagnostic::new(message).help("run the notebook again, with `--record FILE`"));
        }
    }
    Ok(())
}

/// Whether a cell of a record can have come out so, or what is wrong with it.
fn cell(outcome: &CellOutcome, step: &Step, resources: usize) -> Result<(), Wrong> {
    at_most("runs", outcome.runs.len(), most_runs(step))?;
    if outcome.explored.is_some() && step.options.explore.is_none() {
        return Err("an exploration that the cell does not ask for".to_owned());
    }
    all(&outcome.runs, |run| of_step(run, step, resources))?;
    all(&outcome.resources, |state| below("resource", state.id, resources))?;
    match &outcome.explored {
        Some(found) => explored(found, resources),
        None => Ok(()),
    }
}

/// Whether a run can have been so, where there are so many resources.
///
/// # Errors
/// What is wrong with it.
pub fn run(outcome: &RunOutcome, resources: usize) -> Result<(), Wrong> {
    let workers = outcome.workers.len();
    let worker = |worker: &u32| below("worker", *worker, workers);
    at_most("objects", outcome.objects.len(), OBJECTS)?;
    let is_next = |(object, id): (&Resource, usize)| object.id as usize == id;
    if !outcome.objects.iter().zip(resources..).all(is_next) {
        return Err("objects that are out of order".to_owned());
    }
    let resource = |id: u32| below("resource", id, resources + outcome.objects.len());
    all(&outcome.workers, |it| it.thread.iter().try_for_each(|thread| worker(&thread.by)))?;
    all(&outcome.output, |line| worker(&line.worker))?;
    all(&outcome.trace, |event: &Event| {
        worker(&event.worker)?;
        event.resource.iter().try_for_each(|id| resource(*id))?;
        match event.action {
            Action::Print { line } => below("line of output", line, outcome.output.len()),
            _ => Ok(()),
        }
    })?;
    at_most("contents", outcome.contents.len(), resources)?;
    all(&outcome.contents, |Contents { resource: id, before, after }| {
        resource(*id)?;
        at_most("numbers", before.len().max(after.len()), MAX_NUMBERS)
    })?;
    if let Some(Replayed { schedule, steps, left, .. }) = &outcome.replay {
        at_most("steps", steps.len(), schedule.len())?;
        // A thread that was never started has a number, too.
        all(schedule, |worker| below("worker", *worker, outcome.workers.len().saturating_add(THREADS)))?;
        all(steps, |step| worker(&step.worker).and_then(|()| step.resource.iter().try_for_each(|id| resource(*id))))?;
        left.iter().try_for_each(|left| worker(&left.worker))?;
    }
    let Some(Deadlock { waits, cycle, lost, .. }) = &outcome.deadlock else { return Ok(()) };
    all(waits, |wait| {
        worker(&wait.worker)?;
        match wait.what {
            WaitCondition::Ended | WaitCondition::Unparked => worker(&wait.resource)?,
            _ => resource(wait.resource)?,
        }
        all(&wait.holders, worker)?;
        all(&wait.holds, |held| resource(held.resource))
    })?;
    all(cycle, worker)?;
    all(lost, |(who, held)| worker(who).and_then(|()| resource(held.resource)))
}

/// How many runs a cell asks for.
fn most_runs(step: &Step) -> usize {
    let kinds = match &step.work {
        StepKind::Spawn(spawn) => spawn.executors.len(),
        StepKind::Pool(pool) => pool.executors.len(),
        _ => return 0,
    };
    let of_each = kinds.max(1) * step.options.sweep.len().max(1);
    if step.options.explore.is_some() { 1 } else { of_each * step.options.repeat.unwrap_or(1) as usize }
}

/// How many steps the schedule of a cell has, if there is one.
fn scheduled(step: &Step) -> usize {
    match &step.work {
        StepKind::Spawn(Spawn { replay: Some(replay), .. }) => replay.schedule.len(),
        _ => 0,
    }
}

/// How many workers a run of a cell may have, main included, and without the threads that jobs start by themselves.
fn most_workers(step: &Step) -> usize {
    match &step.work {
        StepKind::Spawn(spawn) => spawn.jobs.len() + 1,
        StepKind::Pool(_) => (MAX_WORKERS + SPARES) as usize + 1,
        _ => 1,
    }
}

fn all<'a, T: 'a>(
    items: impl IntoIterator<Item = &'a T>,
    check: impl FnMut(&'a T) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    items.into_iter().try_for_each(check)
}

fn at_most(what: &str, count: usize, most: usize) -> Result<(), Wrong> {
    if count <= most { Ok(()) } else { Err(format!("{count} {what} where there may be {most}")) }
}

fn below<N: TryInto<usize> + Copy + std::fmt::Display>(what: &str, number: N, count: usize) -> Result<(), Wrong> {
    match number.try_into() {
        Ok(number) if number < count => Ok(()),
        _ => Err(format!("{what} {number} where there are only {count}")),
    }
}
