//! From what the kernel reports of a cell to its outcome: what is wrong with it, in the author's terms, and whether that
//! is what the author expected.

mod deadlock;
mod death;
mod inputs;
mod notes;
mod output;
pub(super) mod reported;

pub(super) use death::meaning;

use inputs::may_be_endless;

use super::protocol::{FailedTask, Limits, RunReport};
use super::races::races;
use crate::compile::Library;
use crate::diagnostic::{Diagnostic, Note, Place};
use crate::model::Sides;
use crate::model::{Finding, Position, Spot};
use crate::notebook::{Notebook, Snippet};
use crate::plan::{Expect, Plan, PoolWork, Replay, Show, Spawn, Step, StepKind};
use crate::record::{CellOutcome, ExitStatus, Left, Resource, RunOutcome, ShownValue, Status, WorkerOutcome};

/// What to do about an error that a job returned.
pub(super) const DROP_IT: &str =
    "a job that returns `Err` has failed, as Rust's `main` has; to drop the error on purpose, write `{ let _ = …; }`";

/// How many programs that were left behind are told by name.
const TOLD: usize = 3;

/// What is needed to judge.
pub struct Judge<'a> {
    /// The notebook, for its lines.
    pub notebook: &'a Notebook,
    /// The plan.
    pub plan: &'a Plan,
    /// The library, for what the compiler said.
    pub library: Option<&'a Library>,
    /// What the cells may take.
    pub limits: Limits,
}

impl Judge<'_> {
    /// Whether the cell did not compile, as it said.
    pub fn is_refused(&self, cell: usize) -> bool {
        self.library.is_some_and(|library| library.refused.contains_key(&cell))
    }

    /// Whether the kernel has nothing to do for a cell.
    pub fn needs_no_kernel(&self, cell: usize) -> bool {
        !self.plan.steps.get(cell).is_some_and(Step::runs) || self.is_refused(cell)
    }

    /// Judges a cell by its runs.
    pub fn cell(&self, cell: usize, reports: Vec<RunReport>, resources: Vec<Resource>) -> CellOutcome {
        let step = &self.plan.steps[cell];
        let mut errors = reported::Errors::default();
        if let StepKind::ExpectedError(error) = &step.work {
            errors.of_cell([error.clone()]);
        }
        if let Some(refused) = self.library.and_then(|library| library.refused.get(&cell)) {
            errors.of_cell(refused.iter().cloned());
        }
        let wrong = self.library.and_then(|library| library.wrong.get(&cell));
        errors.of_cell(wrong.into_iter().flatten().cloned());
        let interrupted = reports.iter().any(|report| report.interrupted);
        let several = reports.len() > 1;
        let (mut runs, mut explored, mut notes) = (Vec::new(), None, notes::Notes::default());
        for mut report in reports {
            if let Some(report) = report.explored {
                let (found, wrong) = self.explored(step, report);
                explored = found;
                errors.of_cell(wrong);
                continue;
            }
            for worker in &mut report.outcome.workers {
                if let ExitStatus::Panicked { spot, .. } = &mut worker.exit {
                    *spot = spot.and_then(|spot| self.in_cell(spot));
                }
            }
            // What is not followed may order what is.
            if report.more_threads == 0 && report.more_objects == 0 {
                report.outcome.races = races(&report.outcome, &self.plan.resources, report.has_fences);
            }
            report.outcome.results = results(step, std::mem::take(&mut report.shown));
            let found = self.errors_of(step, &report);
            notes.add(&report.outcome, several, self.notes_of(&report));
            errors.of_run(&report.outcome, (several, step.options.repeat.is_some()), found);
            runs.push(report.outcome);
        }
        let notes = if interrupted { Vec::new() } else { self.findings(&notes.told()) };
        let (status, errors) = match (&step.work, &step.options.expect) {
            (StepKind::Skipped(skipped), _) => (Status::Skipped(skipped.reason), Vec::new()),
            _ if interrupted => (Status::NotRun, errors.told()),
            (_, Some(Expect::Error(text))) => self.expect_error(step, text, errors),
            (_, Some(Expect::Panic)) => self.expect_panic(step, &runs, errors),
            (_, Some(Expect::Fails)) => self.expect_failure(step, explored.as_ref(), errors),
            (_, Some(Expect::CompileError(_))) if wrong.is_none() => (Status::FailedAsExpected, errors.told()),
            _ if errors.is_empty() => (Status::Passed, Vec::new()),
            _ => (Status::Failed, errors.told()),
        };
        let status = if status == Status::Failed && step.is_exercise() { Status::Unsolved } else { status };
        CellOutcome { cell, status, errors: self.findings(&errors), notes, runs, explored, resources }
    }

    /// Judges a cell for which the kernel could not even make what it declares.
    pub fn refused(&self, cell: usize, why: &str) -> CellOutcome {
        let step = &self.plan.steps[cell];
        let help = "give the notebook more by `nbrun: {shared: 16GiB}` in its front matter, or `--limit shared=16GiB`";
        let mut errors = reported::Errors::default();
        errors.of_cell([Diagnostic::new(why).at(self.fence(step)).help(help)]);
        let (status, errors) = match &step.options.expect {
            Some(Expect::Error(text)) => self.expect_error(step, text, errors),
            _ => (Status::Failed, errors.told()),
        };
        let errors = self.findings(&errors);
        CellOutcome { cell, status, errors, notes: Vec::new(), runs: Vec::new(), explored: None, resources: Vec::new() }
    }

    fn expect_error(&self, step: &Step, text: &str, errors: reported::Errors) -> (Status, Vec<Diagnostic>) {
        if errors.contain(text) {
            return (Status::FailedAsExpected, errors.told());
        }
        let what = if errors.is_empty() {
            "the cell succeeded, but was expected to fail"
        } else {
            "the cell failed differently"
        };
        let error = Diagnostic::new(format!("{what}: it expects an error that contains {text:?}")).at(self.fence(step));
        (Status::Failed, std::iter::once(error).chain(errors.told()).collect())
    }

    fn expect_panic(&self, step: &Step, runs: &[RunOutcome], errors: reported::Errors) -> (Status, Vec<Diagnostic>) {
        let is_panic = |it: &WorkerOutcome| it.thread.is_none() && matches!(it.exit, ExitStatus::Panicked { .. });
        let panics = |run: &RunOutcome| run.workers.iter().any(is_panic);
        if runs.iter().any(panics) {
            return (Status::FailedAsExpected, errors.told());
        }
        let wrong = if errors.is_empty() { "the program ended well" } else { "the program failed differently" };
        let error = Diagnostic::new(format!("{wrong}, but `should_panic` says that it panics")).at(self.fence(step));
        (Status::Failed, std::iter::once(error).chain(errors.told()).collect())
    }

    pub(super) fn of(&self, snippet: &Snippet) -> Place {
        snippet.whole(&self.notebook.file, &self.notebook.text)
    }

    /// The cell's opening fence.
    pub(super) fn fence(&self, step: &Step) -> Place {
        self.notebook.fence(step.line)
    }

    /// Diagnostics as they are recorded.
    fn findings(&self, errors: &[Diagnostic]) -> Vec<Finding> {
        errors.iter().map(|error| self.notebook.finding(error)).collect()
    }

    /// A remark, at a line if there is one.
    pub(super) fn at(&self, position: Option<Position>, text: String) -> Note {
        match position {
            Some(position) => Note::Also(self.notebook.line_place(position), text),
            None => Note::Note(text),
        }
    }

    /// Puts the places of panics, which are those of the generated source, where they are in the cells.
    pub(super) fn in_cell(&self, spot: Spot) -> Option<Spot> {
        let (line, column) = self.library?.source_map.place(spot.position, spot.column);
        self.notebook.spot(line, column)
    }

    /// A worker's name.
    pub(super) fn worker_name(&self, step: &Step, worker: u32) -> String {
        let job = match &step.work {
            // It was seen nowhere else, and so has no name that is known here.
            StepKind::Spawn(spawn) if worker as usize > spawn.jobs.len() => return "a thread".to_owned(),
            StepKind::Spawn(spawn) => (worker as usize).checked_sub(1).and_then(|n| spawn.jobs.get(n)),
            StepKind::Pool(_) if worker > 0 => return format!("worker-{worker}"),
            _ => None,
        };
        job.map_or_else(|| "main".to_owned(), |job| job.name.clone())
    }

    fn errors_of(&self, step: &Step, report: &RunReport) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        if let Some((limit, waits)) = &report.timed_out {
            let error = match report.out_of_time {
                false => Diagnostic::new(format!("the cell did not end within its time limit of {limit:?}")),
                true => Diagnostic::new(format!("the notebook did not end within its time limit of {limit:?}")),
            };
            let inputs = self.unmade_inputs(step, &report.outcome);
            let place = inputs.clone().unwrap_or_else(|| self.fence(step));
            let mut error = error.at(place);
            error.notes.extend(waits.iter().map(|activity| self.at(activity.position, activity.sentence.clone())));
            // Where all wait for each other, more time would not help.
            let works = inputs.is_some() || waits.iter().any(|activity| activity.may_go_on);
            let is_program = matches!(&step.work, StepKind::Spawn(spawn) if spawn.program.is_some());
            let help = match report.out_of_time {
                // A program has no spec that could say it.
                false if is_program => {
                    "if it needs more time, give it `nbrun: {timeout: 2m}` in the front matter, or `--timeout 2m`"
                }
                false => "if it needs more time, give it `timeout: 2m`, or the whole run `--timeout 2m`",
                true => {
                    "if it needs more time, give it `nbrun: {total: 1h}` in the front matter, or `--limit total=1h`"
                }
            };
            let error = if works { error.help(help) } else { error };
            errors.push(if inputs.is_some() { may_be_endless(error) } else { error });
        }
        if let (false, StepKind::Spawn(Spawn { replay: Some(replay), .. })) = (report.interrupted, &step.work) {
            errors.extend(self.left_schedule(replay, &report.outcome));
        }
        errors.extend(report.outcome.deadlock.iter().map(|deadlock| self.deadlock(step, &report.outcome, deadlock)));
        errors.extend(report.too_many.map(|limit| self.too_many(step, limit)));
        errors.extend(self.left_behind(step, &report.left_behind));
        if !report.interrupted {
            errors.extend(report.problems.iter().map(|problem| Diagnostic::new(problem.clone()).at(self.fence(step))));
            let told = report.timed_out.is_some();
            let workers = 0..report.outcome.workers.len();
            errors.extend(workers.filter_map(|number| self.ended(step, &report.outcome, number, told)));
            errors.extend(self.failed_tasks(step, &report.failed_tasks, report.failed_tasks_in_all));
            errors.extend(
                report.failed_asserts.iter().map(|(number, sides)| self.failed_assert(step, *number, sides.as_ref())),
            );
        }
        if errors.is_empty() && !report.interrupted {
            errors.extend(self.unexpected_output(step, &report.outcome));
        }
        errors
    }

    /// What is to be said of a run that left its schedule.
    fn left_schedule(&self, replay: &Replay, outcome: &RunOutcome) -> Option<Diagnostic> {
        let Left { step, worker, why, position } = outcome.replay.as_ref()?.left.as_ref()?;
        let name = outcome.workers.get(*worker as usize).map_or("?", |worker| worker.name.as_str());
        let message = match step {
            0 => format!("the run did not come to its schedule: {why}"),
            _ => format!("the run left its schedule at step {step}, which was `{name}`'s: {why}"),
        };
        let help = "workers are numbered in the order of the jobs; a schedule that `explore` finds for these very jobs fits them";
        let mut error = Diagnostic::new(message).at(replay.place.clone()).help(help);
        error.notes.extend(position.map(|position| self.at(Some(position), "in this call".to_owned())));
        let taken = step.saturating_sub(1);
        Some(if taken == 0 { error } else { error.note(format!("up to step {taken} it had followed it")) })
    }

    /// What is wrong if jobs left processes behind.
    fn left_behind(&self, step: &Step, programs: &[String]) -> Option<Diagnostic> {
        let names = programs.iter().take(TOLD).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let (message, help) = match programs.len() {
            0 => return None,
            1 => (
                format!("a process that a job had started by itself still ran when the cell was at its end: {names}"),
                "it was ended, as everything is that a cell has started; wait for it in the job, as `child.wait()` does",
            ),
            count => {
                let more = if count > TOLD { " and others" } else { "" };
                (
                    format!(
                        "{count} processes that jobs had started by themselves still ran when the cell was at its end: \
                         {names}{more}"
                    ),
                    "they were ended, as everything is that a cell has started; wait for them in the job, as \
                     `child.wait()` does",
                )
            }
        };
        Some(Diagnostic::new(message).at(self.fence(step)).help(help))
    }

    /// What is wrong with the way a worker ended. `told` is whether it is known already that time ran out.
    fn ended(&self, step: &Step, outcome: &RunOutcome, number: usize, told: bool) -> Option<Diagnostic> {
        let WorkerOutcome { name, exit, thread, .. } = outcome.workers.get(number)?;
        // What becomes of a thread is the business of who started it.
        if thread.is_some() {
            return None;
        }
        let work = number.checked_sub(1).and_then(|n| match &step.work {
            StepKind::Spawn(spawn) => spawn.jobs.get(n).map(|job| (&job.call, job.timeout)),
            _ => None,
        });
        let inputs = self.unmade_inputs(step, outcome).filter(|_| number == 0);
        let place = work.map(|(call, _)| self.of(call)).or_else(|| inputs.clone());
        let place = place.unwrap_or_else(|| self.fence(step));
        match exit {
            ExitStatus::Code(0) | ExitStatus::NotStarted | ExitStatus::Lost | ExitStatus::Deadlocked => None,
            ExitStatus::Code(code) => Some(Diagnostic::new(format!("`{name}` ended with exit code {code}")).at(place)),
            ExitStatus::Panicked { message, spot } => {
                let place = spot.map_or(place, |spot| self.notebook.spot_place(spot, 1));
                Some(Diagnostic::new(format!("`{name}` panicked: {message}")).at(place))
            }
            ExitStatus::Failed { error } => {
                let error = Diagnostic::new(format!("`{name}` returned an error: {error}")).at(place);
                Some(if matches!(step.work, StepKind::Spawn(_)) { error.help(DROP_IT) } else { error })
            }
            ExitStatus::Signaled { stack_overflow: true, .. } => Some(self.killed(outcome, number, None, place)),
            ExitStatus::Signaled { name: signal, .. } => Some(self.killed(outcome, number, Some(signal), place)),
            ExitStatus::OutOfMemory => {
                let error = self.out_of_memory(name, place);
                Some(if inputs.is_some() { may_be_endless(error) } else { error })
            }
            ExitStatus::TimedOut if told => None,
            ExitStatus::TimedOut => {
                let limit = work.and_then(|(_, limit)| limit).map_or(String::new(), |limit| format!(" of {limit:?}"));
                Some(Diagnostic::new(format!("`{name}` did not end within its time limit{limit}")).at(place))
            }
        }
    }

    fn failed_tasks(&self, step: &Step, tasks: &[FailedTask], in_all: u64) -> Vec<Diagnostic> {
        let mut errors: Vec<Diagnostic> = tasks
            .iter()
            .map(|task| {
                let spot = task.place.and_then(|spot| self.in_cell(spot));
                let place = spot.map_or_else(|| self.of_tasks(step), |spot| self.notebook.spot_place(spot, 1));
                Diagnostic::new(format!("task {} failed: {}", task.index, task.why)).at(place)
            })
            .collect();
        if let (Some(last), Some(more @ 1..)) = (errors.last_mut(), in_all.checked_sub(tasks.len() as u64)) {
            last.notes.push(Note::Note(format!("{more} more tasks failed")));
        }
        errors
    }

    pub(super) fn too_many(&self, step: &Step, limit: u32) -> Diagnostic {
        let message = format!("the jobs had more than {limit} processes that they had started by themselves");
        let help = "all were ended; if they need more, say `nbrun: {processes: 200}` in the front matter, or `--limit \
                    processes=200`";
        Diagnostic::new(message).at(self.fence(step)).help(help)
    }

    /// Where a pool says what its tasks are.
    pub(super) fn of_tasks(&self, step: &Step) -> Place {
        match &step.work {
            StepKind::Pool(pool) => match &pool.work {
                PoolWork::Map { map: call, .. }
                | PoolWork::Starmap { starmap: call, .. }
                | PoolWork::Apply { call }
                | PoolWork::ApplyAsync { call, .. } => self.of(call),
            },
            _ => self.fence(step),
        }
    }

    pub(super) fn failed_assert(&self, step: &Step, number: u64, sides: Option<&Sides>) -> Diagnostic {
        let asserts = match &step.work {
            StepKind::Spawn(spawn) => spawn.assert.as_slice(),
            StepKind::Pool(pool) => pool.assert.as_slice(),
            _ => &[],
        };
        let mut error = match asserts.get(number as usize) {
            Some(assert) => Diagnostic::new(format!("this does not hold: {}", assert.condition.text()))
                .at(self.of(&assert.condition)),
            None => Diagnostic::new("an assertion does not hold").at(self.fence(step)),
        };
        if let Some(Sides { left, right }) = sides.cloned() {
            error.notes.extend([Note::Left(left), Note::Right(right)]);
        }
        error
    }
}

/// The values that were shown, with the author's labels and expressions.
fn results(step: &Step, shown: Vec<(u64, String)>) -> Vec<ShownValue> {
    let all = results_of(step);
    let named = |(place, text): (u64, String)| {
        let (label, expression) = all.get(place as usize)?.clone();
        Some(ShownValue { label, expression, text })
    };
    shown.into_iter().filter_map(named).collect()
}

/// What a cell shows, in order: the author's label, if any, and the expression.
pub(super) fn results_of(step: &Step) -> Vec<(Option<String>, String)> {
    let of_pool = |work: &PoolWork| match work {
        PoolWork::Map { map, over } => format!("map({}, {})", map.text(), over.text()),
        PoolWork::Starmap { starmap, over } => format!("starmap({}, {})", starmap.text(), over.text()),
        PoolWork::Apply { call } => format!("apply({})", call.text()),
        PoolWork::ApplyAsync { call, each: None } => format!("apply_async({})", call.text()),
        PoolWork::ApplyAsync { call, each: Some((pattern, items)) } => {
            format!("apply_async({}) for {} in {}", call.text(), pattern.text(), items.text())
        }
    };
    let (first, show): (Option<String>, &[Show]) = match &step.work {
        StepKind::Spawn(spawn) => (None, &spawn.show),
        StepKind::Pool(pool) => (Some(of_pool(&pool.work)), &pool.show),
        _ => return Vec::new(),
    };
    let shown = show.iter().map(|show| (show.label.clone(), show.value.text()));
    first.map(|first| (None, first)).into_iter().chain(shown).collect()
}
