//! Calls on objects of `std`, as they pass through the table.

use ::std::panic::Location;
use ::std::thread::panicking;
use nbrun::abi::{FOREVER, Status, StdAnswer, StdCall, std_operation};
use nbrun::seam::{at, checked, host};

/// Whether operations are steps of an exploration.
#[inline]
pub(crate) fn explores() -> bool {
    host().explores
}

/// A call of this operation on an object, at the caller's place.
#[inline]
#[track_caller]
pub(crate) fn call(operation: u32, object: u32) -> StdCall {
    call_from(operation, object, Location::caller())
}

/// A call of this operation on an object, from a place.
#[inline]
pub(crate) fn call_from(operation: u32, object: u32, place: &Location<'_>) -> StdCall {
    StdCall {
        operation,
        object,
        other: 0,
        ordering: 0,
        value: 0,
        timeout_ns: FOREVER,
        position: at(place.file(), place.line()),
        column: place.column(),
    }
}

/// A call of this operation in a destructor, of which no place is known.
#[inline]
pub(crate) fn in_drop(operation: u32, object: u32, value: u64) -> StdCall {
    StdCall { operation, object, other: 0, ordering: 0, value, timeout_ns: FOREVER, position: 0, column: 0 }
}

/// For how many pauses to look again before blocking.
pub(crate) fn pauses() -> u32 {
    (host().pauses)()
}

/// In a real run: the caller is about to block. Returns the time.
#[inline]
pub(crate) fn wait(call: &StdCall) -> u64 {
    (host().std_wait)(call)
}

/// In a real run: the call was done, or is about to be.
#[inline]
pub(crate) fn done(call: &StdCall, since: u64, status: Status, numbers: [u64; 2]) {
    (host().std_done)(call, since, status, numbers[0], numbers[1]);
}

/// In a real run: the call went well, and did not block. Only for the operations that the table names.
#[inline]
pub(crate) fn did(call: &StdCall) {
    (host().std_did)(call.operation, call.object, call.value, call.position);
}

/// In an exploration: takes the step. Who is told to end is unwound, unless it is already.
pub(crate) fn step(call: &StdCall) -> StdAnswer {
    if panicking() {
        return (host().std_step)(&StdCall { operation: call.operation | std_operation::UNWINDING, ..*call });
    }
    let answer = (host().std_step)(call);
    checked(answer.status);
    answer
}

/// Whether the caller is unwound after a panic.
pub(crate) fn is_unwinding() -> bool {
    panicking()
}
