//! A call that a worker makes at a scheduling point, and its answer.

use super::bits_of;
use crate::abi::{self, Status};
use crate::shared::SyncError;
use serde::{Deserialize, Serialize};

/// How many numbers a call is written down as.
pub const WORDS: usize = 4;

/// A call of a worker that concerns what is shared, or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Call {
    /// What is to be done, with its arguments.
    pub operation: Operation,
    /// The resource's id; unused where time alone is concerned.
    pub resource: u32,
    /// The line of the call in the generated source; 0 where there is none.
    pub line: u32,
}

/// The operations that a call can ask for. A `limit` is in nanoseconds: negative is without end, 0 is not to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the description of each operation says what its arguments are")]
pub enum Operation {
    /// Reads a number.
    Load { index: u64 },
    /// Reads a number as the first half of a step that [`Operation::SwapIf`] completes.
    Peek { index: u64 },
    /// Writes a number.
    Store { index: u64, bits: u64 },
    /// Writes `new` where `old` stands: the second half of a step.
    SwapIf { old: u64, new: u64 },
    /// Takes a lock, or a permit; a guard gives it back where it is `guarded`.
    Acquire { limit: i64, guarded: bool },
    /// Gives it back. If the worker is `unwinding` after a panic, this belongs to the step in which it panicked: nobody is
    /// let in between.
    Release { unwinding: bool },
    /// Waits for an event, a condition or a barrier.
    Wait { limit: i64 },
    /// Sets an event, or wakes so many waiters of a condition.
    Notify { count: u64 },
    /// Clears an event.
    Clear,
    /// Asks whether an event is set.
    IsSet,
    /// Puts an item, by its number among all different items.
    Put { item: u32, limit: i64 },
    /// Takes an item.
    Get { limit: i64 },
    /// Asks for a queue's length.
    Len,
    /// Closes a queue.
    Close,
    /// Counts an item as done.
    ItemDone,
    /// Waits until all items are done.
    Join { limit: i64 },
    /// Sleeps.
    Sleep { time: i64 },
    /// Comes to a pool of so many tasks: main, or one of its workers.
    Pool { tasks: u64 },
    /// Claims tasks of a pool.
    Claim,
    /// Says that a task of a pool is complete.
    Complete { task: u64 },
    /// Ends with this exit code, wherever that is.
    End { code: i32 },
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
        let done = matches!(self.operation, Operation::ItemDone | Operation::Join { .. });
        (!self.is_sleep() && !self.is_task()).then_some((self.resource, done))
    }

    /// Whether it is about time alone.
    pub fn is_sleep(&self) -> bool {
        matches!(self.operation, Operation::Sleep { .. })
    }

    /// The resource that it is about, by id; `None` where that is time alone.
    pub fn subject(&self) -> Option<u32> {
        (!self.is_sleep()).then_some(self.resource)
    }

    /// Whether it is done together with the call before it, in one step.
    pub fn belongs_to_the_step(&self) -> bool {
        matches!(self.operation, Operation::SwapIf { .. } | Operation::Release { unwinding: true })
    }
}

impl Operation {
    /// How long the call may wait, if it can wait at all.
    pub fn limit(self) -> Option<i64> {
        match self {
            Operation::Acquire { limit, .. }
            | Operation::Wait { limit }
            | Operation::Put { limit, .. }
            | Operation::Get { limit }
            | Operation::Join { limit } => Some(limit),
            Operation::Sleep { time } => Some(time.max(0)),
            _ => None,
        }
    }

    /// Whether it changes nothing that others could see, and only asks.
    pub fn only_asks(self) -> bool {
        matches!(self, Operation::Load { .. } | Operation::IsSet | Operation::Len)
    }
}

impl Call {
    /// As numbers, which are not all 0, for who follows a schedule to write down.
    pub fn words(&self) -> [u64; WORDS] {
        let mut bytes = [0; WORDS * 8];
        // The tag, two numbers of at most ten bytes each, and two of at most five: there is always room.
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
            Operation::Put { item: u32::MAX, limit: i64::MIN },
            Operation::End { code: i32::MIN },
            Operation::Load { index: 0 },
        ];
        for operation in longest {
            for number in [0, u32::MAX] {
                let call = Call { operation, resource: number, line: number };
                assert_eq!(Call::of_words(call.words()), Some(call));
            }
        }
        assert_eq!(Call::of_words([0; WORDS]), None);
    }
}
