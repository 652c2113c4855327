//! Why a cell is left out of a run, though nothing is wrong with it.

use serde::{Deserialize, Serialize};

/// Why a cell is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// Its author says so.
    Marked,
    /// It needs a cell that is skipped: the index of that one.
    Needs(usize),
    /// Only another cell was asked for, which does not need it.
    NotAsked,
}
