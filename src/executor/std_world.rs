//! What a process knows of the objects of `std` and of its threads where it follows a schedule: see [`std_replay`](super::std_replay).

use crate::abi;
use crate::host::std_rules::{self, StdState, StdThread};
use crate::host::{Answer, Effect, Operation, Phase, Ready, StdCall, StdModel};
use crate::model::StdKind;
use crate::shared::std_table::OBJECTS;
use crate::shared::{WorkerId, futex};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Changes whenever somebody may be able to go on.
pub(super) static CHANGES: AtomicU32 = AtomicU32::new(0);

static WORLD: Mutex<World> =
    Mutex::new(World { objects: BTreeMap::new(), addresses: BTreeMap::new(), threads: BTreeMap::new(), more: 0 });

/// Says so.
pub(super) fn changed() {
    CHANGES.fetch_add(1, SeqCst);
    futex::wake_all(&CHANGES);
}

/// All of it. Never kept while its holder waits.
pub(super) fn world() -> MutexGuard<'static, World> {
    WORLD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The objects and the threads of a process.
pub(super) struct World {
    /// By id.
    pub(super) objects: BTreeMap<u32, StdModel>,
    /// The atomics, by where they lie.
    addresses: BTreeMap<u64, (u32, StdKind)>,
    /// All workers that have come here, and the threads that they start.
    pub(super) threads: BTreeMap<WorkerId, Thread>,
    /// How many objects there are beyond those that are told of.
    more: u32,
}

/// A worker, as far as others ask.
pub(super) struct Thread {
    pub(super) phase: Phase,
    unparked: bool,
    /// Whether it has ended.
    pub(super) is_over: bool,
    /// How long it has napped, and waited in vain.
    pub(super) time_ns: u64,
    /// The object of its last step.
    pub(super) last: u32,
    /// How many items it has handed over, and how many of them were taken.
    given: u64,
    taken: u64,
    /// Whom it has started since its last step.
    pub(super) starts: Vec<WorkerId>,
    pub(super) may_begin: bool,
    /// Whether it has come to its first step.
    pub(super) has_come: bool,
}

impl World {
    /// A worker.
    pub(super) fn thread(&mut self, worker: WorkerId) -> &mut Thread {
        self.threads.entry(worker).or_insert_with(|| Thread {
            phase: Phase::Before,
            unparked: false,
            is_over: false,
            time_ns: 0,
            last: 0,
            given: 0,
            taken: 0,
            starts: Vec::new(),
            may_begin: false,
            has_come: false,
        })
    }

    /// The id of an object: that of the atomic which lies there, or else a new one.
    pub(super) fn object(&mut self, kind: StdKind, address: Option<u64>, add: impl FnOnce() -> Option<u32>) -> u32 {
        let known = address.and_then(|address| self.addresses.get(&address).copied());
        if let Some((id, _)) = known.filter(|(_, other)| *other == kind) {
            return id;
        }
        let id = add().unwrap_or_else(|| {
            self.more += 1;
            OBJECTS as u32 + self.more
        });
        self.objects.insert(id, StdModel::new(kind));
        if let Some(address) = address {
            self.addresses.insert(address, (id, kind));
        }
        id
    }

    /// Whether a worker can do what it asks for.
    pub(super) fn ready(&self, me: WorkerId, call: &StdCall) -> Ready {
        std_rules::ready(self, me, call.call.operation, (call.call.resource, call.other))
    }

    /// Does what a worker asks for, which is ready; `in_time` is whether only its time is over.
    pub(super) fn apply(&mut self, me: WorkerId, call: &StdCall, in_time: bool) -> Effect {
        let operation = call.call.operation;
        let objects = (call.call.resource, call.other);
        let effect = std_rules::apply(self, me, operation, objects, call.value, in_time);
        let thread = self.thread(me);
        thread.last = call.call.resource;
        match (effect, operation.limit()) {
            (Effect::Done(_), Some(limit @ 1..)) if in_time => {
                thread.time_ns = thread.time_ns.saturating_add(limit as u64);
            }
            _ => {}
        }
        if let Effect::Done(_) = effect {
            thread.phase = Phase::Before;
        }
        effect
    }

    /// The number by which what was done is told: that of an item, or of who came.
    pub(super) fn number(&mut self, me: WorkerId, call: &StdCall, answer: Answer) -> u64 {
        let hands_over = matches!(self.objects.get(&call.call.resource), Some(object) if object.hands_over());
        match call.call.operation {
            // Where nothing is held an item is told by its sender, who may send another.
            Operation::Put { .. } if hands_over => {
                let thread = self.thread(me);
                thread.given += 1;
                u64::from(me) << 32 | thread.given
            }
            Operation::Get { .. } if hands_over && answer.status == abi::OK => {
                let sender = answer.value as WorkerId;
                let thread = self.thread(sender);
                thread.taken += 1;
                u64::from(sender) << 32 | thread.taken
            }
            _ => answer.value,
        }
    }
}

impl StdState for World {
    fn model(&self, id: u32) -> Option<&StdModel> {
        self.objects.get(&id)
    }

    fn model_mut(&mut self, id: u32) -> Option<&mut StdModel> {
        self.objects.get_mut(&id)
    }

    fn std_thread(&self, worker: WorkerId) -> Option<StdThread> {
        let of = |&Thread { phase, unparked, is_over, .. }: &Thread| StdThread { phase, unparked, is_over };
        self.threads.get(&worker).map(of)
    }

    fn set_unparked(&mut self, worker: WorkerId, unparked: bool) {
        self.thread(worker).unparked = unparked;
    }
}
