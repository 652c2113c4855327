//! The items of a channel in an exploration, whose model says which of them is sent and received when.

use super::{Channel, RecvTimeoutError, TrySendError};
use crate::seam::{OK, StdCall, abi, host, step};
use ::std::collections::BTreeMap;
use ::std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The items, each under the number that the model gives it.
pub(super) struct Items<T>(Arc<Mutex<BTreeMap<u64, T>>>);

impl<T> Clone for Items<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Items<T> {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(BTreeMap::new())))
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<u64, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends an item, as the call says.
    pub(super) fn send(&self, channel: &Channel, call: &StdCall, item: T) -> Result<(), TrySendError<T>> {
        let refused = |status| if status == abi::TIMED_OUT { TrySendError::Full } else { TrySendError::Disconnected };
        if channel.hands_over() {
            // Who receives it takes it from here while the sender waits for that.
            let sender = u64::from((host().current)());
            self.all().insert(sender, item);
            let status = step(call).status;
            let left = if status == OK { None } else { self.all().remove(&sender) };
            return left.map_or(Ok(()), |item| Err(refused(status)(item)));
        }
        let answer = step(call);
        if answer.status != OK {
            return Err(refused(answer.status)(item));
        }
        let before = self.all().insert(answer.value, item);
        drop(before);
        Ok(())
    }

    /// Receives an item, as the call says.
    pub(super) fn recv(&self, call: &StdCall) -> Result<T, RecvTimeoutError> {
        let answer = step(call);
        match answer.status {
            OK => self.all().remove(&answer.value).ok_or(RecvTimeoutError::Disconnected),
            abi::TIMED_OUT => Err(RecvTimeoutError::Timeout),
            _ => Err(RecvTimeoutError::Disconnected),
        }
    }

    /// Drops what nobody will receive.
    pub(super) fn clear(&self) {
        let left = ::std::mem::take(&mut *self.all());
        drop(left);
    }
}
