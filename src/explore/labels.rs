//! What is told of steps and of what is shared, as plain data. A page says it in its language; everything else in English.

use crate::shared::content::Content;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a worker does in a step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// A call as an author would write it, with what it gave, `v.get() → 0`; and what else came of it.
    Call(String, CallResult),
    /// It takes these tasks of a pool, the first and the last.
    Takes(u64, u64),
    /// It completes this task.
    Completes(u64),
}

/// What came of a call, beside what it gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallResult {
    /// What it was for.
    Well,
    /// It is not over: the worker began to wait.
    Waits,
    /// Its time was over.
    NotInTime,
    /// What it was about is closed.
    Closed,
    /// Whoever held the lock has ended.
    OwnerDied,
    /// The barrier is broken.
    Broken,
    /// Another error.
    Failed,
}

/// What a player says of a worker, or of something shared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateLabel {
    /// Nothing.
    Nothing,
    /// What a worker is about to do, and at which line, 0 where there is none.
    Next(Deed, u32),
    /// What it waits in, and at which line.
    Waits(Deed, u32),
    /// It has not been started.
    NotStarted,
    /// It has ended, for no task is left.
    NoTaskLeft,
    /// It has ended with this exit code.
    Ended(i32),
    /// It has panicked with this message.
    Panicked(String),
    /// Its job has returned this error.
    Failed(String),
    /// What it has done.
    Did(Deed),
    /// What something shared holds.
    Holds(Content),
}

impl Deed {
    /// The same without what came of it.
    pub fn bare(&self) -> String {
        match self {
            Self::Call(call, _) => call.clone(),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for CallResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Well => "",
            Self::Waits => " … starts to wait",
            Self::NotInTime => " → timed out",
            Self::Closed => " → closed",
            Self::OwnerDied => " → its owner has ended",
            Self::Broken => " → broken",
            Self::Failed => " → an error",
        })
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(call, came) => write!(f, "{call}{came}"),
            Self::Takes(first, last) if first == last => write!(f, "takes task {first}"),
            Self::Takes(first, last) => write!(f, "takes tasks {first} to {last}"),
            Self::Completes(task) => write!(f, "completes task {task}"),
        }
    }
}

impl fmt::Display for StateLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Next(deed, 0) => deed.fmt(f),
            Self::Next(deed, line) => write!(f, "{deed}, line {line}"),
            Self::Waits(deed, 0) => write!(f, "waits in {deed}"),
            Self::Waits(deed, line) => write!(f, "waits in {deed}, line {line}"),
            Self::NotStarted => f.write_str("has not been started"),
            Self::NoTaskLeft => f.write_str("has ended: no task is left"),
            Self::Ended(0) => f.write_str("has ended"),
            Self::Ended(code) => write!(f, "has ended with exit code {code}"),
            Self::Panicked(message) => write!(f, "has panicked: {message}"),
            Self::Failed(error) => write!(f, "has returned an error: {error}"),
            Self::Did(deed) => deed.fmt(f),
            Self::Holds(held) => held.fmt(f),
        }
    }
}
