//! A run by logical steps instead of time: whatever a worker does comes one step after the last thing that it depends on.
//! What depends on the program alone has the same step in every run, and can be drawn on a page that is to stay the same.
//! What several workers do to one thing without anything that orders them may come in another order in the next run: that
//! is found, and left out.

use super::touch::{is_led, touches};
use crate::model::{Event, LockKind, Op, Shape};
use crate::record::{Executor, Exit, ResourceState, RunOutcome, WorkerOutcome};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// So many events times workers are followed.
const MOST: usize = 1 << 26;

/// Of so many elements that are read or written at once each is looked at.
const MOST_ELEMENTS: u64 = 4096;

/// A run by steps.
pub struct Logical {
    /// The run, with steps for nanoseconds.
    pub run: RunOutcome,
    /// What several workers came to in an order that may be another in the next run, by id.
    pub contested: BTreeSet<u32>,
    /// What else was done to depends on such an order.
    pub unsure: BTreeSet<u32>,
    /// Whether what the workers did depends on such an order.
    pub is_unsure: bool,
}

/// Why a run has no steps that are the same in every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undrawn {
    /// Which worker takes which task is chance.
    Pool,
    /// Not every event was kept.
    Dropped,
    /// A worker was ended at a limit of time.
    Cut,
    /// There are too many events.
    Large,
    /// The events do not fit together.
    Unfit,
}

/// The steps of a run, or why it has none that are the same in every run.
pub fn logical(run: &RunOutcome, resources: &[ResourceState], is_pool: bool) -> Result<Logical, Undrawn> {
    if is_pool && run.workers.len() > 2 {
        return Err(Undrawn::Pool);
    }
    if run.trace_dropped > 0 {
        return Err(Undrawn::Dropped);
    }
    let is_cut = |worker: &WorkerOutcome| matches!(worker.exit, Exit::TimedOut | Exit::Lost);
    if run.workers.iter().any(is_cut) {
        return Err(Undrawn::Cut);
    }
    if run.trace.len().saturating_mul(run.workers.len()) > MOST {
        return Err(Undrawn::Large);
    }
    let shapes: HashMap<u32, Shape> = resources.iter().map(|resource| (resource.id, resource.shape)).collect();
    // At first it is found what comes in no order, and then what depends on that.
    let follow = |contested| Follower::new(run, &shapes, contested).follow();
    let first = follow(BTreeSet::new()).ok_or(Undrawn::Unfit)?;
    follow(first.contested).ok_or(Undrawn::Unfit)
}

/// What an event must know of those that it depends on.
#[derive(Clone, Default)]
struct Mark {
    step: u64,
    /// How far each worker had come.
    clock: Vec<u32>,
    /// Whether any of it depends on an order that may be another.
    is_unsure: bool,
}

impl Mark {
    fn join(&mut self, other: &Mark) {
        self.step = self.step.max(other.step);
        self.clock.resize(self.clock.len().max(other.clock.len()), 0);
        for (mine, theirs) in self.clock.iter_mut().zip(&other.clock) {
            *mine = (*mine).max(*theirs);
        }
        self.is_unsure |= other.is_unsure;
    }
}

/// One worker on its way through its events.
#[derive(Default)]
struct Row<'a> {
    events: Vec<&'a Event>,
    next: usize,
    /// What it knows by now; `None` until it was started.
    now: Option<Mark>,
    /// Its first and its last step, once it has ended.
    span: Option<(u64, u64)>,
    start: u64,
    /// How often it came to each barrier, and whether it stands at one.
    rounds: HashMap<u32, usize>,
    is_at_barrier: bool,
}

/// What was done to a place: by whom, at which of its events, and whether it was a write.
type Touch = (usize, u32, bool);

struct Follower<'a> {
    run: &'a RunOutcome,
    shapes: &'a HashMap<u32, Shape>,
    known: BTreeSet<u32>,
    rows: Vec<Row<'a>>,
    /// What is done in the run at all: to items of queues, and to what was signalled; who comes to a barrier.
    does: HashSet<(Op, u32, u64)>,
    comers: HashMap<u32, BTreeSet<u32>>,
    users: HashMap<u32, BTreeSet<u32>>,
    /// What was done so far.
    items: HashMap<(Op, u32, u64), Mark>,
    meetings: HashMap<(u32, usize), (usize, Mark)>,
    touched: HashMap<(u32, u64), Vec<Touch>>,
    found: Logical,
}

impl<'a> Follower<'a> {
    fn new(run: &'a RunOutcome, shapes: &'a HashMap<u32, Shape>, known: BTreeSet<u32>) -> Self {
        let mut rows: Vec<Row> = run.workers.iter().map(|_| Row::default()).collect();
        let (mut does, mut comers) = (HashSet::new(), HashMap::<u32, BTreeSet<u32>>::new());
        let mut users: HashMap<u32, BTreeSet<u32>> = HashMap::new();
        for event in &run.trace {
            let Some(row) = rows.get_mut(event.worker as usize) else { continue };
            row.events.push(event);
            let Some(id) = event.resource else { continue };
            users.entry(id).or_default().insert(event.worker);
            match event.op {
                Op::Put | Op::Get => drop(does.insert((event.op, id, event.a))),
                Op::Notify => drop(does.insert((Op::Notify, id, 0))),
                Op::Wait => drop(comers.entry(id).or_default().insert(event.worker)),
                _ => {}
            }
        }
        let found = Logical {
            run: RunOutcome {
                executor: run.executor,
                swept: run.swept,
                repetition: run.repetition,
                output_cut_bytes: run.output_cut_bytes,
                results: run.results.clone(),
                workers: run.workers.clone(),
                deadlock: run.deadlock.clone(),
                ..RunOutcome::default()
            },
            contested: BTreeSet::new(),
            unsure: BTreeSet::new(),
            is_unsure: false,
        };
        let (items, meetings, touched) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { run, shapes, known, rows, does, comers, users, items, meetings, touched, found }
    }

    /// Follows all workers, each event behind those that it depends on; `None` if they do not fit together.
    fn follow(mut self) -> Option<Logical> {
        let workers = self.run.workers.get(1..)?;
        let is_normal = |worker: &WorkerOutcome| worker.executor == Executor::Normal;
        let in_turn = workers.iter().all(is_normal);
        if !in_turn && workers.iter().any(is_normal) {
            return None;
        }
        // What main did before it started the workers, and what after it had joined them.
        let events = std::mem::take(&mut self.rows[0].events);
        let starts = events.iter().position(|event| matches!(event.op, Op::Open | Op::Join));
        let (before, after) = events.split_at(starts.unwrap_or(0));
        self.rows[0].now = Some(Mark { clock: vec![0; self.rows.len()], ..Mark::default() });
        for event in before.iter().chain(after.iter().filter(|event| event.op == Op::Open)) {
            self.step(0, event).then_some(())?;
        }
        let gate = self.rows[0].now.clone()?;
        let mut last: Option<Mark> = Some(gate.clone());
        while self.rows[1..].iter().any(|row| row.span.is_none()) {
            let mut moved = false;
            for worker in 1..self.rows.len() {
                if self.rows[worker].span.is_some() {
                    continue;
                }
                if self.rows[worker].now.is_none() {
                    // Without concurrency one begins where the one before it has ended.
                    let begin = if in_turn { last.take() } else { Some(gate.clone()) };
                    let Some(begin) = begin else { break };
                    self.rows[worker].start = begin.step;
                    self.rows[worker].now = Some(begin);
                }
                moved |= self.advance(worker)?;
                if in_turn {
                    last = self.rows[worker].span.and(self.rows[worker].now.clone());
                }
            }
            if !moved {
                return None;
            }
        }
        for worker in 1..self.rows.len() {
            let ended = self.rows[worker].now.clone()?;
            let main = self.rows[0].now.as_mut()?;
            let (at_ns, duration_ns) = (main.step, ended.step.saturating_sub(main.step));
            main.join(&ended);
            if !in_turn {
                let a = worker as u64;
                let join = Event { worker: 0, at_ns, duration_ns, op: Op::Join, resource: None, a, b: 0, line: 0 };
                self.found.run.trace.push(join);
            }
        }
        for event in after.iter().filter(|event| !matches!(event.op, Op::Open | Op::Join)) {
            self.step(0, event).then_some(())?;
        }
        Some(self.finish())
    }

    /// Follows a worker as far as it comes; says whether it came any further. A worker that has ended has a step for that.
    fn advance(&mut self, worker: usize) -> Option<bool> {
        let mut moved = false;
        while let Some(event) = self.rows[worker].events.get(self.rows[worker].next).copied() {
            if !self.step(worker, event) {
                return Some(moved);
            }
            self.rows[worker].next += 1;
            moved = true;
        }
        let row = &mut self.rows[worker];
        let now = row.now.as_mut()?;
        now.step += 1;
        row.span = Some((row.start, now.step));
        Some(true)
    }

    /// Follows one event, if all that it depends on has happened.
    fn step(&mut self, worker: usize, event: &Event) -> bool {
        let Some(needs) = self.needs(worker, event) else { return false };
        let Some(mut now) = self.rows[worker].now.take() else { return false };
        let before = now.step;
        if let Some(needs) = &needs {
            now.join(needs);
        }
        let waits = now.step > before;
        now.clock[worker] += 1;
        if let Some(id) = event.resource {
            self.touch(worker, event, id, &now);
            now.is_unsure |= self.known.contains(&id) && is_led(event.op);
            if now.is_unsure {
                self.found.unsure.insert(id);
            }
        }
        self.found.is_unsure |= now.is_unsure && worker > 0;
        now.step += 1;
        let (at_ns, duration_ns) = match event.op {
            Op::Sleep | Op::Task => (now.step - 1, 1),
            _ if waits => (before, now.step - before),
            _ => (now.step, 0),
        };
        // The order in which parties came to a barrier is nobody's but the clock's.
        let a = if event.op == Op::Wait { 0 } else { event.a };
        self.found.run.trace.push(Event { at_ns, duration_ns, a, ..*event });
        if let Some(id) = event.resource {
            match event.op {
                Op::Put | Op::Get => drop(self.items.insert((event.op, id, event.a), now.clone())),
                Op::Notify => drop(self.items.entry((Op::Notify, id, 0)).or_insert_with(|| now.clone())),
                _ => {}
            }
        }
        self.rows[worker].now = Some(now);
        true
    }

    /// What an event depends on beside what its worker did before: nothing, or something, or something that has not happened
    /// yet.
    #[allow(clippy::option_option, reason = "the two levels are two questions")]
    fn needs(&mut self, worker: usize, event: &Event) -> Option<Option<Mark>> {
        let Some((id, shape)) = event.resource.and_then(|id| Some((id, *self.shapes.get(&id)?))) else {
            return Some(None);
        };
        let key = match (event.op, shape) {
            (Op::Get, Shape::Queue { .. }) => (Op::Put, id, event.a),
            (Op::Put, Shape::Queue { maxsize: Some(most @ 1..) }) if event.a >= most => (Op::Get, id, event.a - most),
            (Op::GaveUp, Shape::Queue { .. }) if event.b == Op::CLOSED => (Op::Notify, id, 0),
            (Op::Wait, Shape::Lock(LockKind::Event)) => (Op::Notify, id, 0),
            (Op::Wait, Shape::Lock(LockKind::Barrier(parties))) if self.meets(id, parties) => {
                return self.meet(worker, id, parties).map(Some);
            }
            _ => return Some(None),
        };
        if self.does.contains(&key) { self.items.get(&key).cloned().map(Some) } else { Some(None) }
    }

    /// Whether all who come to a barrier are needed there, so that each meeting is of the same.
    fn meets(&self, id: u32, parties: u32) -> bool {
        self.comers.get(&id).is_some_and(|comers| comers.len() == parties as usize)
    }

    /// Comes to a barrier; what all who came knew, once all have come.
    fn meet(&mut self, worker: usize, id: u32, parties: u32) -> Option<Mark> {
        let row = &mut self.rows[worker];
        let round = *row.rounds.get(&id).unwrap_or(&0);
        let (come, met) = self.meetings.entry((id, round)).or_default();
        if !row.is_at_barrier {
            row.is_at_barrier = true;
            *come += 1;
            met.join(row.now.as_ref()?);
        }
        (*come >= parties as usize).then(|| {
            row.is_at_barrier = false;
            row.rounds.insert(id, round + 1);
            met.clone()
        })
    }

    /// Notes what an event touches, and whether another worker touched the same with nothing between them.
    fn touch(&mut self, worker: usize, event: &Event, id: u32, now: &Mark) {
        let shape = self.shapes.get(&id).copied();
        if matches!(event.op, Op::LoadMany | Op::StoreMany) && event.b > MOST_ELEMENTS {
            // So many elements at once are not looked at one by one.
            if self.users.get(&id).is_some_and(|users| users.len() > 1) {
                self.found.contested.insert(id);
            }
            return;
        }
        let meets = matches!(shape, Some(Shape::Lock(LockKind::Barrier(parties))) if self.meets(id, parties));
        for (place, writes) in touches(event, shape, meets) {
            let touched = self.touched.entry((id, place)).or_default();
            let is_apart = |(other, at, wrote): &Touch| {
                *other != worker && (writes || *wrote) && now.clock.get(*other).is_none_or(|seen| seen < at)
            };
            if touched.iter().any(is_apart) {
                self.found.contested.insert(id);
            }
            let at = now.clock[worker];
            match touched.iter_mut().find(|(other, _, wrote)| (*other, *wrote) == (worker, writes)) {
                Some(last) => last.1 = at,
                None => touched.push((worker, at, writes)),
            }
        }
    }

    /// Puts the run together.
    fn finish(mut self) -> Logical {
        let end = self.rows[0].now.as_ref().map_or(0, |now| now.step) + 1;
        let run = &mut self.found.run;
        for (number, (worker, row)) in run.workers.iter_mut().zip(&self.rows).enumerate() {
            let (start, stop) = if number == 0 { (0, end) } else { row.span.unwrap_or_default() };
            (worker.spawn_ns, worker.ready_ns, worker.start_ns, worker.end_ns) = (start, start, start, stop);
        }
        run.wall_ns = end;
        run.trace.sort_by_key(|event| (event.at_ns, event.worker));
        // What was printed stands in the order of the steps, too.
        for event in run.trace.iter_mut().filter(|event| event.op == Op::Print) {
            let Some(line) = self.run.output.get(event.a as usize) else { continue };
            event.a = run.output.len() as u64;
            run.output.push(line.clone());
        }
        let waited: BTreeMap<u32, u64> = run.trace.iter().fold(BTreeMap::new(), |mut sums, event| {
            *sums.entry(event.worker).or_default() += event.duration_ns;
            sums
        });
        for (number, worker) in run.workers.iter_mut().enumerate() {
            worker.blocked_ns = waited.get(&(number as u32)).copied().unwrap_or(0);
        }
        debug_assert!(run.trace.iter().all(|event| event.end_ns() <= end));
        self.found
    }
}
