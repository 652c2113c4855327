//! The same for pools: each order in which workers can claim tasks, do them and complete them is walked by itself.

use super::brute::{Do, World};
use std::collections::BTreeMap;

/// A pool whose tasks are lists of instructions; what a task yields is its register at the end.
#[derive(Debug, Clone)]
pub struct Pool {
    pub workers: usize,
    pub tasks: Vec<Vec<Do>>,
    /// How many tasks are claimed at once.
    pub chunk: usize,
    /// After how many chunks a worker is replaced.
    pub chunks_each: usize,
    /// What each worker does first.
    pub initializer: Vec<Do>,
    /// Whether results come in order of completion, which makes it a step to complete a task.
    pub by_completion: bool,
}

/// So many workers and these tasks; all else as simple as can be.
pub fn pool(workers: usize, tasks: &[Vec<Do>]) -> Pool {
    let (chunk, chunks_each) = (1, usize::MAX);
    Pool { workers, tasks: tasks.to_vec(), chunk, chunks_each, initializer: Vec::new(), by_completion: false }
}

#[derive(Debug, Clone)]
struct Worker {
    /// The instructions that are left of what it does now.
    left: Vec<Do>,
    register: i64,
    /// The task that it does, and the end of its chunk.
    task: Option<(usize, usize)>,
    chunks: usize,
    gone: bool,
}

#[derive(Debug, Clone)]
struct State {
    world: World,
    workers: Vec<Worker>,
    /// The first task that nobody has claimed.
    next: usize,
    /// Tasks with what they have yielded, in order of completion.
    done: Vec<(usize, i64)>,
}

/// How often each result comes: the tasks' results and the value, or `deadlock`.
pub fn enumerate_pool(pool: &Pool, room: usize) -> BTreeMap<String, f64> {
    let new = |_| new_worker(pool);
    let workers = (0..pool.workers).map(new).collect();
    let mut found = BTreeMap::new();
    walk(pool, &State { world: World::new(room), workers, next: 0, done: Vec::new() }, &mut found);
    found
}

fn new_worker(pool: &Pool) -> Worker {
    Worker { left: pool.initializer.clone(), register: 0, task: None, chunks: 0, gone: false }
}

fn walk(pool: &Pool, state: &State, found: &mut BTreeMap<String, f64>) {
    let mut stuck = true;
    for me in 0..state.workers.len() {
        let mut next = state.clone();
        if step(pool, &mut next, me) {
            stuck = false;
            walk(pool, &next, found);
        }
    }
    if stuck {
        *found.entry(result(pool, state)).or_default() += 1.0;
    }
}

/// Lets a worker take a step, and do all behind it that is none; whether it can.
fn step(pool: &Pool, state: &mut State, me: usize) -> bool {
    let worker = &mut state.workers[me];
    if let Some(what) = worker.left.first().copied() {
        if !state.world.does(me, &mut worker.register, what) {
            return false;
        }
        worker.left.remove(0);
    } else if let Some((task, _)) = worker.task {
        // Only where completing is a step has a task that is done not been left yet.
        state.done.push((task, worker.register));
        leave(pool, state, me);
    } else if !worker.gone && state.next < pool.tasks.len() {
        let end = pool.tasks.len().min(state.next + pool.chunk);
        begin(pool, worker, state.next, end);
        worker.chunks += 1;
        state.next = end;
    } else {
        return false;
    }
    while !pool.by_completion && state.workers[me].left.is_empty() && state.workers[me].task.is_some() {
        let (task, _) = state.workers[me].task.expect("a task");
        state.done.push((task, state.workers[me].register));
        leave(pool, state, me);
    }
    true
}

fn begin(pool: &Pool, worker: &mut Worker, task: usize, end: usize) {
    (worker.task, worker.register) = (Some((task, end)), 0);
    worker.left.clone_from(&pool.tasks[task]);
}

/// Goes on behind a task that is done: to the next of the chunk, to the next claim, or away.
fn leave(pool: &Pool, state: &mut State, me: usize) {
    let worker = &mut state.workers[me];
    let (task, end) = worker.task.take().expect("a task");
    if task + 1 < end {
        begin(pool, worker, task + 1, end);
    } else if worker.chunks == pool.chunks_each {
        worker.gone = true;
        if state.next < pool.tasks.len() {
            state.workers.push(new_worker(pool));
        }
    }
}

fn result(pool: &Pool, state: &State) -> String {
    if state.workers.iter().any(|worker| !worker.left.is_empty()) || state.done.len() < pool.tasks.len() {
        return "deadlock".to_owned();
    }
    let mut done = state.done.clone();
    if !pool.by_completion {
        done.sort_unstable();
    }
    let results: Vec<i64> = done.into_iter().map(|(_, result)| result).collect();
    format!("{results:?}, {}", state.world.value())
}
