//! What nbrun and its kernel say to each other: the job down, messages up, each as its length and its bytes. Both are the
//! same program, so the form (postcard's) may be as terse as it likes.

use super::budget;
use crate::explore::ExploreError;
use crate::model::Sides;
use crate::model::{Position, SourceMap, Spot};
use crate::notebook;
use crate::plan::Plan;
use crate::record::{Explored, Resource, RunOutcome};
use crate::shared::primitive::Snapshot;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// How much a run may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The time of one run of a cell that sets no limit of its own.
    pub timeout: Duration,
    /// The time of all cells together.
    pub total: Duration,
    /// The bytes of output that are kept of one run of a cell.
    pub output_bytes: u64,
    /// The bytes of memory that each worker has for itself; threads of one process share them.
    pub memory_bytes: u64,
    /// The processes that a cell's jobs may have started by themselves at a time.
    pub processes: u32,
    /// The bytes of everything that is declared to be shared.
    pub shared_bytes: u64,
}

impl Default for Limits {
    /// Room for any lesson, on any machine that can compile one.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            total: Duration::from_secs(10 * 60),
            output_bytes: 1 << 20,
            memory_bytes: 2 << 30,
            processes: 64,
            shared_bytes: 4 << 30,
        }
    }
}

impl Limits {
    /// These, but for what was asked for.
    pub fn with(self, asked: &notebook::Limits) -> Self {
        Self {
            timeout: self.timeout,
            total: asked.total.unwrap_or(self.total),
            output_bytes: asked.output_bytes.unwrap_or(self.output_bytes),
            memory_bytes: asked.memory_bytes.unwrap_or(self.memory_bytes),
            processes: asked.processes.unwrap_or(self.processes),
            shared_bytes: asked.shared_bytes.unwrap_or(self.shared_bytes),
        }
    }
}

/// What the kernel is to do.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// The plan.
    pub plan: Plan,
    /// The library, if the plan needs one.
    pub library: Option<PathBuf>,
    /// Where the library's code stands in the notebook.
    pub source_map: SourceMap,
    /// Cells that did not compile, as they said: they have no entry points.
    pub skip: Vec<usize>,
    /// The limits.
    pub limits: Limits,
    /// What is known of earlier runs: by cell, what cells left that are not run now. `None` if nobody wants to know what a cell leaves.
    pub left: Option<BTreeMap<usize, Left>>,
}

/// What a cell has left in what is shared: the resources that it touched, by id, and what they held then.
pub type Left = Vec<(u32, Snapshot)>;

/// The most bytes of what one cell has left, and of what all of a run have left, that are told.
pub const LEFT_BYTES: usize = 1 << 20;
pub const ALL_LEFT_BYTES: usize = 64 << 20;

/// What the kernel reports.
#[derive(Debug, Serialize, Deserialize)]
pub enum Message {
    /// It begins with a cell.
    Started(usize),
    /// A run of that cell has ended.
    Ran(Box<RunReport>),
    /// What the cell that it will be done with next has left, if that is wanted and not too much.
    Left(Left),
    /// It is done with that cell, and these resources were declared or touched.
    Done(usize, Vec<Resource>),
    /// It cannot do what that cell asks for, for this reason, and so cannot go on.
    Refused(usize, String),
    /// It cannot go on, for this reason.
    Broken(String),
}

/// What a worker did when its run was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// In a sentence.
    pub sentence: String,
    /// At which line, if that is known.
    pub position: Option<Position>,
    /// Whether it may end by itself, if it is given more time: not if it waited for others.
    pub may_go_on: bool,
}

/// What the kernel knows of a run.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RunReport {
    /// What happened.
    pub outcome: RunOutcome,
    /// The resources of which calls of workers were not noted in the trace, by id. The kernel alone needs them.
    #[serde(skip)]
    pub unnoted: Vec<u32>,
    /// The values that were shown: each one's place in the list of what the cell shows, and its text.
    pub shown: Vec<(u64, String)>,
    /// The first tasks of a pool that failed.
    pub failed_tasks: Vec<FailedTask>,
    /// How many failed, those that are not told included.
    pub failed_tasks_in_all: u64,
    /// Numbers of assertions that did not hold, and what each compares, if it can be shown.
    pub failed_asserts: Vec<(u64, Option<Sides>)>,
    /// What is wrong with the run as a whole.
    pub problems: Vec<String>,
    /// The time limit that the run reached, and what everybody did at that moment.
    pub timed_out: Option<(Duration, Vec<Activity>)>,
    /// Whether that was the limit of all cells together.
    pub out_of_time: bool,
    /// How many processes the jobs may have started by themselves, if these had been more.
    pub too_many: Option<u32>,
    /// The programs of processes that jobs had started by themselves and that still ran when all workers had ended.
    pub left_behind: Vec<String>,
    /// How many threads jobs had started by themselves beyond those that are workers.
    pub more_threads: u32,
    /// How many objects of `std` they had used beyond those that are followed.
    pub more_objects: u32,
    /// Whether they had called `fence`, which leaves no trace.
    pub has_fences: bool,
    /// Whether it was ended by the user.
    pub interrupted: bool,
    /// What came of exploring the cell, if it was explored instead of being run.
    pub explored: Option<ExploreReport>,
}

/// What the kernel knows of an exploration.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExploreReport {
    /// What was found.
    pub explored: Option<Explored>,
    /// Why nothing was.
    pub not_explored: Option<NotExplored>,
    /// The time limit.
    pub limit: Duration,
}

/// Why a cell was not explored.
#[derive(Debug, Serialize, Deserialize)]
pub enum NotExplored {
    /// It cannot be.
    Refused(ExploreError),
    /// A job's code waits for something that no scheduler can see.
    Blocked {
        /// Who, by number.
        worker: u32,
        /// The line of its last call as a number, 0 if there was none.
        line: u32,
    },
    /// A job's code did not come to its next call.
    Computing {
        /// Who, by number.
        worker: u32,
        /// The line of its last call as a number, 0 if there was none.
        line: u32,
    },
    /// A job's code was ended by a signal.
    Killed {
        /// Who, by number.
        worker: u32,
        /// The line of its last call as a number, 0 if there was none.
        line: u32,
        /// The signal's name.
        signal: String,
        /// Whether it had said that there is no memory left.
        out_of_memory: bool,
    },
    /// The jobs had more processes than so many that they had started by themselves.
    TooMany(u32),
    /// The time was over.
    TimedOut,
    /// The process died.
    Died(String),
    /// The user wanted it to end.
    Interrupted,
}

/// A task of a pool that failed.
#[derive(Debug, Serialize, Deserialize)]
pub struct FailedTask {
    /// Its index, from 0.
    pub index: u64,
    /// Why, in words.
    pub why: String,
    /// Where in the generated source, for a panic.
    pub place: Option<Spot>,
}

/// The size of the length before each value.
const PREFIX: usize = 8;

/// A value as it is sent.
///
/// # Errors
/// If the value cannot be put into bytes, which would be a bug.
pub fn packed(value: &impl Serialize) -> Result<Vec<u8>, postcard::Error> {
    let mut bytes = postcard::to_extend(value, vec![0; PREFIX])?;
    let len = (bytes.len() - PREFIX) as u64;
    bytes[..PREFIX].copy_from_slice(&len.to_le_bytes());
    Ok(bytes)
}

/// Takes the first value off `bytes`, once it is there as a whole. It has no more than `longest` bytes.
///
/// # Errors
/// If the bytes are no such value.
pub fn unpack<T: DeserializeOwned>(bytes: &mut Vec<u8>, longest: usize) -> Result<Option<T>, postcard::Error> {
    Ok(unpack_within(bytes, longest, usize::MAX)?.map(|(value, _)| value))
}

/// The same of a stranger: the value takes no more than `memory` bytes beside its own size. Also says how many it takes.
///
/// # Errors
/// If the bytes are no such value.
pub fn unpack_within<T: DeserializeOwned>(
    bytes: &mut Vec<u8>,
    longest: usize,
    memory: usize,
) -> Result<Option<(T, usize)>, postcard::Error> {
    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX>() else { return Ok(None) };
    let len = usize::try_from(u64::from_le_bytes(*prefix)).unwrap_or(usize::MAX);
    if len > longest {
        return Err(postcard::Error::DeserializeBadEncoding);
    }
    let Some(body) = rest.get(..len) else { return Ok(None) };
    let read = budget::from_bytes(body, memory)?;
    bytes.drain(..PREFIX + len);
    // What a long message took is not kept for the next.
    bytes.shrink_to(1 << 20);
    Ok(Some(read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_off_as_soon_as_they_are_whole() {
        let sent = [packed(&Message::Started(7)), packed(&Message::Broken("why".to_owned()))];
        let sent = sent.map(|bytes| bytes.expect("bytes")).concat();
        let (mut pending, mut seen) = (Vec::new(), Vec::new());
        for byte in sent {
            pending.push(byte);
            while let Some(message) = unpack::<Message>(&mut pending, 100).expect("a message") {
                seen.push(message);
            }
        }
        assert!(matches!(&seen[..], [Message::Started(7), Message::Broken(why)] if why == "why"));
        assert!(pending.is_empty());
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        assert!(unpack::<Message>(&mut [&3_u64.to_le_bytes()[..], &[255; 3]].concat(), 100).is_err());
    }

    #[test]
    fn what_is_too_long_is_an_error_before_it_is_there() {
        for len in [101, u64::MAX] {
            assert!(unpack::<Message>(&mut len.to_le_bytes().to_vec(), 100).is_err());
        }
    }
}
