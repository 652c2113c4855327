//! `AtomicPtr`.

use super::{Object, Ordering};
use crate::seam::std_kind;
use ::std::fmt;
use ::std::sync::atomic as real;

/// `std::sync::atomic::AtomicPtr`.
#[repr(transparent)]
pub struct AtomicPtr<T>(real::AtomicPtr<T>);

/// The bits of a pointer.
#[inline]
fn bits<T>(pointer: *mut T) -> u64 {
    pointer.addr() as u64
}

impl<T> AtomicPtr<T> {
    #[inline]
    pub const fn new(pointer: *mut T) -> Self {
        Self(real::AtomicPtr::new(pointer))
    }

    /// # Safety
    /// As `std` says.
    #[inline]
    pub const unsafe fn from_ptr<'a>(ptr: *mut *mut T) -> &'a Self {
        // SAFETY: the caller promises what std asks for, and this type has the layout of std's.
        unsafe { &*ptr.cast() }
    }

    #[inline]
    pub fn get_mut(&mut self) -> &mut *mut T {
        self.0.get_mut()
    }

    #[inline]
    pub const fn into_inner(self) -> *mut T {
        self.0.into_inner()
    }

    #[inline]
    pub const fn as_ptr(&self) -> *mut *mut T {
        self.0.as_ptr()
    }

    #[inline]
    fn object(&self) -> Object {
        Object { address: (&raw const *self).addr(), kind: std_kind::ATOMIC_PTR, detail: size_of::<usize>() as u64 }
    }

    #[inline]
    #[track_caller]
    fn update_by(
        &self,
        order: Ordering,
        update: impl FnOnce() -> *mut T,
        after: impl FnOnce(*mut T) -> *mut T,
    ) -> *mut T {
        self.object().updates(order, || {
            let before = update();
            (before, bits(before), bits(after(before)))
        })
    }

    #[inline]
    #[track_caller]
    pub fn load(&self, order: Ordering) -> *mut T {
        self.object().reads(order, || self.0.load(order), bits)
    }

    #[inline]
    #[track_caller]
    pub fn store(&self, pointer: *mut T, order: Ordering) {
        self.object().writes(order, bits(pointer), || self.0.store(pointer, order));
    }

    #[inline]
    #[track_caller]
    pub fn swap(&self, pointer: *mut T, order: Ordering) -> *mut T {
        self.update_by(order, || self.0.swap(pointer, order), |_| pointer)
    }

    #[inline]
    #[track_caller]
    #[deprecated(since = "1.50.0", note = "Use `compare_exchange` or `compare_exchange_weak` instead")]
    pub fn compare_and_swap(&self, current: *mut T, new: *mut T, order: Ordering) -> *mut T {
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
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.object().updates(success, || match self.0.compare_exchange(current, new, success, failure) {
            Ok(before) => (Ok(before), bits(before), bits(new)),
            Err(before) => (Err(before), bits(before), bits(before)),
        })
    }

    /// To nbrun it never fails for no reason: those who look for the reason of an outcome would find none.
    #[inline]
    #[track_caller]
    pub fn compare_exchange_weak(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.compare_exchange(current, new, success, failure)
    }

    #[inline]
    #[track_caller]
    pub fn fetch_update<F>(&self, set_order: Ordering, fetch_order: Ordering, mut f: F) -> Result<*mut T, *mut T>
    where
        F: FnMut(*mut T) -> Option<*mut T>,
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
        f: impl FnMut(*mut T) -> Option<*mut T>,
    ) -> Result<*mut T, *mut T> {
        self.fetch_update(set_order, fetch_order, f)
    }

    #[inline]
    #[track_caller]
    pub fn update(&self, set_order: Ordering, fetch_order: Ordering, mut f: impl FnMut(*mut T) -> *mut T) -> *mut T {
        match self.fetch_update(set_order, fetch_order, |before| Some(f(before))) {
            Ok(before) | Err(before) => before,
        }
    }

    #[inline]
    #[track_caller]
    pub fn fetch_ptr_add(&self, value: usize, order: Ordering) -> *mut T {
        self.fetch_byte_add(value.wrapping_mul(size_of::<T>()), order)
    }

    #[inline]
    #[track_caller]
    pub fn fetch_ptr_sub(&self, value: usize, order: Ordering) -> *mut T {
        self.fetch_byte_sub(value.wrapping_mul(size_of::<T>()), order)
    }

    #[inline]
    #[track_caller]
    pub fn fetch_byte_add(&self, value: usize, order: Ordering) -> *mut T {
        self.update_by(order, || self.0.fetch_byte_add(value, order), |before| before.wrapping_byte_add(value))
    }

    #[inline]
    #[track_caller]
    pub fn fetch_byte_sub(&self, value: usize, order: Ordering) -> *mut T {
        self.update_by(order, || self.0.fetch_byte_sub(value, order), |before| before.wrapping_byte_sub(value))
    }

    #[inline]
    #[track_caller]
    pub fn fetch_or(&self, value: usize, order: Ordering) -> *mut T {
        self.update_by(order, || self.0.fetch_or(value, order), |before| before.map_addr(|addr| addr | value))
    }

    #[inline]
    #[track_caller]
    pub fn fetch_and(&self, value: usize, order: Ordering) -> *mut T {
        self.update_by(order, || self.0.fetch_and(value, order), |before| before.map_addr(|addr| addr & value))
    }

    #[inline]
    #[track_caller]
    pub fn fetch_xor(&self, value: usize, order: Ordering) -> *mut T {
        self.update_by(order, || self.0.fetch_xor(value, order), |before| before.map_addr(|addr| addr ^ value))
    }
}

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(::std::ptr::null_mut())
    }
}

impl<T> From<*mut T> for AtomicPtr<T> {
    fn from(pointer: *mut T) -> Self {
        Self::new(pointer)
    }
}

impl<T> fmt::Debug for AtomicPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.load(Ordering::Relaxed), f)
    }
}

impl<T> fmt::Pointer for AtomicPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.load(Ordering::Relaxed), f)
    }
}
