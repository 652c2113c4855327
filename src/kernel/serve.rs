//! The kernel process: it takes its job from standard input and reports on standard output.

use super::collect;
use super::interrupt::Interrupts;
use super::library::Library;
use super::orders;
use super::protocol::{ALL_LEFT_BYTES, Job, LEFT_BYTES, Left, Message, NotExplored, RunReport, packed, unpack};
use super::supervise::Supervisor;
use crate::executor::host::HOST;
use crate::host::lines;
use crate::model::{self, Executor};
use crate::notebook::Size;
use crate::plan::{Bindings, Explore, Spawn, Step, StepKind};
use crate::record::{Contents, Explored};
use crate::shared::clock;
use crate::shared::mapping::Mapping;
use crate::shared::primitive::Snapshot;
use crate::shared::quick_clock;
use crate::shared::resource::Resource;
use nix::sys::prctl;
use nix::sys::resource::{Resource as Rlimit, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::process::ExitCode;

/// The hidden argument that makes nbrun a kernel.
pub const ARGUMENT: &str = "__kernel";

/// A second argument, in a sandbox: the workers must not get at the kernel.
pub const SEALED: &str = "sealed";

/// Addresses for one run, in bytes: only what is touched costs memory. The second number is for systems that limit
/// addresses.
const RUN_BYTES: [usize; 2] = [16 << 30, 1 << 30];
/// What a user can do about a system that gives too little.
const LESS: &str = "`--limit shared=256MiB` asks for less, or `nbrun: {shared: 256MiB}` in the front matter; or raise \
                    the system's own limits, of addresses (`ulimit -v`) and of the size of files (`ulimit -f`), to 1 GiB more \
                    than that";
/// More than a queue takes beside its ring.
const QUEUE_STATE_BYTES: usize = 8 << 10;
/// What addresses come in.
const PAGE_BYTES: usize = 64 << 10;

/// Runs the job on standard input to its end.
pub fn serve() -> ExitCode {
    // If nbrun itself dies while the library is loaded, whose code may run without end, the kernel ends with it.
    let _ = prctl::set_pdeathsig(Signal::SIGKILL);
    // Workers whose parent died come to the kernel, which sees to their end.
    let _ = prctl::set_child_subreaper(true);
    let sealed = std::env::args_os().nth(2).is_some_and(|argument| argument == SEALED);
    if sealed {
        // Neither its memory nor its files can be opened by number then.
        let _ = prctl::set_dumpable(false);
    }
    // The rate of the processor's counter is known once it was watched for a moment.
    quick_clock::rate();
    let mut bytes = Vec::new();
    let job = match std::io::stdin().lock().read_to_end(&mut bytes).map(|_| unpack::<Job>(&mut bytes, usize::MAX)) {
        Ok(Ok(Some(job))) => job,
        _ => return ExitCode::from(2),
    };
    match Kernel::new(job, sealed).and_then(Kernel::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            send(&Message::Broken(why));
            ExitCode::FAILURE
        }
    }
}

/// Reports. If nobody listens any more, the kernel is about to be ended anyway.
fn send(message: &Message) {
    if let Ok(bytes) = packed(message) {
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(&bytes).and_then(|()| stdout.flush());
    }
}

/// How a cell is run: under which executor, if not as each job says, and with how many workers, if it sweeps over that.
type Variant = (Option<Executor>, Option<u32>);

struct Kernel {
    job: Job,
    library: Option<Library>,
    mapping: Mapping,
    interrupts: Interrupts,
    /// What the author's code calls things.
    bindings: Bindings,
    /// The resources declared so far, by id.
    resources: Vec<Option<Resource>>,
    /// How many bytes of what cells leave can still be told.
    left_bytes: Cell<usize>,
    /// How much of the memory for them is handed out. What stands there about it can be written over by any job.
    used: u64,
}

impl Kernel {
    fn new(mut job: Job, sealed: bool) -> Result<Self, String> {
        lines::install(std::mem::take(&mut job.source_map));
        let shared_bytes = usize::try_from(job.limits.shared_bytes).unwrap_or(usize::MAX / 2);
        let lasting = shared_bytes.next_multiple_of(PAGE_BYTES);
        // The mapping is a file without a name. One that is longer than a file may be would end the kernel by a signal.
        let (longest, _) = getrlimit(Rlimit::RLIMIT_FSIZE).unwrap_or((u64::MAX, u64::MAX));
        let fits = |run: &usize| Mapping::bytes(lasting, *run) as u64 <= longest;
        let mapping = RUN_BYTES.into_iter().filter(fits).find_map(|run| Mapping::new(lasting, run).ok());
        let mapping =
            mapping.ok_or_else(|| format!("the system gives no {} of shared memory: {LESS}", Size(lasting as u64)))?;
        if sealed {
            // What jobs share is there now. No file of theirs, with a name or without, is larger than their memory may be.
            let most = job.limits.memory_bytes;
            let (_, hard) = getrlimit(Rlimit::RLIMIT_FSIZE).unwrap_or((most, most));
            let limited = setrlimit(Rlimit::RLIMIT_FSIZE, most.min(hard), most.min(hard));
            limited.map_err(|error| format!("the size of files cannot be limited: {}", error.desc()))?;
        }
        let interrupts = Interrupts::catch().map_err(|error| format!("signals cannot be watched: {}", error.desc()))?;
        let library = job.library.as_ref().map(|path| Library::load(path, &HOST)).transpose()?;
        // From here on the kernel is told of nbrun's death as if by the user, and ends all that it has started.
        let _ = prctl::set_pdeathsig(Signal::SIGTERM);
        let resources = vec![None; job.plan.resources.len()];
        let bindings = Bindings::of(&job.plan);
        Ok(Self {
            job,
            library,
            mapping,
            interrupts,
            bindings,
            resources,
            left_bytes: Cell::new(ALL_LEFT_BYTES),
            used: 0,
        })
    }

    fn run(mut self) -> Result<(), String> {
        let steps = std::mem::take(&mut self.job.plan.steps);
        let total = clock::nanoseconds(self.job.limits.total);
        let out_of_time_at = clock::now().saturating_add(total);
        for step in &steps {
            if self.job.skip.contains(&step.cell) {
                continue;
            }
            if let Some(left) = self.job.left.as_mut().and_then(|left| left.remove(&step.cell)) {
                for (id, snapshot) in left {
                    if let Some(Some(resource)) = self.resources.get(id as usize) {
                        resource.primitive().restore(&snapshot);
                        resource.primitive().repair();
                    }
                }
                continue;
            }
            let ended = match &step.work {
                StepKind::Jobs(_) | StepKind::ExpectedError(_) | StepKind::Skipped(_) => false,
                StepKind::Declare(ids) => {
                    send(&Message::Started(step.cell));
                    match self.declare(ids) {
                        Ok(states) => send(&Message::Done(step.cell, states)),
                        Err(why) => {
                            send(&Message::Refused(step.cell, why));
                            break;
                        }
                    }
                    false
                }
                StepKind::Spawn(spawn) => {
                    let kinds = match spawn.executors.as_slice() {
                        [] => vec![None],
                        kinds => kinds.iter().copied().map(Some).collect(),
                    };
                    let order = |library: &Library, (kind, workers): Variant| {
                        orders::spawn(library, step.cell, spawn, kind, workers)
                    };
                    self.run_cell(step, out_of_time_at, &kinds, order)?
                }
                StepKind::Pool(pool) => {
                    let kinds: Vec<_> = pool.executors.iter().copied().map(Some).collect();
                    let order = |library: &Library, (kind, workers): Variant| {
                        orders::pool(library, step.cell, pool, kind, workers)
                    };
                    self.run_cell(step, out_of_time_at, &kinds, order)?
                }
            };
            if ended {
                break;
            }
        }
        Ok(())
    }

    fn declare(&mut self, ids: &[u32]) -> Result<Vec<model::Resource>, String> {
        let arena = &self.mapping.lasting;
        arena.set_used(self.used);
        for &id in ids {
            let Some(declared) = self.job.plan.resources.get(id as usize) else { continue };
            let resource = Resource::new(declared, arena, self.share())
                .ok_or_else(|| format!("no shared memory is left for `{}`", declared.name))?;
            self.resources[id as usize] = Some(resource);
        }
        self.used = arena.used();
        Ok(ids.iter().filter_map(|&id| self.state(id, &[])).collect())
    }

    /// To how many bytes the next queue may grow. The queues that are still to be declared have equal parts of what the other
    /// resources will leave. A resource that does not fit is an error at its own cell, so it does not count here.
    fn share(&self) -> usize {
        let left = self.mapping.lasting.left();
        let to_come = self.job.plan.resources.iter().zip(&self.resources).filter(|(_, made)| made.is_none());
        let (mut others, mut queues) = (0_usize, 0);
        for (declared, _) in to_come {
            match Resource::most_bytes(declared) {
                None => queues += 1,
                Some(bytes) => others = others.checked_add(bytes).filter(|all| *all <= left).unwrap_or(others),
            }
        }
        ((left - others) / queues.max(1)).saturating_sub(QUEUE_STATE_BYTES)
    }

    fn state(&self, id: u32, names: &[String]) -> Option<model::Resource> {
        let declared = self.job.plan.resources.get(id as usize)?;
        Some(collect::resource(declared, self.resources.get(id as usize)?.as_ref()?, names))
    }

    /// The states of these, each once.
    fn states(&self, mut ids: Vec<u32>, names: &[String]) -> Vec<model::Resource> {
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().filter_map(|id| self.state(id, names)).collect()
    }

    /// Runs a cell under each executor or with each number of workers, as often as it says, each time from the same state of
    /// what is shared; a cell that runs more than once leaves that state behind. Whether it was the last cell: the user interrupted it, or the time of all cells is up.
    fn run_cell(
        &self,
        step: &Step,
        out_of_time_at: u64,
        kinds: &[Option<Executor>],
        order: impl Fn(&Library, Variant) -> Result<orders::Cell, String>,
    ) -> Result<bool, String> {
        send(&Message::Started(step.cell));
        let library = self.library.as_ref().ok_or("the notebook has no library")?;
        let limit = step.options.timeout.or(self.job.plan.settings.timeout).unwrap_or(self.job.limits.timeout);
        let supervisor = Supervisor {
            mapping: &self.mapping,
            cell: step.cell,
            library,
            interrupts: &self.interrupts,
            resources: self.visible(step.cell),
            declared: &self.job.plan.resources,
            limit,
            out_of_time_at,
            bindings: &self.bindings,
            limits: self.job.limits,
            traced: !self.job.plan.settings.untraced,
        };
        if let Some(explore) = &step.options.explore {
            // No executor has a say: it is about what may happen under any.
            let cell = order(library, (Some(Executor::Process), None))?;
            return self.explore(step.cell, library, &supervisor, &cell, explore.clone());
        }
        let schedule = match &step.work {
            StepKind::Spawn(Spawn { replay: Some(replay), .. }) => Some(replay.schedule.as_slice()),
            _ => None,
        };
        let repeat = step.options.repeat.unwrap_or(1);
        let variants: Vec<Variant> = match step.options.sweep.as_slice() {
            [] => kinds.iter().map(|&kind| (kind, None)).collect(),
            sweep => kinds.iter().flat_map(|&kind| sweep.iter().map(move |&workers| (kind, Some(workers)))).collect(),
        };
        let snapshots: Vec<(Resource, Snapshot)> = if variants.len() > 1 || repeat > 1 {
            supervisor.resources.iter().flatten().map(|resource| (*resource, resource.primitive().snapshot())).collect()
        } else {
            Vec::new()
        };
        // In rounds, so that a machine that becomes slower meanwhile is so for all that are compared.
        let runs = (0..repeat).flat_map(|repetition| variants.iter().map(move |&variant| (variant, repetition)));
        let (mut touched, mut names, mut ended) = (Vec::new(), Vec::new(), false);
        for (number, (variant, repetition)) in runs.enumerate() {
            if number > 0 {
                snapshots.iter().for_each(|(resource, snapshot)| resource.primitive().restore(snapshot));
            }
            let cell = order(library, variant)?;
            names.clone_from(&cell.names);
            let numbers = |id: usize| supervisor.resources.get(id)?.as_ref().map(collect::numbers);
            let before: Vec<_> = (0..supervisor.resources.len()).map(numbers).collect();
            let mut report = supervisor.run(cell, schedule)?;
            (report.outcome.executor, report.outcome.swept) = variant;
            report.outcome.repetition = repetition;
            let used = collect::touched(&report.outcome);
            let contents = |id: &u32| {
                let (before, after) = (before.get(*id as usize).cloned().flatten()?, numbers(*id as usize)?);
                (!before.is_empty()).then_some(Contents { resource: *id, before, after })
            };
            report.outcome.contents = used.iter().filter_map(contents).collect();
            touched.extend(used);
            touched.append(&mut report.unnoted);
            ended = report.interrupted || report.out_of_time;
            send(&Message::Ran(Box::new(report)));
            if ended {
                break;
            }
        }
        // Which of its runs came last is chance, or at least none of the lesson's business: none of them leaves anything.
        snapshots.iter().for_each(|(resource, snapshot)| resource.primitive().restore(snapshot));
        if self.job.left.is_some() && step.changes() && !ended {
            self.tell_left(&touched);
        }
        send(&Message::Done(step.cell, self.states(touched, &names)));
        Ok(ended)
    }

    /// Tells what these hold now, unless it is too much.
    fn tell_left(&self, touched: &[u32]) {
        let ids: BTreeSet<u32> = touched.iter().copied().collect();
        let left = ids
            .into_iter()
            .filter_map(|id| Some((id, self.resources.get(id as usize)?.as_ref()?.primitive().snapshot())));
        let left: Left = left.collect();
        let size =
            |(_, snapshot): &(u32, Snapshot)| if let Snapshot::Bytes(bytes) = snapshot { bytes.len() } else { 16 };
        let bytes: usize = left.iter().map(size).sum();
        if bytes <= LEFT_BYTES.min(self.left_bytes.get()) {
            self.left_bytes.set(self.left_bytes.get() - bytes);
            send(&Message::Left(left));
        }
    }

    /// Explores a cell, which leaves everything as it was. Whether the user interrupted it.
    fn explore(
        &self,
        step: usize,
        library: &Library,
        supervisor: &Supervisor<'_>,
        cell: &orders::Cell,
        which: Explore,
    ) -> Result<bool, String> {
        let report = supervisor.explore(library, cell, &self.job.plan.resources, which)?;
        let interrupted = matches!(report.not_explored, Some(NotExplored::Interrupted));
        let touched: Vec<u32> = report.explored.iter().flat_map(touched_by).collect();
        let explored = Some(report);
        send(&Message::Ran(Box::new(RunReport { explored, interrupted, ..RunReport::default() })));
        send(&Message::Done(step, self.states(touched, &cell.names)));
        Ok(interrupted)
    }

    /// The resources that a cell can reach, by id.
    fn visible(&self, cell: usize) -> Vec<Option<Resource>> {
        let visible: Vec<u32> = self.job.plan.visible_resources(cell).iter().map(|resource| resource.id).collect();
        let reach = |(id, resource): (usize, &Option<Resource>)| resource.filter(|_| visible.contains(&(id as u32)));
        self.resources.iter().enumerate().map(reach).collect()
    }
}

/// The resources that an exploration's steps are about.
fn touched_by(explored: &Explored) -> impl Iterator<Item = u32> {
    explored.outcomes.iter().flat_map(|outcome| &outcome.witness.steps).filter_map(|step| step.resource)
}
