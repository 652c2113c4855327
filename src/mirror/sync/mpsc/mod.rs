//! `std::sync::mpsc`.

pub use ::std::sync::mpsc::*;

mod explored;
mod receiver;
mod sender;

pub use receiver::{IntoIter, Iter, Receiver, TryIter};
pub use sender::{Sender, SyncSender};

use explored::Items;
use sender::Inner;

use crate::seam::{Identity, OK, StdCall, abi, call, done, explores, in_drop, std_kind, std_operation, step};
use ::std::sync::Arc;
use ::std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use ::std::sync::mpsc as real;

/// What both ends of a channel know about it. The channel itself is `std`'s, and each item in it has a number.
struct Channel {
    identity: Identity,
    /// How many items it holds at most, plus one; 0 where there is no bound.
    detail: u64,
    senders: AtomicUsize,
    /// How many items were tried to be sent where there is a bound. Without one they are counted in the table.
    tried: Counter,
}

/// A count in a cache line that receivers have no business with.
#[repr(align(128))]
struct Counter(AtomicU64);

/// An item with its number, from 0: no wider than need be, for what lies in the channel passes from core to core.
type Numbered<T> = (u32, T);

impl Channel {
    #[track_caller]
    fn new(detail: u64) -> Arc<Self> {
        Arc::new(Self { identity: Identity::new(), detail, senders: AtomicUsize::new(1), tried: Counter(AtomicU64::new(0)) })
    }

    #[inline]
    fn id(&self) -> u32 {
        self.identity.id(std_kind::CHANNEL, self.detail)
    }

    #[inline]
    #[track_caller]
    fn call(&self, operation: u32) -> StdCall {
        call(operation, self.id())
    }

    /// Whether it holds nothing, so that who sends waits until the item is taken.
    fn hands_over(&self) -> bool {
        self.detail == 1
    }

    /// The number of the next item where there is a bound.
    #[inline]
    fn number(&self) -> u32 {
        short(self.tried.0.fetch_add(1, Relaxed))
    }

    /// One more sender.
    fn joined(&self) {
        self.senders.fetch_add(1, Relaxed);
    }

    /// One sender is about to go: the last is told.
    fn left(&self) {
        if self.senders.fetch_sub(1, Relaxed) == 1 {
            self.hangs_up(0);
        }
    }

    /// The last sender is about to go, or with 1 the receiver.
    fn hangs_up(&self, side: u64) {
        let call = in_drop(std_operation::HANG_UP, self.id(), side);
        if explores() {
            step(&call);
        } else if call.object != 0 {
            done(&call, 0, OK, [0; 2]);
        }
    }
}

/// An item's number as it goes along with it.
#[inline]
fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(abi::NO_ITEM as u32)
}

/// Both ends of a channel: those of `std`, or what an exploration keeps.
fn ends<S, T>(
    real: impl FnOnce() -> (S, real::Receiver<Numbered<T>>),
) -> (Inner<S, T>, Inner<real::Receiver<Numbered<T>>, T>) {
    if explores() {
        let items = Items::new();
        return (Inner::Explored(items.clone()), Inner::Explored(items));
    }
    let (sender, receiver) = real();
    (Inner::Real(sender), Inner::Real(receiver))
}

/// `std::sync::mpsc::channel`.
#[must_use]
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let channel = Channel::new(0);
    let (sender, receiver) = ends(real::channel);
    (Sender::new(sender, channel.clone()), Receiver::new(receiver, channel))
}

/// `std::sync::mpsc::sync_channel`.
#[must_use]
#[track_caller]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let channel = Channel::new((bound as u64).saturating_add(1));
    let (sender, receiver) = ends(|| real::sync_channel(bound));
    (SyncSender::new(sender, channel.clone()), Receiver::new(receiver, channel))
}
