//! Starting, tending and joining the workers of a run.

use super::context::{self, Context};
use super::normal::Normal;
use super::process::Processes;
use super::thread::Threads;
use super::{Body, Executor, output, schedule_replay, system};
use crate::model::Op;
use crate::plan;
use crate::shared::WorkerId;
use crate::shared::clock::{self, nanoseconds};
use crate::shared::journal::EntryKind;
use crate::shared::run::{exit, stage};
use crate::shared::trace::{NO_RESOURCE, RawEvent};
use nix::errno::Errno;
use nix::poll::{PollFd, PollTimeout, poll};
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

/// A worker to be started.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// Its number.
    pub worker: WorkerId,
    /// How.
    pub executor: plan::Executor,
    /// How it is started, if it is a process.
    pub method: plan::StartMethod,
    /// Its own time limit, from the opening of the gate.
    pub timeout: Option<Duration>,
}

impl Start {
    /// When its time is up if it may begin at `at`; `None` is never, as long as the gate is closed too (`at` is 0).
    fn deadline(&self, at: u64) -> Option<u64> {
        self.timeout.filter(|_| at != 0).map(|limit| at.saturating_add(nanoseconds(limit)))
    }
}

/// What main does while the workers run.
pub trait Supervise {
    /// Appends what is to be polled for reading, beside the workers themselves.
    fn watch<'a>(&'a self, _fds: &mut Vec<PollFd<'a>>) {}
    /// Called now and then.
    fn tick(&mut self) {}
    /// A worker has ended; another may be started in its stead.
    fn ended(&mut self, _worker: WorkerId) -> Option<Start> {
        None
    }
}

/// Main has nothing to do but wait.
pub struct Idle;

impl Supervise for Idle {}

/// The exit code of a main that gave up on a thread that cannot be stopped.
pub const GAVE_UP: i32 = 77;
/// How long a thread that was told to end may take before main gives up.
pub(super) const GRACE: Duration = Duration::from_millis(500);
/// How often main looks around even if nothing calls it.
const TICK: Duration = Duration::from_millis(10);

/// Starts the workers in order, opens the gate, and returns when all have been joined.
pub fn run(context: &'static Context, starts: &[Start], body: Body<'_>, supervisor: &mut dyn Supervise) {
    // What main itself wrote is no worker's.
    output::collect(context);
    // The scope only fails if a thread of ours panicked, and those catch what jobs do.
    let _ = crossbeam::thread::scope(|scope| {
        let threads: Box<dyn Executor + '_> = match Threads::new(context, body, scope) {
            Ok(threads) => Box::new(threads),
            Err(error) => {
                return problem(context, &format!("no file descriptor is left for threads: {}", error.desc()));
            }
        };
        let executors = [
            (plan::Executor::Normal, Box::new(Normal::new(context, body)) as Box<dyn Executor + '_>),
            (plan::Executor::Thread, threads),
            (plan::Executor::Process, Box::new(Processes::new(context, body))),
        ];
        WorkerSet { context, executors, alive: Vec::new(), ended: Vec::new(), order: Vec::new(), opened_at: 0 }
            .run(starts, supervisor);
    });
}

/// The life of a worker, under any executor: up to the gate, through it, its work, and the note of its end.
pub(super) fn live(context: &'static Context, worker: WorkerId, body: Body<'_>) -> i32 {
    context::become_worker(worker);
    let slot = context.run.slot(worker);
    slot.pid.store(std::process::id(), SeqCst);
    slot.tid.store(system::thread_id(), SeqCst);
    context.run.wait_at_gate(worker);
    schedule_replay::begin(context);
    let code = body(worker);
    // As long as it counts as at work, so that what it wrote last is laid to its account.
    output::collect(context);
    context.run.end(worker, exit::CODE, code);
    code
}

struct Alive {
    start: Start,
    deadline: Option<u64>,
    /// When it was told to end and could only be asked.
    asked_at: Option<u64>,
}

struct WorkerSet<'a> {
    context: &'static Context,
    executors: [(plan::Executor, Box<dyn Executor + 'a>); 3],
    alive: Vec<Alive>,
    /// Who ended while another was started.
    ended: Vec<WorkerId>,
    /// Everybody who was started, in order.
    order: Vec<WorkerId>,
    opened_at: u64,
}

impl<'a> WorkerSet<'a> {
    fn run(mut self, starts: &[Start], supervisor: &mut dyn Supervise) {
        let normal = starts.iter().all(|start| start.executor == plan::Executor::Normal);
        // Who comes alone has nobody to wait for, so there might as well be no gate.
        let alone = starts.len() == 1 && !normal;
        if alone {
            self.open();
        } else if normal {
            // Without concurrency a worker has ended before the next one could come to the gate.
            self.open();
            record(self.context, Op::Open, self.opened_at, 0, 0);
        }
        for start in starts {
            self.start(*start);
            self.collect(supervisor);
        }
        if self.opened_at == 0 {
            self.open();
            record(self.context, Op::Open, self.opened_at, 0, 0);
        }
        let joining_at = if alone { clock::now() } else { self.opened_at };
        while !self.alive.is_empty() {
            self.wait(supervisor);
            supervisor.tick();
            self.collect(supervisor);
            self.enforce_limits();
        }
        supervisor.tick();
        self.context.run.common.joined_at.store(clock::now(), SeqCst);
        self.record_joins(joining_at);
    }

    fn executor(&mut self, kind: plan::Executor) -> &mut (dyn Executor + 'a) {
        let [normal, thread, process] = &mut self.executors;
        match kind {
            plan::Executor::Normal => &mut *normal.1,
            plan::Executor::Thread => &mut *thread.1,
            plan::Executor::Process => &mut *process.1,
        }
    }

    fn open(&mut self) {
        self.opened_at = clock::now();
        self.context.run.open_gate(self.alive.len());
        for alive in &mut self.alive {
            alive.deadline = alive.start.deadline(self.opened_at);
        }
    }

    /// Starts a worker and waits until it stands at the gate. So the start of one does not disturb that of another, each
    /// start's cost is its own, and no thread is in the middle of anything when the next process is forked.
    fn start(&mut self, start: Start) {
        let run = &self.context.run;
        let slot = run.slot(start.worker);
        slot.spawned_at.store(clock::now(), SeqCst);
        slot.stage.store(stage::SPAWNED, SeqCst);
        match self.executor(start.executor).start(start) {
            Ok(()) => {
                self.order.push(start.worker);
                self.alive.push(Alive { start, deadline: None, asked_at: None });
                let executor = self.executor(start.executor);
                let mut dead = Vec::new();
                run.wait_until_ready(start.worker, || {
                    dead.extend(executor.reap());
                    dead.contains(&start.worker)
                });
                self.ended.extend(dead);
                // Who finds the gate open, as a spare of a pool does, has its time from here on.
                if let Some(alive) = self.alive.last_mut().filter(|_| self.opened_at != 0) {
                    alive.deadline = start.deadline(clock::now());
                }
            }
            Err(why) => {
                run.end(start.worker, exit::LOST, 0);
                schedule_replay::on_worker_exit(self.context, start.worker);
                run.common.buried.fetch_add(1, SeqCst);
                problem(self.context, &format!("worker `{}`: {why}", self.context.name(start.worker)));
            }
        }
    }

    fn forget(&mut self, dead: &[WorkerId]) {
        self.alive.retain(|alive| !dead.contains(&alive.start.worker));
        for worker in dead {
            self.context.release_owned_by(*worker);
            schedule_replay::on_worker_exit(self.context, *worker);
        }
    }

    fn collect(&mut self, supervisor: &mut dyn Supervise) {
        loop {
            let mut ended = std::mem::take(&mut self.ended);
            ended.extend(self.executors.iter_mut().flat_map(|(_, executor)| executor.reap()));
            if ended.is_empty() {
                return;
            }
            self.forget(&ended);
            for worker in &ended {
                if let Some(start) = supervisor.ended(*worker) {
                    self.start(start);
                }
            }
            self.context.run.common.buried.fetch_add(ended.len() as u32, SeqCst);
        }
    }

    fn wait(&self, supervisor: &dyn Supervise) {
        let mut fds = Vec::new();
        supervisor.watch(&mut fds);
        for (_, executor) in &self.executors {
            executor.watch(&mut fds);
        }
        let timeout = PollTimeout::try_from(TICK).unwrap_or(PollTimeout::ZERO);
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            // Out of kernel memory, most likely: looking around at the usual pace still works.
            Err(_) => std::thread::sleep(TICK),
        }
    }

    fn enforce_limits(&mut self) {
        let now = clock::now();
        let due: Vec<(WorkerId, plan::Executor)> = self
            .alive
            .iter()
            .filter(|alive| alive.deadline.is_some_and(|deadline| now >= deadline))
            .map(|alive| (alive.start.worker, alive.start.executor))
            .collect();
        for (worker, kind) in due {
            let slot = self.context.run.slot(worker);
            let _ = slot.exit.compare_exchange(exit::UNKNOWN, exit::TIMED_OUT, SeqCst, SeqCst);
            if !self.executor(kind).kill(worker) {
                ask_to_end(self.context, worker);
                if let Some(alive) = self.alive.iter_mut().find(|alive| alive.start.worker == worker)
                    && now - *alive.asked_at.get_or_insert(now) > nanoseconds(GRACE)
                {
                    give_up(self.context, worker, self.alive.iter().map(|alive| alive.start.worker));
                }
            }
        }
    }

    /// Main joins its workers in the order in which it started them; a join that finds its worker ended takes no time.
    fn record_joins(&self, mut at: u64) {
        for &worker in &self.order {
            let ended = self.context.run.slot(worker).ended_at.load(SeqCst).max(at);
            record(self.context, Op::Join, at, ended - at, worker);
            at = ended;
        }
    }
}

/// Tells a worker that its time is up; it ends at its next call that can wait.
pub(super) fn ask_to_end(context: &Context, worker: WorkerId) {
    let run = &context.run;
    let _ = run.slot(worker).exit.compare_exchange(exit::UNKNOWN, exit::TIMED_OUT, SeqCst, SeqCst);
    run.cancel(worker);
    context.wake_all();
}

/// A thread that computes and never calls anything cannot be stopped but with its whole process.
pub(super) fn give_up(context: &Context, worker: WorkerId, alive: impl Iterator<Item = WorkerId>) -> ! {
    let run = &context.run;
    problem(
        context,
        &format!(
            "worker `{}` did not stop at its time limit, and a thread can only be ended with its process: \
             the others were ended, too",
            context.name(worker)
        ),
    );
    for worker in alive {
        run.end(worker, exit::LOST, 0);
    }
    run.common.joined_at.store(clock::now(), SeqCst);
    system::exit_now(GAVE_UP)
}

/// Without its descriptors main cannot go on, and they cannot be had back.
pub(super) fn lose_descriptors(context: &Context) -> ! {
    problem(
        context,
        "a job closed file descriptors that are not its own: without them the process in which it runs could not go on",
    );
    for (worker, slot) in context.run.slots.iter().enumerate() {
        if !matches!(slot.stage.load(SeqCst), stage::NEW | stage::ENDED) {
            context.run.end(worker as WorkerId, exit::LOST, 0);
        }
    }
    context.run.common.joined_at.store(clock::now(), SeqCst);
    system::exit_now(GAVE_UP)
}

fn record(context: &Context, op: Op, at: u64, duration: u64, worker: WorkerId) {
    let event = RawEvent { at, duration, op, resource: NO_RESOURCE, a: worker.into(), b: 0, line: 0 };
    context.run.trace.add(0, &event);
}

/// Notes something that is wrong with the run as a whole.
pub fn problem(context: &Context, text: &str) {
    context.run.journal.add(0, 0, EntryKind::Problem, 0, text.as_bytes());
}
