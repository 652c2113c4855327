//! `ThreadId`: numbers from 1 in the order in which threads were started, as `std`'s are in a program.

use ::std::num::NonZero;
use ::std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The number of the next thread.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// `std::thread::ThreadId`.
#[derive(Eq, PartialEq, Clone, Copy, Hash, Debug)]
pub struct ThreadId(NonZero<u64>);

impl ThreadId {
    /// That of a new thread.
    pub(super) fn new() -> Self {
        Self(NonZero::new(NEXT.fetch_add(1, Relaxed)).unwrap_or(NonZero::<u64>::MAX))
    }
}
