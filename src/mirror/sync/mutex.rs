//! `Mutex`.

use super::{LockResult, PoisonError, TryLockError, TryLockResult};
use crate::seam::{
    Identity, OK, StdCall, abi, call, done, explores, in_drop, is_unwinding, std_kind, std_operation, step, wait,
};
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
    #[inline]
    pub(super) fn id(&self) -> u32 {
        self.identity.id(std_kind::MUTEX, 0)
    }

    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let call = call(std_operation::LOCK, self.id());
        if explores() {
            step(&call);
            return self.taken();
        }
        if call.object == 0 {
            return self.guarded(self.inner.lock());
        }
        let tried = match self.inner.try_lock() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Err(poisoned),
            Err(TryLockError::WouldBlock) => {
                let since = wait(&call);
                let taken = self.inner.lock();
                done(&call, since, OK, [0; 2]);
                return self.guarded(taken);
            }
        };
        done(&call, 0, OK, [0; 2]);
        self.guarded(tried)
    }

    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let call = StdCall { timeout_ns: 0, ..call(std_operation::LOCK, self.id()) };
        if explores() {
            if step(&call).status != OK {
                return Err(TryLockError::WouldBlock);
            }
            return Ok(self.taken()?);
        }
        let tried = match self.inner.try_lock() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Err(poisoned),
            Err(TryLockError::WouldBlock) => {
                if call.object != 0 {
                    done(&call, 0, abi::TIMED_OUT, [0; 2]);
                }
                return Err(TryLockError::WouldBlock);
            }
        };
        if call.object != 0 {
            done(&call, 0, OK, [0; 2]);
        }
        Ok(self.guarded(tried)?)
    }

    /// Takes what the exploration's model has taken already, so that nobody can be in the way.
    pub(super) fn taken(&self) -> LockResult<MutexGuard<'_, T>> {
        match self.inner.try_lock() {
            Ok(guard) => self.guarded(Ok(guard)),
            Err(TryLockError::Poisoned(poisoned)) => self.guarded(Err(poisoned)),
            Err(TryLockError::WouldBlock) => unreachable!("nbrun: a Mutex that is free is taken"),
        }
    }

    #[inline]
    pub(super) fn guarded<'a>(&'a self, taken: LockResult<real::MutexGuard<'a, T>>) -> LockResult<MutexGuard<'a, T>> {
        match taken {
            Ok(guard) => Ok(MutexGuard { lock: self, inner: Some(guard) }),
            Err(poisoned) => Err(PoisonError::new(MutexGuard { lock: self, inner: Some(poisoned.into_inner()) })),
        }
    }

    #[inline]
    pub fn is_poisoned(&self) -> bool {
        self.inner.is_poisoned()
    }

    #[inline]
    pub fn clear_poison(&self) {
        self.inner.clear_poison();
    }

    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.inner.is_some() {
            self.lock.given_back();
        }
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Tells that the lock is given back, which is about to be done.
    #[inline]
    fn given_back(&self) {
        let id = self.id();
        if explores() {
            step(&in_drop(std_operation::UNLOCK, id, is_unwinding().into()));
        } else if id != 0 {
            done(&in_drop(std_operation::UNLOCK, id, is_unwinding().into()), 0, OK, [0; 2]);
        }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        match &self.inner {
            Some(guard) => guard,
            None => unreachable!(),
        }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.inner {
            Some(guard) => guard,
            None => unreachable!(),
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
