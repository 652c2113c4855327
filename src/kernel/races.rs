//! Accesses to shared numbers in a real run that nothing orders, found from its trace by vector clocks.
//!
//! What happened before what is known as far as [`causality`](crate::model::causality) has it. Whatever else can order workers, such
//! as permits of semaphores, counts as ordering its worker behind all that had happened anywhere by then: that may hide a race, but
//! never makes one up. Where the trace is not whole, nothing is said. Accesses to the atomics of `std` are none of them.

use crate::model::Executor;
use crate::model::causality::history::{History, Point, Scope};
use crate::model::{
    Action, ActionKind, Event, LockKind, Position, ResourceKind, Span, StdKind, SyncError, Token, WaitCondition,
};
use crate::plan::{Declaration, DeclaredKind};
use crate::record::explored::{Access, Race};
use crate::record::{Resource, RunOutcome};
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

/// What workers share: what is declared, and behind that the objects of `std`.
#[derive(Clone, Copy)]
struct Shared<'a> {
    declared: &'a [Declaration],
    objects: &'a [Resource],
}

impl<'a> Shared<'a> {
    fn object(self, id: u32) -> Option<&'a Resource> {
        let place = self.objects.binary_search_by_key(&id, |object| object.id).ok()?;
        self.objects.get(place)
    }

    fn kind(self, id: u32) -> Option<ResourceKind> {
        let declared = self.declared.get(id as usize).map(|resource| resource.kind.resource_kind());
        declared.or_else(|| self.object(id).map(|object| object.kind))
    }

    fn name(self, id: u32) -> String {
        let declared = self.declared.get(id as usize).map(|resource| &resource.name);
        declared.or_else(|| self.object(id).map(|object| &object.name)).cloned().unwrap_or_default()
    }

    /// Whether what an event is about orders workers by its holders: a lock, or a number with its own.
    fn is_held(self, event: &Event) -> bool {
        use LockKind::{Condition, Lock, RLock, RwLock};
        let kind = event.resource.and_then(|id| self.kind(id));
        matches!(
            kind,
            Some(
                ResourceKind::Value(_)
                    | ResourceKind::Array { .. }
                    | ResourceKind::Lock(Lock | RLock | RwLock | Condition)
                    | ResourceKind::Std(StdKind::Mutex | StdKind::RwLock)
            )
        )
    }
}

/// The races of a run. Where it `has_fences`, whatever an atomic of `std` is read by orders its worker.
pub fn races(run: &RunOutcome, declared: &[Declaration], has_fences: bool) -> Vec<Race> {
    let alone = run.workers.iter().skip(1).all(|worker| worker.executor == Executor::Normal && worker.thread.is_none());
    if run.trace_dropped > 0 || alone || run.trace.len().saturating_mul(run.workers.len()) > MAX_WORK {
        return Vec::new();
    }
    // What starts threads that nobody saw start may order them, too.
    let is_started =
        |number: usize| run.trace.iter().any(|event| event.action == Action::Spawn { worker: number as u64 });
    if run.workers.iter().enumerate().any(|(number, worker)| worker.thread.is_some() && !is_started(number)) {
        return Vec::new();
    }
    let shared = Shared { declared, objects: &run.objects };
    let in_turn = run.workers.iter().skip(1).filter(|worker| worker.thread.is_none());
    let in_turn = in_turn.clone().next().is_some() && in_turn.clone().all(|worker| worker.executor == Executor::Normal);
    let history = History::new(&run.trace, &run.ends(), |id| shared.kind(id), Scope::Run, in_turn);
    let events = |row: &Vec<usize>| row.iter().map(|place| &run.trace[*place]).collect();
    let rows: Vec<Vec<&Event>> = history.rows.iter().map(events).collect();
    let mut signals: HashMap<Option<u32>, Vec<Vec<usize>>> = HashMap::new();
    for (worker, row) in rows.iter().enumerate() {
        for (n, event) in row.iter().enumerate() {
            let number = match event.action {
                Action::Update { .. } => event.resource,
                Action::Set | Action::Close => None,
                // Who finds it initialized may leave no trace.
                Action::Release
                    if event.resource.and_then(|id| shared.kind(id)) == Some(ResourceKind::Std(StdKind::Once)) =>
                {
                    None
                }
                _ => continue,
            };
            signals.entry(number).or_insert_with(|| vec![Vec::new(); rows.len()])[worker].push(n);
        }
    }
    let holding = vec![Vec::new(); rows.len()];
    let starts = run.workers.iter().map(|worker| worker.start_ns).collect();
    let (uses, found) = (HashMap::new(), BTreeSet::new());
    let mut order = Order {
        rows: &rows,
        shared,
        signals,
        elements: MAX_ELEMENTS,
        holding,
        uses,
        found,
        senders: senders(run),
        counts: vec![0; rows.len()],
        starts,
    };
    let fits = history.walk(|worker, point, known| {
        if let Point::Event(place, _) = point {
            let event = &run.trace[place];
            let is_doubtful = history.is_doubtful(place) || has_fences && event.ordering.is_some();
            order.step(worker, (event, is_doubtful), &mut known.seen);
        }
    });
    if fits { order.found.into_iter().take(MAX_RACES).collect() } else { Vec::new() }
}

/// By resource, who put items into it.
fn senders(run: &RunOutcome) -> HashMap<u32, BTreeSet<u32>> {
    let mut senders: HashMap<u32, BTreeSet<u32>> = HashMap::new();
    for event in run.trace.iter().filter(|event| event.kind() == ActionKind::Put) {
        if let Some(id) = event.resource {
            senders.entry(id).or_default().insert(event.worker);
        }
    }
    senders
}

struct Order<'a> {
    rows: &'a [Vec<&'a Event>],
    shared: Shared<'a>,
    /// By resource, who put items into it.
    senders: HashMap<u32, BTreeSet<u32>>,
    /// How many events of each worker were looked at.
    counts: Clock,
    /// When each worker began.
    starts: Vec<u64>,
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
    fn step(&mut self, worker: usize, (event, is_doubtful): (&Event, bool), seen: &mut Clock) {
        // Others who may have been told something count as having seen an event too many.
        seen[worker] = self.counts[worker] + 1;
        self.counts[worker] += 1;
        let at = (worker, seen[worker] as usize - 1);
        self.look_around(seen, at, (event, is_doubtful));
        self.access(seen, at, event);
        hold(&mut self.holding[worker], event);
    }

    /// Orders a worker behind all that had happened by the end of a call that may order it in a way not looked into.
    fn look_around(&self, clock: &mut Clock, (worker, n): At, (event, is_doubtful): (&Event, bool)) {
        use WaitCondition::{Event as Set, Initialized, ItemsDone, Lock, Notification, Parties, Room, Unparked};
        let kind = event.resource.and_then(|id| self.shared.kind(id));
        let is_channel = matches!(kind, Some(ResourceKind::Std(StdKind::Channel { .. })));
        let wide = match event.action.effect().span {
            Span::Waits(Set | Notification | Parties | ItemsDone | Unparked | Initialized) => true,
            Span::Waits(Lock) => !self.shared.is_held(event),
            // Among several senders it is not known whose item made the room, nor who of them hung up when.
            Span::Waits(Room) => {
                let senders = event.resource.and_then(|id| self.senders.get(&id)).map_or(0, BTreeSet::len);
                is_channel && kind.is_some_and(|kind| kind.most().is_some()) && senders > 1
            }
            Span::GivesUp => is_channel && event.action == Action::GiveUp { reason: SyncError::Closed },
            _ => is_doubtful,
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
                match row.partition_point(|event| event.at_ns < until) {
                    // It had done nothing before it began.
                    0 if self.starts[other] >= until => 0,
                    seen => (seen + 1).min(row.len()),
                }
            } else {
                let places = signals.map_or(&[][..], |signals| &signals[other]);
                places.partition_point(begun).checked_sub(1).map_or(0, |last| places[last] + 1)
            };
            clock[other] = clock[other].max(seen as u32);
        }
    }

    fn access(&mut self, clock: &Clock, at: At, event: &Event) {
        let Some(id) = event.resource.filter(|id| (*id as usize) < self.shared.declared.len()) else { return };
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
        let (shared, holding) = (self.shared, &self.holding[at.0]);
        let uses = self.uses.entry((id, index)).or_default();
        // Reads do not disturb each other, and neither do additions in one step.
        for other in uses.iter().filter(|other| other.at.0 != at.0 && (other.kind != kind || kind == AccessKind::Write))
        {
            // Neither had seen the other: what is looked at first need not have come first.
            let is_apart = other.at.1 >= clock[other.at.0] as usize && at.1 >= other.seen[at.0] as usize;
            if is_apart {
                let mine = told(shared, position, kind, holding);
                let mut both = [mine, told(shared, other.position, other.kind, &other.holding)];
                both.sort();
                let [first, second] = both;
                self.found.insert(Race { name: called(shared.declared, id, name), first, second });
            }
        }
        let here = Use { at, kind, position, holding: holding.clone(), seen: clock.clone() };
        match uses.iter_mut().find(|last| (last.at.0, last.kind) == (at.0, kind)) {
            Some(last) => *last = here,
            None => uses.push(here),
        }
    }
}

fn told(shared: Shared<'_>, position: Position, kind: AccessKind, holding: &[u32]) -> Access {
    let name = |id: &u32| shared.name(*id);
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
