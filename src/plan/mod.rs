//! Stage 2: cells to a typed, validated plan. Pure, and it reports everything that is wrong at once.

mod bindings;
mod blanks;
mod cell;
mod declaration;
mod declare;
mod explore;
mod expression;
pub mod names;
mod needs;
mod options;
mod pool_spec;
mod program;
mod reader;
mod replay;
mod skip;
mod spawn_spec;
mod spec;
mod split;
mod sweep;
mod unseen;

pub use bindings::{Bindings, Bound};
pub use declaration::{ArrayInit, Declaration, DeclaredKind};
pub use needs::{Needs, needs};
pub use spawn_spec::MAX_WORKERS;
pub use spec::{
    Assertion, Comparison, Expect, ExpectedLine, Explore, Interleavings, Job, Options, Order, Pool, PoolWork, Replay,
    Show, Skipped, Spawn, Step, StepKind,
};

use crate::diagnostic::{Diagnostic, Diagnostics, MAX_REPORTED, Place};
use crate::model::{SkipReason, packed};
use crate::notebook::{Cell, CellKind, MustFail, Notebook, Settings, hidden};
use cell::{Anchors, Work};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Everything that a notebook asks for, cell by cell, ready to be compiled and run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The notebook's path as the user gave it.
    pub file: String,
    /// The run's settings.
    pub settings: Settings,
    /// Every resource that the notebook declares, in order of declaration; a [`Declaration::id`] is the index here.
    pub resources: Vec<Declaration>,
    /// One step for each cell, in order.
    pub steps: Vec<Step>,
}

/// How many resources a notebook may declare.
const MAX_RESOURCES: usize = 10_000;

/// Reads every cell of a notebook.
///
/// # Errors
/// Everything that is wrong with any spec, in the order of the notebook. A cell that is wrong and says so with
/// `expect: {error: …}` is no error: it becomes [`StepKind::ExpectedError`].
pub fn plan(notebook: &Notebook) -> Result<Plan, Vec<Diagnostic>> {
    let mut plan = Plan {
        file: notebook.file.clone(),
        settings: notebook.front_matter.nbrun.clone(),
        resources: Vec::new(),
        steps: Vec::with_capacity(notebook.cells.len()),
    };
    let mut errors = Diagnostics::default();
    let mut anchors = Anchors::default();
    for cell in &notebook.cells {
        if let Some(error) = too_large(notebook, cell) {
            errors.add(|| error);
            break;
        }
        let (options, work) = match cell.kind {
            CellKind::Job => {
                let expect = cell.must_fail.clone().map(|MustFail { codes }| Expect::CompileError(codes));
                let options = Options { expect, ..Options::default() };
                let skipped = Skipped { reason: SkipReason::Marked, declares: Vec::new(), changes: false };
                match cell.skip {
                    true => (Options::default(), StepKind::Skipped(skipped)),
                    false => (options, StepKind::Jobs(hidden::without_markers(&cell.code))),
                }
            }
            CellKind::Run | CellKind::Explore => match program::read(notebook, cell) {
                Ok(read) => read,
                Err(wrong) => {
                    errors.add(|| wrong);
                    continue;
                }
            },
            CellKind::Spec(kind) => {
                // An error that a cell expects is looked for in those that are told.
                let room = MAX_REPORTED.saturating_sub(errors.len()).max(8);
                let (options, work) = cell::read(notebook, cell, kind, &mut anchors, room);
                match work {
                    Ok(work) => (options, plan.step(cell.index, work)),
                    Err(wrong) => {
                        errors.extend(wrong);
                        continue;
                    }
                }
            }
        };
        plan.steps.push(Step { cell: cell.index, kind: cell.kind, role: cell.role, line: cell.line, options, work });
        if let Some(resource) = plan.resources.get(MAX_RESOURCES) {
            let message = format!("a notebook may declare {MAX_RESOURCES} resources, and here one more is declared");
            let place = Place::in_source(&notebook.file, &notebook.text, resource.line, 1, 1);
            errors.add(|| Diagnostic::new(message).at(place).help("share a queue or an array in place of many"));
            break;
        }
    }
    if !errors.is_empty() {
        return Err(errors.list());
    }
    plan.skip_what_needs_skipped(notebook);
    plan.look_for_unseen(notebook);
    Ok(plan)
}

/// What is wrong with a cell that has no position: its number, or that of its last line, is too high.
fn too_large(notebook: &Notebook, cell: &Cell) -> Option<Diagnostic> {
    let (message, help) = if cell.index >= packed::MAX_CELLS as usize {
        let message = format!("a notebook may have {} cells, and this is one more", packed::MAX_CELLS);
        (message, "make several notebooks of it")
    } else if cell.code.lines.len() > packed::MAX_LINES as usize {
        (format!("a cell may have {} lines, and this one has more", packed::MAX_LINES), "make several cells of it")
    } else {
        return None;
    };
    Some(Diagnostic::new(message).at(notebook.fence(cell.line)).help(help))
}

impl Plan {
    /// The step for the work of a cell, whose resources are given their numbers.
    fn step(&mut self, cell: usize, work: Work) -> StepKind {
        match work {
            Work::Declare(declared) => {
                let ids = declared.into_iter().zip(self.resources.len() as u32..).map(|(declared, id)| {
                    let cell::Declared { name, line, kind } = declared;
                    self.resources.push(Declaration { id, name, cell, line, kind });
                    id
                });
                StepKind::Declare(ids.collect())
            }
            Work::Spawn(spawn) => StepKind::Spawn(spawn),
            Work::Pool(pool) => StepKind::Pool(pool),
            Work::ExpectedError(diagnostic) => StepKind::ExpectedError(diagnostic),
            Work::Skipped(skipped) => StepKind::Skipped(skipped),
        }
    }

    /// Leaves of the plan what is needed to follow one interleaving of a cell: the cell itself and all before it. Cells
    /// that are only explored take part with one interleaving, too, for they change nothing.
    pub fn follow(&mut self, cell: usize, schedule: Vec<u32>) {
        self.steps.truncate(cell + 1);
        for step in &mut self.steps {
            if step.options.explore.is_some() {
                step.options.follow(Vec::new());
                step.options.expect = None;
            }
        }
        if let Some(step) = self.steps.last_mut() {
            if let StepKind::Spawn(spawn) = &mut step.work {
                spawn.replay = None;
            }
            step.options.follow(schedule);
        }
    }

    /// The resources that a cell sees: of each name the last one declared in a cell before `cell`, in order of declaration.
    pub fn visible_resources(&self, cell: usize) -> Vec<&Declaration> {
        let declared = self.resources.partition_point(|resource| resource.cell < cell);
        let mut names = HashSet::new();
        let last = self.resources[..declared].iter().rev().filter(|resource| names.insert(resource.name.as_str()));
        let mut visible: Vec<&Declaration> = last.collect();
        visible.reverse();
        visible
    }
}

#[cfg(test)]
mod tests;
