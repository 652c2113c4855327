//! `Receiver`.

use super::sender::Inner;
use super::{Channel, Numbered, RecvError, RecvTimeoutError, TryRecvError, real};
use crate::seam::{FOREVER, Identity, OK, StdCall, abi, call_from, did, done, limit, pauses, std_operation, wait};
use ::std::fmt;
use ::std::panic::Location;
use ::std::sync::Arc;
use ::std::time::Duration;
use nbrun::seam::{at, look_again};

/// `std::sync::mpsc::Receiver`.
pub struct Receiver<T> {
    channel: Arc<Channel>,
    inner: Inner<real::Receiver<Numbered<T>>, T>,
}

/// `std::sync::mpsc::Iter`.
#[derive(Debug)]
pub struct Iter<'a, T: 'a>(&'a Receiver<T>, Place);

/// `std::sync::mpsc::TryIter`.
#[derive(Debug)]
pub struct TryIter<'a, T: 'a>(&'a Receiver<T>, Place);

/// `std::sync::mpsc::IntoIter`.
#[derive(Debug)]
pub struct IntoIter<T>(Receiver<T>, Place);

/// Where an iterator was made.
type Place = &'static Location<'static>;

/// The place of the caller of an iterator; where that is std itself, as in `collect`, the place where the iterator was made.
#[track_caller]
fn nearest(made: Place) -> Place {
    let caller = Location::caller();
    if at(caller.file(), caller.line()) == 0 { made } else { caller }
}

impl<T> Receiver<T> {
    pub(crate) fn identity(&self) -> &Identity {
        &self.channel.identity
    }

    pub(super) fn new(inner: Inner<real::Receiver<Numbered<T>>, T>, channel: Arc<Channel>) -> Self {
        Self { channel, inner }
    }

    /// Takes an item: waits as long as the call may, with `waits`.
    #[inline]
    fn taken(
        &self,
        place: Place,
        timeout_ns: i64,
        waits: impl FnOnce(&real::Receiver<Numbered<T>>) -> Result<Numbered<T>, RecvTimeoutError>,
    ) -> Result<T, RecvTimeoutError> {
        let call = StdCall { timeout_ns, ..call_from(std_operation::RECV, self.channel.id(), place) };
        let inner = match &self.inner {
            Inner::Real(inner) => inner,
            Inner::Explored(items) => return items.recv(&call),
        };
        if call.object == 0 {
            return waits(inner).map(|(_, item)| item);
        }
        let look = || match inner.try_recv() {
            Ok(item) => Some(Ok(item)),
            Err(TryRecvError::Disconnected) => Some(Err(RecvTimeoutError::Disconnected)),
            Err(TryRecvError::Empty) => None,
        };
        let (since, taken) = match look() {
            Some(taken) => (0, taken),
            None if timeout_ns == 0 => (0, Err(RecvTimeoutError::Timeout)),
            // Who sleeps at once makes each sender wake it, which takes longer than many items.
            None => match look_again(pauses(), look) {
                Some(taken) => (0, taken),
                None => (wait(&call), waits(inner)),
            },
        };
        match &taken {
            Ok((number, _)) if since == 0 => did(&StdCall { value: (*number).into(), ..call }),
            Ok((number, _)) => {
                let number = u64::from(*number);
                done(&StdCall { value: number, ..call }, since, OK, [number, 0]);
            }
            Err(RecvTimeoutError::Disconnected) => done(&call, since, abi::CLOSED, [0; 2]),
            Err(RecvTimeoutError::Timeout) => done(&call, since, abi::TIMED_OUT, [0; 2]),
        }
        taken.map(|(_, item)| item)
    }

    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.received(Location::caller())
    }

    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.tried(Location::caller())
    }

    fn received(&self, place: Place) -> Result<T, RecvError> {
        let waits = |inner: &real::Receiver<_>| inner.recv().map_err(|RecvError| RecvTimeoutError::Disconnected);
        self.taken(place, FOREVER, waits).map_err(|_| RecvError)
    }

    fn tried(&self, place: Place) -> Result<T, TryRecvError> {
        let now = |inner: &real::Receiver<_>| {
            inner.try_recv().map_err(|error| match error {
                TryRecvError::Empty => RecvTimeoutError::Timeout,
                TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            })
        };
        self.taken(place, 0, now).map_err(|error| match error {
            RecvTimeoutError::Timeout => TryRecvError::Empty,
            RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
        })
    }

    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.taken(Location::caller(), limit(timeout), |inner| inner.recv_timeout(timeout))
    }

    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self, Location::caller())
    }

    #[track_caller]
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter(self, Location::caller())
    }
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.0.received(nearest(self.1)).ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.0.tried(nearest(self.1)).ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.0.received(nearest(self.1)).ok()
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self, Location::caller())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.channel.hangs_up(1);
        if let Inner::Explored(items) = &self.inner {
            items.clear(&self.channel);
        }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
