//! What something shared holds, as plain data. A page says it in its language; everything else in English.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What something shared holds, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Nothing is told.
    Nothing,
    /// One number or several, as an author would write them, and who holds their lock.
    Numbers(String, Option<String>),
    /// The first numbers of many, and how many there are in all.
    Many(String, u64),
    /// A lock: who holds it, and how many are in its waiting room.
    Lock(Option<String>, u64),
    /// A read-write lock: who writes, and how many read.
    RwLock(Option<String>, u64),
    /// So many permits are free.
    Permits(u64),
    /// Whether an event is set.
    Event(bool),
    /// So many have come to a barrier, of so many.
    Barrier(u64, u64),
    /// A barrier is broken.
    Broken,
    /// So many items are in a queue, and whether it is closed.
    Queue(u64, bool),
    /// So many tasks of a pool are left, of so many.
    Tasks(u64, u64),
    /// So many wait for a notification.
    Waiting(u64),
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Numbers(numbers, None) => f.write_str(numbers),
            Self::Numbers(numbers, Some(owner)) => write!(f, "{numbers}, held by {owner}"),
            Self::Many(numbers, all) => write!(f, "{numbers} ({all} in all)"),
            Self::Lock(owner, inside) => {
                match owner {
                    Some(owner) => write!(f, "held by {owner}")?,
                    None => f.write_str("free")?,
                }
                if *inside > 0 { write!(f, ", {inside} waiting") } else { Ok(()) }
            }
            Self::RwLock(Some(writer), _) => write!(f, "written by {writer}"),
            Self::RwLock(None, 0) => f.write_str("free"),
            Self::RwLock(None, 1) => f.write_str("1 reader"),
            Self::RwLock(None, readers) => write!(f, "{readers} readers"),
            Self::Permits(free) => write!(f, "{free} free"),
            Self::Event(set) => f.write_str(if *set { "set" } else { "not set" }),
            Self::Barrier(come, of) => write!(f, "{come} of {of} waiting"),
            Self::Broken => f.write_str("broken"),
            Self::Queue(items, closed) => {
                write!(f, "{items} {}", if *items == 1 { "item" } else { "items" })?;
                if *closed { f.write_str(", closed") } else { Ok(()) }
            }
            Self::Waiting(inside) => write!(f, "{inside} waiting"),
            Self::Tasks(left, of) => write!(f, "{left} of {of} left"),
        }
    }
}
