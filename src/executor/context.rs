//! What the host's functions must know, of which a process has exactly one: a C function gets no closure.

use super::pool_settings::PoolSettings;
use super::std_world;
use super::system;
use crate::host::lines;
use crate::model::Sides;
use crate::plan::Bindings;
use crate::shared::bytes::Bytes;
use crate::shared::resource::Resource;
use crate::shared::run::{Run, exit, stage};
use crate::shared::thread_table::NewThread;
use crate::shared::{Deadline, WorkerId, clock, place};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
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
    /// What the author's code calls things.
    pub bindings: Bindings,
    /// How a pool is to be run, if the cell is one.
    #[serde(skip)]
    pub pool_settings: Option<PoolSettings>,
    /// Whether no other worker is at work in this run, threads that jobs start by themselves aside.
    #[serde(skip)]
    pub alone: AtomicBool,
    /// How many threads of nbrun's own are in main's process, beside main and its workers.
    #[serde(skip)]
    pub watchers: AtomicU32,
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

/// Whose process this is: for threads of which nobody saw the start.
static PROCESS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// The worker whose thread this is, and whether it is that worker's own, and not one more for which there was no room.
    static WORKER: Cell<Option<(WorkerId, bool)>> = const { Cell::new(None) };
    /// For a thread of which nobody saw the start: sees its end.
    static FOREIGN: Foreign = const { Foreign(Cell::new(None)) };
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
    WORKER.set(Some((worker, true)));
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

/// The worker whose thread this is.
pub fn me() -> WorkerId {
    caller().0
}

/// The same, and whether nobody else is this worker.
#[inline]
pub fn caller() -> (WorkerId, bool) {
    WORKER.get().unwrap_or_else(foreign)
}

/// The worker whose thread this is, or else whose process, for a handler of signals.
pub(super) fn known() -> WorkerId {
    WORKER.get().map_or_else(process, |(worker, _)| worker)
}

/// A thread of which nobody saw the start makes its first call, and is a worker of its own from now on. Where workers take
/// turns, or no room is left, it counts as a part of its process's.
#[cold]
#[inline(never)]
fn foreign() -> (WorkerId, bool) {
    let process = process();
    let Some(context) = get().filter(|context| context.run.gate.is_none()) else { return (process, false) };
    let new = NewThread { by: process, position: 0, name: "thread", is_list: false, is_foreign: true };
    let caller = match context.run.threads.add(&new, |name| context.names.iter().any(|other| other == name)) {
        Some(worker) => {
            context.begin_thread(worker);
            // Where its variables are gone already it is at its end, which then is that of its process.
            let _ = FOREIGN.try_with(|foreign| foreign.0.set(Some(worker)));
            (worker, true)
        }
        None => (process, false),
    };
    WORKER.set(Some(caller));
    caller
}

/// Ends a worker together with the thread whose variable it is.
struct Foreign(Cell<Option<WorkerId>>);

impl Drop for Foreign {
    fn drop(&mut self) {
        if let Some((context, worker)) = get().zip(self.0.get()) {
            context.end_thread(worker);
        }
    }
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
            resource.primitive().release_owned_by(ended);
        }
    }

    /// Wakes everybody who waits for anything, so that who was told to end notices.
    pub fn wake_all(&self) {
        if let Some(gate) = &self.run.gate {
            gate.wake_all();
        }
        for resource in self.resources.iter().flatten() {
            resource.primitive().wake_all();
        }
        std_world::changed();
    }

    /// Whether there is no such worker, or not yet.
    pub fn is_unknown(&self, worker: WorkerId) -> bool {
        worker >= self.run.declared && self.run.threads.get(worker).is_none()
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

    /// A worker for a thread that `by` starts at this place; `None` if there is no room left for it. Without a name of its own it is
    /// called as the author calls its handle.
    pub fn new_thread(&self, by: WorkerId, name: Option<&str>, (position, column): (u32, u32)) -> Option<WorkerId> {
        let place = lines::place(position, column);
        let bound = place.filter(|_| name.is_none()).and_then(|place| self.bindings.bound(place));
        let name = name.or(bound.map(|bound| bound.name.as_str())).map(Cow::Borrowed);
        let unnamed = || place.map_or("thread".into(), |(line, _)| format!("thread at line {line}").into());
        let name = name.unwrap_or_else(unnamed);
        let is_list = bound.is_some_and(|bound| bound.is_list);
        let new = NewThread { by, position, name: &name, is_list, is_foreign: false };
        let worker = self.run.threads.add(&new, |name| self.names.iter().any(|other| other == name))?;
        let slot = self.run.slot(worker);
        slot.spawned_at.store(clock::now(), Ordering::SeqCst);
        slot.stage.store(stage::SPAWNED, Ordering::SeqCst);
        Some(worker)
    }

    /// Whether nobody else is at work in this run, no other thread of this process either, so that a wait without a limit would never
    /// end.
    pub fn is_alone(&self) -> bool {
        let others = || system::threads().saturating_sub(1 + self.watchers.load(Ordering::SeqCst) as usize);
        self.alone.load(Ordering::SeqCst) && others() == 0
    }

    /// The calling thread is that of `worker`, which was started by itself, and begins.
    pub fn begin_thread(&self, worker: WorkerId) {
        become_worker(worker);
        let (slot, now) = (self.run.slot(worker), clock::now());
        slot.pid.store(std::process::id(), Ordering::SeqCst);
        slot.tid.store(system::thread_id(), Ordering::SeqCst);
        let _ = slot.spawned_at.compare_exchange(0, now, Ordering::SeqCst, Ordering::SeqCst);
        slot.ready_at.store(now, Ordering::SeqCst);
        slot.started_at.store(now, Ordering::SeqCst);
        slot.cpu.note_always();
        slot.stage.store(stage::RUNNING, Ordering::SeqCst);
    }

    /// The thread that is `worker` ends; one that could not be started never was.
    pub fn end_thread(&self, worker: WorkerId) {
        let slot = self.run.slot(worker);
        if slot.stage.compare_exchange(stage::SPAWNED, stage::NEW, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            return;
        }
        self.run.end(worker, exit::CODE, 0);
        self.release_owned_by(worker);
    }

    /// `worker` has ended, and with it, if it was a process, the threads that it had: those.
    pub fn end_threads_of(&self, worker: WorkerId) -> Vec<WorkerId> {
        let process = |worker| self.run.slot(worker).pid.load(Ordering::SeqCst);
        let mut ended = Vec::new();
        if process(worker) == process(0) {
            return ended;
        }
        for thread in self.run.threads.numbers().filter(|thread| self.run.threads.root(*thread) == worker) {
            if !matches!(self.run.slot(thread).stage.load(Ordering::SeqCst), stage::NEW | stage::ENDED) {
                self.run.end(thread, self.unseen_end(thread, exit::LOST), 0);
                self.release_owned_by(thread);
                ended.push(thread);
            }
        }
        ended
    }

    /// How a worker ended that had not when its run was over, for which others `are`: of a thread whose start nobody saw, the end may
    /// have come unseen, too.
    pub fn unseen_end(&self, worker: WorkerId, are: u32) -> u32 {
        let is_foreign = self.run.threads.get(worker).is_some_and(|thread| thread.is_foreign);
        if is_foreign && are == exit::LOST { exit::CODE } else { are }
    }

    /// How a worker that has ended came to its end, as what it did.
    pub fn how_it_ended(&self, worker: WorkerId) -> String {
        self.run.slots.get(worker as usize).map_or_else(|| "ended".to_owned(), |slot| slot.exit_status().deed())
    }

    /// `worker`'s name.
    pub fn name(&self, worker: WorkerId) -> Cow<'_, str> {
        match self.names.get(worker as usize) {
            Some(name) => Cow::Borrowed(name),
            None => self.run.threads.get(worker).map_or(Cow::Borrowed("?"), |thread| Cow::Owned(thread.name)),
        }
    }
}
