//! The same for pools: each order in which workers can claim tasks, do them and complete them is walked by itself.

use super::brute::{Do, End, Found, Mind, Scene, World, failure, walk};
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

/// What a worker of a pool is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Initializer,
    /// It looks for a chunk.
    Claim,
    /// A task, and the end of its chunk.
    Task(usize, usize),
    /// It has ended as it should.
    Gone,
    /// Its initializer has failed.
    Lost,
}

#[derive(Debug, Clone)]
struct Worker {
    at: At,
    mind: Mind,
    chunks: usize,
}

#[derive(Clone)]
struct Scheme<'a> {
    pool: &'a Pool,
    world: World,
    workers: Vec<Worker>,
    /// The first task that nobody has claimed.
    next: usize,
    /// Tasks with what they have yielded, if they did not fail, in order of completion.
    done: Vec<(usize, Option<i64>)>,
    show: fn(&World) -> String,
}

/// What a pool can come to, or nothing if there are more interleavings than so many.
pub fn pool_results(
    pool: &Pool,
    world: World,
    show: fn(&World) -> String,
    most: usize,
) -> Option<BTreeMap<String, Found>> {
    let mut scheme = Scheme { pool, world, workers: Vec::new(), next: 0, done: Vec::new(), show };
    (0..pool.workers).for_each(|_| scheme.start_worker());
    (0..pool.workers).for_each(|me| scheme.go_on(me));
    walk(&scheme, most)
}

/// How often each comes: the tasks' results and the value, or `deadlock`.
pub fn enumerate_pool(pool: &Pool, world: World, show: fn(&World) -> String) -> BTreeMap<String, f64> {
    let found = pool_results(pool, world, show, usize::MAX).unwrap_or_default();
    found.into_iter().map(|(text, found)| (text, found.count)).collect()
}

impl Scheme<'_> {
    fn start_worker(&mut self) {
        let mind = Mind::new(&self.pool.initializer);
        self.workers.push(Worker { at: At::Initializer, mind, chunks: 0 });
    }

    fn program(&self, at: At) -> &[Do] {
        match at {
            At::Initializer => &self.pool.initializer,
            At::Task(task, _) => &self.pool.tasks[task],
            _ => &[],
        }
    }

    fn begin(&mut self, me: usize, task: usize, end: usize) {
        self.workers[me].mind = Mind::new(&self.pool.tasks[task]);
        self.workers[me].at = At::Task(task, end);
    }

    /// Does all behind a step that is none.
    fn go_on(&mut self, me: usize) {
        while let Worker { at, mind: Mind { end: Some(end), .. }, .. } = self.workers[me] {
            match at {
                At::Initializer if end == End::Code(0) => self.workers[me].at = At::Claim,
                At::Initializer => {
                    self.workers[me].at = At::Lost;
                    self.world.on_worker_exit(me);
                }
                // To complete a task is a step where the order matters.
                At::Task(task, end) if !self.pool.by_completion => self.complete(me, task, end),
                _ => return,
            }
        }
    }

    /// Leaves a task that is done: to the next of the chunk, to the next claim, or away.
    fn complete(&mut self, me: usize, task: usize, end: usize) {
        let Mind { register, end: how, .. } = self.workers[me].mind;
        self.done.push((task, (how == Some(End::Code(0))).then_some(register)));
        if task + 1 < end {
            self.begin(me, task + 1, end);
        } else if self.workers[me].chunks == self.pool.chunks_each {
            self.workers[me].at = At::Gone;
            self.world.on_worker_exit(me);
            if self.next < self.pool.tasks.len() {
                self.start_worker();
                self.go_on(self.workers.len() - 1);
            }
        } else {
            self.workers[me].at = At::Claim;
        }
    }

    fn all_claimed(&self) -> bool {
        self.next == self.pool.tasks.len()
    }
}

impl Scene for Scheme<'_> {
    fn workers(&self) -> usize {
        self.workers.len()
    }

    fn step(&mut self, me: usize, by_time: bool) -> bool {
        let at = self.workers[me].at;
        match (at, self.workers[me].mind.end) {
            (At::Claim, _) if !self.all_claimed() && !by_time => {
                let end = self.pool.tasks.len().min(self.next + self.pool.chunk);
                self.workers[me].chunks += 1;
                let task = std::mem::replace(&mut self.next, end);
                self.begin(me, task, end);
            }
            (At::Task(task, end), Some(_)) if !by_time => self.complete(me, task, end),
            (At::Initializer | At::Task(..), None) => {
                let (mut mind, mut world) = (self.workers[me].mind, self.world);
                if !mind.take_step(self.program(at), &mut world, me, by_time) {
                    return false;
                }
                (self.workers[me].mind, self.world) = (mind, world);
            }
            _ => return false,
        }
        self.go_on(me);
        if self.all_claimed() {
            // Whoever looks for a chunk has ended.
            let idle: Vec<usize> = (0..self.workers.len()).filter(|me| self.workers[*me].at == At::Claim).collect();
            idle.into_iter().for_each(|me| self.world.on_worker_exit(me));
        }
        true
    }

    fn left(&mut self, me: usize) -> &mut u32 {
        &mut self.workers[me].mind.left
    }

    fn result(&self) -> String {
        let is_stuck = |worker: &Worker| !matches!(worker.at, At::Claim | At::Gone | At::Lost);
        let lost = self.workers.iter().zip(1..).filter(|(worker, _)| worker.at == At::Lost);
        let lost: String = lost.map(|(worker, number)| failure(worker.mind.end, number)).collect();
        let mut failed: Vec<usize> =
            self.done.iter().filter(|(_, done)| done.is_none()).map(|(task, _)| *task).collect();
        let mut done = self.done.clone();
        let is_deadlock = self.workers.iter().any(is_stuck);
        if !is_deadlock {
            // Nobody is left to do the rest.
            failed.extend(self.next..self.pool.tasks.len());
            done.extend((self.next..self.pool.tasks.len()).map(|task| (task, None)));
        }
        failed.sort_unstable();
        if !self.pool.by_completion {
            done.sort_unstable();
        }
        let text = |(_, done): (usize, Option<i64>)| done.map_or("<failed>".to_owned(), |done| done.to_string());
        let shown = match is_deadlock {
            true => "deadlock".to_owned(),
            false => {
                let results: Vec<String> = done.into_iter().map(text).collect();
                format!("[{}], {}", results.join(", "), (self.show)(&self.world))
            }
        };
        failed.into_iter().fold(shown + &lost, |text, task| format!("{text}; task {task} failed"))
    }
}
