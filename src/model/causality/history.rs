//! The happens-before order of a whole run, and a walk along it with vector clocks and logical steps.
//!
//! An event comes after whatever its worker did before it, and after one thing more at most, since it is one call on one
//! resource. All workers come after what main did before it opened the gate, and main goes on after all of them.

use super::atomics::{Source, sources};
use super::holds::{holds, succession};
use super::items::items;
use super::meetings::meetings;
use crate::model::{Action, ActionKind, Event, LockKind, ResourceKind, StdKind, SyncError};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Which orders are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those that each run of the program has in which its workers do what they did.
    Program,
    /// Those of this run, too: who held a lock after whom.
    Run,
}

/// Where a walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Where a worker begins.
    Begin,
    /// The event at this place in the trace; the step up to which its worker had come by itself.
    Event(usize, u64),
    /// Where a worker ends.
    End,
}

/// What a worker knows at some point.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The logical step: one more than the highest step of all that comes before.
    pub step: u64,
    /// A vector clock: how many events of each worker come before, this one included.
    pub seen: Vec<u32>,
    /// Whether whoever walks along has marked anything that comes before.
    pub is_marked: bool,
}

impl Known {
    fn join(&mut self, other: &Known) {
        self.step = self.step.max(other.step);
        self.is_marked |= other.is_marked;
        for (mine, theirs) in self.seen.iter_mut().zip(&other.seen) {
            *mine = (*mine).max(*theirs);
        }
    }
}

/// A place in the history: an event by its place in the trace; behind these where each worker begins and ends, and behind these
/// the meetings at barriers.
type Node = u32;

/// The happens-before order of a run.
pub struct History<'a> {
    events: &'a [Event],
    /// The places of each worker's events.
    pub rows: Vec<Vec<usize>>,
    /// What comes directly before what. Of two that come before one node, its own worker's is the first.
    edges: Vec<(Node, Node)>,
    nodes: usize,
    meets: Vec<bool>,
    /// The reads of atomics that may come after any write before them.
    doubtful: HashSet<usize>,
}

impl<'a> History<'a> {
    /// The history of a run. `ends` are the times at which the workers ended, main first. `in_turn` says that each worker begins
    /// where the one before it has ended.
    pub fn new(
        events: &'a [Event],
        ends: &[u64],
        kind: impl Fn(u32) -> Option<ResourceKind>,
        scope: Scope,
        in_turn: bool,
    ) -> Self {
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); ends.len()];
        let threads = threads(events, ends.len());
        let mut uses: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        // Main goes on when all workers have ended, so when it waited for each of them makes no difference.
        let is_mains =
            |event: &Event| matches!(event.action, Action::Join { worker } if !threads.contains_key(&worker));
        for (place, event) in events.iter().enumerate().filter(|(_, event)| !is_mains(event)) {
            let Some(row) = rows.get_mut(event.worker as usize) else { continue };
            row.push(place);
            if let Some(id) = event.resource {
                uses.entry(id).or_default().push(place);
            }
        }
        let nodes = events.len() + 2 * rows.len();
        let (edges, meets) = (Vec::with_capacity(nodes), vec![false; events.len()]);
        let mut history = Self { events, rows, edges, nodes, meets, doubtful: HashSet::new() };
        for worker in 0..ends.len() {
            let (begin, end) = (history.begin(worker), history.end(worker));
            let row = history.rows[worker].iter().map(|place| *place as Node);
            let from = std::iter::once(begin).chain(row.clone());
            history.edges.extend(from.zip(row.chain([end])));
        }
        history.open_gate(&threads, in_turn);
        history.start_threads(&threads);
        for (id, places) in &uses {
            if let Some(kind) = kind(*id) {
                history.find_causes(places, ends, kind, scope);
            }
        }
        history
    }

    /// Whether the event at this place is a wait for others who come to each meeting at a barrier.
    pub fn meets(&self, place: usize) -> bool {
        self.meets[place]
    }

    /// Whether the event at this place has read a number of an atomic that it may have from any write before it.
    pub fn is_doubtful(&self, place: usize) -> bool {
        self.doubtful.contains(&place)
    }

    fn begin(&self, worker: usize) -> Node {
        (self.events.len() + 2 * worker) as Node
    }

    fn end(&self, worker: usize) -> Node {
        self.begin(worker) + 1
    }

    /// The last that a worker did before the event at this place.
    fn last(&self, worker: usize, place: usize) -> Node {
        let row = &self.rows[worker];
        let before = row.partition_point(|other| *other < place).checked_sub(1);
        before.map_or_else(|| self.begin(worker), |before| row[before] as Node)
    }

    /// What a worker did directly behind the event at this place.
    fn next(&self, worker: usize, place: usize) -> Node {
        let row = &self.rows[worker];
        row.get(row.partition_point(|other| *other <= place)).map_or_else(|| self.end(worker), |next| *next as Node)
    }

    /// A thread begins behind the call that starts it, and ends before any that waits for that.
    fn start_threads(&mut self, threads: &HashMap<u64, usize>) {
        for (worker, start) in threads {
            self.edges.push((*start as Node, self.begin(*worker as usize)));
        }
        let joins = self.events.iter().enumerate().filter_map(|(place, event)| match event.action {
            Action::Join { worker } if threads.contains_key(&worker) && self.rows.len() > event.worker as usize => {
                Some((worker as usize, place))
            }
            _ => None,
        });
        let joins: Vec<(Node, Node)> = joins.map(|(worker, place)| (self.end(worker), place as Node)).collect();
        self.edges.extend(joins);
    }

    /// Main starts the workers, and goes on after them.
    fn open_gate(&mut self, threads: &HashMap<u64, usize>, in_turn: bool) {
        let Some(main) = self.rows.first() else { return };
        let joins =
            self.events.iter().filter(|event| event.worker == 0).position(|event| event.kind() == ActionKind::Join);
        let opens = main.iter().position(|place| self.events[*place].action == Action::Open);
        let gate = opens.map_or(joins.unwrap_or(0), |opens| opens + 1);
        let next = main.get(gate).map_or_else(|| self.end(0), |next| *next as Node);
        let mut from = self.last(0, main.get(gate).copied().unwrap_or(usize::MAX));
        for worker in 1..self.rows.len() {
            let (begin, end) = (self.begin(worker), self.end(worker));
            match threads.get(&(worker as u64)).map(|start| self.events[*start].worker) {
                None => {
                    self.edges.extend([(from, begin), (end, next)]);
                    from = if in_turn { end } else { from };
                }
                // Main goes on, and is over when its own threads are.
                Some(0) => self.edges.push((end, self.end(0))),
                Some(_) => self.edges.push((end, next)),
            }
        }
    }

    /// Finds what the events of one resource come after.
    fn find_causes(&mut self, places: &[usize], ends: &[u64], kind: ResourceKind, scope: Scope) {
        use StdKind::{Atomic, AtomicBool, AtomicPtr, Barrier, Channel, Condvar};
        let events = self.events;
        let all = || places.iter().map(|place| (*place, &events[*place]));
        match kind {
            ResourceKind::Queue { maxsize: most } | ResourceKind::Std(Channel { bound: most }) => {
                let closed = Action::GiveUp { reason: SyncError::Closed };
                self.after_signal(places, Action::Close, closed);
                // Where there is no room, an item that was taken made some. Items of several senders of a channel of `std` have numbers, but
                // no order by these.
                let mut senders =
                    all().filter(|(_, event)| event.kind() == ActionKind::Put).map(|(_, event)| event.worker);
                let first = senders.next();
                let is_ordered =
                    matches!(kind, ResourceKind::Queue { .. }) || senders.all(|other| Some(other) == first);
                let room = most.filter(|room| *room > 0 && is_ordered);
                let hands_over = kind == ResourceKind::Std(Channel { bound: Some(0) });
                let mut taken: HashMap<u64, Node> = HashMap::new();
                for item in items(all()) {
                    let (put, get) = (item.put.map(|put| put as Node), item.get.map(|get| get as Node));
                    let made_room = room.and_then(|room| taken.remove(&item.number.checked_sub(room)?));
                    self.edges.extend(made_room.zip(put));
                    self.edges.extend(put.zip(get));
                    if let (true, Some(put), Some(get)) = (hands_over, item.put, get) {
                        // Who sends goes on when it is taken.
                        self.edges.push((get, self.next(events[put].worker as usize, put)));
                    }
                    taken.extend(room.and(get).map(|get| (item.number, get)));
                }
            }
            ResourceKind::Lock(LockKind::Event) => self.after_signal(places, Action::Set, Action::WaitEvent),
            ResourceKind::Lock(LockKind::Barrier(_)) | ResourceKind::Std(Barrier(_)) => {
                let parties = kind.most().and_then(|most| u32::try_from(most).ok()).unwrap_or(u32::MAX);
                let meetings = meetings(all(), parties);
                for meeting in meetings.iter().filter(|_| meetings.are_steady) {
                    let node = self.nodes as Node;
                    self.nodes += 1;
                    for place in meeting {
                        let arrival = self.last(events[*place].worker as usize, *place);
                        self.edges.extend([(arrival, node), (node, *place as Node)]);
                        self.meets[*place] = true;
                    }
                }
            }
            // Which permit a worker got is not recorded.
            ResourceKind::Lock(LockKind::Semaphore(_) | LockKind::BoundedSemaphore(_)) => {}
            // A notification alone orders nothing; the mutex does.
            ResourceKind::Std(Condvar) => {}
            _ if scope == Scope::Program => {}
            ResourceKind::Std(Atomic(_) | AtomicBool | AtomicPtr) => self.find_sources(places),
            _ => {
                let holds = holds(all(), ends, kind, u64::MAX);
                for (before, next) in
                    succession(&holds).into_iter().map(|(before, next)| (&holds[before], &holds[next]))
                {
                    let given = match before.given {
                        Some(given) if events[given].action == Action::Release => given as Node,
                        // Who waits on a condition gives its lock up before that.
                        Some(given) => self.last(before.worker, given),
                        // Who ended with a lock in hand held it behind all that it did.
                        None => self.last(before.worker, usize::MAX),
                    };
                    if before.worker != next.worker {
                        self.edges.push((given, next.taken as Node));
                    }
                }
            }
        }
    }

    /// Finds what reads of an atomic that acquire come after.
    fn find_sources(&mut self, places: &[usize]) {
        let events = self.events;
        let neighbour = |place: usize, behind: bool| {
            let row = &self.rows[events[place].worker as usize];
            let at = row.partition_point(|other| *other < place);
            let other = if behind { row.get(at + 1) } else { at.checked_sub(1).and_then(|before| row.get(before)) };
            other.map(|other| events[*other].at_ns)
        };
        // Each took effect between its neighbours.
        let can_be_before = |one: usize, other: usize| {
            neighbour(one, false).is_none_or(|from| neighbour(other, true).is_none_or(|until| from <= until))
        };
        for (place, source) in sources(events, places, can_be_before) {
            match source {
                Source::Writes(writes) => {
                    self.edges.extend(writes.into_iter().map(|write| (write as Node, place as Node)));
                }
                Source::Doubtful => drop(self.doubtful.insert(place)),
            }
        }
    }

    /// An event that was set stays so, as a queue that was closed does: what depends on it comes after the first signal, unless it was
    /// over by then, because the signal was given before the run.
    fn after_signal(&mut self, places: &[usize], signal: Action, after: Action) {
        let events = self.events;
        let are = |action: Action| places.iter().copied().filter(move |place| events[*place].action == action);
        let Some(signal) = are(signal).next() else { return };
        for place in are(after) {
            let row = &self.rows[self.events[place].worker as usize];
            let next = row.get(row.partition_point(|other| *other <= place));
            if next.is_none_or(|next| self.events[*next].at_ns >= self.events[signal].at_ns) {
                self.edges.push((signal as Node, place as Node));
            }
        }
    }

    /// Goes along the whole run, so that everything comes after what it depends on, and calls `visit` with each point, its worker,
    /// and what that worker knows there. Says whether it came to the end: in a trace that is damaged, events may wait for each other.
    pub fn walk(&self, mut visit: impl FnMut(usize, Point, &mut Known)) -> bool {
        let before = Lists::new(self.nodes, self.edges.iter().map(|(from, to)| (*to, *from)));
        let after = Lists::new(self.nodes, self.edges.iter().copied());
        let mut left: Vec<usize> = (0..self.nodes).map(|node| before.of(node).len()).collect();
        let mut uses: Vec<usize> = (0..self.nodes).map(|node| after.of(node).len()).collect();
        let mut kept: Vec<Option<Known>> = vec![None; self.nodes];
        let mut ready: Vec<usize> = self.rows.first().map(|_| self.begin(0) as usize).into_iter().collect();
        let mut visited = 0;
        while let Some(node) = ready.pop() {
            let (mut known, mut own) = (Known::default(), 0);
            for (n, other) in before.of(node).iter().map(|other| *other as usize).enumerate() {
                uses[other] -= 1;
                // Whoever comes last takes it.
                let theirs = if uses[other] == 0 { kept[other].take() } else { kept[other].clone() };
                match theirs {
                    Some(theirs) if n == 0 => (own, known) = (theirs.step, theirs),
                    Some(theirs) => known.join(&theirs),
                    None => {}
                }
            }
            known.seen.resize(self.rows.len(), 0);
            let place = node.checked_sub(self.events.len());
            match (place.map(|place| (place / 2, place % 2)), self.events.get(node)) {
                (None, Some(event)) => {
                    known.step += 1;
                    known.seen[event.worker as usize] += 1;
                    visit(event.worker as usize, Point::Event(node, own), &mut known);
                }
                (Some((worker, 0)), _) if worker < self.rows.len() => visit(worker, Point::Begin, &mut known),
                (Some((worker, _)), _) if worker < self.rows.len() => {
                    known.step += 1;
                    visit(worker, Point::End, &mut known);
                }
                _ => {}
            }
            kept[node] = Some(known);
            visited += 1;
            // What a worker does next comes first.
            for next in after.of(node).iter().rev().map(|next| *next as usize) {
                left[next] -= 1;
                if left[next] == 0 {
                    ready.push(next);
                }
            }
        }
        visited == self.rows.iter().map(Vec::len).sum::<usize>() + self.nodes - self.events.len()
    }
}

/// The threads that workers started by themselves, and where each was started.
fn threads(events: &[Event], workers: usize) -> HashMap<u64, usize> {
    let start = |(place, event): (usize, &Event)| match event.action {
        Action::Spawn { worker } if worker > 0 && worker < workers as u64 && (event.worker as usize) < workers => {
            Some((worker, place))
        }
        _ => None,
    };
    events.iter().enumerate().filter_map(start).collect()
}

/// For each node a list of others, in their order.
struct Lists {
    ends: Vec<usize>,
    all: Vec<Node>,
}

impl Lists {
    fn new(nodes: usize, edges: impl Iterator<Item = (Node, Node)> + Clone) -> Self {
        let mut ends = vec![0; nodes + 1];
        edges.clone().for_each(|(of, _)| ends[of as usize + 1] += 1);
        for node in 1..=nodes {
            ends[node] += ends[node - 1];
        }
        let mut all = vec![0; ends[nodes]];
        let mut next = ends.clone();
        for (of, other) in edges {
            all[next[of as usize]] = other;
            next[of as usize] += 1;
        }
        Self { ends, all }
    }

    fn of(&self, node: usize) -> &[Node] {
        &self.all[self.ends[node]..self.ends[node + 1]]
    }
}
