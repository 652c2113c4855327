//! `park`, `sleep`, `yield_now`: a thread lets others go on.

use crate::seam::{FOREVER, OK, StdCall, call, done, explores, limit, std_operation, step, wait};
use ::std::thread as real;
use ::std::time::Duration;

/// Does a step that only waits: in a real run with `waits`.
#[inline]
fn paused(call: &StdCall, waits: impl FnOnce()) {
    if explores() {
        step(call);
        return;
    }
    let since = wait(call);
    waits();
    done(call, since, OK, [0; 2]);
}

/// `std::thread::park`.
#[track_caller]
pub fn park() {
    paused(&StdCall { timeout_ns: FOREVER, ..call(std_operation::PARK, 0) }, real::park);
}

/// `std::thread::park_timeout`.
#[track_caller]
pub fn park_timeout(time: Duration) {
    paused(&StdCall { timeout_ns: limit(time), ..call(std_operation::PARK, 0) }, || real::park_timeout(time));
}

/// `std::thread::park_timeout_ms`.
#[track_caller]
#[deprecated(since = "1.6.0", note = "replaced by `std::thread::park_timeout`")]
pub fn park_timeout_ms(ms: u32) {
    park_timeout(Duration::from_millis(ms.into()));
}

/// `std::thread::sleep`.
#[track_caller]
pub fn sleep(time: Duration) {
    paused(&StdCall { timeout_ns: limit(time), ..call(std_operation::SLEEP, 0) }, || real::sleep(time));
}

/// `std::thread::sleep_ms`.
#[track_caller]
#[deprecated(since = "1.6.0", note = "replaced by `std::thread::sleep`")]
pub fn sleep_ms(ms: u32) {
    sleep(Duration::from_millis(ms.into()));
}

/// `std::thread::yield_now`. In a real run it is not told: who waits in this way may do so very often.
#[inline]
#[track_caller]
pub fn yield_now() {
    if explores() {
        step(&call(std_operation::YIELD, 0));
        return;
    }
    real::yield_now();
}
