//! The calls of real workers on what is shared, on the calling worker's behalf.
//!
//! A call that may have to wait has two halves. The first does what can be done at once, and is all there is to most calls;
//! the second waits. Who follows a schedule asks for each by itself.

use super::context::{self, Context};
use super::host::RealHost;
use super::two_phase_wait::{Begun, Wait};
use crate::abi;
use crate::host::{Answer, Call, Operation, Payload};
use crate::model::{Op, WaitCondition};
use crate::shared::lock::Acquired;
use crate::shared::resource::Resource;
use crate::shared::trace::{NO_RESOURCE, RawEvent};
use crate::shared::{Deadline, SyncError, WorkerId, clock, futex};
use std::sync::atomic::Ordering::{Relaxed, Release, SeqCst};

macro_rules! pick {
    ($kind:ident) => {
        |resource| match resource {
            Resource::$kind(it) => Some(it),
            _ => None,
        }
    };
}

/// What a call yields that was granted: a number, or a lock in some state.
#[derive(Clone, Copy)]
pub(super) struct Granted {
    /// The item's number, or the place of arrival.
    pub(super) value: u64,
    /// In which state the lock was taken that the call is about.
    pub(super) lock: Acquired,
}

impl Granted {
    pub(super) fn value(value: u64) -> Self {
        Self { value, lock: Acquired::Clean }
    }

    pub(super) fn lock(lock: Acquired) -> Self {
        Self { value: 0, lock }
    }
}

/// How a call went that may have waited.
pub(super) type Outcome = Result<Granted, SyncError>;

/// What the first half of a call has come to.
pub(super) enum First {
    /// The call is over.
    Done(Answer),
    /// It must wait.
    Waits(Pending),
}

/// A call that must wait.
pub(super) struct Pending {
    me: WorkerId,
    /// When it began.
    at: u64,
    /// Whether it will be recorded.
    traced: bool,
    pub(super) wait: Wait,
}

impl Pending {
    /// The same as if it began now.
    pub(super) fn restarted(self) -> Self {
        Self { at: clock::now(), ..self }
    }
}

/// As what a call that may wait is recorded.
fn recorded_as(operation: Operation) -> Op {
    match operation {
        Operation::Acquire { .. } => Op::Acquire,
        Operation::Put { .. } => Op::Put,
        Operation::Get { .. } => Op::Get,
        Operation::Sleep { .. } => Op::Sleep,
        _ => Op::Wait,
    }
}

/// Waits until the deadline, and says why it is.
fn wait_in_vain(context: &Context, me: WorkerId, deadline: &Deadline<'_>) -> SyncError {
    let cancel = &context.run.slot(me).cancel;
    loop {
        if let Err(error) = futex::wait(cancel, 0, deadline) {
            return error;
        }
    }
}

impl RealHost {
    /// Does a call, and waits as long as its limit says.
    #[inline(always)]
    pub(super) fn do_call(self, call: Call, payload: &mut Payload<'_>) -> Answer {
        match self.begin(call, payload) {
            First::Done(answer) => answer,
            First::Waits(pending) => self.finish(call, payload, pending),
        }
    }

    /// The first half of a call: what can be done at once.
    #[inline(always)]
    pub(super) fn begin(self, call: Call, payload: &mut Payload<'_>) -> First {
        First::Done(match call.operation {
            Operation::Load { index } => self.load(call, index),
            Operation::Peek { index } => self.on(call, pick!(Numbers), |numbers| Ok(numbers.load(index))),
            Operation::Store { index, bits } => self.store(call, index, bits),
            Operation::SwapIf { old, new } => self.swap_if(call, old, new),
            Operation::Release { .. } => self.release(call),
            Operation::Notify { count } => self.notify(call, count),
            Operation::Clear => self.on(call, pick!(Event), |event| {
                // Like a signal, it is noted before it can have an effect.
                self.note(call.resource, call.line, Op::Clear, 0, 0);
                event.clear();
                Ok(0)
            }),
            Operation::IsSet => self.on(call, pick!(Event), |event| Ok(event.is_set().into())),
            Operation::Len => self.on(call, pick!(Queue), |queue| Ok(queue.len())),
            Operation::Close => self.close(call),
            Operation::ItemDone => self.on(call, pick!(Queue), |queue| queue.item_done().map(|()| 0)),
            Operation::Acquire { .. }
            | Operation::Wait { .. }
            | Operation::Put { .. }
            | Operation::Get { .. }
            | Operation::Join { .. }
            | Operation::Sleep { .. } => return self.begin_wait(call, payload),
            // A real pool's workers claim their tasks without any call.
            Operation::Pool { .. } | Operation::Claim | Operation::Complete { .. } | Operation::End { .. } => {
                Answer::status(abi::CANCELLED)
            }
        })
    }

    /// Notes an event that took no time; who it is about, if it was kept.
    #[inline]
    pub(super) fn note(self, resource: u32, line: u32, op: Op, a: u64, b: u64) -> Option<WorkerId> {
        let (me, is_worker) = context::caller();
        let trace = &self.0.run.trace;
        let kept = is_worker && self.0.has_room(me, resource);
        if kept {
            trace.add(me, &RawEvent { at: clock::now(), duration: 0, op, resource, a, b, line });
        }
        kept.then_some(me)
    }

    /// Does something to the resource, if it is of the kind that the call is for; the generated code makes no others.
    #[inline]
    fn on<T>(
        self,
        call: Call,
        pick: impl FnOnce(Resource) -> Option<T>,
        body: impl FnOnce(T) -> Result<u64, SyncError>,
    ) -> Answer {
        let done = self.0.resource(call.resource).and_then(pick).ok_or(SyncError::NotOwner).and_then(body);
        done.map_or_else(Answer::from, Answer::value)
    }

    #[inline]
    fn load(self, call: Call, index: u64) -> Answer {
        self.on(call, pick!(Numbers), |numbers| {
            // Noted before, and completed after: between this read and a write that follows, nothing of nbrun's own should
            // stand, or watching a race would make it more likely.
            let noted = self.note(call.resource, call.line, Op::Load, index, 0);
            let bits = numbers.load(index);
            if let Some(me) = noted {
                self.0.run.trace.complete(me, bits);
            }
            Ok(bits)
        })
    }

    #[inline]
    fn store(self, call: Call, index: u64, bits: u64) -> Answer {
        self.on(call, pick!(Numbers), |numbers| {
            numbers.store(index, bits);
            self.note(call.resource, call.line, Op::Store, index, bits);
            Ok(0)
        })
    }

    #[inline]
    fn swap_if(self, call: Call, old: u64, new: u64) -> Answer {
        self.on(call, pick!(Numbers), |numbers| {
            let seen = numbers.swap_if(0, old, new);
            if seen == old {
                self.note(call.resource, call.line, Op::FetchAdd, old, new);
            }
            Ok(seen)
        })
    }

    fn close(self, call: Call) -> Answer {
        self.on(call, pick!(Queue), |queue| {
            self.note(call.resource, call.line, Op::Notify, 0, 0);
            queue.close();
            Ok(0)
        })
    }

    fn release(self, call: Call) -> Answer {
        self.noted_before(call, Op::Release, 0, |me, resource| match resource {
            Some(Resource::Lock(lock)) => lock.release(me),
            Some(Resource::Numbers(numbers)) => numbers.lock.release(me),
            Some(Resource::Condition(condition)) => condition.lock().release(me),
            Some(Resource::RLock(lock)) => lock.release(me),
            Some(Resource::Semaphore(semaphore)) => semaphore.release(),
            _ => Err(SyncError::NotOwner),
        })
    }

    fn notify(self, call: Call, count: u64) -> Answer {
        self.noted_before(call, Op::Notify, count, |me, resource| match resource {
            Some(Resource::Event(event)) => {
                event.set();
                Ok(())
            }
            Some(Resource::Condition(condition)) => condition.notify(me, count),
            _ => Err(SyncError::NotOwner),
        })
    }

    /// Notes what lets others go on before it does: in the trace it never stands behind what it made possible.
    #[inline]
    fn noted_before(
        self,
        call: Call,
        op: Op,
        a: u64,
        body: impl FnOnce(WorkerId, Option<Resource>) -> Result<(), SyncError>,
    ) -> Answer {
        let noted = self.note(call.resource, call.line, op, a, 0);
        match body(context::me(), self.0.resource(call.resource)) {
            Ok(()) => Answer::value(0),
            Err(error) => {
                if let Some(me) = noted {
                    self.0.run.trace.retract(me);
                }
                error.into()
            }
        }
    }

    /// The first half of a call that may wait. Nearly always there is nothing to wait for, and then nobody need be told what
    /// for and since when.
    #[inline(always)]
    fn begin_wait(self, call: Call, payload: &mut Payload<'_>) -> First {
        let (me, is_worker) = context::caller();
        let traced = is_worker && self.0.has_room(me, call.subject().unwrap_or(NO_RESOURCE));
        let at = if traced { clock::now() } else { 0 };
        futex::take_slept();
        let begun = match call.operation {
            Operation::Sleep { .. } => Ok(Begun::Waits(Wait::Again)),
            Operation::Wait { .. } => Wait::begin(self.0.resource(call.resource), me),
            _ => match self.attempt(call, payload, me, &self.0.deadline(me, 0, 0)) {
                Err(SyncError::TimedOut) if call.operation.limit() != Some(0) => Ok(Begun::Waits(Wait::Again)),
                outcome => outcome.map(Begun::Done),
            },
        };
        let outcome = match begun {
            Ok(Begun::Waits(wait)) => return First::Waits(Pending { me, at, traced, wait }),
            Ok(Begun::Done(granted)) => Ok(granted),
            Err(error) => Err(error),
        };
        First::Done(self.end(call, me, traced, (at, self.take_blocked(me)), outcome))
    }

    /// The second half of a call: waits as long as its limit says.
    #[cold]
    #[inline(never)]
    pub(super) fn finish(self, call: Call, payload: &mut Payload<'_>, pending: Pending) -> Answer {
        let Pending { me, at, traced, wait } = pending;
        let Call { operation, resource, line } = call;
        let at = if traced { at } else { clock::now() };
        let slot = self.0.run.slot(me);
        let limit = operation.limit().unwrap_or(0);
        slot.wait_line.store(line, Relaxed);
        slot.wait_since.store(at, Relaxed);
        let goal = WaitCondition::of(recorded_as(operation), self.0.resource(resource)) as u32;
        slot.goal.store(goal, Relaxed);
        slot.endless.store((limit < 0).into(), Relaxed);
        slot.waits_for.store(call.subject().unwrap_or(NO_RESOURCE).saturating_add(1), Release);
        // Where nobody else is at work, whatever must be waited for will never come.
        let forever = limit < 0 && self.0.alone.load(SeqCst);
        let deadline = self.0.deadline(me, if forever { 0 } else { limit }, at);
        let outcome = self.wait(call, payload, me, wait, &deadline);
        slot.waits_for.store(0, Release);
        let outcome = match outcome {
            Err(SyncError::TimedOut) if forever => {
                // Whoever explains this asks for the goal, and the wait for a condition has got another by now.
                slot.goal.store(goal, Relaxed);
                Err(SyncError::Alone)
            }
            outcome => outcome,
        };
        self.end(call, me, traced, (at, self.take_blocked(me)), outcome)
    }

    /// The second half without any waiting, for who takes its turn: `None` if it would have to wait. Time does not pass
    /// meanwhile; a limit is reached when it is the turn of who has to give up.
    pub(super) fn finish_now(self, call: Call, payload: &mut Payload<'_>, pending: &Pending) -> Option<Answer> {
        let Pending { me, at, traced, wait } = *pending;
        let gives_up = call.operation.limit().is_some_and(|limit| limit >= 0);
        if !wait.ends(me, gives_up) {
            return None;
        }
        let outcome = self.wait(call, payload, me, wait, &self.0.deadline(me, 0, 0));
        let duration = if matches!(wait, Wait::Again) || !traced { 0 } else { clock::now() - at };
        Some(self.end(call, me, traced, (at, duration), outcome))
    }

    /// Does a call that needs no more than one step, as soon as it can be done.
    #[inline(always)]
    pub(super) fn attempt(
        self,
        call: Call,
        payload: &mut Payload<'_>,
        me: WorkerId,
        deadline: &Deadline<'_>,
    ) -> Outcome {
        match (call.operation, self.0.resource(call.resource)) {
            (Operation::Sleep { .. }, _) => match wait_in_vain(self.0, me, deadline) {
                SyncError::TimedOut => Ok(Granted::value(0)),
                error => Err(error),
            },
            (Operation::Put { .. }, Some(Resource::Queue(queue))) => {
                queue.put(me, &[payload.item()], deadline).map(Granted::value)
            }
            (Operation::Get { .. }, Some(Resource::Queue(queue))) => {
                queue.get(me, deadline, |bytes| payload.accept(bytes)).map(Granted::value)
            }
            (Operation::Join { .. }, Some(Resource::Queue(queue))) => queue.join(deadline).map(|()| Granted::value(0)),
            (Operation::Acquire { limit, .. }, Some(resource)) => match acquire(resource, call.line, me, deadline) {
                // It would wait for itself, which is an error only where that would be for ever.
                Err(SyncError::WouldDeadlock) if limit >= 0 => Err(wait_in_vain(self.0, me, deadline)),
                taken => taken.map(Granted::lock),
            },
            _ => Err(SyncError::NotOwner),
        }
    }

    /// How long the calling worker has slept in its present call; counted among the time that it was blocked.
    #[inline]
    fn take_blocked(self, me: WorkerId) -> u64 {
        let duration = futex::take_slept();
        if duration > 0 {
            self.0.run.slot(me).blocked.fetch_add(duration, SeqCst);
        }
        duration
    }

    /// Records a call that may have waited, since when and for how long, and answers it.
    #[inline]
    fn end(self, call: Call, me: WorkerId, traced: bool, (at, duration): (u64, u64), outcome: Outcome) -> Answer {
        if traced {
            let (op, a, b) = match outcome {
                Ok(granted) => (recorded_as(call.operation), granted.value, 0),
                Err(error) => (Op::GaveUp, 0, error.reason()),
            };
            let resource = call.subject().unwrap_or(NO_RESOURCE);
            self.0.run.trace.add(me, &RawEvent { at, duration, op, resource, a, b, line: call.line });
        }
        match outcome {
            Ok(Granted { lock: Acquired::OwnerDied, .. }) => {
                // Who takes a lock whose owner died is told so, once, and does not hold it; the lock itself is as good as new.
                self.release(call);
                Answer::status(abi::OWNER_DIED)
            }
            Ok(granted) => Answer::value(granted.value),
            Err(error) => error.into(),
        }
    }
}

/// Takes whatever of a resource can be taken.
#[inline]
fn acquire(resource: Resource, line: u32, me: WorkerId, deadline: &Deadline<'_>) -> Result<Acquired, SyncError> {
    let lock = match resource {
        Resource::Lock(lock) => lock,
        Resource::Numbers(numbers) => numbers.lock,
        Resource::Condition(condition) => condition.lock(),
        Resource::RLock(lock) => return lock.acquire(me, deadline).inspect(|_| lock.note_line(line)),
        Resource::Semaphore(semaphore) => return semaphore.acquire(deadline).map(|()| Acquired::Clean),
        Resource::Queue(_) | Resource::Event(_) | Resource::Barrier(_) => return Err(SyncError::NotOwner),
    };
    lock.acquire(me, deadline).inspect(|_| lock.note_line(line))
}
