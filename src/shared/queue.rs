//! A queue of byte strings in shared memory.
//!
//! The items stand one behind another in a ring of bytes, each behind its length. Both ends count bytes from the beginning of
//! time; where a position is in the ring, its shape says. The ring starts small and grows inside its reserved addresses as it
//! must: it doubles, and at last it takes all of them.
//!
//! Each end has a lock of its own, so that one worker can put while another gets (the two-lock queue of Michael and Scott,
//! "Simple, Fast, and Practical Non-Blocking and Blocking Concurrent Queue Algorithms", 1996). An item exists from the one
//! store on that moves the tail, and is taken by the one that moves the head: a worker that is killed before has not put it,
//! and has not taken it.

mod ring;
mod whole;

use super::bytes::{Bytes, Shared};
use super::futex::Signal;
use super::lock::OwnedLock;
use super::mapping::Arena;
use super::place;
use super::primitive::Primitive;
use super::{Deadline, SyncError, WorkerId};
use crossbeam::utils::CachePadded;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{
    AtomicU32, AtomicU64, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, fence,
};

/// The ring's size at first, in bytes.
const FIRST: u64 = 64 << 10;
/// An item's header: its length.
const HEADER: u64 = 8;

/// How far an end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    /// In bytes, headers included.
    bytes: u64,
    /// In items.
    items: u64,
}

/// One end of a queue. Whoever holds its lock moves it.
#[repr(C)]
struct End {
    lock: OwnedLock,
    /// Says which of the two marks holds: moving writes the other one first, and then this, so that both of a mark's
    /// numbers change at once, also for who is killed in between.
    version: AtomicU64,
    marks: [[AtomicU64; 2]; 2],
    /// The other end's mark when it was last looked at from here: it only grows, so an old one is safe, and looking costs
    /// the other end's cache line.
    other: [AtomicU64; 2],
}

impl End {
    fn mark(&self) -> Mark {
        loop {
            let version = self.version.load(Acquire);
            let [bytes, items] = &self.marks[version as usize % 2];
            let mark = Mark { bytes: bytes.load(Relaxed), items: items.load(Relaxed) };
            fence(Acquire);
            if self.version.load(Relaxed) == version {
                return mark;
            }
        }
    }

    fn move_to(&self, mark: Mark) {
        let version = self.version.load(Relaxed).wrapping_add(1);
        let [bytes, items] = &self.marks[version as usize % 2];
        bytes.store(mark.bytes, Relaxed);
        items.store(mark.items, Relaxed);
        self.version.store(version, Release);
    }

    /// Under this end's lock: the other end's mark, as it was known here.
    fn known(&self) -> Mark {
        Mark { bytes: self.other[0].load(Relaxed), items: self.other[1].load(Relaxed) }
    }

    /// Under this end's lock: the other end's mark as it is now.
    fn look_at(&self, other: &End) -> Mark {
        let mark = other.mark();
        // Killed between the two stores, a worker leaves a mark that is old in one part, which is safe like any old one.
        self.other[0].store(mark.bytes, Relaxed);
        self.other[1].store(mark.items, Relaxed);
        mark
    }

    fn set(&self, mark: Mark, other: Mark) {
        self.move_to(mark);
        self.other[0].store(other.bytes, Relaxed);
        self.other[1].store(other.items, Relaxed);
        self.lock.clear();
    }
}

/// The part of a queue that lives in shared memory.
#[repr(C)]
pub struct QueueState {
    tail: CachePadded<End>,
    head: CachePadded<End>,
    /// The ring's present [`Shape`]; changed only under both locks.
    shape: CachePadded<AtomicU64>,
    done: AtomicU64,
    closed: AtomicU32,
    not_empty: CachePadded<Signal>,
    not_full: CachePadded<Signal>,
    all_done: CachePadded<Signal>,
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for QueueState {}

/// A queue of byte strings.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Queue {
    #[serde(with = "place::one")]
    state: &'static QueueState,
    ring: Bytes,
    /// The most items it holds; `u64::MAX` is without limit.
    maxsize: u64,
}

impl Queue {
    /// A new queue whose ring may grow to `reserve` bytes, or a little less; `None` if the arena is used up.
    pub fn new(arena: &Arena, maxsize: Option<u64>, reserve: usize) -> Option<Self> {
        let first = FIRST as usize;
        let ring = arena.bytes((reserve / first * first).max(first), 4096)?;
        // All zeros is the first shape.
        let state = arena.alloc()?;
        Some(Self { state, ring, maxsize: maxsize.unwrap_or(u64::MAX) })
    }

    /// Puts the concatenation of `parts` as one item; gives its number, from 0.
    ///
    /// # Errors
    /// [`SyncError::Closed`], [`SyncError::NoSpace`] if it does not fit any more, or what `deadline` says while the queue is full.
    pub fn put(&self, me: WorkerId, parts: &[&[u8]], deadline: &Deadline<'_>) -> Result<u64, SyncError> {
        let QueueState { tail, not_full, not_empty, .. } = self.state;
        let attempt = || tail.lock.with(me, &endless(deadline), || (), || self.try_put(me, parts, deadline))?;
        let number = not_full.wait_for(deadline, || !self.is_full() || self.is_closed(), attempt)?;
        not_empty.notify_unlocked(1);
        Ok(number)
    }

    /// Takes the first item and hands its bytes to `sink`, in one or two pieces; gives its number, from 0.
    ///
    /// # Errors
    /// [`SyncError::Closed`] if it is closed and drained, or what `deadline` says while the queue is empty.
    pub fn get(&self, me: WorkerId, deadline: &Deadline<'_>, mut sink: impl FnMut(&[u8])) -> Result<u64, SyncError> {
        let QueueState { head, not_full, not_empty, .. } = self.state;
        let attempt = || head.lock.with(me, &endless(deadline), || (), || self.try_get(&mut sink))?;
        let number = not_empty.wait_for(deadline, || !self.is_empty() || self.is_closed(), attempt)?;
        not_full.notify_unlocked(1);
        Ok(number)
    }

    /// How many items have been put.
    pub fn puts(&self) -> u64 {
        self.state.tail.mark().items
    }

    /// How many items have been taken.
    pub fn gets(&self) -> u64 {
        self.state.head.mark().items
    }

    /// How many of the items that were put are not done yet.
    pub fn open(&self) -> u64 {
        self.puts().saturating_sub(self.state.done.load(Relaxed))
    }

    /// The number of items.
    pub fn len(&self) -> u64 {
        // Taken in this order, and both only grow: never less than nothing.
        let gets = self.gets();
        self.puts().saturating_sub(gets)
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another item.
    pub fn is_full(&self) -> bool {
        self.len() >= self.maxsize
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.state.closed.load(Acquire) != 0
    }

    /// Closes it and tells everybody.
    pub fn close(&self) {
        self.state.closed.store(1, Release);
        self.wake_all();
    }

    /// Counts one item as done.
    ///
    /// # Errors
    /// [`SyncError::TooMany`] if all that were put are done already.
    pub fn item_done(&self) -> Result<(), SyncError> {
        let QueueState { done, all_done, .. } = self.state;
        let mut before = done.load(Acquire);
        loop {
            // Counted after what is done: both only grow, so an older count of what was put might be less than what others
            // have put, taken and done since, and would refuse a caller whose item is not done yet.
            let puts = self.puts();
            if before >= puts {
                return Err(SyncError::TooMany);
            }
            match done.compare_exchange_weak(before, before + 1, AcqRel, Acquire) {
                Ok(_) if before + 1 == puts => all_done.notify(u32::MAX),
                Ok(_) => {}
                Err(now) => {
                    before = now;
                    continue;
                }
            }
            return Ok(());
        }
    }

    /// Whether as many items are done as were put.
    pub fn is_done(&self) -> bool {
        self.state.done.load(Relaxed) >= self.puts()
    }

    /// Waits until as many items are done as were put.
    ///
    /// # Errors
    /// What `deadline` says.
    pub fn join(&self, deadline: &Deadline<'_>) -> Result<(), SyncError> {
        self.state.all_done.wait_for(deadline, || self.is_done(), || Ok(self.is_done().then_some(())))
    }

    /// Under the tail's lock. Nothing stands for "full".
    fn try_put(&self, me: WorkerId, parts: &[&[u8]], deadline: &Deadline<'_>) -> Result<Option<u64>, SyncError> {
        let QueueState { tail, head, .. } = self.state;
        if self.is_closed() {
            return Err(SyncError::Closed);
        }
        let end = tail.mark();
        if end.items - tail.known().items >= self.maxsize && end.items - tail.look_at(head).items >= self.maxsize {
            return Ok(None);
        }
        let len: u64 = parts.iter().map(|part| part.len() as u64).sum();
        let need = HEADER + len;
        let fits = |from: Mark, capacity: u64| end.bytes - from.bytes + need <= capacity;
        let size = self.shape().capacity;
        if !fits(tail.known(), size) && !fits(tail.look_at(head), size) {
            // Nobody may read while bytes move. A getter never asks for the tail's lock, so there is no circle.
            head.lock.with(me, &endless(deadline), || (), || self.grow(head.mark().bytes, end.bytes, need))??;
        }
        let mut at = self.write(end.bytes, &len.to_le_bytes());
        for part in parts {
            at = self.write(at, part);
        }
        tail.move_to(Mark { bytes: at, items: end.items + 1 });
        Ok(Some(end.items))
    }

    /// Under the head's lock. Nothing stands for "empty".
    fn try_get(&self, sink: &mut impl FnMut(&[u8])) -> Result<Option<u64>, SyncError> {
        let QueueState { tail, head, .. } = self.state;
        let start = head.mark();
        // Asked before the tail is looked at: what was put before the closing must still be found.
        let closed = self.is_closed();
        if start.items >= head.known().items && start.items >= head.look_at(tail).items {
            return if closed { Err(SyncError::Closed) } else { Ok(None) };
        }
        let len = self.header(start.bytes);
        self.read(start.bytes + HEADER, len, sink);
        head.move_to(Mark { bytes: start.bytes + HEADER + len, items: start.items + 1 });
        Ok(Some(start.items))
    }
}

/// The queue's own locks are held for so short a time that no time limit applies to them; only being told to end does.
fn endless<'a>(deadline: &Deadline<'a>) -> Deadline<'a> {
    Deadline { at: None, ..*deadline }
}

#[cfg(test)]
mod tests;
