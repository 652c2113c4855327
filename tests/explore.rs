//! Exploring: every interleaving of small cells, counted against closed forms and against an enumeration that knows
//! nothing of nbrun's own; classic programs, right and wrong; and what cannot be explored.

mod support;

#[path = "explore/begins.rs"]
mod begins;
#[path = "explore/brute.rs"]
mod brute;
#[path = "explore/brute_pool.rs"]
mod brute_pool;
#[path = "explore/brute_world.rs"]
mod brute_world;
#[path = "explore/classics.rs"]
mod classics;
#[path = "explore/counts.rs"]
mod counts;
#[path = "explore/followed.rs"]
mod followed;
#[path = "explore/player.rs"]
mod player;
#[path = "explore/pools.rs"]
mod pools;
#[path = "explore/primitives.rs"]
mod primitives;
#[path = "explore/programs.rs"]
mod programs;
#[path = "explore/random.rs"]
mod random;
#[path = "explore/real_races.rs"]
mod real_races;
#[path = "explore/refused.rs"]
mod refused;
#[path = "explore/replay.rs"]
mod replay;
#[path = "explore/rwlock.rs"]
mod rwlock;
#[path = "explore/samples.rs"]
mod samples;
#[path = "explore/std_followed.rs"]
mod std_followed;
#[path = "explore/std_listings.rs"]
mod std_listings;
#[path = "explore/std_programs.rs"]
mod std_programs;
#[path = "explore/std_spurious.rs"]
mod std_spurious;
#[path = "explore/std_unseen.rs"]
mod std_unseen;
#[path = "explore/std_world.rs"]
mod std_world;

use nbrun::record::{CellOutcome, Explored, Record, Status};
use std::collections::BTreeMap;
use support::{Outcome, Run};

/// Jobs whose accesses to a number are ordered by something, or by nothing.
const RACERS: &str = "fn plain(v: Value<i32>) { let mut v = v; v += 1; }
fn held(v: Value<i32>) { let _held = v.lock(); let mut v = v; v += 1; }
fn at_once(v: Value<i32>) { v.fetch_add(1); }
fn write_then_put(v: Value<i32>, q: Queue<i64>) { v.set(5); q.put(1); }
fn get_then_read(v: Value<i32>, q: Queue<i64>) { q.get(); v.get(); }
fn before(v: Value<i32>, b: Barrier) { v.set(5); b.wait(); }
fn behind(v: Value<i32>, b: Barrier) { b.wait(); v.get(); }
fn set_then(v: Value<i32>, e: Event) { v.set(5); e.set(); }
fn wait_then(v: Value<i32>, e: Event) { e.wait(); v.get(); }
";

/// A run of a notebook of these cells, each a kind and its text.
fn run(cells: &[(&str, &str)]) -> (Outcome, Record) {
    let cell = |(kind, text): &(&str, &str)| match *kind {
        kind if kind == "job" || kind.starts_with("explore") => format!("```rust {kind}\n{text}\n```\n\n"),
        kind => format!("```yaml {kind}\n{text}\n```\n\n"),
    };
    let text: String = cells.iter().map(cell).collect();
    let outcome = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run();
    let record = outcome.record("r.json");
    (outcome, record)
}

/// What exploring the last of these cells found.
#[track_caller]
fn explored(cells: &[(&str, &str)]) -> Explored {
    let (outcome, record) = run(cells);
    let cell = record.cells.last().expect("a cell");
    cell.explored.clone().unwrap_or_else(|| panic!("explored\n{}", outcome.stderr))
}

/// Each explored cell of a record.
fn all(record: &Record) -> Vec<(&CellOutcome, &Explored)> {
    record.cells.iter().filter_map(|cell| Some((cell, cell.explored.as_ref()?))).collect()
}

/// What is shown and how often, in order of the text.
fn counts(explored: &Explored) -> Vec<(String, f64)> {
    let mut counts: Vec<(String, f64)> =
        explored.outcomes.iter().map(|outcome| (outcome.text(&explored.workers), outcome.count)).collect();
    counts.sort_by(|a, b| a.0.cmp(&b.0));
    counts
}

/// The same by text: deadlocks in which other workers wait are told apart, and called the same.
fn sums(explored: &Explored) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    counts(explored).into_iter().for_each(|(text, count)| *sums.entry(text).or_default() += count);
    sums
}

/// Whether a cell passed, or failed as it expects.
fn is_fine(cell: &CellOutcome) -> bool {
    matches!(cell.status, Status::Passed | Status::FailedAsExpected)
}
