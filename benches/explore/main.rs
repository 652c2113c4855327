//! How fast interleavings are followed, of jobs and of programs of `std`, and how soon the shortest way to a lost update is found.
//!
//! The figures are the explorer's own: what the record says it took, without compiling and without writing a page.

#[path = "../common/mod.rs"]
mod common;

use common::{least, machine, median, rounds, table};
use nbrun::record::{Explored, Record};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// How often each is measured, after once for the cache.
const ROUNDS: usize = 5;

/// A cell, what it is measured by, and the least or the most that it should be.
struct Row {
    what: &'static str,
    program: Program,
    explore: &'static str,
    times: u32,
    figure: fn(&Explored) -> f64,
    unit: &'static str,
    goal: f64,
    more_is_better: bool,
}

/// What is explored: how often each of two workers does the same.
#[derive(Clone, Copy)]
enum Program {
    /// Jobs that add to a value without a lock.
    Race,
    /// Threads of `std` that add to a number under a mutex.
    Counter,
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
            program: Program::Race,
            explore: "200000",
            times: 5,
            figure: per_second,
            unit: "interleavings/s",
            goal: 100_000.0,
            more_is_better: true,
        },
        Row {
            what: "sampled by pct, 2 workers x 5 increments",
            program: Program::Race,
            explore: "{samples: 200000, strategy: pct}",
            times: 5,
            figure: per_second,
            unit: "interleavings/s",
            goal: 100_000.0,
            more_is_better: true,
        },
        Row {
            what: "all 924, 2 workers x 3 increments",
            program: Program::Race,
            explore: "all",
            times: 3,
            figure: milliseconds,
            unit: "ms",
            goal: 100.0,
            more_is_better: false,
        },
        Row {
            what: "all 184756, 2 workers x 5 increments",
            program: Program::Race,
            explore: "all",
            times: 5,
            figure: milliseconds,
            unit: "ms",
            goal: 1000.0,
            more_is_better: false,
        },
        Row {
            what: "samples and the shortest way to lose one of 2 x 100",
            program: Program::Race,
            explore: "1",
            times: 100,
            figure: milliseconds,
            unit: "ms",
            goal: 1000.0,
            more_is_better: false,
        },
        Row {
            what: "sampled at random, 2 std threads x 1 locked round",
            program: Program::Counter,
            explore: "200000",
            times: 1,
            figure: per_second,
            unit: "executions/s",
            goal: 100_000.0,
            more_is_better: true,
        },
        Row {
            what: "all 12870 orders, 2 std threads x 8 locked rounds",
            program: Program::Counter,
            explore: "all",
            times: 8,
            figure: milliseconds,
            unit: "ms",
            goal: 1000.0,
            more_is_better: false,
        },
    ];
    let mut lines = Vec::new();
    for row in &rows {
        let figures: Vec<f64> = (0..=rounds(ROUNDS)).map(|_| (row.figure)(&explore(&dir, row))).skip(1).collect();
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

/// The cells of a program.
fn notebook(&Row { program, explore, times, .. }: &Row) -> String {
    let (cells, rest) = match program {
        Program::Race => (
            "```rust job\nfn add(v: Value<i32>, times: i32) { let mut v = v; for _ in 0..times { v += 1; } }\n```\n\n\
             ```yaml value\nv: {type: i, init: 0}\n```\n"
                .to_owned(),
            format!("jobs: [\"add(v, {times})\", \"add(v, {times})\"]\nshow: v.get()"),
        ),
        Program::Counter => (
            format!(
                "```rust job\nuse std::sync::{{Arc, Mutex}};\nfn count() {{\n\
                 let n = Arc::new(Mutex::new(0));\n\
                 let add = |n: Arc<Mutex<i32>>| move || for _ in 0..{times} {{ *n.lock().unwrap() += 1; }};\n\
                 let threads = [std::thread::spawn(add(n.clone())), std::thread::spawn(add(n.clone()))];\n\
                 for thread in threads {{ thread.join().unwrap(); }}\n\
                 assert_eq!(*n.lock().unwrap(), 2 * {times});\n}}\n```\n"
            ),
            "jobs: [count()]".to_owned(),
        ),
    };
    format!("{cells}\n```yaml spawn\nexplore: {explore}\n{rest}\n```\n")
}

/// Explores a program.
fn explore(dir: &Path, row: &Row) -> Explored {
    fs::write(dir.join("a.md"), notebook(row)).expect("a notebook");
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
