//! `--expect`: what a cell is to expect from now on, in the strictest form that is certain.

use super::super::document::Document;
use super::content::{all_is_sure, disturbed};
use super::doubt::{self, Doubt};
use super::scalar::scalar;
use crate::notebook::added_key;
use crate::notebook::results::{self, Edit};
use crate::plan::{Expect, ExpectedLine, Pool, Step, StepKind, plan};
use crate::record::{CellOutcome, OutputLine, Record, RunOutcome, Status};
use crate::render::by_steps;
use std::collections::BTreeSet;

/// The most lines that are written into one cell.
const MAX_LINES: usize = 100;

/// What a cell is to expect.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Lines(Vec<String>),
    Workers(Vec<(String, Vec<String>)>),
    Unordered(Vec<String>),
    Outcomes(Vec<String>),
}

/// What is known of a cell's output.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// Why another run may give something else, whatever stands in the notebook.
    pub doubt: Option<Doubt>,
    /// A word of its code for what is another in each run.
    pub mentioned: Option<&'static str>,
}

/// The changes that write an `expect` into each cell that has none and whose output is certain, and what is to be said of the others.
pub fn edits(document: &Document, records: &[Record], known: &[Known]) -> (Vec<Edit>, Vec<String>) {
    let Document { notebook, plan, .. } = document;
    let doubts: Vec<_> = known.iter().map(|known| known.doubt).collect();
    let (before, saved) = (doubt::chance_before(notebook, plan, &doubts), results::of_chance(notebook));
    let (mut edits, mut said) = (Vec::new(), Vec::new());
    for (index, step) in plan.steps.iter().enumerate() {
        let outcomes: Vec<_> = records.iter().filter_map(|record| record.cells.get(index)).collect();
        let has_come = outcomes.iter().all(|outcome| outcome.status == Status::Passed);
        if !step.kind.runs() || step.options.expect.is_some() || !has_come || says_nothing(&outcomes) {
            continue;
        }
        if step.kind.is_rust() {
            said.push(format!("cell {} has no spec, so no `expect` is written into it", index + 1));
            continue;
        }
        let is_saved = saved[index].then_some(Doubt::Saved);
        let prints = |line: &OutputLine| line.text.contains(&format!("{}:", notebook.file));
        let places = runs(&outcomes).any(|run| run.output.iter().any(prints)).then_some(Doubt::Places);
        // What remains of a doubt whatever form is chosen.
        let firm = places.or(before[index]).or(known[index].mentioned.map(Doubt::Mentions));
        let doubt = known[index].doubt.or(firm).or(is_saved);
        let form = match is_pool(step) {
            // Who takes which task is chance, and what the tasks print is not.
            true if firm.is_none() && is_of_its_own(&outcomes) => unordered(&outcomes).ok_or(Doubt::Differs),
            true => Err(doubt.unwrap_or(Doubt::Order)),
            false => doubt.map_or_else(|| form(&outcomes).ok_or(Doubt::Differs), Err),
        };
        let form = form.map_err(|doubt| doubt.to_string());
        match form.and_then(|form| written(document, index, &form)) {
            Ok(edit) => edits.push(edit),
            Err(why) => said.push(format!("no `expect` is written into cell {}: {why}", index + 1)),
        }
    }
    (edits, said)
}

/// All runs of a cell.
fn runs<'r>(outcomes: &'r [&CellOutcome]) -> impl Iterator<Item = &'r RunOutcome> {
    outcomes.iter().flat_map(|outcome| &outcome.runs)
}

/// Whether a cell neither printed nor, where it was explored, showed anything.
fn says_nothing(outcomes: &[&CellOutcome]) -> bool {
    let shows = |outcome: &&CellOutcome| outcome.explored.as_ref().is_some_and(|explored| !explored.show.is_empty());
    !outcomes.iter().any(shows) && runs(outcomes).all(|run| run.output.is_empty())
}

/// The strictest form in which all runs came to the same and must come to it.
fn form(outcomes: &[&CellOutcome]) -> Option<Form> {
    if let Some(explored) = outcomes.first().and_then(|outcome| outcome.explored.as_ref()) {
        let mut seen = BTreeSet::new();
        let texts = explored.outcomes.iter().map(|found| found.text(&explored.workers));
        return Some(Form::Outcomes(texts.filter(|text| seen.insert(text.clone())).collect()));
    }
    let is_in_order = |outcome: &CellOutcome, run: &RunOutcome| {
        let printed: BTreeSet<u32> = run.output.iter().map(|line| line.worker).collect();
        // Where a schedule was followed, nothing orders what comes behind its last step.
        let is_sure = |run: &RunOutcome| {
            by_steps(run, &outcome.resources, false)
                .is_some_and(|steps| steps.prints_in_turn && all_is_sure(&steps, run))
        };
        printed.len() < 2 || run.replay.is_none() && is_sure(run)
    };
    let lines = same(runs(outcomes).map(texts));
    if outcomes.iter().all(|outcome| outcome.runs.iter().all(|run| is_in_order(outcome, run)))
        && let Some(lines) = lines
    {
        return Some(Form::Lines(lines));
    }
    let workers = same(runs(outcomes).map(by_worker));
    workers.map(Form::Workers).or_else(|| unordered(outcomes))
}

/// The lines in any order, if all runs have the same ones.
fn unordered(outcomes: &[&CellOutcome]) -> Option<Form> {
    let sorted = |run: &RunOutcome| {
        let mut lines = texts(run);
        lines.sort();
        lines
    };
    same(runs(outcomes).map(sorted)).map(Form::Unordered)
}

/// Whether a cell is a pool that may have several workers, and is not explored.
fn is_pool(step: &Step) -> bool {
    let is_single = |pool: &Pool| pool.workers == Some(1);
    step.options.explore.is_none() && matches!(&step.work, StepKind::Pool(pool) if !is_single(pool))
}

/// Whether the tasks of a pool depend on nothing but what each is given.
fn is_of_its_own(outcomes: &[&CellOutcome]) -> bool {
    let is_alone = |run: &RunOutcome| {
        let names = |text: &str| run.workers.iter().skip(1).any(|worker| text.contains(&worker.name));
        let shares = run.trace.iter().any(|event| event.worker > 0 && event.resource.is_some());
        !shares && disturbed(run).is_none() && !run.output.iter().any(|line| names(&line.text))
    };
    runs(outcomes).all(is_alone)
}

/// What all have, if it is the same.
fn same<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// What a run printed.
fn texts(run: &RunOutcome) -> Vec<String> {
    run.output.iter().map(|line| line.text.clone()).collect()
}

/// What each worker of a run printed; main only if it printed.
fn by_worker(run: &RunOutcome) -> Vec<(String, Vec<String>)> {
    let of = |number: usize| -> Vec<String> {
        let lines = run.output.iter().filter(|line| line.worker as usize == number);
        lines.map(|line| line.text.clone()).collect()
    };
    let workers = run.workers.iter().enumerate().map(|(number, worker)| (number, worker.name.clone(), of(number)));
    workers
        .filter(|(number, _, lines)| *number > 0 || !lines.is_empty())
        .map(|(_, name, lines)| (name, lines))
        .collect()
}

/// The change that writes what a cell expects into its spec.
///
/// # Errors
/// Why it cannot be written.
fn written(document: &Document, index: usize, form: &Form) -> Result<Edit, String> {
    let lines = form.yaml();
    if lines.len() > MAX_LINES {
        return Err(format!("that would be more than {MAX_LINES} lines"));
    }
    let (edit, new) = added_key(&document.notebook, &document.notebook.cells[index], &lines)?;
    let step = &document.plan.steps[index];
    let is_read = |new: &Step| new.work == step.work && new.options.expect.as_ref().is_some_and(|read| form.is(read));
    let is_read = plan(&new).is_ok_and(|plan| plan.steps.get(index).is_some_and(is_read));
    is_read.then_some(edit).ok_or_else(|| "its lines would not be read as they are".to_owned())
}

impl Form {
    /// The key and what is below it.
    fn yaml(&self) -> Vec<String> {
        let list = |indent: &'static str, lines: &[String]| -> Vec<String> {
            lines.iter().map(|line| format!("{indent}- {}", scalar(line))).collect()
        };
        let of = |key: &str, lines: &[String]| [vec![format!("  {key}:")], list("    ", lines)].concat();
        let below = match self {
            Form::Lines(lines) => list("  ", lines),
            Form::Unordered(lines) => of("unordered", lines),
            Form::Outcomes(lines) => of("outcomes", lines),
            Form::Workers(workers) => {
                let worker = |(name, lines): &(String, Vec<String>)| match lines.as_slice() {
                    [] => vec![format!("    {}: []", scalar(name))],
                    lines => [vec![format!("    {}:", scalar(name))], list("      ", lines)].concat(),
                };
                [vec!["  workers:".to_owned()], workers.iter().flat_map(worker).collect()].concat()
            }
        };
        [vec!["expect:".to_owned()], below].concat()
    }

    /// Whether this was read.
    fn is(&self, read: &Expect) -> bool {
        let are = |lines: &[String], read: &[ExpectedLine]| read.iter().map(|line| &line.text).eq(lines);
        match (self, read) {
            (Form::Lines(lines), Expect::Lines(read))
            | (Form::Unordered(lines), Expect::Unordered(read))
            | (Form::Outcomes(lines), Expect::Outcomes(read)) => are(lines, read),
            (Form::Workers(workers), Expect::Workers(read)) => {
                let all = || workers.iter().zip(read);
                workers.len() == read.len() && all().all(|((name, lines), (key, read))| name == key && are(lines, read))
            }
            _ => false,
        }
    }
}
