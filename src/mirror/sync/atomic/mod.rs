//! `std::sync::atomic`. The types have the layout of `std`'s, so that `from_ptr` works, and no room for an id: they are found by their
//! addresses.

pub use ::std::sync::atomic::*;

mod bool;
mod fence;
mod integer;
mod methods;
mod pointer;

pub use bool::AtomicBool;
pub use fence::fence;
pub use integer::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize,
};
pub use pointer::AtomicPtr;

use crate::seam::object::atomic;
use crate::seam::{OK, StdCall, call, done, explores, host, std_operation, step};

/// `std::sync::atomic::ATOMIC_BOOL_INIT`.
#[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
pub const ATOMIC_BOOL_INIT: AtomicBool = AtomicBool::new(false);
/// `std::sync::atomic::ATOMIC_ISIZE_INIT`.
#[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
pub const ATOMIC_ISIZE_INIT: AtomicIsize = AtomicIsize::new(0);
/// `std::sync::atomic::ATOMIC_USIZE_INIT`.
#[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
pub const ATOMIC_USIZE_INIT: AtomicUsize = AtomicUsize::new(0);

/// The number of an ordering in the table.
#[inline]
fn number(ordering: Ordering) -> u32 {
    match ordering {
        Ordering::Relaxed => 1,
        Ordering::Release => 2,
        Ordering::Acquire => 3,
        Ordering::AcqRel => 4,
        _ => 5,
    }
}

/// An atomic, as all operations see it.
#[derive(Clone, Copy)]
struct Object {
    address: usize,
    kind: u32,
    detail: u64,
}

impl Object {
    #[inline]
    #[track_caller]
    fn call(self, operation: u32, ordering: Ordering, value: u64) -> StdCall {
        let id = atomic(self.address, self.kind, self.detail);
        StdCall { ordering: number(ordering), value, ..call(operation, id) }
    }

    /// Reads: told before, so that between this read and a write that follows nothing of nbrun's stands.
    #[inline]
    #[track_caller]
    fn reads<T: Copy>(self, ordering: Ordering, read: impl FnOnce() -> T, bits: impl FnOnce(T) -> u64) -> T {
        let call = self.call(std_operation::LOAD, ordering, 0);
        if explores() {
            step(&call);
        } else if call.object == 0 {
            return read();
        } else {
            done(&call, 0, OK, [0; 2]);
        }
        let value = read();
        let bits = bits(value);
        (host().std_bits)(bits, bits);
        value
    }

    /// Writes: told afterwards.
    #[inline]
    #[track_caller]
    fn writes(self, ordering: Ordering, bits: u64, write: impl FnOnce()) {
        let call = self.call(std_operation::STORE, ordering, bits);
        if explores() {
            step(&call);
            write();
            (host().std_bits)(0, bits);
            return;
        }
        write();
        if call.object != 0 {
            done(&call, 0, OK, [bits, bits]);
        }
    }

    /// Reads and writes in one step, which returns what it returns beside the bits before and after.
    #[inline]
    #[track_caller]
    fn updates<T>(self, ordering: Ordering, update: impl FnOnce() -> (T, u64, u64)) -> T {
        let call = self.call(std_operation::UPDATE, ordering, 0);
        if explores() {
            step(&call);
        } else if call.object == 0 {
            return update().0;
        } else {
            done(&call, 0, OK, [0; 2]);
        }
        let (value, before, after) = update();
        (host().std_bits)(before, after);
        value
    }
}
