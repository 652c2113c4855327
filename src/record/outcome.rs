//! What became of a cell, and of each of its runs.

use super::explored::{Explored, Race, Step};
use crate::model::{Event, Executor, ExitStatus, Finding, Position, Resource, SkipReason, StartMethod, WaitCondition};
use serde::{Deserialize, Serialize};

/// What became of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CellOutcome {
    /// The cell's index in the notebook.
    pub cell: usize,
    /// Whether the cell did what it should.
    pub status: Status,
    /// What is wrong with the cell; also what is wrong as its `expect: {error: …}` demanded.
    pub errors: Vec<Finding>,
    /// What is good to know of its runs, and makes no failure: a thread that a job started panicked, or outlived the job.
    pub notes: Vec<Finding>,
    /// Its runs in order: in each repetition one for each executor or each number of workers. Empty for a job cell or a
    /// declaration.
    pub runs: Vec<RunOutcome>,
    /// What was found, if the cell was explored instead of being run.
    pub explored: Option<Explored>,
    /// What is shared after the cell: declared by it, or touched by it.
    pub resources: Vec<Resource>,
}

/// Whether a cell did what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It did.
    Passed,
    /// It failed exactly as its `expect: {error: …}` says.
    FailedAsExpected,
    /// It failed, timed out, or an `expect` or `assert` did not hold.
    Failed,
    /// It failed, and nothing is wrong: it tries the reader's code, and the exercise is not solved yet.
    Unsolved,
    /// It did not run, because the run was interrupted or the kernel ended.
    NotRun,
    /// It was left out of the run.
    Skipped(SkipReason),
}

/// One run of a cell.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RunOutcome {
    /// The executor of the whole run; `None` where each job named its own.
    pub executor: Option<Executor>,
    /// With how many workers, where the cell sweeps over that.
    pub swept: Option<u32>,
    /// Which repetition this is, from 0.
    pub repetition: u32,
    /// From the start of the run until all workers were joined, in nanoseconds.
    pub wall_ns: u64,
    /// The workers. The first is always `main`, which starts and joins the others and evaluates `show`.
    pub workers: Vec<WorkerOutcome>,
    /// What was printed, whole lines in true order.
    pub output: Vec<OutputLine>,
    /// How many bytes of output were cut off behind the limit.
    pub output_cut_bytes: u64,
    /// The values of `show`, or the pool's results.
    pub results: Vec<ShownValue>,
    /// What happened, in order of time.
    pub trace: Vec<Event>,
    /// How many events were not kept.
    pub trace_dropped: u64,
    /// What the resources that it used held before it and after it.
    pub contents: Vec<Contents>,
    /// The objects of `std` that its workers made and used, as they were at its end. Their ids, by which events refer to them, begin behind
    /// those of all resources that the notebook declares.
    pub objects: Vec<Resource>,
    /// Accesses to shared numbers that nothing ordered.
    pub races: Vec<Race>,
    /// The deadlock that ended it, if one did.
    pub deadlock: Option<Deadlock>,
    /// How it followed a schedule, if it had one.
    pub replay: Option<Replayed>,
}

impl RunOutcome {
    /// Leaves its trace out, and says how much memory that was.
    pub fn drop_trace(&mut self) -> usize {
        let trace = std::mem::take(&mut self.trace);
        self.trace_dropped = self.trace_dropped.saturating_add(trace.len() as u64);
        trace.len() * size_of::<Event>()
    }

    /// Leaves its output out, of which no event of its trace may tell, and says how much memory that was.
    pub fn drop_output(&mut self) -> usize {
        let output = std::mem::take(&mut self.output);
        let texts: usize = output.iter().map(|line| line.text.len()).sum();
        self.output_cut_bytes = self.output_cut_bytes.saturating_add((texts + output.len()) as u64);
        texts + output.len() * size_of::<OutputLine>()
    }

    /// When each of its workers ended.
    pub fn ends(&self) -> Vec<u64> {
        self.workers.iter().map(|worker| worker.end_ns).collect()
    }

    /// When the last thing of it happened, in nanoseconds from its start.
    pub fn end_ns(&self) -> u64 {
        self.workers.iter().map(|worker| worker.end_ns.max(worker.ready_ns)).fold(self.wall_ns, u64::max)
    }
}

/// What a resource held, as numbers: the bits of a value or of a short array, the free permits of a semaphore, how many items
/// were in a queue. Empty for anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Contents {
    /// What: the id of a resource.
    pub resource: u32,
    /// Before the run.
    pub before: Vec<u64>,
    /// After it.
    pub after: Vec<u64>,
}

/// How the workers of a run followed a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Replayed {
    /// Who was to take each step: indices into the run's workers.
    pub schedule: Vec<u32>,
    /// The steps that were taken, in the order of the schedule.
    pub steps: Vec<Step>,
    /// Where the run left the schedule, if it did.
    pub left: Option<Left>,
    /// How many calls were made when nobody took turns any more.
    pub free: u32,
}

/// Where a run left its schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Left {
    /// The step, from 1; 0 where a worker did not come to its first one.
    pub step: u32,
    /// Who was to take it: an index into the run's workers.
    pub worker: u32,
    /// What came instead, as a sentence that begins with the worker's name.
    pub why: String,
    /// The line of the call that it is about, if it is about one.
    pub position: Option<Position>,
}

/// A deadlock: all workers that were left waited without a time limit, and nobody could wake any of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Deadlock {
    /// When it was found, in nanoseconds from the start of the run.
    pub at_ns: u64,
    /// What each worker that was left waited for, in order of the workers.
    pub waits: Vec<Wait>,
    /// Workers that waited in a ring, each for the next and the last for the first, as indices into the run's workers. Empty
    /// where there was none.
    pub cycle: Vec<u32>,
    /// Permits that workers had taken and not given back when they ended.
    pub lost: Vec<(u32, Held)>,
}

/// What a worker waited for in a deadlock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Wait {
    /// Who: an index into the run's workers.
    pub worker: u32,
    /// On what: the id of a resource.
    pub resource: u32,
    /// The resource's name.
    pub name: String,
    /// What was to happen there.
    pub what: WaitCondition,
    /// How many had come to a barrier, and how many its parties are.
    pub parties: Option<(u32, u32)>,
    /// The line of the call, if there is one.
    pub position: Option<Position>,
    /// Since when, in nanoseconds from the start of the run.
    pub since_ns: u64,
    /// Who alone could have ended the wait: indices into the run's workers. Empty where it might have been anybody.
    pub holders: Vec<u32>,
    /// What the worker held meanwhile.
    pub holds: Vec<Held>,
}

/// Something that a worker held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Held {
    /// What: the id of a resource.
    pub resource: u32,
    /// Its name.
    pub name: String,
    /// The line where it was taken, if that is known.
    pub position: Option<Position>,
    /// Whether others may hold it at the same time: it was taken to read.
    pub is_shared: bool,
}

/// One worker of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkerOutcome {
    /// Its name, unique in its run; `main` for the first.
    pub name: String,
    /// The executor that ran it.
    pub executor: Executor,
    /// How its process was started; `None` where it has none of its own.
    pub start: Option<StartMethod>,
    /// The process it ran in; 0 if it was never started.
    pub pid: u32,
    /// The operating system's thread id; equal to `pid` for a process's only thread; 0 if it was never started.
    pub tid: u32,
    /// When its start was asked for, in nanoseconds from the start of the run.
    pub spawn_ns: u64,
    /// When it was up and waited at the start gate, counted like `spawn_ns`; the difference is what starting it cost.
    pub ready_ns: u64,
    /// When it took its first step behind the gate, counted like `spawn_ns`.
    pub start_ns: u64,
    /// When its work ended, counted like `spawn_ns`.
    pub end_ns: u64,
    /// How long it was blocked between `start_ns` and `end_ns`, in nanoseconds: in sleeps, and waiting for others.
    pub blocked_ns: u64,
    /// For how long its thread had been on a core by some moments, in order: when, counted like `spawn_ns`, and for how long.
    #[serde(default)]
    pub on_core: Vec<(u64, u64)>,
    /// How it ended.
    pub exit: ExitStatus,
    /// How many tasks it ran, for a pool's worker: those that failed, too.
    pub tasks: u64,
    /// How many of its events were not kept, behind those that were.
    pub dropped: u64,
    /// Who started it, if it is a thread that another worker started by itself.
    pub thread: Option<StartedThread>,
}

/// A thread that a worker started by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StartedThread {
    /// The worker that started it: an index into the run's workers.
    pub by: u32,
    /// The line where it did so; `None` where it lies in no cell, or where a crate of its own started it.
    pub position: Option<Position>,
}

/// A line that was printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OutputLine {
    /// Who printed it: an index into the run's workers.
    pub worker: u32,
    /// Where to.
    pub stream: Stream,
    /// When the line was complete, in nanoseconds from the start of the run.
    pub at_ns: u64,
    /// The line without its line ending. Bytes that were not UTF-8 are shown as U+FFFD.
    pub text: String,
}

/// Where a line was printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// `println!` and `print!`.
    Stdout,
    /// `eprintln!`, `eprint!` and `dbg!`.
    Stderr,
    /// Written to file descriptor 1 or 2 past nbrun's own macros.
    Raw,
}

/// A value that the cell shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ShownValue {
    /// The author's label, if any.
    pub label: Option<String>,
    /// The expression, as the author wrote it.
    pub expression: String,
    /// Its value in Rust's `Debug` form.
    pub text: String,
}

#[cfg(test)]
impl WorkerOutcome {
    /// One that is made up: all its times are 0, and it ended well.
    pub fn made_up(name: &str, executor: Executor) -> Self {
        Self {
            name: name.to_owned(),
            executor,
            start: None,
            pid: 1,
            tid: 1,
            spawn_ns: 0,
            ready_ns: 0,
            start_ns: 0,
            end_ns: 0,
            blocked_ns: 0,
            on_core: Vec::new(),
            exit: ExitStatus::Code(0),
            tasks: 0,
            dropped: 0,
            thread: None,
        }
    }
}
