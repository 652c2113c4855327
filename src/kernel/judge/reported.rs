//! Which errors of a cell that ran several times are told: of each kind the first, and how often it came again.

use crate::diagnostic::Diagnostic;
use crate::record::RunOutcome;

/// How many kinds are told, apart from those of the first run that failed.
const MAX_ERROR_KINDS: usize = 10;

/// The errors of a cell, in order.
#[derive(Default)]
pub struct Errors(Vec<Found>);

struct Found {
    error: Diagnostic,
    /// What it has in common with the same error of another repetition.
    kind: String,
    /// Which of the runs that are repeated it is of, and which repetition; `None` where nothing was repeated.
    run: Option<(String, u32)>,
}

impl Errors {
    /// Adds what is wrong with the cell as a whole.
    pub fn of_cell(&mut self, errors: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(errors.into_iter().map(|error| Found { error, kind: String::new(), run: None }));
    }

    /// Adds what is wrong with the only run, or with one of several, which may be repetitions.
    pub fn of_run(&mut self, run: &RunOutcome, (several, repeated): (bool, bool), errors: Vec<Diagnostic>) {
        let how = how(run);
        let which = how.iter().cloned().chain(repeated.then(|| format!("run {}", run.repetition + 1)));
        let which = which.collect::<Vec<_>>().join(", ");
        let how = how.join(", ");
        for mut error in errors {
            let kind = format!("{how} {:?} {}", error.place, error.message);
            if several {
                error.message = format!("{which}: {}", error.message);
            }
            self.0.push(Found { error, kind, run: repeated.then(|| (how.clone(), run.repetition)) });
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any of them, told or not, contains this text.
    pub fn contain(&self, text: &str) -> bool {
        self.0.iter().any(|found| found.error.to_string().contains(text))
    }

    /// Those that are told: all of the first run that failed, and of the repetitions those of other kinds.
    pub fn told(self) -> Vec<Diagnostic> {
        let mut kinds: Vec<(Found, u64)> = Vec::new();
        let mut rest = 0_u64;
        for found in self.0 {
            let is_of_first = |run: &(String, u32)| {
                let first = kinds.iter().find_map(|(told, _)| told.run.as_ref().filter(|(how, _)| *how == run.0));
                first.is_none_or(|first| first == run)
            };
            if found.run.as_ref().is_none_or(is_of_first) {
                kinds.push((found, 0));
                continue;
            }
            match kinds.iter().position(|(told, _)| told.run.is_some() && told.kind == found.kind) {
                Some(known) => kinds[known].1 += 1,
                None if kinds.len() < MAX_ERROR_KINDS => kinds.push((found, 0)),
                None => rest += 1,
            }
        }
        let mut told: Vec<Diagnostic> = kinds
            .into_iter()
            .map(|(Found { error, .. }, again)| match again {
                0 => error,
                1 => error.note("another run failed in the same way"),
                _ => error.note(format!("{again} more runs failed in the same way")),
            })
            .collect();
        if let Some(last) = told.pop() {
            told.push(if rest == 0 {
                last
            } else {
                last.note(format!("there were {rest} more errors of other kinds"))
            });
        }
        told
    }
}

/// What sets a run apart from others, repetitions aside.
fn how(run: &RunOutcome) -> Vec<String> {
    let executor = run.executor.map(|executor| format!("under `{}`", executor.as_str()));
    let swept = run.swept.map(|workers| format!("with {workers} {}", if workers == 1 { "worker" } else { "workers" }));
    executor.into_iter().chain(swept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(repetition: u32, workers: u32) -> RunOutcome {
        RunOutcome { repetition, swept: Some(workers), ..RunOutcome::default() }
    }

    #[test]
    fn of_runs_that_fail_alike_the_first_is_told_and_how_many_more_there_were() {
        let mut errors = Errors::default();
        for repetition in 0..1000 {
            for workers in [1, 2] {
                let message = if repetition < 2 { "wrong" } else { "worse" };
                errors.of_run(&run(repetition, workers), (true, true), vec![Diagnostic::new(message)]);
            }
        }
        let told: Vec<String> = errors.told().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "error: with 1 worker, run 1: wrong\n   = note: another run failed in the same way\n",
                "error: with 2 workers, run 1: wrong\n   = note: another run failed in the same way\n",
                "error: with 1 worker, run 3: worse\n   = note: 997 more runs failed in the same way\n",
                "error: with 2 workers, run 3: worse\n   = note: 997 more runs failed in the same way\n",
            ]
        );
    }

    #[test]
    fn errors_of_many_kinds_are_counted_and_searched_but_not_all_told() {
        let mut errors = Errors::default();
        for repetition in 0..50 {
            let error = Diagnostic::new(format!("it came to {repetition}"));
            errors.of_run(&RunOutcome { repetition, ..RunOutcome::default() }, (true, true), vec![error]);
        }
        assert!(errors.contain("it came to 49") && !errors.contain("it came to 50"));
        let told = errors.told();
        assert_eq!(told.len(), MAX_ERROR_KINDS);
        assert_eq!(told[9], Diagnostic::new("run 10: it came to 9").note("there were 40 more errors of other kinds"));
    }

    #[test]
    fn the_errors_of_a_single_run_are_told_as_they_are() {
        let mut errors = Errors::default();
        errors.of_run(&run(0, 1), (false, false), vec![Diagnostic::new("wrong"), Diagnostic::new("wrong")]);
        assert_eq!(errors.told(), [Diagnostic::new("wrong"), Diagnostic::new("wrong")]);
    }

    #[test]
    fn all_errors_of_the_first_run_that_failed_are_told() {
        let tasks = || (0..50).map(|task| Diagnostic::new(format!("task {task} failed"))).collect();
        for repeated in [true, false] {
            let mut errors = Errors::default();
            for repetition in 0..2 {
                let swept = if repeated { 1 } else { repetition + 1 };
                errors.of_run(&run(repetition, swept), (true, repeated), tasks());
            }
            assert_eq!(errors.told().len(), if repeated { 50 } else { 100 });
        }
    }
}
