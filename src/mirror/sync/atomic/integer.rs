//! The atomic integers.

use super::{Object, Ordering};
use crate::seam::std_kind;
use ::std::fmt;
use ::std::sync::atomic as real;

macro_rules! integers {
    ($($name:ident $of:ident $unsigned:ident $flags:literal)*) => { $(
        #[doc = concat!("`std::sync::atomic::", stringify!($name), "`.")]
        #[repr(transparent)]
        pub struct $name(real::$name);

        impl $name {
            #[inline]
            #[must_use]
            pub const fn new(value: $of) -> Self {
                Self(real::$name::new(value))
            }

            /// # Safety
            /// As `std` says.
            #[inline]
            pub const unsafe fn from_ptr<'a>(ptr: *mut $of) -> &'a Self {
                // SAFETY: the caller promises what std asks for, and this type has the layout of std's.
                unsafe { &*ptr.cast() }
            }

            #[inline]
            pub fn get_mut(&mut self) -> &mut $of {
                self.0.get_mut()
            }

            #[inline]
            pub const fn into_inner(self) -> $of {
                self.0.into_inner()
            }

            #[inline]
            pub const fn as_ptr(&self) -> *mut $of {
                self.0.as_ptr()
            }

            #[inline]
            fn object(&self) -> Object {
                let detail = size_of::<$of>() as u64 | $flags;
                Object { address: &raw const *self as usize, kind: std_kind::ATOMIC, detail }
            }

            /// The bits, zero-extended.
            #[inline]
            fn bits(value: $of) -> u64 {
                value as $unsigned as u64
            }

            #[inline]
            #[track_caller]
            fn update_by(&self, order: Ordering, update: impl FnOnce() -> $of, after: impl FnOnce($of) -> $of) -> $of {
                self.object().updates(order, || {
                    let before = update();
                    (before, Self::bits(before), Self::bits(after(before)))
                })
            }

            #[inline]
            #[track_caller]
            fn exchanged(
                &self,
                success: Ordering,
                new: $of,
                exchange: impl FnOnce() -> Result<$of, $of>,
            ) -> Result<$of, $of> {
                self.object().updates(success, || match exchange() {
                    Ok(before) => (Ok(before), Self::bits(before), Self::bits(new)),
                    Err(before) => (Err(before), Self::bits(before), Self::bits(before)),
                })
            }

            #[inline]
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $of {
                self.object().reads(order, || self.0.load(order), Self::bits)
            }

            #[inline]
            #[track_caller]
            pub fn store(&self, value: $of, order: Ordering) {
                self.object().writes(order, Self::bits(value), || self.0.store(value, order));
            }

            #[inline]
            #[track_caller]
            pub fn swap(&self, value: $of, order: Ordering) -> $of {
                self.update_by(order, || self.0.swap(value, order), |_| value)
            }

            #[inline]
            #[track_caller]
            #[deprecated(since = "1.50.0", note = "Use `compare_exchange` or `compare_exchange_weak` instead")]
            pub fn compare_and_swap(&self, current: $of, new: $of, order: Ordering) -> $of {
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
                current: $of,
                new: $of,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$of, $of> {
                self.exchanged(success, new, || self.0.compare_exchange(current, new, success, failure))
            }

            /// To nbrun it never fails for no reason: those who look for the reason of an outcome would find none.
            #[inline]
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $of,
                new: $of,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$of, $of> {
                self.exchanged(success, new, || self.0.compare_exchange(current, new, success, failure))
            }

            #[inline]
            #[track_caller]
            pub fn fetch_add(&self, value: $of, order: Ordering) -> $of {
                self.update_by(order, || self.0.fetch_add(value, order), |before| before.wrapping_add(value))
            }

            #[inline]
            #[track_caller]
            pub fn fetch_sub(&self, value: $of, order: Ordering) -> $of {
                self.update_by(order, || self.0.fetch_sub(value, order), |before| before.wrapping_sub(value))
            }

            #[inline]
            #[track_caller]
            pub fn fetch_and(&self, value: $of, order: Ordering) -> $of {
                self.update_by(order, || self.0.fetch_and(value, order), |before| before & value)
            }

            #[inline]
            #[track_caller]
            pub fn fetch_nand(&self, value: $of, order: Ordering) -> $of {
                self.update_by(order, || self.0.fetch_nand(value, order), |before| !(before & value))
            }

            #[inline]
            #[track_caller]
            pub fn fetch_or(&self, value: $of, order: Ordering) -> $of {
                self.update_by(order, || self.0.fetch_or(value, order), |before| before | value)
            }

            #[inline]
            #[track_caller]
            pub fn fetch_xor(&self, value: $of, order: Ordering) -> $of {
                self.update_by(order, || self.0.fetch_xor(value, order), |before| before ^ value)
            }

            #[inline]
            #[track_caller]
            pub fn fetch_max(&self, value: $of, order: Ordering) -> $of {
                self.update_by(order, || self.0.fetch_max(value, order), |before| before.max(value))
            }

            #[inline]
            #[track_caller]
            pub fn fetch_min(&self, value: $of, order: Ordering) -> $of {
                self.update_by(order, || self.0.fetch_min(value, order), |before| before.min(value))
            }

            #[inline]
            #[track_caller]
            pub fn fetch_update<F>(&self, set_order: Ordering, fetch_order: Ordering, mut f: F) -> Result<$of, $of>
            where
                F: FnMut($of) -> Option<$of>,
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
                f: impl FnMut($of) -> Option<$of>,
            ) -> Result<$of, $of> {
                self.fetch_update(set_order, fetch_order, f)
            }

            #[inline]
            #[track_caller]
            pub fn update(&self, set_order: Ordering, fetch_order: Ordering, mut f: impl FnMut($of) -> $of) -> $of {
                match self.fetch_update(set_order, fetch_order, |before| Some(f(before))) {
                    Ok(before) | Err(before) => before,
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new($of::default())
            }
        }

        impl From<$of> for $name {
            fn from(value: $of) -> Self {
                Self::new(value)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.load(Ordering::Relaxed), f)
            }
        }
    )* };
}

integers! {
    AtomicI8 i8 u8 256
    AtomicU8 u8 u8 0
    AtomicI16 i16 u16 256
    AtomicU16 u16 u16 0
    AtomicI32 i32 u32 256
    AtomicU32 u32 u32 0
    AtomicI64 i64 u64 256
    AtomicU64 u64 u64 0
    AtomicIsize isize usize 768
    AtomicUsize usize usize 512
}
