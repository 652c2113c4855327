//! What became of the writes to shared numbers: which of them overwrote another worker's.

use super::numbered::Numbered;
use crate::model::{Event, Op};
use std::ops::Range;

/// Why a write lost another worker's update: places among the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// The read that the write was worked out from.
    pub basis: usize,
    /// The other worker's write, which came between the two.
    pub other: usize,
}

/// What is known of an element on the way through its events.
#[derive(Default)]
struct Element {
    /// The last read of each worker that has not written since: the worker, the place, and what it read.
    reads: Vec<(u32, usize, u64)>,
    /// The last write: its place, its worker and what it wrote.
    write: Option<(usize, u32, u64)>,
}

impl Element {
    /// A worker's last read, which is forgotten.
    fn take_read(&mut self, worker: u32) -> Option<(usize, u64)> {
        let at = self.reads.iter().position(|(reader, ..)| *reader == worker)?;
        let (_, place, read) = self.reads.swap_remove(at);
        Some((place, read))
    }
}

/// Follows the accesses to a resource, in order, and says which writes lost an update: a worker read, another wrote
/// something else, and the worker wrote what it had worked out from the old number.
///
/// A read is noted a moment before it happens and a write a moment after, so the order of the events alone could accuse the
/// innocent: who has read the very number that the other wrote has not overwritten it.
#[derive(Default)]
pub struct Accesses {
    elements: Numbered<Element>,
    places: usize,
    /// Reads and writes of many elements at once: the place, the worker, the elements, and whether they were written.
    many: Vec<(usize, u32, Range<u64>, bool)>,
}

impl Accesses {
    /// Follows the next event; says why, if it is a write that lost an update.
    pub fn add(&mut self, event: &Event) -> Option<Lost> {
        let place = self.places;
        self.places += 1;
        match event.op {
            Op::Load => {
                let element = self.elements.at(event.a);
                element.take_read(event.worker);
                element.reads.push((event.worker, place, event.b));
                None
            }
            Op::Store => {
                let element = self.elements.at(event.a);
                let read = element.take_read(event.worker);
                let before = element.write.replace((place, event.worker, event.b));
                let ((basis, read), (other, writer, wrote)) = read.zip(before)?;
                let is_lost = writer != event.worker && other > basis && wrote != read;
                (is_lost && !self.is_excused(basis, event)).then_some(Lost { basis, other })
            }
            // Only a value has this, and it has one element.
            Op::FetchAdd => {
                self.elements.at(0).write = Some((place, event.worker, event.b));
                None
            }
            Op::LoadMany | Op::StoreMany => {
                let elements = event.a..event.a.saturating_add(event.b);
                self.many.push((place, event.worker, elements, event.op == Op::StoreMany));
                None
            }
            _ => None,
        }
    }

    /// Whether a write may have been worked out from something else than the read at `basis`: since then its worker has read
    /// the element with others, or it has been written with others. What was read or written then is not known.
    fn is_excused(&self, basis: usize, write: &Event) -> bool {
        let since = self.many.iter().rev().take_while(|(place, ..)| *place > basis);
        since
            .into_iter()
            .any(|(_, worker, elements, writes)| elements.contains(&write.a) && (*writes || *worker == write.worker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::event;

    fn lost(steps: &[(u32, Op, u64)]) -> Vec<usize> {
        let events: Vec<Event> = steps
            .iter()
            .enumerate()
            .map(|(at, (worker, op, number))| event(*worker, at as u64, 0, *op, Some(1), 0, *number))
            .collect();
        let found = found(&events);
        found.iter().enumerate().filter(|(_, lost)| lost.is_some()).map(|(place, _)| place).collect()
    }

    fn found(events: &[Event]) -> Vec<Option<Lost>> {
        let mut accesses = Accesses::default();
        events.iter().map(|event| accesses.add(event)).collect()
    }

    #[test]
    fn a_write_worked_out_from_an_old_number_loses_what_was_written_since() {
        use Op::{Load, Store};
        let race = [(1, Load, 0), (2, Load, 0), (1, Store, 1), (2, Store, 1)];
        assert_eq!(lost(&race), [3]);
        let events = race.map(|(worker, op, number)| event(worker, 0, 0, op, Some(1), 0, number));
        assert_eq!(found(&events)[3], Some(Lost { basis: 1, other: 2 }));
    }

    #[test]
    fn one_after_the_other_loses_nothing() {
        use Op::{Load, Store};
        assert_eq!(lost(&[(1, Load, 0), (1, Store, 1), (2, Load, 1), (2, Store, 2), (1, Load, 2)]), [0; 0]);
    }

    #[test]
    fn who_sets_a_number_without_reading_it_loses_no_update() {
        use Op::{Load, Store};
        assert_eq!(lost(&[(1, Load, 0), (1, Store, 1), (2, Store, 9), (1, Store, 5)]), [0; 0]);
    }

    #[test]
    fn who_has_read_what_the_other_wrote_is_innocent_though_noted_earlier() {
        use Op::{Load, Store};
        assert_eq!(lost(&[(2, Load, 1), (1, Store, 1), (2, Store, 2)]), [0; 0]);
    }

    #[test]
    fn an_addition_in_one_step_can_be_lost_but_loses_nothing() {
        use Op::{FetchAdd, Load, Store};
        assert_eq!(lost(&[(1, Load, 0), (2, FetchAdd, 1), (1, Store, 1), (2, FetchAdd, 2)]), [2]);
    }

    #[test]
    fn who_may_have_seen_the_other_write_with_more_elements_is_not_accused() {
        use Op::{Load, LoadMany, Store, StoreMany};
        let steps = |between: Op, who: u32, first: u64| {
            let many = event(who, 3, 0, between, Some(1), first, 4);
            let (read, write) = (event(1, 0, 0, Load, Some(1), 5, 0), event(2, 1, 0, Store, Some(1), 5, 9));
            found(&[read, write, many, event(1, 4, 0, Store, Some(1), 5, 1)])[3].is_some()
        };
        assert_eq!([steps(LoadMany, 1, 3), steps(LoadMany, 2, 3), steps(LoadMany, 1, 6)], [false, true, true]);
        assert_eq!([steps(StoreMany, 2, 2), steps(StoreMany, 2, 6)], [false, true]);
    }

    #[test]
    fn elements_of_an_array_are_apart() {
        let events = [
            event(1, 0, 0, Op::Load, Some(1), 0, 0),
            event(2, 1, 0, Op::Store, Some(1), 1, 7),
            event(1, 2, 0, Op::Store, Some(1), 0, 1),
        ];
        assert!(found(&events).iter().all(Option::is_none));
    }
}
