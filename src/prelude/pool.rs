//! A pool's tasks: inputs are made once, in main; results come back encoded.

use crate::abi::Tasks;
use crate::entry::{Failure, guarded, show_value};
use crate::host::{Unwind, host};
use crate::message::Message;
use std::cell::{RefCell, UnsafeCell};
use std::fmt;

/// A task's result as it is shown.
enum Outcome<T> {
    Value(T),
    Failed(String),
}

impl<T: fmt::Debug> fmt::Debug for Outcome<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Value(value) => value.fmt(f),
            Outcome::Failed(text) => write!(f, "<failed: {text}>"),
        }
    }
}

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
    by_input: Vec<Option<Outcome<T>>>,
    /// The tasks' indices in order of completion.
    arrival: Vec<u64>,
}

/// Runs `call` once for each of `items` and shows the list of results.
pub fn over_map<I, T, F>(items: impl IntoIterator<Item = I>, call: F)
where
    I: Send,
    T: Message + fmt::Debug,
    F: Fn(I) -> T + Sync,
{
    let results = run(items, call);
    let mut by_input = results.by_input;
    let all: Vec<Outcome<T>> = if (host().completion_order)() {
        results.arrival.iter().filter_map(|&index| by_input.get_mut(index as usize)?.take()).collect()
    } else {
        by_input.into_iter().flatten().collect()
    };
    show_value(&all);
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
    let results = run([()], |()| call());
    if let Some(result) = results.by_input.into_iter().flatten().next() {
        show_value(&result);
    }
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
    let len = inputs.len();
    let by_input = std::iter::repeat_with(|| None).take(len).collect();
    let results = RefCell::new(Results { by_input, arrival: Vec::with_capacity(len) });
    let work = Work { call, inputs, results };
    let context = (&raw const work).cast_mut().cast();
    let tasks = Tasks { context, len: len as u64, run: run_one::<I, T, F>, accept: accept::<I, T, F> };
    (host().run_pool)(&raw const tasks);
    work.results.into_inner()
}

extern "C" fn run_one<I, T, F>(context: *mut u8, index: u64)
where
    I: Send,
    T: Message,
    F: Fn(I) -> T + Sync,
{
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    // SAFETY: `context` is the `Work` of `run`, which outlives `run_pool`. It is shared with the pool's threads, which is
    // sound because `call` is `Sync`, the host gives each index to one worker only, so that an input (`Send`) is taken by
    // one thread, and `results` is not touched here.
    let (call, input) = unsafe {
        let work = &*context.cast::<Work<I, T, F>>();
        (&work.call, (*work.inputs[index as usize].get()).take())
    };
    let Some(input) = input else { return };
    let outcome = guarded(|| call(input));
    BUFFER.with_borrow_mut(|bytes| {
        bytes.clear();
        match outcome {
            Ok(value) => {
                bytes.push(0);
                value.encode(bytes);
            }
            Err(failure) => {
                bytes.push(1);
                bytes.extend_from_slice(describe(failure).as_bytes());
            }
        }
        (host().task_done)(index, bytes.as_ptr(), bytes.len());
    });
}

fn describe(failure: Failure) -> String {
    match failure {
        Failure::Panic(panic) => {
            // The position is set apart by a separator that no message is likely to hold; the host maps it.
            format!("panicked: {}\u{1f}{}\u{1f}{}\u{1f}{}", panic.message, panic.file, panic.line, panic.column)
        }
        Failure::Unwind(Unwind::Exit(code)) => format!("called exit({code})"),
        Failure::Unwind(Unwind::Cancelled) => "was ended at a time limit".to_owned(),
    }
}

extern "C" fn accept<I, T: Message, F>(context: *mut u8, index: u64, bytes: *const u8, len: usize) {
    // SAFETY: as in `run_one`; the host calls this in main alone, with a valid slice.
    let (results, bytes) =
        unsafe { (&(*context.cast::<Work<I, T, F>>()).results, std::slice::from_raw_parts(bytes, len)) };
    let outcome = match bytes {
        [0, value @ ..] => match T::decode(&mut { value }) {
            Some(value) => Outcome::Value(value),
            None => Outcome::Failed("its result could not be read".to_owned()),
        },
        [_, text @ ..] => {
            let text = String::from_utf8_lossy(text);
            Outcome::Failed(text.split('\u{1f}').next().unwrap_or_default().to_owned())
        }
        [] => Outcome::Failed("it gave no result".to_owned()),
    };
    let mut results = results.borrow_mut();
    results.arrival.push(index);
    if let Some(place) = results.by_input.get_mut(index as usize) {
        *place = Some(outcome);
    }
}
