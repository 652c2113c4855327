//! Stage 2: cells to a typed, validated plan. Pure, and it reports everything that is wrong at once.

mod scalar;
mod spec;

pub use scalar::{Scalar, ScalarType};
pub use spec::{
    ArrayInit, Assertion, Executor, Expect, Job, LockKind, Options, Order, Pool, PoolWork, Resource, ResourceKind,
    Show, Spawn, Step, StepKind,
};

use crate::notebook::Settings;
use serde::{Deserialize, Serialize};

/// Everything that a notebook asks for, cell by cell, ready to be compiled and run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The notebook's path as the user gave it.
    pub file: String,
    /// The run's settings.
    pub settings: Settings,
    /// Every resource that the notebook declares, in order of declaration; a [`Resource::id`] is the index here.
    pub resources: Vec<Resource>,
    /// One step for each cell, in order.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The resources that a cell sees: of each name the last one declared in a cell before `cell`, in order of declaration.
    pub fn visible_resources(&self, cell: usize) -> Vec<&Resource> {
        let mut visible: Vec<&Resource> = Vec::new();
        for resource in self.resources.iter().filter(|resource| resource.cell < cell) {
            visible.retain(|other| other.name != resource.name);
            visible.push(resource);
        }
        visible
    }
}
