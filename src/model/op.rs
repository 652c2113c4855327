//! The kinds of event.

use serde::{Deserialize, Serialize};

/// What a worker can do that is recorded. The numbers `a` and `b` belong to the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Op {
    /// Slept.
    Sleep,
    /// Printed a line; `a` is its index in the run's output.
    Print,
    /// Read a value or an array's element: `a` is the index (0 for a value), `b` the bits that were read.
    Load,
    /// Wrote a value or an array's element: `a` is the index (0 for a value), `b` the bits that were written.
    Store,
    /// Read consecutive elements of an array at once: `a` is the first one's index, `b` how many.
    LoadMany,
    /// Wrote consecutive elements of an array at once: `a` is the first one's index, `b` how many.
    StoreMany,
    /// Added to a value in one step: `a` is the bits before, `b` the bits after.
    FetchAdd,
    /// Took a lock or a permit, after waiting for the event's duration.
    Acquire,
    /// Gave a lock or a permit back.
    Release,
    /// Put an item into a queue: `a` is the item's number from 0, `b` the number of items in the queue after it.
    Put,
    /// Took an item out of a queue: `a` is the item's number from 0, `b` the number of items in the queue after it.
    Get,
    /// Waited for an event, a condition, a barrier, or for a queue's items to be done.
    Wait,
    /// Signalled an event or a condition.
    Notify,
    /// Took a chunk of a pool's tasks: `a` is the first task's index, `b` how many tasks.
    Chunk,
    /// Was at one task of a pool: `a` is its index, `b` how it went: 0 for well, [`Op::FAILED`] or [`Op::CUT`].
    Task,
    /// Main opened the start gate.
    Open,
    /// Main waited for a worker to end: `a` is the worker.
    Join,
    /// An attempt that gave up: at a time limit, or because it would have had to wait. `b` says why:
    /// [`Op::ENDED`], [`Op::WOULD_DEADLOCK`], [`Op::CLOSED`], or another number.
    GaveUp,
    /// Ran a pool's initializer.
    Prepare,
    /// Cleared an event.
    Clear,
}

impl Op {
    /// Why an attempt gave up: its worker was told to end, or ended.
    pub const ENDED: u64 = 1;
    /// Why an attempt gave up: its worker holds the lock already.
    pub const WOULD_DEADLOCK: u64 = 2;
    /// Why an attempt gave up: the queue was closed.
    pub const CLOSED: u64 = 4;
    /// How a task went: it failed, or its worker died of it.
    pub const FAILED: u64 = 1;
    /// How a task went: its worker was ended from outside.
    pub const CUT: u64 = 2;

    /// Every kind, in the order of their numbers.
    pub const ALL: [Op; 20] = [
        Op::Sleep,
        Op::Print,
        Op::Load,
        Op::Store,
        Op::LoadMany,
        Op::StoreMany,
        Op::FetchAdd,
        Op::Acquire,
        Op::Release,
        Op::Put,
        Op::Get,
        Op::Wait,
        Op::Notify,
        Op::Chunk,
        Op::Task,
        Op::Open,
        Op::Join,
        Op::GaveUp,
        Op::Prepare,
        Op::Clear,
    ];

    /// The kind with this number.
    pub fn from_u8(number: u8) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_number() {
        for op in Op::ALL {
            assert_eq!(Op::from_u8(op as u8), Some(op));
        }
        assert_eq!(Op::from_u8(Op::ALL.len() as u8), None);
    }
}
