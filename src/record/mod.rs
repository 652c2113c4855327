//! Everything that happened in a run, as plain versioned data that can be saved and rendered again. What makes a record and what
//! reads it both stand behind it, and it names none of them.

pub mod explored;
mod moved;
pub mod number;
mod outcome;
mod play;

pub use crate::model::{Content, Executor, ExitStatus, Resource, SkipReason, StartMethod};
pub use explored::Explored;
pub use outcome::{
    CellOutcome, Contents, Deadlock, Held, Left, OutputLine, Replayed, RunOutcome, ShownValue, StartedThread, Status,
    Stream, Wait, WorkerOutcome,
};
pub use play::{Play, PlayState, StateLabel};

use crate::diagnostic::Diagnostic;
use crate::model::Finding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the record's format. A record of another version is refused with a clear error.
pub const VERSION: u32 = 6;

/// Everything that a run of a notebook yielded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "nbrun record"))]
pub struct Record {
    /// The version of the format.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    pub version: u32,
    /// Where, when and with what the notebook was run.
    pub provenance: Provenance,
    /// SHA-256 of the notebook's cells (kinds and code, not the prose), in hexadecimal: a record belongs to these cells.
    pub cells_sha256: String,
    /// One outcome for each cell, in order.
    pub cells: Vec<CellOutcome>,
    /// The compiler's warnings, by the index of the cell in which they are.
    pub warnings: BTreeMap<usize, Vec<Finding>>,
    /// Whether the run was interrupted by the user.
    pub interrupted: bool,
    /// The index of the one cell that was asked for, which was run with what it needs.
    pub only: Option<usize>,
}

/// Where, when and with what a notebook was run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Provenance {
    /// nbrun's version.
    pub nbrun: String,
    /// rustc's version line, such as `rustc 1.95.0 (…)`; empty if nothing was compiled.
    pub rustc: String,
    /// The operating system and its version, such as `Linux 6.1 x86_64`.
    pub os: String,
    /// The processor's model name, if the system tells.
    pub cpu: String,
    /// The number of cores that the run could use.
    pub cores: u32,
    /// When the run began, as RFC 3339 in UTC.
    pub started: String,
    /// How long the compile stage took, in nanoseconds.
    pub compile_ns: u64,
    /// Whether the library came from the cache.
    pub compile_cached: bool,
    /// Whether the jobs were compiled so that the next change is compiled soon, and not for their own speed.
    pub unoptimized: bool,
    /// How long all cells took, in nanoseconds.
    pub run_ns: u64,
    /// The sandbox that it was run in, if it was. Then HTML in the notebook's prose is not trusted, either.
    pub sandbox: Option<Sandboxed>,
    /// The line of the notebook on which each cell began: names such as `thread at line 9` count so.
    #[serde(default)]
    pub cell_lines: Vec<u32>,
}

/// The sandbox of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sandboxed {
    /// What it consisted of, in words.
    pub walls: String,
    /// What it lacked, as the user had agreed to.
    pub missing: Vec<String>,
}

impl Record {
    /// The record as a JSON text.
    ///
    /// # Errors
    /// If a value cannot be written as JSON, which would be a bug.
    pub fn to_json(&self) -> Result<String, Diagnostic> {
        serde_json::to_string(self).map_err(|error| Diagnostic::new(format!("the record cannot be written: {error}")))
    }

    /// A record from a JSON text; `file` is its name for the error.
    ///
    /// # Errors
    /// If it is no record, or one of another version.
    pub fn from_json(file: &str, text: &str) -> Result<Self, Diagnostic> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let wrong = |what: String| {
            Diagnostic::new(format!("{file}: {what}")).help("a record is made by `nbrun NOTEBOOK --record FILE`")
        };
        let head: Head = serde_json::from_str(text).map_err(|error| wrong(format!("this is no record: {error}")))?;
        if head.version != VERSION {
            let version = head.version;
            return Err(wrong(format!("the record is of version {version}, and this nbrun reads version {VERSION}")));
        }
        serde_json::from_str(text).map_err(|error| wrong(format!("the record is damaged: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Event};

    fn record() -> Record {
        let provenance = Provenance {
            nbrun: "0".into(),
            rustc: String::new(),
            os: String::new(),
            cpu: String::new(),
            cores: 1,
            started: String::new(),
            compile_ns: 0,
            compile_cached: false,
            unoptimized: false,
            run_ns: 0,
            sandbox: None,
            cell_lines: vec![1],
        };
        let action = Action::Put { item: 5, len: u64::MAX };
        let event = Event {
            worker: 1,
            at_ns: 2,
            duration_ns: 3,
            action,
            resource: Some(4),
            position: crate::model::Position::new(8, 7),
            ordering: None,
        };
        let run = RunOutcome { trace: vec![event], ..RunOutcome::default() };
        let cell = CellOutcome {
            cell: 0,
            status: Status::Passed,
            errors: vec![],
            notes: Vec::new(),
            runs: vec![run],
            explored: None,
            resources: vec![],
        };
        Record {
            version: VERSION,
            provenance,
            cells_sha256: String::new(),
            cells: vec![cell],
            warnings: Default::default(),
            interrupted: false,
            only: None,
        }
    }

    #[test]
    fn a_record_comes_back_as_it_was_saved() {
        let record = record();
        let json = record.to_json().expect("JSON");
        assert_eq!(Record::from_json("r.json", &json), Ok(record));
    }

    #[test]
    fn a_record_of_another_version_is_refused_by_its_version() {
        let version = format!("\"version\":{VERSION}");
        let json = record().to_json().expect("JSON").replace(&version, "\"version\":99");
        let error = Record::from_json("r.json", &json).expect_err("another version");
        assert!(error.message.contains("version 99"), "{error}");
    }

    #[test]
    fn what_is_no_record_is_refused_by_name() {
        for text in ["", "{}", "[1]", "{\"version\":1}"] {
            assert!(Record::from_json("r.json", text).expect_err("no record").message.starts_with("r.json: "));
        }
    }

    #[test]
    fn the_schema_of_a_record_in_the_book_is_current() {
        crate::model::schema::assert_is_current::<Record>("record.schema.json");
    }
}
