//! The lock under everything: one word that holds its owner's number.
//!
//! A pthread robust mutex would serve, too, but ties its owner to a thread of the C library, keeps a list for each thread,
//! and cannot tell who the owner is. Here the word says it, so that the supervisor frees what a dead worker held, and a
//! report can name who holds what. The waiting protocol is that of Ulrich Drepper's "Futexes Are Tricky", mutex 3.

use super::bytes::Shared;
use super::futex;
use super::{Deadline, SyncError, WorkerId};
use std::sync::atomic::{AtomicU32, Ordering};

/// Somebody may be asleep on the word.
const CONTENDED: u32 = 1 << 31;
/// The last owner died while it held the lock.
const DIED: u32 = 1 << 30;
/// The owner's number plus one; 0 is free.
const OWNER: u32 = DIED - 1;
/// How often to look again before sleeping: for about ten microseconds, what sleeping and waking would cost.
const LOOKS: u32 = 10;
/// How many pauses there are between two looks: about a microsecond. Whoever looks without a rest takes the cache line away
/// from the owner at each of its stores. Left in peace, a worker that counts under a lock takes it several times in a row, and
/// two such workers together are two to three times as fast.
const BETWEEN: u32 = 64;

/// A lock that knows its owner. All zeros is free.
#[repr(C)]
#[derive(Default)]
pub struct OwnedLock {
    word: AtomicU32,
    /// The line where its owner took it, if it said so; beside the word, so that it costs no cache line more.
    line: AtomicU32,
    /// Who died last while it held the lock, plus one, and the line where it had taken it.
    died: [AtomicU32; 2],
}

// SAFETY: atomic words, valid as zeros.
unsafe impl Shared for OwnedLock {}

/// In what state a lock was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquired {
    /// Its last owner gave it back.
    Clean,
    /// Its last owner died while holding it: what it protects may be half done.
    OwnerDied,
}

impl OwnedLock {
    /// Who holds it.
    pub fn owner(&self) -> Option<WorkerId> {
        (self.word.load(Ordering::Relaxed) & OWNER).checked_sub(1)
    }

    /// Notes the line where it was taken. Called by its owner alone.
    pub fn note_line(&self, line: u32) {
        self.line.store(line, Ordering::Relaxed);
    }

    /// The line where its owner, or else its last one, took it; 0 if that is not known.
    pub fn line(&self) -> u32 {
        self.line.load(Ordering::Relaxed)
    }

    /// Who died last while it held the lock, and the line where it had taken it.
    pub fn died(&self) -> Option<(WorkerId, u32)> {
        let dead = self.died[0].load(Ordering::Relaxed).checked_sub(1)?;
        Some((dead, self.died[1].load(Ordering::Relaxed)))
    }

    /// Takes it if it is free.
    pub fn try_acquire(&self, me: WorkerId) -> Option<Acquired> {
        self.take(me, 0)
    }

    fn take(&self, me: WorkerId, contended: u32) -> Option<Acquired> {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & OWNER == 0 {
            let mine = (me + 1) | (word & CONTENDED) | contended;
            match self.word.compare_exchange_weak(word, mine, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(if word & DIED == 0 { Acquired::Clean } else { Acquired::OwnerDied }),
                Err(seen) => word = seen,
            }
        }
        None
    }

    /// Takes it, waiting as long as `deadline` allows.
    ///
    /// # Errors
    /// [`SyncError::WouldDeadlock`] if `me` holds it already, or what `deadline` says.
    pub fn acquire(&self, me: WorkerId, deadline: &Deadline<'_>) -> Result<Acquired, SyncError> {
        if let Some(taken) = self.try_acquire(me) {
            return Ok(taken);
        }
        if self.owner() == Some(me) {
            return Err(SyncError::WouldDeadlock);
        }
        self.wait(me, deadline)
    }

    /// Takes it when it becomes free.
    fn wait(&self, me: WorkerId, deadline: &Deadline<'_>) -> Result<Acquired, SyncError> {
        // With one core, the owner cannot work meanwhile.
        for _ in 0..if futex::cores() > 1 { LOOKS } else { 0 } {
            (0..BETWEEN).for_each(|_| std::hint::spin_loop());
            if let Some(taken) = self.try_acquire(me) {
                return Ok(taken);
            }
        }
        // Who will not sleep need not be woken.
        deadline.spent()?;
        loop {
            let word = self.word.load(Ordering::Relaxed);
            if word & OWNER == 0 {
                // Others may sleep as this worker did, so it must wake one of them when it is done.
                if let Some(taken) = self.take(me, CONTENDED) {
                    return Ok(taken);
                }
                continue;
            }
            let waited = word | CONTENDED;
            if word == waited || self.word.compare_exchange(word, waited, Ordering::Relaxed, Ordering::Relaxed).is_ok()
            {
                futex::wait(&self.word, waited, deadline)?;
            }
        }
    }

    /// Gives it back.
    ///
    /// # Errors
    /// [`SyncError::NotOwner`] if `me` does not hold it.
    pub fn release(&self, me: WorkerId) -> Result<(), SyncError> {
        if self.owner() != Some(me) {
            return Err(SyncError::NotOwner);
        }
        if self.word.swap(0, Ordering::Release) & CONTENDED != 0 {
            futex::wake(&self.word, 1);
        }
        Ok(())
    }

    /// Frees it if `dead` held it, and wakes everybody: a sleeper that was woken to take it may be the one that died.
    /// Whether `dead` held it.
    pub fn release_owned_by(&self, dead: WorkerId) -> bool {
        let held = self.owner() == Some(dead);
        if held {
            self.died[1].store(self.line(), Ordering::Relaxed);
            self.died[0].store(dead + 1, Ordering::Relaxed);
            self.word.store(DIED, Ordering::Release);
        }
        futex::wake_all(&self.word);
        held
    }

    /// Makes it free and forgets how it came about. Nobody uses it meanwhile.
    pub fn clear(&self) {
        self.died[0].store(0, Ordering::Relaxed);
        self.word.store(0, Ordering::Release);
    }

    /// Wakes everybody, so that they check their deadlines again.
    pub fn wake_all(&self) {
        futex::wake_all(&self.word);
    }

    /// Runs `body` under the lock. An owner that died is no obstacle: `repair` puts right what it may have left half done. If
    /// `me` holds it already, that is another thread of the same worker, which a job has started by itself.
    ///
    /// # Errors
    /// What `deadline` says.
    pub fn with<R>(
        &self,
        me: WorkerId,
        deadline: &Deadline<'_>,
        repair: impl FnOnce(),
        body: impl FnOnce() -> R,
    ) -> Result<R, SyncError> {
        let taken = match self.try_acquire(me) {
            Some(taken) => taken,
            None => self.wait(me, deadline)?,
        };
        if taken == Acquired::OwnerDied {
            repair();
        }
        let result = body();
        // It was taken above, so giving it back cannot fail.
        let _ = self.release(me);
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> OwnedLock {
        OwnedLock::default()
    }

    const NO_WAIT: Deadline<'static> = Deadline { at: Some(0), cancel: None };

    #[test]
    fn a_lock_that_is_held_is_denied_to_others_and_to_its_owner() {
        let lock = lock();
        assert_eq!(lock.acquire(1, &NO_WAIT), Ok(Acquired::Clean));
        assert_eq!(lock.acquire(1, &NO_WAIT), Err(SyncError::WouldDeadlock));
        assert_eq!(lock.acquire(2, &NO_WAIT), Err(SyncError::TimedOut));
    }

    #[test]
    fn only_the_owner_can_give_a_lock_back() {
        let lock = lock();
        assert_eq!(lock.release(1), Err(SyncError::NotOwner));
        assert_eq!(lock.acquire(1, &NO_WAIT), Ok(Acquired::Clean));
        assert_eq!(lock.release(2), Err(SyncError::NotOwner));
        assert_eq!(lock.release(1), Ok(()));
    }

    #[test]
    fn the_next_owner_is_told_once_that_the_last_one_died() {
        let lock = lock();
        assert_eq!(lock.acquire(1, &NO_WAIT), Ok(Acquired::Clean));
        assert!(!lock.release_owned_by(2));
        lock.note_line(7);
        assert!(lock.release_owned_by(1));
        assert_eq!(lock.died(), Some((1, 7)));
        assert_eq!(lock.acquire(2, &NO_WAIT), Ok(Acquired::OwnerDied));
        assert_eq!(lock.release(2), Ok(()));
        assert_eq!(lock.acquire(3, &NO_WAIT), Ok(Acquired::Clean));
        lock.clear();
        assert_eq!(lock.died(), None);
    }

    #[test]
    fn no_increment_under_the_lock_is_lost_even_by_threads_of_one_worker() {
        let (lock, count) = (lock(), std::cell::UnsafeCell::new(0_u32));
        struct Both<'a>(&'a OwnedLock, &'a std::cell::UnsafeCell<u32>);
        // SAFETY: the cell is only touched under the lock; that is what the test is about.
        unsafe impl Sync for Both<'_> {}
        let both = Both(&lock, &count);
        let both = &both;
        std::thread::scope(|scope| {
            for me in 0..4 {
                scope.spawn(move || {
                    for _ in 0..10_000 {
                        let done = both.0.with(
                            me / 2,
                            &Deadline::ENDLESS,
                            || (),
                            || {
                                // SAFETY: under the lock.
                                unsafe { *both.1.get() += 1 }
                            },
                        );
                        assert_eq!(done, Ok(()));
                    }
                });
            }
        });
        assert_eq!(count.into_inner(), 40_000);
    }
}
