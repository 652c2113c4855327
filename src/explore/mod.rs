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
mod engine_machine;
mod error;
mod fiber;
mod graph;
mod hash;
pub mod host;
mod initial_state;
mod items;
mod job;
mod machine;
mod main_process;
mod model;
mod paths;
mod play;
mod pool_host;
mod primitive;
mod program;
mod races;
mod registry;
mod replayed_step;
mod rounds;
mod sample;
mod search;
mod semantics;
mod shared;
mod states;
mod survey;
mod told_call;
mod witness;

pub use engine::MAX_WORKERS;
pub use error::ExploreError;
pub use fiber::Entry;
pub use replayed_step::{Told, step_of};

use crate::executor::PoolSettings;
use crate::host::Call;
use crate::plan::{self, Explore};
use crate::record::Explored;
use crate::shared::clock;
use crate::shared::resource::Resource;
use engine::Engine;
use fiber::Fault;
use job::{Ended, Job};
use main_process::MainProcess;
use model::ModelObject;
use pool_host::PoolConfig;
use primitive::{Kind, Pool};
use program::{Image, Parts, Program};
use shared::Shared;
use std::sync::atomic::AtomicU64;
use survey::{Subject, survey};

/// The most tasks of a pool that is explored: each worker's code makes the inputs anew.
const MAX_TASKS: u64 = 10_000;

/// The most steps of one interleaving, and the most different outcomes.
const MAX_STEPS: usize = 100_000;
const MAX_OUTCOMES: usize = 10_000;

/// A cell that is to be explored.
pub struct Setup<'a> {
    /// The resources that the cell can reach, by id, as they are at the beginning.
    pub resources: &'a [Option<Resource>],
    /// What they were declared to be, by id.
    pub declared: &'a [plan::Declaration],
    /// What the author calls things.
    pub bindings: &'a plan::Bindings,
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
    /// Whether the cell is a program: what it prints is a step, and an outcome.
    pub is_program: bool,
    /// Which interleavings, and how.
    pub how: Explore,
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
    /// Threads of workers that ended badly, which fails nobody by itself.
    thread_failures: Vec<(u32, Ended)>,
    /// Tasks of a pool that failed.
    faults: Vec<Fault>,
    /// Who waits for what, and who holds that.
    stuck: Vec<(u32, Call, Option<u32>)>,
    /// Threads that had not ended when the program did.
    cut: Vec<u32>,
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
    host::set(host::Setting {
        workers: setup.workers.clone(),
        resources: setup.declared.iter().map(|it| (it.name.clone(), it.kind.resource_kind())).collect(),
        prints: setup.is_program,
    });
    registry::set(false, 0);
    fiber::watched_by(setup.heartbeat);
    fiber::keep_printed(usize::try_from(setup.output_bytes).unwrap_or(usize::MAX));
    // A third is for what is known of jobs, and the last for what they allocate and for telling what was found.
    let room =
        Room { states: search::MAX_STATES, bytes: usize::try_from(setup.memory_bytes / 3).unwrap_or(usize::MAX) };
    let at_first = current::with_items(|items| model::read(setup.resources, items));
    let subject = Subject {
        declared: setup.declared,
        at_first: &at_first,
        which: setup.how.which.clone(),
        unseen: setup.how.unseen.clone(),
        deadline: setup.deadline,
        began,
        room,
    };
    let image = setup.jobs.first().map(|entry| Image::of_library_with(*entry));
    if setup.is_program {
        return program_of(setup, &at_first, subject, image);
    }
    match jobs_of(&setup, &at_first, subject.clone()) {
        // The jobs share more than what is declared, which shows only when their code runs.
        Err(ExploreError::UsesStd) if setup.pool.is_none() => program_of(setup, &at_first, subject, image),
        explored => explored,
    }
}

/// Explores a cell whose jobs share nothing but what is declared.
fn jobs_of(setup: &Setup<'_>, at_first: &[ModelObject], subject: Subject<'_>) -> Result<Explored, ExploreError> {
    let Setup { declared, jobs, pool, show, assert, .. } = setup;
    let kinds: Vec<Kind> = declared.iter().map(model::kind).collect();
    let main = MainProcess::new(pool.as_ref().map(|(entry, _)| *entry), [show.clone(), assert.clone()]);
    let mut engine = match pool {
        Some((entry, settings)) => pool_of((*entry, *settings), main, kinds, at_first.to_vec())?,
        None => {
            let begun = workers_of(jobs.len(), |worker| Job::new(worker, jobs[worker as usize - 1], Vec::new()))?;
            Engine::new(begun, kinds, Shared::new(at_first.to_vec()), main)
        }
    };
    // A pool's are named in advance, as many as there might be.
    let workers = setup.workers[..setup.workers.len().min(engine.jobs.len() + 1)].to_vec();
    survey(&mut engine, subject, |_| workers)
}

/// Explores a cell whose workers use threads and objects of `std`.
fn program_of(
    setup: Setup<'_>,
    at_first: &[ModelObject],
    subject: Subject<'_>,
    image: Option<Image>,
) -> Result<Explored, ExploreError> {
    let Some(image) = image else { return Err(ExploreError::UsesStd) };
    if setup.jobs.len() > MAX_WORKERS {
        return Err(ExploreError::TooManyWorkers(setup.jobs.len()));
    }
    let mut program = Program::new(Parts {
        roots: setup.jobs,
        main: [setup.show, setup.assert],
        image,
        kinds: setup.declared.iter().map(model::kind).collect(),
        objects: at_first.to_vec(),
        bindings: setup.bindings.clone(),
        prints: setup.is_program,
        spurious: setup.how.spurious,
        merges: setup.how.unseen.is_none(),
        drops: setup.how.drops,
        is_alone: true,
    })?;
    survey(&mut program, subject, Program::names)
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
    let pool = ModelObject::Pool(Pool::new(settings.workers));
    let objects = Shared::new([shared.all(), vec![pool]].concat());
    let jobs = workers_of(most as usize, |worker| Job::new(worker, entry, main.before(worker)))?;
    Ok(Engine::new(jobs, kinds, objects, main))
}
