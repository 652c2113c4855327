//! Accesses to shared numbers in a real run that nothing orders, found from its trace by vector clocks.
//!
//! What happened before what is known as far as [`causality`](crate::model::causality) has it. Whatever else can order workers, such
//! as permits of semaphores, counts as ordering its worker behind all that had happened anywhere by then: that may hide a race, but
//! never makes one up. Where the trace is not whole, nothing is said.

use super::outcome::RunOutcome;
use super::outcome::explored::{Access, Race};
use crate::model::causality::history::{History, Point, Scope};
use crate::model::{Event, LockKind, Op, Shape};
use crate::plan::{Executor, Resource, ResourceKind};
use std::collections::{BTreeSet, HashMap};

/// The most numbers that clocks may consist of, all together: so many events times so many workers.
const MOST_WORK: usize = 1 << 25;

/// The most races that are told.
const MOST: usize = 20;

/// The most elements of arrays that are watched of those that are read or written many at once.
const MOST_ELEMENTS: u64 = 1 << 16;

/// How far each worker had come, by number: so many of its events.
type Clock = Vec<u32>;

/// A worker's event, by its number in the worker's row.
type At = (usize, usize);

/// The races of a run.
pub fn races(run: &RunOutcome, declared: &[Resource]) -> Vec<Race> {
    let alone = run.workers.iter().skip(1).all(|worker| worker.executor == Executor::Normal);
    if run.trace_dropped > 0 || alone || run.trace.len().saturating_mul(run.workers.len()) > MOST_WORK {
        return Vec::new();
    }
    let shape = |id: u32| declared.get(id as usize).map(|resource| resource.kind.shape());
    let history = History::new(&run.trace, &run.ends(), shape, Scope::Run, false);
    let events = |row: &Vec<usize>| row.iter().map(|place| &run.trace[*place]).collect();
    let rows: Vec<Vec<&Event>> = history.rows.iter().map(events).collect();
    let sets = |event: &Event| event.op == Op::Notify && event.resource.is_some_and(|id| !is_held(declared, id));
    let places = |row: &Vec<&Event>| (0..row.len()).filter(|n| sets(row[*n])).collect();
    let set = rows.iter().map(places).collect();
    let mut added: HashMap<(usize, Option<u32>), Vec<usize>> = HashMap::new();
    for (worker, row) in rows.iter().enumerate() {
        for (n, event) in row.iter().enumerate().filter(|(_, event)| event.op == Op::FetchAdd) {
            added.entry((worker, event.resource)).or_default().push(n);
        }
    }
    let holding = vec![Vec::new(); rows.len()];
    let (lasts, found) = (HashMap::new(), BTreeSet::new());
    let mut order = Order { rows: &rows, declared, set, added, elements: MOST_ELEMENTS, holding, lasts, found };
    let fits = history.walk(|worker, point, known| {
        if let Point::Event(place, _) = point {
            order.step(worker, &run.trace[place], &mut known.seen);
        }
    });
    if fits { order.found.into_iter().take(MOST).collect() } else { Vec::new() }
}

/// Whether a resource orders workers by its holders: a lock, or a number with its own.
fn is_held(declared: &[Resource], id: u32) -> bool {
    use LockKind::{Condition, Lock, RLock};
    let shape = declared.get(id as usize).map(|resource| resource.kind.shape());
    matches!(shape, Some(Shape::Value(_) | Shape::Array { .. } | Shape::Lock(Lock | RLock | Condition)))
}

struct Order<'a> {
    rows: &'a [Vec<&'a Event>],
    declared: &'a [Resource],
    /// Of each worker, where it set an event or closed a queue.
    set: Vec<Vec<usize>>,
    /// Where each worker added to a number in one step.
    added: HashMap<(usize, Option<u32>), Vec<usize>>,
    /// How many elements that are read or written with others may still be watched.
    elements: u64,
    /// The locks in each worker's hands.
    holding: Vec<Vec<u32>>,
    /// The last accesses of each worker to each number.
    lasts: HashMap<(u32, u64), Vec<Last>>,
    found: BTreeSet<Race>,
}

/// The last accesses of one worker to a number.
#[derive(Debug, Clone, Default)]
struct Last {
    read: Option<Use>,
    write: Option<Use>,
    added: Option<Use>,
}

/// An access: the place in its worker's row, the line, the locks held, and what its worker had seen by then.
type Use = (usize, u32, Vec<u32>, Clock);

impl Order<'_> {
    /// Looks at an event behind all that came before it, with what its worker has seen by then.
    fn step(&mut self, worker: usize, event: &Event, seen: &mut Clock) {
        let at = (worker, seen[worker] as usize - 1);
        self.look_around(seen, at, event);
        self.access(seen, at, event);
        hold(&mut self.holding[worker], event);
    }

    /// Orders a worker behind all that had happened by the end of a call that may order it in a way not looked into.
    fn look_around(&self, clock: &mut Clock, (worker, n): At, event: &Event) {
        let wide = match event.op {
            Op::Wait => true,
            Op::Acquire => !event.resource.is_some_and(|id| is_held(self.declared, id)),
            _ => false,
        };
        // The call had ended before the next one of the same worker began.
        let until = match self.rows[worker].get(n + 1) {
            _ if !wide && event.op != Op::FetchAdd => event.at_ns,
            Some(next) => next.at_ns,
            None => u64::MAX,
        };
        for (other, row) in self.rows.iter().enumerate().filter(|(other, _)| *other != worker) {
            // An event may be noted a moment after it took effect, but not before the event ahead of it.
            let begun = |place: &usize| place.checked_sub(1).is_none_or(|before| row[before].at_ns < until);
            let last = |places: &[usize]| {
                let early = places.partition_point(begun);
                early.checked_sub(1).map_or(0, |last| places[last] + 1)
            };
            let seen = if wide {
                (row.partition_point(|event| event.at_ns < until) + 1).min(row.len())
            } else if event.op == Op::FetchAdd {
                // One comes after the other; which one, only their numbers would tell.
                self.added.get(&(other, event.resource)).map_or(0, |places| last(places))
            } else {
                // An event that was set may have been asked about, which leaves no trace.
                last(&self.set[other])
            };
            clock[other] = clock[other].max(seen as u32);
        }
    }

    fn access(&mut self, clock: &Clock, at: At, event: &Event) {
        let Some(id) = event.resource else { return };
        let (first, many, kind) = match event.op {
            Op::Load | Op::Store => (event.a, 1, event.op),
            Op::FetchAdd => (0, 1, event.op),
            Op::LoadMany => (event.a, event.b, Op::Load),
            Op::StoreMany => (event.a, event.b, Op::Store),
            _ => return,
        };
        // Of very many elements some go unwatched, which may hide a race and never makes one up.
        let many = if many == 1 { 1 } else { many.min(self.elements) };
        self.elements -= if many == 1 { 0 } else { many };
        let name = if many == 1 { Some(first) } else { None };
        for index in first..first.saturating_add(many) {
            self.access_element(clock, at, (event, kind), (id, index, name));
        }
    }

    fn access_element(
        &mut self,
        clock: &Clock,
        (worker, n): At,
        (event, kind): (&Event, Op),
        (id, index, name): (u32, u64, Option<u64>),
    ) {
        let declared = self.declared;
        let holding = &self.holding[worker];
        let lasts = self.lasts.entry((id, index)).or_insert_with(|| vec![Last::default(); self.rows.len()]);
        for (other, last) in lasts.iter().enumerate().filter(|(other, _)| *other != worker) {
            let against: &[(&Option<Use>, bool)] = match kind {
                Op::Load => &[(&last.write, true), (&last.added, true)],
                Op::Store => &[(&last.read, false), (&last.write, true), (&last.added, true)],
                _ => &[(&last.read, false), (&last.write, true)],
            };
            for (access, writes) in against {
                let Some((place, line, held, seen)) = access else { continue };
                // Neither had seen the other: what is looked at first need not have come first.
                if *place >= clock[other] as usize && n >= seen[worker] as usize && event.line > 0 && *line > 0 {
                    let mine = told(declared, event.line, kind != Op::Load, holding);
                    let mut both = [mine, told(declared, *line, *writes, held)];
                    both.sort();
                    let [first, second] = both;
                    self.found.insert(Race { name: called(declared, id, name), first, second });
                }
            }
        }
        let here = Some((n, event.line, holding.to_vec(), clock.clone()));
        match kind {
            Op::Load => lasts[worker].read = here,
            Op::Store => lasts[worker].write = here,
            _ => lasts[worker].added = here,
        }
    }
}

fn told(declared: &[Resource], line: u32, writes: bool, holding: &[u32]) -> Access {
    let name = |id: &u32| declared.get(*id as usize).map_or_else(String::new, |it| it.name.clone());
    Access { line, writes, holding: holding.iter().map(name).collect() }
}

/// What a number is called; of many elements there is no one number.
fn called(declared: &[Resource], id: u32, index: Option<u64>) -> String {
    match (declared.get(id as usize), index) {
        (Some(Resource { name, kind: ResourceKind::Array { .. }, .. }), Some(index)) => format!("{name}[{index}]"),
        (Some(Resource { name, .. }), _) => name.clone(),
        (None, _) => String::new(),
    }
}

/// Keeps account of the locks in a worker's hands.
fn hold(holding: &mut Vec<u32>, event: &Event) {
    let Some(id) = event.resource else { return };
    match event.op {
        Op::Acquire => holding.push(id),
        Op::Release => {
            if let Some(place) = holding.iter().rposition(|held| *held == id) {
                holding.remove(place);
            }
        }
        _ => {}
    }
}
