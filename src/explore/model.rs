//! A plain model of what is shared: each resource as data that can be copied and compared.

use super::items::Items;
use super::primitive::{
    Barrier, Caller, Condition, Event, Kind, Lock, MAX_NUMBERS, ModelPrimitive, NameOf, Numbers, Pool, Queue, RwLock,
    Semaphore, refused,
};
use crate::host::{Answer, Call, Effect, Operation, Phase, Ready};
use crate::model::{Content, LockKind};
use crate::plan::{ArrayInit, Declaration, DeclaredKind};
use crate::shared::numbers::bits;
use crate::shared::primitive::Primitive;
use crate::shared::resource::Resource;
use crate::shared::{Deadline, WorkerId};
use std::collections::VecDeque;

/// What a resource holds at some moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ModelObject {
    /// The cell cannot reach it.
    Nothing,
    /// An array with so many numbers that no cell that uses it is explored.
    TooLarge { numbers: u64 },
    /// A value or an array.
    Numbers(Numbers),
    /// A lock, re-entrant or not.
    Lock(Lock),
    /// A read-write lock.
    RwLock(RwLock),
    /// A semaphore.
    Semaphore(Semaphore),
    /// An event.
    Event(Event),
    /// A condition.
    Condition(Condition),
    /// A barrier.
    Barrier(Barrier),
    /// A queue.
    Queue(Queue),
    /// The tasks of a pool.
    Pool(Pool),
}

/// What stays the same about a declared resource.
pub fn kind(declared: &Declaration) -> Kind {
    let item = match &declared.kind {
        DeclaredKind::Queue { item, .. } => Some(item.text()),
        _ => None,
    };
    Kind { name: declared.name.clone(), kind: Some(declared.kind.resource_kind()), item, ..Kind::default() }
}

/// What a resource held when it was declared.
pub fn declared(declared: &Declaration) -> ModelObject {
    let numbers = |bits: Vec<u64>| ModelObject::Numbers(Numbers::new(bits));
    match &declared.kind {
        DeclaredKind::Queue { .. } => ModelObject::Queue(Queue::default()),
        DeclaredKind::Value { of, init } => numbers(vec![bits(*of, *init)]),
        DeclaredKind::Array { init: ArrayInit::Zeros(len), .. } => numbers(vec![0; *len as usize]),
        DeclaredKind::Array { of, init: ArrayInit::Numbers(init) } => {
            numbers(init.iter().map(|number| bits(*of, *number)).collect())
        }
        DeclaredKind::Lock(LockKind::Lock | LockKind::RLock) => ModelObject::Lock(Lock::default()),
        DeclaredKind::Lock(LockKind::RwLock) => ModelObject::RwLock(RwLock::default()),
        DeclaredKind::Lock(LockKind::Semaphore(permits) | LockKind::BoundedSemaphore(permits)) => {
            ModelObject::Semaphore(Semaphore::new(*permits))
        }
        DeclaredKind::Lock(LockKind::Event) => ModelObject::Event(Event::new(0)),
        DeclaredKind::Lock(LockKind::Condition) => ModelObject::Condition(Condition::default()),
        DeclaredKind::Lock(LockKind::Barrier(_)) => ModelObject::Barrier(Barrier::default()),
    }
}

/// What the resources hold at the beginning. Nobody uses them meanwhile.
pub fn read(resources: &[Option<Resource>], items: &mut Items) -> Vec<ModelObject> {
    resources.iter().map(|resource| resource.as_ref().map_or(ModelObject::Nothing, |it| object(it, items))).collect()
}

fn object(resource: &Resource, items: &mut Items) -> ModelObject {
    match resource {
        Resource::Numbers(numbers) if numbers.len() > MAX_NUMBERS => ModelObject::TooLarge { numbers: numbers.len() },
        Resource::Numbers(numbers) => {
            ModelObject::Numbers(Numbers::new((0..numbers.len()).map(|index| numbers.load(index)).collect()))
        }
        Resource::Lock(_) | Resource::RLock(_) => ModelObject::Lock(Lock::default()),
        Resource::RwLock(_) => ModelObject::RwLock(RwLock::default()),
        Resource::Semaphore(semaphore) => ModelObject::Semaphore(Semaphore::new(semaphore.permits())),
        Resource::Event(event) => ModelObject::Event(Event::new(event.is_set().into())),
        Resource::Condition(_) => ModelObject::Condition(Condition::default()),
        // Every cell begins with whole barriers.
        Resource::Barrier(_) => ModelObject::Barrier(Barrier::default()),
        Resource::Queue(queue) => {
            // Taken out to be seen, and put back.
            let before = queue.snapshot();
            let mut held = VecDeque::new();
            let mut item = Vec::new();
            let deadline = Deadline { at: Some(0), cancel: None };
            while queue.get(0, &deadline, |bytes| item.extend_from_slice(bytes)).is_ok() {
                held.push_back(items.number(&item));
                item.clear();
            }
            queue.restore(&before);
            ModelObject::Queue(Queue::new(held, queue.open(), queue.is_closed()))
        }
    }
}

impl ModelObject {
    #[inline]
    fn primitive(&self) -> Option<&dyn ModelPrimitive> {
        Some(match self {
            Self::Nothing | Self::TooLarge { .. } => return None,
            Self::Numbers(it) => it,
            Self::Lock(it) => it,
            Self::RwLock(it) => it,
            Self::Semaphore(it) => it,
            Self::Event(it) => it,
            Self::Condition(it) => it,
            Self::Barrier(it) => it,
            Self::Queue(it) => it,
            Self::Pool(it) => it,
        })
    }

    #[inline]
    fn primitive_mut(&mut self) -> Option<&mut dyn ModelPrimitive> {
        Some(match self {
            Self::Nothing | Self::TooLarge { .. } => return None,
            Self::Numbers(it) => it,
            Self::Lock(it) => it,
            Self::RwLock(it) => it,
            Self::Semaphore(it) => it,
            Self::Event(it) => it,
            Self::Condition(it) => it,
            Self::Barrier(it) => it,
            Self::Queue(it) => it,
            Self::Pool(it) => it,
        })
    }

    /// Whether `worker` can do a call.
    #[inline]
    pub fn ready(&self, kind: &Kind, worker: WorkerId, phase: Phase, operation: Operation) -> Ready {
        if let Operation::Sleep { .. } = operation {
            return Ready::InTime;
        }
        self.primitive().map_or(Ready::Now, |it| it.ready(kind, worker, phase, operation))
    }

    /// What a call is told that changes nothing and only asks.
    #[inline]
    pub fn asked(&self, operation: Operation) -> Option<Answer> {
        self.primitive()?.asked(operation)
    }

    /// Does a call that is ready.
    pub fn apply(&mut self, kind: &Kind, caller: Caller, call: &Call) -> Effect {
        match self.primitive_mut() {
            Some(it) => it.apply(kind, caller, call),
            None => refused(call.operation),
        }
    }

    /// Who holds it; of several readers, the first.
    #[inline]
    pub fn owner(&self) -> Option<WorkerId> {
        self.primitive()?.owner()
    }

    /// Whether a worker holds it, alone or with others.
    #[inline]
    pub fn is_held_by(&self, worker: WorkerId) -> bool {
        self.primitive().is_some_and(|it| it.is_held_by(worker))
    }

    /// How many items of a queue have been taken out and not called done.
    pub fn not_done(&self) -> u64 {
        if let Self::Queue(queue) = self { queue.not_done() } else { 0 }
    }

    /// Whether another holds the same, whatever items of a queue are done.
    pub fn holds_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Queue(queue), Self::Queue(other)) => queue.holds_the_same(other),
            _ => self == other,
        }
    }

    /// About how much memory it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.primitive().map_or(0, ModelPrimitive::heap_bytes)
    }

    /// Counts one more worker of a pool as started.
    pub fn start_worker(&mut self) {
        if let Self::Pool(pool) = self {
            pool.started += 1;
        }
    }

    /// Frees what a worker that has ended still held.
    pub fn release_owned_by(&mut self, ended: WorkerId) {
        if let Some(it) = self.primitive_mut() {
            it.release_owned_by(ended);
        }
    }

    /// What it holds as a whole, the first numbers of an array; `name_of` names a worker.
    pub fn content(&self, kind: &Kind, name_of: NameOf<'_>) -> Content {
        match self {
            Self::Numbers(numbers) => numbers.content(kind, name_of),
            _ => self.held(kind, None, name_of),
        }
    }

    /// What it holds; `at` picks a number of an array, and `name_of` names a worker.
    pub fn held(&self, kind: &Kind, at: Option<u64>, name_of: NameOf<'_>) -> Content {
        match (self, at) {
            (Self::Numbers(numbers), Some(index)) => numbers.at(kind, index),
            _ => self.primitive().map_or(Content::Nothing, |it| it.held(kind, name_of)),
        }
    }
}
