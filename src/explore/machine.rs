//! What a search needs of a cell, whichever way its states are told apart and its code is run.

use super::engine::Able;
use super::primitive::Kind;
use super::{Ending, ExploreError, Id, MAX_STEPS};
use crate::host::Call;
use crate::model::{Content, Sides};
use crate::record::StateLabel;
use crate::record::explored::{Step, Stuck};
use std::collections::BTreeSet;
use std::hash::Hash;

/// A cell that can be taken from state to state. Two states that are equal go on alike.
pub trait Machine {
    /// A state of the cell, which is copied at little cost.
    type State: Clone;

    /// What tells states apart.
    type Key: Eq + Hash;

    /// Whether samples keep the states that they come through: its code need not run to come back to one.
    const KEEPS_SAMPLED: bool;

    /// The state at the beginning.
    fn start(&self) -> Self::State;

    /// How many workers have been seen so far.
    fn workers(&self) -> usize;

    /// What never changes about the resources, by id.
    fn kinds(&self) -> &[Kind];

    /// Who can take a step. Nobody: all have ended, or wait for each other.
    fn able(&mut self, state: &Self::State) -> Result<Able, ExploreError>;

    /// What is the same for states that are equal, and for no others.
    fn key(&self, state: &Self::State) -> Self::Key;

    /// Lets a worker that can take a step do so.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    fn step(&mut self, state: &mut Self::State, worker: usize, able: Able) -> Result<(), ExploreError>;

    /// The same on the way from the start, where nobody wants to come back to a state before: that makes it cheaper. Such a state has no key.
    ///
    /// # Errors
    /// As above.
    fn go_on(&mut self, state: &mut Self::State, worker: usize, able: Able) -> Result<(), ExploreError> {
        self.step(state, worker, able)
    }

    /// The key of the state after a worker's step, where that is known without running any code.
    fn foresee(&self, _state: &Self::State, _worker: usize, _able: Able) -> Option<Self::Key> {
        None
    }

    /// How it ended, when nobody can take a step any more, and what each of the assertions compares that do not hold, which does not make
    /// endings different.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    fn ending(&mut self, state: &Self::State) -> Result<(Ending, Vec<Option<Sides>>), ExploreError>;

    /// The present call of a worker that has not ended.
    fn call(&self, state: &Self::State, worker: usize) -> Option<Call>;

    /// The resources that a worker holds.
    fn held(&self, state: &Self::State, worker: usize) -> Vec<Id>;

    /// Whether these are the resources that a worker holds.
    fn holds_just(&self, state: &Self::State, worker: usize, resources: &[Id]) -> bool {
        self.held(state, worker) == resources
    }

    /// What a resource holds.
    fn holds(&self, state: &Self::State, id: usize, workers: &[String]) -> Content;

    /// Tells what a worker did between two states.
    fn tell(&self, worker: usize, before: &Self::State, after: &Self::State, workers: &[String]) -> Option<Step>;

    /// What a worker is about to do, or how it has ended.
    fn about_to(&self, state: &Self::State, worker: usize) -> StateLabel;

    /// What a worker that is stuck waits for.
    fn stuck(&self, state: &Self::State, worker: u32, call: &Call, holder: Option<u32>) -> Stuck;

    /// The resources that somebody was seen to use: see [`Call::uses`].
    fn uses(&self) -> BTreeSet<(u32, bool)>;

    /// About how much memory a state takes.
    fn bytes(&self, state: &Self::State) -> usize;

    /// Follows the code to a state once more, however much is known of it.
    ///
    /// # Errors
    /// If the code does not do what it did before.
    fn prove(&mut self, state: &Self::State) -> Result<(), ExploreError>;

    /// Whether threads and objects of `std` are among what is followed.
    fn follows_std(&self) -> bool;

    /// Whether a loop that only asks was not followed round by round.
    fn looped(&self) -> bool;

    /// Forgets what only saves time, if it takes more than so many bytes. Says whether states from before mean nothing any more.
    fn forgets_above(&mut self, bytes: usize) -> bool;

    /// Refuses an interleaving that has too many steps already; `worker` took the last.
    ///
    /// # Errors
    /// If it has.
    fn has_an_end(&self, state: &Self::State, worker: usize, steps: usize) -> Result<(), ExploreError> {
        if steps < MAX_STEPS {
            return Ok(());
        }
        let line = self.call(state, worker).map_or(0, |call| call.line);
        Err(ExploreError::Endless { steps, worker: worker as u32 + 1, line })
    }
}
