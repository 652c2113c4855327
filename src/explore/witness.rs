//! One interleaving told step by step, each in an author's words.

use super::engine::{Engine, State};
use super::job::{Ended, Next};
use super::races::held;
use super::report::{Step, Stuck, Witness};
use super::rules::Phase;
use super::things::{Kind, Thing};
use super::{Id, Trouble, host};
use crate::abi;
use crate::executor::call::{Answer, Call, What};
use crate::plan::ScalarType;
use crate::shared::op::Op;

/// Behind a call that was not answered in its step.
pub const BEGINS_TO_WAIT: &str = " … begins to wait";

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
) -> Result<(Witness, State), Trouble> {
    let mut state = engine.start.clone();
    let (mut steps, mut preemptions, mut last) = (Vec::new(), 0, None);
    for (number, &who) in schedule.iter().enumerate() {
        let able = engine.able(&state);
        let worker = (who as usize).checked_sub(1).filter(|worker| able.can(*worker));
        let Some(worker) = worker else { return Err(Trouble::CannotGoOn { step: number + 1, worker: who }) };
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
    let told = past.iter().find(|(call, _)| !matches!(call.what, What::Peek { .. })).or(past.first());
    let (call, answer) = told.map_or((first, None), |(call, answer)| (*call, Some(*answer)));
    let id = call.resource as usize;
    let touches = !call.is_sleep();
    let text = |state: &State| match (state.things.get(id), engine.kinds.get(id)) {
        (Some(thing), Some(kind)) if touches => {
            let at = index(&call);
            thing.text(kind, at, |owner| workers.get(owner as usize).cloned().unwrap_or_default())
        }
        _ => String::new(),
    };
    let line = if call.line == abi::UNWINDING { 0 } else { call.line };
    let printed = job.aside(to).filter(|_| !past.is_empty()).map_or("", |aside| &aside.printed);
    Some(Step {
        worker: worker as u32 + 1,
        op: op(&call, answer),
        call: words(engine, &call, answer),
        resource: (touches && !call.is_task()).then_some(call.resource),
        before: text(before),
        after: text(after),
        line,
        printed: printed.lines().map(str::to_owned).collect(),
    })
}

/// What a worker is about to do, or how it has ended.
pub fn about_to(engine: &Engine, state: &State, worker: usize) -> String {
    let local = state.locals[worker];
    if let Some(why) = engine.rests(state, worker) {
        return why.to_owned();
    }
    let call = match &engine.jobs[worker].node(local.node).next {
        Next::Asks(call) => call,
        Next::Ended(Ended::Code(0)) => return "has ended".to_owned(),
        Next::Ended(Ended::Code(code)) => return format!("has ended with exit code {code}"),
        Next::Ended(Ended::Panicked(panic)) => return format!("has panicked: {}", panic.message),
    };
    let text = match call.what {
        What::Peek { .. } => {
            let name = engine.kinds.get(call.resource as usize).map_or("", |kind| kind.name.as_str());
            format!("{name}.fetch_add(…)")
        }
        What::Claim => match state.things.get(call.resource as usize) {
            Some(Thing::Pool { claimed, .. }) => words(engine, call, Some(Answer::value(*claimed))),
            _ => String::new(),
        },
        _ => words(engine, call, Some(Answer::status(abi::OK))).split(" → ").next().unwrap_or_default().to_owned(),
    };
    let waits = if local.phase == Phase::Before { "" } else { "waits in " };
    match call.line {
        0 | abi::UNWINDING => format!("{waits}{text}"),
        line => format!("{waits}{text}, line {line}"),
    }
}

/// The number of an array or a value that a call is about.
pub fn index(call: &Call) -> Option<u64> {
    match call.what {
        What::Load { index } | What::Peek { index } | What::Store { index, .. } => Some(index),
        What::SwapIf { .. } => Some(0),
        _ => None,
    }
}

pub fn op(call: &Call, answer: Option<Answer>) -> Op {
    if answer.is_some_and(|answer| answer.status != abi::OK) {
        return Op::GaveUp;
    }
    match call.what {
        What::Load { .. } | What::IsSet | What::Len => Op::Load,
        What::Store { .. } => Op::Store,
        What::Peek { .. } | What::SwapIf { .. } => Op::FetchAdd,
        What::Acquire { .. } => Op::Acquire,
        What::Release => Op::Release,
        What::Wait { .. } | What::Join { .. } => Op::Wait,
        What::Notify { .. } | What::Clear | What::Close | What::ItemDone => Op::Notify,
        What::Put { .. } => Op::Put,
        What::Get { .. } => Op::Get,
        What::Sleep { .. } => Op::Sleep,
        What::Pool { .. } | What::Claim | What::End { .. } => Op::Chunk,
        What::Complete { .. } => Op::Task,
    }
}

/// A call of a model's worker as an author would write it, with what came of it.
fn words(engine: &Engine, call: &Call, answer: Option<Answer>) -> String {
    if let What::Sleep { time } = call.what {
        return sleep_text(time);
    }
    let Some(kind) = engine.kinds.get(call.resource as usize) else { return String::new() };
    let item = match call.what {
        What::Put { item, .. } => item.into(),
        _ => answer.map_or(0, |answer| answer.value),
    };
    let bytes = || host::with_items(|items| items.bytes(item).to_vec());
    call_text(kind, call, answer, || item_text(kind, &bytes()))
}

/// A call as an author would write it, with what came of it. `item` tells the item that it is about, if it is about one.
pub fn call_text(kind: &Kind, call: &Call, answer: Option<Answer>, item: impl Fn() -> String) -> String {
    let name = &kind.name;
    let number = |bits: u64| kind.of.map_or_else(String::new, |of| of.text(bits));
    let element = |index: u64| if kind.is_array { index.to_string() } else { String::new() };
    let value = answer.map_or(0, |answer| answer.value);
    let result = match answer.map(|answer| answer.status) {
        None => BEGINS_TO_WAIT,
        Some(abi::OK) => "",
        Some(abi::TIMED_OUT) => " → not in time",
        Some(abi::CLOSED) => " → closed",
        Some(abi::OWNER_DIED) => " → its owner has ended",
        Some(abi::BROKEN) => " → broken",
        Some(_) => " → an error",
    };
    match call.what {
        What::Load { index } | What::Peek { index } => {
            format!("{name}.get({}) → {}", element(index), number(value))
        }
        What::Store { index, bits } if kind.is_array => format!("{name}.set({index}, {})", number(bits)),
        What::Store { bits, .. } => format!("{name}.set({})", number(bits)),
        What::SwapIf { old, new } => format!("{name}.fetch_add(…): {} → {}", number(old), number(new)),
        What::Acquire { .. } => format!("{name}.lock(){result}"),
        What::Release => format!("{name}.release(){result}"),
        What::Wait { .. } => format!("{name}.wait(){result}"),
        What::Notify { .. } if kind.is_event => format!("{name}.set()"),
        What::Notify { count: 1 } => format!("{name}.notify_one(){result}"),
        What::Notify { .. } => format!("{name}.notify_all(){result}"),
        What::Clear => format!("{name}.clear()"),
        What::IsSet => format!("{name}.is_set() → {}", value != 0),
        What::Put { .. } => format!("{name}.put({}){result}", item()),
        What::Get { .. } if answer.is_some_and(|answer| answer.status == abi::OK) => {
            format!("{name}.get() → {}", item())
        }
        What::Get { .. } => format!("{name}.get(){result}"),
        What::Len => format!("{name}.len() → {value}"),
        What::Close => format!("{name}.close()"),
        What::ItemDone => format!("{name}.task_done(){result}"),
        What::Join { .. } => format!("{name}.join(){result}"),
        What::Claim => {
            let tasks = kind.chunk(value);
            match tasks.end.saturating_sub(tasks.start) {
                0 | 1 => format!("takes task {}", tasks.start),
                _ => format!("takes tasks {} to {}", tasks.start, tasks.end - 1),
            }
        }
        What::Complete { task } => format!("completes task {task}"),
        What::Pool { .. } | What::End { .. } => String::new(),
        What::Sleep { time } => sleep_text(time),
    }
}

/// A nap as an author would write it.
pub fn sleep_text(time: i64) -> String {
    format!("sleep({:?})", std::time::Duration::from_nanos(time.unsigned_abs()))
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
    let of = name(call.resource);
    let round = engine.jobs[place].node(state.locals[place].node).round;
    let thing = state.things.get(call.resource as usize);
    let waits_for = match (call.what, thing) {
        _ if round > 0 => format!("a change of `{of}`, round and round"),
        (What::Acquire { .. }, Some(Thing::Semaphore { .. })) => format!("a permit of `{of}`"),
        (What::Put { .. }, _) => format!("room in `{of}`"),
        (What::Get { .. }, _) => format!("an item of `{of}`"),
        (What::Join { .. }, _) => format!("the items of `{of}` to be done"),
        (What::Wait { .. }, Some(Thing::Barrier { .. })) => format!("the others at `{of}`"),
        (What::Wait { .. }, Some(Thing::Condition { .. })) => format!("a notification of `{of}`"),
        _ => format!("`{of}`"),
    };
    let holds = held(state, place).into_iter().map(|Id(id)| name(id as u32)).collect();
    Stuck { worker, waits_for, holder: holder.filter(|_| round == 0), holds, loops: round > 0, line: call.line }
}
