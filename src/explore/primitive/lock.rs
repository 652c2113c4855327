//! A lock with an owner, as values, arrays and conditions have one, and as it is declared, re-entrant or not.

use super::{Caller, Kind, ModelPrimitive, NameOf, done, now_or_later, refused};
use crate::abi::{self, Status};
use crate::host::{Call, Effect, Operation, Phase, Ready};
use crate::model::Content;
use crate::shared::WorkerId;

/// Who holds a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct OwnedLock {
    /// Who holds it.
    pub owner: Option<WorkerId>,
    /// Whether the last owner ended while it held it.
    pub died: bool,
}

impl OwnedLock {
    /// Whether `me` can do a call with this limit that takes it.
    #[inline]
    pub fn ready(&self, me: WorkerId, limit: i64, is_reentrant: bool) -> Ready {
        match self.owner {
            None => Ready::Now,
            // Its own lock: an error, or waiting in vain where there is a limit.
            Some(owner) if owner == me => now_or_later(is_reentrant || limit < 0, limit),
            Some(_) => now_or_later(false, limit),
        }
    }

    /// Takes it.
    pub fn acquire(&mut self, me: WorkerId, limit: i64) -> Status {
        match self.owner {
            // Who takes it next is told, once, and does not hold it.
            None if std::mem::take(&mut self.died) => abi::OWNER_DIED,
            None => {
                self.owner = Some(me);
                abi::OK
            }
            Some(owner) if owner == me && limit < 0 => abi::WOULD_DEADLOCK,
            Some(_) => abi::TIMED_OUT,
        }
    }

    /// Gives it back.
    pub fn release(&mut self, me: WorkerId) -> Status {
        if self.owner != Some(me) {
            return abi::NOT_OWNER;
        }
        *self = Self::default();
        abi::OK
    }

    /// Frees it, if who has ended still held it.
    pub fn release_owned_by(&mut self, ended: WorkerId) {
        if self.owner == Some(ended) {
            *self = Self { owner: None, died: true };
        }
    }
}

/// A lock that is declared; `depth` is how often the owner of a re-entrant one has taken it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Lock {
    lock: OwnedLock,
    depth: u32,
}

impl ModelPrimitive for Lock {
    fn ready(&self, kind: &Kind, worker: WorkerId, _phase: Phase, operation: Operation) -> Ready {
        match operation {
            Operation::Acquire { limit, .. } => self.lock.ready(worker, limit, kind.is_reentrant()),
            _ => Ready::Now,
        }
    }

    fn apply(&mut self, kind: &Kind, caller: Caller, call: &Call) -> Effect {
        let me = caller.worker;
        let is_again = self.lock.owner == Some(me);
        match call.operation {
            Operation::Acquire { .. } if is_again && kind.is_reentrant() => {
                self.depth += 1;
                done(abi::OK)
            }
            Operation::Acquire { limit, .. } => {
                let status = self.lock.acquire(me, limit);
                if status == abi::OK {
                    self.depth = 1;
                }
                done(status)
            }
            Operation::Release { .. } if is_again && self.depth > 1 => {
                self.depth -= 1;
                done(abi::OK)
            }
            Operation::Release { .. } => {
                let status = self.lock.release(me);
                if status == abi::OK {
                    self.depth = 0;
                }
                done(status)
            }
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
        Content::Lock(self.lock.owner.map(name_of), 0)
    }
}
