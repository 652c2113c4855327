//! An event.

use super::futex;
use super::mapping::Arena;
use super::place;
use super::primitive::{NameOf, Primitive, Snapshot};
use super::sync_state::SyncState;
use super::{Deadline, SyncError, WorkerId};
use crate::model::{Content, WaitCondition};
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering::SeqCst;

/// A flag to wait for. Its word is odd while it is set, and grows with every change, so that a waiter notices that it was
/// set even if it has been cleared since.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Event(#[serde(with = "place::one")] &'static SyncState);

impl Event {
    /// A cleared one; `None` if the arena is used up.
    pub fn new(arena: &Arena) -> Option<Self> {
        arena.alloc().map(Self)
    }

    /// Sets it.
    pub fn set(&self) {
        let _ = self.0.count.fetch_update(SeqCst, SeqCst, |word| (word % 2 == 0).then(|| word.wrapping_add(1)));
        futex::wake_all(&self.0.count);
    }

    /// Clears it.
    pub fn clear(&self) {
        let _ = self.0.count.fetch_update(SeqCst, SeqCst, |word| (word % 2 == 1).then(|| word.wrapping_add(1)));
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.0.count.load(SeqCst) % 2 == 1
    }

    /// The first half of a wait: `None` if it is set, or else the word to wait for another of.
    pub fn look(&self) -> Option<u32> {
        Some(self.0.count.load(SeqCst)).filter(|word| word % 2 == 0)
    }

    /// Whether it has been set since its word was `first`.
    pub fn has_changed(&self, first: u32) -> bool {
        self.0.count.load(SeqCst) != first
    }

    /// The second half: waits until it has been set since its word was `first`.
    ///
    /// # Errors
    /// What `deadline` says.
    pub fn wait(&self, first: u32, deadline: &Deadline<'_>) -> Result<(), SyncError> {
        while !self.has_changed(first) {
            futex::wait(&self.0.count, first, deadline)?;
        }
        Ok(())
    }
}

impl Primitive for Event {
    fn snapshot(&self) -> Snapshot {
        Snapshot::Count(self.0.count.load(SeqCst))
    }

    fn restore(&self, snapshot: &Snapshot) {
        if let Snapshot::Count(word) = snapshot {
            self.0.count.store(*word, SeqCst);
        }
    }

    fn is_in_reach(&self, condition: WaitCondition, _worker: WorkerId, _waiters: u32) -> bool {
        condition != WaitCondition::Event || self.is_set()
    }

    fn wake_all(&self) {
        futex::wake_all(&self.0.count);
    }

    fn content(&self, _is_array: bool, _name_of: NameOf<'_>) -> Content {
        Content::Event(self.is_set())
    }
}
