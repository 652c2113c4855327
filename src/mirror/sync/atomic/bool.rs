//! `AtomicBool`.

use super::methods::methods;
use super::{Object, Ordering};
use crate::seam::std_kind;
use ::std::fmt;
use ::std::sync::atomic as real;

/// `std::sync::atomic::AtomicBool`.
#[repr(transparent)]
pub struct AtomicBool(real::AtomicBool);

impl AtomicBool {
    #[inline]
    #[must_use]
    pub const fn new(value: bool) -> Self {
        Self(real::AtomicBool::new(value))
    }

    methods!(bool);

    #[inline]
    fn object(&self) -> Object {
        Object { address: &raw const *self as usize, kind: std_kind::ATOMIC_BOOL, detail: 1 }
    }

    #[inline]
    fn bits(value: bool) -> u64 {
        value.into()
    }

    #[inline]
    #[track_caller]
    pub fn fetch_and(&self, value: bool, order: Ordering) -> bool {
        self.update_by(order, || self.0.fetch_and(value, order), |before| before & value)
    }

    #[inline]
    #[track_caller]
    pub fn fetch_nand(&self, value: bool, order: Ordering) -> bool {
        self.update_by(order, || self.0.fetch_nand(value, order), |before| !(before & value))
    }

    #[inline]
    #[track_caller]
    pub fn fetch_or(&self, value: bool, order: Ordering) -> bool {
        self.update_by(order, || self.0.fetch_or(value, order), |before| before | value)
    }

    #[inline]
    #[track_caller]
    pub fn fetch_xor(&self, value: bool, order: Ordering) -> bool {
        self.update_by(order, || self.0.fetch_xor(value, order), |before| before ^ value)
    }

    #[inline]
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.update_by(order, || self.0.fetch_not(order), |before| !before)
    }
}

impl Default for AtomicBool {
    fn default() -> Self {
        Self::new(false)
    }
}

impl From<bool> for AtomicBool {
    fn from(value: bool) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for AtomicBool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.load(Ordering::Relaxed), f)
    }
}
