//! What real `std` does for workers, told by the library's mirror of it: into the table of objects, the caller's slot and its
//! trace.

use super::context::{self, Context};
use super::host::RealHost;
use crate::abi::{self, NO_ITEM, Status};
use crate::host::{Operation, StdCall, StdDeed, StdObject};
use crate::model::{Action, MemoryOrdering, SyncError, WaitCondition};
use crate::shared::std_table::{NewObject, StdEntry};
use crate::shared::trace::{NO_RESOURCE, RawEvent};
use crate::shared::{WorkerId, clock};
use std::collections::HashMap;
use std::sync::atomic::Ordering::{Relaxed, Release, SeqCst};
use std::sync::{Mutex, PoisonError};

/// The atomics of this process by their addresses, and the process's number: a fork has copies of its parent's.
static ATOMICS: Mutex<(u32, Option<HashMap<u64, u32>>)> = Mutex::new((0, None));

impl Context {
    /// The object of `std` with this id.
    #[inline]
    fn std_entry(&self, object: u32) -> Option<&'static StdEntry> {
        self.run.objects.get(object.checked_sub(1)?)
    }

    /// What an event of this object is about, as a resource: the objects' ids are behind those of all that is declared.
    #[inline]
    pub(super) fn resource_of(&self, object: u32) -> u32 {
        object.checked_sub(1).map_or(NO_RESOURCE, |place| (self.resources.len() as u32).saturating_add(place))
    }
}

impl RealHost {
    pub(super) fn add_object(self, object: &StdObject) -> u32 {
        let StdObject { kind, place, is_made_there, address, lies, before, element } = *object;
        let process = context::process();
        let new = NewObject { kind, place, is_made_there, element, process };
        let add = || self.0.run.objects.add(&new, lies).map_or(0, |place| place + 1);
        let Some(address) = address else {
            let id = add();
            if let Some((entry, before)) = self.0.std_entry(id).zip(self.0.std_entry(before)) {
                entry.follows(before);
            }
            return id;
        };
        let mut atomics = ATOMICS.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, known) = &mut *atomics;
        if *of != std::process::id() {
            (*of, *known) = (std::process::id(), None);
        }
        let id = *known.get_or_insert_default().entry(address).or_insert_with(add);
        // What was there before may be gone, and its place taken by something of another type.
        match self.0.std_entry(id).and_then(StdEntry::object) {
            Some(it) if it.kind != kind => {
                let id = add();
                known.get_or_insert_default().insert(address, id);
                id
            }
            _ => id,
        }
    }

    #[inline]
    pub(super) fn next_item(self, object: u32) -> u64 {
        self.0.std_entry(object).map_or(0, StdEntry::next_item)
    }

    pub(super) fn begin_wait_in_std(self, call: &StdCall) -> u64 {
        let (me, is_own) = context::caller();
        let now = clock::now();
        let operation = call.call.operation;
        let condition = operation.waits_for(false).unwrap_or(WaitCondition::Time);
        if let Operation::WaitNotified { .. } = operation {
            if let Some(condition) = self.0.std_entry(call.call.resource) {
                condition.begin_wait();
            }
            // The lock is given back before the wait begins.
            if let Some(lock) = self.0.std_entry(call.other) {
                lock.give_back(me, false);
            }
            self.note_std(me, is_own, (now, 0), Action::Release, call.other, (call.call.line, None));
        }
        if is_own {
            let slot = self.0.run.slot(me);
            let subject = match (operation, condition) {
                (Operation::Join { worker }, _) => worker,
                (_, WaitCondition::Unparked) => me,
                _ => self.0.resource_of(call.call.resource),
            };
            slot.wait_line.store(call.call.line, Relaxed);
            slot.wait_since.store(now, Relaxed);
            slot.condition.store(condition as u32, Relaxed);
            slot.endless.store(operation.limit().is_some_and(|limit| limit < 0).into(), Relaxed);
            slot.takes_then.store(self.0.resource_of(call.other).saturating_add(1), Relaxed);
            slot.waits_for.store(subject.saturating_add(1), Release);
        }
        now
    }

    #[inline]
    pub(super) fn end_call_of_std(self, call: &StdCall, since: u64, status: Status, [first, second]: [u64; 2]) {
        let (me, is_own) = context::caller();
        let StdCall { call: it, other, ordering, .. } = *call;
        let (operation, line) = (it.operation, it.line);
        let done = outcome(status, first);
        if operation == Operation::Fence {
            self.0.run.objects.note_fence();
        }
        if let Some(entry) = self.0.std_entry(it.resource) {
            match (operation, done) {
                (_, Ok(_)) => note_state(entry, operation, me, line, first),
                (Operation::Put { .. }, Err(SyncError::Closed)) => entry.not_sent(),
                _ => {}
            }
        }
        let mut duration = 0;
        if since != 0 {
            duration = clock::now().saturating_sub(since);
            if is_own {
                let slot = self.0.run.slot(me);
                slot.waits_for.store(0, Release);
                slot.blocked.fetch_add(duration, SeqCst);
                slot.cpu.note();
            }
        }
        let action = match (operation, done) {
            (Operation::Update, Ok(_)) => Some(Action::Update { before: first, after: second }),
            (_, done) => operation.action(done),
        };
        if let Some(action) = action {
            self.note_std(me, is_own, (since, duration), action, it.resource, (line, ordering));
        }
        if let Operation::WaitNotified { .. } = operation {
            if let Some(condition) = self.0.std_entry(it.resource) {
                condition.end_wait(done.is_ok());
            }
            // Whatever came of the wait, the lock was taken again.
            if let Some(lock) = self.0.std_entry(other) {
                lock.take(me, line);
            }
            self.note_std(me, is_own, (0, 0), Action::Acquire, other, (line, None));
        }
    }

    /// Keeps and records what was done at once. Nearly all that programs do to objects of `std` comes here, so it is short.
    #[inline(always)]
    pub(super) fn note_deed(self, did: StdDeed, object: u32, line: u32) {
        let (me, is_own) = context::caller();
        let Some(entry) = self.0.std_entry(object) else { return };
        match did {
            StdDeed::Lock => entry.take(me, line),
            StdDeed::Unlock { panics } => entry.give_back(me, panics),
            StdDeed::Sent(_) => entry.sent(),
            StdDeed::Received(_) => entry.received(),
        }
        if !is_own {
            return;
        }
        let (trace, resource) = (&self.0.run.trace, self.0.resource_of(object));
        let action = match did {
            StdDeed::Sent(NO_ITEM) | StdDeed::Received(NO_ITEM) => return trace.leave_out(me),
            StdDeed::Sent(item) => return trace.add_now(me, Action::Put { item, len: 0 }, resource, line),
            StdDeed::Received(item) => return trace.add_now(me, Action::Get { item, len: 0 }, resource, line),
            StdDeed::Lock => Action::Acquire,
            StdDeed::Unlock { .. } => Action::Release,
        };
        if !trace.has_room(me) {
            return;
        }
        let at = clock::now();
        if action == Action::Release && trace.end_hold(me, resource, at) {
            return;
        }
        trace.add(me, &RawEvent { at, duration: 0, action, resource, line, ordering: None });
    }

    /// Records what was done to an object of `std`, since when and for how long; `since` is 0 for what took no time.
    #[inline]
    fn note_std(
        self,
        me: WorkerId,
        is_own: bool,
        (since, duration): (u64, u64),
        action: Action,
        object: u32,
        (line, ordering): (u32, Option<MemoryOrdering>),
    ) {
        let trace = &self.0.run.trace;
        if let (true, Action::Put { item: NO_ITEM, .. } | Action::Get { item: NO_ITEM, .. }) = (is_own, action) {
            trace.leave_out(me);
        } else if is_own && trace.has_room(me) {
            let at = if since == 0 { clock::now() } else { since };
            let resource = self.0.resource_of(object);
            trace.add(me, &RawEvent { at, duration, action, resource, line, ordering });
        }
    }

    pub(super) fn complete_with(self, numbers: [u64; 2]) {
        let (me, is_own) = context::caller();
        if is_own {
            self.0.run.trace.complete_numbers(me, numbers);
        }
    }
}

/// What came of a call: its number, or why it was not done.
#[inline]
fn outcome(status: Status, number: u64) -> Result<u64, SyncError> {
    match status {
        abi::OK => Ok(number),
        abi::CLOSED => Err(SyncError::Closed),
        abi::CANCELLED => Err(SyncError::Cancelled),
        _ => Err(SyncError::TimedOut),
    }
}

/// Keeps what an operation that was done, or is about to be, makes of an object.
#[inline]
fn note_state(entry: &StdEntry, operation: Operation, me: WorkerId, line: u32, first: u64) {
    match operation {
        Operation::Acquire { .. } | Operation::Write { .. } => entry.take(me, line),
        Operation::BeginOnce if first == 0 => entry.take(me, line),
        Operation::Read { .. } => entry.share(me, line),
        Operation::Release { unwinding } => entry.give_back(me, unwinding),
        Operation::EndOnce { poisoned } => entry.give_back(me, poisoned),
        Operation::Put { .. } => entry.sent(),
        Operation::Get { .. } => entry.received(),
        Operation::HangUp { .. } => entry.hang_up(),
        Operation::Notify { count } => entry.notify(count),
        _ => {}
    }
}
