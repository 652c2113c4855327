//! A barrier.

use super::mapping::Arena;
use super::place;
use super::primitive::{NameOf, Primitive, Snapshot};
use super::sync_state::SyncState;
use super::{Deadline, SyncError, WorkerId};
use crate::model::{Content, WaitCondition};
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering::SeqCst;

/// A meeting point. `count` counts arrivals, of which every `parties` are a meeting, and has the bit `BROKEN`. It is one
/// word that changes in one step, so that a party that is killed has come or has not.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Barrier {
    #[serde(with = "place::one")]
    state: &'static SyncState,
    parties: u32,
}

/// A party gave up.
const BROKEN: u32 = 1 << 31;

/// That a party has come to a barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    meeting: u32,
    /// Its place, from 0.
    pub place: u32,
    /// Whether all others had come before.
    pub is_last: bool,
}

impl Barrier {
    /// One for so many parties; `None` if the arena is used up.
    pub fn new(arena: &Arena, parties: u32) -> Option<Self> {
        Some(Self { state: arena.alloc()?, parties })
    }

    /// The first half of a wait: comes, and lets all go on if it is the last.
    ///
    /// # Errors
    /// [`SyncError::Broken`] if a party gave up.
    pub fn come(&self) -> Result<Arrival, SyncError> {
        let Self { state: SyncState { count, signal, .. }, parties } = self;
        // Counting begins anew behind the last whole meeting.
        let next = |word: u32| if word + 1 < BROKEN / parties * parties { word + 1 } else { 0 };
        let arrive = |word: u32| (word & BROKEN == 0).then(|| next(word));
        let before = count.fetch_update(SeqCst, SeqCst, arrive).map_err(|_| SyncError::Broken)?;
        let (meeting, place) = (before / parties, before % parties);
        let is_last = place + 1 == *parties;
        if is_last {
            signal.notify(u32::MAX);
        }
        Ok(Arrival { meeting, place, is_last })
    }

    /// Whether who has come can go on, or learns that a party gave up.
    pub fn is_over(&self, arrival: Arrival) -> bool {
        !matches!(self.look(arrival), Ok(None))
    }

    fn look(&self, Arrival { meeting, place, .. }: Arrival) -> Result<Option<u64>, SyncError> {
        match self.state.count.load(SeqCst) {
            word if (word & !BROKEN) / self.parties != meeting => Ok(Some(u64::from(place))),
            word if word & BROKEN != 0 => Err(SyncError::Broken),
            _ => Ok(None),
        }
    }

    /// The second half, for all but the last: waits for the others; gives the place of arrival, from 0.
    ///
    /// # Errors
    /// [`SyncError::Broken`] if a party gave up, or what `deadline` says, which breaks it for the others.
    pub fn wait(&self, arrival: Arrival, deadline: &Deadline<'_>) -> Result<u64, SyncError> {
        let Self { state: SyncState { count, signal, .. }, parties } = self;
        let look = || self.look(arrival);
        signal.wait_for(deadline, || self.is_over(arrival), look).or_else(|error| {
            if error == SyncError::Broken {
                return Err(error);
            }
            // The last party may have come at this very moment: then nobody has to break anything.
            let is_over = |word: u32| (word & !BROKEN) / parties != arrival.meeting;
            let give_up = |word: u32| (word & BROKEN == 0 && !is_over(word)).then_some(word | BROKEN);
            let broke = count.fetch_update(SeqCst, SeqCst, give_up).is_ok();
            signal.notify(u32::MAX);
            if broke { Err(error) } else { look()?.ok_or(error) }
        })
    }

    /// How many have come and wait.
    pub fn waiting(&self) -> u32 {
        (self.state.count.load(SeqCst) & !BROKEN) % self.parties
    }

    /// How many must come.
    pub fn parties(&self) -> u32 {
        self.parties
    }

    /// Whether a party gave up.
    pub fn is_broken(&self) -> bool {
        self.state.count.load(SeqCst) & BROKEN != 0
    }
}

impl Primitive for Barrier {
    fn snapshot(&self) -> Snapshot {
        Snapshot::Count(self.state.count.load(SeqCst))
    }

    fn restore(&self, snapshot: &Snapshot) {
        if let Snapshot::Count(count) = snapshot {
            self.state.count.store(*count, SeqCst);
        }
    }

    fn is_in_reach(&self, condition: WaitCondition, _worker: WorkerId, waiters: u32) -> bool {
        // Who was let through is no longer counted there.
        condition != WaitCondition::Parties || self.is_broken() || self.waiting() < waiters
    }

    fn wake_all(&self) {
        self.state.signal.wake_all();
    }

    fn reset(&self) {
        self.state.count.store(0, SeqCst);
    }

    fn content(&self, _is_array: bool, _name_of: NameOf<'_>) -> Content {
        match self.is_broken() {
            true => Content::Broken,
            false => Content::Barrier(self.waiting().into(), self.parties().into()),
        }
    }
}
