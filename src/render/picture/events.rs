//! A trace sorted by worker.

use crate::record::{Event, RunOutcome};

/// The events of each worker, in order; an event of a worker that the run does not know is left out.
pub fn by_worker(run: &RunOutcome) -> Vec<Vec<&Event>> {
    let mut lanes: Vec<Vec<&Event>> = vec![Vec::new(); run.workers.len()];
    for event in &run.trace {
        if let Some(lane) = lanes.get_mut(event.worker as usize) {
            lane.push(event);
        }
    }
    lanes
}
