//! What a notebook's library is connected with: the trait [`Host`], its typed calls, and the one place where the library's
//! C functions become calls of it.
//!
//! There are three hosts: that of real runs, that of runs which follow a schedule, and that of explorations.

mod call;
mod lent;
pub mod lines;
mod shim;
mod std_call;
mod std_model;
pub mod std_rules;
mod std_shim;
mod step;

pub use crate::model::Operation;
pub use call::{Answer, Call};
pub use shim::{PoolTasks, table};
pub use std_call::{FiberBody, StdCall, StdDeed, StdObject};
pub use std_model::{StdModel, content as std_content};
pub use step::{Effect, Phase, Ready};

use crate::abi::Status;
use crate::model::Sides;
use crate::shared::bytes::Bytes;
use std::borrow::Cow;
use std::mem::MaybeUninit;

/// What stands behind the functions of a library's table. None of its methods panics: a panic cannot cross into the library.
pub trait Host: Sized {
    /// The host for the calling thread; `None` outside of any run.
    fn current() -> Option<Self>;

    /// Makes a call that concerns what is shared, or time, and waits as long as the call's limit says.
    fn perform(&self, call: &Call, payload: Payload<'_>) -> Answer;

    /// The calling worker formats something at this line from now on, 0 for none that is known; the line before.
    fn formats(line: u32) -> u32;

    /// Copies consecutive numbers of `resource` from `start` on, at `line`; where there is none, they are being formatted,
    /// and nothing is recorded.
    fn read(&self, resource: u32, start: u64, line: Option<u32>, out: &mut [MaybeUninit<u8>]);

    /// Writes consecutive numbers of `resource` from `start` on.
    fn write(&self, resource: u32, start: u64, line: u32, from: &[u8]);

    /// How many numbers a resource has.
    fn len(&self, resource: u32) -> u64;

    /// Takes note of something that concerns nobody but the calling worker.
    fn report(&self, report: Report<'_>);

    /// Who the calling worker is.
    fn identity(&self) -> Identity;

    /// A sentence that explains the status of the caller's last call, on `resource`.
    fn explain(&self, resource: u32, status: Status) -> String;

    /// Runs a pool's tasks on the cell's workers and returns when all have been accepted.
    fn run_pool(&self, tasks: PoolTasks);

    /// The calling worker's outbox is half full; with `wait`, waits until there is room again.
    fn outbox_full(&self, wait: bool) -> Status;

    /// Takes the records of one task that are too large for an outbox.
    fn large_result(&self, records: &[u8]) -> Status;

    /// Memory for the results of a pool's tasks that all its workers share; `None` where results are to be sent.
    fn places(&self, tasks: u64, size: u64) -> Option<Bytes>;

    /// Whether operations on objects of `std` are steps of an exploration, which [`std_step`](Self::std_step) takes. Else real `std` does
    /// them, and they are only noted.
    const EXPLORES: bool = false;

    /// The calling worker's number, for what `std` keeps for each thread.
    fn std_current(&self) -> u32 {
        self.identity().number
    }

    /// The time that `Instant` shows in an exploration, in nanoseconds.
    fn now(&self) -> u64 {
        0
    }

    /// The id of an object of `std`, from 1; 0 if it is not followed.
    fn std_object(&self, _object: &StdObject) -> u32 {
        0
    }

    /// The number of the item that is about to be sent into a channel without a bound.
    fn std_next_item(&self, _object: u32) -> u64 {
        0
    }

    /// An object of `std` is gone.
    fn std_gone(&self, _object: u32) {}

    /// The calling worker is about to block in a call of real `std`; the time.
    fn std_wait(&self, _call: &StdCall) -> u64 {
        0
    }

    /// A call of real `std` was done, or is about to be where it lets others go on. `since` is when the caller began to block, 0 if it did
    /// not; `numbers` are what was read and what was written.
    fn std_done(&self, _call: &StdCall, _since: u64, _status: Status, _numbers: [u64; 2]) {}

    /// The same for what was done to this object at once, at this line.
    fn std_did(&self, _did: StdDeed, _object: u32, _line: u32) {}

    /// The numbers that the calling worker's last action, or step, read and wrote.
    fn std_bits(&self, _numbers: [u64; 2]) {}

    /// Takes a step of an exploration when its turn has come and it can be taken.
    fn std_step(&self, _call: &StdCall) -> Answer {
        Answer::status(crate::abi::CANCELLED)
    }

    /// The number of a worker for a thread that the caller starts at this line and column; 0 if there is none left.
    fn thread_new(&self, _name: Option<&str>, _place: (u32, u32)) -> u32 {
        0
    }

    /// The calling thread is this worker from now on.
    fn thread_begin(&self, _worker: u32) {}

    /// The calling thread's work is over.
    fn thread_end(&self, _worker: u32) {}

    /// This worker begins, and runs `body` when its turn comes.
    fn thread_fiber(&self, _worker: u32, _body: FiberBody) {}
}

/// The bytes that go along with a call.
pub enum Payload<'a> {
    /// None.
    None,
    /// The item that is to be put.
    Item(&'a [u8]),
    /// Takes the item that is got, in one or two pieces.
    Sink(&'a mut dyn FnMut(&[u8])),
}

impl Payload<'_> {
    /// The item that is to be put.
    pub fn item(&self) -> &[u8] {
        if let Payload::Item(item) = self { item } else { &[] }
    }

    /// Hands over the item that is got, or a piece of it.
    pub fn accept(&mut self, bytes: &[u8]) {
        if let Payload::Sink(sink) = self {
            sink(bytes);
        }
    }
}

/// What a worker reports.
pub enum Report<'a> {
    /// It printed.
    Printed {
        /// Whether to standard error, and not to standard output.
        is_error: bool,
        /// The text.
        text: &'a [u8],
        /// The line.
        line: u32,
    },
    /// Its work ended in a panic.
    Panicked(Failure<'a>),
    /// Its job returned an error, whose text this is.
    Failed(Cow<'a, str>),
    /// It ended its work with an exit code.
    Exited(i32),
    /// It ended because it was told to.
    Cancelled,
    /// A value of the cell that is to be shown.
    Shown(Cow<'a, str>),
    /// The two sides of a comparison that does not hold: the assertion that main is at.
    Compared(Sides),
    /// It has ended a task of a pool.
    TaskEnded {
        /// The task.
        index: u64,
        /// Whether it failed, which [`Report::TaskFailed`] has said before.
        failed: bool,
    },
    /// A task of a pool failed.
    TaskFailed(u64, Failure<'a>),
}

/// Why something failed, and where.
pub struct Failure<'a> {
    /// In words.
    pub text: Cow<'a, str>,
    /// The line, as a number, and the column in the cell's source file, if it lay in one.
    pub place: Option<(u32, u32)>,
}

/// Who a worker is.
pub struct Identity {
    /// Its name.
    pub name: String,
    /// Its number: 0 for main, then in order of start.
    pub number: u32,
    /// Its process.
    pub pid: u32,
    /// Its thread.
    pub tid: u32,
}

/// The bits of a number, zero-extended, from its bytes.
pub fn bits_of(number: &[u8]) -> u64 {
    let mut bits = [0; 8];
    bits[..number.len()].copy_from_slice(number);
    u64::from_le_bytes(bits)
}
