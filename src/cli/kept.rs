//! The file of a record that may be used again: two lines of JSON, a summary that is read at once, and the record.
//!
//! A record is large, and to parse it takes long. A page that is there already needs only the summary, and the hash of the file.

use super::document::Document;
use super::manifest::hash;
use crate::compile::Inputs;
use crate::kernel;
use crate::notebook::cells_sha256;
use crate::record::{self, Record};
use crate::render;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// A record as its file has it.
pub struct Kept {
    /// What decides whether it is used again, and what is told of it.
    pub summary: Summary,
    content: Vec<u8>,
    /// Where the record begins.
    from: usize,
}

/// What stands before a record.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// What decided the run beside its cells, as the nbrun that ran it says it.
    pub settings: String,
    /// What the code was compiled from, with paths from the notebook's directory.
    pub inputs: Inputs,
    /// The record without what the workers did.
    pub record: Record,
}

impl Kept {
    /// What a file holds, if it belongs to the cells of a notebook, and their inputs are as they were. One that is damaged or in another
    /// form is as good as none.
    pub fn read(path: &Path, document: &Document) -> Option<Self> {
        let content = fs::read(path).ok()?;
        let from = content.iter().position(|byte| *byte == b'\n')? + 1;
        let summary: Summary = serde_json::from_slice(&content[..from]).ok()?;
        let is_current = summary.record.version == record::VERSION
            && summary.record.cells_sha256 == cells_sha256(&document.notebook)
            && summary.inputs.are_current(&document.directory());
        is_current.then_some(Self { summary, content, from })
    }

    /// The text of a file.
    ///
    /// # Errors
    /// A record that JSON cannot hold.
    pub fn text(settings: String, inputs: Inputs, record: &Record) -> serde_json::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(&Summary { settings, inputs, record: without_runs(record) })?;
        text.push(b'\n');
        serde_json::to_writer(&mut text, record)?;
        text.push(b'\n');
        Ok(text)
    }

    /// The SHA-256 of the file.
    pub fn sha256(&self) -> String {
        hash(&self.content)
    }

    /// The whole record, if it is one of this notebook and of this summary.
    pub fn record(&self, document: &Document) -> Option<Record> {
        let mut record: Record = serde_json::from_slice(&self.content[self.from..]).ok()?;
        let Document { notebook, plan, .. } = document;
        render::check(notebook, &record).ok()?;
        kernel::check_record(&notebook.file, &record, plan).ok()?;
        let is_its = without_runs(&record) == self.summary.record;
        record.move_to(notebook.cell_lines());
        is_its.then_some(record)
    }
}

/// A record without what takes much room.
fn without_runs(record: &Record) -> Record {
    let cells = record.cells.iter().map(|cell| record::CellOutcome {
        runs: Vec::new(),
        explored: None,
        errors: cell.errors.clone(),
        notes: cell.notes.clone(),
        resources: Vec::new(),
        ..*cell
    });
    Record {
        cells: cells.collect(),
        warnings: record.warnings.clone(),
        provenance: record.provenance.clone(),
        cells_sha256: record.cells_sha256.clone(),
        ..*record
    }
}
