//! What is wrong with a cell that was explored: in how many interleavings, and which is the simplest of them.

use super::judge::reported::Errors;
use super::judge::{DROP_IT, Judge, meaning, results_of};
use super::protocol::{ExploreReport, NotExplored};
use crate::diagnostic::Diagnostic;
use crate::explore::{ExploreError, MAX_WORKERS};
use crate::model::Executor;
use crate::model::Position;
use crate::model::schedule_text;
use crate::notebook::Size;
use crate::plan::{Expect, ExpectedLine, Interleavings, Step, StepKind};
use crate::record::explored::{Coverage, InitialContent, Outcome, many};
use crate::record::{Explored, Status};
use std::collections::BTreeSet;

/// Outcomes that have something wrong in common: in how many interleavings, and the simplest of them.
struct Wrong<'a> {
    count: f64,
    simplest: &'a Outcome,
}

impl<'a> Wrong<'a> {
    /// Of those of `outcomes` for which `is` holds, if there are any.
    fn among(outcomes: &'a [Outcome], is: impl Fn(&Outcome) -> bool) -> Option<Self> {
        let simplicity = |outcome: &&Outcome| (outcome.witness.preemptions, outcome.witness.schedule.len());
        let all = || outcomes.iter().filter(|outcome| is(outcome));
        Some(Self { count: all().map(|outcome| outcome.count).sum(), simplest: all().min_by_key(simplicity)? })
    }
}

impl Judge<'_> {
    /// The exploration with the names of what is shown, and all that is wrong with it.
    pub(super) fn explored(&self, step: &Step, report: ExploreReport) -> (Option<Explored>, Vec<Diagnostic>) {
        let ExploreReport { explored, not_explored, limit } = report;
        let mut errors: Vec<Diagnostic> =
            not_explored.iter().filter_map(|why| self.not_explored(step, why, limit)).collect();
        let Some(mut explored) = explored else { return (None, errors) };
        for failure in explored.outcomes.iter_mut().flat_map(|outcome| &mut outcome.failures) {
            failure.spot = failure.spot.and_then(|spot| self.in_cell(spot));
        }
        explored.show = results_of(step).into_iter().map(|(label, expression)| label.unwrap_or(expression)).collect();
        if let StepKind::Spawn(spawn) = &step.work {
            // Of a program each line that it prints is a step, which no real worker waits with.
            explored.followers = if spawn.program.is_some() { Vec::new() } else { spawn.followers() };
            if spawn.program.is_some() {
                explored.show = vec!["stdout".to_owned()];
            }
        }
        match &step.options.expect {
            Some(Expect::Outcomes(expected)) => errors.extend(self.other_outcomes(step, &explored, expected)),
            _ => errors.extend(self.bad_outcomes(step, &explored)),
        }
        let asks_for_all = step.options.explore.as_ref().is_some_and(|it| it.which == Interleavings::All);
        if asks_for_all && explored.coverage != Coverage::All {
            errors.push(self.not_all(step, &explored, limit));
        }
        (Some(explored), errors)
    }

    /// Why a cell was not explored; nothing needs to be said if the user did not want to wait.
    fn not_explored(&self, step: &Step, why: &NotExplored, limit: std::time::Duration) -> Option<Diagnostic> {
        let after = |worker: u32, line: u32| {
            let place = if line == 0 { "at its beginning" } else { "after this line" };
            (format!("`{}`", self.worker_name(step, worker)), place)
        };
        let (message, line, help) = match why {
            NotExplored::Interrupted => return None,
            NotExplored::TooMany(limit) => return Some(self.too_many(step, *limit)),
            NotExplored::Refused(trouble) => self.refused_by(step, trouble),
            NotExplored::Blocked { worker, line } => {
                let (who, place) = after(*worker, *line);
                let message = format!("{who} cannot be explored: {place} it waits for something that nbrun cannot see");
                let help = "input and output, another process, or a crate's lock: use what nbrun declares, such as `l: lock`, or \
                            what is in `std::sync`";
                (message, *line, Some(help.to_owned()))
            }
            NotExplored::Computing { worker, line } => {
                let (who, place) = after(*worker, *line);
                let message =
                    format!("{who} cannot be explored: {place} it computed to the end of the time limit of {limit:?}");
                let help = "between two calls, a job must not take long: explore it with smaller numbers";
                (message, *line, Some(help.to_owned()))
            }
            NotExplored::Killed { worker, line, out_of_memory: true, .. } => {
                let (who, place) = after(*worker, *line);
                let help = format!(
                    "an exploration may have {} for all workers and for all that it has seen; if it needs more, say `nbrun: \
                     {{memory: 8GiB}}` in the front matter, or `--limit memory=8GiB`",
                    Size(self.limits.memory_bytes)
                );
                (format!("the cell cannot be explored: {place} {who} ran out of memory"), *line, Some(help))
            }
            NotExplored::Killed { worker, line, signal, .. } => {
                let (who, place) = after(*worker, *line);
                let message = format!(
                    "the cell cannot be explored: {place} {who} was killed by {signal}, and all others with it"
                );
                let help = match signal.as_str() {
                    "SIGSEGV" | "SIGBUS" => Some(
                        "a function that calls itself without end does that, a very large local array, and some `unsafe` code",
                    ),
                    signal => meaning(Some(signal)),
                };
                (message, *line, help.map(str::to_owned))
            }
            NotExplored::TimedOut => {
                (format!("the exploration did not end within its time limit of {limit:?}"), 0, None)
            }
            NotExplored::Died(how) => (format!("the cell cannot be explored: {how}"), 0, None),
        };
        let place = Position::from_packed(line).map(|position| self.notebook.line_place(position));
        let error = Diagnostic::new(message).at(place.unwrap_or_else(|| self.fence(step)));
        Some(help.into_iter().fold(error, Diagnostic::help))
    }

    /// Why the explorer itself refused a cell: in words, the line if there is one, and advice.
    fn refused_by(&self, step: &Step, trouble: &ExploreError) -> (String, u32, Option<String>) {
        let name = |worker: u32| self.worker_name(step, worker);
        let (message, line, help) = match trouble {
            ExploreError::NotTheSame { worker, line } => (
                format!("`{}` cannot be explored: it is not deterministic", name(*worker)),
                *line,
                "an exploration runs jobs again and again: the time, random numbers and statics that change must not decide what they do",
            ),
            ExploreError::OwnThreads { worker } => (
                format!("`{}` cannot be explored: it has threads that nbrun does not see", name(*worker)),
                0,
                "threads of a crate cannot be scheduled, and none can with `std: real`: start them by `std::thread`",
            ),
            ExploreError::TooManyWorkers(count) => {
                (format!("a cell with {count} workers cannot be explored: {MAX_WORKERS} are the most"), 0, "")
            }
            ExploreError::Endless { steps, worker, line } => (
                format!(
                    "an interleaving of the cell had not ended after {steps} steps, of which `{}` took the last",
                    name(*worker)
                ),
                *line,
                "give each loop an end, such as a number of rounds; only a loop that does nothing but ask, like `while \
                 !ready.is_set() {}`, is followed without its rounds",
            ),
            ExploreError::TooManyOutcomes(most) => (
                format!("the cell can come to more than {most} different outcomes"),
                0,
                "show less, such as a sum instead of a whole list, or explore a smaller cell",
            ),
            ExploreError::CannotGoOn { step, worker } => {
                (format!("the schedule does not fit the cell: at step {step}, worker {worker} cannot go on"), 0, "")
            }
            ExploreError::UsesStd => (
                "the cell cannot be explored: its pool uses threads or objects of `std`".to_owned(),
                0,
                "write its tasks as jobs of a spawn cell, or as threads of a ```rust explore",
            ),
            ExploreError::System(why) => (format!("the cell cannot be explored: {why}"), 0, ""),
        };
        (message, line, Some(help.to_owned()).filter(|help| !help.is_empty()))
    }

    /// Judges a program of which an interleaving must fail.
    pub(super) fn expect_failure(
        &self,
        step: &Step,
        explored: Option<&Explored>,
        errors: Errors,
    ) -> (Status, Vec<Diagnostic>) {
        let Some(explored) = explored else { return (Status::Failed, errors.told()) };
        if explored.outcomes.iter().any(|outcome| !outcome.is_good()) {
            return (Status::FailedAsExpected, errors.told());
        }
        let seen = explored.of_what();
        let message = format!("nothing goes wrong in {seen}, but `fails` says that something does");
        let error = Diagnostic::new(message).at(self.fence(step));
        (Status::Failed, std::iter::once(error).chain(errors.told()).collect())
    }

    fn not_all(&self, step: &Step, explored: &Explored, limit: std::time::Duration) -> Diagnostic {
        let time = match explored.coverage {
            Coverage::Preemptions { time, .. } | Coverage::Nothing { time } => time,
            _ => true,
        };
        let why = if time {
            format!("the time limit of {limit:?} came first")
        } else {
            format!("it has more than {} states", explored.states.saturating_sub(1))
        };
        let error = Diagnostic::new(format!("not all interleavings of the cell were seen: {why}")).at(self.fence(step));
        let error = match explored.coverage {
            Coverage::Preemptions { most, .. } => error.note(format!(
                "all {} with at most {most} {} were",
                many(explored.interleavings),
                if most == 1 { "preemption" } else { "preemptions" }
            )),
            _ => error.note("not even all without a preemption were"),
        };
        let help = match &step.work {
            StepKind::Spawn(spawn) if spawn.program.is_some() => {
                "fewer rounds may do for the same lesson, and a spawn cell with the job `main()` can say `explore: 10000`"
            }
            _ => "`explore: 10000` takes samples instead, and a smaller cell may do for the same lesson",
        };
        error.help(help)
    }

    /// What is wrong with what can come out, one diagnostic for each cause.
    fn bad_outcomes(&self, step: &Step, explored: &Explored) -> Vec<Diagnostic> {
        let outcomes = explored.outcomes.as_slice();
        let mut errors = Vec::new();
        let asserts: BTreeSet<u64> =
            outcomes.iter().flat_map(|outcome| outcome.failed_asserts.iter().copied()).collect();
        for number in asserts {
            let wrong = Wrong::among(outcomes, |outcome| outcome.failed_asserts.contains(&number));
            errors.extend(wrong.map(|wrong| {
                let simplest = wrong.simplest;
                let place = simplest.failed_asserts.iter().position(|failed| *failed == number);
                let sides = place.and_then(|place| simplest.compared.get(place)?.as_ref());
                self.in_so_many(explored, &wrong, self.failed_assert(step, number, sides))
            }));
        }
        let mut told = Vec::new();
        // A thread that ends badly fails nobody by itself.
        let failures = outcomes.iter().flat_map(|outcome| &outcome.failures).filter(|failure| !failure.is_thread);
        for failure in failures {
            if told.contains(&failure) {
                continue;
            }
            told.push(failure);
            let what = failure.text(&format!("`{}`", self.worker_name(step, failure.worker)));
            let place = match failure.spot {
                Some(spot) => self.notebook.spot_place(spot, 1),
                None if failure.task.is_some() => self.of_tasks(step),
                None => match (&step.work, failure.worker.checked_sub(1)) {
                    (StepKind::Spawn(spawn), Some(n)) if failure.error.is_some() => {
                        spawn.jobs.get(n as usize).map_or_else(|| self.fence(step), |job| self.of(&job.call))
                    }
                    _ => self.fence(step),
                },
            };
            let error = Diagnostic::new(what).at(place);
            let error = if failure.error.is_some() { error.help(DROP_IT) } else { error };
            let wrong = Wrong::among(outcomes, |outcome| outcome.failures.contains(failure));
            errors.extend(wrong.map(|wrong| self.in_so_many(explored, &wrong, error.clone())));
        }
        for outcome in outcomes.iter().filter(|outcome| !outcome.stuck.is_empty()) {
            let mut error = Diagnostic::new(outcome.stuck_title()).at(self.fence(step));
            let sentences = outcome.stuck_sentences(&explored.workers, |_| String::new());
            let waits = outcome.stuck.iter().zip(sentences);
            error.notes.extend(waits.map(|(stuck, sentence)| self.at(stuck.position, sentence)));
            let wrong = Wrong { count: outcome.count, simplest: outcome };
            errors.push(self.in_so_many(explored, &wrong, error));
        }
        errors
    }

    /// Says of how many interleavings an error is, and which is the simplest.
    fn in_so_many(&self, explored: &Explored, wrong: &Wrong<'_>, mut error: Diagnostic) -> Diagnostic {
        let witness = &wrong.simplest.witness;
        let preemptions = match witness.preemptions {
            1 => "1 preemption".to_owned(),
            n => format!("{n} preemptions"),
        };
        // Found beyond what was seen as a whole.
        let how_many = match wrong.count {
            0.0 => format!("in an interleaving with {preemptions}"),
            count if count == explored.interleavings => format!("in {}", explored.of_what()),
            count => format!("in {} of {}", many(count), explored.of_what()),
        };
        error.message = format!("{how_many}: {}", error.message);
        let shown = match wrong.simplest.shown.as_slice() {
            [] => String::new(),
            _ => format!(
                " and shows {}",
                named(explored, &Outcome { failures: Vec::new(), stuck: Vec::new(), ..wrong.simplest.clone() })
            ),
        };
        let schedule = schedule_text(&witness.schedule);
        let steps = witness.schedule.len();
        if !explored.is_followed(wrong.simplest) {
            return error.note(format!("the simplest has {preemptions} and {steps} steps{shown}: {schedule}"));
        }
        let place = match explored.coverage {
            Coverage::Schedule => "in the cell",
            _ => "in place of `explore`",
        };
        let real = match explored.followers.as_slice() {
            [Executor::Thread] => "threads",
            [Executor::Process] => "processes",
            _ => "processes and threads",
        };
        error
            .note(format!("the simplest has {preemptions} and {steps} steps{shown}"))
            .help(format!("`replay: {schedule}` {place} lets real {real} take them"))
    }

    fn other_outcomes(&self, step: &Step, explored: &Explored, expected: &[ExpectedLine]) -> Option<Diagnostic> {
        let texts = explored.outcomes.iter().map(|outcome| outcome.text(&explored.workers));
        let found: Vec<(String, &Outcome)> = texts.zip(&explored.outcomes).collect();
        let is_expected = |text: &String| expected.iter().any(|line| line.text == *text);
        let unexpected: Vec<&(String, &Outcome)> = found.iter().filter(|(text, _)| !is_expected(text)).collect();
        // What samples have not shown may still be possible.
        let sampled = matches!(explored.coverage, Coverage::Samples { .. });
        let is_found = |line: &ExpectedLine| found.iter().any(|(text, _)| *text == line.text);
        let missing: Vec<&ExpectedLine> = expected.iter().filter(|line| !sampled && !is_found(line)).collect();
        if unexpected.is_empty() && missing.is_empty() {
            return None;
        }
        let place = missing.first().map_or_else(|| self.fence(step), |line| line.place.clone());
        let error = Diagnostic::new("the outcomes are not those that the cell expects").at(place);
        let begins = |error: Diagnostic, begin: &InitialContent| {
            error.note(format!("it begins with what a cell above has left in `{}`: {}", begin.name, begin.holds))
        };
        let error = explored.initial.iter().take(10).fold(error, begins);
        let error = unexpected.iter().take(10).fold(error, |error, (text, outcome)| {
            let named = named(explored, outcome);
            // What the author writes is the value alone.
            let written = if named == *text { String::new() } else { format!(", which `outcomes` has as {text:?}") };
            error.note(format!("it can come to: {named}{written}"))
        });
        Some(missing.iter().take(10).fold(error, |error, line| error.note(format!("it cannot come to: {}", line.text))))
    }
}

/// An outcome as the page shows it: each value behind what it is of.
fn named(explored: &Explored, outcome: &Outcome) -> String {
    let values = explored.show.iter().zip(&outcome.shown).map(|(name, value)| format!("{name} = {value}"));
    let without_values = Outcome { shown: Vec::new(), ..outcome.clone() };
    let rest = Some(without_values.text(&explored.workers)).filter(|rest| !rest.is_empty());
    let parts: Vec<String> = values.chain(rest).collect();
    if parts.is_empty() { "all workers ended well".to_owned() } else { parts.join(", ") }
}
