//! What workers share: one memory mapping, and the queue, value, array, lock, trace and journal that live in it.
//!
//! The kernel makes the mapping before it forks, so every forked worker finds it at the same address; a fresh process maps
//! it anew ([`place`]). Nothing in it is owned by
//! a process: a worker may be killed at any instruction, and the others go on. Two rules make that hold. Whoever changes
//! something takes an [`OwnedLock`](lock::OwnedLock), which knows its owner's number, and the supervisor frees the locks
//! of a worker that has died. And every change becomes visible by one last atomic store.

pub mod barrier;
pub mod bytes;
pub mod clock;
pub mod condition;
pub mod cpu_time;
pub mod event;
pub mod futex;
pub mod journal;
pub mod lock;
#[path = "../prelude/look_again.rs"]
mod look_again;
pub mod mapping;
pub mod numbers;
pub mod place;
pub mod primitive;
pub mod queue;
pub mod quick_clock;
pub mod resource;
pub mod rlock;
pub mod run;
pub mod rwlock;
pub mod semaphore;
mod sides;
pub mod std_table;
mod sync_state;
pub mod thread_table;
pub mod trace;
pub mod turn_scheduler;

pub use crate::model::SyncError;
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
