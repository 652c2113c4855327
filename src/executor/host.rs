//! The table of functions through which a notebook's library reaches nbrun.
//!
//! Every call works on the calling worker's behalf, waits no longer than its patience, and leaves a trace. None of them
//! panics: a panic cannot cross into the library.

use super::call::What;
use super::context::{self, Context};
use super::pool::PoolState;
use super::resource_calls::{
    acquire, clear, close, explain, get, is_set, item_done, len, load, notify, put, queue_join, queue_len, read,
    release, store, swap_if, wait, write,
};
use super::{output, system, turns};
use crate::abi::{self, Host, Status, Tasks, WorkerInfo};
use crate::model::Op;
use crate::shared::goal::Goal;
use crate::shared::journal::{self, EntryKind, MESSAGE_BYTES, SEPARATOR, SHOWN_BYTES};
use crate::shared::run::exit;
use crate::shared::sides::Sides;
use crate::shared::trace::{NO_RESOURCE, RawEvent};
use crate::shared::{Denied, Patience, WorkerId, clock, futex};
use std::sync::PoisonError;
use std::sync::atomic::Ordering::{Relaxed, Release, SeqCst};

/// The table, of functions that have the names of its fields where this is written.
macro_rules! table {
    () => {
        $crate::abi::Host {
            version: $crate::abi::VERSION,
            print,
            sleep,
            worker,
            panicked,
            failed,
            exited,
            cancelled,
            show,
            compared,
            explain,
            load,
            store,
            swap_if,
            read,
            write,
            len,
            acquire,
            release,
            wait,
            notify,
            clear,
            is_set,
            put,
            get,
            queue_len,
            close,
            item_done,
            queue_join,
            run_pool,
            task_ended,
            task_failed,
            outbox_full,
            large_result,
            places,
        }
    };
}
pub(crate) use table;

/// The one table, filled.
pub static HOST: Host = table!();

/// The bytes that the library lends for a call.
pub(crate) fn borrowed<'a>(bytes: *const u8, len: usize) -> &'a [u8] {
    if bytes.is_null() || len == 0 {
        return &[];
    }
    // SAFETY: the prelude passes the address and length of a slice that lives during the call.
    unsafe { std::slice::from_raw_parts(bytes, len) }
}

pub(super) fn status(denied: Denied) -> Status {
    match denied {
        Denied::TimedOut => abi::TIMED_OUT,
        Denied::Cancelled => abi::CANCELLED,
        Denied::WouldDeadlock => abi::WOULD_DEADLOCK,
        Denied::NotOwner => abi::NOT_OWNER,
        Denied::Closed => abi::CLOSED,
        Denied::TooMany => abi::TOO_MANY,
        Denied::Broken => abi::BROKEN,
        Denied::NoSpace => abi::NO_SPACE,
        Denied::Alone => abi::ALONE,
    }
}

/// An event to be recorded: what, on which resource, at which line.
#[derive(Clone, Copy)]
pub(super) struct Call {
    pub(super) op: Op,
    pub(super) resource: u32,
    pub(super) line: u32,
}

/// Notes an event that took no time; whether it was kept.
pub(super) fn note(context: &Context, me: WorkerId, call: Call, a: u64, b: u64) -> bool {
    let kept = context::caller().1 && context.run.trace.has_room(me);
    if kept {
        let Call { op, resource, line } = call;
        context.run.trace.add(me, &RawEvent { at: clock::now(), duration: 0, op, resource, a, b, line });
    }
    kept
}

/// Does something that may wait, notes it with the two numbers that it yields, and counts the time. Where workers take
/// turns, the call is done in its worker's turn, or not at all: who would have to wait there has its turn at the wrong time.
pub(super) fn waiting(
    call: Call,
    what: What,
    mut body: impl FnMut(&'static Context, WorkerId, &Patience<'_>) -> Result<(u64, u64), Denied>,
) -> Result<(u64, u64), Denied> {
    let Some(context) = context::get() else { return Err(Denied::Cancelled) };
    let timeout_ns = what.limit().unwrap_or(0);
    let turn = turns::take(context, what, call.resource, call.line);
    if turn.is_step() {
        let (me, at) = (context::me(), clock::now());
        let result = body(context, me, &context.patience(me, 0, 0));
        // Time does not pass for who takes turns: a limit is reached when it is the turn of who has to give up.
        if timeout_ns >= 0 || result != Err(Denied::TimedOut) {
            turn.done(answer(result), result.map_or(0, |(value, _)| value));
            note_wait(context, call, (at, 0), result);
            return result;
        }
        turn.blocked(me);
    }
    waiting_freely(context, call, timeout_ns, body)
}

/// Notes a call that may have waited: since when, and for how long.
pub(super) fn note_wait(context: &Context, call: Call, (at, duration): (u64, u64), result: Result<(u64, u64), Denied>) {
    let (me, is_worker) = context::caller();
    if is_worker && context.run.trace.has_room(me) {
        add_wait(context, me, call, (at, duration), result);
    }
}

fn add_wait(
    context: &Context,
    me: WorkerId,
    call: Call,
    (at, duration): (u64, u64),
    result: Result<(u64, u64), Denied>,
) {
    let Call { op, resource, line } = call;
    let (op, (a, b)) = match result {
        Ok(numbers) => (op, numbers),
        Err(denied) => (Op::GaveUp, (0, denied as u64)),
    };
    context.run.trace.add(me, &RawEvent { at, duration, op, resource, a, b, line });
}

/// The same where nobody takes turns.
pub(super) fn waiting_freely(
    context: &'static Context,
    call: Call,
    timeout_ns: i64,
    mut body: impl FnMut(&'static Context, WorkerId, &Patience<'_>) -> Result<(u64, u64), Denied>,
) -> Result<(u64, u64), Denied> {
    let (me, is_worker) = context::caller();
    let slot = context.run.slot(me);
    let traced = is_worker && context.run.trace.has_room(me);
    let mut at = if traced { clock::now() } else { 0 };
    futex::take_slept();
    // Nearly always there is nothing to wait for, and then nobody need be told what for and since when.
    let may_be_tried = matches!(call.op, Op::Put | Op::Get | Op::Acquire);
    let at_once = may_be_tried.then(|| body(context, me, &context.patience(me, 0, 0)));
    let result = match at_once {
        Some(result) if timeout_ns == 0 || result != Err(Denied::TimedOut) => result,
        _ => {
            if !traced {
                at = clock::now();
            }
            slot.wait_line.store(call.line, Relaxed);
            slot.wait_since.store(at, Relaxed);
            let goal = Goal::of(call.op, context.resource(call.resource)) as u32;
            slot.goal.store(goal, Relaxed);
            slot.endless.store((timeout_ns < 0).into(), Relaxed);
            slot.waits_for.store(call.resource.saturating_add(1), Release);
            // Where nobody else is at work, whatever must be waited for will never come.
            let forever = timeout_ns < 0 && call.op != Op::Sleep && context.alone.load(SeqCst);
            let result = body(context, me, &context.patience(me, if forever { 0 } else { timeout_ns }, at));
            slot.waits_for.store(0, Release);
            if forever && result == Err(Denied::TimedOut) {
                // Whoever explains this asks for the goal, and the wait for a condition has got another by now.
                slot.goal.store(goal, Relaxed);
                Err(Denied::Alone)
            } else {
                result
            }
        }
    };
    let duration = futex::take_slept();
    if duration > 0 {
        slot.blocked.fetch_add(duration, SeqCst);
    }
    if traced {
        add_wait(context, me, call, (at, duration), result);
    }
    result
}

pub(super) fn answer(result: Result<(u64, u64), Denied>) -> Status {
    result.map_or_else(status, |_| abi::OK)
}

extern "C" fn print(stream: u32, text: *const u8, len: usize, line: u32) {
    let Some(context) = context::get() else { return };
    let kind = if stream == abi::STDERR { EntryKind::Stderr } else { EntryKind::Stdout };
    let me = context::me();
    output::settle(context);
    context.run.journal.add(me, me, kind, line.into(), borrowed(text, len));
}

extern "C" fn sleep(time_ns: i64, line: u32) -> Status {
    let time = if time_ns < 0 { i64::MAX } else { time_ns };
    let call = Call { op: Op::Sleep, resource: NO_RESOURCE, line };
    let slept =
        waiting(call, What::Sleep { time }, |context, me, patience| match wait_in_vain(context, me, patience) {
            Denied::TimedOut => Ok((0, 0)),
            denied => Err(denied),
        });
    answer(slept)
}

/// Waits until patience is at an end, and says why it is.
pub(super) fn wait_in_vain(context: &Context, me: WorkerId, patience: &Patience<'_>) -> Denied {
    let cancel = &context.run.slot(me).cancel;
    loop {
        if let Err(denied) = futex::wait(cancel, 0, patience) {
            return denied;
        }
    }
}

extern "C" fn worker(info: *mut WorkerInfo) {
    let Some(context) = context::get() else { return };
    let number = context::me();
    let name = context.name(number);
    let (pid, tid) = (std::process::id(), system::thread_id());
    // SAFETY: the prelude passes a valid place for the answer.
    unsafe { *info = WorkerInfo { name: name.as_ptr(), name_len: name.len(), number, pid, tid } };
}

/// A failure's text and place as one entry of the journal.
fn failure(text: *const u8, len: usize, file: *const u8, file_len: usize, line: u32, column: u32) -> String {
    let text = journal::cut(&String::from_utf8_lossy(borrowed(text, len)), MESSAGE_BYTES);
    let file = String::from_utf8_lossy(borrowed(file, file_len));
    format!("{text}{SEPARATOR}{file}{SEPARATOR}{line}{SEPARATOR}{column}")
}

extern "C" fn panicked(text: *const u8, len: usize, file: *const u8, file_len: usize, line: u32, column: u32) {
    let Some(context) = context::get() else { return };
    let (me, entry) = (context::me(), failure(text, len, file, file_len, line, column));
    context.run.journal.add(me, me, EntryKind::Panic, 0, entry.as_bytes());
    ended(context, exit::PANIC, 101);
}

extern "C" fn failed(text: *const u8, len: usize) {
    let Some(context) = context::get() else { return };
    let (me, entry) = (context::me(), failure(text, len, std::ptr::null(), 0, 0, 0));
    context.run.journal.add(me, me, EntryKind::Panic, 0, entry.as_bytes());
    ended(context, exit::ERROR, 1);
}

fn ended(context: &Context, how: u32, code: i32) {
    let slot = context.run.slot(context::me());
    if slot.exit.compare_exchange(exit::UNKNOWN, how, SeqCst, SeqCst).is_ok() {
        slot.code.store(code, SeqCst);
    }
}

extern "C" fn exited(code: i32) {
    if let Some(context) = context::get() {
        ended(context, exit::CODE, code);
    }
}

extern "C" fn cancelled() {
    if let Some(context) = context::get() {
        ended(context, exit::TIMED_OUT, 0);
    }
}

extern "C" fn show(text: *const u8, len: usize) {
    let Some(context) = context::get() else { return };
    let me = context::me();
    let text = journal::cut(&String::from_utf8_lossy(borrowed(text, len)), SHOWN_BYTES);
    context.run.journal.add(me, me, EntryKind::Shown, context.showing.load(SeqCst), text.as_bytes());
}

extern "C" fn compared(left: *const u8, left_len: usize, right: *const u8, right_len: usize) {
    let Some(context) = context::get() else { return };
    let sides = Sides::new(borrowed(left, left_len), borrowed(right, right_len));
    *context.compared.lock().unwrap_or_else(PoisonError::into_inner) = Some(sides);
}

extern "C" fn run_pool(tasks: *const Tasks) {
    let Some(context) = context::get() else { return };
    // SAFETY: the prelude passes a valid description, whose copy is used only until this call returns.
    let tasks = unsafe { tasks.read() };
    super::pool::run(context, tasks);
}

/// The pool that is running.
fn pool() -> Option<(&'static Context, &'static PoolState)> {
    let context = context::get()?;
    Some((context, context.pool.get()?))
}

extern "C" fn task_ended(index: u64) {
    if let Some((context, pool)) = pool() {
        pool.task_ended(context, index);
    }
}

extern "C" fn task_failed(
    index: u64,
    text: *const u8,
    len: usize,
    file: *const u8,
    file_len: usize,
    line: u32,
    column: u32,
) {
    let Some(context) = context::get() else { return };
    let (me, entry) = (context::me(), failure(text, len, file, file_len, line, column));
    context.run.journal.add(me, me, EntryKind::TaskFailed, index, entry.as_bytes());
}

extern "C" fn outbox_full(wait: bool) -> Status {
    pool().map_or(abi::CANCELLED, |(context, pool)| pool.outbox_full(context, wait))
}

extern "C" fn large_result(frame: *const u8, len: usize) -> Status {
    pool().map_or(abi::CANCELLED, |(context, pool)| pool.large_result(context, borrowed(frame, len)))
}

extern "C" fn places(tasks: u64, size: u64) -> *mut u8 {
    let memory = context::get().and_then(|context| super::pool::places(context, tasks, size));
    memory.map_or(std::ptr::null_mut(), |memory| memory.as_ptr())
}
