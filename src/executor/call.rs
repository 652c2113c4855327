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
#[expect(missing_docs, reason = "what each kind does says what its numbers are")]
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

    /// The resource that it is about, by id, if it is about any that is declared; and whether it is about items of a queue that
    /// are done.
    pub fn uses(&self) -> Option<(u32, bool)> {
        let done = matches!(self.what, What::ItemDone | What::Join { .. });
        (!self.is_sleep() && !self.is_task()).then_some((self.resource, done))
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

/// How a call and its answer are written down by those who make them.
mod kind {
    pub const LOAD: u64 = 1;
    pub const PEEK: u64 = 2;
    pub const STORE: u64 = 3;
    pub const SWAP_IF: u64 = 4;
    pub const ACQUIRE: u64 = 5;
    pub const RELEASE: u64 = 6;
    pub const WAIT: u64 = 7;
    pub const NOTIFY: u64 = 8;
    pub const CLEAR: u64 = 9;
    pub const IS_SET: u64 = 10;
    pub const PUT: u64 = 11;
    pub const GET: u64 = 12;
    pub const LEN: u64 = 13;
    pub const CLOSE: u64 = 14;
    pub const ITEM_DONE: u64 = 15;
    pub const JOIN: u64 = 16;
    pub const SLEEP: u64 = 17;
}

impl What {
    /// As three numbers, the first of which is 0 only where it is about the tasks of a pool, whose workers follow no schedule.
    pub fn words(self) -> [u64; 3] {
        match self {
            What::Load { index } => [kind::LOAD, index, 0],
            What::Peek { index } => [kind::PEEK, index, 0],
            What::Store { index, bits } => [kind::STORE, index, bits],
            What::SwapIf { old, new } => [kind::SWAP_IF, old, new],
            What::Acquire { limit } => [kind::ACQUIRE, limit as u64, 0],
            What::Release => [kind::RELEASE, 0, 0],
            What::Wait { limit } => [kind::WAIT, limit as u64, 0],
            What::Notify { count } => [kind::NOTIFY, count, 0],
            What::Clear => [kind::CLEAR, 0, 0],
            What::IsSet => [kind::IS_SET, 0, 0],
            What::Put { item, limit } => [kind::PUT, limit as u64, item.into()],
            What::Get { limit } => [kind::GET, limit as u64, 0],
            What::Len => [kind::LEN, 0, 0],
            What::Close => [kind::CLOSE, 0, 0],
            What::ItemDone => [kind::ITEM_DONE, 0, 0],
            What::Join { limit } => [kind::JOIN, limit as u64, 0],
            What::Sleep { time } => [kind::SLEEP, time as u64, 0],
            What::Pool { .. } | What::Claim | What::Complete { .. } | What::End { .. } => [0; 3],
        }
    }

    /// From the numbers that it was written down as.
    pub fn of_words([kind, x, y]: [u64; 3]) -> Option<Self> {
        let limit = x as i64;
        Some(match kind {
            kind::LOAD => What::Load { index: x },
            kind::PEEK => What::Peek { index: x },
            kind::STORE => What::Store { index: x, bits: y },
            kind::SWAP_IF => What::SwapIf { old: x, new: y },
            kind::ACQUIRE => What::Acquire { limit },
            kind::RELEASE => What::Release,
            kind::WAIT => What::Wait { limit },
            kind::NOTIFY => What::Notify { count: x },
            kind::CLEAR => What::Clear,
            kind::IS_SET => What::IsSet,
            kind::PUT => What::Put { limit, item: y as u32 },
            kind::GET => What::Get { limit },
            kind::LEN => What::Len,
            kind::CLOSE => What::Close,
            kind::ITEM_DONE => What::ItemDone,
            kind::JOIN => What::Join { limit },
            kind::SLEEP => What::Sleep { time: limit },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_call_is_read_as_it_was_written() {
        for number in kind::LOAD..=kind::SLEEP {
            let what = What::of_words([number, 7, 8]).expect("a kind");
            assert_eq!(What::of_words(what.words()), Some(what));
            assert_eq!(what.words()[0], number);
        }
        assert_eq!(What::of_words([0; 3]), None);
    }
}
