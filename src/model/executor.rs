//! How jobs are run, and how their processes are started.

use serde::{Deserialize, Serialize};

/// How jobs are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Executor {
    /// One after another, without any concurrency.
    Normal,
    /// Threads of one process.
    Thread,
    /// Processes of their own.
    Process,
}

impl Executor {
    /// The word in a spec.
    pub fn as_str(self) -> &'static str {
        match self {
            Executor::Normal => "normal",
            Executor::Thread => "thread",
            Executor::Process => "process",
        }
    }
}

/// How a process comes to life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StartMethod {
    /// As a copy of main, with everything that main has in memory.
    #[default]
    Fork,
    /// As a fresh process, which loads the notebook's code anew.
    Exec,
}

impl StartMethod {
    /// The word in a spec.
    pub fn as_str(self) -> &'static str {
        match self {
            StartMethod::Fork => "fork",
            StartMethod::Exec => "exec",
        }
    }
}
