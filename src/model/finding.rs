//! What is wrong with a cell, as it is kept: at a place that moves with the cell when the prose changes.

use super::Spot;
use crate::diagnostic::{Place, Severity};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A diagnostic as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The compiler's code for it, such as E0382, or the name of a lint.
    pub code: Option<String>,
    /// What is wrong.
    pub message: String,
    /// Where, if a place in a file is meant.
    pub anchor: Option<Anchor>,
    /// A few words about that place.
    pub label: Option<String>,
    /// Further remarks, in order.
    pub remarks: Vec<Remark>,
}

/// A remark on a [`Finding`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Remark {
    /// What the author can do about it.
    Help(String),
    /// What else there is to know.
    Note(String),
    /// Another place that has to do with it, and how.
    Also(Anchor, String),
    /// The value on the left of a comparison that does not hold.
    Left(String),
    /// The value on the right of it.
    Right(String),
}

/// A stretch of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    /// In the opening fence of a cell.
    Fence {
        /// The cell's index.
        cell: u32,
        /// The column in characters from 1, counted from the fence.
        column: u32,
        /// How many characters are meant.
        width: u32,
    },
    /// In the code of a cell.
    Code {
        /// Where it begins.
        spot: Spot,
        /// How many characters are meant.
        width: u32,
    },
    /// In no cell: in the front matter, or in a file that the code includes. It stays where it was.
    Elsewhere(Place),
}

/// All that it says, a line for each remark, without places.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        let remarks = self.remarks.iter().map(|remark| match remark {
            Remark::Help(text)
            | Remark::Note(text)
            | Remark::Also(_, text)
            | Remark::Left(text)
            | Remark::Right(text) => text,
        });
        self.label.iter().chain(remarks).try_for_each(|text| write!(f, "\n{text}"))
    }
}
