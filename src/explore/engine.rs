//! A state of a cell, and how it goes on: who can take a step, and what comes of it.

use super::fiber::Done;
use super::job::{Ended, Job, Next, NodeId, ROOT};
use super::main_process::MainProcess;
use super::model::ModelObject;
use super::primitive::{Caller, Kind};
use super::semantics::{self, Effect, Phase, Ready};
use super::shared::Shared;
use super::{Ending, ExploreError, Id, pool_host};
use crate::abi;
use crate::host::{Answer, Call, Operation};
use crate::model::Sides;
use crate::record::StateLabel;
use std::collections::BTreeSet;

/// The most workers of a cell that is explored.
pub const MAX_WORKERS: usize = 32;

/// How many calls a job may make after nobody can do anything but ask the same again before it counts as going round for ever.
pub const PATIENCE: u32 = 200;

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
    pub objects: Shared,
    /// How many calls have been made since nobody could do anything but ask the same again.
    pub idle: u32,
}

impl State {
    /// About how much memory it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(self.locals.as_slice()) + self.objects.bytes()
    }
}

/// Who can take the next step, as sets of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Able {
    /// Everybody who can.
    pub all: u32,
    /// Those of them for whom only time passes.
    pub in_time: u32,
    /// Whether nobody can but by asking the same again.
    pub idle: bool,
    /// Those of them whose wait ends without a reason. All may as well wait for ever.
    pub spurious: u32,
}

impl Able {
    /// The workers' places, in order.
    #[inline]
    pub fn workers(self) -> impl DoubleEndedIterator<Item = usize> {
        (0..MAX_WORKERS - self.all.leading_zeros() as usize).filter(move |worker| self.can(*worker))
    }

    /// Whether a worker can.
    #[inline]
    pub fn can(self, worker: usize) -> bool {
        worker < MAX_WORKERS && self.all >> worker & 1 == 1
    }

    /// Adds a worker for whom so much time must pass: only those for whom it is the least can. `least` is the least so far.
    pub fn may_in_time(&mut self, worker: u32, left: u64, least: &mut u64) {
        if left < *least {
            (*least, self.in_time) = (left, 0);
        }
        if left == *least {
            self.in_time |= worker;
        }
    }

    /// Completes it by those who go round in loops that only ask, where nobody else can go on: somebody may leave its loop after so many
    /// rounds, so one by one they are followed a little further.
    #[inline]
    pub fn or_else_idle(&mut self, rounds: u32, nth: u32) {
        self.all |= self.in_time;
        if self.all == 0 {
            let next = (0..MAX_WORKERS).filter(|worker| rounds >> worker & 1 == 1).nth(nth as usize);
            self.all = next.map_or(0, |worker| 1 << worker);
            self.idle = next.is_some();
        }
    }

    /// Adds those whose wait may end without a reason, when all others are known.
    pub fn or_spuriously(&mut self, workers: u32) {
        self.spurious = workers;
        self.all |= workers;
    }

    /// Whether all may stay where they are for ever: nobody can go on, or only without a reason.
    pub fn may_rest(self) -> bool {
        self.all == self.spurious
    }

    /// Whether it interrupts `last`, who took the step before and could go on, if `worker` takes the next.
    #[inline]
    pub fn interrupts(self, last: Option<usize>, worker: usize) -> bool {
        last.is_some_and(|last| last != worker && (self.all & !self.in_time & !self.spurious) >> last & 1 == 1)
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
    /// Main's part.
    main: MainProcess,
    /// The place of the pool in [`State::objects`], if the cell has one.
    pool: Option<usize>,
    /// Whether a loop that only asks was not followed round by round.
    pub looped: bool,
}

impl Engine {
    /// A cell of these jobs, whose resources, the pool last, hold `objects` at first.
    pub fn new(jobs: Vec<Job>, kinds: Vec<Kind>, objects: Shared, main: MainProcess) -> Self {
        let local = |job: &Job| Local { node: ROOT, phase: Phase::Before, left: time_of(job.call(ROOT)) };
        let locals = jobs.iter().map(local).collect();
        let start = State { locals, objects, idle: 0 };
        let pool = (0..kinds.len()).find(|id| matches!(start.objects[*id], ModelObject::Pool(_)));
        let mut engine = Self { jobs, kinds, start, main, pool, looped: false };
        let mut start = engine.start.clone();
        for worker in 0..engine.jobs.len() {
            engine.ended(&mut start, worker);
        }
        engine.start = start;
        engine
    }

    /// The resources that somebody was seen to use: see [`Call::uses`].
    pub fn all_uses(&self) -> BTreeSet<(u32, bool)> {
        self.jobs.iter().flat_map(|job| &job.uses).chain(self.main.uses()).copied().collect()
    }

    /// How many tasks of the pool nobody has claimed, and how many workers it has started.
    #[inline]
    fn pool(&self, state: &State) -> Option<(u64, usize)> {
        let id = self.pool?;
        let ModelObject::Pool(pool) = &state.objects[id] else { return None };
        let (tasks, _) = self.kinds[id].tasks;
        Some((tasks - self.kinds[id].chunk(pool.claimed).start, pool.started as usize))
    }

    /// Why a worker of the pool has nothing to do: it was not started, or no task is left for it to claim.
    #[inline]
    pub fn rests(&self, state: &State, worker: usize) -> Option<StateLabel> {
        let (left, started) = self.pool(state)?;
        if worker >= started {
            return Some(StateLabel::NotStarted);
        }
        let claims = self.present_call(state, worker).is_some_and(|call| call.operation == Operation::Claim);
        (claims && left == 0).then_some(StateLabel::NoTaskLeft)
    }

    /// The present call of a worker that has not ended.
    #[inline]
    pub fn present_call(&self, state: &State, worker: usize) -> Option<Call> {
        self.jobs[worker].call(state.locals[worker].node)
    }

    /// Who can take a step. Nobody: all have ended, or wait for each other.
    pub fn who_is_able(&mut self, state: &State) -> Able {
        let (mut able, mut timers, mut rounds) = (Able::default(), u64::MAX, 0_u32);
        for (worker, local) in state.locals.iter().enumerate() {
            let Some(call) = self.jobs[worker].call(local.node) else { continue };
            let bit = 1 << worker;
            if self.rests(state, worker).is_some() {
                continue;
            }
            // Who holds something in the midst of a round must not keep it from those who are to bring the news.
            if self.asks_again(state, worker) && !self.jobs[worker].node(local.node).holds {
                rounds |= bit;
                continue;
            }
            match self.ready(state, worker, &call) {
                Ready::Now => able.all |= bit,
                Ready::InTime => able.may_in_time(bit, local.left, &mut timers),
                Ready::No => {}
            }
        }
        self.looped |= rounds != 0;
        able.or_else_idle(rounds, state.idle / PATIENCE);
        able
    }

    #[inline]
    fn ready(&self, state: &State, worker: usize, call: &Call) -> Ready {
        let Local { phase, .. } = state.locals[worker];
        let resource = call.resource as usize;
        match (state.objects.get(resource), self.kinds.get(resource)) {
            (Some(object), Some(kind)) => object.ready(kind, worker as u32 + 1, phase, call.operation),
            _ => Ready::InTime,
        }
    }

    /// Whether a worker goes round in a loop that only asks, and would be told the same again.
    #[inline]
    fn asks_again(&self, state: &State, worker: usize) -> bool {
        let node = state.locals[worker].node;
        let round = self.jobs[worker].node(node).round;
        round > 0 && self.is_without_news(state, worker, node, round)
    }

    /// Whether none of the answers of a round that ends at a node would be another now.
    fn is_without_news(&self, state: &State, worker: usize, node: NodeId, round: usize) -> bool {
        let news = |(call, answer): (Call, Answer)| {
            let resource = call.resource as usize;
            semantics::news(&state.objects[resource], &self.kinds[resource], worker as u32 + 1, &call, answer)
        };
        !self.jobs[worker].past(node).take(round).any(news)
    }

    /// Lets a worker that can take a step do so.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    pub fn take_step(&mut self, state: &mut State, worker: usize, able: Able) -> Result<(), ExploreError> {
        let mut in_time = able.in_time >> worker & 1 == 1;
        if in_time {
            let passed = state.locals[worker].left;
            // For who has not been started yet no time passes.
            let started = self.pool(state).map_or(usize::MAX, |(_, started)| started);
            for local in state.locals.iter_mut().take(started) {
                local.left = local.left.saturating_sub(passed);
            }
        }
        let idle = able.idle || state.idle > 0 && self.asks_again(state, worker);
        state.idle = if idle { state.idle + 1 } else { 0 };
        while let Some(call) = self.present_call(state, worker) {
            let Local { node, phase, .. } = state.locals[worker];
            let resource = call.resource as usize;
            let effect = match self.kinds.get(resource) {
                _ if call.is_sleep() => Some(Effect::Done(Answer::status(abi::OK))),
                Some(kind) => {
                    let caller = Caller { worker: worker as u32 + 1, phase, in_time };
                    semantics::done(&mut state.objects, kind, caller, &call)?
                }
                None => None,
            };
            let effect = effect.unwrap_or(Effect::Done(Answer::status(abi::CANCELLED)));
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
                    self.ended(state, worker);
                    if call.operation == Operation::Claim && self.pool(state).is_some_and(|(left, _)| left == 0) {
                        // It was the last, and all who wait for another have ended.
                        (0..self.jobs.len()).for_each(|other| self.ended(state, other));
                    }
                    if !next.is_some_and(|next| next.belongs_to_the_step()) {
                        return Ok(());
                    }
                }
            }
            in_time = false;
        }
        Ok(())
    }

    /// Frees what a worker held, if it has ended. In a pool another one takes its place, unless it could not even begin.
    #[inline]
    fn ended(&self, state: &mut State, worker: usize) {
        let well = match &self.jobs[worker].node(state.locals[worker].node).next {
            Next::Asks(_) if self.rests(state, worker).is_none() => return,
            Next::Asks(_) => false,
            Next::Ended(how) => *how == Ended::Code(0),
        };
        let replaced = well && self.pool(state).is_some_and(|(left, _)| left > 0);
        let me = worker as u32 + 1;
        let left: Vec<usize> = state.objects.held_by(me).collect();
        for id in left {
            state.objects.change(id, |object| object.release_owned_by(me));
        }
        if let Some(id) = self.pool.filter(|_| replaced) {
            state.objects.change(id, ModelObject::start_worker);
        }
    }

    /// How it ended, when nobody can take a step any more, and what each of the assertions compares that do not hold. That does not make
    /// endings different.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    pub fn ending_in_full(&mut self, state: &State) -> Result<(Ending, Vec<Option<Sides>>), ExploreError> {
        let mut compared = Vec::new();
        let mut ending = Ending::default();
        for (worker, local) in state.locals.iter().enumerate() {
            match &self.jobs[worker].node(local.node).next {
                Next::Asks(_) if self.rests(state, worker).is_some() => {}
                Next::Asks(call) => ending.stuck.push((worker as u32 + 1, *call, self.holder(state, call))),
                Next::Ended(Ended::Code(0)) => {}
                Next::Ended(how) => ending.failures.push((worker as u32 + 1, how.clone())),
            }
        }
        let records = self.tasks_at(state, &mut ending);
        if ending.stuck.is_empty() {
            let saw = self.main.look(&state.objects, records, &self.kinds)?;
            (ending.shown, ending.failed_asserts, compared) = (saw.shown, saw.failed_asserts, saw.compared);
            ending.failures.extend(saw.failure.map(|how| (0, how)));
        }
        Ok((ending, compared))
    }

    /// The records of all tasks at an end, by number. Those that failed are added to it.
    fn tasks_at(&self, state: &State, ending: &mut Ending) -> Vec<Id> {
        let Some((id, (left, _))) = self.pool.zip(self.pool(state)) else { return Vec::new() };
        let mut done: Vec<Done> = Vec::new();
        for (job, local) in self.jobs.iter().zip(&state.locals) {
            for effects in job.asides(local.node) {
                done.extend(&effects.done);
                ending.faults.extend(effects.faults.iter().cloned());
            }
        }
        let (tasks, _) = self.kinds[id].tasks;
        if ending.stuck.is_empty() {
            // Whoever could have done them did not come to it.
            for task in tasks - left..tasks {
                let (records, fault) = pool_host::undone(task, task - (tasks - left) + done.len() as u64);
                done.push(records);
                ending.faults.push(fault);
            }
        }
        done.sort_unstable_by_key(|done| done.task);
        ending.faults.sort_unstable();
        done.into_iter().map(|done| Id(done.records.into())).collect()
    }

    fn holder(&self, state: &State, call: &Call) -> Option<u32> {
        state.objects.get(call.resource as usize).and_then(ModelObject::owner)
    }
}

/// How long a call may take.
fn time_of(call: Option<Call>) -> u64 {
    call.and_then(|call| call.operation.limit()).and_then(|limit| u64::try_from(limit).ok()).unwrap_or(0)
}
