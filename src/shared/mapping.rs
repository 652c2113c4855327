//! The one shared mapping: a memfd, so that it has no name to leak, mapped before any fork, so that all see it alike.

use super::bytes::{Bytes, PAGE, Shared};
use super::place;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, MmapAdvise, ProtFlags, madvise, mmap};
use nix::unistd::{Whence, ftruncate, lseek};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};

/// A part of the mapping that is handed out piece by piece and never given back singly.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Arena {
    memory: Bytes,
    /// How many bytes are handed out; in shared memory, because main hands out more after the kernel forked it.
    #[serde(with = "place::one")]
    used: &'static AtomicU64,
}

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
const HEAD: usize = PAGE;

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
        Some(unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), count) })
    }

    /// `len` zeroed bytes on a boundary of `align`, a power of two.
    pub fn bytes(&self, len: usize, align: usize) -> Option<Bytes> {
        let align = align.max(64) as u64;
        let reserve = (len as u64).checked_add(align)?;
        let used = self.used.fetch_add(reserve, Ordering::Relaxed);
        if used.checked_add(reserve).is_none_or(|end| end > self.memory.len() as u64) {
            self.used.fetch_sub(reserve, Ordering::Relaxed);
            return None;
        }
        let start = used.next_multiple_of(align) as usize;
        // SAFETY: start + len is within the arena, as was just checked.
        Some(Bytes::new(unsafe { self.memory.base().add(start) }, len))
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
        self.memory.len() - (self.used.load(Ordering::Relaxed) as usize).min(self.memory.len())
    }

    /// Takes everything back: the memory is given to the system and reads as zeros again.
    ///
    /// # Safety
    /// Nobody uses anything that was handed out before.
    pub unsafe fn clear(&self) {
        let (base, len) = (self.memory.base(), self.memory.len());
        // The first page boundary inside the arena; what stands before it is zeroed by hand.
        let skip = base.align_offset(PAGE).min(len);
        // All of it, and not only what was handed out: a job may have written anywhere. What was never touched costs nothing.
        let whole = (len - skip) / PAGE * PAGE;
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
