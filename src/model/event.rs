//! An event of a run's trace.

use super::{Action, ActionKind, Position};
use serde::{Deserialize, Serialize};

/// Something that a worker did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(from = "EventRow", into = "EventRow")]
pub struct Event {
    /// Who: an index into the run's workers, of which the first is main.
    pub worker: u32,
    /// When it began, in nanoseconds from the start of the run.
    pub at_ns: u64,
    /// How long it took, in nanoseconds: for a call, the time for which the worker was blocked in it; for a task, its whole time.
    pub duration_ns: u64,
    /// What was done.
    pub action: Action,
    /// To what: the id of a shared resource, if to one.
    pub resource: Option<u32>,
    /// The line of the call, if there is one.
    pub position: Option<Position>,
}

impl Event {
    /// When it was over: a call that waited had its effect then.
    pub fn end_ns(&self) -> u64 {
        self.at_ns.saturating_add(self.duration_ns)
    }

    /// What kind of action it is.
    pub fn kind(&self) -> ActionKind {
        self.action.kind()
    }
}

/// An event as a row, which keeps records small.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EventRow(
    /// Who: an index into the run's workers, of which the first is main.
    u32,
    /// When it began, in nanoseconds from the start of the run.
    u64,
    /// How long it took, in nanoseconds: for a call, the time for which the worker was blocked in it; for a task, its whole
    /// time.
    u64,
    /// What was done.
    Action,
    /// To what: the id of a shared resource, if to one.
    Option<u32>,
    /// The line of the call, if there is one.
    Option<Position>,
);

impl From<EventRow> for Event {
    fn from(EventRow(worker, at_ns, duration_ns, action, resource, position): EventRow) -> Self {
        Self { worker, at_ns, duration_ns, action, resource, position }
    }
}

impl From<Event> for EventRow {
    fn from(e: Event) -> Self {
        Self(e.worker, e.at_ns, e.duration_ns, e.action, e.resource, e.position)
    }
}
