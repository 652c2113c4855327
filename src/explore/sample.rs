//! Interleavings chosen by chance, where there are too many to see them all.

use super::engine::Able;
use super::graph::Found;
use super::hash::{Map, Set, ShortHasher};
use super::machine::Machine;
use super::races::Races;
use super::{Clock, Ending, ExploreError, MAX_OUTCOMES, Room};
use crate::model::Sampling;
use std::collections::hash_map::Entry;
use std::hash::{Hash, Hasher};

/// How many preemptions, beyond what priorities alone lead to, one of PCT's schedules has.
const CHANGES: usize = 2;

/// What samples have shown.
pub struct Samples {
    /// What came out, with the simplest interleaving among the samples.
    pub found: Vec<Found>,
    /// How many were taken.
    pub taken: u64,
    /// How many of them were different.
    pub different: u64,
}

/// Takes samples until there are enough or the time is over.
///
/// # Errors
/// Why the cell cannot be explored, if that shows now.
pub fn sample(
    machine: &mut impl Machine,
    races: &mut Races,
    (wanted, strategy, seed): (u64, Sampling, u64),
    clock: &Clock,
    room: Room,
) -> Result<Samples, ExploreError> {
    let mut chance = Chance(seed);
    let mut numbers: Map<Ending, usize> = Map::default();
    let mut found: Vec<Found> = Vec::new();
    let mut different = Set::default();
    let (mut taken, mut length) = (0, 32);
    let start = machine.start();
    let (mut state, mut schedule) = (start.clone(), Vec::new());
    while taken < wanted && !(taken > 0 && taken.is_multiple_of(64) && clock.is_over()) {
        // What is known of the jobs only saves time.
        machine.keep_below(room.bytes);
        state.clone_from(&start);
        schedule.clear();
        let mut picker = Picker::new(strategy, machine.workers(), length, &mut chance);
        let (mut last, mut preemptions) = (None, 0);
        loop {
            let able = machine.able(&state)?;
            // Nobody need wake up without a reason.
            if able.all == 0 || able.may_rest() && chance.below(1 + u64::from(able.all.count_ones())) == 0 {
                break;
            }
            races.look(machine, &state);
            let worker = picker.pick(able, schedule.len(), &mut chance);
            preemptions += u32::from(able.interrupts(last, worker));
            machine.go_on(&mut state, worker, able)?;
            schedule.push(worker as u32 + 1);
            machine.has_an_end(&state, worker, schedule.len())?;
            last = Some(worker);
        }
        taken += 1;
        length = schedule.len().max(1);
        let mut hash = ShortHasher::default();
        schedule.hash(&mut hash);
        different.insert(hash.finish());
        let next = numbers.len();
        match numbers.entry(machine.ending(&state)?.0) {
            Entry::Occupied(known) => {
                let known = &mut found[*known.get()];
                known.count += 1.0;
                if (preemptions, schedule.len()) < (known.preemptions, known.schedule.len()) {
                    (known.preemptions, known.schedule) = (preemptions, schedule.clone());
                }
            }
            Entry::Vacant(_) if found.len() >= MAX_OUTCOMES => return Err(ExploreError::TooManyOutcomes(MAX_OUTCOMES)),
            Entry::Vacant(new) => {
                let ending = new.key().clone();
                new.insert(next);
                found.push(Found { ending, preemptions, schedule: schedule.clone(), count: 1.0, number: next });
            }
        }
    }
    Ok(Samples { found, taken, different: different.len() as u64 })
}

/// Chooses who goes on.
struct Picker {
    /// For PCT: each worker's priority.
    priorities: Vec<u64>,
    /// For PCT: the steps at which the first is put behind all others.
    changes: Vec<usize>,
}

impl Picker {
    fn new(strategy: Sampling, workers: usize, length: usize, chance: &mut Chance) -> Self {
        match strategy {
            Sampling::Random => Self { priorities: Vec::new(), changes: Vec::new() },
            Sampling::Pct => Self {
                priorities: (0..workers).map(|_| (1 << 32) + chance.below(1 << 31)).collect(),
                changes: (0..CHANGES).map(|_| chance.below(length as u64) as usize).collect(),
            },
        }
    }

    fn pick(&mut self, able: Able, step: usize, chance: &mut Chance) -> usize {
        if self.priorities.is_empty() {
            let nth = chance.below(able.all.count_ones().into()) as usize;
            return able.workers().nth(nth).unwrap_or(0);
        }
        let priorities = &mut self.priorities;
        let first = |priorities: &[u64]| able.workers().max_by_key(|worker| priorities[*worker]).unwrap_or(0);
        if let Some(place) = self.changes.iter().position(|change| *change == step) {
            let interrupted = first(priorities);
            priorities[interrupted] = place as u64;
        }
        first(priorities)
    }
}

/// Chance that is the same for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}
