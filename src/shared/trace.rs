//! What workers did and when: for each worker a row of events that it alone writes.

use super::bytes::{Bytes, PAGE, Shared};
use super::mapping::Arena;
use super::quick_clock::{self, QuickClock};
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

/// What a long event takes in bytes, and what a short one: one that took no time, and whose numbers are small.
pub const EVENT_SIZE: usize = 48;
const SHORT_SIZE: usize = 16;
/// Where the second word stands, which is a [`Head`].
const HEAD: usize = 8;
/// Where a long event has its numbers.
const NUMBERS: usize = 32;
/// How many pages are made ready at once, at most: one by one, each takes twice the time.
const PAGES: usize = 8;

/// The rows of all workers of a run.
#[derive(Serialize, Deserialize)]
pub struct Trace {
    rows: Vec<EventBuffer>,
    /// That of the processor's counter, for the rows' clocks.
    rate: u64,
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
    /// When the last long event began, from which the times of short ones are counted; a time that never comes where there must be another one first.
    base: AtomicU64,
    /// When short events are.
    clock: QuickClock,
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for RowState {}

/// Where a row's last event stands, as [`RowState::last`] has it.
#[derive(Clone, Copy)]
struct Last {
    end: usize,
    size: usize,
}

/// An event's second word. From the lowest bit on: a byte for its kind, half a byte for its order, half a byte that says whether it is
/// long, two bytes for the resource of a short one, and four for its only number. The number of a lock that was taken is for how long it
/// was held, and one more; 0 says that it was not given back yet, or that this is another event.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Head(u64);

impl Head {
    const LONG: u64 = 1 << 12;
    /// That of a short event which cannot be told: there is no such kind.
    const UNTOLD: u64 = 0xff;

    #[inline(always)]
    fn new(kind: ActionKind, ordering: Option<MemoryOrdering>) -> Self {
        Self(kind as u64 | ordering.map_or(0, |ordering| ordering as u64) << 8)
    }

    /// That of a short event; `None` if it does not fit.
    #[inline(always)]
    fn short(self, resource: u32, number: u64) -> Option<Self> {
        let resource = match u16::try_from(resource) {
            Ok(u16::MAX) => return None,
            Ok(resource) => resource,
            Err(_) if resource == NO_RESOURCE => u16::MAX,
            Err(_) => return None,
        };
        Some(Self(self.0 | u64::from(resource) << 16 | u64::from(u32::try_from(number).ok()?) << 32))
    }

    #[inline(always)]
    fn kind(self) -> u64 {
        self.0 & 0xff
    }

    fn ordering(self) -> Option<MemoryOrdering> {
        MemoryOrdering::from_u32((self.0 >> 8) as u32 & 0xf)
    }

    #[inline(always)]
    fn is_long(self) -> bool {
        self.0 & Self::LONG != 0
    }

    fn resource(self) -> u32 {
        let resource = (self.0 >> 16) as u16;
        if resource == u16::MAX { NO_RESOURCE } else { resource.into() }
    }

    #[inline(always)]
    fn number(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline(always)]
    fn with(self, number: u32) -> Self {
        Self(self.0 | u64::from(number) << 32)
    }
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
    fn changeable(&self, least: usize) -> Option<(usize, Head)> {
        let Last { end, size } = self.last();
        let start = end.checked_sub(size).filter(|_| size >= least && end <= self.memory.len())?;
        Some((start, Head(self.memory.word(start + HEAD))))
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
        let RawEvent { at, duration, action, resource, line, ordering } = *event;
        let (kind, a, b) = action.encode();
        let head = Head::new(kind, ordering);
        let since = at.checked_sub(self.state.base.load(Ordering::Relaxed)).and_then(|since| u32::try_from(since).ok());
        // What was read is filled in later.
        let is_short = duration == 0 && b == 0 && !matches!(kind, ActionKind::Load | ActionKind::Update);
        match (since, head.short(resource, a)) {
            (Some(since), Some(head)) if is_short => self.push([u64::from(since) | u64::from(line) << 32, head.0]),
            _ => {
                self.state.base.store(at, Ordering::Relaxed);
                let place = u64::from(resource) << 32 | u64::from(line);
                self.push([at, head.0 | Head::LONG, place, duration, a, b]);
            }
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
        Some(Self { rows: capacities.map(row).collect::<Option<_>>()?, rate: quick_clock::rate() })
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
    #[inline(always)]
    pub fn has_room(&self, worker: WorkerId) -> bool {
        self.of(worker).is_some_and(EventBuffer::has_room)
    }

    /// Adds an event to `worker`'s row, or counts it if the row is full. Called by that worker alone.
    // Inlined, as what follows: where the action is known, nothing is left of the choice among them.
    #[inline(always)]
    pub fn add(&self, worker: WorkerId, event: &RawEvent) {
        if let Some(row) = self.of(worker).filter(|row| row.has_room()) {
            row.add(event);
        }
    }

    /// Adds an event of now that nothing is ordered by. Called by that worker alone.
    #[inline(always)]
    pub fn add_now(&self, worker: WorkerId, action: Action, resource: u32, line: u32) {
        if let Some(row) = self.of(worker).filter(|row| row.has_room()) {
            let at = row.state.clock.now(self.rate);
            row.add(&RawEvent { at, duration: 0, action, resource, line, ordering: None });
        }
    }

    /// Counts an event of `worker`'s that cannot be told. Called by that worker alone.
    pub fn leave_out(&self, worker: WorkerId) {
        self.of(worker).filter(|row| row.has_room()).inspect(|row| row.push([0, Head::UNTOLD]));
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
        if head.kind() == ActionKind::Update as u64 {
            row.memory.write_words(start + NUMBERS, [read, written]);
        } else if head.kind() == ActionKind::Load as u64 {
            row.memory.write_words(start + NUMBERS + 8, [read]);
        }
    }

    /// Notes in `worker`'s last event, if it is the taking of this lock and was kept, when that was given back: the two are one event as
    /// long as they stand here. Called by that worker alone.
    #[inline(always)]
    pub fn end_hold(&self, worker: WorkerId, resource: u32, at: u64) -> bool {
        let last = self.of(worker).and_then(|row| Some((row, row.changeable(SHORT_SIZE)?)));
        let Some((row, (start, head))) = last else { return false };
        let taken = Head::new(ActionKind::Acquire, None);
        let (began, is_it) = if head.is_long() {
            let its = (row.memory.word(start + 16) >> 32) as u32;
            (row.memory.word(start), head == Head(taken.0 | Head::LONG) && its == resource)
        } else {
            let since = u64::from(row.memory.word(start) as u32);
            (row.state.base.load(Ordering::Relaxed).saturating_add(since), Some(head) == taken.short(resource, 0))
        };
        // One more, so that it is not 0.
        match at.checked_sub(began).and_then(|held| u32::try_from(held.saturating_add(1)).ok()) {
            Some(held) if is_it => row.memory.write_words(start + HEAD, [head.with(held).0]),
            _ => return false,
        }
        true
    }

    /// Drops `worker`'s last event, which was kept but did not happen. Called by that worker alone.
    pub fn retract(&self, worker: WorkerId) {
        if let Some(row) = self.of(worker)
            && let Some((start, _)) = row.changeable(SHORT_SIZE)
        {
            row.set_last(Last { end: start, size: 0 });
            // It may have been the long one that others count from.
            row.state.base.store(u64::MAX, Ordering::Relaxed);
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
            let (mut rest, mut base) = (bytes.as_chunks::<8>().0, 0);
            for _ in 0..kept {
                let (event, size) = decode(rest, &mut base);
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

/// The event that these words begin with, and its size. `base` is when the last long one began.
fn decode(words: &[[u8; 8]], base: &mut u64) -> (Option<Decoded>, usize) {
    let word = |n: usize| words.get(n).map(|word| u64::from_ne_bytes(*word));
    let head = Head(word(HEAD / 8).unwrap_or(0));
    let mut event = || {
        let first = word(0)?;
        let (at, (resource, line), duration, (a, b)) = if head.is_long() {
            *base = first;
            let place = word(2)?;
            (first, ((place >> 32) as u32, place as u32), word(3)?, (word(4)?, word(5)?))
        } else {
            let at = base.saturating_add(first & u64::from(u32::MAX));
            (at, (head.resource(), (first >> 32) as u32), 0, (head.number().into(), 0))
        };
        let action = Action::decode(head.kind(), a, b)?;
        let event = RawEvent { at, duration, action, resource, line, ordering: head.ordering() };
        let held = (action == Action::Acquire).then(|| head.number().checked_sub(1)).flatten();
        let end = |held: u32| {
            let at = at.saturating_add(held.into());
            RawEvent { at, duration: 0, action: Action::Release, line: 0, ..event }
        };
        Some((event, held.map(end)))
    };
    (event(), if head.is_long() { EVENT_SIZE } else { SHORT_SIZE })
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
        for at in [1, 1 << 40] {
            trace.add(0, &event(at, Action::Acquire, 7));
            assert!(!trace.end_hold(0, 6, at + 1), "it is another lock");
            assert!(!trace.end_hold(0, 5, at + (1 << 32)), "it was held for longer than one event can say");
            assert!(trace.end_hold(0, 5, at + 2));
            assert!(!trace.end_hold(0, 5, at + 3), "it was given back");
        }
        let both = |at| [event(at, Action::Acquire, 7), event(at + 2, Action::Release, 0)];
        assert_eq!(trace.row(0), ([both(1), both(1 << 40)].concat(), 0));
        assert!(!trace.has_room(0), "two events were kept");
        assert_eq!(trace.row(0).1, 1);
    }

    #[test]
    fn events_of_all_sizes_are_read_as_they_were_written() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let trace = Trace::new(&mapping.run, [2000].into_iter()).expect("room");
        let small = [0, 1, u64::from(u32::MAX), u64::from(u32::MAX) + 1, u64::MAX];
        let resources = [0, 7, 0xfffe, 0xffff, 0x1_0000, NO_RESOURCE - 1, NO_RESOURCE];
        // Times that go on a little, by more than a short event can say, and back.
        let mut times = [5, 6, 6, 1 << 31, 1 << 33, (1 << 33) + 9, 8, 9].into_iter().cycle();
        let mut events = Vec::new();
        for (n, resource) in resources.into_iter().cycle().take(500).enumerate() {
            let number = small[n % small.len()];
            let action = match n % 4 {
                0 => Action::Put { item: number, len: 0 },
                1 => Action::Store { index: 0, bits: number },
                2 => Action::Load { index: number, bits: 0 },
                _ => Action::Release,
            };
            let ordering = MemoryOrdering::from_u32(n as u32 % 6);
            let (at, duration) = (times.next().expect("a time"), u64::from(n % 11 == 0));
            let event = RawEvent { at, duration, action, resource, line: n as u32, ordering };
            trace.add(0, &event);
            if n % 7 == 3 {
                trace.retract(0);
            } else {
                events.push(event);
            }
        }
        assert_eq!(trace.row(0), (events, 0));
    }

    #[test]
    fn what_cannot_be_told_is_counted_and_leaves_the_others_as_they_are() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let trace = Trace::new(&mapping.run, [3].into_iter()).expect("room");
        let event = |at| RawEvent { at, duration: 0, action: Action::Acquire, resource: 5, line: 9, ordering: None };
        trace.add(0, &event(1));
        trace.leave_out(0);
        assert!(!trace.end_hold(0, 5, 2), "it is not the last any more");
        trace.add(0, &event(3));
        assert_eq!(trace.row(0), (vec![event(1), event(3)], 1));
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
