//! A barrier.

use super::{Caller, Kind, ModelPrimitive, NameOf, done, refused, waits};
use crate::abi;
use crate::host::{Answer, Call, Effect, Operation, Phase, Ready};
use crate::model::Content;
use crate::shared::WorkerId;

/// So many have come; `meeting` grows by two with each meeting, and is odd once the barrier is broken.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Barrier {
    come: u32,
    meeting: u32,
}

impl Barrier {
    /// One to which so many have come, in this meeting.
    pub fn new(come: u32, meeting: u32) -> Self {
        Self { come, meeting }
    }

    fn is_broken(&self) -> bool {
        self.meeting % 2 == 1
    }

    fn come(&mut self, parties: u64) -> Effect {
        if self.is_broken() {
            return done(abi::BROKEN);
        }
        let place = self.come;
        self.come += 1;
        if u64::from(self.come) == parties {
            *self = Self { come: 0, meeting: self.meeting + 2 };
            return Effect::Done(Answer::value(place.into()));
        }
        Effect::Waits(Phase::AtBarrier(place, self.meeting))
    }

    fn leave(&mut self, place: u32, mine: u32) -> Effect {
        match self.meeting {
            now if now / 2 != mine / 2 => Effect::Done(Answer::value(place.into())),
            now if now == mine => {
                self.meeting += 1;
                done(abi::TIMED_OUT)
            }
            _ => done(abi::BROKEN),
        }
    }
}

impl ModelPrimitive for Barrier {
    fn ready(&self, _kind: &Kind, _worker: WorkerId, phase: Phase, operation: Operation) -> Ready {
        match (operation, phase) {
            (Operation::Meet { limit }, Phase::AtBarrier(_, meeting)) if self.meeting == meeting => waits(limit),
            _ => Ready::Now,
        }
    }

    fn apply(&mut self, kind: &Kind, caller: Caller, call: &Call) -> Effect {
        match (call.operation, caller.phase) {
            (Operation::Meet { .. }, Phase::AtBarrier(place, mine)) => self.leave(place, mine),
            (Operation::Meet { .. }, _) => self.come(kind.most().unwrap_or(1)),
            (operation, _) => refused(operation),
        }
    }

    fn held(&self, kind: &Kind, _name_of: NameOf<'_>) -> Content {
        if self.is_broken() { Content::Broken } else { Content::Barrier(self.come.into(), kind.most().unwrap_or(0)) }
    }
}
