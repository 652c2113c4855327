//! What a worker waits for, in a form that others can judge from outside: whether its wait could end as things stand.

use super::WorkerId;
use super::resource::Resource;
use crate::model::WaitCondition;

impl WaitCondition {
    /// Whether `worker`'s wait may end although nobody does anything any more: a wake may be under way. `waiters` is how
    /// many wait for the same.
    pub fn is_in_reach(self, resource: &Resource, worker: WorkerId, waiters: u32) -> bool {
        match (self, resource) {
            (WaitCondition::Lock | WaitCondition::Relock, resource) => resource.owner().is_none(),
            (WaitCondition::Read, resource) => resource.owner().is_none(),
            (WaitCondition::Write, Resource::RwLock(lock)) => lock.may_write(worker),
            (WaitCondition::Permit, Resource::Semaphore(semaphore)) => semaphore.permits() > 0,
            (WaitCondition::Item, Resource::Queue(queue)) => !queue.is_empty() || queue.is_closed(),
            (WaitCondition::Room, Resource::Queue(queue)) => !queue.is_full() || queue.is_closed(),
            (WaitCondition::ItemsDone, Resource::Queue(queue)) => queue.is_done(),
            (WaitCondition::Event, Resource::Event(event)) => event.is_set(),
            (WaitCondition::Notification, Resource::Condition(condition)) => !condition.is_waiting(worker),
            // Who was let through is no longer counted there.
            (WaitCondition::Parties, Resource::Barrier(barrier)) => barrier.is_broken() || barrier.waiting() < waiters,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::Condition;
    use super::super::mapping::Mapping;
    use super::super::queue::Queue;
    use super::super::rwlock::RwLock;
    use super::super::sync::{Barrier, Event, Semaphore};
    use super::super::{Deadline, SyncError};
    use super::*;

    const NO_WAIT: Deadline<'static> = Deadline { at: Some(0), cancel: None };

    #[test]
    fn a_wait_is_in_reach_exactly_when_a_try_would_reach_it() {
        let mapping = Mapping::new(16 << 20, 4096).expect("a mapping");
        let arena = &mapping.lasting;
        let in_reach = |condition: WaitCondition, resource: Resource| condition.is_in_reach(&resource, 1, 1);

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
