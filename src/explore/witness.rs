//! One interleaving told step by step, each as an author would write it.

use super::engine::{Engine, State};
use super::job::{Ended, Next};
use super::model::ModelObject;
use super::races::held;
use super::semantics::Phase;
use super::told_call::{self, index, result_of};
use super::{ExploreError, Id, current};
use crate::host::{Answer, Call, Operation};
use crate::model::Content;
use crate::model::{CallResult, Position, StepCall, WaitCondition};
use crate::record::StateLabel;
use crate::record::explored::{Step, Stuck, Witness};

/// Follows a schedule, and where it is to be `told` does so with the jobs' own code and tells its steps. The state in which
/// it ends is given, too.
///
/// # Errors
/// If the code does not do what it did before, or the schedule names a worker that cannot go on.
pub fn follow(
    engine: &mut Engine,
    schedule: &[u32],
    workers: &[String],
    told: bool,
) -> Result<(Witness, State), ExploreError> {
    let mut state = engine.start.clone();
    let (mut steps, mut preemptions, mut last) = (Vec::new(), 0, None);
    for (number, &who) in schedule.iter().enumerate() {
        let able = engine.able(&state);
        let worker = (who as usize).checked_sub(1).filter(|worker| able.can(*worker));
        let Some(worker) = worker else { return Err(ExploreError::CannotGoOn { step: number + 1, worker: who }) };
        preemptions += u32::from(able.interrupts(last, worker));
        last = Some(worker);
        let before = told.then(|| state.clone());
        engine.step(&mut state, worker, able)?;
        steps.extend(before.and_then(|before| tell(engine, worker, &before, &state, workers)));
    }
    let nodes: Vec<_> = state.locals.iter().map(|local| local.node).collect();
    for (job, node) in engine.jobs.iter_mut().zip(nodes).filter(|_| told) {
        job.prove(node)?;
    }
    Ok((Witness { schedule: schedule.to_vec(), preemptions, steps }, state))
}

/// Tells what a worker did between two states.
pub fn tell(engine: &Engine, worker: usize, before: &State, after: &State, workers: &[String]) -> Option<Step> {
    let first = engine.call(before, worker)?;
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
            object.held(kind, at, |owner| workers.get(owner as usize).cloned().unwrap_or_default())
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
pub fn about_to(engine: &Engine, state: &State, worker: usize) -> StateLabel {
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
        (Operation::Claim, Some(ModelObject::Pool { claimed, .. })) => {
            result_of(call, Some(Answer::value(*claimed)), engine.kinds.get(id))
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
pub fn stuck(engine: &Engine, state: &State, worker: u32, call: &Call, holder: Option<u32>) -> Stuck {
    let place = worker as usize - 1;
    let name = |id: u32| engine.kinds.get(id as usize).map_or_else(String::new, |kind| kind.name.clone());
    let round = engine.jobs[place].node(state.locals[place].node).round;
    let of_permits = matches!(state.objects.get(call.resource as usize), Some(ModelObject::Semaphore { .. }));
    let awaits = match call.operation.waits_for(of_permits) {
        _ if round > 0 => WaitCondition::Change,
        condition => condition.unwrap_or(WaitCondition::Lock),
    };
    let holds = held(state, place).into_iter().map(|Id(id)| name(id as u32)).collect();
    let (name, holder) = (name(call.resource), holder.filter(|_| round == 0));
    Stuck { worker, awaits, name, holder, holds, position: Position::from_packed(call.line) }
}
