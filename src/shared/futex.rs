//! Waiting for a word in shared memory to change: futex(2), which nix does not wrap.

use super::{Denied, Patience, clock};
use nix::libc;
use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering, fence};
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
/// If patience is at an end, before or after the sleep.
pub fn wait(word: &AtomicU32, expected: u32, patience: &Patience<'_>) -> Result<(), Denied> {
    patience.spent()?;
    let deadline = patience.deadline.map(|ns| libc::timespec {
        tv_sec: (ns / 1_000_000_000) as libc::time_t,
        tv_nsec: (ns % 1_000_000_000) as libc::c_long,
    });
    let timeout = deadline.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
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
    if word.load(Ordering::Acquire) == expected { patience.spent() } else { Ok(()) }
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

/// How often to look again before sleeping, a pause each: a few microseconds, about what sleeping and waking would cost.
const SPINS: u32 = 200;

/// How many cores there are. Asking the system takes as long as starting a thread, so it is asked once, and forks inherit
/// the answer.
pub fn cores() -> usize {
    static KNOWN: OnceLock<usize> = OnceLock::new();
    *KNOWN.get_or_init(|| available_parallelism().map_or(1, NonZeroUsize::get))
}

/// How often to look again on this machine: with one core, whoever is waited for cannot work meanwhile.
pub(super) fn spins() -> u32 {
    if cores() > 1 { SPINS } else { 0 }
}

/// A word to wait on for "something has changed", which costs the other side no more than a look where nobody waits: an
/// event count.
#[repr(C)]
pub struct Signal {
    changes: AtomicU32,
    waiters: AtomicU32,
}

impl Signal {
    /// Tries `attempt` until it yields something, and sleeps in between until somebody says that something has changed.
    /// `ready` is a cheap guess whether an attempt is worth it.
    ///
    /// # Errors
    /// If patience is at an end, or what `attempt` says.
    pub fn wait_for<R>(
        &self,
        patience: &Patience<'_>,
        ready: impl Fn() -> bool,
        mut attempt: impl FnMut() -> Result<Option<R>, Denied>,
    ) -> Result<R, Denied> {
        if let Some(result) = attempt()? {
            return Ok(result);
        }
        patience.spent()?;
        for _ in 0..spins() {
            std::hint::spin_loop();
            if ready()
                && let Some(result) = attempt()?
            {
                return Ok(result);
            }
        }
        // A waiter that is killed leaves its count behind, which costs later senders a needless wake and nothing else.
        self.waiters.fetch_add(1, Ordering::SeqCst);
        let result = loop {
            let seen = self.changes.load(Ordering::SeqCst);
            match attempt() {
                Ok(None) => {}
                Ok(Some(result)) => break Ok(result),
                Err(denied) => break Err(denied),
            }
            if let Err(denied) = wait(&self.changes, seen, patience) {
                break Err(denied);
            }
        };
        self.waiters.fetch_sub(1, Ordering::SeqCst);
        result
    }

    /// Says that something has changed, to at most `count` waiters. The change was made before.
    pub fn notify(&self, count: u32) {
        // A waiter counts itself, then looks; the change is made, then the count is read. So one of the two sees the other.
        fence(Ordering::SeqCst);
        if self.waiters.load(Ordering::SeqCst) != 0 {
            self.changes.fetch_add(1, Ordering::SeqCst);
            wake(&self.changes, count);
        }
    }

    /// Wakes everybody, whatever the counts say.
    pub fn rouse(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        wake_all(&self.changes);
    }
}
