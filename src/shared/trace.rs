//! What workers did and when: for each worker a row of events that it alone writes.

use super::bytes::{Bytes, PAGE, Shared};
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

/// What a long event takes in bytes, and what a short one: one whose first number is small, whose second one is 0, and which took no time.
pub const EVENT_SIZE: usize = 48;
const SHORT_SIZE: usize = 24;
/// Where the kind stands in an event, with what else fits into that word: see [`head`].
const HEAD: usize = 16;
/// Where a long event has its numbers.
const NUMBERS: usize = 32;
/// How many pages are made ready at once, at most: one by one, each takes twice the time.
const PAGES: usize = 8;

/// The rows of all workers of a run.
#[derive(Serialize, Deserialize)]
pub struct Trace {
    rows: Vec<EventBuffer>,
}

#[derive(Serialize, Deserialize)]
struct EventBuffer {
    /// How many events it has room for, if all are long.
    capacity: u64,
    #[serde(with = "place::one")]
    state: &'static RowState,
    memory: Bytes,
}

/// How far a row is written.
#[repr(C)]
struct RowState {
    /// How many events were offered; as many as fit are kept.
    offered: AtomicU64,
    /// Where the last event ends, and behind that its size, 0 where none may be changed any more: see [`Last`].
    last: AtomicU64,
    /// How many bytes of the row are on pages that were made ready.
    ready: AtomicU64,
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for RowState {}

/// Where a row's last event stands, as [`RowState::last`] has it.
#[derive(Clone, Copy)]
struct Last {
    end: usize,
    size: usize,
}

/// An event's kind and order, its size, and in a short one its first number.
#[inline(always)]
fn head(kind: ActionKind, ordering: Option<MemoryOrdering>, size: usize, a: u32) -> u64 {
    let ordering = ordering.map_or(0, |ordering| ordering as u64);
    kind as u64 | ordering << 8 | (size as u64) << 16 | u64::from(a) << 32
}

/// The kind in such a word.
#[inline(always)]
fn kind_of(head: u64) -> u64 {
    head & 0xff
}

/// The size in such a word.
#[inline(always)]
fn size_of_event(head: u64) -> usize {
    (head >> 16) as usize & 0xff
}

impl EventBuffer {
    /// Where the last event stands. A job may have written over that.
    #[inline(always)]
    fn last(&self) -> Last {
        let word = self.state.last.load(Ordering::Relaxed);
        Last { end: (word >> 8) as usize, size: (word & 0xff) as usize }
    }

    #[inline(always)]
    fn set_last(&self, last: Last) {
        self.state.last.store((last.end as u64) << 8 | last.size as u64, Ordering::Relaxed);
    }

    /// Where the last event begins, and its head, if it was kept, may be changed, and has at least so many bytes.
    #[inline(always)]
    fn changeable(&self, least: usize) -> Option<(usize, u64)> {
        let Last { end, size } = self.last();
        let start = end.checked_sub(size).filter(|_| size >= least && end <= self.memory.len())?;
        Some((start, self.memory.word(start + HEAD)))
    }

    /// Whether there is room, so that a time need not be taken in vain. Counts the event if not.
    #[inline(always)]
    fn has_room(&self) -> bool {
        let offered = self.state.offered.load(Ordering::Relaxed);
        if offered < self.capacity {
            return true;
        }
        self.state.offered.store(offered + 1, Ordering::Relaxed);
        self.set_last(Last { size: 0, ..self.last() });
        false
    }

    #[inline(always)]
    fn add(&self, event: &RawEvent) {
        let (kind, a, b) = event.action.encode();
        let place = u64::from(event.resource) << 32 | u64::from(event.line);
        // What was read is filled in later.
        let is_short = event.duration == 0 && b == 0 && !matches!(kind, ActionKind::Load | ActionKind::Update);
        match u32::try_from(a) {
            Ok(a) if is_short => self.push([event.at, place, head(kind, event.ordering, SHORT_SIZE, a)]),
            _ => self.push([event.at, place, head(kind, event.ordering, EVENT_SIZE, 0), event.duration, a, b]),
        }
    }

    #[inline(always)]
    fn push<const N: usize>(&self, words: [u64; N]) {
        let start = self.last().end;
        let end = start.saturating_add(8 * N);
        if end > self.memory.len() {
            return;
        }
        if end as u64 > self.state.ready.load(Ordering::Relaxed) {
            self.make_ready(end);
        }
        self.memory.write_words(start, words);
        self.set_last(Last { end, size: 8 * N });
        self.state.offered.store(self.state.offered.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// Makes some pages ready for what is written up to `end` and behind that: as many as the row has, up to a limit.
    #[cold]
    #[inline(never)]
    fn make_ready(&self, end: usize) {
        let page = |at: usize| at.next_multiple_of(PAGE);
        let more = page(end).min(PAGES * PAGE);
        let until = page(end).saturating_add(more - PAGE).min(self.memory.len());
        self.memory.make_ready(end - 1, until);
        self.state.ready.store(until as u64, Ordering::Relaxed);
    }
}

impl Trace {
    /// A row for each worker with at most so many events; `None` if the arena is used up. With a capacity of 0 nothing is
    /// traced, and nothing is missing.
    pub fn new(arena: &Arena, capacities: impl Iterator<Item = usize>) -> Option<Self> {
        let row = |capacity: usize| {
            let memory = arena.bytes(capacity * EVENT_SIZE, 64)?;
            Some(EventBuffer { capacity: capacity as u64, state: arena.alloc()?, memory })
        };
        Some(Self { rows: capacities.map(row).collect::<Option<_>>()? })
    }

    #[inline(always)]
    fn of(&self, worker: WorkerId) -> Option<&EventBuffer> {
        self.rows.get(worker as usize)
    }

    /// How many more events `worker`'s row has room for.
    pub fn room(&self, worker: WorkerId) -> u64 {
        let room = |row: &EventBuffer| row.capacity.saturating_sub(row.state.offered.load(Ordering::Relaxed));
        self.of(worker).map_or(0, room)
    }

    /// Counts so many events of `worker`'s that nobody took the time to note. Called by that worker alone.
    pub fn skip(&self, worker: WorkerId, events: u64) {
        if let Some(row) = self.of(worker)
            && self.room(worker) == 0
        {
            row.state.offered.store(row.state.offered.load(Ordering::Relaxed) + events, Ordering::Relaxed);
        }
    }

    /// Whether `worker`'s row has room, so that a time need not be taken in vain. Counts the event if not.
    #[inline]
    pub fn has_room(&self, worker: WorkerId) -> bool {
        self.of(worker).is_some_and(EventBuffer::has_room)
    }

    /// Adds an event to `worker`'s row, or counts it if the row is full. Called by that worker alone.
    #[inline]
    pub fn add(&self, worker: WorkerId, event: &RawEvent) {
        if let Some(row) = self.of(worker).filter(|row| row.has_room()) {
            row.add(event);
        }
    }

    /// Fills in what was read in `worker`'s last event, a load, which was kept. Called by that worker alone.
    #[inline]
    pub fn complete(&self, worker: WorkerId, bits: u64) {
        if let Some(row) = self.of(worker)
            && let Some((start, _)) = row.changeable(EVENT_SIZE)
        {
            row.memory.write_words(start + NUMBERS + 8, [bits]);
        }
    }

    /// Fills in the numbers that were read and written in `worker`'s last event, if that was kept and has any. Called by that
    /// worker alone.
    pub fn complete_numbers(&self, worker: WorkerId, [read, written]: [u64; 2]) {
        let last = self.of(worker).and_then(|row| Some((row, row.changeable(EVENT_SIZE)?)));
        let Some((row, (start, head))) = last else { return };
        if kind_of(head) == ActionKind::Update as u64 {
            row.memory.write_words(start + NUMBERS, [read, written]);
        } else if kind_of(head) == ActionKind::Load as u64 {
            row.memory.write_words(start + NUMBERS + 8, [read]);
        }
    }

    /// Notes in `worker`'s last event, if it is the taking of this lock and was kept, when that was given back: the two are one event as
    /// long as they stand here. Called by that worker alone.
    #[inline]
    pub fn end_hold(&self, worker: WorkerId, resource: u32, at: u64) -> bool {
        let last = self.of(worker).and_then(|row| Some((row, row.changeable(SHORT_SIZE)?)));
        let Some((row, (start, head))) = last else { return false };
        let (began, its) = (row.memory.word(start), (row.memory.word(start + 8) >> 32) as u32);
        // How long it was held, and one more: 0 is not given back yet.
        let Some(held) = at.checked_sub(began).and_then(|held| u32::try_from(held + 1).ok()) else { return false };
        let is_open = head >> 32 == 0 && kind_of(head) == ActionKind::Acquire as u64;
        if is_open && its == resource {
            row.memory.write_words(start + HEAD, [head | u64::from(held) << 32]);
            return true;
        }
        false
    }

    /// Drops `worker`'s last event, which was kept but did not happen. Called by that worker alone.
    pub fn retract(&self, worker: WorkerId) {
        if let Some(row) = self.of(worker)
            && let Some((start, _)) = row.changeable(SHORT_SIZE)
        {
            row.set_last(Last { end: start, size: 0 });
            row.state.offered.store(row.state.offered.load(Ordering::Relaxed).saturating_sub(1), Ordering::Release);
        }
    }

    /// The events of `worker` that were kept, in its order, and how many were not. What a job has written over so that it is
    /// no event counts among those.
    pub fn row(&self, worker: WorkerId) -> (Vec<RawEvent>, u64) {
        let Some(row) = self.of(worker) else { return (Vec::new(), 0) };
        if row.capacity == 0 {
            return (Vec::new(), 0);
        }
        let offered = row.state.offered.load(Ordering::Acquire);
        let kept = offered.min(row.capacity);
        let mut events = Vec::with_capacity(kept as usize);
        let mut lost = offered;
        row.memory.read(0, row.memory.len(), |bytes| {
            let mut rest = bytes.as_chunks::<8>().0;
            for _ in 0..kept {
                let (event, size) = decode(rest);
                if let Some((event, end)) = event {
                    lost -= 1;
                    events.push(event);
                    events.extend(end);
                }
                rest = rest.get(size / 8..).unwrap_or_default();
            }
        });
        (events, lost)
    }
}

/// What an event was decoded to: itself, and the end of the hold that it is the beginning of, if that is noted with it.
type Decoded = (RawEvent, Option<RawEvent>);

/// The event that these words begin with, and its size.
fn decode(words: &[[u8; 8]]) -> (Option<Decoded>, usize) {
    let word = |n: usize| words.get(n).map(|word| u64::from_ne_bytes(*word));
    let head = word(HEAD / 8).unwrap_or(0);
    let size = if size_of_event(head) == EVENT_SIZE { EVENT_SIZE } else { SHORT_SIZE };
    let event = || {
        let (at, place, short) = (word(0)?, word(1)?, head >> 32);
        let (duration, a, b) = match size {
            EVENT_SIZE => (word(3)?, word(4)?, word(5)?),
            _ => (0, short, 0),
        };
        let action = Action::decode(kind_of(head), a, b)?;
        let ordering = MemoryOrdering::from_u32((head >> 8) as u32 & 0xff);
        let event = RawEvent { at, duration, action, resource: (place >> 32) as u32, line: place as u32, ordering };
        let ended = (action == Action::Acquire).then(|| short.checked_sub(1)).flatten();
        let end =
            |held| RawEvent { at: at.saturating_add(held), duration: 0, action: Action::Release, line: 0, ..event };
        Some((event, ended.map(end)))
    };
    (event(), size)
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
