//! The shared state of one run of a cell: its workers' slots, the start gate, the journal and the trace.

use super::bytes::Shared;
use super::cpu_time::CpuTime;
use super::futex;
use super::journal::Journal;
use super::mapping::Arena;
use super::std_table::StdTable;
use super::thread_table::{THREADS, ThreadTable};
use super::trace::{EVENT_SIZE, NO_RESOURCE, Trace};
use super::turn_scheduler::TurnScheduler;
use super::{Deadline, WorkerId, clock, place};
use crate::model::{ExitStatus, WaitCondition};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering::SeqCst};

/// How far a worker has come; the values of [`Slot::stage`].
pub mod stage {
    /// It was not started.
    pub const NEW: u32 = 0;
    /// Its start was asked for.
    pub const SPAWNED: u32 = 1;
    /// It is up and waits at the gate.
    pub const READY: u32 = 2;
    /// It is at work.
    pub const RUNNING: u32 = 3;
    /// Its work is over, as [`Slot::exit`](super::Slot::exit) says.
    pub const ENDED: u32 = 4;
}

/// How a worker ended; the values of [`Slot::exit`].
pub mod exit {
    /// Nothing is known yet.
    pub const UNKNOWN: u32 = 0;
    /// With the exit code in [`Slot::code`](super::Slot::code).
    pub const CODE: u32 = 1;
    /// By a panic, whose text is in the journal.
    pub const PANIC: u32 = 2;
    /// By the signal in [`Slot::code`](super::Slot::code).
    pub const SIGNAL: u32 = 3;
    /// At a time limit.
    pub const TIMED_OUT: u32 = 4;
    /// With its process.
    pub const LOST: u32 = 5;
    /// In a deadlock.
    pub const DEADLOCKED: u32 = 6;
    /// Its job returned an error, whose text is in the journal.
    pub const ERROR: u32 = 7;
}

/// What is known of one worker while it lives. Times are on [`clock::now`], 0 for "not yet".
#[repr(C, align(128))]
#[derive(Default)]
pub struct Slot {
    /// See [`stage`].
    pub stage: AtomicU32,
    /// Its process.
    pub pid: AtomicU32,
    /// Its thread.
    pub tid: AtomicU32,
    /// See [`exit`].
    pub exit: AtomicU32,
    /// An exit code or a signal.
    pub code: AtomicI32,
    /// 1 if the signal came of a stack that ran over.
    pub overflow: AtomicU32,
    /// Becomes nonzero when it is to end; sleepers sleep on it.
    pub cancel: AtomicU32,
    /// On what it waits: a resource's id plus one; 0 is nothing.
    pub waits_for: AtomicU32,
    /// What it must take then, of `std`: a resource's id plus one.
    pub takes_then: AtomicU32,
    /// For what it waits there: a [`WaitCondition`]'s number.
    pub condition: AtomicU32,
    /// 1 if it waits without a time limit.
    pub endless: AtomicU32,
    /// The line where it waits.
    pub wait_line: AtomicU32,
    /// Since when it waits.
    pub wait_since: AtomicU64,
    /// When its start was asked for.
    pub spawned_at: AtomicU64,
    /// When it was up.
    pub ready_at: AtomicU64,
    /// When it went through the gate.
    pub started_at: AtomicU64,
    /// When it ended.
    pub ended_at: AtomicU64,
    /// For how long it was blocked, in nanoseconds.
    pub blocked: AtomicU64,
    /// For how long it has been on a core.
    pub cpu: CpuTime,
    /// How many tasks of a pool it has done.
    pub tasks: AtomicU64,
    /// 1 while it prepares for its first task, and for ever if it could not.
    pub unprepared: AtomicU32,
    /// The task of a pool that it is at, plus one; 0 is none.
    pub task: AtomicU64,
    /// Counts the readings of what its process has written past the macros: odd while one is under way.
    pub readings: AtomicU32,
    /// 1 if somebody sleeps until the next of them is over.
    pub reading_awaited: AtomicU32,
}

impl Slot {
    /// How its worker ended, as far as the slot says: what it said with it stands in the journal.
    pub fn exit_status(&self) -> ExitStatus {
        let code = self.code.load(SeqCst);
        match self.exit.load(SeqCst) {
            exit::CODE => ExitStatus::Code(code),
            exit::PANIC => ExitStatus::Panicked { message: String::new(), spot: None },
            exit::ERROR => ExitStatus::Failed { error: String::new() },
            exit::SIGNAL => {
                let name = Signal::try_from(code).ok().map(Signal::as_str);
                ExitStatus::signaled(code, name, self.overflow.load(SeqCst) != 0)
            }
            exit::TIMED_OUT => ExitStatus::TimedOut,
            exit::DEADLOCKED => ExitStatus::Deadlocked,
            exit::UNKNOWN if self.stage.load(SeqCst) == stage::NEW => ExitStatus::NotStarted,
            _ => ExitStatus::Lost,
        }
    }
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for Slot {}

/// The words of a run that belong to no worker.
#[repr(C)]
pub struct Common {
    /// 1 once workers may begin.
    gate: AtomicU32,
    /// How many workers go through the gate side by side; 0 if there are too many for the cores.
    abreast: AtomicU32,
    /// How many have come through so far.
    through: AtomicU32,
    /// Not 0 if workers are to wait for the gate wherever the system has them.
    anywhere: AtomicU32,
    /// Changes whenever a worker has become ready or died before.
    ready: AtomicU32,
    /// When all workers had been joined, on [`clock::now`]; 0 for "not yet".
    pub joined_at: AtomicU64,
    /// Counts completed tasks of a pool.
    pub completed: AtomicU64,
    /// How many workers have ended and been seen to: what they held is free, and who is to stand in for them is started.
    pub buried: AtomicU32,
}

/// What a worker waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// On what: a resource's id, or [`NO_RESOURCE`] for a sleep. For the end of a worker it is that worker's number, and to be unparked
    /// the waiter's own.
    pub resource: u32,
    /// For what.
    pub condition: WaitCondition,
    /// The line of the call.
    pub line: u32,
    /// Since when.
    pub since: u64,
    /// Whether there is no time limit.
    pub endless: bool,
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for Common {}

/// Everything that one run shares.
#[derive(Serialize, Deserialize)]
pub struct Run {
    /// When it began, on [`clock::now`].
    pub epoch: u64,
    /// The words of all.
    #[serde(with = "place::one")]
    pub common: &'static Common,
    /// How many workers there are, main included, but for the threads that jobs start by themselves.
    pub declared: u32,
    /// One slot for each worker; the first is main's, and those of threads that jobs start come last.
    #[serde(with = "place::many")]
    pub slots: &'static [Slot],
    /// The threads that jobs have started by themselves.
    pub threads: ThreadTable,
    /// The objects of `std` that workers use.
    pub objects: StdTable,
    /// What workers say.
    pub journal: Journal,
    /// What workers do.
    pub trace: Trace,
    /// The gate at which workers take turns, if the run follows a schedule.
    pub gate: Option<TurnScheduler>,
    /// Where a pool allocates what it needs.
    pub arena: Arena,
}

/// Puts the calling thread on a core of its own, as far as there are as many: woken together on one core, two workers could
/// only take turns, for milliseconds, until the system moves one away. Gives the cores where it might be before, so that it
/// can be let go again.
fn stand_on_a_core(worker: WorkerId) -> Option<CpuSet> {
    let cores = sched_getaffinity(Pid::from_raw(0)).ok()?;
    let allowed: Vec<usize> = (0..CpuSet::count()).filter(|core| cores.is_set(*core) == Ok(true)).collect();
    let mut own = CpuSet::new();
    own.set(*allowed.get(worker as usize % allowed.len().max(1))?).ok()?;
    sched_setaffinity(Pid::from_raw(0), &own).ok()?;
    Some(cores)
}

/// How long a worker waits for the others behind the gate, at most.
const LINE_UP_NS: u64 = 1_000_000;
/// How many events of a worker are kept.
const EVENTS: usize = 1 << 16;
/// The most memory for all rows of events together.
const EVENT_BYTES: usize = 64 << 20;

/// How many events are kept of threads that jobs start: of so many threads so many of each, first come, first served.
const THREAD_EVENTS: [(usize, usize); 3] = [(8, 1 << 15), (24, 1 << 13), (THREADS - 32, 1 << 10)];

/// How many events are kept of so many workers together, and of the threads that they start. One that is kept may stand for two.
pub fn most_events(workers: usize) -> usize {
    2 * (workers * events_of_each(workers)
        + THREAD_EVENTS.iter().map(|(threads, events)| threads * events).sum::<usize>())
}

fn events_of_each(workers: usize) -> usize {
    EVENTS.min(EVENT_BYTES / EVENT_SIZE / workers.max(1))
}

impl Run {
    /// The state of a run with `workers` workers, main included; `None` if the arena is used up. What they do is noted only
    /// if it is `traced`.
    pub fn new(arena: Arena, workers: usize, output_limit: u64, traced: bool) -> Option<Self> {
        // Asked here for the first time, so that no worker has to.
        futex::cores();
        let of_threads = THREAD_EVENTS.iter().flat_map(|(threads, events)| std::iter::repeat_n(*events, *threads));
        let capacities = std::iter::repeat_n(events_of_each(workers), workers).chain(of_threads);
        let capacities = capacities.map(|events| if traced { events } else { 0 });
        let threads = ThreadTable::new(&arena, workers as WorkerId)?;
        Some(Self {
            common: arena.alloc()?,
            declared: workers as u32,
            slots: arena.alloc_slice(workers + THREADS)?,
            threads,
            objects: StdTable::new(&arena)?,
            journal: Journal::new(&arena, output_limit, threads, workers)?,
            trace: Trace::new(&arena, capacities)?,
            gate: None,
            epoch: clock::now(),
            arena,
        })
    }

    /// The same with a gate at which the workers take turns as `schedule` says; `None` if the arena is used up.
    pub fn by(self, schedule: &[u32]) -> Option<Self> {
        let gate = TurnScheduler::new(&self.arena, self.declared - 1, schedule)?;
        Some(Self { gate: Some(gate), ..self })
    }

    /// The slot of `worker`, which exists.
    pub fn slot(&self, worker: WorkerId) -> &'static Slot {
        &self.slots[worker as usize]
    }

    /// Lets workers wait for the gate wherever the system has them, and not each on a core of its own: where other work has
    /// all cores, who is tied to one may have to wait long for it, while another is free.
    pub fn tie_nobody(&self) {
        self.common.anywhere.store(1, SeqCst);
    }

    /// Notes that the calling worker is up, and waits until the gate opens.
    pub fn wait_at_gate(&self, worker: WorkerId) {
        let slot = self.slot(worker);
        slot.ready_at.store(clock::now(), SeqCst);
        let open = || self.common.gate.load(SeqCst) != 0;
        let stays = open() || self.common.anywhere.load(SeqCst) != 0;
        let anywhere = if stays { None } else { stand_on_a_core(worker) };
        slot.stage.store(stage::READY, SeqCst);
        self.announce();
        while !open() {
            let _ = futex::wait(&self.common.gate, 0, &Deadline::ENDLESS);
        }
        if let Some(cores) = anywhere {
            let _ = sched_setaffinity(Pid::from_raw(0), &cores);
        }
        self.line_up();
        slot.cpu.note_always();
        slot.started_at.store(clock::now(), SeqCst);
        slot.stage.store(stage::RUNNING, SeqCst);
    }

    /// Waits, awake, until all have come through the gate: being woken takes one longer than the other, up to what a whole
    /// short job takes, and a race that is not started together is no race.
    fn line_up(&self) {
        let abreast = self.common.abreast.load(SeqCst);
        let give_up = clock::now() + LINE_UP_NS;
        self.common.through.fetch_add(1, SeqCst);
        while self.common.through.load(SeqCst) < abreast && clock::now() < give_up {
            // Yielding would invite the other one to this very core, where the two could only take turns.
            std::hint::spin_loop();
        }
    }

    /// Says that some worker has become ready, or never will.
    pub fn announce(&self) {
        self.common.ready.fetch_add(1, SeqCst);
        futex::wake_all(&self.common.ready);
    }

    /// Waits until `worker` stands at the gate or has ended. `gone` is asked now and then whether it has died.
    pub fn wait_until_ready(&self, worker: WorkerId, mut gone: impl FnMut() -> bool) {
        loop {
            let seen = self.common.ready.load(SeqCst);
            if self.slot(worker).stage.load(SeqCst) >= stage::READY {
                return;
            }
            let deadline = Deadline { at: Some(clock::now() + 20_000_000), cancel: None };
            if futex::wait(&self.common.ready, seen, &deadline).is_err() && gone() {
                return;
            }
        }
    }

    /// Lets all workers begin, also those that come later. The `waiting` ones go side by side if each has a core.
    pub fn open_gate(&self, waiting: usize) {
        let cores = futex::cores();
        self.common.abreast.store(if waiting <= cores { waiting as u32 } else { 0 }, SeqCst);
        self.common.gate.store(1, SeqCst);
        futex::wake_all(&self.common.gate);
    }

    /// Notes how a worker ended, unless that is known already.
    pub fn end(&self, worker: WorkerId, exit: u32, code: i32) {
        let slot = self.slot(worker);
        if slot.exit.compare_exchange(exit::UNKNOWN, exit, SeqCst, SeqCst).is_ok() {
            slot.code.store(code, SeqCst);
        }
        let _ = slot.ended_at.compare_exchange(0, clock::now(), SeqCst, SeqCst);
        slot.stage.store(stage::ENDED, SeqCst);
    }

    /// Tells a worker to end at its next call that can wait.
    pub fn cancel(&self, worker: WorkerId) {
        let slot = self.slot(worker);
        slot.cancel.store(1, SeqCst);
        futex::wake_all(&slot.cancel);
    }

    /// What `worker` waits for right now.
    pub fn waiting(&self, worker: WorkerId) -> Option<Waiting> {
        let slot = self.slot(worker);
        let resource = slot.waits_for.load(SeqCst).checked_sub(1)?;
        Some(Waiting {
            resource: if resource == NO_RESOURCE - 1 { NO_RESOURCE } else { resource },
            condition: WaitCondition::from_u32(slot.condition.load(SeqCst))?,
            line: slot.wait_line.load(SeqCst),
            since: slot.wait_since.load(SeqCst),
            endless: slot.endless.load(SeqCst) != 0,
        })
    }
}
