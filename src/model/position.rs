//! A line of a cell: what is recorded of where something happened. The notebook's line is worked out when it is shown, so that
//! a record stays right when the prose changes.

use super::packed;
use serde::{Deserialize, Serialize};

/// A line of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The cell's index in the notebook.
    pub cell: u32,
    /// The line within the cell's code, from 1.
    pub line: u32,
}

impl Position {
    /// The position that a number stands for, if it stands for any.
    pub fn from_packed(number: u32) -> Option<Self> {
        let line = number & packed::MAX_LINES;
        (line > 0).then_some(Self { cell: number >> packed::LINE_BITS, line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_cell_is_one_number_and_back() {
        for (cell, line) in [(0, 1), (7, 12), (packed::MAX_CELLS - 1, packed::MAX_LINES)] {
            let number = packed::packed(cell, line);
            assert_eq!(Position::from_packed(number), Some(Position { cell, line }));
            assert_eq!(packed::at(&format!("cell:{:04}", cell + 1), line), number);
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
}
