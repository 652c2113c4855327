//! What a worker does that is recorded.

use super::SyncError;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Something that a worker did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Slept.
    Sleep,
    /// Printed a line.
    Print {
        /// Its place in the run's output.
        line: u64,
    },
    /// Read a value or an element of an array.
    Load {
        /// The element; 0 for a value.
        index: u64,
        /// What was read.
        bits: u64,
    },
    /// Wrote a value or an element of an array.
    Store {
        /// The element; 0 for a value.
        index: u64,
        /// What was written.
        bits: u64,
    },
    /// Read consecutive elements of an array at once.
    LoadMany {
        /// The first of them.
        start: u64,
        /// How many.
        count: u64,
    },
    /// Wrote consecutive elements of an array at once.
    StoreMany {
        /// The first of them.
        start: u64,
        /// How many.
        count: u64,
    },
    /// Read a number and wrote another in one step, as `fetch_add` does.
    Update {
        /// The bits before.
        before: u64,
        /// The bits after.
        after: u64,
    },
    /// Took a lock or a permit; a read-write lock to write.
    Acquire,
    /// Took a read-write lock to read, as others may at the same time.
    AcquireShared,
    /// Gave a lock or a permit back.
    Release,
    /// Put an item into a queue.
    Put {
        /// The item's number among all that were put, from 0.
        item: u64,
        /// How many items were in the queue then; 0 until the trace is put together.
        len: u64,
    },
    /// Took an item out of a queue.
    Get {
        /// The item's number among all that were put, from 0.
        item: u64,
        /// How many items were left in the queue; 0 until the trace is put together.
        len: u64,
    },
    /// Closed a queue.
    Close,
    /// Waited until all items of a queue were done.
    JoinQueue,
    /// Set an event.
    Set,
    /// Cleared an event.
    Clear,
    /// Waited until an event was set.
    WaitEvent,
    /// Notified waiters of a condition.
    Notify {
        /// How many at most.
        count: u64,
    },
    /// Waited for a notification of a condition.
    WaitNotified,
    /// Met the other parties at a barrier.
    Meet {
        /// The place of arrival, from 0.
        place: u64,
    },
    /// Took a chunk of a pool's tasks.
    TakeTasks {
        /// The first of them.
        first: u64,
        /// How many.
        count: u64,
    },
    /// Was at one task of a pool.
    Task {
        /// Which.
        index: u64,
        /// How it went.
        outcome: TaskOutcome,
    },
    /// Ran a pool's initializer.
    Prepare,
    /// Main opened the start gate.
    Open,
    /// Waited for a worker to end.
    Join {
        /// The worker's number.
        worker: u64,
    },
    /// Started a thread.
    Spawn {
        /// The worker that the thread is.
        worker: u64,
    },
    /// Waited until another thread let it go on.
    Park,
    /// Let a thread go on.
    Unpark {
        /// The worker that the thread is.
        worker: u64,
    },
    /// Waited until another had initialized what is initialized once.
    WaitOnce,
    /// Gave a call up: at a time limit, or because it would have had to wait.
    GiveUp {
        /// Why.
        reason: SyncError,
    },
}

/// How a task of a pool went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TaskOutcome {
    /// It was done.
    Done = 0,
    /// It failed, or its worker died of it.
    Failed = 1,
    /// Its worker was ended from outside.
    Cut = 2,
}

/// A field of an action as a number.
trait Word: Sized {
    fn word(self) -> u64;
    fn of_word(word: u64) -> Option<Self>;
}

impl Word for u64 {
    fn word(self) -> u64 {
        self
    }

    fn of_word(word: u64) -> Option<Self> {
        Some(word)
    }
}

impl Word for TaskOutcome {
    fn word(self) -> u64 {
        self as u64
    }

    fn of_word(word: u64) -> Option<Self> {
        [Self::Done, Self::Failed, Self::Cut].into_iter().find(|outcome| *outcome as u64 == word)
    }
}

impl Word for SyncError {
    fn word(self) -> u64 {
        self as u64
    }

    fn of_word(word: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|error| *error as u64 == word)
    }
}

/// The kinds of actions: each with its number in shared memory and the fields that stand beside it there, at most two.
macro_rules! kinds {
    ($($kind:ident = $number:literal { $($field:ident),* })*) => {
        /// The kinds of [`Action`], to count and to choose them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is described at the action of its name")]
        pub enum ActionKind {
            $($kind = $number),*
        }

        impl ActionKind {
            /// Each of them, by its number.
            pub const ALL: [Self; [$($number),*].len()] = [$(Self::$kind),*];
        }

        impl Action {
            /// What kind of action it is.
            #[inline(always)]
            pub fn kind(self) -> ActionKind {
                match self {
                    $(Self::$kind { .. } => ActionKind::$kind),*
                }
            }

            /// As shared memory has it: the kind, and two numbers.
            #[inline(always)]
            pub fn encode(self) -> (ActionKind, u64, u64) {
                let word = |words: &[u64], n: usize| words.get(n).copied().unwrap_or(0);
                // `map` of an array would be a call here.
                let words = |words: &[u64]| [word(words, 0), word(words, 1)];
                let [a, b] = match self {
                    $(Self::$kind { $($field),* } => words(&[$($field.word()),*])),*
                };
                (self.kind(), a, b)
            }

            /// From what [`encode`](Self::encode) made of it; `None` if it was nothing that this can be.
            pub fn decode(kind: u64, a: u64, b: u64) -> Option<Self> {
                let mut words = [a, b].into_iter();
                Some(match kind {
                    $($number => Self::$kind { $($field: Word::of_word(words.next()?)?),* },)*
                    _ => return None,
                })
            }
        }
    };
}

kinds! {
    Sleep = 0 {}
    Print = 1 { line }
    Load = 2 { index, bits }
    Store = 3 { index, bits }
    LoadMany = 4 { start, count }
    StoreMany = 5 { start, count }
    Update = 6 { before, after }
    Acquire = 7 {}
    Release = 8 {}
    Put = 9 { item, len }
    Get = 10 { item, len }
    Close = 11 {}
    JoinQueue = 12 {}
    Set = 13 {}
    Clear = 14 {}
    WaitEvent = 15 {}
    Notify = 16 { count }
    WaitNotified = 17 {}
    Meet = 18 { place }
    TakeTasks = 19 { first, count }
    Task = 20 { index, outcome }
    Prepare = 21 {}
    Open = 22 {}
    Join = 23 { worker }
    GiveUp = 24 { reason }
    AcquireShared = 25 {}
    Spawn = 26 { worker }
    Park = 27 {}
    Unpark = 28 { worker }
    WaitOnce = 29 {}
}

impl Action {
    /// The bits of the one number that was read or written, if that is what was done.
    pub fn bits(self) -> Option<u64> {
        match self {
            Self::Load { bits, .. } | Self::Store { bits, .. } | Self::Update { after: bits, .. } => Some(bits),
            _ => None,
        }
    }

    /// The elements that were read or written, from the first to behind the last; a value has one.
    pub fn elements(self) -> Option<Range<u64>> {
        match self {
            Self::Load { index, .. } | Self::Store { index, .. } => Some(index..index.saturating_add(1)),
            Self::LoadMany { start, count } | Self::StoreMany { start, count } => {
                Some(start..start.saturating_add(count))
            }
            Self::Update { .. } => Some(0..1),
            _ => None,
        }
    }

    /// Whether it is a wait that its worker's end cut short: who was ended from outside did not give up.
    pub fn is_cut(self) -> bool {
        matches!(self, Self::GiveUp { reason: SyncError::Cancelled })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_read_as_it_was_written() {
        let outcomes = [TaskOutcome::Done, TaskOutcome::Failed, TaskOutcome::Cut];
        let reasons = SyncError::ALL.map(|reason| Action::GiveUp { reason });
        let all: Vec<Action> = (0..ActionKind::ALL.len() as u64)
            .filter_map(|kind| Action::decode(kind, 1, 1))
            .chain(outcomes.map(|outcome| Action::Task { index: u64::MAX, outcome }))
            .chain(reasons)
            .chain([Action::Put { item: u64::MAX, len: 7 }, Action::Update { before: 3, after: u64::MAX }])
            .collect();
        for action in all {
            let (kind, a, b) = action.encode();
            assert_eq!(Action::decode(kind as u64, a, b), Some(action));
            assert_eq!(ActionKind::ALL[kind as usize], kind);
        }
    }

    #[test]
    fn what_was_never_written_is_no_action() {
        let [task, gave_up] = [ActionKind::Task, ActionKind::GiveUp].map(|kind| kind as u64);
        for (kind, a, b) in [(ActionKind::ALL.len() as u64, 0, 0), (u64::MAX, 0, 0), (task, 0, 3), (gave_up, 0, 0)] {
            assert_eq!(Action::decode(kind, a, b), None);
        }
    }

    #[test]
    fn the_kinds_stand_in_the_order_of_their_numbers() {
        for (number, kind) in ActionKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
            assert_eq!(Action::decode(number as u64, 1, 1).map(Action::kind), Some(kind));
        }
    }
}
