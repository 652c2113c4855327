//! A semaphore, bounded or not.

use super::mapping::Arena;
use super::place;
use super::primitive::{NameOf, Primitive, Snapshot};
use super::sync_state::SyncState;
use super::{Deadline, SyncError, WorkerId};
use crate::model::{Content, WaitCondition};
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering::SeqCst;

/// So many permits.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Semaphore {
    #[serde(with = "place::one")]
    state: &'static SyncState,
    /// The most permits, for a bounded one.
    limit: Option<u32>,
}

impl Semaphore {
    /// One with `permits` to take, and never more if `bounded`; `None` if the arena is used up.
    pub fn new(arena: &Arena, permits: u32, bounded: bool) -> Option<Self> {
        let state: &SyncState = arena.alloc()?;
        state.count.store(permits, SeqCst);
        Some(Self { state, limit: bounded.then_some(permits) })
    }

    /// Takes a permit.
    ///
    /// # Errors
    /// What `deadline` says.
    pub fn acquire(&self, deadline: &Deadline<'_>) -> Result<(), SyncError> {
        let SyncState { count, signal, .. } = self.state;
        let take = || Ok(count.fetch_update(SeqCst, SeqCst, |count| count.checked_sub(1)).ok());
        signal.wait_for(deadline, || count.load(SeqCst) > 0, take).map(drop)
    }

    /// Gives a permit back.
    ///
    /// # Errors
    /// [`SyncError::TooMany`] beyond the bound.
    pub fn release(&self) -> Result<(), SyncError> {
        let limit = self.limit.unwrap_or(u32::MAX);
        let more = |count: u32| (count < limit).then_some(count + 1);
        self.state.count.fetch_update(SeqCst, SeqCst, more).map_err(|_| SyncError::TooMany)?;
        self.state.signal.notify(1);
        Ok(())
    }

    /// The permits that are left.
    pub fn permits(&self) -> u32 {
        self.state.count.load(SeqCst)
    }
}

impl Primitive for Semaphore {
    fn snapshot(&self) -> Snapshot {
        Snapshot::Count(self.permits())
    }

    fn restore(&self, snapshot: &Snapshot) {
        if let Snapshot::Count(permits) = snapshot {
            self.state.count.store(*permits, SeqCst);
        }
    }

    fn is_in_reach(&self, condition: WaitCondition, _worker: WorkerId, _waiters: u32) -> bool {
        condition != WaitCondition::Permit || self.permits() > 0
    }

    fn wake_all(&self) {
        self.state.signal.wake_all();
    }

    fn content(&self, _is_array: bool, _name_of: NameOf<'_>) -> Content {
        Content::Permits(self.permits().into())
    }
}
