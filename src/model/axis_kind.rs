//! The axis of a picture.

use serde::{Deserialize, Serialize};

/// What a picture of a run has from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AxisKind {
    /// Time.
    Time,
    /// One step after another, however long each took.
    Step,
}
