//! A step that a real worker took, told in the same words as one of an exploration.

use super::model::{self, Kind, ModelObject};
use super::told_call::{index, result_of, step_call};
use crate::executor::schedule_replay::ReplayedStep;
use crate::model::Content;
use crate::model::{LockKind, Position};
use crate::plan::{Declaration, DeclaredKind};
use crate::record::explored::Step;

/// Tells a step. What was printed in it is left to others.
pub fn step_of(taken: &ReplayedStep, declared: &[Declaration], workers: &[String]) -> Step {
    let ReplayedStep { worker, call, answer, item, before, after, .. } = taken;
    let touches = !call.is_sleep();
    let resource = declared.get(call.resource as usize);
    let kind = resource.map(model::kind);
    let at = index(call);
    let held = |held: &[u64; 2]| match (resource.filter(|_| touches), &kind) {
        (Some(resource), Some(kind)) => held_in(&resource.kind, kind, at.is_some(), *held, workers),
        _ => Content::Nothing,
    };
    Step {
        worker: *worker,
        call: step_call(kind.as_ref(), call, result_of(call, *answer, kind.as_ref()), item.as_deref()),
        resource: touches.then_some(call.resource),
        before: held(before),
        after: held(after),
        position: Position::from_packed(call.line),
        printed: Vec::new(),
    }
}

/// What a resource held, which two numbers tell.
fn held_in(of: &DeclaredKind, kind: &Kind, has_index: bool, [first, second]: [u64; 2], workers: &[String]) -> Content {
    let name_of = |owner: u32| workers.get(owner as usize).cloned().unwrap_or_default();
    let object = match of {
        DeclaredKind::Value { .. } | DeclaredKind::Array { .. } if has_index => {
            return kind.number_type().map_or(Content::Nothing, |of| Content::Numbers(of.text(first), None));
        }
        DeclaredKind::Value { .. }
        | DeclaredKind::Array { .. }
        | DeclaredKind::Lock(LockKind::Lock | LockKind::RLock | LockKind::Condition) => {
            return Content::Lock(first.checked_sub(1).map(|owner| name_of(owner as u32)), second);
        }
        DeclaredKind::Lock(LockKind::RwLock) => {
            return Content::RwLock(first.checked_sub(1).map(|writer| name_of(writer as u32)), second);
        }
        DeclaredKind::Queue { .. } => return Content::Queue(first, second != 0),
        DeclaredKind::Lock(LockKind::Semaphore(_) | LockKind::BoundedSemaphore(_)) => {
            ModelObject::Semaphore { permits: first as u32 }
        }
        DeclaredKind::Lock(LockKind::Event) => ModelObject::Event { word: first as u32 },
        DeclaredKind::Lock(LockKind::Barrier(_)) => ModelObject::Barrier { come: first as u32, meeting: second as u32 },
    };
    object.held(kind, None, name_of)
}
