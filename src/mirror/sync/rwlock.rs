//! `RwLock`.

use super::{LockResult, PoisonError, TryLockError, TryLockResult};
use crate::seam::{
    Identity, OK, StdCall, abi, call, done, explores, in_drop, is_unwinding, std_kind, std_operation, step, wait,
};
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

/// What `std` says of a lock that is not waited for, in one type for both outcomes of a lock that is poisoned.
fn told<G>(tried: TryLockResult<G>) -> Option<LockResult<G>> {
    match tried {
        Ok(guard) => Some(Ok(guard)),
        Err(TryLockError::Poisoned(poisoned)) => Some(Err(poisoned)),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Changes the guard.
#[inline]
fn with<G, H>(taken: LockResult<G>, wrap: impl FnOnce(G) -> H) -> LockResult<H> {
    match taken {
        Ok(guard) => Ok(wrap(guard)),
        Err(poisoned) => Err(PoisonError::new(wrap(poisoned.into_inner()))),
    }
}

/// Takes the lock: with `tries`, which does not wait, or with `waits`.
#[inline]
fn taken<G>(
    call: &StdCall,
    tries: impl FnOnce() -> TryLockResult<G>,
    waits: impl FnOnce() -> LockResult<G>,
) -> LockResult<G> {
    if explores() {
        step(call);
        return told(tries()).unwrap_or_else(|| unreachable!("nbrun: a RwLock that is free is taken"));
    }
    if call.object == 0 {
        return waits();
    }
    if let Some(taken) = told(tries()) {
        done(call, 0, OK, [0; 2]);
        return taken;
    }
    let since = wait(call);
    let taken = waits();
    done(call, since, OK, [0; 2]);
    taken
}

/// Takes the lock if nobody has it.
fn tried<G>(call: StdCall, tries: impl FnOnce() -> TryLockResult<G>) -> Option<LockResult<G>> {
    let call = StdCall { timeout_ns: 0, ..call };
    if explores() && step(&call).status != OK {
        return None;
    }
    let told = told(tries());
    if !explores() && call.object != 0 {
        done(&call, 0, if told.is_some() { OK } else { abi::TIMED_OUT }, [0; 2]);
    }
    told
}

/// Tells that the lock is given back, which is about to be done.
#[inline]
fn given_back(identity: &Identity) {
    let id = identity.id(std_kind::RW_LOCK, 0);
    let call = in_drop(std_operation::UNLOCK, id, is_unwinding().into());
    if explores() {
        step(&call);
    } else if id != 0 {
        done(&call, 0, OK, [0; 2]);
    }
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
    #[inline]
    #[track_caller]
    fn call(&self, operation: u32) -> StdCall {
        call(operation, self.identity.id(std_kind::RW_LOCK, 0))
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
        let taken = tried(self.call(std_operation::READ), || self.inner.try_read()).ok_or(TryLockError::WouldBlock)?;
        Ok(with(taken, |guard| self.reads(guard))?)
    }

    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let taken =
            tried(self.call(std_operation::WRITE), || self.inner.try_write()).ok_or(TryLockError::WouldBlock)?;
        Ok(with(taken, |guard| self.writes(guard))?)
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

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

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

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// To nbrun, who writes gives the lock back and takes it to read in one go.
    #[track_caller]
    #[allow(unstable_name_collisions)]
    pub fn downgrade(mut guard: Self) -> RwLockReadGuard<'a, T> {
        let identity = guard.identity;
        let Some(inner) = guard.inner.take() else { unreachable!() };
        let call = StdCall { timeout_ns: 0, ..call(std_operation::READ, identity.id(std_kind::RW_LOCK, 0)) };
        given_back(identity);
        if explores() {
            step(&call);
        } else if call.object != 0 {
            done(&call, 0, OK, [0; 2]);
        }
        RwLockReadGuard { identity, inner: Some(real::RwLockWriteGuard::downgrade(inner)) }
    }
}

macro_rules! guards {
    ($($guard:ident)*) => { $(
        impl<T: ?Sized> Drop for $guard<'_, T> {
            #[inline]
            fn drop(&mut self) {
                if self.inner.is_some() {
                    given_back(self.identity);
                }
            }
        }

        impl<T: ?Sized> Deref for $guard<'_, T> {
            type Target = T;

            #[inline]
            fn deref(&self) -> &T {
                match &self.inner {
                    Some(guard) => guard,
                    None => unreachable!(),
                }
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )* };
}

guards! { RwLockReadGuard RwLockWriteGuard }

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.inner {
            Some(guard) => guard,
            None => unreachable!(),
        }
    }
}
