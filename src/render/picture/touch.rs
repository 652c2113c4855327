//! Which places of a resource an action touches, and what can come of who touched them first.

use crate::model::{Action, LockKind, ResourceKind, SyncError};

/// Places of a resource that are no element: its lock, its two ends, its signal.
const LOCK: u64 = u64::MAX;
const PUTS: u64 = u64::MAX - 1;
const GETS: u64 = u64::MAX - 2;
const SIGNAL: u64 = u64::MAX - 3;

/// Whether what its worker does next, or when, can depend on who came first. To put an item, to write a number and to give
/// something back is the same whoever came before.
pub fn is_led(action: Action) -> bool {
    match action {
        Action::Put { .. }
        | Action::Store { .. }
        | Action::StoreMany { .. }
        | Action::Release
        | Action::Close
        | Action::Set
        | Action::Clear
        | Action::Notify { .. } => false,
        Action::Sleep
        | Action::Print { .. }
        | Action::Load { .. }
        | Action::LoadMany { .. }
        | Action::FetchAdd { .. }
        | Action::Acquire
        | Action::AcquireShared
        | Action::Get { .. }
        | Action::JoinQueue
        | Action::WaitEvent
        | Action::WaitNotified
        | Action::Meet { .. }
        | Action::TakeTasks { .. }
        | Action::Task { .. }
        | Action::Prepare
        | Action::Open
        | Action::Join { .. }
        | Action::GiveUp { .. } => true,
    }
}

/// The places of a resource that an action touches, and whether it changes them. Two ends of a queue are two places: which
/// item a taker gets does not depend on when it was put. `is_sure` says that who waits goes on after the same, whoever came
/// first: at a barrier where all who come are needed, or for an event that nobody clears.
pub fn touches(action: Action, kind: Option<ResourceKind>, is_sure: bool) -> Vec<(u64, bool)> {
    let elements = |start: u64, count: u64, writes| {
        (start..start.saturating_add(count)).map(|element| (element, writes)).collect()
    };
    match action {
        Action::Load { index, .. } => vec![(index, false)],
        Action::Store { index, .. } => vec![(index, true)],
        Action::LoadMany { start, count } => elements(start, count, false),
        Action::StoreMany { start, count } => elements(start, count, true),
        Action::FetchAdd { .. } => vec![(0, true)],
        Action::Put { .. } => vec![(PUTS, true)],
        Action::Get { .. } => vec![(GETS, true)],
        Action::Close | Action::Set | Action::Clear => vec![(SIGNAL, true)],
        Action::WaitEvent | Action::Meet { .. } if is_sure => Vec::new(),
        Action::WaitEvent => vec![(SIGNAL, false)],
        // Who gives up, or asks whether all is done, learns how far the others are.
        Action::JoinQueue => vec![(PUTS, false), (GETS, false), (SIGNAL, false)],
        Action::GiveUp { reason } => match kind {
            Some(ResourceKind::Queue { .. }) if reason == SyncError::Closed => vec![(GETS, true)],
            Some(ResourceKind::Queue { .. }) => vec![(PUTS, false), (GETS, false), (SIGNAL, false)],
            Some(ResourceKind::Lock(LockKind::Event)) => vec![(SIGNAL, false)],
            _ => vec![(LOCK, true)],
        },
        Action::Acquire
        | Action::AcquireShared
        | Action::Release
        | Action::Notify { .. }
        | Action::WaitNotified
        | Action::Meet { .. } => vec![(LOCK, true)],
        // These are about no resource.
        Action::Sleep
        | Action::Print { .. }
        | Action::TakeTasks { .. }
        | Action::Task { .. }
        | Action::Prepare
        | Action::Open
        | Action::Join { .. } => vec![(LOCK, true)],
    }
}
