//! Races in real runs, found from their traces, whatever came of them.

use super::RACERS;
use crate::support::Run;

/// Those of [`RACERS`], and more.
const JOBS: &str = "fn ask_then(v: Value<i32>, e: Event) { while !e.is_set() { sleep(0.001); } v.get(); }
fn give(v: Value<i32>, c: Condition) { let _held = c.lock(); v.set(1); c.notify_all(); }
fn take(v: Value<i32>, c: Condition) { let _held = c.lock(); while v.get() == 0 { c.wait(); } v.set(0); }
fn under_read(v: Value<i32>, k: RwLock) { let _read = k.read(); v.set(v.get() + 1); }
fn only_reads(v: Value<i32>, k: RwLock) { let _read = k.read(); v.get(); }
fn under_write(v: Value<i32>, k: RwLock) { let _write = k.write(); v.set(v.get() + 1); }
fn signal(v: Value<i32>, s: Semaphore) { v.set(5); s.release(); }
fn await_it(v: Value<i32>, s: Semaphore) { s.acquire(); v.get(); }
fn work(v: Value<i32>, q: Queue<i64>) { v.set(3); q.put(1); q.join(); v.get(); }
fn serve(v: Value<i32>, q: Queue<i64>) { q.get(); v.set(4); q.task_done(); }
fn through(v: Value<i32>, q: Queue<i64>) { for n in 0..3 { v.get(); q.put(n); } }
fn part(a: Array<i32>, from: usize) { a.set_slice(from, &[1, 2]); }
fn whole(a: Array<i32>) { a.slice(..); }
fn last(a: Array<i32>) { a.get(3); }
fn back(q: Queue<i64>) { for _ in 0..3 { q.get(); } }";

/// Runs each pair under threads and processes, several times, and says for which there was a race in every run or in none.
#[test]
fn unordered_accesses_of_real_runs_are_reported_and_others_never_are() {
    let pairs = [
        ("\"plain(v)\", \"plain(v)\"", true),
        ("\"held(v)\", \"plain(v)\"", true),
        ("\"at_once(v)\", \"plain(v)\"", true),
        // Others who wait on a condition hide nothing.
        ("\"take(v, c)\", \"give(v, c)\", \"plain(x)\", \"plain(x)\"", true),
        // Readers are let in together, so nothing orders what they write.
        ("\"under_read(v, k)\", \"under_read(v, k)\"", true),
        ("\"part(a, 0)\", \"part(a, 1)\"", true),
        ("\"part(a, 0)\", \"whole(a)\"", true),
        ("\"part(a, 2)\", \"last(a)\"", true),
        ("\"part(a, 0)\", \"part(a, 2)\"", false),
        ("\"part(a, 0)\", \"last(a)\"", false),
        ("\"whole(a)\", \"whole(a)\"", false),
        ("\"held(v)\", \"held(v)\", \"held(v)\"", false),
        ("\"under_write(v, k)\", \"only_reads(v, k)\", \"under_write(v, k)\", \"only_reads(v, k)\"", false),
        ("\"at_once(v)\", \"at_once(v)\"", false),
        ("\"write_then_put(v, q)\", \"get_then_read(v, q)\"", false),
        ("\"before(v, b)\", \"behind(v, b)\"", false),
        ("\"set_then(v, e)\", \"wait_then(v, e)\"", false),
        ("\"set_then(v, e)\", \"ask_then(v, e)\"", false),
        ("\"take(v, c)\", \"give(v, c)\"", false),
        ("\"signal(v, s)\", \"await_it(v, s)\"", false),
        ("\"work(v, q)\", \"serve(v, q)\"", false),
        ("\"through(v, q)\", \"back(q)\", \"through(v, q)\"", false),
    ];
    let mut text = format!(
        "```rust job\n{RACERS}{JOBS}\n```\n\n```yaml value\nv: {{type: i, init: 0}}\nx: {{type: i, init: 0}}\n```\n\n"
    );
    text.push_str("```yaml array\na: {type: i, len: 4}\n```\n\n");
    text.push_str("```yaml queue\nq: i64\n```\n\n");
    for (jobs, _) in &pairs {
        // Anew for each: an event that is set already keeps nobody waiting.
        text.push_str("```yaml lock\nb: {barrier: 2}\ne: event\nc: condition\nk: rwlock\ns: {semaphore: 0}\n```\n\n");
        text.push_str(&format!(
            "```yaml spawn\nexecutor: [thread, process]\nrepeat: 5\njobs: [{jobs}]\nshow: v.get()\n```\n\n"
        ));
    }
    let outcome = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run();
    let record = outcome.record("r.json");
    let cells: Vec<_> = record.cells.iter().filter(|cell| !cell.runs.is_empty()).collect();
    assert_eq!(cells.len(), pairs.len(), "{}", outcome.stderr);
    for ((jobs, is_race), cell) in pairs.iter().zip(&cells) {
        assert_eq!(cell.runs.len(), 10, "{jobs}");
        for run in &cell.runs {
            assert_eq!(!run.races.is_empty(), *is_race, "{jobs}: {:?} {:?}", run.races, run.trace);
        }
    }
    let one_sided = cells[1].runs.iter().flat_map(|run| &run.races);
    let one_sided: Vec<_> = one_sided.filter(|race| race.first.holding != race.second.holding).collect();
    assert!(!one_sided.is_empty(), "the lock that one of them does not take is named");
    assert!(outcome.page().contains("Nothing ordered these accesses in this run:"));
}
