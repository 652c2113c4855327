//! What a call's status means, in a sentence for the author.

use crate::abi::{self, Status};
use crate::model::WaitCondition;

/// Explains the status of a call on the resource of this name, which may be a queue, and for which condition the call waited.
pub fn explained(name: &str, status: Status, is_queue: bool, condition: WaitCondition) -> String {
    match (status, is_queue) {
        (abi::CLOSED, _) => format!("queue `{name}` is closed"),
        (abi::WOULD_DEADLOCK, _) => {
            format!("`{name}` is held by this worker, so it would wait for itself for ever")
        }
        (abi::NOT_OWNER, _) => {
            format!("`{name}` is not held by this worker, so it cannot be released or waited on")
        }
        (abi::OWNER_DIED, _) => {
            format!("the last owner of `{name}` ended while it held the lock; what the lock protects may be half done")
        }
        (abi::TOO_MANY, true) => {
            format!("`task_done` has been called more often than items were put into queue `{name}`")
        }
        (abi::TOO_MANY, false) => format!("`{name}` has been released more often than it was acquired"),
        (abi::BROKEN, _) => format!("barrier `{name}` is broken, because a party gave up waiting"),
        (abi::NO_SPACE, _) => format!(
            "no shared memory is left for another item of `{name}`; give the notebook more by `nbrun: {{shared: 16GiB}}` in its \
             front matter, or `--limit shared=16GiB`"
        ),
        (abi::ALONE, _) => {
            let (state, could) = condition.in_vain(name);
            format!("{state} and no other worker is left that could {could}: this would wait for ever")
        }
        (abi::TIMED_OUT, _) => format!("`{name}` was not available in time"),
        _ => format!("`{name}` could not be used"),
    }
}
