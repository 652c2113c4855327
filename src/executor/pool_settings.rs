//! How a pool is to be run.

use crate::model;

/// How a pool is to be run.
#[derive(Debug, Clone, Copy)]
pub struct PoolSettings {
    /// The executor of all its workers.
    pub executor: model::Executor,
    /// How many workers.
    pub workers: u32,
    /// How many tasks a worker claims at once; `None` is CPython's rule, four chunks for each worker.
    pub chunk: Option<u32>,
    /// After how many tasks a worker is replaced; `None` is never.
    pub max_tasks: Option<u32>,
    /// What each worker calls before its first task: it yields 0, or has said through the host what went wrong.
    pub initializer: Option<extern "C" fn() -> i32>,
    /// Whether results are wanted in order of completion.
    pub completion_order: bool,
}

/// How often a worker that died is replaced, all in all.
pub const SPARES: u32 = 32;

impl PoolSettings {
    /// How many of so many tasks a worker claims at once, and how many it does at most.
    pub fn chunk(&self, tasks: u64) -> (u64, u64) {
        let max_tasks = self.max_tasks.map_or(u64::MAX, u64::from);
        (self.chunk.map_or_else(|| default_chunk(tasks, self.workers), u64::from).min(max_tasks), max_tasks)
    }
}

/// Why a task was not done where no worker was left for it; `unprepared` is whether any could not be prepared.
pub fn nobody_left(unprepared: bool) -> String {
    let why = if unprepared { ", since the initializer failed" } else { "" };
    format!("no worker was left to do it{why}")
}

/// CPython's rule: `len(iterable) / (4 * workers)`, rounded up.
fn default_chunk(tasks: u64, workers: u32) -> u64 {
    tasks.div_ceil(4 * u64::from(workers.max(1))).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_chunk_follows_cpython() {
        assert_eq!(default_chunk(0, 2), 1);
        assert_eq!(default_chunk(10, 2), 2);
        assert_eq!(default_chunk(1000, 2), 125);
        assert_eq!(default_chunk(1001, 2), 126);
    }
}
