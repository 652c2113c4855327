//! `RwLock`.

use super::locking::{deref_mut, given_back, guards, lock_traits, taken, tried, with};
use super::{LockResult, TryLockError, TryLockResult};
use crate::seam::{Identity, OK, StdCall, call, done, explores, std_kind, std_operation, step};
use ::std::fmt;
use ::std::ops::{Deref, DerefMut};
use ::std::sync as real;

/// `std::sync::RwLock`.
pub struct RwLock<T: ?Sized> {
    identity: Identity,
    inner: real::RwLock<T>,
}

/// `std::sync::RwLockReadGuard`.
#[must_use = "if unused the RwLock will immediately unlock"]
#[clippy::has_significant_drop]
pub struct RwLockReadGuard<'a, T: ?Sized + 'a> {
    identity: &'a Identity,
    /// Always there until the guard is dropped.
    inner: Option<real::RwLockReadGuard<'a, T>>,
}

/// `std::sync::RwLockWriteGuard`.
#[must_use = "if unused the RwLock will immediately unlock"]
#[clippy::has_significant_drop]
pub struct RwLockWriteGuard<'a, T: ?Sized + 'a> {
    identity: &'a Identity,
    /// Always there until the guard is dropped or turned into one that reads.
    inner: Option<real::RwLockWriteGuard<'a, T>>,
}

impl<T> RwLock<T> {
    #[inline]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Self { identity: Identity::new(), inner: real::RwLock::new(value) }
    }

    pub fn into_inner(self) -> LockResult<T> {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    #[inline]
    #[track_caller]
    fn call(&self, operation: u32) -> StdCall {
        call(operation, self.identity.id_of_element(std_kind::RW_LOCK, 0, size_of_val(self)))
    }

    #[inline]
    fn reads<'a>(&'a self, inner: real::RwLockReadGuard<'a, T>) -> RwLockReadGuard<'a, T> {
        RwLockReadGuard { identity: &self.identity, inner: Some(inner) }
    }

    #[inline]
    fn writes<'a>(&'a self, inner: real::RwLockWriteGuard<'a, T>) -> RwLockWriteGuard<'a, T> {
        RwLockWriteGuard { identity: &self.identity, inner: Some(inner) }
    }

    #[inline]
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let call = self.call(std_operation::READ);
        with(taken(&call, || self.inner.try_read(), || self.inner.read()), |guard| self.reads(guard))
    }

    #[inline]
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let call = self.call(std_operation::WRITE);
        with(taken(&call, || self.inner.try_write(), || self.inner.write()), |guard| self.writes(guard))
    }

    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let call = self.call(std_operation::READ);
        let taken = tried(call, || self.inner.try_read(), || self.inner.read()).ok_or(TryLockError::WouldBlock)?;
        Ok(with(taken, |guard| self.reads(guard))?)
    }

    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let call = self.call(std_operation::WRITE);
        let taken = tried(call, || self.inner.try_write(), || self.inner.write()).ok_or(TryLockError::WouldBlock)?;
        Ok(with(taken, |guard| self.writes(guard))?)
    }

    #[inline]
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        if explores() {
            step(&self.call(std_operation::LOAD));
        }
        self.inner.is_poisoned()
    }

    #[inline]
    #[track_caller]
    pub fn clear_poison(&self) {
        if explores() {
            step(&self.call(std_operation::STORE));
        }
        self.inner.clear_poison();
    }

    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }
}

lock_traits! { RwLock }

/// Stands for `RwLockWriteGuard::downgrade` of std on a toolchain whose std has none yet. Where it has one, that is meant by the name.
#[allow(dead_code, reason = "it is used with old toolchains")]
trait NoDowngrade<'a, T: ?Sized> {
    fn downgrade(guard: Self) -> real::RwLockReadGuard<'a, T>;
}

impl<'a, T: ?Sized> NoDowngrade<'a, T> for real::RwLockWriteGuard<'a, T> {
    fn downgrade(_: Self) -> real::RwLockReadGuard<'a, T> {
        unreachable!("code that asks for it does not compile with this std")
    }
}

impl<T: ?Sized> RwLockReadGuard<'_, T> {
    #[inline]
    fn id(&self) -> u32 {
        self.identity.id(std_kind::RW_LOCK, 0)
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    #[inline]
    fn id(&self) -> u32 {
        self.identity.id(std_kind::RW_LOCK, 0)
    }

    /// To nbrun, who writes gives the lock back and takes it to read in one go.
    #[track_caller]
    #[allow(unstable_name_collisions)]
    pub fn downgrade(mut guard: Self) -> RwLockReadGuard<'a, T> {
        let identity = guard.identity;
        let Some(inner) = guard.inner.take() else { unreachable!() };
        let call = StdCall { timeout_ns: 0, ..call(std_operation::READ, identity.id(std_kind::RW_LOCK, 0)) };
        given_back(call.object);
        if explores() {
            step(&call);
        } else if call.object != 0 {
            done(&call, 0, OK, [0; 2]);
        }
        RwLockReadGuard { identity, inner: Some(real::RwLockWriteGuard::downgrade(inner)) }
    }
}

guards! { RwLockReadGuard RwLockWriteGuard }
deref_mut! { RwLockWriteGuard }
