//! What a notebook declares to be shared.

use crate::model::{LockKind, ResourceKind, Scalar, ScalarType};
use crate::notebook::Snippet;
use serde::{Deserialize, Serialize};

/// The declaration of a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Declaration {
    /// Its index among all resources of the notebook.
    pub id: u32,
    /// The name by which jobs and expressions use it; a Rust identifier.
    pub name: String,
    /// The index of the cell that declares it.
    pub cell: usize,
    /// The line of its declaration, from 1.
    pub line: u32,
    /// What it is, and what it holds at first.
    pub kind: DeclaredKind,
}

/// What a resource is declared to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DeclaredKind {
    /// A queue of items of a Rust type.
    Queue {
        /// The item's type, as Rust text.
        item: Snippet,
        /// How many items it holds before `put` waits; `None` is without limit.
        maxsize: Option<u64>,
    },
    /// One shared number.
    Value {
        /// Its type.
        of: ScalarType,
        /// Its first value.
        init: Scalar,
    },
    /// A shared array of numbers.
    Array {
        /// Its elements' type.
        of: ScalarType,
        /// Its first contents, which also set its length.
        init: ArrayInit,
    },
    /// A lock or one of its relatives.
    Lock(LockKind),
}

impl DeclaredKind {
    /// The kind of resource that this makes.
    pub fn resource_kind(&self) -> ResourceKind {
        match self {
            Self::Queue { maxsize, .. } => ResourceKind::Queue { maxsize: *maxsize },
            Self::Value { of, .. } => ResourceKind::Value(*of),
            Self::Array { of, init: ArrayInit::Zeros(len) } => ResourceKind::Array { of: *of, len: *len },
            Self::Array { of, init: ArrayInit::Numbers(all) } => ResourceKind::Array { of: *of, len: all.len() as u64 },
            Self::Lock(kind) => ResourceKind::Lock(*kind),
        }
    }
}

/// The first contents of an array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ArrayInit {
    /// As many zeros.
    Zeros(u64),
    /// These numbers.
    Numbers(Vec<Scalar>),
}
