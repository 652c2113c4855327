//! A pool that came no further than to make its inputs.

use super::Judge;
use crate::diagnostic::{Diagnostic, Note, Place};
use crate::plan::{PoolWork, Step, StepKind};
use crate::record::{ExitStatus, RunOutcome};

/// What to do about it.
const ENDLESS: &str = "main makes all inputs of a pool before the workers begin, and did not come to the end of these: if they \
                       have no end, give them one, as `.take(1000)` does";

impl Judge<'_> {
    /// Where a pool says what its inputs are, if the run ended while main made them.
    pub(super) fn unmade_inputs(&self, step: &Step, outcome: &RunOutcome) -> Option<Place> {
        let StepKind::Pool(pool) = &step.work else { return None };
        let has_begun = outcome.workers.iter().skip(1).any(|worker| worker.exit != ExitStatus::NotStarted);
        let inputs = match &pool.work {
            _ if has_begun => return None,
            PoolWork::Map { over, .. } | PoolWork::Starmap { over, .. } => over,
            PoolWork::ApplyAsync { each, .. } => &each.as_ref()?.1,
            PoolWork::Apply { .. } => return None,
        };
        Some(self.of(inputs))
    }
}

/// Says of an error that the inputs may be without end, before anything else that could be done.
pub(super) fn may_be_endless(mut error: Diagnostic) -> Diagnostic {
    let first = error.notes.iter().position(|note| matches!(note, Note::Help(_))).unwrap_or(error.notes.len());
    error.notes.insert(first, Note::Help(ENDLESS.to_owned()));
    error
}
