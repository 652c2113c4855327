//! What led to what in a run: the arrows of a trace.

use crate::model::{Event, Op};
use crate::record::RunOutcome;
use std::collections::HashMap;

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
pub fn flows(run: &RunOutcome) -> Vec<Flow> {
    let mut flows = Vec::new();
    let mut add = |name, from: Place, to: Place| {
        // Two clocks may disagree by a hair; no effect comes before its cause.
        flows.push(Flow { name, from, to: (to.0, to.1.max(from.1)) });
    };
    for (index, worker) in run.workers.iter().enumerate().skip(1).filter(|(_, worker)| worker.start_ns > 0) {
        add("spawn", (0, worker.spawn_ns), (index as u32, worker.start_ns));
    }
    let mut puts: HashMap<(u32, u64), Place> = HashMap::new();
    let mut gets: Vec<((u32, u64), Place)> = Vec::new();
    let mut given: HashMap<u32, Place> = HashMap::new();
    let mut events: Vec<&Event> = run.trace.iter().collect();
    // At one moment, what ended a wait comes before what it ended.
    events.sort_by_key(|event| (event.end_ns(), event.duration_ns > 0));
    for event in events {
        let place = (event.worker, event.end_ns());
        if event.op == Op::Join {
            let ended = run.workers.get(event.a as usize).map(|worker| worker.end_ns);
            if let Some(ended) = ended.filter(|ended| *ended > 0) {
                add("exit", (event.a as u32, ended.saturating_sub(1)), place);
            }
        }
        let Some(resource) = event.resource else { continue };
        match event.op {
            Op::Put => _ = puts.insert((resource, event.a), place),
            Op::Get => gets.push(((resource, event.a), place)),
            Op::Release | Op::Notify => _ = given.insert(resource, place),
            Op::Acquire | Op::Wait if event.duration_ns > 0 => {
                let giver = given.get(&resource).filter(|(who, at)| *who != event.worker && *at >= event.at_ns);
                if let Some(giver) = giver {
                    add("wakes", *giver, place);
                }
            }
            _ => {}
        }
    }
    for (item, place) in gets {
        if let Some(put) = puts.get(&item) {
            add("item", *put, place);
        }
    }
    flows
}
