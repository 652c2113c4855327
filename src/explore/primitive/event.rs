//! An event.

use super::{Caller, Kind, ModelPrimitive, NameOf, done, refused, waits};
use crate::abi;
use crate::host::{Answer, Call, Effect, Operation, Phase, Ready};
use crate::model::Content;
use crate::shared::WorkerId;

/// A flag. The word is odd while it is set and grows with each change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Event {
    word: u32,
}

impl Event {
    /// One whose word is this.
    pub fn new(word: u32) -> Self {
        Self { word }
    }

    fn is_set(&self) -> bool {
        self.word % 2 == 1
    }

    fn set(&mut self, is_set: bool) -> Effect {
        self.word += u32::from(self.is_set() != is_set);
        done(abi::OK)
    }
}

impl ModelPrimitive for Event {
    fn ready(&self, _kind: &Kind, _worker: WorkerId, phase: Phase, operation: Operation) -> Ready {
        match (operation, phase) {
            (Operation::WaitEvent { limit }, Phase::ForEvent(first)) if self.word == first => waits(limit),
            _ => Ready::Now,
        }
    }

    fn asked(&self, operation: Operation) -> Option<Answer> {
        matches!(operation, Operation::IsSet).then(|| Answer::value(self.is_set().into()))
    }

    fn apply(&mut self, _kind: &Kind, caller: Caller, call: &Call) -> Effect {
        match call.operation {
            Operation::WaitEvent { .. } if caller.phase == Phase::Before && !self.is_set() => {
                Effect::Waits(Phase::ForEvent(self.word))
            }
            Operation::WaitEvent { .. } => done(if caller.in_time { abi::TIMED_OUT } else { abi::OK }),
            Operation::Set => self.set(true),
            Operation::Clear => self.set(false),
            operation => refused(operation),
        }
    }

    fn held(&self, _kind: &Kind, _name_of: NameOf<'_>) -> Content {
        Content::Event(self.is_set())
    }
}
