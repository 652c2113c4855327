//! A run by logical steps instead of time: whatever a worker does comes one step after the last thing that it depends on.
//! What depends on the program alone has the same step in every run, and can be drawn on a page that is to stay the same.
//! What several workers do to one thing without anything that orders them may come in another order in the next run: that
//! is found, and left out.

use super::touch::touches;
use crate::model::causality::history::{History, Known, Point, Scope};
use crate::model::{Action, ActionKind, Event, LockKind, ResourceKind};
use crate::record::{Executor, ExitStatus, Resource, RunOutcome, WorkerOutcome};
use crate::render::words::Undrawn;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// So many events times workers are followed.
const MAX_WORK: usize = 1 << 26;

/// Of so many elements that are read or written at once each is looked at.
const MAX_ELEMENTS: u64 = 4096;

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
    /// Whether each line comes after the one before it in every run.
    pub prints_in_turn: bool,
}

/// The steps of a run, or why it has none that are the same in every run.
pub fn logical(run: &RunOutcome, resources: &[Resource], is_pool: bool) -> Result<Logical, Undrawn> {
    if is_pool && run.workers.len() > 2 {
        return Err(Undrawn::Pool);
    }
    if run.workers.iter().any(|worker| worker.thread.is_some()) {
        return Err(Undrawn::Threads);
    }
    if run.trace_dropped > 0 {
        return Err(Undrawn::Dropped);
    }
    let is_cut = |worker: &WorkerOutcome| matches!(worker.exit, ExitStatus::TimedOut | ExitStatus::Lost);
    if run.workers.iter().any(is_cut) {
        return Err(Undrawn::Cut);
    }
    if run.trace.len().saturating_mul(run.workers.len()) > MAX_WORK {
        return Err(Undrawn::Large);
    }
    let is_normal = |worker: &WorkerOutcome| worker.executor == Executor::Normal;
    let workers = run.workers.get(1..).unwrap_or_default();
    let in_turn = workers.iter().all(is_normal);
    if run.workers.is_empty() || !in_turn && workers.iter().any(is_normal) {
        return Err(Undrawn::Unfit);
    }
    let kinds: HashMap<u32, ResourceKind> = resources.iter().map(|resource| (resource.id, resource.kind)).collect();
    let kind = |id| kinds.get(&id).copied();
    let history = History::new(&run.trace, &run.ends(), kind, Scope::Program, in_turn);
    let mut users: HashMap<u32, BTreeSet<u32>> = HashMap::new();
    for event in &run.trace {
        users.entry(event.resource.unwrap_or(u32::MAX)).or_default().insert(event.worker);
    }
    let clears = run.trace.iter().filter(|event| event.kind() == ActionKind::Clear);
    let cleared: BTreeSet<u32> = clears.filter_map(|event| event.resource).collect();
    // At first it is found what comes in no order, and then what depends on that.
    let follow = |contested| {
        let follower = Follower {
            run,
            kinds: &kinds,
            history: &history,
            users: &users,
            cleared: &cleared,
            in_turn,
            known: contested,
            printed: None,
            spans: vec![(0, 0); run.workers.len()],
            touched: HashMap::new(),
            found: Logical::of(run),
        };
        follower.follow().ok_or(Undrawn::Unfit)
    };
    follow(follow(BTreeSet::new())?.contested)
}

/// What was done to a place: by whom, at which of its events, and whether it was a write.
type Touch = (usize, u32, bool);

struct Follower<'a> {
    run: &'a RunOutcome,
    kinds: &'a HashMap<u32, ResourceKind>,
    history: &'a History<'a>,
    users: &'a HashMap<u32, BTreeSet<u32>>,
    /// The events that are cleared, so that a wait depends on who came first.
    cleared: &'a BTreeSet<u32>,
    in_turn: bool,
    /// What is known to come in no order.
    known: BTreeSet<u32>,
    /// Who printed the last line so far, and at which of its events.
    printed: Option<(usize, u32)>,
    /// The first and the last step of each worker.
    spans: Vec<(u64, u64)>,
    touched: HashMap<(u32, u64), Vec<Touch>>,
    found: Logical,
}

impl Logical {
    /// A run without any steps so far.
    fn of(run: &RunOutcome) -> Self {
        let run = RunOutcome {
            executor: run.executor,
            swept: run.swept,
            repetition: run.repetition,
            output_cut_bytes: run.output_cut_bytes,
            results: run.results.clone(),
            workers: run.workers.clone(),
            deadlock: run.deadlock.clone(),
            ..RunOutcome::default()
        };
        Self { run, contested: BTreeSet::new(), unsure: BTreeSet::new(), is_unsure: false, prints_in_turn: true }
    }
}

impl Follower<'_> {
    /// Follows all workers; `None` if their events do not fit together.
    fn follow(mut self) -> Option<Logical> {
        let history = self.history;
        let fits = history.walk(|worker, point, known| match point {
            Point::Begin => self.spans[worker].0 = known.step,
            Point::End => self.spans[worker].1 = known.step,
            Point::Event(place, before) => self.step(worker, place, before, known),
        });
        fits.then(|| self.finish())
    }

    /// Follows one event of a worker that had come up to the step `before` by itself.
    fn step(&mut self, worker: usize, place: usize, before: u64, known: &mut Known) {
        let event = &self.run.trace[place];
        if let Some(id) = event.resource {
            self.touch(worker, place, id, known);
            known.is_marked |= self.known.contains(&id) && event.action.effect().is_led();
            if known.is_marked {
                self.found.unsure.insert(id);
            }
        }
        self.found.is_unsure |= known.is_marked && worker > 0;
        if event.kind() == ActionKind::Print {
            // Were all in one order, the walk would come to them in it.
            let before = self.printed.replace((worker, known.seen[worker]));
            self.found.prints_in_turn &= before.is_none_or(|(other, at)| known.seen[other] >= at);
        }
        let (at_ns, duration_ns) = match event.kind() {
            ActionKind::Sleep | ActionKind::Task => (known.step - 1, 1),
            _ if known.step > before + 1 => (before, known.step - before),
            _ => (known.step, 0),
        };
        // The order in which parties came to a barrier is nobody's but the clock's.
        let action = match event.action {
            Action::Meet { .. } => Action::Meet { place: 0 },
            action => action,
        };
        self.found.run.trace.push(Event { at_ns, duration_ns, action, ..*event });
    }

    /// Notes what an event touches, and whether another worker touched the same with nothing between them.
    fn touch(&mut self, worker: usize, place: usize, id: u32, now: &Known) {
        let event = &self.run.trace[place];
        if let Action::LoadMany { count, .. } | Action::StoreMany { count, .. } = event.action
            && count > MAX_ELEMENTS
        {
            // So many elements at once are not looked at one by one.
            if self.users.get(&id).is_some_and(|users| users.len() > 1) {
                self.found.contested.insert(id);
            }
            return;
        }
        let kind = self.kinds.get(&id).copied();
        let is_sure = match kind {
            Some(ResourceKind::Lock(LockKind::Event)) => !self.cleared.contains(&id),
            _ => self.history.meets(place),
        };
        for (place, writes) in touches(event.action, kind, is_sure) {
            let touched = self.touched.entry((id, place)).or_default();
            let is_apart = |(other, at, wrote): &Touch| {
                *other != worker && (writes || *wrote) && now.seen.get(*other).is_none_or(|seen| seen < at)
            };
            if touched.iter().any(is_apart) {
                self.found.contested.insert(id);
            }
            let at = now.seen[worker];
            match touched.iter_mut().find(|(other, _, wrote)| (*other, *wrote) == (worker, writes)) {
                Some(last) => last.1 = at,
                None => touched.push((worker, at, writes)),
            }
        }
    }

    /// Puts the run together.
    fn finish(mut self) -> Logical {
        let end = self.spans[0].1;
        let run = &mut self.found.run;
        for (worker, (start, stop)) in run.workers.iter_mut().zip(&self.spans) {
            (worker.spawn_ns, worker.ready_ns, worker.start_ns, worker.end_ns) = (*start, *start, *start, *stop);
            // When a worker had a core is chance.
            worker.on_core.clear();
        }
        // Main waits for one worker after the other, from where they all began.
        let mut main = self.spans.get(1).map_or(0, |span| span.0);
        for (number, (_, stop)) in self.spans.iter().enumerate().skip(1).filter(|_| !self.in_turn) {
            let (action, duration_ns) = (Action::Join { worker: number as u64 }, stop.saturating_sub(main));
            let join =
                Event { worker: 0, at_ns: main, duration_ns, action, resource: None, position: None, ordering: None };
            run.trace.push(join);
            main = main.max(*stop);
        }
        run.wall_ns = end;
        run.trace.sort_by_key(|event| (event.at_ns, event.worker));
        // What was printed stands in the order of the steps, too.
        for event in &mut run.trace {
            let Action::Print { line: place } = &mut event.action else { continue };
            let Some(line) = self.run.output.get(*place as usize) else { continue };
            *place = run.output.len() as u64;
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
