//! What a worker, or main, was in when it ended in the midst of it: it had no time to note that.

use crate::executor::context::Context;
use crate::model::{Action, ActionKind, SyncError, TaskOutcome, WaitCondition};
use crate::shared::run::{Waiting, exit};
use crate::shared::trace::{NO_RESOURCE, RawEvent};
use crate::shared::{WorkerId, clock};
use std::sync::atomic::Ordering::SeqCst;

/// The wait in which a worker was when it was ended from outside, if it was in one.
pub fn open_wait(context: &Context, worker: WorkerId) -> Option<RawEvent> {
    let Waiting { resource, condition, line, since: at, .. } = context.run.waiting(worker)?;
    let ended = context.run.slot(worker).ended_at.load(SeqCst).min(clock::now());
    let gave_up = Action::GiveUp { reason: SyncError::Cancelled };
    let (action, resource) = match condition {
        WaitCondition::Ended => (Action::Join { worker: resource.into() }, NO_RESOURCE),
        WaitCondition::Unparked => (gave_up, NO_RESOURCE),
        _ if resource == NO_RESOURCE => (Action::Sleep, NO_RESOURCE),
        _ => (gave_up, resource),
    };
    Some(RawEvent { at, duration: ended.saturating_sub(at), action, resource, line, ordering: None })
}

/// The initializer in which a pool's worker was when it ended, if it was in one.
pub fn open_initializer(context: &Context, worker: WorkerId) -> Option<RawEvent> {
    let slot = context.run.slot(worker);
    let (at, ended) = (slot.started_at.load(SeqCst), slot.ended_at.load(SeqCst).min(clock::now()));
    let duration = ended.saturating_sub(at);
    let is_open = slot.unprepared.load(SeqCst) != 0 && at != 0;
    is_open.then(|| RawEvent::of_run(at, duration, Action::Prepare))
}

/// The task of a pool that a worker was at when it ended, if it was at one. It began when the last thing of the pool's that
/// its worker noted was over.
pub fn open_task(context: &Context, worker: WorkerId, row: &[RawEvent]) -> Option<RawEvent> {
    let slot = context.run.slot(worker);
    let task = slot.task.load(SeqCst).checked_sub(1)?;
    let started = slot.started_at.load(SeqCst);
    let of_task = |event: &RawEvent| match event.action {
        Action::Task { index, .. } => Some(index),
        _ => None,
    };
    let is_noted = row.iter().rev().find_map(of_task) == Some(task);
    if started == 0 || is_noted || context.run.trace.room(worker) == 0 {
        return None;
    }
    let is_pools = |event: &&RawEvent| {
        matches!(event.action.kind(), ActionKind::Task | ActionKind::TakeTasks | ActionKind::Prepare)
    };
    let last = row.iter().filter(is_pools).map(|event| event.at.saturating_add(event.duration)).max();
    let at = last.unwrap_or(0).max(started);
    let duration = slot.ended_at.load(SeqCst).min(clock::now()).saturating_sub(at);
    let from_outside = matches!(slot.exit.load(SeqCst), exit::TIMED_OUT | exit::DEADLOCKED | exit::LOST);
    let outcome = if from_outside { TaskOutcome::Cut } else { TaskOutcome::Failed };
    Some(RawEvent::of_run(at, duration, Action::Task { index: task, outcome }))
}

/// The joins in which main was when it was ended from outside. It joins its workers in order, from the opening of the gate on,
/// and came no further than to the first that had not ended.
pub fn open_joins(context: &Context, workers: usize) -> Vec<RawEvent> {
    let run = &context.run;
    let slot = |worker: usize| run.slot(worker as WorkerId);
    let until = slot(0).ended_at.load(SeqCst).min(clock::now());
    // Without concurrency main is its own worker.
    let is_joining = workers > 1
        && run.common.joined_at.load(SeqCst) == 0
        && run.trace.room(0) > 0
        && run.waiting(0).is_none()
        && slot(1).tid.load(SeqCst) != slot(0).tid.load(SeqCst);
    if !is_joining {
        return Vec::new();
    }
    let opened = run.trace.row(0).0.iter().find(|event| event.action == Action::Open).map(|event| event.at);
    let mut at = opened.unwrap_or_else(|| slot(1).started_at.load(SeqCst));
    let mut joins = Vec::new();
    for worker in 1..workers {
        if at == 0 || at >= until {
            break;
        }
        let over =
            Some(slot(worker).ended_at.load(SeqCst)).filter(|ended| *ended > 0).unwrap_or(until).clamp(at, until);
        joins.push(RawEvent::of_run(at, over - at, Action::Join { worker: worker as u64 }));
        at = over;
    }
    joins
}
