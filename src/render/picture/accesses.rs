//! What became of the writes to shared numbers: which of them overwrote another worker's.

use crate::record::{Event, Op};
use std::collections::HashMap;

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

/// The elements by their index: the first ones in a row, which is fast, and any others as they come.
#[derive(Default)]
struct Elements {
    first: Vec<Element>,
    others: HashMap<u64, Element>,
}

/// How many elements stand in a row.
const FIRST: u64 = 4096;

impl Elements {
    fn at(&mut self, index: u64) -> &mut Element {
        if index >= FIRST {
            return self.others.entry(index).or_default();
        }
        let index = index as usize;
        if index >= self.first.len() {
            self.first.resize_with(index + 1, Element::default);
        }
        &mut self.first[index]
    }
}

/// For each of a resource's events, in order, whether it is a write that lost an update: a worker read, another wrote
/// something else, and the worker wrote what it had worked out from the old number.
///
/// A read is noted a moment before it happens and a write a moment after, so the order of the events alone could accuse the
/// innocent: who has read the very number that the other wrote has not overwritten it.
pub fn lost_updates(events: &[&Event]) -> Vec<Option<Lost>> {
    let mut elements = Elements::default();
    let mut found = Vec::with_capacity(events.len());
    for (place, event) in events.iter().enumerate() {
        let mut lost = None;
        match event.op {
            Op::Load => {
                let element = elements.at(event.a);
                element.take_read(event.worker);
                element.reads.push((event.worker, place, event.b));
            }
            Op::Store => {
                let element = elements.at(event.a);
                lost = element.take_read(event.worker).zip(element.write).and_then(|((basis, read), write)| {
                    let (other, writer, wrote) = write;
                    (writer != event.worker && other > basis && wrote != read).then_some(Lost { basis, other })
                });
                element.write = Some((place, event.worker, event.b));
            }
            // Only a value has this, and it has one element.
            Op::FetchAdd => elements.at(0).write = Some((place, event.worker, event.b)),
            _ => {}
        }
        found.push(lost);
    }
    found
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
        let found = lost_updates(&events.iter().collect::<Vec<_>>());
        found.iter().enumerate().filter(|(_, lost)| lost.is_some()).map(|(place, _)| place).collect()
    }

    #[test]
    fn a_write_worked_out_from_an_old_number_loses_what_was_written_since() {
        use Op::{Load, Store};
        let race = [(1, Load, 0), (2, Load, 0), (1, Store, 1), (2, Store, 1)];
        assert_eq!(lost(&race), [3]);
        let events = race.map(|(worker, op, number)| event(worker, 0, 0, op, Some(1), 0, number));
        assert_eq!(lost_updates(&events.each_ref())[3], Some(Lost { basis: 1, other: 2 }));
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
    fn elements_of_an_array_are_apart() {
        let events = [
            event(1, 0, 0, Op::Load, Some(1), 0, 0),
            event(2, 1, 0, Op::Store, Some(1), 1, 7),
            event(1, 2, 0, Op::Store, Some(1), 0, 1),
        ];
        assert!(lost_updates(&events.each_ref()).iter().all(Option::is_none));
    }
}
