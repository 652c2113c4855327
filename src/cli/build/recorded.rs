//! Records in a directory that an author keeps, such as one in git: runs that are recorded once, and rendered anywhere.
//!
//! Unlike the records in the cache, these are used again with another compiler and by another nbrun, too; then the page says so.
//! All else that decides a run must be the same: the cells, the settings and options, and the files and variables that the code asked for.

use crate::cli::bounds::Bounds;
use crate::cli::document::Document;
use crate::cli::output::{self, Target};
use crate::compile::{self, Cache, Inputs};
use crate::diagnostic::Diagnostic;
use crate::kernel;
use crate::record::{self, Record};
use crate::render;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::PathBuf;

/// A directory of records, one for each notebook at the notebook's own path.
pub struct Recorded {
    dir: PathBuf,
    /// The directory of the notebooks.
    notebooks: PathBuf,
    /// The compiler that is there, if there is one.
    rustc: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Kept<R> {
    /// What decided the run beside its cells, as the nbrun that ran it says it.
    settings: String,
    /// What the code was compiled from, with paths from the notebook's directory.
    inputs: Inputs,
    record: R,
}

impl Recorded {
    /// The records in `dir` of the notebooks in another directory.
    pub fn at(dir: PathBuf, notebooks: PathBuf) -> Self {
        let verbose = Cache::of_user().and_then(|cache| compile::toolchain_version(&cache)).ok();
        let rustc = verbose.and_then(|text| text.lines().next().map(str::to_owned));
        Self { dir, notebooks, rustc }
    }

    /// The record of a notebook, if it is of these cells and settings. One that is damaged or in another form is as good as none.
    pub fn find(&self, document: &Document, bounds: &Bounds) -> Option<Record> {
        let Document { notebook, plan, .. } = document;
        let kept: Kept<Record> = serde_json::from_slice(&fs::read(self.path(document)?).ok()?).ok()?;
        let Kept { settings, inputs, record } = kept;
        // Another nbrun may say the same settings in other words.
        let is_ours = record.provenance.nbrun == env!("CARGO_PKG_VERSION");
        let is_current = record.version == record::VERSION
            && (!is_ours || settings == bounds.decisive(plan))
            && inputs.are_current(&document.directory())
            && render::check(notebook, &record).is_ok()
            && kernel::check_record(&notebook.file, &record, plan).is_ok();
        is_current.then_some(record)
    }

    /// What a record was made with that is not what there is, each with what there is.
    pub fn others(&self, record: &Record) -> Vec<[String; 2]> {
        let from = &record.provenance;
        let nbrun = |version: &str| format!("nbrun {version}");
        let ours = [Some(nbrun(env!("CARGO_PKG_VERSION"))), self.rustc.clone()];
        let theirs = [nbrun(&from.nbrun), from.rustc.clone()];
        let pairs = theirs.into_iter().zip(ours).filter_map(|(theirs, ours)| Some([theirs, ours?]));
        pairs.filter(|[theirs, ours]| theirs != ours && !theirs.is_empty()).collect()
    }

    /// Keeps the record of a run without errors.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, document: &Document, bounds: &Bounds, record: &Record) -> Result<(), Diagnostic> {
        let Some(path) = self.path(document) else { return Ok(()) };
        let (settings, inputs) = (bounds.decisive(&document.plan), document.inputs());
        let text = serde_json::to_vec(&Kept { settings, inputs, record });
        let text = text.map_err(|error| Diagnostic::new(format!("the record cannot be written: {error}")))?;
        output::write(&Target::File(path), &text)
    }

    /// Where the record of a notebook is.
    fn path(&self, document: &Document) -> Option<PathBuf> {
        let below = document.path.as_deref()?.strip_prefix(&self.notebooks).ok()?;
        Some(self.dir.join(below).with_extension("json"))
    }
}
