//! A shared array of numbers.

use crate::host::{here, host};
use crate::scalar::Scalar;
use crate::sync::{Guard, acquire};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

/// Numbers of fixed length, in one dimension, that all workers of a notebook share.
pub struct Array<T> {
    id: u32,
    of: PhantomData<T>,
}

impl<T> Clone for Array<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Array<T> {}

/// Each method asks for a [`Scalar`] by itself: so where the type is none, the error says that, and says it at the call.
impl<T> Array<T> {
    #[doc(hidden)]
    pub const fn from_id(id: u32) -> Self {
        Self { id, of: PhantomData }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        (host().len)(self.id) as usize
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads an element.
    ///
    /// # Panics
    /// If `index` is not below the length.
    #[track_caller]
    pub fn get(&self, index: usize) -> T
    where
        T: Scalar,
    {
        self.check(index);
        T::from_bits64((host().load)(self.id, index as u64, here()))
    }

    /// Writes an element.
    ///
    /// # Panics
    /// If `index` is not below the length.
    #[track_caller]
    pub fn set(&self, index: usize, value: T)
    where
        T: Scalar,
    {
        self.check(index);
        (host().store)(self.id, index as u64, value.to_bits64(), here());
    }

    /// A copy of all elements, read one after another.
    #[track_caller]
    pub fn iter(&self) -> std::vec::IntoIter<T>
    where
        T: Scalar,
    {
        self.slice(..).into_iter()
    }

    /// A copy of some elements, straight from the shared memory.
    ///
    /// # Panics
    /// If the range reaches beyond the end.
    #[track_caller]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Vec<T>
    where
        T: Scalar,
    {
        let (start, end) = self.bounds(range);
        self.copy(start, end, Some(here()))
    }

    /// A copy of the elements of a range inside the array, as read at `line`, or else only to be formatted.
    fn copy(&self, start: usize, end: usize, line: Option<u32>) -> Vec<T>
    where
        T: Scalar,
    {
        let count = end - start;
        let mut values: Vec<T> = Vec::with_capacity(count);
        let (start, out, len) = (start as u64, values.as_mut_ptr().cast(), count * size_of::<T>());
        match line {
            Some(line) => (host().read)(self.id, start, out, len, line),
            None => (host().snapshot)(self.id, start, out, len),
        }
        // SAFETY: the range is inside the array, so the host has written as many elements of this very type.
        unsafe { values.set_len(count) };
        values
    }

    /// Writes consecutive elements from `start` on, straight to the shared memory.
    ///
    /// # Panics
    /// If they reach beyond the end.
    #[track_caller]
    pub fn set_slice(&self, start: usize, values: &[T])
    where
        T: Scalar,
    {
        let (start, _) = self.bounds(start..start.saturating_add(values.len()));
        let (from, line) = (values.as_ptr(), here());
        (host().write)(self.id, start as u64, from.cast(), size_of_val(values), line);
    }

    /// Takes the array's own lock until the guard is dropped.
    #[track_caller]
    pub fn lock(&self) -> Guard {
        acquire(self.id)
    }

    #[track_caller]
    fn check(&self, index: usize) {
        let len = self.len();
        assert!(index < len, "index {index} is outside the array, whose length is {len}");
    }

    #[track_caller]
    fn bounds(&self, range: impl RangeBounds<usize>) -> (usize, usize) {
        let len = self.len();
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => len,
        };
        assert!(start <= end && end <= len, "range {start}..{end} is outside the array, whose length is {len}");
        (start, end)
    }
}

impl<T: Scalar> IntoIterator for Array<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    #[track_caller]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The numbers that it holds now. Formatting is not recorded as a read.
impl<T: Scalar> fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.copy(0, self.len(), None).fmt(f)
    }
}
