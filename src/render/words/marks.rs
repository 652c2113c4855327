//! What a picture has names for: its marks, and why there is none.

/// A kind of mark in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A worker was being started.
    Start,
    /// It was at work.
    Work,
    /// It was on a core for a part of the time.
    OnCore,
    /// It waited for others.
    Wait,
    /// It slept.
    Sleep,
    /// It printed a line.
    Print,
    /// All were released at once.
    Gate,
    /// A pool's task.
    Task,
    /// One that failed, or that its worker's end cut short.
    FailedTask,
    /// Tasks taken at once.
    Chunk,
    /// A pool's worker had ended, as no task was left.
    Idle,
    /// A pool's initializer.
    Prepare,
    /// An item was put.
    Put,
    /// An item was taken.
    Get,
    /// An item's way from put to get.
    Way,
    /// How many items were in a queue, or how many permits were taken.
    Depth,
    /// A number was read.
    Read,
    /// A number was written.
    Write,
    /// A write that overwrote another worker's.
    Lost,
    /// A number on its way over time.
    Curve,
    /// A lock was held.
    Held,
    /// A lock was handed on, or a waiter was woken.
    Handed,
    /// A worker gave a signal.
    Signal,
    /// A worker cleared an event.
    Cleared,
    /// All who were expected had come.
    Met,
    /// The element of an array was last written by this worker.
    Texture,
    /// A thread was started by a worker, or its end was waited for.
    Thread,
}

/// Why a run has no steps that are the same in every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undrawn {
    /// Which worker takes which task is chance.
    Pool,
    /// A worker started threads by itself.
    Threads,
    /// Not every event was kept.
    Dropped,
    /// A worker was ended at a limit of time.
    Cut,
    /// There are too many events.
    Large,
    /// The events do not fit together.
    Unfit,
}
