//! An order of the accesses to one number that fits all that was read: the clock alone does not tell it.
//!
//! A read is noted a moment before it happens and a write a moment after, so each access happened somewhere in a span of
//! time. An order fits if each worker's accesses stand in it as the worker made them, each can have happened in its span, each
//! read has the number that was written last before it, each addition in one step goes on from that number, and the last number
//! is the one that was found at the end. To find one is a search: reads that fit are taken as soon as they can be, which never
//! spoils anything, and of the writes that could be next the one that was noted first is tried first. States that led nowhere
//! are remembered, and the search ends after a bounded number of attempts. What it has found is an order for certain; that it
//! has found none may also mean that it gave up.

use crate::model::causality::signals::SLACK_NS;
use crate::model::{Action, Event};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many accesses, times the workers, a search may put in order.
const MAX_WORK: usize = 4_000_000;

/// What is done to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessKind {
    /// It is read: these bits.
    Read(u64),
    /// These bits are written; `None` where they are not known.
    Write(Option<u64>),
    /// Something is added in one step: from these bits to those.
    Add(u64, u64),
}

impl AccessKind {
    /// What an event did to a number.
    #[inline]
    pub fn of(event: &Event) -> Self {
        match event.action {
            Action::Load { bits, .. } => Self::Read(bits),
            Action::Store { bits, .. } => Self::Write(Some(bits)),
            Action::Update { before, after } => Self::Add(before, after),
            // Of many elements that are written at once the numbers are not known.
            _ => Self::Write(None),
        }
    }
}

/// The accesses in an order that fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// The places of those whose order is known, each with when it is taken to have happened: within its span.
    pub known: Vec<(usize, u64)>,
    /// Whether these are all.
    pub is_whole: bool,
}

/// A choice between several writes.
struct Choice {
    /// The workers whose write is still to be tried.
    left: Vec<usize>,
    /// How many accesses were in order before it, and what the number was.
    depth: usize,
    number: Option<u64>,
}

struct Search<'a> {
    all: &'a [&'a Event],
    /// The places of each worker's accesses, and how many of them are in order.
    rows: Vec<Vec<usize>>,
    done: Vec<usize>,
    /// The row of each worker.
    row_of: Vec<usize>,
    /// How many more accesses may be put in order, those included that are taken back.
    left: usize,
    /// Spans that respect the order of each worker's accesses.
    spans: Vec<(u64, u64)>,
    order: Vec<usize>,
    number: Option<u64>,
    /// The longest beginning so far, and how much of it still agrees with `order`.
    best: Vec<usize>,
    agrees: usize,
}

/// An order of accesses, which are given in each worker's own order, with when each happened at the earliest and at the latest. `first`
/// and `last` are what the number was before them and behind them, if that is known. Where none is found, the longest beginning that
/// fits is given.
pub fn order(all: &[&Event], mut spans: Vec<(u64, u64)>, first: Option<u64>, last: Option<u64>) -> Order {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for (place, access) in all.iter().enumerate() {
        let worker = access.worker as usize;
        if worker >= rows.len() {
            rows.resize_with(worker + 1, Vec::new);
        }
        rows[worker].push(place);
    }
    let mut row_of = vec![0; rows.len()];
    let used = (0..rows.len()).filter(|worker| !rows[*worker].is_empty());
    used.enumerate().for_each(|(row, worker)| row_of[worker] = row);
    rows.retain(|row| !row.is_empty());
    for (from_ns, to_ns) in &mut spans {
        (*from_ns, *to_ns) = (from_ns.saturating_sub(SLACK_NS), to_ns.saturating_add(SLACK_NS));
    }
    for row in &rows {
        let mut earliest = 0;
        for place in row {
            earliest = spans[*place].0.max(earliest);
            spans[*place].0 = earliest;
        }
        let mut latest = u64::MAX;
        for place in row.iter().rev() {
            latest = spans[*place].1.min(latest);
            spans[*place].1 = latest;
        }
    }
    let mut search = Search {
        all,
        done: vec![0; rows.len()],
        left: (20 * all.len() + 50_000).min(MAX_WORK / rows.len().max(1)).max(all.len() + 1),
        rows,
        row_of,
        spans,
        order: Vec::new(),
        number: first,
        best: Vec::new(),
        agrees: 0,
    };
    let is_whole = search.run(last);
    Order { known: search.times(), is_whole }
}

impl Search<'_> {
    /// Searches; whether all accesses are in order.
    fn run(&mut self, last: Option<u64>) -> bool {
        let mut failed: HashSet<u64> = HashSet::new();
        let mut choices: Vec<Choice> = Vec::new();
        loop {
            self.take_reads();
            let is_over = self.order.len() == self.all.len();
            if is_over && last.is_none_or(|last| self.number.is_none_or(|number| number == last)) {
                self.best.clone_from(&self.order);
                return true;
            }
            let mut next = if is_over || failed.contains(&self.state()) { Vec::new() } else { self.writes() };
            if let Some(row) = next.pop() {
                choices.push(Choice { left: next, depth: self.order.len(), number: self.number });
                self.take(row);
                continue;
            }
            self.keep();
            // Back to the last choice that has anything left.
            loop {
                let Some(choice) = choices.last_mut() else { return false };
                let (depth, number, row) = (choice.depth, choice.number, choice.left.pop());
                self.undo(depth, number);
                if let Some(row) = row {
                    self.take(row);
                    break;
                }
                failed.insert(self.state());
                choices.pop();
            }
            if self.left == 0 {
                return false;
            }
        }
    }

    /// The next access of each worker that has any left.
    fn heads(&self) -> impl Iterator<Item = (usize, usize)> {
        let head = |(row, done): (usize, &usize)| Some((row, *self.rows[row].get(*done)?));
        self.done.iter().enumerate().filter_map(head)
    }

    /// Until when the next access must have happened: nobody's access comes behind one that can only have been later.
    fn deadline(&self) -> u64 {
        self.heads().map(|(_, place)| self.spans[place].1).min().unwrap_or(u64::MAX)
    }

    fn take(&mut self, row: usize) {
        let place = self.rows[row][self.done[row]];
        self.done[row] += 1;
        self.left = self.left.saturating_sub(1);
        self.order.push(place);
        // What is read where the number is not known makes it known.
        match AccessKind::of(self.all[place]) {
            AccessKind::Read(bits) => _ = self.number.get_or_insert(bits),
            AccessKind::Write(bits) => self.number = bits,
            AccessKind::Add(_, after) => self.number = Some(after),
        }
    }

    /// Takes all reads that fit, as long as there are any.
    fn take_reads(&mut self) {
        loop {
            let deadline = self.deadline();
            let fits = |place: usize| {
                let kind = AccessKind::of(self.all[place]);
                matches!(kind, AccessKind::Read(bits) if self.number.is_none_or(|number| number == bits))
                    && self.spans[place].0 <= deadline
            };
            let Some((row, _)) = self.heads().find(|(_, place)| fits(*place)) else { return };
            self.take(row);
        }
    }

    /// The workers whose write can be next, the one to be tried first at the end.
    fn writes(&self) -> Vec<usize> {
        let deadline = self.deadline();
        let fits = |place: usize| {
            self.spans[place].0 <= deadline
                && match AccessKind::of(self.all[place]) {
                    AccessKind::Read(_) => false,
                    AccessKind::Add(before, _) => self.number.is_none_or(|number| number == before),
                    AccessKind::Write(_) => true,
                }
        };
        let mut found: Vec<(u64, usize)> =
            self.heads().filter(|(_, place)| fits(*place)).map(|(row, place)| (self.all[place].at_ns, row)).collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.into_iter().map(|(_, row)| row).collect()
    }

    fn undo(&mut self, depth: usize, number: Option<u64>) {
        for place in self.order.drain(depth..) {
            self.done[self.row_of[self.all[place].worker as usize]] -= 1;
        }
        self.number = number;
        self.agrees = self.agrees.min(depth);
    }

    /// A number for how far each worker has come and what the number is. Two states that happen to have the same cost no more
    /// than an order that is not found.
    fn state(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.done, self.number).hash(&mut hasher);
        hasher.finish()
    }

    /// Keeps what is in order, if it is more than ever before.
    fn keep(&mut self) {
        if self.order.len() > self.best.len() {
            self.best.truncate(self.agrees);
            self.best.extend_from_slice(&self.order[self.agrees..]);
            self.agrees = self.order.len();
        }
    }

    /// When each access of the best order is taken to have happened: when it was noted, as far as the order and the spans
    /// allow that.
    fn times(&self) -> Vec<(usize, u64)> {
        let mut latest = vec![0; self.best.len()];
        let mut limit = u64::MAX;
        for (at, place) in self.best.iter().enumerate().rev() {
            limit = limit.min(self.spans[*place].1);
            latest[at] = limit;
        }
        let mut now = 0;
        let time = |(place, latest): (&usize, u64)| {
            now = self.all[*place].at_ns.min(latest).max(now + 1);
            (*place, now)
        };
        self.best.iter().zip(latest).map(time).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{event, load, store};

    /// An access, and when it happened.
    type Access = (Event, (u64, u64));

    /// An access that was noted at this time and happened up to 10 later, if it is a read, or earlier.
    fn access(worker: u32, action: Action, at_ns: u64) -> Access {
        let at_ns = 10_000 + at_ns * 1_000;
        let is_read = matches!(action, Action::Load { .. });
        let span = if is_read { (at_ns, at_ns + 10_000) } else { (at_ns - 10_000, at_ns) };
        (event(worker, at_ns, 0, action, Some(1)), span)
    }

    fn read(worker: u32, at_ns: u64, bits: u64) -> Access {
        access(worker, load(0, bits), at_ns)
    }

    fn write(worker: u32, at_ns: u64, bits: u64) -> Access {
        access(worker, store(0, bits), at_ns)
    }

    fn order(all: &[Access], first: Option<u64>, last: Option<u64>) -> Order {
        let (events, spans): (Vec<&Event>, Vec<(u64, u64)>) = all.iter().map(|(event, span)| (event, *span)).unzip();
        super::order(&events, spans, first, last)
    }

    fn places(order: &Order) -> Vec<usize> {
        order.known.iter().map(|(place, _)| *place).collect()
    }

    #[test]
    fn a_read_of_a_number_stands_behind_its_write_though_noted_earlier() {
        let all = [read(1, 0, 5), write(2, 3, 5)];
        let order = order(&all, Some(0), None);
        assert_eq!((places(&order), order.is_whole), (vec![1, 0], true));
        assert!(order.known.is_sorted_by_key(|(_, at_ns)| *at_ns));
        for (place, at_ns) in order.known {
            let (from, to) = all[place].1;
            assert!((from.saturating_sub(SLACK_NS)..=to + SLACK_NS).contains(&at_ns), "{place} at {at_ns}");
        }
    }

    #[test]
    fn additions_in_one_step_go_on_from_each_other() {
        let add = |worker, at, old| access(worker, Action::Update { before: old, after: old + 1 }, at);
        let all = [add(1, 0, 0), add(1, 1, 2), add(2, 2, 1), add(2, 3, 3)];
        let order = order(&all, Some(0), Some(4));
        assert_eq!((places(&order), order.is_whole), (vec![0, 2, 1, 3], true));
    }

    #[test]
    fn the_last_number_tells_which_write_came_last() {
        let all = [write(1, 0, 1), write(2, 1, 2)];
        assert_eq!(places(&order(&all, Some(0), Some(1))), [1, 0]);
        assert_eq!(places(&order(&all, Some(0), Some(2))), [0, 1]);
    }

    #[test]
    fn what_can_only_have_been_later_never_comes_first() {
        let early = (write(1, 0, 1).0, (0, 100));
        let late = (read(2, 50, 0).0, (50_000, 60_000));
        let found = order(&[early, late], Some(0), None);
        assert_eq!((places(&found), found.is_whole), (vec![0], false), "the read of 0 fits nowhere");
    }

    #[test]
    fn of_accesses_that_fit_in_no_order_the_longest_beginning_is_given() {
        let all = [write(1, 0, 1), read(2, 1, 1), read(2, 20, 9), write(1, 60, 2)];
        let found = order(&all, Some(0), None);
        assert_eq!((places(&found), found.is_whole), (vec![0, 1], false));
    }

    #[test]
    fn an_unknown_first_number_is_what_is_read_first() {
        let all = [read(1, 0, 7), read(2, 20, 8)];
        assert!(!order(&all, None, None).is_whole);
        assert!(order(&all[..1], None, None).is_whole);
    }
}
