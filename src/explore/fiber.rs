//! A worker's code on a stack of its own, which gives way at each call.
//!
//! All fibers of an exploration run in turn on one thread. A fiber that is no longer wanted is left in the midst of its
//! work: nothing on its stack is dropped, and what it had allocated is lost until the process ends, which is soon.

use super::{Heartbeat, current};
use crate::abi;
use crate::host::{Answer, Call, Operation};
use crate::model::Sides;
use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use nix::sys::stat::fstat;
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// An entry point of the notebook's library.
pub type Entry = extern "C" fn() -> i32;

/// How long the system may take to forget a thread, and how often it is asked meanwhile.
const FORGETTING: Duration = Duration::from_millis(200);
const LOOK: Duration = Duration::from_micros(100);

/// The size of a stack: that of a program's main thread. Only what is touched costs memory.
const STACK_BYTES: usize = 8 << 20;

thread_local! {
    /// The way out of the fiber that runs; null outside of any.
    static RUNNING: Cell<*const Yielder<Answer, Call>> = const { Cell::new(std::ptr::null()) };
    /// What was asked by whoever has its answer last.
    static ASKED: Cell<Option<Operation>> = const { Cell::new(None) };
    /// The line at which the fiber that runs formats something.
    static FORMATS: Cell<u32> = const { Cell::new(0) };
    /// The system's list of this process's threads, where it gives it.
    static TASKS: Option<File> = File::open("/proc/self/task").ok();
    static HEARTBEAT: Cell<Option<Heartbeat>> = const { Cell::new(None) };
    /// How many more bytes of what is printed are kept.
    static ROOM: Cell<usize> = const { Cell::new(0) };
    static ASIDE: RefCell<SideEffects> = const { RefCell::new(SideEffects::NOTHING) };
}

/// Says how many bytes of what jobs print are kept.
pub fn keep_printed(bytes: usize) {
    ROOM.set(bytes);
}

/// Lets a watcher see when code of a job is entered and left.
pub fn watched_by(heartbeat: Heartbeat) {
    HEARTBEAT.set(Some(heartbeat));
}

/// Notes in the pulse that a worker's code is entered, or left.
fn beat(line: u32) {
    if let Some(heartbeat) = HEARTBEAT.get() {
        heartbeat.place.store(u64::from(current::worker()) << 32 | u64::from(line), Relaxed);
        // Nobody else writes it.
        heartbeat.turns.store(heartbeat.turns.load(Relaxed).wrapping_add(1), Relaxed);
    }
}

/// Whether there was a call outside of any fiber.
static FOREIGN: AtomicBool = AtomicBool::new(false);

/// What a worker did between two calls that concerns nobody else.
#[derive(Debug, Default)]
pub struct SideEffects {
    /// What it printed.
    pub printed: String,
    /// The panic that ended it.
    pub failure: Option<Panic>,
    /// The error that its job returned.
    pub error: Option<String>,
    /// The value that it showed.
    pub shown: Option<String>,
    /// The sides of the comparison that did not hold.
    pub compared: Option<Sides>,
    /// Tasks of a pool whose results have come.
    pub done: Vec<Done>,
    /// Those that failed.
    pub faults: Vec<Fault>,
}

impl SideEffects {
    const NOTHING: Self = Self {
        printed: String::new(),
        failure: None,
        error: None,
        shown: None,
        compared: None,
        done: Vec::new(),
        faults: Vec::new(),
    };

    /// Adds what was printed, as far as there is room for it.
    pub fn print(&mut self, text: &str) {
        let room = ROOM.get().saturating_sub(self.printed.len());
        self.printed.push_str(&text[..text.floor_char_boundary(room)]);
    }

    /// Itself, if it is to be kept: what it printed counts from now on.
    pub fn kept(self) -> Option<Box<Self>> {
        ROOM.set(ROOM.get().saturating_sub(self.printed.len()));
        let nothing = self.printed.is_empty() && self.done.is_empty() && self.faults.is_empty();
        (!nothing).then(|| Box::new(self))
    }
}

/// A task of a pool whose result has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Its index.
    pub task: u64,
    /// The records that say so to main, by their number among all different items.
    pub records: u32,
}

/// A task of a pool that failed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fault {
    /// Its index.
    pub task: u64,
    /// In words, with the place of a panic.
    pub why: Panic,
}

/// A panic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Panic {
    /// Its message.
    pub message: String,
    /// The line, as a number, and the column in the cell's source file, if it lay in one.
    pub place: Option<(u32, u32)>,
}

/// What a fiber does next.
pub enum Turn {
    /// It asks for something.
    Asks(Call),
    /// It has ended with this exit code.
    Ended(i32),
}

/// A stack that can be used again.
pub struct Stack(DefaultStack);

impl Stack {
    /// A new one.
    ///
    /// # Errors
    /// What the system says.
    pub fn new() -> Result<Self, String> {
        DefaultStack::new(STACK_BYTES).map(Self).map_err(|error| format!("the system gives no stack: {error}"))
    }
}

/// An entry point that is under way.
pub struct Fiber {
    /// Always there until it is given up.
    coroutine: Option<Coroutine<Answer, Call, i32, DefaultStack>>,
    /// The line of its last call.
    line: u32,
}

impl Fiber {
    /// A fiber that will run `entry` on `stack`.
    pub fn new(entry: impl FnOnce() -> i32 + 'static, stack: Stack) -> Self {
        let body = move |yielder: &Yielder<Answer, Call>, _: Answer| {
            RUNNING.set(yielder);
            FORMATS.set(0);
            entry()
        };
        Self { coroutine: Some(Coroutine::with_stack(stack.0, body)), line: 0 }
    }

    /// Goes on until the next call or the end. The first answer is nobody's.
    pub fn resume(&mut self, answer: Answer) -> Turn {
        let Some(coroutine) = &mut self.coroutine else { return Turn::Ended(0) };
        beat(self.line);
        let turn = coroutine.resume(answer);
        RUNNING.set(std::ptr::null());
        if let CoroutineResult::Yield(call) = &turn {
            self.line = call.line;
        }
        beat(self.line);
        match turn {
            CoroutineResult::Yield(call) => Turn::Asks(call),
            CoroutineResult::Return(code) => Turn::Ended(code),
        }
    }

    /// Ends it wherever it is, and gives its stack back.
    pub fn abandon(mut self) -> Option<Stack> {
        self.give_up()
    }

    fn give_up(&mut self) -> Option<Stack> {
        let mut coroutine = self.coroutine.take()?;
        if !coroutine.done() {
            // SAFETY: nothing refers to the values on the stack but the fiber itself, which never runs again: they are
            // forgotten as by `mem::forget`. Threads that borrow from it would not allow that; a job that has some at its
            // next call is refused there, and the process ends.
            unsafe { coroutine.force_reset() };
        }
        Some(Stack(coroutine.into_stack()))
    }
}

impl Drop for Fiber {
    fn drop(&mut self) {
        // Never unwound: what stands in between is not nbrun's, and could not be.
        let _ = self.give_up();
    }
}

/// Asks the scheduler. Who is no fiber is told to end.
pub fn asks(call: Call) -> Answer {
    let answer = ask(call).unwrap_or(Answer::status(abi::CANCELLED));
    ASKED.set(Some(call.operation));
    answer
}

/// What was asked by whoever has its answer last.
pub fn asked() -> Option<Operation> {
    ASKED.get()
}

/// Gives way to the scheduler until it has an answer; `None` outside of a fiber.
fn ask(call: Call) -> Option<Answer> {
    let yielder = RUNNING.get();
    if yielder.is_null() {
        FOREIGN.store(true, Relaxed);
        return None;
    }
    let formats = FORMATS.get();
    // SAFETY: the yielder of the running fiber lives on its stack as long as its entry point has not returned.
    let answer = unsafe { &*yielder }.suspend(call);
    RUNNING.set(yielder);
    FORMATS.set(formats);
    Some(answer)
}

/// Says at which line the running fiber formats something; returns what it was before.
pub fn formats(line: u32) -> u32 {
    FORMATS.replace(line)
}

/// The line at which the running fiber formats something, 0 for none.
pub fn formats_at() -> u32 {
    FORMATS.get()
}

/// Whether a thread that a job started by itself has called nbrun.
pub fn was_called_from_outside() -> bool {
    FOREIGN.load(Relaxed)
}

/// Whether there is any other thread than this one: a job must have started it. One that has been joined may take a moment
/// until the system has forgotten it.
pub fn has_threads() -> bool {
    TASKS.with(|tasks| {
        // Each thread is a directory in this one, which counts as a link to it, as its own two do.
        let alone = || tasks.as_ref().and_then(|tasks| fstat(tasks).ok()).is_none_or(|tasks| tasks.st_nlink <= 3);
        for _ in 0..FORGETTING.as_micros() / LOOK.as_micros() {
            if alone() {
                return false;
            }
            std::thread::sleep(LOOK);
        }
        true
    })
}

/// Notes something that the running fiber did aside.
pub fn note(how: impl FnOnce(&mut SideEffects)) {
    ASIDE.with_borrow_mut(how);
}

/// What was done aside since the last time.
pub fn take_aside() -> SideEffects {
    ASIDE.take()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Operation;

    extern "C" fn asks_twice() -> i32 {
        let call = |line| Call::new(Operation::Len, 0, line);
        let first = ask(call(1)).expect("in a fiber");
        let second = ask(call(2)).expect("in a fiber");
        (first.value * 10 + second.value) as i32
    }

    #[test]
    fn fibers_give_way_at_each_call_and_their_stacks_can_be_used_again() {
        let mut stack = Stack::new().expect("a stack");
        for _ in 0..3 {
            let mut first = Fiber::new(|| asks_twice(), stack);
            let mut second = Fiber::new(|| asks_twice(), Stack::new().expect("a stack"));
            for fiber in [&mut first, &mut second] {
                assert!(matches!(fiber.resume(Answer::value(0)), Turn::Asks(Call { line: 1, .. })));
            }
            assert!(matches!(second.resume(Answer::value(4)), Turn::Asks(Call { line: 2, .. })));
            assert!(matches!(second.resume(Answer::value(2)), Turn::Ended(42)));
            // The first one is left in the midst of its work.
            stack = first.abandon().expect("its stack");
        }
        assert!(ask(Call::new(Operation::Len, 0, 0)).is_none());
        assert!(was_called_from_outside());
    }
}
