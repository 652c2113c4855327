//! The graph of a cell's states, and what was found in it.

use super::Ending;
use super::engine::Able;
use super::hash::Map;

/// The number of a state in the graph.
pub type StateId = u32;

/// Says that there is no such state.
pub const NONE: StateId = StateId::MAX;

/// The state at the beginning.
pub const FIRST: StateId = 0;

/// A state of the graph.
pub struct Vertex<S> {
    /// The state itself.
    pub state: S,
    /// Who can take a step.
    pub able: Able,
    /// How many steps the first way has that was found here. Another may have more or fewer: a wait is one step if it can end
    /// at once, and else two.
    pub depth: u32,
    /// For each worker the state after its step, as far as that is known.
    pub next: Box<[StateId]>,
    /// Which ending it is, if it is one.
    pub ending: Option<usize>,
}

/// A state together with who took the last step: where preemptions are counted.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    /// The state.
    pub state: StateId,
    /// Who took the last step; [`NONE`] at the beginning.
    pub last: u32,
    /// The fewest preemptions of any way here.
    pub preemptions: u32,
    /// The visit before, on a way with so many; [`NONE`] at the beginning.
    pub from: u32,
}

/// The visits, by state and last worker.
pub type Visits = Map<(StateId, u32), u32>;

impl Visit {
    /// Who took the last step, if anybody did.
    pub fn last(&self) -> Option<usize> {
        (self.last != NONE).then_some(self.last as usize)
    }
}

/// An ending with the simplest way to it.
pub struct Found {
    /// What came out.
    pub ending: Ending,
    /// How often a worker was interrupted on the way.
    pub preemptions: u32,
    /// The way: who took each step.
    pub schedule: Vec<u32>,
    /// On how many paths.
    pub count: f64,
    /// The ending's number, by which states refer to it.
    pub number: usize,
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everything was seen.
    All,
    /// Everything with fewer preemptions than this was seen; then the time (or else the memory) was over.
    Below {
        /// So many.
        preemptions: u32,
        /// Whether it was the time.
        time: bool,
    },
}

/// The graph of a cell's states, as far as it was searched.
pub struct Graph<S> {
    /// The states. The first is where all begins.
    pub vertices: Vec<Vertex<S>>,
    /// What can come out.
    pub found: Vec<Found>,
    /// How far it is complete.
    pub reach: Reach,
    /// How many interleavings it has, or as many of them as have few enough preemptions.
    pub interleavings: f64,
}
