//! What nbrun and its kernel say to each other: one JSON value a line, the job down, messages up.

use super::outcome::{ResourceState, RunOutcome};
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// How much a run may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The time of one run of a cell that sets no limit of its own.
    pub timeout: Duration,
    /// The bytes of output that are kept of one run of a cell.
    pub output_bytes: u64,
}

impl Default for Limits {
    /// Half a minute, and a mebibyte.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), output_bytes: 1 << 20 }
    }
}

/// What the kernel is to do.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// The plan.
    pub plan: Plan,
    /// The library, if the plan needs one.
    pub library: Option<PathBuf>,
    /// Cells that did not compile, as they said: they have no entry points.
    pub skip: Vec<usize>,
    /// The limits.
    pub limits: Limits,
}

/// What the kernel reports.
#[derive(Debug, Serialize, Deserialize)]
pub enum Message {
    /// It begins with a cell.
    Started(usize),
    /// A run of that cell has ended.
    Ran(Box<RunReport>),
    /// It is done with that cell, and these resources were declared or touched.
    Done(usize, Vec<ResourceState>),
    /// It cannot go on, for this reason.
    Broken(String),
}

/// What the kernel knows of a run.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RunReport {
    /// What happened. Lines are those of the generated source.
    pub outcome: RunOutcome,
    /// Tasks of a pool that failed.
    pub failed_tasks: Vec<FailedTask>,
    /// Numbers of assertions that did not hold.
    pub failed_asserts: Vec<u64>,
    /// What is wrong with the run as a whole.
    pub problems: Vec<String>,
    /// The time limit that the run reached, and what everybody did at that moment.
    pub timed_out: Option<(Duration, Vec<String>)>,
    /// Whether it was ended by the user.
    pub interrupted: bool,
}

/// A task of a pool that failed.
#[derive(Debug, Serialize, Deserialize)]
pub struct FailedTask {
    /// Its index, from 0.
    pub index: u64,
    /// Why, in words.
    pub why: String,
    /// The line and column in the generated source, for a panic.
    pub place: Option<(u32, u32)>,
}
