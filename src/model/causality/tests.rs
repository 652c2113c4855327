//! The order of events against what truly happened in executions that are made up, and cases that are told by hand.

use super::history::{Known, Point};
use super::*;
use crate::model::causality::history::{History, Scope};
use crate::model::{Action, ActionKind, SyncError};
use crate::render::picture::fitted_tests::seed;
use crate::render::picture::simulated::{Execution, Moment, execution};
use crate::render::picture::simulated_jobs::{BARRIER, CONDITION, Chance, LOCK, PARTIES, ROOM, resources};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// When the workers ended that events are told of here.
pub const ENDS: [u64; 4] = [1_000_000; 4];

/// An event on resource 7: who, when, how long it waited, and what it did.
pub fn event(worker: u32, at_ns: u64, duration_ns: u64, action: Action) -> Event {
    Event { worker, at_ns, duration_ns, action, resource: Some(7), position: None, ordering: None }
}

/// A wait that was cut short.
pub const CUT: Action = Action::GiveUp { reason: SyncError::Cancelled };

/// When what ended waits was recorded, and the waits, in a run of three workers.
fn times(ends: &[u64], kind: ResourceKind, steps: &[(u32, u64, u64, Action)]) -> Vec<(u64, u64)> {
    let mut events: Vec<Event> = steps.iter().map(|(who, at, wait, action)| event(*who, *at, *wait, *action)).collect();
    events.iter_mut().filter(|event| event.action == Action::Sleep).for_each(|event| event.resource = None);
    events.sort_by_key(|event| event.at_ns);
    let found = wakeups(&events, ends, (7, kind), signals::SLACK_NS, usize::MAX);
    let mut times: Vec<(u64, u64)> = found.iter().map(|(giver, taker)| (giver.at_ns, taker.at_ns)).collect();
    times.sort_unstable();
    times
}

#[test]
fn the_hold_before_ended_a_wait_though_its_end_was_recorded_early() {
    let steps = [
        (1, 1_000, 0, Action::Acquire),
        (2, 2_000, 8_000, Action::Acquire),
        // Its end is recorded before the second worker gives the lock back.
        (3, 3_000, 10_000, Action::Acquire),
        (1, 9_990, 0, Action::Release),
        (2, 20_000, 0, Action::Release),
        (3, 30_000, 0, Action::Release),
    ];
    assert_eq!(times(&ENDS, ResourceKind::Lock(LockKind::Lock), &steps), [(9_990, 2_000), (20_000, 3_000)]);
}

#[test]
fn nothing_is_said_of_a_lock_whose_holder_was_ended() {
    let steps = [
        (1, 1_000, 0, Action::Acquire),
        (3, 2_000, 30_000, Action::Acquire),
        (1, 10_000, 0, Action::Release),
        (2, 11_000, 0, Action::Acquire),
        (3, 40_000, 0, Action::Release),
    ];
    let ends = [1_000_000, 1_000_000, 50_000, 1_000_000];
    assert_eq!(times(&ends, ResourceKind::Lock(LockKind::Lock), &steps), []);
}

#[test]
fn a_signal_ended_a_wait_if_no_other_one_can_have() {
    let one = [(1, 1_000, 8_000, Action::WaitEvent), (2, 9_100, 0, Action::Set), (1, 20_000, 0, Action::Set)];
    assert_eq!(times(&ENDS, ResourceKind::Lock(LockKind::Event), &one), [(9_100, 1_000)]);
    let two = [(1, 1_000, 8_000, Action::WaitEvent), (2, 8_900, 0, Action::Set), (3, 8_950, 0, Action::Set)];
    assert_eq!(times(&ENDS, ResourceKind::Lock(LockKind::Event), &two), []);
}

#[test]
fn a_permit_that_another_one_got_for_certain_ended_no_other_wait() {
    let steps = [
        (1, 1_000, 8_000, Action::Acquire),
        (2, 1_000, 18_000, Action::Acquire),
        (3, 9_100, 0, Action::Release),
        (1, 10_000, 500, Action::Sleep),
        (3, 19_100, 0, Action::Release),
    ];
    assert_eq!(times(&ENDS, ResourceKind::Lock(LockKind::Semaphore(0)), &steps), [(9_100, 1_000), (19_100, 1_000)]);
}

const LOAD: Action = Action::Load { index: 0, bits: 0 };

/// How many events of the others come before each event, in an order of three workers that wait for an event.
fn seen(steps: &[(u32, u64, u64, Action)]) -> Vec<Vec<u32>> {
    let events: Vec<Event> = steps.iter().map(|(who, at, wait, action)| event(*who, *at, *wait, *action)).collect();
    let history = History::new(&events, &ENDS, |_| Some(ResourceKind::Lock(LockKind::Event)), Scope::Program, false);
    let mut seen = vec![Vec::new(); events.len()];
    let is_whole = history.walk(|_, point, known| {
        if let Point::Event(place, _) = point {
            seen[place].clone_from(&known.seen);
        }
    });
    assert!(is_whole);
    seen
}

#[test]
fn a_wait_for_an_event_comes_after_its_signal_unless_it_was_set_before() {
    let waits = [(1, 1_000, 0, Action::WaitEvent), (2, 3_000, 0, Action::Set), (1, 4_000, 0, LOAD)];
    assert_eq!(seen(&waits), [[0, 1, 1, 0], [0, 0, 1, 0], [0, 2, 1, 0]]);
    let goes_on = [(1, 1_000, 0, Action::WaitEvent), (1, 2_000, 0, LOAD), (2, 3_000, 0, Action::Set)];
    assert_eq!(seen(&goes_on), [[0, 1, 0, 0], [0, 2, 0, 0], [0, 0, 1, 0]]);
}

#[test]
fn events_that_wait_for_each_other_have_no_order() {
    let (put, get) = (|item| Action::Put { item, len: 0 }, |item| Action::Get { item, len: 0 });
    let events =
        [(1, get(0)), (1, put(1)), (2, get(1)), (2, put(0))].map(|(worker, action)| event(worker, 1_000, 0, action));
    let kind = |_| Some(ResourceKind::Queue { maxsize: None });
    assert!(!History::new(&events, &ENDS, kind, Scope::Program, false).walk(|_, _, _| {}));
    assert!(History::new(&events[..3], &ENDS, kind, Scope::Program, false).walk(|_, _, _| {}));
}

/// A worker, counted from 0, and the number of its event.
type Node = (usize, usize);

/// What comes before a point, event by event, and the longest way to it.
#[derive(Clone, Default)]
struct Before(BTreeSet<Node>, u64);

impl Before {
    fn join(&mut self, other: &Before) {
        self.0.extend(&other.0);
        self.1 = self.1.max(other.1);
    }
}

/// What comes before each event, from all that truly happened one after the other: a second way to the same order, which looks
/// at neither times nor rounds. `has_holds` and `has_meetings` say whether locks and barriers order workers.
fn truly_before(execution: &Execution, has_holds: bool, has_meetings: bool) -> BTreeMap<Node, Before> {
    let trace = &execution.run.trace;
    let row = |who: usize| trace.iter().filter(move |event| event.worker as usize == who + 1);
    let rows: Vec<Vec<Event>> = (0..execution.run.workers.len() - 1).map(|who| row(who).copied().collect()).collect();
    let mut now = vec![Before::default(); rows.len()];
    let mut all: BTreeMap<Node, Before> = BTreeMap::new();
    let (mut items, mut freed) = (HashMap::<(ActionKind, u64), Before>::new(), BTreeMap::<u32, Before>::new());
    let mut holds: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); rows.len()];
    let (mut set, mut come): (Option<Before>, Vec<usize>) = (None, Vec::new());
    let mut met: Vec<Option<Before>> = vec![None; rows.len()];
    for moment in &execution.truth {
        let (who, at) = match *moment {
            Moment::Came(who, at) | Moment::Done(who, at) => (who, at),
            Moment::Ended(who) => {
                // What it had begun was recorded as given up.
                if let Some(at) = rows[who].len().checked_sub(1).filter(|at| !all.contains_key(&(who, *at))) {
                    now[who].1 += 1;
                    all.insert((who, at), now[who].clone());
                    now[who].0.insert((who, at));
                }
                come.retain(|other| *other != who);
                freed.extend(std::mem::take(&mut holds[who]).into_iter().map(|id| (id, now[who].clone())));
                continue;
            }
        };
        let event = &rows[who][at];
        let id = event.resource.unwrap_or(u32::MAX);
        if let Moment::Came(..) = moment {
            if event.action == Action::WaitNotified
                || event.kind() == ActionKind::GiveUp && holds[who].contains(&CONDITION) && id == CONDITION
            {
                freed.insert(id, now[who].clone());
                holds[who].remove(&id);
            }
            if id == BARRIER {
                come.push(who);
                if come.len() as u64 == PARTIES {
                    let mut all = Before::default();
                    come.iter().for_each(|who| all.join(&now[*who]));
                    come.drain(..).for_each(|who| met[who] = Some(all.clone()));
                }
            }
            continue;
        }
        let cause = match (event.action, id) {
            (Action::Get { item, .. }, _) => items.get(&(ActionKind::Put, item)),
            (Action::Put { item, .. }, _) => {
                item.checked_sub(ROOM).and_then(|room| items.get(&(ActionKind::Get, room)))
            }
            (Action::Acquire, LOCK | CONDITION) | (Action::WaitNotified, _) if has_holds => freed.get(&id),
            (Action::WaitEvent, _) => set.as_ref(),
            (Action::Meet { .. }, _) if has_meetings => met[who].as_ref(),
            _ => None,
        };
        cause.into_iter().for_each(|cause| now[who].join(cause));
        now[who].1 += 1;
        all.insert((who, at), now[who].clone());
        now[who].0.insert((who, at));
        match (event.action, id) {
            (Action::Put { item, .. } | Action::Get { item, .. }, _) => {
                items.insert((event.kind(), item), now[who].clone());
            }
            (Action::Acquire, LOCK | CONDITION) | (Action::WaitNotified, _) => drop(holds[who].insert(id)),
            (Action::Release, LOCK | CONDITION) => {
                holds[who].remove(&id);
                freed.insert(id, now[who].clone());
            }
            (Action::Set, _) => _ = set.get_or_insert_with(|| now[who].clone()),
            _ => {}
        }
    }
    all
}

/// What a history says of each event.
fn told(execution: &Execution, scope: Scope) -> BTreeMap<Node, Known> {
    let shared = resources();
    let (run, kind) = (&execution.run, |id: u32| shared.get(id as usize).map(|resource| resource.kind));
    let history = History::new(&run.trace, &run.ends(), kind, scope, false);
    let mut all = BTreeMap::new();
    let is_whole = history.walk(|worker, point, known| {
        if let Point::Event(..) = point {
            all.insert((worker - 1, known.seen[worker] as usize - 1), known.clone());
        }
    });
    assert!(is_whole, "a legal run has an order");
    all
}

#[test]
fn the_order_is_that_of_what_truly_happened() {
    let mut chance = Chance(seed() | 1);
    let (mut across, mut met) = (0, 0);
    for number in 0..300 {
        let execution = execution(&mut chance, number % 3 == 0, usize::MAX);
        let at_barrier = execution.run.trace.iter().filter(|event| event.resource == Some(BARRIER));
        let comers: BTreeSet<u32> =
            at_barrier.filter(|event| event.kind() == ActionKind::Meet).map(|event| event.worker).collect();
        for scope in [Scope::Program, Scope::Run] {
            let told = told(&execution, scope);
            let truth = |has_meetings| truly_before(&execution, scope == Scope::Run, has_meetings);
            let (all, certain) = (truth(true), truth(false));
            let is_steady = comers.len() as u64 == PARTIES && number % 3 > 0;
            assert_eq!(told.len(), all.len(), "execution {number}");
            for (node, known) in &told {
                let says = |(who, at): &Node| (known.seen[who + 1] as usize > *at) && (who, at) != (&node.0, &node.1);
                for other in told.keys() {
                    let what = format!("execution {number}, {scope:?}: {other:?} before {node:?}");
                    assert!(!says(other) || all[node].0.contains(other), "{what} is not true");
                    assert!(says(other) || !certain[node].0.contains(other), "{what} is not known");
                    assert!(!is_steady || says(other) == all[node].0.contains(other), "{what} is a meeting's doing");
                    across += usize::from(says(other) && other.0 != node.0);
                }
                let steps = if is_steady { &all } else { &certain };
                assert!(known.step >= steps[node].1 && known.step <= all[node].1, "execution {number}: {node:?}");
            }
            met += usize::from(is_steady && execution.met > 0);
        }
    }
    assert!(across > 5_000 && met > 30, "{across} orders between workers, {met} runs with meetings");
}
