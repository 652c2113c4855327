//! Which workers of a run are told of, and by which numbers: spares of a pool that were never needed are nobody, and neither are
//! threads of which nothing is known but that they were there.

use crate::executor::context::Context;
use crate::model::{Action, WaitCondition};
use crate::record::Deadlock;
use crate::shared::WorkerId;
use crate::shared::journal::Entry;
use crate::shared::run::stage;
use crate::shared::thread_table::ThreadEntry;
use std::sync::atomic::Ordering::SeqCst;

/// The workers of a run that are told of, by their numbers in it, in order.
pub struct Lanes {
    workers: Vec<WorkerId>,
    /// How many of them the cell declares, main included.
    declared: usize,
}

impl Lanes {
    /// Those of a run that is over, or of one that goes on, whose workers have left these texts so far.
    pub fn of(context: &Context, entries: &[Entry]) -> Self {
        let run = &context.run;
        let started = |worker: &WorkerId| *worker == 0 || run.slot(*worker).stage.load(SeqCst) != stage::NEW;
        let last = (0..run.declared).filter(started).max().unwrap_or(0);
        let declared = if context.pool_settings.is_some() { last + 1 } else { run.declared };
        let is_told = |worker: &WorkerId| {
            // A job may have written over what was noted of it.
            let Some(ThreadEntry { is_foreign, .. }) = run.threads.get(*worker) else { return false };
            let (events, lost) = run.trace.row(*worker);
            let says = || entries.iter().any(|entry| entry.worker == *worker);
            !is_foreign || !events.is_empty() || lost > 0 || run.waiting(*worker).is_some() || says()
        };
        let workers = (0..declared).chain(run.threads.numbers().filter(is_told)).collect();
        Self { workers, declared: declared as usize }
    }

    /// The workers, by their numbers in the run.
    pub fn workers(&self) -> impl Iterator<Item = WorkerId> {
        self.workers.iter().copied()
    }

    /// How many of them the cell declares.
    pub fn declared(&self) -> usize {
        self.declared
    }

    /// Whether a worker is told of.
    pub fn is_told(&self, worker: WorkerId) -> bool {
        self.workers.binary_search(&worker).is_ok()
    }

    /// The number by which a worker is told of; main's for one that is not.
    pub fn of_worker(&self, worker: WorkerId) -> u32 {
        self.workers.binary_search(&worker).map_or(0, |place| place as u32)
    }

    /// A deadlock with the numbers by which workers are told of.
    pub fn of_deadlock(&self, mut deadlock: Deadlock) -> Deadlock {
        for wait in &mut deadlock.waits {
            wait.worker = self.of_worker(wait.worker);
            wait.holders.iter_mut().for_each(|holder| *holder = self.of_worker(*holder));
            if matches!(wait.what, WaitCondition::Ended | WaitCondition::Unparked) {
                wait.resource = self.of_worker(wait.resource);
            }
        }
        deadlock.cycle.iter_mut().for_each(|worker| *worker = self.of_worker(*worker));
        deadlock.lost.iter_mut().for_each(|(worker, _)| *worker = self.of_worker(*worker));
        deadlock
    }

    /// An action with the numbers by which workers are told of.
    pub fn of_action(&self, action: Action) -> Action {
        let told = |worker: u64| u64::from(self.of_worker(worker as WorkerId));
        match action {
            Action::Join { worker } => Action::Join { worker: told(worker) },
            Action::Spawn { worker } => Action::Spawn { worker: told(worker) },
            Action::Unpark { worker } => Action::Unpark { worker: told(worker) },
            other => other,
        }
    }
}
