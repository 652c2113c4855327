//! A call that a worker makes at a scheduling point, and its answer.

use super::bits_of;
use crate::abi::{self, Status};
use crate::model::{Operation, SyncError};
use serde::{Deserialize, Serialize};

/// How many numbers a call is written down as.
pub const WORDS: usize = 5;

/// A call of a worker that concerns what is shared, or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Call {
    /// What is to be done, with its arguments.
    pub operation: Operation,
    /// The resource's id; unused where time alone is concerned.
    pub resource: u32,
    /// The line of the call, as a number that [`Position::from_packed`](crate::model::Position::from_packed) reads.
    pub line: u32,
    /// The item that is put, by its number among all different items, where these are counted; else 0.
    pub item: u32,
}

/// The answer to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Answer {
    /// How it went.
    pub status: Status,
    /// The number that was read, the item that was taken, the place of arrival.
    pub value: u64,
}

impl Answer {
    /// It went well and yields a number.
    pub fn value(value: u64) -> Self {
        Self { status: abi::OK, value }
    }

    /// How it went, without a number.
    pub fn status(status: Status) -> Self {
        Self { status, value: 0 }
    }
}

impl From<SyncError> for Answer {
    fn from(error: SyncError) -> Self {
        Self::status(match error {
            SyncError::TimedOut => abi::TIMED_OUT,
            SyncError::Cancelled => abi::CANCELLED,
            SyncError::WouldDeadlock => abi::WOULD_DEADLOCK,
            SyncError::NotOwner => abi::NOT_OWNER,
            SyncError::Closed => abi::CLOSED,
            SyncError::TooMany => abi::TOO_MANY,
            SyncError::Broken => abi::BROKEN,
            SyncError::NoSpace => abi::NO_SPACE,
            SyncError::Alone => abi::ALONE,
        })
    }
}

impl Call {
    /// A call that puts no item.
    pub const fn new(operation: Operation, resource: u32, line: u32) -> Self {
        Self { operation, resource, line, item: 0 }
    }

    /// Whether it is about the tasks of a pool.
    pub fn is_task(&self) -> bool {
        matches!(
            self.operation,
            Operation::Pool { .. } | Operation::Claim | Operation::Complete { .. } | Operation::End { .. }
        )
    }

    /// The resource that it is about, by id, if it is about any that is declared; and whether it is about items of a queue that
    /// are done.
    pub fn uses(&self) -> Option<(u32, bool)> {
        let done = matches!(self.operation, Operation::ItemDone | Operation::JoinQueue { .. });
        (!self.is_sleep() && !self.is_task()).then_some((self.resource, done))
    }

    /// Whether it is about time alone.
    #[inline]
    pub fn is_sleep(&self) -> bool {
        matches!(self.operation, Operation::Sleep { .. })
    }

    /// The resource that it is about, by id; `None` where it is about time, a thread, or what is printed.
    pub fn subject(&self) -> Option<u32> {
        let has_none = matches!(
            self.operation,
            Operation::Sleep { .. }
                | Operation::Spawn { .. }
                | Operation::Join { .. }
                | Operation::IsFinished { .. }
                | Operation::Park { .. }
                | Operation::Unpark { .. }
                | Operation::Yield
                | Operation::Fence
                | Operation::Print
        );
        (!has_none).then_some(self.resource)
    }

    /// Whether it is done together with the call before it, in one step.
    #[inline]
    pub fn belongs_to_the_step(&self) -> bool {
        matches!(self.operation, Operation::SwapIf { .. } | Operation::Release { unwinding: true })
    }
}

impl Call {
    /// As numbers, which are not all 0, for who follows a schedule to write down.
    pub fn words(&self) -> [u64; WORDS] {
        let mut bytes = [0; WORDS * 8];
        // Two tags, two numbers of at most ten bytes each, and three of at most five: there is always room.
        let _ = postcard::to_slice(&Some(self), &mut bytes);
        std::array::from_fn(|n| bits_of(&bytes[n * 8..n * 8 + 8]))
    }

    /// From the numbers that it was written down as, if that was so.
    pub fn of_words(words: [u64; WORDS]) -> Option<Self> {
        postcard::from_bytes::<Option<Self>>(words.map(u64::to_le_bytes).as_flattened()).ok()?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_the_longest_call_is_read_as_it_was_written() {
        let most = u64::MAX;
        let longest = [
            Operation::SwapIf { old: most, new: most },
            Operation::Put { limit: i64::MIN },
            Operation::End { code: i32::MIN },
            Operation::Load { index: 0 },
        ];
        for operation in longest {
            for number in [0, u32::MAX] {
                let call = Call { operation, resource: number, line: number, item: number };
                assert_eq!(Call::of_words(call.words()), Some(call));
            }
        }
        assert_eq!(Call::of_words([0; WORDS]), None);
    }
}
