//! How a run followed its schedule: from what its workers noted at the gate to plain data.

use crate::executor::context::Context;
use crate::executor::schedule_replay::ReplayedStep;
use crate::explore::{Told, step_of};
use crate::model::Content;
use crate::plan::Declaration;
use crate::record::explored::Step;
use crate::record::{Left, Replayed, Resource};
use crate::shared::WorkerId;
use crate::shared::journal::EntryKind;
use crate::shared::turn_scheduler::{Opened, Standing};
use std::collections::HashMap;

/// How the run, which is over and has left these objects of `std`, followed its `schedule`.
pub fn replayed(
    context: &Context,
    declared: &[Declaration],
    objects: &[Resource],
    schedule: &[u32],
) -> Option<Replayed> {
    let standing = context.run.gate.as_ref()?.standing();
    let mut taken: Vec<ReplayedStep> = standing.rows.iter().filter_map(ReplayedStep::of).collect();
    let blocked = (standing.opened == Opened::Blocked).then(|| taken.pop()).flatten();
    // Who was killed before it could do its call has taken no step.
    let has_waited = |step: &ReplayedStep| step.written != 0 || step.call.operation.is_two_phase();
    taken.pop_if(|last| last.answer.is_none() && !has_waited(last));
    let threads = context.run.threads.numbers().map(|thread| context.name(thread).into_owned());
    let workers: Vec<String> = context.names.iter().cloned().chain(threads).collect();
    // A job may have written anything there.
    taken.retain(|step| (step.worker as usize) < workers.len());
    let tell = |taken: &ReplayedStep| step_of(taken, Told { declared, objects, workers: &workers });
    let mut steps: Vec<_> = taken.iter().map(tell).collect();
    let mut texts = vec![String::new(); steps.len()];
    let turns = Turns::of(&taken);
    let (entries, _) = context.run.journal.entries();
    for entry in entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Stdout | EntryKind::Stderr)) {
        let later = standing.opened_at.is_some_and(|opened| entry.at >= opened);
        if let Some(step) = turns.at(entry.worker, entry.at).filter(|_| !later) {
            texts[step].push_str(&String::from_utf8_lossy(&entry.bytes));
        }
    }
    for (step, text) in steps.iter_mut().zip(texts) {
        step.printed = text.lines().map(str::to_owned).collect();
    }
    let left = left(context, &standing, schedule, (blocked.as_ref().map(tell).as_ref(), taken.len()));
    Some(Replayed { schedule: schedule.to_vec(), steps, left, free: standing.free })
}

/// By worker, when each of its steps began, and which of all steps that is.
struct Turns(HashMap<WorkerId, Vec<(u64, usize)>>);

impl Turns {
    fn of(taken: &[ReplayedStep]) -> Self {
        let mut turns: HashMap<_, Vec<_>> = HashMap::new();
        for (number, step) in taken.iter().enumerate() {
            turns.entry(step.worker).or_default().push((step.at, number));
        }
        Self(turns)
    }

    /// The step whose turn a worker had at a time: it has it until its next step begins.
    fn at(&self, worker: WorkerId, at: u64) -> Option<usize> {
        let steps = self.0.get(&worker)?;
        let begun = steps.partition_point(|(began, _)| *began <= at);
        steps[..begun].last().map(|(_, number)| *number)
    }
}

/// Where the run left its schedule, of which `steps` steps were taken.
fn left(
    context: &Context,
    standing: &Standing,
    schedule: &[u32],
    (blocked, steps): (Option<&Step>, usize),
) -> Option<Left> {
    let (worker, under_way) = standing.turn?;
    let name = context.name(worker);
    let (next, taken) = (schedule.get(steps).copied(), steps as u32);
    // Whoever was not at its turn left the schedule at the step that was to come.
    let others = |why: String| (next.map_or(taken, |_| taken + 1), next.unwrap_or(worker), why);
    let by = context.name(standing.opened_by);
    let (step, worker, why) = match standing.opened {
        Opened::AtItsEnd => return None,
        Opened::Blocked => {
            let step = blocked?;
            let (call, before, what) = (step.call.text(), &step.before, &step.call.name);
            let state = if *before == Content::Nothing { String::new() } else { format!(": `{what}` was {before}") };
            (taken + 1, worker, format!("`{name}` would have had to wait in `{call}`{state}"))
        }
        Opened::Ended if context.is_unknown(worker) => {
            (taken + 1, 0, format!("no thread with the number {worker} had been started before"))
        }
        Opened::Ended => (taken + 1, worker, format!("`{name}` {} before", context.how_it_ended(worker))),
        Opened::Cancelled => others(format!("the time of `{by}` was over while it waited for its turn")),
        Opened::OtherThread => {
            others(format!("a thread that `{by}` had started by itself made a call, and only jobs take turns"))
        }
        Opened::No if under_way && steps > 0 => {
            (taken, worker, format!("`{name}` had taken it and did not come to its next call"))
        }
        Opened::No => (0, worker, format!("`{name}` did not come to its first call")),
    };
    let position = blocked.filter(|_| standing.opened == Opened::Blocked).and_then(|step| step.position);
    let worker = if context.is_unknown(worker) { 0 } else { worker };
    Some(Left { step, worker, why, position })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Call, Operation};

    fn step(worker: WorkerId, at: u64) -> ReplayedStep {
        let call = Call::new(Operation::Release { unwinding: false }, 0, 0);
        ReplayedStep { worker, call, answer: None, item: None, before: [0; 2], after: [0; 2], at, written: 0 }
    }

    #[test]
    fn a_worker_has_its_turn_from_its_step_to_its_next_one() {
        let turns = Turns::of(&[step(1, 10), step(2, 20), step(1, 30)]);
        let at = |worker, times: [u64; 5]| times.map(|at| turns.at(worker, at));
        assert_eq!(at(1, [9, 10, 29, 30, 99]), [None, Some(0), Some(0), Some(2), Some(2)]);
        assert_eq!(at(2, [10, 19, 20, 30, 99]), [None, None, Some(1), Some(1), Some(1)]);
        assert_eq!(turns.at(3, 99), None);
    }
}
