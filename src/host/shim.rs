//! The C functions that a notebook's library calls, each written once for every [`Host`].

use super::lent::{answer_in, borrowed, lent, text};
use super::lines;
use super::std_shim::{
    current, now, std_bits, std_did, std_done, std_gone, std_next_item, std_object, std_step, std_wait, thread_begin,
    thread_end, thread_fiber, thread_new,
};
use super::{Answer, Call, Failure, Host, Identity, Operation, Payload, Report};
use crate::abi::{self, Outbox, Sink, Status, Tasks, WorkerInfo};
use crate::model::Sides;
use crate::shared::futex;

/// The table of functions that have the names of its fields.
macro_rules! table_of {
    ($host:ident: $($name:ident)*) => {
        abi::Host { version: abi::VERSION, place, pauses, explores: $host::EXPLORES, $($name: $name::<$host>),* }
    };
}

/// The table of `H`.
pub const fn table<H: Host>() -> abi::Host {
    table_of!(H:
        print sleep worker panicked failed exited cancelled show compared explain formats
        load peek store swap_if read snapshot write len
        acquire acquire_read acquire_write release release_unwinding set clear is_set wait_event notify wait_notified meet
        put get queue_len close item_done queue_join
        run_pool task_ended task_failed outbox_full large_result places
        current now std_object std_next_item std_gone std_wait std_done std_did std_bits std_step thread_new thread_begin thread_end thread_fiber)
}

/// Asks the calling thread's host; where there is none, as from a thread that outlives its run, the worker is told to end.
#[inline(always)]
fn perform<H: Host>(operation: Operation, resource: u32, position: u32, payload: Payload<'_>) -> Answer {
    match H::current() {
        // Lent, and not copied: then the compiler sees which operation it is, and leaves out all others.
        Some(host) => host.perform(&Call::new(operation, resource, position), payload),
        None => Answer::status(abi::CANCELLED),
    }
}

#[inline(always)]
fn ask<H: Host>(operation: Operation, resource: u32, position: u32) -> Answer {
    perform::<H>(operation, resource, position, Payload::None)
}

fn report<H: Host>(report: Report<'_>) {
    if let Some(host) = H::current() {
        host.report(report);
    }
}

extern "C" fn print<H: Host>(stream: u32, text: *const u8, len: usize, position: u32) {
    report::<H>(Report::Printed { is_error: stream == abi::STDERR, text: borrowed(text, len), line: position });
}

extern "C" fn sleep<H: Host>(time_ns: i64, position: u32) -> Status {
    let time = if time_ns < 0 { i64::MAX } else { time_ns };
    ask::<H>(Operation::Sleep { time }, 0, position).status
}

extern "C" fn worker<H: Host>(info: *mut WorkerInfo, sink: Sink, target: *mut u8) {
    if let Some(host) = H::current()
        && let Some(info) = answer_in(info)
    {
        let Identity { name, number, pid, tid } = host.identity();
        *info = WorkerInfo { number, pid, tid };
        sink(target, name.as_ptr(), name.len());
    }
}

extern "C" fn panicked<H: Host>(why: *const u8, len: usize, position: u32, column: u32) {
    report::<H>(Report::Panicked(Failure {
        text: text(why, len),
        place: (position > 0).then_some((position, column)),
    }));
}

extern "C" fn failed<H: Host>(why: *const u8, len: usize) {
    report::<H>(Report::Failed(text(why, len)));
}

extern "C" fn exited<H: Host>(code: i32) {
    report::<H>(Report::Exited(code));
}

extern "C" fn cancelled<H: Host>() {
    report::<H>(Report::Cancelled);
}

extern "C" fn show<H: Host>(value: *const u8, len: usize) {
    report::<H>(Report::Shown(text(value, len)));
}

extern "C" fn compared<H: Host>(left: *const u8, left_len: usize, right: *const u8, right_len: usize) {
    report::<H>(Report::Compared(Sides::new(borrowed(left, left_len), borrowed(right, right_len))));
}

extern "C" fn explain<H: Host>(resource: u32, status: Status, sink: Sink, target: *mut u8) {
    let text = H::current().map_or_else(String::new, |host| host.explain(resource, status));
    sink(target, text.as_ptr(), text.len());
}

extern "C" fn load<H: Host>(resource: u32, index: u64, position: u32) -> u64 {
    ask::<H>(Operation::Load { index }, resource, position).value
}

extern "C" fn peek<H: Host>(resource: u32, position: u32) -> u64 {
    ask::<H>(Operation::Peek { index: 0 }, resource, position).value
}

extern "C" fn formats<H: Host>(position: u32) -> u32 {
    H::formats(position)
}

extern "C" fn place(position: u32, column: u32, sink: Sink, target: *mut u8) {
    let text = lines::shown(position, column);
    sink(target, text.as_ptr(), text.len());
}

extern "C" fn pauses() -> u32 {
    futex::spins()
}

extern "C" fn store<H: Host>(resource: u32, index: u64, bits: u64, position: u32) {
    ask::<H>(Operation::Store { index, bits }, resource, position);
}

extern "C" fn swap_if<H: Host>(resource: u32, old: u64, new: u64, position: u32) -> u64 {
    let Answer { status, value } = ask::<H>(Operation::SwapIf { old, new }, resource, position);
    // Who cannot swap is not to try again and again.
    if status == abi::OK { value } else { old }
}

extern "C" fn read<H: Host>(resource: u32, start: u64, out: *mut u8, len: usize, position: u32) {
    if let Some(host) = H::current() {
        host.read(resource, start, Some(position), lent(out, len));
    }
}

extern "C" fn snapshot<H: Host>(resource: u32, start: u64, out: *mut u8, len: usize) {
    if let Some(host) = H::current() {
        host.read(resource, start, None, lent(out, len));
    }
}

extern "C" fn write<H: Host>(resource: u32, start: u64, from: *const u8, len: usize, position: u32) {
    if let Some(host) = H::current() {
        host.write(resource, start, position, borrowed(from, len));
    }
}

extern "C" fn len<H: Host>(resource: u32) -> u64 {
    H::current().map_or(0, |host| host.len(resource))
}

extern "C" fn acquire<H: Host>(resource: u32, timeout_ns: i64, guarded: bool, position: u32) -> Status {
    ask::<H>(Operation::Acquire { limit: timeout_ns, guarded }, resource, position).status
}

extern "C" fn acquire_read<H: Host>(resource: u32, timeout_ns: i64, position: u32) -> Status {
    ask::<H>(Operation::Read { limit: timeout_ns }, resource, position).status
}

extern "C" fn acquire_write<H: Host>(resource: u32, timeout_ns: i64, position: u32) -> Status {
    ask::<H>(Operation::Write { limit: timeout_ns }, resource, position).status
}

extern "C" fn release<H: Host>(resource: u32, position: u32) -> Status {
    ask::<H>(Operation::Release { unwinding: false }, resource, position).status
}

extern "C" fn release_unwinding<H: Host>(resource: u32) -> Status {
    ask::<H>(Operation::Release { unwinding: true }, resource, 0).status
}

extern "C" fn set<H: Host>(resource: u32, position: u32) {
    ask::<H>(Operation::Set, resource, position);
}

extern "C" fn clear<H: Host>(resource: u32, position: u32) {
    ask::<H>(Operation::Clear, resource, position);
}

extern "C" fn is_set<H: Host>(resource: u32, position: u32) -> bool {
    ask::<H>(Operation::IsSet, resource, position).value != 0
}

extern "C" fn wait_event<H: Host>(resource: u32, timeout_ns: i64, position: u32) -> Status {
    ask::<H>(Operation::WaitEvent { limit: timeout_ns }, resource, position).status
}

extern "C" fn notify<H: Host>(resource: u32, count: u64, position: u32) -> Status {
    ask::<H>(Operation::Notify { count }, resource, position).status
}

extern "C" fn wait_notified<H: Host>(resource: u32, timeout_ns: i64, position: u32) -> Status {
    ask::<H>(Operation::WaitNotified { limit: timeout_ns }, resource, position).status
}

extern "C" fn meet<H: Host>(resource: u32, timeout_ns: i64, position: u32, place: *mut u64) -> Status {
    let Answer { status, value } = ask::<H>(Operation::Meet { limit: timeout_ns }, resource, position);
    if let Some(place) = answer_in(place) {
        *place = value;
    }
    status
}

extern "C" fn put<H: Host>(resource: u32, item: *const u8, len: usize, timeout_ns: i64, position: u32) -> Status {
    let operation = Operation::Put { limit: timeout_ns };
    perform::<H>(operation, resource, position, Payload::Item(borrowed(item, len))).status
}

extern "C" fn get<H: Host>(resource: u32, timeout_ns: i64, position: u32, sink: Sink, target: *mut u8) -> Status {
    let mut sink = |bytes: &[u8]| sink(target, bytes.as_ptr(), bytes.len());
    perform::<H>(Operation::Get { limit: timeout_ns }, resource, position, Payload::Sink(&mut sink)).status
}

extern "C" fn queue_len<H: Host>(resource: u32) -> u64 {
    ask::<H>(Operation::Len, resource, 0).value
}

extern "C" fn close<H: Host>(resource: u32, position: u32) {
    ask::<H>(Operation::Close, resource, position);
}

extern "C" fn item_done<H: Host>(resource: u32, position: u32) -> Status {
    ask::<H>(Operation::ItemDone, resource, position).status
}

extern "C" fn queue_join<H: Host>(resource: u32, timeout_ns: i64, position: u32) -> Status {
    ask::<H>(Operation::JoinQueue { limit: timeout_ns }, resource, position).status
}

extern "C" fn run_pool<H: Host>(tasks: *const Tasks) {
    // SAFETY: the prelude passes a valid description, which is used only until this call returns.
    let tasks = PoolTasks(unsafe { tasks.read() });
    if let Some(host) = H::current() {
        host.run_pool(tasks);
    }
}

extern "C" fn task_ended<H: Host>(index: u64, failed: bool) {
    report::<H>(Report::TaskEnded { index, failed });
}

extern "C" fn task_failed<H: Host>(index: u64, why: *const u8, len: usize, position: u32, column: u32) {
    report::<H>(Report::TaskFailed(
        index,
        Failure { text: text(why, len), place: (position > 0).then_some((position, column)) },
    ));
}

extern "C" fn outbox_full<H: Host>(wait: bool) -> Status {
    H::current().map_or(abi::CANCELLED, |host| host.outbox_full(wait))
}

extern "C" fn large_result<H: Host>(records: *const u8, len: usize) -> Status {
    H::current().map_or(abi::CANCELLED, |host| host.large_result(borrowed(records, len)))
}

extern "C" fn places<H: Host>(tasks: u64, size: u64) -> *mut u8 {
    let places = H::current().and_then(|host| host.places(tasks, size));
    places.map_or(std::ptr::null_mut(), |memory| memory.as_ptr())
}

/// A pool's tasks, which are the library's.
#[derive(Clone, Copy)]
pub struct PoolTasks(Tasks);

// SAFETY: the library's context pointer is only handed back to the library; `pool.rs` of the prelude says why it may be used
// from all workers at once.
unsafe impl Sync for PoolTasks {}
// SAFETY: as above.
unsafe impl Send for PoolTasks {}

impl PoolTasks {
    /// How many there are.
    pub fn len(&self) -> u64 {
        self.0.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs `count` tasks from `first` on in the calling worker. Whether main can learn of all of them how they ended.
    pub fn run(&self, first: u64, count: u64, outbox: &Outbox) -> bool {
        (self.0.run)(self.0.context, first, count, outbox)
    }

    /// Hands over a stretch of the stream of results that `worker` wrote. In main alone.
    pub fn accept(&self, worker: u32, records: &[u8]) {
        (self.0.accept)(self.0.context, worker, records.as_ptr(), records.len());
    }

    /// The first task from `first` on of which main does not know how it ended; `end` if there is none before that.
    pub fn first_open(&self, first: u64, end: u64) -> u64 {
        (self.0.first_open)(self.0.context, first, end)
    }
}
