//! A queue of byte strings in shared memory.
//!
//! The items stand one behind another in a ring of bytes, each behind its length. Both ends count bytes from the beginning of
//! time; the place in the ring is the remainder. The ring starts small and doubles inside its reserved addresses as it must.
//!
//! Each end has a lock of its own, so that one worker can put while another gets (the two-lock queue of Michael and Scott,
//! "Simple, Fast, and Practical Non-Blocking and Blocking Concurrent Queue Algorithms", 1996). An item exists from the one
//! store on that moves the tail, and is taken by the one that moves the head: a worker that is killed before has not put it,
//! and has not taken it.

use super::futex::Signal;
use super::lock::OwnedLock;
use super::mapping::{Arena, Bytes, Shared};
use super::place;
use super::{Denied, Patience, WorkerId};
use crossbeam::utils::CachePadded;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, fence};

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
    /// The ring's present size; changed only under both locks.
    capacity: CachePadded<AtomicU64>,
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
    /// A new queue whose ring may grow to `reserve` bytes; `None` if the arena is used up. A `maxsize` of 0 is no limit.
    pub fn new(arena: &Arena, maxsize: Option<u64>, reserve: usize) -> Option<Self> {
        let ring = arena.bytes(reserve.max(FIRST as usize).next_power_of_two(), 4096)?;
        let state: &QueueState = arena.alloc()?;
        state.capacity.store(FIRST, Relaxed);
        Some(Self { state, ring, maxsize: maxsize.filter(|most| *most > 0).unwrap_or(u64::MAX) })
    }

    /// Puts the concatenation of `parts` as one item; gives its number, from 0.
    ///
    /// # Errors
    /// [`Denied::Closed`], [`Denied::NoSpace`] if it does not fit any more, or what `patience` says while the queue is full.
    pub fn put(&self, me: WorkerId, parts: &[&[u8]], patience: &Patience<'_>) -> Result<u64, Denied> {
        let QueueState { tail, not_full, not_empty, .. } = self.state;
        let attempt = || tail.lock.with(me, &endless(patience), || (), || self.try_put(me, parts, patience))?;
        let number = not_full.wait_for(patience, || !self.is_full() || self.is_closed(), attempt)?;
        not_empty.notify_unlocked(1);
        Ok(number)
    }

    /// Takes the first item and hands its bytes to `sink`, in one or two pieces; gives its number, from 0.
    ///
    /// # Errors
    /// [`Denied::Closed`] if it is closed and drained, or what `patience` says while the queue is empty.
    pub fn get(&self, me: WorkerId, patience: &Patience<'_>, mut sink: impl FnMut(&[u8])) -> Result<u64, Denied> {
        let QueueState { head, not_full, not_empty, .. } = self.state;
        let attempt = || head.lock.with(me, &endless(patience), || (), || self.try_get(&mut sink))?;
        let number = not_empty.wait_for(patience, || !self.is_empty() || self.is_closed(), attempt)?;
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

    /// The most items it holds, if there is a limit.
    pub fn maxsize(&self) -> Option<u64> {
        (self.maxsize != u64::MAX).then_some(self.maxsize)
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.state.closed.load(Acquire) != 0
    }

    /// Closes it and tells everybody.
    pub fn close(&self) {
        self.state.closed.store(1, Release);
        self.rouse();
    }

    /// Counts one item as done.
    ///
    /// # Errors
    /// [`Denied::TooMany`] if all that were put are done already.
    pub fn item_done(&self) -> Result<(), Denied> {
        let QueueState { done, all_done, .. } = self.state;
        let puts = self.puts();
        let before = done.fetch_update(Relaxed, Relaxed, |done| (done < puts).then_some(done + 1));
        if before.map_err(|_| Denied::TooMany)? + 1 == puts {
            all_done.notify(u32::MAX);
        }
        Ok(())
    }

    /// Whether as many items are done as were put.
    pub fn is_done(&self) -> bool {
        self.state.done.load(Relaxed) >= self.puts()
    }

    /// Waits until as many items are done as were put.
    ///
    /// # Errors
    /// What `patience` says.
    pub fn join(&self, patience: &Patience<'_>) -> Result<(), Denied> {
        self.state.all_done.wait_for(patience, || self.is_done(), || Ok(self.is_done().then_some(())))
    }

    /// Frees the locks that `dead` held, and wakes everybody.
    pub fn sweep(&self, dead: WorkerId) {
        self.state.tail.lock.sweep(dead);
        self.state.head.lock.sweep(dead);
        self.rouse();
    }

    /// Wakes everybody, so that they look again.
    pub fn rouse(&self) {
        for signal in [&self.state.not_empty, &self.state.not_full, &self.state.all_done] {
            signal.rouse();
        }
    }

    /// Whether its state is one that calls can lead to, also calls of workers that were killed: who writes into memory that
    /// is not theirs can bring about any other. Nobody uses it meanwhile.
    pub fn is_whole(&self) -> bool {
        let QueueState { tail, head, capacity, done, .. } = self.state;
        let (tail, head, capacity) = (tail.mark(), head.mark(), capacity.load(Relaxed));
        let bytes = tail.bytes.checked_sub(head.bytes);
        let items = tail.items.checked_sub(head.items);
        let fits = |(bytes, items): (u64, u64)| bytes <= capacity && items <= bytes / HEADER;
        capacity.is_power_of_two()
            && (FIRST..=self.ring.len() as u64).contains(&capacity)
            && bytes.zip(items).is_some_and(fits)
            && tail.items <= tail.bytes / HEADER
            && tail.bytes < u64::MAX / 2
            && done.load(Relaxed) <= tail.items
            && self.has_whole_items(head, tail)
    }

    /// Whether the items between two marks, which lie in the ring, stand one behind another without a gap.
    fn has_whole_items(&self, head: Mark, tail: Mark) -> bool {
        let behind = (head.items..tail.items).try_fold(head.bytes, |at, _| {
            let end = (at + HEADER).checked_add(self.header(at))?;
            (end <= tail.bytes).then_some(end)
        });
        behind == Some(tail.bytes)
    }

    /// Makes it what it was at first. Nobody uses it meanwhile.
    pub fn clear(&self) {
        let nothing = Mark { bytes: 0, items: 0 };
        self.state.tail.set(nothing, nothing);
        self.state.head.set(nothing, nothing);
        self.state.capacity.store(FIRST, Relaxed);
        self.state.done.store(0, Relaxed);
        self.state.closed.store(0, Relaxed);
    }

    /// Everything about the queue as bytes, to be put back by [`restore`](Self::restore). Nobody uses it meanwhile.
    pub fn snapshot(&self) -> Vec<u8> {
        let QueueState { tail, head, capacity, done, closed, .. } = self.state;
        let (tail, head, capacity) = (tail.mark(), head.mark(), capacity.load(Relaxed));
        let (done, closed) = (done.load(Relaxed), closed.load(Relaxed).into());
        let words = [tail.bytes, tail.items, head.bytes, head.items, capacity, done, closed];
        let mut all: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        all.extend(self.ring.to_vec(0, capacity as usize));
        all
    }

    /// Puts a [`snapshot`](Self::snapshot) back, with both locks free. Nobody uses the queue meanwhile.
    pub fn restore(&self, snapshot: &[u8]) {
        let (words, ring) = snapshot.split_at(7 * 8);
        let words: Vec<u64> = words.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let tail = Mark { bytes: words[0], items: words[1] };
        let head = Mark { bytes: words[2], items: words[3] };
        self.state.tail.set(tail, head);
        self.state.head.set(head, tail);
        self.state.capacity.store(words[4], Relaxed);
        self.state.done.store(words[5], Relaxed);
        self.state.closed.store(words[6] as u32, Relaxed);
        self.ring.write(0, ring);
    }

    /// Under the tail's lock. Nothing stands for "full".
    fn try_put(&self, me: WorkerId, parts: &[&[u8]], patience: &Patience<'_>) -> Result<Option<u64>, Denied> {
        let QueueState { tail, head, capacity, .. } = self.state;
        if self.is_closed() {
            return Err(Denied::Closed);
        }
        let end = tail.mark();
        if end.items - tail.known().items >= self.maxsize && end.items - tail.look_at(head).items >= self.maxsize {
            return Ok(None);
        }
        let len: u64 = parts.iter().map(|part| part.len() as u64).sum();
        let need = HEADER + len;
        let fits = |from: Mark, capacity: u64| end.bytes - from.bytes + need <= capacity;
        let size = capacity.load(Relaxed);
        if !fits(tail.known(), size) && !fits(tail.look_at(head), size) {
            // Nobody may read while bytes move. A getter never asks for the tail's lock, so there is no circle.
            head.lock.with(me, &endless(patience), || (), || self.grow(head.mark().bytes, end.bytes, need))??;
        }
        let mut at = self.write(end.bytes, &len.to_le_bytes());
        for part in parts {
            at = self.write(at, part);
        }
        tail.move_to(Mark { bytes: at, items: end.items + 1 });
        Ok(Some(end.items))
    }

    /// Under the head's lock. Nothing stands for "empty".
    fn try_get(&self, sink: &mut impl FnMut(&[u8])) -> Result<Option<u64>, Denied> {
        let QueueState { tail, head, .. } = self.state;
        let start = head.mark();
        // Asked before the tail is looked at: what was put before the closing must still be found.
        let closed = self.is_closed();
        if start.items >= head.known().items && start.items >= head.look_at(tail).items {
            return if closed { Err(Denied::Closed) } else { Ok(None) };
        }
        let len = self.header(start.bytes);
        self.read(start.bytes + HEADER, len, sink);
        head.move_to(Mark { bytes: start.bytes + HEADER + len, items: start.items + 1 });
        Ok(Some(start.items))
    }

    /// Under both locks: doubles the ring until `need` more bytes fit.
    fn grow(&self, head: u64, tail: u64, need: u64) -> Result<(), Denied> {
        let old = self.state.capacity.load(Relaxed);
        let used = tail - head;
        let new = (used + need).next_power_of_two().max(old);
        if new > self.ring.len() as u64 {
            return Err(Denied::NoSpace);
        }
        // The old size divides the new one, so a byte stays where it is or moves beyond the old end, where nothing is in
        // use yet: a worker that is killed here has changed nothing that the old size can see.
        let mut at = head;
        while at < tail {
            let run = (old - at % old).min(tail - at);
            if at % old != at % new {
                self.ring.copy_within((at % old) as usize, (at % new) as usize, run as usize);
            }
            at += run;
        }
        self.state.capacity.store(new, Relaxed);
        Ok(())
    }

    /// Where a position is in a ring of `capacity` bytes, a power of two; and how many bytes there are up to its end.
    fn place(at: u64, capacity: u64) -> (usize, usize) {
        let place = at & (capacity - 1);
        (place as usize, (capacity - place) as usize)
    }

    /// Writes `bytes` at the ring's `at`; gives the position behind them.
    #[inline]
    fn write(&self, at: u64, bytes: &[u8]) -> u64 {
        let (place, room) = Self::place(at, self.state.capacity.load(Relaxed));
        if bytes.len() <= room {
            self.ring.write(place, bytes);
        } else {
            self.ring.write(place, &bytes[..room]);
            self.ring.write(0, &bytes[room..]);
        }
        at + bytes.len() as u64
    }

    /// The length of the item that stands at the ring's `at`.
    fn header(&self, at: u64) -> u64 {
        let mut header = [0; HEADER as usize];
        let (place, room) = Self::place(at, self.state.capacity.load(Relaxed));
        if header.len() <= room {
            self.ring.read(place, header.len(), |bytes| header.copy_from_slice(bytes));
        } else {
            self.ring.read(place, room, |bytes| header[..room].copy_from_slice(bytes));
            self.ring.read(0, header.len() - room, |bytes| header[room..].copy_from_slice(bytes));
        }
        u64::from_le_bytes(header)
    }

    fn read(&self, at: u64, len: u64, sink: &mut impl FnMut(&[u8])) {
        let (place, room) = Self::place(at, self.state.capacity.load(Relaxed));
        let len = len as usize;
        self.ring.read(place, len.min(room), &mut *sink);
        if len > room {
            self.ring.read(0, len - room, sink);
        }
    }
}

/// The queue's own locks are held for so short a time that no time limit applies to them; only being told to end does.
fn endless<'a>(patience: &Patience<'a>) -> Patience<'a> {
    Patience { deadline: None, ..*patience }
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;

    const NO_WAIT: Patience<'static> = Patience { deadline: Some(0), cancel: None };

    fn queue(maxsize: Option<u64>) -> Queue {
        let mapping = Mapping::new(64 << 20, 4096).expect("a mapping");
        Queue::new(&mapping.lasting, maxsize, 32 << 20).expect("room")
    }

    fn get(queue: &Queue) -> Result<Vec<u8>, Denied> {
        let mut item = Vec::new();
        queue.get(0, &NO_WAIT, |bytes| item.extend_from_slice(bytes)).map(|_| item)
    }

    #[test]
    fn items_come_out_in_the_order_in_which_they_were_put() {
        let queue = queue(None);
        for i in 0..10_000_u32 {
            queue.put(0, &[&i.to_le_bytes()], &NO_WAIT).expect("room");
        }
        for i in 0..10_000_u32 {
            assert_eq!(get(&queue), Ok(i.to_le_bytes().to_vec()));
        }
        assert_eq!(get(&queue), Err(Denied::TimedOut));
    }

    #[test]
    fn a_ring_that_grows_while_it_wraps_keeps_every_byte() {
        let queue = queue(None);
        let item = |i: usize| vec![i as u8; 1000 + i * 37];
        let (mut put, mut got) = (0, 0);
        while put < 400 {
            for _ in 0..3 {
                queue.put(0, &[&item(put)], &NO_WAIT).expect("room");
                put += 1;
            }
            assert_eq!(get(&queue), Ok(item(got)));
            got += 1;
        }
        while got < put {
            assert_eq!(get(&queue), Ok(item(got)));
            got += 1;
        }
    }

    #[test]
    fn a_full_queue_takes_no_more_and_a_closed_one_none() {
        let queue = queue(Some(1));
        assert_eq!(queue.put(0, &[b"a"], &NO_WAIT), Ok(0));
        assert_eq!(queue.put(0, &[b"b"], &NO_WAIT), Err(Denied::TimedOut));
        queue.close();
        assert_eq!(queue.put(0, &[b"b"], &NO_WAIT), Err(Denied::Closed));
        assert_eq!(get(&queue), Ok(b"a".to_vec()));
        assert_eq!(get(&queue), Err(Denied::Closed));
    }

    #[test]
    fn an_item_beyond_the_reserved_size_is_refused() {
        let queue = queue(None);
        assert_eq!(queue.put(0, &[&vec![0; 33 << 20]], &NO_WAIT), Err(Denied::NoSpace));
    }

    #[test]
    fn what_a_killed_owner_had_not_finished_has_not_happened() {
        let queue = queue(None);
        queue.put(0, &[b"a"], &NO_WAIT).expect("room");
        // As if worker 1 had been killed under both locks, after it wrote the next marks and before it switched to them.
        for end in [&queue.state.tail, &queue.state.head] {
            assert!(end.lock.try_acquire(1).is_some());
            let next = (end.version.load(Relaxed) + 1) as usize % 2;
            end.marks[next][0].store(999, Relaxed);
            end.marks[next][1].store(999, Relaxed);
        }
        queue.sweep(1);
        assert_eq!(queue.len(), 1);
        assert_eq!(queue.put(0, &[b"b"], &NO_WAIT), Ok(1));
        assert_eq!([get(&queue), get(&queue)], [Ok(b"a".to_vec()), Ok(b"b".to_vec())]);
        assert_eq!(get(&queue), Err(Denied::TimedOut));
    }

    /// Runs `sleeper` in a thread, does `deed` once that sleeps in the system because of `signal`, and gives its result.
    fn while_asleep<R: Send>(signal: &Signal, sleeper: impl FnOnce() -> R + Send, deed: impl FnOnce()) -> R {
        let thread = AtomicU32::new(0);
        std::thread::scope(|scope| {
            let running = scope.spawn(|| {
                thread.store(nix::unistd::gettid().as_raw() as u32, Release);
                sleeper()
            });
            let sleeps = || {
                let stat = std::fs::read_to_string(format!("/proc/self/task/{}/stat", thread.load(Acquire)));
                stat.is_ok_and(|stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('S')))
            };
            // With its mark set, nothing but its sleep can make it wait.
            while !(signal.is_awaited() && sleeps()) {
                std::thread::yield_now();
            }
            deed();
            running.join().expect("no panic")
        })
    }

    /// Long enough for whoever is woken, and an end for a test in which nobody is.
    fn some_seconds() -> Patience<'static> {
        Patience { deadline: Some(crate::shared::clock::now() + 30_000_000_000), cancel: None }
    }

    #[test]
    fn a_getter_asleep_is_woken_for_the_item_whose_putter_was_killed_before_it_said_so() {
        let queue = queue(None);
        let mut item = Vec::new();
        let got = while_asleep(
            &queue.state.not_empty,
            || queue.get(2, &some_seconds(), |bytes| item.extend_from_slice(bytes)),
            || {
                // As if worker 1 had been killed when the item was there, with its lock still held.
                assert!(queue.state.tail.lock.try_acquire(1).is_some());
                assert_eq!(queue.try_put(1, &[b"a"], &NO_WAIT), Ok(Some(0)));
                queue.sweep(1);
            },
        );
        assert_eq!((got, item), (Ok(0), b"a".to_vec()));
    }

    #[test]
    fn a_putter_asleep_is_woken_for_the_room_whose_getter_was_killed_before_it_said_so() {
        let queue = queue(Some(1));
        queue.put(0, &[b"a"], &NO_WAIT).expect("room");
        let put = while_asleep(
            &queue.state.not_full,
            || queue.put(2, &[b"b"], &some_seconds()),
            || {
                assert!(queue.state.head.lock.try_acquire(1).is_some());
                assert_eq!(queue.try_get(&mut |_: &[u8]| ()), Ok(Some(0)));
                queue.sweep(1);
            },
        );
        assert_eq!((put, get(&queue)), (Ok(1), Ok(b"b".to_vec())));
    }

    #[test]
    fn a_joiner_asleep_looks_again_after_a_sweep() {
        let queue = queue(None);
        queue.put(0, &[b"a"], &NO_WAIT).expect("room");
        let joined = while_asleep(
            &queue.state.all_done,
            || queue.join(&some_seconds()),
            || {
                // As if worker 1 had been killed between counting the item as done and waking anybody.
                queue.state.done.store(1, Release);
                queue.sweep(1);
            },
        );
        assert_eq!(joined, Ok(()));
    }

    #[test]
    fn a_queue_that_was_written_over_is_not_whole_and_can_be_used_again_once_it_is_cleared() {
        let queue = queue(None);
        queue.put(0, &[b"a"], &NO_WAIT).expect("room");
        queue.put(0, &[b"b"], &NO_WAIT).expect("room");
        get(&queue).expect("an item");
        assert!(queue.is_whole());
        let QueueState { tail, head, capacity, done, .. } = queue.state;
        let marks = |end: &'static End| &end.marks[end.version.load(Relaxed) as usize % 2];
        let ([tail_bytes, tail_items], [head_bytes, head_items]) = (marks(tail), marks(head));
        for word in [tail_bytes, tail_items, head_bytes, head_items, capacity, done] {
            for hostile in [u64::MAX, 1 << 40] {
                let before = word.swap(hostile, Relaxed);
                assert!(!queue.is_whole(), "{hostile} instead of {before}");
                word.store(before, Relaxed);
            }
        }
        // The length of the item that is left.
        let place = marks(head)[0].load(Relaxed) as usize;
        for hostile in [u64::MAX, u64::MAX - HEADER, 0, 2] {
            queue.ring.write(place, &hostile.to_le_bytes());
            assert!(!queue.is_whole(), "an item of {hostile} bytes");
        }
        tail.version.store(u64::MAX, Relaxed);
        capacity.store(u64::MAX, Relaxed);
        queue.clear();
        assert!(queue.is_whole() && queue.is_empty());
        queue.put(0, &[b"c"], &NO_WAIT).expect("room");
        assert_eq!(get(&queue), Ok(b"c".to_vec()));
    }

    #[test]
    fn a_restored_queue_holds_what_it_held() {
        let queue = queue(None);
        queue.put(0, &[b"kept"], &NO_WAIT).expect("room");
        let snapshot = queue.snapshot();
        get(&queue).expect("an item");
        queue.put(0, &[b"other"], &NO_WAIT).expect("room");
        queue.restore(&snapshot);
        assert_eq!(get(&queue), Ok(b"kept".to_vec()));
        assert_eq!(get(&queue), Err(Denied::TimedOut));
    }

    #[test]
    fn many_producers_and_consumers_pass_every_item_once() {
        let queue = queue(Some(7));
        let sum = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for me in 0..3 {
                scope.spawn(move || {
                    for i in 1..=2000_u64 {
                        queue.put(me, &[&i.to_le_bytes()], &Patience::ENDLESS).expect("open");
                    }
                });
            }
            for me in 3..6 {
                let sum = &sum;
                scope.spawn(move || {
                    for _ in 0..2000 {
                        let mut item = Vec::new();
                        queue.get(me, &Patience::ENDLESS, |b| item.extend_from_slice(b)).expect("open");
                        sum.fetch_add(u64::from_le_bytes(item.try_into().expect("8 bytes")), Relaxed);
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), 3 * 2000 * 2001 / 2);
    }
}
