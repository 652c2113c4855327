//! The read-write lock: many readers at once, or one writer.
//!
//! A writer first takes the gate, an [`OwnedLock`]: from then on no new reader comes in, so readers cannot starve it. Then it
//! waits until those inside have left. A reader has a place of its own, which it marks before it looks at the gate; a writer
//! looks at the places when it has the gate. So one of the two sees the other. Each change is one store, and it is known whose,
//! so a worker may be killed at any instruction.

use super::bytes::Shared;
use super::futex::Signal;
use super::lock::{Acquired, OwnedLock};
use super::mapping::Arena;
use super::primitive::{NameOf, Primitive, Snapshot};
use super::thread_table::THREADS;
use super::{Deadline, SyncError, WorkerId, place};
use crate::model::{Content, WaitCondition};
use crate::plan::MAX_WORKERS;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst, fence};

/// A place for each worker that a run may have: main, the workers, those that stand in for killed ones, and the threads that
/// they start.
const PLACES: usize = MAX_WORKERS as usize + 64 + THREADS;

/// In a place: a reader whose line is not known.
const NO_LINE: u32 = u32::MAX;

/// In `died`: a writer has died, and nobody has been told.
const DIED: u32 = u32::MAX;

#[repr(C)]
struct State {
    /// Held by who writes, and by who will as soon as the readers have left.
    gate: OwnedLock,
    /// Who writes, plus one. Its owner died with half-done work only if it stands here.
    writer: AtomicU32,
    /// Whether a writer died: 0, [`DIED`], or, plus one, the worker that is just being told.
    died: AtomicU32,
    /// For readers: the gate is free.
    opened: Signal,
    /// For who has the gate: a reader has left.
    left: Signal,
    /// How many places were ever used.
    used: AtomicU32,
    /// By worker, the line where it took the lock to read, or [`NO_LINE`]; 0 is who does not read.
    places: [AtomicU32; PLACES],
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for State {}

/// Many readers, or one writer.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct RwLock(#[serde(with = "place::one")] &'static State);

impl RwLock {
    /// A free one; `None` if the arena is used up.
    pub fn new(arena: &Arena) -> Option<Self> {
        arena.alloc().map(Self)
    }

    /// The lock that writers take, which keeps everybody else out.
    pub fn gate(&self) -> &'static OwnedLock {
        &self.0.gate
    }

    fn place(&self, worker: WorkerId) -> Option<&'static AtomicU32> {
        self.0.places.get(worker as usize)
    }

    fn used(&self) -> &'static [AtomicU32] {
        &self.0.places[..(self.0.used.load(SeqCst) as usize).min(PLACES)]
    }

    /// Who reads, each with the line where it began to; 0 if that is not known.
    pub fn readers(&self) -> impl Iterator<Item = (WorkerId, u32)> {
        let line = |place: &AtomicU32| Some(place.load(SeqCst)).filter(|line| *line != 0);
        let readers = (0..).zip(self.used()).filter_map(move |(worker, place)| Some((worker, line(place)?)));
        readers.map(|(worker, line)| (worker, if line == NO_LINE { 0 } else { line }))
    }

    /// Whether anybody reads.
    pub fn is_read(&self) -> bool {
        self.used().iter().any(|place| place.load(SeqCst) != 0)
    }

    /// Who writes.
    pub fn writer(&self) -> Option<WorkerId> {
        self.0.writer.load(SeqCst).checked_sub(1)
    }

    /// Whether `writer` could write if it looked now.
    pub fn may_write(&self, writer: WorkerId) -> bool {
        match self.0.gate.owner() {
            None => true,
            Some(owner) => owner == writer && !self.is_read(),
        }
    }

    fn is_held_by(&self, me: WorkerId) -> bool {
        self.0.gate.owner() == Some(me) || self.place(me).is_some_and(|place| place.load(SeqCst) != 0)
    }

    /// Takes it to read, in a line.
    ///
    /// # Errors
    /// [`SyncError::WouldDeadlock`] if `me` holds it already: a writer that waits could come in between. Or what `deadline` says.
    pub fn read(&self, me: WorkerId, line: u32, deadline: &Deadline<'_>) -> Result<Acquired, SyncError> {
        if self.is_held_by(me) {
            return Err(SyncError::WouldDeadlock);
        }
        let place = self.place(me).ok_or(SyncError::NoSpace)?;
        let is_open = || self.0.gate.owner().is_none();
        self.0.opened.wait_for(deadline, is_open, || Ok(self.try_read(me, place, line)))
    }

    fn try_read(&self, me: WorkerId, place: &AtomicU32, line: u32) -> Option<Acquired> {
        let State { gate, used, left, .. } = self.0;
        if gate.owner().is_some() {
            return None;
        }
        if used.load(SeqCst) <= me {
            used.fetch_max(me + 1, SeqCst);
        }
        place.store(if line == 0 { NO_LINE } else { line }, SeqCst);
        // The place is marked, then the gate is looked at; a writer does it the other way round.
        fence(SeqCst);
        let is_in = gate.owner().is_none();
        fence(SeqCst);
        if is_in {
            return Some(self.state_for(me));
        }
        place.store(0, SeqCst);
        left.notify(1);
        None
    }

    /// In which state `me` has it, who has just come in.
    fn state_for(&self, me: WorkerId) -> Acquired {
        let died = &self.0.died;
        let is_told = died.load(SeqCst) == DIED && died.compare_exchange(DIED, me + 1, SeqCst, SeqCst).is_ok();
        if is_told { Acquired::OwnerDied } else { Acquired::Clean }
    }

    /// The first half of taking it to write: takes the gate, and lets no new reader in from then on. `None` if there are readers
    /// inside, for whom [`enter`](Self::enter) waits. Who `tries` does not begin to wait.
    ///
    /// # Errors
    /// [`SyncError::WouldDeadlock`] if `me` holds it already, or what `deadline` says.
    pub fn claim(
        &self,
        me: WorkerId,
        line: u32,
        tries: bool,
        deadline: &Deadline<'_>,
    ) -> Result<Option<Acquired>, SyncError> {
        if self.is_held_by(me) {
            return Err(SyncError::WouldDeadlock);
        }
        if tries && self.is_read() {
            return Err(SyncError::TimedOut);
        }
        self.0.gate.acquire(me, deadline)?;
        self.0.gate.note_line(line);
        fence(SeqCst);
        let entered = self.try_enter(me);
        if entered.is_none() && tries {
            self.open(me);
            return Err(SyncError::TimedOut);
        }
        Ok(entered)
    }

    /// The second half: waits until the readers have left.
    ///
    /// # Errors
    /// What `deadline` says. Then readers may come in again.
    pub fn enter(&self, me: WorkerId, deadline: &Deadline<'_>) -> Result<Acquired, SyncError> {
        let entered = self.0.left.wait_for(deadline, || !self.is_read(), || Ok(self.try_enter(me)));
        entered.inspect_err(|_| self.open(me))
    }

    fn try_enter(&self, me: WorkerId) -> Option<Acquired> {
        if self.is_read() {
            return None;
        }
        self.0.writer.store(me + 1, SeqCst);
        Some(self.state_for(me))
    }

    /// Opens the gate, if `me` has it.
    fn open(&self, me: WorkerId) {
        let _ = self.0.gate.release(me);
        self.0.opened.notify(u32::MAX);
    }

    /// Gives it back.
    ///
    /// # Errors
    /// [`SyncError::NotOwner`] if `me` neither reads nor writes.
    pub fn release(&self, me: WorkerId) -> Result<(), SyncError> {
        let State { writer, died, left, .. } = self.0;
        // Who was told that a writer died gives it back at once: now it is as good as new.
        let _ = died.compare_exchange(me + 1, 0, SeqCst, SeqCst);
        if self.writer() == Some(me) {
            writer.store(0, SeqCst);
            self.open(me);
            return Ok(());
        }
        if self.place(me).is_none_or(|place| place.swap(0, SeqCst) == 0) {
            return Err(SyncError::NotOwner);
        }
        left.notify(1);
        Ok(())
    }
}

impl Primitive for RwLock {
    fn restore(&self, _snapshot: &Snapshot) {
        self.reset();
    }

    fn lock(&self) -> Option<&'static OwnedLock> {
        Some(self.gate())
    }

    fn holders(&self) -> (Vec<(WorkerId, u32)>, bool) {
        match self.writer() {
            None => (self.readers().collect(), true),
            Some(_) => (self.gate().owner().map(|owner| (owner, self.gate().line())).into_iter().collect(), false),
        }
    }

    fn blockers(&self, waiter: WorkerId) -> Vec<WorkerId> {
        match self.0.gate.owner() {
            Some(owner) if owner == waiter => self.readers().map(|(worker, _)| worker).collect(),
            owner => owner.into_iter().collect(),
        }
    }

    fn is_in_reach(&self, condition: WaitCondition, worker: WorkerId, _waiters: u32) -> bool {
        match condition {
            WaitCondition::Write => self.may_write(worker),
            WaitCondition::Lock | WaitCondition::Relock | WaitCondition::Read => self.gate().owner().is_none(),
            _ => true,
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        let State { gate, writer, died, .. } = self.0;
        let _ = died.compare_exchange(dead + 1, DIED, SeqCst, SeqCst);
        if let Some(place) = self.place(dead) {
            place.store(0, SeqCst);
        }
        if self.writer() == Some(dead) {
            died.store(DIED, SeqCst);
            writer.store(0, SeqCst);
            gate.release_owned_by(dead);
        } else {
            let _ = gate.release(dead);
        }
        self.wake_all();
    }

    fn wake_all(&self) {
        self.0.gate.wake_all();
        self.0.opened.wake_all();
        self.0.left.wake_all();
    }

    fn reset(&self) {
        self.used().iter().for_each(|place| place.store(0, SeqCst));
        self.0.writer.store(0, SeqCst);
        self.0.died.store(0, SeqCst);
        self.0.gate.clear();
    }

    fn content(&self, _is_array: bool, name_of: NameOf<'_>) -> Content {
        Content::RwLock(self.writer().map(name_of), self.readers().count() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;
    use std::thread;

    const NO_WAIT: Deadline<'static> = Deadline { at: Some(0), cancel: None };

    fn lock() -> RwLock {
        let mapping = Mapping::new(1 << 20, 4096).expect("a mapping");
        RwLock::new(&mapping.lasting).expect("room")
    }

    fn write(lock: RwLock, me: WorkerId, deadline: &Deadline<'_>) -> Result<Acquired, SyncError> {
        match lock.claim(me, 0, false, deadline)? {
            Some(entered) => Ok(entered),
            None => lock.enter(me, deadline),
        }
    }

    #[test]
    fn readers_are_let_in_together_and_a_writer_alone() {
        let lock = lock();
        assert_eq!([1, 2].map(|me| lock.read(me, 7, &NO_WAIT)), [Ok(Acquired::Clean); 2]);
        assert_eq!(lock.readers().collect::<Vec<_>>(), [(1, 7), (2, 7)]);
        assert_eq!(write(lock, 3, &NO_WAIT), Err(SyncError::TimedOut));
        assert_eq!([1, 2].map(|me| lock.release(me)), [Ok(()); 2]);
        assert_eq!(write(lock, 3, &NO_WAIT), Ok(Acquired::Clean));
        assert_eq!((lock.writer(), lock.read(1, 0, &NO_WAIT)), (Some(3), Err(SyncError::TimedOut)));
        assert_eq!(write(lock, 1, &NO_WAIT), Err(SyncError::TimedOut));
        assert_eq!((lock.release(1), lock.release(3)), (Err(SyncError::NotOwner), Ok(())));
    }

    #[test]
    fn who_holds_it_cannot_take_it_again() {
        let lock = lock();
        assert_eq!(lock.read(1, 0, &NO_WAIT), Ok(Acquired::Clean));
        assert_eq!(lock.read(1, 0, &NO_WAIT), Err(SyncError::WouldDeadlock));
        assert_eq!(write(lock, 1, &NO_WAIT), Err(SyncError::WouldDeadlock));
        assert_eq!(lock.release(1), Ok(()));
        assert_eq!(write(lock, 1, &NO_WAIT), Ok(Acquired::Clean));
        assert_eq!(lock.read(1, 0, &NO_WAIT), Err(SyncError::WouldDeadlock));
    }

    #[test]
    fn a_writer_that_waits_keeps_new_readers_out_until_it_gives_up() {
        let lock = lock();
        assert_eq!(lock.read(1, 0, &NO_WAIT), Ok(Acquired::Clean));
        assert_eq!(lock.claim(2, 0, true, &NO_WAIT), Err(SyncError::TimedOut), "who only tries does not wait");
        assert_eq!(lock.read(3, 0, &NO_WAIT), Ok(Acquired::Clean));
        assert_eq!(lock.claim(2, 0, false, &NO_WAIT), Ok(None));
        assert_eq!(lock.read(4, 0, &NO_WAIT), Err(SyncError::TimedOut));
        assert_eq!((lock.blockers(4), lock.blockers(2)), (vec![2], vec![1, 3]));
        assert_eq!(lock.enter(2, &NO_WAIT), Err(SyncError::TimedOut));
        assert_eq!(lock.read(4, 0, &NO_WAIT), Ok(Acquired::Clean));
    }

    #[test]
    fn a_writer_that_died_is_reported_once_even_if_who_is_told_dies() {
        let lock = lock();
        assert_eq!(write(lock, 1, &NO_WAIT), Ok(Acquired::Clean));
        lock.release_owned_by(1);
        assert_eq!(lock.gate().died(), Some((1, 0)));
        assert_eq!(lock.read(2, 0, &NO_WAIT), Ok(Acquired::OwnerDied));
        lock.release_owned_by(2);
        assert_eq!(write(lock, 3, &NO_WAIT), Ok(Acquired::OwnerDied));
        assert_eq!(lock.release(3), Ok(()));
        assert_eq!(lock.read(4, 0, &NO_WAIT), Ok(Acquired::Clean));
    }

    #[test]
    fn a_reader_or_a_waiting_writer_that_died_leaves_a_free_lock() {
        let lock = lock();
        assert_eq!([1, 2].map(|me| lock.read(me, 0, &NO_WAIT)), [Ok(Acquired::Clean); 2]);
        assert_eq!(lock.claim(3, 0, false, &NO_WAIT), Ok(None));
        lock.release_owned_by(3);
        assert_eq!(lock.read(4, 0, &NO_WAIT), Ok(Acquired::Clean));
        [1, 2, 4].into_iter().for_each(|me| lock.release_owned_by(me));
        assert_eq!(write(lock, 5, &NO_WAIT), Ok(Acquired::Clean));
    }

    #[test]
    fn no_write_is_lost_and_no_reader_sees_half_of_one() {
        let lock = lock();
        let halves = [AtomicU32::new(0), AtomicU32::new(0)];
        let relaxed = std::sync::atomic::Ordering::Relaxed;
        thread::scope(|scope| {
            for me in 0..4 {
                let halves = &halves;
                scope.spawn(move || {
                    for round in 0..5_000 {
                        if (round + me) % 4 == 0 {
                            assert_eq!(write(lock, me, &Deadline::ENDLESS), Ok(Acquired::Clean));
                            halves.iter().for_each(|half| half.store(half.load(relaxed) + 1, relaxed));
                        } else {
                            assert_eq!(lock.read(me, 0, &Deadline::ENDLESS), Ok(Acquired::Clean));
                            assert_eq!(halves[0].load(relaxed), halves[1].load(relaxed));
                        }
                        assert_eq!(lock.release(me), Ok(()));
                    }
                });
            }
        });
        assert_eq!(halves[0].load(relaxed), 5_000);
    }
}
