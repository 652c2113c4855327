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

// What depends on the type of results alone stands in functions of its own: so it is compiled once for each such type, and
// not once for each pool.
impl<T: Message + fmt::Debug> Results<T> {
    /// Shows the list of all, in the order that the host wishes.
    fn show(mut self) {
        let all: Vec<Outcome<T>> = if (host().completion_order)() {
            self.arrival.iter().filter_map(|&index| self.by_input.get_mut(index as usize)?.take()).collect()
        } else {
            self.by_input.into_iter().flatten().collect()
        };
        show_value(&all);
    }
}

impl<T: Message> Results<T> {
    /// Places for the results of `len` tasks.
    fn new(len: usize) -> Self {
        let mut by_input = Vec::new();
        by_input.resize_with(len, || None);
        Self { by_input, arrival: Vec::with_capacity(len) }
    }

    /// Takes a result as [`send`] sends it.
    fn accept(&mut self, index: u64, bytes: &[u8]) {
        let outcome = match bytes {
            [0, value @ ..] => match T::decode(&mut { value }) {
                Some(value) => Outcome::Value(value),
                None => Outcome::Failed("its result could not be read".to_owned()),
            },
            [_, text @ ..] => Outcome::Failed(message(text)),
            [] => Outcome::Failed("it gave no result".to_owned()),
        };
        self.arrival.push(index);
        if let Some(place) = self.by_input.get_mut(index as usize) {
            *place = Some(outcome);
        }
    }
}

/// Sends a task's result to main.
fn send<T: Message>(index: u64, outcome: Result<T, Failure>) {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
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

/// Runs `call` once for each of `items` and shows the list of results.
pub fn over_map<I, T, F>(items: impl IntoIterator<Item = I>, call: F)
where
    I: Send,
    T: Message + fmt::Debug,
    F: Fn(I) -> T + Sync,
{
    run(items, call).show();
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
    let work = Work { call, inputs, results: RefCell::new(Results::new(len)) };
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
    // SAFETY: `context` is the `Work` of `run`, which outlives `run_pool`. It is shared with the pool's threads, which is
    // sound because `call` is `Sync`, the host gives each index to one worker only, so that an input (`Send`) is taken by
    // one thread, and `results` is not touched here.
    let (call, input) = unsafe {
        let work = &*context.cast::<Work<I, T, F>>();
        (&work.call, (*work.inputs[index as usize].get()).take())
    };
    let Some(input) = input else { return };
    send(index, guarded(|| call(input)));
}

/// The message of a failure that [`describe`] has described.
fn message(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.split('\u{1f}').next().unwrap_or_default().to_owned()
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
    results.borrow_mut().accept(index, bytes);
}
