//! The [`Machine`] of cells whose jobs share nothing but what is declared: the [`Engine`], and how its steps are told.

use super::engine::{Able, Engine, State};
use super::job::{Ended, Job, Next};
use super::machine::Machine;
use super::model::ModelObject;
use super::primitive::Kind;
use super::semantics::Phase;
use super::told_call::{self, index, result_of};
use super::{Ending, ExploreError, Id, current};
use crate::host::{Answer, Call, Operation};
use crate::model::{CallResult, Content, Position, Sides, StepCall, WaitCondition};
use crate::record::StateLabel;
use crate::record::explored::{Step, Stuck};
use std::collections::BTreeSet;
use std::rc::Rc;

/// About how much a place in a job's tree takes.
const JOB_NODE_BYTES: usize = 400;

impl Machine for Engine {
    type State = Rc<State>;

    type Key = Rc<State>;

    const KEEPS_SAMPLED: bool = true;

    fn start(&self) -> Rc<State> {
        Rc::new(self.start.clone())
    }

    fn key(&self, state: &Rc<State>) -> Rc<State> {
        Rc::clone(state)
    }

    #[inline]
    fn workers(&self) -> usize {
        self.jobs.len()
    }

    #[inline]
    fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    #[inline]
    fn able(&mut self, state: &Rc<State>) -> Result<Able, ExploreError> {
        Ok(self.who_is_able(state))
    }

    #[inline]
    fn step(&mut self, state: &mut Rc<State>, worker: usize, able: Able) -> Result<(), ExploreError> {
        self.take_step(Rc::make_mut(state), worker, able)
    }

    fn ending(&mut self, state: &Rc<State>) -> Result<(Ending, Vec<Option<Sides>>), ExploreError> {
        self.ending_in_full(state)
    }

    #[inline]
    fn call(&self, state: &Rc<State>, worker: usize) -> Option<Call> {
        self.present_call(state, worker)
    }

    #[inline]
    fn held(&self, state: &Rc<State>, worker: usize) -> Vec<Id> {
        state.objects.held_by(worker as u32 + 1).map(|id| Id(id as u64)).collect()
    }

    #[inline]
    fn holds_just(&self, state: &Rc<State>, worker: usize, resources: &[Id]) -> bool {
        state.objects.held_by(worker as u32 + 1).eq(resources.iter().map(|Id(id)| *id as usize))
    }

    fn holds(&self, state: &Rc<State>, id: usize, workers: &[String]) -> Content {
        state.objects[id].content(&self.kinds[id], &|owner| workers.get(owner as usize).cloned().unwrap_or_default())
    }

    fn tell(&self, worker: usize, before: &Rc<State>, after: &Rc<State>, workers: &[String]) -> Option<Step> {
        tell(self, worker, before, after, workers)
    }

    fn about_to(&self, state: &Rc<State>, worker: usize) -> StateLabel {
        about_to(self, state, worker)
    }

    fn stuck(&self, state: &Rc<State>, worker: u32, call: &Call, holder: Option<u32>) -> Stuck {
        stuck(self, state, worker, call, holder)
    }

    fn uses(&self) -> BTreeSet<(u32, bool)> {
        self.all_uses()
    }

    fn bytes(&self, state: &Rc<State>) -> usize {
        state.bytes()
    }

    fn prove(&mut self, state: &Rc<State>) -> Result<(), ExploreError> {
        self.jobs.iter_mut().zip(&state.locals).try_for_each(|(job, local)| job.prove(local.node))
    }

    fn follows_std(&self) -> bool {
        false
    }

    fn looped(&self) -> bool {
        self.looped
    }

    #[inline]
    fn forgets_above(&mut self, bytes: usize) -> bool {
        let too_many = self.jobs.iter().map(Job::known).sum::<usize>() > bytes / JOB_NODE_BYTES;
        if too_many {
            self.jobs.iter_mut().for_each(Job::forget);
        }
        too_many
    }
}

/// Tells what a worker did between two states.
fn tell(engine: &Engine, worker: usize, before: &State, after: &State, workers: &[String]) -> Option<Step> {
    let first = engine.present_call(before, worker)?;
    let job = &engine.jobs[worker];
    let (from, to) = (before.locals[worker].node, after.locals[worker].node);
    // The calls of the step: one, or several that belong together; none is complete if the worker began to wait.
    let mut past: Vec<(Call, Answer)> = Vec::new();
    let mut at = to;
    for (call, answer) in job.past(to) {
        if at == from {
            break;
        }
        past.push((call, answer));
        at = job.parent(at);
    }
    past.reverse();
    let told = past.iter().find(|(call, _)| !matches!(call.operation, Operation::Peek { .. })).or(past.first());
    let (call, answer) = told.map_or((first, None), |(call, answer)| (*call, Some(*answer)));
    let id = call.resource as usize;
    let touches = !call.is_sleep();
    let held = |state: &State| match (state.objects.get(id), engine.kinds.get(id)) {
        (Some(object), Some(kind)) if touches => {
            let at = index(&call);
            object.held(kind, at, &|owner| workers.get(owner as usize).cloned().unwrap_or_default())
        }
        _ => Content::Nothing,
    };
    let printed = job.effects(to).filter(|_| !past.is_empty()).map_or("", |effects| &effects.printed);
    Some(Step {
        worker: worker as u32 + 1,
        call: step_call(engine, &call, answer, result_of(&call, answer, engine.kinds.get(id))),
        resource: (touches && !call.is_task()).then_some(call.resource),
        before: held(before),
        after: held(after),
        position: Position::from_packed(call.line),
        printed: printed.lines().map(str::to_owned).collect(),
    })
}

/// What a worker is about to do, or how it has ended.
fn about_to(engine: &Engine, state: &State, worker: usize) -> StateLabel {
    let local = state.locals[worker];
    if let Some(why) = engine.rests(state, worker) {
        return why;
    }
    let call = match &engine.jobs[worker].node(local.node).next {
        Next::Asks(call) => call,
        Next::Ended(Ended::Code(code)) => return StateLabel::Ended(*code),
        Next::Ended(Ended::Panicked(panic)) => return StateLabel::Panicked(panic.message.clone()),
        Next::Ended(Ended::Failed(error)) => return StateLabel::Failed(error.clone()),
    };
    let id = call.resource as usize;
    let result = match (call.operation, state.objects.get(id)) {
        // It takes the chunk that is free now.
        (Operation::Claim, Some(ModelObject::Pool(pool))) => {
            result_of(call, Some(Answer::value(pool.claimed)), engine.kinds.get(id))
        }
        _ => CallResult::Done,
    };
    let (told, line) = (step_call(engine, call, None, result), Position::from_packed(call.line));
    if local.phase == Phase::Before { StateLabel::Next(told, line) } else { StateLabel::Waits(told, line) }
}

/// A model's worker's call with its answer, or one that is to come.
fn step_call(engine: &Engine, call: &Call, answer: Option<Answer>, result: CallResult) -> StepCall {
    let item = match call.operation {
        Operation::Put { .. } => call.item.into(),
        _ => answer.map_or(0, |answer| answer.value),
    };
    let bytes = current::with_items(|items| items.bytes(item).to_vec());
    told_call::step_call(engine.kinds.get(call.resource as usize), call, result, Some(&bytes))
}

/// What a worker that is stuck waits for.
fn stuck(engine: &Engine, state: &State, worker: u32, call: &Call, holder: Option<u32>) -> Stuck {
    let place = worker as usize - 1;
    let name = |id: u32| engine.kinds.get(id as usize).map_or_else(String::new, |kind| kind.name.clone());
    let round = engine.jobs[place].node(state.locals[place].node).round;
    let of_permits = matches!(state.objects.get(call.resource as usize), Some(ModelObject::Semaphore(_)));
    let awaits = match call.operation.waits_for(of_permits) {
        _ if round > 0 => WaitCondition::Change,
        condition => condition.unwrap_or(WaitCondition::Lock),
    };
    let holds = state.objects.held_by(worker).map(|id| name(id as u32)).collect();
    let (name, holder) = (name(call.resource), holder.filter(|_| round == 0));
    Stuck { worker, awaits, name, holder, holds, position: Position::from_packed(call.line) }
}
