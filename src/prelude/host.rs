//! The host's table, and the unwinding of a worker that is to end.

use crate::abi::{self, Host, Status};
use crate::position;
use std::panic::Location;
use std::sync::atomic::{AtomicPtr, Ordering};

static HOST: AtomicPtr<Host> = AtomicPtr::new(std::ptr::null_mut());

/// Why a worker is unwound without a panic: the payload that travels up to its entry point.
pub(crate) enum Unwind {
    /// `exit(code)` was called.
    ExitStatus(i32),
    /// The supervisor told it to end.
    Cancelled,
}

/// Keeps the table for all later calls.
pub(crate) fn attach(host: *const Host) {
    HOST.store(host.cast_mut(), Ordering::Release);
}

/// The table.
#[inline]
pub fn host() -> &'static Host {
    let host = HOST.load(Ordering::Acquire);
    assert!(!host.is_null(), "the library is used outside nbrun");
    // SAFETY: nbrun attaches a table that lives as long as the process, before any entry point is called.
    unsafe { &*host }
}

/// The caller's line, as a number that the host understands.
#[inline(always)]
#[track_caller]
pub(crate) fn here() -> u32 {
    let caller = Location::caller();
    position::at(caller.file(), caller.line())
}

/// A place as a person reads it: that of a cell's line is the notebook's.
pub(crate) fn shown(file: &str, line: u32, column: u32) -> String {
    let position = position::at(file, line);
    if position == 0 {
        return format!("{file}:{line}:{column}");
    }
    let mut text = Vec::new();
    (host().place)(position, column, collect, (&raw mut text).cast());
    String::from_utf8_lossy(&text).into_owned()
}

/// A limit in nanoseconds; a time too long to count is without end.
pub(crate) fn limit(seconds: f64) -> i64 {
    let ns = seconds.max(0.0) * 1e9;
    if ns.is_nan() || ns >= i64::MAX as f64 { abi::FOREVER } else { ns as i64 }
}

/// Unwinds a worker that was told to end; gives every other status back.
#[inline]
pub fn checked(status: Status) -> Status {
    if status == abi::CANCELLED {
        std::panic::resume_unwind(Box::new(Unwind::Cancelled));
    }
    status
}

/// Panics with the host's own explanation unless `status` is [`abi::OK`].
#[track_caller]
pub(crate) fn expect_ok(resource: u32, status: Status) {
    if checked(status) != abi::OK {
        panic!("{}", explain(resource, status));
    }
}

/// The host's explanation of a status.
pub(crate) fn explain(resource: u32, status: Status) -> String {
    let mut text = Vec::new();
    (host().explain)(resource, status, collect, (&raw mut text).cast());
    String::from_utf8_lossy(&text).into_owned()
}

/// A [`abi::Sink`] that appends to the `Vec<u8>` that is its context.
pub(crate) extern "C" fn collect(context: *mut u8, bytes: *const u8, len: usize) {
    // SAFETY: the callers in this crate pass a `Vec<u8>` of their own, and the host passes a valid slice.
    unsafe {
        let out = &mut *context.cast::<Vec<u8>>();
        out.extend_from_slice(std::slice::from_raw_parts(bytes, len));
    }
}
