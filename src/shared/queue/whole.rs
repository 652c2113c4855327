//! A queue as a whole, while nobody uses it: whether it makes sense, made anew, kept, and put back.

use super::super::WorkerId;
use super::super::primitive::{NameOf, Primitive, Snapshot};
use super::ring::Shape;
use super::{HEADER, Mark, Queue, QueueState};
use crate::model::{Content, WaitCondition};
use std::sync::atomic::Ordering::Relaxed;

impl Queue {
    /// Whether its state is one that calls can lead to, also calls of workers that were killed: who writes into memory that
    /// is not theirs can bring about any other. Nobody uses it meanwhile.
    pub fn is_whole(&self) -> bool {
        let QueueState { tail, head, done, .. } = self.state;
        let (tail, head, shape) = (tail.mark(), head.mark(), self.shape());
        let bytes = tail.bytes.checked_sub(head.bytes);
        let items = tail.items.checked_sub(head.items);
        let fits = |(bytes, items): (u64, u64)| bytes <= shape.capacity && items <= bytes / HEADER;
        shape.is_whole(self.ring.len() as u64)
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
        self.state.shape.store(0, Relaxed);
        self.state.done.store(0, Relaxed);
        self.state.closed.store(0, Relaxed);
    }

    /// Everything about the queue as bytes, to be put back by [`set_bytes`](Self::set_bytes). Nobody uses it meanwhile.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let QueueState { tail, head, shape, done, closed, .. } = self.state;
        let (tail, head, shape) = (tail.mark(), head.mark(), shape.load(Relaxed));
        let (done, closed) = (done.load(Relaxed), closed.load(Relaxed).into());
        let words = [tail.bytes, tail.items, head.bytes, head.items, shape, done, closed];
        let mut all: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.read(head.bytes, tail.bytes - head.bytes, &mut |bytes: &[u8]| all.extend_from_slice(bytes));
        all
    }

    /// Puts such [bytes](Self::bytes) back, with both locks free; what does not fit is nothing. Nobody uses the queue meanwhile.
    pub(super) fn set_bytes(&self, snapshot: &[u8]) {
        let Some((words, items)) = snapshot.split_at_checked(7 * 8) else { return };
        let words: Vec<u64> = words.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let tail = Mark { bytes: words[0], items: words[1] };
        let head = Mark { bytes: words[2], items: words[3] };
        let (shape, len) = (Shape::of_word(words[4], self.ring.len() as u64), items.len() as u64);
        // It comes from where jobs may have written, too: nothing is written by it outside of the ring.
        let fits = shape.is_whole(self.ring.len() as u64) && len <= shape.capacity && tail.bytes < u64::MAX / 2;
        if tail.bytes.checked_sub(head.bytes) != Some(len) || !fits {
            return;
        }
        self.state.tail.set(tail, head);
        self.state.head.set(head, tail);
        self.state.shape.store(words[4], Relaxed);
        self.state.done.store(words[5], Relaxed);
        self.state.closed.store(words[6] as u32, Relaxed);
        self.write(head.bytes, items);
    }
}

impl Primitive for Queue {
    fn snapshot(&self) -> Snapshot {
        Snapshot::Bytes(self.bytes())
    }

    fn restore(&self, snapshot: &Snapshot) {
        if let Snapshot::Bytes(bytes) = snapshot {
            self.set_bytes(bytes);
        }
    }

    fn is_in_reach(&self, condition: WaitCondition, _worker: WorkerId, _waiters: u32) -> bool {
        match condition {
            WaitCondition::Item => !self.is_empty() || self.is_closed(),
            WaitCondition::Room => !self.is_full() || self.is_closed(),
            WaitCondition::ItemsDone => self.is_done(),
            _ => true,
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.state.tail.lock.release_owned_by(dead);
        self.state.head.lock.release_owned_by(dead);
        self.wake_all();
    }

    fn wake_all(&self) {
        for signal in [&self.state.not_empty, &self.state.not_full, &self.state.all_done] {
            signal.wake_all();
        }
    }

    fn repair(&self) -> bool {
        let is_broken = !self.is_whole();
        if is_broken {
            self.clear();
        }
        is_broken
    }

    fn content(&self, _is_array: bool, _name_of: NameOf<'_>) -> Content {
        Content::Queue(self.len(), self.is_closed())
    }
}
