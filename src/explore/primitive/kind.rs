//! What never changes about a resource.

use crate::model::{LockKind, ResourceKind, ScalarType};

/// What never changes about a resource.
#[derive(Debug, Clone, Default)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// What it is, if it is declared.
    pub kind: Option<ResourceKind>,
    /// The type of its items, as the author wrote it.
    pub item: Option<String>,
    /// How many tasks a pool has, and how many of them are claimed at once.
    pub tasks: (u64, u64),
}

impl Kind {
    /// That of a pool.
    pub fn pool(tasks: u64, chunk: u64) -> Self {
        Self { name: "tasks".to_owned(), tasks: (tasks, chunk), ..Self::default() }
    }

    /// The type of its numbers, if it has any.
    pub fn number_type(&self) -> Option<ScalarType> {
        self.kind.and_then(ResourceKind::number_type)
    }

    /// The most items, permits or parties, where there is a most.
    pub fn most(&self) -> Option<u64> {
        self.kind.and_then(ResourceKind::most)
    }

    /// Whether its owner may take it again.
    pub fn is_reentrant(&self) -> bool {
        self.kind == Some(ResourceKind::Lock(LockKind::RLock))
    }

    /// Whether it is an array.
    pub fn is_array(&self) -> bool {
        matches!(self.kind, Some(ResourceKind::Array { .. }))
    }

    /// The tasks of a pool's chunk.
    pub fn chunk(&self, number: u64) -> std::ops::Range<u64> {
        let (tasks, chunk) = self.tasks;
        let first = number.saturating_mul(chunk).min(tasks);
        first..first.saturating_add(chunk).min(tasks)
    }
}
