//! When a worker of a program can do what it asks for, what that does to all that is shared, and on which events it depends.

use super::super::ExploreError;
use super::super::primitive::{Caller, Kind};
use super::super::semantics::{self, Effect, Phase, Ready};
use super::past::{Mixer, Past};
use super::state::{Ask, Asked, Frame, Object, Worker};
use crate::abi;
use crate::host::std_rules::{self, StdState, StdThread};
use crate::host::{Answer, Operation, StdModel};
use crate::shared::WorkerId;
use std::rc::Rc;

/// Something that events can conflict on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A resource that is declared.
    Declared(u32),
    /// An object of `std`.
    Object(u32),
    /// A thread.
    Thread(WorkerId),
    /// What is printed.
    Output,
}

/// What a call is about, and for a wait the mutex that it gives back.
pub fn subjects(ask: &Ask, me: WorkerId) -> [Option<Subject>; 2] {
    let one = |subject| [Some(subject), None];
    match (ask.call.operation, ask.std) {
        (Operation::Sleep { .. } | Operation::Fence | Operation::Yield, _) => [None, None],
        (Operation::Print, _) => one(Subject::Output),
        (Operation::Park { .. }, _) => one(Subject::Thread(me)),
        (
            Operation::Spawn { worker }
            | Operation::Join { worker }
            | Operation::IsFinished { worker }
            | Operation::Unpark { worker },
            _,
        ) => one(Subject::Thread(worker)),
        (Operation::WaitNotified { .. }, Some(std)) => {
            [Some(Subject::Object(ask.call.resource)), Some(Subject::Object(std.other))]
        }
        (_, Some(_)) => one(Subject::Object(ask.call.resource)),
        (_, None) => one(Subject::Declared(ask.call.resource)),
    }
}

/// Whether a call that went so changes what others could see.
fn writes(ask: &Ask, answer: Answer, bits: Option<[u64; 2]>) -> bool {
    match (ask.call.operation, ask.std) {
        (Operation::Join { .. } | Operation::IsFinished { .. }, _) => false,
        (Operation::Update, _) => bits.is_none_or(|[read, written]| read != written),
        (operation, Some(_)) => !StdModel::is_only_read(operation, answer),
        (operation, None) => !operation.only_asks(),
    }
}

/// What has been done to a subject.
fn past(frame: &Frame, subject: Subject) -> Past {
    match subject {
        Subject::Declared(id) => {
            let found = frame.declared_pasts.iter().find(|(known, _)| *known == id);
            found.map_or(Past::default(), |(_, past)| *past)
        }
        Subject::Object(id) => frame.object(id).map_or(Past::default(), |object| object.past),
        Subject::Thread(worker) => frame.worker(worker).map_or(Past::default(), |worker| worker.past),
        Subject::Output => frame.output.1,
    }
}

fn past_mut(frame: &mut Frame, subject: Subject) -> Option<&mut Past> {
    match subject {
        Subject::Declared(id) => {
            let pasts = &mut frame.declared_pasts;
            let place = pasts.iter().position(|(known, _)| *known == id).unwrap_or_else(|| {
                pasts.push((id, Past::default()));
                pasts.len() - 1
            });
            Some(&mut pasts[place].1)
        }
        Subject::Object(id) => frame.object_mut(id).map(|object| &mut object.past),
        Subject::Thread(worker) => Some(&mut frame.worker_mut(worker).past),
        Subject::Output => Some(&mut frame.output.1),
    }
}

/// Whether a worker is about to give back what it only reads, as others may at the same time. Afterwards that could not be seen.
pub fn is_reader_leaving(frame: &Frame, ask: &Ask, me: WorkerId) -> bool {
    let object = ask.std.and_then(|_| frame.object(ask.call.resource));
    matches!(ask.call.operation, Operation::Release { .. })
        && matches!(object, Some(Object { model: StdModel::RwLock { writer, .. }, .. }) if *writer != Some(me))
}

/// Takes note of a worker's event: what it was told, or `None` if it began to wait; and whether it surely only reads.
pub fn note(
    frame: &mut Frame,
    me: WorkerId,
    ask: &Ask,
    (answer, reads): (Option<Answer>, bool),
    bits: Option<[u64; 2]>,
) {
    let told = answer.unwrap_or(Answer::status(-1));
    let writes = answer.is_none() || !reads && writes(ask, told, bits);
    let subjects = subjects(ask, me);
    let worker = frame.worker_mut(me);
    if let (Operation::Sleep { time }, Some(_)) = (ask.call.operation, answer) {
        worker.time = worker.time.saturating_add(time.max(0) as u64);
    } else if let (Some(limit @ 1..), abi::TIMED_OUT) = (ask.call.operation.limit(), told.status) {
        worker.time = worker.time.saturating_add(limit as u64);
    }
    let (mut time, mut mixer) = (worker.time, Mixer::new(worker.at));
    mixer = mixer.and(u128::from(told.status as u32) << 64 | u128::from(told.value));
    for subject in subjects.into_iter().flatten() {
        let past = past(frame, subject);
        mixer = past.mixed(mixer, writes);
        time = time.max(past.time(writes));
    }
    let event = mixer.token();
    for subject in subjects.into_iter().flatten() {
        if let Some(past) = past_mut(frame, subject) {
            past.note(event, writes, time);
        }
    }
    let written = subjects[0].map_or(0, |subject| past(frame, subject).write);
    let worker = frame.worker_mut(me);
    (worker.last, worker.at, worker.time) = (event, event, time);
    worker.asked = match answer {
        Some(answer) if asks(ask, answer, bits) => {
            let before = worker.asked.take();
            Some(Rc::new(Asked { ask: *ask, answer, bits, written, before }))
        }
        _ => None,
    };
    if let (Operation::Spawn { worker: number }, Some(_)) = (ask.call.operation, answer) {
        let thread = frame.worker_mut(number);
        (thread.last, thread.time) = (Mixer::new(event).and(number.into()).token(), time);
    }
}

/// Whether a call that went so may belong to a loop that only asks.
fn asks(ask: &Ask, answer: Answer, bits: Option<[u64; 2]>) -> bool {
    match ask.call.operation {
        Operation::Update => bits.is_some_and(|[read, written]| read == written),
        operation => semantics::may_be_of_a_round(operation, answer),
    }
}

/// Whether there is news for a worker that goes round in a loop of so many calls.
pub fn has_news(frame: &Frame, me: WorkerId, round: usize) -> bool {
    let Some(worker) = frame.worker(me) else { return false };
    let mut seen = Vec::new();
    worker.questions().take(round).any(|asked| {
        let Some(subject) = subjects(&asked.ask, me)[0].filter(|subject| !seen.contains(subject)) else { return false };
        seen.push(subject);
        past(frame, subject).write != asked.written
    })
}

/// The answer of a wait that has ended without a reason.
pub const SPURIOUS: Answer = Answer { status: abi::OK, value: 1 };

/// Whether a wait that cannot end now may do so without a reason. One with a time limit ends by itself.
pub fn may_wake(frame: &Frame, me: WorkerId, ask: &Ask) -> bool {
    let waits = frame.worker(me).is_some_and(|worker| worker.phase == Phase::InRoom);
    match (ask.call.operation, ask.std) {
        (Operation::Park { limit: ..0 }, _) => true,
        (Operation::WaitNotified { limit: ..0 }, Some(std)) if waits => frame.is_free(std.other),
        _ => false,
    }
}

/// Ends a wait without a reason.
pub fn wake(frame: &mut Frame, me: WorkerId, ask: &Ask) -> Effect {
    frame.spurious += 1;
    if let Some(StdModel::Condvar { waiting, .. }) = frame.model_mut(ask.call.resource) {
        waiting.retain(|waiting| *waiting != me);
    }
    if let Some(std) = ask.std {
        frame.set_owner(std.other, Some(me));
    }
    Effect::Done(SPURIOUS)
}

/// What a call about `std` or a thread is about.
fn objects(ask: &Ask) -> std_rules::Objects {
    (ask.call.resource, ask.std.map_or(0, |std| std.other))
}

/// Whether a worker can do what it asks for.
pub fn ready(frame: &Frame, kinds: &[Kind], me: WorkerId, ask: &Ask) -> Ready {
    match subjects(ask, me)[0] {
        Some(Subject::Output) => Ready::Now,
        Some(Subject::Declared(id)) => {
            let phase = frame.worker(me).map_or(Phase::Before, |worker| worker.phase);
            match (frame.declared.get(id as usize), kinds.get(id as usize)) {
                (Some(object), Some(kind)) => object.ready(kind, me, phase, ask.call.operation),
                _ => Ready::InTime,
            }
        }
        Some(Subject::Object(_) | Subject::Thread(_)) | None => {
            std_rules::ready(frame, me, ask.call.operation, objects(ask))
        }
    }
}

/// Does what a worker asks for, which is ready; `in_time` is whether only its time is over.
///
/// # Errors
/// If it is about a thing that cannot be explored.
pub fn apply(
    frame: &mut Frame,
    kinds: &[Kind],
    me: WorkerId,
    ask: &Ask,
    in_time: bool,
) -> Result<Effect, ExploreError> {
    Ok(match subjects(ask, me)[0] {
        Some(Subject::Output) => Effect::Done(Answer::status(abi::OK)),
        Some(Subject::Declared(id)) => {
            let phase = frame.worker(me).map_or(Phase::Before, |worker| worker.phase);
            let done = match kinds.get(id as usize) {
                Some(kind) => {
                    semantics::done(&mut frame.declared, kind, Caller { worker: me, phase, in_time }, &ask.call)?
                }
                None => None,
            };
            done.unwrap_or(Effect::Done(Answer::status(abi::CANCELLED)))
        }
        Some(Subject::Object(_) | Subject::Thread(_)) | None => {
            let value = ask.std.map_or(0, |std| std.value);
            std_rules::apply(frame, me, ask.call.operation, objects(ask), value, in_time)
        }
    })
}

impl StdState for Frame {
    fn model(&self, id: u32) -> Option<&StdModel> {
        self.object(id).map(|object| &object.model)
    }

    fn model_mut(&mut self, id: u32) -> Option<&mut StdModel> {
        self.object_mut(id).map(|object| &mut object.model)
    }

    fn std_thread(&self, worker: WorkerId) -> Option<StdThread> {
        let of =
            |worker: &Worker| StdThread { phase: worker.phase, unparked: worker.unparked, is_over: worker.is_over() };
        self.worker(worker).map(of)
    }

    fn set_unparked(&mut self, worker: WorkerId, unparked: bool) {
        self.worker_mut(worker).unparked = unparked;
    }
}
