//! A line of a cell: what is recorded of where something happened. The notebook's line is worked out when it is shown, so that
//! a record stays right when the prose changes.

use super::packed;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;

/// A line of a cell. In a record it is the cell and the line; else it is one number, as it passes through a library's table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "Pair", into = "Pair")]
pub struct Position(NonZeroU32);

/// A line of a cell.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Pair(
    /// The cell's index in the notebook, from 0.
    u32,
    /// The line within the cell's code, from 1.
    u32,
);

impl Position {
    /// The line `line` (from 1) of the cell with the index `cell`, if a notebook can have it.
    pub fn new(cell: u32, line: u32) -> Option<Self> {
        Self::from_packed(packed::packed(cell, line))
    }

    /// The position that a number stands for, if it stands for any.
    pub fn from_packed(number: u32) -> Option<Self> {
        NonZeroU32::new(number).filter(|number| number.get() & packed::MAX_LINES > 0).map(Self)
    }

    /// The cell's index in the notebook.
    pub fn cell(self) -> u32 {
        self.0.get() >> packed::LINE_BITS
    }

    /// The line within the cell's code, from 1.
    pub fn line(self) -> u32 {
        self.0.get() & packed::MAX_LINES
    }
}

impl TryFrom<Pair> for Position {
    type Error = &'static str;

    fn try_from(Pair(cell, line): Pair) -> Result<Self, Self::Error> {
        Self::new(cell, line).ok_or("no notebook has such a line")
    }
}

impl From<Position> for Pair {
    fn from(position: Position) -> Self {
        Self(position.cell(), position.line())
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.cell(), self.line())
    }
}

/// A character of a cell's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Spot {
    /// Its line.
    pub position: Position,
    /// Its column in characters from 1, counted in the code.
    pub column: u32,
}

impl Spot {
    /// A column of the line `line` (from 1) of the cell with the index `cell`, if a notebook can have it.
    pub fn new(cell: u32, line: u32, column: u32) -> Option<Self> {
        Some(Self { position: Position::new(cell, line)?, column })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_cell_is_one_number_and_back() {
        for (cell, line) in [(0, 1), (7, 12), (packed::MAX_CELLS - 1, packed::MAX_LINES)] {
            let position =
                Position::from_packed(packed::at(&format!("cell:{:04}", cell + 1), line)).expect("a position");
            assert_eq!((position.cell(), position.line()), (cell, line));
            assert_eq!(Position::new(cell, line), Some(position));
        }
    }

    #[test]
    fn what_is_no_line_of_a_cell_is_no_position() {
        for (file, line) in [("cell:0001", 0), ("cell:0001", packed::MAX_LINES + 1), ("cell:0000", 1), ("cell:1", 1)] {
            assert_eq!(Position::from_packed(packed::at(file, line)), None, "{file}:{line}");
        }
        assert_eq!(packed::at("sub/first.rs", 1), 0);
        assert_eq!(packed::at("cell:9999", 1), 0);
    }

    #[test]
    fn in_a_record_a_position_is_a_pair_and_a_wrong_one_is_refused() {
        assert_eq!(serde_json::to_string(&Position::new(3, 2)).expect("JSON"), "[3,2]");
        for wrong in ["[0,0]", "[8192,1]", "[0,524288]"] {
            assert!(serde_json::from_str::<Position>(wrong).is_err(), "{wrong}");
        }
    }
}
