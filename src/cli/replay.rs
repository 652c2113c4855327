//! One interleaving of a cell, printed step by step.

use crate::diagnostic::{Diagnostic, nearest};
use crate::plan::{Plan, Pool, StepKind};
use crate::record::Explored;
use crate::record::explored::Step;
use crate::render::visible;
use std::io::Write as _;
use unicode_width::UnicodeWidthStr;

/// The index of the spawn or pool cell of this number, from 1, or of this name.
///
/// # Errors
/// If there is none.
pub fn find(plan: &Plan, cell: &str) -> Result<usize, Box<Diagnostic>> {
    let named = plan.steps.iter().position(|step| step.options.name.as_deref() == Some(cell));
    let numbered = || cell.parse::<usize>().ok()?.checked_sub(1).filter(|index| *index < plan.steps.len());
    let Some(index) = named.or_else(numbered) else {
        let names: Vec<&str> = plan.steps.iter().filter_map(|step| step.options.name.as_deref()).collect();
        let error = Diagnostic::new(format!("{} has no cell `{cell}`", plan.file));
        return Err(Box::new(match nearest(cell, names) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("name it by its number on the page, or by its `name`"),
        }));
    };
    match plan.steps[index].work {
        StepKind::Spawn(_) => Ok(index),
        StepKind::Pool(Pool { workers: Some(_), .. }) => Ok(index),
        StepKind::Pool(_) => Err(Box::new(
            Diagnostic::new(format!(
                "the pool `{cell}` has one worker for each core, and its schedules differ with these"
            ))
            .help("say in the notebook how many `workers` it has"),
        )),
        _ => Err(Box::new(Diagnostic::new(format!(
            "cell `{cell}` is of kind `{}`, and only a spawn or a pool has interleavings",
            plan.steps[index].kind
        )))),
    }
}

/// Prints the steps of the one interleaving that was followed, and what it came to.
pub fn print(explored: &Explored) {
    let mut stdout = anstream::stdout().lock();
    for outcome in &explored.outcomes {
        let rows: Vec<[String; 6]> =
            outcome.witness.steps.iter().zip(1..).map(|(step, number)| row(number, step, &explored.workers)).collect();
        let mut widths = [0; 6];
        for (width, column) in widths.iter_mut().zip(0..) {
            *width = rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        }
        for (row, step) in rows.iter().zip(&outcome.witness.steps) {
            let cells =
                row.iter().zip(widths).map(|(text, width)| format!("{text}{}", " ".repeat(width - text.width())));
            // Where standard output is closed, nobody wants to know.
            let _ = writeln!(stdout, "{}", visible(cells.collect::<Vec<_>>().join("  ").trim_end()));
            for line in &step.printed {
                let _ = writeln!(stdout, "{}  {}", " ".repeat(widths[0]), visible(line));
            }
        }
        for sentence in outcome.stuck_sentences(&explored.workers) {
            let _ = writeln!(stdout, "{}", visible(&sentence));
        }
        let text = outcome.text(&explored.workers);
        let _ =
            writeln!(stdout, "=> {}", if text.is_empty() { "all workers ended well".into() } else { visible(&text) });
    }
}

/// A step's number, worker, call, what changed, and line.
fn row(number: usize, step: &Step, workers: &[String]) -> [String; 6] {
    let line = if step.line == 0 { String::new() } else { format!("line {}", step.line) };
    let worker = workers.get(step.worker as usize).cloned().unwrap_or_default();
    let change = if step.before == step.after { String::new() } else { format!("{} -> {}", step.before, step.after) };
    [number.to_string(), worker, step.deed.to_string(), change, line, String::new()]
}
