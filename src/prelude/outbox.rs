//! Writing a pool's results: record by record into a ring that main reads, without a call for each.

use crate::abi::{OK, Outbox, record};
use crate::entry::{Failure, caught};
use crate::host::{Unwind, checked, host};
use std::sync::atomic::{AtomicU64, Ordering};

/// A task: given its index, it appends its encoded result.
pub(crate) type Task<'a> = &'a mut dyn FnMut(u64, &mut Vec<u8>);

/// How far a worker has come with the tasks that it was given.
pub(crate) struct Progress<'a> {
    next: u64,
    end: u64,
    /// How many more tasks are to be reported singly.
    traced: u64,
    /// Where the host reads which task is being done.
    task: &'a AtomicU64,
}

impl Progress<'_> {
    /// Begins the next task, if there is one.
    #[inline]
    pub(crate) fn begin(&mut self) -> Option<u64> {
        let index = self.next;
        if index == self.end {
            return None;
        }
        self.next += 1;
        self.task.store(index + 1, Ordering::Relaxed);
        Some(index)
    }

    /// Says that it has been done.
    #[inline]
    pub(crate) fn end(&mut self, index: u64) {
        self.end_as(index, false);
    }

    #[inline]
    fn end_as(&mut self, index: u64, failed: bool) {
        if self.traced > 0 {
            self.traced -= 1;
            (host().task_ended)(index, failed);
        }
    }
}

/// The writing end of a worker's outbox.
struct Writer<'a> {
    outbox: &'a Outbox,
    written: u64,
    /// What was taken when that was last looked at; it only grows.
    taken: u64,
    /// Whether main has been told since that there is much to take.
    told: bool,
    /// The task that the stream is at; none yet, or not any more.
    at: Option<u64>,
    /// Whether something could not be handed over.
    lost: bool,
    /// The records at hand.
    records: Vec<u8>,
}

/// Runs `count` tasks from `first` on, one after another, and sends their results; one that panics fails alone.
/// Whether all could be sent.
///
/// # Safety
/// `outbox` is valid during the call, and the calling worker is the only one that writes to it.
pub(crate) unsafe fn run_tasks(first: u64, count: u64, outbox: *const Outbox, task: Task<'_>) -> bool {
    let send = &mut |progress: &mut Progress<'_>, writer: &mut Writer<'_>| {
        while let Some(index) = progress.begin() {
            writer.begin(index, record::VALUE);
            task(index, &mut writer.records);
            writer.end(index);
            progress.end(index);
        }
    };
    // SAFETY: the caller vouches for it.
    unsafe { run(first, count, outbox, send) }
}

/// The same with tasks that need not be sent: `tasks` does one after another, as far as it comes, and says so.
///
/// # Safety
/// As for [`run_tasks`].
pub(crate) unsafe fn run_placed(
    first: u64,
    count: u64,
    outbox: *const Outbox,
    tasks: &mut dyn FnMut(&mut Progress<'_>),
) -> bool {
    // SAFETY: the caller vouches for it.
    unsafe { run(first, count, outbox, &mut |progress, _| tasks(progress)) }
}

/// Calls `some` until it has done all tasks. It is left by whatever a task throws, and then goes on behind that task.
///
/// # Safety
/// As for [`run_tasks`].
unsafe fn run(
    first: u64,
    count: u64,
    outbox: *const Outbox,
    some: &mut dyn FnMut(&mut Progress<'_>, &mut Writer<'_>),
) -> bool {
    // SAFETY: the caller vouches for it.
    let outbox = unsafe { &*outbox };
    let mut writer = Writer {
        outbox,
        written: at(outbox.written).load(Ordering::Relaxed),
        taken: at(outbox.taken).load(Ordering::Acquire),
        told: false,
        at: None,
        lost: false,
        records: Vec::with_capacity(256),
    };
    let mut progress =
        Progress { next: first, end: first + count, traced: outbox.traced, task: at(outbox.task) };
    while progress.next < progress.end {
        if let Err(failure) = caught(&mut || some(&mut progress, &mut writer)) {
            let index = progress.next - 1;
            let why = report(index, failure);
            // Only being told to end can interrupt this, and then nobody waits for the result.
            let told = caught(&mut || {
                writer.begin(index, record::FAILURE);
                writer.records.extend_from_slice(&(why.len() as u64).to_le_bytes());
                writer.records.extend_from_slice(why.as_bytes());
                writer.end(index);
            });
            writer.lost |= told.is_err();
            progress.end_as(index, true);
        }
    }
    !writer.lost
}

/// The counter at `address`.
fn at<'a>(address: *const AtomicU64) -> &'a AtomicU64 {
    // SAFETY: an outbox's addresses are those of counters in memory that is mapped as long as the process lives.
    unsafe { &*address }
}

/// Tells the host of a failed task, and says in words why it failed.
fn report(index: u64, failure: Failure) -> String {
    let (why, position, column) = match failure {
        Failure::Panic(panic) => (format!("panicked: {}", panic.message), panic.position, panic.column),
        Failure::Unwind(Unwind::ExitStatus(code)) => (format!("called exit({code})"), 0, 0),
        Failure::Unwind(Unwind::Cancelled) => ("was ended at a time limit".to_owned(), 0, 0),
    };
    (host().task_failed)(index, why.as_ptr(), why.len(), position, column);
    why
}

impl Writer<'_> {
    /// Begins the records of a task's result.
    #[inline]
    fn begin(&mut self, index: u64, kind: u8) {
        self.records.clear();
        if self.at != Some(index) {
            self.numbered(record::AT, index);
        }
        if !self.outbox.completed.is_null() {
            // Patched when the task is done.
            self.numbered(record::ORDER, 0);
        }
        self.records.push(kind);
    }

    fn numbered(&mut self, kind: u8, number: u64) {
        self.records.push(kind);
        self.records.extend_from_slice(&number.to_le_bytes());
    }

    /// Hands the records over.
    #[inline]
    fn end(&mut self, index: u64) {
        if !self.outbox.completed.is_null() {
            let order = at(self.outbox.completed).fetch_add(1, Ordering::Relaxed);
            let place = if self.records[0] == record::AT { 10 } else { 1 };
            self.records[place..place + 8].copy_from_slice(&order.to_le_bytes());
        }
        let size = self.records.len() as u64;
        if size > self.outbox.capacity / 2 {
            self.end_large(index);
            return;
        }
        if self.written + size - self.taken > self.outbox.capacity / 2 {
            self.make_room(size);
        }
        self.write();
        self.at = Some(index + 1);
    }

    /// Hands over records that are too large for the ring. They say themselves which task they are about, since they come
    /// to main on another way; the stream in the ring has to say it anew afterwards.
    fn end_large(&mut self, index: u64) {
        if self.records[0] != record::AT {
            let head = [&[record::AT][..], &index.to_le_bytes()].concat();
            self.records.splice(0..0, head);
        }
        self.at = None;
        self.lost |= checked((host().large_result)(self.records.as_ptr(), self.records.len())) != OK;
    }

    fn make_room(&mut self, size: u64) {
        loop {
            let taken = at(self.outbox.taken).load(Ordering::Acquire);
            self.told &= taken == self.taken;
            self.taken = taken;
            let used = self.written + size - taken;
            if used > self.outbox.capacity {
                checked((host().outbox_full)(true));
                continue;
            }
            if used > self.outbox.capacity / 2 && !self.told {
                self.told = true;
                (host().outbox_full)(false);
            }
            return;
        }
    }

    /// Copies the records to the ring and publishes them.
    #[inline]
    fn write(&mut self) {
        let place = (self.written % self.outbox.capacity) as usize;
        let first = self.records.len().min(self.outbox.capacity as usize - place);
        // SAFETY: both pieces lie inside the ring, and `make_room` has seen to it that nothing unread stands there.
        unsafe {
            self.outbox.ring.add(place).copy_from_nonoverlapping(self.records.as_ptr(), first);
            self.outbox.ring.copy_from_nonoverlapping(self.records.as_ptr().add(first), self.records.len() - first);
        }
        self.written += self.records.len() as u64;
        at(self.outbox.written).store(self.written, Ordering::Release);
    }
}
