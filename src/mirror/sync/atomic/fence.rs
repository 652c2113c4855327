//! `fence`.

use super::{Ordering, number};
use crate::seam::{OK, StdCall, call, done, explores, std_operation, step};

/// `std::sync::atomic::fence`.
#[inline]
#[track_caller]
pub fn fence(order: Ordering) {
    let call = StdCall { ordering: number(order), ..call(std_operation::FENCE, 0) };
    if explores() {
        step(&call);
    } else {
        done(&call, 0, OK, [0; 2]);
    }
    ::std::sync::atomic::fence(order);
}
