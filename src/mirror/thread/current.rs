//! `Thread`, and which one the calling one is.

use super::{ThreadId, fibers};
use crate::seam::{OK, StdCall, call, done, explores, host, std_operation, step};
use ::std::cell::RefCell;
use ::std::fmt;
use ::std::sync::Arc;
use ::std::thread as real;

/// `std::thread::Thread`.
#[derive(Clone)]
pub struct Thread {
    pub(super) known: Known,
    /// That of `std`; none in an exploration, in which threads are no real ones.
    pub(super) real: Option<real::Thread>,
}

/// What is known about a thread before it has begun.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) id: ThreadId,
    pub(super) name: Option<Arc<str>>,
    /// Its worker, 0 if it is not followed.
    pub(super) worker: u32,
}

thread_local! {
    /// What is known about this thread. Not used in explorations, where threads take turns on one.
    static CURRENT: RefCell<Option<Known>> = const { RefCell::new(None) };
}

impl Known {
    /// That of a thread which the mirror has not started: a worker of nbrun's, or a thread of another crate's.
    fn foreign() -> Self {
        let name = real::current().name().map(Arc::from);
        let name = name.or_else(|| nbrun::seam::is_inside().then(|| Arc::from("main")));
        Self { id: ThreadId::new(), name, worker: (host().current)() }
    }

    /// Says that the calling thread is this one.
    pub(super) fn is_current(self) {
        if !explores() {
            let _ = CURRENT.try_with(|current| current.replace(Some(self)));
        }
    }

    /// That of the calling thread.
    pub(super) fn current() -> Self {
        if explores() {
            return fibers::known((host().current)(), Self::foreign);
        }
        let known = CURRENT.try_with(|current| {
            // Jobs that run one after another do so on one thread.
            let is_it = |known: &Self| known.worker == 0 || known.worker == (host().current)();
            let mut current = current.borrow_mut();
            match &*current {
                Some(known) if is_it(known) => known.clone(),
                _ => current.insert(Self::foreign()).clone(),
            }
        });
        known.unwrap_or_else(|_| Self::foreign())
    }
}

/// `std::thread::current`.
#[must_use]
pub fn current() -> Thread {
    Thread { known: Known::current(), real: (!explores()).then(real::current) }
}

impl Thread {
    #[must_use]
    pub fn id(&self) -> ThreadId {
        self.known.id
    }

    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.known.name.as_deref()
    }

    #[inline]
    #[track_caller]
    pub fn unpark(&self) {
        let call = StdCall { other: self.known.worker, ..call(std_operation::UNPARK, 0) };
        match &self.real {
            Some(real) => {
                done(&call, 0, OK, [0; 2]);
                real.unpark();
            }
            None => drop(step(&call)),
        }
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").field("id", &self.id()).field("name", &self.name()).finish_non_exhaustive()
    }
}
