//! A read-write lock.

use super::{Caller, Kind, ModelPrimitive, NameOf, done, now_or_later, refused};
use crate::abi::{self, Status};
use crate::host::{Call, Effect, Operation, Phase, Ready};
use crate::model::Content;
use crate::shared::WorkerId;
use std::collections::BTreeSet;

/// A read-write lock.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct RwLock {
    readers: BTreeSet<WorkerId>,
    /// Who writes, or keeps new readers out until it can.
    gate: Option<WorkerId>,
    is_written: bool,
    /// Whether the last writer ended while it held it.
    died: bool,
}

impl RwLock {
    /// Who writes.
    fn writer(&self) -> Option<WorkerId> {
        self.gate.filter(|_| self.is_written)
    }

    /// How many read.
    pub fn readers(&self) -> usize {
        self.readers.len()
    }

    /// Whether a worker can come in to read, or to the gate to write. Who holds it and asks without a limit gets an error.
    fn may_come(&self, me: WorkerId, limit: i64) -> bool {
        if self.is_held_by(me) { limit < 0 } else { self.gate.is_none() }
    }

    /// What becomes of who asks again for what it holds.
    fn again(limit: i64) -> Status {
        if limit < 0 { abi::WOULD_DEADLOCK } else { abi::TIMED_OUT }
    }

    /// Takes it to read.
    fn read(&mut self, me: WorkerId, limit: i64) -> Status {
        if self.is_held_by(me) {
            return Self::again(limit);
        }
        if self.gate.is_some() {
            return abi::TIMED_OUT;
        }
        // Who takes it next is told, once, and does not hold it.
        if std::mem::take(&mut self.died) {
            return abi::OWNER_DIED;
        }
        self.readers.insert(me);
        abi::OK
    }

    /// The first half of taking it to write; `None` if `me` has begun to wait for the readers.
    fn claim(&mut self, me: WorkerId, limit: i64) -> Option<Status> {
        if self.is_held_by(me) {
            return Some(Self::again(limit));
        }
        if self.gate.is_some() || limit == 0 && !self.readers.is_empty() {
            return Some(abi::TIMED_OUT);
        }
        self.gate = Some(me);
        self.readers.is_empty().then(|| self.enter())
    }

    /// The second half of who has the gate: readers that are still inside are not waited for any longer.
    fn enter(&mut self) -> Status {
        let status = match (self.readers.is_empty(), std::mem::take(&mut self.died)) {
            (false, died) => {
                self.died = died;
                abi::TIMED_OUT
            }
            (true, true) => abi::OWNER_DIED,
            (true, false) => abi::OK,
        };
        self.is_written = status == abi::OK;
        self.gate = self.writer();
        status
    }

    /// Gives it back.
    fn release(&mut self, me: WorkerId) -> Status {
        if self.writer() == Some(me) {
            (self.gate, self.is_written) = (None, false);
            return abi::OK;
        }
        if self.readers.remove(&me) { abi::OK } else { abi::NOT_OWNER }
    }
}

impl ModelPrimitive for RwLock {
    fn ready(&self, _kind: &Kind, worker: WorkerId, phase: Phase, operation: Operation) -> Ready {
        match (operation, phase) {
            (Operation::Write { limit }, Phase::ForReaders) => now_or_later(self.readers.is_empty(), limit),
            (Operation::Read { limit } | Operation::Write { limit }, _) => {
                now_or_later(self.may_come(worker, limit), limit)
            }
            _ => Ready::Now,
        }
    }

    fn apply(&mut self, _kind: &Kind, caller: Caller, call: &Call) -> Effect {
        let me = caller.worker;
        match (call.operation, caller.phase) {
            (Operation::Read { limit }, _) => done(self.read(me, limit)),
            (Operation::Write { .. }, Phase::ForReaders) => done(self.enter()),
            (Operation::Write { limit }, _) => self.claim(me, limit).map_or(Effect::Waits(Phase::ForReaders), done),
            (Operation::Release { .. }, _) => done(self.release(me)),
            (operation, _) => refused(operation),
        }
    }

    fn owner(&self) -> Option<WorkerId> {
        self.writer().or(self.readers.first().copied())
    }

    fn is_held_by(&self, worker: WorkerId) -> bool {
        self.readers.contains(&worker) || self.writer() == Some(worker)
    }

    fn release_owned_by(&mut self, ended: WorkerId) {
        self.died |= self.writer() == Some(ended);
        self.readers.remove(&ended);
        if self.gate == Some(ended) {
            (self.gate, self.is_written) = (None, false);
        }
    }

    fn heap_bytes(&self) -> usize {
        self.readers.len() * size_of::<WorkerId>()
    }

    fn held(&self, _kind: &Kind, name_of: NameOf<'_>) -> Content {
        Content::RwLock(self.writer().map(name_of), self.readers.len() as u64)
    }
}
