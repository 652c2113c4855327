//! What caused what in a run: the happens-before order of its events, read off its trace.
//!
//! The clock alone does not tell it, because a call is recorded a moment before or after it takes effect. So the order comes from
//! what events say of each other: the number of an item, the rounds of a barrier, the holders of a lock. Each of these has a
//! file here. [`History`](history::History) puts them together for a whole run, with vector clocks and logical steps. Where a trace leaves a doubt,
//! such as about the permits of a semaphore, nothing is said.

pub mod atomics;
pub mod history;
pub mod holds;
pub mod items;
pub mod meetings;
pub mod signals;

#[cfg(test)]
mod tests;

use super::{Event, LockKind, ResourceKind, StdKind};

/// An event that ended a wait, and the wait.
pub type Wakeup<'a> = (&'a Event, &'a Event);

/// What ended the waits for a resource of this kind, as far as that is certain; for signals, only of so many waits at `most`, the
/// longest. `ends` are the times at which the workers ended. `slack_ns` is [`SLACK_NS`](signals::SLACK_NS), or 0 for logical steps.
pub fn wakeups<'a>(
    events: &'a [Event],
    ends: &[u64],
    (resource, kind): (u32, ResourceKind),
    slack_ns: u64,
    most: usize,
) -> Vec<Wakeup<'a>> {
    let by_signals = |is_taken| signals::wakeups(events, ends, (resource, is_taken), slack_ns, most);
    match kind {
        ResourceKind::Lock(LockKind::Event) => by_signals(false),
        ResourceKind::Lock(LockKind::Semaphore(_) | LockKind::BoundedSemaphore(_)) => by_signals(true),
        // Which of several readers left last is not certain, nor which writer kept one out.
        ResourceKind::Queue { .. } | ResourceKind::Lock(LockKind::RwLock | LockKind::Barrier(_)) => Vec::new(),
        ResourceKind::Std(StdKind::RwLock | StdKind::Barrier(_) | StdKind::Channel { .. }) => Vec::new(),
        // A notification may also come when nobody waits, and whoever initializes something lets all go on who wait for that.
        ResourceKind::Std(StdKind::Condvar | StdKind::Once) => by_signals(false),
        _ => {
            let of_it = events.iter().filter(|event| event.resource == Some(resource)).map(|event| (event, event));
            holds::wakeups(&holds::holds(of_it, ends, kind, u64::MAX))
        }
    }
}
