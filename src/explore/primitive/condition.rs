//! A condition: a lock with a waiting room.

use super::{Caller, Kind, ModelPrimitive, NameOf, OwnedLock, done, refused, waits};
use crate::abi;
use crate::host::{Call, Effect, Operation, Phase, Ready};
use crate::model::Content;
use crate::shared::WorkerId;
use std::collections::{BTreeSet, VecDeque};

/// A lock, who is in its waiting room and was not notified, the first who came first, and who may leave. Were both only counted, one who
/// waits again right after its own notification could take that of another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Condition {
    lock: OwnedLock,
    waiting: VecDeque<WorkerId>,
    notified: BTreeSet<WorkerId>,
}

impl Condition {
    fn begin_to_wait(&mut self, me: WorkerId) -> Effect {
        match self.lock.release(me) {
            abi::OK => {
                self.waiting.push_back(me);
                Effect::Waits(Phase::InRoom)
            }
            status => done(status),
        }
    }

    fn leave(&mut self, me: WorkerId) -> Effect {
        self.waiting.retain(|waiting| *waiting != me);
        let notified = self.notified.remove(&me);
        if std::mem::take(&mut self.lock.died) {
            // Who takes the lock again is told, once, and does not hold it.
            return done(abi::OWNER_DIED);
        }
        self.lock.owner = Some(me);
        done(if notified { abi::OK } else { abi::TIMED_OUT })
    }

    fn notify(&mut self, me: WorkerId, count: u64) -> Effect {
        if self.lock.owner != Some(me) {
            return done(abi::NOT_OWNER);
        }
        let some = self.waiting.len().min(usize::try_from(count).unwrap_or(usize::MAX));
        self.notified.extend(self.waiting.drain(..some));
        done(abi::OK)
    }
}

impl ModelPrimitive for Condition {
    fn ready(&self, _kind: &Kind, worker: WorkerId, phase: Phase, operation: Operation) -> Ready {
        match (operation, phase) {
            (Operation::Acquire { limit, .. }, _) => self.lock.ready(worker, limit, false),
            (Operation::WaitNotified { .. }, Phase::InRoom) if self.lock.owner.is_some() => Ready::No,
            (Operation::WaitNotified { limit }, Phase::InRoom) if !self.notified.contains(&worker) => waits(limit),
            _ => Ready::Now,
        }
    }

    fn apply(&mut self, _kind: &Kind, caller: Caller, call: &Call) -> Effect {
        let me = caller.worker;
        match call.operation {
            Operation::Acquire { limit, .. } => done(self.lock.acquire(me, limit)),
            Operation::Release { .. } => done(self.lock.release(me)),
            Operation::WaitNotified { .. } if caller.phase == Phase::Before => self.begin_to_wait(me),
            Operation::WaitNotified { .. } => self.leave(me),
            Operation::Notify { count } => self.notify(me, count),
            operation => refused(operation),
        }
    }

    fn owner(&self) -> Option<WorkerId> {
        self.lock.owner
    }

    fn release_owned_by(&mut self, ended: WorkerId) {
        self.lock.release_owned_by(ended);
    }

    fn held(&self, _kind: &Kind, name_of: NameOf<'_>) -> Content {
        Content::Lock(self.lock.owner.map(name_of), (self.waiting.len() + self.notified.len()) as u64)
    }
}
