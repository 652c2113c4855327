//! `Condvar`.

use super::locking::with;
use super::mutex::MutexGuard;
use super::{LockResult, PoisonError};
use crate::seam::{Identity, OK, StdCall, TIMED_OUT, call, done, explores, limit, std_kind, std_operation, step, wait};
use ::std::fmt;
use ::std::sync as real;
use ::std::time::{Duration, Instant};

/// `std::sync::Condvar`.
pub struct Condvar {
    identity: Identity,
    inner: real::Condvar,
}

/// `std::sync::WaitTimeoutResult`.
#[derive(Debug, PartialEq, Eq, Copy, Clone)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    #[must_use]
    #[inline]
    #[track_caller]
    pub const fn new() -> Self {
        Self { identity: Identity::new(), inner: real::Condvar::new() }
    }

    #[track_caller]
    fn call(&self, operation: u32) -> StdCall {
        call(operation, self.identity.id(std_kind::CONDVAR, 0))
    }

    /// Waits, and returns whether the time was up first.
    #[track_caller]
    fn waited<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        time: Option<Duration>,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let lock = guard.lock;
        let timeout_ns = time.map_or(crate::seam::FOREVER, limit);
        let call = StdCall { other: lock.id(), timeout_ns, ..self.call(std_operation::WAIT) };
        let Some(inner) = guard.inner.take() else { unreachable!() };
        if explores() {
            // The model gives the lock back and takes it again: nobody can have it between these two lines.
            drop(inner);
            let timed_out = step(&call).status == TIMED_OUT;
            return with(lock.taken(), |guard| (guard, timed_out));
        }
        let since = if call.object == 0 { 0 } else { wait(&call) };
        let (taken, timed_out) = match time {
            None => (self.inner.wait(inner), false),
            Some(time) => match self.inner.wait_timeout(inner, time) {
                Ok((inner, result)) => (Ok(inner), result.timed_out()),
                Err(poisoned) => {
                    let (inner, result) = poisoned.into_inner();
                    (Err(PoisonError::new(inner)), result.timed_out())
                }
            },
        };
        if call.object != 0 {
            done(&call, since, if timed_out { TIMED_OUT } else { OK }, [0; 2]);
        }
        with(lock.guarded(taken), |guard| (guard, timed_out))
    }

    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        with(self.waited(guard, None), |(guard, _)| guard)
    }

    #[track_caller]
    pub fn wait_while<'a, T, F>(&self, mut guard: MutexGuard<'a, T>, mut condition: F) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    #[track_caller]
    #[deprecated(since = "1.6.0", note = "replaced by `std::sync::Condvar::wait_timeout`")]
    pub fn wait_timeout_ms<'a, T>(&self, guard: MutexGuard<'a, T>, ms: u32) -> LockResult<(MutexGuard<'a, T>, bool)> {
        with(self.waited(guard, Some(Duration::from_millis(ms.into()))), |(guard, timed_out)| (guard, !timed_out))
    }

    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        time: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        with(self.waited(guard, Some(time)), |(guard, timed_out)| (guard, WaitTimeoutResult(timed_out)))
    }

    #[track_caller]
    pub fn wait_timeout_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        time: Duration,
        mut condition: F,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>
    where
        F: FnMut(&mut T) -> bool,
    {
        let passed = passed();
        loop {
            if !condition(&mut *guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            let Some(left) = time.checked_sub(passed()) else { return Ok((guard, WaitTimeoutResult(true))) };
            guard = self.wait_timeout(guard, left)?.0;
        }
    }

    #[track_caller]
    fn notify(&self, count: u64) {
        let call = StdCall { value: count, ..self.call(std_operation::NOTIFY) };
        if explores() {
            step(&call);
        } else if call.object != 0 {
            done(&call, 0, OK, [0; 2]);
        }
    }

    #[track_caller]
    pub fn notify_one(&self) {
        self.notify(1);
        self.inner.notify_one();
    }

    #[track_caller]
    pub fn notify_all(&self) {
        self.notify(u64::MAX);
        self.inner.notify_all();
    }
}

/// How much time passes from now on.
fn passed() -> impl Fn() -> Duration {
    let (started, host) = (Instant::now(), crate::seam::host());
    let began_ns = if host.explores { (host.now)() } else { 0 };
    move || match host.explores {
        true => Duration::from_nanos((host.now)() - began_ns),
        false => started.elapsed(),
    }
}

impl Default for Condvar {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
