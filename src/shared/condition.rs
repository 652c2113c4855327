//! The condition: a lock with a waiting room.
//!
//! Each worker has a place of its own in the room, and notifying empties the places of those who have waited longest. Were
//! notifications only counted, one who waits again right after its own could take that of another, who would then sleep for
//! ever.

use super::bytes::Shared;
use super::futex;
use super::lock::{Acquired, OwnedLock};
use super::look_again::look_again;
use super::mapping::Arena;
use super::primitive::{NameOf, Primitive, Snapshot};
use super::thread_table::THREADS;
use super::{Deadline, SyncError, WorkerId, place};
use crate::model::{Content, WaitCondition};
use crate::plan::MAX_WORKERS;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// A place for each worker that a run may have: main, the workers, those that stand in for killed ones, and the threads that
/// they start.
const PLACES: usize = MAX_WORKERS as usize + 64 + THREADS;

#[repr(C)]
struct State {
    lock: OwnedLock,
    /// The last ticket.
    tickets: AtomicU32,
    /// How many places were ever used.
    used: AtomicU32,
    /// By worker, the ticket with which it waits; 0 is who does not wait, or was notified.
    places: [AtomicU32; PLACES],
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for State {}

/// A lock with a waiting room.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Condition(#[serde(with = "place::one")] &'static State);

impl Condition {
    /// A free one; `None` if the arena is used up.
    pub fn new(arena: &Arena) -> Option<Self> {
        arena.alloc().map(Self)
    }

    /// Its lock.
    pub fn lock(&self) -> &'static OwnedLock {
        &self.0.lock
    }

    /// Whether a worker waits and was not notified.
    pub fn is_waiting(&self, worker: WorkerId) -> bool {
        self.place(worker).load(SeqCst) != 0
    }

    /// Should there ever be more workers than places, those who share one may be woken for each other.
    fn place(&self, worker: WorkerId) -> &'static AtomicU32 {
        &self.0.places[worker as usize % PLACES]
    }

    /// The places that somebody may be in.
    fn used(&self) -> &'static [AtomicU32] {
        &self.0.places[..(self.0.used.load(SeqCst) as usize).min(PLACES)]
    }

    /// The first half of a wait: gives the lock up and goes into the waiting room.
    ///
    /// # Errors
    /// [`SyncError::NotOwner`] without the lock.
    pub fn enter(&self, me: WorkerId) -> Result<(), SyncError> {
        let State { lock, tickets, used, .. } = self.0;
        if lock.owner() != Some(me) {
            return Err(SyncError::NotOwner);
        }
        let ticket = tickets.load(SeqCst).wrapping_add(1).max(1);
        tickets.store(ticket, SeqCst);
        used.fetch_max(me % PLACES as u32 + 1, SeqCst);
        self.place(me).store(ticket, SeqCst);
        lock.release(me)
    }

    /// The second half: waits to be notified, says so to `notified`, and takes the lock again, in any case; tells in which
    /// state.
    ///
    /// # Errors
    /// What `deadline` says.
    pub fn leave(&self, me: WorkerId, deadline: &Deadline<'_>, notified: impl FnOnce()) -> Result<Acquired, SyncError> {
        let place = self.place(me);
        let ticket = place.load(SeqCst);
        let waits = || ticket != 0 && place.load(SeqCst) == ticket;
        look_again(futex::spins(), || (!waits()).then_some(()));
        let mut waited = Ok(());
        while waited.is_ok() && waits() {
            waited = futex::wait(place, ticket, deadline);
        }
        notified();
        // Only being told to end may keep a waiter from taking the lock again.
        let taken = self.0.lock.acquire(me, &Deadline { at: None, ..*deadline });
        // Notified at the last moment is notified.
        let gives_up = ticket != 0 && place.compare_exchange(ticket, 0, SeqCst, SeqCst).is_ok();
        let left = if gives_up { waited } else { Ok(()) };
        match taken? {
            // That an owner died matters more than whether anybody notified.
            Acquired::OwnerDied => Ok(Acquired::OwnerDied),
            Acquired::Clean => left.map(|()| Acquired::Clean),
        }
    }

    /// Lets at most `wanted` waiters go on, those first who have waited longest.
    ///
    /// # Errors
    /// [`SyncError::NotOwner`] without the lock.
    pub fn notify(&self, me: WorkerId, wanted: u64) -> Result<(), SyncError> {
        if self.0.lock.owner() != Some(me) {
            return Err(SyncError::NotOwner);
        }
        let last = self.0.tickets.load(SeqCst);
        let waiting = |place: &&AtomicU32| Some(place.load(SeqCst)).filter(|ticket| *ticket != 0);
        for _ in 0..wanted {
            let oldest = self.used().iter().filter_map(|place| Some((last.wrapping_sub(waiting(&place)?), place)));
            let Some((_, place)) = oldest.max_by_key(|(age, _)| *age) else { break };
            place.store(0, SeqCst);
            futex::wake_all(place);
        }
        Ok(())
    }
}

impl Primitive for Condition {
    fn restore(&self, _snapshot: &Snapshot) {
        self.0.lock.clear();
    }

    fn lock(&self) -> Option<&'static OwnedLock> {
        Some(Condition::lock(self))
    }

    fn is_in_reach(&self, condition: WaitCondition, worker: WorkerId, _waiters: u32) -> bool {
        match condition {
            WaitCondition::Lock | WaitCondition::Relock => self.0.lock.owner().is_none(),
            WaitCondition::Notification => !self.is_waiting(worker),
            _ => true,
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.place(dead).store(0, SeqCst);
        self.0.lock.release_owned_by(dead);
        self.wake_all();
    }

    fn wake_all(&self) {
        self.0.lock.wake_all();
        self.used().iter().for_each(futex::wake_all);
    }

    fn reset(&self) {
        self.0.lock.clear();
        self.used().iter().for_each(|place| place.store(0, SeqCst));
    }

    fn content(&self, _is_array: bool, name_of: NameOf<'_>) -> Content {
        Content::Lock(self.0.lock.owner().map(name_of), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;
    use std::thread;

    fn condition() -> Condition {
        let mapping = Mapping::new(1 << 20, 4096).expect("a mapping");
        Condition::new(&mapping.lasting).expect("room")
    }

    fn acquire(condition: Condition, me: WorkerId) {
        assert_eq!(condition.lock().acquire(me, &Deadline::ENDLESS), Ok(Acquired::Clean));
    }

    fn wait(condition: Condition, me: WorkerId, deadline: &Deadline<'_>) -> Result<Acquired, SyncError> {
        condition.enter(me)?;
        condition.leave(me, deadline, || ())
    }

    /// Starts a waiter and returns when it waits.
    fn waiter(scope: &'static str, condition: Condition, me: WorkerId) -> thread::JoinHandle<WorkerId> {
        let waiter = thread::spawn(move || {
            acquire(condition, me);
            assert_eq!(wait(condition, me, &Deadline::ENDLESS), Ok(Acquired::Clean), "{scope}");
            assert_eq!(condition.lock().release(me), Ok(()));
            me
        });
        while !condition.is_waiting(me) {
            thread::yield_now();
        }
        waiter
    }

    #[test]
    fn who_has_waited_longest_is_notified_first() {
        let condition = condition();
        let mut waiters: Vec<_> = [3, 1, 2].map(|me| waiter("in turn", condition, me)).into();
        for me in [3, 1, 2] {
            acquire(condition, 0);
            assert_eq!(condition.notify(0, 1), Ok(()));
            assert!(!condition.is_waiting(me));
            assert_eq!(condition.lock().release(0), Ok(()));
            assert_eq!(waiters.remove(0).join().expect("it ends"), me);
        }
    }

    #[test]
    fn a_notification_goes_to_who_waited_then_and_not_to_who_comes_later() {
        let condition = condition();
        let first = waiter("first", condition, 1);
        acquire(condition, 0);
        assert_eq!(condition.notify(0, u64::MAX), Ok(()));
        // The lock is still held, so the first has had no time to go; a later one must not go in its stead.
        let now = Deadline { at: Some(1), cancel: None };
        assert_eq!(wait(condition, 0, &now), Err(SyncError::TimedOut));
        assert_eq!(condition.lock().release(0), Ok(()));
        assert_eq!(first.join().expect("it ends"), 1);
    }

    #[test]
    fn a_waiter_that_died_keeps_no_notification() {
        let condition = condition();
        acquire(condition, 1);
        // It is killed in its wait, so to speak.
        condition.place(1).store(1, SeqCst);
        condition.0.tickets.store(1, SeqCst);
        condition.0.used.store(2, SeqCst);
        condition.release_owned_by(1);
        assert_eq!(condition.lock().acquire(2, &Deadline::ENDLESS), Ok(Acquired::OwnerDied));
        assert_eq!(condition.lock().release(2), Ok(()));
        let second = waiter("second", condition, 2);
        acquire(condition, 0);
        assert_eq!(condition.notify(0, 1), Ok(()));
        assert_eq!(condition.lock().release(0), Ok(()));
        assert_eq!(second.join().expect("it ends"), 2);
    }
}
