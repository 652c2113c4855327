//! The calls that may have to wait, in two halves. The first does what can be done at once, and is nearly always all there is;
//! the second waits. At an event, a condition or a barrier, a worker comes there in the first and goes on in the second, when
//! others have done something; every other call is only tried again.

use super::context;
use super::host::RealHost;
use crate::abi;
use crate::host::{Answer, Call, Payload};
use crate::model::WaitCondition;
use crate::shared::barrier::{Arrival, Barrier};
use crate::shared::condition::Condition;
use crate::shared::event::Event;
use crate::shared::lock::Acquired;
use crate::shared::resource::Resource;
use crate::shared::rwlock::RwLock;
use crate::shared::trace::{NO_RESOURCE, RawEvent};
use crate::shared::{Deadline, SyncError, WorkerId, clock, futex};
use std::sync::atomic::Ordering::{Relaxed, Release, SeqCst};

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

/// What came of the first half.
pub(super) enum Begun {
    /// All there is to it.
    Done(Granted),
    /// The second half is to come.
    Waits(Wait),
}

/// The second half of a wait.
#[derive(Clone, Copy)]
pub(super) enum Wait {
    /// Nothing has been done: the call is tried again.
    Again,
    /// It waits for an event, whose word was this.
    Event(Event, u32),
    /// It is in the waiting room of a condition.
    Condition(Condition),
    /// It keeps readers out of a read-write lock, and waits until those inside have left.
    Write(RwLock),
    /// It has come to a barrier.
    Barrier(Barrier, Arrival),
}

impl Wait {
    /// The first half of a wait for an event, a condition or a barrier.
    pub(super) fn begin(resource: Option<Resource>, me: WorkerId) -> Result<Begun, SyncError> {
        Ok(match resource {
            Some(Resource::Event(event)) => match event.look() {
                Some(word) => Begun::Waits(Wait::Event(event, word)),
                None => Begun::Done(Granted::value(0)),
            },
            Some(Resource::Condition(condition)) => {
                condition.enter(me)?;
                Begun::Waits(Wait::Condition(condition))
            }
            Some(Resource::Barrier(barrier)) => match barrier.come()? {
                last @ Arrival { is_last: true, .. } => Begun::Done(Granted::value(last.place.into())),
                arrival => Begun::Waits(Wait::Barrier(barrier, arrival)),
            },
            _ => return Err(SyncError::NotOwner),
        })
    }

    /// Whether it would come to its end at once; if its worker `gives_up`, also by that.
    pub(super) fn ends(self, me: WorkerId, gives_up: bool) -> bool {
        match self {
            Wait::Again => gives_up,
            Wait::Event(event, first) => gives_up || event.has_changed(first),
            Wait::Condition(condition) => condition.lock().owner().is_none() && (gives_up || !condition.is_waiting(me)),
            Wait::Write(lock) => gives_up || !lock.is_read(),
            Wait::Barrier(barrier, arrival) => gives_up || barrier.is_over(arrival),
        }
    }
}

impl RealHost {
    /// The first half of a call that may wait. Nearly always there is nothing to wait for, and then nobody need be told what
    /// for and since when.
    #[inline(always)]
    pub(super) fn begin_wait(
        self,
        call: &Call,
        limit: i64,
        first: impl FnOnce(WorkerId, &Deadline<'_>) -> Result<Begun, SyncError>,
    ) -> First {
        let (me, is_worker) = context::caller();
        let traced = is_worker && self.0.has_room(me, call.subject().unwrap_or(NO_RESOURCE));
        let at = if traced { clock::now() } else { 0 };
        futex::take_slept();
        let outcome = match first(me, &self.0.deadline(me, 0, 0)) {
            Ok(Begun::Waits(wait)) => return First::Waits(Pending { me, at, traced, wait }),
            Err(SyncError::TimedOut) if limit != 0 => {
                return First::Waits(Pending { me, at, traced, wait: Wait::Again });
            }
            Ok(Begun::Done(granted)) => Ok(granted),
            Err(error) => Err(error),
        };
        First::Done(self.end(call, (me, traced), (at, self.take_blocked(me)), outcome))
    }

    /// The second half of a call: waits as long as its limit says.
    #[cold]
    #[inline(never)]
    pub(super) fn finish(self, call: &Call, payload: &mut Payload<'_>, pending: Pending) -> Answer {
        let Pending { me, at, traced, wait } = pending;
        let Call { operation, resource, line, .. } = *call;
        let at = if traced { at } else { clock::now() };
        let slot = self.0.run.slot(me);
        let limit = operation.limit().unwrap_or(0);
        slot.wait_line.store(line, Relaxed);
        slot.wait_since.store(at, Relaxed);
        let of_permits = matches!(self.0.resource(resource), Some(Resource::Semaphore(_)));
        let condition = operation.waits_for(of_permits).unwrap_or(WaitCondition::Time) as u32;
        slot.condition.store(condition, Relaxed);
        slot.endless.store((limit < 0).into(), Relaxed);
        slot.waits_for.store(call.subject().unwrap_or(NO_RESOURCE).saturating_add(1), Release);
        // Where nobody else is at work, whatever must be waited for will never come.
        let forever = limit < 0 && self.0.is_alone();
        let deadline = self.0.deadline(me, if forever { 0 } else { limit }, at);
        let outcome = self.wait(call, payload, me, wait, &deadline);
        slot.waits_for.store(0, Release);
        let outcome = match outcome {
            Err(SyncError::TimedOut) if forever => {
                // Whoever explains this asks for the condition, and the wait for a condition has got another by now.
                slot.condition.store(condition, Relaxed);
                Err(SyncError::Alone)
            }
            outcome => outcome,
        };
        self.end(call, (me, traced), (at, self.take_blocked(me)), outcome)
    }

    /// The second half without any waiting, for who takes its turn: `None` if it would have to wait. Time does not pass
    /// meanwhile; a limit is reached when it is the turn of who has to give up.
    pub(super) fn finish_now(self, call: &Call, payload: &mut Payload<'_>, pending: &Pending) -> Option<Answer> {
        let Pending { me, at, traced, wait } = *pending;
        let gives_up = call.operation.limit().is_some_and(|limit| limit >= 0);
        if !wait.ends(me, gives_up) {
            return None;
        }
        let outcome = self.wait(call, payload, me, wait, &self.0.deadline(me, 0, 0));
        let duration = if matches!(wait, Wait::Again) || !traced { 0 } else { clock::now() - at };
        Some(self.end(call, (me, traced), (at, duration), outcome))
    }

    /// The second half: waits as long as `deadline` allows.
    pub(super) fn wait(
        self,
        call: &Call,
        payload: &mut Payload<'_>,
        me: WorkerId,
        wait: Wait,
        deadline: &Deadline<'_>,
    ) -> Outcome {
        match wait {
            Wait::Again => self.again(call, payload, me, deadline),
            Wait::Event(event, first) => event.wait(first, deadline).map(|()| Granted::value(0)),
            Wait::Condition(condition) => {
                let notified = || self.0.run.slot(me).condition.store(WaitCondition::Relock as u32, Relaxed);
                let taken = condition.leave(me, deadline, notified);
                if condition.lock().owner() == Some(me) {
                    condition.lock().note_line(call.line);
                }
                taken.map(Granted::lock)
            }
            Wait::Write(lock) => lock.enter(me, deadline).map(Granted::lock),
            Wait::Barrier(barrier, arrival) => barrier.wait(arrival, deadline).map(Granted::value),
        }
    }

    /// How long the calling worker has slept in its present call; counted among the time that it was blocked.
    #[inline]
    fn take_blocked(self, me: WorkerId) -> u64 {
        let duration = futex::take_slept();
        if duration > 0 {
            let slot = self.0.run.slot(me);
            slot.blocked.fetch_add(duration, SeqCst);
            slot.cpu.note();
        }
        duration
    }

    /// Records a call that may have waited, since when and for how long, and answers it.
    #[inline]
    fn end(self, call: &Call, (me, traced): (WorkerId, bool), (at, duration): (u64, u64), outcome: Outcome) -> Answer {
        if traced && let Some(action) = call.operation.action(outcome.map(|granted| granted.value)) {
            let resource = call.subject().unwrap_or(NO_RESOURCE);
            self.0.run.trace.add(me, &RawEvent { at, duration, action, resource, line: call.line, ordering: None });
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
