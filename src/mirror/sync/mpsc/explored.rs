//! The items of a channel in an exploration, whose model says which of them is sent and received when.

use super::{Channel, RecvTimeoutError, TrySendError};
use crate::seam::{OK, StdCall, abi, host, step};
use ::std::collections::{BTreeMap, VecDeque};
use ::std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The items, each under the number that the model gives it. Where nothing is held, that is the sender's, which may send another as soon
/// as somebody waits for the first.
pub(super) struct Items<T>(Arc<Mutex<BTreeMap<u64, VecDeque<T>>>>);

impl<T> Clone for Items<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Items<T> {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(BTreeMap::new())))
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<u64, VecDeque<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, number: u64, item: T) {
        self.all().entry(number).or_default().push_back(item);
    }

    fn take(&self, number: u64, pop: fn(&mut VecDeque<T>) -> Option<T>) -> Option<T> {
        let mut all = self.all();
        let items = all.get_mut(&number)?;
        let item = pop(items);
        if items.is_empty() {
            all.remove(&number);
        }
        item
    }

    /// Sends an item, as the call says.
    pub(super) fn send(&self, channel: &Channel, call: &StdCall, item: T) -> Result<(), TrySendError<T>> {
        let refused = |status| if status == abi::TIMED_OUT { TrySendError::Full } else { TrySendError::Disconnected };
        if channel.hands_over() {
            // Who receives it takes it from here while the sender waits for that.
            let sender = u64::from((host().current)());
            self.put(sender, item);
            let status = step(call).status;
            let left = if status == OK { None } else { self.take(sender, VecDeque::pop_back) };
            return left.map_or(Ok(()), |item| Err(refused(status)(item)));
        }
        let answer = step(call);
        if answer.status != OK {
            return Err(refused(answer.status)(item));
        }
        self.put(answer.value, item);
        Ok(())
    }

    /// Receives an item, as the call says.
    pub(super) fn recv(&self, call: &StdCall) -> Result<T, RecvTimeoutError> {
        let answer = step(call);
        match answer.status {
            OK => Ok(loop {
                match self.take(answer.value, VecDeque::pop_front) {
                    Some(item) => break item,
                    // Where threads are real, who sends it may still be about to put it here.
                    None => ::std::thread::yield_now(),
                }
            }),
            abi::TIMED_OUT => Err(RecvTimeoutError::Timeout),
            _ => Err(RecvTimeoutError::Disconnected),
        }
    }

    /// The receiver is gone: drops what nobody will receive. Those who still wait until their items are taken get them back.
    pub(super) fn clear(&self, channel: &Channel) {
        if channel.hands_over() {
            return;
        }
        let left = ::std::mem::take(&mut *self.all());
        drop(left);
    }
}
