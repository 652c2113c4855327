//! `AtomicPtr`.

use super::methods::methods;
use super::{Object, Ordering};
use crate::seam::std_kind;
use ::std::fmt;
use ::std::sync::atomic as real;

/// `std::sync::atomic::AtomicPtr`.
#[repr(transparent)]
pub struct AtomicPtr<T>(real::AtomicPtr<T>);

impl<T> AtomicPtr<T> {
    #[inline]
    pub const fn new(pointer: *mut T) -> Self {
        Self(real::AtomicPtr::new(pointer))
    }

    methods!(*mut T);

    #[inline]
    fn object(&self) -> Object {
        Object { address: (&raw const *self).addr(), kind: std_kind::ATOMIC_PTR, detail: size_of::<usize>() as u64 }
    }

    #[inline]
    fn bits(pointer: *mut T) -> u64 {
        pointer.addr() as u64
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
