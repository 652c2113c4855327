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

/// What ended waits for signals to a resource for certain, each of which ends one wait alone if it `is_taken`, like a permit. `ends`
/// are the times at which the workers ended. Of so many waits at `most` it is found out: the longest.
pub fn wakeups<'a>(
    events: &'a [Event],
    ends: &[u64],
    (resource, is_taken): (u32, bool),
    slack_ns: u64,
    most: usize,
) -> Vec<Wakeup<'a>> {
    let [mut takers, givers] = timed(events, ends, resource);
    keep_longest(&mut takers, most);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); ends.len()];
    for (at, giver) in givers.iter().enumerate() {
        rows[giver.event.worker as usize].push(at);
    }
    // Those of one worker can have been given one after the other.
    let chances = |taker: &Timed| -> BTreeSet<usize> {
        let from_ns = taker.event.at_ns.saturating_sub(slack_ns);
        let until_ns = taker.until_ns.saturating_add(slack_ns);
        let others = rows.iter().enumerate().filter(|(worker, _)| *worker != taker.event.worker as usize);
        let of_others = others.flat_map(|(_, row)| {
            let first = row.partition_point(|at| givers[*at].until_ns < from_ns);
            let end = row.partition_point(|at| givers[*at].event.at_ns <= until_ns).max(first);
            &row[first..end]
        });
        of_others.take(MAX_SIGNALS).copied().collect()
    };
    let mut chances: Vec<BTreeSet<usize>> = takers.iter().map(chances).collect();
    let mut takers_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    // As many as were compared may not be all, and then one is not less.
    for (taker, chances) in chances.iter().enumerate().filter(|(_, chances)| is_taken && chances.len() < MAX_SIGNALS) {
        chances.iter().for_each(|giver| takers_of.entry(*giver).or_default().push(taker));
    }
    let mut certain: BTreeSet<usize> = (0..takers.len()).filter(|taker| chances[*taker].len() == 1).collect();
    let mut wakeups = Vec::new();
    while let Some(taker) = certain.pop_first() {
        let Some(giver) = chances[taker].pop_first() else { continue };
        wakeups.push((givers[giver].event, takers[taker].event));
        for other in takers_of.remove(&giver).unwrap_or_default() {
            if chances[other].remove(&giver) && chances[other].len() == 1 {
                certain.insert(other);
            }
        }
    }
    wakeups
}

/// Keeps so many of them at `most`, those that waited longest, in the order of their length; equals stay in their order.
fn keep_longest(takers: &mut Vec<Timed>, most: usize) {
    // There may be a million of them, of which few are kept.
    if takers.len() > most {
        let mut lengths: Vec<u64> = takers.iter().map(|taker| taker.event.duration_ns).collect();
        let least = *lengths.select_nth_unstable_by_key(most, |ns| Reverse(*ns)).1;
        takers.retain(|taker| taker.event.duration_ns >= least);
    }
    takers.sort_by_key(|taker| Reverse(taker.event.duration_ns));
    takers.truncate(most);
}

/// The waits for the resource that came to their end, and the signals to it, each with up to when it can have taken effect.
fn timed<'a>(events: &'a [Event], ends: &[u64], resource: u32) -> [Vec<Timed<'a>>; 2] {
    let mut found = [Vec::new(), Vec::new()];
    // Of each worker the last of them, if nothing is known that came after it: among which, and its place.
    let mut open: Vec<Option<(usize, usize)>> = vec![None; ends.len()];
    for event in events {
        let effect = event.action.effect();
        // The first are drawn at another time than they were recorded, the others are recorded by others or for others.
        if effect.is_ordered() || effect.is_beside() {
            continue;
        }
        let has_waited = matches!(effect.span, Span::Waits(_)) && event.duration_ns > 0;
        let is_meant = effect.is_signal() || has_waited;
        let Some(open) = open.get_mut(event.worker as usize) else { continue };
        if let Some((among, place)) = open.take() {
            let last: &mut Timed = &mut found[among][place];
            last.until_ns = event.at_ns;
        }
        if is_meant && event.resource == Some(resource) {
            let among = usize::from(effect.is_signal());
            *open = Some((among, found[among].len()));
            found[among].push(Timed { event, until_ns: ends[event.worker as usize].max(event.end_ns()) });
        }
    }
    found
}
