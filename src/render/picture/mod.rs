//! Static SVG drawn from a run's trace. Colours come from the page's CSS variables, so that a picture turns dark with
//! it.

mod axis;
mod bins;
mod events;
mod frame;
mod lanes;
mod pool;
mod waits;

use super::run::View;
use super::text::escape;
use super::units::count;
use super::{anchor, caption};
use crate::notebook::{CellKind, SpecKind};
use crate::record::{Executor, RunOutcome};
use std::fmt::Write;

pub use frame::shared_definitions;

/// A picture: its SVG elements, and what a reader must know to read it.
struct Picture {
    /// The whole `<svg>`.
    svg: String,
    /// The kinds of mark in it, for the legend.
    legend: Vec<Mark>,
    /// How many events stand for themselves no longer, because they share a pixel with others.
    binned: u64,
    /// How many workers have no lane, because there are too many.
    unseen: usize,
}

/// A kind of mark in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Start,
    Work,
    Wait,
    Sleep,
    Print,
    Gate,
    Task,
    Chunk,
    Idle,
}

/// Appends the picture of a run, if its cell's kind has one; says whether it did.
pub fn push(out: &mut String, run: &RunOutcome, view: &View) -> bool {
    if run.workers.len() < 2 || super::run::end_ns(run) == 0 {
        return false;
    }
    let (picture, text) = match view.cell.kind {
        CellKind::Spec(SpecKind::Pool) => (pool::draw(run, view), caption::pool(run)),
        CellKind::Spec(_) => (lanes::draw(run, view), caption::spawn(run, view.resources)),
        CellKind::Job => return false,
    };
    let _ = writeln!(
        out,
        "<figure class=\"picture\"><div class=\"scroll\" tabindex=\"0\">{}</div>\n<figcaption>{}",
        picture.svg,
        escape(&text)
    );
    push_legend(out, &picture.legend);
    let mut notes = Vec::new();
    if picture.binned > 0 {
        notes.push(format!(
            "{} events are closer than a pixel and are drawn together: as high as their share of the time.",
            count(picture.binned)
        ));
    }
    if picture.unseen > 0 {
        notes.push(format!("{} more workers have no lane here.", count(picture.unseen as u64)));
    }
    if !notes.is_empty() {
        let _ = write!(out, " <span class=\"note\">{}</span>", notes.join(" "));
    }
    out.push_str("</figcaption></figure>\n");
    true
}

/// The id of a run's picture, unique on the page.
fn id(view: &View) -> String {
    format!("{}-picture-{}", anchor(view.cell.index), view.group + 1)
}

/// The title of a run's picture.
fn title(run: &RunOutcome, view: &View) -> String {
    let executor =
        run.executor.map(|executor| format!(", executor {}", Executor::as_str(executor))).unwrap_or_default();
    format!("Timeline of cell {}{executor}", view.cell.index + 1)
}

/// Appends what the marks mean, each with a little picture of it.
fn push_legend(out: &mut String, marks: &[Mark]) {
    if marks.is_empty() {
        return;
    }
    out.push_str("<span class=\"legend\">");
    for mark in marks {
        let (shape, words) = match mark {
            Mark::Start => ("<rect class=\"start\" y=\"1\" width=\"20\" height=\"8\"/>", "starting"),
            Mark::Work => ("<rect class=\"work\" y=\"1\" width=\"20\" height=\"8\"/>", "working"),
            Mark::Wait => {
                ("<rect class=\"edge\" y=\"1\" width=\"20\" height=\"8\" fill=\"url(#h1)\"/>", "waiting for others")
            }
            Mark::Sleep => ("<rect class=\"edge\" y=\"1\" width=\"20\" height=\"8\" fill=\"url(#s1)\"/>", "sleeping"),
            Mark::Print => ("<path class=\"tick\" d=\"M10 1v8\"/>", "printed a line"),
            Mark::Gate => ("<path class=\"gate\" d=\"M10 -2v14\"/>", "all released at once"),
            Mark::Task => (
                "<rect class=\"work\" y=\"1\" width=\"9\" height=\"8\"/><rect class=\"work\" x=\"11\" y=\"1\" \
                 width=\"9\" height=\"8\"/>",
                "tasks",
            ),
            Mark::Chunk => ("<path class=\"chunk\" d=\"M1 8V3H19V8\"/>", "a chunk taken at once"),
            Mark::Idle => ("<rect class=\"idle\" y=\"1\" width=\"20\" height=\"8\"/>", "nothing left to do"),
        };
        let _ = write!(
            out,
            "<span><svg class=\"w1\" viewBox=\"0 0 20 10\" width=\"20\" height=\"10\" \
             aria-hidden=\"true\">{shape}</svg>{words}</span>"
        );
    }
    out.push_str("</span>");
}
