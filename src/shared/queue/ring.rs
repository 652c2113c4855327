//! The bytes of a queue: where each is in the ring, and how the ring grows.

use super::{FIRST, Queue, SyncError};
use std::sync::atomic::{Ordering::Relaxed, Ordering::Release};

/// How a ring lies in its reserved bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Its size in bytes: a power of two, or all that is reserved.
    pub capacity: u64,
    /// The place of position 0.
    offset: u64,
}

impl Shape {
    /// The low bits of a word say how often the first size was doubled, the others are the offset: one store changes both.
    const BITS: u32 = 6;
    /// What those bits are for all that is reserved.
    const ALL: u64 = (1 << Self::BITS) - 1;

    pub(super) fn of_word(word: u64, reserved: u64) -> Self {
        let capacity = match word & Self::ALL {
            Self::ALL => reserved,
            doubled => FIRST << doubled,
        };
        Self { capacity, offset: word >> Self::BITS }
    }

    fn word(self, reserved: u64) -> u64 {
        let doubled = if self.capacity == reserved { Self::ALL } else { (self.capacity / FIRST).ilog2().into() };
        self.offset << Self::BITS | doubled
    }

    /// Whether growing can lead to it.
    pub(super) fn is_whole(self, reserved: u64) -> bool {
        let is_size = self.capacity.is_power_of_two() && self.capacity <= Self::largest_but_one(reserved);
        (is_size || self.capacity == reserved) && self.offset < self.capacity
    }

    /// A ring that is larger than this, and not yet all that is reserved, could not grow by half any more.
    fn largest_but_one(reserved: u64) -> u64 {
        reserved / 3 * 2
    }

    /// The next size in which there is room for so many bytes, which is larger by half at least.
    fn larger(bytes: u64, reserved: u64) -> Option<u64> {
        let size = bytes.checked_next_power_of_two().filter(|size| *size <= Self::largest_but_one(reserved));
        size.or((bytes <= reserved).then_some(reserved))
    }

    /// Where a position is, and how many bytes there are up to the ring's end.
    fn place(self, at: u64) -> (u64, u64) {
        let at = at + self.offset;
        // All sizes but the last are powers of two, for which the remainder is much faster to compute.
        let place = if self.capacity.is_power_of_two() { at & (self.capacity - 1) } else { at % self.capacity };
        (place, self.capacity - place)
    }

    /// A ring of this size in which a position is at a place.
    fn with(capacity: u64, at: u64, place: u64) -> Self {
        Self { capacity, offset: (place + capacity - at % capacity) % capacity }
    }
}

impl Queue {
    pub(super) fn shape(&self) -> Shape {
        Shape::of_word(self.state.shape.load(Relaxed), self.ring.len() as u64)
    }

    /// Under both locks: makes the ring large enough for `need` bytes more.
    pub(super) fn grow(&self, head: u64, tail: u64, need: u64) -> Result<(), SyncError> {
        let (old, used) = (self.shape(), tail - head);
        // Others may have taken items since the caller looked.
        if used + need <= old.capacity {
            return Ok(());
        }
        let reserved = self.ring.len() as u64;
        let new = Shape::larger(used + need, reserved).ok_or(SyncError::NoSpace)?;
        let (place, first) = old.place(head);
        let (first, second) = (first.min(used), used.saturating_sub(first));
        let longer = new - old.capacity;
        // Where the bytes reach around the end, the shorter of the two pieces is moved. That is at most half of the old ring, so
        // it fits behind it, where nothing is in use yet: a worker that is killed here has changed nothing that the old shape
        // can see.
        let shape = if second <= first {
            self.ring.copy_within(0, old.capacity as usize, second as usize);
            Shape::with(new, head, place)
        } else {
            self.ring.copy_within(place as usize, (place + longer) as usize, first as usize);
            Shape::with(new, head, place + longer)
        };
        // Not before the copy, in whatever order the compiler puts what follows.
        self.state.shape.store(shape.word(reserved), Release);
        Ok(())
    }

    /// Writes `bytes` at the ring's `at`; gives the position behind them.
    #[inline]
    pub(super) fn write(&self, at: u64, bytes: &[u8]) -> u64 {
        let (place, room) = self.place(at);
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
        let mut header = [0; size_of::<u64>()];
        let (place, room) = self.place(at);
        if header.len() <= room {
            self.ring.read(place, header.len(), |bytes| header.copy_from_slice(bytes));
        } else {
            self.ring.read(place, room, |bytes| header[..room].copy_from_slice(bytes));
            self.ring.read(0, header.len() - room, |bytes| header[room..].copy_from_slice(bytes));
        }
        u64::from_le_bytes(header)
    }

    pub(super) fn read(&self, at: u64, len: u64, sink: &mut impl FnMut(&[u8])) {
        let (place, room) = self.place(at);
        let len = len as usize;
        self.ring.read(place, len.min(room), &mut *sink);
        if len > room {
            self.ring.read(0, len - room, sink);
        }
    }

    #[inline]
    fn place(&self, at: u64) -> (usize, usize) {
        let (place, room) = self.shape().place(at);
        (place as usize, room as usize)
    }
}
