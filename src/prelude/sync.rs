//! Locks and their relatives.

use crate::abi::{self, Status};
use crate::host::{checked, expect_ok, explain, here, host, limit};
use crate::time::Seconds;
use std::fmt;
use std::marker::PhantomData;
use std::time::Instant;

/// Something held; dropping it gives it back.
#[must_use = "the lock is given back as soon as the guard is dropped: bind it to a name, such as `_guard`"]
pub struct Guard {
    id: u32,
    /// A guard belongs to the worker that took the lock, so it stays on its thread.
    not_send: PhantomData<*const ()>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Who gave the lock back by hand before has nothing left to give; that is no reason to fail in a drop.
        if std::thread::panicking() {
            (host().release_unwinding)(self.id);
        } else {
            (host().release)(self.id, 0);
        }
    }
}

/// Takes `id` however long it takes.
#[inline]
#[track_caller]
pub(crate) fn acquire(id: u32) -> Guard {
    let _ = take(id, abi::FOREVER, true);
    Guard { id, not_send: PhantomData }
}

/// Takes `id` within a limit, for a guard or without one; whether it did.
///
/// Inlined, like all that knows its caller's place, so that the place is a constant.
#[inline]
#[track_caller]
fn take(id: u32, timeout_ns: i64, guarded: bool) -> bool {
    waited(id, (host().acquire)(id, timeout_ns, guarded, here()))
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name {
            id: u32,
        }

        impl $name {
            #[doc(hidden)]
            pub const fn from_id(id: u32) -> Self {
                Self { id }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

macro_rules! acquirable {
    ($name:ident) => {
        impl $name {
            /// Takes it, waiting as long as it takes; the guard gives it back.
            #[track_caller]
            pub fn lock(&self) -> Guard {
                acquire(self.id)
            }

            /// Takes it if that needs no waiting.
            #[must_use = "whether it was taken must be looked at, as in `if let Some(_guard) = lock.try_lock() { … }`"]
            #[track_caller]
            pub fn try_lock(&self) -> Option<Guard> {
                take(self.id, 0, true).then(|| Guard { id: self.id, not_send: PhantomData })
            }

            /// Takes it, waiting at most that long.
            #[must_use = "whether it was taken must be looked at, as in `if let Some(_guard) = lock.lock_timeout(…) { … }`"]
            #[track_caller]
            pub fn lock_timeout(&self, timeout: impl Seconds) -> Option<Guard> {
                take(self.id, limit(timeout.seconds()), true).then(|| Guard { id: self.id, not_send: PhantomData })
            }

            /// Takes it without a guard: [`release`](Self::release) must follow.
            #[track_caller]
            pub fn acquire(&self) {
                take(self.id, abi::FOREVER, false);
            }

            /// Takes it without a guard if that needs no waiting; whether it did.
            #[must_use = "whether it was taken must be looked at"]
            #[track_caller]
            pub fn try_acquire(&self) -> bool {
                take(self.id, 0, false)
            }

            /// Takes it without a guard, waiting at most that long; whether it did.
            #[must_use = "whether it was taken must be looked at"]
            #[track_caller]
            pub fn acquire_timeout(&self, timeout: impl Seconds) -> bool {
                take(self.id, limit(timeout.seconds()), false)
            }

            /// Gives it back.
            ///
            /// # Panics
            /// If there is nothing to give back.
            #[track_caller]
            pub fn release(&self) {
                expect_ok(self.id, (host().release)(self.id, here()));
            }
        }
    };
}

handle! {
    /// One owner at a time. An owner that takes it again would wait for itself, so that is an error.
    Lock
}
handle! {
    /// One owner at a time, who may take it again, and gives it back as often.
    RLock
}
handle! {
    /// Many readers at once, or one writer. A writer that waits keeps new readers out.
    RwLock
}
handle! {
    /// So many permits. Anybody may give one back, even beyond the first number.
    Semaphore
}
handle! {
    /// So many permits, never more than at first.
    BoundedSemaphore
}
handle! {
    /// A flag that workers wait for.
    Event
}
handle! {
    /// A lock with a waiting room.
    Condition
}
handle! {
    /// A place where so many workers meet before any goes on.
    Barrier
}
acquirable!(Lock);
acquirable!(RLock);
acquirable!(Semaphore);
acquirable!(BoundedSemaphore);
acquirable!(Condition);

/// Whether a wait that ended so came to what it waited for, within its limit.
#[inline]
#[track_caller]
fn waited(id: u32, status: Status) -> bool {
    match checked(status) {
        abi::OK => true,
        abi::TIMED_OUT => false,
        status => panic!("{}", explain(id, status)),
    }
}

impl RwLock {
    /// Takes it to read, waiting as long as it takes; the guard gives it back.
    #[track_caller]
    pub fn read(&self) -> Guard {
        self.take_to_read(abi::FOREVER).unwrap_or_else(|| unreachable!("there is no limit"))
    }

    /// Takes it to read if that needs no waiting.
    #[must_use = "whether it was taken must be looked at, as in `if let Some(_guard) = lock.try_read() { … }`"]
    #[track_caller]
    pub fn try_read(&self) -> Option<Guard> {
        self.take_to_read(0)
    }

    /// Takes it to read, waiting at most that long.
    #[must_use = "whether it was taken must be looked at, as in `if let Some(_guard) = lock.read_timeout(…) { … }`"]
    #[track_caller]
    pub fn read_timeout(&self, timeout: impl Seconds) -> Option<Guard> {
        self.take_to_read(limit(timeout.seconds()))
    }

    /// Takes it to write, waiting as long as it takes; the guard gives it back.
    #[track_caller]
    pub fn write(&self) -> Guard {
        self.take_to_write(abi::FOREVER).unwrap_or_else(|| unreachable!("there is no limit"))
    }

    /// Takes it to write if that needs no waiting.
    #[must_use = "whether it was taken must be looked at, as in `if let Some(_guard) = lock.try_write() { … }`"]
    #[track_caller]
    pub fn try_write(&self) -> Option<Guard> {
        self.take_to_write(0)
    }

    /// Takes it to write, waiting at most that long.
    #[must_use = "whether it was taken must be looked at, as in `if let Some(_guard) = lock.write_timeout(…) { … }`"]
    #[track_caller]
    pub fn write_timeout(&self, timeout: impl Seconds) -> Option<Guard> {
        self.take_to_write(limit(timeout.seconds()))
    }

    #[inline]
    #[track_caller]
    fn take_to_read(self, timeout_ns: i64) -> Option<Guard> {
        let taken = waited(self.id, (host().acquire_read)(self.id, timeout_ns, here()));
        taken.then(|| Guard { id: self.id, not_send: PhantomData })
    }

    #[inline]
    #[track_caller]
    fn take_to_write(self, timeout_ns: i64) -> Option<Guard> {
        let taken = waited(self.id, (host().acquire_write)(self.id, timeout_ns, here()));
        taken.then(|| Guard { id: self.id, not_send: PhantomData })
    }
}

impl Event {
    /// Sets it: everybody who waits goes on.
    #[track_caller]
    pub fn set(&self) {
        (host().set)(self.id, here());
    }

    /// Clears it.
    #[track_caller]
    pub fn clear(&self) {
        (host().clear)(self.id, here());
    }

    /// Whether it is set.
    #[track_caller]
    pub fn is_set(&self) -> bool {
        (host().is_set)(self.id, here())
    }

    /// Waits until it is set.
    #[track_caller]
    pub fn wait(&self) {
        self.within(abi::FOREVER);
    }

    /// Waits at most that long; whether it was set.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: impl Seconds) -> bool {
        self.within(limit(timeout.seconds()))
    }

    #[track_caller]
    fn within(self, timeout_ns: i64) -> bool {
        waited(self.id, (host().wait_event)(self.id, timeout_ns, here()))
    }
}

impl Condition {
    /// Gives the lock up, waits to be notified, and takes the lock again.
    ///
    /// # Panics
    /// If the caller does not hold the condition's lock.
    #[track_caller]
    pub fn wait(&self) {
        self.within(abi::FOREVER);
    }

    /// Like [`wait`](Self::wait), at most that long; whether it was notified. The lock is held again either way.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: impl Seconds) -> bool {
        self.within(limit(timeout.seconds()))
    }

    /// Waits until `ready` holds, which is asked before and after each wait.
    #[track_caller]
    pub fn wait_for(&self, mut ready: impl FnMut() -> bool) {
        while !ready() {
            self.wait();
        }
    }

    /// Like [`wait_for`](Self::wait_for), but gives up when so much time has passed; whether `ready` holds.
    #[must_use = "whether `ready` holds must be looked at"]
    #[track_caller]
    pub fn wait_for_timeout(&self, mut ready: impl FnMut() -> bool, timeout: impl Seconds) -> bool {
        let (timeout, began) = (timeout.seconds(), Instant::now());
        while !ready() {
            let left = (timeout - began.elapsed().as_secs_f64()).max(0.0);
            if !self.wait_timeout(left) {
                return ready();
            }
        }
        true
    }

    /// Wakes one waiter.
    ///
    /// # Panics
    /// If the caller does not hold the condition's lock.
    #[track_caller]
    pub fn notify_one(&self) {
        expect_ok(self.id, (host().notify)(self.id, 1, here()));
    }

    /// Wakes all waiters.
    ///
    /// # Panics
    /// If the caller does not hold the condition's lock.
    #[track_caller]
    pub fn notify_all(&self) {
        expect_ok(self.id, (host().notify)(self.id, u64::MAX, here()));
    }

    #[track_caller]
    fn within(self, timeout_ns: i64) -> bool {
        waited(self.id, (host().wait_notified)(self.id, timeout_ns, here()))
    }
}

/// The barrier is broken: a party gave up waiting, so the others never will be complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarrierError;

impl fmt::Display for BarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken, because a party gave up waiting")
    }
}

impl std::error::Error for BarrierError {}

impl Barrier {
    /// Waits for the others; returns its own place of arrival, a distinct one for each, from 0.
    ///
    /// # Panics
    /// If the barrier is broken.
    #[track_caller]
    pub fn wait(&self) -> usize {
        match self.within(abi::FOREVER) {
            (abi::OK, index) => index as usize,
            (status, _) => panic!("{}", explain(self.id, status)),
        }
    }

    /// Waits at most that long; who gives up breaks the barrier for all.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: impl Seconds) -> Result<usize, BarrierError> {
        match self.within(limit(timeout.seconds())) {
            (abi::OK, index) => Ok(index as usize),
            (abi::TIMED_OUT | abi::BROKEN, _) => Err(BarrierError),
            (status, _) => panic!("{}", explain(self.id, status)),
        }
    }

    /// How it went, and the place of arrival.
    #[track_caller]
    fn within(self, timeout_ns: i64) -> (Status, u64) {
        let mut place = 0;
        let status = checked((host().meet)(self.id, timeout_ns, here(), &raw mut place));
        (status, place)
    }
}
