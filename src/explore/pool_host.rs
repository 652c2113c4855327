//! A pool's part of the host: its tasks, claimed and done on fibers.
//!
//! Each worker's code begins like main's own: it makes the inputs anew, and so has them for itself however often it is
//! followed. Where main would wait for its workers, it becomes one of them instead.

use super::current::{self, with_items};
use super::fiber::{Done, Fault, Panic, asks, note};
use crate::abi::{self, Outbox, Status, record};
use crate::executor;
use crate::host::{Call, Operation, PoolTasks};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The size of a ring in bytes, a power of two. It is emptied after each task.
const CAPACITY: usize = 1 << 14;

/// How a pool's workers go about it.
#[derive(Debug, Clone, Copy)]
pub struct PoolConfig {
    /// The pool's place among what is shared.
    pub resource: u32,
    /// How many tasks are claimed at once.
    pub chunk: u64,
    /// After how many tasks a worker is replaced.
    pub max_tasks: u64,
    /// What each worker calls before its first task.
    pub initializer: Option<extern "C" fn() -> i32>,
    /// Whether results are wanted in order of completion.
    pub completion_order: bool,
}

thread_local! {
    static MANNER: Cell<Option<PoolConfig>> = const { Cell::new(None) };
    /// By worker, where its results come to.
    static RINGS: RefCell<Vec<Ring>> = const { RefCell::new(Vec::new()) };
    /// What main is to be given when it comes to the pool again.
    static RESULTS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Says how the pool's workers go about it, before any of them begins.
pub fn set(config: Option<PoolConfig>) {
    MANNER.set(config);
    RINGS.take();
}

/// Says what main is to be given: the records of all tasks.
pub fn give_main(results: Vec<Vec<u8>>) {
    RESULTS.set(results);
}

/// A worker's outbox and what came through it.
struct Ring {
    bytes: Box<[u8]>,
    written: Box<AtomicU64>,
    taken: Box<AtomicU64>,
    task: Box<AtomicU64>,
    completed: Box<AtomicU64>,
    /// Records that are not noted yet.
    pending: Vec<u8>,
    /// The task that the stream of records is at.
    at: u64,
}

impl Ring {
    fn new() -> Self {
        let counter = Box::<AtomicU64>::default;
        Self {
            bytes: vec![0; CAPACITY].into(),
            written: counter(),
            taken: counter(),
            task: counter(),
            completed: counter(),
            pending: Vec::new(),
            at: 0,
        }
    }

    /// As its worker is given it for so many tasks.
    fn outbox(&mut self, config: &PoolConfig, count: u64) -> Outbox {
        Outbox {
            ring: self.bytes.as_mut_ptr(),
            capacity: CAPACITY as u64,
            written: &raw const *self.written,
            taken: &raw const *self.taken,
            task: &raw const *self.task,
            completed: if config.completion_order { &raw const *self.completed } else { std::ptr::null() },
            traced: count,
        }
    }

    /// Takes everything out of the ring.
    fn drain(&mut self) {
        let (from, to) = (self.taken.load(Relaxed) as usize, self.written.load(Relaxed) as usize);
        let place = from % CAPACITY;
        let first = (to - from).min(CAPACITY - place);
        self.pending.extend_from_slice(&self.bytes[place..place + first]);
        self.pending.extend_from_slice(&self.bytes[..to - from - first]);
        self.taken.store(to as u64, Relaxed);
    }
}

/// Does something with the ring of whoever runs.
fn with_ring<R>(body: impl FnOnce(&mut Ring) -> R) -> R {
    let worker = current::worker() as usize;
    RINGS.with_borrow_mut(|rings| {
        while rings.len() <= worker {
            rings.push(Ring::new());
        }
        body(&mut rings[worker])
    })
}

/// Main has come to its pool, or a worker to its place in it.
pub fn run(tasks: &PoolTasks) {
    let Some(config) = MANNER.get() else { return };
    let role = asks(Call::new(Operation::Pool { tasks: tasks.len() }, config.resource, 0));
    if role.status != abi::OK {
        return;
    }
    if role.value != 0 {
        let code = work(tasks, &config);
        asks(Call::new(Operation::End { code }, config.resource, 0));
        return;
    }
    for records in RESULTS.take() {
        tasks.accept(0, &records);
    }
}

/// The work of one of the pool's workers, to its end.
fn work(tasks: &PoolTasks, config: &PoolConfig) -> i32 {
    // Whoever was here before was left in the midst of it.
    with_ring(|ring| {
        ring.drain();
        ring.pending.clear();
    });
    if let Some(initialize) = config.initializer {
        let code = initialize();
        if code != 0 {
            return code;
        }
    }
    let mut left = config.max_tasks;
    // A chunk is never larger than the limit, and who could not do a whole one makes place for another.
    while left >= config.chunk {
        let claim = asks(Call::new(Operation::Claim, config.resource, 0));
        if claim.status != abi::OK {
            return 1;
        }
        let first = claim.value * config.chunk;
        let count = config.chunk.min(tasks.len() - first);
        let outbox = with_ring(|ring| ring.outbox(config, count));
        tasks.run(first, count, &outbox);
        take_results(None);
        left -= config.chunk;
    }
    0
}

/// Notes the results that have come since the last time; the last of them has that place in the order of completion.
fn take_results(place: Option<u64>) {
    let (mut records, at_first) = with_ring(|ring| {
        ring.drain();
        (std::mem::take(&mut ring.pending), ring.at)
    });
    for (task, range) in split(&mut records, at_first, place) {
        with_ring(|ring| ring.at = task + 1);
        let item = with_items(|items| items.number(&[&at(task)[..], &records[range]].concat()));
        note(|effects| effects.done.push(Done { task, records: item }));
    }
}

/// The records of a task that nobody was left to do, and why. `place` is its place in the order of completion.
pub fn undone(task: u64, place: u64) -> (Done, Fault) {
    let why = executor::nobody_left(true);
    let place = MANNER.get().filter(|config| config.completion_order).map(|_| place);
    let records = with_items(|items| items.number(&executor::failure(task, place, &why)));
    (Done { task, records }, Fault { task, why: Panic { message: why, place: None } })
}

/// The record that says of which task those after it are.
fn at(task: u64) -> [u8; 9] {
    let mut bytes = [record::AT; 9];
    bytes[1..].copy_from_slice(&task.to_le_bytes());
    bytes
}

/// Which tasks a stream of records is about, which was at `task` before, and where those of each stand. A value is the last,
/// as each is taken at once; it is given its place in the order of completion.
fn split(records: &mut [u8], mut task: u64, place: Option<u64>) -> Vec<(u64, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let (mut from, mut here) = (0, 0);
    while let Some(kind) = records.get(here).copied() {
        let Some(number) = records.get(here + 1..here + 9).and_then(|bytes| bytes.try_into().ok()) else {
            // A value shorter than a number.
            found.extend((kind == record::VALUE).then_some((task, from..records.len())));
            break;
        };
        let number = u64::from_le_bytes(number);
        match kind {
            record::AT => (task, from) = (number, here + 9),
            record::ORDER => {
                let is_value = records.get(here + 9) == Some(&record::VALUE);
                if let Some(place) = place.filter(|_| is_value) {
                    records[here + 1..here + 9].copy_from_slice(&place.to_le_bytes());
                }
            }
            record::FAILURE => {
                let end = here + 9 + number as usize;
                found.push((task, from..end));
                (task, from, here) = (task + 1, end, end);
                continue;
            }
            _ => {
                found.push((task, from..records.len()));
                break;
            }
        }
        here += 9;
    }
    found
}

/// The place of a task in the order of completion, where that is wanted.
fn complete(task: u64) -> Option<u64> {
    let config = MANNER.get().filter(|config| config.completion_order)?;
    Some(asks(Call::new(Operation::Complete { task }, config.resource, 0)).value)
}

/// A task has ended.
pub fn task_ended(task: u64) {
    take_results(complete(task));
}

/// A task has failed.
pub fn task_failed(task: u64, why: Panic) {
    note(|effects| effects.faults.push(Fault { task, why }));
    if let Some(place) = complete(task) {
        // The library counts this up for the record that it is about to write.
        with_ring(|ring| ring.completed.store(place, Relaxed));
    }
}

/// The outbox of whoever runs is half full.
pub fn outbox_full() -> Status {
    with_ring(Ring::drain);
    abi::OK
}

/// Takes records that are too large for the outbox of whoever runs.
pub fn large_result(records: &[u8]) -> Status {
    with_ring(|ring| {
        ring.drain();
        ring.pending.extend_from_slice(records);
    });
    abi::OK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(kind: u8, number: u64) -> Vec<u8> {
        [&[kind][..], &number.to_le_bytes()].concat()
    }

    #[test]
    fn a_stream_of_records_is_split_by_task_and_its_value_is_given_its_place() {
        let failure = [numbered(record::FAILURE, 3), b"why".to_vec()].concat();
        let order = |place| numbered(record::ORDER, place);
        let value = [&[record::VALUE][..], &[7; 20]].concat();
        let mut records = [numbered(record::AT, 4), order(0), failure, order(9), value].concat();
        let found = split(&mut records, 0, Some(5));
        let tasks: Vec<u64> = found.iter().map(|(task, _)| *task).collect();
        assert_eq!(tasks, [4, 5]);
        assert_eq!(
            records[found[0].1.clone()],
            [order(0), [numbered(record::FAILURE, 3), b"why".to_vec()].concat()].concat()
        );
        assert_eq!(records[found[1].1.clone()], [&order(5)[..], &[record::VALUE], &[7; 20]].concat());
        let mut short = [&numbered(record::AT, 2)[..], &[record::VALUE, 1]].concat();
        assert_eq!(split(&mut short, 0, None), [(2, 9..11)]);
        // Behind another task, its own is not named.
        assert_eq!(split(&mut [record::VALUE], 3, None), [(3, 0..1)]);
    }
}
