//! Programs of `std`'s threads and objects, which share ordinary memory: their code runs again from its beginning for each new way.
//!
//! A job by itself is no tree here, since threads tell each other things through memory that nobody sees. In safe code all of that goes with
//! steps that conflict: so two ways that take the conflicting steps on every object in the same order lead to one state (`past`). The code is
//! brought to a state by the way that was found first (`execution`), and its statics are made as they were before (`memory`).

mod end;
mod execution;
mod foresee;
mod loops;
mod memory;
mod past;
mod rules;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod told;

pub use memory::Image;

use super::engine::{Able, PATIENCE};
use super::fiber::Entry;
use super::hash::{Map, ShortHasher};
use super::model::ModelObject;
use super::primitive::Kind;
use super::semantics::{Phase, Ready};
use super::shared::Shared;
use super::{ExploreError, registry};
use crate::host::{Answer, Operation, StdModel};
use crate::model::ResourceKind;
use crate::plan::Bindings;
use crate::shared::WorkerId;
use execution::{Execution, Piece};
use past::{Mixer, Past, Token};
use state::{Ask, Frame, Next, Object, State};
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};

/// What makes an object the same for who reads of it: its kind, its place, which element it is, and how many there were of
/// that before.
type ToldKey = (crate::model::StdKind, (u32, u32), u32, usize);

/// A program that can be taken from state to state.
pub struct Program {
    execution: Execution,
    start: State,
    /// What never changes about what is declared, and behind that about objects of `std`.
    kinds: Vec<Kind>,
    /// How many are declared.
    declared: usize,
    /// The numbers of objects among `kinds`.
    told: HashMap<ToldKey, u32>,
    /// How many workers are no threads of others.
    roots: usize,
    /// What is shown, and what must hold.
    main: [Vec<Entry>; 2],
    /// What the author calls things.
    bindings: Bindings,
    /// Whether what is printed is a step, and an outcome.
    prints: bool,
    /// How many waits may end without a reason in each interleaving.
    spurious: u32,
    /// Whether states are merged that are alike in all that is seen of them.
    merges: bool,
    /// Whether the code has destructors.
    drops: bool,
    /// All different outputs: each is one before it, and a text; and their numbers.
    outputs: Vec<(u32, String)>,
    output_numbers: HashMap<(u32, String), u32>,
    /// Loops that were found to go on, by the last event of who goes round: of how many calls, and whether something is held there.
    loops: Map<Token, (usize, bool)>,
    /// What workers came to by events: see [`foresee`].
    foreseen: Map<Token, Option<foresee::Foreseen>>,
    /// The way from the start of who goes on without a way back: who was told what, and at which time of its own.
    walked: Vec<(WorkerId, Answer, u64)>,
    uses: BTreeSet<(u32, bool)>,
    looped: bool,
}

/// What a program is made of.
pub struct Parts {
    /// The entry points of the workers that are no threads of others.
    pub roots: Vec<Entry>,
    /// Those of what is shown, and of what must hold.
    pub main: [Vec<Entry>; 2],
    /// The library's memory as it was at first.
    pub image: Image,
    /// What never changes about what is declared.
    pub kinds: Vec<Kind>,
    /// What is declared holds this at first.
    pub objects: Vec<ModelObject>,
    /// What the author calls things.
    pub bindings: Bindings,
    /// Whether what is printed is a step, and an outcome.
    pub prints: bool,
    /// How many waits may end without a reason in each interleaving.
    pub spurious: u32,
    /// Whether states are merged that are alike in all that is seen of them. The code must not tell threads anything past that.
    pub merges: bool,
    /// Whether the code has destructors, so that what a worker does next may depend on whether it drops the last of several handles.
    pub drops: bool,
    /// Whether the process has no other thread than this one, so that any other is one of the code's.
    pub is_alone: bool,
}

impl Program {
    /// A program of these parts.
    ///
    /// # Errors
    /// Why it cannot be explored, if that shows now.
    pub fn new(parts: Parts) -> Result<Self, ExploreError> {
        let Parts { roots, main, image, kinds, objects, bindings, prints, spurious, merges, drops, is_alone } = parts;
        registry::set(true, roots.len() as u32);
        let (count, declared) = (roots.len(), kinds.len());
        let mut program = Self {
            execution: Execution::new(roots, image, is_alone),
            start: Frame::new(Shared::new(objects), count).finish(),
            kinds,
            declared,
            told: HashMap::new(),
            roots: count,
            main,
            bindings,
            prints,
            spurious,
            merges,
            drops,
            outputs: vec![(0, String::new())],
            output_numbers: HashMap::new(),
            loops: Map::default(),
            foreseen: Map::default(),
            walked: Vec::new(),
            uses: BTreeSet::new(),
            looped: false,
        };
        let pieces = program.execution.begin()?;
        let mut frame = Frame::new(program.start.declared.clone(), count);
        for (worker, piece) in (1..).zip(pieces) {
            // Different jobs do not share a beginning.
            frame.worker_mut(worker).last = worker.into();
            program.goes_on(&mut frame, worker, piece);
        }
        program.start = frame.finish();
        program.execution.is_at(&program.start.clone());
        Ok(program)
    }

    /// Whether a worker is a thread of another.
    pub fn is_thread(&self, worker: WorkerId) -> bool {
        worker as usize > self.roots
    }

    /// Takes over what a worker's code has done.
    fn goes_on(&mut self, frame: &mut Frame, worker: WorkerId, piece: Piece) {
        self.take_objects(frame, worker);
        for (thread, next) in piece.begun {
            self.asks_next(frame, thread, next);
        }
        self.asks_next(frame, worker, piece.next);
    }

    fn asks_next(&mut self, frame: &mut Frame, number: WorkerId, next: Next) {
        if let Next::Asks(Ask { call, std: None }) = &next
            && call.operation != Operation::Print
        {
            self.uses.extend(call.uses());
        }
        let told = frame.told(&next, self.drops);
        let worker = frame.worker_mut(number);
        let limit = worker_limit(&next);
        (worker.next, worker.phase, worker.left) = (next, Phase::Before, limit);
        worker.at = Mixer::new(worker.last).and(told.into()).token();
        if worker.is_over() {
            let last = worker.last;
            worker.past.note(last, true, worker.time);
            self.ended(frame, number);
        }
    }

    /// Frees what a worker held that is declared, and cuts off its threads, if it is none itself.
    fn ended(&self, frame: &mut Frame, number: WorkerId) {
        let mut over = vec![number];
        if !self.is_thread(number) {
            for thread in self.roots as WorkerId + 1..=frame.workers.len() as WorkerId {
                let is_alive = frame.worker(thread).is_some_and(|it| !it.is_over() && it.next != Next::NotBegun);
                if is_alive && root_of(thread) == number {
                    frame.worker_mut(thread).next = Next::Cut;
                    over.push(thread);
                }
            }
        }
        for number in over {
            let left: Vec<usize> = frame.declared.held_by(number).collect();
            for id in left {
                frame.declared.change(id, |object| object.release_owned_by(number));
            }
        }
    }

    /// Takes over the objects that a worker's code has come to use, by itself or in threads that it has started.
    fn take_objects(&mut self, frame: &mut Frame, worker: WorkerId) {
        let last = frame.worker(worker).map_or(0, |worker| worker.last);
        for (made, before) in registry::objects_from(frame.objects.len()).into_iter().zip(1..) {
            let mut nth = 0;
            let told = loop {
                let next = self.told.len() as u32;
                let told = *self.told.entry((made.kind, made.place, made.element, nth)).or_insert(next);
                if frame.objects.iter().all(|object| object.told != told) {
                    break told;
                }
                nth += 1;
            };
            if self.declared + told as usize == self.kinds.len() {
                let kind = ResourceKind::Std(made.kind);
                self.kinds.push(Kind {
                    name: told::name(&self.bindings, &made, nth),
                    kind: Some(kind),
                    ..Kind::default()
                });
            }
            let origin = Mixer::new(last).and(before).token();
            let mut hash = ShortHasher::default();
            (made.kind, made.place).hash(&mut hash);
            frame.objects.push(Object {
                told,
                made: hash.finish(),
                origin,
                model: StdModel::new(made.kind),
                past: Past::default(),
            });
        }
    }

    /// Who can take a step.
    fn who_is_able(&mut self, state: &State) -> Able {
        let (mut able, mut timers, mut rounds) = (Able::default(), u64::MAX, 0_u32);
        let (mut spurious, may_wake) = (0, state.spurious < self.spurious);
        for (place, worker) in state.workers.iter().enumerate() {
            let (Some(ask), number, bit) = (worker.ask(), place as WorkerId + 1, 1 << place) else { continue };
            // Who holds something in the midst of a round must not keep it from those who are to bring the news.
            if self.asks_again(state, number) == Some(false) {
                rounds |= bit;
                continue;
            }
            match rules::ready(state, &self.kinds, number, &ask) {
                Ready::Now => able.all |= bit,
                Ready::InTime => able.may_in_time(bit, worker.left, &mut timers),
                Ready::No if may_wake && rules::may_wake(state, number, &ask) => spurious |= bit,
                Ready::No => {}
            }
        }
        self.looped |= rounds != 0;
        able.or_else_idle(rounds, state.idle / PATIENCE);
        able.or_spuriously(spurious);
        able
    }

    /// The number of an output that is one more text behind another.
    fn output(&mut self, before: u32, text: String) -> u32 {
        let next = self.outputs.len() as u32;
        let number = *self.output_numbers.entry((before, text.clone())).or_insert(next);
        if number == next {
            self.outputs.push((before, text));
        }
        number
    }
}

/// The worker that is no thread of another, and that a thread belongs to.
fn root_of(mut worker: WorkerId) -> WorkerId {
    while let Some(parent) = registry::parent(worker) {
        worker = parent;
    }
    worker
}

/// How long a call may take.
fn limit_of(ask: &Ask) -> u64 {
    ask.call.operation.limit().and_then(|limit| u64::try_from(limit).ok()).unwrap_or(0)
}

fn worker_limit(next: &Next) -> u64 {
    if let Next::Asks(ask) = next { limit_of(ask) } else { 0 }
}
