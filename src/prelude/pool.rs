//! A pool's tasks: inputs are made once, in main; results come back encoded.

use crate::abi::{Outbox, Tasks, record};
use crate::entry::show_value;
use crate::host::host;
use crate::message::Message;
use crate::outbox::run_tasks;
use std::cell::{RefCell, UnsafeCell};
use std::collections::BTreeMap;
use std::fmt;

/// Everything that the host's calls need to know.
struct Work<I, T, F> {
    call: F,
    /// Each input is taken once, by the worker that the host gives its index to.
    inputs: Vec<UnsafeCell<Option<I>>>,
    /// Written by main alone.
    results: RefCell<Results<T>>,
}

/// Results as they came.
struct Results<T> {
    /// One place for each task, in order of input.
    values: Vec<Option<T>>,
    /// Everything else.
    course: Course,
}

/// What is known of the tasks whatever their results are. Its methods are compiled with the prelude; what is generic is
/// compiled again in every notebook, at best once for each type of result and not once for each pool.
#[derive(Default)]
struct Course {
    /// Why tasks failed, by index.
    failures: BTreeMap<u64, String>,
    /// Places in the order of completion, and indices; empty unless that order is wanted.
    arrival: Vec<(u64, u64)>,
    /// The task that each worker's stream is at.
    at: Vec<u64>,
}

impl Course {
    /// The task that a worker's stream is at.
    fn at(&mut self, worker: usize) -> &mut u64 {
        if self.at.len() <= worker {
            self.at.resize(worker + 1, 0);
        }
        &mut self.at[worker]
    }

    /// Takes a record that is no value; whether it could be read.
    fn accept(&mut self, kind: u8, input: &mut &[u8], at: &mut u64) -> bool {
        match kind {
            record::FAILURE => {
                let Some(why) = Vec::<u8>::decode(input) else { return false };
                self.failures.insert(*at, String::from_utf8_lossy(&why).into_owned());
                *at += 1;
            }
            record::AT => match u64::decode(input) {
                Some(index) => *at = index,
                None => return false,
            },
            record::ORDER => match u64::decode(input) {
                Some(order) => self.arrival.push((order, *at)),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    /// Sorts by completion, once everything is there.
    fn sort(&mut self) {
        self.arrival.sort_unstable();
    }

    /// Why a task failed, if it did.
    fn failure(&self, index: u64) -> Option<&str> {
        self.failures.get(&index).map(String::as_str)
    }
}

impl<T: Message> Results<T> {
    /// Places for the results of `len` tasks.
    fn new(len: usize) -> Self {
        let mut values = Vec::new();
        values.resize_with(len, || None);
        Self { values, course: Course::default() }
    }

    /// Takes the next piece of a worker's stream of records.
    fn accept(&mut self, worker: usize, mut input: &[u8]) {
        let mut at = *self.course.at(worker);
        // What cannot be read would be a defect of ours; the tasks that are missing then are reported as lost.
        while let Some((kind, rest)) = input.split_first() {
            input = rest;
            if *kind == record::VALUE {
                let Some(value) = T::decode(&mut input) else { break };
                if let Some(place) = self.values.get_mut(at as usize) {
                    *place = Some(value);
                }
                at += 1;
            } else if !self.course.accept(*kind, &mut input, &mut at) {
                break;
            }
        }
        *self.course.at(worker) = at;
    }

    /// Whether it is known how a task ended, or there is no such task.
    fn has(&self, index: u64) -> bool {
        self.values.get(index as usize).is_none_or(Option::is_some) || self.course.failure(index).is_some()
    }
}

/// A list of results as it is shown.
struct Shown<'a, T> {
    results: &'a Results<T>,
}

/// One result as it is shown.
struct One<'a, T> {
    results: &'a Results<T>,
    index: u64,
}

impl<T: fmt::Debug> fmt::Debug for One<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.results.values.get(self.index as usize), self.results.course.failure(self.index)) {
            (Some(Some(value)), _) => value.fmt(f),
            (_, Some(why)) => write!(f, "<failed: {why}>"),
            _ => f.write_str("<lost>"),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let results = self.results;
        let one = |index| One { results, index };
        if results.course.arrival.is_empty() {
            f.debug_list().entries((0..results.values.len() as u64).map(one)).finish()
        } else {
            f.debug_list().entries(results.course.arrival.iter().map(|(_, index)| one(*index))).finish()
        }
    }
}

/// Runs `call` once for each of `items` and shows the list of results.
pub fn over_map<I, T, F>(items: impl IntoIterator<Item = I>, call: F)
where
    I: Send,
    T: Message + fmt::Debug,
    F: Fn(I) -> T + Sync,
{
    show_value(&Shown { results: &run(items, call) });
}

/// [`over_map`] with its arguments in the other order, as they may stand in the notebook.
pub fn map_over<I, T, F>(call: F, items: impl IntoIterator<Item = I>)
where
    I: Send,
    T: Message + fmt::Debug,
    F: Fn(I) -> T + Sync,
{
    over_map(items, call);
}

/// Runs one call and shows its result.
pub fn apply<T: Message + fmt::Debug>(call: impl Fn() -> T + Sync) {
    show_value(&One { results: &run([()], |()| call()), index: 0 });
}

/// The same: main has nothing else to do before it asks for the result.
pub fn apply_async_one<T: Message + fmt::Debug>(call: impl Fn() -> T + Sync) {
    apply(call);
}

fn run<I, T, F>(items: impl IntoIterator<Item = I>, call: F) -> Results<T>
where
    I: Send,
    T: Message,
    F: Fn(I) -> T + Sync,
{
    let inputs: Vec<_> = items.into_iter().map(|item| UnsafeCell::new(Some(item))).collect();
    let results = RefCell::new(Results::new(inputs.len()));
    let work = Work { call, inputs, results };
    let context = (&raw const work).cast_mut().cast();
    let len = work.inputs.len() as u64;
    let tasks = Tasks { context, len, run: run_chunk::<I, T, F>, accept: accept::<I, T, F>, has: has::<I, T, F> };
    (host().run_pool)(&raw const tasks);
    let mut results = work.results.into_inner();
    results.course.sort();
    results
}

/// Takes an input out of its place.
///
/// # Safety
/// `place` is valid, and no other worker uses it, nor does anybody take from it again.
unsafe fn take<I>(place: *mut Option<I>) -> Option<I> {
    if std::mem::needs_drop::<I>() {
        // SAFETY: the caller vouches for it.
        unsafe { (*place).take() }
    } else {
        // To write would make a forked worker copy every page of the inputs.
        // SAFETY: as above, and what stays behind is never dropped in any way that could be noticed.
        unsafe { place.read() }
    }
}

extern "C" fn run_chunk<I, T, F>(context: *mut u8, first: u64, count: u64, outbox: *const Outbox)
where
    I: Send,
    T: Message,
    F: Fn(I) -> T + Sync,
{
    // SAFETY: `context` is the `Work` of `run`, which outlives `run_pool`. It is shared with the pool's threads, which is
    // sound because `call` is `Sync`, the host gives each index to one worker only, so that an input (`Send`) is taken by
    // one thread, and `results` is not touched here.
    let (call, inputs) = unsafe {
        let work = &*context.cast::<Work<I, T, F>>();
        (&work.call, &work.inputs)
    };
    let mut task = |index: u64, bytes: &mut Vec<u8>| {
        // SAFETY: as above.
        let input = unsafe { take(inputs[index as usize].get()) };
        if let Some(input) = input {
            call(input).encode(bytes);
        }
    };
    // SAFETY: the host gives each worker an outbox of its own, which lives as long as the pool.
    unsafe { run_tasks(first, count, outbox, &mut task) };
}

extern "C" fn has<I, T: Message, F>(context: *mut u8, index: u64) -> bool {
    // SAFETY: as in `run_chunk`; the host calls this in main alone.
    let results = unsafe { &(*context.cast::<Work<I, T, F>>()).results };
    results.borrow().has(index)
}

extern "C" fn accept<I, T: Message, F>(context: *mut u8, worker: u32, records: *const u8, len: usize) {
    // SAFETY: as in `run_chunk`; the host calls this in main alone, with a valid slice.
    let (results, records) =
        unsafe { (&(*context.cast::<Work<I, T, F>>()).results, std::slice::from_raw_parts(records, len)) };
    results.borrow_mut().accept(worker as usize, records);
}
