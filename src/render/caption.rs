//! What a picture shows, in words worked from the run's own numbers.

use super::text::visible;
use super::units::percent;
use super::words::Words;
use super::workers;
use crate::model::{Action, ActionKind, Event, TaskOutcome};
use crate::record::{ExitStatus, Resource, RunOutcome, WorkerOutcome};

/// The caption of the lanes of a `spawn` cell, as plain text; `longest` is who waited longest for one thing that others had,
/// for what, and how long.
pub fn spawn(run: &RunOutcome, longest: Option<(&WorkerOutcome, &Resource, u64)>, words: Words) -> String {
    let workers = started(run);
    let first = match workers.as_slice() {
        [] => return words.no_worker().to_owned(),
        [one] => words.ran_for(&visible(&one.name), one.end_ns.saturating_sub(one.start_ns)),
        all => overlap_sentence(all, words),
    };
    let waiting =
        longest.and_then(|longest| waiting_sentence(longest, words)).or_else(|| blocked_sentence(&workers, words));
    let parts: Vec<String> = [Some(first), waiting, starting_sentence(&workers, words)].into_iter().flatten().collect();
    parts.join(words.space())
}

/// The caption of the lanes of a `spawn` cell by steps, as plain text.
pub fn steps(run: &RunOutcome, words: Words) -> String {
    let took =
        |worker: &&WorkerOutcome| (visible(&worker.name).into_owned(), worker.end_ns.saturating_sub(worker.start_ns));
    words.took_steps(&started(run).iter().map(took).collect::<Vec<_>>())
}

/// The caption of the lanes of a `pool` cell, as plain text.
pub fn pool(run: &RunOutcome, words: Words) -> String {
    let workers = started(run);
    let of = |kind: ActionKind| run.trace.iter().filter(move |event| event.kind() == kind);
    let tasks: u64 = workers.iter().fold(0, |sum, worker| sum.saturating_add(worker.tasks));
    let shares = shares(run);
    let began = shares.iter().filter(|(worker, share)| !worker.exit.is_success() && share.is_in_a_chunk()).count();
    let chunks = Some((of(ActionKind::TakeTasks).count() + began) as u64).filter(|chunks| (1..tasks).contains(chunks));
    // A task that failed is one that its worker was at, and not one that it did.
    let share = |(worker, Share { failed, .. }): &(&WorkerOutcome, Share)| {
        (visible(&worker.name).into_owned(), worker.tasks.saturating_sub(*failed), *failed)
    };
    let shares: Vec<(String, u64, u64)> = shares.iter().map(share).collect();
    let mut text = words.pooled(tasks, chunks, workers.len() as u64, &shares);
    let end = of(ActionKind::Task).map(Event::end_ns).max().unwrap_or(0);
    let taken = of(ActionKind::TakeTasks).map(|event| event.at_ns).max();
    // Who retired, or was ended from outside, did not end for want of tasks.
    let is_idle = |worker: &&&WorkerOutcome| worker.exit.is_success() && !workers::has_retired(worker, taken);
    let idle = workers.iter().filter(is_idle).min_by_key(|worker| worker.end_ns).filter(|_| run.trace_dropped == 0);
    if let Some((worker, ns)) =
        idle.map(|worker| (worker, end.saturating_sub(worker.end_ns))).filter(|(_, ns)| *ns > end / 20)
    {
        text.push_str(&words.idled(&visible(&worker.name), ns));
    }
    text
}

/// A worker's share of a pool's tasks.
#[derive(Clone, Copy, Default)]
struct Share {
    /// How many of them failed.
    failed: u64,
    /// When the last task and the last chunk that were recorded ended.
    task: Option<u64>,
    chunk: Option<u64>,
}

impl Share {
    /// Whether its worker ended in the midst of a chunk, which is recorded only when the last of its tasks has ended.
    fn is_in_a_chunk(&self) -> bool {
        self.task.is_some_and(|task| self.chunk.is_none_or(|chunk| task > chunk))
    }
}

/// The workers of a pool that were started, each with its share.
fn shares(run: &RunOutcome) -> Vec<(&WorkerOutcome, Share)> {
    let mut shares = vec![Share::default(); run.workers.len()];
    for event in &run.trace {
        let Some(share) = shares.get_mut(event.worker as usize) else { continue };
        match event.action {
            Action::Task { outcome, .. } => {
                share.failed += u64::from(outcome == TaskOutcome::Failed);
                share.task = Some(event.end_ns());
            }
            Action::TakeTasks { .. } => share.chunk = Some(event.end_ns()),
            _ => {}
        }
    }
    run.workers.iter().zip(shares).skip(1).filter(|(worker, _)| is_started(worker)).collect()
}

/// The workers but main that were started.
fn started(run: &RunOutcome) -> Vec<&WorkerOutcome> {
    run.workers.iter().skip(1).filter(|worker| is_started(worker)).collect()
}

fn is_started(worker: &WorkerOutcome) -> bool {
    worker.exit != ExitStatus::NotStarted
}

/// How long at least two of the workers ran at the same time.
fn overlap_ns(workers: &[&WorkerOutcome]) -> u64 {
    let mut edges: Vec<(u64, i64)> = workers
        .iter()
        .filter(|worker| worker.end_ns > worker.start_ns)
        .flat_map(|worker| [(worker.start_ns, 1), (worker.end_ns, -1)])
        .collect();
    edges.sort_unstable();
    let (mut running, mut since, mut total) = (0, 0, 0);
    for (at, change) in edges {
        if running >= 2 {
            total += at - since;
        }
        running += change;
        since = at;
    }
    total
}

fn overlap_sentence(workers: &[&WorkerOutcome], words: Words) -> String {
    let overlap = overlap_ns(workers);
    let mut order = workers.to_vec();
    if overlap == 0 {
        order.sort_by_key(|worker| (worker.start_ns, worker.end_ns));
    }
    let names: Vec<String> = order.iter().map(|worker| visible(&worker.name).into_owned()).collect();
    let first = workers.iter().map(|worker| worker.start_ns).min().unwrap_or(0);
    let last = workers.iter().map(|worker| worker.end_ns).max().unwrap_or(0);
    let whole = last.saturating_sub(first);
    let who = words.list(&names, 3);
    match overlap {
        0 => words.ran_in_turns(&who, whole),
        _ if overlap >= whole / 100 * 99 => words.ran_at_once(&who, whole),
        _ => words.ran_partly_at_once(&who, overlap, whole),
    }
}

/// Who waited most for one thing that others had, if that was a noticeable part of its time.
fn waiting_sentence((worker, resource, sum): (&WorkerOutcome, &Resource, u64), words: Words) -> Option<String> {
    let name = &resource.name;
    let ran = worker.end_ns.saturating_sub(worker.start_ns);
    (sum.saturating_mul(20) > ran)
        .then(|| words.waited(&visible(&worker.name), sum, &visible(name), &percent(sum, ran)))
}

/// Who slept and waited most, if that was a noticeable part of its time.
fn blocked_sentence(workers: &[&WorkerOutcome], words: Words) -> Option<String> {
    let ran = |worker: &WorkerOutcome| worker.end_ns.saturating_sub(worker.start_ns);
    let most = workers
        .iter()
        .filter(|worker| worker.blocked_ns.saturating_mul(20) > ran(worker))
        .max_by_key(|w| w.blocked_ns)?;
    Some(words.slept(&visible(&most.name), &percent(most.blocked_ns, ran(most)), most.blocked_ns))
}

/// What starting a worker cost, by what it is.
fn starting_sentence(workers: &[&WorkerOutcome], words: Words) -> Option<String> {
    let [_, kinds @ ..] = words.kinds();
    let costs: Vec<(&str, u64)> = kinds
        .into_iter()
        .filter_map(|kind| {
            let of: Vec<u64> = workers
                .iter()
                .filter(|worker| workers::kind(worker, words) == kind)
                .map(|worker| worker.ready_ns.saturating_sub(worker.spawn_ns))
                .collect();
            let mean = of.iter().fold(0_u64, |sum, ns| sum.saturating_add(*ns)) / (of.len() as u64).max(1);
            (!of.is_empty()).then_some((kind, mean))
        })
        .collect();
    (!costs.is_empty()).then(|| words.starting(&costs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Executor, StartMethod};
    use crate::render::fixture;

    #[test]
    fn the_caption_says_overlap_waiting_and_start_cost() {
        let caption = spawn(&fixture::two_workers(), None, Words::ENGLISH).replace('\u{a0}', " ");
        assert_eq!(
            caption,
            "job-1 and job-2 ran at the same time for 8 ms of 10 ms. job-2 slept or waited 50 % of its \
             time (4 ms). \
             Starting a thread took 50 µs, a process 1 ms."
        );
    }

    #[test]
    fn a_fresh_process_is_told_from_a_forked_one() {
        let mut run = fixture::two_workers();
        let mut fresh = fixture::worker("job-3", Executor::Process, 20_000_000, 21_000_000);
        fresh.start = Some(StartMethod::Exec);
        fresh.spawn_ns = fresh.ready_ns - 3_000_000;
        run.workers.push(fresh);
        let caption = spawn(&run, None, Words::ENGLISH).replace('\u{a0}', " ");
        assert!(caption.ends_with("Starting a thread took 50 µs, a process 1 ms, a fresh process 3 ms."), "{caption}");
    }

    #[test]
    fn workers_that_did_not_overlap_ran_one_after_another() {
        let mut run = fixture::two_workers();
        run.workers[2].start_ns = run.workers[1].end_ns;
        run.workers[2].end_ns = run.workers[1].end_ns + 5;
        assert!(spawn(&run, None, Words::ENGLISH).starts_with("job-1 and job-2 ran one after another"));
    }
}
