//! A pool: its workers claim chunks of tasks from a shared table; results come back through a queue of each worker.

use super::context::{self, Context};
use super::crew::{self, Start, Tend};
use crate::abi::Tasks;
use crate::plan;
use crate::shared::journal::EntryKind;
use crate::shared::op::Op;
use crate::shared::queue::Queue;
use crate::shared::run::exit;
use crate::shared::trace::{NO_RESOURCE, RawEvent};
use crate::shared::{Denied, Patience, WorkerId, clock};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

/// How a pool is to be run.
#[derive(Debug, Clone, Copy)]
pub struct PoolSettings {
    /// The executor of all its workers.
    pub executor: plan::Executor,
    /// How many workers.
    pub workers: u32,
    /// How many tasks a worker claims at once; `None` is CPython's rule, four chunks for each worker.
    pub chunk: Option<u32>,
    /// Whether results are wanted in order of completion.
    pub completion_order: bool,
}

/// How often a worker that died is replaced, all in all.
pub const SPARES: u32 = 32;

/// A pool at work, as all its workers see it.
pub struct PoolState {
    tasks: Tasks,
    executor: plan::Executor,
    chunk: u64,
    /// The first chunk that may be free.
    next: &'static AtomicU64,
    /// For each chunk the worker that claimed it, plus one. A claim is one swap here, so no chunk is lost or done twice.
    claims: &'static [AtomicU32],
    /// Tasks to be done again, because their worker died before it came to them.
    again: Queue,
    /// Results, one queue for each worker.
    results: Vec<Queue>,
}

// SAFETY: `tasks` holds the library's context pointer, which only the library uses; `pool.rs` of the prelude says why it
// may be used from all workers at once. The rest is shared memory and plain data.
unsafe impl Sync for PoolState {}
// SAFETY: as above.
unsafe impl Send for PoolState {}

const NO_WAIT: Patience<'static> = Patience { deadline: Some(0), cancel: None };

thread_local! {
    /// When this worker's last task ended, so that a task costs one look at the clock.
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// CPython's rule: `len(iterable) / (4 * workers)`, rounded up.
fn default_chunk(tasks: u64, workers: u32) -> u64 {
    tasks.div_ceil(4 * u64::from(workers.max(1))).max(1)
}

/// Runs the tasks and returns when all have been accepted.
pub(super) fn run(context: &'static Context, tasks: Tasks) {
    let Some(settings) = context.pool_settings else { return };
    let Some(state) = PoolState::new(context, tasks, &settings) else {
        return crew::problem(context, "no shared memory is left for so many tasks");
    };
    let mut unaccepted = Accepted::new(state.tasks.len);
    let Ok(()) = context.pool.set(state) else { return };
    let Some(state) = context.pool.get() else { return };
    let start = |worker| Start { worker, executor: settings.executor, timeout: None };
    let starts: Vec<Start> = (1..=settings.workers).map(start).collect();
    let mut main = Main { context, state, accepted: &mut unaccepted, next_spare: settings.workers + 1 };
    // Only while its workers are at work is main not alone.
    let alone = context.alone.swap(settings.executor == plan::Executor::Normal, SeqCst);
    crew::run(context, &starts, &|worker| state.work(context, worker), &mut main);
    context.alone.store(alone, SeqCst);
    // Whatever is still open had no worker left to do it.
    main.fail_rest("no worker was left to do it");
}

impl PoolState {
    fn new(context: &Context, tasks: Tasks, settings: &PoolSettings) -> Option<Self> {
        let arena = &context.run.arena;
        let chunk = settings.chunk.map_or_else(|| default_chunk(tasks.len, settings.workers), u64::from);
        let claims = arena.alloc_slice(usize::try_from(tasks.len.div_ceil(chunk)).ok()?)?;
        let next = arena.alloc()?;
        let queues = context.run.slots.len();
        let reserve = previous_power_of_two(arena.left() / 4 / queues).min(1 << 30);
        let results = (0..queues).map(|_| Queue::new(arena, None, reserve)).collect::<Option<_>>()?;
        let again = Queue::new(arena, None, reserve)?;
        Some(Self { tasks, executor: settings.executor, chunk, next, claims, again, results })
    }

    fn range(&self, chunk: u64) -> std::ops::Range<u64> {
        let first = chunk * self.chunk;
        first..(first + self.chunk).min(self.tasks.len)
    }

    /// Claims a chunk that nobody has.
    fn claim(&self, worker: WorkerId) -> Option<u64> {
        loop {
            let chunk = self.next.load(SeqCst);
            let claim = self.claims.get(chunk as usize)?;
            let won = claim.compare_exchange(0, worker + 1, SeqCst, SeqCst).is_ok();
            // Whoever comes here moves the mark on, also for a worker that died right after its claim.
            let _ = self.next.compare_exchange(chunk, chunk + 1, SeqCst, SeqCst);
            if won {
                return Some(chunk);
            }
        }
    }

    /// The work of one of the pool's workers.
    fn work(&self, context: &'static Context, worker: WorkerId) -> i32 {
        while let Some(chunk) = self.claim(worker) {
            self.do_tasks(context, worker, self.range(chunk));
        }
        let mut index = Vec::new();
        while self.again.get(worker, &NO_WAIT, |bytes| index.extend_from_slice(bytes)).is_ok() {
            if let Ok(bytes) = <[u8; 8]>::try_from(std::mem::take(&mut index)) {
                let index = u64::from_le_bytes(bytes);
                self.do_tasks(context, worker, index..index + 1);
            }
        }
        0
    }

    fn do_tasks(&self, context: &'static Context, worker: WorkerId, range: std::ops::Range<u64>) {
        let slot = context.run.slot(worker);
        let at = clock::now();
        LAST.set(at);
        let (first, count) = (range.start, range.end - range.start);
        for index in range {
            slot.task.store(index + 1, SeqCst);
            (self.tasks.run)(self.tasks.context, index);
        }
        slot.task.store(0, SeqCst);
        if context.run.trace.has_room(worker) {
            let duration = clock::now() - at;
            let event = RawEvent { at, duration, op: Op::Chunk, resource: NO_RESOURCE, a: first, b: count, line: 0 };
            context.run.trace.add(worker, &event);
        }
    }

    /// Takes the result of the task that the calling worker has just done.
    pub(super) fn done(&self, context: &'static Context, index: u64, bytes: &[u8]) {
        let worker = context::me();
        let slot = context.run.slot(worker);
        slot.tasks.fetch_add(1, SeqCst);
        if context.run.trace.has_room(worker) {
            let (at, now) = (LAST.get(), clock::now());
            LAST.set(now);
            let event = RawEvent {
                at,
                duration: now.saturating_sub(at),
                op: Op::Task,
                resource: NO_RESOURCE,
                a: index,
                b: 0,
                line: 0,
            };
            context.run.trace.add(worker, &event);
        }
        if let [1, why @ ..] = bytes {
            context.run.journal.add(worker, worker, EntryKind::TaskFailed, index, why);
        }
        if self.executor == plan::Executor::Normal {
            // Main itself is the worker: nobody else could take the result out of a queue.
            self.accept(index, bytes);
            return;
        }
        let sequence = context.run.common.completed.fetch_add(1, SeqCst);
        let head = [index.to_le_bytes(), sequence.to_le_bytes()].concat();
        let Some(results) = self.results.get(worker as usize) else { return };
        while let Err(denied) = results.put(worker, &[&head, bytes], &NO_WAIT) {
            if denied != Denied::NoSpace || results.is_empty() {
                let why = [&[1][..], b"its result is larger than the memory for results"].concat();
                context.run.journal.add(worker, worker, EntryKind::TaskFailed, index, &why[1..]);
                let _ = results.put(worker, &[&head, &why], &NO_WAIT);
                return;
            }
            // Main takes results out at its own pace.
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    fn accept(&self, index: u64, bytes: &[u8]) {
        (self.tasks.accept)(self.tasks.context, index, bytes.as_ptr(), bytes.len());
    }

    /// Frees what a dead worker held.
    pub(super) fn sweep(&self, dead: WorkerId) {
        self.again.sweep(dead);
        for queue in &self.results {
            queue.sweep(dead);
        }
    }
}

fn previous_power_of_two(n: usize) -> usize {
    n.checked_ilog2().map_or(0, |log| 1 << log)
}

/// Which tasks' results have been accepted.
struct Accepted {
    done: Vec<bool>,
    open: u64,
}

impl Accepted {
    fn new(len: u64) -> Self {
        Self { done: vec![false; len as usize], open: len }
    }

    /// Notes `index`; false if it was noted before.
    fn note(&mut self, index: u64) -> bool {
        match self.done.get_mut(index as usize) {
            Some(done) if !*done => {
                *done = true;
                self.open -= 1;
                true
            }
            _ => false,
        }
    }
}

/// Main's part: it takes results out, and sees to the tasks of workers that died.
struct Main<'a> {
    context: &'static Context,
    state: &'static PoolState,
    accepted: &'a mut Accepted,
    next_spare: WorkerId,
}

impl Main<'_> {
    fn drain(&mut self) {
        let mut batch = Vec::new();
        for queue in &self.state.results {
            let mut item = Vec::new();
            while queue.get(0, &NO_WAIT, |bytes| item.extend_from_slice(bytes)).is_ok() {
                let (words, _) = item.as_chunks::<8>();
                if let [index, sequence, ..] = words {
                    let (index, sequence) = (u64::from_le_bytes(*index), u64::from_le_bytes(*sequence));
                    batch.push((sequence, index, item.split_off(16)));
                }
                item.clear();
            }
        }
        batch.sort_unstable_by_key(|(sequence, ..)| *sequence);
        for (_, index, bytes) in batch {
            if self.accepted.note(index) {
                self.state.accept(index, &bytes);
            }
        }
    }

    fn fail(&mut self, index: u64, worker: WorkerId, why: &str) {
        if self.accepted.note(index) {
            self.context.run.journal.add(0, worker, EntryKind::TaskFailed, index, why.as_bytes());
            self.state.accept(index, &[&[1], why.as_bytes()].concat());
        }
    }

    fn fail_rest(&mut self, why: &str) {
        self.drain();
        if self.state.executor == plan::Executor::Normal {
            return;
        }
        for index in 0..self.state.tasks.len {
            self.fail(index, 0, why);
        }
    }
}

impl Tend for Main<'_> {
    fn tick(&mut self) {
        self.drain();
    }

    fn ended(&mut self, worker: WorkerId) -> Option<Start> {
        self.drain();
        if self.state.executor == plan::Executor::Normal || self.accepted.open == 0 {
            return None;
        }
        let at = self.context.run.slot(worker).task.load(SeqCst).checked_sub(1);
        let mut left = Vec::new();
        for (chunk, claim) in self.state.claims.iter().enumerate() {
            if claim.load(SeqCst) == worker + 1 {
                left.extend(self.state.range(chunk as u64));
            }
        }
        left.extend(at);
        left.retain(|index| self.accepted.done.get(*index as usize) == Some(&false));
        left.sort_unstable();
        left.dedup();
        if left.is_empty() && self.state.again.is_empty() {
            return None;
        }
        if let Some(index) = at {
            let why = format!("its worker `{}` {}", self.context.name(worker), how_it_ended(self.context, worker));
            self.fail(index, worker, &why);
        }
        for index in left.into_iter().filter(|index| Some(*index) != at) {
            let _ = self.state.again.put(0, &[&index.to_le_bytes()], &NO_WAIT);
        }
        let spare = self.next_spare;
        if self.accepted.open == 0 || spare as usize >= self.context.run.slots.len() {
            return None;
        }
        self.next_spare += 1;
        Some(Start { worker: spare, executor: self.state.executor, timeout: None })
    }
}

fn how_it_ended(context: &Context, worker: WorkerId) -> String {
    let slot = context.run.slot(worker);
    let code = slot.code.load(SeqCst);
    match slot.exit.load(SeqCst) {
        exit::SIGNAL if slot.overflow.load(SeqCst) != 0 => "overflowed its stack".to_owned(),
        exit::SIGNAL => match nix::sys::signal::Signal::try_from(code) {
            Ok(signal) => format!("was killed by {signal}"),
            Err(_) => format!("was killed by signal {code}"),
        },
        exit::TIMED_OUT => "was ended at a time limit".to_owned(),
        exit::CODE => format!("ended with exit code {code}"),
        _ => "was lost".to_owned(),
    }
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
