//! What a player says of workers and of what is shared, as plain data. A page says it in its language; everything else in English.

use crate::model::{Position, StepCall};
use crate::shared::content::Content;
use serde::{Deserialize, Serialize};

/// What a player says of a worker, or of something shared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateLabel {
    /// Nothing.
    Nothing,
    /// What a worker is about to do, and at which line, if there is one.
    Next(StepCall, Option<Position>),
    /// What it waits in, and at which line.
    Waits(StepCall, Option<Position>),
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

impl StateLabel {
    /// It in words; `at` says a line, as it stands behind what happens there.
    pub fn text(&self, at: impl Fn(Position) -> String) -> String {
        let line = |line: &Option<Position>| line.map_or(String::new(), &at);
        match self {
            Self::Nothing => String::new(),
            Self::Next(call, at) => format!("{call}{}", line(at)),
            Self::Waits(call, at) => format!("waits in {call}{}", line(at)),
            Self::NotStarted => "has not been started".to_owned(),
            Self::NoTaskLeft => "has ended: no task is left".to_owned(),
            Self::Ended(0) => "has ended".to_owned(),
            Self::Ended(code) => format!("has ended with exit code {code}"),
            Self::Panicked(message) => format!("has panicked: {message}"),
            Self::Failed(error) => format!("has returned an error: {error}"),
            Self::Did(call) => call.to_string(),
            Self::Holds(held) => held.to_string(),
        }
    }
}
