//! One interleaving told step by step, each as an author would write it.

use super::engine::{Engine, State};
use super::job::{Ended, Next};
use super::model::{Kind, ModelObject};
use super::races::held;
use super::report::{CallResult, Deed, StateLabel, Step, Stuck, Witness};
use super::semantics::Phase;
use super::{ExploreError, Id, current};
use crate::abi;
use crate::host::{Answer, Call, Operation};
use crate::model::{Op, ScalarType, WaitCondition};
use crate::shared::content::Content;

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
    let line = call.line;
    let printed = job.effects(to).filter(|_| !past.is_empty()).map_or("", |effects| &effects.printed);
    Some(Step {
        worker: worker as u32 + 1,
        op: op(&call, answer),
        deed: deed_of(engine, &call, answer),
        resource: (touches && !call.is_task()).then_some(call.resource),
        before: held(before),
        after: held(after),
        line,
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
    let deed = match call.operation {
        Operation::Peek { .. } => {
            let name = engine.kinds.get(call.resource as usize).map_or("", |kind| kind.name.as_str());
            Deed::Call(format!("{name}.fetch_add(…)"), CallResult::Well)
        }
        Operation::Claim => match state.objects.get(call.resource as usize) {
            Some(ModelObject::Pool { claimed, .. }) => deed_of(engine, call, Some(Answer::value(*claimed))),
            _ => nothing(),
        },
        _ => match deed_of(engine, call, Some(Answer::status(abi::OK))) {
            Deed::Call(call, came) => Deed::Call(call.split(" → ").next().unwrap_or_default().to_owned(), came),
            other => other,
        },
    };
    let line = call.line;
    if local.phase == Phase::Before { StateLabel::Next(deed, line) } else { StateLabel::Waits(deed, line) }
}

/// The number of an array or a value that a call is about.
pub fn index(call: &Call) -> Option<u64> {
    match call.operation {
        Operation::Load { index } | Operation::Peek { index } | Operation::Store { index, .. } => Some(index),
        Operation::SwapIf { .. } => Some(0),
        _ => None,
    }
}

pub fn op(call: &Call, answer: Option<Answer>) -> Op {
    if answer.is_some_and(|answer| answer.status != abi::OK) {
        return Op::GaveUp;
    }
    match call.operation {
        Operation::Load { .. } | Operation::IsSet | Operation::Len => Op::Load,
        Operation::Store { .. } => Op::Store,
        Operation::Peek { .. } | Operation::SwapIf { .. } => Op::FetchAdd,
        Operation::Acquire { .. } => Op::Acquire,
        Operation::Release { .. } => Op::Release,
        Operation::Wait { .. } | Operation::Join { .. } => Op::Wait,
        Operation::Notify { .. } | Operation::Close | Operation::ItemDone => Op::Notify,
        Operation::Clear => Op::Clear,
        Operation::Put { .. } => Op::Put,
        Operation::Get { .. } => Op::Get,
        Operation::Sleep { .. } => Op::Sleep,
        Operation::Pool { .. } | Operation::Claim | Operation::End { .. } => Op::Chunk,
        Operation::Complete { .. } => Op::Task,
    }
}

/// What a model's worker does in a call.
fn deed_of(engine: &Engine, call: &Call, answer: Option<Answer>) -> Deed {
    if let Operation::Sleep { time } = call.operation {
        return Deed::Call(sleep_text(time), CallResult::Well);
    }
    let Some(kind) = engine.kinds.get(call.resource as usize) else { return nothing() };
    let item = match call.operation {
        Operation::Put { item, .. } => item.into(),
        _ => answer.map_or(0, |answer| answer.value),
    };
    let bytes = || current::with_items(|items| items.bytes(item).to_vec());
    deed(kind, call, answer, || item_text(kind, &bytes()))
}

fn nothing() -> Deed {
    Deed::Call(String::new(), CallResult::Well)
}

/// What a worker does in a call, with what came of it. `item` tells the item that it is about, if it is about one.
pub fn deed(kind: &Kind, call: &Call, answer: Option<Answer>, item: impl Fn() -> String) -> Deed {
    let name = &kind.name;
    let number = |bits: u64| kind.of.map_or_else(String::new, |of| of.text(bits));
    let element = |index: u64| if kind.is_array { index.to_string() } else { String::new() };
    let value = answer.map_or(0, |answer| answer.value);
    let came = match answer.map(|answer| answer.status) {
        None => CallResult::Waits,
        Some(abi::OK) => CallResult::Well,
        Some(abi::TIMED_OUT) => CallResult::NotInTime,
        Some(abi::CLOSED) => CallResult::Closed,
        Some(abi::OWNER_DIED) => CallResult::OwnerDied,
        Some(abi::BROKEN) => CallResult::Broken,
        Some(_) => CallResult::Failed,
    };
    let well = |text: String| Deed::Call(text, CallResult::Well);
    let so = |text: String| Deed::Call(text, came);
    match call.operation {
        Operation::Load { index } | Operation::Peek { index } => {
            well(format!("{name}.get({}) → {}", element(index), number(value)))
        }
        Operation::Store { index, bits } if kind.is_array => well(format!("{name}.set({index}, {})", number(bits))),
        Operation::Store { bits, .. } => well(format!("{name}.set({})", number(bits))),
        Operation::SwapIf { old, new } => well(format!("{name}.fetch_add(…): {} → {}", number(old), number(new))),
        Operation::Acquire { limit, guarded: true } => so(format!("{name}.{}", within("lock", limit, ""))),
        Operation::Acquire { limit, guarded: false } => so(format!("{name}.{}", within("acquire", limit, ""))),
        Operation::Release { .. } => so(format!("{name}.release()")),
        Operation::Wait { limit: 0 } => so(format!("{name}.wait_timeout(0)")),
        Operation::Wait { limit } => so(format!("{name}.{}", within("wait", limit, ""))),
        Operation::Notify { .. } if kind.is_event => well(format!("{name}.set()")),
        Operation::Notify { count: 1 } => so(format!("{name}.notify_one()")),
        Operation::Notify { .. } => so(format!("{name}.notify_all()")),
        Operation::Clear => well(format!("{name}.clear()")),
        Operation::IsSet => well(format!("{name}.is_set() → {}", value != 0)),
        Operation::Put { limit, .. } => so(format!("{name}.{}", within("put", limit, &item()))),
        Operation::Get { limit } if came == CallResult::Well => {
            well(format!("{name}.{} → {}", within("get", limit, ""), item()))
        }
        Operation::Get { limit } => so(format!("{name}.{}", within("get", limit, ""))),
        Operation::Len => well(format!("{name}.len() → {value}")),
        Operation::Close => well(format!("{name}.close()")),
        Operation::ItemDone => so(format!("{name}.task_done()")),
        Operation::Join { .. } => so(format!("{name}.join()")),
        Operation::Claim => {
            let tasks = kind.chunk(value);
            Deed::Takes(tasks.start, tasks.end.saturating_sub(1).max(tasks.start))
        }
        Operation::Complete { task } => Deed::Completes(task),
        Operation::Pool { .. } | Operation::End { .. } => nothing(),
        Operation::Sleep { time } => well(sleep_text(time)),
    }
}

/// A call of this name that may wait so long, as an author would write it.
fn within(call: &str, limit: i64, item: &str) -> String {
    match limit {
        ..0 => format!("{call}({item})"),
        0 => format!("try_{call}({item})"),
        _ if item.is_empty() => format!("{call}_timeout({})", seconds(limit)),
        _ => format!("{call}_timeout({item}, {})", seconds(limit)),
    }
}

/// So many nanoseconds in seconds, as an author would write them.
fn seconds(ns: i64) -> String {
    (ns.unsigned_abs() as f64 / 1e9).to_string()
}

/// A nap as an author would write it.
pub fn sleep_text(time: i64) -> String {
    format!("sleep({})", seconds(time))
}

/// An item, where its type is one whose bytes are known here.
pub fn item_text(kind: &Kind, bytes: &[u8]) -> String {
    let bits = bytes.iter().rev().fold(0, |bits: u64, byte| bits.wrapping_shl(8) | u64::from(*byte));
    let of = kind.item.as_deref().and_then(|item| ScalarType::parse(item).filter(|of| of.rust_name() == item));
    match of {
        Some(of) if of.size() == bytes.len() => of.text(bits),
        _ => "…".to_owned(),
    }
}

/// What a worker that is stuck waits for.
pub fn stuck(engine: &Engine, state: &State, worker: u32, call: &Call, holder: Option<u32>) -> Stuck {
    let place = worker as usize - 1;
    let name = |id: u32| engine.kinds.get(id as usize).map_or_else(String::new, |kind| kind.name.clone());
    let round = engine.jobs[place].node(state.locals[place].node).round;
    let awaits = match (call.operation, state.objects.get(call.resource as usize)) {
        _ if round > 0 => WaitCondition::Change,
        (Operation::Acquire { .. }, Some(ModelObject::Semaphore { .. })) => WaitCondition::Permit,
        (Operation::Put { .. }, _) => WaitCondition::Room,
        (Operation::Get { .. }, _) => WaitCondition::Item,
        (Operation::Join { .. }, _) => WaitCondition::ItemsDone,
        (Operation::Wait { .. }, Some(ModelObject::Barrier { .. })) => WaitCondition::Parties,
        (Operation::Wait { .. }, Some(ModelObject::Condition { .. })) => WaitCondition::Notification,
        (Operation::Wait { .. }, Some(ModelObject::Event { .. })) => WaitCondition::Event,
        _ => WaitCondition::Lock,
    };
    let holds = held(state, place).into_iter().map(|Id(id)| name(id as u32)).collect();
    let (name, holder) = (name(call.resource), holder.filter(|_| round == 0));
    Stuck { worker, awaits, name, holder, holds, line: call.line }
}
