//! One shared number.

use crate::host::{here, host};
use crate::scalar::Scalar;
use crate::sync::{Guard, acquire};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{AddAssign, MulAssign, SubAssign};

/// A number that all workers of a notebook share.
///
/// `v += n` is a read, then a write: another worker's write between the two is lost. Use [`Value::fetch_add`], or
/// hold [`Value::lock`].
pub struct Value<T> {
    id: u32,
    of: PhantomData<T>,
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Value<T> {}

/// Each method asks for a [`Scalar`] by itself: so where the type is none, the error says that, and says it at the call.
impl<T> Value<T> {
    #[doc(hidden)]
    pub const fn from_id(id: u32) -> Self {
        Self { id, of: PhantomData }
    }

    /// Reads it.
    #[track_caller]
    pub fn get(&self) -> T
    where
        T: Scalar,
    {
        T::from_bits64((host().load)(self.id, 0, here()))
    }

    /// Writes it.
    #[track_caller]
    pub fn set(&self, value: T)
    where
        T: Scalar,
    {
        (host().store)(self.id, 0, value.to_bits64(), here());
    }

    /// Adds `n` in one step that no other worker can come between; returns what it was before.
    #[track_caller]
    pub fn fetch_add(&self, n: T) -> T
    where
        T: Scalar,
    {
        let line = here();
        let mut old = T::from_bits64((host().peek)(self.id, line));
        loop {
            let seen = T::from_bits64((host().swap_if)(self.id, old.to_bits64(), old.plus(n).to_bits64(), line));
            // Compared as bits, because a NaN is not equal to itself and would loop for ever.
            if seen.to_bits64() == old.to_bits64() {
                return old;
            }
            old = seen;
        }
    }

    /// Takes the value's own lock until the guard is dropped.
    #[track_caller]
    pub fn lock(&self) -> Guard {
        acquire(self.id)
    }
}

impl<T: Scalar> AddAssign<T> for Value<T> {
    /// Reads, then writes: not one step.
    #[track_caller]
    fn add_assign(&mut self, n: T) {
        self.set(self.get().plus(n));
    }
}

impl<T: Scalar> SubAssign<T> for Value<T> {
    /// Reads, then writes: not one step.
    #[track_caller]
    fn sub_assign(&mut self, n: T) {
        self.set(self.get().minus(n));
    }
}

impl<T: Scalar> MulAssign<T> for Value<T> {
    /// Reads, then writes: not one step.
    #[track_caller]
    fn mul_assign(&mut self, n: T) {
        self.set(self.get().times(n));
    }
}

/// The number that it holds now. Formatting is not recorded as a read, as with an array.
impl<T: Scalar> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = T::from_bits64(0);
        (host().snapshot)(self.id, 0, (&raw mut number).cast(), size_of::<T>());
        number.fmt(f)
    }
}
