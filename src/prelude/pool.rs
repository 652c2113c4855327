//! A pool's tasks: inputs are made once, in main; results come back encoded.

use crate::abi::{Outbox, Tasks, record};
use crate::board::Board;
use crate::entry::show_value;
use crate::host::host;
use crate::message::Message;
use crate::outbox::{Progress, run_placed, run_tasks};
use std::cell::{RefCell, UnsafeCell};
use std::io::Write as _;
use std::collections::BTreeMap;
use std::fmt;

/// Everything that the host's calls need to know.
struct Work<I, T, F> {
    call: F,
    inputs: Inputs<I>,
    /// Where workers put results that have a place of their own.
    board: Option<Board<T>>,
    /// Written by main alone.
    results: RefCell<Results<T>>,
}

/// Where main has the results, in order of input.
enum Values<T> {
    /// Those that were sent.
    Sent(Vec<Option<T>>),
    /// Those that stand where their workers have put them.
    Placed(Board<T>),
}

/// What came of the tasks.
struct Results<T> {
    len: u64,
    values: Values<T>,
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
    /// Nothing yet of `len` tasks.
    fn new(len: usize, board: Option<Board<T>>) -> Self {
        let sent = || Values::Sent(std::iter::repeat_with(|| None).take(len).collect());
        Self { len: len as u64, values: board.map_or_else(sent, Values::Placed), course: Course::default() }
    }

    /// Takes the next piece of a worker's stream of records.
    fn accept(&mut self, worker: usize, mut input: &[u8]) {
        let mut at = *self.course.at(worker);
        // What cannot be read would be a defect of ours; the tasks that are missing then are reported as lost.
        while let Some((kind, rest)) = input.split_first() {
            input = rest;
            if *kind == record::VALUE {
                let Some(value) = T::decode(&mut input) else { break };
                if let Values::Sent(values) = &mut self.values
                    && let Some(place) = values.get_mut(at as usize)
                {
                    *place = Some(value);
                }
                at += 1;
            } else if !self.course.accept(*kind, &mut input, &mut at) {
                break;
            }
        }
        *self.course.at(worker) = at;
    }

    /// The first task from `first` on of which it is not known how it ended; `end` if there is none before that.
    fn first_open(&self, mut first: u64, end: u64) -> u64 {
        loop {
            let open = match &self.values {
                Values::Sent(values) => (first..end).find(|index| values[*index as usize].is_none()),
                Values::Placed(board) => board.first_open(first, end),
            };
            match open {
                Some(index) if self.course.failure(index).is_some() => first = index + 1,
                Some(index) => return index,
                None => return end,
            }
        }
    }
}

impl<T: Message + fmt::Debug> Results<T> {
    /// Writes the result of a task as it is shown.
    fn show(&self, index: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let placed;
        let value = match &self.values {
            Values::Sent(values) => values.get(index as usize).and_then(Option::as_ref),
            Values::Placed(board) => {
                placed = board.get(index);
                placed.as_ref()
            }
        };
        match (value, self.course.failure(index)) {
            (Some(value), _) => value.fmt(f),
            (None, Some(why)) => write!(f, "<failed: {why}>"),
            (None, None) => f.write_str("<lost>"),
        }
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

impl<T: Message + fmt::Debug> fmt::Debug for One<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.results.show(self.index, f)
    }
}

impl<T: Message + fmt::Debug> fmt::Debug for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let results = self.results;
        let one = |index| One { results, index };
        if results.course.arrival.is_empty() {
            f.debug_list().entries((0..results.len).map(one)).finish()
        } else {
            f.debug_list().entries(results.course.arrival.iter().map(|(_, index)| one(*index))).finish()
        }
    }
}

/// The inputs of a pool, unless there are more than any memory could hold: all of them are made before its workers begin.
///
/// # Panics
/// If there are more.
#[track_caller]
pub fn inputs<I: IntoIterator>(items: I) -> I::IntoIter {
    let items = items.into_iter();
    // An iterator without end says that it has this many at least.
    let (least, _) = items.size_hint();
    let most = isize::MAX as usize / size_of::<I::Item>().max(1);
    assert!(
        least <= most,
        "the inputs of the pool have no end, or are more than memory could hold, and all are made before it begins: give them \
         an end, as in `0..1000`, or take some, as in `(0..).take(1000)`"
    );
    items
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
    let inputs = Inputs::new(items);
    let board = Board::new(inputs.len());
    let results = RefCell::new(Results::new(inputs.len(), board));
    let work = Work { call, inputs, board, results };
    let context = (&raw const work).cast_mut().cast();
    let len = work.inputs.len() as u64;
    let tasks = Tasks {
        context,
        len,
        run: run_chunk::<I, T, F>,
        accept: accept::<I, T, F>,
        first_open: first_open::<I, T, F>,
    };
    // Forks would inherit what stands in the buffer, and write it once more, each of them.
    let _ = std::io::stdout().flush();
    (host().run_pool)(&raw const tasks);
    let mut results = work.results.into_inner();
    results.course.sort();
    results
}

/// The inputs of the tasks. Each is taken once, by the worker that the host gives its index to.
enum Inputs<I> {
    /// Those that mean something when they are dropped leave an empty place behind.
    Moved(Vec<UnsafeCell<Option<I>>>),
    /// All others are only read: to write would make a forked worker copy every page of them.
    Read(Vec<I>),
}

impl<I> Inputs<I> {
    fn new(items: impl IntoIterator<Item = I>) -> Self {
        if std::mem::needs_drop::<I>() {
            Inputs::Moved(items.into_iter().map(|item| UnsafeCell::new(Some(item))).collect())
        } else {
            Inputs::Read(items.into_iter().collect())
        }
    }

    fn len(&self) -> usize {
        match self {
            Inputs::Moved(places) => places.len(),
            Inputs::Read(items) => items.len(),
        }
    }

    /// Takes an input.
    ///
    /// # Safety
    /// No other worker takes this one, nor does anybody take it again.
    #[inline]
    unsafe fn take(&self, index: u64) -> Option<I> {
        match self {
            // SAFETY: the caller vouches for it that nobody else looks at this place.
            Inputs::Moved(places) => unsafe { (*places.get(index as usize)?.get()).take() },
            // SAFETY: there is such an item, nobody else takes it, and nothing is to be done when what stays behind is
            // dropped.
            Inputs::Read(items) => ((index as usize) < items.len())
                .then(|| unsafe { items.as_ptr().add(index as usize).read() }),
        }
    }
}

extern "C" fn run_chunk<I, T, F>(context: *mut u8, first: u64, count: u64, outbox: *const Outbox) -> bool
where
    I: Send,
    T: Message,
    F: Fn(I) -> T + Sync,
{
    // SAFETY: `context` is the `Work` of `run`, which outlives `run_pool`. It is shared with the pool's threads, which is
    // sound because `call` is `Sync`, the host gives each index to one worker only, so that an input (`Send`) is taken by
    // one thread, and `results` is not touched here.
    let (call, inputs, board) = unsafe {
        let work = &*context.cast::<Work<I, T, F>>();
        (&work.call, &work.inputs, work.board)
    };
    // SAFETY: as above.
    let input = |index: u64| unsafe { inputs.take(index) };
    let Some(board) = board else {
        let mut task = |index: u64, bytes: &mut Vec<u8>| {
            if let Some(input) = input(index) {
                call(input).encode(bytes);
            }
        };
        // SAFETY: the host gives each worker an outbox of its own, which lives as long as the pool.
        return unsafe { run_tasks(first, count, outbox, &mut task) };
    };
    let mut tasks = |progress: &mut Progress<'_>| {
        let mut bytes = Vec::new();
        while let Some(index) = progress.begin() {
            if let Some(input) = input(index) {
                bytes.clear();
                call(input).encode(&mut bytes);
                // SAFETY: the host gives each index to one worker only.
                unsafe { board.put(index, &mut bytes) };
            }
            progress.end(index);
        }
    };
    // SAFETY: as above.
    unsafe { run_placed(first, count, outbox, &mut tasks) }
}

extern "C" fn first_open<I, T: Message, F>(context: *mut u8, first: u64, end: u64) -> u64 {
    // SAFETY: as in `run_chunk`; the host calls this in main alone.
    let results = unsafe { &(*context.cast::<Work<I, T, F>>()).results };
    results.borrow().first_open(first, end)
}

extern "C" fn accept<I, T: Message, F>(context: *mut u8, worker: u32, records: *const u8, len: usize) {
    // SAFETY: as in `run_chunk`; the host calls this in main alone, with a valid slice.
    let (results, records) =
        unsafe { (&(*context.cast::<Work<I, T, F>>()).results, std::slice::from_raw_parts(records, len)) };
    results.borrow_mut().accept(worker as usize, records);
}
