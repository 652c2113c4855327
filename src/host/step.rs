//! How far a worker is in a call that it takes in steps, and what a step comes to.

use super::Answer;

/// How far a worker has come in a call of two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It has not begun.
    Before,
    /// It waits for an event, whose word was this.
    ForEvent(u32),
    /// It is in the waiting room of a condition.
    InRoom,
    /// It keeps new readers out of a read-write lock, and waits until those inside have left.
    ForReaders,
    /// It waits at a barrier: its place, and the meeting.
    AtBarrier(u32, u32),
}

/// Whether a call can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// It can.
    Now,
    /// Only by giving up, when its time is over.
    InTime,
    /// Others must do something first.
    No,
}

/// What a call has led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is done.
    Done(Answer),
    /// The worker has begun to wait.
    Waits(Phase),
}
