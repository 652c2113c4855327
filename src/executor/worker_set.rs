//! Starting, tending and joining the workers of a run.

use super::context::Context;
use super::normal::Normal;
use super::process::Processes;
use super::thread::Threads;
use super::worker::{GRACE, Start, Supervise, ask_to_end, give_up, problem};
use super::{Body, Executor, output, schedule_replay};
use crate::model;
use crate::model::Action;
use crate::shared::WorkerId;
use crate::shared::clock::{self, nanoseconds};
use crate::shared::run::{exit, stage};
use crate::shared::trace::RawEvent;
use nix::errno::Errno;
use nix::poll::{PollTimeout, poll};
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

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
            (model::Executor::Normal, Box::new(Normal::new(context, body)) as Box<dyn Executor + '_>),
            (model::Executor::Thread, threads),
            (model::Executor::Process, Box::new(Processes::new(context, body))),
        ];
        WorkerSet { context, executors, alive: Vec::new(), ended: Vec::new(), order: Vec::new(), opened_at: 0 }
            .run(starts, supervisor);
    });
}

struct Alive {
    start: Start,
    deadline: Option<u64>,
    /// When it was told to end and could only be asked.
    asked_at: Option<u64>,
}

struct WorkerSet<'a> {
    context: &'static Context,
    executors: [(model::Executor, Box<dyn Executor + 'a>); 3],
    alive: Vec<Alive>,
    /// Who ended while another was started.
    ended: Vec<WorkerId>,
    /// Everybody who was started, in order.
    order: Vec<WorkerId>,
    opened_at: u64,
}

impl<'a> WorkerSet<'a> {
    fn run(mut self, starts: &[Start], supervisor: &mut dyn Supervise) {
        let normal = starts.iter().all(|start| start.executor == model::Executor::Normal);
        // Who comes alone has nobody to wait for, so there might as well be no gate.
        let alone = starts.len() == 1 && !normal;
        if alone {
            self.open();
        } else if normal {
            // Without concurrency a worker has ended before the next one could come to the gate.
            self.open();
            record(self.context, Action::Open, self.opened_at, 0);
        }
        for start in starts {
            self.start(*start);
            self.collect(supervisor);
        }
        if self.opened_at == 0 {
            self.open();
            record(self.context, Action::Open, self.opened_at, 0);
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

    fn executor(&mut self, kind: model::Executor) -> &mut (dyn Executor + 'a) {
        let [normal, thread, process] = &mut self.executors;
        match kind {
            model::Executor::Normal => &mut *normal.1,
            model::Executor::Thread => &mut *thread.1,
            model::Executor::Process => &mut *process.1,
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
            let threads = self.context.end_threads_of(*worker);
            self.context.release_owned_by(*worker);
            for ended in threads.into_iter().chain([*worker]) {
                schedule_replay::on_worker_exit(self.context, ended);
            }
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
        let due: Vec<(WorkerId, model::Executor)> = self
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
            record(self.context, Action::Join { worker: worker.into() }, at, ended - at);
            at = ended;
        }
    }
}

fn record(context: &Context, action: Action, at: u64, duration: u64) {
    context.run.trace.add(0, &RawEvent::of_run(at, duration, action));
}
