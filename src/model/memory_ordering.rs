//! How an atomic operation orders memory.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The memory ordering of an atomic operation: `std::sync::atomic::Ordering` as data. Its number passes through the host's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MemoryOrdering {
    /// `Relaxed`.
    Relaxed = 1,
    /// `Release`.
    Release = 2,
    /// `Acquire`.
    Acquire = 3,
    /// `AcqRel`.
    AcqRel = 4,
    /// `SeqCst`.
    SeqCst = 5,
}

impl MemoryOrdering {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::Relaxed, Self::Release, Self::Acquire, Self::AcqRel, Self::SeqCst];

    /// The one with this number.
    pub fn from_u32(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|ordering| *ordering as u32 == number)
    }
}

/// Its name in `std`.
impl fmt::Display for MemoryOrdering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
