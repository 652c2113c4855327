//! How many workers were at work at once, and for how long.

use super::starts::has_begun;
use super::waits;
use crate::model::{ActionKind, Event};
use crate::record::{ExitStatus, RunOutcome};
use crate::render::words::Mark;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is noteworthy is what took at least this part of the time.
const NOTEWORTHY: u64 = 50;

/// How many were at work at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtOnce {
    /// How many workers there were.
    pub workers: usize,
    /// How many of them were at work at once at the most, for a noteworthy time.
    pub most: usize,
    /// For how long so many were.
    pub most_ns: u64,
    /// From the first one's beginning to the last one's end.
    pub whole_ns: u64,
    /// Whether each began when the one before it had ended.
    pub in_turns: bool,
    /// For how long all of them were asleep at once, if they slept nearly all the time; else 0.
    pub asleep_ns: u64,
    /// Whether they were at work for a small part of the time only.
    pub idle: bool,
}

/// The workers of a `spawn` cell that are at work at once: under way, and neither waiting nor asleep.
pub struct Workers<'a> {
    run: &'a RunOutcome,
    spans: Vec<(u64, u64)>,
    sums: Option<Sums>,
}

impl<'a> Workers<'a> {
    /// Those of a run, of whose waits and sleeps nothing is known yet.
    pub fn of(run: &'a RunOutcome) -> Self {
        let began = run.workers.iter().skip(1).filter(|worker| has_begun(worker));
        let spans: Vec<(u64, u64)> = began.map(|worker| (worker.start_ns, worker.end_ns)).collect();
        let sums = Sums::of(&spans);
        Self { run, spans, sums }
    }

    /// Adds an event, which may be a wait or a sleep; they come by their beginnings.
    #[inline]
    pub fn add(&mut self, event: &Event) {
        let Some(mark) = waits::kind(event).filter(|_| event.worker > 0) else { return };
        let end_ns = self.run.workers.get(event.worker as usize).map_or(0, |worker| worker.end_ns);
        if let Some(sums) = &mut self.sums {
            sums.add(mark, event.at_ns, event.end_ns().min(end_ns));
        }
    }

    /// How many were. Nobody if none ran.
    pub fn finish(self) -> Option<AtOnce> {
        self.sums?.finish(&self.spans, self.spans.len())
    }
}

/// How many workers of a pool were at work on a task at once, and neither waiting nor asleep in it. Nobody if there was none.
pub fn tasks(run: &RunOutcome) -> Option<AtOnce> {
    let is_task = |event: &&Event| event.kind() == ActionKind::Task && event.duration_ns > 0;
    let tasks = run.trace.iter().filter(is_task);
    let workers = run.workers.iter().skip(1).filter(|worker| worker.exit != ExitStatus::NotStarted).count();
    let spans: Vec<(u64, u64)> = tasks.map(|event| (event.at_ns, event.end_ns())).collect();
    let mut sums = Sums::of(&spans)?;
    // When the task ends that each worker is at.
    let mut until_ns = vec![0; run.workers.len()];
    for event in &run.trace {
        let Some(until_ns) = until_ns.get_mut(event.worker as usize) else { continue };
        if is_task(&event) {
            *until_ns = event.end_ns();
        } else if let Some(mark) = waits::kind(event) {
            sums.add(mark, event.at_ns, event.end_ns().min(*until_ns));
        }
    }
    Some(AtOnce { workers, in_turns: false, idle: false, ..sums.finish(&spans, workers)? })
}

/// What is summed up on the way through time.
struct Sums {
    /// When so many more, or fewer, are under way, in order.
    edges: Vec<(u64, i64)>,
    next: usize,
    /// When pauses end that have begun.
    ends: BinaryHeap<Reverse<u64>>,
    now_ns: u64,
    at_work: i64,
    /// For how long so many were at work, by their number.
    level_ns: Vec<u64>,
    /// When somebody falls asleep, and wakes up.
    sleeps: Vec<(u64, i64)>,
}

impl Sums {
    fn of(spans: &[(u64, u64)]) -> Option<Self> {
        let now_ns = spans.iter().map(|span| span.0).min()?;
        let mut edges: Vec<(u64, i64)> = spans.iter().flat_map(|(from, to)| [(*from, 1), (*to, -1)]).collect();
        edges.sort_unstable();
        let (ends, level_ns, sleeps) = (BinaryHeap::new(), Vec::new(), Vec::new());
        Some(Self { edges, next: 0, ends, now_ns, at_work: 0, level_ns, sleeps })
    }

    /// A wait or a sleep of somebody, none of which begins before the last one that was told.
    fn add(&mut self, mark: Mark, from_ns: u64, to_ns: u64) {
        if to_ns <= from_ns {
            return;
        }
        if mark == Mark::Sleep {
            self.sleeps.extend([(from_ns, 1), (to_ns, -1)]);
        }
        self.go_to(from_ns);
        self.at_work -= 1;
        self.ends.push(Reverse(to_ns));
    }

    fn go_to(&mut self, to_ns: u64) {
        loop {
            let edge = self.edges.get(self.next).map_or(u64::MAX, |edge| edge.0);
            let end = self.ends.peek().map_or(u64::MAX, |end| end.0);
            let at_ns = edge.min(end);
            if at_ns > to_ns || at_ns == u64::MAX {
                break;
            }
            self.pass(at_ns);
            if edge <= end {
                self.at_work += self.edges[self.next].1;
                self.next += 1;
            } else {
                self.at_work += 1;
                self.ends.pop();
            }
        }
        self.pass(to_ns);
    }

    fn pass(&mut self, at_ns: u64) {
        let level = self.at_work.max(0) as usize;
        if level >= self.level_ns.len() {
            self.level_ns.resize(level + 1, 0);
        }
        self.level_ns[level] = self.level_ns[level].saturating_add(at_ns.saturating_sub(self.now_ns));
        self.now_ns = self.now_ns.max(at_ns);
    }

    /// For how long workers slept, all taken together, and for how long all of so many did at once.
    fn asleep(&mut self, workers: usize) -> (u64, u64) {
        self.sleeps.sort_unstable();
        let (mut asleep, mut since_ns, mut slept_ns, mut together_ns) = (0_i64, 0, 0_u64, 0_u64);
        for (at_ns, change) in &self.sleeps {
            let passed_ns = at_ns - since_ns;
            slept_ns = slept_ns.saturating_add(passed_ns.saturating_mul(asleep.max(0) as u64));
            together_ns = together_ns.saturating_add(if asleep as usize == workers { passed_ns } else { 0 });
            (asleep, since_ns) = (asleep + change, *at_ns);
        }
        (slept_ns, together_ns)
    }

    fn finish(mut self, spans: &[(u64, u64)], workers: usize) -> Option<AtOnce> {
        let (first, last) = (spans.iter().map(|span| span.0).min()?, spans.iter().map(|span| span.1).max()?);
        self.go_to(last);
        let whole_ns = last - first;
        let (mut most, mut most_ns) = (0, 0_u64);
        for level in (1..self.level_ns.len()).rev() {
            most_ns = most_ns.saturating_add(self.level_ns[level]);
            if most_ns >= whole_ns / NOTEWORTHY && most_ns > 0 {
                most = level;
                break;
            }
        }
        let mut order = spans.to_vec();
        order.sort_unstable();
        let ran_ns = spans.iter().fold(0_u64, |sum, span| sum.saturating_add(span.1 - span.0));
        let in_turns = order.windows(2).all(|pair| pair[0].1 <= pair[1].0);
        let (slept_ns, together_ns) = self.asleep(workers);
        let are_asleep = !in_turns && slept_ns >= ran_ns - ran_ns / 10 && together_ns >= whole_ns / 2;
        let asleep_ns = if are_asleep { together_ns } else { 0 };
        let worked_ns = self
            .level_ns
            .iter()
            .enumerate()
            .fold(0_u64, |sum, (level, ns)| sum.saturating_add(ns.saturating_mul(level as u64)));
        let idle = worked_ns < ran_ns / 4;
        Some(AtOnce { workers, most, most_ns, whole_ns, in_turns, asleep_ns, idle })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;
    use crate::record::Executor;
    use crate::render::fixture::{event, task, worker};

    fn run(spans: &[(u64, u64)], trace: Vec<Event>) -> RunOutcome {
        let jobs = spans.iter().map(|(from, to)| worker("job", Executor::Thread, *from, *to));
        let workers = [worker("main", Executor::Normal, 0, 1000)].into_iter().chain(jobs).collect();
        RunOutcome { workers, trace, ..RunOutcome::default() }
    }

    fn workers(run: &RunOutcome) -> Option<AtOnce> {
        let mut workers = Workers::of(run);
        run.trace.iter().for_each(|event| workers.add(event));
        workers.finish()
    }

    #[test]
    fn who_waits_or_sleeps_is_not_at_work() {
        let wait = event(1, 100, 60, Action::Acquire, Some(1));
        let found = workers(&run(&[(100, 200), (100, 200), (100, 200)], vec![wait])).expect("workers");
        assert_eq!((found.workers, found.most, found.most_ns, found.whole_ns), (3, 3, 40, 100));
        let all = [1, 2].map(|who| event(who, 100, 99, Action::Acquire, Some(1)));
        assert_eq!(workers(&run(&[(100, 200), (100, 200), (100, 200)], all.to_vec())).expect("workers").most, 1);
    }

    #[test]
    fn a_moment_is_not_noteworthy() {
        let found = workers(&run(&[(0, 501), (500, 1000), (0, 300)], Vec::new())).expect("workers");
        assert_eq!((found.most, found.most_ns), (2, 301));
    }

    #[test]
    fn who_begins_when_the_one_before_has_ended_takes_turns() {
        assert!(workers(&run(&[(50, 90), (0, 50)], Vec::new())).expect("workers").in_turns);
        assert!(!workers(&run(&[(49, 90), (0, 50)], Vec::new())).expect("workers").in_turns);
        assert_eq!(workers(&run(&[], Vec::new())), None);
    }

    #[test]
    fn naps_are_told_from_work() {
        let sleep = |who| event(who, 1, 98, Action::Sleep, None);
        let asleep_ns = |trace| workers(&run(&[(0, 100), (0, 100)], trace)).expect("workers").asleep_ns;
        assert_eq!(asleep_ns(vec![sleep(1), sleep(2)]), 98);
        assert_eq!(asleep_ns(vec![sleep(1)]), 0);
    }

    #[test]
    fn all_are_asleep_only_as_long_as_each_of_them_is() {
        let sleep = |who, at_ns, length_ns| event(who, at_ns, length_ns, Action::Sleep, None);
        let late = vec![sleep(1, 0, 100), sleep(2, 30, 70)];
        assert_eq!(workers(&run(&[(0, 100), (30, 100)], late)).expect("workers").asleep_ns, 70);
        let apart = vec![sleep(1, 0, 100), sleep(2, 90, 100)];
        assert_eq!(workers(&run(&[(0, 100), (90, 190)], apart)).expect("workers").asleep_ns, 0, "mostly one is");
    }

    #[test]
    fn a_pool_is_at_work_while_it_is_at_tasks() {
        let at = |who, at_ns, index| event(who, at_ns, 40, task(index), None);
        let found = tasks(&run(&[(0, 100), (0, 100)], vec![at(1, 0, 0), at(2, 30, 1), at(1, 60, 2)])).expect("tasks");
        assert_eq!((found.workers, found.most, found.most_ns, found.whole_ns), (2, 2, 20, 100));
    }

    #[test]
    fn who_waits_or_sleeps_in_a_task_is_not_at_work_on_it() {
        let at = |who, at_ns, index| event(who, at_ns, 40, task(index), None);
        let wait = event(2, 35, 90, Action::Acquire, Some(1));
        let found = tasks(&run(&[(0, 100), (0, 100)], vec![at(1, 0, 0), at(2, 30, 1), wait])).expect("tasks");
        assert_eq!((found.most, found.most_ns), (2, 5), "a wait may end behind its task, where it is none of it");
        let sleep = |who, at_ns| event(who, at_ns, 40, Action::Sleep, None);
        let naps = vec![at(1, 0, 0), sleep(1, 0), at(2, 0, 1), sleep(2, 0), at(1, 40, 2), sleep(1, 40)];
        let found = tasks(&run(&[(0, 80), (0, 80)], naps)).expect("tasks");
        assert_eq!((found.asleep_ns, found.workers), (40, 2));
        let early = event(1, 1, 8, Action::Acquire, Some(1));
        assert_eq!(
            tasks(&run(&[(0, 100)], vec![early, at(1, 10, 0)])).expect("tasks").most_ns,
            40,
            "it was no task yet"
        );
    }

    #[test]
    fn events_in_no_order_and_without_end_do_no_harm() {
        let odd = [(9, 7), (u64::MAX, 2), (3, u64::MAX)].map(|(at, ns)| event(1, at, ns, Action::Acquire, Some(1)));
        assert!(workers(&run(&[(0, 100), (50, u64::MAX)], odd.to_vec())).is_some());
    }
}
