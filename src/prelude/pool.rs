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
    /// Why tasks failed, by index.
    failures: BTreeMap<u64, String>,
    /// Places in the order of completion, and indices; empty unless that order is wanted.
    arrival: Vec<(u64, u64)>,
    /// The task that each worker's stream is at.
    at: Vec<u64>,
}

/// What depends on the type of results alone is compiled once for each such type, and not once for each pool.
impl<T: Message> Results<T> {
    /// Takes a stretch of a worker's stream.
    fn accept(&mut self, worker: usize, mut input: &[u8]) {
        if self.at.len() <= worker {
            self.at.resize(worker + 1, 0);
        }
        let mut at = self.at[worker];
        // What cannot be read would be a defect of ours; the tasks that are missing then are reported as lost.
        while let Some((kind, rest)) = input.split_first() {
            input = rest;
            match *kind {
                record::VALUE => {
                    let Some(value) = T::decode(&mut input) else { break };
                    if let Some(place) = self.values.get_mut(at as usize) {
                        *place = Some(value);
                    }
                    at += 1;
                }
                record::FAILURE => {
                    let Some(why) = Vec::<u8>::decode(&mut input) else { break };
                    self.failures.insert(at, String::from_utf8_lossy(&why).into_owned());
                    at += 1;
                }
                record::AT => match u64::decode(&mut input) {
                    Some(index) => at = index,
                    None => break,
                },
                record::ORDER => match u64::decode(&mut input) {
                    Some(order) => self.arrival.push((order, at)),
                    None => break,
                },
                _ => break,
            }
        }
        self.at[worker] = at;
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
        match (self.results.values.get(self.index as usize), self.results.failures.get(&self.index)) {
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
        if results.arrival.is_empty() {
            f.debug_list().entries((0..results.values.len() as u64).map(one)).finish()
        } else {
            f.debug_list().entries(results.arrival.iter().map(|(_, index)| one(*index))).finish()
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
    let values = std::iter::repeat_with(|| None).take(inputs.len()).collect();
    let results = RefCell::new(Results { values, failures: BTreeMap::new(), arrival: Vec::new(), at: Vec::new() });
    let work = Work { call, inputs, results };
    let context = (&raw const work).cast_mut().cast();
    let len = work.inputs.len() as u64;
    let tasks = Tasks { context, len, run: run_chunk::<I, T, F>, accept: accept::<I, T, F>, has: has::<I, T, F> };
    (host().run_pool)(&raw const tasks);
    let mut results = work.results.into_inner();
    results.arrival.sort_unstable();
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

extern "C" fn has<I, T, F>(context: *mut u8, index: u64) -> bool {
    // SAFETY: as in `run_chunk`; the host calls this in main alone.
    let results = unsafe { &(*context.cast::<Work<I, T, F>>()).results };
    let results = results.borrow();
    results.values.get(index as usize).is_none_or(Option::is_some) || results.failures.contains_key(&index)
}

extern "C" fn accept<I, T: Message, F>(context: *mut u8, worker: u32, records: *const u8, len: usize) {
    // SAFETY: as in `run_chunk`; the host calls this in main alone, with a valid slice.
    let (results, records) =
        unsafe { (&(*context.cast::<Work<I, T, F>>()).results, std::slice::from_raw_parts(records, len)) };
    results.borrow_mut().accept(worker as usize, records);
}
