//! A plain model of what is shared: each resource as data that can be copied and compared.

use super::rwlock::RwLock;
use crate::model::Content;
use crate::model::{LockKind, ResourceKind, ScalarType};
use crate::plan::{ArrayInit, Declaration, DeclaredKind};
use crate::shared::numbers::bits;
use crate::shared::resource::Resource;
use crate::shared::{Deadline, WorkerId};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// The most numbers of an array, which is copied with every state in which it has changed.
pub const MAX_NUMBERS: u64 = 1 << 16;

/// How many numbers of an array are told.
const NUMBERS: usize = 16;

/// What a resource holds at some moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ModelObject {
    /// The cell cannot reach it.
    Nothing,
    /// An array with so many numbers that no cell that uses it is explored.
    TooLarge { numbers: u64 },
    /// A value or an array, with its own lock.
    Numbers { bits: Vec<u64>, lock: Lock },
    /// A lock; `depth` is how often the owner of a re-entrant one has taken it.
    Lock { lock: Lock, depth: u32 },
    /// A read-write lock.
    RwLock(RwLock),
    /// Permits.
    Semaphore { permits: u32 },
    /// A flag. The word is odd while it is set and grows with each change.
    Event { word: u32 },
    /// A lock with a waiting room: who is in it and was not notified, the first who came first, and who may leave. Were both
    /// only counted, one who waits again right after its own notification could take that of another.
    Condition { lock: Lock, waiting: VecDeque<WorkerId>, notified: BTreeSet<WorkerId> },
    /// So many have come; `meeting` grows by two with each meeting, and is odd once the barrier is broken.
    Barrier { come: u32, meeting: u32 },
    /// Items, and how many that were put are not done yet.
    Queue { items: VecDeque<u32>, open: u64, closed: bool },
    /// The tasks of a pool: how many chunks have been claimed, how many tasks are complete, and how many workers have been
    /// started.
    Pool { claimed: u64, completed: u64, started: u32 },
}

/// A lock in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Lock {
    /// Who holds it.
    pub owner: Option<WorkerId>,
    /// Whether the last owner ended while it held it.
    pub died: bool,
}

/// What never changes about a resource.
#[derive(Debug, Clone, Default)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// What it is, if it is declared.
    pub kind: Option<ResourceKind>,
    /// The type of its items, as the author wrote it.
    pub item: Option<String>,
    /// How many tasks a pool has, and how many of them are claimed at once.
    pub tasks: (u64, u64),
}

impl Kind {
    /// That of a pool.
    pub fn pool(tasks: u64, chunk: u64) -> Self {
        Self { name: "tasks".to_owned(), tasks: (tasks, chunk), ..Self::default() }
    }

    /// The type of its numbers, if it has any.
    pub fn number_type(&self) -> Option<ScalarType> {
        self.kind.and_then(ResourceKind::number_type)
    }

    /// The most items, permits or parties, where there is a most.
    pub fn most(&self) -> Option<u64> {
        self.kind.and_then(ResourceKind::most)
    }

    /// Whether its owner may take it again.
    pub fn is_reentrant(&self) -> bool {
        self.kind == Some(ResourceKind::Lock(LockKind::RLock))
    }

    /// Whether it is an array.
    pub fn is_array(&self) -> bool {
        matches!(self.kind, Some(ResourceKind::Array { .. }))
    }

    /// The tasks of a pool's chunk.
    pub fn chunk(&self, number: u64) -> std::ops::Range<u64> {
        let (tasks, chunk) = self.tasks;
        let first = number.saturating_mul(chunk).min(tasks);
        first..first.saturating_add(chunk).min(tasks)
    }
}

/// The different items that queues hold, each by its number.
#[derive(Debug, Default)]
pub struct Items {
    bytes: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, u32>,
}

impl Items {
    /// The number of an item.
    pub fn number(&mut self, item: &[u8]) -> u32 {
        if let Some(number) = self.numbers.get(item) {
            return *number;
        }
        let number = self.bytes.len() as u32;
        self.bytes.push(item.to_vec());
        self.numbers.insert(item.to_vec(), number);
        number
    }

    /// The item of a number.
    pub fn bytes(&self, number: u64) -> &[u8] {
        self.bytes.get(number as usize).map_or(&[], Vec::as_slice)
    }
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
    let lock = Lock::default();
    let numbers = |bits: Vec<u64>| ModelObject::Numbers { bits, lock };
    match &declared.kind {
        DeclaredKind::Queue { .. } => ModelObject::Queue { items: VecDeque::new(), open: 0, closed: false },
        DeclaredKind::Value { of, init } => numbers(vec![bits(*of, *init)]),
        DeclaredKind::Array { init: ArrayInit::Zeros(len), .. } => numbers(vec![0; *len as usize]),
        DeclaredKind::Array { of, init: ArrayInit::Numbers(init) } => {
            numbers(init.iter().map(|number| bits(*of, *number)).collect())
        }
        DeclaredKind::Lock(LockKind::Lock | LockKind::RLock) => ModelObject::Lock { lock, depth: 0 },
        DeclaredKind::Lock(LockKind::RwLock) => ModelObject::RwLock(RwLock::default()),
        DeclaredKind::Lock(LockKind::Semaphore(permits) | LockKind::BoundedSemaphore(permits)) => {
            ModelObject::Semaphore { permits: *permits }
        }
        DeclaredKind::Lock(LockKind::Event) => ModelObject::Event { word: 0 },
        DeclaredKind::Lock(LockKind::Condition) => {
            ModelObject::Condition { lock, waiting: VecDeque::new(), notified: BTreeSet::new() }
        }
        DeclaredKind::Lock(LockKind::Barrier(_)) => ModelObject::Barrier { come: 0, meeting: 0 },
    }
}

/// What the resources hold at the beginning. Nobody uses them meanwhile.
pub fn read(resources: &[Option<Resource>], items: &mut Items) -> Vec<ModelObject> {
    resources.iter().map(|resource| resource.as_ref().map_or(ModelObject::Nothing, |it| object(it, items))).collect()
}

fn object(resource: &Resource, items: &mut Items) -> ModelObject {
    let lock = Lock::default();
    match resource {
        Resource::Numbers(numbers) if numbers.len() > MAX_NUMBERS => ModelObject::TooLarge { numbers: numbers.len() },
        Resource::Numbers(numbers) => {
            ModelObject::Numbers { bits: (0..numbers.len()).map(|index| numbers.load(index)).collect(), lock }
        }
        Resource::Lock(_) | Resource::RLock(_) => ModelObject::Lock { lock, depth: 0 },
        Resource::RwLock(_) => ModelObject::RwLock(RwLock::default()),
        Resource::Semaphore(semaphore) => ModelObject::Semaphore { permits: semaphore.permits() },
        Resource::Event(event) => ModelObject::Event { word: u32::from(event.is_set()) },
        Resource::Condition(_) => ModelObject::Condition { lock, waiting: VecDeque::new(), notified: BTreeSet::new() },
        // Every cell begins with whole barriers.
        Resource::Barrier(_) => ModelObject::Barrier { come: 0, meeting: 0 },
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
            ModelObject::Queue { items: held, open: queue.open(), closed: queue.is_closed() }
        }
    }
}

impl ModelObject {
    /// Who holds it; of several readers, the first.
    #[inline]
    pub fn owner(&self) -> Option<WorkerId> {
        match self {
            ModelObject::RwLock(lock) => lock.owner(),
            _ => self.lock().and_then(|lock| lock.owner),
        }
    }

    /// Whether a worker holds it, alone or with others.
    #[inline]
    pub fn is_held_by(&self, worker: WorkerId) -> bool {
        match self {
            ModelObject::RwLock(lock) => lock.is_held_by(worker),
            _ => self.owner() == Some(worker),
        }
    }

    /// How many items of a queue have been taken out and not called done.
    pub fn not_done(&self) -> u64 {
        match self {
            ModelObject::Queue { items, open, .. } => open.saturating_sub(items.len() as u64),
            _ => 0,
        }
    }

    /// Whether another holds the same, whatever items of a queue are done.
    pub fn holds_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (ModelObject::Queue { items, closed, .. }, ModelObject::Queue { items: others, closed: other, .. }) => {
                (items, closed) == (others, other)
            }
            _ => self == other,
        }
    }

    /// About how much memory it takes.
    pub fn bytes(&self) -> usize {
        let behind = match self {
            ModelObject::Numbers { bits, .. } => size_of_val(bits.as_slice()),
            ModelObject::Queue { items, .. } => items.len() * size_of::<u32>(),
            ModelObject::RwLock(lock) => lock.readers() * size_of::<WorkerId>(),
            _ => 0,
        };
        size_of::<Self>() + behind
    }

    #[inline]
    fn lock(&self) -> Option<&Lock> {
        match self {
            ModelObject::Numbers { lock, .. }
            | ModelObject::Lock { lock, .. }
            | ModelObject::Condition { lock, .. } => Some(lock),
            _ => None,
        }
    }

    /// Counts one more worker of a pool as started.
    pub fn start_worker(&mut self) {
        if let ModelObject::Pool { started, .. } = self {
            *started += 1;
        }
    }

    /// Frees what a worker that has ended still held.
    pub fn release_owned_by(&mut self, ended: WorkerId) {
        if let ModelObject::RwLock(lock) = self {
            lock.release_owned_by(ended);
        }
        if let ModelObject::Numbers { lock, .. } | ModelObject::Lock { lock, .. } | ModelObject::Condition { lock, .. } =
            self
            && lock.owner == Some(ended)
        {
            *lock = Lock { owner: None, died: true };
        }
    }

    /// What it holds as a whole, the first numbers of an array; `name_of` names a worker.
    pub fn content(&self, kind: &Kind, name_of: impl Fn(WorkerId) -> String) -> Content {
        let Self::Numbers { bits, lock } = self else { return self.held(kind, None, name_of) };
        let number = |index: usize| kind.number_type().map_or_else(String::new, |of| of.text(bits[index]));
        let numbers = if kind.is_array() {
            let some: Vec<String> = (0..bits.len().min(NUMBERS)).map(number).collect();
            let more = if bits.len() > NUMBERS { ", …" } else { "" };
            format!("[{}{more}]", some.join(", "))
        } else {
            number(0)
        };
        Content::Numbers(numbers, lock.owner.map(name_of))
    }

    /// What it holds; `at` picks a number of an array, and `name_of` names a worker.
    pub fn held(&self, kind: &Kind, at: Option<u64>, name_of: impl Fn(WorkerId) -> String) -> Content {
        let held = |lock: &Lock, inside| Content::Lock(lock.owner.map(&name_of), inside);
        match (self, at) {
            (ModelObject::Nothing | ModelObject::TooLarge { .. }, _) => Content::Nothing,
            (ModelObject::Numbers { bits, .. }, Some(index)) => match (bits.get(index as usize), kind.number_type()) {
                (Some(bits), Some(of)) => Content::Numbers(of.text(*bits), None),
                _ => Content::Nothing,
            },
            (ModelObject::Condition { lock, waiting, notified }, _) => {
                held(lock, (waiting.len() + notified.len()) as u64)
            }
            (ModelObject::Numbers { lock, .. } | ModelObject::Lock { lock, .. }, _) => held(lock, 0),
            (ModelObject::RwLock(lock), _) => Content::RwLock(lock.writer().map(&name_of), lock.readers() as u64),
            (ModelObject::Semaphore { permits }, _) => Content::Permits((*permits).into()),
            (ModelObject::Event { word }, _) => Content::Event(word % 2 == 1),
            (ModelObject::Barrier { meeting, .. }, _) if meeting % 2 == 1 => Content::Broken,
            (ModelObject::Barrier { come, .. }, _) => Content::Barrier((*come).into(), kind.most().unwrap_or(0)),
            (ModelObject::Queue { items, closed, .. }, _) => Content::Queue(items.len() as u64, *closed),
            (ModelObject::Pool { claimed, .. }, _) => {
                Content::Tasks(kind.tasks.0.saturating_sub(kind.chunk(*claimed).start), kind.tasks.0)
            }
        }
    }
}
