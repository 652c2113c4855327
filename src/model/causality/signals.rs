//! What ended waits for signals that nobody holds, such as permits and events. The end of a wait may be recorded before what ended
//! it. So something ended a wait for certain only if nothing else can have been given during the wait.

use super::Wakeup;
use crate::model::{Event, Span};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How late a note may be taken to be: two cores' clocks are not read at one moment.
pub const SLACK_NS: u64 = 200;

/// So many signals that may have ended one wait are compared with those of other waits.
const MAX_SIGNALS: usize = 16;

/// An event that took effect no earlier than it was recorded, and no later than its worker recorded the next thing.
struct Timed<'a> {
    event: &'a Event,
    until_ns: u64,
}

/// A signal by who gave it, and its place among those that this worker gave.
type Giver = (usize, usize);

/// What ended waits for signals to a resource for certain, each of which ends one wait alone if it `is_taken`, like a permit. `ends`
/// are the times at which the workers ended. Of so many waits at `most` it is found out: the longest.
pub fn wakeups<'a>(
    events: &'a [Event],
    ends: &[u64],
    (resource, is_taken): (u32, bool),
    slack_ns: u64,
    most: usize,
) -> Vec<Wakeup<'a>> {
    let (takers, rows) = timed(events, ends, resource, most);
    // Those of one worker can have been given one after the other.
    let chances = |taker: &Timed| -> BTreeSet<Giver> {
        let from_ns = taker.event.at_ns.saturating_sub(slack_ns);
        let until_ns = taker.until_ns.saturating_add(slack_ns);
        let others = rows.iter().enumerate().filter(|(worker, _)| *worker != taker.event.worker as usize);
        let of_others = others.flat_map(|(worker, row)| {
            let first = row.partition_point(|giver| giver.until_ns < from_ns);
            let end = row.partition_point(|giver| giver.event.at_ns <= until_ns).max(first);
            (first..end).map(move |place| (worker, place))
        });
        of_others.take(MAX_SIGNALS).collect()
    };
    let mut chances: Vec<BTreeSet<Giver>> = takers.iter().map(chances).collect();
    let mut takers_of: BTreeMap<Giver, Vec<usize>> = BTreeMap::new();
    // As many as were compared may not be all, and then one is not less.
    for (taker, chances) in chances.iter().enumerate().filter(|(_, chances)| is_taken && chances.len() < MAX_SIGNALS) {
        chances.iter().for_each(|giver| takers_of.entry(*giver).or_default().push(taker));
    }
    let mut certain: BTreeSet<usize> = (0..takers.len()).filter(|taker| chances[*taker].len() == 1).collect();
    let mut wakeups = Vec::new();
    while let Some(taker) = certain.pop_first() {
        let Some(giver) = chances[taker].pop_first() else { continue };
        wakeups.push((rows[giver.0][giver.1].event, takers[taker].event));
        for other in takers_of.remove(&giver).unwrap_or_default() {
            if chances[other].remove(&giver) && chances[other].len() == 1 {
                certain.insert(other);
            }
        }
    }
    wakeups
}

/// The longest waits on the way through a trace that may have a million of them; of equals, the first.
struct Longest<'a> {
    most: usize,
    /// Each with its place in the trace.
    waits: Vec<(usize, Timed<'a>)>,
    /// What is no earlier in their order than this is none of them.
    last: Option<(Reverse<u64>, usize)>,
}

impl<'a> Longest<'a> {
    fn order((place, wait): &(usize, Timed)) -> (Reverse<u64>, usize) {
        (Reverse(wait.event.duration_ns), *place)
    }

    fn add(&mut self, place: usize, wait: Timed<'a>) {
        let wait = (place, wait);
        if self.last.is_some_and(|last| Self::order(&wait) >= last) {
            return;
        }
        self.waits.push(wait);
        if self.waits.len() >= self.most.saturating_mul(2) {
            self.cut();
        }
    }

    /// Keeps the longest of all that came so far.
    fn cut(&mut self) {
        self.waits.sort_unstable_by_key(Self::order);
        self.waits.truncate(self.most);
        self.last = self.waits.last().filter(|_| self.waits.len() == self.most).map(Self::order);
    }
}

/// Of the waits for the resource that came to their end so many at `most`, the longest first, and by worker the signals to it: each
/// with up to when it can have taken effect.
fn timed<'a>(events: &'a [Event], ends: &[u64], resource: u32, most: usize) -> (Vec<Timed<'a>>, Vec<Vec<Timed<'a>>>) {
    let mut takers = Longest { most, waits: Vec::new(), last: None };
    let mut rows: Vec<Vec<Timed>> = ends.iter().map(|_| Vec::new()).collect();
    let mut add = |place: usize, event: &'a Event, until_ns: u64| match event.action.effect().is_signal() {
        true => rows[event.worker as usize].push(Timed { event, until_ns }),
        false => takers.add(place, Timed { event, until_ns }),
    };
    // Of each worker the last of them, if nothing is known that came after it.
    let mut open: Vec<Option<usize>> = vec![None; ends.len()];
    for (place, event) in events.iter().enumerate() {
        let effect = event.action.effect();
        // The first are drawn at another time than they were recorded, the others are recorded by others or for others.
        if effect.is_ordered() || effect.is_beside() {
            continue;
        }
        let Some(open) = open.get_mut(event.worker as usize) else { continue };
        if let Some(last) = open.take() {
            add(last, &events[last], event.at_ns);
        }
        let has_waited = matches!(effect.span, Span::Waits(_)) && event.duration_ns > 0;
        if event.resource == Some(resource) && (effect.is_signal() || has_waited) {
            *open = Some(place);
        }
    }
    for (last, end_ns) in open.into_iter().zip(ends).filter_map(|(last, end_ns)| Some((last?, *end_ns))) {
        add(last, &events[last], end_ns.max(events[last].end_ns()));
    }
    takers.cut();
    (takers.waits.into_iter().map(|(_, wait)| wait).collect(), rows)
}
