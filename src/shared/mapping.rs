//! The one shared mapping: a memfd, so that it has no name to leak, mapped before any fork, so that all see it alike.

use super::futex::Signal;
use super::place;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, MmapAdvise, ProtFlags, madvise, mmap};
use nix::unistd::{Whence, ftruncate, lseek};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};

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

/// A part of the mapping that is handed out piece by piece and never given back singly.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Arena {
    memory: Bytes,
    /// How many bytes are handed out; in shared memory, because main hands out more after the kernel forked it.
    #[serde(with = "place::one")]
    used: &'static AtomicU64,
}

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

/// Both arenas of a kernel.
pub struct Mapping {
    /// For resources, which live to the end of the notebook.
    pub lasting: Arena,
    /// For one run of a cell; cleared before the next.
    pub run: Arena,
    /// What a process needs to map the same memory.
    pub file: OwnedFd,
    /// Where it begins in this process.
    pub address: u64,
}

/// The first bytes hold the arenas' counters.
const HEAD: usize = 4096;

impl Mapping {
    /// How long the file is for so many bytes of both.
    pub const fn bytes(lasting: usize, run: usize) -> usize {
        HEAD + lasting + run
    }

    /// Maps `lasting` and `run` bytes of zeros. Pages cost memory only once they are touched. Never unmapped.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(lasting: usize, run: usize) -> nix::Result<Self> {
        let fd = memfd_create(c"nbrun", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
        let len = Self::bytes(lasting, run);
        ftruncate(&fd, len as i64)?;
        // Every fork has the descriptor. A job that cuts off what it finds there, or writes into it, is refused: the file keeps
        // its length, and writing begins at its end.
        fcntl(&fd, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW))?;
        lseek(&fd, 0, Whence::SeekEnd)?;
        let whole = NonZeroUsize::new(len).ok_or(nix::Error::EINVAL)?;
        let flags = MapFlags::MAP_SHARED | MapFlags::MAP_NORESERVE;
        // SAFETY: a new mapping at an address of the system's choice cannot disturb any other memory.
        let base =
            unsafe { mmap(None, whole, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, flags, &fd, 0)? }.cast::<u8>();
        // SAFETY: the head is inside the mapping, aligned, zeroed, and used for nothing else.
        let counters: &'static [AtomicU64; 2] = unsafe { base.cast().as_ref() };
        // SAFETY: both parts lie inside the mapping, whose length is HEAD + lasting + run.
        let (first, second) = unsafe { (base.add(HEAD), base.add(HEAD + lasting)) };
        Ok(Self {
            lasting: Arena { memory: Bytes::new(first, lasting), used: &counters[0] },
            run: Arena { memory: Bytes::new(second, run), used: &counters[1] },
            file: fd,
            address: base.as_ptr().addr() as u64,
        })
    }
}

impl Arena {
    /// A zeroed `T` that lives as long as the process; `None` if the arena is used up.
    pub fn alloc<T: Shared>(&self) -> Option<&'static T> {
        self.alloc_slice(1)?.first()
    }

    /// `count` zeroed `T`s.
    pub fn alloc_slice<T: Shared>(&self, count: usize) -> Option<&'static [T]> {
        let bytes = self.bytes(count.checked_mul(size_of::<T>())?, align_of::<T>())?;
        // SAFETY: the bytes are zero, aligned and handed out once until the arena is cleared; `Shared` types are valid as
        // zeros and need no exclusive access.
        Some(unsafe { std::slice::from_raw_parts(bytes.base.cast().as_ptr(), count) })
    }

    /// `len` zeroed bytes on a boundary of `align`, a power of two.
    pub fn bytes(&self, len: usize, align: usize) -> Option<Bytes> {
        let align = align.max(64) as u64;
        let reserve = (len as u64).checked_add(align)?;
        let used = self.used.fetch_add(reserve, Ordering::Relaxed);
        if used.checked_add(reserve).is_none_or(|end| end > self.memory.len as u64) {
            self.used.fetch_sub(reserve, Ordering::Relaxed);
            return None;
        }
        let start = used.next_multiple_of(align) as usize;
        // SAFETY: start + len is within the arena, as was just checked.
        Some(Bytes { base: unsafe { self.memory.base.add(start) }, len })
    }

    /// How many bytes are handed out.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Sets that number to what it is known to be, should anybody have written over it.
    pub fn set_used(&self, used: u64) {
        self.used.store(used, Ordering::Relaxed);
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.memory.len - (self.used.load(Ordering::Relaxed) as usize).min(self.memory.len)
    }

    /// Takes everything back: the memory is given to the system and reads as zeros again.
    ///
    /// # Safety
    /// Nobody uses anything that was handed out before.
    pub unsafe fn clear(&self) {
        let page = 4096_usize;
        let Bytes { base, len } = self.memory;
        // The first page boundary inside the arena; what stands before it is zeroed by hand.
        let skip = base.align_offset(page).min(len);
        // All of it, and not only what was handed out: a job may have written anywhere. What was never touched costs nothing.
        let whole = (len - skip) / page * page;
        // SAFETY: both ranges lie inside the arena, and the caller vouches that nobody uses them.
        unsafe {
            base.write_bytes(0, skip);
            base.add(skip + whole).write_bytes(0, len - skip - whole);
            if madvise(base.add(skip).cast(), whole, MmapAdvise::MADV_REMOVE).is_err() {
                let used = (self.used.load(Ordering::Relaxed) as usize).min(len);
                base.add(skip).write_bytes(0, used.saturating_sub(skip));
            }
        }
        self.used.store(0, Ordering::Relaxed);
    }
}

impl Bytes {
    /// The `len` bytes from `base` on, which lie in the mapping.
    pub(super) fn new(base: NonNull<u8>, len: usize) -> Self {
        Self { base, len }
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
