//! A state of a program: what each worker is about to do, what is shared, and the way here, by which the code comes here again.

use super::super::hash::ShortHasher;
use super::super::job::Ended;
use super::super::semantics::Phase;
use super::super::shared::Shared;
use super::past::{Mixer, Past, Token};
use crate::host::{Answer, Call, Operation, StdModel};
use crate::shared::WorkerId;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

/// What a worker asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The call. Its resource is declared, or an object of `std` with an id of this execution.
    pub call: Call,
    /// What more there is to say if it is about `std`.
    pub std: Option<StdPart>,
}

/// What a call about `std` says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StdPart {
    /// A second object.
    pub other: u32,
    /// See [`StdCall::value`](crate::host::StdCall::value).
    pub value: u64,
    /// Whether the caller is unwound.
    pub unwinding: bool,
}

impl Ask {
    /// Whether it is done together with what was asked before, in one step.
    pub fn belongs_to_the_step(&self) -> bool {
        self.call.belongs_to_the_step() || self.std.is_some_and(|std| std.unwinding)
    }
}

/// What a worker does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It has not been started.
    NotBegun,
    /// It asks for something.
    Asks(Ask),
    /// Nothing: it has ended.
    Ended(Rc<Ended>),
    /// Nothing: the program has ended before it.
    Cut,
}

/// A worker.
#[derive(Debug, Clone)]
pub struct Worker {
    /// What it does next.
    pub next: Next,
    /// How far it is in what it asks for.
    pub phase: Phase,
    /// How much time that has left, in nanoseconds.
    pub left: u64,
    /// Its last event.
    pub last: Token,
    /// Where that has brought it: the event, and what it does next.
    pub at: Token,
    /// What time it is for it.
    pub time: u64,
    /// Whether it was unparked and has not been parked since.
    pub unparked: bool,
    /// What has been done to it as a thread.
    pub past: Past,
    /// What it has asked since it last did anything else, the last first.
    pub asked: Option<Rc<Asked>>,
}

/// A question of a worker that goes round in a loop.
#[derive(Debug)]
pub struct Asked {
    /// What it asked.
    pub ask: Ask,
    /// The answer.
    pub answer: Answer,
    /// The bits that were read, if any were.
    pub bits: Option<[u64; 2]>,
    /// The last event that had written what it asked when it had the answer.
    pub written: Token,
    /// What it asked before.
    pub before: Option<Rc<Asked>>,
}

impl Worker {
    /// One that has not begun.
    pub fn new() -> Self {
        Self {
            next: Next::NotBegun,
            phase: Phase::Before,
            left: 0,
            last: 0,
            at: 0,
            time: 0,
            unparked: false,
            past: Past::default(),
            asked: None,
        }
    }

    /// What it asks for, if it asks for anything.
    pub fn ask(&self) -> Option<Ask> {
        if let Next::Asks(ask) = self.next { Some(ask) } else { None }
    }

    /// Whether it will do nothing any more.
    pub fn is_over(&self) -> bool {
        matches!(self.next, Next::Ended(_) | Next::Cut)
    }

    /// What it has asked, the last first.
    pub fn questions(&self) -> impl Iterator<Item = &Asked> {
        std::iter::successors(self.asked.as_deref(), |asked| asked.before.as_deref())
    }
}

/// An object of `std`.
#[derive(Debug, Clone)]
pub struct Object {
    /// The number by which it is told, the same in all executions.
    pub told: u32,
    /// What it is, and where it was made, as a number.
    pub made: u64,
    /// The event behind which it was used first, and how many were before it there. No other object has this one, but it may have others
    /// where threads come to it in another order.
    pub origin: Token,
    /// How it is.
    pub model: StdModel,
    /// What has been done to it.
    pub past: Past,
}

/// All that there is to know of a state.
#[derive(Debug)]
pub struct Frame {
    /// The workers, in order of their numbers.
    pub workers: Vec<Worker>,
    /// What is declared.
    pub declared: Shared,
    /// What has been done to it, by id.
    pub declared_pasts: Vec<(u32, Past)>,
    /// The objects of `std`, by id from 1.
    pub objects: Vec<Object>,
    /// What was printed, as a number among all different outputs, and what has been done to it.
    pub output: (u32, Past),
    /// How many steps were taken since nobody could do anything but ask the same again.
    pub idle: u32,
    /// How many waits have ended without a reason.
    pub spurious: u32,
    /// What tells states apart that are not merged: the steps that led here, in their order. Else 0.
    pub order: Token,
    /// The state before, and how the code went on from there.
    pub before: Option<State>,
    /// Who was told what since the state before.
    pub resumed: Vec<(WorkerId, Answer)>,
    /// The step that led here.
    pub step: Option<Taken>,
    key: Token,
}

/// A step as it was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// What was asked for.
    pub ask: Ask,
    /// What came of it; `None` if the worker began to wait.
    pub answer: Option<Answer>,
    /// The bits that were read and written, if it said so.
    pub bits: Option<[u64; 2]>,
    /// What the worker printed from then on.
    pub printed: String,
}

/// A state. Two are equal, and have the same key, if all workers have come to them by conflicting events in the same order.
#[derive(Debug, Clone)]
pub struct State(Rc<Frame>);

impl Frame {
    /// Where all begins.
    pub fn new(declared: Shared, workers: usize) -> Self {
        Self {
            workers: vec![Worker::new(); workers],
            declared,
            declared_pasts: Vec::new(),
            objects: Vec::new(),
            output: (0, Past::default()),
            idle: 0,
            spurious: 0,
            order: 0,
            before: None,
            resumed: Vec::new(),
            step: None,
            key: 0,
        }
    }

    /// The same, from where it can be taken on.
    pub fn after(state: &State) -> Self {
        let mut frame = Self::clone(state);
        frame.before = Some(state.clone());
        frame
    }

    /// A worker's place, which is made if it is new.
    pub fn worker_mut(&mut self, number: WorkerId) -> &mut Worker {
        let place = (number as usize).saturating_sub(1);
        if self.workers.len() <= place {
            self.workers.resize_with(place + 1, Worker::new);
        }
        &mut self.workers[place]
    }

    /// A worker, if there is one of this number.
    pub fn worker(&self, number: WorkerId) -> Option<&Worker> {
        self.workers.get((number as usize).wrapping_sub(1))
    }

    /// An object of `std`, by its id.
    pub fn object(&self, id: u32) -> Option<&Object> {
        self.objects.get((id as usize).wrapping_sub(1))
    }

    /// See [`object`](Self::object).
    pub fn object_mut(&mut self, id: u32) -> Option<&mut Object> {
        self.objects.get_mut((id as usize).wrapping_sub(1))
    }

    /// What a worker does next as a number, the same wherever that is the same. Objects of `std` that were made at one place are told apart
    /// only where that is `exact`, or where one end of a channel goes: who drops the last handle of several cannot be foreseen.
    pub fn told(&self, next: &Next, exact: bool) -> u64 {
        let mut hash = ShortHasher::default();
        match next {
            Next::NotBegun | Next::Cut => {}
            Next::Ended(how) => how.hash(&mut hash),
            Next::Asks(Ask { call, std: None }) => call.hash(&mut hash),
            Next::Asks(Ask { call, std: Some(StdPart { other, value, unwinding }) }) => {
                let made = |id: u32| self.object(id).map_or(0, |object| object.made);
                (call.operation, call.line, call.item, value, unwinding).hash(&mut hash);
                (made(call.resource), made(*other)).hash(&mut hash);
                if exact || matches!(call.operation, Operation::HangUp { .. }) {
                    self.object(call.resource).map(|object| object.origin).hash(&mut hash);
                }
            }
        }
        hash.finish()
    }

    /// It as a state.
    pub fn finish(mut self) -> State {
        self.key = self.mixed();
        State(Rc::new(self))
    }

    /// What is the same for equal states.
    pub fn mixed(&self) -> Token {
        let mut mixer = Mixer::new(u128::from(self.spurious) << 32 | u128::from(self.idle)).and(self.order);
        for (number, worker) in (1_u128..).zip(&self.workers) {
            let (kind, phase) = match (&worker.next, worker.phase) {
                (Next::NotBegun, _) => continue,
                (Next::Ended(_), _) => (1, 0),
                (Next::Cut, _) => (2, 0),
                (Next::Asks(_), Phase::Before) => (3, 0),
                // What a phase has begun with is a part of the event that began it.
                (Next::Asks(_), _) => (3, 1),
            };
            mixer = mixer.and(number << 8 | kind << 4 | phase).and(worker.at).and(worker.left.into());
        }
        mixer.token()
    }
}

impl Clone for Frame {
    /// A copy without a way here.
    fn clone(&self) -> Self {
        Self {
            workers: self.workers.clone(),
            declared: self.declared.clone(),
            declared_pasts: self.declared_pasts.clone(),
            objects: self.objects.clone(),
            output: self.output,
            idle: self.idle,
            spurious: self.spurious,
            order: self.order,
            before: None,
            resumed: Vec::new(),
            step: None,
            key: 0,
        }
    }
}

impl State {
    /// Whether it is the very same, and not only equal: with the same way here.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// What is the same for equal states.
    pub fn key(&self) -> Token {
        self.0.key
    }

    /// What there is to know of it, to be changed, without a way here. All that others know of it stays as it is.
    pub fn anew(&mut self) -> &mut Frame {
        let frame = Rc::make_mut(&mut self.0);
        (frame.before, frame.step, frame.key) = (None, None, 0);
        frame.resumed.clear();
        frame
    }
}

impl Deref for State {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        &self.0
    }
}

impl Drop for Frame {
    /// A way may be long: it is taken apart piece by piece, and not by as many calls within each other.
    fn drop(&mut self) {
        let mut before = self.before.take();
        while let Some(State(frame)) = before {
            before = Rc::try_unwrap(frame).ok().and_then(|mut frame| frame.before.take());
        }
    }
}
