//! Objects of `std` as plain data, and what each operation does to one: what the guide's table of steps says.

use super::step::{Effect, Phase, Ready};
use super::{Answer, Operation};
use crate::abi;
use crate::model::{Content, ScalarType, StdKind};
use crate::shared::WorkerId;
use std::collections::VecDeque;

/// How an object of `std` is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the description of each says what its fields are")]
pub enum StdModel {
    /// Who holds a mutex.
    Mutex { owner: Option<WorkerId> },
    /// Who writes, and who reads: as often as it does.
    RwLock { writer: Option<WorkerId>, readers: Vec<WorkerId> },
    /// Who waits, the first who came first, and who may go on.
    Condvar { waiting: VecDeque<WorkerId>, notified: Vec<WorkerId> },
    /// How many threads have come, how many make it full, and how often it was full.
    Barrier { come: u64, most: u64, meeting: u32 },
    /// A channel.
    Channel(Channel),
    /// An atomic number, as far as its bits are known.
    Number { bits: Option<u64> },
    /// What is initialized once: who does so now, or whether it is done or poisoned.
    Once { by: Option<WorkerId>, is_done: bool, is_poisoned: bool },
}

/// A channel of `mpsc`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channel {
    /// The numbers of the items in it, each with who waits until it is taken, where nothing is held.
    items: VecDeque<(u64, WorkerId)>,
    /// How many items it holds before a sender waits.
    bound: Option<u64>,
    /// How many were sent.
    sent: u64,
    /// Who waits for an item where nothing is held.
    receiving: u32,
    /// Whether all senders are gone, or the receiver.
    gone: (bool, bool),
}

impl StdModel {
    /// A new object.
    pub fn new(kind: StdKind) -> Self {
        match kind {
            StdKind::Mutex => Self::Mutex { owner: None },
            StdKind::RwLock => Self::RwLock { writer: None, readers: Vec::new() },
            StdKind::Condvar => Self::Condvar { waiting: VecDeque::new(), notified: Vec::new() },
            StdKind::Barrier(most) => Self::Barrier { come: 0, most, meeting: 0 },
            StdKind::Channel { bound } => Self::Channel(Channel { bound, ..Channel::default() }),
            StdKind::Atomic(_) | StdKind::AtomicBool | StdKind::AtomicPtr => Self::Number { bits: None },
            StdKind::Once => Self::Once { by: None, is_done: false, is_poisoned: false },
        }
    }

    /// Whether it is a channel that holds nothing, so that who sends waits until the item is taken.
    pub fn hands_over(&self) -> bool {
        matches!(self, Self::Channel(channel) if channel.bound == Some(0))
    }

    /// What it holds as two numbers, of which [`content`] makes what is told.
    pub fn words(&self) -> [u64; 2] {
        let who = |worker: &Option<WorkerId>| worker.map_or(0, |worker| u64::from(worker) + 1);
        match self {
            Self::Mutex { owner } => [who(owner), 0],
            Self::RwLock { writer, readers } => [who(writer), readers.len() as u64],
            Self::Condvar { waiting, notified } => [(waiting.len() + notified.len()) as u64, 0],
            Self::Barrier { come, most, .. } => [*come, *most],
            Self::Channel(channel) => [channel.items.len() as u64, channel.gone.0.into()],
            Self::Number { bits } => [bits.unwrap_or(0), bits.is_some().into()],
            Self::Once { by, is_done, .. } => [who(by), (*is_done).into()],
        }
    }

    /// Who holds it; of several readers, the first.
    pub fn owner(&self) -> Option<WorkerId> {
        match self {
            Self::Mutex { owner } => *owner,
            Self::RwLock { writer, readers } => writer.or(readers.first().copied()),
            Self::Once { by, .. } => *by,
            _ => None,
        }
    }

    /// Whether a worker holds it, alone or with others.
    pub fn is_held_by(&self, worker: WorkerId) -> bool {
        match self {
            Self::RwLock { writer, readers } => *writer == Some(worker) || readers.contains(&worker),
            _ => self.owner() == Some(worker),
        }
    }

    /// Whether an operation that went so changes nothing that others could see.
    pub fn is_only_read(operation: Operation, answer: Answer) -> bool {
        match operation {
            Operation::Load { .. } | Operation::Read { .. } => true,
            Operation::BeginOnce => answer.value != 0,
            // Who has only tried.
            operation => answer.status == abi::TIMED_OUT && !operation.is_two_phase(),
        }
    }

    /// When `me` can do it; `free` says whether the mutex of a wait is free.
    pub fn ready(&self, operation: Operation, me: WorkerId, phase: Phase, free: bool) -> Ready {
        let now_or = |can: bool, limit: i64| match limit {
            _ if can => Ready::Now,
            0 => Ready::Now,
            1.. => Ready::InTime,
            _ => Ready::No,
        };
        let waits = |limit: i64| if limit < 0 { Ready::No } else { Ready::InTime };
        match (operation, self, phase) {
            (Operation::Acquire { limit, .. }, Self::Mutex { owner }, _) => now_or(owner.is_none(), limit),
            (Operation::Read { limit }, Self::RwLock { writer, .. }, _) => now_or(writer.is_none(), limit),
            (Operation::Write { limit }, Self::RwLock { writer, readers }, _) => {
                now_or(writer.is_none() && readers.is_empty(), limit)
            }
            (Operation::WaitNotified { .. }, _, Phase::InRoom) if !free => Ready::No,
            (Operation::WaitNotified { limit }, Self::Condvar { notified, .. }, Phase::InRoom) => {
                if notified.contains(&me) { Ready::Now } else { waits(limit) }
            }
            (Operation::Meet { .. }, Self::Barrier { meeting, .. }, Phase::AtBarrier(_, mine)) => {
                if *meeting == mine {
                    Ready::No
                } else {
                    Ready::Now
                }
            }
            (Operation::Put { limit }, Self::Channel(channel), phase) => match phase {
                Phase::Before => now_or(channel.has_room(limit), limit),
                _ if channel.gone.1 || !channel.has_of(me) => Ready::Now,
                _ => waits(limit),
            },
            (Operation::Get { limit }, Self::Channel(channel), phase) => {
                let begins = phase == Phase::Before && channel.bound == Some(0) && limit != 0;
                now_or(begins || !channel.items.is_empty() || channel.gone.0, limit)
            }
            (Operation::BeginOnce, Self::Once { by: Some(_), .. }, _) => Ready::No,
            _ => Ready::Now,
        }
    }

    /// Does it on `me`'s behalf, which is ready; `in_time` is whether only its time is over, `value` what the call says more.
    pub fn apply(&mut self, operation: Operation, me: WorkerId, phase: Phase, value: u64, in_time: bool) -> Effect {
        let status = |status| Effect::Done(Answer::status(status));
        let if_so = |is_so: bool| status(if is_so { abi::OK } else { abi::TIMED_OUT });
        match (operation, self) {
            (Operation::Acquire { .. }, Self::Mutex { owner }) => {
                let free = owner.is_none();
                *owner = owner.or(Some(me));
                if_so(free)
            }
            (Operation::Read { .. }, Self::RwLock { writer, readers }) => {
                if writer.is_none() {
                    readers.push(me);
                    readers.sort_unstable();
                }
                if_so(writer.is_none())
            }
            (Operation::Write { .. }, Self::RwLock { writer, readers }) => {
                let free = writer.is_none() && readers.is_empty();
                if free {
                    *writer = Some(me);
                }
                if_so(free)
            }
            (Operation::Release { .. }, Self::Mutex { owner }) => {
                *owner = None;
                status(abi::OK)
            }
            (Operation::Release { .. }, Self::RwLock { writer, readers }) => {
                match readers.iter().position(|reader| *reader == me) {
                    Some(place) if *writer != Some(me) => {
                        readers.remove(place);
                    }
                    _ => *writer = None,
                }
                status(abi::OK)
            }
            (Operation::WaitNotified { .. }, Self::Condvar { waiting, .. }) if phase == Phase::Before => {
                waiting.push_back(me);
                Effect::Waits(Phase::InRoom)
            }
            (Operation::WaitNotified { .. }, Self::Condvar { waiting, notified }) => {
                waiting.retain(|waiting| *waiting != me);
                let place = notified.iter().position(|notified| *notified == me);
                if_so(place.map(|place| notified.remove(place)).is_some())
            }
            (Operation::Notify { count }, Self::Condvar { waiting, notified }) => {
                let some = waiting.len().min(usize::try_from(count).unwrap_or(usize::MAX));
                notified.extend(waiting.drain(..some));
                status(abi::OK)
            }
            (Operation::Meet { .. }, Self::Barrier { come, most, meeting }) => match phase {
                Phase::AtBarrier(place, _) => Effect::Done(Answer::value(place.into())),
                _ => {
                    let place = *come;
                    *come += 1;
                    if *come >= *most {
                        (*come, *meeting) = (0, *meeting + 1);
                        return Effect::Done(Answer::value(place));
                    }
                    Effect::Waits(Phase::AtBarrier(place as u32, *meeting))
                }
            },
            (Operation::Put { .. }, Self::Channel(channel)) => channel.send(me, phase, in_time, operation),
            (Operation::Get { limit }, Self::Channel(channel)) => channel.receive(phase, limit),
            (Operation::HangUp { receiver }, Self::Channel(channel)) => {
                if receiver {
                    channel.gone.1 = true;
                    if channel.bound != Some(0) {
                        channel.items.clear();
                    }
                } else {
                    channel.gone.0 = true;
                }
                status(abi::OK)
            }
            (Operation::BeginOnce, Self::Once { by, is_done, is_poisoned }) => {
                let has_to = !*is_done && (!*is_poisoned || value != 0);
                if has_to {
                    *by = Some(me);
                }
                Effect::Done(Answer::value(if has_to { 0 } else { 1 + u64::from(!*is_done) }))
            }
            (Operation::EndOnce { poisoned }, Self::Once { by, is_done, is_poisoned }) => {
                (*by, *is_done, *is_poisoned) = (None, !poisoned, poisoned);
                status(abi::OK)
            }
            _ => status(abi::OK),
        }
    }
}

/// What an object of this kind held, of which these are the [`words`](StdModel::words).
pub fn content(kind: StdKind, [first, second]: [u64; 2], name_of: impl Fn(WorkerId) -> String) -> Content {
    let owner = first.checked_sub(1).and_then(|owner| WorkerId::try_from(owner).ok()).map(name_of);
    match kind {
        StdKind::Mutex => Content::Lock(owner, 0),
        StdKind::RwLock => Content::RwLock(owner, second),
        StdKind::Condvar => Content::Waiting(first),
        StdKind::Barrier(_) => Content::Barrier(first, second),
        StdKind::Channel { .. } => Content::Queue(first, second != 0),
        StdKind::Atomic(_) | StdKind::AtomicBool | StdKind::AtomicPtr if second == 0 => Content::Nothing,
        StdKind::AtomicBool => Content::Numbers((first != 0).to_string(), None),
        StdKind::Atomic(of) => Content::Numbers(of.text(first), None),
        StdKind::AtomicPtr => Content::Numbers(ScalarType::Usize.text(first), None),
        StdKind::Once if owner.is_some() => Content::Lock(owner, 0),
        StdKind::Once => Content::Event(second != 0),
    }
}

impl Channel {
    /// Whether an item can be sent now; who does not only try may begin to wait where nothing is held.
    fn has_room(&self, limit: i64) -> bool {
        match self.bound {
            _ if self.gone.1 => true,
            None => true,
            Some(0) => limit != 0 || self.is_awaited(),
            Some(bound) => (self.items.len() as u64) < bound,
        }
    }

    /// Whether a receiver waits for an item that is not there yet.
    fn is_awaited(&self) -> bool {
        self.receiving as usize > self.items.len()
    }

    /// Whether an item is in it for which a worker waits until it is taken.
    fn has_of(&self, sender: WorkerId) -> bool {
        self.items.iter().any(|(_, waits)| *waits == sender)
    }

    fn send(&mut self, me: WorkerId, phase: Phase, in_time: bool, operation: Operation) -> Effect {
        let closed = Effect::Done(Answer::status(abi::CLOSED));
        if phase != Phase::Before {
            let is_taken = !self.has_of(me);
            self.items.retain(|(_, waits)| *waits != me);
            return match (is_taken, in_time) {
                (true, _) => Effect::Done(Answer::value(me.into())),
                (false, true) => Effect::Done(Answer::status(abi::TIMED_OUT)),
                (false, false) => closed,
            };
        }
        if self.gone.1 {
            return closed;
        }
        if !self.has_room(operation.limit().unwrap_or(-1)) {
            return Effect::Done(Answer::status(abi::TIMED_OUT));
        }
        if self.bound == Some(0) {
            // The item is told by who sends it, as it lies ready there.
            let is_awaited = self.is_awaited();
            self.items.push_back((me.into(), if is_awaited { 0 } else { me }));
            return match is_awaited {
                true => Effect::Done(Answer::value(me.into())),
                false => Effect::Waits(Phase::InRoom),
            };
        }
        self.sent += 1;
        self.items.push_back((self.sent - 1, 0));
        Effect::Done(Answer::value(self.sent - 1))
    }

    fn receive(&mut self, phase: Phase, limit: i64) -> Effect {
        let waited = phase != Phase::Before;
        if let Some((item, _)) = self.items.pop_front() {
            self.receiving -= u32::from(waited);
            return Effect::Done(Answer::value(item));
        }
        if self.gone.0 || waited || self.bound != Some(0) || limit == 0 {
            self.receiving -= u32::from(waited);
            return Effect::Done(Answer::status(if self.gone.0 { abi::CLOSED } else { abi::TIMED_OUT }));
        }
        self.receiving += 1;
        Effect::Waits(Phase::InRoom)
    }
}
