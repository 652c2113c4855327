//! The tasks of a pool.

use super::{Caller, Kind, ModelPrimitive, NameOf, refused};
use crate::host::{Answer, Call, Effect, Operation};
use crate::model::Content;

/// How many chunks have been claimed, how many tasks are complete, and how many workers have been started.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pool {
    /// So many chunks have been claimed.
    pub claimed: u64,
    completed: u64,
    /// So many workers have been started.
    pub started: u32,
}

impl Pool {
    /// One that has started so many workers.
    pub fn new(workers: u32) -> Self {
        Self { claimed: 0, completed: 0, started: workers }
    }
}

impl ModelPrimitive for Pool {
    fn apply(&mut self, _kind: &Kind, _caller: Caller, call: &Call) -> Effect {
        let counted = match call.operation {
            Operation::Claim => &mut self.claimed,
            Operation::Complete { .. } => &mut self.completed,
            operation => return refused(operation),
        };
        *counted += 1;
        Effect::Done(Answer::value(*counted - 1))
    }

    fn held(&self, kind: &Kind, _name_of: NameOf<'_>) -> Content {
        let (tasks, _) = kind.tasks;
        Content::Tasks(tasks.saturating_sub(kind.chunk(self.claimed).start), tasks)
    }
}
