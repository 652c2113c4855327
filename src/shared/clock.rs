//! The one clock of a run: the system's monotonic clock, which all processes of a machine share.

use nix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Nanoseconds on the monotonic clock. Only differences have a meaning.
pub fn now() -> u64 {
    // The clock exists on every Linux; a failure would only blur times, so it is no reason to stop.
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |t| t.tv_sec() as u64 * 1_000_000_000 + t.tv_nsec() as u64)
}

/// A span of time in nanoseconds; one of more than 584 years is as long as that.
pub fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
