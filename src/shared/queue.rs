//! A queue of byte strings in shared memory.
//!
//! The items stand one behind another in a ring of bytes, each behind a header of its number and length. `head` and `tail`
//! count bytes from the beginning of time; the place in the ring is their remainder. The ring starts small and doubles
//! inside its reserved addresses as it must. An item exists from the store of `tail` on, and is taken by the store of
//! `head`: a worker that is killed before has not put it, and has not taken it.

use super::futex::Signal;
use super::lock::OwnedLock;
use super::mapping::{Arena, Bytes, Shared};
use super::{Denied, Patience, WorkerId};
use crossbeam::utils::CachePadded;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// The ring's size at first, in bytes.
const FIRST: u64 = 64 << 10;
/// An item's header: its number and its length, 8 bytes each.
const HEADER: u64 = 16;

/// The part of a queue that lives in shared memory.
#[repr(C)]
pub struct QueueState {
    lock: CachePadded<OwnedLock>,
    head: AtomicU64,
    tail: AtomicU64,
    capacity: AtomicU64,
    puts: AtomicU64,
    gets: AtomicU64,
    done: AtomicU64,
    closed: AtomicU32,
    not_empty: CachePadded<Signal>,
    not_full: CachePadded<Signal>,
    all_done: CachePadded<Signal>,
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for QueueState {}

/// A queue of byte strings.
#[derive(Clone, Copy)]
pub struct Queue {
    state: &'static QueueState,
    ring: Bytes,
    /// The most items it holds; `u64::MAX` is without limit.
    maxsize: u64,
}

/// An item's number, from 0, and how many items are in the queue after the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// The item's number, from 0.
    pub number: u64,
    /// The items in the queue after the call.
    pub depth: u64,
}

impl Queue {
    /// A new queue whose ring may grow to `reserve` bytes; `None` if the arena is used up.
    pub fn new(arena: &Arena, maxsize: Option<u64>, reserve: usize) -> Option<Self> {
        let ring = arena.bytes(reserve.max(FIRST as usize).next_power_of_two(), 4096)?;
        let state: &QueueState = arena.alloc()?;
        state.capacity.store(FIRST, Relaxed);
        Some(Self { state, ring, maxsize: maxsize.unwrap_or(u64::MAX) })
    }

    /// Puts the concatenation of `parts` as one item.
    ///
    /// # Errors
    /// [`Denied::Closed`], [`Denied::NoSpace`] if it could never fit, or what `patience` says while the queue is full.
    pub fn put(&self, me: WorkerId, parts: &[&[u8]], patience: &Patience<'_>) -> Result<Passed, Denied> {
        let state = self.state;
        loop {
            let seen = state.not_full.seen();
            let attempt = state.lock.with(me, &endless(patience), || self.mend(), || self.try_put(parts))?;
            match attempt {
                Err(Denied::TimedOut) => state.not_full.wait(seen, patience)?,
                Err(denied) => return Err(denied),
                Ok(passed) => {
                    state.not_empty.notify(1);
                    return Ok(passed);
                }
            }
        }
    }

    /// Takes the first item and hands its bytes to `sink`, in one or two pieces.
    ///
    /// # Errors
    /// [`Denied::Closed`] if it is closed and drained, or what `patience` says while the queue is empty.
    pub fn get(&self, me: WorkerId, patience: &Patience<'_>, mut sink: impl FnMut(&[u8])) -> Result<Passed, Denied> {
        let state = self.state;
        loop {
            let seen = state.not_empty.seen();
            let attempt = state.lock.with(me, &endless(patience), || self.mend(), || self.try_get(&mut sink))?;
            match attempt {
                Err(Denied::TimedOut) => state.not_empty.wait(seen, patience)?,
                Err(denied) => return Err(denied),
                Ok(passed) => {
                    state.not_full.notify(1);
                    return Ok(passed);
                }
            }
        }
    }

    /// The number of items.
    pub fn len(&self) -> u64 {
        let state = self.state;
        state.puts.load(Relaxed).saturating_sub(state.gets.load(Relaxed))
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most items it holds, if there is a limit.
    pub fn maxsize(&self) -> Option<u64> {
        (self.maxsize != u64::MAX).then_some(self.maxsize)
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.state.closed.load(Relaxed) != 0
    }

    /// Closes it and tells everybody.
    pub fn close(&self) {
        self.state.closed.store(1, Relaxed);
        self.rouse();
    }

    /// Counts one item as done.
    ///
    /// # Errors
    /// [`Denied::TooMany`] if all that were put are done already.
    pub fn item_done(&self) -> Result<(), Denied> {
        let state = self.state;
        let puts = state.puts.load(Relaxed);
        let count = |done| (done < puts).then_some(done + 1);
        match state.done.fetch_update(Relaxed, Relaxed, count) {
            Ok(before) => {
                if before + 1 == puts {
                    state.all_done.notify(u32::MAX);
                }
                Ok(())
            }
            Err(_) => Err(Denied::TooMany),
        }
    }

    /// Waits until as many items are done as were put.
    ///
    /// # Errors
    /// What `patience` says.
    pub fn join(&self, patience: &Patience<'_>) -> Result<(), Denied> {
        let state = self.state;
        loop {
            let seen = state.all_done.seen();
            if state.done.load(Relaxed) >= state.puts.load(Relaxed) {
                return Ok(());
            }
            state.all_done.wait(seen, patience)?;
        }
    }

    /// Frees the queue's lock if `dead` held it, and wakes everybody.
    pub fn sweep(&self, dead: WorkerId) {
        self.state.lock.sweep(dead);
        self.rouse();
    }

    /// Wakes everybody, so that they look again.
    pub fn rouse(&self) {
        for signal in [&self.state.not_empty, &self.state.not_full, &self.state.all_done] {
            signal.rouse();
        }
    }

    /// Everything about the queue as bytes, to be put back by [`restore`](Self::restore). Nobody uses it meanwhile.
    pub fn snapshot(&self) -> Vec<u8> {
        let state = self.state;
        let words = [&state.head, &state.tail, &state.capacity, &state.puts, &state.gets, &state.done];
        let mut all: Vec<u8> = words.iter().flat_map(|word| word.load(Relaxed).to_le_bytes()).collect();
        all.extend(u64::from(state.closed.load(Relaxed)).to_le_bytes());
        all.extend(self.ring.to_vec(0, state.capacity.load(Relaxed) as usize));
        all
    }

    /// Puts a [`snapshot`](Self::snapshot) back. Nobody uses the queue meanwhile.
    pub fn restore(&self, snapshot: &[u8]) {
        let state = self.state;
        let (words, ring) = snapshot.split_at(7 * 8);
        let places = [&state.head, &state.tail, &state.capacity, &state.puts, &state.gets, &state.done];
        let (chunks, _) = words.as_chunks::<8>();
        for (place, word) in places.iter().zip(chunks) {
            place.store(u64::from_le_bytes(*word), Relaxed);
        }
        state.closed.store(chunks[6][0].into(), Relaxed);
        self.ring.write(0, ring);
    }

    /// Under the lock. [`Denied::TimedOut`] stands for "full".
    fn try_put(&self, parts: &[&[u8]]) -> Result<Passed, Denied> {
        let state = self.state;
        if self.is_closed() {
            return Err(Denied::Closed);
        }
        let (puts, gets) = (state.puts.load(Relaxed), state.gets.load(Relaxed));
        if puts - gets >= self.maxsize {
            return Err(Denied::TimedOut);
        }
        let len: u64 = parts.iter().map(|part| part.len() as u64).sum();
        let (head, tail) = (state.head.load(Relaxed), state.tail.load(Relaxed));
        self.make_room(head, tail, HEADER + len)?;
        let mut at = self.write(tail, &puts.to_le_bytes());
        at = self.write(at, &len.to_le_bytes());
        for part in parts {
            at = self.write(at, part);
        }
        state.tail.store(at, Relaxed);
        state.puts.store(puts + 1, Relaxed);
        Ok(Passed { number: puts, depth: puts + 1 - gets })
    }

    /// Under the lock. [`Denied::TimedOut`] stands for "empty".
    fn try_get(&self, sink: &mut impl FnMut(&[u8])) -> Result<Passed, Denied> {
        let state = self.state;
        let (head, tail) = (state.head.load(Relaxed), state.tail.load(Relaxed));
        if head == tail {
            return Err(if self.is_closed() { Denied::Closed } else { Denied::TimedOut });
        }
        let (number, len) = self.header(head);
        self.read(head + HEADER, len, sink);
        state.head.store(head + HEADER + len, Relaxed);
        state.gets.store(number + 1, Relaxed);
        Ok(Passed { number, depth: state.puts.load(Relaxed).saturating_sub(number + 1) })
    }

    /// Puts the counts right after an owner died between two stores: the ring itself says what is true.
    fn mend(&self) {
        let state = self.state;
        let (mut at, tail) = (state.head.load(Relaxed), state.tail.load(Relaxed));
        if at == tail {
            state.gets.store(state.puts.load(Relaxed), Relaxed);
            return;
        }
        state.gets.store(self.header(at).0, Relaxed);
        while at < tail {
            let (number, len) = self.header(at);
            at += HEADER + len;
            state.puts.store(number + 1, Relaxed);
        }
    }

    /// Doubles the ring until `need` more bytes fit.
    fn make_room(&self, head: u64, tail: u64, need: u64) -> Result<(), Denied> {
        let old = self.state.capacity.load(Relaxed);
        let used = tail - head;
        if used + need <= old {
            return Ok(());
        }
        let new = (used + need).next_power_of_two();
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

    fn header(&self, at: u64) -> (u64, u64) {
        let (mut header, mut filled) = ([0; HEADER as usize], 0);
        self.read(at, HEADER, &mut |bytes| {
            header[filled..filled + bytes.len()].copy_from_slice(bytes);
            filled += bytes.len();
        });
        let (words, _) = header.as_chunks::<8>();
        (u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1]))
    }

    /// Writes `bytes` at the ring's `at`; gives the position behind them.
    fn write(&self, at: u64, bytes: &[u8]) -> u64 {
        let capacity = self.state.capacity.load(Relaxed);
        let place = (at % capacity) as usize;
        let first = bytes.len().min(capacity as usize - place);
        self.ring.write(place, &bytes[..first]);
        self.ring.write(0, &bytes[first..]);
        at + bytes.len() as u64
    }

    fn read(&self, at: u64, len: u64, sink: &mut impl FnMut(&[u8])) {
        let capacity = self.state.capacity.load(Relaxed);
        let place = at % capacity;
        let first = len.min(capacity - place);
        self.ring.read(place as usize, first as usize, &mut *sink);
        if first < len {
            self.ring.read(0, (len - first) as usize, sink);
        }
    }
}

/// The queue's own lock is held for so short a time that no time limit applies to it; only being told to end does.
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
        assert_eq!(queue.put(0, &[b"a"], &NO_WAIT), Ok(Passed { number: 0, depth: 1 }));
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
    fn what_an_owner_left_half_done_is_mended() {
        let queue = queue(None);
        queue.put(0, &[b"a"], &NO_WAIT).expect("room");
        queue.put(0, &[b"b"], &NO_WAIT).expect("room");
        // As if it had died between the stores of `tail` and `puts`, then between `head` and `gets`.
        queue.state.puts.store(1, Relaxed);
        queue.mend();
        assert_eq!(queue.len(), 2);
        get(&queue).expect("an item");
        queue.state.gets.store(0, Relaxed);
        queue.mend();
        assert_eq!(queue.len(), 1);
        assert_eq!(get(&queue), Ok(b"b".to_vec()));
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
