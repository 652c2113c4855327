//! What workers share: one memory mapping, and the queue, value, array, lock, trace and journal that live in it.
//!
//! The kernel makes the mapping before it forks, so every forked worker finds it at the same address; a fresh process maps
//! it anew ([`place`]). Nothing in it is owned by
//! a process: a worker may be killed at any instruction, and the others go on. Two rules make that hold. Whoever changes
//! something takes an [`OwnedLock`](lock::OwnedLock), which knows its owner's number, and the supervisor frees the locks
//! of a worker that has died. And every change becomes visible by one last atomic store.

pub mod bytes;
pub mod clock;
pub mod condition;
pub mod content;
pub mod futex;
pub mod journal;
pub mod lock;
pub mod mapping;
pub mod numbers;
pub mod place;
pub mod queue;
pub mod resource;
pub mod run;
pub mod sides;
pub mod sync;
pub mod trace;
pub mod turn_scheduler;
mod wait_condition;

use crate::model::Op;
use std::sync::atomic::{AtomicU32, Ordering};

/// A worker's number in its run; 0 is main.
pub type WorkerId = u32;

/// How long a call may wait, and who may end its wait.
#[derive(Clone, Copy)]
pub struct Deadline<'a> {
    /// The time on [`clock::now`] at which waiting ends; `None` is never, and 0 is before it begins.
    pub at: Option<u64>,
    /// Becomes nonzero when the worker has been told to end.
    pub cancel: Option<&'a AtomicU32>,
}

impl Deadline<'static> {
    /// Waits as long as it takes.
    pub const ENDLESS: Self = Self { at: None, cancel: None };
}

impl Deadline<'_> {
    /// Why waiting must end now, if it must.
    pub fn spent(&self) -> Result<(), SyncError> {
        if self.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed) != 0) {
            return Err(SyncError::Cancelled);
        }
        match self.at {
            Some(deadline) if deadline == 0 || clock::now() >= deadline => Err(SyncError::TimedOut),
            _ => Ok(()),
        }
    }
}

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncError {
    /// The time limit passed.
    TimedOut,
    /// The worker has been told to end.
    Cancelled,
    /// The caller would wait for itself.
    WouldDeadlock,
    /// The caller does not hold what it wants to give back.
    NotOwner,
    /// The queue is closed.
    Closed,
    /// One more than there may be.
    TooMany,
    /// The barrier is broken.
    Broken,
    /// No shared memory is left for it.
    NoSpace,
    /// Nobody is left who could end the wait.
    Alone,
}

impl SyncError {
    /// The number by which a trace says why an attempt was given up.
    pub fn reason(self) -> u64 {
        match self {
            SyncError::TimedOut => 0,
            SyncError::Cancelled => Op::ENDED,
            SyncError::WouldDeadlock => Op::WOULD_DEADLOCK,
            SyncError::NotOwner => 3,
            SyncError::Closed => Op::CLOSED,
            SyncError::TooMany => 5,
            SyncError::Broken => 6,
            SyncError::NoSpace => 7,
            SyncError::Alone => 8,
        }
    }
}
