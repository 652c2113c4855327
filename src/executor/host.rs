//! The table of functions through which a notebook's library reaches nbrun.
//!
//! Every call works on the calling worker's behalf, waits no longer than its patience, and leaves a trace. None of them
//! panics: a panic cannot cross into the library.

use super::context::{self, Context};
use super::pool::PoolState;
use super::system;
use crate::abi::{self, Host, Sink, Status, Tasks, WorkerInfo};
use crate::shared::journal::{EntryKind, SEPARATOR};
use crate::shared::lock::Taken;
use crate::shared::op::Op;
use crate::shared::resource::Resource;
use crate::shared::run::exit;
use crate::shared::trace::{NO_RESOURCE, RawEvent};
use crate::shared::{Denied, Patience, WorkerId, clock, futex};
use std::sync::atomic::Ordering::{Relaxed, Release, SeqCst};

/// The one table, filled.
pub static HOST: Host = Host {
    version: abi::VERSION,
    print,
    sleep,
    worker,
    panicked,
    exited,
    cancelled,
    show,
    explain,
    load,
    store,
    swap_if,
    memory,
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
    completion_order,
};

/// The bytes that the library lends for a call.
fn borrowed<'a>(bytes: *const u8, len: usize) -> &'a [u8] {
    if bytes.is_null() || len == 0 {
        return &[];
    }
    // SAFETY: the prelude passes the address and length of a slice that lives during the call.
    unsafe { std::slice::from_raw_parts(bytes, len) }
}

fn status(denied: Denied) -> Status {
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
struct Call {
    op: Op,
    resource: u32,
    line: u32,
}

/// Notes an event that took no time; whether it was kept.
fn note(context: &Context, me: WorkerId, call: Call, a: u64, b: u64) -> bool {
    let kept = context::is_worker() && context.run.trace.has_room(me);
    if kept {
        let Call { op, resource, line } = call;
        context.run.trace.add(me, &RawEvent { at: clock::now(), duration: 0, op, resource, a, b, line });
    }
    kept
}

/// Does something that may wait, notes it with the two numbers that it yields, and counts the time.
fn waiting(
    call: Call,
    timeout_ns: i64,
    body: impl FnOnce(&Context, WorkerId, &Patience<'_>) -> Result<(u64, u64), Denied>,
) -> Result<(u64, u64), Denied> {
    let Some(context) = context::get() else { return Err(Denied::Cancelled) };
    let me = context::me();
    let slot = context.run.slot(me);
    let at = clock::now();
    slot.wait_line.store(call.line, Relaxed);
    slot.wait_since.store(at, Relaxed);
    slot.waits_for.store(call.resource.saturating_add(1), Release);
    // Where nobody else is at work, whatever must be waited for will never come.
    let forever = timeout_ns < 0 && call.op != Op::Sleep && context.alone.load(SeqCst);
    futex::take_slept();
    let result = body(context, me, &context.patience(me, if forever { 0 } else { timeout_ns }, at));
    let result = result.map_err(|denied| if forever && denied == Denied::TimedOut { Denied::Alone } else { denied });
    slot.waits_for.store(0, Release);
    let duration = futex::take_slept();
    if duration > 0 {
        slot.blocked.fetch_add(duration, SeqCst);
    }
    if context::is_worker() {
        let Call { op, resource, line } = call;
        let (op, (a, b)) = match result {
            Ok(numbers) => (op, numbers),
            Err(denied) => (Op::GaveUp, (0, denied as u64)),
        };
        context.run.trace.add(me, &RawEvent { at, duration, op, resource, a, b, line });
    }
    result
}

fn answer(result: Result<(u64, u64), Denied>) -> Status {
    result.map_or_else(status, |_| abi::OK)
}

extern "C" fn print(stream: u32, text: *const u8, len: usize, line: u32) {
    let Some(context) = context::get() else { return };
    let kind = if stream == abi::STDERR { EntryKind::Stderr } else { EntryKind::Stdout };
    let me = context::me();
    context.run.journal.add(me, me, kind, line.into(), borrowed(text, len));
}

extern "C" fn sleep(time_ns: i64, line: u32) -> Status {
    let slept =
        waiting(
            Call { op: Op::Sleep, resource: NO_RESOURCE, line },
            time_ns,
            |context, me, patience| match wait_in_vain(context, me, patience) {
                Denied::TimedOut => Ok((0, 0)),
                denied => Err(denied),
            },
        );
    answer(slept)
}

/// Waits until patience is at an end, and says why it is.
fn wait_in_vain(context: &Context, me: WorkerId, patience: &Patience<'_>) -> Denied {
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
    let (text, file) =
        (String::from_utf8_lossy(borrowed(text, len)), String::from_utf8_lossy(borrowed(file, file_len)));
    format!("{text}{SEPARATOR}{file}{SEPARATOR}{line}{SEPARATOR}{column}")
}

extern "C" fn panicked(text: *const u8, len: usize, file: *const u8, file_len: usize, line: u32, column: u32) {
    let Some(context) = context::get() else { return };
    let me = context::me();
    let (text, file) =
        (String::from_utf8_lossy(borrowed(text, len)), String::from_utf8_lossy(borrowed(file, file_len)));
    let entry = format!("{text}{SEPARATOR}{file}{SEPARATOR}{line}{SEPARATOR}{column}");
    context.run.journal.add(me, me, EntryKind::Panic, 0, entry.as_bytes());
    ended(context, exit::PANIC, 101);
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
    context.run.journal.add(me, me, EntryKind::Shown, context.showing.load(SeqCst), borrowed(text, len));
}

extern "C" fn explain(resource: u32, status: Status, sink: Sink, target: *mut u8) {
    let name = context::get().and_then(|context| context.resource_names.get(resource as usize));
    let name = name.map_or("?", String::as_str);
    let text = match status {
        abi::CLOSED => format!("queue `{name}` is closed"),
        abi::WOULD_DEADLOCK => format!("`{name}` is held by this very worker, which would wait for itself for ever"),
        abi::NOT_OWNER => format!("`{name}` is not held by this worker, so it cannot be released or waited on"),
        abi::OWNER_DIED => {
            format!("the last owner of `{name}` ended while it held the lock; what the lock protects may be half done")
        }
        abi::TOO_MANY if is_queue(resource) => {
            format!("`task_done` has been called more often than items were put into queue `{name}`")
        }
        abi::TOO_MANY => format!("`{name}` has been given back more often than it was taken"),
        abi::BROKEN => format!("barrier `{name}` is broken, because a party gave up waiting"),
        abi::NO_SPACE => format!("no shared memory is left for another item of `{name}`"),
        abi::ALONE => match context::get().and_then(|context| context.resource(resource)) {
            Some(Resource::Queue(queue)) if queue.is_empty() => {
                format!(
                    "queue `{name}` is empty and nobody else is at work who could put an item: this would wait for ever"
                )
            }
            Some(Resource::Queue(_)) => {
                format!(
                    "queue `{name}` is full and nobody else is at work who could take an item: this would wait for ever"
                )
            }
            _ => format!("nobody else is at work who could end the wait for `{name}`: this would wait for ever"),
        },
        abi::TIMED_OUT => format!("`{name}` was not to be had in time"),
        _ => format!("`{name}` could not be used"),
    };
    sink(target, text.as_ptr(), text.len());
}

fn is_queue(resource: u32) -> bool {
    matches!(context::get().and_then(|context| context.resource(resource)), Some(Resource::Queue(_)))
}

/// The resource, if it is of a kind that the call is for; the generated code only ever asks for those.
fn find<T>(id: u32, pick: impl FnOnce(Resource) -> Option<T>) -> Option<(&'static Context, T)> {
    let context = context::get()?;
    Some((context, pick(context.resource(id)?)?))
}

macro_rules! pick {
    ($kind:ident) => {
        |resource| match resource {
            Resource::$kind(it) => Some(it),
            _ => None,
        }
    };
}

extern "C" fn load(resource: u32, index: u64, line: u32) -> u64 {
    let Some((context, numbers)) = find(resource, pick!(Numbers)) else { return 0 };
    // Line 0 marks a read that is part of a larger step.
    if line == 0 {
        return numbers.load(index);
    }
    // Noted before, and completed after: between this read and a write that follows, nothing of nbrun's own should stand,
    // or watching a race would make it more likely.
    let me = context::me();
    let noted = note(context, me, Call { op: Op::Load, resource, line }, index, 0);
    let bits = numbers.load(index);
    if noted {
        context.run.trace.complete(me, bits);
    }
    bits
}

extern "C" fn store(resource: u32, index: u64, bits: u64, line: u32) {
    let Some((context, numbers)) = find(resource, pick!(Numbers)) else { return };
    numbers.store(index, bits);
    note(context, context::me(), Call { op: Op::Store, resource, line }, index, bits);
}

extern "C" fn swap_if(resource: u32, old: u64, new: u64, line: u32) -> u64 {
    let Some((context, numbers)) = find(resource, pick!(Numbers)) else { return old };
    let seen = numbers.swap_if(0, old, new);
    if seen == old {
        note(context, context::me(), Call { op: Op::FetchAdd, resource, line }, old, new);
    }
    seen
}

extern "C" fn memory(resource: u32) -> *mut u8 {
    find(resource, pick!(Numbers)).map_or(std::ptr::null_mut(), |(_, numbers)| numbers.memory().as_ptr())
}

extern "C" fn len(resource: u32) -> u64 {
    find(resource, pick!(Numbers)).map_or(0, |(_, numbers)| numbers.len())
}

/// Takes whatever of it can be taken.
fn take(context: &Context, resource: u32, me: WorkerId, patience: &Patience<'_>) -> Result<Taken, Denied> {
    match context.resource(resource) {
        Some(Resource::Lock(lock)) => lock.acquire(me, patience),
        Some(Resource::Numbers(numbers)) => numbers.lock.acquire(me, patience),
        Some(Resource::Condition(condition)) => condition.lock().acquire(me, patience),
        Some(Resource::RLock(lock)) => lock.acquire(me, patience),
        Some(Resource::Semaphore(semaphore)) => semaphore.acquire(patience).map(|()| Taken::Clean),
        _ => Err(Denied::NotOwner),
    }
}

extern "C" fn acquire(resource: u32, timeout_ns: i64, line: u32) -> Status {
    let mut owner_died = false;
    let taken = waiting(Call { op: Op::Acquire, resource, line }, timeout_ns, |context, me, patience| {
        match take(context, resource, me, patience) {
            // It would wait for itself, which is an error only where that would be for ever.
            Err(Denied::WouldDeadlock) if timeout_ns >= 0 => Err(wait_in_vain(context, me, patience)),
            Ok(taken) => {
                owner_died = taken == Taken::OwnerDied;
                Ok((0, 0))
            }
            Err(denied) => Err(denied),
        }
    });
    if owner_died {
        // Who takes it next is told, once; the lock itself is as good as new.
        release(resource, line);
        return abi::OWNER_DIED;
    }
    answer(taken)
}

extern "C" fn release(resource: u32, line: u32) -> Status {
    let Some(context) = context::get() else { return abi::CANCELLED };
    let me = context::me();
    // Noted before, so that in the trace a release never stands behind the acquisition that it made possible.
    note(context, me, Call { op: Op::Release, resource, line }, 0, 0);
    let released = match context.resource(resource) {
        Some(Resource::Lock(lock)) => lock.release(me),
        Some(Resource::Numbers(numbers)) => numbers.lock.release(me),
        Some(Resource::Condition(condition)) => condition.lock().release(me),
        Some(Resource::RLock(lock)) => lock.release(me),
        Some(Resource::Semaphore(semaphore)) => semaphore.release(),
        _ => Err(Denied::NotOwner),
    };
    released.map_or_else(status, |()| abi::OK)
}

extern "C" fn wait(resource: u32, timeout_ns: i64, line: u32, index: *mut u64) -> Status {
    let waited = waiting(Call { op: Op::Wait, resource, line }, timeout_ns, |context, me, patience| {
        match context.resource(resource) {
            Some(Resource::Event(event)) => event.wait(patience).map(|()| (0, 0)),
            Some(Resource::Condition(condition)) => condition.wait(me, patience).map(|()| (0, 0)),
            Some(Resource::Barrier(barrier)) => barrier.wait(me, patience).map(|place| (place, 0)),
            _ => Err(Denied::NotOwner),
        }
    });
    if let Ok((place, _)) = waited {
        // SAFETY: the prelude passes a valid place for the answer.
        unsafe { *index = place };
    }
    answer(waited)
}

extern "C" fn notify(resource: u32, count: u64, line: u32) -> Status {
    let Some(context) = context::get() else { return abi::CANCELLED };
    let me = context::me();
    note(context, me, Call { op: Op::Notify, resource, line }, count, 0);
    match context.resource(resource) {
        Some(Resource::Event(event)) => {
            event.set();
            abi::OK
        }
        Some(Resource::Condition(condition)) => condition.notify(me, count).map_or_else(status, |()| abi::OK),
        _ => abi::NOT_OWNER,
    }
}

extern "C" fn clear(resource: u32, _line: u32) {
    if let Some((_, event)) = find(resource, pick!(Event)) {
        event.clear();
    }
}

extern "C" fn is_set(resource: u32, _line: u32) -> bool {
    find(resource, pick!(Event)).is_some_and(|(_, event)| event.is_set())
}

extern "C" fn put(resource: u32, item: *const u8, len: usize, timeout_ns: i64, line: u32) -> Status {
    let item = borrowed(item, len);
    answer(waiting(Call { op: Op::Put, resource, line }, timeout_ns, |context, me, patience| {
        let Some(Resource::Queue(queue)) = context.resource(resource) else { return Err(Denied::Closed) };
        queue.put(me, &[item], patience).map(|number| (number, 0))
    }))
}

extern "C" fn get(resource: u32, timeout_ns: i64, line: u32, sink: Sink, target: *mut u8) -> Status {
    answer(waiting(Call { op: Op::Get, resource, line }, timeout_ns, |context, me, patience| {
        let Some(Resource::Queue(queue)) = context.resource(resource) else { return Err(Denied::Closed) };
        queue.get(me, patience, |bytes| sink(target, bytes.as_ptr(), bytes.len())).map(|number| (number, 0))
    }))
}

extern "C" fn queue_len(resource: u32) -> u64 {
    find(resource, pick!(Queue)).map_or(0, |(_, queue)| queue.len())
}

extern "C" fn close(resource: u32, line: u32) {
    if let Some((context, queue)) = find(resource, pick!(Queue)) {
        note(context, context::me(), Call { op: Op::Notify, resource, line }, 0, 0);
        queue.close();
    }
}

extern "C" fn item_done(resource: u32, _line: u32) -> Status {
    let Some((_, queue)) = find(resource, pick!(Queue)) else { return abi::CLOSED };
    queue.item_done().map_or_else(status, |()| abi::OK)
}

extern "C" fn queue_join(resource: u32, timeout_ns: i64, line: u32) -> Status {
    answer(waiting(Call { op: Op::Wait, resource, line }, timeout_ns, |context, _, patience| {
        let Some(Resource::Queue(queue)) = context.resource(resource) else { return Err(Denied::Closed) };
        queue.join(patience).map(|()| (0, 0))
    }))
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

extern "C" fn completion_order() -> bool {
    context::get().and_then(|context| context.pool_settings).is_some_and(|settings| settings.completion_order)
}
