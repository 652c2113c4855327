//! The one clock of a run: the system's monotonic clock, which all processes of a machine share.

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds on the monotonic clock. Only differences have a meaning.
pub fn now() -> u64 {
    // The clock exists on every Linux; a failure would only blur times, so it is no reason to stop.
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |t| t.tv_sec() as u64 * 1_000_000_000 + t.tv_nsec() as u64)
}
