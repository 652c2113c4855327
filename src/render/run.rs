//! One run of a cell: what was printed, the results, the picture, the workers.

use super::options::RenderContext;
use super::view::View;
use super::{explore, output, picture, replay, results, workers};
use crate::record::RunOutcome;
use std::fmt::Write;

/// Appends a run.
pub fn push(out: &mut String, run: &RunOutcome, view: &View) {
    // On a page, time begins where it does in the pictures.
    let from_ns = if view.context.stable { 0 } else { picture::zero_ns(run) };
    let context = RenderContext { words: view.context.words.counted_from(from_ns), ..view.context };
    let view = &View { context, ..*view };
    let in_order = if context.stable { picture::in_order(run, view) } else { None };
    output::push(out, in_order.as_ref().unwrap_or(run), context);
    results::push_values(out, &run.results, context.theirs);
    if let Some(replayed) = &run.replay {
        // The same in each run, and a picture of time would be one of turns.
        replay::push(out, run, replayed, view);
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
