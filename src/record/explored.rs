//! What an exploration found, as plain data.

use super::number;
use super::play::Play;
use crate::model::{
    CallResult, Content, Executor, MAX_FOLLOWED, Operation, Position, Sampling, Sides, Spot, StepCall, Unseen,
    WaitCondition,
};
use serde::{Deserialize, Serialize};

/// What stands between two lines of a program's output where an outcome tells them in one.
pub const LINE_BREAK: &str = " ⏎ ";

/// What an exploration found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Explored {
    /// The workers' names by number, main's first.
    pub workers: Vec<String>,
    /// What is shown: the author's labels, or else the expressions.
    pub show: Vec<String>,
    /// The executors of the cell that can follow a schedule for real.
    pub followers: Vec<Executor>,
    /// What the cell uses and what a cell above has changed since it was declared.
    pub initial: Vec<InitialContent>,
    /// What was looked at.
    pub coverage: Coverage,
    /// How many interleavings that is; the outcomes' counts are of these. Exact below 2^53.
    pub interleavings: f64,
    /// How many different states were met, where they were kept.
    pub states: u64,
    /// Everything that can come out, the most frequent first.
    pub outcomes: Vec<Outcome>,
    /// Accesses that nothing orders.
    pub races: Vec<Race>,
    /// Whether loops that only ask were followed only as far as there was news for them.
    pub loops_cut: bool,
    /// Whether threads and objects of `std` are among what was followed.
    pub follows_std: bool,
    /// Why no two states were taken for one, if so: what the code may tell its threads unseen.
    pub unseen: Option<Unseen>,
    /// The graph of states, as far as a page has room for it.
    pub play: Option<Play>,
    /// How long it took, in nanoseconds.
    pub took_ns: u64,
}

/// Something shared that holds something else when an exploration begins than when it was declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InitialContent {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: Content,
    /// How many items of a queue have been taken and not called done, where the cell asks for that.
    pub not_done: u64,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    /// Every interleaving.
    All,
    /// Every interleaving with at most so many preemptions, and then there was no time or no memory for more.
    Preemptions {
        /// So many.
        most: u32,
        /// Whether it was the time that was over, and not the memory.
        time: bool,
    },
    /// Nothing as a whole: time or memory was over at once.
    Nothing {
        /// Whether it was the time that was over, and not the memory.
        time: bool,
    },
    /// Samples.
    Samples {
        /// How each was chosen.
        strategy: Sampling,
        /// What chance began with.
        seed: u64,
        /// How many were to be taken, if the time had been enough.
        wanted: u64,
        /// How many different interleavings are among them.
        different: u64,
    },
    /// The one that was asked for.
    Schedule,
}

/// Something that can come out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Outcome {
    /// The values of `show`, in order.
    pub shown: Vec<String>,
    /// The numbers of the assertions that do not hold.
    pub failed_asserts: Vec<u64>,
    /// What each of them compares in the simplest interleaving, if it can be shown.
    pub compared: Vec<Option<Sides>>,
    /// Workers that ended badly, and tasks that did.
    pub failures: Vec<Failure>,
    /// Workers that wait for ever. Without any, all have ended.
    pub stuck: Vec<Stuck>,
    /// Threads that had not ended when the program did, by number: they were cut off.
    pub cut: Vec<u32>,
    /// In how many interleavings.
    pub count: f64,
    /// The simplest of them: with the fewest preemptions, and of those the fewest steps.
    pub witness: Witness,
}

/// A worker that ended badly, or a task that did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Failure {
    /// Its number; 0 is main.
    pub worker: u32,
    /// Whether it is a thread that another worker started, whose end fails nobody by itself.
    pub is_thread: bool,
    /// Its exit code.
    pub code: i32,
    /// The task of a pool that failed, and not the worker itself.
    pub task: Option<u64>,
    /// The panic's message, if it was one; of a task, why it failed.
    pub panic: Option<String>,
    /// The error that its job returned, if it did.
    pub error: Option<String>,
    /// Where it panicked, if that lay in a cell.
    pub spot: Option<Spot>,
}

/// A worker that waits for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stuck {
    /// Its number.
    pub worker: u32,
    /// What it waits for.
    pub awaits: WaitCondition,
    /// The name of what that is of.
    pub name: String,
    /// Who holds that, by number.
    pub holder: Option<u32>,
    /// The names of what it holds itself.
    pub holds: Vec<String>,
    /// The line where it waits, if there is one.
    pub position: Option<Position>,
}

/// One interleaving, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Witness {
    /// Who takes each step, by number.
    pub schedule: Vec<u32>,
    /// How often a worker was interrupted that could have gone on.
    pub preemptions: u32,
    /// The steps. Of many outcomes, they are told only of those that are worst and simplest, and else there are none.
    pub steps: Vec<Step>,
}

/// One step of a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Step {
    /// Who, by number.
    pub worker: u32,
    /// What it did.
    pub call: StepCall,
    /// To what, by id, if to anything shared.
    pub resource: Option<u32>,
    /// What that held before.
    pub before: Content,
    /// What it held after.
    pub after: Content,
    /// The line, if there is one.
    pub position: Option<Position>,
    /// What the worker printed from then to its next step.
    pub printed: Vec<String>,
}

/// Two accesses to one number, at least one a write, which nothing orders.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Race {
    /// The name of the value, or of the array with the index.
    pub name: String,
    /// One of them.
    pub first: Access,
    /// The other.
    pub second: Access,
}

/// An access to a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Access {
    /// The line, if there is one: what formats a number by `Debug` may have none.
    pub position: Option<Position>,
    /// Whether it writes.
    pub writes: bool,
    /// The names of the locks that were held at it.
    pub holding: Vec<String>,
}

impl Explored {
    /// What the counts are of, in words.
    pub fn of_what(&self) -> String {
        let count = many(self.interleavings);
        match self.coverage {
            Coverage::All if self.interleavings == 1.0 => "the only interleaving".to_owned(),
            Coverage::All => format!("all {count} interleavings"),
            Coverage::Preemptions { most: 0, .. } => format!("the {count} interleavings without a preemption"),
            Coverage::Preemptions { most: 1, .. } => format!("the {count} interleavings with at most 1 preemption"),
            Coverage::Preemptions { most, .. } => {
                format!("the {count} interleavings with at most {most} preemptions")
            }
            Coverage::Nothing { .. } => "no interleavings".to_owned(),
            Coverage::Samples { strategy, seed, .. } => {
                format!("{count} interleavings sampled by {}, seed {seed}", strategy.as_str())
            }
            Coverage::Schedule => "this one interleaving".to_owned(),
        }
    }
}

/// A number of interleavings, which is exact only below 2^53.
pub fn many(count: f64) -> String {
    if count < 9e15 { number::count(count as u64) } else { format!("about {count:.1e}") }
}

impl Explored {
    /// Whether real workers can take the steps of a way to an outcome.
    pub fn is_followed(&self, outcome: &Outcome) -> bool {
        // A round of a loop that was left out would be one call too many.
        let loops = outcome.stuck.iter().any(Stuck::loops);
        let steps = &outcome.witness.steps;
        // Threads of real workers are numbered in the order in which they are started.
        let starts = steps.iter().filter_map(|step| match step.call.operation {
            Operation::Spawn { worker } => Some(worker),
            _ => None,
        });
        // No real wait ends without a reason because somebody asks for it.
        let is_spurious = steps.iter().any(|step| step.call.result == CallResult::Spurious);
        let fits = outcome.witness.schedule.len() <= MAX_FOLLOWED;
        !self.followers.is_empty() && !loops && starts.is_sorted() && !is_spurious && fits
    }
}

impl Failure {
    /// What happened, of a worker or a main of this name.
    pub fn text(&self, name: &str) -> String {
        match (&self.task, &self.panic) {
            (Some(task), why) => format!("task {task} failed: {}", why.as_deref().unwrap_or_default()),
            (None, Some(message)) => format!("{name} panicked: {message}"),
            (None, None) => match &self.error {
                Some(error) => format!("{name} returned an error: {error}"),
                None => format!("{name} ended with exit code {}", self.code),
            },
        }
    }
}

impl Stuck {
    /// Whether it goes round in a loop instead of waiting in a call.
    pub fn loops(&self) -> bool {
        self.awaits == WaitCondition::Change
    }
}

impl Outcome {
    /// Whether all is well with it.
    pub fn is_good(&self) -> bool {
        let failed = self.failures.iter().any(|failure| !failure.is_thread);
        self.failed_asserts.is_empty() && !failed && self.stuck.is_empty()
    }

    /// What came out, in one line: the shown values, or what kept them from being shown.
    pub fn text(&self, workers: &[String]) -> String {
        let failure =
            |failure: &Failure| failure.text(workers.get(failure.worker as usize).map_or("?", String::as_str));
        let shown = Some(self.shown.join(", ")).filter(|shown| !shown.is_empty());
        let stuck = Some(self.stuck_title().to_owned()).filter(|_| !self.stuck.is_empty());
        let parts = shown.into_iter().chain(stuck).chain(self.failures.iter().map(failure));
        let cut = |worker: &u32| format!("`{}` was cut off", workers.get(*worker as usize).map_or("?", String::as_str));
        parts.chain(self.cut.iter().map(cut)).collect::<Vec<_>>().join("; ")
    }

    /// What to call it that workers wait for ever.
    pub fn stuck_title(&self) -> &'static str {
        if self.stuck.iter().any(Stuck::loops) { "endless loop" } else { "deadlock" }
    }

    /// Who waits for what, a sentence for each that has the place of the wait in it.
    pub fn stuck_sentences(&self, workers: &[String], at: impl Fn(Position) -> String) -> Vec<String> {
        let name = |worker: u32| workers.get(worker as usize).map_or("?", String::as_str);
        let sentence = |stuck: &Stuck| {
            let line = stuck.position.map_or(String::new(), &at);
            let holder = stuck.holder.map_or(String::new(), |holder| format!(", held by `{}`", name(holder)));
            let holds: Vec<String> = stuck.holds.iter().map(|name| format!("`{name}`")).collect();
            let holds = if holds.is_empty() { String::new() } else { format!(", and holds {}", holds.join(", ")) };
            format!("`{}` waits for {}{holder}{line}{holds}", name(stuck.worker), stuck.awaits.at(&stuck.name))
        };
        self.stuck.iter().map(sentence).collect()
    }
}
