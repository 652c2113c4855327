//! The runs of a cell that are compared: those of one executor, or with one number of workers.

use super::options::RenderContext;
use super::words::Words;
use crate::record::{Executor, RunOutcome};

/// The runs of one executor, or with one number of workers, in order; more than one where the cell is repeated.
pub struct Group<'a> {
    /// The executor; `None` where each job named its own.
    pub executor: Option<Executor>,
    /// With how many workers it ran, where the cell sweeps over that.
    pub swept: Option<u32>,
    /// Its runs, at least one.
    pub runs: Vec<&'a RunOutcome>,
}

impl Group<'_> {
    /// The median of the runs' wall times, in nanoseconds.
    pub fn wall_ns(&self) -> u64 {
        let mut walls: Vec<u64> = self.runs.iter().map(|run| run.wall_ns).collect();
        walls.sort_unstable();
        walls.get(walls.len() / 2).copied().unwrap_or(0)
    }

    /// What the group is called on the page.
    pub fn name(&self, words: Words) -> String {
        match (self.swept, self.executor) {
            (Some(workers), _) => words.workers(workers.into()),
            (None, executor) => executor.map_or(words.as_each_job_says(), Executor::as_str).to_owned(),
        }
    }
}

/// The runs by executor and number of workers, in the order in which these first ran.
pub fn groups(runs: &[RunOutcome]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    for run in runs {
        match groups.iter_mut().find(|group| (group.executor, group.swept) == (run.executor, run.swept)) {
            Some(group) => group.runs.push(run),
            None => groups.push(Group { executor: run.executor, swept: run.swept, runs: vec![run] }),
        }
    }
    groups
}

/// The fastest and the slowest of a group's runs.
pub fn spread(group: &Group, words: Words) -> String {
    let walls = || group.runs.iter().map(|run| run.wall_ns);
    match (walls().min(), walls().max()) {
        (Some(fast), Some(slow)) if group.runs.len() > 1 => words.spread(fast, slow),
        _ => "–".to_owned(),
    }
}

/// How often each was run, and on how many cores: what the times are worth.
pub fn runs_sentence(groups: &[Group], context: RenderContext) -> String {
    let runs = groups.iter().map(|group| group.runs.len()).max().unwrap_or(1);
    context.words.runs_each(runs as u64, context.cores.into())
}
