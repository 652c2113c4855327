//! The functions of the host's table that work on what is shared: numbers, locks and their relatives, queues.

use super::call::What;
use super::context::{self, Context};
use super::explain::explained;
use super::halves;
use super::host::{Call, answer, borrowed, note, status, wait_in_vain, waiting};
use super::turns;
use crate::abi::{self, Sink, Status};
use crate::model::Op;
use crate::shared::goal::Goal;
use crate::shared::lock::Taken;
use crate::shared::resource::Resource;
use crate::shared::{Denied, Patience, WorkerId};
use std::sync::atomic::Ordering::SeqCst;

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
    let is_queue = find(resource, pick!(Queue)).is_some();
    // The call that is explained has just ended, so the slot still has its goal.
    let goal = context::get().and_then(|context| Goal::from_u32(context.run.slot(context::me()).goal.load(SeqCst)));
    let text = match status {
        abi::OWNER_DIED => format!("{}; what the lock protects may be half done", owner_died(resource, name)),
        status => explained(name, status, is_queue, goal.unwrap_or(Goal::Time)),
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
        let turn = turns::take(context, What::Peek { index }, resource, line);
        let bits = numbers.load(index);
        turn.done(abi::OK, bits);
        return bits;
    }
    let turn = turns::take(context, What::Load { index }, resource, line);
    // Noted before, and completed after: between this read and a write that follows, nothing of nbrun's own should stand,
    // or watching a race would make it more likely.
    let me = context::me();
    let noted = note(context, me, Call { op: Op::Load, resource, line }, index, 0);
    let bits = numbers.load(index);
    if noted {
        context.run.trace.complete(me, bits);
    }
    turn.done(abi::OK, bits);
    bits
}

pub(super) extern "C" fn store(resource: u32, index: u64, bits: u64, line: u32) {
    let Some((context, numbers)) = find(resource, pick!(Numbers)) else { return };
    let turn = turns::take(context, What::Store { index, bits }, resource, line);
    numbers.store(index, bits);
    note(context, context::me(), Call { op: Op::Store, resource, line }, index, bits);
    turn.done(abi::OK, 0);
}

pub(super) extern "C" fn swap_if(resource: u32, old: u64, new: u64, line: u32) -> u64 {
    let Some((context, numbers)) = find(resource, pick!(Numbers)) else { return old };
    let turn = turns::go_on(context, What::SwapIf { old, new }, resource, line);
    let seen = numbers.swap_if(0, old, new);
    turn.done(abi::OK, seen);
    if seen == old {
        note(context, context::me(), Call { op: Op::FetchAdd, resource, line }, old, new);
    }
    seen
}

pub(super) extern "C" fn read(resource: u32, start: u64, count: u64, out: *mut u8, line: u32) {
    let Some((context, numbers)) = find(resource, pick!(Numbers)) else { return };
    each_part(context, start, count, numbers.of().size(), |start, count, offset| {
        let turn = turns::take(context, What::Load { index: start }, resource, line);
        // Line 0 marks a read that no job asked for.
        if line > 0 && count > 0 {
            note(context, context::me(), Call { op: Op::LoadMany, resource, line }, start, count);
        }
        // SAFETY: the prelude passes a place for all the elements of the resource's type, of which these are a part.
        unsafe { numbers.read_to(start, count, out.wrapping_add(offset)) };
        if turn.is_step() {
            turn.done(abi::OK, numbers.load(start));
        }
    });
}

pub(super) extern "C" fn write(resource: u32, start: u64, count: u64, from: *const u8, line: u32) {
    let Some((context, numbers)) = find(resource, pick!(Numbers)) else { return };
    each_part(context, start, count, numbers.of().size(), |start, count, offset| {
        let turn = turns::take(context, What::Store { index: start, bits: 0 }, resource, line);
        // SAFETY: the prelude passes all the elements of the resource's type, of which these are a part.
        unsafe { numbers.write_from(start, count, from.wrapping_add(offset)) };
        if count > 0 {
            note(context, context::me(), Call { op: Op::StoreMany, resource, line }, start, count);
        }
        if turn.is_step() {
            turns::go_on(context, What::Store { index: start, bits: numbers.load(start) }, resource, line)
                .done(abi::OK, 0);
        }
    });
}

/// A slice is read or written whole; where workers take turns, each of its elements is a step. `body` is told where a part
/// begins, how many elements it has, and at which byte it begins.
fn each_part(context: &Context, start: u64, count: u64, size: usize, mut body: impl FnMut(u64, u64, usize)) {
    if context.run.gate.is_none() {
        return body(start, count, 0);
    }
    (0..count).for_each(|n| body(start + n, 1, n as usize * size));
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
    let taken = waiting(call, What::Acquire { limit: timeout_ns }, |context, me, patience| {
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
        return without_owner(resource, line);
    }
    answer(taken)
}

/// Who takes a lock whose owner died is told so, once, and does not hold it; the lock itself is as good as new.
fn without_owner(resource: u32, line: u32) -> Status {
    if let Some(context) = context::get() {
        give_back(context, resource, line);
        turns::present(context).done(abi::OWNER_DIED, 0);
    }
    abi::OWNER_DIED
}

pub(super) extern "C" fn release(resource: u32, line: u32) -> Status {
    let Some(context) = context::get() else { return abi::CANCELLED };
    if line == abi::UNWINDING {
        // This belongs to the step in which the worker panicked.
        return give_back(context, resource, 0);
    }
    let turn = turns::take(context, What::Release, resource, line);
    let status = give_back(context, resource, line);
    turn.done(status, 0);
    status
}

fn give_back(context: &Context, resource: u32, line: u32) -> Status {
    let me = context::me();
    // Noted before, so that in the trace a release never stands behind the acquisition that it made possible.
    let noted = note(context, me, Call { op: Op::Release, resource, line }, 0, 0);
    let released = match context.resource(resource) {
        Some(Resource::Lock(lock)) => lock.release(me),
        Some(Resource::Numbers(numbers)) => numbers.lock.release(me),
        Some(Resource::Condition(condition)) => condition.lock().release(me),
        Some(Resource::RLock(lock)) => lock.release(me),
        Some(Resource::Semaphore(semaphore)) => semaphore.release(),
        _ => Err(Denied::NotOwner),
    };
    if noted && released.is_err() {
        context.run.trace.retract(me);
    }
    released.map_or_else(status, |()| abi::OK)
}

pub(super) extern "C" fn wait(resource: u32, timeout_ns: i64, line: u32, index: *mut u64) -> Status {
    let Some(context) = context::get() else { return abi::CANCELLED };
    let waited = halves::wait(context, Call { op: Op::Wait, resource, line }, timeout_ns);
    if let Ok((Taken::OwnerDied, _)) = waited {
        return without_owner(resource, line);
    }
    if let Ok((_, place)) = waited {
        // SAFETY: the prelude passes a valid place for the answer.
        unsafe { *index = place };
    }
    waited.map_or_else(status, |_| abi::OK)
}

pub(super) extern "C" fn notify(resource: u32, count: u64, line: u32) -> Status {
    let Some(context) = context::get() else { return abi::CANCELLED };
    let me = context::me();
    let turn = turns::take(context, What::Notify { count }, resource, line);
    let noted = note(context, me, Call { op: Op::Notify, resource, line }, count, 0);
    let status = match context.resource(resource) {
        Some(Resource::Event(event)) => {
            event.set();
            abi::OK
        }
        Some(Resource::Condition(condition)) => condition.notify(me, count).map_or_else(status, |()| abi::OK),
        _ => abi::NOT_OWNER,
    };
    if noted && status != abi::OK {
        context.run.trace.retract(me);
    }
    turn.done(status, 0);
    status
}

pub(super) extern "C" fn clear(resource: u32, line: u32) {
    if let Some((context, event)) = find(resource, pick!(Event)) {
        let turn = turns::take(context, What::Clear, resource, line);
        event.clear();
        turn.done(abi::OK, 0);
    }
}

pub(super) extern "C" fn is_set(resource: u32, line: u32) -> bool {
    let Some((context, event)) = find(resource, pick!(Event)) else { return false };
    let turn = turns::take(context, What::IsSet, resource, line);
    let is_set = event.is_set();
    turn.done(abi::OK, is_set.into());
    is_set
}

pub(super) extern "C" fn put(resource: u32, item: *const u8, len: usize, timeout_ns: i64, line: u32) -> Status {
    let item = borrowed(item, len);
    let (call, what) = (Call { op: Op::Put, resource, line }, What::Put { item: 0, limit: timeout_ns });
    answer(waiting(call, what, |context, me, patience| {
        let Some(Resource::Queue(queue)) = context.resource(resource) else { return Err(Denied::Closed) };
        turns::note_item(context, item);
        queue.put(me, &[item], patience).map(|number| (number, 0))
    }))
}

pub(super) extern "C" fn get(resource: u32, timeout_ns: i64, line: u32, sink: Sink, target: *mut u8) -> Status {
    let (call, what) = (Call { op: Op::Get, resource, line }, What::Get { limit: timeout_ns });
    answer(waiting(call, what, |context, me, patience| {
        let Some(Resource::Queue(queue)) = context.resource(resource) else { return Err(Denied::Closed) };
        let taken = queue.get(me, patience, |bytes| {
            turns::note_item(context, bytes);
            sink(target, bytes.as_ptr(), bytes.len());
        });
        taken.map(|number| (number, 0))
    }))
}

pub(super) extern "C" fn queue_len(resource: u32) -> u64 {
    let Some((context, queue)) = find(resource, pick!(Queue)) else { return 0 };
    let turn = turns::take(context, What::Len, resource, 0);
    let len = queue.len();
    turn.done(abi::OK, len);
    len
}

pub(super) extern "C" fn close(resource: u32, line: u32) {
    if let Some((context, queue)) = find(resource, pick!(Queue)) {
        let turn = turns::take(context, What::Close, resource, line);
        note(context, context::me(), Call { op: Op::Notify, resource, line }, 0, 0);
        queue.close();
        turn.done(abi::OK, 0);
    }
}

pub(super) extern "C" fn item_done(resource: u32, line: u32) -> Status {
    let Some((context, queue)) = find(resource, pick!(Queue)) else { return abi::CLOSED };
    let turn = turns::take(context, What::ItemDone, resource, line);
    let status = queue.item_done().map_or_else(status, |()| abi::OK);
    turn.done(status, 0);
    status
}

pub(super) extern "C" fn queue_join(resource: u32, timeout_ns: i64, line: u32) -> Status {
    let (call, what) = (Call { op: Op::Wait, resource, line }, What::Join { limit: timeout_ns });
    answer(waiting(call, what, |context, _, patience| {
        let Some(Resource::Queue(queue)) = context.resource(resource) else { return Err(Denied::Closed) };
        queue.join(patience).map(|()| (0, 0))
    }))
}
