//! A queue.

use super::{Caller, Kind, ModelPrimitive, NameOf, done, now_or_later, refused};
use crate::abi;
use crate::host::{Answer, Call, Effect, Operation, Phase, Ready};
use crate::model::Content;
use crate::shared::WorkerId;
use std::collections::VecDeque;

/// Items, each by its number, and how many that were put are not done yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Queue {
    items: VecDeque<u32>,
    open: u64,
    closed: bool,
}

impl Queue {
    /// One that holds these items.
    pub fn new(items: VecDeque<u32>, open: u64, closed: bool) -> Self {
        Self { items, open, closed }
    }

    /// How many items have been taken out and not called done.
    pub fn not_done(&self) -> u64 {
        self.open.saturating_sub(self.items.len() as u64)
    }

    /// Whether another holds the same, whatever items are done.
    pub fn holds_the_same(&self, other: &Self) -> bool {
        (&self.items, self.closed) == (&other.items, other.closed)
    }

    fn has_room(&self, kind: &Kind) -> bool {
        kind.most().is_none_or(|most| (self.items.len() as u64) < most)
    }
}

impl ModelPrimitive for Queue {
    fn ready(&self, kind: &Kind, _worker: WorkerId, _phase: Phase, operation: Operation) -> Ready {
        match operation {
            Operation::Put { limit } => now_or_later(self.closed || self.has_room(kind), limit),
            Operation::Get { limit } => now_or_later(self.closed || !self.items.is_empty(), limit),
            Operation::JoinQueue { limit } => now_or_later(self.open == 0, limit),
            _ => Ready::Now,
        }
    }

    fn asked(&self, operation: Operation) -> Option<Answer> {
        matches!(operation, Operation::Len).then(|| Answer::value(self.items.len() as u64))
    }

    fn apply(&mut self, kind: &Kind, _caller: Caller, call: &Call) -> Effect {
        done(match call.operation {
            Operation::Put { .. } if self.closed => abi::CLOSED,
            Operation::Put { .. } if !self.has_room(kind) => abi::TIMED_OUT,
            Operation::Put { .. } => {
                self.items.push_back(call.item);
                self.open += 1;
                abi::OK
            }
            Operation::Get { .. } => match self.items.pop_front() {
                Some(item) => return Effect::Done(Answer::value(item.into())),
                None if self.closed => abi::CLOSED,
                None => abi::TIMED_OUT,
            },
            Operation::Close => {
                self.closed = true;
                abi::OK
            }
            Operation::ItemDone if self.open == 0 => abi::TOO_MANY,
            Operation::ItemDone => {
                self.open -= 1;
                abi::OK
            }
            Operation::JoinQueue { .. } if self.open > 0 => abi::TIMED_OUT,
            Operation::JoinQueue { .. } => abi::OK,
            operation => return refused(operation),
        })
    }

    fn heap_bytes(&self) -> usize {
        self.items.len() * size_of::<u32>()
    }

    fn held(&self, _kind: &Kind, _name_of: NameOf<'_>) -> Content {
        Content::Queue(self.items.len() as u64, self.closed)
    }
}
