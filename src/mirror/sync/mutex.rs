//! `Mutex`.

use super::locking::{deref_mut, given_back, guards, lock_traits, taken, tried, with};
use super::{LockResult, TryLockError, TryLockResult};
use crate::seam::{Identity, call, explores, std_kind, std_operation, step};
use ::std::fmt;
use ::std::ops::{Deref, DerefMut};
use ::std::sync as real;

/// `std::sync::Mutex`.
pub struct Mutex<T: ?Sized> {
    identity: Identity,
    inner: real::Mutex<T>,
}

/// `std::sync::MutexGuard`.
#[must_use = "if unused the Mutex will immediately unlock"]
#[clippy::has_significant_drop]
pub struct MutexGuard<'a, T: ?Sized + 'a> {
    pub(super) lock: &'a Mutex<T>,
    /// Always there until the guard is dropped, or a `Condvar` takes it.
    pub(super) inner: Option<real::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    #[inline]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self { identity: Identity::new(), inner: real::Mutex::new(value) }
    }

    #[track_caller]
    pub fn into_inner(self) -> LockResult<T> {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    #[inline]
    pub(super) fn id(&self) -> u32 {
        self.identity.id_of_element(std_kind::MUTEX, 0, size_of_val(self))
    }

    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let call = call(std_operation::LOCK, self.id());
        self.guarded(taken(&call, || self.inner.try_lock(), || self.inner.lock()))
    }

    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let call = call(std_operation::LOCK, self.id());
        let taken = tried(call, || self.inner.try_lock(), || self.inner.lock()).ok_or(TryLockError::WouldBlock)?;
        Ok(self.guarded(taken)?)
    }

    /// Takes what the model has taken already: it is free, or about to be given back.
    pub(super) fn taken(&self) -> LockResult<MutexGuard<'_, T>> {
        self.guarded(self.inner.lock())
    }

    #[inline]
    pub(super) fn guarded<'a>(&'a self, taken: LockResult<real::MutexGuard<'a, T>>) -> LockResult<MutexGuard<'a, T>> {
        with(taken, |guard| MutexGuard { lock: self, inner: Some(guard) })
    }

    #[inline]
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        if explores() {
            step(&call(std_operation::LOAD, self.id()));
        }
        self.inner.is_poisoned()
    }

    #[inline]
    #[track_caller]
    pub fn clear_poison(&self) {
        if explores() {
            step(&call(std_operation::STORE, self.id()));
        }
        self.inner.clear_poison();
    }

    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }
}

lock_traits! { Mutex }

impl<T: ?Sized> MutexGuard<'_, T> {
    #[inline]
    fn id(&self) -> u32 {
        self.lock.id()
    }
}

guards! { MutexGuard }
deref_mut! { MutexGuard }
