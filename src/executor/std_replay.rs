//! Objects of `std` in a run that follows a schedule. Real `std` does not keep to one: who is woken at a condition variable, say, takes its
//! mutex whenever it can. So the objects of such a run are those of an exploration, one set for each process. All else is real: the
//! threads and what they compute, what a mutex protects and whether it is poisoned, and a deadlock.

use super::context::{self, Context};
use super::host::RealHost;
use super::schedule_replay::{self, Turn};
use super::std_turns::begin_started;
use super::std_world::{CHANGES, changed, world};
use super::worker::problem;
use super::{output, system};
use crate::abi;
use crate::host::{Answer, Call, Effect, FiberBody, Operation, Phase, Ready, StdCall, StdModel, StdObject};
use crate::model::SyncError;
use crate::shared::std_table::NewObject;
use crate::shared::turn_scheduler::TurnScheduler;
use crate::shared::{Deadline, WorkerId, futex};
use std::sync::atomic::Ordering::SeqCst;

/// How a call went on behalf of a worker.
struct Step<'a> {
    host: RealHost,
    me: WorkerId,
    call: &'a StdCall,
    /// The same call with the number by which its object is told.
    told: Call,
    turn: Option<Turn>,
    /// When it began to wait; 0 if it has not.
    since: u64,
}

/// Takes a step on an object of `std` or on a thread, in its turn; when nobody takes turns any more, when it can be taken.
pub(super) fn step(host: RealHost, call: &StdCall) -> Answer {
    let me = context::me();
    let told = Call { resource: host.0.resource_of(call.call.resource), ..call.call };
    // After a panic it belongs to the step in which the worker panicked, unless it has to wait.
    let belongs = call.unwinding && world().ready(me, call) == Ready::Now;
    let turn = if belongs { None } else { schedule_replay::take(host.0, told) };
    Step { host, me, call, told, turn, since: 0 }.take()
}

impl Step<'_> {
    fn take(mut self) -> Answer {
        let operation = self.call.call.operation;
        let limit = operation.limit().and_then(|limit| u64::try_from(limit).ok());
        let (mut until, mut is_late) = (None, false);
        loop {
            let seen = CHANGES.load(SeqCst);
            let mut world = world();
            let in_time = match world.ready(self.me, self.call) {
                Ready::Now => Some(false),
                // Time does not pass for who takes turns: its turn has come, so its time is over.
                Ready::InTime if is_late || self.turn.is_some() => Some(true),
                Ready::InTime | Ready::No => None,
            };
            if let Some(in_time) = in_time {
                match world.apply(self.me, self.call, in_time) {
                    Effect::Done(answer) => {
                        let number = world.number(self.me, self.call, answer);
                        drop(world);
                        changed();
                        return self.done(answer, number);
                    }
                    Effect::Waits(phase) => {
                        world.thread(self.me).phase = phase;
                        drop(world);
                        changed();
                        self.begin_wait();
                        until = limit.map(|limit| self.since.saturating_add(limit));
                        // The others take their steps before its second one.
                        if let Some(turn) = self.turn.take() {
                            turn.waits();
                            self.turn = schedule_replay::take(self.host.0, self.told);
                        }
                        continue;
                    }
                }
            }
            drop(world);
            if let Some(turn) = self.turn.take() {
                turn.blocked();
            }
            if self.since == 0 {
                self.begin_wait();
                until = limit.map(|limit| self.since.saturating_add(limit));
            }
            match self.wait(seen, until) {
                Err(SyncError::TimedOut) => is_late = true,
                // What a thread borrows lives on the stack of who joins it.
                Err(_) if !matches!(operation, Operation::Join { .. }) => {
                    self.begins_anew();
                    return self.done(Answer::status(abi::CANCELLED), 0);
                }
                _ => {}
            }
        }
    }

    fn begin_wait(&mut self) {
        self.since = self.host.begin_wait_in_std(self.call).max(1);
    }

    fn wait(&self, seen: u32, until: Option<u64>) -> Result<(), SyncError> {
        let cancel = &self.host.0.run.slot(self.me).cancel;
        let is_join = matches!(self.call.call.operation, Operation::Join { .. });
        futex::wait(&CHANGES, seen, &Deadline { at: until, cancel: (!is_join).then_some(cancel) })
    }

    /// Whatever its worker does next has no part in what it has given up.
    fn begins_anew(&self) {
        world().thread(self.me).phase = Phase::Before;
    }

    /// Keeps and records what was done, and answers.
    fn done(self, answer: Answer, number: u64) -> Answer {
        self.host.end_call_of_std(self.call, self.since, answer.status, [number, 0]);
        if let Some(turn) = self.turn {
            turn.done(answer);
        }
        answer
    }
}

/// The numbers that the caller's last step read and wrote.
pub(super) fn complete(host: RealHost, [read, written]: [u64; 2]) {
    host.complete_with([read, written]);
    let me = context::me();
    let mut world = world();
    let last = world.thread(me).last;
    if let Some(StdModel::Number { bits }) = world.objects.get_mut(&last) {
        *bits = Some(written);
    }
    drop(world);
    schedule_replay::note_bits(host.0, me, [read, written]);
}

/// The id of an object.
pub(super) fn object(host: RealHost, object: &StdObject) -> u32 {
    let StdObject { kind, place, is_made_there, address, lies, element, .. } = *object;
    let new = NewObject { kind, place, is_made_there, element, process: context::process() };
    let add = || host.0.run.objects.add(&new, lies).map(|place| place + 1);
    world().object(kind, address, add)
}

/// An object is gone. What it held is still told of the step in which it went.
pub(super) fn gone(host: RealHost, object: u32) {
    if let Some(place) = object.checked_sub(1) {
        host.0.run.objects.end(place);
    }
}

/// The time that the caller's `Instant` shows: that of its naps.
pub(super) fn now() -> u64 {
    world().thread(context::me()).time_ns
}

/// A worker for a thread that the caller starts.
pub(super) fn new_thread(context: &'static Context, name: Option<&str>, place: (u32, u32)) -> u32 {
    context.new_thread(context::me(), name, place).unwrap_or_else(|| {
        problem(context, "there are more threads than can follow a schedule");
        system::exit_now(1)
    })
}

/// Starts the thread of a worker. It begins when the caller has come to its next step, or has ended.
pub(super) fn start(host: RealHost, worker: WorkerId, body: FiberBody) {
    let (context, me) = (host.0, context::me());
    if context.run.threads.get(worker).is_none() {
        problem(context, "a thread was to be started that there is no worker for");
        system::exit_now(1);
    }
    let life = move || {
        context.begin_thread(worker);
        loop {
            let seen = CHANGES.load(SeqCst);
            if world().thread(worker).may_begin {
                break;
            }
            let _ = futex::wait(&CHANGES, seen, &Deadline::ENDLESS);
        }
        body.run();
        end(context, worker);
    };
    world().thread(me).starts.push(worker);
    if let Err(error) = std::thread::Builder::new().name(context.name(worker).into_owned()).spawn(life) {
        problem(context, &format!("the system would not start a thread: {error}"));
        system::exit_now(1);
    }
    if me == 0 || context.run.gate.as_ref().is_none_or(TurnScheduler::is_open) {
        begin_started(context, me);
    }
}

/// A thread has ended.
fn end(context: &'static Context, worker: WorkerId) {
    output::collect(context);
    begin_started(context, worker);
    context.end_thread(worker);
    let mut world = world();
    let thread = world.thread(worker);
    (thread.is_over, thread.has_come) = (true, true);
    drop(world);
    changed();
    schedule_replay::on_worker_exit(context, worker);
}
