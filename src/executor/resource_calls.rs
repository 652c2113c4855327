//! The functions of the host's table that work on what is shared: numbers, locks and their relatives, queues.

use super::context::{self, Context};
use super::explain::{QueueState, explained};
use super::host::{Call, answer, borrowed, note, status, wait_in_vain, waiting};
use crate::abi::{self, Sink, Status};
use crate::shared::goal::Goal;
use crate::shared::lock::Taken;
use crate::shared::op::Op;
use crate::shared::resource::Resource;
use crate::shared::{Denied, Patience, WorkerId};
use std::sync::atomic::Ordering::Relaxed;

macro_rules! pick {
    ($kind:ident) => {
        |resource| match resource {
            Resource::$kind(it) => Some(it),
            _ => None,
        }
    };
}

pub(super) extern "C" fn explain(resource: u32, status: Status, sink: Sink, target: *mut u8) {
    let name = context::get().and_then(|context| context.resource_names.get(resource as usize));
    let name = name.map_or("?", String::as_str);
    let queue = match context::get().and_then(|context| context.resource(resource)) {
        Some(Resource::Queue(queue)) => Some(QueueState { is_empty: queue.is_empty() }),
        _ => None,
    };
    let text = match status {
        abi::OWNER_DIED => format!("{}; what the lock protects may be half done", owner_died(resource, name)),
        status => explained(name, status, queue),
    };
    sink(target, text.as_ptr(), text.len());
}

/// Who the owner of `name` was that died, how, and where it had taken it.
fn owner_died(resource: u32, name: &str) -> String {
    let died = context::get()
        .and_then(|context| Some((context, context.resource(resource)?.lock()?.died()?)))
        .map(|(context, (dead, line))| (context.name(dead), context.how_it_ended(dead), line));
    match died {
        Some((dead, how, 0)) => format!("`{dead}`, the last owner of `{name}`, {how} while it held the lock"),
        Some((dead, how, line)) => {
            format!(
                "`{dead}`, the last owner of `{name}`, {how} while it held the lock, which it had taken at line {line}"
            )
        }
        None => format!("the last owner of `{name}` ended while it held the lock"),
    }
}

/// The resource, if it is of a kind that the call is for; the generated code only ever asks for those.
fn find<T>(id: u32, pick: impl FnOnce(Resource) -> Option<T>) -> Option<(&'static Context, T)> {
    let context = context::get()?;
    Some((context, pick(context.resource(id)?)?))
}

pub(super) extern "C" fn load(resource: u32, index: u64, line: u32) -> u64 {
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

pub(super) extern "C" fn store(resource: u32, index: u64, bits: u64, line: u32) {
    let Some((context, numbers)) = find(resource, pick!(Numbers)) else { return };
    numbers.store(index, bits);
    note(context, context::me(), Call { op: Op::Store, resource, line }, index, bits);
}

pub(super) extern "C" fn swap_if(resource: u32, old: u64, new: u64, line: u32) -> u64 {
    let Some((context, numbers)) = find(resource, pick!(Numbers)) else { return old };
    let seen = numbers.swap_if(0, old, new);
    if seen == old {
        note(context, context::me(), Call { op: Op::FetchAdd, resource, line }, old, new);
    }
    seen
}

pub(super) extern "C" fn read(resource: u32, start: u64, count: u64, out: *mut u8, line: u32) {
    if let Some((context, numbers)) = find(resource, pick!(Numbers)) {
        // Line 0 marks a read that no job asked for.
        if line > 0 && count > 0 {
            note(context, context::me(), Call { op: Op::LoadMany, resource, line }, start, count);
        }
        // SAFETY: the prelude passes a place for `count` elements of the resource's type.
        unsafe { numbers.read_to(start, count, out) };
    }
}

pub(super) extern "C" fn write(resource: u32, start: u64, count: u64, from: *const u8, line: u32) {
    if let Some((context, numbers)) = find(resource, pick!(Numbers)) {
        // SAFETY: the prelude passes `count` elements of the resource's type.
        unsafe { numbers.write_from(start, count, from) };
        if count > 0 {
            note(context, context::me(), Call { op: Op::StoreMany, resource, line }, start, count);
        }
    }
}

pub(super) extern "C" fn len(resource: u32) -> u64 {
    find(resource, pick!(Numbers)).map_or(0, |(_, numbers)| numbers.len())
}

/// Takes whatever of it can be taken.
fn take(context: &Context, call: Call, me: WorkerId, patience: &Patience<'_>) -> Result<Taken, Denied> {
    let lock = match context.resource(call.resource) {
        Some(Resource::Lock(lock)) => lock,
        Some(Resource::Numbers(numbers)) => numbers.lock,
        Some(Resource::Condition(condition)) => condition.lock(),
        Some(Resource::RLock(lock)) => {
            return lock.acquire(me, patience).inspect(|_| lock.note_line(call.line));
        }
        Some(Resource::Semaphore(semaphore)) => return semaphore.acquire(patience).map(|()| Taken::Clean),
        _ => return Err(Denied::NotOwner),
    };
    lock.acquire(me, patience).inspect(|_| lock.note_line(call.line))
}

pub(super) extern "C" fn acquire(resource: u32, timeout_ns: i64, line: u32) -> Status {
    let mut owner_died = false;
    let call = Call { op: Op::Acquire, resource, line };
    let taken = waiting(call, timeout_ns, |context, me, patience| {
        match take(context, call, me, patience) {
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

pub(super) extern "C" fn release(resource: u32, line: u32) -> Status {
    let Some(context) = context::get() else { return abi::CANCELLED };
    let me = context::me();
    let line = if line == abi::UNWINDING { 0 } else { line };
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

pub(super) extern "C" fn wait(resource: u32, timeout_ns: i64, line: u32, index: *mut u64) -> Status {
    let mut owner_died = false;
    let waited = waiting(Call { op: Op::Wait, resource, line }, timeout_ns, |context, me, patience| {
        match context.resource(resource) {
            Some(Resource::Event(event)) => event.wait(patience).map(|()| (0, 0)),
            Some(Resource::Condition(condition)) => {
                let notified = || context.run.slot(me).goal.store(Goal::Relock as u32, Relaxed);
                let taken = condition.wait(me, patience, notified);
                if condition.lock().owner() == Some(me) {
                    condition.lock().note_line(line);
                }
                owner_died = taken? == Taken::OwnerDied;
                Ok((0, 0))
            }
            Some(Resource::Barrier(barrier)) => barrier.wait(patience).map(|place| (place, 0)),
            _ => Err(Denied::NotOwner),
        }
    });
    if owner_died {
        release(resource, line);
        return abi::OWNER_DIED;
    }
    if let Ok((place, _)) = waited {
        // SAFETY: the prelude passes a valid place for the answer.
        unsafe { *index = place };
    }
    answer(waited)
}

pub(super) extern "C" fn notify(resource: u32, count: u64, line: u32) -> Status {
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

pub(super) extern "C" fn clear(resource: u32, _line: u32) {
    if let Some((_, event)) = find(resource, pick!(Event)) {
        event.clear();
    }
}

pub(super) extern "C" fn is_set(resource: u32, _line: u32) -> bool {
    find(resource, pick!(Event)).is_some_and(|(_, event)| event.is_set())
}

pub(super) extern "C" fn put(resource: u32, item: *const u8, len: usize, timeout_ns: i64, line: u32) -> Status {
    let item = borrowed(item, len);
    answer(waiting(Call { op: Op::Put, resource, line }, timeout_ns, |context, me, patience| {
        let Some(Resource::Queue(queue)) = context.resource(resource) else { return Err(Denied::Closed) };
        queue.put(me, &[item], patience).map(|number| (number, 0))
    }))
}

pub(super) extern "C" fn get(resource: u32, timeout_ns: i64, line: u32, sink: Sink, target: *mut u8) -> Status {
    answer(waiting(Call { op: Op::Get, resource, line }, timeout_ns, |context, me, patience| {
        let Some(Resource::Queue(queue)) = context.resource(resource) else { return Err(Denied::Closed) };
        queue.get(me, patience, |bytes| sink(target, bytes.as_ptr(), bytes.len())).map(|number| (number, 0))
    }))
}

pub(super) extern "C" fn queue_len(resource: u32) -> u64 {
    find(resource, pick!(Queue)).map_or(0, |(_, queue)| queue.len())
}

pub(super) extern "C" fn close(resource: u32, line: u32) {
    if let Some((context, queue)) = find(resource, pick!(Queue)) {
        note(context, context::me(), Call { op: Op::Notify, resource, line }, 0, 0);
        queue.close();
    }
}

pub(super) extern "C" fn item_done(resource: u32, _line: u32) -> Status {
    let Some((_, queue)) = find(resource, pick!(Queue)) else { return abi::CLOSED };
    queue.item_done().map_or_else(status, |()| abi::OK)
}

pub(super) extern "C" fn queue_join(resource: u32, timeout_ns: i64, line: u32) -> Status {
    answer(waiting(Call { op: Op::Wait, resource, line }, timeout_ns, |context, _, patience| {
        let Some(Resource::Queue(queue)) = context.resource(resource) else { return Err(Denied::Closed) };
        queue.join(patience).map(|()| (0, 0))
    }))
}
