//! Writing a pool's results: frame by frame into a ring that main reads, without a call for each.

use crate::abi::{FRAME, Outbox};
use crate::entry::{Failure, caught};
use crate::host::{Unwind, checked, host};
use std::sync::atomic::{AtomicU64, Ordering};

/// A task: given its index, it appends its encoded result.
pub(crate) type Task<'a> = &'a mut dyn FnMut(u64, &mut Vec<u8>);

/// The writing end of a worker's outbox.
struct Writer<'a> {
    outbox: &'a Outbox,
    written: u64,
    /// What was taken when that was last looked at; it only grows.
    taken: u64,
    /// Whether main has been told since that there is much to take.
    told: bool,
    /// The frame at hand.
    frame: Vec<u8>,
}

/// Runs `count` tasks from `first` on, one after another; one that panics fails alone.
///
/// # Safety
/// `outbox` is valid during the call, and the calling worker is the only one that writes to it.
pub(crate) unsafe fn run_tasks(first: u64, count: u64, outbox: *const Outbox, task: Task<'_>) {
    // SAFETY: the caller vouches for it.
    let outbox = unsafe { &*outbox };
    let mut writer = Writer {
        outbox,
        written: at(outbox.written).load(Ordering::Relaxed),
        taken: at(outbox.taken).load(Ordering::Acquire),
        told: false,
        frame: Vec::with_capacity(256),
    };
    let (mut next, end, mut traced) = (first, first + count, outbox.traced);
    while next < end {
        let done = caught(&mut || {
            while next < end {
                let index = next;
                next += 1;
                at(outbox.task).store(index + 1, Ordering::Relaxed);
                writer.begin(0);
                task(index, &mut writer.frame);
                writer.end(index);
                if traced > 0 {
                    traced -= 1;
                    (host().task_ended)(index);
                }
            }
        });
        if let Err(failure) = done {
            let index = next - 1;
            let why = report(index, failure);
            // Only being told to end can interrupt this, and then nobody waits for the result.
            let _ = caught(&mut || {
                writer.begin(1);
                writer.frame.extend_from_slice(why.as_bytes());
                writer.end(index);
            });
        }
    }
}

/// The counter at `address`.
fn at<'a>(address: *const AtomicU64) -> &'a AtomicU64 {
    // SAFETY: an outbox's addresses are those of counters in memory that is mapped as long as the process lives.
    unsafe { &*address }
}

/// Tells the host of a failed task, and says in words why it failed.
fn report(index: u64, failure: Failure) -> String {
    let (why, file, line, column) = match failure {
        Failure::Panic(panic) => (format!("panicked: {}", panic.message), panic.file, panic.line, panic.column),
        Failure::Unwind(Unwind::Exit(code)) => (format!("called exit({code})"), String::new(), 0, 0),
        Failure::Unwind(Unwind::Cancelled) => ("was ended at a time limit".to_owned(), String::new(), 0, 0),
    };
    (host().task_failed)(index, why.as_ptr(), why.len(), file.as_ptr(), file.len(), line, column);
    why
}

impl Writer<'_> {
    /// Begins a frame with room for its header.
    fn begin(&mut self, tag: u8) {
        self.frame.clear();
        self.frame.extend_from_slice(&[0; FRAME]);
        self.frame.push(tag);
    }

    /// Ends the frame and hands it over.
    fn end(&mut self, index: u64) {
        let len = (self.frame.len() - FRAME) as u64;
        let order = if self.outbox.completed.is_null() {
            index
        } else {
            at(self.outbox.completed).fetch_add(1, Ordering::Relaxed)
        };
        let (head, _) = self.frame[..FRAME].as_chunks_mut::<8>();
        for (place, word) in head.iter_mut().zip([index, order, len]) {
            *place = word.to_le_bytes();
        }
        self.frame.resize(self.frame.len().next_multiple_of(8), 0);
        let size = self.frame.len() as u64;
        if size > self.outbox.capacity / 2 {
            checked((host().large_result)(self.frame.as_ptr(), self.frame.len()));
            return;
        }
        if self.written + size - self.taken > self.outbox.capacity / 2 {
            self.make_room(size);
        }
        self.write();
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

    /// Copies the frame to the ring and publishes it.
    fn write(&mut self) {
        let place = (self.written % self.outbox.capacity) as usize;
        let first = self.frame.len().min(self.outbox.capacity as usize - place);
        // SAFETY: both pieces lie inside the ring, and `make_room` has seen to it that nothing unread stands there.
        unsafe {
            self.outbox.ring.add(place).copy_from_nonoverlapping(self.frame.as_ptr(), first);
            self.outbox.ring.copy_from_nonoverlapping(self.frame.as_ptr().add(first), self.frame.len() - first);
        }
        self.written += self.frame.len() as u64;
        at(self.outbox.written).store(self.written, Ordering::Release);
    }
}
