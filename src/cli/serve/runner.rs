//! Runs parts of notebooks in a thread of its own, one after another, while pages go on being served.

use super::live::Work;
use crate::cli::Errors;
use crate::cli::bounds::Bounds;
use crate::cli::document::Document;
use crate::cli::output::Target;
use crate::cli::report::Reporter;
use crate::cli::session::Session;
use crate::compile::{Cache, Workbench};
use crate::diagnostic::{Diagnostic, reason};
use crate::kernel::{Interrupts, Left, Stop};
use crate::record::{CellOutcome, Record};
use crate::sandbox::Sandbox;
use nix::sys::eventfd::{EfdFlags, EventFd};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// What the runner says.
pub enum Told {
    /// The result of a cell, and what it has left, if that is known.
    Cell(Box<CellOutcome>, Option<Left>),
    /// The run is over. What is wrong with it as a whole is said; else there are its record, and the files that its code includes.
    Ended(Result<(Box<Record>, BTreeSet<PathBuf>), Errors>),
}

/// The runner, seen from outside.
pub struct Runner {
    work: Sender<Work>,
    told: Receiver<Told>,
    bell: Arc<EventFd>,
    stop: Stop,
}

impl Runner {
    /// Starts the thread. Signals must be watched already: it must not get any.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(bounds: Bounds, sandbox: Option<Sandbox>) -> Result<Self, Diagnostic> {
        let failed = |error: std::io::Error| Diagnostic::new(format!("nothing can be run: {}", reason(&error)));
        let bell = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK);
        let bell = Arc::new(bell.map_err(|error| failed(error.into()))?);
        let (interrupts, stop) = Interrupts::by_hand().map_err(|error| failed(error.into()))?;
        let (work, todo) = mpsc::channel::<Work>();
        let (tell, told) = mpsc::channel();
        let rung = Arc::clone(&bell);
        let run = move || {
            let reporter = Reporter::default();
            let mut session = Session::with(bounds, interrupts, sandbox, &reporter);
            let mut benches = HashMap::new();
            let tell = |what| {
                let _ = tell.send(what);
                let _ = rung.write(1);
            };
            for work in todo {
                session.begin_again();
                let ended = one(&mut session, &mut benches, work, &mut |outcome, left| {
                    tell(Told::Cell(Box::new(outcome.clone()), left));
                });
                tell(Told::Ended(ended.map(|(record, read)| (Box::new(record), read))));
            }
        };
        thread::Builder::new().name("runner".to_owned()).spawn(run).map_err(failed)?;
        Ok(Self { work, told, bell, stop })
    }

    /// Begins with some work. It is to be at rest.
    pub fn begin(&self, work: Work) {
        let _ = self.work.send(work);
    }

    /// Stops what it does. It says so.
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// What it has said next.
    pub fn told(&self) -> Option<Told> {
        let _ = self.bell.read();
        self.told.try_recv().ok()
    }

    /// Becomes readable when it has said something.
    pub fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}

/// Compiles a notebook at its workbench, and runs the cells that take part.
fn one(
    session: &mut Session<'_>,
    benches: &mut HashMap<String, Workbench>,
    work: Work,
    watch: &mut dyn FnMut(&CellOutcome, Option<Left>),
) -> Result<(Record, BTreeSet<PathBuf>), Errors> {
    let bench = match benches.entry(work.page) {
        Entry::Occupied(bench) => bench.into_mut(),
        Entry::Vacant(place) => place.insert(Workbench::new(&Cache::of_user()?)?),
    };
    let mut document = Document::new(work.notebook, work.plan, work.path, Target::Stdout);
    document.left = Some(work.left);
    let Some(document) = session.prepare_part(document, &work.cells, bench)? else {
        return Err(Vec::new());
    };
    let (record, _) = session.execute_watched(&document, &mut |outcome, left| {
        if work.cells.contains(&outcome.cell) {
            watch(outcome, left);
        }
    })?;
    let read = document.library.iter().flat_map(|library| library.inputs.files.keys());
    Ok((record, read.filter_map(|file| fs::canonicalize(file).ok()).collect()))
}
