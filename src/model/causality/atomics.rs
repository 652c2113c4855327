//! Whose writes the loads of an atomic of `std` have read, as far as the numbers tell, and which of these order what came before them: a
//! write that releases comes before a read of it that acquires, and so do the steps of others that it was handed on by.

use crate::model::{Action, Event, MemoryOrdering};
use std::collections::HashMap;

/// So many writes are followed back from one read.
const MOST_HANDED_ON: usize = 64;

/// What a read that acquires comes after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The writes at these places, which release.
    Writes(Vec<usize>),
    /// Any write before it: several have written the number that it read.
    Doubtful,
}

fn acquires(event: &Event) -> bool {
    use MemoryOrdering::{AcqRel, Acquire, SeqCst};
    matches!(event.ordering, Some(Acquire | AcqRel | SeqCst))
}

fn releases(event: &Event) -> bool {
    use MemoryOrdering::{AcqRel, Release, SeqCst};
    matches!(event.ordering, Some(Release | AcqRel | SeqCst))
}

/// What each read of one atomic that acquires comes after, from the places of its events in the trace. `can_be_before` says of two events
/// whether the first can have taken effect before the second.
pub fn sources(
    events: &[Event],
    places: &[usize],
    can_be_before: impl Fn(usize, usize) -> bool,
) -> Vec<(usize, Source)> {
    // By the bits that were written: where, if that was once.
    let mut writers: HashMap<u64, Option<usize>> = HashMap::new();
    for place in places {
        if let Action::Store { bits, .. } | Action::Update { after: bits, .. } = events[*place].action {
            writers.entry(bits).and_modify(|writer| *writer = None).or_insert(Some(*place));
        }
    }
    let source = |place: usize| {
        let (Action::Load { mut bits, .. } | Action::Update { before: mut bits, .. }) = events[place].action else {
            return None;
        };
        let mut writes = Vec::new();
        for _ in 0..MOST_HANDED_ON {
            let writer = match writers.get(&bits) {
                // It was there at first.
                None => return Some(Source::Writes(writes)),
                Some(None) => return Some(Source::Doubtful),
                Some(Some(writer)) => *writer,
            };
            let event = &events[writer];
            if writer == place || !can_be_before(writer, place) {
                return Some(Source::Writes(writes));
            }
            if releases(event) && event.worker != events[place].worker {
                writes.push(writer);
            }
            match event.action {
                // What it read orders it, and by that whoever reads it.
                Action::Update { .. } if releases(event) && acquires(event) => return Some(Source::Writes(writes)),
                Action::Update { before, .. } => bits = before,
                _ => return Some(Source::Writes(writes)),
            }
        }
        Some(Source::Doubtful)
    };
    let acquiring = places.iter().filter(|place| acquires(&events[**place]));
    acquiring.filter_map(|place| Some((*place, source(*place)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use MemoryOrdering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

    fn store(worker: u32, bits: u64, ordering: MemoryOrdering) -> Event {
        event(worker, Action::Store { index: 0, bits }, ordering)
    }

    fn load(worker: u32, bits: u64, ordering: MemoryOrdering) -> Event {
        event(worker, Action::Load { index: 0, bits }, ordering)
    }

    fn update(worker: u32, before: u64, ordering: MemoryOrdering) -> Event {
        event(worker, Action::Update { before, after: before + 1 }, ordering)
    }

    fn event(worker: u32, action: Action, ordering: MemoryOrdering) -> Event {
        let ordering = Some(ordering);
        Event { worker, at_ns: 0, duration_ns: 0, action, resource: Some(7), position: None, ordering }
    }

    fn found(events: &[Event]) -> Vec<(usize, Source)> {
        let places: Vec<usize> = (0..events.len()).collect();
        sources(events, &places, |before, after| before < after)
    }

    #[test]
    fn a_release_comes_before_an_acquire_that_reads_it() {
        for (release, acquire) in [(Release, Acquire), (SeqCst, SeqCst), (AcqRel, Acquire)] {
            let events = [store(1, 5, release), load(2, 5, acquire)];
            assert_eq!(found(&events), [(1, Source::Writes(vec![0]))]);
        }
    }

    #[test]
    fn a_relaxed_access_orders_nothing() {
        assert_eq!(found(&[store(1, 5, Relaxed), load(2, 5, Acquire)]), [(1, Source::Writes(vec![]))]);
        assert_eq!(found(&[store(1, 5, Release), load(2, 5, Relaxed)]), []);
    }

    #[test]
    fn an_update_hands_a_release_on_though_it_is_relaxed() {
        let events = [store(1, 5, Release), update(3, 5, Relaxed), load(2, 6, Acquire)];
        assert_eq!(found(&events), [(2, Source::Writes(vec![0]))]);
        let chain = [update(1, 0, AcqRel), update(2, 1, AcqRel), update(3, 2, AcqRel)];
        assert_eq!(found(&chain)[1..], [(1, Source::Writes(vec![0])), (2, Source::Writes(vec![1]))]);
    }

    #[test]
    fn a_store_ends_what_was_handed_on_before_it() {
        let events = [store(1, 5, Release), store(3, 6, Relaxed), load(2, 6, Acquire)];
        assert_eq!(found(&events), [(2, Source::Writes(vec![]))]);
    }

    #[test]
    fn a_number_that_was_written_twice_does_not_say_by_whom() {
        let events = [store(1, 5, Release), store(3, 5, Release), load(2, 5, Acquire)];
        assert_eq!(found(&events), [(2, Source::Doubtful)]);
    }

    #[test]
    fn what_was_written_later_was_not_read() {
        assert_eq!(found(&[load(2, 0, Acquire), store(1, 0, Release)]), [(0, Source::Writes(vec![]))]);
    }
}
