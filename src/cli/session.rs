//! What all commands that run notebooks share: the way of a notebook from its text to the record of its run.

use super::Errors;
use super::bounds::Bounds;
use super::document::Document;
use super::exercises;
use super::exit::Exit;
use super::input::Input;
use super::output::Target;
use super::progress::Progress;
use super::provenance;
use super::records::Records;
use super::report::{self, Reporter};
use crate::compile::{Cache, Checked, Compiler, Watch, Workbench};
use crate::diagnostic::{Diagnostic, reason};
use crate::kernel::{self, Interrupts, Left};
use crate::model::Finding;
use crate::notebook::{self, Notebook};
use crate::plan::{self, Plan};
use crate::record::{self, CellOutcome, Record, Status};
use crate::sandbox::{self, Sandbox};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

/// One call of a command that runs notebooks.
pub struct Session<'a> {
    /// What the user grants.
    pub bounds: Bounds,
    /// Where notebooks run whose authors are not trusted.
    pub sandbox: Option<Sandbox>,
    interrupts: Interrupts,
    interrupted: AtomicBool,
    /// What the user is told.
    pub progress: Progress,
    /// Whether what is made of notebooks holds the images that they show.
    pub holds_images: bool,
    /// Where what is wrong is reported.
    pub reporter: &'a Reporter,
    /// Where records are kept, if one of an earlier run may be used in place of a new one.
    pub records: Option<Records>,
    /// Whether the solutions of exercises are left out.
    pub no_solutions: bool,
}

impl<'a> Session<'a> {
    /// Watches for the user's wish to stop, and prepares the sandbox, before anything is read that would need it.
    pub fn open(bounds: Bounds, quiet: bool, reporter: &'a Reporter) -> Result<Self, Errors> {
        let unwatched = |error| Diagnostic::new(format!("signals cannot be watched: {}", reason(&error)));
        let interrupts = Interrupts::watch().map_err(unwatched)?;
        let sandbox = bounds.trust.sandbox.map(Sandbox::prepare).transpose()?;
        let mut session = Self::with(bounds, interrupts, sandbox, reporter);
        session.progress = Progress::new(quiet, !quiet && !reporter.takes_stdout());
        Ok(session)
    }

    /// One that says nothing, and stops as another part of the program wishes.
    pub fn with(bounds: Bounds, interrupts: Interrupts, sandbox: Option<Sandbox>, reporter: &'a Reporter) -> Self {
        let progress = Progress::new(true, false);
        let (interrupted, holds_images) = (AtomicBool::new(false), true);
        let (records, no_solutions) = (None, false);
        Self { bounds, sandbox, interrupts, interrupted, progress, holds_images, reporter, records, no_solutions }
    }

    /// Forgets that it was to stop, before it begins with something else.
    pub fn begin_again(&mut self) {
        while self.interrupts.take() {}
        self.interrupted.store(false, Relaxed);
    }

    /// Compiles some cells of a notebook that is read and planned. They need no other than those of which it is known what they have left.
    /// Nothing comes of it if the user wants to stop.
    pub fn prepare_part(
        &self,
        mut document: Document,
        cells: &BTreeSet<usize>,
        bench: &Workbench,
    ) -> Result<Option<Document>, Errors> {
        self.reporter.knows(&document.notebook);
        if self.sandbox.is_some() {
            self.bounds.hold(&mut document.plan, &document.notebook)?;
        }
        document.plan.keep(cells);
        let library =
            self.call(&document, |compiler, notebook, plan| compiler.incremental(bench).compile(notebook, plan));
        if self.stopped() {
            return Ok(None);
        }
        document.library = library?;
        Ok(Some(document))
    }

    /// Reads, plans and compiles notebooks, or `only` one cell with what it needs, so that nothing runs before all of them can. A notebook of
    /// which there is a record that may be used again is not compiled. Nothing comes of it if the user wants to stop.
    pub fn prepare(
        &self,
        all: Vec<(Input, Target)>,
        stable: bool,
        only: Option<&str>,
    ) -> Result<Option<Vec<Document>>, Errors> {
        let documents = each(all, |(input, target)| {
            if self.stopped() {
                return Err(Vec::new());
            }
            let mut document = self.read(input, target, stable)?;
            if let Some(cell) = only {
                document.keep_only(cell)?;
            }
            self.ready(&mut document)?;
            Ok(document)
        });
        // ^C ends the compiler, too, and then its failure is no news.
        if self.stopped() { Ok(None) } else { documents.map(Some) }
    }

    /// Reads and plans a notebook.
    pub fn read(&self, input: Input, target: Target, stable: bool) -> Result<Document, Errors> {
        let path = input.path.clone();
        let notebook = input.notebook(self.no_solutions)?;
        self.reporter.knows(&notebook);
        let mut plan = plan::plan(&notebook)?;
        if self.sandbox.is_some() {
            self.bounds.hold(&mut plan, &notebook)?;
        }
        let mut document = Document::new(notebook, plan, path, target);
        document.lay_out(stable, self.sandbox.is_none(), self.holds_images)?;
        Ok(document)
    }

    /// Tells what is most likely forgotten in notebooks.
    pub fn lint<'d>(&self, documents: impl IntoIterator<Item = &'d Document>) -> Result<(), Errors> {
        let lints: Vec<_> = documents.into_iter().flat_map(|document| notebook::lints(&document.notebook)).collect();
        self.warn(&lints)
    }

    /// Finds the record of a notebook that may be used again, or else compiles the notebook; and tells the warnings.
    pub fn ready(&self, document: &mut Document) -> Result<(), Errors> {
        let kept = self.records.as_ref().and_then(|records| records.find(document, &self.bounds));
        if let Some(record) = kept.and_then(|kept| kept.record(document)) {
            let warnings = record.warnings.values().flatten();
            let warnings: Vec<_> = warnings.map(|warning| document.notebook.diagnostic(warning)).collect();
            document.look.recalled = true;
            document.earlier = Some(record);
            return self.warn(&warnings);
        }
        document.library = self.call(document, |compiler, notebook, plan| compiler.compile(notebook, plan))?;
        self.warn(document.library.iter().flat_map(|library| library.warnings.values().flatten()))
    }

    /// Looks for everything that is wrong with the code of a notebook, and reports the warnings. What is wrong with the cells that must not
    /// compile is returned; it would not keep the others from running.
    pub fn check(&self, document: &Document) -> Result<Vec<Diagnostic>, Errors> {
        let checked = self.call(document, |compiler, notebook, plan| compiler.check(notebook, plan))?;
        let Some(Checked { wrong, warnings }) = checked else { return Ok(Vec::new()) };
        self.warn(warnings.values().flatten())?;
        Ok(wrong.into_values().flatten().collect())
    }

    /// Calls the compiler for a notebook that has cells.
    fn call<T>(
        &self,
        document: &Document,
        compile: impl FnOnce(Compiler<'_>, &Notebook, &Plan) -> Result<T, Errors>,
    ) -> Result<Option<T>, Errors> {
        let Document { notebook, plan, .. } = document;
        if notebook.cells.is_empty() {
            return Ok(None);
        }
        self.progress.compiling();
        let sandbox = self.sandbox.as_ref();
        // Where there are no namespaces, what a macro or a build script has started does not end with the compiler.
        let _adopted = sandbox.map(|_| kernel::Adopted::new());
        let watch = Watch { stopped: &|| self.stopped(), building: &|crates| self.progress.building(crates) };
        let (dir, cache) = (document.directory(), Cache::of_user()?);
        compile(Compiler::new(&dir, &cache, sandbox, watch), notebook, plan).map(Some)
    }

    /// Shows warnings, or gives them back as errors.
    pub fn warn<'w>(&self, warnings: impl IntoIterator<Item = &'w Diagnostic>) -> Result<(), Errors> {
        let mut done = Ok(());
        self.progress.aside(|| done = self.reporter.warn(warnings));
        done
    }

    /// Runs a notebook's plan and records everything that happened, or gives the record that is used again. Also tells how the run ended.
    pub fn execute(&mut self, document: &Document) -> Result<(Record, Exit), Errors> {
        if let Some(record) = &document.earlier {
            self.progress.used_again(&document.notebook.file, record, &document.plan.steps);
            return Ok((record.clone(), Exit::Passed));
        }
        let (record, exit) = self.execute_watched(document, &mut |_, _| ())?;
        if let Some(records) = self.records.as_ref().filter(|_| exit == Exit::Passed)
            && let Err(error) = records.keep(document, &self.bounds, &record)
        {
            self.progress.aside(|| self.reporter.print([&error]));
        }
        Ok((record, exit))
    }

    /// The same, with each cell's result as it comes, and what the cell has left, if that is wanted and known.
    pub fn execute_watched(
        &mut self,
        document: &Document,
        came: &mut dyn FnMut(&CellOutcome, Option<Left>),
    ) -> Result<(Record, Exit), Errors> {
        let Document { notebook, plan, library, .. } = document;
        let Self { bounds, sandbox, interrupts, progress, reporter, .. } = self;
        let (sandbox, library) = (sandbox.as_ref(), library.as_ref());
        let (started, clock) = (jiff::Timestamp::now(), Instant::now());
        let mut left = None;
        let mut watch = |event: kernel::Progress<'_>| match event {
            kernel::Progress::Left(found) => left = Some(found),
            kernel::Progress::Started(cell) => progress.cell_started(cell, &plan.steps[cell]),
            kernel::Progress::Finished(outcome) => {
                came(outcome, left.take());
                progress.cell_done(outcome, &plan.steps[outcome.cell]);
                if outcome.status == Status::Failed {
                    let errors: Vec<_> = outcome.errors.iter().map(|error| notebook.diagnostic(error)).collect();
                    progress.aside(|| reporter.print(&errors));
                }
                let notes: Vec<_> = outcome.notes.iter().map(|note| notebook.diagnostic(note)).collect();
                if !notes.is_empty() && outcome.status != Status::Unsolved {
                    progress.aside(|| reporter.print(&notes));
                }
            }
        };
        // The running program itself, even if its file has been replaced meanwhile.
        let directory = document.directory();
        let program = kernel::Program { path: Path::new(sandbox::ITSELF), dir: &directory, sandbox };
        let limits = bounds.of_run(plan);
        let task = kernel::Task { notebook, plan, library, limits, left: document.left.as_ref() };
        let ran = kernel::run(program, task, interrupts, &mut watch)?;
        progress.aside(|| {
            reporter.print(&ran.trouble);
            report::said(&ran.said);
        });
        let record = Record {
            version: record::VERSION,
            provenance: provenance::gather(notebook, library, sandbox, (started, clock.elapsed())),
            cells_sha256: notebook::cells_sha256(notebook),
            cells: ran.cells,
            warnings: library.map(|library| kept(notebook, &library.warnings)).unwrap_or_default(),
            interrupted: ran.interrupted,
            only: document.only,
        };
        let failed = |status| matches!(status, Status::Failed | Status::NotRun);
        let exit = if record.interrupted {
            Exit::Interrupted
        } else if ran.trouble.is_some() || record.cells.iter().any(|cell| failed(cell.status)) {
            Exit::Failed
        } else {
            Exit::Passed
        };
        Ok((record, exit))
    }

    /// Tells of exercises that are solved as they stand, which makes a failure of a run where the user wants that of warnings.
    pub fn judge_exercises(&self, document: &Document, record: &Record) -> Exit {
        match self.warn(&exercises::solved_as_they_stand(document, record)) {
            Ok(()) => Exit::Passed,
            Err(errors) => {
                self.progress.aside(|| self.reporter.print(&errors));
                Exit::Failed
            }
        }
    }

    /// Whether the user wants to stop.
    pub fn stopped(&self) -> bool {
        if self.interrupts.take() {
            self.interrupted.store(true, Relaxed);
        }
        self.interrupted.load(Relaxed)
    }
}

/// Warnings as they are recorded.
fn kept(notebook: &Notebook, warnings: &BTreeMap<usize, Vec<Diagnostic>>) -> BTreeMap<usize, Vec<Finding>> {
    let kept = |warnings: &[Diagnostic]| warnings.iter().map(|warning| notebook.finding(warning)).collect();
    warnings.iter().map(|(cell, warnings)| (*cell, kept(warnings))).collect()
}

/// Does `body` for every item and gives either all results or all errors.
pub fn each<T, R>(
    items: impl IntoIterator<Item = T>,
    mut body: impl FnMut(T) -> Result<R, Errors>,
) -> Result<Vec<R>, Errors> {
    let mut results = Vec::new();
    let mut errors = Vec::new();
    for item in items {
        match body(item) {
            Ok(result) => results.push(result),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() { Ok(results) } else { Err(errors) }
}
