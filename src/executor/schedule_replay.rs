//! Taking turns: where a run follows a schedule, a worker waits at each of its calls until it may take that step, and has
//! the turn until it comes to its next call or has ended. The calls are those that an exploration takes for steps.

use super::context::{self, Context};
use super::std_turns;
use crate::host::{Answer, Call, Operation};
use crate::shared::resource::Resource;
use crate::shared::turn_scheduler::{Opened, StepWords, TurnScheduler};
use crate::shared::{Deadline, WorkerId, clock, futex};
use std::sync::atomic::Ordering::SeqCst;

// What the words of a row mean, by their places.
const WHO: usize = 0;
const CALL: usize = 1;
/// Zero until there is one, else the status with a mark in front.
const ANSWER: usize = 6;
/// The first eight bytes of an item, and its length with a mark in front.
const ITEM: usize = 8;
const BEFORE: usize = 10;
const AFTER: usize = 12;
const AT: usize = 14;
/// What a step on an atomic of `std` has written; what it has read is its answer.
const WRITTEN: usize = 15;

/// What says that there is something at all.
const MARK: u64 = 1 << 32;

/// A step that a worker has taken, or was about to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedStep {
    /// Who.
    pub worker: WorkerId,
    /// Its call.
    pub call: Call,
    /// What it was told; `None` if it began to wait, or could not do the call.
    pub answer: Option<Answer>,
    /// The item that the call was about, if it is not too long.
    pub item: Option<Vec<u8>>,
    /// What the call's resource held before: a number and zero; who holds a lock, plus one, and how many are in its waiting
    /// room; who writes a read-write lock, plus one, and how many read; free permits; whether an event is set; how many have come to a barrier and whether it is broken; how many items
    /// a queue has and whether it is closed.
    pub before: [u64; 2],
    /// What it held after.
    pub after: [u64; 2],
    /// When it began, on [`clock::now`].
    pub at: u64,
    /// What it has written, if it is about an atomic of `std`; not 0 either if it has begun to wait for another object of `std`.
    pub written: u64,
}

impl ReplayedStep {
    /// Reads a row; `None` if its step was not begun.
    pub fn of(row: &StepWords) -> Option<Self> {
        let call = Call::of_words(*row[CALL..].first_chunk()?)?;
        let answered = row[ANSWER] & MARK != 0;
        let len = (row[ITEM + 1] & !MARK) as usize;
        let has_item = row[ITEM + 1] & MARK != 0 && len <= 8;
        Some(Self {
            worker: row[WHO] as WorkerId,
            call,
            answer: answered.then(|| Answer { status: row[ANSWER] as i32, value: row[ANSWER + 1] }),
            item: has_item.then(|| row[ITEM].to_le_bytes()[..len].to_vec()),
            before: [row[BEFORE], row[BEFORE + 1]],
            after: [row[AFTER], row[AFTER + 1]],
            at: row[AT],
            written: row[WRITTEN],
        })
    }
}

/// What a resource holds, as far as a call is about it: see [`ReplayedStep::before`].
fn held(context: &Context, gate: &TurnScheduler, call: &Call) -> [u64; 2] {
    if let Some(held) = std_turns::held(context, call) {
        return held;
    }
    let (operation, resource) = (call.operation, context.resource(call.resource).filter(|_| !call.is_sleep()));
    let owner = |resource: &Resource| resource.primitive().owner().map_or(0, |owner| u64::from(owner) + 1);
    match (resource, operation) {
        (
            Some(Resource::Numbers(numbers)),
            Operation::Load { index } | Operation::Peek { index } | Operation::Store { index, .. },
        ) => [numbers.load(index), 0],
        (Some(Resource::Numbers(numbers)), Operation::SwapIf { .. }) => [numbers.load(0), 0],
        (Some(it @ (Resource::Numbers(_) | Resource::Lock(_) | Resource::RLock(_))), _) => [owner(&it), 0],
        (Some(it @ Resource::Condition(_)), _) => [owner(&it), gate.in_room(call.resource)],
        (Some(Resource::RwLock(lock)), _) => {
            [lock.writer().map_or(0, |writer| u64::from(writer) + 1), lock.readers().count() as u64]
        }
        (Some(Resource::Semaphore(semaphore)), _) => [semaphore.permits().into(), 0],
        (Some(Resource::Event(event)), _) => [event.is_set().into(), 0],
        (Some(Resource::Barrier(barrier)), _) => [barrier.waiting().into(), barrier.is_broken().into()],
        (Some(Resource::Queue(queue)), _) => [queue.len(), queue.is_closed().into()],
        (None, _) => [0, 0],
    }
}

/// The turn to make one call: a step of the schedule.
#[derive(Clone, Copy)]
pub(super) struct Turn {
    gate: &'static TurnScheduler,
    worker: WorkerId,
    step: u32,
}

impl Turn {
    /// Notes the call's answer, and gives it back.
    pub(super) fn done(&self, answer: Answer) -> Answer {
        let Answer { status, value } = answer;
        self.gate.note(self.step, ANSWER, &[MARK | u64::from(status as u32), value]);
        answer
    }

    /// Notes that the worker has begun to wait.
    pub(super) fn waits(&self) {
        self.gate.note(self.step, WRITTEN, &[1]);
    }

    /// Notes the item that the call is about, unless it has lost the turn.
    pub(super) fn note_item(&self, item: &[u8]) {
        if self.gate.held(self.worker) == Some(self.step) {
            let mut first = [0; 8];
            first.iter_mut().zip(item).for_each(|(place, byte)| *place = *byte);
            let len = MARK | (item.len() as u64).min(MARK - 1);
            self.gate.note(self.step, ITEM, &[u64::from_le_bytes(first), len]);
        }
    }

    /// Notes that the calling worker is in a condition's waiting room from now on, or not any more.
    pub(super) fn enter(&self, condition: Option<u32>) {
        self.gate.enter(self.worker, condition);
    }

    /// Says that the call cannot be done now. From here on nobody takes turns any more.
    pub(super) fn blocked(self) {
        self.gate.open(Opened::Blocked, self.worker);
    }
}

/// The gate of the run and the calling worker, if it takes turns. Main does not, which only evaluates what is shown.
fn gate(context: &'static Context) -> Option<(&'static TurnScheduler, WorkerId)> {
    let gate = context.run.gate.as_ref()?;
    let (me, is_worker) = context::caller();
    if !is_worker && me != 0 {
        gate.open(Opened::OtherThread, me);
    }
    (me != 0).then_some((gate, me))
}

/// Waits until the calling worker may make this call; `None` if nobody takes turns, or nobody any more.
pub(super) fn take(context: &'static Context, call: Call) -> Option<Turn> {
    wait_for_turn(context, Some(call))
}

/// Waits until a worker may begin, where they take turns: those before it have come to their first calls.
pub(super) fn begin(context: &'static Context) {
    if context.run.gate.is_some() {
        // It has the turn until it comes to its own first call.
        wait_for_turn(context, None);
    }
}

fn wait_for_turn(context: &'static Context, call: Option<Call>) -> Option<Turn> {
    let Some((gate, worker)) = gate(context) else {
        std_turns::begin_started(context, context::me());
        return None;
    };
    std_turns::begin_started(context, worker);
    std_turns::comes(worker);
    pass(context, gate, worker);
    if let Some(missing) = gate.turn_of().filter(|worker| context.is_unknown(*worker)) {
        // Nobody else can start it.
        gate.open(Opened::Ended, missing);
    }
    futex::take_slept();
    let slot = context.run.slot(worker);
    let taken = gate.take(worker, &Deadline { at: None, cancel: Some(&slot.cancel) });
    slot.blocked.fetch_add(futex::take_slept(), SeqCst);
    match (taken, call) {
        (Ok(Some(step)), Some(call)) => {
            write(context, gate, step, worker, &call);
            return Some(Turn { gate, worker, step });
        }
        (Ok(None), Some(_)) => gate.count_free(),
        (Ok(_), None) => {}
        (Err(_), _) => gate.open(Opened::Cancelled, worker),
    }
    None
}

fn write(context: &Context, gate: &TurnScheduler, step: u32, me: WorkerId, call: &Call) {
    let [before, more] = held(context, gate, call);
    gate.note(step, BEFORE, &[before, more, before, more, clock::now()]);
    gate.note(step, WHO, &[me.into()]);
    gate.note(step, CALL, &call.words());
}

/// Notes what the step that a worker is at has read and written.
pub(super) fn note_bits(context: &Context, worker: WorkerId, [read, written]: [u64; 2]) {
    let Some(gate) = &context.run.gate else { return };
    if let Some(step) = gate.held(worker) {
        gate.note(step, ANSWER + 1, &[read]);
        gate.note(step, WRITTEN, &[written]);
    }
}

/// The step that the calling worker is at goes on with another call, which is the one to be told.
pub(super) fn go_on(context: &'static Context, call: Call) -> Option<Turn> {
    let (gate, worker) = gate(context)?;
    let step = gate.held(worker)?;
    gate.note(step, CALL, &call.words());
    Some(Turn { gate, worker, step })
}

/// Ends the step that a worker is at, and notes what it led to.
fn pass(context: &Context, gate: &TurnScheduler, worker: WorkerId) {
    if let Some(step) = gate.held(worker)
        && let Some(taken) = gate.noted(step).as_ref().and_then(ReplayedStep::of)
    {
        gate.note(step, AFTER, &held(context, gate, &taken.call));
    }
    gate.pass(worker);
}

/// A worker has ended, and what it held is free: if it had the turn, that goes to the next.
pub(super) fn on_worker_exit(context: &Context, worker: WorkerId) {
    if let Some(gate) = &context.run.gate {
        gate.enter(worker, None);
        pass(context, gate, worker);
        gate.on_worker_exit(worker);
    }
}
