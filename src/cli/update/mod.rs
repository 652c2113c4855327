//! `nbrun update`: writes into notebooks what their cells print and show.

mod content;
mod diff;
mod doubt;
mod expectation;
mod scalar;

use super::Errors;
use super::bounds::Bounds;
use super::document::Document;
use super::exit::Exit;
use super::input::{self, Input};
use super::output::{self, Target};
use super::progress::Progress;
use super::report::{Reporter, Reporting};
use super::session::Session;
use crate::diagnostic::{Diagnostic, Place};
use crate::notebook::results::{self, Kept};
use crate::notebook::{self, Cell, Notebook};
use crate::record::{Record, Status};
use content::Content;
use doubt::Doubt;
use expectation::Known;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// How often a notebook is run: one run cannot tell what is certain.
const RUNS: usize = 3;

/// What to bring up to date.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Update {
    /// The notebooks to run and to write into: files or directories
    #[arg(value_name = "FILE|DIR", required = true)]
    pub inputs: Vec<PathBuf>,

    /// Writes nothing; prints what would change, and exits with 1 if anything would
    #[arg(long)]
    pub check: bool,

    /// Writes an `expect`, too, into each spec that has none and whose output is certain
    #[arg(long)]
    pub expect: bool,

    /// How what is wrong is reported
    #[command(flatten)]
    pub reporting: Reporting,

    /// What the user grants
    #[command(flatten)]
    pub bounds: Bounds,
}

impl Update {
    /// Brings notebooks up to date. Nothing runs before all of them have been read, planned and compiled.
    pub fn run(self, quiet: bool, reporter: &Reporter) -> Result<Exit, Errors> {
        let Self { inputs, check, expect, reporting: _, bounds } = self;
        let mut session = Session::open(bounds, quiet, reporter)?;
        let inputs = targets(input::collect(&inputs)?, check)?;
        let several = inputs.len() > 1;
        let Some(documents) = session.prepare(inputs, false, None)? else { return Ok(Exit::Interrupted) };
        let mut exit = Exit::Passed;
        for document in &documents {
            session.progress.notebook(&document.notebook.file, document.plan.asked(), several);
            let ran = run(&mut session, document);
            session.progress.notebook_done();
            let (records, ended) = ran?;
            exit = exit.max(ended);
            if ended == Exit::Interrupted {
                break;
            }
            if ended != Exit::Passed {
                let done = if check { "compared with" } else { "written into" };
                let what = format!("nothing is {done} `{}`, for it does not do what it should", document.notebook.file);
                reporter.print([&Diagnostic::new(what)]);
                continue;
            }
            match finish(document, &records, (check, expect), &session) {
                Ok(done) => exit = exit.max(done),
                Err(error) => {
                    reporter.print([&error]);
                    exit = exit.max(Exit::Failed);
                }
            }
        }
        session.progress.summary();
        Ok(exit)
    }
}

/// The notebooks as what is written. Each is there once, however often it is named.
fn targets(inputs: Vec<Input>, check: bool) -> Result<Vec<(Input, Target)>, Errors> {
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    for input in inputs {
        let Some(path) = input.path.clone() else {
            let error = Diagnostic::new("`update` writes into notebooks, and standard input is none");
            return Err(error.help("name a file or a directory").into());
        };
        if !seen.insert(fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
            continue;
        }
        let target = Target::File(path);
        if !check {
            output::check(&target)?;
        }
        found.push((input, target));
    }
    Ok(found)
}

/// Runs a notebook some times, and tells of the first. A run that fails is the last one.
fn run(session: &mut Session<'_>, document: &Document) -> Result<(Vec<Record>, Exit), Errors> {
    let (record, mut exit) = session.execute(document)?;
    let mut records = vec![record];
    let told = std::mem::replace(&mut session.progress, Progress::new(true, false));
    while records.len() < RUNS && exit == Exit::Passed {
        match session.execute(document) {
            Ok((record, ended)) => {
                exit = ended;
                records.push(record);
            }
            Err(errors) => {
                session.progress = told;
                return Err(errors);
            }
        }
    }
    session.progress = told;
    Ok((records, exit))
}

/// Writes into a notebook what came out of its runs, or shows what it would write.
fn finish(
    document: &Document,
    records: &[Record],
    (check, expect): (bool, bool),
    session: &Session<'_>,
) -> Result<Exit, Diagnostic> {
    let Session { progress, reporter, .. } = session;
    let (notebook, target) = (&document.notebook, &document.target);
    let (kept, doubts): (Vec<_>, Vec<_>) =
        kept(document, records).into_iter().map(|(kept, doubt, known)| (kept, (doubt, known))).unzip();
    let (doubts, known): (Vec<_>, Vec<_>) = doubts.into_iter().unzip();
    let mut edits = results::edits(notebook, &kept);
    for edit in &edits {
        if let Some(doubt) = doubts[edit.cell] {
            progress.say(&format!("the output of cell {} is left to chance: {doubt}", edit.cell + 1));
        }
    }
    let (added, said) = if expect { expectation::edits(document, records, &known) } else { Default::default() };
    said.iter().for_each(|said| progress.say(said));
    let given: BTreeSet<usize> = added.iter().map(|edit| edit.cell).collect();
    edits.extend(added);
    edits.sort_by_key(|edit| edit.bytes.start);
    if edits.is_empty() {
        return Ok(Exit::Passed);
    }
    let text = results::apply(&notebook.text, &edits);
    is_as_before(notebook, &text, &kept, &given)?;
    if check && reporter.takes_stdout() {
        // Another program wants to know where, and reads no diff.
        let stale = edits.iter().map(|edit| {
            let cell = &notebook.cells[edit.cell];
            let place = Place::in_source(&notebook.file, &notebook.text, cell.line, 1, 1);
            let (message, help) = match edit.bytes.start < cell.bytes.end {
                true => ("this cell has no `expect`, and its output is certain", "run `nbrun update --expect`"),
                false => ("the results below this cell are not those that it has now", "run `nbrun update`"),
            };
            Diagnostic::new(message).at(place).help(help)
        });
        reporter.print(&stale.collect::<Vec<_>>());
        return Ok(Exit::Failed);
    }
    if check {
        output::check_stdout()?;
        output::write(&Target::Stdout, diff::unified(&notebook.file, &notebook.text, &edits).as_bytes())?;
        return Ok(Exit::Failed);
    }
    let path = document.path.as_deref().unwrap_or(Path::new(&notebook.file));
    if input::read(path)? != notebook.text {
        let error = Diagnostic::new(format!("`{}` has changed while it ran, so nothing is written", notebook.file));
        return Err(error.help("run `nbrun update` again"));
    }
    output::write(target, text.as_bytes())?;
    progress.page(target);
    Ok(Exit::Passed)
}

/// What each cell is to have below it, why that is chance, and what is known of its output, whatever stands there.
fn kept(document: &Document, records: &[Record]) -> Vec<(Kept, Option<Doubt>, Known)> {
    let Document { notebook, plan, .. } = document;
    let (mentioned, saved) = (doubt::mentioned(notebook, plan), results::certain(notebook));
    let cell = |index: usize| {
        let runs = notebook.cells[index].kind.runs();
        let outcomes: Vec<_> = records.iter().filter_map(|record| record.cells.get(index)).collect();
        let came = |status| matches!(status, Status::Passed | Status::FailedAsExpected);
        if !runs || !outcomes.iter().all(|outcome| came(outcome.status)) {
            return (Kept::AsItIs, None, Known::default());
        }
        let contents: Vec<Content> = outcomes.iter().map(|outcome| Content::of(outcome, &plan.steps[index])).collect();
        let by_steps = contents.iter().map(|content| content.by_steps.as_ref()).collect::<Option<Vec<_>>>();
        let by_worker = contents.iter().map(|content| &content.by_worker).collect();
        let alike = [by_steps.and_then(same), same(by_worker)];
        let found = contents.iter().find_map(|content| content.doubt);
        let doubt = match (alike.iter().flatten().next(), found) {
            (None, _) => Some(Doubt::Differs),
            // What this run cannot exclude, and earlier ones did not see, does not make it chance now.
            (Some(_), Some(doubt)) if doubt.is_of_one_run() && is_saved(&alike, saved[index].as_ref()) => None,
            (Some(_), found) => found,
        };
        let differs = alike.iter().all(Option::is_none).then_some(Doubt::Differs);
        let mentions = mentioned[index].map(Doubt::Mentions);
        let known = Known { doubt: differs.or(found).or(mentions), mentioned: mentioned[index] };
        let doubt = doubt.or(mentions);
        if doubt.is_some() {
            // One of the runs may have printed nothing.
            let came = contents.iter().map(|content| &content.as_it_came).find(|lines| !lines.is_empty());
            return (Kept::Chance(came.cloned().unwrap_or_default()), doubt, known);
        }
        match alike.iter().flatten().next() {
            Some(lines) if !is_saved(&alike, saved[index].as_ref()) => (Kept::Certain((*lines).clone()), None, known),
            _ => (Kept::AsItIs, None, known),
        }
    };
    (0..notebook.cells.len()).map(cell).collect()
}

/// What all of some runs gave, if it is the same.
fn same(lines: Vec<&Vec<String>>) -> Option<&Vec<String>> {
    lines.iter().all(|other| other == &lines[0]).then(|| lines.first().copied()).flatten()
}

/// Whether one of the orders in which all runs gave the same stands in the notebook.
fn is_saved(alike: &[Option<&Vec<String>>], saved: Option<&Vec<String>>) -> bool {
    saved.is_some_and(|saved| alike.iter().flatten().any(|lines| *lines == saved))
}

/// Checks that a text has the cells of a notebook, some of which were given more, and the results that it should have.
///
/// # Errors
/// It has others: that is a bug.
fn is_as_before(notebook: &Notebook, text: &str, kept: &[Kept], given: &BTreeSet<usize>) -> Result<(), Diagnostic> {
    let is_cell = |(old, new): (&Cell, &Cell)| {
        let (before, now) = (old.code.text(), new.code.text());
        let is_code = if given.contains(&old.index) { now.starts_with(&before) } else { now == before };
        old.kind == new.kind && is_code
    };
    let are_cells =
        |new: &Notebook| new.cells.len() == notebook.cells.len() && notebook.cells.iter().zip(&new.cells).all(is_cell);
    let is_same = notebook::parse(&notebook.file, text.to_owned())
        .is_ok_and(|new| are_cells(&new) && results::edits(&new, kept).is_empty());
    let bug = || Diagnostic::new(format!("the results would change how `{}` is read: a bug in nbrun", notebook.file));
    is_same.then_some(()).ok_or_else(bug)
}
