//! One trace event, as Chrome's format has it.

use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// What kind of event it is: the format's `ph`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Phase {
    /// Something that took its time, from `ts` on for `dur`.
    #[serde(rename = "X")]
    Complete,
    /// Something at one moment.
    #[serde(rename = "i")]
    Moment,
    /// The start of an arrow.
    #[serde(rename = "s")]
    FlowStart,
    /// The end of an arrow.
    #[serde(rename = "f")]
    FlowEnd,
    /// A number at a moment.
    #[serde(rename = "C")]
    Counter,
    /// A name.
    #[serde(rename = "M")]
    Metadata,
}

/// A trace event. Times are nanoseconds here, and microseconds in the file, where the format wants them.
#[derive(Debug, Clone, Serialize)]
pub struct TraceEvent {
    /// What it is called.
    pub name: String,
    /// Its category.
    pub cat: &'static str,
    /// Its kind.
    pub ph: Phase,
    /// When it began.
    #[serde(serialize_with = "as_us")]
    pub ts: u64,
    /// How long it took, of a complete event.
    #[serde(serialize_with = "as_us_if_any", skip_serializing_if = "Option::is_none")]
    pub dur: Option<u64>,
    /// The run.
    pub pid: u32,
    /// The worker.
    pub tid: u32,
    /// Which arrow it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// That an arrow ends in what encloses it, and not in what comes next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bp: Option<&'static str>,
    /// Of whom an instant is: of its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s: Option<&'static str>,
    /// Whatever else is known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<&'static str, Arg>,
}

/// A value among an event's arguments.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Arg {
    /// A whole number.
    Count(u64),
    /// Any other number that JSON can write.
    Number(f64),
    /// Anything else.
    Text(String),
}

impl TraceEvent {
    /// An event of this kind with nothing but a name, a worker and a time.
    pub fn new(ph: Phase, name: impl Into<String>, cat: &'static str, (pid, tid): (u32, u32), ts: u64) -> Self {
        let (dur, id) = (None, None);
        let bp = (ph == Phase::FlowEnd).then_some("e");
        let s = (ph == Phase::Moment).then_some("t");
        Self { name: name.into(), cat, ph, ts, dur, pid, tid, id, bp, s, args: BTreeMap::new() }
    }

    /// The same with an argument.
    pub fn arg(mut self, name: &'static str, value: Arg) -> Self {
        self.args.insert(name, value);
        self
    }
}

fn as_us<S: Serializer>(ns: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(*ns as f64 / 1e3)
}

fn as_us_if_any<S: Serializer>(ns: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
    as_us(&ns.unwrap_or(0), to)
}
