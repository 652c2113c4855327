//! Whether what was done to numbers and to queues fits in the order in which it was noted. So it mostly is, and then nothing has to be
//! put in order, however many events there are.

use super::numbered::Numbered;
use super::order::AccessKind;
use crate::model::{Action, Event};
use crate::record::{Contents, RunOutcome};
use std::collections::VecDeque;

/// What a number is on the way through the accesses to it, if that is known.
struct Following(Option<u64>);

impl Following {
    /// Goes on over an access, if that can come next.
    fn fits(&mut self, access: AccessKind) -> bool {
        match access {
            AccessKind::Read(bits) => *self.0.get_or_insert(bits) == bits,
            AccessKind::Write(bits) => {
                self.0 = bits;
                true
            }
            AccessKind::Add(before, after) => self.0.replace(after).is_none_or(|number| number == before),
        }
    }

    /// Whether it can be this at the end.
    fn ends_with(&self, last: Option<u64>) -> bool {
        last.is_none_or(|last| self.0.is_none_or(|number| number == last))
    }
}

/// Whether the order in which accesses to a value, or to the elements of an array, were noted fits the numbers. Not known, and so no,
/// where elements were written together. Where events are missing behind them, the trace `is_cut` and the last number does not count.
pub fn numbers(
    run: &RunOutcome,
    places: &[usize],
    contents: Option<&Contents>,
    (is_value, is_cut): (bool, bool),
) -> bool {
    let of = |numbers: fn(&Contents) -> &[u64], index: u64| {
        contents.and_then(|contents| numbers(contents).get(usize::try_from(index).ok()?)).copied()
    };
    let mut elements: Numbered<Option<Following>> = Numbered::default();
    for event in places.iter().map(|place| &run.trace[*place]) {
        let index = match event.action {
            Action::Load { index, .. } | Action::Store { index, .. } if !is_value => index,
            Action::Load { .. } | Action::Store { .. } | Action::Update { .. } => 0,
            _ => return false,
        };
        let following = elements.at(index).get_or_insert_with(|| Following(of(|it| &it.before, index)));
        if !following.fits(kind(event)) {
            return false;
        }
    }
    let mut followed = elements.numbered().filter_map(|(index, element)| Some((index, element.as_ref()?)));
    followed.all(|(index, element)| is_cut || element.ends_with(of(|it| &it.after, index)))
}

/// Whether that is so of one number, which was `first` before the accesses and `last` behind them, as far as that is known.
pub fn number(run: &RunOutcome, places: &[usize], first: Option<u64>, last: Option<u64>) -> bool {
    let mut following = Following(first);
    places.iter().all(|place| following.fits(kind(&run.trace[*place]))) && following.ends_with(last)
}

/// Whether items were put and taken in the order of their numbers as they were noted, none before it was there or before there was
/// room: so nothing has to be moved.
pub fn items<'a>(events: impl Iterator<Item = &'a Event>, most: Option<u64>) -> bool {
    // The number of the next item that is put and of the next that is taken, and when the last one was.
    let (mut put, mut got) = ((0, None), (0, None));
    // When items were put that nobody has taken yet, and when as many were taken as the queue has room for.
    let (mut there, mut taken): (VecDeque<u64>, VecDeque<u64>) = (VecDeque::new(), VecDeque::new());
    for event in events {
        let end_ns = event.end_ns();
        let next = |(number, last_ns): &mut (u64, Option<u64>), item: u64| {
            let fits = item == *number && last_ns.is_none_or(|ns| end_ns > ns);
            (*number, *last_ns) = (item.saturating_add(1), Some(end_ns));
            fits
        };
        match event.action {
            Action::Put { item, .. } => {
                let mut has_room =
                    || most.is_none_or(|most| item < most) || taken.pop_front().is_some_and(|ns| end_ns > ns);
                if !next(&mut put, item) || !has_room() {
                    return false;
                }
                there.push_back(end_ns);
            }
            Action::Get { item, .. } => {
                if !next(&mut got, item) || there.pop_front().is_none_or(|ns| end_ns <= ns) {
                    return false;
                }
                if most.is_some() {
                    taken.push_back(end_ns);
                }
            }
            _ => {}
        }
    }
    true
}

/// What an event did to a number.
pub fn kind(event: &Event) -> AccessKind {
    match event.action {
        Action::Load { bits, .. } => AccessKind::Read(bits),
        Action::Store { bits, .. } => AccessKind::Write(Some(bits)),
        Action::Update { before, after } => AccessKind::Add(before, after),
        // Of many elements that are written at once the numbers are not known.
        _ => AccessKind::Write(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{event, load, store, two_workers};

    /// Whether these accesses fit, of a value that was 0 and is `last`.
    fn fits(actions: &[Action], last: u64) -> bool {
        let trace = actions.iter().zip(1..).map(|(action, at)| event(1, at, 0, *action, Some(1))).collect();
        let run = RunOutcome { trace, ..two_workers() };
        let contents = Contents { resource: 1, before: vec![0, 0], after: vec![last, 0] };
        let places: Vec<usize> = (0..actions.len()).collect();
        let found = numbers(&run, &places, Some(&contents), (false, false));
        let elements: Vec<usize> =
            places.into_iter().filter(|place| run.trace[*place].action.elements() == Some(0..1)).collect();
        assert_eq!(found, number(&run, &elements, Some(0), Some(last)), "{actions:?}");
        found
    }

    #[test]
    fn numbers_fit_if_each_read_has_what_was_written_last() {
        assert!(fits(&[load(0, 0), store(0, 3), load(0, 3), load(1, 0)], 3));
        assert!(!fits(&[load(0, 3), store(0, 3)], 3), "it is noted before the write");
        assert!(!fits(&[store(0, 3)], 4), "something else has written");
        let add = |before, after| Action::Update { before, after };
        assert!(fits(&[add(0, 1), add(1, 2)], 2));
        assert!(!fits(&[add(0, 1), add(2, 3), add(1, 2)], 3));
    }

    #[test]
    fn elements_that_are_written_together_are_not_known() {
        let trace = vec![event(1, 1, 0, Action::StoreMany { start: 0, count: 2 }, Some(1))];
        let run = RunOutcome { trace, ..two_workers() };
        assert!(!numbers(&run, &[0], None, (false, false)));
    }

    #[test]
    fn items_fit_if_each_was_there_and_had_room() {
        let put = |at, item| event(1, at, 0, Action::Put { item, len: 0 }, Some(1));
        let get = |at, item| event(2, at, 0, Action::Get { item, len: 0 }, Some(1));
        let fits = |events: &[Event], most| items(events.iter(), most);
        assert!(fits(&[put(1, 0), put(2, 1), get(3, 0), put(4, 2), get(5, 1)], Some(2)));
        assert!(!fits(&[put(1, 0), put(2, 1), put(3, 2), get(4, 0)], Some(2)), "no room");
        assert!(!fits(&[get(1, 0), put(2, 0)], None), "not there");
        assert!(!fits(&[put(1, 0), get(1, 0)], None), "at one moment");
        assert!(!fits(&[put(1, 1), put(2, 0)], None), "another order");
        assert!(!fits(&[put(1, 5), get(2, 5)], None), "those before are not known");
    }
}
