//! What a worker waits for, in a form that others can judge from outside: whether its wait could end as things stand.

use super::WorkerId;
use super::resource::Resource;
use crate::model::Op;

/// What is to happen before a wait ends; its number is [`Slot::goal`](super::run::Slot::goal).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Goal {
    /// Time passes.
    Time,
    /// A lock becomes free.
    Lock,
    /// A semaphore has a permit.
    Permit,
    /// A queue has an item.
    Item,
    /// A queue has room.
    Room,
    /// Every item of a queue is done.
    ItemsDone,
    /// An event is set.
    Event,
    /// A condition is notified.
    Notification,
    /// A condition was notified, and its lock becomes free.
    Relock,
    /// All parties of a barrier come.
    Parties,
}

impl Goal {
    const ALL: [Goal; 10] = [
        Goal::Time,
        Goal::Lock,
        Goal::Permit,
        Goal::Item,
        Goal::Room,
        Goal::ItemsDone,
        Goal::Event,
        Goal::Notification,
        Goal::Relock,
        Goal::Parties,
    ];

    /// The goal with this number.
    pub fn from_u32(number: u32) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }

    /// What who does `op` on `resource` waits for.
    pub fn of(op: Op, resource: Option<Resource>) -> Self {
        match (op, resource) {
            (Op::Put, _) => Goal::Room,
            (Op::Get, _) => Goal::Item,
            (Op::Acquire, Some(Resource::Semaphore(_))) => Goal::Permit,
            (Op::Acquire, _) => Goal::Lock,
            (_, Some(Resource::Queue(_))) => Goal::ItemsDone,
            (_, Some(Resource::Event(_))) => Goal::Event,
            (_, Some(Resource::Condition(_))) => Goal::Notification,
            (_, Some(Resource::Barrier(_))) => Goal::Parties,
            _ => Goal::Time,
        }
    }

    /// Whether `worker`'s wait may end although nobody does anything any more: a wake may be under way. `waiters` is how
    /// many wait for the same.
    pub fn is_in_reach(self, resource: &Resource, worker: WorkerId, waiters: u32) -> bool {
        match (self, resource) {
            (Goal::Lock | Goal::Relock, resource) => resource.owner().is_none(),
            (Goal::Permit, Resource::Semaphore(semaphore)) => semaphore.permits() > 0,
            (Goal::Item, Resource::Queue(queue)) => !queue.is_empty() || queue.is_closed(),
            (Goal::Room, Resource::Queue(queue)) => !queue.is_full() || queue.is_closed(),
            (Goal::ItemsDone, Resource::Queue(queue)) => queue.is_done(),
            (Goal::Event, Resource::Event(event)) => event.is_set(),
            (Goal::Notification, Resource::Condition(condition)) => !condition.is_waiting(worker),
            // Who was let through is no longer counted there.
            (Goal::Parties, Resource::Barrier(barrier)) => barrier.is_broken() || barrier.waiting() < waiters,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::Condition;
    use super::super::mapping::Mapping;
    use super::super::queue::Queue;
    use super::super::sync::{Barrier, Event, Semaphore};
    use super::super::{Denied, Patience};
    use super::*;

    const NO_WAIT: Patience<'static> = Patience { deadline: Some(0), cancel: None };

    #[test]
    fn every_goal_is_found_by_its_number() {
        for goal in Goal::ALL {
            assert_eq!(Goal::from_u32(goal as u32), Some(goal));
        }
        assert_eq!(Goal::from_u32(Goal::ALL.len() as u32), None);
    }

    #[test]
    fn a_goal_is_in_reach_exactly_when_a_try_would_reach_it() {
        let mapping = Mapping::new(16 << 20, 4096).expect("a mapping");
        let arena = &mapping.lasting;
        let in_reach = |goal: Goal, resource: Resource| goal.is_in_reach(&resource, 1, 1);

        let queue = Queue::new(arena, Some(1), 1 << 16).expect("room");
        let of_queue = |goal| in_reach(goal, Resource::Queue(queue));
        assert_eq!([Goal::Item, Goal::Room, Goal::ItemsDone].map(of_queue), [false, true, true]);
        queue.put(1, &[b"x"], &NO_WAIT).expect("room");
        assert_eq!([Goal::Item, Goal::Room, Goal::ItemsDone].map(of_queue), [true, false, false]);
        queue.get(1, &NO_WAIT, |_| ()).expect("an item");
        queue.close();
        assert_eq!([Goal::Item, Goal::Room, Goal::ItemsDone].map(of_queue), [true, true, false]);

        let semaphore = Semaphore::new(arena, 1, false).expect("room");
        assert!(in_reach(Goal::Permit, Resource::Semaphore(semaphore)));
        semaphore.acquire(&NO_WAIT).expect("a permit");
        assert!(!in_reach(Goal::Permit, Resource::Semaphore(semaphore)));

        let event = Event::new(arena).expect("room");
        assert!(!in_reach(Goal::Event, Resource::Event(event)));
        event.set();
        assert!(in_reach(Goal::Event, Resource::Event(event)));

        let condition = Condition::new(arena).expect("room");
        assert!(in_reach(Goal::Lock, Resource::Condition(condition)));
        condition.lock().acquire(1, &NO_WAIT).expect("a free lock");
        assert!(!in_reach(Goal::Lock, Resource::Condition(condition)));
        assert!(in_reach(Goal::Notification, Resource::Condition(condition)), "nobody waits for one");

        let barrier = Barrier::new(arena, 2).expect("room");
        assert_eq!(barrier.come().and_then(|arrival| barrier.wait(arrival, &NO_WAIT)), Err(Denied::TimedOut));
        assert!(in_reach(Goal::Parties, Resource::Barrier(barrier)), "it is broken");
    }
}
