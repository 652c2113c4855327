//! What a player says of workers and of what is shared, as plain data. A page says it in its language; everything else in English.

use crate::model::StepCall;
use crate::shared::content::Content;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a player says of a worker, or of something shared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateLabel {
    /// Nothing.
    Nothing,
    /// What a worker is about to do, and at which line.
    Next(StepCall, Option<u32>),
    /// What it waits in, and at which line.
    Waits(StepCall, Option<u32>),
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
    Did(StepCall),
    /// What something shared holds.
    Holds(Content),
}

impl fmt::Display for StateLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Next(call, None) | Self::Did(call) => call.fmt(f),
            Self::Next(call, Some(line)) => write!(f, "{call}, line {line}"),
            Self::Waits(call, None) => write!(f, "waits in {call}"),
            Self::Waits(call, Some(line)) => write!(f, "waits in {call}, line {line}"),
            Self::NotStarted => f.write_str("has not been started"),
            Self::NoTaskLeft => f.write_str("has ended: no task is left"),
            Self::Ended(0) => f.write_str("has ended"),
            Self::Ended(code) => write!(f, "has ended with exit code {code}"),
            Self::Panicked(message) => write!(f, "has panicked: {message}"),
            Self::Failed(error) => write!(f, "has returned an error: {error}"),
            Self::Holds(held) => held.fmt(f),
        }
    }
}
