//! A run's events put in an order in which they can have happened, before they are drawn.
//!
//! Calls are noted a moment before or after they take effect, so that sorted by the clock an item may be taken before it was put,
//! or a number be read before it was written. What cannot be put right is not drawn, and said.

use super::as_noted;
use super::order::{AccessKind, order};
use crate::model::causality::items::{Item, items};
use crate::model::{Action, ActionKind, Event, Numbered, ResourceKind, StdKind};
use crate::record::{Contents, ExitStatus, Resource, RunOutcome};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A run whose events fit together.
pub struct Fitted<'a> {
    /// The run, with the events in their order.
    pub run: Cow<'a, RunOutcome>,
    /// Up to when all events are known, where some were not kept. What was done to anything shared later is left out.
    pub until_ns: Option<u64>,
    /// Accesses to numbers of which no order is known, by resource.
    pub unknown: BTreeMap<u32, Unknown>,
}

/// Accesses to the numbers of a resource of which no order is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unknown {
    /// Whether there is anything: where all accesses are in order, something that was not noted has changed the number.
    pub is_any: bool,
    /// How many there are. Of a value, these are its last ones.
    pub accesses: u64,
    /// The elements that they are to; of a value always 0.
    pub elements: BTreeSet<u64>,
}

impl<'a> Fitted<'a> {
    /// The run as it was noted: by steps, the order of events is known.
    pub fn as_noted(run: &'a RunOutcome) -> Self {
        Self { run: Cow::Borrowed(run), until_ns: None, unknown: BTreeMap::new() }
    }
}

/// Puts the events of a run in order.
pub fn fitted<'a>(run: &'a RunOutcome, resources: &[Resource]) -> Fitted<'a> {
    let until_ns = known_until(run);
    let mut fitted = Fitted { run: Cow::Borrowed(run), until_ns, unknown: BTreeMap::new() };
    let cut = cut_reads(&fitted.run);
    let moved = {
        let (run, unknown) = (&*fitted.run, &mut fitted.unknown);
        let mut moves = Moves { run, until_ns: until_ns.unwrap_or(u64::MAX), spans: None, times: Vec::new() };
        for Ordered { id, places, noted, contents, .. } in uses(run, resources, &cut, until_ns.is_some()) {
            match noted {
                AsNoted::Items(_, most) => moves.items(&places, most),
                AsNoted::Numbers(_, is_value) => {
                    let found = moves.numbers(places, contents, is_value);
                    if found.is_any {
                        unknown.insert(id, found);
                    }
                }
            }
        }
        moves.times
    };
    if !moved.is_empty() || !cut.is_empty() {
        let trace = &mut fitted.run.to_mut().trace;
        for (place, at_ns) in moved {
            trace[place].at_ns = at_ns;
        }
        for place in cut.into_iter().rev() {
            trace.remove(place);
        }
        trace.sort_by_key(|event| event.at_ns);
    }
    // Only now, when each event has its time: a note may come later than what depends on it.
    if let Some(until_ns) = until_ns {
        fitted.run.to_mut().trace.retain(|event| event.resource.is_none() || event.end_ns() <= until_ns);
    }
    fitted
}

/// What was done to a resource whose events tell their order.
struct Ordered<'a> {
    id: u32,
    contents: Option<&'a Contents>,
    /// Whether the order in which they were noted fits, as far as it was followed.
    noted: AsNoted<'a>,
    fits: bool,
    /// Which events did it, by their places in the trace, if it does not.
    places: Vec<usize>,
}

/// What was done to items, with how many there is room for, or to numbers, with whether they are one.
enum AsNoted<'a> {
    Items(as_noted::Items, Option<u64>),
    Numbers(as_noted::Numbers<'a>, bool),
}

impl<'a> Ordered<'a> {
    /// What was done to a resource, of which nothing was followed yet, if its events tell their order.
    fn of(resource: &Resource, run: &'a RunOutcome, is_cut: bool) -> Option<Self> {
        let contents = run.contents.iter().find(|contents| contents.resource == resource.id);
        let (noted, fits) = match resource.kind {
            // What is not there was not kept, and may come between those that are.
            ResourceKind::Queue { maxsize: most } | ResourceKind::Std(StdKind::Channel { bound: most }) => {
                (AsNoted::Items(as_noted::Items::new(most.filter(|most| *most > 0)), most), !is_cut)
            }
            kind => {
                kind.number_type()?;
                let is_value = !matches!(kind, ResourceKind::Array { .. });
                (AsNoted::Numbers(as_noted::Numbers::new(contents, is_value, is_cut), is_value), true)
            }
        };
        Some(Self { id: resource.id, contents, noted, fits, places: Vec::new() })
    }

    /// Follows an event.
    fn follow(&mut self, event: &Event) {
        self.fits = self.fits
            && match &mut self.noted {
                AsNoted::Items(items, _) => items.fits(event),
                AsNoted::Numbers(numbers, _) => numbers.fits(event),
            };
    }

    /// Whether all events fit, and what was left behind them.
    fn is_as_noted(&self) -> bool {
        self.fits && !matches!(&self.noted, AsNoted::Numbers(numbers, _) if !numbers.end_fits())
    }
}

/// The resources whose events tell their order, by their ids, if these do not fit in the order in which they were noted; with these
/// events, but for those that were `cut`.
fn uses<'a>(run: &'a RunOutcome, resources: &[Resource], cut: &BTreeSet<usize>, is_cut: bool) -> Vec<Ordered<'a>> {
    let mut uses: Vec<Ordered> = resources.iter().filter_map(|resource| Ordered::of(resource, run, is_cut)).collect();
    uses.sort_by_key(|used| used.id);
    // Nearly always all of them fit, and there may be a million of them.
    each(run, &mut uses, cut, |used, _, event| used.follow(event));
    uses.retain(|used| !used.is_as_noted());
    each(run, &mut uses, cut, |used, place, _| used.places.push(place));
    uses
}

/// Each event that was done to one of these, with its place in the trace, but for those that were `cut`.
fn each<'a>(
    run: &'a RunOutcome,
    uses: &mut [Ordered<'a>],
    cut: &BTreeSet<usize>,
    mut each: impl FnMut(&mut Ordered<'a>, usize, &Event),
) {
    if uses.is_empty() {
        return;
    }
    // Of each id its place from 1 on, or 0.
    let mut places: Numbered<usize> = Numbered::default();
    uses.iter().enumerate().for_each(|(place, used)| *places.at(used.id.into()) = place + 1);
    for (place, event) in run.trace.iter().enumerate() {
        let Some(id) = event.resource.filter(|_| event.action.effect().is_ordered()) else { continue };
        let used = places.get(id.into()).and_then(|place| uses.get_mut(place.checked_sub(1)?));
        let is_known = (event.worker as usize) < run.workers.len() && (cut.is_empty() || !cut.contains(&place));
        if let Some(used) = used.filter(|_| is_known) {
            each(used, place, event);
        }
    }
}

/// Up to when the events of all workers were kept, if not all of somebody's were.
fn known_until(run: &RunOutcome) -> Option<u64> {
    if run.trace_dropped == 0 {
        return None;
    }
    let mut last = vec![0; run.workers.len()];
    for event in run.trace.iter().filter(|event| event.kind() != ActionKind::Print) {
        if let Some(last) = last.get_mut(event.worker as usize) {
            *last = event.end_ns().max(*last);
        }
    }
    let cut = run.workers.iter().zip(last).filter(|(worker, _)| worker.dropped > 0).map(|(_, last)| last).min();
    // A record that does not say whose they were says nothing about when they were.
    Some(cut.unwrap_or(0))
}

/// The events that are to be drawn at other times than they were noted.
struct Moves<'a> {
    run: &'a RunOutcome,
    /// Up to when all events are known.
    until_ns: u64,
    /// For each event when it can have happened, once that is needed.
    spans: Option<Vec<(u64, u64)>>,
    times: Vec<(usize, u64)>,
}

impl Moves<'_> {
    fn move_to(&mut self, place: usize, end_ns: u64) {
        let event = &self.run.trace[place];
        if event.end_ns() != end_ns {
            self.times.push((place, end_ns.saturating_sub(event.duration_ns)));
        }
    }

    /// Puts items and takes them in the order of their numbers: none is taken before it was put, nor put before there was room.
    /// Each call takes effect no earlier than it was noted.
    fn items(&mut self, places: &[usize], maxsize: Option<u64>) {
        let run = self.run;
        let events = || places.iter().map(|place| (*place, &run.trace[*place]));
        let most = maxsize.filter(|most| *most > 0);
        // What is not there was not kept, and so came later than all that is known.
        let is_cut = self.until_ns < u64::MAX;
        let first = |item: fn(Action) -> Option<u64>| {
            events().filter(|_| is_cut).filter_map(|(_, event)| item(event.action)).min().unwrap_or(u64::MAX)
        };
        let first_put = first(|action| if let Action::Put { item, .. } = action { Some(item) } else { None });
        let first_get = first(|action| if let Action::Get { item, .. } = action { Some(item) } else { None });
        let late_ns = self.until_ns.saturating_add(1);
        // The items that were taken, by their numbers, which grow.
        let mut taken: VecDeque<(u64, u64)> = VecDeque::new();
        let (mut put_ns, mut get_ns) = (0, 0);
        for Item { number, put, get } in items(events()) {
            let later = |last: u64, place: usize| run.trace[place].end_ns().max(last.saturating_add(1));
            if let Some(place) = put {
                let room = most.and_then(|most| number.checked_sub(most));
                let is_late = is_cut && room.is_some_and(|room| room >= first_get);
                while taken.front().is_some_and(|(other, _)| room.is_some_and(|room| *other < room)) {
                    taken.pop_front();
                }
                let given = taken.front().filter(|(other, _)| room == Some(*other)).map(|(_, ns)| *ns);
                let room_ns = given.unwrap_or(if is_late { late_ns } else { 0 });
                put_ns = later(put_ns.max(room_ns), place);
                self.move_to(place, put_ns);
            }
            if let Some(place) = get {
                let there_ns = match put {
                    Some(_) => put_ns,
                    None if is_cut && number >= first_put => late_ns,
                    None => 0,
                };
                get_ns = run.trace[place].end_ns().max(get_ns.max(there_ns).saturating_add(1));
                self.move_to(place, get_ns);
                if most.is_some() {
                    taken.push_back((number, get_ns));
                }
            }
        }
    }

    /// When each of these events can have happened. Those of all events are kept, unless these are a good part of them already.
    fn spans_of(&mut self, places: &[usize]) -> Vec<(u64, u64)> {
        let run = self.run;
        if places.len() > run.trace.len() / 4 {
            return spans(run, places);
        }
        let all = self.spans.get_or_insert_with(|| spans(run, &(0..run.trace.len()).collect::<Vec<_>>()));
        places.iter().map(|place| all[*place]).collect()
    }

    /// Puts the accesses to a value, or to the elements of an array one by one, in an order that fits their numbers. Gives those
    /// of which no order is known.
    fn numbers(&mut self, mut places: Vec<usize>, contents: Option<&Contents>, is_value: bool) -> Unknown {
        let mut unknown = Unknown::default();
        let mut elements: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        if is_value {
            elements.insert(0, std::mem::take(&mut places));
        } else {
            for place in &places {
                if let Action::Load { index, .. } | Action::Store { index, .. } = self.run.trace[*place].action {
                    elements.entry(index).or_default().push(*place);
                }
            }
        }
        let is_cut = self.until_ns < u64::MAX;
        elements.retain(|_, places| {
            is_cut || places.iter().any(|place| self.run.trace[*place].worker != self.run.trace[places[0]].worker)
        });
        if elements.is_empty() {
            return unknown;
        }
        let mut spare = MAX_SLICES;
        for place in &places {
            let Action::StoreMany { start, count } = self.run.trace[*place].action else { continue };
            for (_, places) in elements.range_mut(start..start.saturating_add(count)).take(spare) {
                places.push(*place);
                spare -= 1;
            }
        }
        for (element, mut places) in elements {
            places.sort_unstable();
            let of =
                |numbers: fn(&Contents) -> &[u64]| contents.and_then(|it| numbers(it).get(element as usize)).copied();
            let is_cut = self.until_ns < u64::MAX;
            let (first, last) = (of(|it| &it.before), of(|it| &it.after).filter(|_| !is_cut));
            if as_noted::number(self.run, &places, first, last) {
                continue;
            }
            let run = self.run;
            let all: Vec<&Event> = places.iter().map(|place| &run.trace[*place]).collect();
            let spans = self.spans_of(&places);
            let kind = |at: usize| AccessKind::of(all[at]);
            let is_written = (0..all.len()).any(|at| !matches!(kind(at), AccessKind::Read(_)));
            let found = order(&all, spans, first, last);
            if !is_written && found.is_whole {
                continue;
            }
            for (at, at_ns) in &found.known {
                // A write of many elements has one time for all of them.
                if kind(*at) != AccessKind::Write(None) {
                    self.move_to(places[*at], *at_ns);
                }
            }
            if !found.is_whole {
                let end_ns = found.known.last().map_or(0, |(_, at_ns)| *at_ns);
                let mut lost = 0;
                let known: BTreeSet<usize> = found.known.iter().map(|(at, _)| *at).collect();
                let is_left = |at: &usize| !known.contains(at) && kind(*at) != AccessKind::Write(None);
                for place in (0..all.len()).filter(is_left).map(|at| &places[at]) {
                    let at_ns = self.run.trace[*place].end_ns().max(end_ns.saturating_add(1));
                    self.move_to(*place, at_ns);
                    lost += u64::from(at_ns <= self.until_ns);
                }
                if lost > 0 || !is_cut {
                    unknown.is_any = true;
                    unknown.accesses += lost;
                    unknown.elements.insert(element);
                }
            }
        }
        unknown
    }
}

/// Reads that were the last thing of a worker that was ended from outside: it may not have come to note their numbers.
fn cut_reads(run: &RunOutcome) -> BTreeSet<usize> {
    let is_ended =
        |worker: usize| !matches!(run.workers[worker].exit, ExitStatus::Code(_) | ExitStatus::Panicked { .. });
    if !(0..run.workers.len()).any(is_ended) {
        return BTreeSet::new();
    }
    let mut last = vec![None; run.workers.len()];
    for (place, event) in run.trace.iter().enumerate().filter(|(_, event)| event.kind() != ActionKind::Print) {
        if let Some(last) = last.get_mut(event.worker as usize) {
            *last = Some(place);
        }
    }
    let ended = last.into_iter().enumerate().filter(|(worker, _)| is_ended(*worker)).filter_map(|(_, place)| place);
    ended.filter(|place| run.trace[*place].kind() == ActionKind::Load).collect()
}

/// So many elements that are written with others are looked at.
const MAX_SLICES: usize = 1 << 18;

/// When each of these events, whose places grow, can have taken effect: a read between its note and the next one of its worker, anything
/// else between the last note of its worker and its own.
fn spans(run: &RunOutcome, places: &[usize]) -> Vec<(u64, u64)> {
    let mut spans: Vec<(u64, u64)> = vec![(0, u64::MAX); places.len()];
    let mut wanted = places.iter().copied().zip(0..).peekable();
    // Of each worker, when its last call was over, and the reads that are not known to be over.
    let mut rows: Vec<(u64, Option<usize>)> = run.workers.iter().map(|worker| (worker.start_ns, None)).collect();
    for (place, event) in run.trace.iter().enumerate() {
        let at = wanted.next_if(|(wanted, _)| *wanted == place).map(|(_, at)| at);
        if event.action.effect().is_beside() {
            continue;
        }
        let Some((last_ns, open)) = rows.get_mut(event.worker as usize) else { continue };
        if let Some(read) = open.take() {
            spans[read].1 = event.at_ns;
        }
        if let Some(at) = at {
            let is_read = event.kind() == ActionKind::Load;
            let until = ((*last_ns).min(event.at_ns), event.end_ns());
            spans[at] = if is_read { (event.at_ns, u64::MAX) } else { until };
            *open = is_read.then_some(at);
        }
        *last_ns = event.end_ns();
    }
    spans
}
