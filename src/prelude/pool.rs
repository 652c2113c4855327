//! A pool's tasks: inputs are made once, in main; results come back encoded.

use crate::abi::{FRAME, Outbox, Tasks};
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
    let results = RefCell::new(Results { values, failures: BTreeMap::new(), arrival: Vec::new() });
    let work = Work { call, inputs, results };
    let context = (&raw const work).cast_mut().cast();
    let len = work.inputs.len() as u64;
    let tasks = Tasks { context, len, run: run_chunk::<I, T, F>, accept: accept::<I, T, F> };
    (host().run_pool)(&raw const tasks);
    let mut results = work.results.into_inner();
    results.arrival.sort_unstable();
    results
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
        let input = unsafe { (*inputs[index as usize].get()).take() };
        if let Some(input) = input {
            call(input).encode(bytes);
        }
    };
    // SAFETY: the host gives each worker an outbox of its own, which lives as long as the pool.
    unsafe { run_tasks(first, count, outbox, &mut task) };
}

extern "C" fn accept<I, T: Message, F>(context: *mut u8, frames: *const u8, len: usize) {
    // SAFETY: as in `run_chunk`; the host calls this in main alone, with a valid slice.
    let (results, mut frames) =
        unsafe { (&(*context.cast::<Work<I, T, F>>()).results, std::slice::from_raw_parts(frames, len)) };
    let results = &mut *results.borrow_mut();
    let in_order = (host().completion_order)();
    while let Some((head, rest)) = frames.split_first_chunk::<FRAME>() {
        let (words, _) = head.as_chunks::<8>();
        let [index, order, len] = [0, 1, 2].map(|word| u64::from_le_bytes(words[word]));
        let Some((body, rest)) = rest.split_at_checked((len as usize).next_multiple_of(8)) else { break };
        frames = rest;
        let value = match body[..len as usize].split_first() {
            Some((0, mut value)) => T::decode(&mut value).ok_or("its result could not be read".to_owned()),
            Some((_, text)) => Err(String::from_utf8_lossy(text).into_owned()),
            None => Err("it gave no result".to_owned()),
        };
        match value {
            Ok(value) => {
                if let Some(place) = results.values.get_mut(index as usize) {
                    *place = Some(value);
                }
            }
            Err(why) => {
                results.failures.insert(index, why);
            }
        }
        if in_order {
            results.arrival.push((order, index));
        }
    }
}
