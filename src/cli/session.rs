//! What all commands that run notebooks share: the way of a notebook from its text to the record of its run.

use super::Errors;
use super::bounds::Bounds;
use super::document::Document;
use super::exit::Exit;
use super::input::Input;
use super::output::Target;
use super::progress::Progress;
use super::{provenance, report};
use crate::compile::{self, Cache, Watch};
use crate::diagnostic::{Diagnostic, reason};
use crate::kernel::{self, Interrupts};
use crate::notebook;
use crate::plan;
use crate::record::{self, Record, Status};
use crate::sandbox::{self, Sandbox};
use std::cell::Cell;
use std::path::Path;
use std::time::Instant;

/// One call of a command that runs notebooks.
pub struct Session {
    bounds: Bounds,
    /// Where notebooks run whose authors are not trusted.
    pub sandbox: Option<Sandbox>,
    interrupts: Interrupts,
    interrupted: Cell<bool>,
    /// What the user is told.
    pub progress: Progress,
}

impl Session {
    /// Watches for the user's wish to stop, and prepares the sandbox, before anything is read that would need it.
    pub fn open(bounds: Bounds, quiet: bool) -> Result<Self, Errors> {
        let unwatched = |error| Diagnostic::new(format!("signals cannot be watched: {}", reason(&error)));
        let interrupts = Interrupts::watch().map_err(unwatched)?;
        let sandbox = bounds.trust.sandbox.map(Sandbox::prepare).transpose()?;
        Ok(Self { bounds, sandbox, interrupts, interrupted: Cell::new(false), progress: Progress::new(quiet) })
    }

    /// Reads, plans and compiles notebooks, so that nothing runs before all of them can. Nothing comes of it if the user wants
    /// to stop.
    pub fn prepare(&self, all: Vec<(Input, Target)>, stable: bool) -> Result<Option<Vec<Document>>, Errors> {
        let documents = each(
            all,
            |(input, target)| {
                if self.stopped() { Err(Vec::new()) } else { self.compile(input, target, stable) }
            },
        );
        // ^C ends the compiler, too, and then its failure is no news.
        if self.stopped() { Ok(None) } else { documents.map(Some) }
    }

    fn compile(&self, input: Input, target: Target, stable: bool) -> Result<Document, Errors> {
        let notebook = notebook::parse(&input.file, input.text)?;
        let mut plan = plan::plan(&notebook)?;
        let sandbox = self.sandbox.as_ref();
        if sandbox.is_some() {
            self.bounds.hold(&mut plan, &notebook)?;
        }
        let mut document = Document::new(notebook, plan, input.path, target);
        document.lay_out(stable, sandbox.is_none())?;
        if !document.notebook.cells.is_empty() {
            self.progress.compiling();
            // Where there are no namespaces, what a macro or a build script has started does not end with the compiler.
            let _adopted = sandbox.map(|_| kernel::Adopted::new());
            let watch = Watch { stopped: &|| self.stopped(), building: &|crates| self.progress.building(crates) };
            let Document { notebook, plan, .. } = &document;
            let library = compile::compile(notebook, plan, &document.directory(), &Cache::of_user()?, sandbox, watch)?;
            self.progress.aside(|| report::print(library.warnings.values().flatten()));
            document.library = Some(library);
        }
        Ok(document)
    }

    /// Runs a notebook's plan and records everything that happened. Also tells how the run ended.
    pub fn execute(&mut self, document: &Document) -> Result<(Record, Exit), Errors> {
        let Document { notebook, plan, library, .. } = document;
        let Self { bounds, sandbox, interrupts, progress, .. } = self;
        let (sandbox, library) = (sandbox.as_ref(), library.as_ref());
        let (started, clock) = (jiff::Timestamp::now(), Instant::now());
        let mut watch = |event: kernel::Progress<'_>| match event {
            kernel::Progress::Started(cell) => progress.cell_started(cell, &plan.steps[cell]),
            kernel::Progress::Finished(outcome) => {
                progress.cell_done(outcome, &plan.steps[outcome.cell]);
                if outcome.status == Status::Failed {
                    progress.aside(|| report::print(&outcome.errors));
                }
            }
        };
        // The running program itself, even if its file has been replaced meanwhile.
        let directory = document.directory();
        let program = kernel::Program { path: Path::new(sandbox::ITSELF), dir: &directory, sandbox };
        let ran = kernel::run(program, notebook, plan, library, bounds.of_run(plan), interrupts, &mut watch)?;
        progress.aside(|| {
            report::print(&ran.trouble);
            report::said(&ran.said);
        });
        let record = Record {
            version: record::VERSION,
            provenance: provenance::gather(library, sandbox, started, clock.elapsed()),
            cells_sha256: record::cells_sha256(notebook),
            cells: ran.cells,
            warnings: library.map(|library| library.warnings.clone()).unwrap_or_default(),
            interrupted: ran.interrupted,
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

    /// Whether the user wants to stop.
    fn stopped(&self) -> bool {
        self.interrupted.set(self.interrupted.get() || self.interrupts.take());
        self.interrupted.get()
    }
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
