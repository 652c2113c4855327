//! The meetings at a barrier. Whoever comes to the next meeting has left this one, so the arrivals are in the order of the meetings.

use crate::model::{Action, Event, Numbered};

/// The meetings at one barrier.
pub struct Meetings<T> {
    arrivals: Vec<T>,
    /// How many arrivals of each meeting are known.
    known: usize,
    /// Whether the same workers come to each meeting, because no others come to the barrier, and all arrivals are known.
    pub are_steady: bool,
}

/// The meetings of so many parties, from the events of a barrier.
pub fn meetings<'a, T: Copy>(events: impl IntoIterator<Item = (T, &'a Event)>, parties: u32) -> Meetings<T> {
    let parties = parties.max(1) as usize;
    let mut rounds: Numbered<u32> = Numbered::default();
    let mut last = Vec::new();
    let mut arrivals: Vec<(u32, u64, T)> = Vec::new();
    for (known_by, event) in events {
        let Action::Meet { place } = event.action else { continue };
        let round = rounds.at(event.worker.into());
        arrivals.push((*round, event.at_ns, known_by));
        *round += 1;
        if place.checked_add(1) == Some(parties as u64) {
            last.push((event.at_ns, known_by));
        }
    }
    if !last.is_empty() && arrivals.len() != last.len() * parties {
        // Somebody was ended before it recorded its arrival. Of each meeting only the last arrival is known.
        last.sort_by_key(|(at_ns, _)| *at_ns);
        return Meetings { arrivals: last.into_iter().map(|(_, it)| it).collect(), known: 1, are_steady: false };
    }
    let are_steady = rounds.numbered().filter(|(_, round)| **round > 0).count() == parties;
    arrivals.sort_by_key(|(round, at_ns, _)| (if are_steady { *round } else { 0 }, *at_ns));
    Meetings { arrivals: arrivals.into_iter().map(|(_, _, it)| it).collect(), known: parties, are_steady }
}

impl<T> Meetings<T> {
    /// The arrivals of each meeting. The last one may not be the one that completed it, but was the last to begin.
    pub fn iter(&self) -> impl Iterator<Item = &[T]> {
        self.arrivals.chunks_exact(self.known)
    }
}
