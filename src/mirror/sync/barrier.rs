//! `Barrier`.

use crate::seam::{Identity, OK, call, done, explores, std_kind, std_operation, step, wait};
use ::std::fmt;
use ::std::sync as real;

/// `std::sync::Barrier`. It is made as `std`'s is, so that who came last is known at the moment when the others are let go.
pub struct Barrier {
    identity: Identity,
    state: real::Mutex<State>,
    all_came: real::Condvar,
    parties: usize,
}

struct State {
    waiting: usize,
    round: usize,
}

/// `std::sync::BarrierWaitResult`.
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl fmt::Debug for BarrierWaitResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWaitResult").field("is_leader", &self.0).finish()
    }
}

impl Barrier {
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    #[must_use]
    #[inline]
    #[track_caller]
    pub const fn new(n: usize) -> Self {
        Self {
            identity: Identity::new(),
            state: real::Mutex::new(State { waiting: 0, round: 0 }),
            all_came: real::Condvar::new(),
            parties: n,
        }
    }

    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let call = call(std_operation::MEET, self.identity.id(std_kind::BARRIER, self.parties as u64));
        if explores() {
            let place = step(&call).value as usize;
            return BarrierWaitResult(place + 1 >= self.parties);
        }
        let is_followed = call.object != 0;
        let mut state = self.state.lock().unwrap_or_else(real::PoisonError::into_inner);
        let (place, round) = (state.waiting, state.round);
        state.waiting += 1;
        if state.waiting < self.parties {
            let since = if is_followed { wait(&call) } else { 0 };
            let comes = self.all_came.wait_while(state, |state| state.round == round);
            drop(comes);
            if is_followed {
                done(&call, since, OK, [place as u64, 0]);
            }
            return BarrierWaitResult(false);
        }
        if is_followed {
            done(&call, 0, OK, [place as u64, 0]);
        }
        state.waiting = 0;
        state.round = round.wrapping_add(1);
        self.all_came.notify_all();
        BarrierWaitResult(true)
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").finish_non_exhaustive()
    }
}
