//! The relatives of the lock: re-entrant lock, semaphore, event, barrier.

use super::bytes::Shared;
use super::futex::{self, Signal};
use super::lock::{Acquired, OwnedLock};
use super::mapping::Arena;
use super::place;
use super::{Deadline, SyncError, WorkerId};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// The words that any of them needs.
#[repr(C)]
struct State {
    lock: OwnedLock,
    count: AtomicU32,
    other: AtomicU32,
    signal: Signal,
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for State {}

/// A lock that its owner may take again.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct RLock(#[serde(with = "place::one")] &'static State);

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

    /// The lock under it.
    pub fn lock(&self) -> &'static OwnedLock {
        &self.0.lock
    }

    /// Notes the line where it was taken, the first time if several. Called by its owner alone.
    pub fn note_line(&self, line: u32) {
        if self.0.count.load(SeqCst) == 1 {
            self.0.lock.note_line(line);
        }
    }

    /// Frees it if `dead` held it.
    pub fn release_owned_by(&self, dead: WorkerId) {
        self.0.lock.release_owned_by(dead);
    }

    /// Wakes everybody, so that they check their deadlines again.
    pub fn wake_all(&self) {
        self.0.lock.wake_all();
    }
}

/// So many permits.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Semaphore {
    #[serde(with = "place::one")]
    state: &'static State,
    /// The most permits, for a bounded one.
    limit: Option<u32>,
}

impl Semaphore {
    /// One with `permits` to take, and never more if `bounded`; `None` if the arena is used up.
    pub fn new(arena: &Arena, permits: u32, bounded: bool) -> Option<Self> {
        let state: &State = arena.alloc()?;
        state.count.store(permits, SeqCst);
        Some(Self { state, limit: bounded.then_some(permits) })
    }

    /// Takes a permit.
    ///
    /// # Errors
    /// What `deadline` says.
    pub fn acquire(&self, deadline: &Deadline<'_>) -> Result<(), SyncError> {
        let State { count, signal, .. } = self.state;
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

    /// Wakes everybody, so that they look again.
    pub fn wake_all(&self) {
        self.state.signal.wake_all();
    }
}

/// A flag to wait for. Its word is odd while it is set, and grows with every change, so that a waiter notices that it was
/// set even if it has been cleared since.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Event(#[serde(with = "place::one")] &'static State);

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

    /// Wakes everybody, so that they look again.
    pub fn wake_all(&self) {
        futex::wake_all(&self.0.count);
    }
}

/// A meeting point. `count` counts arrivals, of which every `parties` are a meeting, and has the bit `BROKEN`. It is one
/// word that changes in one step, so that a party that is killed has come or has not.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Barrier {
    #[serde(with = "place::one")]
    state: &'static State,
    parties: u32,
}

/// A party gave up.
const BROKEN: u32 = 1 << 31;

/// That a party has come to a barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    meeting: u32,
    /// Its place, from 0.
    pub place: u32,
    /// Whether all others had come before.
    pub is_last: bool,
}

impl Barrier {
    /// One for so many parties; `None` if the arena is used up.
    pub fn new(arena: &Arena, parties: u32) -> Option<Self> {
        Some(Self { state: arena.alloc()?, parties })
    }

    /// The first half of a wait: comes, and lets all go on if it is the last.
    ///
    /// # Errors
    /// [`SyncError::Broken`] if a party gave up.
    pub fn come(&self) -> Result<Arrival, SyncError> {
        let Self { state: State { count, signal, .. }, parties } = self;
        // Counting begins anew behind the last whole meeting.
        let next = |word: u32| if word + 1 < BROKEN / parties * parties { word + 1 } else { 0 };
        let arrive = |word: u32| (word & BROKEN == 0).then(|| next(word));
        let before = count.fetch_update(SeqCst, SeqCst, arrive).map_err(|_| SyncError::Broken)?;
        let (meeting, place) = (before / parties, before % parties);
        let is_last = place + 1 == *parties;
        if is_last {
            signal.notify(u32::MAX);
        }
        Ok(Arrival { meeting, place, is_last })
    }

    /// Whether who has come can go on, or learns that a party gave up.
    pub fn is_over(&self, arrival: Arrival) -> bool {
        !matches!(self.look(arrival), Ok(None))
    }

    fn look(&self, Arrival { meeting, place, .. }: Arrival) -> Result<Option<u64>, SyncError> {
        match self.state.count.load(SeqCst) {
            word if (word & !BROKEN) / self.parties != meeting => Ok(Some(u64::from(place))),
            word if word & BROKEN != 0 => Err(SyncError::Broken),
            _ => Ok(None),
        }
    }

    /// The second half, for all but the last: waits for the others; gives the place of arrival, from 0.
    ///
    /// # Errors
    /// [`SyncError::Broken`] if a party gave up, or what `deadline` says, which breaks it for the others.
    pub fn wait(&self, arrival: Arrival, deadline: &Deadline<'_>) -> Result<u64, SyncError> {
        let Self { state: State { count, signal, .. }, parties } = self;
        let look = || self.look(arrival);
        signal.wait_for(deadline, || self.is_over(arrival), look).or_else(|error| {
            if error == SyncError::Broken {
                return Err(error);
            }
            // The last party may have come at this very moment: then nobody has to break anything.
            let is_over = |word: u32| (word & !BROKEN) / parties != arrival.meeting;
            let give_up = |word: u32| (word & BROKEN == 0 && !is_over(word)).then_some(word | BROKEN);
            let broke = count.fetch_update(SeqCst, SeqCst, give_up).is_ok();
            signal.notify(u32::MAX);
            if broke { Err(error) } else { look()?.ok_or(error) }
        })
    }

    /// Makes it whole, with nobody waiting. Nobody uses it meanwhile.
    pub fn reset(&self) {
        self.state.count.store(0, SeqCst);
    }

    /// How many have come and wait.
    pub fn waiting(&self) -> u32 {
        (self.state.count.load(SeqCst) & !BROKEN) % self.parties
    }

    /// How many must come.
    pub fn parties(&self) -> u32 {
        self.parties
    }

    /// Whether a party gave up.
    pub fn is_broken(&self) -> bool {
        self.state.count.load(SeqCst) & BROKEN != 0
    }

    /// Wakes everybody, so that they look again.
    pub fn wake_all(&self) {
        self.state.signal.wake_all();
    }
}

macro_rules! snapshots {
    ($($name:ident . $state:tt)*) => { $(
        impl $name {
            /// Its counts, to be put back by [`restore`](Self::restore).
            pub fn snapshot(&self) -> [u32; 2] {
                [self.$state.count.load(SeqCst), self.$state.other.load(SeqCst)]
            }

            /// Puts a [`snapshot`](Self::snapshot) back, with the lock free. Nobody uses it meanwhile.
            pub fn restore(&self, [count, other]: [u32; 2]) {
                self.$state.count.store(count, SeqCst);
                self.$state.other.store(other, SeqCst);
                self.$state.lock.clear();
            }
        }
    )* };
}
snapshots!(RLock.0 Semaphore.state Event.0 Barrier.state);
