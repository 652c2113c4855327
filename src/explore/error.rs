//! Why a cell cannot be explored.

use serde::{Deserialize, Serialize};

/// Why a cell cannot be explored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExploreError {
    /// A job does not do the same when it is told the same.
    NotTheSame {
        /// Who, by number.
        worker: u32,
        /// Where that showed; 0 if nowhere.
        line: u32,
    },
    /// A job has threads of its own.
    OwnThreads {
        /// Who, by number.
        worker: u32,
    },
    /// There are too many workers.
    TooManyWorkers(usize),
    /// The schedule names a worker that cannot take this step.
    CannotGoOn {
        /// Which step, from 1.
        step: usize,
        /// Who, by number.
        worker: u32,
    },
    /// An interleaving had not ended after so many steps.
    Endless {
        /// How many.
        steps: usize,
        /// Who took the last of them, by number.
        worker: u32,
        /// Where that goes on; 0 if nowhere.
        line: u32,
    },
    /// It can come to more different outcomes than so many.
    TooManyOutcomes(usize),
    /// It uses threads or objects of `std`, which are not followed in such a cell.
    UsesStd,
    /// Something else, in words.
    System(String),
}
