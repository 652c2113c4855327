//! A call with its answer as the steps of an interleaving tell it, of an explored worker and of a real one alike.

use super::primitive::Kind;
use crate::abi;
use crate::host::{Answer, Call, Operation};
use crate::model::{CallResult, ScalarType, StepCall};

/// What came of a call on a resource of this kind; without an answer, its worker began to wait.
pub fn result_of(call: &Call, answer: Option<Answer>, kind: Option<&Kind>) -> CallResult {
    let value = match answer {
        // Who ended in the midst of a call that never waits has no answer either.
        None if call.is_sleep() || call.operation.limit().is_none() => return CallResult::Done,
        None => return CallResult::Waits,
        Some(Answer { status: abi::OK, value }) => value,
        Some(Answer { status: abi::TIMED_OUT, .. }) => return CallResult::NotInTime,
        Some(Answer { status: abi::CLOSED, .. }) => return CallResult::Closed,
        Some(Answer { status: abi::OWNER_DIED, .. }) => return CallResult::OwnerDied,
        Some(Answer { status: abi::BROKEN, .. }) => return CallResult::Broken,
        Some(_) => return CallResult::Failed,
    };
    match (call.operation, kind) {
        (Operation::Load { .. } | Operation::Peek { .. }, _) => CallResult::Number(value),
        (Operation::IsSet, _) => CallResult::Flag(value != 0),
        (Operation::Len, _) => CallResult::Count(value),
        (Operation::Get { .. }, _) => CallResult::Item,
        (Operation::Claim, Some(kind)) => {
            let tasks = kind.chunk(value);
            CallResult::Tasks(tasks.start, tasks.end.saturating_sub(1).max(tasks.start))
        }
        _ => CallResult::Done,
    }
}

/// A call on a resource of this kind; `bytes` are those of the item that was put or taken, where they are known.
pub fn step_call(kind: Option<&Kind>, call: &Call, result: CallResult, bytes: Option<&[u8]>) -> StepCall {
    let kind = kind.filter(|_| !call.is_sleep());
    let has_item = matches!(call.operation, Operation::Put { .. }) || result == CallResult::Item;
    StepCall {
        operation: call.operation,
        name: kind.map_or_else(String::new, |kind| kind.name.clone()),
        kind: kind.and_then(|kind| kind.kind),
        item: bytes.filter(|_| has_item).zip(kind).and_then(|(bytes, kind)| item_text(kind, bytes)),
        result,
    }
}

/// The number of an array or a value that a call is about.
pub fn index(call: &Call) -> Option<u64> {
    match call.operation {
        Operation::Load { index } | Operation::Peek { index } | Operation::Store { index, .. } => Some(index),
        Operation::SwapIf { .. } => Some(0),
        _ => None,
    }
}

/// An item, where its type is one whose bytes are known here.
fn item_text(kind: &Kind, bytes: &[u8]) -> Option<String> {
    let item = kind.item.as_deref()?;
    let of = ScalarType::parse(item).filter(|of| of.rust_name() == item && of.size() == bytes.len())?;
    let bits = bytes.iter().rev().fold(0, |bits: u64, byte| bits.wrapping_shl(8) | u64::from(*byte));
    Some(of.text(bits))
}
