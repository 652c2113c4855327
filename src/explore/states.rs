//! The states that a cell was seen in, each kept once, with the steps between them.

use super::graph::{NONE, StateId, Vertex};
use super::hash::Map;
use super::machine::Machine;
use super::races::Races;
use super::{Ending, ExploreError, MAX_OUTCOMES};

/// About how much a vertex takes beside its state, and each visit of it, with their places in maps.
const VERTEX_BYTES: usize = 160;

/// The states of a machine. Each is looked at when it is first seen: who can go on from there, whether it is an ending, and for races.
pub struct States<'a, M: Machine> {
    /// What takes the cell from state to state.
    pub machine: &'a mut M,
    /// The races among these states.
    pub races: &'a mut Races,
    /// The states, by number. The first is where all begins.
    pub vertices: Vec<Vertex<M::State>>,
    index: Map<M::Key, StateId>,
    /// What came out, with its number.
    endings: Map<Ending, usize>,
    /// How much memory all of this takes, about.
    pub bytes: usize,
}

impl<'a, M: Machine> States<'a, M> {
    /// The state at the beginning alone.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    pub fn new(machine: &'a mut M, races: &'a mut Races) -> Result<Self, ExploreError> {
        let (index, endings) = (Map::default(), Map::default());
        let mut states = Self { machine, races, vertices: Vec::new(), index, endings, bytes: 0 };
        states.begin()?;
        Ok(states)
    }

    /// Forgets all states but the one at the beginning, and no ending.
    ///
    /// # Errors
    /// As above.
    pub fn begin(&mut self) -> Result<(), ExploreError> {
        self.vertices.clear();
        self.index.clear();
        self.bytes = 0;
        let start = self.machine.start();
        self.add(self.machine.key(&start), start, 0)?;
        Ok(())
    }

    /// The state after a worker's step.
    ///
    /// # Errors
    /// As above.
    pub fn follow(&mut self, from: StateId, worker: usize) -> Result<StateId, ExploreError> {
        let vertex = &self.vertices[from as usize];
        if vertex.next[worker] != NONE {
            return Ok(vertex.next[worker]);
        }
        let (mut state, able, depth) = (vertex.state.clone(), vertex.able, vertex.depth);
        let foreseen = self.machine.foresee(&state, worker, able);
        if let Some(id) = foreseen.and_then(|key| self.index.get(&key)) {
            self.vertices[from as usize].next[worker] = *id;
            return Ok(*id);
        }
        self.machine.step(&mut state, worker, able)?;
        self.machine.has_an_end(&state, worker, depth as usize + 1)?;
        let key = self.machine.key(&state);
        let id = match self.index.get(&key) {
            Some(id) => *id,
            None => self.add(key, state, depth + 1)?,
        };
        self.vertices[from as usize].next[worker] = id;
        Ok(id)
    }

    fn add(&mut self, key: M::Key, state: M::State, depth: u32) -> Result<StateId, ExploreError> {
        let able = self.machine.able(&state)?;
        let ending = match able.may_rest() {
            true => Some(self.ending(&state)?),
            false => None,
        };
        self.races.look(self.machine, &state);
        self.bytes += self.machine.bytes(&state) + VERTEX_BYTES * (1 + self.machine.workers());
        let id = self.vertices.len() as StateId;
        let next = vec![NONE; self.machine.workers()].into_boxed_slice();
        self.index.insert(key, id);
        self.vertices.push(Vertex { state, able, depth, next, ending });
        Ok(id)
    }

    /// The number of what comes out at a state where all may rest.
    ///
    /// # Errors
    /// As above, and if there is too much that can come out.
    pub fn ending(&mut self, state: &M::State) -> Result<usize, ExploreError> {
        let next = self.endings.len();
        let (ending, _) = self.machine.ending(state)?;
        let number = *self.endings.entry(ending).or_insert(next);
        if number < MAX_OUTCOMES { Ok(number) } else { Err(ExploreError::TooManyOutcomes(MAX_OUTCOMES)) }
    }

    /// The states, and what came out, with its number. All else is left as it is: the process ends with the exploration, and to take
    /// hundreds of thousands of states apart would only cost time.
    pub fn finish(self) -> (Vec<Vertex<M::State>>, Map<Ending, usize>) {
        std::mem::forget(self.index);
        (self.vertices, self.endings)
    }
}
