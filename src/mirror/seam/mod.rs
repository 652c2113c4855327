//! The way to nbrun: calls that report what is done, calls that wait for a turn, and who an object is.

pub(crate) mod call;
pub(crate) mod generation;
pub(crate) mod object;

pub(crate) use call::{call, call_from, did, done, explores, in_drop, is_unwinding, pauses, step, wait};
pub(crate) use nbrun::abi::{self, FOREVER, OK, StdCall, TIMED_OUT, std_kind, std_operation};
pub(crate) use nbrun::seam::host;
pub(crate) use object::Identity;

use ::std::time::Duration;

/// A limit as the table wants it.
pub(crate) fn limit(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(FOREVER)
}
