//! Accesses to shared numbers in a real run that nothing orders, found from its trace by vector clocks.
//!
//! What happened before what is known as far as [`causality`](crate::model::causality) has it. Whatever else can order workers, such
//! as permits of semaphores, counts as ordering its worker behind all that had happened anywhere by then: that may hide a race, but
//! never makes one up. Where the trace is not whole, nothing is said.

use crate::model::Executor;
use crate::model::causality::history::{History, Point, Scope};
use crate::model::{Action, Event, LockKind, Position, ResourceKind, Span, Token, WaitCondition};
use crate::plan::{Declaration, DeclaredKind};
use crate::record::RunOutcome;
use crate::record::explored::{Access, Race};
use std::collections::{BTreeSet, HashMap};

/// The most numbers that clocks may consist of, all together: so many events times so many workers.
const MAX_WORK: usize = 1 << 25;

/// The most races that are told.
const MAX_RACES: usize = 20;

/// The most elements of arrays that are watched of those that are read or written many at once.
const MAX_ELEMENTS: u64 = 1 << 16;

/// How far each worker had come, by number: so many of its events.
type Clock = Vec<u32>;

/// A worker's event, by its number in the worker's row.
type At = (usize, usize);

/// The races of a run.
pub fn races(run: &RunOutcome, declared: &[Declaration]) -> Vec<Race> {
    let alone = run.workers.iter().skip(1).all(|worker| worker.executor == Executor::Normal);
    // What `std` orders is not known here.
    let is_of_std = !run.objects.is_empty() || run.workers.iter().any(|worker| worker.thread.is_some());
    if is_of_std || run.trace_dropped > 0 || alone || run.trace.len().saturating_mul(run.workers.len()) > MAX_WORK {
        return Vec::new();
    }
    let kind = |id: u32| declared.get(id as usize).map(|resource| resource.kind.resource_kind());
    let history = History::new(&run.trace, &run.ends(), kind, Scope::Run, false);
    let events = |row: &Vec<usize>| row.iter().map(|place| &run.trace[*place]).collect();
    let rows: Vec<Vec<&Event>> = history.rows.iter().map(events).collect();
    let mut signals: HashMap<Option<u32>, Vec<Vec<usize>>> = HashMap::new();
    for (worker, row) in rows.iter().enumerate() {
        for (n, event) in row.iter().enumerate() {
            let number = match event.action {
                Action::Update { .. } => event.resource,
                Action::Set | Action::Close => None,
                _ => continue,
            };
            signals.entry(number).or_insert_with(|| vec![Vec::new(); rows.len()])[worker].push(n);
        }
    }
    let holding = vec![Vec::new(); rows.len()];
    let (uses, found) = (HashMap::new(), BTreeSet::new());
    let mut order = Order { rows: &rows, declared, signals, elements: MAX_ELEMENTS, holding, uses, found };
    let fits = history.walk(|worker, point, known| {
        if let Point::Event(place, _) = point {
            order.step(worker, &run.trace[place], &mut known.seen);
        }
    });
    if fits { order.found.into_iter().take(MAX_RACES).collect() } else { Vec::new() }
}

/// Whether what an event is about orders workers by its holders: a lock, or a number with its own.
fn is_held(declared: &[Declaration], event: &Event) -> bool {
    use LockKind::{Condition, Lock, RLock, RwLock};
    let kind = event.resource.and_then(|id| Some(declared.get(id as usize)?.kind.resource_kind()));
    matches!(
        kind,
        Some(
            ResourceKind::Value(_) | ResourceKind::Array { .. } | ResourceKind::Lock(Lock | RLock | RwLock | Condition)
        )
    )
}

struct Order<'a> {
    rows: &'a [Vec<&'a Event>],
    declared: &'a [Declaration],
    /// Where each worker added to a number in one step; and under `None`, where it set an event or closed a queue.
    signals: HashMap<Option<u32>, Vec<Vec<usize>>>,
    /// How many elements that are read or written with others may still be watched.
    elements: u64,
    /// The locks in each worker's hands.
    holding: Vec<Vec<u32>>,
    /// The last access of each kind by each worker to each number.
    uses: HashMap<(u32, u64), Vec<Use>>,
    found: BTreeSet<Race>,
}

/// What is done to a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AccessKind {
    Read,
    Write,
    /// An addition in one step.
    Add,
}

/// An access to a number.
struct Use {
    at: At,
    kind: AccessKind,
    position: Position,
    holding: Vec<u32>,
    /// What its worker had seen by then.
    seen: Clock,
}

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
        use WaitCondition::{Event as Set, ItemsDone, Lock, Notification, Parties};
        let wide = match event.action.effect().span {
            Span::Waits(Set | Notification | Parties | ItemsDone) => true,
            Span::Waits(Lock) => !is_held(self.declared, event),
            _ => false,
        };
        let adds = matches!(event.action, Action::Update { .. });
        // The call had ended before the next one of the same worker began.
        let until = match self.rows[worker].get(n + 1) {
            _ if !wide && !adds => event.at_ns,
            Some(next) => next.at_ns,
            None => u64::MAX,
        };
        // Of two additions one comes after the other; which one, only their numbers would tell. And an event that was set may have
        // been asked about, which leaves no trace.
        let signals = self.signals.get(&event.resource.filter(|_| adds));
        for (other, row) in self.rows.iter().enumerate().filter(|(other, _)| *other != worker) {
            // An event may be noted a moment after it took effect, but not before the event ahead of it.
            let begun = |place: &usize| place.checked_sub(1).is_none_or(|before| row[before].at_ns < until);
            let seen = if wide {
                (row.partition_point(|event| event.at_ns < until) + 1).min(row.len())
            } else {
                let places = signals.map_or(&[][..], |signals| &signals[other]);
                places.partition_point(begun).checked_sub(1).map_or(0, |last| places[last] + 1)
            };
            clock[other] = clock[other].max(seen as u32);
        }
    }

    fn access(&mut self, clock: &Clock, at: At, event: &Event) {
        let Some(id) = event.resource else { return };
        let (first, many, kind) = match event.action {
            Action::Load { index, .. } => (index, 1, AccessKind::Read),
            Action::Store { index, .. } => (index, 1, AccessKind::Write),
            Action::Update { .. } => (0, 1, AccessKind::Add),
            Action::LoadMany { start, count } => (start, count, AccessKind::Read),
            Action::StoreMany { start, count } => (start, count, AccessKind::Write),
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
        at: At,
        (event, kind): (&Event, AccessKind),
        (id, index, name): (u32, u64, Option<u64>),
    ) {
        // What stands in no line is not the author's.
        let Some(position) = event.position else { return };
        let (declared, holding) = (self.declared, &self.holding[at.0]);
        let uses = self.uses.entry((id, index)).or_default();
        // Reads do not disturb each other, and neither do additions in one step.
        for other in uses.iter().filter(|other| other.at.0 != at.0 && (other.kind != kind || kind == AccessKind::Write))
        {
            // Neither had seen the other: what is looked at first need not have come first.
            let is_apart = other.at.1 >= clock[other.at.0] as usize && at.1 >= other.seen[at.0] as usize;
            if is_apart {
                let mine = told(declared, position, kind, holding);
                let mut both = [mine, told(declared, other.position, other.kind, &other.holding)];
                both.sort();
                let [first, second] = both;
                self.found.insert(Race { name: called(declared, id, name), first, second });
            }
        }
        let here = Use { at, kind, position, holding: holding.clone(), seen: clock.clone() };
        match uses.iter_mut().find(|last| (last.at.0, last.kind) == (at.0, kind)) {
            Some(last) => *last = here,
            None => uses.push(here),
        }
    }
}

fn told(declared: &[Declaration], position: Position, kind: AccessKind, holding: &[u32]) -> Access {
    let name = |id: &u32| declared.get(*id as usize).map_or_else(String::new, |it| it.name.clone());
    Access { position: Some(position), writes: kind != AccessKind::Read, holding: holding.iter().map(name).collect() }
}

/// What a number is called; of many elements there is no one number.
fn called(declared: &[Declaration], id: u32, index: Option<u64>) -> String {
    match (declared.get(id as usize), index) {
        (Some(Declaration { name, kind: DeclaredKind::Array { .. }, .. }), Some(index)) => format!("{name}[{index}]"),
        (Some(Declaration { name, .. }), _) => name.clone(),
        (None, _) => String::new(),
    }
}

/// Keeps account of the locks in a worker's hands.
fn hold(holding: &mut Vec<u32>, event: &Event) {
    let Some(id) = event.resource else { return };
    let effect = event.action.effect();
    match (effect.takes, effect.gives) {
        (Some(Token::Hold | Token::SharedHold), _) => holding.push(id),
        (_, Some(Token::Hold)) => {
            if let Some(place) = holding.iter().rposition(|held| *held == id) {
                holding.remove(place);
            }
        }
        _ => {}
    }
}
