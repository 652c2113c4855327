//! The atomic integers.

use super::methods::methods;
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

            methods!($of);

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
