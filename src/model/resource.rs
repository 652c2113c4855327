//! What workers share, as far as the events of a run must be read by it.

use super::scalar::ScalarType;
use serde::{Deserialize, Serialize};

/// What a resource is, as far as its events must be read by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A queue.
    Queue {
        /// How many items it holds before `put` waits; `None` is without limit.
        maxsize: Option<u64>,
    },
    /// One number of this type.
    Value(ScalarType),
    /// An array.
    Array {
        /// Its elements' type, by which the bits of a load or a store are read.
        of: ScalarType,
        /// The number of its elements.
        len: u64,
    },
    /// A lock or one of its relatives.
    Lock(LockKind),
}

impl Shape {
    /// The type of its numbers, if it has any.
    pub fn number_type(self) -> Option<ScalarType> {
        match self {
            Self::Value(of) | Self::Array { of, .. } => Some(of),
            Self::Queue { .. } | Self::Lock(_) => None,
        }
    }
}

/// The lock family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LockKind {
    /// One owner at a time, not re-entrant.
    Lock,
    /// One owner at a time, who may take it again.
    RLock,
    /// Many readers at once, or one writer.
    RwLock,
    /// A counter that `acquire` takes from and `release` adds to; the number is its first count.
    Semaphore(u32),
    /// A semaphore whose count may not pass its first.
    BoundedSemaphore(u32),
    /// A flag that workers wait for.
    Event,
    /// A lock with a waiting room.
    Condition,
    /// A meeting point for so many workers.
    Barrier(u32),
}

impl LockKind {
    /// The kinds as they are declared.
    pub const WORDS: [&str; 8] =
        ["lock", "rlock", "rwlock", "semaphore", "bounded_semaphore", "event", "condition", "barrier"];

    /// The type by which a job takes it.
    pub fn handle(self) -> &'static str {
        match self {
            Self::Lock => "Lock",
            Self::RLock => "RLock",
            Self::RwLock => "RwLock",
            Self::Semaphore(_) => "Semaphore",
            Self::BoundedSemaphore(_) => "BoundedSemaphore",
            Self::Event => "Event",
            Self::Condition => "Condition",
            Self::Barrier(_) => "Barrier",
        }
    }

    /// How many permits or parties it was declared with.
    pub fn count(self) -> Option<u32> {
        match self {
            Self::Semaphore(count) | Self::BoundedSemaphore(count) | Self::Barrier(count) => Some(count),
            _ => None,
        }
    }
}
