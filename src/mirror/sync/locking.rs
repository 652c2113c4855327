//! What `Mutex` and `RwLock` have in common: how a lock is taken and given back, and what it and its guards can do beside.

use super::{LockResult, PoisonError, TryLockError, TryLockResult};
use crate::seam::{OK, StdCall, abi, did, done, explores, in_drop, is_unwinding, std_operation, step, wait};

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
pub(super) fn with<G, H>(taken: LockResult<G>, wrap: impl FnOnce(G) -> H) -> LockResult<H> {
    match taken {
        Ok(guard) => Ok(wrap(guard)),
        Err(poisoned) => Err(PoisonError::new(wrap(poisoned.into_inner()))),
    }
}

/// Takes the lock: with `tries`, which does not wait, or with `waits`.
#[inline]
pub(super) fn taken<G>(
    call: &StdCall,
    tries: impl FnOnce() -> TryLockResult<G>,
    waits: impl FnOnce() -> LockResult<G>,
) -> LockResult<G> {
    if explores() {
        step(call);
        // It is free, or about to be given back.
        return waits();
    }
    if call.object == 0 {
        return waits();
    }
    if let Some(taken) = told(tries()) {
        if call.operation == std_operation::LOCK { did(call) } else { done(call, 0, OK, [0; 2]) }
        return taken;
    }
    let since = wait(call);
    let taken = waits();
    done(call, since, OK, [0; 2]);
    taken
}

/// Takes the lock if nobody has it.
pub(super) fn tried<G>(
    call: StdCall,
    tries: impl FnOnce() -> TryLockResult<G>,
    waits: impl FnOnce() -> LockResult<G>,
) -> Option<LockResult<G>> {
    let call = StdCall { timeout_ns: 0, ..call };
    if explores() {
        return (step(&call).status == OK).then(waits);
    }
    let told = told(tries());
    if call.object != 0 {
        done(&call, 0, if told.is_some() { OK } else { abi::TIMED_OUT }, [0; 2]);
    }
    told
}

/// Tells that the lock is given back, which is about to be done.
#[inline]
pub(super) fn given_back(id: u32) {
    let call = in_drop(std_operation::UNLOCK, id, is_unwinding().into());
    if explores() {
        step(&call);
    } else if id != 0 {
        did(&call);
    }
}

/// What both locks can be made of and shown as. Each has an `inner` one of std's.
macro_rules! lock_traits {
    ($lock:ident) => {
        impl<T> From<T> for $lock<T> {
            #[track_caller]
            fn from(value: T) -> Self {
                Self::new(value)
            }
        }

        impl<T: Default> Default for $lock<T> {
            #[track_caller]
            fn default() -> Self {
                Self::new(T::default())
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $lock<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.inner.fmt(f)
            }
        }
    };
}

/// What all guards do. Each has an `inner` one of std's, until it is dropped or taken, and an `id()`, that of its lock.
macro_rules! guards {
    ($($guard:ident)*) => { $(
        impl<T: ?Sized> Drop for $guard<'_, T> {
            #[inline]
            fn drop(&mut self) {
                if self.inner.is_some() {
                    given_back(self.id());
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

/// A guard by which what is locked can be changed.
macro_rules! deref_mut {
    ($guard:ident) => {
        impl<T: ?Sized> DerefMut for $guard<'_, T> {
            #[inline]
            fn deref_mut(&mut self) -> &mut T {
                match &mut self.inner {
                    Some(guard) => guard,
                    None => unreachable!(),
                }
            }
        }
    };
}

pub(super) use {deref_mut, guards, lock_traits};
