//! A state of a cell, and how it goes on: who can take a step, and what comes of it.

use super::fiber::{Entry, Panic};
use super::job::{Ended, Job, Next, NodeId, ROOT};
use super::rules::{self, Effect, Phase, Ready};
use super::things::{Kind, Thing};
use super::{Ending, Trouble};
use crate::abi;
use crate::executor::call::{Answer, Call, What};
use std::collections::HashMap;

/// The most workers of a cell that is explored.
pub const MOST_WORKERS: usize = 32;

/// How many calls a job may make after nobody else can do anything before it counts as going round for ever.
const PATIENCE: u32 = 200;

/// Where a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Local {
    /// What it has been told so far.
    pub node: NodeId,
    /// How far it is in its present call.
    pub phase: Phase,
    /// How much time its present call has left, in nanoseconds.
    pub left: u64,
}

/// A state of the whole cell. Workers stand in order, the first job's first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// Where each worker is.
    pub locals: Vec<Local>,
    /// What is shared.
    pub things: Vec<Thing>,
    /// How many calls have been made since nobody had anything to do but to go round.
    pub idle: u32,
}

/// Who can take the next step, as sets of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Able {
    /// Everybody who can.
    pub all: u32,
    /// Those of them for whom only time passes.
    pub in_time: u32,
    /// Whether somebody is left out who would only ask the same again.
    pub looping: bool,
}

impl Able {
    /// The workers' places, in order.
    pub fn workers(self) -> impl Iterator<Item = usize> {
        (0..MOST_WORKERS).filter(move |worker| self.all >> worker & 1 == 1)
    }

    /// Whether it is an interruption to let another go on instead of `worker`.
    pub fn would_go_on(self, worker: usize) -> bool {
        (self.all & !self.in_time) >> worker & 1 == 1
    }
}

/// A cell that can be taken from state to state.
pub struct Engine {
    /// What is known of each job.
    pub jobs: Vec<Job>,
    /// What never changes about the resources.
    pub kinds: Vec<Kind>,
    /// The state at the beginning.
    pub start: State,
    /// The entry points of what is shown, and of what must hold.
    main: [Vec<Entry>; 2],
    /// What main has found for what was shared at an end.
    endings: HashMap<Vec<Thing>, MainSaw>,
    /// Whether a loop that only asks was not followed round by round.
    pub looped: bool,
}

/// What main finds when all have been joined.
#[derive(Debug, Clone, Default)]
struct MainSaw {
    shown: Vec<String>,
    failed_asserts: Vec<u64>,
    failure: Option<Ended>,
}

impl Engine {
    /// A cell of these jobs, whose resources hold `things` at first; `main` shows, and says what must hold.
    ///
    /// # Errors
    /// Why it cannot be explored.
    pub fn new(jobs: &[Entry], kinds: Vec<Kind>, things: Vec<Thing>, main: [Vec<Entry>; 2]) -> Result<Self, Trouble> {
        if jobs.len() > MOST_WORKERS {
            return Err(Trouble::TooManyWorkers(jobs.len()));
        }
        let jobs = jobs.iter().zip(1..).map(|(entry, worker)| Job::new(worker, *entry));
        let jobs = jobs.collect::<Result<Vec<_>, _>>()?;
        let local = |job: &Job| Local { node: ROOT, phase: Phase::Before, left: time_of(job.call(ROOT)) };
        let locals = jobs.iter().map(local).collect();
        let start = State { locals, things, idle: 0 };
        let mut engine = Self { jobs, kinds, start, main, endings: HashMap::new(), looped: false };
        let mut start = engine.start.clone();
        for worker in 0..engine.jobs.len() {
            engine.ended(&mut start, worker);
        }
        engine.start = start;
        Ok(engine)
    }

    /// The present call of a worker that has not ended.
    pub fn call(&self, state: &State, worker: usize) -> Option<Call> {
        self.jobs[worker].call(state.locals[worker].node)
    }

    /// The line of a worker's present step whose line stands in its second half.
    pub fn second_line(&self, state: &State, worker: usize) -> u32 {
        let job = &self.jobs[worker];
        job.after(state.locals[worker].node).and_then(|node| job.call(node)).map_or(0, |call| call.line)
    }

    /// Who can take a step. Nobody: all have ended, or wait for each other.
    pub fn able(&mut self, state: &State) -> Able {
        let (mut able, mut timers, mut rounds) = (Able::default(), u64::MAX, 0_u32);
        for (worker, local) in state.locals.iter().enumerate() {
            let Some(call) = self.jobs[worker].call(local.node) else { continue };
            let bit = 1 << worker;
            if self.goes_round(state, worker, &call) {
                rounds |= bit;
                continue;
            }
            match self.ready(state, worker, &call) {
                Ready::Now => able.all |= bit,
                Ready::InTime => {
                    if local.left < timers {
                        (timers, able.in_time) = (local.left, 0);
                    }
                    if local.left == timers {
                        able.in_time |= bit;
                    }
                }
                Ready::No => {}
            }
        }
        able.all |= able.in_time;
        able.looping = rounds != 0;
        if rounds != 0 {
            self.looped = true;
            // Somebody may leave its loop after so many rounds: one by one they are followed a little further.
            if able.all == 0 && state.idle < PATIENCE {
                able.all = 1 << rounds.trailing_zeros();
            }
        }
        able
    }

    fn ready(&self, state: &State, worker: usize, call: &Call) -> Ready {
        let Local { phase, .. } = state.locals[worker];
        let resource = call.resource as usize;
        match (state.things.get(resource), self.kinds.get(resource)) {
            (Some(thing), Some(kind)) => rules::ready(thing, kind, worker as u32 + 1, phase, call),
            _ => Ready::InTime,
        }
    }

    /// Whether a worker goes round in a loop that only asks, and would be told the same again.
    fn goes_round(&self, state: &State, worker: usize, call: &Call) -> bool {
        let node = state.locals[worker].node;
        let round = self.jobs[worker].node(node).round;
        if round == 0 {
            return false;
        }
        let news = |(call, answer): (Call, Answer)| {
            let resource = call.resource as usize;
            rules::news(&state.things[resource], &self.kinds[resource], worker as u32 + 1, &call, answer)
        };
        debug_assert!(self.jobs[worker].call(node) == Some(*call));
        !self.jobs[worker].past(node).take(round).any(news)
    }

    /// Lets a worker that can take a step do so.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    pub fn step(&mut self, state: &mut State, worker: usize, able: Able) -> Result<(), Trouble> {
        let mut in_time = able.in_time >> worker & 1 == 1;
        if in_time {
            let passed = state.locals[worker].left;
            for local in &mut state.locals {
                local.left = local.left.saturating_sub(passed);
            }
        }
        let alone = able.looping && able.all.count_ones() == 1 && !in_time;
        state.idle = if alone { state.idle + 1 } else { 0 };
        while let Some(call) = self.call(state, worker) {
            let Local { node, phase, .. } = state.locals[worker];
            let resource = call.resource as usize;
            let effect = match (state.things.get_mut(resource), self.kinds.get(resource)) {
                _ if matches!(call.what, What::Sleep { .. }) => Effect::Done(Answer::status(abi::OK)),
                (Some(thing), Some(kind)) => rules::apply(thing, kind, worker as u32 + 1, phase, &call, in_time),
                _ => Effect::Done(Answer::status(abi::CANCELLED)),
            };
            match effect {
                Effect::Waits(phase) => {
                    state.locals[worker].phase = phase;
                    state.locals[worker].left = time_of(Some(call));
                    return Ok(());
                }
                Effect::Done(answer) => {
                    let node = self.jobs[worker].told(node, answer)?;
                    let next = self.jobs[worker].call(node);
                    state.locals[worker] = Local { node, phase: Phase::Before, left: time_of(next) };
                    if next.is_none() {
                        self.ended(state, worker);
                    }
                    if !next.is_some_and(|next| belongs_to_the_step(&next)) {
                        return Ok(());
                    }
                }
            }
            in_time = false;
        }
        Ok(())
    }

    /// Frees what a worker held, if it has ended.
    fn ended(&self, state: &mut State, worker: usize) {
        if self.call(state, worker).is_none() {
            state.things.iter_mut().for_each(|thing| thing.sweep(worker as u32 + 1));
        }
    }

    /// How it ended, when nobody can take a step any more.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    pub fn ending(&mut self, state: &State) -> Result<Ending, Trouble> {
        let mut ending = Ending::default();
        for (worker, local) in state.locals.iter().enumerate() {
            match &self.jobs[worker].node(local.node).next {
                Next::Asks(call) => ending.stuck.push((worker as u32 + 1, *call, self.holder(state, call))),
                Next::Ended(Ended::Code(0)) => {}
                Next::Ended(how) => ending.failures.push((worker as u32 + 1, how.clone())),
            }
        }
        if ending.stuck.is_empty() {
            let saw = match self.endings.get(&state.things) {
                Some(saw) => saw.clone(),
                None => {
                    let saw = self.ask_main(state.things.clone())?;
                    self.endings.insert(state.things.clone(), saw.clone());
                    saw
                }
            };
            (ending.shown, ending.failed_asserts) = (saw.shown, saw.failed_asserts);
            ending.failures.extend(saw.failure.map(|how| (0, how)));
        }
        Ok(ending)
    }

    fn holder(&self, state: &State, call: &Call) -> Option<u32> {
        state.things.get(call.resource as usize).and_then(Thing::owner)
    }

    /// Lets main evaluate what is shown and what must hold, all alone.
    fn ask_main(&mut self, mut things: Vec<Thing>) -> Result<MainSaw, Trouble> {
        let mut saw = MainSaw::default();
        for (must_hold, entries) in [false, true].into_iter().zip(self.main.clone()) {
            for (number, entry) in entries.into_iter().enumerate() {
                let (ended, shown) = alone(entry, &mut things, &self.kinds)?;
                match ended {
                    Ended::Code(0) => saw.shown.extend(shown),
                    Ended::Code(2) if must_hold => saw.failed_asserts.push(number as u64),
                    failure => {
                        saw.failure = Some(failure);
                        return Ok(saw);
                    }
                }
            }
        }
        Ok(saw)
    }
}

/// Runs an entry point of main, whose calls are done at once or never.
fn alone(entry: Entry, things: &mut [Thing], kinds: &[Kind]) -> Result<(Ended, Option<String>), Trouble> {
    use super::fiber::{self, Fiber, Stack, Turn};
    let mut fiber = Fiber::new(entry, Stack::new().map_err(Trouble::System)?);
    super::host::become_worker(0);
    let mut answer = Answer::status(abi::OK);
    loop {
        match fiber.resume(answer) {
            Turn::Asks(call) => {
                let resource = call.resource as usize;
                answer = match (things.get_mut(resource), kinds.get(resource)) {
                    _ if matches!(call.what, What::Sleep { .. }) => Answer::status(abi::OK),
                    (Some(thing), Some(kind)) => do_alone(thing, kind, &call),
                    _ => Answer::status(abi::CANCELLED),
                };
            }
            Turn::Ended(code) => {
                let mut aside = fiber::take_aside();
                let failure: Option<Panic> = aside.failure.take();
                let _ = fiber.abandon();
                return Ok((failure.map_or(Ended::Code(code), Ended::Panicked), aside.shown));
            }
        }
    }
}

fn do_alone(thing: &mut Thing, kind: &Kind, call: &Call) -> Answer {
    let in_vain = match call.what.limit() {
        Some(limit) if limit < 0 => abi::ALONE,
        _ => abi::TIMED_OUT,
    };
    match rules::ready(thing, kind, 0, Phase::Before, call) {
        Ready::Now => match rules::apply(thing, kind, 0, Phase::Before, call, false) {
            Effect::Done(answer) => answer,
            Effect::Waits(phase) => match rules::ready(thing, kind, 0, phase, call) {
                Ready::No => Answer::status(in_vain),
                _ => match rules::apply(thing, kind, 0, phase, call, true) {
                    Effect::Done(answer) => answer,
                    Effect::Waits(_) => Answer::status(in_vain),
                },
            },
        },
        Ready::InTime | Ready::No => Answer::status(in_vain),
    }
}

/// How long a call may take.
fn time_of(call: Option<Call>) -> u64 {
    call.and_then(|call| call.what.limit()).and_then(|limit| u64::try_from(limit).ok()).unwrap_or(0)
}

/// Whether a call is done together with the one before it.
pub fn belongs_to_the_step(call: &Call) -> bool {
    matches!(call.what, What::SwapIf { .. }) || (call.what == What::Release && call.line == abi::UNWINDING)
}
