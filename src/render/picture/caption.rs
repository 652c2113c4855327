//! What a picture shows, in words worked from the run's own numbers.

use super::at_once::{self, AtOnce};
use super::figure::Told;
use super::on_core;
use super::starts::has_begun;
use crate::model::{Action, ActionKind, Event, TaskOutcome};
use crate::record::{ExitStatus, Resource, RunOutcome, WorkerOutcome};
use crate::render::text::visible;
use crate::render::units::percent;
use crate::render::words::{Together, Words};
use crate::render::workers;

/// Of more workers of a pool, those are named that did something.
const NAMED: usize = 5;

/// What is said of the lanes of a `spawn` cell, as plain text; `longest` is who waited longest for one thing that others had,
/// for what, and how long; `found` is how many were at work at once. And whether the title says who waited longest.
pub fn spawn(
    run: &RunOutcome,
    longest: Option<(&WorkerOutcome, &Resource, u64)>,
    found: Option<AtOnce>,
    (words, cores): (Words, u32),
) -> (Told, bool) {
    let workers = started(run);
    if run.trace_dropped > 0 {
        return (of_a_part(run, &workers, words), false);
    }
    let for_one = longest.and_then(|longest| waiting_sentence(longest, words));
    let is_for_one = for_one.is_some();
    let waiting = for_one.or_else(|| blocked_sentence(&workers, words));
    let is_idle = found.is_some_and(|found| found.idle && !found.in_turns && found.asleep_ns == 0);
    let finding = match (workers.as_slice(), found) {
        // Who waited, where that is most of what there was.
        (_, Some(_)) if is_idle && waiting.is_some() => {
            waiting.as_deref().unwrap_or_default().trim_end_matches(['.', '。']).to_owned()
        }
        ([one], _) => words.ran_for(&visible(&one.name), one.end_ns.saturating_sub(one.start_ns)),
        (_, Some(found)) => together(found, words),
        (_, None) => words.no_worker().to_owned(),
    };
    let is_told = found.is_some() && is_idle && is_for_one;
    let waiting = waiting.filter(|_| !is_idle);
    let on_core = on_core::share(run).map(|part| words.on_core(&percent((part * 1000.0) as u64, 1000), cores.into()));
    let parts: Vec<String> = [waiting, on_core].into_iter().flatten().collect();
    (Told { finding, caption: parts.join(words.space()) }, is_told)
}

/// What is known for certain although later events are missing: who ran for how long, and slept and waited for how long of it.
fn of_a_part(run: &RunOutcome, workers: &[&WorkerOutcome], words: Words) -> Told {
    let begun = || run.workers.iter().skip(1).filter(|worker| has_begun(worker));
    let whole = begun().map(|worker| worker.start_ns).min().zip(begun().map(|worker| worker.end_ns).max());
    let finding = match (workers, whole) {
        (_, None) => words.no_worker().to_owned(),
        ([one], _) => words.ran_for(&visible(&one.name), one.end_ns.saturating_sub(one.start_ns)),
        (_, Some((from, to))) => words.ran_in(begun().count() as u64, to.saturating_sub(from)),
    };
    Told { finding, caption: blocked_sentence(workers, words).unwrap_or_default() }
}

/// How many workers were at work at once.
fn together(found: AtOnce, words: Words) -> String {
    let AtOnce { workers, most, most_ns, whole_ns, in_turns, asleep_ns, .. } = found;
    match (in_turns, asleep_ns) {
        (true, _) => words.in_turns(whole_ns),
        (_, 1..) => words.asleep(workers, asleep_ns),
        _ => words.together(Together { workers, most, most_ns, whole_ns }),
    }
}

/// What is said of the lanes of a `spawn` cell by steps, as plain text.
pub fn steps(run: &RunOutcome, words: Words) -> Told {
    let took =
        |worker: &&WorkerOutcome| (visible(&worker.name).into_owned(), worker.end_ns.saturating_sub(worker.start_ns));
    let caption = words.took_steps(&started(run).iter().map(took).collect::<Vec<_>>());
    Told { finding: String::new(), caption }
}

/// What is said of the lanes of a `pool` cell, as plain text.
pub fn pool(run: &RunOutcome, words: Words) -> Told {
    let workers = started(run);
    let of = |kind: ActionKind| run.trace.iter().filter(move |event| event.kind() == kind);
    let tasks: u64 = workers.iter().fold(0, |sum, worker| sum.saturating_add(worker.tasks));
    let shares = shares(run);
    let began = shares.iter().filter(|(worker, share)| !worker.exit.is_success() && share.is_in_a_chunk()).count();
    let chunks = Some((of(ActionKind::TakeTasks).count() + began) as u64);
    let chunks = chunks.filter(|chunks| run.trace_dropped == 0 && (1..tasks).contains(chunks));
    // A task that failed is one that its worker was at, and not one that it did.
    let share = |(worker, Share { failed, .. }): &(&WorkerOutcome, Share)| {
        (visible(&worker.name).into_owned(), worker.tasks.saturating_sub(*failed), *failed)
    };
    let mut shares: Vec<(String, u64, u64)> = shares.iter().map(share).collect();
    if shares.len() > NAMED {
        shares.sort_by_key(|(_, did, failed)| did + failed == 0);
    }
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
    let found = at_once::tasks(run).filter(|_| !words.is_by_steps() && run.trace_dropped == 0);
    let finding = match (found, workers.iter().filter(|worker| worker.tasks > 0).collect::<Vec<_>>().as_slice()) {
        (Some(_), [one]) if tasks > 1 => words.did_all(&visible(&one.name), tasks),
        // The only task is at once with no other.
        _ if tasks < 2 => String::new(),
        (found, _) => found.filter(|it| it.workers > 1).map(|found| together(found, words)).unwrap_or_default(),
    };
    Told { finding, caption: text }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    fn at_once(run: &RunOutcome) -> Option<AtOnce> {
        let mut workers = at_once::Workers::of(run);
        run.trace.iter().for_each(|event| workers.add(event));
        workers.finish()
    }

    #[test]
    fn the_title_says_who_was_at_work_at_once_and_the_caption_who_waited() {
        let run = fixture::two_workers();
        let (told, _) = spawn(&run, None, at_once(&run), (Words::ENGLISH, 2));
        let text = |text: &str| text.replace('\u{a0}', " ");
        assert_eq!(text(&told.finding), "Both at once, for 4 ms of 10 ms");
        assert_eq!(text(&told.caption), "job-2 slept or waited 50 % of its time (4 ms).");
    }

    #[test]
    fn workers_that_did_not_overlap_came_one_after_another() {
        let mut run = fixture::two_workers();
        run.workers[2].start_ns = run.workers[1].end_ns;
        run.workers[2].end_ns = run.workers[1].end_ns + 5;
        assert!(
            spawn(&run, None, at_once(&run), (Words::ENGLISH, 2)).0.finding.starts_with("One after another, in 10")
        );
    }

    #[test]
    fn titles_name_numbers_as_one_says_them() {
        let title = |workers, most, words: Words| {
            let found = AtOnce { workers, most, most_ns: 30, whole_ns: 90, in_turns: false, asleep_ns: 0, idle: false };
            together(found, words).replace('\u{a0}', " ")
        };
        assert_eq!(title(4, 2, Words::ENGLISH), "Two of four at once, for 30 ns of 90 ns");
        assert_eq!(title(30, 30, Words::ENGLISH), "All 30 at once, for 30 ns of 90 ns");
        assert_eq!(title(4, 1, Words::ENGLISH), "Never two at work at once, in 90 ns");
        assert_eq!(title(4, 2, Words::CHINESE), "4 个工人中有 2 个同时在工作，共 30 ns（全程 90 ns）");
    }
}
