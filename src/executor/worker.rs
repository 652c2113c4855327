//! The life of a worker under any executor, and how it is brought to an end.

use super::context::{self, Context};
use super::{Body, output, schedule_replay, system};
use crate::model;
use crate::shared::WorkerId;
use crate::shared::clock::{self, nanoseconds};
use crate::shared::journal::EntryKind;
use crate::shared::run::{exit, stage};
use nix::poll::PollFd;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

/// A worker to be started.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// Its number.
    pub worker: WorkerId,
    /// How.
    pub executor: model::Executor,
    /// How it is started, if it is a process.
    pub method: model::StartMethod,
    /// Its own time limit, from the opening of the gate.
    pub timeout: Option<Duration>,
}

impl Start {
    /// When its time is up if it may begin at `at`; `None` is never, as long as the gate is closed too (`at` is 0).
    pub(super) fn deadline(&self, at: u64) -> Option<u64> {
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
/// The life of a worker, under any executor: up to the gate, through it, its work, and the note of its end.
pub(super) fn live(context: &'static Context, worker: WorkerId, body: Body<'_>) -> i32 {
    context::become_worker(worker);
    let slot = context.run.slot(worker);
    slot.pid.store(std::process::id(), SeqCst);
    slot.tid.store(system::thread_id(), SeqCst);
    context.run.wait_at_gate(worker);
    schedule_replay::begin(context);
    let code = body(worker);
    slot.cpu.note_always();
    // As long as it counts as at work, so that what it wrote last is laid to its account.
    output::collect(context);
    context.run.end(worker, exit::CODE, code);
    code
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

/// Notes something that is wrong with the run as a whole.
pub fn problem(context: &Context, text: &str) {
    context.run.journal.add(0, 0, EntryKind::Problem, 0, text.as_bytes());
}
