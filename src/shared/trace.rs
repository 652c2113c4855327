//! What workers did and when: for each worker a row of events that it alone writes.

use super::bytes::Bytes;
use super::mapping::Arena;
use super::{WorkerId, place};
use crate::model::{Action, ActionKind, MemoryOrdering};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};

/// Says that an event concerns no resource.
pub const NO_RESOURCE: u32 = u32::MAX;

/// An event as a worker writes it. Times are on [`clock::now`](super::clock::now).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawEvent {
    /// When it began.
    pub at: u64,
    /// How long the worker was blocked in it.
    pub duration: u64,
    /// What was done.
    pub action: Action,
    /// To which resource, or [`NO_RESOURCE`].
    pub resource: u32,
    /// The line of the call in the generated source; 0 where there is none.
    pub line: u32,
    /// How it orders memory, if it is atomic.
    pub ordering: Option<MemoryOrdering>,
}

impl RawEvent {
    /// An event of the run itself, which concerns no resource and has no line.
    pub fn of_run(at: u64, duration: u64, action: Action) -> Self {
        Self { at, duration, action, resource: NO_RESOURCE, line: 0, ordering: None }
    }
}

/// What an event takes, in bytes.
pub const EVENT_SIZE: usize = 48;
/// Where an action's first number stands in an event; of a lock that was taken, when it was given back, if nothing was done meanwhile.
const A: usize = 16;
/// Where the bits that were read stand in an event.
const BITS: usize = 24;
/// Where the resource and the line stand.
const PLACE: usize = 32;
/// Where its kind stands.
const KIND: usize = 40;

/// The rows of all workers of a run.
#[derive(Serialize, Deserialize)]
pub struct Trace {
    rows: Vec<EventBuffer>,
}

#[derive(Serialize, Deserialize)]
struct EventBuffer {
    /// How many events were offered; as many as fit are kept.
    #[serde(with = "place::one")]
    offered: &'static AtomicU64,
    memory: Bytes,
}

impl EventBuffer {
    /// How many events it has room for.
    fn capacity(&self) -> u64 {
        (self.memory.len() / EVENT_SIZE) as u64
    }
}

impl Trace {
    /// A row for each worker with at most so many events; `None` if the arena is used up. With a capacity of 0 nothing is
    /// traced, and nothing is missing.
    pub fn new(arena: &Arena, capacities: impl Iterator<Item = usize>) -> Option<Self> {
        let row = |capacity: usize| {
            Some(EventBuffer { offered: arena.alloc()?, memory: arena.bytes(capacity * EVENT_SIZE, 64)? })
        };
        Some(Self { rows: capacities.map(row).collect::<Option<_>>()? })
    }

    /// How many more events `worker`'s row has room for.
    pub fn room(&self, worker: WorkerId) -> u64 {
        let room = |row: &EventBuffer| row.capacity().saturating_sub(row.offered.load(Ordering::Relaxed));
        self.rows.get(worker as usize).map_or(0, room)
    }

    /// Counts so many events of `worker`'s that nobody took the time to note. Called by that worker alone.
    pub fn skip(&self, worker: WorkerId, events: u64) {
        if let Some(row) = self.rows.get(worker as usize)
            && self.room(worker) == 0
        {
            row.offered.store(row.offered.load(Ordering::Relaxed) + events, Ordering::Relaxed);
        }
    }

    /// Whether `worker`'s row has room, so that a time need not be taken in vain. Counts the event if not.
    pub fn has_room(&self, worker: WorkerId) -> bool {
        let Some(row) = self.rows.get(worker as usize) else { return false };
        let offered = row.offered.load(Ordering::Relaxed);
        if offered < row.capacity() {
            return true;
        }
        row.offered.store(offered + 1, Ordering::Relaxed);
        false
    }

    /// Adds an event to `worker`'s row, or counts it if the row is full. Called by that worker alone.
    pub fn add(&self, worker: WorkerId, event: &RawEvent) {
        if !self.has_room(worker) {
            return;
        }
        let Some(row) = self.rows.get(worker as usize) else { return };
        let offered = row.offered.load(Ordering::Relaxed);
        let (kind, a, b) = event.action.encode();
        let place = u64::from(event.resource) << 32 | u64::from(event.line);
        let kind = kind as u64 | event.ordering.map_or(0, |ordering| ordering as u64) << 32;
        let words = [event.at, event.duration, a, b, place, kind];
        let mut bytes = [0; EVENT_SIZE];
        for (place, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        row.memory.write(offered as usize * EVENT_SIZE, &bytes);
        row.offered.store(offered + 1, Ordering::Release);
    }

    /// Fills in what was read in `worker`'s last event, a load, which was kept. Called by that worker alone.
    pub fn complete(&self, worker: WorkerId, bits: u64) {
        let Some(row) = self.rows.get(worker as usize) else { return };
        if let Some(last) = row.offered.load(Ordering::Relaxed).checked_sub(1).filter(|last| *last < row.capacity()) {
            row.memory.write(last as usize * EVENT_SIZE + BITS, &bits.to_le_bytes());
        }
    }

    /// Fills in the numbers that were read and written in `worker`'s last event, if that was kept and has any. Called by that
    /// worker alone.
    pub fn complete_numbers(&self, worker: WorkerId, [read, written]: [u64; 2]) {
        let Some(row) = self.rows.get(worker as usize) else { return };
        if let Some(last) = row.offered.load(Ordering::Relaxed).checked_sub(1).filter(|last| *last < row.capacity()) {
            let at = last as usize * EVENT_SIZE;
            let kind =
                row.memory.read(at + KIND, 4, |bytes| bytes.first_chunk().map_or(0, |it| u32::from_le_bytes(*it)));
            if kind == ActionKind::Update as u32 {
                row.memory.write(at + BITS - 8, &read.to_le_bytes());
                row.memory.write(at + BITS, &written.to_le_bytes());
            } else if kind == ActionKind::Load as u32 {
                row.memory.write(at + BITS, &read.to_le_bytes());
            }
        }
    }

    /// Notes in `worker`'s last event, if it is the taking of this lock and was kept, when that was given back: the two are one event as
    /// long as they stand here. Called by that worker alone.
    #[inline]
    pub fn end_hold(&self, worker: WorkerId, resource: u32, at: u64) -> bool {
        let Some(row) = self.rows.get(worker as usize) else { return false };
        let Some(last) = row.offered.load(Ordering::Relaxed).checked_sub(1).filter(|last| *last < row.capacity())
        else {
            return false;
        };
        let start = last as usize * EVENT_SIZE;
        let is_it = row.memory.read(start, EVENT_SIZE, |bytes| {
            let word = |n: usize| bytes.as_chunks::<8>().0.get(n).map_or(0, |word| u64::from_le_bytes(*word));
            word(KIND / 8) == ActionKind::Acquire as u64
                && word(A / 8) == 0
                && (word(PLACE / 8) >> 32) as u32 == resource
        });
        if is_it {
            row.memory.write(start + A, &at.to_le_bytes());
        }
        is_it
    }

    /// Drops `worker`'s last event, which was kept but did not happen. Called by that worker alone.
    pub fn retract(&self, worker: WorkerId) {
        let Some(row) = self.rows.get(worker as usize) else { return };
        if let Some(last) = row.offered.load(Ordering::Relaxed).checked_sub(1).filter(|last| *last < row.capacity()) {
            row.offered.store(last, Ordering::Release);
        }
    }

    /// The events of `worker` that were kept, in its order, and how many were not. What a job has written over so that it is
    /// no event counts among those.
    pub fn row(&self, worker: WorkerId) -> (Vec<RawEvent>, u64) {
        let Some(row) = self.rows.get(worker as usize) else { return (Vec::new(), 0) };
        if row.capacity() == 0 {
            return (Vec::new(), 0);
        }
        let offered = row.offered.load(Ordering::Acquire);
        let kept = offered.min(row.capacity());
        let mut events = Vec::with_capacity(kept as usize);
        let mut lost = offered;
        row.memory.read(0, kept as usize * EVENT_SIZE, |bytes| {
            for (event, end) in bytes.as_chunks::<EVENT_SIZE>().0.iter().filter_map(decode) {
                lost -= 1;
                events.push(event);
                events.extend(end);
            }
        });
        (events, lost)
    }
}

/// An event, and the end of the hold that it is the beginning of, if that is noted with it.
fn decode(bytes: &[u8; EVENT_SIZE]) -> Option<(RawEvent, Option<RawEvent>)> {
    let mut words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
    let mut next = || words.next();
    let (at, duration, a, b, place, kind) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let action = Action::decode(kind & u64::from(u32::MAX), a, b)?;
    let ordering = MemoryOrdering::from_u32((kind >> 32) as u32);
    let event = RawEvent { at, duration, action, resource: (place >> 32) as u32, line: place as u32, ordering };
    let is_ended = action == Action::Acquire && a != 0;
    let end = is_ended.then_some(RawEvent { at: a, duration: 0, action: Action::Release, line: 0, ..event });
    Some((event, end))
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;

    #[test]
    fn an_event_can_be_completed_after_the_fact() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let trace = Trace::new(&mapping.run, [3].into_iter()).expect("room");
        let event = |bits| RawEvent {
            at: 1,
            duration: 2,
            action: Action::Load { index: 6, bits },
            resource: 5,
            line: 9,
            ordering: None,
        };
        trace.add(0, &event(0));
        trace.complete(0, 7);
        assert_eq!(trace.row(0), (vec![event(7)], 0));
    }

    #[test]
    fn an_event_that_did_not_happen_is_dropped_and_not_counted() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let trace = Trace::new(&mapping.run, [2].into_iter()).expect("room");
        let event = |at| RawEvent { at, duration: 2, action: Action::Release, resource: 5, line: 9, ordering: None };
        trace.retract(0);
        for at in [1, 2] {
            trace.add(0, &event(at));
        }
        trace.retract(0);
        assert_eq!(trace.row(0), (vec![event(1)], 0));
        trace.add(0, &event(3));
        assert_eq!(trace.row(0), (vec![event(1), event(3)], 0));
    }

    #[test]
    fn where_nothing_is_traced_nothing_is_missing() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let trace = Trace::new(&mapping.run, [0].into_iter()).expect("room");
        let action = Action::Load { index: 6, bits: 0 };
        trace.add(0, &RawEvent { at: 1, duration: 2, action, resource: 5, line: 9, ordering: None });
        trace.complete(0, 7);
        assert_eq!((trace.row(0), trace.room(0)), ((vec![], 0), 0));
    }

    #[test]
    fn a_lock_that_is_given_back_at_once_is_one_event_with_two_times() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let trace = Trace::new(&mapping.run, [2].into_iter()).expect("room");
        let event = |at, action, line| RawEvent { at, duration: 0, action, resource: 5, line, ordering: None };
        assert!(!trace.end_hold(0, 5, 9), "nothing was taken");
        for at in [1, 5] {
            trace.add(0, &event(at, Action::Acquire, 7));
            assert!(!trace.end_hold(0, 6, at + 1), "it is another lock");
            assert!(trace.end_hold(0, 5, at + 2));
            assert!(!trace.end_hold(0, 5, at + 3), "it was given back");
        }
        let both = |at| [event(at, Action::Acquire, 7), event(at + 2, Action::Release, 0)];
        assert_eq!(trace.row(0), ([both(1), both(5)].concat(), 0));
        assert!(!trace.has_room(0), "two events were kept");
        assert_eq!(trace.row(0).1, 1);
    }

    #[test]
    fn a_full_row_keeps_what_it_has_and_counts_the_rest() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let trace = Trace::new(&mapping.run, [3, 3].into_iter()).expect("room");
        let action = Action::Put { item: u64::MAX, len: 7 };
        let event = |at| RawEvent { at, duration: 2, action, resource: 5, line: 9, ordering: None };
        for at in 0..5 {
            trace.add(1, &event(at));
        }
        trace.complete(1, 8);
        assert_eq!(trace.row(0), (vec![], 0));
        assert_eq!(trace.row(1), (vec![event(0), event(1), event(2)], 2));
    }
}
