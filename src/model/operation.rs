//! What a worker asks for at a scheduling point.

use super::{Action, SyncError, WaitCondition};
use serde::{Deserialize, Serialize};

/// The operations that a call can ask for. A `limit` is in nanoseconds: negative is without end, 0 is not to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
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
    /// Takes a read-write lock to read.
    Read { limit: i64 },
    /// Takes a read-write lock to write.
    Write { limit: i64 },
    /// Gives it back. If the worker is `unwinding` after a panic, this belongs to the step in which it panicked: nobody is
    /// let in between.
    Release { unwinding: bool },
    /// Sets an event.
    Set,
    /// Clears an event.
    Clear,
    /// Asks whether an event is set.
    IsSet,
    /// Waits until an event is set.
    WaitEvent { limit: i64 },
    /// Wakes so many waiters of a condition.
    Notify { count: u64 },
    /// Waits for a notification of a condition.
    WaitNotified { limit: i64 },
    /// Waits for the other parties of a barrier.
    Meet { limit: i64 },
    /// Puts an item.
    Put { limit: i64 },
    /// Takes an item.
    Get { limit: i64 },
    /// Asks for a queue's length.
    Len,
    /// Closes a queue.
    Close,
    /// Counts an item as done.
    ItemDone,
    /// Waits until all items are done.
    JoinQueue { limit: i64 },
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
    /// Reads a number and writes another in one step, if it is what is wanted.
    Update,
    /// Orders what stands before it and behind it.
    Fence,
    /// Gives up an end of a channel: the receiver, or the last sender.
    HangUp { receiver: bool },
    /// Starts a thread.
    Spawn { worker: u32 },
    /// Waits for a thread to end.
    Join { worker: u32 },
    /// Asks whether a thread has ended.
    IsFinished { worker: u32 },
    /// Waits until another thread lets it go on.
    Park { limit: i64 },
    /// Lets a thread go on.
    Unpark { worker: u32 },
    /// Lets others go first.
    Yield,
    /// Comes to what is to be initialized once, and waits while another does so.
    BeginOnce,
    /// Has initialized it, or has panicked instead.
    EndOnce { poisoned: bool },
    /// Prints.
    Print,
}

impl Operation {
    /// How long the call may wait, if it can wait at all.
    #[inline]
    pub fn limit(self) -> Option<i64> {
        match self {
            Operation::Acquire { limit, .. }
            | Operation::Read { limit }
            | Operation::Write { limit }
            | Operation::WaitEvent { limit }
            | Operation::WaitNotified { limit }
            | Operation::Meet { limit }
            | Operation::Put { limit }
            | Operation::Get { limit }
            | Operation::JoinQueue { limit }
            | Operation::Park { limit } => Some(limit),
            Operation::Join { .. } | Operation::BeginOnce => Some(-1),
            Operation::Sleep { time } => Some(time.max(0)),
            _ => None,
        }
    }

    /// Whether its wait has two phases, which are two steps: others take theirs between them.
    pub fn is_two_phase(self) -> bool {
        match self {
            Operation::WaitEvent { .. } | Operation::WaitNotified { .. } | Operation::Meet { .. } => true,
            // Who only tries never waits.
            Operation::Write { limit } => limit != 0,
            _ => false,
        }
    }

    /// What it waits for, if it may wait; `of_permits` says that it is about a semaphore.
    pub fn waits_for(self, of_permits: bool) -> Option<WaitCondition> {
        self.limit()?;
        match self {
            Operation::Acquire { .. } if of_permits => Some(WaitCondition::Permit),
            Operation::Acquire { .. } => Some(WaitCondition::Lock),
            Operation::Read { .. } => Some(WaitCondition::Read),
            Operation::Write { .. } => Some(WaitCondition::Write),
            Operation::Put { .. } => Some(WaitCondition::Room),
            Operation::Get { .. } => Some(WaitCondition::Item),
            Operation::JoinQueue { .. } => Some(WaitCondition::ItemsDone),
            Operation::WaitEvent { .. } => Some(WaitCondition::Event),
            Operation::WaitNotified { .. } => Some(WaitCondition::Notification),
            Operation::Meet { .. } => Some(WaitCondition::Parties),
            Operation::Join { .. } => Some(WaitCondition::Ended),
            Operation::Park { .. } => Some(WaitCondition::Unparked),
            Operation::BeginOnce => Some(WaitCondition::Initialized),
            _ => Some(WaitCondition::Time),
        }
    }

    /// What a worker that asked for it has done, by how that went: with a number, as in an answer of the host, or not at all. `None`
    /// for what is not recorded.
    #[inline(always)]
    pub fn action(self, outcome: Result<u64, SyncError>) -> Option<Action> {
        let value = match outcome {
            Ok(value) => value,
            Err(reason) => return Some(Action::GiveUp { reason }),
        };
        Some(match self {
            Operation::Load { index } => Action::Load { index, bits: value },
            Operation::Store { index, bits } => Action::Store { index, bits },
            Operation::SwapIf { old, new } => Action::Update { before: old, after: new },
            Operation::Acquire { .. } | Operation::Write { .. } => Action::Acquire,
            Operation::Read { .. } => Action::AcquireShared,
            Operation::Release { .. } => Action::Release,
            Operation::Set => Action::Set,
            Operation::Clear => Action::Clear,
            Operation::WaitEvent { .. } => Action::WaitEvent,
            Operation::Notify { count } => Action::Notify { count },
            Operation::WaitNotified { .. } => Action::WaitNotified,
            Operation::Meet { .. } => Action::Meet { place: value },
            Operation::Put { .. } => Action::Put { item: value, len: 0 },
            Operation::Get { .. } => Action::Get { item: value, len: 0 },
            Operation::Close => Action::Close,
            Operation::JoinQueue { .. } => Action::JoinQueue,
            Operation::Sleep { .. } => Action::Sleep,
            Operation::Peek { .. } | Operation::IsSet | Operation::Len | Operation::ItemDone => return None,
            Operation::Spawn { worker } => Action::Spawn { worker: worker.into() },
            Operation::Join { worker } => Action::Join { worker: worker.into() },
            Operation::Park { .. } => Action::Park,
            Operation::Unpark { worker } => Action::Unpark { worker: worker.into() },
            Operation::HangUp { .. } => Action::Close,
            // Who initializes holds it meanwhile; the others have waited for that.
            Operation::BeginOnce if value == 0 => Action::Acquire,
            Operation::BeginOnce => Action::WaitOnce,
            Operation::EndOnce { .. } => Action::Release,
            // Its two numbers are known only to who has done it.
            Operation::Update => return None,
            Operation::Fence | Operation::IsFinished { .. } | Operation::Yield | Operation::Print => return None,
            // A real pool notes what its workers do by itself, without any call.
            Operation::Pool { .. } | Operation::Claim | Operation::Complete { .. } | Operation::End { .. } => {
                return None;
            }
        })
    }

    /// Whether it changes nothing that others could see, and only asks.
    pub fn only_asks(self) -> bool {
        matches!(
            self,
            Operation::Load { .. }
                | Operation::IsSet
                | Operation::Len
                | Operation::IsFinished { .. }
                | Operation::Yield
        )
    }
}
