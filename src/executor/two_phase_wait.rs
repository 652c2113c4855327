//! What a call waits for, between its two halves. A worker comes to an event, a condition or a barrier, and goes on when
//! others have done something; every other call is only tried again.

use super::host::RealHost;
use super::perform::{Granted, Outcome};
use crate::host::{Call, Payload};
use crate::model::WaitCondition;
use crate::shared::condition::Condition;
use crate::shared::resource::Resource;
use crate::shared::sync::{Arrival, Barrier, Event};
use crate::shared::{Deadline, SyncError, WorkerId};
use std::sync::atomic::Ordering::Relaxed;

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
            Wait::Barrier(barrier, arrival) => gives_up || barrier.is_over(arrival),
        }
    }
}

impl RealHost {
    /// The second half: waits as long as `deadline` allows.
    pub(super) fn wait(
        self,
        call: Call,
        payload: &mut Payload<'_>,
        me: WorkerId,
        wait: Wait,
        deadline: &Deadline<'_>,
    ) -> Outcome {
        match wait {
            Wait::Again => self.attempt(call, payload, me, deadline),
            Wait::Event(event, first) => event.wait(first, deadline).map(|()| Granted::value(0)),
            Wait::Condition(condition) => {
                let notified = || self.0.run.slot(me).goal.store(WaitCondition::Relock as u32, Relaxed);
                let taken = condition.leave(me, deadline, notified);
                if condition.lock().owner() == Some(me) {
                    condition.lock().note_line(call.line);
                }
                taken.map(Granted::lock)
            }
            Wait::Barrier(barrier, arrival) => barrier.wait(arrival, deadline).map(Granted::value),
        }
    }
}
