//! The one seam between a notebook's library and nbrun: a table of C functions and the plain data that passes through it.
//!
//! This file is compiled twice: into nbrun, which fills the table, and into the prelude, which calls it. Both sides are
//! built from the same text, and [`VERSION`] guards against a library of another nbrun.

use std::sync::atomic::AtomicU64;

/// The version of this interface; part of the cache key through this file's own text.
pub const VERSION: u32 = 8;

/// A time limit without end, where a function takes one in nanoseconds.
pub const FOREVER: i64 = -1;

/// The answer of a host call.
pub type Status = i32;
/// It was done.
pub const OK: Status = 0;
/// The time limit passed first, or, for a limit of 0, it would have had to wait.
pub const TIMED_OUT: Status = 1;
/// The queue is closed.
pub const CLOSED: Status = 2;
/// The caller holds the lock already and would wait for itself.
pub const WOULD_DEADLOCK: Status = 3;
/// The caller does not hold what it wants to give back.
pub const NOT_OWNER: Status = 4;
/// The last owner ended while it held the lock. The caller is told so, once, and does not hold it: the lock is free again.
pub const OWNER_DIED: Status = 5;
/// One more than there may be: a bounded semaphore's count, or a queue's `task_done`.
pub const TOO_MANY: Status = 6;
/// The barrier is broken, because a party gave up.
pub const BROKEN: Status = 7;
/// There is no shared memory left for it.
pub const NO_SPACE: Status = 8;
/// The worker has been told to end: the call must be unwound.
pub const CANCELLED: Status = 9;
/// Nobody is left who could end the wait.
pub const ALONE: Status = 10;

/// What the entry point of an assertion yields if it does not hold. No exit code of the author's own is meant by it.
pub const ASSERT_FAILED: i32 = i32::MIN;

/// Where printed text goes.
pub const STDOUT: u32 = 0;
/// See [`STDOUT`].
pub const STDERR: u32 = 1;

/// Takes bytes that are only valid during the call.
pub type Sink = extern "C" fn(context: *mut u8, bytes: *const u8, len: usize);

/// Who the caller is.
#[repr(C)]
#[derive(Default)]
pub struct WorkerInfo {
    /// The number: 0 for main, then in order of start.
    pub number: u32,
    /// The process.
    pub pid: u32,
    /// The thread.
    pub tid: u32,
}

/// A pool's tasks, as the library offers them to the host.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Tasks {
    /// The library's own state, handed back in each call.
    pub context: *mut u8,
    /// How many tasks there are.
    pub len: u64,
    /// Runs `count` tasks from `first` on in the calling worker, which writes results to their places or to its outbox.
    /// Whether main can learn of all of them how they ended.
    pub run: extern "C" fn(context: *mut u8, first: u64, count: u64, outbox: *const Outbox) -> bool,
    /// Takes results in main: a stretch of the stream that `worker` wrote, from one [`record`] to another.
    pub accept: extern "C" fn(context: *mut u8, worker: u32, records: *const u8, len: usize),
    /// The first task from `first` on of which main does not know how it ended; `end` if there is none before that.
    pub first_open: extern "C" fn(context: *mut u8, first: u64, end: u64) -> u64,
}

/// The first byte of a record in a stream of results. A stream is about one task after another; a result belongs to the
/// task that the stream is at, and moves it on by one.
pub mod record {
    /// The stream goes to another task: its index, 8 bytes.
    pub const AT: u8 = 0;
    /// A result: the encoded value.
    pub const VALUE: u8 = 1;
    /// A failure: the length of its text, 8 bytes, and the text.
    pub const FAILURE: u8 = 2;
    /// The next result's place in the order of completion, 8 bytes.
    pub const ORDER: u8 = 3;
}

/// Where a pool's worker writes results: a ring in shared memory with one writer and one reader.
#[repr(C)]
pub struct Outbox {
    /// The ring.
    pub ring: *mut u8,
    /// Its length, a power of two.
    pub capacity: u64,
    /// How many bytes have been written since the beginning: whole records only.
    pub written: *const AtomicU64,
    /// How many bytes have been taken since the beginning.
    pub taken: *const AtomicU64,
    /// The index, plus one, of the task that is being done.
    pub task: *const AtomicU64,
    /// Counts completed tasks of all workers, where their order is wanted; else null.
    pub completed: *const AtomicU64,
    /// How many tasks are to be reported singly with [`Host::task_ended`].
    pub traced: u64,
}

/// The kinds of objects of `std` that the mirror of `std` follows: [`StdObject::kind`].
pub mod std_kind {
    /// `Mutex`.
    pub const MUTEX: u32 = 1;
    /// `RwLock`.
    pub const RW_LOCK: u32 = 2;
    /// `Condvar`.
    pub const CONDVAR: u32 = 3;
    /// `Barrier`; the detail is the number of its threads.
    pub const BARRIER: u32 = 4;
    /// A channel of `mpsc`; the detail is its bound plus one, 0 where there is none.
    pub const CHANNEL: u32 = 5;
    /// An atomic number; the detail is its size in bytes, plus 256 if it is signed, plus 512 if it is `isize` or `usize`.
    pub const ATOMIC: u32 = 6;
    /// `AtomicBool`.
    pub const ATOMIC_BOOL: u32 = 7;
    /// `AtomicPtr`.
    pub const ATOMIC_PTR: u32 = 8;
    /// `Once`, `OnceLock`, `LazyLock`.
    pub const ONCE: u32 = 9;
}

/// The operations on objects of `std`: [`StdCall::operation`].
pub mod std_operation {
    /// Takes a `Mutex`.
    pub const LOCK: u32 = 1;
    /// Takes a `RwLock` to read.
    pub const READ: u32 = 2;
    /// Takes a `RwLock` to write.
    pub const WRITE: u32 = 3;
    /// Gives one of these back; the value is 1 where the caller is unwound after a panic.
    pub const UNLOCK: u32 = 4;
    /// `Condvar::wait`: gives the mutex `other` back, waits for a notification, and takes the mutex again.
    pub const WAIT: u32 = 5;
    /// `notify_one` where the value is 1, `notify_all` where it is `u64::MAX`.
    pub const NOTIFY: u32 = 6;
    /// `Barrier::wait`; the answer's value is the place of arrival, from 0: the last is the leader.
    pub const MEET: u32 = 7;
    /// Sends an item; the value is its number, where the caller counts. In an exploration the answer's value is its number. On a channel
    /// with the bound 0, where the caller waits until it is taken, that is the caller's worker: the item must lie ready before the step.
    pub const SEND: u32 = 8;
    /// Receives an item; the answer's value is its number.
    pub const RECV: u32 = 9;
    /// Drops the last sender of a channel where the value is 0, the receiver where it is 1.
    pub const HANG_UP: u32 = 10;
    /// Reads an atomic.
    pub const LOAD: u32 = 11;
    /// Writes an atomic; the value is what is written.
    pub const STORE: u32 = 12;
    /// Reads and writes an atomic in one step.
    pub const UPDATE: u32 = 13;
    /// `fence`.
    pub const FENCE: u32 = 14;
    /// Starts the thread `other`.
    pub const SPAWN: u32 = 15;
    /// Waits for the thread `other` to end.
    pub const JOIN: u32 = 16;
    /// Asks whether the thread `other` has ended; the answer's value is 1 if so.
    pub const IS_FINISHED: u32 = 17;
    /// `park`.
    pub const PARK: u32 = 18;
    /// Unparks the thread `other`.
    pub const UNPARK: u32 = 19;
    /// `yield_now`, `spin_loop`.
    pub const YIELD: u32 = 20;
    /// Sleeps for the limit.
    pub const SLEEP: u32 = 21;
    /// Comes to what is initialized once; the answer's value is 0 for who is to do it, 1 if it is done, 2 if it is poisoned. The call's
    /// value is 1 where poison does not matter (`call_once_force`), and 2 where the caller only waits until it is done. Whether it is
    /// done is read by [`LOAD`].
    pub const BEGIN_ONCE: u32 = 22;
    /// Has initialized it: the value is 0. Has panicked instead: it is 1 where that poisons it (`Once`, `LazyLock`), and 2 where it is
    /// then as before (`OnceLock`).
    pub const END_ONCE: u32 = 23;

    /// Added to the operation where the caller is unwound after a panic: an exploration lets nobody in between then.
    pub const UNWINDING: u32 = 1 << 31;
}

/// An object of `std` that a worker uses for the first time.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct StdObject {
    /// See [`std_kind`].
    pub kind: u32,
    /// Where it was made, or first used if that is not known: a line as a number.
    pub position: u32,
    /// The column there.
    pub column: u32,
    /// 1 if `position` is where it was made, 0 if it is where it was first used.
    pub is_made_there: u32,
    /// What the kind says.
    pub detail: u64,
    /// Where it lies in memory, for what can be recognized by nothing else (atomics), and for what may be an element of a list; else 0.
    pub address: u64,
    /// The size of what may be an element of a list; else 0.
    pub size: u64,
    /// The id that it had in the process of which this one is a fork, 0 if it had none.
    pub before: u32,
    /// Which element of a list it is, from 1; 0 where that is not known.
    pub element: u32,
}

/// The number of an item that has none, since so many were sent before it. Which item it is cannot be told.
pub const NO_ITEM: u64 = u32::MAX as u64;

/// An operation on an object of `std`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct StdCall {
    /// See [`std_operation`].
    pub operation: u32,
    /// The object's id, 0 for none.
    pub object: u32,
    /// A second object's id, or a worker's number, as the operation says.
    pub other: u32,
    /// `Relaxed` 1, `Release` 2, `Acquire` 3, `AcqRel` 4, `SeqCst` 5; 0 where there is none.
    pub ordering: u32,
    /// As the operation says.
    pub value: u64,
    /// How long it may wait: [`FOREVER`], 0 for not at all.
    pub timeout_ns: i64,
    /// The line of the call as a number.
    pub position: u32,
    /// The column of the call.
    pub column: u32,
}

/// What came of an operation on an object of `std`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct StdAnswer {
    /// How it went.
    pub status: Status,
    /// A number, as the operation says.
    pub value: u64,
}

/// What a notebook's library can ask of nbrun. `resource` is a resource's id, `position` the caller's line of a cell as one
/// number (see `position.rs`), 0 where it has none, `timeout_ns` a limit in nanoseconds or [`FOREVER`]; texts are UTF-8 and borrowed for the call.
#[repr(C)]
pub struct Host {
    /// [`VERSION`].
    pub version: u32,
    /// Prints to [`STDOUT`] or [`STDERR`].
    pub print: extern "C" fn(stream: u32, text: *const u8, len: usize, position: u32),
    /// Sleeps.
    pub sleep: extern "C" fn(time_ns: i64, position: u32) -> Status,
    /// Tells who the caller is, and hands its name to `sink`.
    pub worker: extern "C" fn(info: *mut WorkerInfo, sink: Sink, context: *mut u8),
    /// Records that the calling worker's work ended in a panic, and in which column of its line.
    pub panicked: extern "C" fn(text: *const u8, len: usize, position: u32, column: u32),
    /// Records that the calling worker's job returned an error, whose text this is.
    pub failed: extern "C" fn(text: *const u8, len: usize),
    /// Records that the calling worker ended its work with an exit code.
    pub exited: extern "C" fn(code: i32),
    /// Records that the calling worker ended because it was told to.
    pub cancelled: extern "C" fn(),
    /// Shows a value of the cell.
    pub show: extern "C" fn(text: *const u8, len: usize),
    /// Tells the two sides of a comparison that does not hold: the assertion that main is at.
    pub compared: extern "C" fn(left: *const u8, left_len: usize, right: *const u8, right_len: usize),
    /// Writes a sentence that explains `status` of `resource` into `sink`.
    pub explain: extern "C" fn(resource: u32, status: Status, sink: Sink, context: *mut u8),

    /// Writes a place of a cell into `sink` as a person reads it: `lesson.md:12:9`.
    pub place: extern "C" fn(position: u32, column: u32, sink: Sink, context: *mut u8),
    /// Says at which line the calling worker formats something, 0 for none that is known; returns what it was before.
    pub formats: extern "C" fn(position: u32) -> u32,
    /// Reads an element (a value has one, at 0) as bits, zero-extended.
    pub load: extern "C" fn(resource: u32, index: u64, position: u32) -> u64,
    /// Reads a value as the first half of a step that `swap_if` completes.
    pub peek: extern "C" fn(resource: u32, position: u32) -> u64,
    /// Writes an element.
    pub store: extern "C" fn(resource: u32, index: u64, bits: u64, position: u32),
    /// Replaces a value by `new` if it is still `old`; returns what it was.
    pub swap_if: extern "C" fn(resource: u32, old: u64, new: u64, position: u32) -> u64,
    /// Copies consecutive elements from `start` on, in their own type, each read whole and on its own: as many as `len` bytes
    /// have room for.
    pub read: extern "C" fn(resource: u32, start: u64, out: *mut u8, len: usize, position: u32),
    /// The same for who only formats them for a person: it is not recorded as an access.
    pub snapshot: extern "C" fn(resource: u32, start: u64, out: *mut u8, len: usize),
    /// Writes consecutive elements from `start` on, likewise.
    pub write: extern "C" fn(resource: u32, start: u64, from: *const u8, len: usize, position: u32),
    /// The number of elements of an array.
    pub len: extern "C" fn(resource: u32) -> u64,

    /// Takes a lock (a value's own, too), a permit of a semaphore, or a condition's lock; `guarded` says that a guard gives
    /// it back.
    pub acquire: extern "C" fn(resource: u32, timeout_ns: i64, guarded: bool, position: u32) -> Status,
    /// Takes a read-write lock to read.
    pub acquire_read: extern "C" fn(resource: u32, timeout_ns: i64, position: u32) -> Status,
    /// Takes a read-write lock to write.
    pub acquire_write: extern "C" fn(resource: u32, timeout_ns: i64, position: u32) -> Status,
    /// Gives back what one of these took.
    pub release: extern "C" fn(resource: u32, position: u32) -> Status,
    /// The same where the caller is unwound after a panic: nobody may be let in between then.
    pub release_unwinding: extern "C" fn(resource: u32) -> Status,
    /// Sets an event.
    pub set: extern "C" fn(resource: u32, position: u32),
    /// Clears an event.
    pub clear: extern "C" fn(resource: u32, position: u32),
    /// Whether an event is set.
    pub is_set: extern "C" fn(resource: u32, position: u32) -> bool,
    /// Waits until an event is set.
    pub wait_event: extern "C" fn(resource: u32, timeout_ns: i64, position: u32) -> Status,
    /// Wakes `count` waiters of a condition.
    pub notify: extern "C" fn(resource: u32, count: u64, position: u32) -> Status,
    /// Waits for a notification of a condition.
    pub wait_notified: extern "C" fn(resource: u32, timeout_ns: i64, position: u32) -> Status,
    /// Waits for the other parties of a barrier; `place` receives the place of arrival.
    pub meet: extern "C" fn(resource: u32, timeout_ns: i64, position: u32, place: *mut u64) -> Status,

    /// Puts an item.
    pub put: extern "C" fn(resource: u32, item: *const u8, len: usize, timeout_ns: i64, position: u32) -> Status,
    /// Takes an item and hands it to `sink`.
    pub get: extern "C" fn(resource: u32, timeout_ns: i64, position: u32, sink: Sink, context: *mut u8) -> Status,
    /// The number of items in a queue.
    pub queue_len: extern "C" fn(resource: u32) -> u64,
    /// Closes a queue.
    pub close: extern "C" fn(resource: u32, position: u32),
    /// Counts one item as done.
    pub item_done: extern "C" fn(resource: u32, position: u32) -> Status,
    /// Waits until every item that was put is done.
    pub queue_join: extern "C" fn(resource: u32, timeout_ns: i64, position: u32) -> Status,

    /// Runs a pool's tasks on the cell's workers and returns when all have been accepted.
    pub run_pool: extern "C" fn(tasks: *const Tasks),
    /// Notes that the calling worker has ended a task. One that `failed` has been told by [`Host::task_failed`] before.
    pub task_ended: extern "C" fn(index: u64, failed: bool),
    /// Records that a task failed, as [`Host::panicked`] does for a worker.
    pub task_failed: extern "C" fn(index: u64, text: *const u8, len: usize, position: u32, column: u32),
    /// Says that the calling worker's outbox is half full; `wait` waits until there is room again.
    pub outbox_full: extern "C" fn(wait: bool) -> Status,
    /// Hands in the records of one task, beginning with [`record::AT`], that are too large for an outbox.
    pub large_result: extern "C" fn(records: *const u8, len: usize) -> Status,
    /// Memory for the results of a pool's tasks, which all its workers share: a byte for each, and behind all of these
    /// `size` bytes for each, all of them 0. Null where results are to be sent to main.
    pub places: extern "C" fn(tasks: u64, size: u64) -> *mut u8,

    /// Whether operations on objects of `std` are steps of an exploration: then [`Host::std_step`] does what can wait. Else the mirror
    /// lets real `std` do it, and reports it by [`Host::std_wait`] and [`Host::std_done`].
    pub explores: bool,
    /// The calling worker's number.
    pub current: extern "C" fn() -> u32,
    /// The time that `Instant` shows in an exploration, in nanoseconds.
    pub now: extern "C" fn() -> u64,
    /// For how many pauses to look again before sleeping; 0 where whoever is waited for cannot work meanwhile.
    pub pauses: extern "C" fn() -> u32,
    /// Gives an object of `std` an id, by which all else refers to it: a number from 1. 0 says that it is not followed. An atomic, which has
    /// no room for an id, is looked up by its address.
    pub std_object: extern "C" fn(object: *const StdObject) -> u32,
    /// In a real run: the number of the item that is about to be sent into this channel, which has no bound.
    pub std_next_item: extern "C" fn(object: u32) -> u64,
    /// An object of `std` is gone.
    pub std_gone: extern "C" fn(object: u32),
    /// In a real run: the caller is about to block in this call. Returns the time, for [`Host::std_done`].
    pub std_wait: extern "C" fn(call: *const StdCall) -> u64,
    /// In a real run: the call was done, or is about to be done where it lets others go on. `since` is what [`Host::std_wait`] returned,
    /// 0 if the caller did not block; `first` and `second` are the numbers of the action: what was read, written, or both.
    pub std_done: extern "C" fn(call: *const StdCall, since: u64, status: Status, first: u64, second: u64),
    /// In a real run: the same in short, for a call of this operation that went well without blocking: `LOCK`, `UNLOCK`, `SEND` or `RECV`.
    /// `value` is the call's.
    pub std_did: extern "C" fn(operation: u32, object: u32, value: u64, position: u32),
    /// In a real run: completes the calling worker's last action by the bits that were read. In an exploration: the numbers that the
    /// last step read and wrote.
    pub std_bits: extern "C" fn(first: u64, second: u64),
    /// In an exploration: takes the step when its turn has come and it can be taken.
    pub std_step: extern "C" fn(call: *const StdCall) -> StdAnswer,
    /// A new worker for a thread that the caller starts at this place, and that has this name, if one was given; 0 if there is none left:
    /// then the thread counts as a part of the caller.
    pub thread_new: extern "C" fn(name: *const u8, len: usize, position: u32, column: u32) -> u32,
    /// In a real run: the calling thread is this worker from now on.
    pub thread_begin: extern "C" fn(worker: u32),
    /// In a real run: the calling thread's work is over.
    pub thread_end: extern "C" fn(worker: u32),
    /// In an exploration: this worker begins, and will run `body` when its turn comes.
    pub thread_fiber: extern "C" fn(worker: u32, body: *mut u8, run: extern "C" fn(body: *mut u8)),
}
