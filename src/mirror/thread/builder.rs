//! `Builder`.

use super::handle::JoinHandle;
use super::scope::{Scope, ScopedJoinHandle};
use super::start::start;
use crate::io;

/// `std::thread::Builder`.
#[must_use = "must eventually spawn the thread"]
#[derive(Debug)]
pub struct Builder {
    pub(super) name: Option<String>,
    pub(super) stack_size: Option<usize>,
}

impl Builder {
    pub fn new() -> Self {
        Self { name: None, stack_size: None }
    }

    pub fn name(self, name: String) -> Self {
        Self { name: Some(name), ..self }
    }

    pub fn stack_size(self, size: usize) -> Self {
        Self { stack_size: Some(size), ..self }
    }

    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T,
        F: Send + 'static,
        T: Send + 'static,
    {
        // SAFETY: the body borrows nothing.
        unsafe { self.spawn_unchecked(f) }
    }

    /// # Safety
    /// As `std` says: what the body borrows must outlive the thread.
    #[track_caller]
    pub unsafe fn spawn_unchecked<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T,
        F: Send,
        T: Send,
    {
        // SAFETY: the caller's promise.
        unsafe { start(self, None, f) }.map(JoinHandle)
    }

    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        scope.start(self, f)
    }
}
