//! A trace sorted out in one pass over it, since there may be millions of events: what was done to each thing that is
//! shared, in the order in which it took effect, and how often.

use crate::model::{Action, ActionKind, Event, Numbered};
use crate::record::RunOutcome;

/// Behind so many others an event may take its place, before it is simpler to sort all of them.
const MAX_LATE: usize = 2048;

/// How often one worker did each kind of thing to one resource, and how long it waited there, by the kinds' numbers.
#[derive(Clone, Default)]
pub struct Tally {
    /// How often.
    pub many: [u64; ActionKind::ALL.len()],
    /// How long it waited, together.
    pub waited_ns: [u64; ActionKind::ALL.len()],
    /// How often it had to wait.
    pub waits: [u64; ActionKind::ALL.len()],
}

impl Tally {
    /// How often it had to wait in things of these kinds.
    pub fn often_waited(&self, kinds: &[ActionKind]) -> u64 {
        kinds.iter().map(|kind| self.waits[*kind as usize]).sum()
    }
}

/// What was done to one resource.
#[derive(Default)]
pub struct Used<'a> {
    /// By whom ever, in the order in which it took effect.
    pub events: Vec<&'a Event>,
    /// By each worker that the run knows, up to the last who did anything.
    pub tallies: Vec<Tally>,
    /// When the last of it was over.
    pub last_ns: u64,
    /// The least number of an item that was put, and that was taken.
    pub least_put: Option<u64>,
    pub least_got: Option<u64>,
    /// Whether anybody but main did anything.
    pub by_others: bool,
    /// Whether the events must be sorted in the end.
    is_mixed: bool,
}

/// When an event took effect. At one moment, what ended a wait comes before what it ended.
fn effect(event: &Event) -> (u64, bool) {
    (event.end_ns(), event.duration_ns > 0)
}

impl<'a> Used<'a> {
    fn add(&mut self, event: &'a Event, workers: usize) {
        let (worker, kind) = (event.worker as usize, event.kind() as usize);
        if worker < workers {
            if worker >= self.tallies.len() {
                self.tallies.resize_with(worker + 1, Tally::default);
            }
            let tally = &mut self.tallies[worker];
            tally.many[kind] += 1;
            if event.duration_ns > 0 {
                tally.waited_ns[kind] = tally.waited_ns[kind].saturating_add(event.duration_ns);
                tally.waits[kind] += 1;
            }
        }
        match event.action {
            Action::Put { item, .. } => self.least_put = Some(self.least_put.map_or(item, |least| item.min(least))),
            Action::Get { item, .. } => self.least_got = Some(self.least_got.map_or(item, |least| item.min(least))),
            _ => {}
        }
        self.by_others |= worker != 0;
        self.last_ns = self.last_ns.max(event.end_ns());
        self.order(event);
    }

    /// Puts an event in its place: near the end, since they come by their beginnings.
    fn order(&mut self, event: &'a Event) {
        let is_late = |other: &&Event| effect(other) > effect(event);
        if self.is_mixed || self.events.last().is_none_or(|last| !is_late(last)) {
            self.events.push(event);
            return;
        }
        let tail = self.events.len().saturating_sub(MAX_LATE);
        let place = tail + self.events[tail..].partition_point(|other| !is_late(other));
        self.is_mixed = place == tail && tail > 0;
        self.events.insert(place, event);
    }

    /// Sorts them, if not each has its place.
    fn finish(&mut self) {
        if self.is_mixed {
            self.events.sort_by_key(|event| effect(event));
        }
    }

    /// How long a worker waited in things of these kinds.
    pub fn waited_ns(&self, worker: usize, kinds: &[ActionKind]) -> u64 {
        let Some(tally) = self.tallies.get(worker) else { return 0 };
        kinds.iter().fold(0, |sum: u64, kind| sum.saturating_add(tally.waited_ns[*kind as usize]))
    }
}

/// What was done to each resource of a run, by its id. `each` is given every event, in order.
pub fn sort_out<'a>(run: &'a RunOutcome, mut each: impl FnMut(&'a Event)) -> Numbered<Used<'a>> {
    let mut used: Numbered<Used> = Numbered::default();
    for event in &run.trace {
        each(event);
        if let Some(resource) = event.resource {
            used.at(resource.into()).add(event, run.workers.len());
        }
    }
    used.iter_mut().for_each(Used::finish);
    used
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{event, two_workers};

    /// When the events of the only resource took effect, in their order.
    fn ends(events: &[(u64, u64)]) -> Vec<(u64, bool)> {
        let trace = events.iter().map(|(at, wait)| event(1, *at, *wait, Action::Acquire, Some(1))).collect();
        let run = RunOutcome { trace, ..two_workers() };
        sort_out(&run, |_| {}).take(1).events.into_iter().map(effect).collect()
    }

    #[test]
    fn what_is_done_comes_in_the_order_in_which_it_took_effect() {
        assert_eq!(
            ends(&[(1, 9), (2, 0), (3, 7), (10, 0), (11, 0)]),
            [(2, false), (10, false), (10, true), (10, true), (11, false)]
        );
    }

    #[test]
    fn it_does_so_wherever_the_events_began_and_however_many_wait() {
        let mut seed = 7u64;
        let mut next = || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            seed >> 33
        };
        for (begin, wait) in [(1, 50), (1, 100_000), (500, 50)] {
            let events: Vec<(u64, u64)> =
                (0..6000).map(|n| (n * 3 + next() % begin, next() % 3 * (next() % wait))).collect();
            let found = ends(&events);
            assert!(found.len() == 6000 && found.is_sorted());
        }
    }

    #[test]
    fn it_is_counted_by_worker_and_kind() {
        let trace = vec![
            event(1, 1, 5, Action::Get { item: 4, len: 0 }, Some(9)),
            event(1, 7, 0, Action::Get { item: 3, len: 0 }, Some(9)),
            event(0, 8, 0, Action::Put { item: 0, len: 0 }, Some(5)),
        ];
        let run = RunOutcome { trace, ..two_workers() };
        let mut seen = 0;
        let mut used = sort_out(&run, |_| seen += 1);
        let (queue, other) = (used.take(9), used.take(5));
        let tally = &queue.tallies[1];
        let get = ActionKind::Get as usize;
        assert_eq!((seen, tally.many[get], tally.waited_ns[get], tally.waits[get]), (3, 2, 5, 1));
        assert_eq!((queue.last_ns, queue.by_others, other.by_others), (7, true, false));
    }
}
