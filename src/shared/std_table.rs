//! The objects of `std` that workers use: what each is, where it was made, and what is known of it. Real `std` does what is done
//! to them; here stands only what others are told.

use super::bytes::Shared;
use super::mapping::Arena;
use super::{WorkerId, place};
use crate::model::{ScalarType, StdKind};
use crossbeam::utils::CachePadded;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

/// How many objects of `std` are followed in a run.
pub const OBJECTS: usize = 1024;
/// How many readers of a read-write lock are known by name.
const READERS: usize = 8;

/// The types of atomic numbers, by their numbers here.
const TYPES: [ScalarType; 10] = {
    use ScalarType::*;
    [I8, U8, I16, U16, I32, U32, I64, U64, Isize, Usize]
};

/// What is known of an object.
#[repr(C, align(128))]
#[derive(Default)]
pub struct StdEntry {
    /// See [`words`]; 0 until the rest is there.
    kind: AtomicU32,
    position: AtomicU32,
    column: AtomicU32,
    is_made_there: AtomicU32,
    /// Which element of a list it is, from 1; 0 where that is not known.
    element: AtomicU32,
    detail: AtomicU64,
    /// The number of the first item that is sent.
    first_item: AtomicU64,
    /// The worker in whose process it is.
    process: AtomicU32,
    /// Where it lies in that process and its size, if it may be an element of a list.
    lies: [AtomicU64; 2],
    /// Who holds it, plus one.
    owner: AtomicU32,
    /// The line where its owner took it.
    line: AtomicU32,
    /// 1 if a holder has panicked.
    poisoned: AtomicU32,
    /// Who reads it, plus one, and behind that the line where the reader took it.
    readers: [AtomicU64; READERS],
    /// How many items were sent; without a bound, how many are about to be, too.
    sent: CachePadded<AtomicU64>,
    /// How many were received: not in the line that senders write to.
    received: CachePadded<AtomicU64>,
    /// Not 0 if an end of a channel is gone.
    hung_up: AtomicU32,
    /// How many wait at a condition variable, and how many of them may go on.
    waiting: AtomicU32,
    notified: AtomicU32,
    /// Not 0 if it is gone, and another one may take its place.
    is_gone: AtomicU32,
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for StdEntry {}

/// An object that is to be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewObject {
    /// What it is.
    pub kind: StdKind,
    /// The line and column where it was made, or first used.
    pub place: (u32, u32),
    /// Whether it was made there.
    pub is_made_there: bool,
    /// Which element of a list it is, from 1; 0 where that is not known.
    pub element: u32,
    /// The worker in whose process it is.
    pub process: WorkerId,
}

/// The objects of `std` of a run.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct StdTable {
    #[serde(with = "place::one")]
    count: &'static AtomicU32,
    /// How many of the objects are gone.
    #[serde(with = "place::one")]
    gone: &'static AtomicU32,
    /// Not 0 if `fence` was called.
    #[serde(with = "place::one")]
    fences: &'static AtomicU32,
    #[serde(with = "place::many")]
    entries: &'static [StdEntry],
}

/// A kind as a number, which is not 0, and a detail.
fn words(kind: StdKind) -> (u32, u64) {
    match kind {
        StdKind::Mutex => (1, 0),
        StdKind::RwLock => (2, 0),
        StdKind::Condvar => (3, 0),
        StdKind::Barrier(parties) => (4, parties),
        StdKind::Channel { bound } => (5, bound.map_or(0, |bound| bound.saturating_add(1))),
        StdKind::Atomic(of) => (6, TYPES.iter().position(|it| *it == of).unwrap_or(0) as u64),
        StdKind::AtomicBool => (7, 0),
        StdKind::AtomicPtr => (8, 0),
        StdKind::Once => (9, 0),
    }
}

fn kind_of(number: u32, detail: u64) -> Option<StdKind> {
    Some(match number {
        1 => StdKind::Mutex,
        2 => StdKind::RwLock,
        3 => StdKind::Condvar,
        4 => StdKind::Barrier(detail),
        5 => StdKind::Channel { bound: detail.checked_sub(1) },
        6 => StdKind::Atomic(*TYPES.get(usize::try_from(detail).ok()?)?),
        7 => StdKind::AtomicBool,
        8 => StdKind::AtomicPtr,
        9 => StdKind::Once,
        _ => return None,
    })
}

impl StdTable {
    /// An empty table; `None` if the arena is used up.
    pub fn new(arena: &Arena) -> Option<Self> {
        Some(Self {
            count: arena.alloc()?,
            gone: arena.alloc()?,
            fences: arena.alloc()?,
            entries: arena.alloc_slice(OBJECTS)?,
        })
    }

    /// Adds an object; its place, or `None` if there is no room. One that is made where another was made that is gone takes its place: to
    /// who reads of it, a variable of a loop is one.
    pub fn add(&self, object: &NewObject, (address, size): (u64, u64)) -> Option<u32> {
        if let Some(place) = self.revive(object) {
            return Some(place);
        }
        let place = self.count.fetch_add(1, SeqCst);
        let entry = self.entries.get(place as usize)?;
        let (kind, detail) = words(object.kind);
        entry.position.store(object.place.0, SeqCst);
        entry.column.store(object.place.1, SeqCst);
        entry.is_made_there.store(object.is_made_there.into(), SeqCst);
        entry.element.store(object.element, SeqCst);
        entry.process.store(object.process, SeqCst);
        entry.detail.store(detail, SeqCst);
        entry.lies[0].store(address, SeqCst);
        entry.lies[1].store(size, SeqCst);
        entry.kind.store(kind, SeqCst);
        Some(place)
    }

    /// Gives an object the place of one that is gone. A channel's items have numbers from 0, so that no other one can go on for it.
    fn revive(&self, object: &NewObject) -> Option<u32> {
        if self.gone.load(SeqCst) == 0 || matches!(object.kind, StdKind::Channel { .. }) {
            return None;
        }
        let is_gone = |entry: &&StdEntry| {
            entry.is_gone.load(SeqCst) != 0
                && entry.object().as_ref() == Some(object)
                && entry.is_gone.compare_exchange(1, 0, SeqCst, SeqCst).is_ok()
        };
        let place = self.all().iter().position(|entry| is_gone(&entry))?;
        self.gone.fetch_sub(1, SeqCst);
        self.entries[place].renew();
        Some(place as u32)
    }

    /// The object at a place is gone.
    pub fn end(&self, place: u32) {
        if let Some(entry) = self.get(place) {
            entry.is_gone.store(1, SeqCst);
            self.gone.fetch_add(1, SeqCst);
        }
    }

    /// Takes note of a call of `fence`.
    pub fn note_fence(&self) {
        self.fences.store(1, Relaxed);
    }

    /// Whether `fence` was called.
    pub fn has_fences(&self) -> bool {
        self.fences.load(SeqCst) != 0
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        (self.count.load(SeqCst) as usize).min(OBJECTS)
    }

    /// How many more there were than there is room for.
    pub fn beyond(&self) -> u32 {
        self.count.load(SeqCst).saturating_sub(OBJECTS as u32)
    }

    /// What is known of the object at a place.
    #[inline]
    pub fn get(&self, place: u32) -> Option<&'static StdEntry> {
        self.entries.get(place as usize)
    }

    /// All of them, each at its place.
    pub fn all(&self) -> &'static [StdEntry] {
        &self.entries[..self.count()]
    }
}

impl StdEntry {
    /// What it is; `None` if that is not written down yet.
    pub fn object(&self) -> Option<NewObject> {
        let kind = kind_of(self.kind.load(SeqCst), self.detail.load(SeqCst))?;
        Some(NewObject {
            kind,
            place: (self.position.load(SeqCst), self.column.load(SeqCst)),
            is_made_there: self.is_made_there.load(SeqCst) != 0,
            element: self.element.load(SeqCst),
            process: self.process.load(SeqCst),
        })
    }

    /// Where it lies and its size; zeros if it is no element of a list.
    pub fn lies(&self) -> (u64, u64) {
        (self.lies[0].load(SeqCst), self.lies[1].load(SeqCst))
    }

    /// `worker` has taken it for itself, in this line.
    #[inline]
    pub fn take(&self, worker: WorkerId, line: u32) {
        self.line.store(line, Relaxed);
        self.owner.store(worker + 1, Relaxed);
    }

    /// `worker` has taken it together with others.
    pub fn share(&self, worker: WorkerId, line: u32) {
        let word = u64::from(worker + 1) << 32 | u64::from(line);
        let _ = self.readers.iter().find(|reader| reader.compare_exchange(0, word, SeqCst, SeqCst).is_ok());
    }

    /// `worker` gives it back, as its owner or as one who shares it.
    #[inline]
    pub fn give_back(&self, worker: WorkerId, panics: bool) {
        if self.owner.load(Relaxed) == worker + 1 {
            if panics {
                self.poisoned.store(1, Relaxed);
            }
            self.owner.store(0, Relaxed);
            return;
        }
        let is_its = |reader: &&AtomicU64| reader.load(SeqCst) >> 32 == u64::from(worker + 1);
        if let Some(reader) = self.readers.iter().find(is_its) {
            reader.store(0, SeqCst);
        }
    }

    /// Who holds it for itself.
    pub fn owner(&self) -> Option<WorkerId> {
        self.owner.load(SeqCst).checked_sub(1)
    }

    /// Who holds it, each with the line where it took it, and whether others may hold it as well.
    pub fn holders(&self) -> (Vec<(WorkerId, u32)>, bool) {
        if let Some(owner) = self.owner() {
            return (vec![(owner, self.line.load(SeqCst))], false);
        }
        let words = self.readers.iter().map(|reader| reader.load(SeqCst));
        (words.filter_map(|word| Some((((word >> 32) as u32).checked_sub(1)?, word as u32))).collect(), true)
    }

    /// Whether a holder has panicked.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(SeqCst) != 0
    }

    /// The number of the item that is about to be sent. Without a bound it will be in the channel at once, so it is counted now: that each
    /// has a number of its own, and that they are counted, is one step.
    #[inline]
    pub fn next_item(&self) -> u64 {
        self.first_item.load(Relaxed).wrapping_add(self.sent.fetch_add(1, Relaxed))
    }

    /// An item was sent. Without a bound, that was counted before.
    #[inline]
    pub fn sent(&self) {
        if self.detail.load(Relaxed) != 0 {
            self.sent.fetch_add(1, Relaxed);
        }
    }

    /// An item could not be sent, as the receiver is gone.
    pub fn not_sent(&self) {
        if self.detail.load(Relaxed) == 0 {
            self.sent.fetch_sub(1, Relaxed);
        }
    }

    /// It is what `before` became in a fork of that one's process: items that were sent there may be received here, so their numbers are not
    /// given again.
    pub fn follows(&self, before: &Self) {
        let sent = before.first_item.load(SeqCst).wrapping_add(before.sent.load(SeqCst));
        self.first_item.store(sent, SeqCst);
    }

    /// An item was received. A channel has one receiver.
    #[inline]
    pub fn received(&self) {
        self.received.store(self.received.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// It is a new one, which lies where nobody knows: it is one with those before it.
    fn renew(&self) {
        self.lies.iter().for_each(|word| word.store(0, SeqCst));
        for word in [&self.owner, &self.line, &self.poisoned, &self.waiting, &self.notified] {
            word.store(0, SeqCst);
        }
        self.readers.iter().for_each(|reader| reader.store(0, SeqCst));
    }

    /// A worker begins to wait for a notification.
    pub fn begin_wait(&self) {
        self.waiting.fetch_add(1, SeqCst);
    }

    /// A worker has come back from such a wait, `notified` or at its limit.
    pub fn end_wait(&self, notified: bool) {
        let less = |number: u32| number.checked_sub(1);
        let _ = self.waiting.fetch_update(SeqCst, SeqCst, less);
        if notified {
            let _ = self.notified.fetch_update(SeqCst, SeqCst, less);
        }
    }

    /// So many of those who wait may go on.
    pub fn notify(&self, count: u64) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let waiting = self.waiting.load(SeqCst);
        let more = |notified: u32| Some(notified.saturating_add(count).min(waiting));
        let _ = self.notified.fetch_update(SeqCst, SeqCst, more);
    }

    /// How many of those who wait may go on.
    pub fn notified(&self) -> u32 {
        self.notified.load(SeqCst)
    }

    /// The last sender, or the receiver, goes.
    pub fn hang_up(&self) {
        self.hung_up.store(1, SeqCst);
    }

    /// How many items are in a channel, and whether an end of it is gone.
    pub fn items(&self) -> (u64, bool) {
        let items = self.sent.load(SeqCst).saturating_sub(self.received.load(SeqCst));
        (items, self.hung_up.load(SeqCst) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;

    fn object(kind: StdKind) -> NewObject {
        NewObject { kind, place: (7, 3), is_made_there: true, element: 0, process: 2 }
    }

    #[test]
    fn every_kind_of_object_is_read_as_it_was_added() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let table = StdTable::new(&mapping.run).expect("room");
        let plain = [StdKind::Mutex, StdKind::RwLock, StdKind::Condvar, StdKind::Once, StdKind::AtomicBool];
        let sized = [StdKind::Barrier(0), StdKind::Barrier(3), StdKind::AtomicPtr];
        let channels = [None, Some(0), Some(9)].map(|bound| StdKind::Channel { bound });
        for kind in plain.into_iter().chain(sized).chain(channels).chain(TYPES.map(StdKind::Atomic)) {
            let place = table.add(&object(kind), (0, 0)).expect("room");
            assert_eq!(table.get(place).and_then(StdEntry::object), Some(object(kind)));
        }
    }

    #[test]
    fn the_objects_beyond_the_most_are_counted() {
        let mapping = Mapping::new(4096, 4 << 20).expect("a mapping");
        let table = StdTable::new(&mapping.run).expect("room");
        let added = (0..OBJECTS + 3).filter_map(|_| table.add(&object(StdKind::Mutex), (0, 0))).count();
        assert_eq!((added, table.count(), table.beyond()), (OBJECTS, OBJECTS, 3));
    }

    #[test]
    fn an_object_takes_the_place_of_one_that_is_gone_and_was_made_there() {
        let mapping = Mapping::new(4096, 4 << 20).expect("a mapping");
        let table = StdTable::new(&mapping.run).expect("room");
        let other = NewObject { place: (8, 3), ..object(StdKind::Mutex) };
        assert_eq!([object(StdKind::Mutex), other].map(|new| table.add(&new, (0, 0))), [Some(0), Some(1)]);
        table.get(0).expect("it").take(5, 9);
        table.end(0);
        assert_eq!(table.add(&other, (0, 0)), Some(2), "it was made elsewhere");
        assert_eq!(table.add(&object(StdKind::RwLock), (0, 0)), Some(3), "it is something else");
        assert_eq!([0, 1].map(|_| table.add(&object(StdKind::Mutex), (0, 0))), [Some(0), Some(4)]);
        assert_eq!(table.get(0).expect("it").owner(), None, "it is a new one");
        for _ in 0..100_000 {
            let place = table.add(&other, (0, 0)).expect("room");
            table.end(place);
        }
        assert_eq!(table.beyond(), 0);
    }

    #[test]
    fn so_many_may_go_on_as_were_notified_while_they_waited() {
        let entry = StdEntry::default();
        entry.notify(1);
        assert_eq!(entry.notified(), 0, "nobody waited");
        entry.begin_wait();
        entry.begin_wait();
        entry.notify(1);
        assert_eq!(entry.notified(), 1);
        entry.end_wait(true);
        assert_eq!(entry.notified(), 0);
        entry.notify(u64::MAX);
        assert_eq!(entry.notified(), 1);
    }

    #[test]
    fn items_are_counted_once_and_a_fork_gives_them_other_numbers() {
        let mapping = Mapping::new(4096, 4 << 20).expect("a mapping");
        let table = StdTable::new(&mapping.run).expect("room");
        let channel = |bound| {
            let place = table.add(&object(StdKind::Channel { bound }), (0, 0)).expect("room");
            table.get(place).expect("it")
        };
        let [unbounded, bounded, fork] = [None, Some(2), None].map(channel);
        for number in 0..3 {
            assert_eq!(unbounded.next_item(), number);
            unbounded.sent();
            bounded.sent();
        }
        assert_eq!([unbounded.items(), bounded.items()], [(3, false); 2]);
        unbounded.next_item();
        unbounded.not_sent();
        bounded.not_sent();
        assert_eq!([unbounded.items(), bounded.items()], [(3, false); 2], "an item was refused");
        fork.follows(unbounded);
        assert_eq!((fork.items(), fork.next_item(), fork.items()), ((0, false), 3, (1, false)));
    }

    #[test]
    fn holders_are_known_with_their_lines() {
        let entry = StdEntry::default();
        entry.take(0, 9);
        assert_eq!(entry.holders(), (vec![(0, 9)], false));
        entry.give_back(0, true);
        assert!(entry.is_poisoned());
        entry.share(1, 5);
        entry.share(2, 6);
        assert_eq!(entry.holders(), (vec![(1, 5), (2, 6)], true));
        entry.give_back(1, false);
        assert_eq!(entry.holders(), (vec![(2, 6)], true));
    }
}
