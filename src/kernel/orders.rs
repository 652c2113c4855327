//! From a cell of the plan to what main is to do: entry points looked up, workers numbered and named.

use super::library::{Entry, Library};
use crate::compile::symbol;
use crate::executor::worker::Start;
use crate::executor::{PoolSettings, SPARES};
use crate::model::{Executor, StartMethod};
use crate::plan::{MAX_WORKERS, Order, Pool, Spawn};
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

/// What main is to do.
pub struct Orders {
    /// The workers of a `spawn`, and their entry points in the same order; empty for a pool.
    pub jobs: Vec<(Start, Entry)>,
    /// The entry point of a `pool`.
    pub pool: Option<Entry>,
    /// What to show then.
    pub show: Vec<Entry>,
    /// What must then hold.
    pub assert: Vec<Entry>,
    /// Whether no two workers are ever at work at once.
    pub sequential: bool,
}

/// One run of a cell, ready to go.
pub struct Cell {
    /// What main is to do.
    pub orders: Orders,
    /// The workers' names by number, main's first, spares of a pool last.
    pub names: Vec<String>,
    /// The workers' executors, likewise.
    pub executors: Vec<Executor>,
    /// How a pool is to be run.
    pub pool: Option<PoolSettings>,
    /// Whether it is a program, by its `main`.
    pub is_program: bool,
}

impl Cell {
    /// How a worker is started as a process; `None` if it is none, and for main.
    pub fn method(&self, worker: usize) -> Option<StartMethod> {
        let job = self.orders.jobs.get(worker.checked_sub(1)?);
        let method = job.map_or(StartMethod::Fork, |(start, _)| start.method);
        (self.executors.get(worker) == Some(&Executor::Process)).then_some(method)
    }

    /// Whether any worker is a fresh process.
    pub fn has_fresh(&self) -> bool {
        (0..self.executors.len()).any(|worker| self.method(worker) == Some(StartMethod::Exec))
    }
}

/// A `spawn` under `kind`, or with each job under its own executor; with the first so many jobs, or with all.
///
/// # Errors
/// If the library lacks an entry point.
pub fn spawn(
    library: &Library,
    cell: usize,
    spawn: &Spawn,
    kind: Option<Executor>,
    workers: Option<u32>,
) -> Result<Cell, String> {
    let mut names = vec!["main".to_owned()];
    let mut executors = vec![kind.unwrap_or(Executor::Process)];
    let mut jobs = Vec::new();
    for (n, job) in spawn.jobs.iter().enumerate().take(workers.map_or(usize::MAX, |workers| workers as usize)) {
        let executor = kind.or(job.executor).unwrap_or(Executor::Process);
        let start = Start { worker: n as u32 + 1, executor, method: job.start, timeout: job.timeout };
        jobs.push((start, library.entry(&symbol::job(cell, n))?));
        names.push(job.name.clone());
        executors.push(executor);
    }
    let orders = Orders {
        jobs,
        pool: None,
        show: entries(library, spawn.show.len(), |n| symbol::show(cell, n))?,
        assert: entries(library, spawn.assert.len(), |n| symbol::assert(cell, n))?,
        sequential: kind == Some(Executor::Normal),
    };
    Ok(Cell { orders, names, executors, pool: None, is_program: spawn.program.is_some() })
}

/// A `pool` under `kind`; with so many workers, or with as many as it says.
///
/// # Errors
/// If the library lacks an entry point.
pub fn pool(
    library: &Library,
    cell: usize,
    pool: &Pool,
    kind: Option<Executor>,
    workers: Option<u32>,
) -> Result<Cell, String> {
    let executor = kind.unwrap_or(Executor::Process);
    let sequential = executor == Executor::Normal;
    let cores = || available_parallelism().map_or(1, NonZeroUsize::get) as u32;
    let workers = if sequential { 1 } else { workers.or(pool.workers).unwrap_or_else(cores).max(1) };
    // Main itself, which is the one worker of a sequential pool, cannot be replaced.
    let max_tasks = pool.max_tasks.filter(|_| !sequential);
    let spares = match max_tasks {
        _ if sequential => 0,
        Some(_) => SPARES + MAX_WORKERS.saturating_sub(workers),
        None => SPARES,
    };
    let initializer = pool.initializer.as_ref().map(|_| library.entry(&symbol::initializer(cell))).transpose()?;
    let orders = Orders {
        jobs: Vec::new(),
        pool: Some(library.entry(&symbol::pool(cell))?),
        show: entries(library, pool.show.len(), |n| symbol::show(cell, n))?,
        assert: entries(library, pool.assert.len(), |n| symbol::assert(cell, n))?,
        sequential,
    };
    let names = std::iter::once("main".to_owned()).chain((1..=workers + spares).map(|n| format!("worker-{n}")));
    let settings = PoolSettings {
        executor,
        workers,
        chunk: pool.chunk,
        max_tasks,
        initializer,
        completion_order: pool.order == Order::Completion,
    };
    Ok(Cell {
        is_program: false,
        orders,
        names: names.collect(),
        executors: vec![executor; (workers + spares) as usize + 1],
        pool: Some(settings),
    })
}

fn entries(library: &Library, count: usize, name: impl Fn(usize) -> String) -> Result<Vec<Entry>, String> {
    (0..count).map(|n| library.entry(&name(n))).collect()
}
