//! The memory that queues share with each other and with whatever else is declared.

use crate::shared::mapping::Arena;
use crate::shared::place;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

/// A queue's part in the memory of all.
///
/// Each queue has two words here, of which it alone writes: up to where it has taken memory, moved under its tail's lock, and
/// up to where it has given it back, moved under its head's. What it has is the difference, so a worker that is killed
/// leaves no count half done.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Budget {
    /// Two words for each queue, and at last the memory of all that is no queue.
    #[serde(with = "place::many")]
    words: &'static [AtomicU64],
    /// Which queue it is.
    queue: usize,
    /// The bytes of all together.
    limit: u64,
}

impl Budget {
    /// A budget for so many queues; `None` if the arena is used up.
    pub fn new(arena: &Arena, queues: usize, limit: u64) -> Option<Self> {
        Some(Self { words: arena.alloc_slice(2 * queues + 1)?, queue: 0, limit })
    }

    /// The part of another queue, by its number.
    pub fn of(self, queue: usize) -> Self {
        Self { queue, ..self }
    }

    /// Says how many bytes all that is no queue takes; whether that fits beside the queues.
    pub fn set_others(&self, bytes: u64) -> bool {
        if let Some(word) = self.words.last() {
            word.store(bytes, Relaxed);
        }
        self.all() <= self.limit
    }

    /// How many bytes are left.
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.all())
    }

    fn word(&self, which: usize) -> &AtomicU64 {
        &self.words[2 * self.queue + which]
    }

    /// What a queue has, by its two words.
    fn has([taken, freed]: &[AtomicU64; 2]) -> u64 {
        taken.load(Relaxed).saturating_sub(freed.load(Relaxed))
    }

    /// The memory of all together.
    fn all(&self) -> u64 {
        let (queues, others) = self.words.as_chunks::<2>();
        let others = others.iter().map(|word| word.load(Relaxed));
        queues.iter().map(Self::has).chain(others).fold(0, u64::saturating_add)
    }

    /// Under both locks: the queue has what these words say, if there is as much, and else what it had.
    pub(super) fn exchange(&self, taken: u64, freed: u64) -> bool {
        let [taken_before, freed_before] = self.words();
        self.set(taken, freed);
        let fits = self.all() <= self.limit;
        if !fits {
            self.set(taken_before, freed_before);
        }
        fits
    }

    /// Under the tail's lock: takes memory up to a position, if it has not and there is as much.
    pub(super) fn extend(&self, to: u64) -> bool {
        let before = self.word(0).load(Relaxed);
        if to <= before {
            return true;
        }
        // Taken first and counted then: of two who do so at once none overlooks the other.
        self.word(0).store(to, Relaxed);
        let fits = self.all() <= self.limit;
        if !fits {
            self.word(0).store(before, Relaxed);
        }
        fits
    }

    /// Under the head's lock: up to where memory has been given back.
    pub(super) fn freed(&self) -> u64 {
        self.word(1).load(Acquire)
    }

    /// Under the head's lock: memory has been given back up to there.
    pub(super) fn free(&self, to: u64) {
        self.word(1).store(to, Release);
    }

    /// Under both locks: what the queue has.
    pub(super) fn set(&self, taken: u64, freed: u64) {
        self.word(1).store(freed, Relaxed);
        self.word(0).store(taken, Relaxed);
    }

    /// Both words.
    pub(super) fn words(&self) -> [u64; 2] {
        [self.word(0).load(Relaxed), self.word(1).load(Relaxed)]
    }
}
