//! `scope`: threads that may borrow, since all of them have ended when it returns.

use super::start::{Ended, Started, start};
use super::{Builder, Result, Thread};
use crate::io;
use crate::seam::{OK, StdCall, call, done, explores, std_operation, step, wait};
use ::std::fmt;
use ::std::marker::PhantomData;
use ::std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use ::std::sync::atomic::{AtomicBool, Ordering};
use ::std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use ::std::thread as real;

/// `std::thread::Scope`.
pub struct Scope<'scope, 'env: 'scope> {
    data: Arc<ScopeData>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// `std::thread::ScopedJoinHandle`.
pub struct ScopedJoinHandle<'scope, T> {
    started: Started<T>,
    data: Arc<ScopeData>,
    scope: PhantomData<&'scope ()>,
}

// SAFETY: it is made only where a thread is started, and there what the thread returns must be `Send`.
unsafe impl<T> Send for ScopedJoinHandle<'_, T> {}
// SAFETY: as above; a shared reference to it gives no access to what the thread returns.
unsafe impl<T> Sync for ScopedJoinHandle<'_, T> {}

/// What a scope shares with its threads.
pub(super) struct ScopeData {
    /// Who waits for them.
    main: Option<real::Thread>,
    /// Those that nobody has joined: the worker of each, and whether it has ended.
    open: Mutex<Vec<(u32, Arc<Ended>)>>,
    has_panicked: AtomicBool,
}

impl ScopeData {
    fn open(&self) -> MutexGuard<'_, Vec<(u32, Arc<Ended>)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A thread is about to be started.
    pub(super) fn begin(&self, worker: u32) -> Arc<Ended> {
        let ended = Ended::new();
        self.open().push((worker, ended.clone()));
        ended
    }

    /// A thread is about to end, and borrows nothing any more.
    pub(super) fn end(&self, ended: &Ended) {
        ended.set();
        if let Some(main) = &self.main {
            main.unpark();
        }
    }

    /// A thread was joined, and has ended.
    pub(super) fn joined(&self, worker: u32) {
        // One that is not followed has no number of its own; it has ended all the same, and is found to have.
        self.open().retain(|(open, _)| worker == 0 || *open != worker);
    }

    /// A thread ended in a panic of which nobody has heard.
    pub(super) fn note_panic(&self) {
        self.has_panicked.store(true, Ordering::Relaxed);
    }

    /// Waits until all threads have ended.
    #[track_caller]
    fn join_all(&self) {
        loop {
            // A thread may start another in the same scope.
            let Some((worker, ended)) = self.open().first().cloned() else { return };
            let call = StdCall { other: worker, ..call(std_operation::JOIN, 0) };
            if explores() {
                step(&call);
            } else {
                let since = if worker == 0 || ended.is_set() { 0 } else { wait(&call) };
                while !ended.is_set() {
                    real::park();
                }
                if worker != 0 {
                    done(&call, since, OK, [0; 2]);
                }
            }
            self.open().retain(|(_, other)| !Arc::ptr_eq(other, &ended));
        }
    }
}

/// `std::thread::scope`.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let data = Arc::new(ScopeData {
        main: (!explores()).then(real::current),
        open: Mutex::new(Vec::new()),
        has_panicked: AtomicBool::new(false),
    });
    let scope = Scope { data, scope: PhantomData, env: PhantomData };
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    scope.data.join_all();
    match result {
        Err(payload) => resume_unwind(payload),
        Ok(_) if scope.data.has_panicked.load(Ordering::Relaxed) => panic!("a scoped thread panicked"),
        Ok(result) => result,
    }
}

impl<'scope, 'env> Scope<'scope, 'env> {
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.start(Builder::new(), f).expect("failed to spawn thread")
    }

    #[track_caller]
    pub(super) fn start<F, T>(&'scope self, builder: Builder, f: F) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        // SAFETY: what lives for 'scope outlives the call of `scope`, which waits for the thread.
        let started = unsafe { start(builder, Some(self.data.clone()), f) }?;
        Ok(ScopedJoinHandle { started, data: self.data.clone(), scope: PhantomData })
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.started.thread
    }

    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.started.join(Some(&self.data))
    }

    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.started.is_finished()
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}
