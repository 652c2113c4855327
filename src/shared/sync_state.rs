//! The words of the relatives of the lock: re-entrant lock, semaphore, event, barrier.

use super::bytes::Shared;
use super::futex::Signal;
use super::lock::OwnedLock;
use std::sync::atomic::AtomicU32;

/// The words that any of them needs.
#[repr(C)]
pub struct SyncState {
    /// Who holds it, if it can be held.
    pub lock: OwnedLock,
    /// What it counts.
    pub count: AtomicU32,
    /// Whom it wakes.
    pub signal: Signal,
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for SyncState {}
