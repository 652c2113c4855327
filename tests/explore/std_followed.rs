//! Threads and objects of `std` that follow a schedule: what an exploration finds comes for real, step by step and each time.

use crate::support::{Outcome, Run};
use nbrun::model::{Executor, schedule_text};
use nbrun::record::explored::{Outcome as Way, Step};
use nbrun::record::{CellOutcome, Record, RunOutcome};

/// Jobs, each with threads of its own and a value for what it finds.
const JOBS: &str = r#"
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Condvar, Mutex, OnceLock, RwLock, mpsc};
use std::thread;
use std::time::Duration;

fn loses(v: Value<i32>) {
    let n = AtomicI32::new(0);
    thread::scope(|s| { for _ in 0..2 { s.spawn(|| n.store(n.load(SeqCst) + 1, SeqCst)); } });
    v.set(n.load(SeqCst));
}
fn crosses(v: Value<i32>) {
    let (a, b) = (Mutex::new(0), Mutex::new(0));
    thread::scope(|s| {
        s.spawn(|| { let _a = a.lock().unwrap(); let _b = b.lock().unwrap(); });
        let _b = b.lock().unwrap();
        let _a = a.lock().unwrap();
    });
    v.set(1);
}
fn poisons(v: Value<i32>) {
    let m = Arc::new(Mutex::new(0));
    let t = { let m = m.clone(); thread::spawn(move || { let _m = m.lock().unwrap(); panic!("oh") }) };
    let poisoned = m.lock().is_err();
    assert!(t.join().is_err());
    v.set(i32::from(poisoned));
}
fn asks(v: Value<i32>) {
    let m = Mutex::new(0);
    thread::scope(|s| {
        let t = s.spawn(|| { let _m = m.lock().unwrap(); panic!("oh") });
        v.set(i32::from(m.is_poisoned()));
        assert!(t.join().is_err());
    });
}
fn hangs_up(v: Value<i32>) {
    let (tx, rx) = mpsc::channel();
    let t = thread::spawn(move || tx.send(1).is_ok());
    let got = rx.try_recv().is_ok();
    drop(rx);
    v.set(10 * i32::from(got) + i32::from(t.join().unwrap()));
}
fn misses(v: Value<i32>) {
    let (m, c) = (Mutex::new(0), Condvar::new());
    thread::scope(|s| { s.spawn(|| c.notify_one()); drop(c.wait(m.lock().unwrap()).unwrap()); });
    v.set(1);
}
fn meets(v: Value<i32>) {
    let (b, once, n) = (Barrier::new(2), OnceLock::new(), AtomicI32::new(0));
    let comes = || { once.get_or_init(|| n.fetch_add(1, SeqCst)); b.wait().is_leader() };
    let led = thread::scope(|s| { let other = s.spawn(comes); let led = comes(); assert!(other.join().unwrap() != led); led });
    v.set(i32::from(led) + 10 * n.load(SeqCst));
}
fn hands_over(v: Value<i32>) {
    let (tx, rx) = mpsc::sync_channel(0);
    let t = thread::spawn(move || { tx.send(1).unwrap(); tx.send(2).is_ok() });
    let first = rx.recv().unwrap();
    let second = rx.try_recv().is_ok();
    drop(rx);
    v.set(first + 10 * i32::from(second) + 100 * i32::from(t.join().unwrap()));
}
fn parks(v: Value<i32>) {
    let (main, l) = (thread::current(), RwLock::new(1));
    thread::scope(|s| {
        s.spawn(move || { main.unpark(); });
        s.spawn(|| *l.write().unwrap() += 1);
        thread::park_timeout(Duration::from_millis(5));
        v.set(*l.read().unwrap());
    });
}
fn nests(v: Value<i32>) {
    let n = Arc::new(Mutex::new(vec![]));
    let add = |n: &Arc<Mutex<Vec<i32>>>, i| { let n = n.clone(); move || n.lock().unwrap().push(i) };
    let (first, inner) = (add(&n, 1), add(&n, 2));
    let t = thread::spawn(move || { let inside = thread::spawn(inner); first(); inside.join().unwrap(); });
    t.join().unwrap();
    v.set(n.lock().unwrap()[0]);
}
fn tries(v: Value<i32>) {
    let m = Mutex::new(0);
    let got = thread::scope(|s| { let t = s.spawn(|| m.try_lock().is_ok()); drop(m.lock().unwrap()); t.join().unwrap() });
    v.set(i32::from(got));
}
"#;

const CELLS: [&str; 12] = [
    "loses(v)",
    "crosses(v)",
    "poisons(v)",
    "asks(v)",
    "hangs_up(v)",
    "misses(v)",
    "meets(v)",
    "hands_over(v)",
    "parks(v)",
    "nests(v)",
    "tries(v)",
    "loses(v), tries(v)",
];

/// A notebook of these specs, each with a value of its own.
fn notebook(specs: &[String]) -> String {
    let cells =
        specs.iter().map(|spec| format!("```yaml value\nv: i32\n```\n\n```yaml spawn\n{spec}\nshow: v.get()\n```\n\n"));
    format!("```rust job\n{JOBS}\n```\n\n{}", cells.collect::<String>())
}

fn run(text: &str) -> (Outcome, Record) {
    let outcome = Run::new().notebook("a.md", text).args(["--record", "r.json"]).run();
    let record = outcome.record("r.json");
    (outcome, record)
}

fn jobs(cell: &str) -> String {
    let jobs: Vec<String> = cell.split(", ").map(|job| format!("{job:?}")).collect();
    format!("jobs: [{}]", jobs.join(", "))
}

/// What each cell can come to.
fn found() -> Vec<(&'static str, Vec<Way>)> {
    let specs: Vec<String> = CELLS.iter().map(|cell| format!("explore: all\n{}", jobs(cell))).collect();
    let (outcome, record) = run(&notebook(&specs));
    let cells: Vec<&CellOutcome> = record.cells.iter().filter(|cell| cell.explored.is_some()).collect();
    assert_eq!(cells.len(), CELLS.len(), "{}", outcome.stderr);
    let ways = cells.into_iter().map(|cell| {
        let found = cell.explored.as_ref().expect("it was explored");
        assert!(!found.followers.is_empty());
        found.outcomes.iter().filter(|way| found.is_followed(way)).cloned().collect()
    });
    CELLS.into_iter().zip(ways).collect()
}

/// Steps without the difference that the value is there anew in each cell, and so has another number.
fn alike(steps: &[Step]) -> Vec<Step> {
    steps.iter().map(|step| Step { resource: step.resource.map(|_| 0), ..step.clone() }).collect()
}

#[track_caller]
fn came(cell: &str, way: &Way, run: &RunOutcome) {
    let what = format!("{cell} by {} under {:?}", schedule_text(&way.witness.schedule), run.executor);
    let replayed = run.replay.as_ref().expect("it had a schedule");
    assert_eq!(replayed.left, None, "{what}");
    assert_eq!(alike(&replayed.steps), alike(&way.witness.steps), "{what}");
    assert_eq!(run.deadlock.is_some(), !way.stuck.is_empty(), "{what}");
    if way.stuck.is_empty() {
        let shown: Vec<&str> = run.results.iter().map(|result| result.text.as_str()).collect();
        assert_eq!(
            (replayed.free, shown.as_slice()),
            (0, way.shown.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
            "{what}"
        );
    }
}

fn follow(ways: &[(&str, Way)], how: &str) {
    let spec = |(cell, way): &(&str, Way)| {
        format!("executor: [thread, process]\nreplay: {}\n{how}{}", schedule_text(&way.witness.schedule), jobs(cell))
    };
    let (outcome, record) = run(&notebook(&ways.iter().map(spec).collect::<Vec<_>>()));
    let ran: Vec<&CellOutcome> = record.cells.iter().filter(|cell| !cell.runs.is_empty()).collect();
    assert_eq!(ran.len(), ways.len(), "{}", outcome.stderr);
    for ((cell, way), ran) in ways.iter().zip(ran) {
        for executor in [Executor::Thread, Executor::Process] {
            assert!(ran.runs.iter().any(|run| run.executor == Some(executor)), "{}", outcome.stderr);
        }
        ran.runs.iter().for_each(|run| came(cell, way, run));
    }
}

#[test]
fn real_threads_take_every_way_that_is_found_for_objects_of_std() {
    let ways: Vec<(&str, Way)> =
        found().into_iter().flat_map(|(cell, ways)| ways.into_iter().take(6).map(move |way| (cell, way))).collect();
    assert!(ways.len() > 20, "{}", ways.len());
    follow(&ways, "");
}

#[test]
fn what_goes_wrong_among_threads_comes_each_of_fifty_times() {
    let is_wrong = |(cell, way): &(&str, Way)| match *cell {
        "loses(v)" => way.shown == ["1"],
        "crosses(v)" => !way.stuck.is_empty(),
        "poisons(v)" => way.shown == ["1"],
        "hangs_up(v)" => way.shown == ["0"],
        _ => false,
    };
    let all = found().into_iter().flat_map(|(cell, ways)| ways.into_iter().map(move |way| (cell, way)));
    let wrong: Vec<(&str, Way)> = all.filter(is_wrong).collect();
    assert_eq!(wrong.len(), 4, "one way to each");
    follow(&wrong, "repeat: 50\n");
}

#[test]
fn a_schedule_that_names_a_thread_which_was_not_started_says_so() {
    let (outcome, _) = run(&notebook(&[format!("replay: 1,5\n{}", jobs("loses(v)"))]));
    assert!(outcome.stderr.contains("no thread with the number 5 had been started before"), "{}", outcome.stderr);
}
