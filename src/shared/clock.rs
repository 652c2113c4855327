//! The one clock of a run: the system's monotonic clock, which all processes of a machine share.

use nix::libc::{CLOCK_MONOTONIC, clock_gettime, timespec};
use std::time::Duration;

/// Nanoseconds on the monotonic clock. Only differences have a meaning.
#[inline]
pub fn now() -> u64 {
    let mut time = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place for the answer lives during the call.
    // The clock exists on every Linux; a failure would only blur times, so it is no reason to stop.
    unsafe { clock_gettime(CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// A span of time in nanoseconds; one of more than 584 years is as long as that.
pub fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
