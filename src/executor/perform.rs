//! The calls of real workers on what is shared, on the calling worker's behalf.

use super::context::{self, Context};
use super::host::RealHost;
use super::two_phase_wait::{Begun, First, Granted, Outcome, Wait};
use crate::abi;
use crate::host::{Answer, Call, Operation, Payload};
use crate::model::Action;
use crate::shared::lock::{Acquired, OwnedLock};
use crate::shared::queue::Queue;
use crate::shared::resource::Resource;
use crate::shared::rwlock::RwLock;
use crate::shared::trace::RawEvent;
use crate::shared::{Deadline, SyncError, WorkerId, clock, futex};

macro_rules! pick {
    ($kind:ident) => {
        |resource| match resource {
            Resource::$kind(it) => Some(it),
            _ => None,
        }
    };
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
    pub(super) fn do_call(self, call: &Call, payload: &mut Payload<'_>) -> Answer {
        match self.begin(call, payload) {
            First::Done(answer) => answer,
            First::Waits(pending) => self.finish(call, payload, pending),
        }
    }

    /// The first half of a call: what can be done at once.
    #[inline(always)]
    pub(super) fn begin(self, call: &Call, payload: &mut Payload<'_>) -> First {
        First::Done(match call.operation {
            Operation::Load { index } => self.load(call, index),
            Operation::Peek { index } => self.on(call, pick!(Numbers), |numbers| Ok(numbers.load(index))),
            Operation::Store { index, bits } => self.store(call, index, bits),
            Operation::SwapIf { old, new } => self.swap_if(call, old, new),
            Operation::Release { .. } => self.release(call),
            Operation::Notify { count } => self.noted_before(call, |me, resource| match resource {
                Some(Resource::Condition(condition)) => condition.notify(me, count),
                _ => Err(SyncError::NotOwner),
            }),
            Operation::Set => self.on(call, pick!(Event), |event| {
                // A signal is noted before it can have an effect.
                self.note(call, Ok(0));
                event.set();
                Ok(0)
            }),
            Operation::Clear => self.on(call, pick!(Event), |event| {
                self.note(call, Ok(0));
                event.clear();
                Ok(0)
            }),
            Operation::IsSet => self.on(call, pick!(Event), |event| Ok(event.is_set().into())),
            Operation::Len => self.on(call, pick!(Queue), |queue| Ok(queue.len())),
            Operation::Close => self.on(call, pick!(Queue), |queue| {
                self.note(call, Ok(0));
                queue.close();
                Ok(0)
            }),
            Operation::ItemDone => self.on(call, pick!(Queue), |queue| queue.item_done().map(|()| 0)),
            Operation::Acquire { limit, .. } => {
                return self.begin_wait(call, limit, |me, now| self.acquire(call, limit, me, now).map(Begun::Done));
            }
            Operation::Read { limit } => {
                return self.begin_wait(call, limit, |me, now| self.read(call, limit, me, now).map(Begun::Done));
            }
            Operation::Write { limit } => {
                return self.begin_wait(call, limit, |me, now| {
                    let (lock, entered) = self.claim(call, limit, me, now)?;
                    Ok(match entered {
                        Some(taken) => Begun::Done(Granted::lock(taken)),
                        None => Begun::Waits(Wait::Write(lock)),
                    })
                });
            }
            Operation::Put { limit } => {
                return self.begin_wait(call, limit, |me, now| self.put(call, payload, me, now).map(Begun::Done));
            }
            Operation::Get { limit } => {
                return self.begin_wait(call, limit, |me, now| self.get(call, payload, me, now).map(Begun::Done));
            }
            Operation::JoinQueue { limit } => {
                return self.begin_wait(call, limit, |_, now| self.join(call, now).map(Begun::Done));
            }
            Operation::WaitEvent { limit } | Operation::WaitNotified { limit } | Operation::Meet { limit } => {
                return self.begin_wait(call, limit, |me, _| Wait::begin(self.0.resource(call.resource), me));
            }
            Operation::Sleep { time } => {
                return self.begin_wait(call, time, |_, _| Ok(Begun::Waits(Wait::Again)));
            }
            // What is of `std` is done by `std` itself, and a real pool's workers claim their tasks without any call.
            Operation::Update
            | Operation::Fence
            | Operation::HangUp { .. }
            | Operation::Spawn { .. }
            | Operation::Join { .. }
            | Operation::IsFinished { .. }
            | Operation::Park { .. }
            | Operation::Unpark { .. }
            | Operation::Yield
            | Operation::BeginOnce
            | Operation::EndOnce { .. }
            | Operation::Print => Answer::status(abi::CANCELLED),
            Operation::Pool { .. } | Operation::Claim | Operation::Complete { .. } | Operation::End { .. } => {
                Answer::status(abi::CANCELLED)
            }
        })
    }

    /// Notes a call that took no time, by how it went; who it is about, if it was kept.
    #[inline(always)]
    fn note(self, call: &Call, outcome: Result<u64, SyncError>) -> Option<WorkerId> {
        self.note_action(call.resource, call.line, call.operation.action(outcome)?)
    }

    /// Notes an action that took no time.
    #[inline]
    pub(super) fn note_action(self, resource: u32, line: u32, action: Action) -> Option<WorkerId> {
        let (me, is_worker) = context::caller();
        let trace = &self.0.run.trace;
        let kept = is_worker && self.0.has_room(me, resource);
        if kept {
            trace.add(me, &RawEvent { at: clock::now(), duration: 0, action, resource, line, ordering: None });
        }
        kept.then_some(me)
    }

    /// Does something to the resource, if it is of the kind that the call is for; the generated code makes no others.
    #[inline]
    fn on<T>(
        self,
        call: &Call,
        pick: impl FnOnce(Resource) -> Option<T>,
        body: impl FnOnce(T) -> Result<u64, SyncError>,
    ) -> Answer {
        let done = self.0.resource(call.resource).and_then(pick).ok_or(SyncError::NotOwner).and_then(body);
        done.map_or_else(Answer::from, Answer::value)
    }

    #[inline]
    fn load(self, call: &Call, index: u64) -> Answer {
        self.on(call, pick!(Numbers), |numbers| {
            // Noted before, and completed after: between this read and a write that follows, nothing of nbrun's own should
            // stand, or watching a race would make it more likely.
            let noted = self.note(call, Ok(0));
            let bits = numbers.load(index);
            if let Some(me) = noted {
                self.0.run.trace.complete(me, bits);
            }
            Ok(bits)
        })
    }

    #[inline]
    fn store(self, call: &Call, index: u64, bits: u64) -> Answer {
        self.on(call, pick!(Numbers), |numbers| {
            numbers.store(index, bits);
            self.note(call, Ok(0));
            Ok(0)
        })
    }

    #[inline]
    fn swap_if(self, call: &Call, old: u64, new: u64) -> Answer {
        self.on(call, pick!(Numbers), |numbers| {
            let seen = numbers.swap_if(0, old, new);
            if seen == old {
                self.note(call, Ok(seen));
            }
            Ok(seen)
        })
    }

    pub(super) fn release(self, call: &Call) -> Answer {
        self.noted_before(call, |me, resource| match resource {
            Some(Resource::Lock(lock)) => lock.release(me),
            Some(Resource::Numbers(numbers)) => numbers.lock.release(me),
            Some(Resource::Condition(condition)) => condition.lock().release(me),
            Some(Resource::RLock(lock)) => lock.release(me),
            Some(Resource::RwLock(lock)) => lock.release(me),
            Some(Resource::Semaphore(semaphore)) => semaphore.release(),
            _ => Err(SyncError::NotOwner),
        })
    }

    /// Notes what lets others go on before it does: in the trace it never stands behind what it made possible.
    #[inline]
    fn noted_before(
        self,
        call: &Call,
        body: impl FnOnce(WorkerId, Option<Resource>) -> Result<(), SyncError>,
    ) -> Answer {
        let noted = self.note(call, Ok(0));
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

    /// Tries a call again that could not be done at once, as long as `deadline` allows.
    pub(super) fn again(
        self,
        call: &Call,
        payload: &mut Payload<'_>,
        me: WorkerId,
        deadline: &Deadline<'_>,
    ) -> Outcome {
        match call.operation {
            Operation::Acquire { limit, .. } => self.acquire(call, limit, me, deadline),
            Operation::Read { limit } => self.read(call, limit, me, deadline),
            Operation::Write { limit } => match self.claim(call, limit, me, deadline)? {
                (_, Some(taken)) => Ok(Granted::lock(taken)),
                (lock, None) => lock.enter(me, deadline).map(Granted::lock),
            },
            Operation::Put { .. } => self.put(call, payload, me, deadline),
            Operation::Get { .. } => self.get(call, payload, me, deadline),
            Operation::JoinQueue { .. } => self.join(call, deadline),
            Operation::Sleep { .. } => match wait_in_vain(self.0, me, deadline) {
                SyncError::TimedOut => Ok(Granted::value(0)),
                error => Err(error),
            },
            _ => Err(SyncError::NotOwner),
        }
    }

    #[inline]
    fn queue(self, call: &Call) -> Result<Queue, SyncError> {
        match self.0.resource(call.resource) {
            Some(Resource::Queue(queue)) => Ok(queue),
            _ => Err(SyncError::NotOwner),
        }
    }

    #[inline]
    fn put(self, call: &Call, payload: &Payload<'_>, me: WorkerId, deadline: &Deadline<'_>) -> Outcome {
        self.queue(call)?.put(me, &[payload.item()], deadline).map(Granted::value)
    }

    #[inline]
    fn get(self, call: &Call, payload: &mut Payload<'_>, me: WorkerId, deadline: &Deadline<'_>) -> Outcome {
        self.queue(call)?.get(me, deadline, |bytes| payload.accept(bytes)).map(Granted::value)
    }

    fn join(self, call: &Call, deadline: &Deadline<'_>) -> Outcome {
        self.queue(call)?.join(deadline).map(|()| Granted::value(0))
    }

    /// Takes whatever of the resource can be taken.
    #[inline]
    fn acquire(self, call: &Call, limit: i64, me: WorkerId, deadline: &Deadline<'_>) -> Outcome {
        let line = call.line;
        let owned = |lock: &OwnedLock| lock.acquire(me, deadline).inspect(|_| lock.note_line(line));
        let taken = match self.0.resource(call.resource) {
            Some(Resource::Lock(lock)) => owned(lock),
            Some(Resource::Numbers(numbers)) => owned(numbers.lock),
            Some(Resource::Condition(condition)) => owned(condition.lock()),
            Some(Resource::RLock(lock)) => lock.acquire(me, deadline).inspect(|_| lock.note_line(line)),
            Some(Resource::Semaphore(semaphore)) => semaphore.acquire(deadline).map(|()| Acquired::Clean),
            Some(Resource::RwLock(_) | Resource::Queue(_) | Resource::Event(_) | Resource::Barrier(_)) | None => {
                Err(SyncError::NotOwner)
            }
        };
        self.or_in_vain(limit, me, deadline, taken).map(Granted::lock)
    }

    /// Who would wait for itself makes an error only where that would be for ever.
    #[inline]
    fn or_in_vain<T>(
        self,
        limit: i64,
        me: WorkerId,
        deadline: &Deadline<'_>,
        taken: Result<T, SyncError>,
    ) -> Result<T, SyncError> {
        match taken {
            Err(SyncError::WouldDeadlock) if limit >= 0 => Err(wait_in_vain(self.0, me, deadline)),
            taken => taken,
        }
    }

    #[inline]
    fn rwlock(self, call: &Call) -> Result<RwLock, SyncError> {
        match self.0.resource(call.resource) {
            Some(Resource::RwLock(lock)) => Ok(lock),
            _ => Err(SyncError::NotOwner),
        }
    }

    fn read(self, call: &Call, limit: i64, me: WorkerId, deadline: &Deadline<'_>) -> Outcome {
        let taken = self.rwlock(call)?.read(me, call.line, deadline);
        self.or_in_vain(limit, me, deadline, taken).map(Granted::lock)
    }

    /// The first half of taking a read-write lock to write; the state in which it was taken if that is all there is to it.
    fn claim(
        self,
        call: &Call,
        limit: i64,
        me: WorkerId,
        deadline: &Deadline<'_>,
    ) -> Result<(RwLock, Option<Acquired>), SyncError> {
        let lock = self.rwlock(call)?;
        let taken = lock.claim(me, call.line, limit == 0, deadline);
        self.or_in_vain(limit, me, deadline, taken).map(|taken| (lock, taken))
    }
}
