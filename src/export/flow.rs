//! What led to what in a run: the arrows of a trace.

use crate::model::causality::items::items;
use crate::model::causality::signals::SLACK_NS;
use crate::model::causality::wakeups;
use crate::model::{Action, Event};
use crate::record::{Resource, RunOutcome};
use std::collections::BTreeMap;

/// A place in a run: a worker, and a time in nanoseconds from the start of the run.
pub type Place = (u32, u64);

/// An arrow.
#[derive(Debug, PartialEq)]
pub struct Flow {
    /// What it stands for.
    pub name: &'static str,
    /// Where it begins.
    pub from: Place,
    /// Where it ends; never earlier.
    pub to: Place,
}

/// All arrows of a run.
pub fn flows(run: &RunOutcome, resources: &[Resource]) -> Vec<Flow> {
    let mut flows = Vec::new();
    let mut add = |name, from: Place, to: Place| {
        // Two clocks may disagree by a hair; no effect comes before its cause.
        flows.push(Flow { name, from, to: (to.0, to.1.max(from.1)) });
    };
    for (index, worker) in run.workers.iter().enumerate().skip(1).filter(|(_, worker)| worker.start_ns > 0) {
        add("spawn", (0, worker.spawn_ns), (index as u32, worker.start_ns));
    }
    let ends = run.ends();
    for event in &run.trace {
        let Action::Join { worker } = event.action else { continue };
        let ended = ends.get(worker as usize).filter(|ended| **ended > 0);
        if let Some(ended) = ended {
            add("exit", (worker as u32, ended.saturating_sub(1)), (event.worker, event.end_ns()));
        }
    }
    let place = |event: &Event| (event.worker, event.end_ns());
    let mut used: BTreeMap<u32, Vec<&Event>> = BTreeMap::new();
    for event in &run.trace {
        used.entry(event.resource.unwrap_or(u32::MAX)).or_default().push(event);
    }
    for Resource { id, kind, .. } in resources {
        let events = used.remove(id).unwrap_or_default();
        if events.iter().any(|event| event.duration_ns > 0) {
            for (giver, taker) in wakeups(&run.trace, &ends, (*id, *kind), SLACK_NS, usize::MAX) {
                add("wakes", place(giver), place(taker));
            }
        }
        for item in items(events.into_iter().map(|event| (event, event))) {
            if let (Some(put), Some(get)) = (item.put, item.get) {
                add("item", place(put), place(get));
            }
        }
    }
    flows
}
