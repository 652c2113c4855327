//! What a call does to what is shared, and when it can be done: the same rules as those of the real thing.

use super::ExploreError;
use super::model::{Kind, Lock, MAX_NUMBERS, ModelObject};
use super::shared::Shared;
use crate::abi;
use crate::host::{Answer, Call, Operation};
pub use crate::host::{Effect, Phase, Ready};
use crate::shared::WorkerId;

/// A call that cannot be done at once: when it can, if its limit says so.
fn later(limit: i64) -> Ready {
    match limit {
        0 => Ready::Now,
        1.. => Ready::InTime,
        _ => Ready::No,
    }
}

/// The lock of a resource that has one.
#[inline]
fn lock_of(object: &ModelObject) -> Option<&Lock> {
    match object {
        ModelObject::Numbers { lock, .. } | ModelObject::Lock { lock, .. } | ModelObject::Condition { lock, .. } => {
            Some(lock)
        }
        _ => None,
    }
}

/// Whether `me` can do the call.
#[inline]
pub fn ready(object: &ModelObject, kind: &Kind, me: WorkerId, phase: Phase, call: &Call) -> Ready {
    let now_or = |can: bool, limit: i64| if can { Ready::Now } else { later(limit) };
    match (call.operation, object) {
        (Operation::Sleep { .. }, _) => Ready::InTime,
        (Operation::Acquire { limit, .. }, ModelObject::Semaphore { permits }) => now_or(*permits > 0, limit),
        (Operation::Acquire { limit, .. }, _) => match lock_of(object).and_then(|lock| lock.owner) {
            None => Ready::Now,
            // Its own lock: an error, or waiting in vain where there is a limit.
            Some(owner) if owner == me => now_or(kind.is_reentrant() || limit < 0, limit),
            Some(_) => later(limit),
        },
        (Operation::Write { limit }, ModelObject::RwLock(lock)) if phase == Phase::ForReaders => {
            now_or(lock.readers() == 0, limit)
        }
        (Operation::Read { limit } | Operation::Write { limit }, ModelObject::RwLock(lock)) => {
            now_or(lock.may_come(me, limit), limit)
        }
        (Operation::WaitEvent { limit } | Operation::WaitNotified { limit } | Operation::Meet { limit }, _) => {
            // Who has begun to wait and has a limit of 0 gives up in its next step.
            let waits = if limit < 0 { Ready::No } else { Ready::InTime };
            match (phase, object) {
                (Phase::ForEvent(first), ModelObject::Event { word }) if *word == first => waits,
                (Phase::InRoom, ModelObject::Condition { lock, .. }) if lock.owner.is_some() => Ready::No,
                (Phase::InRoom, ModelObject::Condition { notified, .. }) if !notified.contains(&me) => waits,
                (Phase::AtBarrier(_, meeting), ModelObject::Barrier { meeting: now, .. }) if *now == meeting => waits,
                _ => Ready::Now,
            }
        }
        (Operation::Put { limit }, ModelObject::Queue { items, closed, .. }) => {
            now_or(*closed || kind.most().is_none_or(|most| (items.len() as u64) < most), limit)
        }
        (Operation::Get { limit }, ModelObject::Queue { items, closed, .. }) => {
            now_or(*closed || !items.is_empty(), limit)
        }
        (Operation::JoinQueue { limit }, ModelObject::Queue { open, .. }) => now_or(*open == 0, limit),
        _ => Ready::Now,
    }
}

/// What asking yields, for calls that [only ask](Operation::only_asks); and whether a try would succeed now.
pub fn news(object: &ModelObject, kind: &Kind, me: WorkerId, call: &Call, answer: Answer) -> bool {
    if call.operation.only_asks() {
        return Some(answer) != asked(object, call.operation);
    }
    let unlimited = match call.operation {
        Operation::Acquire { guarded, .. } => Operation::Acquire { limit: -1, guarded },
        Operation::Read { .. } => Operation::Read { limit: -1 },
        Operation::Write { .. } if matches!(object, ModelObject::RwLock(lock) if lock.readers() > 0) => return false,
        Operation::Write { .. } => Operation::Write { limit: -1 },
        Operation::Put { .. } => Operation::Put { limit: -1 },
        Operation::Get { .. } => Operation::Get { limit: -1 },
        Operation::JoinQueue { .. } => Operation::JoinQueue { limit: -1 },
        _ => return false,
    };
    answer.status == abi::TIMED_OUT
        && ready(object, kind, me, Phase::Before, &Call { operation: unlimited, ..*call }) == Ready::Now
}

/// Whether a call that went so may belong to a loop that only asks.
pub fn may_be_of_a_round(operation: Operation, answer: Answer) -> bool {
    match operation {
        operation if operation.only_asks() => true,
        Operation::Sleep { .. } | Operation::Release { .. } => true,
        Operation::Acquire { limit, .. } | Operation::Read { limit } | Operation::Write { limit } => {
            limit < 0 || answer.status == abi::TIMED_OUT
        }
        operation if operation.is_two_phase() => false,
        operation => operation.limit().is_some() && answer.status == abi::TIMED_OUT,
    }
}

/// What a call is told that changes nothing and only asks.
#[inline]
pub fn asked(object: &ModelObject, operation: Operation) -> Option<Answer> {
    match (operation, object) {
        (Operation::Load { index } | Operation::Peek { index }, ModelObject::Numbers { bits, .. }) => {
            Some(Answer::value(bits.get(index as usize).copied().unwrap_or(0)))
        }
        (Operation::IsSet, ModelObject::Event { word }) => Some(Answer::value(u64::from(word % 2))),
        (Operation::Len, ModelObject::Queue { items, .. }) => Some(Answer::value(items.len() as u64)),
        _ => None,
    }
}

/// Does the call on `me`'s behalf, which is ready; `in_time` is whether only its time is over.
pub fn apply(object: &mut ModelObject, kind: &Kind, me: WorkerId, phase: Phase, call: &Call, in_time: bool) -> Effect {
    if let Some(answer) = asked(object, call.operation) {
        return Effect::Done(answer);
    }
    let ok = Effect::Done(Answer::status(abi::OK));
    let status = |status| Effect::Done(Answer::status(status));
    match (call.operation, object) {
        (Operation::Store { index, bits: new }, ModelObject::Numbers { bits, .. }) => {
            if let Some(place) = bits.get_mut(index as usize) {
                *place = new;
            }
            ok
        }
        (Operation::SwapIf { old, new }, ModelObject::Numbers { bits, .. }) => {
            let Some(place) = bits.first_mut() else { return ok };
            let seen = *place;
            if seen == old {
                *place = new;
            }
            Effect::Done(Answer::value(seen))
        }
        (Operation::Acquire { limit, .. }, object) => status(match acquire(object, kind, me) {
            abi::WOULD_DEADLOCK if limit >= 0 => abi::TIMED_OUT,
            other => other,
        }),
        (Operation::Read { limit }, ModelObject::RwLock(lock)) => status(lock.read(me, limit)),
        (Operation::Write { .. }, ModelObject::RwLock(lock)) if phase == Phase::ForReaders => status(lock.enter()),
        (Operation::Write { limit }, ModelObject::RwLock(lock)) => {
            lock.claim(me, limit).map_or(Effect::Waits(Phase::ForReaders), status)
        }
        (Operation::Release { .. }, object) => status(release(object, kind, me)),
        (Operation::WaitEvent { .. } | Operation::WaitNotified { .. } | Operation::Meet { .. }, object) => {
            wait(object, kind, me, phase, in_time)
        }
        (Operation::Set, ModelObject::Event { word }) => {
            *word += u32::from(*word % 2 == 0);
            ok
        }
        (Operation::Notify { count }, ModelObject::Condition { lock, waiting, notified }) => {
            if lock.owner != Some(me) {
                return status(abi::NOT_OWNER);
            }
            let some = waiting.len().min(usize::try_from(count).unwrap_or(usize::MAX));
            notified.extend(waiting.drain(..some));
            ok
        }
        (Operation::Clear, ModelObject::Event { word }) => {
            *word += u32::from(*word % 2 == 1);
            ok
        }
        (Operation::Put { .. }, ModelObject::Queue { items, open, closed }) => {
            if *closed {
                return status(abi::CLOSED);
            }
            if kind.most().is_some_and(|most| items.len() as u64 >= most) {
                return status(abi::TIMED_OUT);
            }
            items.push_back(call.item);
            *open += 1;
            ok
        }
        (Operation::Get { .. }, ModelObject::Queue { items, closed, .. }) => match items.pop_front() {
            Some(item) => Effect::Done(Answer::value(item.into())),
            None => status(if *closed { abi::CLOSED } else { abi::TIMED_OUT }),
        },
        (Operation::Close, ModelObject::Queue { closed, .. }) => {
            *closed = true;
            ok
        }
        (Operation::ItemDone, ModelObject::Queue { open, .. }) => {
            if *open == 0 {
                return status(abi::TOO_MANY);
            }
            *open -= 1;
            ok
        }
        (Operation::Claim, ModelObject::Pool { claimed, .. }) => {
            *claimed += 1;
            Effect::Done(Answer::value(*claimed - 1))
        }
        (Operation::Complete { .. }, ModelObject::Pool { completed, .. }) => {
            *completed += 1;
            Effect::Done(Answer::value(*completed - 1))
        }
        (Operation::JoinQueue { .. }, ModelObject::Queue { open, .. }) => {
            status(if *open == 0 { abi::OK } else { abi::TIMED_OUT })
        }
        _ => ok,
    }
}

fn acquire(object: &mut ModelObject, kind: &Kind, me: WorkerId) -> i32 {
    if let ModelObject::Semaphore { permits } = object {
        let taken = *permits > 0;
        *permits -= u32::from(taken);
        return if taken { abi::OK } else { abi::TIMED_OUT };
    }
    let (lock, depth) = match object {
        ModelObject::Lock { lock, depth } => (lock, Some(depth)),
        ModelObject::Numbers { lock, .. } | ModelObject::Condition { lock, .. } => (lock, None),
        _ => return abi::NOT_OWNER,
    };
    match lock.owner {
        None if lock.died => {
            // Who takes it next is told, once, and does not hold it.
            *lock = Lock::default();
            abi::OWNER_DIED
        }
        None => {
            lock.owner = Some(me);
            if let Some(depth) = depth {
                *depth = 1;
            }
            abi::OK
        }
        Some(owner) if owner == me && kind.is_reentrant() => {
            if let Some(depth) = depth {
                *depth += 1;
            }
            abi::OK
        }
        Some(owner) if owner == me => abi::WOULD_DEADLOCK,
        Some(_) => abi::TIMED_OUT,
    }
}

fn release(object: &mut ModelObject, kind: &Kind, me: WorkerId) -> i32 {
    match object {
        ModelObject::Semaphore { permits } if kind.most().is_some_and(|most| u64::from(*permits) >= most) => {
            abi::TOO_MANY
        }
        ModelObject::Semaphore { permits } => {
            *permits += 1;
            abi::OK
        }
        ModelObject::RwLock(lock) => lock.release(me),
        ModelObject::Lock { lock, depth } if lock.owner == Some(me) && *depth > 1 => {
            *depth -= 1;
            abi::OK
        }
        ModelObject::Lock { lock, depth } if lock.owner == Some(me) => {
            (*lock, *depth) = (Lock::default(), 0);
            abi::OK
        }
        ModelObject::Numbers { lock, .. } | ModelObject::Condition { lock, .. } if lock.owner == Some(me) => {
            *lock = Lock::default();
            abi::OK
        }
        _ => abi::NOT_OWNER,
    }
}

fn wait(object: &mut ModelObject, kind: &Kind, me: WorkerId, phase: Phase, in_time: bool) -> Effect {
    let done = |status, value: u32| Effect::Done(Answer { status, value: value.into() });
    match (object, phase) {
        (ModelObject::Event { word }, Phase::Before) if *word % 2 == 0 => Effect::Waits(Phase::ForEvent(*word)),
        (ModelObject::Event { .. }, _) => done(if in_time { abi::TIMED_OUT } else { abi::OK }, 0),
        (ModelObject::Condition { lock, waiting, .. }, Phase::Before) => {
            if lock.owner != Some(me) {
                return done(abi::NOT_OWNER, 0);
            }
            *lock = Lock::default();
            waiting.push_back(me);
            Effect::Waits(Phase::InRoom)
        }
        (ModelObject::Condition { lock, waiting, notified }, _) => {
            waiting.retain(|waiting| *waiting != me);
            let notified = notified.remove(&me);
            if std::mem::take(&mut lock.died) {
                // Who takes the lock again is told, once, and does not hold it.
                return done(abi::OWNER_DIED, 0);
            }
            lock.owner = Some(me);
            done(if notified { abi::OK } else { abi::TIMED_OUT }, 0)
        }
        (ModelObject::Barrier { meeting, .. }, Phase::Before) if *meeting % 2 == 1 => done(abi::BROKEN, 0),
        (ModelObject::Barrier { come, meeting }, Phase::Before) => {
            let place = *come;
            *come += 1;
            if u64::from(*come) == kind.most().unwrap_or(1) {
                (*come, *meeting) = (0, *meeting + 2);
                return done(abi::OK, place);
            }
            Effect::Waits(Phase::AtBarrier(place, *meeting))
        }
        (ModelObject::Barrier { meeting, .. }, Phase::AtBarrier(place, mine)) => match *meeting {
            now if now / 2 != mine / 2 => done(abi::OK, place),
            now if now == mine => {
                *meeting += 1;
                done(abi::TIMED_OUT, 0)
            }
            _ => done(abi::BROKEN, 0),
        },
        _ => done(abi::NOT_OWNER, 0),
    }
}

/// Does a worker's call, which is ready; `None` if there is no such thing.
///
/// # Errors
/// If it is about a thing that cannot be explored.
pub fn done(
    objects: &mut Shared,
    kind: &Kind,
    (me, phase): (WorkerId, Phase),
    call: &Call,
    in_time: bool,
) -> Result<Option<Effect>, ExploreError> {
    let id = call.resource as usize;
    match objects.get(id) {
        Some(ModelObject::TooLarge { numbers }) => Err(ExploreError::System(format!(
            "the cell uses `{}`, which has {numbers} numbers, and an array that is explored can have {}",
            kind.name, MAX_NUMBERS
        ))),
        Some(object) => Ok(match asked(object, call.operation) {
            Some(answer) => Some(Effect::Done(answer)),
            None => objects.change(id, |object| apply(object, kind, me, phase, call, in_time)),
        }),
        None => Ok(None),
    }
}
