//! The entry points that nbrun calls: each runs a piece of the notebook and never lets a panic out of the library.

use crate::abi::{self, Host};
use crate::host::{self, Unwind, host, shown};
use crate::position;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt::{self, Debug, Write as _};
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

pub use crate::compared::{compared, sides};
pub use crate::pool::{apply, apply_async_one, inputs, map_over, over_map};
pub use crate::returned::{Ended, returned, ways};
pub use crate::starmap::{over_starmap, starmap_over};

thread_local! {
    /// How many entry points the thread is inside of, so that a panic here will be reported by one. There may be several
    /// that do not end in order: those of workers that take turns on one thread.
    static INSIDE: Cell<u32> = const { Cell::new(0) };
    /// The last panic of this thread, kept from the hook until the entry point reports it.
    static PANIC: RefCell<Option<Panic>> = const { RefCell::new(None) };
    /// The one before it.
    static BEFORE: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// A panic as plain data.
pub(crate) struct Panic {
    pub(crate) message: String,
    /// The line; 0 where it is in no cell.
    pub(crate) position: u32,
    pub(crate) column: u32,
}

impl Panic {
    /// The panic that the calling thread has caught with this payload.
    fn of(payload: &(dyn Any + Send)) -> Self {
        // While a panic is under way a destructor may have had one of its own and caught it.
        let message = message_of(payload);
        let kept = [PANIC.with(RefCell::take), BEFORE.with(RefCell::take)];
        let kept = kept.into_iter().flatten().find(|panic| panic.message == message);
        kept.unwrap_or(Panic { message, position: 0, column: 0 })
    }

    /// Tells the host that the calling worker's work ended so.
    fn report(&self) {
        let Panic { message, position, column } = self;
        (host().panicked)(message.as_ptr(), message.len(), *position, *column);
    }
}

/// Connects the library to its host. Called once, before all else.
///
/// # Panics
/// Never across the boundary: a host of another version aborts the process with a message.
pub fn attach(table: *const Host) {
    host::attach(table);
    if host().version != abi::VERSION {
        std::eprintln!("nbrun: the library was built for another version of nbrun");
        std::process::abort();
    }
    std::panic::set_hook(Box::new(hook));
    // The buffer of standard output and this thread's variables are made now: forks inherit what they would otherwise make
    // for themselves, each anew.
    let _ = std::io::stdout().flush();
    INSIDE.with(|_| ());
}

fn hook(info: &PanicHookInfo<'_>) {
    let (file, line, column) = info.location().map_or(("", 0, 0), |at| (at.file(), at.line(), at.column()));
    let message = message_of(info.payload());
    if INSIDE.try_with(Cell::get).unwrap_or(0) > 0 {
        // This is where the standard library panics so that nobody can catch it: the process ends, and nothing else will be
        // said of the panics that led here.
        if file.ends_with("core/src/panicking.rs") {
            return report_last(&message);
        }
        let position = position::at(file, line);
        let last = PANIC.try_with(|slot| slot.replace(Some(Panic { message, position, column })));
        let _ = BEFORE.try_with(|slot| slot.replace(last.ok().flatten()));
    } else {
        // A thread that the job started by itself: nobody will report for it.
        std::eprintln!("a thread panicked at {}: {message}", shown(file, line, column));
    }
}

/// Reports the panic that ends the process. If another was under way, that is the one that matters, and the last one was in a
/// destructor.
fn report_last(why: &str) {
    let take = |slot: &'static std::thread::LocalKey<RefCell<Option<Panic>>>| slot.try_with(RefCell::take).ok().flatten();
    let in_destructor = why.contains("destructor");
    let (before, last) = (take(&BEFORE).filter(|_| in_destructor), take(&PANIC));
    match (before, last) {
        (Some(first), Some(second)) => {
            let message = format!("{}; then a destructor panicked, too: {}", first.message, second.message);
            Panic { message, ..first }.report();
        }
        (None, Some(only)) => only.report(),
        (_, None) => {}
    }
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic whose payload is no text".to_owned()
    }
}

/// Why a piece of the notebook did not come to its end.
pub(crate) enum Failure {
    Panic(Panic),
    Unwind(Unwind),
}

/// Runs `body` and catches whatever it throws. What is generic is compiled again in every notebook, once for each of its
/// entries; this is compiled with the prelude.
pub(crate) fn caught(body: &mut dyn FnMut()) -> Result<(), Failure> {
    caught_payload(body).map_err(|payload| match payload.downcast::<Unwind>() {
        Ok(unwind) => Failure::Unwind(*unwind),
        Err(payload) => Failure::Panic(Panic::of(&*payload)),
    })
}

fn caught_payload(body: &mut dyn FnMut()) -> Result<(), Box<dyn Any + Send>> {
    INSIDE.set(INSIDE.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(INSIDE.get() - 1);
    result
}

/// Runs `body` as the whole work of the calling worker and reports how it ended; 0 is success.
fn run(body: impl FnOnce()) -> i32 {
    let mut body = Some(body);
    run_once(&mut || {
        if let Some(body) = body.take() {
            body();
        }
    })
}

/// [`run`] for one type of body, for the reason that [`caught`] has.
fn run_once(body: &mut dyn FnMut()) -> i32 {
    let result = caught(body);
    // What was written past the macros must not be lost when the process ends without std's clean-up.
    let _ = std::io::stdout().flush();
    match result {
        Ok(()) => 0,
        Err(Failure::Unwind(Unwind::ExitStatus(code))) => {
            (host().exited)(code);
            code
        }
        Err(Failure::Unwind(Unwind::Cancelled)) => {
            (host().cancelled)();
            1
        }
        Err(Failure::Panic(panic)) => {
            panic.report();
            101
        }
    }
}

/// Runs `body` as the whole work of the calling thread, which a job has started by itself: it is `worker` from now on, or a
/// plain thread where that is 0. How it ended is told before this returns; a payload is handed on to who joins it.
///
/// # Errors
/// The payload of the panic in which it ended.
pub fn thread<T>(worker: u32, body: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    let (mut body, mut returned) = (Some(body), None);
    let ended = thread_once(worker, &mut || returned = body.take().map(|body| body()));
    ended.map(|()| returned.expect("it came to its end"))
}

/// [`thread`] for one type of body, for the reason that [`caught`] has.
fn thread_once(worker: u32, body: &mut dyn FnMut()) -> Result<(), Box<dyn Any + Send>> {
    if worker == 0 {
        return catch_unwind(AssertUnwindSafe(body));
    }
    (host().thread_begin)(worker);
    let ended = caught_payload(body);
    if let Err(payload) = &ended {
        match payload.downcast_ref::<Unwind>() {
            Some(Unwind::ExitStatus(code)) => (host().exited)(*code),
            Some(Unwind::Cancelled) => (host().cancelled)(),
            None => Panic::of(&**payload).report(),
        }
    }
    (host().thread_end)(worker);
    ended
}

/// Whether the calling thread is a worker: nbrun has called it, or the mirror of `std` has started it.
pub fn is_inside() -> bool {
    INSIDE.try_with(Cell::get).unwrap_or(0) > 0
}

/// A job.
pub fn job(body: impl FnOnce() -> Ended) -> i32 {
    let mut how = Ended::Well;
    let status = run(|| how = body());
    if status == 0 { end(how) } else { status }
}

/// What the `main` of a program returns.
pub fn program<T: std::process::Termination>(returned: T) -> T {
    returned
}

/// Reports how a job that came to its end has ended, and returns its exit code.
fn end(how: Ended) -> i32 {
    match how {
        Ended::Well => 0,
        Ended::Code(code) => {
            (host().exited)(code);
            code
        }
        Ended::Error(text) => {
            (host().failed)(text.as_ptr(), text.len());
            1
        }
    }
}

/// A value to show.
pub fn show<T: Debug>(body: impl FnOnce() -> T) -> i32 {
    run(|| show_value(&body()))
}

/// An assertion: [`abi::ASSERT_FAILED`] where it does not hold.
pub fn assert(body: impl FnOnce() -> bool) -> i32 {
    let mut holds = true;
    match run(|| holds = body()) {
        0 if !holds => abi::ASSERT_FAILED,
        status => status,
    }
}

/// A pool's work.
pub fn pool(body: impl FnOnce()) -> i32 {
    run(body)
}

/// Hands a value's text to the host.
pub(crate) fn show_value(value: &dyn Debug) {
    let text = text_of(value);
    (host().show)(text.as_ptr(), text.len());
}

/// A value's text.
pub(crate) fn text_of(value: &dyn Debug) -> String {
    let mut text = Bounded(String::new());
    // Ending early is what the bound is for; a `Debug` that fails by itself is shown as far as it came.
    let _ = write!(text, "{value:?}");
    text.0
}

/// A text that takes no more once it is longer than a page can use.
struct Bounded(String);

/// In bytes; the host cuts where its own limit is, and says so.
const SHOWN: usize = 4 << 20;

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        if self.0.len() > SHOWN { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Makes the compiler check, at the notebook's own line, that a queue's items can cross between workers.
pub const fn assert_message<T: crate::Message>() {}
