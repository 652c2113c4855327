//! A re-entrant lock.

use super::lock::{Acquired, OwnedLock};
use super::mapping::Arena;
use super::place;
use super::primitive::{NameOf, Primitive, Snapshot};
use super::sync_state::SyncState;
use super::{Deadline, SyncError, WorkerId};
use crate::model::Content;
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering::SeqCst;

/// A lock that its owner may take again.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct RLock(#[serde(with = "place::one")] &'static SyncState);

impl RLock {
    /// A free one; `None` if the arena is used up.
    pub fn new(arena: &Arena) -> Option<Self> {
        arena.alloc().map(Self)
    }

    /// Takes it, once more if `me` holds it.
    ///
    /// # Errors
    /// What `deadline` says.
    pub fn acquire(&self, me: WorkerId, deadline: &Deadline<'_>) -> Result<Acquired, SyncError> {
        if self.0.lock.owner() == Some(me) {
            self.0.count.fetch_add(1, SeqCst);
            return Ok(Acquired::Clean);
        }
        let taken = self.0.lock.acquire(me, deadline)?;
        self.0.count.store(1, SeqCst);
        Ok(taken)
    }

    /// Gives it back once.
    ///
    /// # Errors
    /// [`SyncError::NotOwner`] if `me` does not hold it.
    pub fn release(&self, me: WorkerId) -> Result<(), SyncError> {
        if self.0.lock.owner() != Some(me) {
            return Err(SyncError::NotOwner);
        }
        if self.0.count.fetch_sub(1, SeqCst) > 1 { Ok(()) } else { self.0.lock.release(me) }
    }

    /// Notes the line where it was taken, the first time if several. Called by its owner alone.
    pub fn note_line(&self, line: u32) {
        if self.0.count.load(SeqCst) == 1 {
            self.0.lock.note_line(line);
        }
    }
}

impl Primitive for RLock {
    fn snapshot(&self) -> Snapshot {
        Snapshot::Count(self.0.count.load(SeqCst))
    }

    fn restore(&self, snapshot: &Snapshot) {
        if let Snapshot::Count(count) = snapshot {
            self.0.count.store(*count, SeqCst);
            self.0.lock.clear();
        }
    }

    fn lock(&self) -> Option<&'static OwnedLock> {
        Some(&self.0.lock)
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.0.lock.release_owned_by(dead);
    }

    fn wake_all(&self) {
        self.0.lock.wake_all();
    }

    fn content(&self, _is_array: bool, name_of: NameOf<'_>) -> Content {
        Content::Lock(self.0.lock.owner().map(name_of), 0)
    }
}
