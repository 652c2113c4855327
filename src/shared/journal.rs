//! The journal of a run: every text that its workers leave behind, in true order.
//!
//! A text that is not a whole line is kept as it comes, so that nothing is lost if its worker is killed; who reads the
//! journal joins the pieces of a worker's line.

use super::bytes::Bytes;
use super::lock::OwnedLock;
use super::mapping::Arena;
use super::thread_table::ThreadTable;
use super::{Deadline, WorkerId, clock, place};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a text in the journal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum EntryKind {
    /// Printed to standard output; maybe a part of a line, maybe several.
    Stdout = 1,
    /// Printed to standard error, likewise.
    Stderr = 2,
    /// Written to a file descriptor past nbrun's macros.
    Raw = 3,
    /// A value that is shown: `number` is its place in the list.
    Shown = 4,
    /// A panic: message, line and column with [`SEPARATOR`] between. Also the error that a job returned, at no place.
    Panic = 5,
    /// A task that failed: `number` is its index; the text as in [`EntryKind::Panic`] or plain.
    TaskFailed = 6,
    /// Something that main found wrong with the run as a whole.
    Problem = 7,
    /// An assertion that did not hold: `number` is its place in the list, the text its [`Sides`](crate::model::Sides), if they
    /// can be shown.
    AssertFailed = 8,
}

/// Stands between the parts of a text with several.
pub const SEPARATOR: char = '\u{1f}';

impl EntryKind {
    fn from_u8(kind: u8) -> Option<Self> {
        use EntryKind::*;
        [Stdout, Stderr, Raw, Shown, Panic, TaskFailed, Problem, AssertFailed].into_iter().find(|k| *k as u8 == kind)
    }

    fn is_output(self) -> bool {
        matches!(self, EntryKind::Stdout | EntryKind::Stderr | EntryKind::Raw)
    }

    /// How many bytes it must leave free: whatever comes in floods leaves room for what decides whether the cell has passed.
    fn spared(self) -> usize {
        match self {
            EntryKind::TaskFailed => 60 << 20,
            EntryKind::Panic => 40 << 20,
            EntryKind::Shown => 4 << 20,
            EntryKind::Problem | EntryKind::AssertFailed => 0,
            // These have a limit of their own.
            EntryKind::Stdout | EntryKind::Stderr | EntryKind::Raw => 0,
        }
    }
}

/// A text in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Whose it is.
    pub worker: WorkerId,
    /// When it came, on [`clock::now`].
    pub at: u64,
    /// A number that [`EntryKind`] explains.
    pub number: u64,
    /// The text.
    pub bytes: Vec<u8>,
}

/// The most of a shown value that is kept, in bytes: more than anybody reads, and little enough for a page.
pub const SHOWN_BYTES: usize = 64 << 10;
/// The most of a panic's message that is kept.
pub const MESSAGE_BYTES: usize = 4 << 10;
/// No text that is no output is longer: a value or a message, and that it was cut.
const LONGEST: usize = SHOWN_BYTES + MESSAGE_BYTES;
/// Room for all texts that are no output. It costs nothing before it is used.
pub const OTHERS: usize = 64 << 20;

/// How many bytes a line of output counts for at least: each is kept as a line, and a megabyte of line ends is a million.
pub const LINE: u64 = 16;

/// Length, worker and kind, time, number: 8 bytes each.
const HEADER: usize = 32;

/// Room for what raw output takes beside its text, in limits of output: enough if each line comes as a piece of its own, since
/// a line counts for [`LINE`].
const RAW: usize = (HEADER + 8).div_ceil(LINE as usize);

/// The journal of one run.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Journal {
    #[serde(with = "place::one")]
    lock: &'static OwnedLock,
    /// The bytes in use; a text exists from the store of this on.
    #[serde(with = "place::one")]
    used: &'static AtomicU64,
    /// The bytes of output among them that workers have beyond their own shares, headers included.
    #[serde(with = "place::one")]
    beyond: &'static AtomicU64,
    /// The bytes of output that found no room.
    #[serde(with = "place::one")]
    cut: &'static AtomicU64,
    /// The bytes that raw output takes beside its text and is not charged for.
    #[serde(with = "place::one")]
    uncharged: &'static AtomicU64,
    /// The bytes of output of each worker.
    #[serde(with = "place::many")]
    shares: &'static [AtomicU64],
    /// How many tasks have failed, also those whose texts found no room.
    #[serde(with = "place::one")]
    failed_tasks: &'static AtomicU64,
    memory: Bytes,
    output_limit: u64,
    /// The threads of workers, which have no shares of their own.
    threads: ThreadTable,
}

impl Journal {
    /// An empty journal that keeps `output_limit` bytes of output of `workers` workers and their `threads`, and other texts
    /// besides; `None` if the arena is used up.
    pub fn new(arena: &Arena, output_limit: u64, threads: ThreadTable, workers: usize) -> Option<Self> {
        let memory = arena.bytes((output_limit as usize).checked_mul(1 + RAW)?.checked_add(OTHERS)?, 64)?;
        let [used, beyond, cut, uncharged] = [arena.alloc()?, arena.alloc()?, arena.alloc()?, arena.alloc()?];
        Some(Self {
            lock: arena.alloc()?,
            used,
            beyond,
            cut,
            uncharged,
            failed_tasks: arena.alloc()?,
            shares: arena.alloc_slice(workers)?,
            memory,
            output_limit,
            threads,
        })
    }

    /// What a worker and its threads have used of their share.
    fn share(&self, worker: WorkerId) -> Option<&'static AtomicU64> {
        self.shares.get(self.threads.root(worker) as usize)
    }

    /// How much room for output `worker` has. Half of the limit is for whoever comes first, and the other half is shared out,
    /// so that one who floods it does not drown the others.
    fn room_for_output(&self, worker: WorkerId) -> u64 {
        let half = self.output_limit / 2;
        let own = half / self.shares.len().max(1) as u64;
        let used = self.share(worker).map_or(own, |share| share.load(Relaxed));
        own.saturating_sub(used) + half.saturating_sub(self.beyond.load(Relaxed))
    }

    /// Counts so many bytes of output as `worker`'s.
    fn charge(&self, worker: WorkerId, size: u64) {
        let own = self.output_limit / 2 / self.shares.len().max(1) as u64;
        let used = self.share(worker).map_or(own, |share| share.fetch_add(size, Relaxed));
        let beyond = (used + size).saturating_sub(own.max(used));
        self.beyond.fetch_add(beyond, Relaxed);
    }

    /// Adds a text of `worker`'s, written down by `me`. Output beyond the limit is cut at a character's boundary and
    /// counted; any other text that finds no room is cut or left out.
    pub fn add(&self, me: WorkerId, worker: WorkerId, kind: EntryKind, number: u64, bytes: &[u8]) {
        // Patience without end is never at its end.
        let _ = self.lock.with(me, &Deadline::ENDLESS, || (), || self.append(worker, kind, number, bytes));
    }

    fn append(&self, worker: WorkerId, kind: EntryKind, number: u64, bytes: &[u8]) {
        let used = self.used.load(Relaxed) as usize;
        let mut room = self.memory.len().saturating_sub(kind.spared() + used + HEADER + 8);
        if kind == EntryKind::TaskFailed {
            self.failed_tasks.fetch_add(1, Relaxed);
        }
        let (mut lines, mut left) = (0, 0);
        // In how many pieces raw output comes depends on how soon main reads it. What is kept must not.
        let most_uncharged = self.output_limit * RAW as u64;
        let is_free = kind == EntryKind::Raw && self.uncharged.load(Relaxed) + HEADER as u64 + 8 <= most_uncharged;
        if kind.is_output() {
            let header = if is_free { 0 } else { HEADER as u64 };
            left = self.room_for_output(worker).saturating_sub(header);
            let (fits, extra) = fitting(bytes, left);
            room = room.min(fits);
            lines = extra;
        }
        let kept = floor_char_boundary(bytes, room);
        if kind.is_output() {
            self.cut.fetch_add((bytes.len() - kept) as u64, Relaxed);
        }
        // Behind a cut nothing more fits, be it shorter than a line.
        let is_cut = is_free && kept < bytes.len();
        if is_cut {
            self.charge(worker, left);
        }
        if kept == 0 && !bytes.is_empty() || room == 0 {
            return;
        }
        let words = [kept as u64, u64::from(worker) << 8 | kind as u64, clock::now(), number];
        for (i, word) in words.iter().enumerate() {
            self.memory.write(used + 8 * i, &word.to_le_bytes());
        }
        self.memory.write(used + HEADER, &bytes[..kept]);
        let size = (HEADER + kept).next_multiple_of(8);
        if kind.is_output() {
            let uncharged = if is_free { (size - kept) as u64 } else { 0 };
            self.uncharged.fetch_add(uncharged, Relaxed);
            self.charge(worker, if is_cut { 0 } else { size as u64 - uncharged + lines });
        }
        self.used.store((used + size) as u64, std::sync::atomic::Ordering::Release);
    }

    /// How many bytes of output are kept at most.
    pub fn output_limit(&self) -> u64 {
        self.output_limit
    }

    /// How many tasks have failed so far.
    pub fn failed_tasks(&self) -> u64 {
        self.failed_tasks.load(Relaxed)
    }

    /// How many bytes were cut so far.
    pub fn cut(&self) -> u64 {
        self.cut.load(Relaxed)
    }

    /// Everything so far, and whether that is all: a job may have written over it.
    pub fn entries(&self) -> (Vec<Entry>, bool) {
        let used = usize::try_from(self.used.load(std::sync::atomic::Ordering::Acquire)).unwrap_or(usize::MAX);
        let end = used.min(self.memory.len());
        let (mut at, mut whole, mut entries) = (0, used == end, Vec::new());
        while at + HEADER <= end {
            let word = |n: usize| {
                self.memory.read(at + 8 * n, 8, |bytes| bytes.first_chunk().map_or(0, |word| u64::from_le_bytes(*word)))
            };
            let (len, who) = (word(0), word(1));
            let Some(len) = usize::try_from(len).ok().filter(|len| *len <= end - at - HEADER) else {
                return (entries, false);
            };
            let (kind, worker) = (EntryKind::from_u8(who as u8), who >> 8);
            // Whoever wrote a longer one has not done it by `add`, and its text is nothing for a page.
            let fits =
                |kind: &EntryKind| if kind.is_output() { len as u64 <= self.output_limit } else { len <= LONGEST };
            let is_known = worker < self.shares.len() as u64 || self.threads.holds(worker);
            match kind.filter(fits).filter(|_| is_known) {
                Some(kind) => {
                    let bytes = self.memory.to_vec(at + HEADER, len);
                    entries.push(Entry { kind, worker: worker as WorkerId, at: word(2), number: word(3), bytes });
                }
                None => whole = false,
            }
            at += (HEADER + len).next_multiple_of(8);
        }
        (entries, whole && at == end)
    }

    /// Frees the journal's lock if `dead` held it.
    pub fn release_owned_by(&self, dead: WorkerId) {
        self.lock.release_owned_by(dead);
    }
}

/// How many of these bytes of output there is room for, and how many bytes their lines count for beside them.
pub fn fitting(bytes: &[u8], room: u64) -> (usize, u64) {
    let most = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
    let ends = bytes[..most].iter().filter(|byte| **byte == b'\n').count() as u64;
    let extra = ends * (LINE - 1);
    if most == bytes.len() && most as u64 + extra <= room {
        return (most, extra);
    }
    let (mut left, mut extra) = (room, 0);
    for (at, byte) in bytes[..most].iter().enumerate() {
        let weight = if *byte == b'\n' { LINE } else { 1 };
        if left < weight {
            return (at, extra);
        }
        left -= weight;
        extra += weight - 1;
    }
    (most, extra)
}

/// A text up to so many bytes, which says so if that is not all of it.
pub fn cut(text: &str, most_bytes: usize) -> String {
    match text.len() > most_bytes {
        true => format!("{} … (the rest is left out)", &text[..text.floor_char_boundary(most_bytes)]),
        false => text.to_owned(),
    }
}

/// The largest cut of `bytes` at or below `len` that does not split a UTF-8 character.
fn floor_char_boundary(bytes: &[u8], len: usize) -> usize {
    if len >= bytes.len() {
        return bytes.len();
    }
    (len.saturating_sub(3)..=len).rev().find(|&i| bytes[i] & 0xc0 != 0x80).unwrap_or(len)
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;

    fn journal(limit: u64) -> Journal {
        let mapping = Mapping::new(4096, 128 << 20).expect("a mapping");
        let threads = ThreadTable::new(&mapping.run, 3).expect("room");
        Journal::new(&mapping.run, limit, threads, 3).expect("room")
    }

    #[test]
    fn texts_come_back_in_order_with_their_workers() {
        let journal = journal(1000);
        journal.add(1, 1, EntryKind::Stdout, 0, b"a\n");
        journal.add(2, 2, EntryKind::Panic, 7, "多".as_bytes());
        let (entries, whole) = journal.entries();
        assert!(whole);
        let seen: Vec<_> = entries.iter().map(|e| (e.worker, e.kind, e.number, e.bytes.as_slice())).collect();
        assert_eq!(seen, [(1, EntryKind::Stdout, 0, &b"a\n"[..]), (2, EntryKind::Panic, 7, "多".as_bytes())]);
        assert!(entries[0].at <= entries[1].at);
    }

    #[test]
    fn output_beyond_the_limit_is_counted_and_leaves_room_for_what_matters() {
        let journal = journal(1000);
        for _ in 0..100 {
            journal.add(1, 1, EntryKind::Stdout, 0, &[b'x'; 50]);
        }
        journal.add(1, 1, EntryKind::Panic, 0, b"why");
        let (entries, _) = journal.entries();
        let kept: usize = entries.iter().filter(|e| e.kind == EntryKind::Stdout).map(|e| e.bytes.len()).sum();
        assert_eq!(kept as u64 + journal.cut(), 5000);
        assert_eq!(entries.last().map(|e| e.bytes.as_slice()), Some(&b"why"[..]));
    }

    #[test]
    fn a_text_longer_than_anybody_reads_is_cut_and_says_so() {
        let text = cut(&"多".repeat(SHOWN_BYTES), SHOWN_BYTES);
        assert!(text.len() < SHOWN_BYTES + 100 && text.ends_with("多 … (the rest is left out)"));
        assert_eq!(cut("多", 3), "多");
    }

    #[test]
    fn a_flood_of_failures_is_counted_and_leaves_room_for_the_verdict() {
        let journal = journal(1000);
        let flood = [(EntryKind::TaskFailed, 20_000), (EntryKind::Panic, 10_000), (EntryKind::Shown, 1_000)];
        for (kind, times) in flood {
            let text = vec![b'x'; if kind == EntryKind::Shown { SHOWN_BYTES } else { MESSAGE_BYTES }];
            (0..times).for_each(|number| journal.add(1, 1, kind, number, &text));
        }
        journal.add(1, 1, EntryKind::Stdout, 0, b"said");
        journal.add(0, 0, EntryKind::AssertFailed, 3, b"");
        journal.add(0, 0, EntryKind::Problem, 0, b"a problem");
        let (entries, _) = journal.entries();
        let count = |kind| entries.iter().filter(|entry| entry.kind == kind).count();
        assert_eq!((count(EntryKind::AssertFailed), count(EntryKind::Problem), count(EntryKind::Stdout)), (1, 1, 1));
        assert!(count(EntryKind::TaskFailed) > 500 && count(EntryKind::Panic) > 4_000 && count(EntryKind::Shown) > 500);
        assert_eq!((journal.failed_tasks(), journal.cut()), (20_000, 0));
    }

    #[test]
    fn a_flood_of_one_worker_leaves_room_for_the_others() {
        let journal = journal(6000);
        for _ in 0..1000 {
            journal.add(1, 1, EntryKind::Stdout, 0, &[b'x'; 50]);
        }
        for n in 0..10 {
            journal.add(2, 2, EntryKind::Stdout, n, b"a line\n");
        }
        let of = |worker| journal.entries().0.iter().filter(|entry| entry.worker == worker).count();
        assert_eq!(of(2), 10, "all that the other one said");
        assert!((30..=50).contains(&of(1)), "{} of the flood", of(1));
    }

    #[test]
    fn a_journal_that_was_written_over_is_read_as_far_as_it_makes_sense() {
        let journal = journal(1000);
        journal.add(1, 1, EntryKind::Stdout, 0, b"first");
        let second = journal.used.load(Relaxed) as usize;
        journal.add(2, 2, EntryKind::Stdout, 0, b"second");
        let used = journal.used.load(Relaxed);
        let seen = || {
            let (entries, whole) = journal.entries();
            (entries.len(), whole)
        };
        assert_eq!(seen(), (2, true));
        // The length, and the worker's number beside the kind.
        for (word, hostile) in
            [(0, 20), (0, 1 << 20), (0, u64::MAX), (0, u64::MAX - 40), (1, 0), (1, 3 << 8 | 1), (1, u64::MAX)]
        {
            let at = second + 8 * word;
            let before = journal.memory.to_vec(at, 8);
            journal.memory.write(at, &u64::to_le_bytes(hostile));
            assert_eq!(seen(), (1, false), "word {word} is {hostile}");
            journal.memory.write(at, &before);
        }
        journal.used.store(used - 8, Relaxed);
        assert_eq!(seen(), (1, false), "the end stands within the second");
        journal.used.store(u64::MAX, Relaxed);
        assert!(!seen().1, "the end stands behind the memory");
        journal.used.store(used, Relaxed);
        assert_eq!(seen(), (2, true));
    }

    #[test]
    fn a_line_of_output_counts_for_more_than_its_end() {
        let journal = journal(1 << 20);
        journal.add(1, 1, EntryKind::Stdout, 0, &vec![b'\n'; 1 << 20]);
        let kept: usize = journal.entries().0.iter().map(|entry| entry.bytes.len()).sum();
        assert!(kept > 10_000 && kept as u64 * LINE <= 1 << 20, "{kept} lines");
        assert_eq!(kept as u64 + journal.cut(), 1 << 20);
        assert_eq!(fitting(b"ab\ncd\n", 36), (6, 30));
        assert_eq!(fitting(b"ab\ncd\n", 35), (5, 15));
        assert_eq!(fitting(b"ab\ncd\n", 17), (2, 0));
        assert_eq!(fitting(b"ab", 0), (0, 0));
    }

    #[test]
    fn of_raw_output_the_same_is_kept_in_however_many_pieces_it_comes() {
        let text: String = (0..20_000).map(|n| format!("raw {n}\n")).collect();
        let kept = |limit, length| {
            let journal = journal(limit);
            text.as_bytes().chunks(length).for_each(|piece| journal.add(0, 1, EntryKind::Raw, 0, piece));
            journal.entries().0.iter().map(|entry| entry.bytes.len()).sum::<usize>()
        };
        assert_eq!([10, 11, 4096, 1 << 20].map(|length| kept(1 << 20, length)), [text.len(); 4]);
        let half = kept(1 << 19, 1 << 20);
        assert!(half < text.len());
        assert_eq!([8, 9, 37, 100, 333, 4096].map(|length| kept(1 << 19, length)), [half; 6]);
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        let journal = journal(100);
        journal.add(1, 1, EntryKind::Stdout, 0, "多".repeat(100).as_bytes());
        assert!(String::from_utf8(journal.entries().0[0].bytes.clone()).is_ok());
    }
}
