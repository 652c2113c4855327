//! The two sides of a comparison that did not hold, as texts.

use serde::{Deserialize, Serialize};

/// Both sides in Rust's `Debug` form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sides {
    /// The left one.
    pub left: String,
    /// The right one.
    pub right: String,
}
