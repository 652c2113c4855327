//! An event of a run's trace.

use super::op::Op;
use serde::{Deserialize, Serialize};

/// Something that a worker did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "EventRow", into = "EventRow")]
pub struct Event {
    /// Who: an index into the run's workers, of which the first is main.
    pub worker: u32,
    /// When it began.
    pub at_ns: u64,
    /// How long it took: for a call, the time for which the worker was blocked in it; for a task, its whole time.
    pub duration_ns: u64,
    /// What was done.
    pub op: Op,
    /// To what: the id of a shared resource, if to one.
    pub resource: Option<u32>,
    /// A number that [`Op`] explains.
    pub a: u64,
    /// Another number that [`Op`] explains.
    pub b: u64,
    /// The notebook's line of the call, from 1; 0 where there is none.
    pub line: u32,
}

impl Event {
    /// When it was over: a call that waited had its effect then.
    pub fn end_ns(&self) -> u64 {
        self.at_ns.saturating_add(self.duration_ns)
    }

    /// Whether it is a wait that its worker's end cut short: who was ended from outside did not give up.
    pub fn is_cut(&self) -> bool {
        self.op == Op::GaveUp && self.b == Op::ENDED
    }
}

/// An event as a row of numbers, which keeps records small.
type EventRow = (u32, u64, u64, Op, Option<u32>, u64, u64, u32);

impl From<EventRow> for Event {
    fn from((worker, at_ns, duration_ns, op, resource, a, b, line): EventRow) -> Self {
        Self { worker, at_ns, duration_ns, op, resource, a, b, line }
    }
}

impl From<Event> for EventRow {
    fn from(e: Event) -> Self {
        (e.worker, e.at_ns, e.duration_ns, e.op, e.resource, e.a, e.b, e.line)
    }
}
