//! Why a call on something shared was not done.

use serde::{Deserialize, Serialize};

/// Why something was not done. The numbers stand in shared memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SyncError {
    /// The time limit passed.
    TimedOut = 1,
    /// The worker has been told to end, or was ended.
    Cancelled = 2,
    /// The caller would wait for itself.
    WouldDeadlock = 3,
    /// The caller does not hold what it wants to give back.
    NotOwner = 4,
    /// The queue is closed.
    Closed = 5,
    /// One more than there may be.
    TooMany = 6,
    /// The barrier is broken.
    Broken = 7,
    /// There is no shared memory left for it.
    NoSpace = 8,
    /// Nobody is left who could end the wait.
    Alone = 9,
}

impl SyncError {
    /// Each of them.
    pub const ALL: [Self; 9] = [
        Self::TimedOut,
        Self::Cancelled,
        Self::WouldDeadlock,
        Self::NotOwner,
        Self::Closed,
        Self::TooMany,
        Self::Broken,
        Self::NoSpace,
        Self::Alone,
    ];
}
