//! Leaves cells out of a plan: those that need a skipped one, and those that one cell does not need.

use super::needs::needs;
use super::{Options, Plan, Skipped, Step, StepKind};
use crate::model::SkipReason;
use crate::notebook::Notebook;
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl Plan {
    /// Skips each cell that needs one that is skipped.
    pub(super) fn skip_what_needs_skipped(&mut self, notebook: &Notebook) {
        if !self.steps.iter().any(|step| step.is_skipped()) {
            return;
        }
        let needs = needs(notebook, self);
        let mut reasons: BTreeMap<usize, SkipReason> = BTreeMap::new();
        for step in &self.steps {
            let is_skipped = |cell: &&usize| reasons.contains_key(*cell) || self.steps[**cell].is_skipped();
            let skipped = needs.direct[step.cell].iter().find(is_skipped).copied();
            // A spec that is wrong on purpose needs nothing.
            let stays = step.is_skipped() || matches!(step.work, StepKind::ExpectedError(_));
            if let Some(skipped) = skipped.filter(|_| !stays) {
                reasons.insert(step.cell, SkipReason::Needs(skipped));
            }
        }
        self.leave_out(&reasons);
    }

    /// Leaves of the plan one cell and what it needs, or may need.
    pub fn keep_only(&mut self, notebook: &Notebook, cell: usize) {
        let needs = needs(notebook, self);
        let vague = needs.vague.range(..cell).copied();
        self.keep(&needs.all_of(vague.chain([cell])));
    }

    /// Leaves of the plan these cells, which need no other.
    pub fn keep(&mut self, kept: &BTreeSet<usize>) {
        let others = self.steps.iter().map(|step| step.cell).filter(|cell| !kept.contains(cell));
        self.leave_out(&others.map(|cell| (cell, SkipReason::NotAsked)).collect());
    }

    /// How many cells were asked for, those that they need included.
    pub fn asked(&self) -> usize {
        let is_left =
            |step: &&Step| matches!(&step.work, StepKind::Skipped(Skipped { reason: SkipReason::NotAsked, .. }));
        self.steps.len() - self.steps.iter().filter(is_left).count()
    }

    /// Leaves cells out, with the resources that they declare.
    fn leave_out(&mut self, reasons: &BTreeMap<usize, SkipReason>) {
        for step in &mut self.steps {
            let Some(&reason) = reasons.get(&step.cell) else { continue };
            let declared = self.resources.iter().filter(|resource| resource.cell == step.cell);
            let declares = match &step.work {
                StepKind::Skipped(skipped) => skipped.declares.clone(),
                _ => declared.map(|resource| resource.name.clone()).collect(),
            };
            step.work = StepKind::Skipped(Skipped { reason, declares, changes: step.changes() });
            let (name, skip) = (step.options.name.take(), step.options.skip);
            step.options = Options { name, skip, ..Options::default() };
        }
        self.resources.retain(|resource| !reasons.contains_key(&resource.cell));
        let mut numbers = HashMap::new();
        for (resource, id) in self.resources.iter_mut().zip(0..) {
            numbers.insert(resource.id, id);
            resource.id = id;
        }
        for step in &mut self.steps {
            if let StepKind::Declare(ids) = &mut step.work {
                ids.iter_mut().for_each(|id| *id = numbers.get(id).copied().unwrap_or(*id));
            }
        }
    }
}

#[cfg(test)]
#[path = "skip_tests.rs"]
mod tests;
