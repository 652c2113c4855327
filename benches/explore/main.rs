//! How fast interleavings are followed, and how soon the shortest way to a lost update is found.
//!
//! The figures are the explorer's own: what the record says it took, without compiling and without writing a page.

#[path = "../common/mod.rs"]
mod common;

use common::{least, machine, median, table};
use nbrun::record::{Explored, Record};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// How often each is measured, after once for the cache.
const ROUNDS: usize = 5;

/// A cell, what it is measured by, and the least or the most that it should be.
struct Row {
    what: &'static str,
    explore: &'static str,
    times: u32,
    figure: fn(&Explored) -> f64,
    unit: &'static str,
    goal: f64,
    more_is_better: bool,
}

fn main() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explore");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("a directory below target");
    println!("{}\n", machine::describe());
    let per_second = |explored: &Explored| explored.interleavings / (explored.took_ns as f64 / 1e9);
    let milliseconds = |explored: &Explored| explored.took_ns as f64 / 1e6;
    let rows = [
        Row {
            what: "sampled at random, 2 workers x 5 increments",
            explore: "200000",
            times: 5,
            figure: per_second,
            unit: "interleavings/s",
            goal: 100_000.0,
            more_is_better: true,
        },
        Row {
            what: "sampled by pct, 2 workers x 5 increments",
            explore: "{samples: 200000, strategy: pct}",
            times: 5,
            figure: per_second,
            unit: "interleavings/s",
            goal: 100_000.0,
            more_is_better: true,
        },
        Row {
            what: "all 924, 2 workers x 3 increments",
            explore: "all",
            times: 3,
            figure: milliseconds,
            unit: "ms",
            goal: 100.0,
            more_is_better: false,
        },
        Row {
            what: "all 184756, 2 workers x 5 increments",
            explore: "all",
            times: 5,
            figure: milliseconds,
            unit: "ms",
            goal: 1000.0,
            more_is_better: false,
        },
        Row {
            what: "samples and the shortest way to lose one of 2 x 100",
            explore: "1",
            times: 100,
            figure: milliseconds,
            unit: "ms",
            goal: 1000.0,
            more_is_better: false,
        },
    ];
    let mut lines = Vec::new();
    for row in &rows {
        let figures: Vec<f64> = (0..=ROUNDS).map(|_| (row.figure)(&explore(&dir, row))).skip(1).collect();
        let middle = median(&figures);
        let met = if row.more_is_better { middle >= row.goal } else { middle <= row.goal };
        let most = figures.iter().copied().fold(0.0, f64::max);
        let number = |value: f64| if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") };
        lines.push(vec![
            row.what.to_owned(),
            format!("{} {}", number(middle), row.unit),
            format!("{}–{}", number(least(&figures)), number(most)),
            number(row.goal),
            table::verdict(met),
        ]);
    }
    table::print(&["what", "median", "least–most", "goal", ""], &lines);
}

/// Explores the race of two workers.
fn explore(dir: &Path, row: &Row) -> Explored {
    let text = format!(
        "```rust job\nfn add(v: Value<i32>, times: i32) {{ let mut v = v; for _ in 0..times {{ v += 1; }} }}\n```\n\n\
         ```yaml value\nv: {{type: i, init: 0}}\n```\n\n\
         ```yaml spawn\nexplore: {0}\njobs: [\"add(v, {1})\", \"add(v, {1})\"]\nshow: v.get()\n```\n",
        row.explore, row.times
    );
    fs::write(dir.join("a.md"), text).expect("a notebook");
    let status = Command::new(env!("CARGO_BIN_EXE_nbrun"))
        .args(["a.md", "-q", "--record", "a.json"])
        .current_dir(dir)
        .env("NBRUN_CACHE_DIR", dir.join("cache"))
        .stdin(Stdio::null())
        .status()
        .expect("nbrun can be started");
    assert!(status.success(), "{}: {status}", row.what);
    let record = fs::read_to_string(dir.join("a.json")).expect("a record");
    let record = Record::from_json("a.json", &record).expect("a record");
    record.cells.into_iter().find_map(|cell| cell.explored).expect("an exploration")
}
