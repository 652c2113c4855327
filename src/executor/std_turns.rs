//! What threads that jobs start by themselves, and objects of `std`, have to do with turns: when a thread begins, when it has come to a step,
//! and what an object holds in between.

use super::context::Context;
use super::std_world::{CHANGES, changed, world};
use crate::host::{Call, StdModel};
use crate::shared::turn_scheduler::TurnScheduler;
use crate::shared::{Deadline, WorkerId, futex};
use std::sync::atomic::Ordering::SeqCst;

/// What the object of a call holds, if that is one of `std`.
pub(super) fn held(context: &Context, call: &Call) -> Option<[u64; 2]> {
    let place = call.subject()?.checked_sub(context.resources.len() as u32)?;
    world().objects.get(&place.checked_add(1)?).map(StdModel::words)
}

/// Lets those begin whom a worker has started since its last step, one after another: each comes to its own first one.
pub(super) fn begin_started(context: &Context, me: WorkerId) {
    let starts = std::mem::take(&mut world().thread(me).starts);
    for worker in starts {
        world().thread(worker).may_begin = true;
        changed();
        loop {
            let seen = CHANGES.load(SeqCst);
            let is_open = me == 0 || context.run.gate.as_ref().is_none_or(TurnScheduler::is_open);
            if is_open || world().thread(worker).has_come {
                break;
            }
            if futex::wait(&CHANGES, seen, &Deadline { at: None, cancel: Some(&context.run.slot(me).cancel) }).is_err()
            {
                break;
            }
        }
    }
}

/// A worker has come to a step.
pub(super) fn comes(worker: WorkerId) {
    let mut world = world();
    if let Some(thread) = world.threads.get_mut(&worker).filter(|thread| !thread.has_come) {
        thread.has_come = true;
        drop(world);
        changed();
    }
}
