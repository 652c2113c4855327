//! The [`Machine`] of programs, and how their steps are told.

use super::super::engine::Able;
use super::super::job::Ended;
use super::super::machine::Machine;
use super::super::primitive::Kind;
use super::super::registry;
use super::super::semantics::Phase;
use super::super::told_call::{self, result_of};
use super::super::{Ending, ExploreError, Id, current, host};
use super::Program;
use super::past::Token;
use super::rules::{self, Subject};
use super::state::{Ask, Next, State, Taken};
use crate::host::{Answer, Call, Operation, StdObject, lines, std_content};
use crate::model::{CallResult, Content, Position, ResourceKind, Sides, StepCall, WaitCondition};
use crate::plan::{Bindings, Bound};
use crate::record::StateLabel;
use crate::record::explored::{Step, Stuck};
use crate::shared::WorkerId;
use crate::shared::thread_table::another;
use std::collections::BTreeSet;

/// What an object is called that has so many others of its place before it: as its author calls it, or by its type and its line.
pub fn name(bindings: &Bindings, made: &StdObject, before: usize) -> String {
    let place = lines::place(made.place.0, made.place.1);
    let bound = place.and_then(|place| match made.is_made_there {
        true => bindings.bound(place).cloned(),
        false => bindings.receiver(place).cloned(),
    });
    let kind = made.kind.rust_name();
    let unnamed = || place.map_or(kind.clone(), |(line, _)| format!("{kind} at line {line}"));
    let bound = bound.unwrap_or_else(|| Bound { name: unnamed(), is_list: false, of: None });
    let index = made.element.checked_sub(1).filter(|_| bound.is_list);
    let single = index.map_or_else(|| bound.name.clone(), |index| bound.element(index as usize));
    // Which element of a list is used first does not show by which it is.
    let is_one_of_many = bound.is_list && index.is_none();
    if before == 0 && !is_one_of_many { single } else { another(&single, before as u32) }
}

impl Machine for Program {
    type State = State;

    type Key = Token;

    const KEEPS_SAMPLED: bool = false;

    fn start(&self) -> State {
        self.start.clone()
    }

    fn key(&self, state: &State) -> Token {
        state.key()
    }

    fn workers(&self) -> usize {
        self.roots + registry::thread_count()
    }

    fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    fn able(&mut self, state: &State) -> Result<Able, ExploreError> {
        self.look_for_loop(state)?;
        Ok(self.who_is_able(state))
    }

    fn step(&mut self, state: &mut State, worker: usize, able: Able) -> Result<(), ExploreError> {
        *state = self.take_step(state, worker, able)?;
        Ok(())
    }

    fn go_on(&mut self, state: &mut State, worker: usize, able: Able) -> Result<(), ExploreError> {
        self.go_on_from(state, worker, able)
    }

    fn foresee(&self, state: &State, worker: usize, able: Able) -> Option<Token> {
        self.foreseen_step(state, worker, able)
    }

    fn ending(&mut self, state: &State) -> Result<(Ending, Vec<Option<Sides>>), ExploreError> {
        self.end(state)
    }

    fn call(&self, state: &State, worker: usize) -> Option<Call> {
        let ask = state.workers.get(worker)?.ask()?;
        Some(self.told_call(state, &ask))
    }

    fn held(&self, state: &State, worker: usize) -> Vec<Id> {
        let me = worker as WorkerId + 1;
        let declared = state.declared.held_by(me).map(|id| Id(id as u64));
        let objects = state.objects.iter().filter(|object| object.model.is_held_by(me));
        declared.chain(objects.map(|object| Id(self.told_id(object.told).into()))).collect()
    }

    fn holds(&self, state: &State, id: usize, workers: &[String]) -> Content {
        let name_of = |owner: WorkerId| workers.get(owner as usize).cloned().unwrap_or_default();
        if id < self.declared {
            return state.declared[id].content(&self.kinds[id], &name_of);
        }
        let object = state.objects.iter().find(|object| self.told_id(object.told) as usize == id);
        let kind = self.kinds.get(id).and_then(|kind| kind.kind);
        match (object, kind) {
            (Some(object), Some(ResourceKind::Std(kind))) => std_content(kind, object.model.words(), name_of),
            _ => Content::Nothing,
        }
    }

    fn tell(&self, worker: usize, before: &State, after: &State, workers: &[String]) -> Option<Step> {
        let Taken { ask, answer, bits, printed } = after.step.as_ref()?;
        let me = worker as WorkerId + 1;
        let held = |state: &State| match rules::subjects(ask, me)[0] {
            Some(Subject::Object(id)) => {
                let object = state.object(id).map(|object| self.told_id(object.told) as usize);
                object.map_or(Content::Nothing, |id| self.holds(state, id, workers))
            }
            Some(Subject::Declared(id)) => match (state.declared.get(id as usize), self.kinds.get(id as usize)) {
                (Some(object), Some(kind)) => {
                    let at = told_call::index(&ask.call);
                    object.held(kind, at, &|owner| workers.get(owner as usize).cloned().unwrap_or_default())
                }
                _ => Content::Nothing,
            },
            _ => Content::Nothing,
        };
        let resource = Some(ask.call.resource).filter(|_| ask.std.is_none() && ask.call.subject().is_some());
        let call = self.told_call(after, ask);
        Some(Step {
            worker: me,
            call: self.step_call(&call, *answer, *bits, ask.std.is_some()),
            resource,
            before: held(before),
            after: held(after),
            position: Position::from_packed(ask.call.line),
            printed: printed.lines().map(str::to_owned).collect(),
        })
    }

    fn about_to(&self, state: &State, worker: usize) -> StateLabel {
        let Some(worker) = state.workers.get(worker) else { return StateLabel::NotStarted };
        let ask = match &worker.next {
            Next::NotBegun => return StateLabel::NotStarted,
            Next::Cut => return StateLabel::CutOff,
            Next::Ended(how) => {
                return match &**how {
                    Ended::Code(code) => StateLabel::Ended(*code),
                    Ended::Panicked(panic) => StateLabel::Panicked(panic.message.clone()),
                    Ended::Failed(error) => StateLabel::Failed(error.clone()),
                };
            }
            Next::Asks(ask) => ask,
        };
        let call = self.told_call(state, ask);
        let (told, line) = (self.told_step(&call, None, CallResult::Done), Position::from_packed(call.line));
        if worker.phase == Phase::Before { StateLabel::Next(told, line) } else { StateLabel::Waits(told, line) }
    }

    fn stuck(&self, state: &State, worker: u32, call: &Call, holder: Option<u32>) -> Stuck {
        let kind = self.kinds.get(call.resource as usize);
        let has_permits = kind.and_then(|kind| kind.kind).is_some_and(ResourceKind::has_permits);
        let at = state.worker(worker).map_or(0, |worker| worker.at);
        let goes_round = self.loops.get(&at).is_some_and(|(round, _)| *round > 0);
        let phase = state.worker(worker).map_or(Phase::Before, |worker| worker.phase);
        let awaits = match call.operation.waits_for(has_permits) {
            _ if goes_round => WaitCondition::Change,
            Some(WaitCondition::Notification) if phase == Phase::InRoom && holder.is_some() => WaitCondition::Relock,
            condition => condition.unwrap_or(WaitCondition::Lock),
        };
        // Who waits for a notification waits for nobody who holds the mutex, unless it was notified.
        let holder = holder.filter(|_| !goes_round && awaits != WaitCondition::Notification);
        Stuck {
            worker,
            awaits,
            name: self.name_of(call),
            holder,
            holds: self
                .held(state, worker as usize - 1)
                .into_iter()
                .map(|Id(id)| self.kinds[id as usize].name.clone())
                .collect(),
            position: Position::from_packed(call.line),
        }
    }

    fn uses(&self) -> BTreeSet<(u32, bool)> {
        self.uses.clone()
    }

    fn bytes(&self, state: &State) -> usize {
        let declared = state.declared.bytes() + size_of_val(state.declared_pasts.as_slice());
        let here = size_of_val(state.workers.as_slice()) + size_of_val(state.objects.as_slice());
        size_of::<super::state::Frame>() + here + declared + size_of_val(state.resumed.as_slice())
    }

    fn prove(&mut self, state: &State) -> Result<(), ExploreError> {
        self.execution.give_up();
        self.execution.come_to(state)
    }

    fn follows_std(&self) -> bool {
        true
    }

    fn looped(&self) -> bool {
        self.looped
    }

    fn forgets_above(&mut self, bytes: usize) -> bool {
        if self.loops.len() > bytes / 64 {
            self.loops.clear();
        }
        if self.foreseen.len() > bytes / 256 {
            self.foreseen.clear();
        }
        false
    }
}

impl Program {
    /// The id by which an object is told.
    fn told_id(&self, told: u32) -> u32 {
        self.declared as u32 + told
    }

    /// A call on what is told by its id.
    pub(super) fn told_call(&self, state: &State, ask: &Ask) -> Call {
        let object = ask.std.and_then(|_| state.object(ask.call.resource));
        let resource = object.map_or(ask.call.resource, |object| self.told_id(object.told));
        Call { resource, ..ask.call }
    }

    /// What a call that is told is about, by name.
    fn name_of(&self, call: &Call) -> String {
        match call.operation {
            Operation::Join { worker } | Operation::IsFinished { worker } | Operation::Unpark { worker } => {
                self.names().get(worker as usize).cloned().unwrap_or_default()
            }
            _ if call.subject().is_none() => String::new(),
            _ => self.kinds.get(call.resource as usize).map_or_else(String::new, |kind| kind.name.clone()),
        }
    }

    /// The names of all workers that were seen, without those of main and of the roots, which stand before them.
    pub fn names(&self) -> Vec<String> {
        let known = host::worker_names(self.roots + 1);
        let threads = registry::threads();
        let name = |(nth, thread): (usize, &registry::Thread)| {
            let place = lines::place(thread.place.0, thread.place.1);
            let named = thread.name.clone().map(|name| Bound { name, is_list: false, of: None });
            let bound = named.or_else(|| self.bindings.bound(place?).cloned());
            // Several may be started at one place, or have one name.
            let is_same = |it: &&registry::Thread| match &thread.name {
                Some(_) => it.name == thread.name,
                None => it.name.is_none() && it.place == thread.place,
            };
            let before = threads[..nth].iter().filter(is_same).count();
            let unnamed = || place.map_or("thread".to_owned(), |(line, _)| format!("thread at line {line}"));
            match bound {
                Some(Bound { name, is_list: true, .. }) => format!("{name}[{before}]"),
                Some(Bound { name, .. }) if before == 0 => name,
                None if before == 0 => unnamed(),
                bound => another(&bound.map_or_else(unnamed, |bound| bound.name), before as u32),
            }
        };
        known.into_iter().chain(threads.iter().enumerate().map(name)).collect()
    }

    fn step_call(&self, call: &Call, answer: Option<Answer>, bits: Option<[u64; 2]>, is_std: bool) -> StepCall {
        let kind = self.kinds.get(call.resource as usize);
        let result = match (call.operation, answer, bits) {
            (Operation::WaitNotified { .. } | Operation::Park { .. }, Some(rules::SPURIOUS), _) if is_std => {
                CallResult::Spurious
            }
            (Operation::Load { .. }, Some(_), Some([read, _])) if is_std => CallResult::Number(read),
            (Operation::Update, Some(_), Some([read, written])) if is_std => CallResult::Updated(read, written),
            (Operation::IsFinished { .. }, Some(answer), _) => CallResult::Flag(answer.value != 0),
            (Operation::Get { .. }, Some(Answer { status: crate::abi::OK, .. }), _) if is_std => CallResult::Done,
            (Operation::Join { .. } | Operation::BeginOnce, None, _) => CallResult::Done,
            // What is asked of a lock or of what is initialized once is no number.
            (Operation::Load { .. }, Some(_), None) if is_std => CallResult::Done,
            _ => result_of(call, answer, kind),
        };
        self.told_step(call, answer, result)
    }

    fn told_step(&self, call: &Call, answer: Option<Answer>, result: CallResult) -> StepCall {
        let item = match call.operation {
            Operation::Put { .. } | Operation::Print => call.item.into(),
            _ => answer.map_or(0, |answer| answer.value),
        };
        let bytes = current::with_items(|items| items.bytes(item).to_vec());
        let mut told = told_call::step_call(self.kinds.get(call.resource as usize), call, result, Some(&bytes));
        if call.operation == Operation::Print {
            told.item = Some(String::from_utf8_lossy(&bytes).into_owned());
        }
        if call.subject().is_none() {
            (told.name, told.kind) = (self.name_of(call), None);
        }
        told
    }
}
