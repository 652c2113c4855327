//! A step that a real worker took, told in the same words as one of an exploration.

use super::report::Step;
use super::things::{self, Lock, Thing};
use super::witness::{call_text, index, item_text, op, sleep_text};
use crate::abi;
use crate::executor::call::What;
use crate::executor::turns::Taken;
use crate::plan::{LockKind, Resource, ResourceKind};
use std::collections::VecDeque;

/// Tells a step. What was printed in it is left to others.
pub fn step_of(taken: &Taken, declared: &[Resource], workers: &[String]) -> Step {
    let Taken { worker, call, answer, item, before, after, .. } = taken;
    let touches = !call.is_sleep();
    let resource = declared.get(call.resource as usize);
    let kind = resource.map(things::kind);
    let at = index(call);
    let text = |held: &[u64; 2]| match (resource.filter(|_| touches), &kind) {
        (Some(resource), Some(kind)) => {
            let name = |owner: u32| workers.get(owner as usize).cloned().unwrap_or_default();
            // The one number that is known stands alone there.
            thing(&resource.kind, at.is_some(), *held).text(kind, at.map(|_| 0), name)
        }
        _ => String::new(),
    };
    let is_wait = matches!(call.what, What::Wait { .. });
    let words = match (call.what, &kind) {
        (What::Sleep { time }, _) => sleep_text(time),
        (_, Some(kind)) => {
            let item = || item.as_ref().map_or("…".to_owned(), |bytes| item_text(kind, bytes));
            call_text(kind, call, *answer, item)
        }
        (_, None) => String::new(),
    };
    Step {
        worker: *worker,
        op: op(call, *answer),
        call: if answer.is_none() && !is_wait { words.replace(" … begins to wait", "") } else { words },
        resource: touches.then_some(call.resource),
        before: text(before),
        after: text(after),
        line: if call.line == abi::UNWINDING { 0 } else { call.line },
        printed: Vec::new(),
    }
}

/// What was shared, as far as two numbers tell.
fn thing(kind: &ResourceKind, has_index: bool, [first, second]: [u64; 2]) -> Thing {
    let lock = Lock { owner: first.checked_sub(1).map(|owner| owner as u32), died: false };
    match kind {
        ResourceKind::Value { .. } | ResourceKind::Array { .. } if has_index => {
            Thing::Numbers { bits: vec![first], lock: Lock::default() }
        }
        ResourceKind::Value { .. } | ResourceKind::Array { .. } => Thing::Numbers { bits: Vec::new(), lock },
        ResourceKind::Queue { .. } => Thing::Queue {
            items: std::iter::repeat_n(0, first as usize).collect::<VecDeque<_>>(),
            open: 0,
            closed: second != 0,
        },
        ResourceKind::Lock(LockKind::Lock | LockKind::RLock) => Thing::Lock { lock, depth: 0 },
        ResourceKind::Lock(LockKind::Semaphore(_) | LockKind::BoundedSemaphore(_)) => {
            Thing::Semaphore { permits: first as u32 }
        }
        ResourceKind::Lock(LockKind::Event) => Thing::Event { word: first as u32 },
        ResourceKind::Lock(LockKind::Condition) => Thing::Condition { lock, waiting: second as u32, leave: 0 },
        ResourceKind::Lock(LockKind::Barrier(_)) => Thing::Barrier { come: first as u32, meeting: second as u32 },
    }
}
