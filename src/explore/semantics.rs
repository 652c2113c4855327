//! What a call does to what is shared, and when it can be done: the same rules as those of the real thing.

use super::ExploreError;
use super::model::ModelObject;
use super::primitive::{Caller, Kind, MAX_NUMBERS};
use super::shared::Shared;
use crate::abi;
use crate::host::{Answer, Call, Operation};
pub use crate::host::{Effect, Phase, Ready};
use crate::shared::WorkerId;

/// What asking yields, for calls that [only ask](Operation::only_asks); and whether a try would succeed now.
pub fn news(object: &ModelObject, kind: &Kind, me: WorkerId, call: &Call, answer: Answer) -> bool {
    if call.operation.only_asks() {
        return Some(answer) != object.asked(call.operation);
    }
    let unlimited = match call.operation {
        Operation::Acquire { guarded, .. } => Operation::Acquire { limit: -1, guarded },
        Operation::Read { .. } => Operation::Read { limit: -1 },
        Operation::Write { .. } if matches!(object, ModelObject::RwLock(lock) if lock.readers() > 0) => return false,
        Operation::Write { .. } => Operation::Write { limit: -1 },
        Operation::Put { .. } => Operation::Put { limit: -1 },
        Operation::Get { .. } => Operation::Get { limit: -1 },
        Operation::JoinQueue { .. } => Operation::JoinQueue { limit: -1 },
        _ => return false,
    };
    answer.status == abi::TIMED_OUT && object.ready(kind, me, Phase::Before, unlimited) == Ready::Now
}

/// Whether a call that went so may belong to a loop that only asks.
pub fn may_be_of_a_round(operation: Operation, answer: Answer) -> bool {
    match operation {
        operation if operation.only_asks() => true,
        Operation::Sleep { .. } | Operation::Release { .. } => true,
        Operation::Acquire { limit, .. } | Operation::Read { limit } | Operation::Write { limit } => {
            limit < 0 || answer.status == abi::TIMED_OUT
        }
        operation if operation.is_two_phase() => false,
        operation => operation.limit().is_some() && answer.status == abi::TIMED_OUT,
    }
}

/// Does a worker's call, which is ready; `None` if there is no such thing.
///
/// # Errors
/// If it is about a thing that cannot be explored.
pub fn done(objects: &mut Shared, kind: &Kind, caller: Caller, call: &Call) -> Result<Option<Effect>, ExploreError> {
    let id = call.resource as usize;
    match objects.get(id) {
        Some(ModelObject::TooLarge { numbers }) => Err(ExploreError::System(format!(
            "the cell uses `{}`, which has {numbers} numbers, and an array that is explored can have {}",
            kind.name, MAX_NUMBERS
        ))),
        Some(object) => Ok(match object.asked(call.operation) {
            Some(answer) => Some(Effect::Done(answer)),
            None => objects.change(id, |object| object.apply(kind, caller, call)),
        }),
        None => Ok(None),
    }
}
