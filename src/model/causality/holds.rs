//! Who held a lock when, worked out from who took it and who gave it back; and so, who went on when whose hold had ended.

use super::Wakeup;
use crate::model::{Action, ActionKind, Event, LockKind, Numbered, ResourceKind, SyncError, Token};
use std::collections::BTreeMap;

/// A stretch in which a worker held a lock or at least one permit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hold<T> {
    /// Who.
    pub worker: usize,
    /// Since when.
    pub from_ns: u64,
    /// Until when.
    pub to_ns: u64,
    /// What it began with.
    pub taken: T,
    /// What it ended with, if it was not its worker's end.
    pub given: Option<T>,
    /// Whether others may hold it at the same time: it was taken to read.
    pub is_shared: bool,
}

impl<T> Hold<T> {
    /// How long it lasted.
    pub fn length_ns(&self) -> u64 {
        self.to_ns.saturating_sub(self.from_ns)
    }
}

/// What a worker has taken and not given back.
#[derive(Clone)]
struct Taken<T> {
    times: u64,
    since_ns: u64,
    by: Option<T>,
    is_shared: bool,
}

/// The holds of a lock of this kind in order of their ends, from its own events in the order in which they took effect, each with
/// whatever it is to be known by. Who waits on a condition holds its lock before and after, but not meanwhile, however the wait
/// ends. What was never given back is held to `until_ns`, or to its worker's end in `ends` if that is earlier.
pub fn holds<'a, T: Copy>(
    events: impl IntoIterator<Item = (T, &'a Event)>,
    ends: &[u64],
    kind: ResourceKind,
    until_ns: u64,
) -> Vec<Hold<T>> {
    let is_condition = kind == ResourceKind::Lock(LockKind::Condition);
    let mut all = vec![Taken { times: 0, since_ns: 0, by: None, is_shared: false }; ends.len()];
    let mut holds = Vec::new();
    for (known_by, event) in events {
        let worker = event.worker as usize;
        let Some(taken) = all.get_mut(worker) else { continue };
        let hold = taken.by.map(|by| Hold {
            worker,
            from_ns: taken.since_ns,
            to_ns: event.at_ns.max(taken.since_ns),
            taken: by,
            given: Some(known_by),
            is_shared: taken.is_shared,
        });
        let effect = event.action.effect();
        match (effect.takes, effect.gives) {
            (Some(token @ (Token::Hold | Token::SharedHold)), _) => {
                taken.is_shared = token == Token::SharedHold;
                if taken.times == 0 {
                    (taken.since_ns, taken.by) = (event.end_ns(), Some(known_by));
                }
                taken.times += 1;
            }
            (_, Some(Token::Hold)) => {
                holds.extend(hold.filter(|_| taken.times == 1));
                taken.times = taken.times.saturating_sub(1);
            }
            _ if event.action == (Action::GiveUp { reason: SyncError::WouldDeadlock }) => {}
            _ if is_condition && effect.waits() && taken.times > 0 => {
                holds.extend(hold);
                (taken.since_ns, taken.by) = (event.end_ns(), Some(known_by));
                // Whoever was ended in a wait never had the lock again.
                taken.times = if event.action.is_cut() { 0 } else { taken.times };
            }
            _ => {}
        }
    }
    let left = all.into_iter().zip(ends).enumerate().filter(|(_, (taken, _))| taken.times > 0);
    holds.extend(left.filter_map(|(worker, (taken, ended))| {
        let (from_ns, to_ns) = (taken.since_ns, (*ended).min(until_ns).max(taken.since_ns));
        Some(Hold { worker, from_ns, to_ns, taken: taken.by?, given: None, is_shared: taken.is_shared })
    }));
    holds.sort_by_key(|hold| (hold.to_ns, hold.from_ns));
    if !matches!(kind, ResourceKind::Lock(LockKind::Semaphore(_) | LockKind::BoundedSemaphore(_))) {
        // A release is noted before it happens. So whoever holds it next took it later, even if its wait was over earlier.
        let (mut last_ns, mut last_alone_ns) = (0, 0);
        for hold in &mut holds {
            hold.from_ns = hold.from_ns.max(if hold.is_shared { last_alone_ns } else { last_ns });
            last_ns = last_ns.max(hold.to_ns);
            last_alone_ns = if hold.is_shared { last_alone_ns } else { last_ns };
        }
    }
    holds
}

/// Which holds of a lock came before which, by their places: of a hold that others may share, the last one alone; of one alone,
/// all that others shared since the last one alone, or else that.
pub fn succession<T>(holds: &[Hold<T>]) -> Vec<(usize, usize)> {
    let (mut alone, mut shared, mut pairs) = (None, Vec::new(), Vec::new());
    for (place, hold) in holds.iter().enumerate() {
        if hold.is_shared {
            pairs.extend(alone.map(|before| (before, place)));
            shared.push(place);
        } else if shared.is_empty() {
            pairs.extend(alone.replace(place).map(|before| (before, place)));
        } else {
            pairs.extend(shared.drain(..).map(|before| (before, place)));
            alone = Some(place);
        }
    }
    pairs
}

/// What ended waits for a lock that one worker at a time holds, from its holds: the end of the hold before.
pub fn wakeups<'a>(holds: &[Hold<&'a Event>]) -> Vec<Wakeup<'a>> {
    let open: Vec<_> = holds.iter().filter(|hold| hold.given.is_none()).collect();
    let wakeup = |pair: &[Hold<&'a Event>]| {
        let (before, next) = (&pair[0], &pair[1]);
        let (giver, taker) = (before.given?, next.taken);
        // Whoever was ended while it held the lock may have had it between the two.
        let is_open = |hold: &&Hold<&Event>| {
            hold.worker != next.worker && hold.from_ns <= next.to_ns && hold.to_ns >= taker.at_ns.min(giver.at_ns)
        };
        let has_waited =
            matches!(taker.kind(), ActionKind::Acquire | ActionKind::WaitNotified) && taker.duration_ns > 0;
        let is_known = has_waited && before.worker != next.worker && giver.at_ns >= taker.at_ns;
        (is_known && !open.iter().any(is_open)).then_some((giver, taker))
    };
    holds.windows(2).filter_map(wakeup).collect()
}

/// What each worker has taken of a semaphore's permits and not given back. `None` if they are signals, which somebody gives and
/// somebody else takes, because a worker has given more of them than it had taken. Then nobody holds one.
pub fn permits_held<T>(calls: impl IntoIterator<Item = (u32, Action, T)>) -> Option<BTreeMap<u32, Vec<T>>> {
    let mut held: BTreeMap<u32, Vec<T>> = BTreeMap::new();
    for (worker, action, known_by) in calls {
        match action {
            Action::Acquire => held.entry(worker).or_default().push(known_by),
            Action::Release => drop(held.get_mut(&worker).and_then(Vec::pop)?),
            _ => {}
        }
    }
    Some(held)
}

/// Whether a semaphore's permits are signals: see [`permits_held`].
pub fn are_signals<'a>(events: impl IntoIterator<Item = &'a Event>) -> bool {
    let mut held: Numbered<u64> = Numbered::default();
    events.into_iter().any(|event| {
        let held = held.at(event.worker.into());
        let left = match event.action {
            Action::Acquire => held.checked_add(1),
            Action::Release => held.checked_sub(1),
            _ => return false,
        };
        left.map(|left| *held = left).is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::causality::tests::{CUT, ENDS, event};

    fn found(kind: LockKind, steps: &[(u32, u64, u64, Action)]) -> Vec<(usize, u64, u64)> {
        let events: Vec<Event> =
            steps.iter().map(|(worker, at, wait, action)| event(*worker, *at, *wait, *action)).collect();
        let found = holds(events.iter().map(|event| ((), event)), &ENDS, ResourceKind::Lock(kind), u64::MAX);
        found.iter().map(|hold| (hold.worker, hold.from_ns, hold.to_ns)).collect()
    }

    #[test]
    fn a_lock_is_held_from_the_end_of_the_wait_until_it_is_given_back() {
        let steps = [
            (1, 10, 0, Action::Acquire),
            (1, 30, 0, Action::Release),
            (2, 12, 19, Action::Acquire),
            (2, 40, 0, Action::Release),
        ];
        assert_eq!(found(LockKind::Lock, &steps), [(1, 10, 30), (2, 31, 40)]);
    }

    #[test]
    fn nobody_holds_a_lock_before_the_last_holder_gave_it_back() {
        let steps = [
            (1, 10, 0, Action::Acquire),
            (2, 12, 5, Action::Acquire),
            (1, 30, 0, Action::Release),
            (2, 40, 0, Action::Release),
        ];
        assert_eq!(found(LockKind::Lock, &steps), [(1, 10, 30), (2, 30, 40)]);
        assert_eq!(found(LockKind::Semaphore(2), &steps), [(1, 10, 30), (2, 17, 40)]);
    }

    #[test]
    fn readers_hold_together_and_a_writer_between_them_alone() {
        let steps = [
            (1, 10, 0, Action::AcquireShared),
            (2, 11, 0, Action::AcquireShared),
            (3, 12, 5, Action::Acquire),
            (1, 20, 0, Action::Release),
            (2, 30, 0, Action::Release),
            (3, 40, 0, Action::Release),
            (1, 39, 0, Action::AcquireShared),
            (1, 50, 0, Action::Release),
        ];
        assert_eq!(found(LockKind::RwLock, &steps), [(1, 10, 20), (2, 11, 30), (3, 30, 40), (1, 40, 50)]);
        let events: Vec<Event> = steps.iter().map(|(who, at, wait, action)| event(*who, *at, *wait, *action)).collect();
        let all = holds(events.iter().map(|event| ((), event)), &ENDS, ResourceKind::Lock(LockKind::RwLock), u64::MAX);
        assert_eq!(succession(&all), [(0, 2), (1, 2), (2, 3)]);
    }

    #[test]
    fn who_takes_a_lock_again_holds_it_until_the_last_release() {
        let steps = [
            (1, 10, 0, Action::Acquire),
            (1, 11, 0, Action::Acquire),
            (1, 20, 0, Action::Release),
            (1, 30, 0, Action::Release),
        ];
        assert_eq!(found(LockKind::RLock, &steps), [(1, 10, 30)]);
    }

    #[test]
    fn who_waits_on_a_condition_does_not_hold_its_lock_meanwhile() {
        let woken = [(1, 10, 0, Action::Acquire), (1, 15, 5, Action::WaitNotified), (1, 30, 0, Action::Release)];
        assert_eq!(found(LockKind::Condition, &woken), [(1, 10, 15), (1, 20, 30)]);
        let between = [
            (1, 10, 0, Action::Acquire),
            (2, 16, 0, Action::Acquire),
            (2, 18, 0, Action::Release),
            (1, 15, 5, Action::WaitNotified),
            (1, 30, 0, Action::Release),
        ];
        assert_eq!(found(LockKind::Condition, &between), [(1, 10, 15), (2, 16, 18), (1, 20, 30)]);
    }

    #[test]
    fn who_is_ended_in_a_wait_on_a_condition_does_not_hold_its_lock() {
        assert_eq!(
            found(LockKind::Condition, &[(1, 10, 0, Action::Acquire), (1, 15, 500, CUT)]),
            [(1, 10, 15)],
            "ended from outside"
        );
    }

    #[test]
    fn what_is_never_given_back_is_held_to_its_workers_end() {
        let end = ENDS[2];
        assert_eq!(found(LockKind::Lock, &[(2, 10, 0, Action::Acquire)]), [(2, 10, end)]);
        assert_eq!(found(LockKind::Lock, &[(1, 10, 0, Action::Release)]), []);
    }

    #[test]
    fn permits_that_others_give_are_signals() {
        let are_signals = |calls: &[(u32, Action, u64)]| {
            let events: Vec<Event> = calls.iter().map(|(worker, action, at)| event(*worker, *at, 0, *action)).collect();
            are_signals(&events)
        };
        let turns = [(1, Action::Acquire, 7), (2, Action::Release, 8), (1, Action::Acquire, 9)];
        assert_eq!((permits_held(turns), are_signals(&turns)), (None, true));
        let turns = [(1, Action::Acquire, 7), (1, Action::Release, 8), (2, Action::Acquire, 9)];
        let held = permits_held(turns);
        assert!(!are_signals(&turns));
        assert_eq!(held, Some(BTreeMap::from([(1, vec![]), (2, vec![9])])));
    }
}
