//! Interleavings chosen by chance, where there are too many to see them all.

use super::engine::Able;
use super::graph::{FIRST, Found, NONE, StateId};
use super::hash::{Set, ShortHasher};
use super::machine::Machine;
use super::races::Races;
use super::states::States;
use super::{Clock, Ending, ExploreError, Room};
use crate::model::Sampling;
use std::hash::{Hash, Hasher};

/// How many preemptions, beyond what priorities alone lead to, one of PCT's schedules has.
const CHANGES: usize = 2;

/// The most states that are kept to be come through again.
const MAX_KEPT: usize = 100_000;

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
pub fn sample<M: Machine>(
    machine: &mut M,
    races: &mut Races,
    (wanted, strategy, seed): (u64, Sampling, u64),
    clock: &Clock,
    room: Room,
) -> Result<Samples, ExploreError> {
    let mut chance = Chance(seed);
    // By the number of an ending: in how many samples it came out, and the simplest of them, by its preemptions.
    let mut simplest: Vec<Option<(f64, u32, Vec<u32>)>> = Vec::new();
    let mut different = Set::default();
    let (mut taken, mut length) = (0, 32);
    let start = machine.start();
    let mut states = States::new(machine, races)?;
    let (mut state, mut schedule) = (start.clone(), Vec::new());
    while taken < wanted && !(taken > 0 && taken.is_multiple_of(64) && clock.is_over()) {
        if states.machine.forgets_above(room.bytes) {
            states.begin()?;
        }
        schedule.clear();
        let mut picker = Picker::new(strategy, states.machine.workers(), length, &mut chance);
        let (mut last, mut preemptions) = (None, 0);
        // The number of the state, as long as the way goes through states that are kept.
        let mut kept = M::KEEPS_SAMPLED.then_some(FIRST);
        if kept.is_none() {
            state.clone_from(&start);
        }
        loop {
            let able = match kept {
                Some(id) => states.vertices[id as usize].able,
                None => states.machine.able(&state)?,
            };
            // Nobody need wake up without a reason.
            if able.all == 0 || able.may_rest() && chance.below(1 + u64::from(able.all.count_ones())) == 0 {
                break;
            }
            let worker = picker.pick(able, schedule.len(), &mut chance);
            preemptions += u32::from(able.interrupts(last, worker));
            schedule.push(worker as u32 + 1);
            last = Some(worker);
            if let Some(id) = kept {
                kept = next(&mut states, id, worker, room)?;
                if kept.is_some() {
                    continue;
                }
                state.clone_from(&states.vertices[id as usize].state);
            } else {
                states.races.look(states.machine, &state);
            }
            states.machine.go_on(&mut state, worker, able)?;
            states.machine.has_an_end(&state, worker, schedule.len())?;
        }
        taken += 1;
        length = schedule.len().max(1);
        let mut hash = ShortHasher::default();
        schedule.hash(&mut hash);
        different.insert(hash.finish());
        let ending = match kept.and_then(|id| states.vertices[id as usize].ending) {
            Some(ending) => ending,
            None => states.ending(&state)?,
        };
        simplest.resize(simplest.len().max(ending + 1), None);
        match &mut simplest[ending] {
            Some((count, fewest, shortest)) => {
                *count += 1.0;
                if (preemptions, schedule.len()) < (*fewest, shortest.len()) {
                    (*fewest, *shortest) = (preemptions, schedule.clone());
                }
            }
            none => *none = Some((1.0, preemptions, schedule.clone())),
        }
    }
    let of = |(ending, number): (Ending, usize)| {
        let (count, preemptions, schedule) = simplest.get_mut(number)?.take()?;
        Some(Found { ending, preemptions, schedule, count, number })
    };
    let (vertices, endings) = states.finish();
    std::mem::forget(vertices);
    let mut found: Vec<Found> = endings.into_iter().filter_map(of).collect();
    found.sort_unstable_by_key(|found| found.number);
    Ok(Samples { found, taken, different: different.len() as u64 })
}

/// The state after a worker's step from one that is kept, if it is kept, too, or there is room to keep it.
fn next<M: Machine>(
    states: &mut States<'_, M>,
    from: StateId,
    worker: usize,
    room: Room,
) -> Result<Option<StateId>, ExploreError> {
    let known = states.vertices[from as usize].next[worker];
    if known != NONE {
        return Ok(Some(known));
    }
    let has_room = states.vertices.len() < MAX_KEPT.min(room.states) && states.bytes < room.bytes;
    if has_room { states.follow(from, worker).map(Some) } else { Ok(None) }
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
