//! `std::hint`.

pub use ::std::hint::*;

/// To nbrun, who spins lets others go first.
#[inline(always)]
#[track_caller]
pub fn spin_loop() {
    if crate::seam::explores() {
        return crate::thread::yield_now();
    }
    ::std::hint::spin_loop();
}
