//! Stage 5: everything that happened, as plain versioned data that can be saved and rendered again.

pub use crate::kernel::outcome::*;
pub use crate::plan::Executor;

use serde::{Deserialize, Serialize};

/// The version of the record's format. A record of another version is refused with a clear error.
pub const VERSION: u32 = 1;

/// Everything that a run of a notebook yielded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`VERSION`] at the time of writing.
    pub version: u32,
    /// Where, when and with what the notebook was run.
    pub provenance: Provenance,
    /// SHA-256 of the notebook's cells (kinds and code, not the prose), in hexadecimal: a record belongs to these cells.
    pub cells_sha256: String,
    /// One outcome for each cell, in order.
    pub cells: Vec<CellOutcome>,
    /// Whether the run was interrupted by the user.
    pub interrupted: bool,
}

/// Where, when and with what a notebook was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// How long all cells took, in nanoseconds.
    pub run_ns: u64,
}
