//! A pool: its workers claim chunks of tasks from a shared table; results come back through a queue of each worker.

mod again;
mod main;

use super::context::{self, Context};
use super::outbox::{self, Inbox};
use super::pool_settings::{PoolSettings, nobody_left};
use super::worker::{Start, problem};
use super::worker_set;
use crate::abi::{self, Status};
use crate::host::PoolTasks;
use crate::model::{self, Action, TaskOutcome};
use crate::plan::MAX_WORKERS;
use crate::shared::bytes::Bytes;
use crate::shared::journal::EntryKind;
use crate::shared::primitive::Primitive;
use crate::shared::queue::Queue;
use crate::shared::trace::RawEvent;
use crate::shared::{Deadline, WorkerId, clock};
use again::Again;
use main::Main;
use std::cell::Cell;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

/// Stands for a claim whose worker has done it to the end, so that nobody need look whether anything is left of it.
const DONE: u32 = u32::MAX;

/// A pool at work, as all its workers see it.
pub struct PoolState {
    tasks: PoolTasks,
    executor: model::Executor,
    chunk: u64,
    /// How many tasks a worker does at most.
    max_tasks: u64,
    initializer: Option<extern "C" fn() -> i32>,
    /// The first chunk that may be free.
    next: &'static AtomicU64,
    /// For each chunk the worker that claimed it, plus one, until it is [`DONE`]. A claim is one swap here, so no chunk is
    /// lost or done twice.
    claims: &'static [AtomicU32],
    /// Tasks to be done again, because their worker died before it came to them.
    again: Again,
    /// Results, one outbox for each worker.
    outboxes: Vec<Inbox>,
    /// Results that are too large for an outbox.
    large: Queue,
    bell: outbox::Bell,
}

const NO_WAIT: Deadline<'static> = Deadline { at: Some(0), cancel: None };

thread_local! {
    /// When this worker's last task ended, so that a task costs one look at the clock.
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// The pool that is running, once its inputs are known: of those, a process has one.
static POOL: OnceLock<PoolState> = OnceLock::new();

/// The pool that is running.
pub(super) fn current() -> Option<&'static PoolState> {
    POOL.get()
}

/// Memory for the results of `tasks`, where each is to have a place of `size` bytes.
pub(super) fn places(context: &Context, tasks: u64, size: u64) -> Option<Bytes> {
    let settings = context.pool_settings?;
    let arena = &context.run.arena;
    let bytes = usize::try_from(tasks.checked_mul(size + 1)?).ok()?;
    // The order of completion stands in what workers send.
    if settings.completion_order || bytes > arena.left() / 4 {
        return None;
    }
    arena.bytes(bytes, 64)
}

/// Runs the tasks and returns when all have been accepted.
pub(super) fn run(context: &'static Context, tasks: PoolTasks) {
    let Some(settings) = context.pool_settings else { return };
    let Some(state) = PoolState::new(context, tasks, &settings) else {
        return problem(context, "no shared memory is left for so many tasks");
    };
    if let Some(needed) = state.too_many_workers(settings.workers) {
        let most = MAX_WORKERS;
        return problem(
            context,
            &format!(
                "replacing workers so often would take {needed} of them, and a pool may have {most}: raise `max_tasks`"
            ),
        );
    }
    let Ok(()) = POOL.set(state) else { return };
    let Some(state) = current() else { return };
    let start = |worker| Start { worker, executor: settings.executor, method: model::StartMethod::Fork, timeout: None };
    let starts: Vec<Start> = (1..=settings.workers).map(start).collect();
    let mut main = Main { context, state, next_spare: settings.workers + 1, died: 0 };
    // Only while its workers are at work is main not alone.
    let alone = context.alone.swap(settings.executor == model::Executor::Normal, SeqCst);
    worker_set::run(context, &starts, &|worker| state.work(context, worker), &mut main);
    context.alone.store(alone, SeqCst);
    // Whatever is still open had no worker left to do it.
    let unprepared = context.run.slots.iter().any(|slot| slot.unprepared.load(SeqCst) != 0);
    let why = nobody_left(unprepared);
    for index in state.left_of(|claim| claim != DONE) {
        state.fail(context, index, 0, &why);
    }
}

impl PoolState {
    fn new(context: &Context, tasks: PoolTasks, settings: &PoolSettings) -> Option<Self> {
        let arena = &context.run.arena;
        let (chunk, max_tasks) = settings.chunk(tasks.len());
        let claims = arena.alloc_slice(usize::try_from(tasks.len().div_ceil(chunk)).ok()?)?;
        let next = arena.alloc()?;
        let completed = settings.completion_order.then_some(&context.run.common.completed);
        let inbox = |slot| Inbox::new(arena, slot, completed);
        let outboxes = context.run.slots[..context.run.declared as usize].iter().map(inbox).collect::<Option<_>>()?;
        let large = Queue::new(arena, None, (arena.left() / 4).checked_ilog2().map_or(0, |log| 1 << log))?;
        let again = Again::new(arena, context.run.declared as usize)?;
        let bell = outbox::Bell::new(arena)?;
        let executor = settings.executor;
        let initializer = settings.initializer;
        Some(Self { tasks, executor, chunk, max_tasks, initializer, next, claims, again, outboxes, large, bell })
    }

    /// How many workers it takes if each is replaced in time, where those are more than there may be.
    fn too_many_workers(&self, at_once: u32) -> Option<u64> {
        let needed = (self.claims.len() as u64).div_ceil(self.max_tasks / self.chunk) + u64::from(at_once);
        (self.max_tasks != u64::MAX && needed > MAX_WORKERS.into()).then_some(needed)
    }

    fn range(&self, chunk: u64) -> Range<u64> {
        let first = chunk * self.chunk;
        first..(first + self.chunk).min(self.tasks.len())
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
        if let Some(initialize) = self.initializer {
            let unprepared = &context.run.slot(worker).unprepared;
            unprepared.store(1, SeqCst);
            let at = clock::now();
            let code = initialize();
            if code != 0 {
                return code;
            }
            let duration = clock::now() - at;
            context.run.trace.add(worker, &RawEvent::of_run(at, duration, Action::Prepare));
            unprepared.store(0, SeqCst);
        }
        let mut left = self.max_tasks;
        // A chunk is never larger than the limit, and who could not do a whole one makes place for another.
        while left >= self.chunk
            && let Some(chunk) = self.claim(worker)
        {
            if self.do_tasks(context, worker, self.range(chunk))
                && let Some(claim) = self.claims.get(chunk as usize)
            {
                claim.store(DONE, SeqCst);
            }
            left -= self.chunk;
        }
        while let Some(range) = self.again.claim(worker, left) {
            left -= range.end - range.start;
            self.do_tasks(context, worker, range);
        }
        0
    }

    /// Does some tasks; whether main can learn of all of them how they ended.
    fn do_tasks(&self, context: &'static Context, worker: WorkerId, range: Range<u64>) -> bool {
        let Some(inbox) = self.outboxes.get(worker as usize) else { return false };
        let (slot, trace) = (context.run.slot(worker), &context.run.trace);
        let at = clock::now();
        LAST.set(at);
        let (first, count) = (range.start, range.end - range.start);
        let traced = trace.room(worker).min(count);
        let all = self.tasks.run(first, count, &inbox.outbox(traced));
        trace.skip(worker, count - traced);
        slot.task.store(0, SeqCst);
        slot.tasks.fetch_add(count, Relaxed);
        if trace.has_room(worker) {
            let duration = clock::now() - at;
            trace.add(worker, &RawEvent::of_run(at, duration, Action::TakeTasks { first, count }));
        }
        all
    }

    /// Notes that the calling worker has ended a task.
    pub(super) fn task_ended(&self, context: &Context, index: u64, failed: bool) {
        let (at, now) = (LAST.get(), clock::now());
        LAST.set(now);
        let duration = now.saturating_sub(at);
        let outcome = if failed { TaskOutcome::Failed } else { TaskOutcome::Done };
        context.run.trace.add(context::me(), &RawEvent::of_run(at, duration, Action::Task { index, outcome }));
    }

    /// Tells main that there is much to take, and waits for room in the calling worker's outbox if it must.
    pub(super) fn outbox_full(&self, context: &Context, wait: bool) -> Status {
        if self.executor == model::Executor::Normal {
            // Main itself is the worker.
            self.drain();
            return abi::OK;
        }
        let me = context::me();
        let Some(inbox) = self.outboxes.get(me as usize) else { return abi::CANCELLED };
        self.bell.ring();
        let deadline = context.deadline(me, abi::FOREVER, 0);
        if wait && inbox.wait_for_room(&deadline).is_err() { abi::CANCELLED } else { abi::OK }
    }

    /// Takes records that are too large for an outbox.
    pub(super) fn large_result(&self, context: &Context, records: &[u8]) -> Status {
        let me = context::me();
        let deadline = context.deadline(me, abi::FOREVER, 0);
        loop {
            match self.large.put(me, &[records], &deadline) {
                Ok(_) => return abi::OK,
                // Main takes them out at its own pace; one that does not fit into an empty queue never will.
                Err(crate::shared::SyncError::NoSpace) if !self.large.is_empty() => {
                    if self.outbox_full(context, false) != abi::OK {
                        return abi::CANCELLED;
                    }
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                Err(_) => return abi::NO_SPACE,
            }
        }
    }

    /// Takes all results that there are and hands them to the library. In main alone.
    fn drain(&self) {
        let mut batch = Vec::new();
        for (worker, inbox) in self.outboxes.iter().enumerate() {
            inbox.take(&mut batch);
            self.accept(worker as WorkerId, &batch);
            batch.clear();
        }
        while self.large.get(0, &NO_WAIT, |bytes| batch.extend_from_slice(bytes)).is_ok() {
            self.accept(0, &batch);
            batch.clear();
        }
    }

    fn accept(&self, worker: WorkerId, records: &[u8]) {
        if !records.is_empty() {
            self.tasks.accept(worker, records);
        }
    }

    /// Whether main knows how a task ended. In main alone.
    fn has(&self, index: u64) -> bool {
        self.tasks.first_open(index, index + 1) != index
    }

    /// The tasks of which main does not know how they ended, in those chunks whose claim is such. In main alone.
    fn left_of(&self, such: impl Fn(u32) -> bool) -> impl Iterator<Item = u64> {
        let chunks = self.claims.iter().enumerate().filter(move |(_, claim)| such(claim.load(SeqCst)));
        chunks.flat_map(move |(chunk, _)| self.open_in(self.range(chunk as u64)))
    }

    /// The tasks in a range of which main does not know how they ended. In main alone.
    fn open_in(&self, range: Range<u64>) -> impl Iterator<Item = u64> {
        let tasks = self.tasks;
        let from = move |first| Some(tasks.first_open(first, range.end)).filter(|open| *open < range.end);
        std::iter::successors(from(range.start), move |open| from(open + 1))
    }

    /// The tasks that `dead`, which has just ended, had claimed and of which main does not know how they ended, in order. In
    /// main alone.
    ///
    /// Each task belongs to exactly one worker from the swap that claims it, as a part of a chunk or of a range that is done
    /// again, until main knows how it ended. So whatever the moment at which a worker is killed, what it had not done is
    /// either still free or found here: before the swap it is free, and behind it the number of the worker stands beside it.
    fn left_by(&self, dead: WorkerId) -> Vec<u64> {
        let again = self.again.of(dead).flat_map(|range| self.open_in(range));
        let mut left: Vec<u64> = self.left_of(|claim| claim == dead + 1).chain(again).collect();
        left.sort_unstable();
        left
    }

    /// Puts a failure in the place of a task's result. In main alone.
    fn fail(&self, context: &Context, index: u64, worker: WorkerId, why: &str) {
        context.run.journal.add(0, worker, EntryKind::TaskFailed, index, why.as_bytes());
        let order = context.pool_settings.is_some_and(|settings| settings.completion_order);
        let order = order.then(|| context.run.common.completed.fetch_add(1, SeqCst));
        self.accept(0, &outbox::failure(index, order, why));
    }

    /// Frees what a dead worker held.
    pub(super) fn release_owned_by(&self, dead: WorkerId) {
        self.large.release_owned_by(dead);
    }
}
