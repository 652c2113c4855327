//! Whether what was done to numbers and to queues fits in the order in which it was noted. So it mostly is, and then nothing has to be
//! put in order, however many events there are.

use super::order::AccessKind;
use crate::model::{Action, Event, Numbered};
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
/// where elements were written together.
pub struct Numbers<'a> {
    contents: Option<&'a Contents>,
    is_value: bool,
    /// Whether events are missing behind these: the last number does not count.
    is_cut: bool,
    elements: Numbered<Option<Following>>,
}

impl<'a> Numbers<'a> {
    /// None were accessed yet, of what held this.
    pub fn new(contents: Option<&'a Contents>, is_value: bool, is_cut: bool) -> Self {
        Self { contents, is_value, is_cut, elements: Numbered::default() }
    }

    fn of(contents: Option<&Contents>, numbers: fn(&Contents) -> &[u64], index: u64) -> Option<u64> {
        numbers(contents?).get(usize::try_from(index).ok()?).copied()
    }

    /// Goes on over an access, if it fits.
    #[inline]
    pub fn fits(&mut self, event: &Event) -> bool {
        let index = match event.action {
            Action::Load { index, .. } | Action::Store { index, .. } if !self.is_value => index,
            Action::Load { .. } | Action::Store { .. } | Action::Update { .. } => 0,
            _ => return false,
        };
        let first = || Following(Self::of(self.contents, |it| &it.before, index));
        self.elements.at(index).get_or_insert_with(first).fits(AccessKind::of(event))
    }

    /// Whether the last numbers fit, too.
    pub fn end_fits(&self) -> bool {
        let mut followed = self.elements.numbered().filter_map(|(index, element)| Some((index, element.as_ref()?)));
        followed
            .all(|(index, element)| self.is_cut || element.ends_with(Self::of(self.contents, |it| &it.after, index)))
    }
}

/// Whether that is so of one number, which was `first` before the accesses and `last` behind them, as far as that is known.
pub fn number(run: &RunOutcome, places: &[usize], first: Option<u64>, last: Option<u64>) -> bool {
    let mut following = Following(first);
    places.iter().all(|place| following.fits(AccessKind::of(&run.trace[*place]))) && following.ends_with(last)
}

/// Whether items were put and taken in the order of their numbers as they were noted, none before it was there or before there was
/// room: so nothing has to be moved.
pub struct Items {
    /// How many there is room for, if that is limited.
    most: Option<u64>,
    /// The number of the next item that is put and of the next that is taken, and when the last one was.
    put: (u64, Option<u64>),
    got: (u64, Option<u64>),
    /// When items were put that nobody has taken yet, and when as many were taken as the queue has room for.
    there: VecDeque<u64>,
    taken: VecDeque<u64>,
}

impl Items {
    /// None were put yet where there is room for so many, if that is limited.
    pub fn new(most: Option<u64>) -> Self {
        let (put, got) = ((0, None), (0, None));
        Self { most, put, got, there: VecDeque::new(), taken: VecDeque::new() }
    }

    /// Goes on over a put or a get, if it fits.
    #[inline]
    pub fn fits(&mut self, event: &Event) -> bool {
        let end_ns = event.end_ns();
        let next = |(number, last_ns): &mut (u64, Option<u64>), item: u64| {
            let fits = item == *number && last_ns.is_none_or(|ns| end_ns > ns);
            (*number, *last_ns) = (item.saturating_add(1), Some(end_ns));
            fits
        };
        match event.action {
            Action::Put { item, .. } => {
                let is_free = self.most.is_none_or(|most| item < most);
                let fits =
                    next(&mut self.put, item) && (is_free || self.taken.pop_front().is_some_and(|ns| end_ns > ns));
                self.there.push_back(end_ns);
                fits
            }
            Action::Get { item, .. } => {
                let fits = next(&mut self.got, item) && self.there.pop_front().is_some_and(|ns| end_ns > ns);
                if self.most.is_some() {
                    self.taken.push_back(end_ns);
                }
                fits
            }
            _ => true,
        }
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
        let mut numbers = Numbers::new(Some(&contents), false, false);
        let found = run.trace.iter().all(|event| numbers.fits(event)) && numbers.end_fits();
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
        let many = event(1, 1, 0, Action::StoreMany { start: 0, count: 2 }, Some(1));
        assert!(!Numbers::new(None, false, false).fits(&many));
    }

    #[test]
    fn items_fit_if_each_was_there_and_had_room() {
        let put = |at, item| event(1, at, 0, Action::Put { item, len: 0 }, Some(1));
        let get = |at, item| event(2, at, 0, Action::Get { item, len: 0 }, Some(1));
        let fits = |events: &[Event], most| {
            let mut items = Items::new(most);
            events.iter().all(|event| items.fits(event))
        };
        assert!(fits(&[put(1, 0), put(2, 1), get(3, 0), put(4, 2), get(5, 1)], Some(2)));
        assert!(!fits(&[put(1, 0), put(2, 1), put(3, 2), get(4, 0)], Some(2)), "no room");
        assert!(!fits(&[get(1, 0), put(2, 0)], None), "not there");
        assert!(!fits(&[put(1, 0), get(1, 0)], None), "at one moment");
        assert!(!fits(&[put(1, 1), put(2, 0)], None), "another order");
        assert!(!fits(&[put(1, 5), get(2, 5)], None), "those before are not known");
    }
}
