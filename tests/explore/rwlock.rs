//! Read-write locks under a controlled scheduler: how many interleavings there are, deadlocks, and schedules that are followed for
//! real.

use super::{all, counts, explored, run};
use crate::support::Run;
use nbrun::record::explored::Coverage;

const SHARED: [(&str, &str); 2] =
    [("lock", "l: rwlock\nm: rwlock\ne: event"), ("value", "v: {type: i, init: 0}\nw: {type: i, init: 0}")];

const JOBS: &str = "fn reads(l: RwLock, v: Value<i32>) { let _read = l.read(); v.get(); }
fn writes(l: RwLock, v: Value<i32>) { let _write = l.write(); v.set(v.get() + 1); }
fn writes_while_reading(l: RwLock, v: Value<i32>) { let _read = l.read(); v.set(v.get() + 1); }
fn upgrades(l: RwLock) { let _read = l.read(); let _write = l.write(); }
fn changes(read: RwLock, write: RwLock) { let _read = read.read(); let _write = write.write(); }
fn reads_until(l: RwLock, e: Event) { let _read = l.read(); e.wait(); }
fn reads_then_sets(l: RwLock, e: Event) { drop(l.read()); e.set(); }
fn hurries(l: RwLock, w: Value<i32>) { w.set(if l.write_timeout(0.1).is_some() { 1 } else { 2 }); }
fn tries(l: RwLock, w: Value<i32>) { w.set(if l.try_write().is_some() { 1 } else { 2 }); }
fn leaves(l: RwLock) { std::mem::forget(l.write()); exit(3) }
fn polls(l: RwLock, v: Value<i32>) { loop { let _read = l.read(); if v.get() == 1 { break } } }
";

fn cells(specs: &[String]) -> Vec<(&str, &str)> {
    let specs = specs.iter().map(|spec| ("spawn", spec.as_str()));
    [("job", JOBS)].into_iter().chain(SHARED).chain(specs).collect()
}

#[test]
fn readers_overlap_in_every_order_and_a_writer_is_alone() {
    let programs = [
        // Three steps each, in any order: 6! / (3! 3!).
        ("reads(l, v), reads(l, v)", vec![("0, 0", 20.0)]),
        // Four steps each, one worker after the other.
        ("writes(l, v), writes(l, v)", vec![("2, 0", 2.0)]),
        // The writer first, or behind the reader, which it may begin to wait for after each of its first two steps.
        ("reads(l, v), writes(l, v)", vec![("1, 0", 4.0)]),
        ("writes_while_reading(l, v), writes(l, v)", vec![("2, 0", 5.0)]),
        // Who only tries does so before, between or behind the reader's steps.
        ("reads(l, v), tries(l, w)", vec![("0, 1", 5.0), ("0, 2", 5.0)]),
    ];
    let specs: Vec<String> = programs
        .iter()
        .map(|(jobs, _)| format!("explore: all\njobs: [{}]\nshow: [v.get(), w.get()]", quoted(jobs)))
        .collect();
    let (outcome, record) = run(&cells(&specs));
    let found = all(&record);
    assert_eq!(found.len(), programs.len(), "{}", outcome.stderr);
    for ((jobs, expected), (_, explored)) in programs.iter().zip(found) {
        let expected: Vec<(String, f64)> = expected.iter().map(|(text, count)| ((*text).to_owned(), *count)).collect();
        assert_eq!((counts(explored), explored.coverage), (expected, Coverage::All), "{jobs}");
    }
}

/// Jobs as a list of texts.
fn quoted(jobs: &str) -> String {
    let jobs = jobs.replace("), ", ")\n");
    jobs.lines().map(|job| format!("\"{job}\"")).collect::<Vec<_>>().join(", ")
}

#[test]
fn everything_that_rwlocks_can_come_to_is_found() {
    let held = "`l` is held by this worker, so it would wait for itself for ever";
    let died = "the last owner of `l` ended while it held the lock; what the lock protects may be half done";
    let cells_and_texts = [
        ("upgrades(l)", vec![format!("0, 0; upgrades-1 panicked: {held}")]),
        ("changes(l, m), changes(m, l)", vec!["0, 0".to_owned(), "deadlock".to_owned()]),
        // A reader is kept out by a writer that waits for one that waits for that reader.
        ("reads_until(l, e), reads_then_sets(l, e), writes(l, v)", vec!["1, 0".to_owned(), "deadlock".to_owned()]),
        ("reads_until(l, e), reads_then_sets(l, e)", vec!["0, 0".to_owned()]),
        ("hurries(l, w), reads(l, v)", vec!["0, 1".to_owned(), "0, 2".to_owned()]),
        ("polls(l, v), writes(l, v)", vec!["1, 0".to_owned()]),
        (
            "leaves(l), reads(l, v)",
            vec![
                "0, 0; leaves-1 ended with exit code 3".to_owned(),
                format!("0, 0; leaves-1 ended with exit code 3; reads-2 panicked: {died}"),
            ],
        ),
    ];
    let specs: Vec<String> = cells_and_texts
        .iter()
        .map(|(jobs, _)| format!("explore: all\njobs: [{}]\nshow: [v.get(), w.get()]", quoted(jobs)))
        .collect();
    let (outcome, record) = run(&cells(&specs));
    let found = all(&record);
    assert_eq!(found.len(), cells_and_texts.len(), "{}", outcome.stderr);
    for ((jobs, expected), (_, explored)) in cells_and_texts.iter().zip(found) {
        let mut texts: Vec<String> = counts(explored).into_iter().map(|(text, _)| text).collect();
        texts.dedup();
        assert_eq!(texts, *expected, "{jobs}");
    }
    outcome
        .stderr_has("waits for write access to `m`, held by `changes-2`")
        .stderr_has("waits for read access to `l`, held by `reads_until-1`");
}

#[test]
fn a_write_under_a_read_hold_is_a_race() {
    let spec = format!(
        "explore: all\njobs: [{}]\nshow: v.get()",
        quoted("writes_while_reading(l, v), writes_while_reading(l, v)")
    );
    let mut cells = cells(&[]);
    cells.push(("spawn", &spec));
    let explored = explored(&cells);
    assert_eq!(explored.races.len(), 2, "{:?}", explored.races);
    assert!(explored.races.iter().all(|race| race.name == "v" && race.first.holding == ["l"]));
}

#[test]
fn a_schedule_with_a_writer_that_waits_is_followed_for_real() {
    let replay = |jobs: &str, schedule: &str| {
        let text = format!(
            "```rust job\n{JOBS}```\n\n```yaml lock\nl: rwlock\ne: event\n```\n\n```yaml value\nv: i\n```\n\n```yaml spawn\nexecutor: [thread, process]\nreplay: {schedule}\njobs: [{}]\nshow: v.get()\n```\n",
            quoted(jobs)
        );
        Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run()
    };
    // The writer begins to wait between the reader's steps, and goes on behind them.
    let waits = replay("reads(l, v), writes(l, v)", "1,2,1x2,2x4").code(0);
    let page = waits.page();
    assert!(page.contains("were taken in this order by real threads"), "{}", waits.stderr);
    for text in ["l.write() … starts to wait", "1 reader", "written by writes-2"] {
        assert!(page.contains(text), "{text}");
    }
    let lost = replay("writes_while_reading(l, v), writes_while_reading(l, v)", "1x2,2x4,1x2").code(0);
    for run in &lost.record("r.json").cells[3].runs {
        assert_eq!(run.results[0].text, "1", "both had read 0");
    }
    let stuck = replay("reads_until(l, e), reads_then_sets(l, e), writes(l, v)", "1,3");
    stuck.code(1).stderr_has("deadlock").stderr_has("which `writes-3` waits to write");
}
