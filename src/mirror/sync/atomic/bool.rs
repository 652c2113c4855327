//! `AtomicBool`.

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

    /// # Safety
    /// As `std` says.
    #[inline]
    pub const unsafe fn from_ptr<'a>(ptr: *mut bool) -> &'a Self {
        // SAFETY: the caller promises what std asks for, and this type has the layout of std's.
        unsafe { &*ptr.cast() }
    }

    #[inline]
    pub fn get_mut(&mut self) -> &mut bool {
        self.0.get_mut()
    }

    #[inline]
    pub const fn into_inner(self) -> bool {
        self.0.into_inner()
    }

    #[inline]
    pub const fn as_ptr(&self) -> *mut bool {
        self.0.as_ptr()
    }

    #[inline]
    fn object(&self) -> Object {
        Object { address: &raw const *self as usize, kind: std_kind::ATOMIC_BOOL, detail: 1 }
    }

    #[inline]
    #[track_caller]
    fn update_by(&self, order: Ordering, update: impl FnOnce() -> bool, after: impl FnOnce(bool) -> bool) -> bool {
        self.object().updates(order, || {
            let before = update();
            (before, before.into(), after(before).into())
        })
    }

    #[inline]
    #[track_caller]
    pub fn load(&self, order: Ordering) -> bool {
        self.object().reads(order, || self.0.load(order), u64::from)
    }

    #[inline]
    #[track_caller]
    pub fn store(&self, value: bool, order: Ordering) {
        self.object().writes(order, value.into(), || self.0.store(value, order));
    }

    #[inline]
    #[track_caller]
    pub fn swap(&self, value: bool, order: Ordering) -> bool {
        self.update_by(order, || self.0.swap(value, order), |_| value)
    }

    #[inline]
    #[track_caller]
    #[deprecated(since = "1.50.0", note = "Use `compare_exchange` or `compare_exchange_weak` instead")]
    pub fn compare_and_swap(&self, current: bool, new: bool, order: Ordering) -> bool {
        let failure = match order {
            Ordering::AcqRel => Ordering::Acquire,
            Ordering::Release => Ordering::Relaxed,
            other => other,
        };
        match self.compare_exchange(current, new, order, failure) {
            Ok(before) | Err(before) => before,
        }
    }

    #[inline]
    #[track_caller]
    pub fn compare_exchange(
        &self,
        current: bool,
        new: bool,
        success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        self.object().updates(success, || match self.0.compare_exchange(current, new, success, failure) {
            Ok(before) => (Ok(before), before.into(), new.into()),
            Err(before) => (Err(before), before.into(), before.into()),
        })
    }

    /// To nbrun it never fails for no reason: those who look for the reason of an outcome would find none.
    #[inline]
    #[track_caller]
    pub fn compare_exchange_weak(
        &self,
        current: bool,
        new: bool,
        success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        self.compare_exchange(current, new, success, failure)
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

    #[inline]
    #[track_caller]
    pub fn fetch_update<F>(&self, set_order: Ordering, fetch_order: Ordering, mut f: F) -> Result<bool, bool>
    where
        F: FnMut(bool) -> Option<bool>,
    {
        let mut before = self.load(fetch_order);
        while let Some(new) = f(before) {
            match self.compare_exchange_weak(before, new, set_order, fetch_order) {
                Ok(before) => return Ok(before),
                Err(now) => before = now,
            }
        }
        Err(before)
    }

    #[inline]
    #[track_caller]
    pub fn try_update(
        &self,
        set_order: Ordering,
        fetch_order: Ordering,
        f: impl FnMut(bool) -> Option<bool>,
    ) -> Result<bool, bool> {
        self.fetch_update(set_order, fetch_order, f)
    }

    #[inline]
    #[track_caller]
    pub fn update(&self, set_order: Ordering, fetch_order: Ordering, mut f: impl FnMut(bool) -> bool) -> bool {
        match self.fetch_update(set_order, fetch_order, |before| Some(f(before))) {
            Ok(before) | Err(before) => before,
        }
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
