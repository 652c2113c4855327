//! Runs a cell under a controlled scheduler: over all its interleavings, or over samples of them.
//!
//! The jobs are the very code that real workers run. Their library is handed another table of functions (`host`): each
//! call that concerns what is shared gives way to the scheduler. Each job runs on a stack of its own (`fiber`), all on
//! one thread, over a plain model of the resources (`objects`) with the rules of the real ones (`rules`).
//!
//! What a job does is learnt once for each history of answers (`job`). So interleavings are followed on data alone
//! (`engine`): all of them through the graph of states (`search`), or some by chance (`sample`). `witness` tells
//! one of them step by step, and `races` finds accesses that nothing orders.

mod current;
mod engine;
mod error;
mod fiber;
mod graph;
pub mod host;
mod initial_state;
mod job;
mod main_process;
mod model;
mod paths;
mod play;
mod pool_host;
mod races;
mod replayed_step;
mod rwlock;
mod sample;
mod search;
mod semantics;
mod shared;
mod told_call;
mod witness;

pub use engine::MAX_WORKERS;
pub use error::ExploreError;
pub use fiber::Entry;
pub use replayed_step::step_of;

use crate::executor::PoolSettings;
use crate::host::Call;
use crate::model::{Position, Spot};
use crate::plan::{self, Explore};
use crate::record::explored::{Coverage, Failure, Outcome};
use crate::record::{Explored, Play};
use crate::shared::clock;
use crate::shared::resource::Resource;
use engine::Engine;
use fiber::{Fault, Panic};
use graph::{Found, Graph, Reach, Vertex};
use job::{Ended, Job};
use main_process::MainProcess;
use model::{Kind, ModelObject};
use pool_host::PoolConfig;
use races::Races;
use shared::Shared;
use std::sync::atomic::AtomicU64;

/// The most tasks of a pool that is explored: each worker's code makes the inputs anew.
const MAX_TASKS: u64 = 10_000;

/// The most steps of one interleaving, and the most different outcomes.
const MAX_STEPS: usize = 100_000;
const MAX_OUTCOMES: usize = 10_000;

/// Of how many outcomes the steps are told, the worst and simplest first.
const TOLD: usize = 64;

/// How long simpler ways to what samples found are looked for, and among how many states.
const SIMPLER: (u64, usize) = (1_000_000_000, 100_000);

/// A cell that is to be explored.
pub struct Setup<'a> {
    /// The resources that the cell can reach, by id, as they are at the beginning.
    pub resources: &'a [Option<Resource>],
    /// What they were declared to be, by id.
    pub declared: &'a [plan::Declaration],
    /// The workers' names, main's first.
    pub workers: Vec<String>,
    /// The jobs' entry points; none in a pool.
    pub jobs: Vec<Entry>,
    /// That of a pool, and how it is to be run.
    pub pool: Option<(Entry, PoolSettings)>,
    /// Those of what is shown.
    pub show: Vec<Entry>,
    /// Those of what must hold.
    pub assert: Vec<Entry>,
    /// Which interleavings.
    pub which: Explore,
    /// When it must have come to an end, on [`clock::now`].
    pub deadline: u64,
    /// Where a watcher sees that it goes on.
    pub heartbeat: Heartbeat,
    /// The bytes of memory that all of this may take.
    pub memory_bytes: u64,
    /// The bytes of what jobs print that are kept.
    pub output_bytes: u64,
}

/// Words in shared memory that tell what is going on: code of a job that never comes back can only be seen from outside.
#[derive(Clone, Copy)]
pub struct Heartbeat {
    /// Grows whenever a job's code is entered, and whenever it is left; odd inside.
    pub turns: &'static AtomicU64,
    /// The worker whose code that is, and the line of its last call.
    pub place: &'static AtomicU64,
}

/// A number in a list that is often compared and mostly empty. Lists of plain numbers are compared by C's `memcmp`, which was
/// seen to take most of the time of sampling, for no bytes at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Id(u64);

/// What came out at an end.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Ending {
    shown: Vec<String>,
    failed_asserts: Vec<Id>,
    failures: Vec<(u32, Ended)>,
    /// Tasks of a pool that failed.
    faults: Vec<Fault>,
    /// Who waits for what, and who holds that.
    stuck: Vec<(u32, Call, Option<u32>)>,
}

impl Ending {
    /// Whether all is well with it.
    fn is_good(&self) -> bool {
        self.failed_asserts.is_empty() && self.failures.is_empty() && self.faults.is_empty() && self.stuck.is_empty()
    }
}

/// How much an exploration may keep.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// How many states.
    states: usize,
    /// How many bytes, about.
    bytes: usize,
}

/// The end of the time that an exploration has.
struct Clock {
    deadline: u64,
}

impl Clock {
    fn is_over(&self) -> bool {
        clock::now() >= self.deadline
    }
}

/// Explores a cell.
///
/// # Errors
/// Why that cannot be done.
pub fn explore(setup: Setup<'_>) -> Result<Explored, ExploreError> {
    let began = clock::now();
    let Setup { resources, declared, mut workers, jobs, pool, show, assert, which, deadline, heartbeat, .. } = setup;
    host::set(host::Setting {
        workers: workers.clone(),
        resources: declared.iter().map(|it| (it.name.clone(), it.kind.resource_kind())).collect(),
    });
    fiber::watched_by(heartbeat);
    fiber::keep_printed(usize::try_from(setup.output_bytes).unwrap_or(usize::MAX));
    // A third is for what is known of jobs, and the last for what they allocate and for telling what was found.
    let room =
        Room { states: search::MAX_STATES, bytes: usize::try_from(setup.memory_bytes / 3).unwrap_or(usize::MAX) };
    let objects = current::with_items(|items| model::read(resources, items));
    let kinds: Vec<Kind> = declared.iter().map(model::kind).collect();
    let at_first = objects.clone();
    let main = MainProcess::new(pool.map(|(entry, _)| entry), [show, assert]);
    let mut engine = match pool {
        Some(pool) => pool_of(pool, main, kinds, objects)?,
        None => {
            let begun = workers_of(jobs.len(), |worker| Job::new(worker, jobs[worker as usize - 1], Vec::new()))?;
            Engine::new(begun, kinds, Shared::new(objects), main)
        }
    };
    // A pool's are named in advance, as many as there might be.
    workers.truncate(engine.jobs.len() + 1);
    let mut races = Races::default();
    let (coverage, mut found, interleavings, vertices) = look(&mut engine, &mut races, which, deadline, room)?;
    found.sort_by_key(|it| (it.ending.is_good(), it.preemptions, it.schedule.len()));
    let mut outcomes = Vec::new();
    for (place, found) in found.into_iter().enumerate() {
        outcomes.push((found.number, outcome(&mut engine, found, &workers, place < TOLD)?));
    }
    outcomes.sort_by(|(_, a), (_, b)| b.count.total_cmp(&a.count).then_with(|| a.shown.cmp(&b.shown)));
    let place = |ending: usize| outcomes.iter().position(|(number, _)| *number == ending).map(|place| place as u32);
    let whole = (coverage == Coverage::All).then(|| play::play(&engine, &vertices, &workers, place)).flatten();
    let states = vertices.len() as u64;
    let play = match coverage {
        Coverage::Schedule => None,
        _ if whole.is_some() => whole,
        _ => {
            let ways = play::ways(&mut engine, &outcomes)?;
            play::play(&engine, &ways, &workers, place).map(|play| Play { whole: false, ..play })
        }
    };
    let outcomes = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    let loops_cut = engine.looped;
    let initial = initial_state::begins(declared, &at_first, &engine);
    let races = races.named(&engine);
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
        play,
        took_ns,
    })
}

/// What was looked at, what was found there, in how many interleavings, and the graph of states where that was kept.
type SearchResult = (Coverage, Vec<Found>, f64, Vec<Vertex>);

/// Follows the interleavings that are wanted.
fn look(
    engine: &mut Engine,
    races: &mut Races,
    which: Explore,
    deadline: u64,
    room: Room,
) -> Result<SearchResult, ExploreError> {
    let clock = Clock { deadline };
    Ok(match which {
        Explore::All => {
            let Graph { vertices, found, reach, interleavings } = search::search(engine, races, &clock, room)?;
            let coverage = match reach {
                Reach::All => Coverage::All,
                Reach::Below { preemptions: 0, time } => Coverage::Nothing { time },
                Reach::Below { preemptions, time } => Coverage::Preemptions { most: preemptions - 1, time },
            };
            (coverage, found, interleavings, vertices)
        }
        Explore::Samples { samples, strategy, seed } => {
            let taken = sample::sample(engine, races, (samples, strategy, seed), &clock, room)?;
            let coverage = Coverage::Samples { strategy, seed, wanted: samples, different: taken.different };
            let found = simpler(engine, taken.found, deadline, room)?;
            (coverage, found, taken.taken as f64, Vec::new())
        }
        Explore::One(schedule) => {
            let found = vec![one(engine, races, schedule)?];
            (Coverage::Schedule, found, 1.0, Vec::new())
        }
    })
}

/// So many workers, numbered from 1, unless they are too many.
fn workers_of(count: usize, begun: impl Fn(u32) -> Result<Job, ExploreError>) -> Result<Vec<Job>, ExploreError> {
    if count > MAX_WORKERS { Err(ExploreError::TooManyWorkers(count)) } else { (1..=count as u32).map(begun).collect() }
}

/// A pool, whose main has made its inputs.
fn pool_of(
    (entry, settings): (Entry, PoolSettings),
    mut main: MainProcess,
    mut kinds: Vec<Kind>,
    objects: Vec<ModelObject>,
) -> Result<Engine, ExploreError> {
    let resource = kinds.len() as u32;
    let config = |(chunk, max_tasks)| PoolConfig {
        resource,
        chunk,
        max_tasks,
        initializer: settings.initializer,
        completion_order: settings.completion_order,
    };
    pool_host::set(Some(config(settings.chunk(0))));
    let mut shared = Shared::new(objects.clone());
    let Some(tasks) = main.come_to_pool(&mut shared, &kinds)? else {
        // Main has ended before, and will again.
        return Ok(Engine::new(Vec::new(), kinds, Shared::new(objects), main));
    };
    if tasks > MAX_TASKS {
        let why = format!("its pool has {tasks} tasks, and no more than {MAX_TASKS} can be explored");
        return Err(ExploreError::System(why));
    }
    let config = config(settings.chunk(tasks));
    pool_host::set(Some(config));
    // Who has done as many tasks as it may is replaced as long as any is left.
    let chunks_each = (config.max_tasks / config.chunk).max(1);
    let replaced = (tasks.div_ceil(config.chunk).saturating_sub(1) / chunks_each).try_into().unwrap_or(u32::MAX);
    let most = settings.workers.saturating_add(replaced);
    kinds.push(Kind::pool(tasks, config.chunk));
    let pool = ModelObject::Pool { claimed: 0, completed: 0, started: settings.workers };
    let objects = Shared::new([shared.all(), vec![pool]].concat());
    let jobs = workers_of(most as usize, |worker| Job::new(worker, entry, main.before(worker)))?;
    Ok(Engine::new(jobs, kinds, objects, main))
}

/// Looks for simpler ways to what samples have found: chance does not take the shortest.
fn simpler(engine: &mut Engine, mut found: Vec<Found>, deadline: u64, room: Room) -> Result<Vec<Found>, ExploreError> {
    let clock = Clock { deadline: deadline.min(clock::now() + SIMPLER.0) };
    let graph = search::search(engine, &mut Races::default(), &clock, Room { states: SIMPLER.1, ..room })?;
    for better in graph.found {
        if let Some(known) = found.iter_mut().find(|known| known.ending == better.ending)
            && (better.preemptions, better.schedule.len()) < (known.preemptions, known.schedule.len())
        {
            (known.preemptions, known.schedule) = (better.preemptions, better.schedule);
        }
    }
    Ok(found)
}

/// Follows one schedule, and behind its end whoever went last, or comes first.
fn one(engine: &mut Engine, races: &mut Races, mut schedule: Vec<u32>) -> Result<Found, ExploreError> {
    let mut state = engine.start.clone();
    let (mut preemptions, mut last, mut step) = (0, None, 0);
    loop {
        let able = engine.able(&state);
        races.look(engine, &state);
        let worker = match schedule.get(step) {
            Some(&who) => {
                let worker = (who as usize).wrapping_sub(1);
                if !able.can(worker) {
                    return Err(ExploreError::CannotGoOn { step: step + 1, worker: who });
                }
                worker
            }
            None if able.all == 0 => break,
            None => {
                let worker = last.filter(|last| able.can(*last)).or(able.workers().next()).unwrap_or(0);
                schedule.push(worker as u32 + 1);
                worker
            }
        };
        preemptions += u32::from(able.interrupts(last, worker));
        engine.step(&mut state, worker, able)?;
        (last, step) = (Some(worker), step + 1);
        engine.has_an_end(&state, worker, step)?;
    }
    Ok(Found { ending: engine.ending(&state)?, preemptions, schedule, count: 1.0, number: 0 })
}

/// An ending as it is reported. If its witness is `told`, it is followed once more by the jobs' own code.
fn outcome(engine: &mut Engine, found: Found, workers: &[String], told: bool) -> Result<Outcome, ExploreError> {
    let Found { ending, schedule, count, .. } = found;
    let (witness, state) = witness::follow(engine, &schedule, workers, told)?;
    let failure = |(worker, how): (u32, Ended)| match how {
        Ended::Code(code) => Failure { worker, code, ..Failure::default() },
        Ended::Panicked(panic) => Failure { worker, code: 101, ..by(panic) },
        Ended::Failed(error) => Failure { worker, code: 1, error: Some(error), ..Failure::default() },
    };
    let fault = |Fault { task, why }: Fault| Failure { task: Some(task), ..by(why) };
    let failures = ending.failures.into_iter().map(failure).chain(ending.faults.into_iter().map(fault));
    let stuck = ending.stuck.iter();
    let compared = match ending.failed_asserts.is_empty() {
        true => Vec::new(),
        false => engine.ending_in_full(&state)?.1,
    };
    Ok(Outcome {
        shown: ending.shown,
        compared,
        failed_asserts: ending.failed_asserts.into_iter().map(|Id(number)| number).collect(),
        failures: failures.collect(),
        stuck: stuck.map(|(worker, call, holder)| witness::stuck(engine, &state, *worker, call, *holder)).collect(),
        count,
        witness,
    })
}

/// What failed by a panic.
fn by(panic: Panic) -> Failure {
    let spot = panic.place.and_then(|(line, column)| Some(Spot { position: Position::from_packed(line)?, column }));
    Failure { panic: Some(panic.message), spot, ..Failure::default() }
}
