//! What became of the writes to shared numbers: which of them overwrote another worker's.

use crate::model::{Action, Event, Numbered};
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
        match event.action {
            Action::Load { index, bits } => {
                let element = self.elements.at(index);
                element.take_read(event.worker);
                element.reads.push((event.worker, place, bits));
                None
            }
            Action::Store { index, bits } => {
                let element = self.elements.at(index);
                let read = element.take_read(event.worker);
                let before = element.write.replace((place, event.worker, bits));
                let ((basis, read), (other, writer, wrote)) = read.zip(before)?;
                let is_lost = writer != event.worker && other > basis && wrote != read;
                (is_lost && !self.is_excused(basis, (event.worker, index))).then_some(Lost { basis, other })
            }
            // Only a value has this, and it has one element.
            Action::Update { after, .. } => {
                self.elements.at(0).write = Some((place, event.worker, after));
                None
            }
            Action::LoadMany { start, count } | Action::StoreMany { start, count } => {
                let writes = matches!(event.action, Action::StoreMany { .. });
                self.many.push((place, event.worker, start..start.saturating_add(count), writes));
                None
            }
            _ => None,
        }
    }

    /// Whether a write may have been worked out from something else than the read at `basis`: since then its worker has read
    /// the element with others, or it has been written with others. What was read or written then is not known.
    fn is_excused(&self, basis: usize, (writer, element): (u32, u64)) -> bool {
        let since = self.many.iter().rev().take_while(|(place, ..)| *place > basis);
        since
            .into_iter()
            .any(|(_, worker, elements, writes)| elements.contains(&element) && (*writes || *worker == writer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{event, load, store};

    fn read(bits: u64) -> Action {
        load(0, bits)
    }

    fn write(bits: u64) -> Action {
        store(0, bits)
    }

    fn lost(steps: &[(u32, Action)]) -> Vec<usize> {
        let events: Vec<Event> = steps
            .iter()
            .enumerate()
            .map(|(at, (worker, action))| event(*worker, at as u64, 0, *action, Some(1)))
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
        let race = [(1, read(0)), (2, read(0)), (1, write(1)), (2, write(1))];
        assert_eq!(lost(&race), [3]);
        let events = race.map(|(worker, action)| event(worker, 0, 0, action, Some(1)));
        assert_eq!(found(&events)[3], Some(Lost { basis: 1, other: 2 }));
    }

    #[test]
    fn one_after_the_other_loses_nothing() {
        assert_eq!(lost(&[(1, read(0)), (1, write(1)), (2, read(1)), (2, write(2)), (1, read(2))]), [0; 0]);
    }

    #[test]
    fn who_sets_a_number_without_reading_it_loses_no_update() {
        assert_eq!(lost(&[(1, read(0)), (1, write(1)), (2, write(9)), (1, write(5))]), [0; 0]);
    }

    #[test]
    fn who_has_read_what_the_other_wrote_is_innocent_though_noted_earlier() {
        assert_eq!(lost(&[(2, read(1)), (1, write(1)), (2, write(2))]), [0; 0]);
    }

    #[test]
    fn an_addition_in_one_step_can_be_lost_but_loses_nothing() {
        assert_eq!(
            lost(&[
                (1, read(0)),
                (2, Action::Update { before: 0, after: 1 }),
                (1, write(1)),
                (2, Action::Update { before: 0, after: 2 })
            ]),
            [2]
        );
    }

    #[test]
    fn who_may_have_seen_the_other_write_with_more_elements_is_not_accused() {
        let steps = |between: Action, who: u32| {
            let many = event(who, 3, 0, between, Some(1));
            let (read, write) = (event(1, 0, 0, load(5, 0), Some(1)), event(2, 1, 0, store(5, 9), Some(1)));
            found(&[read, write, many, event(1, 4, 0, store(5, 1), Some(1))])[3].is_some()
        };
        let loads = |start| Action::LoadMany { start, count: 4 };
        let stores = |start| Action::StoreMany { start, count: 4 };
        assert_eq!([steps(loads(3), 1), steps(loads(3), 2), steps(loads(6), 1)], [false, true, true]);
        assert_eq!([steps(stores(2), 2), steps(stores(6), 2)], [false, true]);
    }

    #[test]
    fn elements_of_an_array_are_apart() {
        let events = [
            event(1, 0, 0, load(0, 0), Some(1)),
            event(2, 1, 0, store(1, 7), Some(1)),
            event(1, 2, 0, store(0, 1), Some(1)),
        ];
        assert!(found(&events).iter().all(Option::is_none));
    }
}
