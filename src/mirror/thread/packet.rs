//! What a thread leaves to who joins it.

use super::Result;
use super::scope::ScopeData;
use ::std::sync::{Arc, Mutex, PoisonError};

/// The place of a thread's result, which the thread and its handle share.
pub(super) struct Packet<T> {
    result: Mutex<Option<Result<T>>>,
    /// The scope that is to hear of a panic of which nobody else has heard.
    scope: Option<Arc<ScopeData>>,
}

impl<T> Packet<T> {
    pub(super) fn new(scope: Option<Arc<ScopeData>>) -> Arc<Self> {
        Arc::new(Self { result: Mutex::new(None), scope })
    }

    pub(super) fn put(&self, result: Result<T>) {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }

    /// The result, once the thread has ended.
    pub(super) fn take(&self) -> Option<Result<T>> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T> Drop for Packet<T> {
    fn drop(&mut self) {
        if let (Some(Err(_)), Some(scope)) = (self.take(), &self.scope) {
            scope.note_panic();
        }
    }
}
