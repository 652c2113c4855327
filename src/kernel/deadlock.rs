//! Finds out that the workers of a run wait for each other: nobody is left who could wake any of them.
//!
//! This is no guess from the time that has passed. A verdict needs two looks, some time apart, between which every worker
//! that is left has slept without a break, in a wait without a time limit; then nothing has changed between them. And in
//! that time nobody else was there: no worker that is being started, none that has ended and is still to be buried, no
//! thread and no child that a job has started by itself. So nobody can wake them in future either. At last, what is shared
//! must agree: where a lock is free or an item is there, somebody may be about to be woken, however unlikely that is.

use super::std_objects::StdObjects;
use super::threads::{Thread, are_alone, asleep};
use crate::executor::context::Context;
use crate::model::causality::holds::permits_held;
use crate::model::{Position, WaitCondition};
use crate::record::{Deadlock, Held, Wait};
use crate::shared::resource::Resource;
use crate::shared::run::{Waiting, stage};
use crate::shared::std_table::StdEntry;
use crate::shared::trace::NO_RESOURCE;
use crate::shared::{WorkerId, clock};
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

/// The time between two looks.
pub const LOOK: Duration = Duration::from_millis(25);

/// A worker that sleeps in a wait without a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sleeper {
    worker: WorkerId,
    waiting: Waiting,
    thread: Thread,
    /// How often it has gone to sleep so far.
    sleeps: u64,
}

impl Sleeper {
    fn waits_for_the_same(&self, other: &Self) -> bool {
        (self.waiting.resource, self.waiting.condition) == (other.waiting.resource, other.waiting.condition)
    }
}

/// Looks for a deadlock, again and again.
#[derive(Default)]
pub struct Detector {
    /// Who slept at the last look, if that were all and they were alone.
    last: Option<Vec<Sleeper>>,
}

impl Detector {
    /// Takes a look; a deadlock, if there is one. `is_limited` says whether a worker has a time limit of its own.
    pub fn look(&mut self, context: &Context, is_limited: impl Fn(WorkerId) -> bool) -> Option<Deadlock> {
        let now = sleepers(context, is_limited);
        let found = now.as_ref().is_some_and(|now| self.last.as_ref() == Some(now) && agrees(context, now));
        let deadlock = now.as_deref().filter(|_| found).map(|now| describe(context, now));
        self.last = now;
        deadlock
    }
}

/// All workers that are left, if all of them sleep and nobody else is there.
fn sleepers(context: &Context, is_limited: impl Fn(WorkerId) -> bool) -> Option<Vec<Sleeper>> {
    let run = &context.run;
    let (mut waits, mut ended) = (Vec::new(), 0);
    let is_endless = |waiting: &Waiting| waiting.endless && waiting.resource != NO_RESOURCE;
    match run.waiting(0) {
        Some(waiting) if is_endless(&waiting) => waits.push((0, waiting)),
        Some(_) => return None,
        // It joins its workers.
        None if (1..run.declared).any(|worker| run.slot(worker).stage.load(SeqCst) == stage::RUNNING) => {}
        None => return None,
    }
    for worker in 1..run.slots.len() as WorkerId {
        match run.slot(worker).stage.load(SeqCst) {
            stage::NEW => {}
            // Nobody buries a thread: it frees by itself what it held.
            stage::ENDED => ended += u32::from(worker < run.declared),
            stage::RUNNING => {
                let waiting = run.waiting(worker).filter(is_endless)?;
                if is_limited(worker) {
                    return None;
                }
                waits.push((worker, waiting));
            }
            _ => return None,
        }
    }
    take_again(context, &mut waits);
    if waits.is_empty() || ended != run.common.buried.load(SeqCst) {
        return None;
    }
    let thread = |worker| (run.slot(worker).pid.load(SeqCst), run.slot(worker).tid.load(SeqCst));
    let sleeper = |(worker, waiting)| {
        let thread = thread(worker);
        Some(Sleeper { worker, waiting, thread, sleeps: asleep(thread)? })
    };
    let sleepers: Vec<Sleeper> = waits.into_iter().map(sleeper).collect::<Option<_>>()?;
    let known: Vec<Thread> = std::iter::once(thread(0)).chain(sleepers.iter().map(|sleeper| sleeper.thread)).collect();
    are_alone(&known).then_some(sleepers)
}

/// Of those who wait at a condition variable, as many wait for their mutex as have been notified: those who came first.
fn take_again(context: &Context, waits: &mut [(WorkerId, Waiting)]) {
    let first = context.resources.len() as u32;
    let at = |waiting: &Waiting| (waiting.condition == WaitCondition::Notification).then_some(waiting.resource);
    let mut conditions: Vec<u32> = waits.iter().filter_map(|(_, waiting)| at(waiting)).collect();
    conditions.sort_unstable();
    conditions.dedup();
    for condition in conditions {
        let entry = condition.checked_sub(first).and_then(|place| context.run.objects.get(place));
        let notified = entry.map_or(0, StdEntry::notified) as usize;
        let mut there: Vec<&mut (WorkerId, Waiting)> =
            waits.iter_mut().filter(|(_, waiting)| at(waiting) == Some(condition)).collect();
        there.sort_by_key(|(_, waiting)| waiting.since);
        for (worker, waiting) in there.into_iter().take(notified) {
            let mutex = context.run.slot(*worker).takes_then.load(SeqCst).checked_sub(1);
            if let Some(mutex) = mutex.filter(|mutex| *mutex != NO_RESOURCE - 1) {
                (waiting.resource, waiting.condition) = (mutex, WaitCondition::Relock);
            }
        }
    }
}

/// Whether what is shared agrees that nobody can go on.
fn agrees(context: &Context, sleepers: &[Sleeper]) -> bool {
    let objects = StdObjects::of(context);
    sleepers.iter().all(|sleeper| {
        let Sleeper { worker, waiting: Waiting { resource: id, condition, .. }, .. } = *sleeper;
        let waiters = sleepers.iter().filter(|other| other.waits_for_the_same(sleeper)).count() as u32;
        match (condition, context.resource(id), objects.entry(id)) {
            (WaitCondition::Ended, ..) => is_there(context, id),
            (WaitCondition::Unparked, ..) => true,
            (_, Some(resource), _) => !resource.primitive().is_in_reach(condition, worker, waiters),
            (_, None, Some(object)) => !is_in_reach(condition, object),
            (_, None, None) => false,
        }
    })
}

/// Whether a worker has not ended.
fn is_there(context: &Context, worker: WorkerId) -> bool {
    context.run.slots.get(worker as usize).is_some_and(|slot| slot.stage.load(SeqCst) != stage::ENDED)
}

/// Whether a wait for an object of `std` may end although nobody does anything any more. Real `std` wakes who can go on by itself;
/// this is what is known of it beside that.
fn is_in_reach(condition: WaitCondition, object: &StdEntry) -> bool {
    let (items, hung_up) = object.items();
    match condition {
        WaitCondition::Lock | WaitCondition::Relock | WaitCondition::Read | WaitCondition::Write => {
            object.holders().0.is_empty()
        }
        WaitCondition::Item => items > 0 || hung_up,
        WaitCondition::Room => hung_up,
        _ => false,
    }
}

fn describe(context: &Context, sleepers: &[Sleeper]) -> Deadlock {
    let (permits, objects) = (Permits::of(context, sleepers), StdObjects::of(context));
    let waits: Vec<Wait> =
        sleepers.iter().map(|sleeper| wait(context, sleepers, sleeper, &permits, &objects)).collect();
    let is_left = |worker: WorkerId| sleepers.iter().any(|sleeper| sleeper.worker == worker);
    let lost = permits.0.iter().filter(|(worker, _)| !is_left(*worker)).cloned().collect();
    Deadlock { at_ns: clock::now().saturating_sub(context.run.epoch), cycle: cycle(&waits), waits, lost }
}

fn wait(context: &Context, sleepers: &[Sleeper], sleeper: &Sleeper, permits: &Permits, objects: &StdObjects) -> Wait {
    let Sleeper { worker, waiting: Waiting { resource: id, condition, line, since, .. }, .. } = *sleeper;
    let resource = context.resource(id);
    let what = if condition == WaitCondition::Relock { WaitCondition::Lock } else { condition };
    let parties = match resource {
        Some(Resource::Barrier(barrier)) => Some((barrier.waiting(), barrier.parties())),
        _ => None,
    };
    let holders = match what {
        WaitCondition::Lock | WaitCondition::Read | WaitCondition::Write => {
            let of_std =
                || objects.entry(id).map(|object| object.holders().0.into_iter().map(|(who, _)| who).collect());
            let blockers = resource.map(|resource| resource.primitive().blockers(worker)).or_else(of_std);
            let blockers: Vec<WorkerId> = blockers.unwrap_or_default();
            blockers.into_iter().filter(|blocker| (*blocker as usize) < context.run.slots.len()).collect()
        }
        WaitCondition::Ended => vec![id],
        WaitCondition::Initialized => {
            objects.entry(id).and_then(StdEntry::owner).filter(|owner| *owner != worker).into_iter().collect()
        }
        // Who waits for a permit that it holds itself has nobody else to blame.
        WaitCondition::Permit if permits.are_held(id, sleepers) => permits.holders(id, sleeper, sleepers).collect(),
        // It could have been anybody; but where only one other is left, nobody else. Who waits for the same is no help.
        _ => match sleepers.iter().filter(|other| other.worker != worker).collect::<Vec<_>>().as_slice() {
            [other] if !other.waits_for_the_same(sleeper) => vec![other.worker],
            _ => Vec::new(),
        },
    };
    let held = |(id, resource): (usize, &Option<Resource>)| {
        let (holders, is_shared) = resource.as_ref()?.primitive().holders();
        let (_, line) = holders.into_iter().find(|(holder, _)| *holder == worker)?;
        Some(Held { is_shared, ..held(context, id as u32, line) })
    };
    let locks = context.resources.iter().enumerate().filter_map(held);
    let held_of_std = objects.ids().filter_map(|id| {
        let (holders, is_shared) = objects.entry(id)?.holders();
        let (_, line) = holders.into_iter().find(|(holder, _)| *holder == worker)?;
        let (name, position) = (objects.name(id)?.to_owned(), Position::from_packed(line));
        Some(Held { resource: id, name, position, is_shared })
    });
    let name = match what {
        WaitCondition::Ended | WaitCondition::Unparked => context.name(id).into_owned(),
        _ => context.resource_names.get(id as usize).map(String::as_str).or(objects.name(id)).unwrap_or("?").to_owned(),
    };
    Wait {
        worker,
        resource: id,
        name,
        what,
        parties,
        position: Position::from_packed(line),
        since_ns: since.saturating_sub(context.run.epoch),
        holders,
        holds: locks.chain(permits.of_worker(worker)).chain(held_of_std).collect(),
    }
}

fn held(context: &Context, resource: u32, line: u32) -> Held {
    let name = context.resource_names.get(resource as usize).cloned().unwrap_or_default();
    Held { resource, name, position: Position::from_packed(line), is_shared: false }
}

/// Who has taken permits of the semaphores that somebody waits for, and not given them back. A permit has no owner, so that
/// is read off the trace; where a worker's is not complete, nothing is said of it.
struct Permits(Vec<(WorkerId, Held)>);

impl Permits {
    fn of(context: &Context, sleepers: &[Sleeper]) -> Self {
        let of_permits = sleepers.iter().filter(|sleeper| sleeper.waiting.condition == WaitCondition::Permit);
        let mut semaphores: Vec<u32> = of_permits.map(|sleeper| sleeper.waiting.resource).collect();
        semaphores.sort_unstable();
        semaphores.dedup();
        if semaphores.is_empty() {
            return Self(Vec::new());
        }
        let rows: Vec<_> = (0..context.run.slots.len() as WorkerId)
            .map(|worker| (worker, context.run.trace.row(worker)))
            .filter(|(_, (_, dropped))| *dropped == 0)
            .collect();
        let mut taken = Vec::new();
        for id in semaphores {
            let events = rows.iter().flat_map(|(worker, (events, _))| events.iter().map(|event| (*worker, event)));
            let calls =
                events.filter(|(_, event)| event.resource == id).map(|(who, event)| (who, event.action, event.line));
            for (worker, lines) in permits_held(calls).unwrap_or_default() {
                taken.extend(lines.last().map(|line| (worker, held(context, id, *line))));
            }
        }
        taken.sort_by_key(|(worker, _)| *worker);
        Self(taken)
    }

    /// Whether any of `sleepers` holds permits of `resource`.
    fn are_held(&self, resource: u32, sleepers: &[Sleeper]) -> bool {
        let is_left = |worker: WorkerId| sleepers.iter().any(|sleeper| sleeper.worker == worker);
        self.0.iter().any(|(worker, held)| held.resource == resource && is_left(*worker))
    }

    /// Which of `sleepers` but `waiter` hold permits of `resource`.
    fn holders(&self, resource: u32, waiter: &Sleeper, sleepers: &[Sleeper]) -> impl Iterator<Item = WorkerId> {
        let waiter = waiter.worker;
        let is_left = move |worker| worker != waiter && sleepers.iter().any(|sleeper| sleeper.worker == worker);
        let of = self.0.iter().filter(move |(worker, held)| held.resource == resource && is_left(*worker));
        of.map(|(worker, _)| *worker)
    }

    fn of_worker(&self, worker: WorkerId) -> impl Iterator<Item = Held> {
        self.0.iter().filter(move |(holder, _)| *holder == worker).map(|(_, held)| held.clone())
    }
}

/// Workers that wait in a ring, each for one that holds what it waits for.
fn cycle(waits: &[Wait]) -> Vec<WorkerId> {
    let next = |worker: WorkerId| waits.iter().find(|wait| wait.worker == worker)?.holders.first().copied();
    waits
        .iter()
        .find_map(|wait| {
            let mut path = vec![wait.worker];
            while let Some(worker) = path.last().and_then(|last| next(*last)) {
                if let Some(begin) = path.iter().position(|seen| *seen == worker) {
                    return Some(path.split_off(begin));
                }
                path.push(worker);
            }
            None
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(holders: &[(WorkerId, &[WorkerId])]) -> Vec<Wait> {
        let wait = |&(worker, holders): &(WorkerId, &[WorkerId])| Wait {
            worker,
            resource: 0,
            name: "a".to_owned(),
            what: WaitCondition::Lock,
            parties: None,
            position: None,
            since_ns: 0,
            holders: holders.to_vec(),
            holds: Vec::new(),
        };
        holders.iter().map(wait).collect()
    }

    #[test]
    fn a_ring_is_found_from_wherever_it_is_reached() {
        assert_eq!(cycle(&waits(&[(1, &[2]), (2, &[3]), (3, &[2])])), [2, 3]);
        assert_eq!(cycle(&waits(&[(1, &[2]), (2, &[]), (3, &[4]), (4, &[3])])), [3, 4]);
    }

    #[test]
    fn there_is_no_ring_where_one_that_is_waited_for_can_go_on() {
        assert_eq!(cycle(&waits(&[(1, &[2]), (2, &[]), (3, &[1])])), [] as [WorkerId; 0]);
        assert_eq!(cycle(&waits(&[(1, &[0])])), [] as [WorkerId; 0]);
    }
}
