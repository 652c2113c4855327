//! Legal executions, made up: what workers did and when it took effect, and how nbrun would have noted it.
//!
//! It knows nothing of how pictures are drawn. The effects have one true order; the notes are made a moment before or after them,
//! mostly a short one, as the calls of nbrun make them.

use super::simulated_jobs::{
    ALL, ARRAY, BARRIER, CONDITION, Call, Chance, EVENT, MAX_QUEUE_SIZE, PARTIES, PERMITS, QUEUE, RACED, ROOM, SIGNAL,
    job,
};
use crate::model::{Action, Event, SyncError};
use crate::record::{Contents, Executor, ExitStatus, RunOutcome};
use crate::render::fixture::worker;
use std::collections::{BTreeSet, VecDeque};

struct Worker {
    calls: VecDeque<Call>,
    /// It does nothing before that.
    free_ns: u64,
    /// The number that it read last.
    read: i64,
    /// Since when it has been in a call that must wait, and whether it has been notified.
    since_ns: Option<u64>,
    is_notified: bool,
    /// The meeting that it has come to, and as which of those who meet.
    place: Option<(u64, u64)>,
    events: Vec<Event>,
    end_ns: Option<u64>,
    exit: ExitStatus,
}

/// The state of what is shared.
struct State {
    numbers: [[i64; 3]; 4],
    owners: [Option<usize>; ALL],
    permits: [u64; ALL],
    puts: u64,
    gets: u64,
    /// How often all have met, and how many are there for the next time.
    met: u64,
    arrived: u64,
    /// What made each lock free last, what set the event first, and what gave the permits that are there. A worker's end and
    /// what was there at first are nothing.
    freed: [Option<Noted>; ALL],
    set: Option<Noted>,
    given: [VecDeque<Option<Noted>>; ALL],
    ended: BTreeSet<Ended>,
}

/// What was held: what, by whom, from when until when.
pub type Held = (u32, usize, u64, u64);

/// Something that was noted: by whom, as a worker of the run, and when.
pub type Noted = (u32, u64);

/// What ended a wait, and the wait.
pub type Ended = (Noted, Noted);

/// Something that truly happened: to a worker, counted from 0, at one of its events.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// It came to the call.
    Came(usize, usize),
    /// The call took effect.
    Done(usize, usize),
    /// It ended, though it had not done all that it was to do.
    Ended(usize),
}

/// An execution: what was noted, and what truly happened.
pub struct Execution {
    /// The run.
    pub run: RunOutcome,
    /// Who held what from when until when, in truth.
    pub held: Vec<Held>,
    /// What ended waits, in truth.
    pub ended: BTreeSet<Ended>,
    /// How often all met at the barrier.
    pub met: u64,
    /// All that happened, in its true order.
    pub truth: Vec<Moment>,
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
        met: 0,
        arrived: 0,
        freed: [None; ALL],
        set: None,
        given: std::array::from_fn(|_| VecDeque::new()),
        ended: BTreeSet::new(),
    };
    state.permits[PERMITS as usize] = MAX_QUEUE_SIZE;
    state.given[PERMITS as usize].extend([None; MAX_QUEUE_SIZE as usize]);
    let before = contents(&state);
    let mut all: Vec<Worker> = (0..workers)
        .map(|_| Worker {
            calls: job(chance).into(),
            free_ns: 10_000 + chance.below(2_000),
            read: 0,
            since_ns: None,
            is_notified: false,
            place: None,
            events: Vec::new(),
            end_ns: None,
            exit: ExitStatus::Code(0),
        })
        .collect();
    let victim = (kills && chance.below(2) == 0).then(|| (chance.below(workers as u64) as usize, chance.below(40)));
    let (mut now, mut steps, mut held, mut open) = (10_000, 0, Vec::new(), [0; ALL]);
    let mut truth = Vec::new();
    loop {
        let ready: Vec<usize> = (0..workers).filter(|who| all[*who].end_ns.is_none()).collect();
        let able: Vec<usize> = ready.iter().copied().filter(|who| can(&all, *who, &state)).collect();
        // Who must wait has come to its call some time.
        let stuck: Vec<usize> =
            ready.iter().copied().filter(|who| all[*who].since_ns.is_none() && !able.contains(who)).collect();
        if let Some((who, after)) = victim.filter(|(who, after)| steps == *after && all[*who].end_ns.is_none()) {
            steps = after + 1;
            now = now.max(all[who].free_ns) + 1;
            end(&mut all[who], now, ExitStatus::Signaled { signal: 9, name: "SIGKILL".into(), stack_overflow: false });
            truth.push(Moment::Ended(who));
            for (id, owner) in state.owners.iter_mut().enumerate().filter(|(_, owner)| **owner == Some(who)) {
                held.push((id as u32, who, open[id], now));
                *owner = None;
                state.freed[id] = None;
            }
            if all[who].place.take().is_some_and(|(meeting, _)| meeting == state.met) {
                state.arrived -= 1;
            }
            continue;
        }
        let choices = if stuck.is_empty() { &able } else { &stuck };
        if choices.is_empty() {
            now += 50_000;
            for who in ready {
                end(&mut all[who], now, ExitStatus::Deadlocked);
                truth.push(Moment::Ended(who));
            }
            let held_on = state.owners.iter().enumerate().filter_map(|(id, owner)| Some((id, (*owner)?)));
            held.extend(held_on.map(|(id, who)| (id as u32, who, open[id], now)));
            break;
        }
        let who = choices[chance.below(choices.len() as u64) as usize];
        now = (now + 1 + chance.below(400)).max(all[who].free_ns + 1);
        steps += 1;
        if all[who].since_ns.is_none() {
            truth.push(Moment::Came(who, all[who].events.len()));
        }
        if stuck.contains(&who) {
            // It begins to wait; a condition's lock is free from here on.
            let begun = all[who].free_ns + chance.below(now - all[who].free_ns);
            all[who].since_ns = Some(begun);
            if all[who].calls.front() == Some(&Call::Meet) {
                all[who].place = Some((state.met, state.arrived));
                state.arrived += 1;
            }
            if all[who].calls.front() == Some(&Call::Wait) {
                state.owners[CONDITION as usize] = None;
                state.freed[CONDITION as usize] = Some((who as u32 + 1, begun));
                held.push((CONDITION, who, open[CONDITION as usize], now));
            }
            continue;
        }
        truth.push(Moment::Done(who, all[who].events.len()));
        step(chance, &mut all, who, &mut state, now, (&mut held, &mut open));
        if all[who].calls.is_empty() {
            let end_ns = all[who].free_ns + chance.below(300);
            end(&mut all[who], end_ns, ExitStatus::Code(0));
        }
        if all.iter().all(|worker| worker.end_ns.is_some()) {
            break;
        }
    }
    let after = contents(&state);
    let contents = before.into_iter().zip(after);
    let contents = contents.map(|((resource, before), (_, after))| Contents { resource, before, after }).collect();
    Execution { run: noted(all, contents, most), held, ended: state.ended, met: state.met, truth }
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
        Some(Call::Await) => state.set.is_some(),
        Some(Call::Meet) => match all[who].place {
            Some((meeting, _)) => meeting < state.met,
            None => state.arrived + 1 == PARTIES,
        },
        _ => true,
    }
}

/// A worker ends; a wait is cut short.
fn end(worker: &mut Worker, now: u64, exit: ExitStatus) {
    if let (Some(since), Some(call)) = (worker.since_ns, worker.calls.front()) {
        let resource = match call {
            Call::Acquire(id) => *id,
            Call::Wait => CONDITION,
            Call::Await => EVENT,
            Call::Meet => BARRIER,
            _ => QUEUE,
        };
        worker.events.push(event(since, now - since, Action::GiveUp { reason: SyncError::Cancelled }, Some(resource)));
    }
    (worker.end_ns, worker.exit) = (Some(now), exit);
}

fn event(at_ns: u64, duration_ns: u64, action: Action, resource: Option<u32>) -> Event {
    Event { worker: 0, at_ns, duration_ns, action, resource, position: None, ordering: None }
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
    let mut noted = |at, duration, action, resource| all[who].events.push(event(at, duration, action, resource));
    let mut free_ns = now;
    let mine = (who as u32 + 1, begun);
    let waited = |giver: Option<Noted>| giver.filter(|_| since.is_some()).map(|giver| (giver, mine));
    match call {
        Call::Load(id, element) => {
            let number = state.numbers[id as usize][element as usize];
            noted(before, 0, Action::Load { index: element, bits: number as u64 }, Some(id));
            all[who].read = number;
        }
        Call::Store(id, element) => {
            let number = all[who].read + 1;
            state.numbers[id as usize][element as usize] = number;
            all[who].events.push(event(after, 0, Action::Store { index: element, bits: number as u64 }, Some(id)));
            free_ns = after;
        }
        Call::Add(id) => {
            let number = &mut state.numbers[id as usize][0];
            let action = Action::Update { before: *number as u64, after: (*number + 1) as u64 };
            noted(after, 0, action, Some(id));
            *number += 1;
            free_ns = after;
        }
        Call::Acquire(id) => {
            noted(begun, slept, Action::Acquire, Some(id));
            match id {
                PERMITS | SIGNAL => {
                    state.permits[id as usize] -= 1;
                    let giver = state.given[id as usize].pop_front().flatten();
                    state.ended.extend(waited(giver));
                }
                _ => (state.owners[id as usize], open[id as usize]) = (Some(who), now),
            }
            if !matches!(id, PERMITS | SIGNAL) {
                state.ended.extend(waited(state.freed[id as usize]));
            }
        }
        Call::Release(id) => {
            noted(before, 0, Action::Release, Some(id));
            let giver = Some((who as u32 + 1, before));
            match id {
                PERMITS | SIGNAL => {
                    state.permits[id as usize] += 1;
                    state.given[id as usize].push_back(giver);
                }
                _ => {
                    state.owners[id as usize] = None;
                    state.freed[id as usize] = giver;
                    held.push((id, who, open[id as usize], now));
                }
            }
        }
        Call::Wait => {
            noted(begun, slept, Action::WaitNotified, Some(CONDITION));
            (state.owners[CONDITION as usize], open[CONDITION as usize]) = (Some(who), now);
            state.ended.extend(waited(state.freed[CONDITION as usize]));
            all[who].is_notified = false;
        }
        Call::Notify => {
            noted(before, 0, Action::Notify { count: 1 }, Some(CONDITION));
            let waits = |worker: &Worker| worker.calls.front() == Some(&Call::Wait) && worker.since_ns.is_some();
            if let Some(other) = all.iter_mut().find(|worker| waits(worker) && !worker.is_notified) {
                other.is_notified = true;
            }
        }
        Call::Put => {
            noted(begun, slept, Action::Put { item: state.puts, len: 0 }, Some(QUEUE));
            state.puts += 1;
        }
        Call::Get => {
            noted(begun, slept, Action::Get { item: state.gets, len: 0 }, Some(QUEUE));
            state.gets += 1;
        }
        Call::Set => {
            noted(before, 0, Action::Set, Some(EVENT));
            state.set = state.set.or(Some((who as u32 + 1, before)));
        }
        Call::Await => {
            noted(begun, slept, Action::WaitEvent, Some(EVENT));
            state.ended.extend(waited(state.set));
        }
        Call::Meet => {
            let place = all[who].place.take().map_or(PARTIES - 1, |(_, place)| place);
            all[who].events.push(event(begun, slept, Action::Meet { place }, Some(BARRIER)));
            if since.is_none() {
                (state.met, state.arrived) = (state.met + 1, 0);
            }
        }
        Call::Sleep => {
            let length = chance.below(100_000);
            noted(now, length, Action::Sleep, None);
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
