//! Main's end of the pool's outboxes: taking records out of the rings, and the bell that wakes main when one fills up.

use crate::abi::{Outbox, record};
use crate::shared::bytes::Bytes;
use crate::shared::futex::Signal;
use crate::shared::mapping::Arena;
use crate::shared::run::Slot;
use crate::shared::{Deadline, SyncError};
use crossbeam::utils::CachePadded;
use nix::poll::{PollFd, PollFlags};
use nix::sys::eventfd::{EfdFlags, EventFd};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The size of a ring in bytes.
const CAPACITY: usize = 1 << 20;

/// A worker's outbox, as main sees it.
pub struct Inbox {
    ring: Bytes,
    written: &'static CachePadded<AtomicU64>,
    taken: &'static CachePadded<AtomicU64>,
    room: &'static Signal,
    task: &'static AtomicU64,
    completed: Option<&'static AtomicU64>,
}

impl Inbox {
    /// An empty one for the worker of `slot`; `None` if the arena is used up. `completed` counts tasks where their order is
    /// wanted.
    pub fn new(arena: &Arena, slot: &'static Slot, completed: Option<&'static AtomicU64>) -> Option<Self> {
        let ring = arena.bytes(CAPACITY, 4096)?;
        let (written, taken, room) = (arena.alloc()?, arena.alloc()?, arena.alloc()?);
        Some(Self { ring, written, taken, room, task: &slot.task, completed })
    }

    /// The outbox as its worker is given it, with as many tasks to be reported singly.
    pub fn outbox(&self, traced: u64) -> Outbox {
        Outbox {
            ring: self.ring.as_ptr(),
            capacity: CAPACITY as u64,
            written: &raw const **self.written,
            taken: &raw const **self.taken,
            task: self.task,
            completed: self.completed.map_or(std::ptr::null(), std::ptr::from_ref),
            traced,
        }
    }

    /// Waits until main has taken something.
    ///
    /// # Errors
    /// What `deadline` says.
    pub fn wait_for_room(&self, deadline: &Deadline<'_>) -> Result<(), SyncError> {
        let full = self.taken.load(Ordering::Acquire);
        let changed = || self.taken.load(Ordering::Acquire) != full || self.is_half_empty();
        self.room.wait_for(deadline, changed, || Ok(changed().then_some(())))
    }

    fn is_half_empty(&self) -> bool {
        let (written, taken) = (self.written.load(Ordering::Acquire), self.taken.load(Ordering::Acquire));
        written.wrapping_sub(taken) <= CAPACITY as u64 / 2
    }

    /// Moves all records that there are to `batch`, which is empty. Where a job has written over what says how many there
    /// are, there are none: their tasks are told as those of which nothing is known.
    pub fn take(&self, batch: &mut Vec<u8>) {
        let written = self.written.load(Ordering::Acquire);
        let taken = self.taken.load(Ordering::Relaxed);
        let len = written.wrapping_sub(taken) as usize;
        if len == 0 || len > CAPACITY {
            return;
        }
        let place = taken as usize % CAPACITY;
        let first = len.min(CAPACITY - place);
        self.ring.read(place, first, |bytes| batch.extend_from_slice(bytes));
        self.ring.read(0, len - first, |bytes| batch.extend_from_slice(bytes));
        self.taken.store(written, Ordering::Release);
        self.room.notify(1);
    }
}

/// The records of a task that failed, and why; `order` is its place in the order of completion, where that is wanted.
pub fn failure(index: u64, order: Option<u64>, why: &str) -> Vec<u8> {
    let mut records = Vec::with_capacity(32 + why.len());
    let mut numbered = |kind, number: u64| {
        records.push(kind);
        records.extend_from_slice(&number.to_le_bytes());
    };
    numbered(record::AT, index);
    if let Some(order) = order {
        numbered(record::ORDER, order);
    }
    numbered(record::FAILURE, why.len() as u64);
    records.extend_from_slice(why.as_bytes());
    records
}

/// Wakes main while it waits for its workers.
pub struct Bell {
    fd: EventFd,
    /// 1 if it has been rung since main last looked, so that one system call is enough.
    rung: &'static AtomicU32,
}

impl Bell {
    /// A quiet one; `None` if the arena or the system's descriptors are used up.
    pub fn new(arena: &Arena) -> Option<Self> {
        let fd = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK).ok()?;
        Some(Self { fd, rung: arena.alloc()? })
    }

    /// Rings it.
    pub fn ring(&self) {
        if self.rung.swap(1, Ordering::SeqCst) == 0 {
            let _ = self.fd.write(1);
        }
    }

    /// Main has heard it.
    pub fn quiet(&self) {
        if self.rung.load(Ordering::SeqCst) != 0 {
            let _ = self.fd.read();
            self.rung.store(0, Ordering::SeqCst);
        }
    }

    /// Appends what is to be polled for reading so as to hear it.
    pub fn watch<'a>(&'a self, fds: &mut Vec<PollFd<'a>>) {
        fds.push(PollFd::new(self.fd.as_fd(), PollFlags::POLLIN));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::mapping::Mapping;

    #[test]
    fn what_a_worker_publishes_is_taken_once_also_around_the_end() {
        let mapping = Mapping::new(4096, 8 << 20).expect("a mapping");
        let slot: &Slot = mapping.run.alloc().expect("room");
        let inbox = Inbox::new(&mapping.run, slot, None).expect("room");
        for round in 0..3_000_u64 {
            let records = failure(round, None, &"x".repeat(round as usize % 900));
            let at = inbox.written.load(Ordering::Relaxed);
            let place = at as usize % CAPACITY;
            let first = records.len().min(CAPACITY - place);
            inbox.ring.write(place, &records[..first]);
            inbox.ring.write(0, &records[first..]);
            inbox.written.store(at + records.len() as u64, Ordering::Release);
            let mut batch = Vec::new();
            inbox.take(&mut batch);
            assert_eq!(batch, records);
        }
    }
}
