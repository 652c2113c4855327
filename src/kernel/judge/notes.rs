//! What is good to know of a run and makes no failure: what became of threads that jobs had started by themselves.

use super::Judge;
use crate::diagnostic::{Diagnostic, named};
use crate::kernel::protocol::RunReport;
use crate::record::{ExitStatus, RunOutcome, WorkerOutcome};
use crate::shared::std_table::OBJECTS;
use crate::shared::thread_table::THREADS;

/// How many notes are told of a cell.
const TOLD: usize = 10;

/// How many names a note lists.
const NAMES: usize = 6;

/// The notes on a cell, of whose runs the first is told that has any.
#[derive(Default)]
pub(super) struct Notes(Vec<Diagnostic>);

impl Notes {
    /// Adds those of the only run, or of one of `several`.
    pub(super) fn add(&mut self, run: &RunOutcome, several: bool, notes: Vec<Diagnostic>) {
        if self.0.is_empty() {
            let under = run.executor.filter(|_| several).map(|executor| format!("under `{}`", executor.as_str()));
            self.0 = notes.into_iter().map(|note| under.iter().cloned().fold(note, Diagnostic::note)).collect();
        }
    }

    /// Those that are told.
    pub(super) fn told(mut self) -> Vec<Diagnostic> {
        let more = self.0.len().saturating_sub(TOLD);
        self.0.truncate(TOLD);
        if let Some(last) = self.0.pop() {
            self.0.push(if more > 0 { last.note(format!("there are {more} more notes")) } else { last });
        }
        self.0
    }
}

/// The job that started a thread, itself or by threads of its own.
fn job_of<'a>(workers: &'a [WorkerOutcome], thread: &'a WorkerOutcome) -> Option<&'a WorkerOutcome> {
    let mut by = thread;
    // Whatever a record says, this comes to an end.
    for _ in 0..workers.len() {
        match by.thread {
            Some(started) => by = workers.get(started.by as usize)?,
            None => return Some(by),
        }
    }
    None
}

/// Whether a thread ended well, and later than the job that started it.
fn outlives(workers: &[WorkerOutcome], thread: &WorkerOutcome) -> bool {
    let well = ExitStatus::Code(0);
    let is_longer = |job: &WorkerOutcome| job.exit == well && job.end_ns > 0 && thread.end_ns > job.end_ns;
    thread.exit == well && job_of(workers, thread).is_some_and(is_longer)
}

impl Judge<'_> {
    /// The notes on a run.
    pub(super) fn notes_of(&self, report: &RunReport) -> Vec<Diagnostic> {
        let workers = &report.outcome.workers;
        let mut notes: Vec<Diagnostic> =
            alike(workers).iter().filter_map(|threads| self.of_threads(workers, threads)).collect();
        if report.more_threads > 0 {
            let text = format!(
                "{} more threads were started than the {THREADS} that are told apart: each counts as a part of its process",
                report.more_threads
            );
            notes.push(Diagnostic::new(text).remark());
        }
        if report.more_objects > 0 {
            let text = format!(
                "{} more objects of `std` were used than the {OBJECTS} that are followed: nothing is told of them",
                report.more_objects
            );
            notes.push(Diagnostic::new(text).remark());
        }
        notes
    }

    /// The note on threads that were started at one place and ended alike.
    fn of_threads(&self, workers: &[WorkerOutcome], threads: &[&WorkerOutcome]) -> Option<Diagnostic> {
        let first = threads.first()?;
        let started = first.thread?;
        let by = workers.get(started.by as usize)?;
        let names = named(threads.iter().map(|thread| &thread.name), NAMES);
        let [the, were, it, their] = match threads {
            [_] => ["the thread", "was", "it", "its"],
            _ => ["the threads", "were", "them", "their"],
        };
        let mut starters: Vec<&str> = Vec::new();
        for thread in threads.iter().filter_map(|thread| workers.get(thread.thread?.by as usize)) {
            if !starters.contains(&thread.name.as_str()) {
                starters.push(&thread.name);
            }
        }
        let started_here = |mut note: Diagnostic| {
            let Some(position) = started.position else { return note };
            let text = format!("{} started {it} here", named(&starters, NAMES));
            if note.place.is_none() {
                return note.at(self.notebook.line_place(position)).label(text);
            }
            note.notes.push(self.at(Some(position), text));
            note
        };
        match &first.exit {
            ExitStatus::Panicked { message, spot } => {
                let note = Diagnostic::new(format!("{the} {names} panicked: {message}")).remark();
                let note = spot.iter().fold(note, |note, spot| note.at(self.notebook.spot_place(*spot, 1)));
                Some(started_here(note))
            }
            // It did not come to its end, and nobody ended the run from outside. Of a thread whose start nobody saw, the end
            // may come unseen, too.
            ExitStatus::Lost if by.exit == ExitStatus::Code(0) && started.position.is_some() => {
                let text = format!("{the} {names} {were} still at work when {their} process ended, and ended with it");
                let help = format!("join {it}, as `handle.join()` does, where {their} work is to be done");
                Some(started_here(Diagnostic::new(text).remark()).help(help))
            }
            ExitStatus::Code(0) if outlives(workers, first) => {
                let text = format!("{the} {names} {were} still at work when {their} job had ended");
                let help = format!("join {it}, as `handle.join()` does, where {their} work is to be done");
                Some(started_here(Diagnostic::new(text).remark()).help(help))
            }
            _ => None,
        }
    }
}

/// The threads of a run, together those that were started at one place and ended alike.
fn alike(workers: &[WorkerOutcome]) -> Vec<Vec<&WorkerOutcome>> {
    let mut groups: Vec<Vec<&WorkerOutcome>> = Vec::new();
    let position = |worker: &WorkerOutcome| worker.thread.and_then(|thread| thread.position);
    // Whether its starter ended well decides what is said of a thread that was lost.
    let is_well = |worker: &WorkerOutcome| {
        worker.thread.and_then(|thread| workers.get(thread.by as usize)).map(|by| by.exit == ExitStatus::Code(0))
    };
    for thread in workers.iter().filter(|worker| worker.thread.is_some()) {
        let key = |worker: &WorkerOutcome| (position(worker), is_well(worker), outlives(workers, worker));
        let fits = |group: &&mut Vec<&WorkerOutcome>| group[0].exit == thread.exit && key(group[0]) == key(thread);
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(thread),
            None => groups.push(vec![thread]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Executor, StartedThread};

    #[test]
    fn threads_that_ended_alike_are_told_of_once() {
        let thread = |name: &str, by, exit: &ExitStatus| {
            let thread = Some(StartedThread { by, position: None });
            WorkerOutcome { thread, exit: exit.clone(), ..WorkerOutcome::made_up(name, Executor::Thread) }
        };
        let (good, lost) = (ExitStatus::Code(0), ExitStatus::Lost);
        let main = WorkerOutcome::made_up("main", Executor::Process);
        let workers = [main, thread("a", 0, &lost), thread("b", 0, &good), thread("c", 0, &lost)];
        let groups = alike(&workers);
        let names: Vec<Vec<&str>> =
            groups.iter().map(|group| group.iter().map(|worker| worker.name.as_str()).collect()).collect();
        assert_eq!(names, [vec!["a", "c"], vec!["b"]]);
    }

    #[test]
    fn a_thread_that_outlived_its_job_is_told_of_without_those_that_did_not() {
        let started = Some(StartedThread { by: 1, position: None });
        let at = |name: &str, thread, end_ns, exit| WorkerOutcome {
            thread,
            end_ns,
            exit,
            ..WorkerOutcome::made_up(name, Executor::Thread)
        };
        let (well, panicked) = (ExitStatus::Code(0), ExitStatus::Panicked { message: "oh".into(), spot: None });
        let workers = [
            at("main", None, 100, well.clone()),
            at("job", None, 10, well.clone()),
            at("in time", started, 5, well.clone()),
            at("late", started, 20, well.clone()),
            at("later", started, 30, well),
            at("in time, too", started, 6, panicked.clone()),
            at("late, too", started, 20, panicked),
        ];
        let groups = alike(&workers);
        let names: Vec<Vec<&str>> =
            groups.iter().map(|group| group.iter().map(|worker| worker.name.as_str()).collect()).collect();
        assert_eq!(names, [vec!["in time"], vec!["late", "later"], vec!["in time, too", "late, too"]]);
    }
}
