//! The resources that a notebook declares, as they stand in shared memory.

use super::barrier::Barrier;
use super::condition::Condition;
use super::event::Event;
use super::lock::OwnedLock;
use super::mapping::Arena;
use super::numbers::Numbers;
use super::place;
use super::primitive::Primitive;
use super::queue::Queue;
use super::rlock::RLock;
use super::rwlock::RwLock;
use super::semaphore::Semaphore;
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

    /// It as a primitive, whichever it is.
    pub fn primitive(&self) -> &dyn Primitive {
        match self {
            Resource::Queue(it) => it,
            Resource::Numbers(it) => it,
            Resource::Lock(it) => it,
            Resource::RLock(it) => it,
            Resource::RwLock(it) => it,
            Resource::Semaphore(it) => it,
            Resource::Event(it) => it,
            Resource::Condition(it) => it,
            Resource::Barrier(it) => it,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Scalar, ScalarType, WaitCondition};
    use crate::shared::mapping::Mapping;
    use crate::shared::{Deadline, SyncError};

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

    const NO_WAIT: Deadline<'static> = Deadline { at: Some(0), cancel: None };

    #[test]
    fn a_wait_is_in_reach_exactly_when_a_try_would_reach_it() {
        let mapping = Mapping::new(16 << 20, 4096).expect("a mapping");
        let arena = &mapping.lasting;
        let in_reach = |condition: WaitCondition, resource: Resource| resource.primitive().is_in_reach(condition, 1, 1);

        let queue = Queue::new(arena, Some(1), 1 << 16).expect("room");
        let of_queue = |condition| in_reach(condition, Resource::Queue(queue));
        assert_eq!(
            [WaitCondition::Item, WaitCondition::Room, WaitCondition::ItemsDone].map(of_queue),
            [false, true, true]
        );
        queue.put(1, &[b"x"], &NO_WAIT).expect("room");
        assert_eq!(
            [WaitCondition::Item, WaitCondition::Room, WaitCondition::ItemsDone].map(of_queue),
            [true, false, false]
        );
        queue.get(1, &NO_WAIT, |_| ()).expect("an item");
        queue.close();
        assert_eq!(
            [WaitCondition::Item, WaitCondition::Room, WaitCondition::ItemsDone].map(of_queue),
            [true, true, false]
        );

        let lock = RwLock::new(arena).expect("room");
        let of_lock = || [WaitCondition::Read, WaitCondition::Write].map(|it| in_reach(it, Resource::RwLock(lock)));
        assert_eq!(of_lock(), [true, true]);
        lock.read(2, 0, &NO_WAIT).expect("nobody writes");
        assert_eq!(lock.claim(1, 0, false, &NO_WAIT), Ok(None));
        assert_eq!(of_lock(), [false, false], "it waits for the reader, and nobody can come in meanwhile");
        lock.release(2).expect("it reads");
        assert_eq!(of_lock(), [false, true]);

        let semaphore = Semaphore::new(arena, 1, false).expect("room");
        assert!(in_reach(WaitCondition::Permit, Resource::Semaphore(semaphore)));
        semaphore.acquire(&NO_WAIT).expect("a permit");
        assert!(!in_reach(WaitCondition::Permit, Resource::Semaphore(semaphore)));

        let event = Event::new(arena).expect("room");
        assert!(!in_reach(WaitCondition::Event, Resource::Event(event)));
        event.set();
        assert!(in_reach(WaitCondition::Event, Resource::Event(event)));

        let condition = Condition::new(arena).expect("room");
        assert!(in_reach(WaitCondition::Lock, Resource::Condition(condition)));
        condition.lock().acquire(1, &NO_WAIT).expect("a free lock");
        assert!(!in_reach(WaitCondition::Lock, Resource::Condition(condition)));
        assert!(in_reach(WaitCondition::Notification, Resource::Condition(condition)), "nobody waits for one");

        let barrier = Barrier::new(arena, 2).expect("room");
        assert_eq!(barrier.come().and_then(|arrival| barrier.wait(arrival, &NO_WAIT)), Err(SyncError::TimedOut));
        assert!(in_reach(WaitCondition::Parties, Resource::Barrier(barrier)), "it is broken");
    }
}
