//! The time limits of jobs under `normal`. Main itself runs these, so nobody but the kernel can look at the clock.

use super::orders::Orders;
use crate::executor::context::Context;
use crate::executor::crew::GRACE;
use crate::plan::Executor;
use crate::shared::journal::EntryKind;
use crate::shared::run::{exit, stage};
use crate::shared::{WorkerId, clock};
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

/// How often the kernel looks.
const TICK: Duration = Duration::from_millis(10);

/// The jobs of a run that main runs itself and that have a limit of their own.
pub struct OwnLimits(Vec<(WorkerId, u64)>);

impl OwnLimits {
    /// Those of a cell.
    pub fn of(orders: &Orders) -> Self {
        let jobs = orders.jobs.iter().filter(|(start, _)| start.executor == Executor::Normal);
        Self(jobs.filter_map(|(start, _)| Some((start.worker, start.timeout?.as_nanos() as u64))).collect())
    }

    /// The time after which the kernel must look again, out of `left`.
    pub fn tick(&self, left: Duration) -> Duration {
        if self.0.is_empty() { left } else { left.min(TICK) }
    }

    /// Asks the job whose time is over to end: a sleep and every wait obeys. One that only computes does not, and can only
    /// be ended with main: then this is true.
    pub fn enforce(&self, context: &Context) -> bool {
        let run = &context.run;
        let overdue = |(worker, limit): &(WorkerId, u64)| {
            let slot = run.slot(*worker);
            let is_running = slot.stage.load(SeqCst) == stage::RUNNING;
            let over = clock::now().checked_sub(slot.started_at.load(SeqCst).saturating_add(*limit));
            over.filter(|_| is_running).map(|over| (*worker, over))
        };
        let Some((worker, over)) = self.0.iter().find_map(overdue) else { return false };
        let _ = run.slot(worker).exit.compare_exchange(exit::UNKNOWN, exit::TIMED_OUT, SeqCst, SeqCst);
        run.cancel(worker);
        context.rouse();
        if over <= GRACE {
            return false;
        }
        let why = format!(
            "worker `{}` did not stop at its time limit, and under `normal` it can only be ended with all that comes after it",
            context.name(worker)
        );
        run.journal.add(0, 0, EntryKind::Problem, 0, why.as_bytes());
        true
    }
}
