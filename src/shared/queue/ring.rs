//! The bytes of a queue: where they are in its ring, and how that grows and gives memory back.

use super::{Budget, CHUNK, Denied, HEADER, Queue, WINDOW};
use std::sync::atomic::Ordering::Relaxed;

impl Queue {
    /// The budget of a ring that is a window.
    pub(super) fn window(&self) -> Option<Budget> {
        self.budget.filter(|_| self.state.capacity.load(Relaxed) & WINDOW != 0)
    }

    /// Under the head's lock: gives the memory up to a position back to the system, and then the room to who puts. Killed in
    /// between, a worker leaves it for the next one to do again.
    pub(super) fn give_back(&self, budget: &Budget, to: u64) {
        let from = budget.freed();
        if from >= to {
            return;
        }
        let (place, room) = Self::place(from, self.state.capacity.load(Relaxed));
        let len = (to - from) as usize;
        self.ring.free(place, len.min(room));
        self.ring.free(0, len.saturating_sub(room));
        budget.free(to);
    }

    /// Under both locks: makes room for `need` more bytes.
    pub(super) fn grow(&self, head: u64, tail: u64, need: u64) -> Result<(), Denied> {
        let old = self.state.capacity.load(Relaxed);
        if old & WINDOW != 0 {
            return Ok(());
        }
        let new = (tail - head + need).next_power_of_two().max(old);
        let Some(budget) = self.budget else {
            if new > self.ring.len() as u64 {
                return Err(Denied::NoSpace);
            }
            self.resize(head, tail, new);
            return Ok(());
        };
        let whole = self.ring.len() as u64;
        if new <= self.largest.min(whole) && budget.exchange(new, 0) {
            self.resize(head, tail, new);
            return Ok(());
        }
        let (from, to) = (head - head % CHUNK, (tail + need).next_multiple_of(CHUNK));
        if to - from > whole || !budget.exchange(to, from) {
            return Err(Denied::NoSpace);
        }
        self.resize(head, tail, whole | WINDOW);
        // What was moved has left memory behind.
        for (at, run) in stretches(head, tail, old).filter(|(at, _)| at % old != at % whole) {
            self.ring.free((at % old) as usize, run as usize);
        }
        Ok(())
    }

    /// Under both locks: gives the ring another size.
    fn resize(&self, head: u64, tail: u64, capacity: u64) {
        let (old, new) = (self.state.capacity.load(Relaxed), capacity & !WINDOW);
        // The old size divides the new one, so a byte stays where it is or moves beyond the old end, where nothing is in
        // use yet: a worker that is killed here has changed nothing that the old size can see.
        for (at, run) in stretches(head, tail, old).filter(|(at, _)| at % old != at % new) {
            self.ring.copy_within((at % old) as usize, (at % new) as usize, run as usize);
        }
        self.state.capacity.store(capacity, Relaxed);
    }

    /// Where a position is in a ring of `capacity` bytes, a power of two; and how many bytes there are up to its end.
    fn place(at: u64, capacity: u64) -> (usize, usize) {
        let capacity = capacity & !WINDOW;
        let place = at & (capacity - 1);
        (place as usize, (capacity - place) as usize)
    }

    /// Writes `bytes` at the ring's `at`; gives the position behind them.
    #[inline]
    pub(super) fn write(&self, at: u64, bytes: &[u8]) -> u64 {
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
    pub(super) fn header(&self, at: u64) -> u64 {
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

    pub(super) fn read(&self, at: u64, len: u64, sink: &mut impl FnMut(&[u8])) {
        let (place, room) = Self::place(at, self.state.capacity.load(Relaxed));
        let len = len as usize;
        self.ring.read(place, len.min(room), &mut *sink);
        if len > room {
            self.ring.read(0, len - room, sink);
        }
    }
}

/// The stretches of a ring of `capacity` bytes between two positions: where each begins, and its length.
fn stretches(head: u64, tail: u64, capacity: u64) -> impl Iterator<Item = (u64, u64)> {
    let run = move |at: u64| (capacity - at % capacity).min(tail - at);
    let first = (head < tail).then_some(head);
    std::iter::successors(first, move |at| Some(at + run(*at)).filter(|at| *at < tail)).map(move |at| (at, run(at)))
}
