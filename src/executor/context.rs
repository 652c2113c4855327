//! What the host's functions must know, of which a process has exactly one: a C function gets no closure.

use super::pool_settings::PoolSettings;
use crate::model::Sides;
use crate::shared::bytes::Bytes;
use crate::shared::resource::Resource;
use crate::shared::run::Run;
use crate::shared::{Deadline, WorkerId, place};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

/// Everything about the run that this process belongs to. A fresh process gets a copy without what only main needs.
#[derive(Serialize, Deserialize)]
pub struct Context {
    /// The shared state.
    pub run: Run,
    /// The resources that the cell can reach, by id.
    pub resources: Vec<Option<Resource>>,
    /// By id, not 0 where a call of a worker was not noted in the trace.
    #[serde(with = "place::many")]
    pub unnoted: &'static [AtomicU32],
    /// The resources' names, by id.
    pub resource_names: Vec<String>,
    /// The workers' names, by number.
    pub names: Vec<String>,
    /// How a pool is to be run, if the cell is one.
    #[serde(skip)]
    pub pool_settings: Option<PoolSettings>,
    /// Whether nobody else is at work in this run, so that a wait without a limit would never end.
    #[serde(skip)]
    pub alone: AtomicBool,
    /// The number of the value that main is about to show.
    #[serde(skip)]
    pub showing: AtomicU64,
    /// The sides of the comparison that has just not held.
    #[serde(skip)]
    pub compared: Mutex<Option<Sides>>,
    /// What it takes to start fresh processes, if the run has any.
    #[serde(skip)]
    pub fresh: Option<Fresh>,
}

/// What main needs to start fresh processes.
pub struct Fresh {
    /// The shared memory.
    pub memory: OwnedFd,
    /// Where it begins in this process.
    pub address: u64,
    /// What they are to know, in the shared memory.
    pub bootstrap: Bytes,
}

static CONTEXT: OnceLock<Context> = OnceLock::new();

/// Whose process this is: for threads that a job started by itself.
static PROCESS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static WORKER: Cell<Option<WorkerId>> = const { Cell::new(None) };
    /// The line at which the calling thread formats something, 0 for none.
    static FORMATS: Cell<u32> = const { Cell::new(0) };
}

/// Makes `context` this process's own, for good. A process has one, which its forks inherit.
pub fn install(context: Context) -> &'static Context {
    CONTEXT.get_or_init(|| context)
}

/// This process's context; `None` in the kernel itself.
pub fn get() -> Option<&'static Context> {
    CONTEXT.get()
}

/// Makes the calling thread `worker`'s.
pub fn become_worker(worker: WorkerId) {
    WORKER.set(Some(worker));
}

/// Makes this whole process `worker`'s.
pub fn become_process_of(worker: WorkerId) {
    PROCESS.store(worker, Ordering::Relaxed);
    become_worker(worker);
}

/// The worker whose process this is: main's, unless it was started as another's.
pub fn process() -> WorkerId {
    PROCESS.load(Ordering::Relaxed)
}

/// The worker whose thread this is, or else whose process.
pub fn me() -> WorkerId {
    caller().0
}

/// The same, and whether the calling thread is a worker's own, and not one that a job started by itself.
#[inline]
pub fn caller() -> (WorkerId, bool) {
    let own = WORKER.try_with(Cell::get).ok().flatten();
    (own.unwrap_or_else(|| PROCESS.load(Ordering::Relaxed)), own.is_some())
}

/// Says at which line the calling thread formats something; returns what it was before.
pub fn formats(line: u32) -> u32 {
    FORMATS.try_with(|formats| formats.replace(line)).unwrap_or(0)
}

/// The line at which the calling thread formats something, 0 for none that is known.
pub fn formats_at() -> u32 {
    FORMATS.try_with(Cell::get).unwrap_or(0)
}

impl Context {
    /// How long `worker` may wait: `timeout_ns` from `now` on, negative for ever; less if it is told to end.
    pub fn deadline(&self, worker: WorkerId, timeout_ns: i64, now: u64) -> Deadline<'static> {
        let deadline = match u64::try_from(timeout_ns) {
            Ok(0) => Some(0),
            Ok(ns) => Some(now.saturating_add(ns)),
            Err(_) => None,
        };
        Deadline { at: deadline, cancel: Some(&self.run.slot(worker).cancel) }
    }

    /// Frees what a worker that has ended still held, and wakes everybody who may have waited for it.
    pub fn release_owned_by(&self, ended: WorkerId) {
        self.run.journal.release_owned_by(ended);
        for resource in self.resources.iter().flatten() {
            resource.release_owned_by(ended);
        }
    }

    /// Wakes everybody who waits for anything, so that who was told to end notices.
    pub fn wake_all(&self) {
        if let Some(gate) = &self.run.gate {
            gate.wake_all();
        }
        for resource in self.resources.iter().flatten() {
            resource.wake_all();
        }
    }

    /// Whether there is room to note a call of `worker` about `resource`. Counts the call if not.
    #[inline]
    pub fn has_room(&self, worker: WorkerId, resource: u32) -> bool {
        let has_room = self.run.trace.has_room(worker);
        if !has_room
            && let Some(unnoted) = self.unnoted.get(resource as usize)
            && unnoted.load(Ordering::Relaxed) == 0
        {
            unnoted.store(1, Ordering::Relaxed);
        }
        has_room
    }

    /// The resource `id`, if the cell can reach it.
    pub fn resource(&self, id: u32) -> Option<Resource> {
        self.resources.get(id as usize).copied().flatten()
    }

    /// How a worker that has ended came to its end, as what it did.
    pub fn how_it_ended(&self, worker: WorkerId) -> String {
        self.run.slots.get(worker as usize).map_or_else(|| "ended".to_owned(), |slot| slot.exit_status().deed())
    }

    /// `worker`'s name.
    pub fn name(&self, worker: WorkerId) -> &str {
        self.names.get(worker as usize).map_or("?", String::as_str)
    }
}
