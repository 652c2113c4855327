//! A step that a real worker took, told in the same words as one of an exploration.

use super::model::{self, ModelObject};
use super::primitive::{Barrier, Event, Kind, Semaphore};
use super::told_call::{index, result_of, step_call};
use crate::abi;
use crate::executor::schedule_replay::ReplayedStep;
use crate::host::{Answer, Call, Operation, std_content};
use crate::model::{CallResult, Content, LockKind, Position, ResourceKind};
use crate::plan::{Declaration, DeclaredKind};
use crate::record::Resource;
use crate::record::explored::Step;

/// What a real run was about.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// What was declared.
    pub declared: &'a [Declaration],
    /// The objects of `std`, by their ids.
    pub objects: &'a [Resource],
    /// The workers' names, by number.
    pub workers: &'a [String],
}

impl Told<'_> {
    /// The object of `std` that a call is about.
    fn object(&self, call: &Call) -> Option<(&str, ResourceKind)> {
        let place = self.objects.binary_search_by_key(&call.subject()?, |object| object.id).ok()?;
        self.objects.get(place).map(|object| (object.name.as_str(), object.kind))
    }

    fn name_of(&self, worker: u32) -> String {
        self.workers.get(worker as usize).cloned().unwrap_or_default()
    }
}

/// Tells a step. What was printed in it is left to others.
pub fn step_of(taken: &ReplayedStep, run: Told<'_>) -> Step {
    let ReplayedStep { worker, call, answer, item, before, after, .. } = taken;
    let object = run.object(call);
    let resource = run.declared.get(call.resource as usize).filter(|_| call.subject().is_some());
    let kind = match object {
        Some((name, kind)) => Some(Kind { name: name.to_owned(), kind: Some(kind), ..Kind::default() }),
        None => resource.map(model::kind),
    };
    let at = index(call);
    let held = |held: &[u64; 2]| match (object, resource, &kind) {
        (Some((_, ResourceKind::Std(kind))), ..) => std_content(kind, *held, |worker| run.name_of(worker)),
        (None, Some(resource), Some(kind)) => held_in(&resource.kind, kind, at.is_some(), *held, run.workers),
        _ => Content::Nothing,
    };
    let result = match (call.operation, answer) {
        (Operation::Update, Some(Answer { value, .. })) => CallResult::Updated(*value, taken.written),
        (Operation::IsFinished { .. }, Some(Answer { value, .. })) => CallResult::Flag(*value != 0),
        (Operation::Get { .. }, Some(Answer { status: abi::OK, .. })) if object.is_some() => CallResult::Done,
        (Operation::Join { .. } | Operation::BeginOnce, None) => CallResult::Done,
        // What is asked of a lock or of what is initialized once is no number.
        (Operation::Load { .. }, Some(_)) if object.is_some_and(|(_, kind)| kind.numbers() == 0) => CallResult::Done,
        _ => result_of(call, *answer, kind.as_ref()),
    };
    let mut told = step_call(kind.as_ref(), call, result, item.as_deref());
    if let Operation::Join { worker } | Operation::IsFinished { worker } | Operation::Unpark { worker } = call.operation
    {
        told.name = run.name_of(worker);
    }
    Step {
        worker: *worker,
        call: told,
        resource: resource.map(|_| call.resource),
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
            ModelObject::Semaphore(Semaphore::new(first as u32))
        }
        DeclaredKind::Lock(LockKind::Event) => ModelObject::Event(Event::new(first as u32)),
        DeclaredKind::Lock(LockKind::Barrier(_)) => ModelObject::Barrier(Barrier::new(first as u32, second as u32)),
    };
    object.held(kind, None, &name_of)
}
