//! What the mechanism costs, piece by piece, beside CPython: starting and joining, a queue, a pool, a value under its lock.
//!
//! All of nbrun's figures are those of its own record, with everything that it records while it measures.

#[path = "../common/mod.rs"]
mod common;

use common::{machine, median, table};
use nbrun::record::{Record, RunOutcome};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// How many rounds there are.
const ROUNDS: usize = 5;
/// Measures of one thing each, in the order of the notebook's cells that run something.
const MEASURES: [Measure; 5] = [
    Measure { what: "starting and joining a process", amount: None },
    Measure { what: "starting and joining a thread", amount: None },
    Measure { what: "queue between two processes", amount: Some((200_000.0, "items")) },
    Measure { what: "`map` on a pool of two, one task at a time", amount: Some((50_000.0, "tasks")) },
    Measure { what: "a value incremented under its lock by two processes", amount: Some((200_000.0, "increments")) },
];

struct Measure {
    what: &'static str,
    /// How much of what is done; a time is measured where there is none.
    amount: Option<(f64, &'static str)>,
}

fn main() {
    println!("{}\n", machine::describe());
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mechanism");
    fs::create_dir_all(&dir).expect("a directory below target");
    let _ = ours(&dir);
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push((ours(&dir), theirs(&dir)));
    }
    let compared = rounds.iter().all(|(_, theirs)| theirs.is_some());
    let row = |(number, measure): (usize, &Measure)| {
        let ours: Vec<f64> = rounds.iter().map(|(ours, _)| ours[number]).collect();
        let theirs: Vec<f64> = rounds.iter().filter_map(|(_, theirs)| Some(theirs.as_ref()?[number])).collect();
        let mut row = vec![measure.what.to_owned(), measure.show(median(&ours))];
        if compared {
            let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| measure.times_better(*ours, *theirs));
            let ratio = median(&ratios.collect::<Vec<_>>());
            row.extend([measure.show(median(&theirs)), format!("{ratio:.1}×"), table::verdict(ratio >= 1.0)]);
        }
        row
    };
    let rows: Vec<Vec<String>> = MEASURES.iter().enumerate().map(row).collect();
    if compared {
        table::print(&["medians", "nbrun", "CPython", "ratio", "goal: ≥ 1×"], &rows);
    } else {
        println!("There is no python3 that works, so there is nothing to compare with.\n");
        table::print(&["medians", "nbrun"], &rows);
    }
}

impl Measure {
    fn show(&self, value: f64) -> String {
        match self.amount {
            None => format!("{:.0} µs", value * 1e6),
            Some((_, unit)) if value >= 1e6 => format!("{:.2} M {unit}/s", value / 1e6),
            Some((_, unit)) => format!("{:.0} k {unit}/s", value / 1e3),
        }
    }

    /// Less time is better, and more a second.
    fn times_better(&self, ours: f64, theirs: f64) -> f64 {
        if self.amount.is_some() { ours / theirs } else { theirs / ours }
    }
}

/// nbrun's figures, in seconds or per second.
fn ours(dir: &Path) -> Vec<f64> {
    let (notebook, record) = (dir.join("mechanism.md"), dir.join("record.json"));
    fs::write(&notebook, include_str!("mechanism.md")).expect("the notebook can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nbrun"));
    command.arg(&notebook).arg("--record").arg(&record).env("NBRUN_CACHE_DIR", dir.join("cache"));
    common::measure(&mut command);
    let text = fs::read_to_string(&record).expect("a record");
    let record = Record::from_json("record.json", &text).expect("a record of this version");
    let cells = record.cells.iter().filter(|cell| !cell.runs.is_empty());
    let figures = cells.zip(&MEASURES).map(|(cell, measure)| {
        let seconds = median(&cell.runs.iter().map(seconds).collect::<Vec<_>>());
        measure.amount.map_or(seconds, |(amount, _)| amount / seconds)
    });
    let figures: Vec<f64> = figures.collect();
    assert_eq!(figures.len(), MEASURES.len(), "a cell for each measure");
    figures
}

/// From the start of the first worker to the last join.
fn seconds(run: &RunOutcome) -> f64 {
    let started = run.workers.iter().skip(1).map(|worker| worker.spawn_ns).min().unwrap_or(0);
    run.wall_ns.saturating_sub(started) as f64 / 1e9
}

/// Python's figures; `None` where there is none.
fn theirs(dir: &Path) -> Option<Vec<f64>> {
    let script = dir.join("mechanism.py");
    fs::write(&script, include_str!("mechanism.py")).expect("the script can be written");
    let output = Command::new("python3").arg(&script).stdin(Stdio::null()).output().ok()?;
    let figures: Vec<f64> =
        String::from_utf8(output.stdout).ok()?.lines().map_while(|line| line.parse().ok()).collect();
    (output.status.success() && figures.len() == MEASURES.len()).then_some(figures)
}
