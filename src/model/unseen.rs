//! What code tells others past everything that an exploration sees.

use super::Position;
use serde::{Deserialize, Serialize};

/// The first place in a cell's code where threads may tell each other something that an exploration does not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Unseen {
    /// The word there: `unsafe`, a crate, or a method that asks for counts.
    pub word: String,
    /// The line.
    pub position: Option<Position>,
}
