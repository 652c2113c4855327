//! A semaphore, bounded or not.

use super::{Caller, Kind, ModelPrimitive, NameOf, done, now_or_later, refused};
use crate::abi;
use crate::host::{Call, Effect, Operation, Phase, Ready};
use crate::model::Content;
use crate::shared::WorkerId;

/// Permits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Semaphore {
    permits: u32,
}

impl Semaphore {
    /// One that has so many permits now.
    pub fn new(permits: u32) -> Self {
        Self { permits }
    }
}

impl ModelPrimitive for Semaphore {
    fn ready(&self, _kind: &Kind, _worker: WorkerId, _phase: Phase, operation: Operation) -> Ready {
        match operation {
            Operation::Acquire { limit, .. } => now_or_later(self.permits > 0, limit),
            _ => Ready::Now,
        }
    }

    fn apply(&mut self, kind: &Kind, _caller: Caller, call: &Call) -> Effect {
        done(match call.operation {
            Operation::Acquire { .. } if self.permits > 0 => {
                self.permits -= 1;
                abi::OK
            }
            Operation::Acquire { .. } => abi::TIMED_OUT,
            Operation::Release { .. } if kind.most().is_some_and(|most| u64::from(self.permits) >= most) => {
                abi::TOO_MANY
            }
            Operation::Release { .. } => {
                self.permits += 1;
                abi::OK
            }
            operation => return refused(operation),
        })
    }

    fn held(&self, _kind: &Kind, _name_of: NameOf<'_>) -> Content {
        Content::Permits(self.permits.into())
    }
}
