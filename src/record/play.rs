//! The graph of the states of an explored cell, for a reader who takes the scheduler's place. A page says in its language what
//! stands here as data; everything else says it in English.

use crate::model::{Content, Position, StepCall};
use serde::{Deserialize, Serialize};

/// The graph of a cell's states, for a reader who takes the scheduler's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Play {
    /// Whether it is the whole graph, and not only the simplest way to each of some outcomes.
    pub whole: bool,
    /// All texts, each once; they are referred to by number.
    pub texts: Vec<StateLabel>,
    /// The names of what is shared.
    pub objects: Vec<String>,
    /// The states. The first is where all begins.
    pub states: Vec<PlayState>,
}

/// A state. Workers stand in order, the first job's first; what is shared as in [`Play::objects`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlayState {
    /// For each worker the state after its next step, if it can take one.
    pub next: Vec<Option<u32>>,
    /// What each worker is about to do, or how it has ended: a text.
    pub does: Vec<u32>,
    /// What each worker has done when it has taken that step: a text.
    pub did: Vec<u32>,
    /// What each shared thing holds: a text.
    pub holds: Vec<u32>,
    /// Which of the outcomes it is, if it is an end.
    pub outcome: Option<u32>,
}

/// What a player says of a worker, or of something shared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// It had not ended when the program did.
    CutOff,
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
            Self::CutOff => "was cut off when the program ended".to_owned(),
            Self::Did(call) => call.to_string(),
            Self::Holds(held) => held.to_string(),
        }
    }
}
