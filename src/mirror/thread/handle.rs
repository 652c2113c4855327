//! `spawn` and `JoinHandle`.

use super::start::Started;
use super::{Builder, Result, Thread};
use ::std::fmt;

/// `std::thread::JoinHandle`.
pub struct JoinHandle<T>(pub(super) Started<T>);

// SAFETY: it is made only where a thread is started, and there what the thread returns must be `Send`.
unsafe impl<T> Send for JoinHandle<T> {}
// SAFETY: as above; a shared reference to it gives no access to what the thread returns.
unsafe impl<T> Sync for JoinHandle<T> {}

/// `std::thread::spawn`.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T,
    F: Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(f).expect("failed to spawn thread")
}

impl<T> JoinHandle<T> {
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.0.thread
    }

    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.0.join(None)
    }

    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}
