//! One run of a cell: what was printed, the results, the picture, the workers.

use super::options::RenderContext;
use super::{explore, output, picture, replay, results, workers};
use crate::notebook::Cell;
use crate::record::{AxisKind, ResourceState, RunOutcome};
use std::fmt::Write;

/// What a run's parts need to know of what is around it.
pub struct View<'a> {
    /// The cell that ran.
    pub cell: &'a Cell,
    /// The names behind the resource ids in the trace.
    pub resources: &'a [ResourceState],
    /// Which of the cell's groups of runs this is, from 0: pictures get unique ids by it.
    pub group: usize,
    /// Where the time axis of the picture ends, if it is shared with other pictures.
    pub axis_ns: Option<u64>,
    /// What the pictures have from left to right, where the author chose.
    pub axis: Option<AxisKind>,
    /// For how many steps there is room on an axis of steps, if it is shared with other pictures.
    pub steps: usize,
    /// The page's words, and whether times may be shown.
    pub context: RenderContext<'a>,
}

/// Appends a run.
pub fn push(out: &mut String, run: &RunOutcome, view: &View) {
    let context = view.context;
    let in_order = if context.stable { picture::in_order(run, view) } else { None };
    output::push(out, in_order.as_ref().unwrap_or(run), context);
    results::push_values(out, &run.results, context.theirs);
    if let Some(replayed) = &run.replay {
        // The same in each run, and a picture of time would be one of turns.
        replay::push(out, run, replayed, view);
        picture::push_deadlock(out, run, view);
    }
    let drawn = run.replay.is_some() || picture::push(out, run, view);
    if run.trace_dropped > 0 && !context.stable && run.replay.is_none() {
        let _ = writeln!(out, "<p class=\"notice\">{}</p>", context.words.events_dropped(run.trace_dropped));
    }
    if !context.stable {
        let title = match run.replay {
            Some(_) => context.words.unordered_but_for_turns(),
            None => context.words.unordered_here(),
        };
        explore::push_races(out, &run.races, title, context.words);
    }
    workers::push_table(out, run, drawn || context.stable, context);
}
