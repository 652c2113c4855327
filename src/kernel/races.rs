//! Accesses to shared numbers in a real run that nothing orders, found from its trace by vector clocks.
//!
//! What happened before what is known exactly for locks (each holder comes after the one before it) and queues (what was
//! put comes before it is got). Everything else that can order workers, such as events, barriers, conditions and
//! semaphores, counts as ordering its worker behind all that had happened anywhere by then: that may hide a race, but
//! never makes one up. Where the trace is not whole, nothing is said.

use super::outcome::RunOutcome;
use super::outcome::explored::{Access, Race};
use crate::model::{Event, LockKind, Op};
use crate::plan::{Executor, Resource, ResourceKind};
use std::collections::{BTreeSet, HashMap};

/// The most numbers that clocks may consist of, all together: so many events times so many workers.
const MOST_WORK: usize = 1 << 25;

/// The most races that are told.
const MOST: usize = 20;

/// The most elements of arrays that are watched of those that are read or written many at once.
const MOST_ELEMENTS: u64 = 1 << 16;

/// How far each worker had come, by number: so many of its events.
type Clock = Vec<usize>;

/// A worker's event, by its number in the worker's row.
type At = (usize, usize);

/// How a resource orders workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Orders {
    /// By its holders: a lock, or a number with its own.
    Holding,
    /// By its items, of which there may be so many.
    Items(Option<u64>),
    /// In some other way.
    Otherwise,
}

/// The races of a run.
pub fn races(run: &RunOutcome, declared: &[Resource]) -> Vec<Race> {
    let alone = run.workers.iter().skip(1).all(|worker| worker.executor == Executor::Normal);
    if run.trace_dropped > 0 || alone || run.trace.len().saturating_mul(run.workers.len()) > MOST_WORK {
        return Vec::new();
    }
    let mut rows: Vec<Vec<&Event>> = vec![Vec::new(); run.workers.len()];
    for event in &run.trace {
        if let Some(row) = rows.get_mut(event.worker as usize) {
            row.push(event);
        }
    }
    let waits_for = predecessors(&rows, declared);
    let sets = |event: &Event| {
        event.op == Op::Notify && event.resource.is_some_and(|id| orders(declared, id) != Orders::Holding)
    };
    let places = |row: &Vec<&Event>| (0..row.len()).filter(|n| sets(row[*n])).collect();
    let set = rows.iter().map(places).collect();
    let mut added: HashMap<(usize, Option<u32>), Vec<usize>> = HashMap::new();
    for (worker, row) in rows.iter().enumerate() {
        for (n, event) in row.iter().enumerate().filter(|(_, event)| event.op == Op::FetchAdd) {
            added.entry((worker, event.resource)).or_default().push(n);
        }
    }
    Order { rows: &rows, declared, waits_for, set, added, passed: vec![0; rows.len()], elements: MOST_ELEMENTS }
        .run()
        .unwrap_or_default()
}

fn orders(declared: &[Resource], id: u32) -> Orders {
    match declared.get(id as usize).map(|resource| &resource.kind) {
        Some(ResourceKind::Queue { maxsize, .. }) => Orders::Items(maxsize.filter(|most| *most > 0)),
        Some(
            ResourceKind::Value { .. }
            | ResourceKind::Array { .. }
            | ResourceKind::Lock(LockKind::Lock | LockKind::RLock | LockKind::Condition),
        ) => Orders::Holding,
        _ => Orders::Otherwise,
    }
}

/// For each event the one of another worker that came before it, as far as a lock or a queue tells.
fn predecessors(rows: &[Vec<&Event>], declared: &[Resource]) -> HashMap<At, At> {
    // By lock: when it was given up, where it was taken, and where given up.
    let mut held: HashMap<u32, Vec<(u64, At, At)>> = HashMap::new();
    let mut puts: HashMap<(u32, u64), At> = HashMap::new();
    let mut gets: HashMap<(u32, u64), At> = HashMap::new();
    for (worker, row) in rows.iter().enumerate() {
        let mut since: HashMap<u32, (At, u32)> = HashMap::new();
        for (n, event) in row.iter().enumerate() {
            let Some(id) = event.resource else { continue };
            match (event.op, orders(declared, id)) {
                (Op::Put, _) => drop(puts.insert((id, event.a), (worker, n))),
                (Op::Get, _) => drop(gets.insert((id, event.a), (worker, n))),
                (Op::Acquire, Orders::Holding) => since.entry(id).or_insert(((worker, n), 0)).1 += 1,
                // To wait on a condition is to give its lock up and to take it again.
                (Op::Wait, Orders::Holding) | (Op::Release, Orders::Holding) => {
                    let Some((from, depth)) = since.remove(&id) else { continue };
                    if event.op == Op::Release && depth > 1 {
                        since.insert(id, (from, depth - 1));
                        continue;
                    }
                    held.entry(id).or_default().push((event.at_ns, from, (worker, n)));
                    if event.op == Op::Wait {
                        since.insert(id, ((worker, n), 1));
                    }
                }
                _ => {}
            }
        }
        // Who ended with a lock in hand was the last to hold it until it was swept.
        for (id, (from, _)) in since {
            let last = row.len().saturating_sub(1);
            held.entry(id).or_default().push((row[last].at_ns, from, (worker, last)));
        }
    }
    let mut before = HashMap::new();
    for sections in held.values_mut() {
        sections.sort_unstable();
        for pair in sections.windows(2) {
            let [(_, _, given_up), (_, taken, _)] = pair else { continue };
            before.insert(*taken, *given_up);
        }
    }
    for ((id, number), got) in &gets {
        if let Some(put) = puts.get(&(*id, *number)) {
            before.insert(*got, *put);
        }
        if let Orders::Items(Some(most)) = orders(declared, *id)
            && let Some(put) = number.checked_add(most).and_then(|number| puts.get(&(*id, number)))
        {
            before.insert(*put, *got);
        }
    }
    before.retain(|(worker, _), (other, _)| worker != other);
    before
}

struct Order<'a> {
    rows: &'a [Vec<&'a Event>],
    declared: &'a [Resource],
    waits_for: HashMap<At, At>,
    /// Of each worker, where it set an event or closed a queue.
    set: Vec<Vec<usize>>,
    /// Where each worker added to a number in one step.
    added: HashMap<(usize, Option<u32>), Vec<usize>>,
    /// How many events of each worker have been looked at.
    passed: Vec<usize>,
    /// How many elements that are read or written with others may still be watched.
    elements: u64,
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
    /// Looks at all events, each behind those that came before it; `None` if they do not fit together.
    fn run(mut self) -> Option<Vec<Race>> {
        let workers = self.rows.len();
        let mut clocks: Vec<Clock> = vec![vec![0; workers]; workers];
        // The clock of each event that another one waits for.
        let needed: BTreeSet<At> = self.waits_for.values().copied().collect();
        let mut kept: HashMap<At, Clock> = HashMap::new();
        let mut holding: Vec<Vec<u32>> = vec![Vec::new(); workers];
        let mut lasts: HashMap<(u32, u64), Vec<Last>> = HashMap::new();
        let mut found = BTreeSet::new();
        let events: usize = self.rows.iter().map(Vec::len).sum();
        let mut done = 0;
        while done < events {
            let before = done;
            for worker in 0..workers {
                while let Some(event) = self.rows[worker].get(self.passed[worker]) {
                    let at = (worker, self.passed[worker]);
                    if let Some(other) = self.waits_for.get(&at) {
                        let Some(clock) = kept.get(other) else { break };
                        join(&mut clocks[worker], clock);
                    }
                    self.look_around(&mut clocks[worker], at, event);
                    self.access(&mut lasts, &clocks[worker], at, event, &holding[worker], &mut found);
                    hold(&mut holding[worker], event);
                    clocks[worker][worker] = at.1 + 1;
                    if needed.contains(&at) {
                        kept.insert(at, clocks[worker].clone());
                    }
                    self.passed[worker] += 1;
                    done += 1;
                }
            }
            if done == before {
                return None;
            }
        }
        Some(found.into_iter().take(MOST).collect())
    }

    /// Orders a worker behind all that had happened by the end of a call that may order it in a way not looked into.
    fn look_around(&self, clock: &mut Clock, (worker, n): At, event: &Event) {
        let is_exact = event.resource.is_some_and(|id| orders(self.declared, id) != Orders::Otherwise);
        let wide = match event.op {
            Op::Wait | Op::Join | Op::Open => true,
            Op::Acquire | Op::Get | Op::Put => !is_exact,
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
            clock[other] = clock[other].max(seen);
        }
    }

    fn access(
        &mut self,
        lasts: &mut HashMap<(u32, u64), Vec<Last>>,
        clock: &Clock,
        (worker, n): At,
        event: &Event,
        holding: &[u32],
        found: &mut BTreeSet<Race>,
    ) {
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
            self.access_element(lasts, clock, (worker, n), (event, kind), (id, index, name), holding, found);
        }
    }

    #[allow(clippy::too_many_arguments, reason = "it is the inner half of one function")]
    fn access_element(
        &self,
        lasts: &mut HashMap<(u32, u64), Vec<Last>>,
        clock: &Clock,
        (worker, n): At,
        (event, kind): (&Event, Op),
        (id, index, name): (u32, u64, Option<u64>),
        holding: &[u32],
        found: &mut BTreeSet<Race>,
    ) {
        let lasts = lasts.entry((id, index)).or_insert_with(|| vec![Last::default(); self.rows.len()]);
        for (other, last) in lasts.iter().enumerate().filter(|(other, _)| *other != worker) {
            let against: &[(&Option<Use>, bool)] = match kind {
                Op::Load => &[(&last.write, true), (&last.added, true)],
                Op::Store => &[(&last.read, false), (&last.write, true), (&last.added, true)],
                _ => &[(&last.read, false), (&last.write, true)],
            };
            for (access, writes) in against {
                let Some((place, line, held, seen)) = access else { continue };
                // Neither had seen the other: what is looked at first need not have come first.
                if *place >= clock[other] && n >= seen[worker] && event.line > 0 && *line > 0 {
                    let mine = self.told(event.line, kind != Op::Load, holding);
                    let mut both = [mine, self.told(*line, *writes, held)];
                    both.sort();
                    let [first, second] = both;
                    found.insert(Race { name: self.name(id, name), first, second });
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

    fn told(&self, line: u32, writes: bool, holding: &[u32]) -> Access {
        let name = |id: &u32| self.declared.get(*id as usize).map_or_else(String::new, |it| it.name.clone());
        Access { line, writes, holding: holding.iter().map(name).collect() }
    }

    /// What a number is called; of many elements there is no one number.
    fn name(&self, id: u32, index: Option<u64>) -> String {
        match (self.declared.get(id as usize), index) {
            (Some(Resource { name, kind: ResourceKind::Array { .. }, .. }), Some(index)) => format!("{name}[{index}]"),
            (Some(Resource { name, .. }), _) => name.clone(),
            (None, _) => String::new(),
        }
    }
}

/// Takes over what another had seen.
fn join(clock: &mut Clock, other: &Clock) {
    for (mine, theirs) in clock.iter_mut().zip(other) {
        *mine = (*mine).max(*theirs);
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
