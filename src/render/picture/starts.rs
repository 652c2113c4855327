//! When time begins in the pictures of a run, and what was before that: what starting each worker cost.

use crate::model::ActionKind;
use crate::record::{Executor, ExitStatus, RunOutcome, WorkerOutcome};

/// How wide the column is in which the costs stand.
pub const WIDTH: f64 = 116.0;

/// When time begins: when the gate opens, or where there is none, when the first worker begins.
pub fn zero_ns(run: &RunOutcome) -> u64 {
    let began = |worker: &&WorkerOutcome| worker.thread.is_none() && has_begun(worker);
    let first = run.workers.iter().skip(1).filter(began).map(|worker| worker.start_ns).min();
    // A gate that opens later does not matter.
    let mut events = run.trace.iter().take_while(|event| first.is_none_or(|first| event.at_ns <= first));
    let opened = events.find(|event| event.kind() == ActionKind::Open).map(|event| event.at_ns);
    match (opened, first) {
        (Some(opened), Some(first)) => opened.min(first),
        (opened, first) => opened.or(first).unwrap_or(0),
    }
}

/// Whether a worker has come to its first step: who dies while it is being started has not.
pub fn has_begun(worker: &WorkerOutcome) -> bool {
    worker.exit != ExitStatus::NotStarted && worker.start_ns >= worker.ready_ns && worker.end_ns >= worker.start_ns
}

/// How long a run took from where its time begins.
pub fn length_ns(run: &RunOutcome) -> u64 {
    run.end_ns().saturating_sub(zero_ns(run))
}

/// What starting a worker cost, if that was before time began. A call is not started.
pub fn cost_ns(worker: &WorkerOutcome, zero_ns: u64) -> Option<u64> {
    let cost_ns = worker.ready_ns.checked_sub(worker.spawn_ns).filter(|cost_ns| *cost_ns > 0)?;
    (worker.executor != Executor::Normal && worker.ready_ns <= zero_ns).then_some(cost_ns)
}

/// Whether anybody has such a cost.
pub fn are_shown(run: &RunOutcome, zero_ns: u64) -> bool {
    run.workers.iter().skip(1).any(|worker| cost_ns(worker, zero_ns).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Event};
    use crate::render::fixture::{event, worker};

    const MS: u64 = 1_000_000;

    fn run(trace: Vec<Event>, workers: Vec<WorkerOutcome>) -> RunOutcome {
        let main = worker("main", Executor::Normal, 0, 20 * MS);
        RunOutcome { workers: [vec![main], workers].concat(), trace, ..RunOutcome::default() }
    }

    #[test]
    fn time_begins_when_the_gate_opens() {
        let jobs = vec![worker("a", Executor::Thread, 3 * MS, 9 * MS), worker("b", Executor::Thread, 4 * MS, 9 * MS)];
        let run = run(vec![event(0, 2 * MS, 0, Action::Open, None)], jobs);
        assert_eq!((zero_ns(&run), length_ns(&run)), (2 * MS, 18 * MS));
    }

    #[test]
    fn without_a_gate_time_begins_with_the_first_worker_that_main_started() {
        let thread = Some(crate::record::StartedThread { by: 1, position: None });
        let mut early = worker("thread", Executor::Thread, MS, 9 * MS);
        early.thread = thread;
        let run = run(Vec::new(), vec![worker("a", Executor::Thread, 3 * MS, 9 * MS), early]);
        assert_eq!(zero_ns(&run), 3 * MS);
    }

    #[test]
    fn only_a_start_before_that_is_a_cost_of_its_own() {
        let of = |executor, start_ns| worker("a", executor, start_ns, 9 * MS);
        let cost = |worker: &WorkerOutcome| cost_ns(worker, 3 * MS);
        assert_eq!(cost(&of(Executor::Process, 3 * MS)), Some(MS));
        assert_eq!(cost(&of(Executor::Process, 5 * MS)), None, "it came later");
        assert_eq!(cost(&of(Executor::Normal, 3 * MS)), None, "a call is not started");
    }
}
