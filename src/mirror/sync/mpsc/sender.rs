//! `Sender` and `SyncSender`.

use super::explored::Items;
use super::{Channel, Numbered, SendError, TrySendError, real, short};
use crate::seam::{Identity, OK, StdCall, abi, did, done, host, std_operation, wait};
use ::std::fmt;
use ::std::sync::Arc;

/// `std::sync::mpsc::Sender`.
pub struct Sender<T> {
    channel: Arc<Channel>,
    inner: Inner<real::Sender<Numbered<T>>, T>,
}

/// `std::sync::mpsc::SyncSender`.
pub struct SyncSender<T> {
    channel: Arc<Channel>,
    inner: Inner<real::SyncSender<Numbered<T>>, T>,
}

/// One end of a channel: `std`'s, or what an exploration keeps.
pub(super) enum Inner<S, T> {
    Real(S),
    Explored(Items<T>),
}

/// What sending came to, as the table wants it.
fn status<T>(sent: &Result<(), TrySendError<T>>) -> abi::Status {
    match sent {
        Ok(()) => OK,
        Err(TrySendError::Full(_)) => abi::TIMED_OUT,
        Err(TrySendError::Disconnected(_)) => abi::CLOSED,
    }
}

/// The item that could not be sent, whyever.
fn refused<T>(error: TrySendError<T>) -> SendError<T> {
    let (TrySendError::Full(item) | TrySendError::Disconnected(item)) = error;
    SendError(item)
}

impl<T> Sender<T> {
    pub(super) fn new(inner: Inner<real::Sender<Numbered<T>>, T>, channel: Arc<Channel>) -> Self {
        Self { channel, inner }
    }

    #[track_caller]
    pub fn send(&self, item: T) -> Result<(), SendError<T>> {
        let call = self.channel.call(std_operation::SEND);
        let inner = match &self.inner {
            Inner::Real(inner) => inner,
            Inner::Explored(items) => return items.send(&self.channel, &call, item).map_err(refused),
        };
        let number = if call.object == 0 { 0 } else { short((host().std_next_item)(call.object)) };
        let sent = inner.send((number, item));
        let call = StdCall { value: number.into(), ..call };
        match &sent {
            _ if call.object == 0 => {}
            Ok(()) => did(&call),
            Err(_) => done(&call, 0, abi::CLOSED, [call.value, 0]),
        }
        sent.map_err(|SendError((_, item))| SendError(item))
    }
}

impl<T> SyncSender<T> {
    pub(super) fn new(inner: Inner<real::SyncSender<Numbered<T>>, T>, channel: Arc<Channel>) -> Self {
        Self { channel, inner }
    }

    #[track_caller]
    pub fn send(&self, item: T) -> Result<(), SendError<T>> {
        let call = self.channel.call(std_operation::SEND);
        self.sent(call, item, |inner, item| {
            inner.send(item).map_err(|SendError(item)| TrySendError::Disconnected(item))
        })
        .map_err(refused)
    }

    #[track_caller]
    pub fn try_send(&self, item: T) -> Result<(), TrySendError<T>> {
        let call = StdCall { timeout_ns: 0, ..self.channel.call(std_operation::SEND) };
        self.sent(call, item, |_, item| Err(TrySendError::Full(item)))
    }

    /// Sends an item: where there is no room, with `waits`.
    #[inline]
    fn sent(
        &self,
        call: StdCall,
        item: T,
        waits: impl FnOnce(&real::SyncSender<Numbered<T>>, Numbered<T>) -> Result<(), TrySendError<Numbered<T>>>,
    ) -> Result<(), TrySendError<T>> {
        let inner = match &self.inner {
            Inner::Real(inner) => inner,
            Inner::Explored(items) => return items.send(&self.channel, &call, item),
        };
        let number = self.channel.number();
        let call = StdCall { value: number.into(), ..call };
        let is_followed = call.object != 0;
        let (since, sent) = match inner.try_send((number, item)) {
            Err(TrySendError::Full(item)) => {
                let since = if is_followed && call.timeout_ns != 0 { wait(&call) } else { 0 };
                (since, waits(inner, item))
            }
            sent => (0, sent),
        };
        match &sent {
            _ if !is_followed => {}
            Ok(()) if since == 0 => did(&call),
            sent => done(&call, since, status(sent), [call.value, 0]),
        }
        sent.map_err(|error| match error {
            TrySendError::Full((_, item)) => TrySendError::Full(item),
            TrySendError::Disconnected((_, item)) => TrySendError::Disconnected(item),
        })
    }
}

macro_rules! senders {
    ($($name:ident)*) => { $(
        impl<T> $name<T> {
            pub(crate) fn identity(&self) -> &Identity {
                &self.channel.identity
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                self.channel.joined();
                let inner = match &self.inner {
                    Inner::Real(inner) => Inner::Real(inner.clone()),
                    Inner::Explored(items) => Inner::Explored(items.clone()),
                };
                Self { channel: self.channel.clone(), inner }
            }
        }

        impl<T> Drop for $name<T> {
            fn drop(&mut self) {
                self.channel.left();
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )* };
}

senders! { Sender SyncSender }
