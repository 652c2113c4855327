//! What a worker asks for at a scheduling point, and what it is told.

/// A call of a worker that concerns what is shared, or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Call {
    /// What is to be done.
    pub what: What,
    /// To which resource; unused where time alone is concerned.
    pub resource: u32,
    /// The line of the call in the generated source; 0 where there is none.
    pub line: u32,
}

/// The kinds of call. A `limit` is in nanoseconds: negative is without end, 0 is not to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// Reads a number.
    Load { index: u64 },
    /// Reads a number as the first half of a step that [`What::SwapIf`] completes.
    Peek { index: u64 },
    /// Writes a number.
    Store { index: u64, bits: u64 },
    /// Writes `new` where `old` stands: the second half of a step.
    SwapIf { old: u64, new: u64 },
    /// Takes a lock, or a permit.
    Acquire { limit: i64 },
    /// Gives it back.
    Release,
    /// Waits for an event, a condition or a barrier.
    Wait { limit: i64 },
    /// Sets an event, or wakes so many waiters of a condition.
    Notify { count: u64 },
    /// Clears an event.
    Clear,
    /// Asks whether an event is set.
    IsSet,
    /// Puts an item, by its number among all different items.
    Put { item: u32, limit: i64 },
    /// Takes an item.
    Get { limit: i64 },
    /// Asks for a queue's length.
    Len,
    /// Closes a queue.
    Close,
    /// Counts an item as done.
    ItemDone,
    /// Waits until all items are done.
    Join { limit: i64 },
    /// Sleeps.
    Sleep { time: i64 },
    /// Comes to a pool of so many tasks: main, or one of its workers.
    Pool { tasks: u64 },
    /// Claims tasks of a pool.
    Claim,
    /// Says that a task of a pool is complete.
    Complete { task: u64 },
    /// Ends with this exit code, wherever that is.
    End { code: i32 },
}

/// What a worker is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Answer {
    /// How it went, as [`abi`](crate::abi) numbers it.
    pub status: i32,
    /// The number that was read, the item that was taken, the place of arrival.
    pub value: u64,
}

impl Answer {
    /// It went well and yields a number.
    pub fn value(value: u64) -> Self {
        Self { status: crate::abi::OK, value }
    }

    /// How it went, without a number.
    pub fn status(status: i32) -> Self {
        Self { status, value: 0 }
    }
}

impl Call {
    /// Whether it is about the tasks of a pool.
    pub fn is_task(&self) -> bool {
        matches!(self.what, What::Pool { .. } | What::Claim | What::Complete { .. } | What::End { .. })
    }

    /// Whether it is about time alone.
    pub fn is_sleep(&self) -> bool {
        matches!(self.what, What::Sleep { .. })
    }
}

impl What {
    /// How long the call may wait, if it can wait at all.
    pub fn limit(self) -> Option<i64> {
        match self {
            What::Acquire { limit }
            | What::Wait { limit }
            | What::Put { limit, .. }
            | What::Get { limit }
            | What::Join { limit } => Some(limit),
            What::Sleep { time } => Some(time.max(0)),
            _ => None,
        }
    }

    /// Whether it changes nothing that others could see, and only asks.
    pub fn only_asks(self) -> bool {
        matches!(self, What::Load { .. } | What::IsSet | What::Len)
    }
}
