//! When a step on `std` can be taken, and what it does, where objects and threads are plain data: in explorations, and in runs that follow a
//! schedule. What it does to one object, [`StdModel`] says.

use super::step::{Effect, Phase, Ready};
use super::{Answer, Operation, StdModel};
use crate::abi;
use crate::shared::WorkerId;

/// A thread, as far as steps of others depend on it.
#[derive(Debug, Clone, Copy)]
pub struct StdThread {
    /// How far it is in its present call.
    pub phase: Phase,
    /// Whether it was unparked and has not been parked since.
    pub unparked: bool,
    /// Whether it has ended.
    pub is_over: bool,
}

/// All objects of `std`, and all threads.
pub trait StdState {
    /// An object, by its id.
    fn model(&self, id: u32) -> Option<&StdModel>;

    /// See [`model`](Self::model).
    fn model_mut(&mut self, id: u32) -> Option<&mut StdModel>;

    /// A thread; `None` if nothing is known of it yet.
    fn std_thread(&self, worker: WorkerId) -> Option<StdThread>;

    /// Notes whether a thread was unparked.
    fn set_unparked(&mut self, worker: WorkerId, unparked: bool);

    /// Whether a mutex can be taken.
    fn is_free(&self, mutex: u32) -> bool {
        self.model(mutex).is_none_or(|mutex| mutex.owner().is_none())
    }

    /// Gives a mutex to this worker, or to nobody.
    fn set_owner(&mut self, mutex: u32, who: Option<WorkerId>) {
        if let Some(StdModel::Mutex { owner }) = self.model_mut(mutex) {
            *owner = who;
        }
    }
}

/// What a step is about: an object, 0 for none; and for a wait the mutex that it gives back, else 0.
pub type Objects = (u32, u32);

/// Whether `me` can do it.
pub fn ready(state: &impl StdState, me: WorkerId, operation: Operation, (object, mutex): Objects) -> Ready {
    let thread = state.std_thread(me);
    let is_over = |worker| state.std_thread(worker).is_some_and(|thread| thread.is_over);
    match operation {
        Operation::Sleep { .. } => Ready::InTime,
        Operation::Join { worker } if is_over(worker) => Ready::Now,
        Operation::Join { .. } => Ready::No,
        Operation::Park { limit } => match (thread.is_some_and(|thread| thread.unparked), limit) {
            (true, _) | (_, 0) => Ready::Now,
            (_, 1..) => Ready::InTime,
            _ => Ready::No,
        },
        operation => {
            let Some(object) = state.model(object) else { return Ready::Now };
            let phase = thread.map_or(Phase::Before, |thread| thread.phase);
            let relocks = phase == Phase::InRoom && matches!(operation, Operation::WaitNotified { .. });
            object.ready(operation, me, phase, relocks && state.is_free(mutex))
        }
    }
}

/// Does what `me` asks for, which is ready; `value` is what the call says more, `in_time` whether only its time is over.
pub fn apply(
    state: &mut impl StdState,
    me: WorkerId,
    operation: Operation,
    (object, mutex): Objects,
    value: u64,
    in_time: bool,
) -> Effect {
    let thread = state.std_thread(me);
    let ok = Effect::Done(Answer::status(abi::OK));
    match operation {
        Operation::IsFinished { worker } => {
            let is_over = state.std_thread(worker).is_some_and(|thread| thread.is_over);
            Effect::Done(Answer::value(is_over.into()))
        }
        Operation::Park { .. } => {
            let unparked = thread.is_some_and(|thread| thread.unparked);
            state.set_unparked(me, false);
            Effect::Done(Answer::status(if unparked { abi::OK } else { abi::TIMED_OUT }))
        }
        Operation::Unpark { worker } => {
            state.set_unparked(worker, true);
            ok
        }
        operation => {
            let phase = thread.map_or(Phase::Before, |thread| thread.phase);
            let effect =
                state.model_mut(object).map_or(ok, |object| object.apply(operation, me, phase, value, in_time));
            if matches!(operation, Operation::WaitNotified { .. }) {
                state.set_owner(mutex, (!matches!(effect, Effect::Waits(_))).then_some(me));
            }
            effect
        }
    }
}
