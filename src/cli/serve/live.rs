//! A notebook that is served: the page that it has now, and which of its cells must run to bring that up to date.

use crate::cli::Errors;
use crate::cli::document::Document;
use crate::cli::input::Input;
use crate::cli::links;
use crate::cli::output::Target;
use crate::diagnostic::Diagnostic;
use crate::kernel::Left;
use crate::notebook::{self, Cell, Notebook};
use crate::plan::{self, Plan, StepKind, needs};
use crate::record::{self, CellOutcome, Provenance, Record, Status};
use crate::render::{self, RenderOptions};
use crate::serve::{CellError, State};
use crate::shared::resource::Resource;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A notebook that is served.
pub struct Live {
    /// Where it is, and its text as it was saved last.
    pub input: Input,
    /// The name of its page.
    pub page: String,
    /// The files that its code includes.
    pub read: BTreeSet<PathBuf>,
    /// Whether its file is gone.
    pub is_gone: bool,
    reading: Reading,
    /// The address of the script of its page.
    script: String,
    shown: Option<Shown>,
    /// The cells whose results are on their way.
    stale: BTreeSet<usize>,
    /// What cells have left in what is shared, as long as their results stay: who comes behind them finds it, and they need not run again.
    left: BTreeMap<usize, Left>,
    /// How often a change has concerned a cell: results of work from before are of a text that is gone.
    generation: u64,
    /// The lines on which cells began in the text that is run: prose can change meanwhile.
    run_lines: Vec<u32>,
    errors: Vec<CellError>,
}

/// How notebooks are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Whether their authors are trusted.
    pub trusted: bool,
    /// Whether the solutions of exercises are left out.
    pub no_solutions: bool,
}

/// What its page shows: the last text that could be read, with the results that belong to it, or that are to be replaced.
struct Shown {
    document: Document,
    record: Record,
}

/// A part of a notebook that is to be run.
pub struct Work {
    /// The name of its page, by which it is known.
    pub page: String,
    /// Where it is.
    pub path: Option<PathBuf>,
    /// The notebook.
    pub notebook: Notebook,
    /// Its plan.
    pub plan: Plan,
    /// The cells that take part.
    pub cells: BTreeSet<usize>,
    /// What others have left that these need.
    pub left: BTreeMap<usize, Left>,
    /// Of which state of the notebook it is.
    pub generation: u64,
}

impl Live {
    /// A notebook that nothing is shown of yet. `script` is the address of the script that keeps its page up to date.
    pub fn new(input: Input, reading: Reading, script: String) -> Self {
        let page = input.page.with_extension("html").to_string_lossy().into_owned();
        let (stale, errors) = (BTreeSet::new(), Vec::new());
        Self {
            input,
            page,
            read: BTreeSet::new(),
            is_gone: false,
            reading,
            script,
            shown: None,
            stale,
            left: BTreeMap::new(),
            generation: 0,
            run_lines: Vec::new(),
            errors,
        }
    }

    /// Takes over its text, which was read anew. Results of cells that it does not concern stay.
    ///
    /// # Errors
    /// Why nothing can be shown of it. Then the page stays as it is, and says so.
    pub fn saved(&mut self, text: Result<String, Diagnostic>) -> Result<(), Errors> {
        let read = text.map_err(Errors::from).and_then(|text| {
            self.input.text = text;
            self.read()
        });
        match read {
            Ok(document) => {
                self.show(document);
                Ok(())
            }
            Err(errors) => {
                self.fail(&errors);
                Err(errors)
            }
        }
    }

    fn read(&self) -> Result<Document, Errors> {
        let notebook = self.input.clone().notebook(self.reading.no_solutions)?;
        let plan = plan::plan(&notebook)?;
        let mut document = Document::new(notebook, plan, self.input.path.clone(), Target::Stdout);
        document.lay_out(false, self.reading.trusted, true)?;
        document.look = RenderOptions { live: Some(self.script.clone()), ..document.look };
        links::to_pages(&mut document);
        Ok(document)
    }

    fn show(&mut self, document: Document) {
        let (record, changed) = match self.shown.take() {
            Some(before) => carried(before, &document),
            None => (nothing(&document.notebook), (0..document.notebook.cells.len()).collect()),
        };
        let count = document.notebook.cells.len();
        self.stale.retain(|cell| *cell < count);
        self.left.retain(|cell, _| *cell < count);
        let mut cells: BTreeMap<usize, CellOutcome> = record.cells.into_iter().map(|cell| (cell.cell, cell)).collect();
        let outcome = |cell: usize| cells.remove(&cell).unwrap_or_else(|| not_run(cell));
        let record = Record {
            cells_sha256: notebook::cells_sha256(&document.notebook),
            cells: (0..count).map(outcome).collect(),
            ..record
        };
        self.errors.clear();
        self.shown = Some(Shown { document, record });
        self.concern(&changed);
    }

    /// Marks the cells that a change of some concerns.
    fn concern(&mut self, changed: &BTreeSet<usize>) {
        let Some(Shown { document, .. }) = &self.shown else { return };
        let concerned = concerned(document, changed);
        self.generation += u64::from(!concerned.is_empty());
        self.left.retain(|cell, _| !concerned.contains(cell));
        self.stale.extend(concerned);
    }

    /// A file has changed that its code includes: the cells that name it, and those that these concern, are to be run.
    pub fn included(&mut self, file: &Path) {
        let Some(Shown { document, .. }) = &self.shown else { return };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let cells = document.notebook.cells.iter().filter(|cell| cell.code.text().contains(&*name));
        let changed = cells.map(|cell| cell.index).collect();
        // An error of the text stays; one of the code may be mended now.
        if document.notebook.left_out.is_some() || document.notebook.text == self.input.text {
            self.errors.clear();
        }
        self.concern(&changed);
    }

    /// Marks every cell, or one, as to be run anew.
    pub fn again(&mut self, cell: Option<usize>) {
        self.generation += 1;
        let count = self.shown.as_ref().map_or(0, |shown| shown.document.notebook.cells.len());
        self.stale.extend((0..count).filter(|index| cell.is_none_or(|cell| cell == *index)));
    }

    /// Gives up what is on its way: the results that are there are all that there is.
    pub fn stop(&mut self) {
        self.stale.clear();
    }

    /// What must run to bring the page up to date, if anything must.
    pub fn work(&mut self) -> Option<Work> {
        let shown = self.shown.as_ref().filter(|_| !self.stale.is_empty() && self.errors.is_empty())?;
        let needs = needs(&shown.document.notebook, &shown.document.plan);
        // All that is declared takes part, so that the numbers of resources are those of the whole notebook, and so do all jobs:
        // an error is one of the notebook, and not of a part of it.
        let always = |step: &&plan::Step| matches!(step.work, StepKind::Declare(_) | StepKind::Jobs(_));
        let always = shown.document.plan.steps.iter().filter(always).map(|step| step.cell);
        let asked = self.stale.iter().copied();
        let is_known = |cell: usize| self.left.contains_key(&cell) && !self.stale.contains(&cell);
        let cells = needs.all_of_but(asked.clone().chain(always), is_known);
        let others = needs.all_of(asked).into_iter().filter(|cell| !cells.contains(cell));
        let left = others.filter_map(|cell| Some((cell, self.left.get(&cell)?.clone()))).collect();
        let Document { notebook, plan, path, .. } = &shown.document;
        let (page, generation) = (self.page.clone(), self.generation);
        let (path, notebook, plan) = (path.clone(), notebook.clone(), plan.clone());
        self.run_lines = notebook.cell_lines();
        Some(Work { page, path, notebook, plan, cells, left, generation })
    }

    /// Takes over the result of a cell that took part in the work of such a state.
    pub fn came(&mut self, generation: u64, mut outcome: CellOutcome, left: Option<Left>) {
        if outcome.status == Status::NotRun || generation != self.generation {
            return;
        }
        self.stale.remove(&outcome.cell);
        self.left.remove(&outcome.cell);
        self.left.extend(left.map(|left| (outcome.cell, left)));
        if let Some(Shown { record, .. }) = &mut self.shown
            && let Some(place) = record.cells.get_mut(outcome.cell)
        {
            outcome.moved(&self.run_lines, &record.provenance.cell_lines);
            *place = outcome;
        }
    }

    /// Takes over what is known of a run as a whole. What has not come by its end will not come by itself.
    pub fn ended(&mut self, generation: u64, record: Record) {
        if generation != self.generation {
            return;
        }
        let missing = if record.interrupted { BTreeSet::new() } else { std::mem::take(&mut self.stale) };
        if let Some(shown) = &mut self.shown {
            // What they show is of another text, or of another state.
            for outcome in shown.record.cells.iter_mut().filter(|outcome| missing.contains(&outcome.cell)) {
                *outcome = not_run(outcome.cell);
            }
            let cell_lines = std::mem::take(&mut shown.record.provenance.cell_lines);
            shown.record.provenance = Provenance { cell_lines, ..record.provenance };
            shown.record.warnings = record.warnings;
        }
    }

    /// Takes note that it cannot be read, planned, compiled or run, and why. The page stays.
    pub fn fail(&mut self, errors: &[Diagnostic]) {
        let cell = |error: &Diagnostic| {
            let place = error.place.as_ref().filter(|place| place.file == self.input.file)?;
            let notebook = &self.shown.as_ref()?.document.notebook;
            notebook.cells.iter().rposition(|cell| cell.line <= place.line)
        };
        let told = |error: &Diagnostic| CellError { cell: cell(error), text: error.to_string() };
        self.errors = errors.iter().map(told).collect();
    }

    /// Its page as it is now: an empty one, which waits for more, as long as nothing of it could be read.
    pub fn html(&self) -> String {
        match &self.shown {
            Some(Shown { document, record }) => render::render_as(&document.notebook, record, &document.look),
            None => format!(
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"color-scheme\" \
                 content=\"light dark\">\n<title>{}</title>\n</head>\n<body data-words=\"{{&quot;lang&quot;:&quot;en&quot;}}\">\n\
                 <main></main>\n<script src=\"{}\"></script>\n</body>\n</html>\n",
                render::escape(&self.input.file),
                render::escape(&self.script)
            ),
        }
    }

    /// What happens to it.
    pub fn state(&self) -> State {
        let running = if self.errors.is_empty() { self.stale.iter().copied().collect() } else { Vec::new() };
        State { running, errors: self.errors.clone() }
    }

    /// The state that it is in.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Its title, for a list.
    pub fn title(&self) -> &str {
        let title = self.shown.as_ref().and_then(|shown| shown.document.notebook.front_matter.title.as_deref());
        title.unwrap_or(&self.input.file)
    }

    /// The line in the file on which a cell begins.
    pub fn line_of(&self, cell: usize) -> Option<u32> {
        Some(self.shown.as_ref()?.document.notebook.cells.get(cell)?.line)
    }

    /// The index of the cell that has a line, or is the last before it.
    pub fn cell_at(&self, line: u32) -> Option<usize> {
        self.shown.as_ref()?.document.notebook.cells.iter().rposition(|cell| cell.line <= line)
    }
}

/// The cells that a change of some concerns, themselves included.
fn concerned(document: &Document, changed: &BTreeSet<usize>) -> BTreeSet<usize> {
    let needs = needs(&document.notebook, &document.plan);
    // A cell that may offer more than it names concerns all behind it.
    let vague = needs.vague.intersection(changed).next().copied().unwrap_or(usize::MAX);
    let concerns = |cell: &usize| *cell > vague || !needs.all_of([*cell]).is_disjoint(changed);
    (0..document.notebook.cells.len()).filter(concerns).collect()
}

/// A cell that has no result yet.
fn not_run(cell: usize) -> CellOutcome {
    let (errors, notes, runs, resources) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    CellOutcome { cell, status: Status::NotRun, errors, notes, runs, explored: None, resources }
}

/// The record of a notebook of which nothing has been run.
fn nothing(notebook: &Notebook) -> Record {
    Record {
        version: record::VERSION,
        provenance: Provenance { cell_lines: notebook.cell_lines(), ..Provenance::default() },
        cells_sha256: String::new(),
        cells: Vec::new(),
        warnings: BTreeMap::new(),
        interrupted: false,
        only: None,
    }
}

/// The results that stay on the page, and the cells that have changed. Where a cell or a resource came or went, all that
/// stand behind it have other numbers, and count as changed.
fn carried(before: Shown, now: &Document) -> (Record, BTreeSet<usize>) {
    let Shown { document, mut record } = before;
    let (old, new) = (&document.notebook, &now.notebook);
    let same = |index: usize| match (old.cells.get(index), new.cells.get(index)) {
        (Some(one), Some(other)) => are_alike(one, other),
        _ => false,
    };
    let count = new.cells.len();
    let mut end = count;
    if old.cells.len() != count {
        end = (0..count).find(|index| !same(*index)).unwrap_or(count);
    }
    let resources = document.plan.resources.iter().zip(&now.plan.resources);
    let differs =
        |(one, other): &(&plan::Declaration, &plan::Declaration)| (&one.name, one.cell) != (&other.name, other.cell);
    if let Some((one, other)) = resources.clone().find(differs) {
        end = end.min(one.cell.min(other.cell));
    }
    let known = resources.count();
    for resource in document.plan.resources.iter().skip(known).chain(now.plan.resources.iter().skip(known)) {
        end = end.min(resource.cell);
    }
    let settings = |notebook: &Notebook| notebook.front_matter.nbrun.without_places();
    let all_anew = settings(old) != settings(new);
    let mut changed: BTreeSet<usize> = (0..count).filter(|index| all_anew || *index >= end || !same(*index)).collect();
    if shares_differ(&document, now) {
        let queues = now.plan.resources.iter().filter(|resource| Resource::most_bytes(resource).is_none());
        changed.extend(queues.map(|queue| queue.cell));
    }
    // A cell that needed what is changed now may not need it any more: it finds something else then.
    changed.extend(concerned(&document, &changed).into_iter().filter(|index| *index < count));
    let stays = |outcome: &CellOutcome| outcome.cell < end && outcome.status != Status::NotRun;
    record.cells.retain(stays);
    record.move_to(new.cell_lines());
    (record, changed)
}

/// Whether queues may hold more or less than before: they share what the other resources leave.
fn shares_differ(before: &Document, now: &Document) -> bool {
    let taken = |document: &Document| {
        let sizes = document.plan.resources.iter().filter_map(Resource::most_bytes);
        sizes.fold(0_usize, usize::saturating_add)
    };
    // Of the memory that there is where nobody asks for less, so little is not missed.
    let is_little = now.notebook.front_matter.nbrun.limits.shared_bytes.is_none_or(|bytes| bytes >= 1 << 30);
    taken(before).abs_diff(taken(now)) > if is_little { 1 << 20 } else { 0 }
}

/// Whether two cells are alike in all that their results depend on.
fn are_alike(one: &Cell, other: &Cell) -> bool {
    let Cell { index: _, bytes: _, line: _, kind, role, must_fail, should_fail, spurious, skip, code } = one;
    (kind, role, must_fail, should_fail, spurious, skip)
        == (&other.kind, &other.role, &other.must_fail, &other.should_fail, &other.spurious, &other.skip)
        && code.text() == other.code.text()
}
