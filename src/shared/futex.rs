//! Waiting for a word in shared memory to change: futex(2), which nix does not wrap.

use super::look_again::look_again;
use super::{Deadline, SyncError, clock};
use nix::libc;
use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering, compiler_fence, fence};
use std::thread::available_parallelism;

thread_local! {
    /// How long this thread has slept since it was last asked, in nanoseconds.
    static SLEPT: Cell<u64> = const { Cell::new(0) };
}

/// How long the calling thread has slept here since this was last called, in nanoseconds: what it was blocked, as opposed
/// to what it worked for.
pub fn take_slept() -> u64 {
    SLEPT.take()
}

/// Sleeps while `word` is `expected`: until it is woken, the deadline passes, or for no reason at all.
/// The caller looks at the word again and decides.
///
/// # Errors
/// If the deadline has passed, before or after the sleep.
pub fn wait(word: &AtomicU32, expected: u32, deadline: &Deadline<'_>) -> Result<(), SyncError> {
    deadline.spent()?;
    let until = deadline.at.map(|ns| libc::timespec {
        tv_sec: (ns / 1_000_000_000) as libc::time_t,
        tv_nsec: (ns % 1_000_000_000) as libc::c_long,
    });
    let timeout = until.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let began = clock::now();
    // SAFETY: FUTEX_WAIT_BITSET reads the aligned word, which lives as long as the mapping, and the time, which lives on
    // this stack; with this operation the time is absolute on CLOCK_MONOTONIC. It is not a private futex, because the
    // waker may be another process.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT_BITSET,
            expected,
            timeout,
            std::ptr::null::<u32>(),
            libc::FUTEX_BITSET_MATCH_ANY,
        )
    };
    SLEPT.set(SLEPT.get() + (clock::now() - began));
    if word.load(Ordering::Acquire) == expected { deadline.spent() } else { Ok(()) }
}

/// Wakes at most `count` of those who sleep on `word`.
pub fn wake(word: &AtomicU32, count: u32) {
    let count = count.min(i32::MAX as u32);
    // SAFETY: FUTEX_WAKE only uses the word's address.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, count) };
}

/// Wakes everybody who sleeps on `word`.
pub fn wake_all(word: &AtomicU32) {
    wake(word, u32::MAX);
}

/// For how many pauses to look again before sleeping: a few microseconds, about what sleeping and waking would cost.
const SPINS: u32 = 200;

/// How many cores there are. Asking the system takes as long as starting a thread, so it is asked once, and forks inherit
/// the answer.
pub fn cores() -> usize {
    static KNOWN: OnceLock<usize> = OnceLock::new();
    *KNOWN.get_or_init(|| available_parallelism().map_or(1, NonZeroUsize::get))
}

/// For how many pauses to look again on this machine: with one core, whoever is waited for cannot work meanwhile.
pub fn spins() -> u32 {
    if cores() > 1 { SPINS } else { 0 }
}

/// A word to wait on for "something has changed", which costs the other side no more than a look where nobody waits: an
/// event count.
#[repr(C)]
#[derive(Default)]
pub struct Signal {
    changes: AtomicU32,
    /// 1 if somebody may be asleep whom nobody has woken. Whoever wakes takes the mark away, so that one sleeper costs one
    /// system call, however many changes there are until it is really awake. Whoever awakes puts it back, for others may be
    /// asleep, too, and passes the news on if there is more to have.
    asleep: AtomicU32,
}

impl Signal {
    /// Tries `attempt` until it yields something, and sleeps in between until somebody says that something has changed.
    /// `ready` is a cheap guess whether an attempt is worth it.
    ///
    /// # Errors
    /// If the deadline has passed, or what `attempt` says.
    pub fn wait_for<R>(
        &self,
        deadline: &Deadline<'_>,
        ready: impl Fn() -> bool,
        mut attempt: impl FnMut() -> Result<Option<R>, SyncError>,
    ) -> Result<R, SyncError> {
        if let Some(result) = attempt()? {
            return Ok(result);
        }
        deadline.spent()?;
        let look = || if ready() { attempt().transpose() } else { None };
        if let Some(result) = look_again(spins(), look) {
            return result;
        }
        let result = loop {
            // In this order: a mark that is taken away after it was put here comes with a change after `seen`.
            let seen = self.changes.load(Ordering::SeqCst);
            self.asleep.store(1, Ordering::SeqCst);
            fence(Ordering::SeqCst);
            match attempt() {
                Ok(None) => {}
                Ok(Some(result)) => break Ok(result),
                Err(error) => break Err(error),
            }
            if let Err(error) = wait(&self.changes, seen, deadline) {
                break Err(error);
            }
        };
        // This worker may have been woken in place of another. One that is killed before it comes here is swept, which
        // wakes everybody.
        self.asleep.store(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        if ready() {
            self.notify(1);
        }
        result
    }

    /// Says that something has changed, to at most `count` waiters. The change was made before.
    pub fn notify(&self, count: u32) {
        // A waiter leaves its mark, then looks; the change is made, then the mark is read. So one of the two sees the other.
        fence(Ordering::SeqCst);
        self.notify_ordered(count);
    }

    /// The same for a change that was made under a lock which the caller has just given back.
    pub fn notify_unlocked(&self, count: u32) {
        if cfg!(target_arch = "x86_64") {
            // A lock is given back by an exchange, and on this machine nothing is moved across one. A barrier of its own would
            // cost as much as the rest of a put.
            compiler_fence(Ordering::SeqCst);
        } else {
            fence(Ordering::SeqCst);
        }
        self.notify_ordered(count);
    }

    fn notify_ordered(&self, count: u32) {
        if self.asleep.load(Ordering::SeqCst) != 0 && self.asleep.swap(0, Ordering::SeqCst) != 0 {
            self.changes.fetch_add(1, Ordering::SeqCst);
            wake(&self.changes, count);
        }
    }

    /// Whether somebody may be asleep whom nobody has woken.
    #[cfg(test)]
    pub(super) fn is_awaited(&self) -> bool {
        self.asleep.load(Ordering::SeqCst) != 0
    }

    /// Wakes everybody, whatever the counts say.
    pub fn wake_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        wake_all(&self.changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering::SeqCst;
    use std::thread;

    /// Something to be had, and the signal that says so.
    #[derive(Default)]
    struct Supply {
        count: AtomicU32,
        signal: Signal,
    }

    impl Supply {
        fn take(&self) -> Result<(), SyncError> {
            let one = || self.count.fetch_update(SeqCst, SeqCst, |count| count.checked_sub(1)).ok();
            self.signal.wait_for(&Deadline::ENDLESS, || self.count.load(SeqCst) > 0, || Ok(one())).map(drop)
        }

        /// Returns when somebody has left the mark of a sleeper.
        fn until_asleep(&self) {
            while self.signal.asleep.load(SeqCst) == 0 {
                thread::yield_now();
            }
        }
    }

    #[test]
    fn one_sleeper_is_woken_once_however_much_changes() {
        let supply = Supply::default();
        supply.signal.asleep.store(1, SeqCst);
        (0..9).for_each(|_| supply.signal.notify(1));
        assert_eq!((supply.signal.changes.load(SeqCst), supply.signal.asleep.load(SeqCst)), (1, 0));
    }

    #[test]
    fn whoever_is_woken_passes_on_the_news_of_what_is_left() {
        let supply = Supply::default();
        thread::scope(|scope| {
            let takers: Vec<_> = (0..4).map(|_| scope.spawn(|| supply.take())).collect();
            supply.until_asleep();
            // Said once, as if all but the first had found the mark taken away.
            supply.count.store(4, SeqCst);
            supply.signal.notify(1);
            for taker in takers {
                assert_eq!(taker.join().expect("no panic"), Ok(()));
            }
        });
        assert_eq!(supply.count.load(SeqCst), 0);
    }

    #[test]
    fn a_sleeper_whose_waker_was_killed_in_the_act_is_woken_by_the_sweep() {
        let supply = Supply::default();
        thread::scope(|scope| {
            let taker = scope.spawn(|| supply.take());
            supply.until_asleep();
            // What a waker does that is killed after it took the mark away and before it wakes anybody.
            supply.count.store(1, SeqCst);
            supply.signal.asleep.swap(0, SeqCst);
            supply.signal.wake_all();
            assert_eq!(taker.join().expect("no panic"), Ok(()));
        });
    }
}
