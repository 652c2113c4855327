//! What may lie in the mapping, and pieces of it as bare bytes.

use super::futex::Signal;
use nix::sys::mman::{MmapAdvise, madvise};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64};

/// The size of a page.
pub const PAGE: usize = 4096;

/// What may live in the mapping.
///
/// # Safety
/// All-zero bytes are a valid value, every field is atomic (or made of such), and dropping it does nothing.
pub unsafe trait Shared {}

// SAFETY: atomics are valid as zeros and may be shared.
unsafe impl Shared for AtomicU32 {}
// SAFETY: as above.
unsafe impl Shared for AtomicI32 {}
// SAFETY: as above.
unsafe impl Shared for AtomicU64 {}
// SAFETY: made of atomics.
unsafe impl Shared for Signal {}
// SAFETY: padding changes nothing.
unsafe impl<T: Shared> Shared for crossbeam::utils::CachePadded<T> {}

/// Bytes in the mapping.
///
/// They are only ever reached through raw copies, never through references, and any bytes are valid. Who writes when is
/// agreed on by locks and published lengths; a broken agreement would show as torn data, not as a broken program.
#[derive(Clone, Copy)]
pub struct Bytes {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: a plain address of memory that is never unmapped; see `Bytes` for who may write.
unsafe impl Send for Bytes {}
// SAFETY: as above.
unsafe impl Sync for Bytes {}

impl Bytes {
    /// The `len` bytes from `base` on, which lie in the mapping.
    pub(super) fn new(base: NonNull<u8>, len: usize) -> Self {
        Self { base, len }
    }

    /// The address of the first byte.
    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The address of the first byte.
    pub fn as_ptr(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Copies `source` to `at`.
    ///
    /// # Panics
    /// If it does not fit, which would be a bug of the caller's.
    pub fn write(&self, at: usize, source: &[u8]) {
        assert!(at.checked_add(source.len()).is_some_and(|end| end <= self.len), "write outside shared bytes");
        // SAFETY: the range was just checked; `source` is private memory, so the two cannot overlap.
        unsafe { self.base.add(at).copy_from_nonoverlapping(NonNull::from(source).cast(), source.len()) };
    }

    /// Writes words to `at`.
    ///
    /// # Panics
    /// If they do not fit, which would be a bug of the caller's.
    #[inline(always)]
    pub fn write_words<const N: usize>(&self, at: usize, words: [u64; N]) {
        assert!(at <= self.len && 8 * N <= self.len - at, "write outside shared bytes");
        // SAFETY: the range was just checked, and any bytes may stand there.
        unsafe { self.base.add(at).cast::<[u64; N]>().write_unaligned(words) };
    }

    /// The word at `at`.
    ///
    /// # Panics
    /// If it is not all there, which would be a bug of the caller's.
    #[inline(always)]
    pub fn word(&self, at: usize) -> u64 {
        assert!(at <= self.len && 8 <= self.len - at, "read outside shared bytes");
        // SAFETY: the range was just checked, and any bytes are a number.
        unsafe { self.base.add(at).cast::<u64>().read_unaligned() }
    }

    /// Lets the system make the pages ready from the one of byte `from` to that of the byte before `until`, all at once. It is only faster
    /// so, and where the system cannot, they are made ready one by one as they are touched.
    pub fn make_ready(&self, from: usize, until: usize) {
        let until = until.min(self.len);
        let before = self.base.as_ptr().addr().wrapping_add(from) % PAGE;
        let Some(start) = from.checked_sub(before).filter(|_| from < until) else { return };
        // SAFETY: the range is inside, and stays as it is; a page that is made ready only reads as zeros.
        let _ = unsafe { madvise(self.base.add(start).cast(), until - start, MmapAdvise::MADV_POPULATE_WRITE) };
    }

    /// Hands the `len` bytes from `at` on to `take`.
    ///
    /// # Panics
    /// If they are not all there, which would be a bug of the caller's.
    pub fn read<R>(&self, at: usize, len: usize, take: impl FnOnce(&[u8]) -> R) -> R {
        assert!(at.checked_add(len).is_some_and(|end| end <= self.len), "read outside shared bytes");
        // SAFETY: the range was just checked, and by the agreement in the type's documentation nobody writes to it while
        // its reader holds the lock or knows it to be published.
        take(unsafe { std::slice::from_raw_parts(self.base.add(at).as_ptr(), len) })
    }

    /// A private copy of the `len` bytes from `at` on.
    pub fn to_vec(&self, at: usize, len: usize) -> Vec<u8> {
        self.read(at, len, <[u8]>::to_vec)
    }

    /// Copies `len` bytes within itself; the ranges do not overlap.
    ///
    /// # Panics
    /// If either range is not inside, or they overlap.
    pub fn copy_within(&self, from: usize, to: usize, len: usize) {
        assert!(from + len <= self.len && to + len <= self.len && (from + len <= to || to + len <= from));
        // SAFETY: both ranges are inside and apart, as was just checked.
        unsafe { self.base.add(to).copy_from_nonoverlapping(self.base.add(from), len) };
    }
}
