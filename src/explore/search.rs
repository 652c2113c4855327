//! Every interleaving of a cell: the graph of its states, searched in order of preemptions.
//!
//! Two interleavings that have led to the same state go on alike from there, so each state is looked at once. A state
//! holds what every worker has been told so far, and so it can be reached again only by the same calls in another order:
//! the graph has no circle, and the interleavings of a cell are its paths, which can be counted without being walked.

use super::graph::{FIRST, Found, Graph, NONE, Reach, Visit, Visits};
use super::machine::Machine;
use super::paths;
use super::races::Races;
use super::states::States;
use super::{Clock, Ending, ExploreError, Room};

/// The most states that are kept.
pub const MAX_STATES: usize = 1_000_000;

/// A step that is to be followed: by whom, from which visit, and how many preemptions any way has that goes on so.
#[derive(Clone, Copy)]
struct Pending {
    from: u32,
    worker: u32,
    preemptions: u32,
}

struct Search<'a, M: Machine> {
    states: States<'a, M>,
    visits: Vec<Visit>,
    /// Which visits there have been.
    seen: Visits,
}

/// Searches the cell's states until `clock` says that the time is over, or there is no room for more of them.
///
/// # Errors
/// Why the cell cannot be explored, if that shows now.
pub fn search<M: Machine>(
    machine: &mut M,
    races: &mut Races,
    clock: &Clock,
    room: Room,
) -> Result<Graph<M::State>, ExploreError> {
    let mut search = Search { states: States::new(machine, races)?, visits: Vec::new(), seen: Visits::default() };
    let reach = search.run(clock, room)?;
    Ok(search.finish(reach))
}

impl<M: Machine> Search<'_, M> {
    fn run(&mut self, clock: &Clock, room: Room) -> Result<Reach, ExploreError> {
        // A stack for each number of preemptions. What is on the first is done before anything on the next. A step is followed when it comes
        // off its stack, so that the code goes on from there and is not brought to the same state twice.
        let (mut now, mut later) = (Vec::new(), Vec::new());
        self.visit(Visit { state: FIRST, last: NONE, preemptions: 0, from: NONE }, &mut now, &mut later);
        let mut preemptions = 0;
        let mut count = 0_u32;
        loop {
            let Some(Pending { from, worker, preemptions: cost }) = now.pop() else {
                if later.is_empty() {
                    return Ok(Reach::All);
                }
                preemptions += 1;
                std::mem::swap(&mut now, &mut later);
                now.reverse();
                continue;
            };
            count += 1;
            let time = count.is_multiple_of(128) && clock.is_over();
            if time || self.states.vertices.len() > room.states || self.states.bytes > room.bytes {
                return Ok(Reach::Below { preemptions, time });
            }
            let state = self.states.follow(self.visits[from as usize].state, worker as usize)?;
            if !self.seen.contains_key(&(state, worker)) {
                self.visit(Visit { state, last: worker, preemptions: cost, from }, &mut now, &mut later);
            }
        }
    }

    /// Takes note of a visit, and of all steps from there.
    fn visit(&mut self, visit: Visit, now: &mut Vec<Pending>, later: &mut Vec<Pending>) {
        let from = self.visits.len() as u32;
        self.seen.insert((visit.state, visit.last), from);
        self.visits.push(visit);
        let able = self.states.vertices[visit.state as usize].able;
        let mut goes_on = None;
        for worker in able.workers().rev() {
            let cost = u32::from(able.interrupts(visit.last(), worker));
            let step = Pending { from, worker: worker as u32, preemptions: visit.preemptions + cost };
            match cost {
                _ if step.worker == visit.last => goes_on = Some(step),
                0 => now.push(step),
                _ => later.push(step),
            }
        }
        // Who goes on is followed first: its code need not begin again.
        now.extend(goes_on);
    }

    fn finish(mut self, reach: Reach) -> Graph<M::State> {
        let (vertices, endings) = self.states.finish();
        let order = paths::in_order(&vertices);
        let counts = match reach {
            Reach::All => paths::count_all(&vertices, &order, endings.len()),
            Reach::Below { preemptions, .. } => {
                paths::count_below(&vertices, &order, &self.visits, preemptions, endings.len())
            }
        };
        let steps = paths::shorten(&vertices, &order, &mut self.visits, &self.seen);
        // By ending, the visit by which it is reached in the simplest way.
        let mut simplest: Vec<Option<u32>> = vec![None; endings.len()];
        let simplicity = |visit: u32| (self.visits[visit as usize].preemptions, steps[visit as usize]);
        for (visit, number) in self.visits.iter().zip(0..) {
            let Some(ending) = vertices[visit.state as usize].ending else { continue };
            if simplest[ending].is_none_or(|known| simplicity(number) < simplicity(known)) {
                simplest[ending] = Some(number);
            }
        }
        let way = |number: usize, ending: &Ending| {
            let visit = simplest[number]?;
            let preemptions = self.visits[visit as usize].preemptions;
            let (ending, schedule) = (ending.clone(), schedule(&self.visits, visit));
            Some(Found { ending, preemptions, schedule, count: counts[number], number })
        };
        let mut found: Vec<Found> = endings.iter().filter_map(|(ending, number)| way(*number, ending)).collect();
        found.sort_unstable_by_key(|found| found.number);
        let interleavings = counts.iter().sum();
        Graph { vertices, found, reach, interleavings }
    }
}

/// Who took each step up to a visit.
fn schedule(visits: &[Visit], mut visit: u32) -> Vec<u32> {
    let mut schedule = Vec::new();
    while visit != NONE {
        let Visit { last, from, .. } = visits[visit as usize];
        if from != NONE {
            schedule.push(last + 1);
        }
        visit = from;
    }
    schedule.reverse();
    schedule
}
