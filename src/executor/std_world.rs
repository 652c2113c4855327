//! What a process knows of the objects of `std` and of its threads where it follows a schedule: see [`std_replay`](super::std_replay).

use crate::abi;
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

    fn is_over(&self, worker: WorkerId) -> bool {
        self.threads.get(&worker).is_some_and(|thread| thread.is_over)
    }

    /// Whether a worker can do what it asks for.
    pub(super) fn ready(&mut self, me: WorkerId, call: &StdCall) -> Ready {
        let phase = self.thread(me).phase;
        let unparked = self.thread(me).unparked;
        let now_if = |can: bool| if can { Ready::Now } else { Ready::No };
        match call.call.operation {
            Operation::Sleep { .. } => Ready::InTime,
            Operation::Join { worker } => now_if(self.is_over(worker)),
            Operation::Park { limit } => match (unparked, limit) {
                (true, _) | (_, 0) => Ready::Now,
                (_, 1..) => Ready::InTime,
                _ => Ready::No,
            },
            operation => {
                let is_free = || self.objects.get(&call.other).is_none_or(|mutex| mutex.owner().is_none());
                let is_relocking = phase == Phase::InRoom && matches!(operation, Operation::WaitNotified { .. });
                let free = is_relocking && is_free();
                let object = self.objects.get(&call.call.resource);
                object.map_or(Ready::Now, |object| object.ready(operation, me, phase, free))
            }
        }
    }

    /// Does what a worker asks for, which is ready; `in_time` is whether only its time is over.
    pub(super) fn apply(&mut self, me: WorkerId, call: &StdCall, in_time: bool) -> Effect {
        let operation = call.call.operation;
        let phase = self.thread(me).phase;
        let ok = Effect::Done(Answer::status(abi::OK));
        let effect = match operation {
            Operation::IsFinished { worker } => Effect::Done(Answer::value(self.is_over(worker).into())),
            Operation::Park { .. } => {
                let unparked = std::mem::take(&mut self.thread(me).unparked);
                Effect::Done(Answer::status(if unparked { abi::OK } else { abi::TIMED_OUT }))
            }
            Operation::Unpark { worker } => {
                self.thread(worker).unparked = true;
                ok
            }
            _ => match self.objects.get_mut(&call.call.resource) {
                Some(object) => object.apply(operation, me, phase, call.value, in_time),
                None => ok,
            },
        };
        if matches!(operation, Operation::WaitNotified { .. })
            && let Some(StdModel::Mutex { owner }) = self.objects.get_mut(&call.other)
        {
            *owner = if matches!(effect, Effect::Waits(_)) { None } else { Some(me) };
        }
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
