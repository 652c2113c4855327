//! Waiting for an event, a condition or a barrier, in two halves: a worker comes there, and goes on when others have done
//! something. Where workers take turns, each half is a step, and others take theirs in between.

use super::call::What;
use super::context::{self, Context};
use super::host::{Call, note_wait, status, waiting_freely};
use super::turns::{self, Turn};
use crate::abi;
use crate::shared::condition::Condition;
use crate::shared::goal::Goal;
use crate::shared::lock::Taken;
use crate::shared::resource::Resource;
use crate::shared::sync::{Arrival, Barrier, Event};
use crate::shared::{Denied, Patience, WorkerId, clock};
use std::sync::atomic::Ordering::Relaxed;

/// How a wait ends: in which state the lock is that it comes with, and the place of arrival.
type Waited = Result<(Taken, u64), Denied>;

/// What came of the first half.
enum Begun {
    /// All there is to it.
    Done(u64),
    /// The second half is to come.
    Waits(Second),
}

/// The second half of a wait.
#[derive(Clone, Copy)]
enum Second {
    Event(Event, u32),
    Condition(Condition),
    Barrier(Barrier, Arrival),
}

fn begin(context: &Context, resource: u32, me: WorkerId) -> Result<Begun, Denied> {
    Ok(match context.resource(resource) {
        Some(Resource::Event(event)) => match event.look() {
            Some(word) => Begun::Waits(Second::Event(event, word)),
            None => Begun::Done(0),
        },
        Some(Resource::Condition(condition)) => {
            condition.enter(me)?;
            Begun::Waits(Second::Condition(condition))
        }
        Some(Resource::Barrier(barrier)) => match barrier.come()? {
            last @ Arrival { is_last: true, .. } => Begun::Done(last.place.into()),
            arrival => Begun::Waits(Second::Barrier(barrier, arrival)),
        },
        _ => return Err(Denied::NotOwner),
    })
}

impl Second {
    /// Waits as long as `patience` allows.
    fn finish(self, context: &Context, call: Call, me: WorkerId, patience: &Patience<'_>) -> Waited {
        match self {
            Second::Event(event, first) => event.wait(first, patience).map(|()| (Taken::Clean, 0)),
            Second::Condition(condition) => {
                let notified = || context.run.slot(me).goal.store(Goal::Relock as u32, Relaxed);
                let taken = condition.leave(me, patience, notified);
                if condition.lock().owner() == Some(me) {
                    condition.lock().note_line(call.line);
                }
                Ok((taken?, 0))
            }
            Second::Barrier(barrier, arrival) => barrier.wait(arrival, patience).map(|place| (Taken::Clean, place)),
        }
    }

    /// Whether it would come to its end at once; if its worker `gives_up`, also by that.
    fn ends(self, me: WorkerId, gives_up: bool) -> bool {
        match self {
            Second::Event(event, first) => gives_up || event.has_changed(first),
            Second::Condition(condition) => {
                condition.lock().owner().is_none() && (gives_up || !condition.is_waiting(me))
            }
            Second::Barrier(barrier, arrival) => gives_up || barrier.is_over(arrival),
        }
    }
}

/// Waits for what `call` is about.
pub(super) fn wait(context: &'static Context, call: Call, timeout_ns: i64) -> Waited {
    let what = What::Wait { limit: timeout_ns };
    let first = turns::take(context, what, call.resource, call.line);
    if !first.is_step() {
        return freely(context, call, timeout_ns, None);
    }
    let (me, at) = (context::me(), clock::now());
    let second = match begin(context, call.resource, me) {
        Ok(Begun::Waits(second)) => second,
        Ok(Begun::Done(place)) => return done(context, call, (at, 0), &first, Ok((Taken::Clean, place))),
        Err(denied) => return done(context, call, (at, 0), &first, Err(denied)),
    };
    let is_condition = matches!(second, Second::Condition(_));
    first.enter(me, Some(call.resource).filter(|_| is_condition));
    let turn = turns::take(context, what, call.resource, call.line);
    if turn.is_step() {
        if second.ends(me, timeout_ns >= 0) {
            let waited = second.finish(context, call, me, &context.patience(me, 0, 0));
            turn.enter(me, None);
            return done(context, call, (at, clock::now() - at), &turn, waited);
        }
        turn.blocked(me);
    }
    freely(context, call, timeout_ns, Some(second))
}

/// Waits where nobody takes turns, or nobody any more. Whoever took turns before may have come to the second half.
fn freely(context: &'static Context, call: Call, timeout_ns: i64, mut second: Option<Second>) -> Waited {
    let mut state = Taken::Clean;
    let waited = waiting_freely(context, call, timeout_ns, |context, me, patience| {
        let half = match second.take() {
            Some(half) => half,
            None => match begin(context, call.resource, me)? {
                Begun::Done(place) => return Ok((place, 0)),
                Begun::Waits(half) => half,
            },
        };
        let (taken, place) = half.finish(context, call, me, patience)?;
        state = taken;
        Ok((place, 0))
    });
    waited.map(|(place, _)| (state, place))
}

/// Notes a wait that has ended in its worker's turn.
fn done(context: &Context, call: Call, times: (u64, u64), turn: &Turn, waited: Waited) -> Waited {
    turn.done(waited.map_or_else(status, |_| abi::OK), waited.map_or(0, |(_, place)| place));
    note_wait(context, call, times, waited.map(|(_, place)| (place, 0)));
    waited
}
