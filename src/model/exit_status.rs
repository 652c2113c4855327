//! How a worker ended.

use super::Spot;
use serde::{Deserialize, Serialize};

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ExitStatus {
    /// By itself, with this exit code; 0 is success.
    Code(i32),
    /// By a panic.
    Panicked {
        /// The panic's message.
        message: String,
        /// Where, if it lay in a cell.
        spot: Option<Spot>,
    },
    /// Its job returned an `Err`.
    Failed {
        /// The error in Rust's `Debug` form.
        error: String,
    },
    /// By a signal.
    Signaled {
        /// The signal's number.
        signal: i32,
        /// Its name, such as `SIGSEGV`.
        name: String,
        /// Whether the reason was a stack that ran over.
        stack_overflow: bool,
    },
    /// It got no more memory, so that the standard library aborted it.
    OutOfMemory,
    /// It was ended at a time limit.
    TimedOut,
    /// It was ended because it waited in a deadlock.
    Deadlocked,
    /// It ended because the process that it lived in ended, or the run was given up.
    Lost,
    /// It was never started.
    NotStarted,
}

impl ExitStatus {
    /// Whether the worker ended well.
    pub fn is_success(&self) -> bool {
        *self == ExitStatus::Code(0)
    }

    /// By this signal.
    pub fn signaled(signal: i32, name: Option<&str>, stack_overflow: bool) -> Self {
        let name = name.map_or_else(|| format!("signal {signal}"), str::to_owned);
        Self::Signaled { signal, name, stack_overflow }
    }

    /// How a worker ended, as what it did: `panicked`, `was killed by SIGKILL`.
    pub fn deed(&self) -> String {
        match self {
            Self::Code(code) => format!("ended with exit code {code}"),
            Self::Panicked { .. } => "panicked".to_owned(),
            Self::Failed { .. } => "returned an error".to_owned(),
            Self::Signaled { stack_overflow: true, .. } => "overflowed its stack".to_owned(),
            Self::Signaled { name, .. } if STOPS.contains(&name.as_str()) => {
                format!("was stopped by {name} and not continued")
            }
            Self::Signaled { name, .. } => format!("was killed by {name}"),
            Self::OutOfMemory => "ran out of memory".to_owned(),
            Self::TimedOut => "was ended at its time limit".to_owned(),
            Self::Deadlocked | Self::Lost => "was ended".to_owned(),
            Self::NotStarted => "was not started".to_owned(),
        }
    }
}

/// The signals that stop a process and do not end it.
const STOPS: [&str; 4] = ["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"];
