//! Each primitive as plain data, in a file of its own: when a call on it can be done, what that does, who holds it, and what it holds. These are
//! the rules of the real ones in [`shared`](crate::shared).

mod barrier;
mod condition;
mod event;
mod kind;
mod lock;
mod numbers;
mod pool;
mod queue;
mod rwlock;
mod semaphore;

pub use barrier::Barrier;
pub use condition::Condition;
pub use event::Event;
pub use kind::Kind;
pub use lock::{Lock, OwnedLock};
pub use numbers::{MAX_NUMBERS, Numbers};
pub use pool::Pool;
pub use queue::Queue;
pub use rwlock::RwLock;
pub use semaphore::Semaphore;

use crate::abi::{self, Status};
use crate::host::{Answer, Call, Effect, Operation, Phase, Ready};
use crate::model::Content;
use crate::shared::WorkerId;

/// Who makes a call.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// Its number.
    pub worker: WorkerId,
    /// How far it is in the call.
    pub phase: Phase,
    /// Whether only the call's time is over.
    pub in_time: bool,
}

/// Gives a worker a name.
pub type NameOf<'a> = &'a dyn Fn(WorkerId) -> String;

/// What an exploration needs to know of a primitive. What a kind of primitive does not have, it leaves out.
pub trait ModelPrimitive {
    /// Whether a worker in this phase of a call can do it.
    fn ready(&self, _kind: &Kind, _worker: WorkerId, _phase: Phase, _operation: Operation) -> Ready {
        Ready::Now
    }

    /// What a call is told that changes nothing and [only asks](Operation::only_asks).
    fn asked(&self, _operation: Operation) -> Option<Answer> {
        None
    }

    /// Does a call that is ready.
    fn apply(&mut self, kind: &Kind, caller: Caller, call: &Call) -> Effect;

    /// Who holds it; of several, the first.
    fn owner(&self) -> Option<WorkerId> {
        None
    }

    /// Whether a worker holds it, alone or with others.
    fn is_held_by(&self, worker: WorkerId) -> bool {
        self.owner() == Some(worker)
    }

    /// Frees what a worker that has ended still held.
    fn release_owned_by(&mut self, _ended: WorkerId) {}

    /// About how much memory it takes beside itself.
    fn heap_bytes(&self) -> usize {
        0
    }

    /// What it holds, for a page.
    fn held(&self, kind: &Kind, name_of: NameOf<'_>) -> Content;
}

/// A call that can be done now, or else when its limit says so.
fn now_or_later(can: bool, limit: i64) -> Ready {
    match limit {
        _ if can => Ready::Now,
        0 => Ready::Now,
        1.. => Ready::InTime,
        _ => Ready::No,
    }
}

/// One that has begun to wait. With a limit of 0 it gives up in its next step.
fn waits(limit: i64) -> Ready {
    if limit < 0 { Ready::No } else { Ready::InTime }
}

/// A call is done, with this status.
fn done(status: Status) -> Effect {
    Effect::Done(Answer::status(status))
}

/// What becomes of a call that is not about this kind of primitive.
pub fn refused(operation: Operation) -> Effect {
    let is_owners = matches!(operation, Operation::Acquire { .. } | Operation::Release { .. });
    done(if is_owners || operation.is_two_phase() { abi::NOT_OWNER } else { abi::OK })
}
