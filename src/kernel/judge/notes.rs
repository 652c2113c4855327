//! What is good to know of a run and makes no failure: what became of threads that jobs had started by themselves.

use super::Judge;
use crate::diagnostic::Diagnostic;
use crate::kernel::protocol::RunReport;
use crate::record::{ExitStatus, RunOutcome, WorkerOutcome};
use crate::shared::std_table::OBJECTS;
use crate::shared::thread_table::THREADS;

/// How many notes are told of a cell.
const TOLD: usize = 10;

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

impl Judge<'_> {
    /// The notes on a run.
    pub(super) fn notes_of(&self, report: &RunReport) -> Vec<Diagnostic> {
        let workers = &report.outcome.workers;
        let threads = workers.iter().filter(|worker| worker.thread.is_some());
        let mut notes: Vec<Diagnostic> = threads.filter_map(|thread| self.of_thread(workers, thread)).collect();
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

    fn of_thread(&self, workers: &[WorkerOutcome], thread: &WorkerOutcome) -> Option<Diagnostic> {
        let started = thread.thread?;
        let name = &thread.name;
        let by = workers.get(started.by as usize)?;
        let started_here = |note: Diagnostic| match started.position {
            Some(position) => {
                let place = self.notebook.line_place(position);
                let text = format!("`{}` started it here", by.name);
                if note.place.is_none() {
                    return note.at(place).label(text);
                }
                let mut note = note;
                note.notes.push(self.at(Some(position), text));
                note
            }
            None => note,
        };
        match &thread.exit {
            ExitStatus::Panicked { message, spot } => {
                let note = Diagnostic::new(format!("the thread `{name}` panicked: {message}")).remark();
                let note = spot.iter().fold(note, |note, spot| note.at(self.notebook.spot_place(*spot, 1)));
                Some(started_here(note))
            }
            // It did not come to its end, and nobody ended the run from outside. Of a thread whose start nobody saw, the end
            // may come unseen, too.
            ExitStatus::Lost if by.exit == ExitStatus::Code(0) && started.position.is_some() => {
                let text = format!("the thread `{name}` was still at work when its process ended, and ended with it");
                let help = "join it, as `handle.join()` does, where its work is to be done";
                Some(started_here(Diagnostic::new(text).remark()).help(help))
            }
            _ => None,
        }
    }
}
