//! One cell: its head, its code, what came of it.

use super::text::escape;
use super::{anchor, compare, errors, highlight, repeat, results, run, units};
use crate::notebook::{Cell, CellKind, SpecKind};
use crate::record::{CellOutcome, Executor, RunOutcome, Status};
use std::fmt::Write;

/// The runs of one executor, in order; more than one where the cell is repeated.
pub struct Group<'a> {
    /// The executor; `None` where each job named its own.
    pub executor: Option<Executor>,
    /// Its runs, at least one.
    pub runs: Vec<&'a RunOutcome>,
}

impl Group<'_> {
    /// The median of the runs' wall times, in nanoseconds.
    pub fn wall_ns(&self) -> u64 {
        let mut walls: Vec<u64> = self.runs.iter().map(|run| run.wall_ns).collect();
        walls.sort_unstable();
        walls.get(walls.len() / 2).copied().unwrap_or(0)
    }

    /// What the group is called on the page.
    pub fn name(&self) -> &'static str {
        self.executor.map_or("as each job says", Executor::as_str)
    }
}

/// Renders a cell. Without an outcome it is shown as not run.
pub fn render(cell: &Cell, outcome: Option<&CellOutcome>) -> String {
    let status = outcome.map_or(Status::NotRun, |outcome| outcome.status);
    let number = cell.index + 1;
    let class = match status {
        Status::Passed => "passed",
        Status::FailedAsExpected => "expected",
        Status::Failed => "failed",
        Status::NotRun => "not-run",
    };
    let mut out = String::with_capacity(8192);
    let _ = write!(
        out,
        "<section class=\"cell {} {class}\" id=\"{}\" aria-label=\"Cell {number}, {}\">\n<div class=\"head\" \
         lang=\"en\">\
         <span class=\"kind\">{}</span><a class=\"number\" href=\"#{}\" aria-label=\"Link to cell \
         {number}\">{number}</a>{}</div>\n",
        cell.kind,
        anchor(cell.index),
        cell.kind,
        cell.kind,
        anchor(cell.index),
        badge(status, outcome),
    );
    push_code(&mut out, cell);
    if let Some(outcome) = outcome {
        push_outcome(&mut out, cell, outcome);
    }
    out.push_str("</section>\n");
    out
}

/// What the head says of the cell's end: in words, never by colour alone.
fn badge(status: Status, outcome: Option<&CellOutcome>) -> String {
    match status {
        Status::Passed => {
            let wall: u64 = outcome.iter().flat_map(|outcome| &outcome.runs).map(|run| run.wall_ns).sum();
            if wall == 0 { String::new() } else { format!("<span class=\"wall\">{}</span>", units::duration(wall)) }
        }
        Status::FailedAsExpected => "<span class=\"badge\">failed, as the lesson expects</span>".to_owned(),
        Status::Failed => "<span class=\"badge\">✗ failed</span>".to_owned(),
        Status::NotRun => "<span class=\"badge\">not run</span>".to_owned(),
    }
}

fn push_code(out: &mut String, cell: &Cell) {
    let code = cell.code.text();
    let html = match cell.kind {
        CellKind::Job => highlight::rust(&code),
        CellKind::Spec(_) => highlight::spec(&code),
    };
    let _ = writeln!(out, "<pre class=\"code\" tabindex=\"0\"><code>{html}</code></pre>");
}

fn push_outcome(out: &mut String, cell: &Cell, outcome: &CellOutcome) {
    let shows = !(outcome.errors.is_empty() && outcome.runs.is_empty() && outcome.resources.is_empty());
    if !shows {
        return;
    }
    out.push_str("<div class=\"out\" lang=\"en\">\n");
    errors::push(out, &outcome.errors, outcome.status == Status::FailedAsExpected);
    let groups = groups(&outcome.runs);
    if groups.len() > 1 {
        compare::push(out, &groups);
    }
    // Pictures that stand below each other share one time axis, so that lengths can be compared.
    let axis_ns = groups.iter().flat_map(|group| &group.runs).map(|run| run::end_ns(run)).max().unwrap_or(0);
    for (index, group) in groups.iter().enumerate() {
        let labelled = groups.len() > 1;
        if labelled {
            let _ = writeln!(
                out,
                "<details class=\"run\" open><summary><b>{}</b> <span class=\"wall\">{}</span></summary>",
                escape(group.name()),
                units::duration(group.wall_ns())
            );
        }
        let view =
            run::View { cell, resources: &outcome.resources, group: index, axis_ns: labelled.then_some(axis_ns) };
        match group.runs.as_slice() {
            [] => {}
            [only] => run::push(out, only, &view),
            runs => repeat::push(out, runs, &view),
        }
        if labelled {
            out.push_str("</details>\n");
        }
    }
    let declares =
        matches!(cell.kind, CellKind::Spec(SpecKind::Queue | SpecKind::Value | SpecKind::Array | SpecKind::Lock));
    let caption = if declares { "Declared" } else { "Shared, at the end" };
    results::push_resources(out, &outcome.resources, caption);
    out.push_str("</div>\n");
}

/// The runs by executor, in the order in which the executors first ran.
fn groups(runs: &[RunOutcome]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    for run in runs {
        match groups.iter_mut().find(|group| group.executor == run.executor) {
            Some(group) => group.runs.push(run),
            None => groups.push(Group { executor: run.executor, runs: vec![run] }),
        }
    }
    groups
}
