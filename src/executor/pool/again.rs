//! Tasks of a pool that are to be done again, because their worker died before it came to them.

use crate::shared::WorkerId;
use crate::shared::mapping::Arena;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

/// How many ranges of tasks a worker that dies leaves behind at most: what was left of its chunk, and what was left of
/// another one if that could not be sent.
const RANGES: usize = 2;

/// Ranges of tasks, each for whoever claims it first. Main alone adds some, and a range is never taken away.
///
/// Whoever claims a range does so by one swap of the word that says whose it is. So there is no moment at which a range
/// that was claimed belongs to nobody: a worker that is killed before the swap leaves it to the others, and one that is
/// killed after it is found here by its number, whether it has begun with the range or not. A queue would not do: what a
/// worker takes out of it is in nobody's hands until the worker has said elsewhere what it took.
pub(super) struct Again {
    /// How many ranges there are: one exists from the store of this on.
    len: &'static AtomicU64,
    /// The first task of each, and the one behind its last.
    firsts: &'static [AtomicU64],
    ends: &'static [AtomicU64],
    /// The worker that has claimed it, plus one.
    claims: &'static [AtomicU32],
}

impl Again {
    /// None yet, for a pool of so many workers, all that may come later included; `None` if the arena is used up.
    pub(super) fn new(arena: &Arena, workers: usize) -> Option<Self> {
        let most = RANGES * workers;
        let (firsts, ends, claims) = (arena.alloc_slice(most)?, arena.alloc_slice(most)?, arena.alloc_slice(most)?);
        Some(Self { len: arena.alloc()?, firsts, ends, claims })
    }

    /// Adds a range; whether there was room for it. In main alone.
    pub(super) fn add(&self, range: Range<u64>) -> bool {
        let at = self.len.load(SeqCst);
        let Some((first, end)) = self.firsts.get(at as usize).zip(self.ends.get(at as usize)) else { return false };
        first.store(range.start, SeqCst);
        end.store(range.end, SeqCst);
        self.len.store(at + 1, SeqCst);
        true
    }

    /// Claims a range of at most so many tasks.
    pub(super) fn claim(&self, worker: WorkerId, most: u64) -> Option<Range<u64>> {
        let fits = |range: &Range<u64>| range.end - range.start <= most;
        let free = |claim: &AtomicU32| claim.compare_exchange(0, worker + 1, SeqCst, SeqCst).is_ok();
        self.all().find(|(range, claim)| fits(range) && free(claim)).map(|(range, _)| range)
    }

    /// What such a worker has claimed.
    pub(super) fn of(&self, worker: WorkerId) -> impl Iterator<Item = Range<u64>> {
        self.all().filter(move |(_, claim)| claim.load(SeqCst) == worker + 1).map(|(range, _)| range)
    }

    /// Whether nobody is needed for any of them.
    pub(super) fn is_claimed(&self) -> bool {
        self.all().all(|(_, claim)| claim.load(SeqCst) != 0)
    }

    fn all(&self) -> impl Iterator<Item = (Range<u64>, &'static AtomicU32)> {
        let ranges = self.firsts.iter().zip(self.ends).map(|(first, end)| first.load(SeqCst)..end.load(SeqCst));
        ranges.zip(self.claims).take(self.len.load(SeqCst) as usize)
    }
}

/// The ranges that some tasks, in order, fall into.
pub(super) fn ranges(tasks: &[u64]) -> impl Iterator<Item = Range<u64>> {
    let runs = tasks.chunk_by(|one, next| one + 1 == *next);
    runs.filter_map(|run| Some(*run.first()?..run.last()? + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::mapping::Mapping;

    fn again(workers: usize) -> Again {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        Again::new(&mapping.run, workers).expect("room")
    }

    #[test]
    fn a_range_is_claimed_once_and_found_by_its_worker_from_that_moment_on() {
        let again = again(3);
        assert!(again.is_claimed() && again.claim(1, u64::MAX).is_none());
        assert!(again.add(5..9) && again.add(20..21));
        assert!(!again.is_claimed());
        // Worker 1 does nothing after its claim, as if it had been killed there.
        assert_eq!(again.claim(1, u64::MAX), Some(5..9));
        assert_eq!((again.of(1).next(), again.of(1).count()), (Some(5..9), 1));
        assert_eq!(again.claim(2, u64::MAX), Some(20..21));
        assert!(again.is_claimed() && again.claim(3, u64::MAX).is_none());
        assert_eq!(again.of(3).count(), 0);
    }

    #[test]
    fn who_may_do_only_few_tasks_leaves_a_long_range_to_another() {
        let again = again(3);
        assert!(again.add(0..10) && again.add(30..32));
        assert_eq!(again.claim(1, 2), Some(30..32));
        assert_eq!(again.claim(2, 9), None);
        assert_eq!(again.claim(3, 10), Some(0..10));
    }

    #[test]
    fn there_is_room_for_what_every_worker_may_leave_and_no_more() {
        let again = again(2);
        assert_eq!((0..9).filter(|n| again.add(*n..n + 1)).count(), 4);
    }

    #[test]
    fn ranges_are_as_long_as_they_can_be() {
        assert_eq!(ranges(&[1, 2, 3, 5, 7, 8]).collect::<Vec<_>>(), [1..4, 5..6, 7..9]);
        assert_eq!(ranges(&[]).count(), 0);
    }
}
