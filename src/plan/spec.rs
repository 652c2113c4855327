//! The typed form of the six kinds of job spec.

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{AxisKind, Executor, Reveal, Sampling, SkipReason, StartMethod, Unseen};
use crate::notebook::{CellKind, Role, Snippet};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What one cell asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The cell's index in the notebook, which is also this step's index in the plan.
    pub cell: usize,
    /// The cell's kind.
    pub kind: CellKind,
    /// What the cell is for in an exercise, if it is for anything there.
    pub role: Option<Role>,
    /// The line of the cell's opening fence, from 1.
    pub line: u32,
    /// What any spec may say; all defaults for a job cell or a program, but for what it must come to.
    pub options: Options,
    /// What is to be done.
    pub work: StepKind,
}

/// The work of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum StepKind {
    /// Rust items for the notebook's library.
    Jobs(Snippet),
    /// Resources to declare: indices into [`Plan::resources`](super::Plan::resources).
    Declare(Vec<u32>),
    /// Jobs to run.
    Spawn(Spawn),
    /// Tasks to run on a pool.
    Pool(Pool),
    /// The cell is wrong, and its `expect: {error: …}` says that it should be: the error is its outcome.
    ExpectedError(Diagnostic),
    /// Nothing.
    Skipped(Skipped),
}

/// What is known of a cell that is skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Why it is.
    pub reason: SkipReason,
    /// The names of what it would declare.
    pub declares: Vec<String>,
    /// Whether it might leave what is shared in another state than it finds it.
    pub changes: bool,
}

impl Step {
    /// The Rust items that it adds to the notebook's library.
    pub fn items(&self) -> Option<&Snippet> {
        match &self.work {
            StepKind::Jobs(code) => Some(code),
            StepKind::Spawn(spawn) => spawn.program.as_ref(),
            _ => None,
        }
    }

    /// Whether it tries the code of a reader, who may not have solved the exercise yet.
    pub fn is_exercise(&self) -> bool {
        self.role == Some(Role::Exercise)
    }

    /// Whether it is left out of the run.
    pub fn is_skipped(&self) -> bool {
        matches!(self.work, StepKind::Skipped(_))
    }

    /// Whether the kernel has something to do for it.
    pub fn runs(&self) -> bool {
        matches!(self.work, StepKind::Declare(_) | StepKind::Spawn(_) | StepKind::Pool(_))
    }

    /// Whether it might leave what is shared in another state than it finds it. A cell that runs more than once puts it back.
    pub fn changes(&self) -> bool {
        match &self.work {
            StepKind::Spawn(spawn) => self.options.changes(spawn.executors.len()),
            StepKind::Pool(pool) => self.options.changes(pool.executors.len()),
            StepKind::Skipped(skipped) => skipped.changes,
            StepKind::Jobs(_) | StepKind::Declare(_) | StepKind::ExpectedError(_) => false,
        }
    }
}

/// Options that any spec takes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Options {
    /// An anchor for the cell.
    pub name: Option<String>,
    /// The time limit of one run of the cell.
    pub timeout: Option<Duration>,
    /// Where it says so: line, column and width.
    pub timeout_at: Option<[u32; 3]>,
    /// What must come out.
    pub expect: Option<Expect>,
    /// How many times the cell is run, at least 1; `None` is once.
    pub repeat: Option<u32>,
    /// How the cell is explored, instead of being run.
    pub explore: Option<Explore>,
    /// How the result is revealed, where the page folds it until the reader has guessed it.
    pub reveal: Option<Reveal>,
    /// The axis of its pictures, where the author chose one.
    pub axis: Option<AxisKind>,
    /// The name of the cell whose axis of time they share.
    pub like: Option<String>,
    /// The numbers of workers that it sweeps over, ascending; empty where it does not.
    pub sweep: Vec<u32>,
    /// Whether the cell is not to be run.
    pub skip: bool,
}

impl Options {
    /// Follows one interleaving, as far as the schedule says.
    pub(super) fn follow(&mut self, schedule: Vec<u32>) {
        let spurious = self.explore.as_ref().map_or(0, |explore| explore.spurious);
        self.explore = Some(Explore { spurious, ..Interleavings::One(schedule).into() });
    }

    /// Whether a cell with these, which is run under so many executors, leaves what it changed.
    pub fn changes(&self, executors: usize) -> bool {
        executors < 2 && self.sweep.is_empty() && self.explore.is_none() && self.repeat.unwrap_or(1) < 2
    }
}

/// How a cell is explored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explore {
    /// Which of its interleavings.
    pub which: Interleavings,
    /// How many waits of `std` may end without a reason in each of them.
    pub spurious: u32,
    /// What its code tells other threads past everything that an exploration sees.
    pub unseen: Option<Unseen>,
    /// Whether its code has destructors.
    pub drops: bool,
}

impl From<Interleavings> for Explore {
    fn from(which: Interleavings) -> Self {
        Self { which, spurious: 0, unseen: None, drops: false }
    }
}

/// Which interleavings of a cell are explored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interleavings {
    /// All of them.
    All,
    /// Samples.
    Samples {
        /// How many, at least 1.
        samples: u64,
        /// How each is chosen.
        strategy: Sampling,
        /// What chance begins with.
        seed: u64,
    },
    /// One: who takes each step, by number. Behind its end comes whoever went last, or else the first who can go on.
    One(Vec<u32>),
}

/// What a cell must yield, or it fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Expect {
    /// The cell must fail, and its error must contain this text.
    Error(String),
    /// These lines of output, in this order.
    Lines(Vec<ExpectedLine>),
    /// These lines of output, in any order.
    Unordered(Vec<ExpectedLine>),
    /// Of each named worker these lines, in this order.
    Workers(Vec<(String, Vec<ExpectedLine>)>),
    /// Of an exploration these outcomes, in any order, and no others.
    Outcomes(Vec<ExpectedLine>),
    /// Of a job cell: it must not compile, and its errors must have these codes.
    CompileError(Vec<String>),
    /// Of a program: it must panic.
    Panic,
    /// Of a program that is explored: an interleaving must fail.
    Fails,
}

/// A line of what a cell expects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExpectedLine {
    /// The line.
    pub text: String,
    /// Where the cell says so.
    pub place: Place,
}

/// A `spawn` spec: jobs to start in order and to join. Or a program, which is one job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spawn {
    /// The Rust items of a program, of which its job calls `main`.
    pub program: Option<Snippet>,
    /// The executors to run under, one run of the cell for each. Empty where each job names its own ([`Job::executor`]).
    pub executors: Vec<Executor>,
    /// The jobs, at least one.
    pub jobs: Vec<Job>,
    /// What is evaluated after all jobs have been joined.
    pub show: Vec<Show>,
    /// What must then be true.
    pub assert: Vec<Assertion>,
    /// The schedule that the workers follow, if there is one.
    pub replay: Option<Replay>,
}

impl Spawn {
    /// The executors under which the cell's workers can follow a schedule: all of them, or none.
    pub fn followers(&self) -> Vec<Executor> {
        let of_jobs = self.jobs.iter().filter_map(|job| job.executor);
        let mut executors: Vec<Executor> = self.executors.iter().copied().chain(of_jobs).collect();
        executors.sort_unstable();
        executors.dedup();
        if executors.contains(&Executor::Normal) { Vec::new() } else { executors }
    }
}

/// A schedule that the workers of a cell are to follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    /// Who takes each step, by number from 1.
    pub schedule: Vec<u32>,
    /// Where it is written.
    pub place: Place,
}

/// One job of a `spawn` spec.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The call, a Rust expression.
    pub call: Snippet,
    /// The worker's name; where the author gave none, the called function's name and the worker's number make one: `job-1`.
    pub name: String,
    /// The executor, where the job names it: `thread: job(1)`.
    pub executor: Option<Executor>,
    /// The job's own time limit.
    pub timeout: Option<Duration>,
    /// How it is started where it runs as a process.
    pub start: StartMethod,
}

/// An expression whose value is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Show {
    /// The author's label, if any.
    pub label: Option<String>,
    /// The Rust expression.
    pub value: Snippet,
}

/// An expression that must be true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assertion {
    /// The whole Rust expression, of type `bool`.
    pub condition: Snippet,
    /// Its parts, if it is a comparison.
    pub comparison: Option<Comparison>,
}

/// A comparison of two values. Its three parts make the whole expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The left side.
    pub left: Snippet,
    /// The operator.
    pub operator: Snippet,
    /// The right side.
    pub right: Snippet,
}

/// A `pool` spec.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// The executors to run under, at least one; a run of the cell for each.
    pub executors: Vec<Executor>,
    /// The number of workers, at least 1; `None` is one for each core, as CPython's `Pool()` does.
    pub workers: Option<u32>,
    /// What the workers do.
    pub work: PoolWork,
    /// How many tasks a worker takes at once, at least 1; `None` lets nbrun choose.
    pub chunk: Option<u32>,
    /// After how many tasks a worker is replaced by a new one, at least 1; `None` is never.
    pub max_tasks: Option<u32>,
    /// What each worker evaluates before its first task.
    pub initializer: Option<Snippet>,
    /// The order in which results are given.
    pub order: Order,
    /// What is evaluated after the pool has ended.
    pub show: Vec<Show>,
    /// What must then be true.
    pub assert: Vec<Assertion>,
}

/// The work of a pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PoolWork {
    /// One task for each item of an iterator.
    Map {
        /// Any Rust callable of one argument.
        map: Snippet,
        /// Any Rust expression that can be iterated over.
        over: Snippet,
    },
    /// The same, with items that are tuples, whose elements become the arguments.
    Starmap {
        /// Any Rust callable of as many arguments as the tuples have elements.
        starmap: Snippet,
        /// Any Rust expression that can be iterated over.
        over: Snippet,
    },
    /// One call, one result.
    Apply {
        /// The call.
        call: Snippet,
    },
    /// One task for each item of an iterator, as a call that names it.
    ApplyAsync {
        /// The call.
        call: Snippet,
        /// `for: PATTERN in ITEMS`; `None` for a single call.
        each: Option<(Snippet, Snippet)>,
    },
}

/// The order of a pool's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// As the inputs stood.
    Input,
    /// As the tasks ended.
    Completion,
}
