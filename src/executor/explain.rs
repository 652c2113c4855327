//! What a call's status means, in a sentence for the author.

use crate::abi::{self, Status};

/// What can be said of a queue at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueState {
    /// Whether there is no item in it.
    pub is_empty: bool,
}

/// Explains the status of a call on the resource of this name; `queue` is given where it is a queue.
pub fn explained(name: &str, status: Status, queue: Option<QueueState>) -> String {
    let for_ever = "this would wait for ever";
    match (status, queue) {
        (abi::CLOSED, _) => format!("queue `{name}` is closed"),
        (abi::WOULD_DEADLOCK, _) => {
            format!("`{name}` is held by this very worker, which would wait for itself for ever")
        }
        (abi::NOT_OWNER, _) => {
            format!("`{name}` is not held by this worker, so it cannot be released or waited on")
        }
        (abi::OWNER_DIED, _) => {
            format!("the last owner of `{name}` ended while it held the lock; what the lock protects may be half done")
        }
        (abi::TOO_MANY, Some(_)) => {
            format!("`task_done` has been called more often than items were put into queue `{name}`")
        }
        (abi::TOO_MANY, None) => format!("`{name}` has been given back more often than it was taken"),
        (abi::BROKEN, _) => format!("barrier `{name}` is broken, because a party gave up waiting"),
        (abi::NO_SPACE, _) => format!("no shared memory is left for another item of `{name}`"),
        (abi::ALONE, Some(QueueState { is_empty: true })) => {
            format!("queue `{name}` is empty and nobody else is at work who could put an item: {for_ever}")
        }
        (abi::ALONE, Some(_)) => {
            format!("queue `{name}` is full and nobody else is at work who could take an item: {for_ever}")
        }
        (abi::ALONE, None) => format!("nobody else is at work who could end the wait for `{name}`: {for_ever}"),
        (abi::TIMED_OUT, _) => format!("`{name}` was not to be had in time"),
        _ => format!("`{name}` could not be used"),
    }
}
