//! Data races among the states of a cell: two workers that are both about to use the same number, one of them to write.
//!
//! Both accesses are possible in that state, so nothing orders them: no lock, no queue, no event stands between.

use super::Id;
use super::machine::Machine;
use super::primitive::Kind;
use crate::host::{Call, Operation};
use crate::model::{Position, ResourceKind};
use crate::record::explored::{Access, Race};

/// The most races that are told.
const MAX_RACES: usize = 20;

/// Two places in the code and what they use: resource, index, and for each its line, whether it writes, and its locks.
type Key = (u32, u64, [(u32, bool, Vec<Id>); 2]);

/// The races found so far.
#[derive(Default)]
pub struct Races {
    /// Few, and looked at for nearly every state.
    found: Vec<Key>,
}

/// The number that a call uses, whether it writes it, and whether it does so in one step with a read.
fn access(call: &Call) -> Option<(u64, bool, bool)> {
    match call.operation {
        Operation::Load { index } => Some((index, false, false)),
        Operation::Store { index, .. } => Some((index, true, false)),
        Operation::Peek { index } => Some((index, true, true)),
        _ => None,
    }
}

impl Races {
    /// Looks for races in a state.
    pub fn look<M: Machine>(&mut self, machine: &M, state: &M::State) {
        if self.found.len() >= MAX_RACES {
            return;
        }
        for first in 0..machine.workers() {
            let Some(a) = machine.call(state, first) else { continue };
            let Some((index, writes, atomic)) = access(&a) else { continue };
            // Two accesses to an atomic are no race, whatever comes of them.
            if machine
                .kinds()
                .get(a.resource as usize)
                .is_some_and(|kind| matches!(kind.kind, Some(ResourceKind::Std(_))))
            {
                continue;
            }
            for second in first + 1..machine.workers() {
                let Some(b) = machine.call(state, second).filter(|b| b.resource == a.resource) else { continue };
                let Some((other, also_writes, also_atomic)) = access(&b) else { continue };
                if index != other || !(writes || also_writes) || (atomic && also_atomic) {
                    continue;
                }
                let side = |(line, writes, held): &(u32, bool, Vec<Id>), call: &Call, worker| {
                    *line == call.line
                        && Some(*writes) == access(call).map(|(_, writes, _)| writes)
                        && machine.holds_just(state, worker, held)
                };
                // It is nearly always known, so nothing is made to find that out.
                let is_known = self.found.iter().any(|(resource, at, [one, another])| {
                    (*resource, *at) == (a.resource, index)
                        && (side(one, &a, first) && side(another, &b, second)
                            || side(one, &b, second) && side(another, &a, first))
                });
                if !is_known && self.found.len() < MAX_RACES {
                    let mut both = [
                        (a.line, writes, machine.held(state, first)),
                        (b.line, also_writes, machine.held(state, second)),
                    ];
                    both.sort_unstable();
                    self.found.push((a.resource, index, both));
                }
            }
        }
    }

    /// All of them, by name.
    pub fn named(mut self, machine: &impl Machine) -> Vec<Race> {
        self.found.sort_unstable();
        let name = |id: u32| machine.kinds().get(id as usize).map_or_else(String::new, |kind| kind.name.clone());
        let race = |(resource, index, [first, second]): Key| {
            let is_array = machine.kinds().get(resource as usize).is_some_and(Kind::is_array);
            let access = |(line, writes, held): (u32, bool, Vec<Id>)| Access {
                position: Position::from_packed(line),
                writes,
                holding: held.into_iter().map(|Id(id)| name(id as u32)).collect(),
            };
            let of = name(resource);
            let of = if is_array { format!("{of}[{index}]") } else { of };
            Race { name: of, first: access(first), second: access(second) }
        };
        self.found.into_iter().map(race).collect()
    }
}
