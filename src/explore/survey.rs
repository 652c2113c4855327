//! What is reported of a cell: what was looked at, everything that can come out, and the simplest way to each.

use super::fiber::{Fault, Panic};
use super::graph::{Found, Graph, Reach, Vertex};
use super::job::Ended;
use super::machine::Machine;
use super::model::ModelObject;
use super::races::Races;
use super::{Clock, ExploreError, Id, Room, initial_state, play, sample, search, witness};
use crate::model::{Position, Spot, Unseen};
use crate::plan::{Declaration, Interleavings};
use crate::record::explored::{Coverage, Failure, Outcome};
use crate::record::{Explored, Play};
use crate::shared::clock;

/// Of how many outcomes the steps are told, the worst and simplest first.
const TOLD: usize = 64;

/// How long simpler ways to what samples found are looked for, and among how many states.
const SIMPLER: (u64, usize) = (1_000_000_000, 100_000);

/// What a survey is about beside its machine.
#[derive(Clone)]
pub struct Subject<'a> {
    /// What the resources were declared to be, by id.
    pub declared: &'a [Declaration],
    /// What they hold at the beginning.
    pub at_first: &'a [ModelObject],
    /// Which interleavings are wanted.
    pub which: Interleavings,
    /// What its code tells threads of `std` past everything that is seen.
    pub unseen: Option<Unseen>,
    /// When it must have come to an end, on [`clock::now`].
    pub deadline: u64,
    /// When it began.
    pub began: u64,
    /// How much it may keep.
    pub room: Room,
}

/// Follows the interleavings that are wanted, and tells what they come to. `names` gives the names of the workers that were seen, main's
/// first.
///
/// # Errors
/// Why the cell cannot be explored.
pub fn survey<M: Machine>(
    machine: &mut M,
    subject: Subject<'_>,
    names: impl FnOnce(&M) -> Vec<String>,
) -> Result<Explored, ExploreError> {
    let Subject { declared, at_first, which, unseen, deadline, began, room } = subject;
    let mut races = Races::default();
    let (coverage, mut found, interleavings, vertices) = look(machine, &mut races, which, deadline, room)?;
    let workers = names(machine);
    found.sort_by_key(|it| (it.ending.is_good(), it.preemptions, it.schedule.len()));
    let mut outcomes = Vec::new();
    for (place, found) in found.into_iter().enumerate() {
        outcomes.push((found.number, outcome(machine, found, &workers, place < TOLD)?));
    }
    outcomes.sort_by(|(_, a), (_, b)| b.count.total_cmp(&a.count).then_with(|| a.shown.cmp(&b.shown)));
    let place = |ending: usize| outcomes.iter().position(|(number, _)| *number == ending).map(|place| place as u32);
    let whole = (coverage == Coverage::All).then(|| play::play(machine, &vertices, &workers, place)).flatten();
    let states = vertices.len() as u64;
    let play = match coverage {
        Coverage::Schedule => None,
        _ if whole.is_some() => whole,
        _ => {
            let ways = play::ways(machine, &outcomes)?;
            play::play(machine, &ways, &workers, place).map(|play| Play { whole: false, ..play })
        }
    };
    std::mem::forget(vertices);
    let outcomes = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    let loops_cut = machine.looped();
    let initial = initial_state::begins(declared, at_first, machine);
    let races = races.named(machine);
    let took_ns = clock::now() - began;
    Ok(Explored {
        workers,
        show: Vec::new(),
        followers: Vec::new(),
        initial,
        coverage,
        interleavings,
        states,
        outcomes,
        races,
        loops_cut,
        follows_std: machine.follows_std(),
        unseen: unseen.filter(|_| machine.follows_std()),
        play,
        took_ns,
    })
}

/// What was looked at, what was found there, in how many interleavings, and the graph of states where that was kept.
type SearchResult<S> = (Coverage, Vec<Found>, f64, Vec<Vertex<S>>);

/// Follows the interleavings that are wanted.
fn look<M: Machine>(
    machine: &mut M,
    races: &mut Races,
    which: Interleavings,
    deadline: u64,
    room: Room,
) -> Result<SearchResult<M::State>, ExploreError> {
    let clock = Clock { deadline };
    Ok(match which {
        Interleavings::All => {
            let Graph { vertices, found, reach, interleavings } = search::search(machine, races, &clock, room)?;
            let coverage = match reach {
                Reach::All => Coverage::All,
                Reach::Below { preemptions: 0, time } => Coverage::Nothing { time },
                Reach::Below { preemptions, time } => Coverage::Preemptions { most: preemptions - 1, time },
            };
            (coverage, found, interleavings, vertices)
        }
        Interleavings::Samples { samples, strategy, seed } => {
            let taken = sample::sample(machine, races, (samples, strategy, seed), &clock, room)?;
            let coverage = Coverage::Samples { strategy, seed, wanted: samples, different: taken.different };
            let found = simpler(machine, taken.found, deadline, room)?;
            (coverage, found, taken.taken as f64, Vec::new())
        }
        Interleavings::One(schedule) => {
            let found = vec![one(machine, races, schedule)?];
            (Coverage::Schedule, found, 1.0, Vec::new())
        }
    })
}

/// Looks for simpler ways to what samples have found: chance does not take the shortest.
fn simpler(
    machine: &mut impl Machine,
    mut found: Vec<Found>,
    deadline: u64,
    room: Room,
) -> Result<Vec<Found>, ExploreError> {
    let clock = Clock { deadline: deadline.min(clock::now() + SIMPLER.0) };
    let Graph { found: simpler, vertices, .. } =
        search::search(machine, &mut Races::default(), &clock, Room { states: SIMPLER.1, ..room })?;
    std::mem::forget(vertices);
    for better in simpler {
        if let Some(known) = found.iter_mut().find(|known| known.ending == better.ending)
            && (better.preemptions, better.schedule.len()) < (known.preemptions, known.schedule.len())
        {
            (known.preemptions, known.schedule) = (better.preemptions, better.schedule);
        }
    }
    Ok(found)
}

/// Follows one schedule, and behind its end whoever went last, or comes first.
fn one(machine: &mut impl Machine, races: &mut Races, mut schedule: Vec<u32>) -> Result<Found, ExploreError> {
    let mut state = machine.start();
    let (mut preemptions, mut last, mut step) = (0, None, 0);
    loop {
        let able = machine.able(&state)?;
        races.look(machine, &state);
        let worker = match schedule.get(step) {
            Some(&who) => {
                let worker = (who as usize).wrapping_sub(1);
                if !able.can(worker) {
                    return Err(ExploreError::CannotGoOn { step: step + 1, worker: who });
                }
                worker
            }
            None if able.may_rest() => break,
            None => {
                let worker = last.filter(|last| able.can(*last)).or(able.workers().next()).unwrap_or(0);
                schedule.push(worker as u32 + 1);
                worker
            }
        };
        preemptions += u32::from(able.interrupts(last, worker));
        machine.step(&mut state, worker, able)?;
        (last, step) = (Some(worker), step + 1);
        machine.has_an_end(&state, worker, step)?;
    }
    Ok(Found { ending: machine.ending(&state)?.0, preemptions, schedule, count: 1.0, number: 0 })
}

/// An ending as it is reported. If its witness is `told`, it is followed once more by the jobs' own code.
fn outcome(machine: &mut impl Machine, found: Found, workers: &[String], told: bool) -> Result<Outcome, ExploreError> {
    let Found { ending, schedule, count, .. } = found;
    let (witness, state) = witness::follow(machine, &schedule, workers, told)?;
    let failure = |(worker, how): (u32, Ended)| match how {
        Ended::Code(code) => Failure { worker, code, ..Failure::default() },
        Ended::Panicked(panic) => Failure { worker, code: 101, ..by(panic) },
        Ended::Failed(error) => Failure { worker, code: 1, error: Some(error), ..Failure::default() },
    };
    let fault = |Fault { task, why }: Fault| Failure { task: Some(task), ..by(why) };
    let of_thread = |failed| Failure { is_thread: true, ..failure(failed) };
    let failures = ending.failures.into_iter().map(failure);
    let failures = failures.chain(ending.thread_failures.into_iter().map(of_thread));
    let failures = failures.chain(ending.faults.into_iter().map(fault));
    let stuck = ending.stuck.iter();
    let compared = match ending.failed_asserts.is_empty() {
        true => Vec::new(),
        false => machine.ending(&state)?.1,
    };
    Ok(Outcome {
        shown: ending.shown,
        compared,
        failed_asserts: ending.failed_asserts.into_iter().map(|Id(number)| number).collect(),
        failures: failures.collect(),
        stuck: stuck.map(|(worker, call, holder)| machine.stuck(&state, *worker, call, *holder)).collect(),
        cut: ending.cut,
        count,
        witness,
    })
}

/// What failed by a panic.
fn by(panic: Panic) -> Failure {
    let spot = panic.place.and_then(|(line, column)| Some(Spot { position: Position::from_packed(line)?, column }));
    Failure { panic: Some(panic.message), spot, ..Failure::default() }
}
