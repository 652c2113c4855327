//! Records in a directory that an author keeps, such as one in git: runs that are recorded once, and rendered anywhere.
//!
//! Unlike the records in the cache, these are used again with another compiler and by another nbrun, too; then the page says so.
//! All else that decides a run must be the same: the cells, the settings and options, and the files and variables that the code asked for.

use crate::cli::bounds::Bounds;
use crate::cli::document::Document;
use crate::cli::kept::Kept;
use crate::cli::output::{self, Target};
use crate::compile::{self, Cache};
use crate::diagnostic::Diagnostic;
use crate::record::Record;
use std::path::PathBuf;

/// A directory of records, one for each notebook at the notebook's own path.
pub struct Recorded {
    dir: PathBuf,
    /// The directory of the notebooks.
    notebooks: PathBuf,
    /// The compiler that is there, if there is one.
    rustc: Option<String>,
}

impl Recorded {
    /// The records in `dir` of the notebooks in another directory.
    pub fn at(dir: PathBuf, notebooks: PathBuf) -> Self {
        let verbose = Cache::of_user().and_then(|cache| compile::toolchain_version(&cache)).ok();
        let rustc = verbose.and_then(|text| text.lines().next().map(str::to_owned));
        Self { dir, notebooks, rustc }
    }

    /// What is kept of the run of a notebook with these cells and settings.
    pub fn find(&self, document: &Document, bounds: &Bounds) -> Option<Kept> {
        let kept = Kept::read(&self.path(document)?, document)?;
        // Another nbrun may say the same settings in other words.
        let is_ours = kept.summary.record.provenance.nbrun == env!("CARGO_PKG_VERSION");
        (!is_ours || kept.summary.settings == bounds.decisive(&document.plan)).then_some(kept)
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
        let text = Kept::text(bounds.decisive(&document.plan), document.inputs(), record);
        let text = text.map_err(|error| Diagnostic::new(format!("the record cannot be written: {error}")))?;
        output::write(&Target::File(path), &text)
    }

    /// Where the record of a notebook is.
    fn path(&self, document: &Document) -> Option<PathBuf> {
        let below = document.path.as_deref()?.strip_prefix(&self.notebooks).ok()?;
        Some(self.dir.join(below).with_extension("json"))
    }
}
