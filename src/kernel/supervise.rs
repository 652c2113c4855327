//! One run of a cell, seen from the kernel: fork main, watch it, end it and all that it started, and read what is left.

use super::activities::activities;
use super::collect;
use super::deadlock::{Detector, LOOK};
use super::fresh;
use super::interrupt::Interrupts;
use super::lanes::Lanes;
use super::library::Library;
use super::main_process::{Rlimits, run_main};
use super::orders::Cell;
use super::process_limiter::{self, ProcessLimiter, end_everybody};
use super::protocol::{Activity, Limits, RunReport};
use super::raw_output::RawOutput;
use super::replay::replayed;
use crate::executor::context::Context;
use crate::executor::{Halted, pidfd};
use crate::plan::{Bindings, Declaration};
use crate::record::Deadlock;
use crate::shared::mapping::Mapping;
use crate::shared::resource::Resource;
use crate::shared::run::{Run, exit, stage};
use crate::shared::{WorkerId, clock};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, fork, getpid, pipe2};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// What all runs of a cell have in common.
pub struct Supervisor<'a> {
    /// The shared memory.
    pub mapping: &'a Mapping,
    /// The cell's index in the notebook.
    pub cell: usize,
    /// The notebook's library.
    pub library: &'a Library,
    /// The user's wish to stop.
    pub interrupts: &'a Interrupts,
    /// What the cell can reach, by id.
    pub resources: Vec<Option<Resource>>,
    /// All resources as they were declared, by id.
    pub declared: &'a [Declaration],
    /// The time limit.
    pub limit: Duration,
    /// When the time of all cells together is up, on [`clock::now`].
    pub out_of_time_at: u64,
    /// What the author's code calls things.
    pub bindings: &'a Bindings,
    /// What else it may take.
    pub limits: Limits,
    /// Whether what workers do is noted.
    pub traced: bool,
}

/// How often the kernel looks around even if nothing calls it.
const TICK: Duration = Duration::from_millis(10);

/// Why a run was ended from outside.
enum Ended {
    /// It was not: main ended by itself.
    ByItself(WaitStatus),
    AtTimeLimit,
    /// The time of all cells together is up.
    OutOfTime,
    ByTheUser,
    /// The jobs had started too many processes by themselves.
    TooMany,
    /// Main was stopped, and not continued.
    Halted(Signal),
    Deadlocked(Deadlock),
}

impl Supervisor<'_> {
    /// Runs the cell once, by a schedule if there is one.
    ///
    /// # Errors
    /// If the system refuses what every run needs: memory, a pipe, a process.
    pub fn run(&self, cell: Cell, schedule: Option<&[u32]>) -> Result<RunReport, String> {
        let refused = |error: Errno| format!("the system refused: {}", error.desc());
        // SAFETY: the last run's main and workers are gone, and what the kernel read of it has been sent.
        unsafe { self.mapping.run.clear() };
        self.resources.iter().flatten().for_each(|resource| resource.primitive().reset());
        let (output, input) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).map_err(refused)?;
        let context = self.context(&cell, schedule)?;
        let queues = collect::queue_counts(&self.resources);
        let limiter = ProcessLimiter::new(self.limits.processes);
        if limiter.is_crowded() {
            context.run.tie_nobody();
        }
        let limits =
            Rlimits { memory_bytes: self.limits.memory_bytes, most_tasks: limiter.most_tasks(cell.names.len() as u64) };
        let kernel = getpid();
        // SAFETY: the kernel has one thread.
        let main = match unsafe { fork() }.map_err(refused)? {
            ForkResult::Child => run_main(context, self.library, &cell.orders, kernel, &input, limits),
            ForkResult::Parent { child } => child,
        };
        drop(input);
        let main_fd = pidfd(main).map_err(refused)?;
        let mut raw = RawOutput::new();
        let limited: Vec<WorkerId> = cell
            .orders
            .jobs
            .iter()
            .filter(|(start, _)| start.timeout.is_some())
            .map(|(start, _)| start.worker)
            .collect();
        let ended = self.watch(&context, &limited, limiter, &main_fd, &output, &mut raw);
        let waits = match ended {
            Ended::AtTimeLimit | Ended::OutOfTime => activities(&context),
            _ => Vec::new(),
        };
        // All workers have been joined then, so whoever is there was started by a job, and left behind.
        let left_behind = match ended {
            Ended::ByItself(WaitStatus::Exited(_, 0)) => process_limiter::stragglers(),
            _ => Vec::new(),
        };
        end_all(main);
        raw.drain(&output, &context.run);
        let run = &context.run;
        for worker in 0..run.slots.len() as u32 {
            context.release_owned_by(worker);
        }
        let rest = match &ended {
            Ended::AtTimeLimit | Ended::OutOfTime => exit::TIMED_OUT,
            Ended::Deadlocked(_) => exit::DEADLOCKED,
            _ => exit::LOST,
        };
        for (worker, slot) in run.slots.iter().enumerate() {
            if !matches!(slot.stage.load(SeqCst), stage::NEW | stage::ENDED) {
                run.end(worker as u32, context.unseen_end(worker as u32, rest), 0);
            }
        }
        let mut report = collect::report(&context, &cell, raw, queues);
        let objects = &report.outcome.objects;
        report.outcome.replay = schedule.and_then(|schedule| replayed(&context, self.declared, objects, schedule));
        for (declared, _) in
            self.declared.iter().zip(&self.resources).filter(|(_, it)| it.is_some_and(|it| it.primitive().repair()))
        {
            let name = &declared.name;
            report.problems.push(format!("a job overwrote the memory of queue `{name}`: nbrun has emptied it"));
        }
        report.left_behind = left_behind;
        self.tell(&mut report, ended, waits, &context);
        Ok(report)
    }

    /// What main and the workers of a run must know.
    fn context(&self, cell: &Cell, schedule: Option<&[u32]>) -> Result<Context, String> {
        let run = Run::new(self.mapping.run, cell.names.len(), self.limits.output_bytes, self.traced);
        let run = match schedule {
            Some(schedule) => run.and_then(|run| run.by(schedule)),
            None => run,
        };
        let run =
            run.ok_or_else(|| format!("{} workers are more than there is shared memory for", cell.names.len() - 1))?;
        let unnoted = self.mapping.run.alloc_slice(self.resources.len()).ok_or("no shared memory is left for a run")?;
        let mut context = Context {
            run,
            resources: self.resources.clone(),
            unnoted,
            resource_names: self.declared.iter().map(|resource| resource.name.clone()).collect(),
            names: cell.names.clone(),
            bindings: self.bindings.clone(),
            pool_settings: cell.pool,
            alone: AtomicBool::new(false),
            watchers: AtomicU32::new(0),
            showing: AtomicU64::new(0),
            compared: Mutex::default(),
            fresh: None,
        };
        if cell.has_fresh() {
            context.fresh = Some(fresh::write(self.mapping, self.library.path(), self.cell, &context)?);
        }
        Ok(context)
    }

    /// Adds to the report why main was ended, or what was wrong with its end, and who waited for what by then.
    fn tell(&self, report: &mut RunReport, ended: Ended, activities: Vec<Activity>, context: &Context) {
        match ended {
            Ended::AtTimeLimit => report.timed_out = Some((self.limit, activities)),
            Ended::OutOfTime => {
                report.timed_out = Some((self.limits.total, activities));
                report.out_of_time = true;
            }
            Ended::TooMany => report.too_many = Some(self.limits.processes),
            Ended::Halted(signal) => report
                .problems
                .push(format!("the process that runs the cell was stopped by {signal}, and not continued")),
            Ended::ByTheUser => report.interrupted = true,
            Ended::Deadlocked(deadlock) => {
                let lanes = Lanes::of(context, &context.run.journal.entries().0);
                report.outcome.deadlock = Some(lanes.of_deadlock(deadlock));
            }
            Ended::ByItself(status) => report.problems.extend(unexpected_end(context, status)),
        }
    }

    /// Waits until main has ended or must be ended. `limited` workers have a time limit of their own.
    fn watch(
        &self,
        context: &Context,
        limited: &[WorkerId],
        mut limiter: ProcessLimiter,
        main: &OwnedFd,
        output: &OwnedFd,
        raw: &mut RawOutput,
    ) -> Ended {
        let mut halted = Halted::default();
        let asked = WaitPidFlag::WEXITED | WaitPidFlag::WSTOPPED | WaitPidFlag::WCONTINUED | WaitPidFlag::WNOHANG;
        let deadline = context.run.epoch.saturating_add(clock::nanoseconds(self.limit));
        let mut detector = Detector::default();
        let mut look_at = clock::now() + LOOK.as_nanos() as u64;
        loop {
            let left = Duration::from_nanos(deadline.min(self.out_of_time_at).saturating_sub(clock::now())).min(TICK);
            // Rounded up, so that the last poll does not end just before the deadline, again and again.
            let until_look = Duration::from_nanos(look_at.saturating_sub(clock::now()));
            let timeout = left.min(until_look) + Duration::from_millis(1);
            let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
            let watched = [main.as_fd(), self.interrupts.as_fd(), output.as_fd()];
            // A pipe that is at its end is always ready, so it is no longer watched then.
            let count = if raw.is_open() { 3 } else { 2 };
            let mut fds: Vec<PollFd<'_>> =
                watched.into_iter().take(count).map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
            let _ = poll(&mut fds, timeout);
            raw.drain(output, &context.run);
            if self.interrupts.take() {
                return Ended::ByTheUser;
            }
            match waitid(Id::PIDFd(main.as_fd()), asked) {
                Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => {}
                Ok(status @ (WaitStatus::Stopped(..) | WaitStatus::Continued(_))) => halted.note(&status),
                Ok(status) => return Ended::ByItself(status),
                Err(_) => return Ended::ByItself(WaitStatus::StillAlive),
            }
            if clock::now() >= deadline {
                return Ended::AtTimeLimit;
            }
            if clock::now() >= self.out_of_time_at {
                return Ended::OutOfTime;
            }
            if let Some(signal) = halted.for_too_long() {
                return Ended::Halted(signal);
            }
            if limiter.too_many(|| context.run.slots.iter().map(|slot| slot.pid.load(SeqCst)).collect()) {
                return Ended::TooMany;
            }
            if clock::now() >= look_at {
                if let Some(deadlock) = detector.look(context, |worker| limited.contains(&worker)) {
                    return Ended::Deadlocked(deadlock);
                }
                look_at = clock::now() + LOOK.as_nanos() as u64;
            }
        }
    }
}

/// Ends main's whole group at once, and then whatever left it: the kernel inherits every orphan below it.
pub(super) fn end_all(main: Pid) {
    let _ = killpg(main, Signal::SIGKILL);
    end_everybody(&[]);
}

/// What to say of a main that ended before its work was done, if nothing else explains it.
fn unexpected_end(context: &Context, status: WaitStatus) -> Option<String> {
    let main = context.run.slot(0);
    let explained = context.run.slots.iter().any(|slot| slot.exit.load(SeqCst) == exit::SIGNAL);
    match status {
        WaitStatus::Exited(_, 0) if main.exit.load(SeqCst) != exit::LOST => None,
        WaitStatus::Exited(_, crate::executor::worker::GAVE_UP) => None,
        WaitStatus::Exited(_, code) => Some(format!(
            "the whole process ended with exit code {code}: a job called std::process::exit; nbrun's own exit({code}) ends \
             only the worker that calls it"
        )),
        WaitStatus::Signaled(..) if explained => None,
        // A fault that was not noted: see the executor of processes.
        WaitStatus::Signaled(_, Signal::SIGSEGV, _) => Some(
            "a thread that the cell's code had started by itself overflowed its stack, and the process that runs the cell \
             ended with it: a function that calls itself without end does that, and so does a very large local array"
                .to_owned(),
        ),
        WaitStatus::Signaled(_, signal, _) => Some(format!("the process that runs the cell was killed by {signal}")),
        _ => Some("the process that runs the cell was lost".to_owned()),
    }
}
