//! A value or an array, with its own lock.

use super::{Caller, Kind, ModelPrimitive, NameOf, OwnedLock, done, refused};
use crate::abi;
use crate::host::{Answer, Call, Effect, Operation, Phase, Ready};
use crate::model::Content;
use crate::shared::WorkerId;

/// The most numbers of an array, which is copied with every state in which it has changed.
pub const MAX_NUMBERS: u64 = 1 << 16;

/// How many numbers of an array are told.
const TOLD: usize = 16;

/// Numbers, as their bits, and their lock.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Numbers {
    bits: Vec<u64>,
    lock: OwnedLock,
}

impl Numbers {
    /// These numbers, whose lock is free.
    pub fn new(bits: Vec<u64>) -> Self {
        Self { bits, lock: OwnedLock::default() }
    }

    /// The bits of the first.
    #[inline]
    pub fn first(&self) -> Option<u64> {
        self.bits.first().copied()
    }

    /// One of them, for a page.
    pub fn at(&self, kind: &Kind, index: u64) -> Content {
        match (self.bits.get(index as usize), kind.number_type()) {
            (Some(bits), Some(of)) => Content::Numbers(of.text(*bits), None),
            _ => Content::Nothing,
        }
    }

    /// All of them for a page, of an array the first.
    pub fn content(&self, kind: &Kind, name_of: NameOf<'_>) -> Content {
        let number = |bits: &u64| kind.number_type().map_or_else(String::new, |of| of.text(*bits));
        let numbers = if kind.is_array() {
            let some: Vec<String> = self.bits.iter().take(TOLD).map(number).collect();
            let more = if self.bits.len() > TOLD { ", …" } else { "" };
            format!("[{}{more}]", some.join(", "))
        } else {
            self.bits.first().map_or_else(String::new, number)
        };
        Content::Numbers(numbers, self.lock.owner.map(name_of))
    }
}

impl ModelPrimitive for Numbers {
    #[inline]
    fn ready(&self, _kind: &Kind, worker: WorkerId, _phase: Phase, operation: Operation) -> Ready {
        match operation {
            Operation::Acquire { limit, .. } => self.lock.ready(worker, limit, false),
            _ => Ready::Now,
        }
    }

    #[inline]
    fn asked(&self, operation: Operation) -> Option<Answer> {
        match operation {
            Operation::Load { index } | Operation::Peek { index } => {
                Some(Answer::value(self.bits.get(index as usize).copied().unwrap_or(0)))
            }
            _ => None,
        }
    }

    #[inline]
    fn apply(&mut self, _kind: &Kind, caller: Caller, call: &Call) -> Effect {
        match call.operation {
            Operation::Store { index, bits } => {
                if let Some(place) = self.bits.get_mut(index as usize) {
                    *place = bits;
                }
                done(abi::OK)
            }
            Operation::SwapIf { old, new } => {
                let Some(place) = self.bits.first_mut() else { return done(abi::OK) };
                let seen = *place;
                if seen == old {
                    *place = new;
                }
                Effect::Done(Answer::value(seen))
            }
            Operation::Acquire { limit, .. } => done(self.lock.acquire(caller.worker, limit)),
            Operation::Release { .. } => done(self.lock.release(caller.worker)),
            operation => refused(operation),
        }
    }

    #[inline]
    fn owner(&self) -> Option<WorkerId> {
        self.lock.owner
    }

    fn release_owned_by(&mut self, ended: WorkerId) {
        self.lock.release_owned_by(ended);
    }

    fn heap_bytes(&self) -> usize {
        size_of_val(self.bits.as_slice())
    }

    fn held(&self, _kind: &Kind, name_of: NameOf<'_>) -> Content {
        Content::Lock(self.lock.owner.map(name_of), 0)
    }
}
