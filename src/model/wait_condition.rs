//! What a worker waits for.

use serde::{Deserialize, Serialize};

/// What must happen before a wait can end. Its number stands in shared memory while a worker waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[repr(u32)]
pub enum WaitCondition {
    /// Time passes.
    Time = 0,
    /// A lock becomes free: one of its own, a value's, or that of a condition.
    Lock = 1,
    /// A semaphore has a permit.
    Permit = 2,
    /// A queue has an item.
    Item = 3,
    /// A queue has room.
    Room = 4,
    /// Every item of a queue is done.
    ItemsDone = 5,
    /// An event is set.
    Event = 6,
    /// A condition is notified.
    Notification = 7,
    /// A condition was notified, and its lock becomes free.
    Relock = 8,
    /// All parties of a barrier come.
    Parties = 9,
    /// Anything changes, for which its worker asks again and again in a loop.
    Change = 10,
    /// A read-write lock lets readers in.
    Read = 11,
    /// A read-write lock is free for a writer.
    Write = 12,
    /// Another worker ends: the resource is then its number.
    Ended = 13,
    /// Another worker lets it go on.
    Unparked = 14,
    /// Another worker has initialized what is initialized once.
    Initialized = 15,
}

impl WaitCondition {
    /// Each of them.
    pub const ALL: [Self; 16] = [
        Self::Time,
        Self::Lock,
        Self::Permit,
        Self::Item,
        Self::Room,
        Self::ItemsDone,
        Self::Event,
        Self::Notification,
        Self::Relock,
        Self::Parties,
        Self::Change,
        Self::Read,
        Self::Write,
        Self::Ended,
        Self::Unparked,
        Self::Initialized,
    ];

    /// The one with this number.
    pub fn from_u32(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|condition| *condition as u32 == number)
    }

    /// What is waited for at the resource of this name, as it stands behind "waits for".
    pub fn at(self, name: &str) -> String {
        match self {
            Self::Time => "time to pass".to_owned(),
            Self::Lock | Self::Relock => format!("`{name}`"),
            Self::Read => format!("read access to `{name}`"),
            Self::Write => format!("write access to `{name}`"),
            Self::Permit => format!("a permit of `{name}`"),
            Self::Item => format!("an item of `{name}`"),
            Self::Room => format!("room in `{name}`"),
            Self::ItemsDone => format!("the items of `{name}` to be done"),
            Self::Event => format!("`{name}` to be set"),
            Self::Notification => format!("a notification of `{name}`"),
            Self::Parties => format!("the other parties of `{name}`"),
            Self::Change => format!("a change of `{name}`, in a loop"),
            Self::Ended => format!("`{name}` to end"),
            Self::Unparked => "`unpark()`".to_owned(),
            Self::Initialized => format!("`{name}` to be initialized"),
        }
    }

    /// What is true of the resource of this name while the wait goes on, and what would end it.
    pub fn in_vain(self, name: &str) -> (String, &'static str) {
        match self {
            Self::Item => (format!("queue `{name}` is empty"), "put an item"),
            Self::Room => (format!("queue `{name}` is full"), "take an item"),
            Self::ItemsDone => {
                (format!("an item was put into queue `{name}` and never called done by `task_done()`,"), "do so")
            }
            Self::Lock | Self::Relock | Self::Read | Self::Write => (format!("`{name}` is held"), "give it back"),
            Self::Permit => (format!("`{name}` has no permit left"), "give one back"),
            Self::Event => (format!("event `{name}` is not set"), "set it"),
            Self::Notification => (format!("condition `{name}` has not been notified"), "notify it"),
            Self::Parties => (format!("not all parties have come to barrier `{name}`"), "come"),
            Self::Ended => (format!("`{name}` has not ended"), "end"),
            Self::Unparked => ("it is parked".to_owned(), "unpark it"),
            Self::Initialized => (format!("`{name}` is being initialized"), "complete that"),
            Self::Time | Self::Change => (format!("`{name}` is waited for"), "end the wait"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_is_found_by_its_number() {
        for condition in WaitCondition::ALL {
            assert_eq!(WaitCondition::from_u32(condition as u32), Some(condition));
        }
        assert_eq!(WaitCondition::from_u32(WaitCondition::ALL.len() as u32), None);
    }
}
