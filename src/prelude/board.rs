//! Results of a limited size: each has a place of its own in memory that all of a pool's workers share, so nothing need be
//! sent for it, and main reads it where it stands.

use crate::host::host;
use crate::message::Message;
use std::marker::PhantomData;
use std::slice;
use std::sync::atomic::{AtomicU8, Ordering};

/// The largest result that has a place, in bytes. What takes longer to copy gains nothing.
const LARGEST: usize = 64;

/// One place for the result of each task.
pub(crate) struct Board<T> {
    /// The encoded results, [`Board::SIZE`] bytes each.
    places: *mut u8,
    /// For each task 1 once its result is there. This is the last store for it, so that a worker which is killed before has
    /// not done the task.
    done: &'static [AtomicU8],
    of: PhantomData<fn(T) -> T>,
}

impl<T> Clone for Board<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Board<T> {}

impl<T: Message> Board<T> {
    /// How many bytes a place has, if results are of a limited size at all.
    const SIZE: Option<usize> = match T::MAX_BYTES {
        Some(size) if size <= LARGEST => Some(size),
        _ => None,
    };

    /// Empty places for `len` results; `None` where the results are sent to main instead.
    pub(crate) fn new(len: usize) -> Option<Self> {
        let size = Self::SIZE?;
        let memory = (host().places)(len as u64, size as u64);
        if memory.is_null() {
            return None;
        }
        // SAFETY: the host gives so many zeroed bytes of memory that is mapped as long as the process lives. The first
        // `len` of them are only ever used as these atomics.
        let done = unsafe { slice::from_raw_parts(memory.cast(), len) };
        // SAFETY: the places stand behind them, in the same memory.
        Some(Self { places: unsafe { memory.add(len) }, done, of: PhantomData })
    }

    /// The place of a task that there is.
    fn place(&self, index: usize) -> *mut u8 {
        // SAFETY: the memory has a place for each of `done`, and `index` is one of them.
        unsafe { self.places.add(index * Self::SIZE.unwrap_or(0)) }
    }

    /// Writes an encoded result to its place.
    ///
    /// # Safety
    /// Nobody else does this task.
    #[inline]
    pub(crate) unsafe fn put(&self, index: u64, result: &mut Vec<u8>) {
        let (index, size) = (index as usize, Self::SIZE.unwrap_or(0));
        let Some(done) = self.done.get(index) else { return };
        // A short one is filled up: to copy a length that the compiler knows takes one instruction.
        result.resize(size, 0);
        // SAFETY: the place has `size` bytes, as `result` has, and nobody reads it before it is done.
        unsafe { self.place(index).copy_from_nonoverlapping(result.as_ptr(), size) };
        done.store(1, Ordering::Release);
    }

    /// The result of a task, if it is there.
    pub(crate) fn get(&self, index: u64) -> Option<T> {
        let index = index as usize;
        self.done.get(index).filter(|done| done.load(Ordering::Acquire) != 0)?;
        // SAFETY: the place has so many bytes, and nobody writes to it any more.
        let mut bytes = unsafe { slice::from_raw_parts(self.place(index), Self::SIZE.unwrap_or(0)) };
        T::decode(&mut bytes)
    }

    /// The first task from `first` on, and before `end`, whose result is not there.
    pub(crate) fn first_open(&self, first: u64, end: u64) -> Option<u64> {
        let tasks = self.done.get(first as usize..end as usize)?;
        tasks.iter().position(|done| done.load(Ordering::Acquire) == 0).map(|n| first + n as u64)
    }
}
