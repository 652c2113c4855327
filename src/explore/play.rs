//! The graph of a cell's states as a reader can walk it, or ways through it: for each state what everybody is about to do, and what is shared.

use super::ExploreError;
use super::graph::{NONE, Vertex};
use super::machine::Machine;
use crate::record::explored::Outcome;
use crate::record::{Play, PlayState, StateLabel};
use std::collections::{BTreeSet, HashMap};

/// The most states that are tried, and the most bytes that their graph may have. A page has room for a little more.
const MAX_STATES: usize = 4_000;
const MAX_BYTES: usize = 190_000;
/// How many outcomes' ways can be walked where the graph as a whole is too large.
const WAYS: usize = 8;

/// The texts of a graph, each once.
#[derive(Default)]
struct Texts {
    all: Vec<StateLabel>,
    numbers: HashMap<StateLabel, u32>,
}

impl Texts {
    fn number(&mut self, text: StateLabel) -> u32 {
        *self.numbers.entry(text).or_insert_with_key(|text| {
            self.all.push(text.clone());
            self.all.len() as u32 - 1
        })
    }
}

/// The graph for a reader; `None` if it is too large. `outcome_of` gives the place of an ending among the outcomes.
pub fn play<M: Machine>(
    machine: &M,
    vertices: &[Vertex<M::State>],
    workers: &[String],
    outcome_of: impl Fn(usize) -> Option<u32>,
) -> Option<Play> {
    if vertices.len() > MAX_STATES {
        return None;
    }
    let used = used(machine, vertices);
    let mut texts = Texts::default();
    let mut states = Vec::with_capacity(vertices.len());
    for vertex in vertices {
        let (mut next, mut does, mut did) = (Vec::new(), Vec::new(), Vec::new());
        for worker in 0..machine.workers() {
            does.push(texts.number(machine.about_to(&vertex.state, worker)));
            // A worker that was first seen later has not been started here.
            let to = vertex.next.get(worker).copied().unwrap_or(NONE);
            next.push((to != NONE).then_some(to));
            if let Some(there) = vertices.get(to as usize).filter(|_| to != NONE) {
                let step = machine.tell(worker, &vertex.state, &there.state, workers);
                did.push(texts.number(step.map_or(StateLabel::Nothing, |step| StateLabel::Did(step.call))));
            } else {
                did.push(texts.number(StateLabel::Nothing));
            }
        }
        let holds =
            used.iter().map(|&id| texts.number(StateLabel::Holds(machine.holds(&vertex.state, id, workers)))).collect();
        states.push(PlayState { next, does, did, holds, outcome: vertex.ending.and_then(&outcome_of) });
    }
    let objects = used.iter().map(|&id| machine.kinds()[id].name.clone()).collect();
    let play = Play { whole: true, texts: texts.all, objects, states };
    serde_json::to_string(&play).is_ok_and(|json| json.len() <= MAX_BYTES).then_some(play)
}

/// The simplest ways to outcomes, what goes wrong first, as a part of the graph.
///
/// # Errors
/// Why the cell cannot be explored, if that shows now.
pub fn ways<M: Machine>(machine: &mut M, outcomes: &[(usize, Outcome)]) -> Result<Vec<Vertex<M::State>>, ExploreError> {
    let mut outcomes: Vec<&(usize, Outcome)> = outcomes.iter().collect();
    outcomes.sort_by_key(|(_, it)| (it.is_good(), it.witness.preemptions, it.witness.schedule.len()));
    let (mut vertices, mut index) = (Vec::new(), HashMap::new());
    let start = machine.start();
    vertex(machine, &mut vertices, &mut index, start, 0)?;
    for (ending, outcome) in outcomes.into_iter().take(WAYS) {
        let schedule = &outcome.witness.schedule;
        if vertices.len() + schedule.len() > MAX_STATES {
            break;
        }
        let mut at = 0;
        for (&who, depth) in schedule.iter().zip(1..) {
            let worker = (who as usize).saturating_sub(1);
            let (mut state, able) = (vertices[at].state.clone(), vertices[at].able);
            machine.step(&mut state, worker, able)?;
            let to = vertex(machine, &mut vertices, &mut index, state, depth)?;
            vertices[at].next[worker] = to as u32;
            at = to;
        }
        vertices[at].ending = Some(*ending);
    }
    Ok(vertices)
}

/// The place of a state, which becomes a vertex if it is none yet.
fn vertex<M: Machine>(
    machine: &mut M,
    vertices: &mut Vec<Vertex<M::State>>,
    index: &mut HashMap<M::Key, usize>,
    state: M::State,
    depth: u32,
) -> Result<usize, ExploreError> {
    let key = machine.key(&state);
    if let Some(known) = index.get(&key) {
        return Ok(*known);
    }
    let able = machine.able(&state)?;
    index.insert(key, vertices.len());
    let next = vec![NONE; machine.workers()].into_boxed_slice();
    vertices.push(Vertex { state, able, depth, next, ending: None });
    Ok(vertices.len() - 1)
}

/// The resources that any worker uses in any state, by id.
fn used<M: Machine>(machine: &M, vertices: &[Vertex<M::State>]) -> Vec<usize> {
    let mut used = BTreeSet::new();
    for vertex in vertices {
        let calls = (0..machine.workers()).filter_map(|worker| machine.call(&vertex.state, worker));
        used.extend(calls.filter_map(|call| call.subject()).map(|id| id as usize));
    }
    used.into_iter().collect()
}
