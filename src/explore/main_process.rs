//! Main's part of a cell: what it evaluates before its workers begin, and after all have been joined. It is alone then, so
//! its calls are done at once or never.

use super::fiber::{self, Entry, Fiber, Stack, Turn};
use super::hash::Map;
use super::job::Ended;
use super::primitive::{Caller, Kind};
use super::registry;
use super::semantics::{Effect, Phase, Ready, done};
use super::shared::Shared;
use super::{ExploreError, Id, current, pool_host};
use crate::abi;
use crate::host::{Answer, Call, Operation};
use crate::model::Sides;
use std::collections::BTreeSet;

/// Main.
pub struct MainProcess {
    /// The entry point that makes a pool's inputs, and shows its results.
    pool: Option<Entry>,
    /// That one's calls on the way to the pool, up to the one by which it has come there.
    before: Vec<(Call, Answer)>,
    /// The entry points of what is shown, and of what must hold.
    main: [Vec<Entry>; 2],
    /// The resources that it was seen to use: see [`Call::uses`].
    uses: BTreeSet<(u32, bool)>,
    /// What it has seen, by the records of all tasks and by what was shared.
    seen: Map<Vec<Id>, Map<Shared, MainOutcome>>,
}

/// What main finds when all have been joined.
#[derive(Debug, Clone, Default)]
pub struct MainOutcome {
    /// The values that it shows.
    pub shown: Vec<String>,
    /// The numbers of assertions that do not hold.
    pub failed_asserts: Vec<Id>,
    /// What each of them compares, if it can be shown.
    pub compared: Vec<Option<Sides>>,
    /// How it ended, if not well.
    pub failure: Option<Ended>,
}

/// Where main's code has come to.
enum Reached {
    /// To a pool, by this call.
    ToPool(Call),
    /// To its end, what it has shown, and what it has compared.
    ToEnd(Ended, Option<String>, Option<Sides>),
}

impl MainProcess {
    /// Main of a cell whose pool, if it has one, has this entry point.
    pub fn new(pool: Option<Entry>, main: [Vec<Entry>; 2]) -> Self {
        Self { pool, before: Vec::new(), main, uses: BTreeSet::new(), seen: Map::default() }
    }

    /// Lets main come to its pool: how many tasks there are. `None` if it ends before.
    ///
    /// # Errors
    /// Why the cell cannot be explored.
    pub fn come_to_pool(&mut self, objects: &mut Shared, kinds: &[Kind]) -> Result<Option<u64>, ExploreError> {
        let Some(entry) = self.pool else { return Ok(None) };
        let mut changed = objects.clone();
        let mut past = Vec::new();
        let came = alone(entry, &[], &mut past, &mut changed, kinds)?;
        self.uses.extend(past.iter().filter_map(|(call, _)| call.uses()));
        match came {
            Reached::ToEnd(..) => Ok(None),
            Reached::ToPool(call) => {
                let Operation::Pool { tasks } = call.operation else { return Ok(None) };
                past.push((call, Answer::value(0)));
                (self.before, *objects) = (past, changed);
                Ok(Some(tasks))
            }
        }
    }

    /// The resources that it was seen to use: see [`Call::uses`].
    pub fn uses(&self) -> &BTreeSet<(u32, bool)> {
        &self.uses
    }

    /// What a worker's code is told before it is at its place in the pool: the same as main was, but who it is.
    pub fn before(&self, worker: u32) -> Vec<(Call, Answer)> {
        let mut before = self.before.clone();
        if let Some((_, answer)) = before.last_mut() {
            *answer = Answer::value(worker.into());
        }
        before
    }

    /// Lets main show the results of its tasks, whose records these are, and evaluate what else is shown and must hold.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    pub fn look(&mut self, objects: &Shared, records: Vec<Id>, kinds: &[Kind]) -> Result<MainOutcome, ExploreError> {
        if let Some(saw) = self.seen.get(&records).and_then(|seen| seen.get(objects)) {
            return Ok(saw.clone());
        }
        pool_host::give_main(current::with_items(|items| {
            records.iter().map(|Id(number)| items.bytes(*number).to_vec()).collect()
        }));
        let saw = self.evaluate(objects.clone(), kinds)?;
        self.seen.entry(records).or_default().insert(objects.clone(), saw.clone());
        Ok(saw)
    }

    fn evaluate(&mut self, mut objects: Shared, kinds: &[Kind]) -> Result<MainOutcome, ExploreError> {
        let mut saw = MainOutcome::default();
        let [show, assert] = &self.main;
        let pool = self.pool.iter().map(|entry| (*entry, self.before.as_slice(), None));
        let show = show.iter().map(|entry| (*entry, &[][..], None));
        let assert = assert.iter().zip(0_u64..).map(|(entry, number)| (*entry, &[][..], Some(number)));
        let mut past = Vec::new();
        for (entry, before, assertion) in pool.chain(show).chain(assert) {
            past.clear();
            let came = alone(entry, before, &mut past, &mut objects, kinds)?;
            self.uses.extend(past.iter().filter_map(|(call, _)| call.uses()));
            match (came, assertion) {
                (Reached::ToEnd(Ended::Code(0), shown, _), _) => saw.shown.extend(shown),
                (Reached::ToEnd(Ended::Code(abi::ASSERT_FAILED), _, compared), Some(number)) => {
                    saw.failed_asserts.push(Id(number));
                    saw.compared.push(compared);
                }
                (Reached::ToEnd(failure, ..), _) => {
                    saw.failure = Some(failure);
                    break;
                }
                (Reached::ToPool(call), _) => return Err(ExploreError::NotTheSame { worker: 0, line: call.line }),
            }
        }
        Ok(saw)
    }
}

/// Runs an entry point of main. The calls that it makes are added to `past` with their answers; the first of them are known
/// already, from `before`, and are not done again.
fn alone(
    entry: Entry,
    before: &[(Call, Answer)],
    past: &mut Vec<(Call, Answer)>,
    objects: &mut Shared,
    kinds: &[Kind],
) -> Result<Reached, ExploreError> {
    let mut fiber = Fiber::new(move || entry(), Stack::new().map_err(ExploreError::System)?);
    current::become_worker(0);
    let mut answer = Answer::status(abi::OK);
    loop {
        let turn = fiber.resume(answer);
        if registry::was_used() {
            return Err(ExploreError::UsesStd);
        }
        match turn {
            Turn::Asks(call) => {
                let resource = call.resource as usize;
                answer = match (before.get(past.len()), kinds.get(resource)) {
                    (Some((known, answer)), _) if *known == call => *answer,
                    (Some(_), _) => return Err(ExploreError::NotTheSame { worker: 0, line: call.line }),
                    _ if matches!(call.operation, Operation::Pool { .. }) => {
                        fiber::take_aside();
                        return Ok(Reached::ToPool(call));
                    }
                    _ if call.is_sleep() => Answer::status(abi::OK),
                    (None, Some(kind)) => do_alone(objects, kind, &call)?,
                    _ => Answer::status(abi::CANCELLED),
                };
                past.push((call, answer));
            }
            Turn::Ended(code) => {
                let mut effects = fiber::take_aside();
                return Ok(Reached::ToEnd(Ended::of(code, &mut effects), effects.shown, effects.compared));
            }
        }
    }
}

fn do_alone(objects: &mut Shared, kind: &Kind, call: &Call) -> Result<Answer, ExploreError> {
    let in_vain = Answer::status(match call.operation.limit() {
        Some(limit) if limit < 0 => abi::ALONE,
        _ => abi::TIMED_OUT,
    });
    let id = call.resource as usize;
    let ready = |objects: &Shared, phase| objects[id].ready(kind, 0, phase, call.operation);
    let do_it = |objects: &mut Shared, phase, in_time| done(objects, kind, Caller { worker: 0, phase, in_time }, call);
    if ready(objects, Phase::Before) != Ready::Now {
        return Ok(in_vain);
    }
    match do_it(objects, Phase::Before, false)? {
        Some(Effect::Done(answer)) => Ok(answer),
        Some(Effect::Waits(phase)) if ready(objects, phase) != Ready::No => match do_it(objects, phase, true)? {
            Some(Effect::Done(answer)) => Ok(answer),
            _ => Ok(in_vain),
        },
        Some(Effect::Waits(_)) => Ok(in_vain),
        None => Ok(Answer::status(abi::CANCELLED)),
    }
}
