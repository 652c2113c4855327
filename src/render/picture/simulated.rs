//! Legal executions, made up: what workers did and when it took effect, and how nbrun would have noted it.
//!
//! It knows nothing of how pictures are drawn. The effects have one true order; the notes are made a moment before or after them,
//! mostly a short one, as the calls of nbrun make them.

use crate::record::{Contents, Event, Executor, Exit, LockKind, Op, ResourceState, RunOutcome, ScalarType, Shape};
use crate::render::fixture::{resource, worker};
use std::collections::VecDeque;

/// Numbers by chance, the same for the same seed.
pub struct Chance(pub u64);

impl Chance {
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end.max(1)
    }

    /// How long a moment is: mostly short, and sometimes a worker loses its core in it.
    fn moment(&mut self) -> u64 {
        match self.below(20) {
            0 => self.below(3_000_000),
            _ => self.below(600),
        }
    }
}

/// What is shared: by these ids.
pub const RACED: u32 = 0;
pub const ADDED: u32 = 1;
pub const GUARDED: u32 = 2;
pub const ARRAY: u32 = 3;
pub const QUEUE: u32 = 4;
pub const LOCK: u32 = 5;
pub const CONDITION: u32 = 6;
pub const PERMITS: u32 = 7;
pub const SIGNAL: u32 = 8;
pub const EVENT: u32 = 9;
const ALL: usize = 10;

/// How many items fit into the queue, and how many permits there are.
pub const ROOM: u64 = 3;
pub const MOST: u64 = 2;

/// The shared things, with their shapes.
pub fn resources() -> Vec<ResourceState> {
    let number = Shape::Value(ScalarType::I64);
    let shapes: [(&str, Shape); ALL] = [
        ("raced", number),
        ("added", number),
        ("guarded", number),
        ("array", Shape::Array { of: ScalarType::I64, len: 3 }),
        ("queue", Shape::Queue { maxsize: Some(ROOM) }),
        ("lock", Shape::Lock(LockKind::Lock)),
        ("condition", Shape::Lock(LockKind::Condition)),
        ("permits", Shape::Lock(LockKind::Semaphore(MOST as u32))),
        ("signal", Shape::Lock(LockKind::Semaphore(0))),
        ("event", Shape::Lock(LockKind::Event)),
    ];
    let make =
        |(id, (name, shape)): (usize, (&str, Shape))| ResourceState { shape, ..resource(id as u32, name, "", "") };
    shapes.into_iter().enumerate().map(make).collect()
}

/// One call of a job.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Call {
    Load(u32, u64),
    /// Writes one more than was read last.
    Store(u32, u64),
    Add(u32),
    Acquire(u32),
    Release(u32),
    Wait,
    Notify,
    Put,
    Get,
    Set,
    Await,
    Sleep,
}

/// What a job does, one thing after another.
fn job(chance: &mut Chance) -> Vec<Call> {
    let mut calls = Vec::new();
    for _ in 0..chance.below(12) + 1 {
        let element = chance.below(3);
        let more: &[Call] = match chance.below(13) {
            0..3 => &[Call::Load(RACED, 0), Call::Store(RACED, 0)],
            3 => &[Call::Add(ADDED), Call::Add(ADDED)],
            4 => &[Call::Acquire(LOCK), Call::Load(GUARDED, 0), Call::Store(GUARDED, 0), Call::Release(LOCK)],
            5 => &[Call::Load(ARRAY, element), Call::Store(ARRAY, element)],
            6 => &[Call::Put, Call::Put],
            7 => &[Call::Get],
            8 => &[Call::Acquire(PERMITS), Call::Sleep, Call::Release(PERMITS)],
            9 => match chance.below(3) {
                0 => &[Call::Acquire(CONDITION), Call::Wait, Call::Release(CONDITION)],
                _ => &[Call::Acquire(CONDITION), Call::Notify, Call::Release(CONDITION)],
            },
            10 => match chance.below(2) {
                0 => &[Call::Acquire(SIGNAL)],
                _ => &[Call::Release(SIGNAL)],
            },
            11 => match chance.below(3) {
                0 => &[Call::Await],
                _ => &[Call::Set],
            },
            _ => &[Call::Sleep, Call::Load(RACED, 0)],
        };
        calls.extend_from_slice(more);
    }
    calls
}

struct Worker {
    calls: VecDeque<Call>,
    /// It does nothing before that.
    free_ns: u64,
    /// The number that it read last.
    read: i64,
    /// Since when it has been in a call that must wait, and whether it has been notified.
    since_ns: Option<u64>,
    is_notified: bool,
    events: Vec<Event>,
    end_ns: Option<u64>,
    exit: Exit,
}

/// The state of what is shared.
struct State {
    numbers: [[i64; 3]; 4],
    owners: [Option<usize>; ALL],
    permits: [u64; ALL],
    puts: u64,
    gets: u64,
    is_set: bool,
}

/// What was held: what, by whom, from when until when.
pub type Held = (u32, usize, u64, u64);

/// An execution: what was noted, and what truly happened.
pub struct Execution {
    /// The run.
    pub run: RunOutcome,
    /// Who held what from when until when, in truth.
    pub held: Vec<Held>,
}

/// An execution of jobs that are made up. `kills` says whether a worker may be killed, `most` how many events of each are kept.
pub fn execution(chance: &mut Chance, kills: bool, most: usize) -> Execution {
    let workers = chance.below(4) as usize + 2;
    let lead = chance.below(3);
    let mut state = State {
        numbers: [[0; 3]; 4].map(|row: [i64; 3]| row.map(|_| chance.below(5) as i64)),
        owners: [None; ALL],
        permits: [0; ALL],
        puts: 7 + lead,
        gets: 7,
        is_set: false,
    };
    state.permits[PERMITS as usize] = MOST;
    let before = contents(&state);
    let mut all: Vec<Worker> = (0..workers)
        .map(|_| Worker {
            calls: job(chance).into(),
            free_ns: 10_000 + chance.below(2_000),
            read: 0,
            since_ns: None,
            is_notified: false,
            events: Vec::new(),
            end_ns: None,
            exit: Exit::Code(0),
        })
        .collect();
    let victim = (kills && chance.below(2) == 0).then(|| (chance.below(workers as u64) as usize, chance.below(40)));
    let (mut now, mut steps, mut held, mut open) = (10_000, 0, Vec::new(), [0; ALL]);
    loop {
        let ready: Vec<usize> = (0..workers).filter(|who| all[*who].end_ns.is_none()).collect();
        let able: Vec<usize> = ready.iter().copied().filter(|who| can(&all, *who, &state)).collect();
        // Who must wait has come to its call some time.
        let stuck: Vec<usize> =
            ready.iter().copied().filter(|who| all[*who].since_ns.is_none() && !able.contains(who)).collect();
        if let Some((who, after)) = victim.filter(|(who, after)| steps == *after && all[*who].end_ns.is_none()) {
            steps = after + 1;
            now = now.max(all[who].free_ns) + 1;
            end(&mut all[who], now, Exit::Signaled { signal: 9, name: "SIGKILL".into(), stack_overflow: false });
            for (id, owner) in state.owners.iter_mut().enumerate().filter(|(_, owner)| **owner == Some(who)) {
                held.push((id as u32, who, open[id], now));
                *owner = None;
            }
            continue;
        }
        let choices = if stuck.is_empty() { &able } else { &stuck };
        if choices.is_empty() {
            now += 50_000;
            for who in ready {
                end(&mut all[who], now, Exit::Deadlocked);
            }
            let held_on = state.owners.iter().enumerate().filter_map(|(id, owner)| Some((id, (*owner)?)));
            held.extend(held_on.map(|(id, who)| (id as u32, who, open[id], now)));
            break;
        }
        let who = choices[chance.below(choices.len() as u64) as usize];
        now = (now + 1 + chance.below(400)).max(all[who].free_ns + 1);
        steps += 1;
        if stuck.contains(&who) {
            // It begins to wait; a condition's lock is free from here on.
            let begun = all[who].free_ns + chance.below(now - all[who].free_ns);
            all[who].since_ns = Some(begun);
            if all[who].calls.front() == Some(&Call::Wait) {
                state.owners[CONDITION as usize] = None;
                held.push((CONDITION, who, open[CONDITION as usize], now));
            }
            continue;
        }
        step(chance, &mut all, who, &mut state, now, (&mut held, &mut open));
        if all[who].calls.is_empty() {
            let end_ns = all[who].free_ns + chance.below(300);
            end(&mut all[who], end_ns, Exit::Code(0));
        }
        if all.iter().all(|worker| worker.end_ns.is_some()) {
            break;
        }
    }
    let after = contents(&state);
    let contents = before.into_iter().zip(after);
    let contents = contents.map(|((resource, before), (_, after))| Contents { resource, before, after }).collect();
    Execution { run: noted(all, contents, most), held }
}

/// The numbers that a run notes of what is shared.
fn contents(state: &State) -> Vec<(u32, Vec<u64>)> {
    let bits = |numbers: &[i64]| numbers.iter().map(|number| *number as u64).collect();
    let mut all: Vec<(u32, Vec<u64>)> = (RACED..ARRAY).map(|id| (id, bits(&state.numbers[id as usize][..1]))).collect();
    all.push((ARRAY, bits(&state.numbers[ARRAY as usize])));
    all.push((QUEUE, vec![state.puts - state.gets]));
    all.extend([PERMITS, SIGNAL].map(|id| (id, vec![state.permits[id as usize]])));
    all
}

/// Whether a worker can take its next call to its end.
fn can(all: &[Worker], who: usize, state: &State) -> bool {
    match all[who].calls.front() {
        Some(Call::Acquire(id @ (PERMITS | SIGNAL))) => state.permits[*id as usize] > 0,
        Some(Call::Acquire(id)) => state.owners[*id as usize].is_none(),
        Some(Call::Wait) => {
            all[who].since_ns.is_some() && all[who].is_notified && state.owners[CONDITION as usize].is_none()
        }
        Some(Call::Put) => state.puts - state.gets < ROOM,
        Some(Call::Get) => state.puts > state.gets,
        Some(Call::Await) => state.is_set,
        _ => true,
    }
}

/// A worker ends; a wait is cut short.
fn end(worker: &mut Worker, now: u64, exit: Exit) {
    if let (Some(since), Some(call)) = (worker.since_ns, worker.calls.front()) {
        let resource = match call {
            Call::Acquire(id) => *id,
            Call::Wait => CONDITION,
            Call::Await => EVENT,
            _ => QUEUE,
        };
        worker.events.push(event(since, now - since, Op::GaveUp, Some(resource), 0, Op::ENDED));
    }
    (worker.end_ns, worker.exit) = (Some(now), exit);
}

fn event(at_ns: u64, duration_ns: u64, op: Op, resource: Option<u32>, a: u64, b: u64) -> Event {
    Event { worker: 0, at_ns, duration_ns, op, resource, a, b, line: 1 }
}

/// Takes a worker's next call, whose effect is now, and notes it as nbrun would.
fn step(
    chance: &mut Chance,
    all: &mut [Worker],
    who: usize,
    state: &mut State,
    now: u64,
    (held, open): (&mut Vec<Held>, &mut [u64; ALL]),
) {
    let Some(call) = all[who].calls.pop_front() else { return };
    let (since, free_ns) = (all[who].since_ns.take(), all[who].free_ns);
    let before = now - chance.moment().min(now - free_ns);
    let after = now + chance.moment();
    // A wait is noted with the time that its worker slept, which is less than the wait.
    let begun = since.unwrap_or(before);
    let slept = since.map_or(0, |since| (now - since).saturating_sub(chance.moment()));
    let mut noted = |at, duration, op, resource, a, b| all[who].events.push(event(at, duration, op, resource, a, b));
    let mut free_ns = now;
    match call {
        Call::Load(id, element) => {
            let number = state.numbers[id as usize][element as usize];
            noted(before, 0, Op::Load, Some(id), element, number as u64);
            all[who].read = number;
        }
        Call::Store(id, element) => {
            let number = all[who].read + 1;
            state.numbers[id as usize][element as usize] = number;
            all[who].events.push(event(after, 0, Op::Store, Some(id), element, number as u64));
            free_ns = after;
        }
        Call::Add(id) => {
            let number = &mut state.numbers[id as usize][0];
            noted(after, 0, Op::FetchAdd, Some(id), *number as u64, (*number + 1) as u64);
            *number += 1;
            free_ns = after;
        }
        Call::Acquire(id) => {
            noted(begun, slept, Op::Acquire, Some(id), 0, 0);
            match id {
                PERMITS | SIGNAL => state.permits[id as usize] -= 1,
                _ => (state.owners[id as usize], open[id as usize]) = (Some(who), now),
            }
        }
        Call::Release(id) => {
            noted(before, 0, Op::Release, Some(id), 0, 0);
            match id {
                PERMITS | SIGNAL => state.permits[id as usize] += 1,
                _ => {
                    state.owners[id as usize] = None;
                    held.push((id, who, open[id as usize], now));
                }
            }
        }
        Call::Wait => {
            noted(begun, slept, Op::Wait, Some(CONDITION), 0, 0);
            (state.owners[CONDITION as usize], open[CONDITION as usize]) = (Some(who), now);
            all[who].is_notified = false;
        }
        Call::Notify => {
            noted(before, 0, Op::Notify, Some(CONDITION), 1, 0);
            let waits = |worker: &Worker| worker.calls.front() == Some(&Call::Wait) && worker.since_ns.is_some();
            if let Some(other) = all.iter_mut().find(|worker| waits(worker) && !worker.is_notified) {
                other.is_notified = true;
            }
        }
        Call::Put => {
            noted(begun, slept, Op::Put, Some(QUEUE), state.puts, 0);
            state.puts += 1;
        }
        Call::Get => {
            noted(begun, slept, Op::Get, Some(QUEUE), state.gets, 0);
            state.gets += 1;
        }
        Call::Set => {
            noted(before, 0, Op::Notify, Some(EVENT), 0, 0);
            state.is_set = true;
        }
        Call::Await => noted(begun, slept, Op::Wait, Some(EVENT), 0, 0),
        Call::Sleep => {
            let length = chance.below(100_000);
            noted(now, length, Op::Sleep, None, 0, 0);
            free_ns = now + length;
        }
    }
    all[who].free_ns = free_ns + 1;
}

/// The run as it is noted: of each worker the first events, as many as are kept.
fn noted(all: Vec<Worker>, contents: Vec<Contents>, most: usize) -> RunOutcome {
    let end_ns = all.iter().filter_map(|worker| worker.end_ns).max().unwrap_or(0) + 1_000;
    let mut run = RunOutcome { wall_ns: end_ns, contents, ..RunOutcome::default() };
    run.workers.push(worker("main", Executor::Normal, 0, end_ns));
    for (number, one) in all.into_iter().enumerate() {
        let mut outcome = worker(&format!("w-{}", number + 1), Executor::Thread, 9_000, one.end_ns.unwrap_or(0));
        outcome.dropped = one.events.len().saturating_sub(most) as u64;
        outcome.exit = one.exit;
        run.trace_dropped += outcome.dropped;
        let number = number as u32 + 1;
        run.trace.extend(one.events.into_iter().take(most).map(|event| Event { worker: number, ..event }));
        run.workers.push(outcome);
    }
    run.trace.sort_by_key(|event| event.at_ns);
    run
}
