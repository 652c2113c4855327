//! An event of a run's trace.

use super::{Action, ActionKind, MemoryOrdering, Position};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

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
    /// How it orders memory, if it is atomic.
    pub ordering: Option<MemoryOrdering>,
}

impl Event {
    /// When it was over: a call that waited had its effect then.
    #[inline]
    pub fn end_ns(&self) -> u64 {
        self.at_ns.saturating_add(self.duration_ns)
    }

    /// What kind of action it is.
    #[inline]
    pub fn kind(&self) -> ActionKind {
        self.action.kind()
    }
}

/// An event as a row, which keeps records small.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("minItems" = 6)))]
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
    /// How it orders memory; left out where it is not atomic.
    Option<MemoryOrdering>,
);

/// The fields of a row but for the last.
type Row = (u32, u64, u64, Action, Option<u32>, Option<Position>);

impl Serialize for EventRow {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self(worker, at_ns, duration_ns, action, resource, position, ordering) = *self;
        let row: Row = (worker, at_ns, duration_ns, action, resource, position);
        match ordering {
            None if to.is_human_readable() => row.serialize(to),
            _ => (row.0, row.1, row.2, row.3, row.4, row.5, ordering).serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for EventRow {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_tuple(7, ReadRow)
    }
}

struct ReadRow;

impl<'de> Visitor<'de> for ReadRow {
    type Value = EventRow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event as a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<EventRow, A::Error> {
        fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(row: &mut A) -> Result<T, A::Error> {
            row.next_element()?.ok_or_else(|| A::Error::custom("an event without an end"))
        }
        let (worker, at_ns, duration_ns) = (next(&mut row)?, next(&mut row)?, next(&mut row)?);
        let (action, resource, position) = (next(&mut row)?, next(&mut row)?, next(&mut row)?);
        Ok(EventRow(worker, at_ns, duration_ns, action, resource, position, row.next_element()?.flatten()))
    }
}

impl From<EventRow> for Event {
    fn from(EventRow(worker, at_ns, duration_ns, action, resource, position, ordering): EventRow) -> Self {
        Self { worker, at_ns, duration_ns, action, resource, position, ordering }
    }
}

impl From<Event> for EventRow {
    fn from(e: Event) -> Self {
        Self(e.worker, e.at_ns, e.duration_ns, e.action, e.resource, e.position, e.ordering)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_an_ordering_only_where_the_event_is_atomic() {
        let action = Action::Load { index: 0, bits: 5 };
        let plain =
            Event { worker: 1, at_ns: 2, duration_ns: 3, action, resource: Some(4), position: None, ordering: None };
        for ordering in [None, Some(MemoryOrdering::Acquire)] {
            let event = Event { ordering, ..plain };
            let text = serde_json::to_string(&event).expect("JSON");
            assert_eq!(text.contains("acquire"), ordering.is_some());
            assert_eq!(text.matches(',').count(), if ordering.is_some() { 7 } else { 6 });
            assert_eq!(serde_json::from_str::<Event>(&text).expect("an event"), event);
            let bytes = postcard::to_allocvec(&event).expect("bytes");
            assert_eq!(postcard::from_bytes::<Event>(&bytes), Ok(event));
        }
    }
}
