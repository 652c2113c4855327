//! Main's part of a pool.

use super::{PoolState, again};
use crate::executor::context::Context;
use crate::executor::pool_settings::SPARES;
use crate::executor::worker::{Start, Supervise};
use crate::model::{self, StartMethod};
use crate::shared::WorkerId;
use crate::shared::run::exit;
use nix::poll::PollFd;
use std::sync::atomic::Ordering::SeqCst;

/// Main's part: it takes results out, and sees to the tasks of workers that died.
pub(super) struct Main {
    pub(super) context: &'static Context,
    pub(super) state: &'static PoolState,
    pub(super) next_spare: WorkerId,
    /// How many workers have been replaced because they died.
    pub(super) died: u32,
}

impl Supervise for Main {
    fn watch<'a>(&'a self, fds: &mut Vec<PollFd<'a>>) {
        self.state.bell.watch(fds);
    }

    fn tick(&mut self) {
        self.state.bell.quiet();
        self.state.drain();
    }

    fn ended(&mut self, worker: WorkerId) -> Option<Start> {
        let Self { context, state, .. } = self;
        state.release_owned_by(worker);
        state.drain();
        if state.executor == model::Executor::Normal {
            return None;
        }
        let mut left = state.left_by(worker);
        let at = context.run.slot(worker).task.load(SeqCst).checked_sub(1);
        if let Some(index) = at.filter(|index| !state.has(*index)) {
            left.retain(|other| *other != index);
            let why = format!("its worker `{}` {}", context.name(worker), context.how_it_ended(worker));
            state.fail(context, index, worker, &why);
        }
        for range in again::ranges(&left) {
            // Should there be no room, its tasks are told in the end as those that nobody did.
            let _ = state.again.add(range);
        }
        let slot = context.run.slot(worker);
        // Who ends by itself has found nothing left to claim, or has done its share of `max_tasks`.
        let retired = at.is_none() && state.max_tasks != u64::MAX && slot.exit.load(SeqCst) == exit::CODE;
        let unclaimed = (state.next.load(SeqCst) as usize) < state.claims.len();
        let needed = unclaimed || !state.again.is_claimed();
        // Where a worker could not be prepared, another could not either.
        let hopeless = slot.unprepared.load(SeqCst) != 0 || (!retired && self.died == SPARES);
        let spare = self.next_spare;
        if !needed || hopeless || spare >= context.run.declared {
            return None;
        }
        self.next_spare += 1;
        self.died += u32::from(!retired);
        Some(Start { worker: spare, executor: state.executor, method: StartMethod::Fork, timeout: None })
    }
}
