//! What every primitive in shared memory can be asked, whatever it is: see [`Primitive`].

use super::WorkerId;
use super::lock::OwnedLock;
use crate::model::{Content, WaitCondition};
use serde::{Deserialize, Serialize};

/// What a resource held at some moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Snapshot {
    /// A queue's, or an array's memory.
    Bytes(Vec<u8>),
    /// The count of a relative of the lock.
    Count(u32),
    /// A lock's: it is always put back free.
    Free,
}

/// Gives a worker a name.
pub type NameOf<'a> = &'a dyn Fn(WorkerId) -> String;

/// A primitive in shared memory, as the kernel sees it. What a kind of primitive does not have, it leaves out.
pub trait Primitive {
    /// What it holds. Nobody uses it meanwhile.
    fn snapshot(&self) -> Snapshot {
        Snapshot::Free
    }

    /// Puts a snapshot of this very primitive back, or of the same one in another kernel, with its lock free. One that does not fit is
    /// nothing: what jobs have written over may say anything. Nobody uses it meanwhile.
    fn restore(&self, snapshot: &Snapshot);

    /// The lock that a worker can hold, where there is one.
    fn lock(&self) -> Option<&'static OwnedLock> {
        None
    }

    /// Who holds its lock, where there is one.
    fn owner(&self) -> Option<WorkerId> {
        self.lock()?.owner()
    }

    /// Who holds it, each with the line where it took it, and whether others may hold it as well.
    fn holders(&self) -> (Vec<(WorkerId, u32)>, bool) {
        (self.lock().and_then(|lock| Some((lock.owner()?, lock.line()))).into_iter().collect(), false)
    }

    /// Who keeps `waiter` from taking it.
    fn blockers(&self, _waiter: WorkerId) -> Vec<WorkerId> {
        self.owner().into_iter().collect()
    }

    /// Whether `worker`'s wait may end although nobody does anything any more: a wake may be under way. `waiters` is how many wait for the
    /// same.
    fn is_in_reach(&self, condition: WaitCondition, _worker: WorkerId, _waiters: u32) -> bool {
        match condition {
            WaitCondition::Lock | WaitCondition::Relock => self.lock().is_none_or(|lock| lock.owner().is_none()),
            _ => true,
        }
    }

    /// Frees what `dead` held, and wakes everybody who waits.
    fn release_owned_by(&self, _dead: WorkerId) {
        self.wake_all();
    }

    /// Wakes everybody who waits, so that they look again, also at their deadlines.
    fn wake_all(&self);

    /// Makes it ready for a new run: whoever waited in the last one or held it is gone.
    fn reset(&self) {
        if let Some(lock) = self.lock() {
            lock.clear();
        }
    }

    /// Puts it right if a job has written into it past all calls, so that it makes no sense; whether that was so. Most make some sense
    /// whatever stands in them. Nobody uses it meanwhile.
    fn repair(&self) -> bool {
        false
    }

    /// What it holds, for a page; numbers are written as a list if `is_array`.
    fn content(&self, is_array: bool, name_of: NameOf<'_>) -> Content;
}

/// The lock itself.
impl Primitive for &'static OwnedLock {
    fn restore(&self, _snapshot: &Snapshot) {
        self.clear();
    }

    fn lock(&self) -> Option<&'static OwnedLock> {
        Some(self)
    }

    fn release_owned_by(&self, dead: WorkerId) {
        OwnedLock::release_owned_by(self, dead);
    }

    fn wake_all(&self) {
        OwnedLock::wake_all(self);
    }

    fn content(&self, _is_array: bool, name_of: NameOf<'_>) -> Content {
        Content::Lock(self.owner().map(name_of), 0)
    }
}
