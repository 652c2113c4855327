//! The threads that jobs start by themselves: who started each, where, and what it is called. Each is a worker of its own, with
//! a number behind those of the workers that the cell declares.

use super::bytes::Shared;
use super::lock::OwnedLock;
use super::mapping::Arena;
use super::{Deadline, WorkerId, place};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

/// How many threads that jobs start by themselves are workers of their own in a run.
pub const THREADS: usize = 256;
/// The longest name that is kept, in bytes.
const NAME_BYTES: usize = 64;

#[repr(C)]
struct Entry {
    /// Who started it, plus one.
    by: AtomicU32,
    /// The line where it was started.
    position: AtomicU32,
    /// How many of the same name there were before it.
    before: AtomicU32,
    /// 1 for one of several that are bound to one list.
    is_list: AtomicU32,
    /// 1 for one that a crate started, or `std` itself: nobody saw its start.
    is_foreign: AtomicU32,
    name_len: AtomicU32,
    name: [AtomicU64; NAME_BYTES / 8],
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for Entry {}

/// A thread that is to be a worker.
#[derive(Debug, Clone, Copy)]
pub struct NewThread<'a> {
    /// Who starts it.
    pub by: WorkerId,
    /// The line where it is started; 0 if that is not known.
    pub position: u32,
    /// What it is called, by itself or with others.
    pub name: &'a str,
    /// Whether the name is that of a list.
    pub is_list: bool,
    /// Whether nobody saw its start.
    pub is_foreign: bool,
}

/// A thread that is a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadEntry {
    /// Who started it.
    pub by: WorkerId,
    /// The line where it was started; 0 if that is not known.
    pub position: u32,
    /// Its name, unique among the threads of its run.
    pub name: String,
    /// Whether nobody saw its start.
    pub is_foreign: bool,
}

/// The threads of a run.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct ThreadTable {
    /// The number of the first of them.
    first: WorkerId,
    #[serde(with = "place::one")]
    lock: &'static OwnedLock,
    /// How many there were.
    #[serde(with = "place::one")]
    count: &'static AtomicU32,
    /// How many more there were than there is room for.
    #[serde(with = "place::one")]
    beyond: &'static AtomicU32,
    #[serde(with = "place::many")]
    entries: &'static [Entry],
}

impl ThreadTable {
    /// A table of threads whose numbers begin at `first`; `None` if the arena is used up.
    pub fn new(arena: &Arena, first: WorkerId) -> Option<Self> {
        let entries = arena.alloc_slice(THREADS)?;
        Some(Self { first, lock: arena.alloc()?, count: arena.alloc()?, beyond: arena.alloc()?, entries })
    }

    /// Adds a thread; its number, or `None` if there is no room. `is_taken` says of a name that another worker has it.
    pub fn add(&self, thread: &NewThread<'_>, is_taken: impl Fn(&str) -> bool) -> Option<WorkerId> {
        // Patience without end is never at its end.
        self.lock.with(thread.by, &Deadline::ENDLESS, || (), || self.append(thread, is_taken)).ok().flatten()
    }

    fn append(&self, thread: &NewThread<'_>, is_taken: impl Fn(&str) -> bool) -> Option<WorkerId> {
        let count = self.count();
        let Some(entry) = self.entries.get(count) else {
            self.beyond.fetch_add(1, SeqCst);
            return None;
        };
        let name = &thread.name[..thread.name.floor_char_boundary(NAME_BYTES)];
        let same = self.entries[..count].iter().filter(|other| other.base() == name).count();
        let before = same + usize::from(!thread.is_list && is_taken(name));
        for (word, bytes) in entry.name.iter().zip(name.as_bytes().chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_le_bytes(whole), SeqCst);
        }
        entry.name_len.store(name.len() as u32, SeqCst);
        entry.before.store(before as u32, SeqCst);
        entry.is_list.store(thread.is_list.into(), SeqCst);
        entry.is_foreign.store(thread.is_foreign.into(), SeqCst);
        entry.position.store(thread.position, SeqCst);
        entry.by.store(thread.by + 1, SeqCst);
        self.count.store(count as u32 + 1, SeqCst);
        Some(self.first + count as WorkerId)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        (self.count.load(SeqCst) as usize).min(THREADS)
    }

    /// How many more there were than there is room for.
    pub fn beyond(&self) -> u32 {
        self.beyond.load(SeqCst)
    }

    /// The numbers of all.
    pub fn numbers(&self) -> impl Iterator<Item = WorkerId> + use<> {
        self.first..self.first + self.count() as WorkerId
    }

    /// Whether one of them has this number.
    pub fn holds(&self, worker: u64) -> bool {
        worker.checked_sub(self.first.into()).is_some_and(|place| place < self.count() as u64)
    }

    /// The thread with this worker's number.
    pub fn get(&self, worker: WorkerId) -> Option<ThreadEntry> {
        let place = worker.checked_sub(self.first)? as usize;
        let entry = self.entries[..self.count()].get(place)?;
        // Whatever stands there, who started another was there before.
        let by = entry.by.load(SeqCst).checked_sub(1).filter(|by| *by < worker)?;
        let (position, is_foreign) = (entry.position.load(SeqCst), entry.is_foreign.load(SeqCst) != 0);
        Some(ThreadEntry { by, position, name: entry.name(), is_foreign })
    }

    /// The declared worker that started this worker, itself or by threads of its own.
    pub fn root(&self, worker: WorkerId) -> WorkerId {
        let by = |worker: WorkerId| {
            let entry = self.entries.get(worker.checked_sub(self.first)? as usize)?;
            // Whatever stands there, who started another was there before.
            entry.by.load(SeqCst).checked_sub(1).filter(|by| *by < worker)
        };
        let mut root = worker;
        while let Some(by) = by(root) {
            root = by;
        }
        if root < self.first { root } else { 0 }
    }
}

impl Entry {
    fn base(&self) -> String {
        let bytes = self.name.iter().flat_map(|word| word.load(SeqCst).to_le_bytes());
        let bytes: Vec<u8> = bytes.take((self.name_len.load(SeqCst) as usize).min(NAME_BYTES)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn name(&self) -> String {
        let (base, before) = (self.base(), self.before.load(SeqCst));
        match before {
            _ if self.is_list.load(SeqCst) != 0 => format!("{base}[{before}]"),
            0 => base,
            _ => another(&base, before),
        }
    }
}

/// The name of what is called like `before` others before it.
pub fn another(base: &str, before: u32) -> String {
    let number = u64::from(before) + 1;
    if base.contains([' ', '[']) { format!("{base} ({number})") } else { format!("{base}-{number}") }
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;

    fn thread(by: WorkerId, name: &str) -> NewThread<'_> {
        NewThread { by, position: 7, name, is_list: false, is_foreign: false }
    }

    #[test]
    fn threads_of_one_name_are_told_apart_in_the_order_of_their_start() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let table = ThreadTable::new(&mapping.run, 3).expect("room");
        let list = NewThread { is_list: true, ..thread(1, "all") };
        let new = [thread(1, "h"), thread(2, "h"), thread(3, "main"), list, list, thread(1, "thread at line 9")];
        let numbers = new.map(|new| table.add(&new, |name| name == "main").expect("room"));
        let again = table.add(&thread(4, "thread at line 9"), |_| false).expect("room");
        let names: Vec<String> = numbers.into_iter().chain([again]).map(|n| table.get(n).expect("it").name).collect();
        assert_eq!(names, ["h", "h-2", "main-2", "all[0]", "all[1]", "thread at line 9", "thread at line 9 (2)"]);
        assert_eq!([3, 4, 5, 9].map(|worker| table.root(worker)), [1, 2, 1, 2]);
        assert_eq!(table.numbers().collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn the_threads_beyond_the_most_are_counted() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let table = ThreadTable::new(&mapping.run, 1).expect("room");
        let added = (0..THREADS + 2).filter_map(|_| table.add(&thread(0, "h"), |_| false)).count();
        assert_eq!((added, table.count(), table.beyond()), (THREADS, THREADS, 2));
        assert_eq!(table.get(1 + THREADS as WorkerId), None);
    }

    #[test]
    fn a_long_name_is_cut_between_its_characters() {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        let table = ThreadTable::new(&mapping.run, 1).expect("room");
        let number = table.add(&thread(0, &format!("a{}", "\u{e9}".repeat(40))), |_| false).expect("room");
        assert_eq!(table.get(number).expect("it").name, format!("a{}", "\u{e9}".repeat(31)));
    }
}
