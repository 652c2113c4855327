//! What workers share.

use super::{Content, ScalarType};
use serde::{Deserialize, Serialize};

/// Something that workers share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Resource {
    /// Its id, by which all else refers to it: its place among all resources of the notebook, from 0.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ResourceKind,
    /// The type of its items, as the author wrote it; null for whatever is no queue.
    pub item: Option<String>,
    /// What it holds.
    pub content: Content,
}

impl Resource {
    /// Its kind and type, as an author would say it: `Value<i32>`, `Queue<i64>, maxsize 10`, `Lock`.
    pub fn type_text(&self) -> String {
        match self.kind {
            ResourceKind::Queue { maxsize } => {
                let most = maxsize.map_or(String::new(), |most| format!(", maxsize {most}"));
                format!("Queue<{}>{most}", self.item.as_deref().unwrap_or("?"))
            }
            ResourceKind::Value(of) => format!("Value<{}>", of.rust_name()),
            ResourceKind::Array { of, .. } => format!("Array<{}>", of.rust_name()),
            ResourceKind::Lock(kind) => match kind.count() {
                Some(count) => format!("{}({count})", kind.handle()),
                None => kind.handle().to_owned(),
            },
            ResourceKind::Std(kind) => kind.rust_name(),
        }
    }
}

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    /// A queue.
    Queue {
        /// How many items it holds before `put` waits; `None` is without limit.
        maxsize: Option<u64>,
    },
    /// One number of this type.
    Value(ScalarType),
    /// An array.
    Array {
        /// Its elements' type, by which the bits of a load or a store are read.
        of: ScalarType,
        /// The number of its elements.
        len: u64,
    },
    /// A lock or one of its relatives.
    Lock(LockKind),
    /// An object of `std` that a worker made.
    Std(StdKind),
}

/// The objects of `std` that are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StdKind {
    /// `std::sync::Mutex`.
    Mutex,
    /// `std::sync::RwLock`.
    RwLock,
    /// `std::sync::Condvar`.
    Condvar,
    /// `std::sync::Barrier` for so many threads.
    Barrier(u64),
    /// A channel of `std::sync::mpsc`.
    Channel {
        /// How many items it holds before `send` waits; `None` is without limit.
        bound: Option<u64>,
    },
    /// One of `std::sync::atomic`, whose number has this type.
    Atomic(ScalarType),
    /// `AtomicBool`.
    AtomicBool,
    /// `AtomicPtr`.
    AtomicPtr,
    /// `Once`, `OnceLock` or `LazyLock`.
    Once,
}

impl StdKind {
    /// The type's name in `std`.
    pub fn rust_name(self) -> String {
        match self {
            Self::Mutex => "Mutex".to_owned(),
            Self::RwLock => "RwLock".to_owned(),
            Self::Condvar => "Condvar".to_owned(),
            Self::Barrier(parties) => format!("Barrier({parties})"),
            Self::Channel { bound: None } => "channel".to_owned(),
            Self::Channel { bound: Some(bound) } => format!("sync_channel({bound})"),
            Self::Atomic(of) => {
                let name = of.rust_name();
                format!("Atomic{}{}", name[..1].to_uppercase(), &name[1..])
            }
            Self::AtomicBool => "AtomicBool".to_owned(),
            Self::AtomicPtr => "AtomicPtr".to_owned(),
            Self::Once => "Once".to_owned(),
        }
    }
}

impl ResourceKind {
    /// The type of its numbers, if it has any.
    pub fn number_type(self) -> Option<ScalarType> {
        match self {
            Self::Value(of) | Self::Array { of, .. } | Self::Std(StdKind::Atomic(of)) => Some(of),
            Self::Std(StdKind::AtomicBool) => Some(ScalarType::U8),
            Self::Std(StdKind::AtomicPtr) => Some(ScalarType::Usize),
            Self::Queue { .. } | Self::Lock(_) | Self::Std(_) => None,
        }
    }

    /// How many numbers it has.
    pub fn numbers(self) -> u64 {
        match self {
            Self::Value(_) | Self::Std(StdKind::Atomic(_) | StdKind::AtomicBool | StdKind::AtomicPtr) => 1,
            Self::Array { len, .. } => len,
            Self::Queue { .. } | Self::Lock(_) | Self::Std(_) => 0,
        }
    }

    /// The most items, permits or parties, where there is a most.
    pub fn most(self) -> Option<u64> {
        match self {
            Self::Queue { maxsize } => maxsize,
            Self::Lock(LockKind::BoundedSemaphore(most) | LockKind::Barrier(most)) => Some(most.into()),
            Self::Std(StdKind::Barrier(most)) => Some(most),
            Self::Std(StdKind::Channel { bound }) => bound,
            Self::Value(_) | Self::Array { .. } | Self::Lock(_) | Self::Std(_) => None,
        }
    }

    /// Whether what is acquired of it is a permit.
    pub fn has_permits(self) -> bool {
        matches!(self, Self::Lock(LockKind::Semaphore(_) | LockKind::BoundedSemaphore(_)))
    }
}

/// The lock family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LockKind {
    /// One owner at a time, not re-entrant.
    Lock,
    /// One owner at a time, who may take it again.
    RLock,
    /// Many readers at once, or one writer.
    RwLock,
    /// A counter that `acquire` takes from and `release` adds to; the number is its first count.
    Semaphore(u32),
    /// A semaphore whose count may not pass its first.
    BoundedSemaphore(u32),
    /// A flag that workers wait for.
    Event,
    /// A lock with a waiting room.
    Condition,
    /// A meeting point for so many workers.
    Barrier(u32),
}

impl LockKind {
    /// The kinds as they are declared.
    pub const WORDS: [&str; 8] =
        ["lock", "rlock", "rwlock", "semaphore", "bounded_semaphore", "event", "condition", "barrier"];

    /// The type by which a job takes it.
    pub fn handle(self) -> &'static str {
        match self {
            Self::Lock => "Lock",
            Self::RLock => "RLock",
            Self::RwLock => "RwLock",
            Self::Semaphore(_) => "Semaphore",
            Self::BoundedSemaphore(_) => "BoundedSemaphore",
            Self::Event => "Event",
            Self::Condition => "Condition",
            Self::Barrier(_) => "Barrier",
        }
    }

    /// How many permits or parties it was declared with.
    pub fn count(self) -> Option<u32> {
        match self {
            Self::Semaphore(count) | Self::BoundedSemaphore(count) | Self::Barrier(count) => Some(count),
            _ => None,
        }
    }
}
