//! `nbrun replay`: one interleaving of a cell, printed step by step.

use super::Errors;
use super::bounds::Bounds;
use super::document::Document;
use super::exit::Exit;
use super::input;
use super::output::Target;
use super::report::Reporter;
use super::session::Session;
use crate::diagnostic::Diagnostic;
use crate::model::parse_schedule;
use crate::notebook::Notebook;
use crate::plan::{Pool, StepKind};
use crate::record::Explored;
use crate::record::explored::Step;
use crate::render::visible;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;

/// A schedule as one argument: to clap, a bare list would be several.
type Schedule = Arc<[u32]>;

/// What to follow.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Replay {
    /// The notebook: a file, or `-` for standard input
    #[arg(value_name = "FILE|-")]
    notebook: PathBuf,

    /// The cell: its number on the page, or its `name`
    cell: String,

    /// Who takes each step: the workers' numbers in order, such as 1,2x3,1. Where it ends, the last one goes on
    #[arg(value_parser = |text: &str| parse_schedule(text).map(Schedule::from))]
    schedule: Schedule,

    /// What the user grants
    #[command(flatten)]
    pub bounds: Bounds,
}

impl Replay {
    /// Follows one interleaving of a cell and prints its steps.
    pub fn run(self, reporter: &Reporter) -> Result<Exit, Errors> {
        let input = input::one(&self.notebook, "replay takes one notebook, not a directory of several")?;
        let mut session = Session::open(self.bounds, true, reporter)?;
        let documents = session.prepare(vec![(input, Target::Stdout)], false, None)?;
        let Some(mut document) = documents.and_then(|mut all| all.pop()) else { return Ok(Exit::Interrupted) };
        let cell = find(&document, &self.cell)?;
        document.plan.follow(cell, self.schedule.to_vec());
        let (record, exit) = session.execute(&document)?;
        if let Some(explored) = record.cells.get(cell).and_then(|outcome| outcome.explored.as_ref()) {
            print(explored, &document.notebook);
        }
        Ok(exit)
    }
}

/// The index of the spawn or pool cell of this number, from 1, or of this name.
///
/// # Errors
/// If there is none.
fn find(document: &Document, cell: &str) -> Result<usize, Diagnostic> {
    let (index, plan) = (document.cell(cell)?, &document.plan);
    match plan.steps[index].work {
        StepKind::Spawn(_) | StepKind::Pool(Pool { workers: Some(_), .. }) => Ok(index),
        StepKind::Pool(_) => {
            let what = format!("the pool `{cell}` has one worker for each core, and its schedules differ with these");
            Err(Diagnostic::new(what).help("say in the notebook how many `workers` it has"))
        }
        StepKind::Skipped(_) => Err(Diagnostic::new(format!("cell `{cell}` is skipped"))),
        _ => Err(Diagnostic::new(format!(
            "cell `{cell}` is of kind `{}`, and only a spawn or a pool has interleavings",
            plan.steps[index].kind
        ))),
    }
}

/// Prints the steps of the one interleaving that was followed, and what it came to.
fn print(explored: &Explored, notebook: &Notebook) {
    let mut stdout = anstream::stdout().lock();
    for outcome in &explored.outcomes {
        let steps = &outcome.witness.steps;
        let rows: Vec<_> =
            steps.iter().zip(1..).map(|(step, number)| row(number, step, &explored.workers, notebook)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        let widths: [usize; 5] = std::array::from_fn(width);
        for (row, step) in rows.iter().zip(steps) {
            let cells =
                row.iter().zip(widths).map(|(text, width)| format!("{text}{}", " ".repeat(width - text.width())));
            // Where standard output is closed, nobody wants to know.
            let _ = writeln!(stdout, "{}", visible(cells.collect::<Vec<_>>().join("  ").trim_end()));
            for line in &step.printed {
                let _ = writeln!(stdout, "{}  {}", " ".repeat(widths[0]), visible(line));
            }
        }
        for sentence in
            outcome.stuck_sentences(&explored.workers, |position| format!(" at line {}", notebook.line(position)))
        {
            let _ = writeln!(stdout, "{}", visible(&sentence));
        }
        let text = outcome.text(&explored.workers);
        let _ =
            writeln!(stdout, "=> {}", if text.is_empty() { "all workers ended well".into() } else { visible(&text) });
    }
}

/// A step's number, worker, call, what changed, and line.
fn row(number: usize, step: &Step, workers: &[String], notebook: &Notebook) -> [String; 5] {
    let line = step.position.map_or(String::new(), |position| format!("line {}", notebook.line(position)));
    let worker = workers.get(step.worker as usize).cloned().unwrap_or_default();
    let change = if step.before == step.after { String::new() } else { format!("{} -> {}", step.before, step.after) };
    [number.to_string(), worker, step.call.to_string(), change, line]
}
