//! The resources that a notebook declares, as they stand in shared memory.

use super::bytes::Bytes;
use super::condition::Condition;
use super::lock::OwnedLock;
use super::mapping::Arena;
use super::numbers::Numbers;
use super::queue::Queue;
use super::rwlock::RwLock;
use super::sync::{Barrier, Event, RLock, Semaphore};
use super::{WorkerId, place};
use crate::model::Content;
use crate::model::LockKind;
use crate::plan::{self, ArrayInit, DeclaredKind};
use serde::{Deserialize, Serialize};

/// One shared thing, by what it is.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub enum Resource {
    /// A queue.
    Queue(Queue),
    /// A value or an array.
    Numbers(Numbers),
    /// A lock.
    Lock(#[serde(with = "place::one")] &'static OwnedLock),
    /// A re-entrant lock.
    RLock(RLock),
    /// A read-write lock.
    RwLock(RwLock),
    /// A semaphore, bounded or not.
    Semaphore(Semaphore),
    /// An event.
    Event(Event),
    /// A condition.
    Condition(Condition),
    /// A barrier.
    Barrier(Barrier),
}

/// What a resource held at some moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Snapshot {
    /// A queue's, or an array's memory.
    Bytes(Vec<u8>),
    /// The counts of a relative of the lock.
    Counts([u32; 2]),
    /// A lock's: it is always put back free.
    Free,
}

impl Resource {
    /// Makes what the plan declares; `None` if the arena is used up. A queue may grow to `queue_bytes`.
    pub fn new(declared: &plan::Declaration, arena: &Arena, queue_bytes: usize) -> Option<Self> {
        Some(match &declared.kind {
            DeclaredKind::Queue { maxsize, .. } => Resource::Queue(Queue::new(arena, *maxsize, queue_bytes)?),
            DeclaredKind::Value { of, init } => {
                let numbers = Numbers::new(arena, *of, 1)?;
                numbers.set(0, *init);
                Resource::Numbers(numbers)
            }
            DeclaredKind::Array { of, init: ArrayInit::Zeros(len) } => {
                Resource::Numbers(Numbers::new(arena, *of, *len)?)
            }
            DeclaredKind::Array { of, init: ArrayInit::Numbers(init) } => {
                let numbers = Numbers::new(arena, *of, init.len() as u64)?;
                for (index, number) in init.iter().enumerate() {
                    numbers.set(index as u64, *number);
                }
                Resource::Numbers(numbers)
            }
            DeclaredKind::Lock(LockKind::Lock) => Resource::Lock(arena.alloc()?),
            DeclaredKind::Lock(LockKind::RLock) => Resource::RLock(RLock::new(arena)?),
            DeclaredKind::Lock(LockKind::RwLock) => Resource::RwLock(RwLock::new(arena)?),
            DeclaredKind::Lock(LockKind::Semaphore(permits)) => {
                Resource::Semaphore(Semaphore::new(arena, *permits, false)?)
            }
            DeclaredKind::Lock(LockKind::BoundedSemaphore(permits)) => {
                Resource::Semaphore(Semaphore::new(arena, *permits, true)?)
            }
            DeclaredKind::Lock(LockKind::Event) => Resource::Event(Event::new(arena)?),
            DeclaredKind::Lock(LockKind::Condition) => Resource::Condition(Condition::new(arena)?),
            DeclaredKind::Lock(LockKind::Barrier(parties)) => Resource::Barrier(Barrier::new(arena, *parties)?),
        })
    }

    /// How many bytes of an arena it takes at most; `None` for a queue, which takes what it is given.
    pub fn most_bytes(declared: &plan::Declaration) -> Option<usize> {
        let (size, len) = match &declared.kind {
            DeclaredKind::Queue { .. } => return None,
            DeclaredKind::Array { of, init: ArrayInit::Zeros(len) } => (of.size(), *len),
            DeclaredKind::Array { of, init: ArrayInit::Numbers(init) } => (of.size(), init.len() as u64),
            DeclaredKind::Value { .. } | DeclaredKind::Lock(_) => (0, 0),
        };
        Some(usize::try_from(len).unwrap_or(usize::MAX).saturating_mul(size).saturating_add(8 << 10))
    }

    /// What it holds. Nobody uses it meanwhile.
    pub fn snapshot(&self) -> Snapshot {
        match self {
            Resource::Queue(queue) => Snapshot::Bytes(queue.snapshot()),
            Resource::Numbers(numbers) => Snapshot::Bytes(whole(numbers.memory())),
            Resource::Lock(_) | Resource::RwLock(_) | Resource::Condition(_) => Snapshot::Free,
            Resource::RLock(it) => Snapshot::Counts(it.snapshot()),
            Resource::Semaphore(it) => Snapshot::Counts(it.snapshot()),
            Resource::Event(it) => Snapshot::Counts(it.snapshot()),
            Resource::Barrier(it) => Snapshot::Counts(it.snapshot()),
        }
    }

    /// Puts a snapshot of this very resource back, or of the same resource in another kernel; one that does not fit is nothing. Nobody uses it
    /// meanwhile.
    pub fn restore(&self, snapshot: &Snapshot) {
        match (self, snapshot) {
            (Resource::Queue(queue), Snapshot::Bytes(bytes)) => queue.restore(bytes),
            (Resource::Numbers(numbers), Snapshot::Bytes(bytes)) if bytes.len() == numbers.memory().len() => {
                numbers.memory().write(0, bytes);
                numbers.lock.clear();
            }
            (Resource::Lock(lock), _) => lock.clear(),
            (Resource::RwLock(lock), _) => lock.reset(),
            (Resource::RLock(it), Snapshot::Counts(counts)) => it.restore(*counts),
            (Resource::Semaphore(it), Snapshot::Counts(counts)) => it.restore(*counts),
            (Resource::Event(it), Snapshot::Counts(counts)) => it.restore(*counts),
            (Resource::Condition(it), Snapshot::Free) => it.lock().clear(),
            (Resource::Barrier(it), Snapshot::Counts(counts)) => it.restore(*counts),
            // What jobs have written over may say anything.
            (_, Snapshot::Bytes(_) | Snapshot::Counts(_) | Snapshot::Free) => {}
        }
    }

    /// The lock that a worker can hold, where there is one.
    pub fn lock(&self) -> Option<&'static OwnedLock> {
        match self {
            Resource::Numbers(numbers) => Some(numbers.lock),
            Resource::Lock(lock) => Some(lock),
            Resource::RLock(lock) => Some(lock.lock()),
            Resource::RwLock(lock) => Some(lock.gate()),
            Resource::Condition(condition) => Some(condition.lock()),
            Resource::Queue(_) | Resource::Semaphore(_) | Resource::Event(_) | Resource::Barrier(_) => None,
        }
    }

    /// Who holds its lock, where there is one.
    pub fn owner(&self) -> Option<WorkerId> {
        self.lock()?.owner()
    }

    /// Who holds it, each with the line where it took it, and whether others may hold it as well.
    pub fn holders(&self) -> (Vec<(WorkerId, u32)>, bool) {
        match self {
            Resource::RwLock(lock) if lock.writer().is_none() => (lock.readers().collect(), true),
            _ => (self.lock().and_then(|lock| Some((lock.owner()?, lock.line()))).into_iter().collect(), false),
        }
    }

    /// Who keeps `waiter` from taking it.
    pub fn blockers(&self, waiter: WorkerId) -> Vec<WorkerId> {
        match self {
            Resource::RwLock(lock) => lock.blockers(waiter),
            _ => self.owner().into_iter().collect(),
        }
    }

    /// Frees what `dead` held, and wakes everybody who waits.
    pub fn release_owned_by(&self, dead: WorkerId) {
        match self {
            Resource::Queue(queue) => queue.release_owned_by(dead),
            Resource::Numbers(numbers) => numbers.release_owned_by(dead),
            Resource::Lock(lock) => {
                lock.release_owned_by(dead);
            }
            Resource::RLock(lock) => lock.release_owned_by(dead),
            Resource::RwLock(lock) => lock.release_owned_by(dead),
            Resource::Semaphore(semaphore) => semaphore.wake_all(),
            Resource::Event(event) => event.wake_all(),
            Resource::Condition(condition) => condition.release_owned_by(dead),
            Resource::Barrier(barrier) => barrier.wake_all(),
        }
    }

    /// Wakes everybody who waits, so that they check their deadlines again.
    pub fn wake_all(&self) {
        match self {
            Resource::Queue(queue) => queue.wake_all(),
            Resource::Numbers(numbers) => numbers.lock.wake_all(),
            Resource::Lock(lock) => lock.wake_all(),
            Resource::RLock(lock) => lock.wake_all(),
            Resource::RwLock(lock) => lock.wake_all(),
            Resource::Semaphore(semaphore) => semaphore.wake_all(),
            Resource::Event(event) => event.wake_all(),
            Resource::Condition(condition) => condition.wake_all(),
            Resource::Barrier(barrier) => barrier.wake_all(),
        }
    }

    /// Makes it ready for a new run: whoever waited in the last one or held it is gone.
    pub fn reset(&self) {
        if let Some(lock) = self.lock() {
            lock.clear();
        }
        match self {
            Resource::Condition(condition) => condition.reset(),
            Resource::RwLock(lock) => lock.reset(),
            Resource::Barrier(barrier) => barrier.reset(),
            _ => {}
        }
    }

    /// Puts it right if a job has written into it past all calls, so that it makes no sense; whether that was so. Every other
    /// resource makes some sense whatever stands in it. Nobody uses it meanwhile.
    pub fn repair(&self) -> bool {
        match self {
            Resource::Queue(queue) if !queue.is_whole() => {
                queue.clear();
                true
            }
            _ => false,
        }
    }

    /// What it holds; numbers are written as a list if `is_array`, and `name_of` names a worker.
    pub fn content(&self, is_array: bool, name_of: impl Fn(WorkerId) -> String) -> Content {
        let held = |owner: Option<WorkerId>| Content::Lock(owner.map(&name_of), 0);
        match self {
            Resource::Queue(queue) => Content::Queue(queue.len(), queue.is_closed()),
            Resource::Numbers(numbers) if is_array => array(numbers),
            Resource::Numbers(numbers) => Content::Numbers(numbers.text(0), None),
            Resource::Lock(lock) => held(lock.owner()),
            Resource::RLock(lock) => held(lock.lock().owner()),
            Resource::RwLock(lock) => Content::RwLock(lock.writer().map(&name_of), lock.readers().count() as u64),
            Resource::Condition(condition) => held(condition.lock().owner()),
            Resource::Semaphore(semaphore) => Content::Permits(semaphore.permits().into()),
            Resource::Event(event) => Content::Event(event.is_set()),
            Resource::Barrier(barrier) if barrier.is_broken() => Content::Broken,
            Resource::Barrier(barrier) => Content::Barrier(barrier.waiting().into(), barrier.parties().into()),
        }
    }
}

fn whole(memory: Bytes) -> Vec<u8> {
    memory.to_vec(0, memory.len())
}

/// How many elements of an array are written out.
const SHOWN: u64 = 100;

fn array(numbers: &Numbers) -> Content {
    let shown: Vec<String> = (0..numbers.len().min(SHOWN)).map(|i| numbers.text(i)).collect();
    let shown = shown.join(", ");
    match numbers.len() {
        ..=SHOWN => Content::Numbers(format!("[{shown}]"), None),
        all => Content::Many(format!("[{shown}, …]"), all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Scalar, ScalarType};
    use crate::shared::mapping::Mapping;

    #[test]
    fn no_resource_takes_more_memory_than_was_said_before() {
        let arena = Mapping::new(1 << 20, 4096).expect("a mapping").lasting;
        let one = Scalar::Signed(1);
        let of = ScalarType::I64;
        let locks = [
            LockKind::Lock,
            LockKind::RLock,
            LockKind::RwLock,
            LockKind::Semaphore(1),
            LockKind::BoundedSemaphore(1),
            LockKind::Event,
            LockKind::Condition,
            LockKind::Barrier(2),
        ];
        let arrays = [ArrayInit::Zeros(20_000), ArrayInit::Numbers(vec![one; 20_000])];
        let others = arrays.map(|init| DeclaredKind::Array { of, init });
        let kinds =
            locks.map(DeclaredKind::Lock).into_iter().chain(others).chain([DeclaredKind::Value { of, init: one }]);
        for kind in kinds {
            let declared = plan::Declaration { id: 0, name: String::new(), cell: 0, line: 1, kind };
            let before = arena.used();
            assert!(Resource::new(&declared, &arena, 0).is_some());
            let taken = (arena.used() - before) as usize;
            let most = Resource::most_bytes(&declared).expect("no queue");
            assert!(taken <= most, "{:?} takes {taken} bytes and not {most}", declared.kind);
        }
    }
}
