//! How readers come to a result that is folded.

use serde::{Deserialize, Serialize};

/// What stands in the place of a result that its reader is to guess.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reveal {
    /// The page's own question.
    Click,
    /// The author's.
    Question(String),
}
