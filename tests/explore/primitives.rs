//! Every primitive under a controlled scheduler: the same rules as for real workers.

use super::{RACERS, all, counts, run};

/// Everything that is shared, and everything that can be done with it.
pub(super) const SHARED: [(&str, &str); 4] = [
    ("value", "v: {type: i, init: 0}\nw: {type: l, init: 0}"),
    ("array", "x: {type: i, init: [0, 0, 0]}"),
    ("queue", "q: i64\nt: {of: String, maxsize: 1}"),
    (
        "lock",
        "l: lock\nm: lock\nr: rlock\ns: {semaphore: 1}\nz: {bounded_semaphore: 1}\ne: event\nc: condition\nb: {barrier: 2}",
    ),
];

/// What is done with it, in every way.
pub(super) const JOBS: &str = "fn add(v: Value<i32>, n: i32) { let mut v = v; for _ in 0..n { v += 1; println!(\"added {n}\"); } }
fn at_once(w: Value<i64>) { w.fetch_add(1); }
fn held(v: Value<i32>) { let _held = v.lock(); let mut v = v; v += 1; }
fn meet(b: Barrier, v: Value<i32>) { let place = b.wait(); v.fetch_add(place as i32); }
fn hasty_meet(b: Barrier, v: Value<i32>) { if b.wait_timeout(0.1).is_err() { v.set(5); } }
fn wait_then(e: Event, v: Value<i32>) { e.wait(); v.fetch_add(1); }
fn hasty_wait(e: Event, v: Value<i32>) { if e.wait_timeout(0.1) { v.set(1); } else { v.set(2); } }
fn signal(e: Event) { e.set(); }
fn blink(e: Event) { e.set(); e.clear(); if e.is_set() { println!(\"still\"); } }
fn through(s: Semaphore, v: Value<i32>) { s.acquire(); let mut v = v; v += 1; s.release(); }
fn too_often(z: BoundedSemaphore) { z.release(); }
fn twice(r: RLock, v: Value<i32>) { let _one = r.lock(); let _two = r.lock(); let mut v = v; v += 1; }
fn nap(time: f64, v: Value<i32>, n: i32) { sleep(time); v.set(n); eprintln!(\"awake\"); }
fn try_it(l: Lock, v: Value<i32>) { if let Some(_held) = l.try_lock() { v.get(); } else { v.set(7); } }
fn hasty(q: Queue<i64>, v: Value<i32>) { if q.get_timeout(0.5).is_err() { v.set(9); } }
fn produce(q: Queue<i64>) { q.put(41); q.put(42); }
fn consume(q: Queue<i64>, v: Value<i32>) { let n = q.get(); v.set(n as i32); println!(\"{} left\", q.len()); }
fn texts(t: Queue<String>) { t.put(\"a\".to_owned()); t.put(\"b\".to_owned()); }
fn reads(t: Queue<String>, v: Value<i32>) { t.get(); t.get(); v.set(1); }
fn part(x: Array<i32>, from: usize) { x.set_slice(from, &[1, 2]); }
fn sum(x: Array<i32>, v: Value<i32>) { v.set(x.slice(..).iter().sum()); }
fn serve(q: Queue<i64>) { for _item in q { q.task_done(); } }
fn fill(q: Queue<i64>) { q.put(1); q.put(2); q.join(); q.close(); }
fn leave_locked(l: Lock) { l.acquire(); exit(3) }
fn after(l: Lock) { let _held = l.lock(); }
fn both(l: Lock, m: Lock) { let _one = l.lock(); let _two = m.lock(); }
fn waits(c: Condition, v: Value<i32>) { let _held = c.lock(); while v.get() == 0 { c.wait(); } v.set(v.get() - 1); }
fn wakes(c: Condition, v: Value<i32>) { let _held = c.lock(); v.set(v.get() + 1); c.notify_one(); }
fn hasty_waits(c: Condition, v: Value<i32>) { let _held = c.lock(); let told = c.wait_timeout(0.1); v.set(if told { 1 } else { 2 }); }
fn falls(l: Lock, v: Value<i32>) { let _held = l.lock(); v.set(1); panic!(\"over\") }
fn say() { println!(\"{}\", worker()); }";

/// Jobs, and everything that they can come to.
const CELLS: [(&str, &[&str]); 15] = [
    ("\"meet(b, v)\", \"meet(b, v)\"", &["1"]),
    ("\"wait_then(e, v)\", \"signal(e)\"", &["1"]),
    ("\"wait_then(e, v)\", \"blink(e)\"", &["1", "deadlock"]),
    ("\"through(s, v)\", \"through(s, v)\", \"through(s, v)\"", &["3"]),
    ("\"twice(r, v)\", \"twice(r, v)\"", &["2"]),
    // A worker may be slow: a longer nap does not make it the last.
    ("\"nap(0.1, v, 1)\", \"nap(0.2, v, 2)\"", &["1", "2"]),
    ("\"try_it(l, v)\", \"try_it(l, v)\"", &["0", "7"]),
    ("\"hasty(q, v)\", \"q.put(1)\"", &["0", "9"]),
    ("\"hasty(q, v)\"", &["9"]),
    // Each element is read whole, and the slice is not.
    ("\"part(x, 1)\", \"sum(x, v)\"", &["0", "1", "2", "3"]),
    ("\"serve(q)\", \"fill(q)\"", &["0"]),
    (
        "\"leave_locked(l)\", \"leave_locked(l)\"",
        &[
            "0; leave_locked-1 ended with exit code 3; leave_locked-2 panicked: the last owner of `l` ended while it held \
         the lock; what the lock protects may be half done",
            "0; leave_locked-1 panicked: the last owner of `l` ended while it held the lock; what the lock protects may be \
         half done; leave_locked-2 ended with exit code 3",
        ],
    ),
    ("\"after(l)\", \"after(l)\"", &["0"]),
    ("\"say()\", \"say()\"", &["0"]),
    ("\"q.get()\"", &["deadlock"]),
];

/// Cells of these specs after everything that is shared.
fn notebook<'a>(jobs: &'a str, specs: &'a [String]) -> Vec<(&'a str, &'a str)> {
    let cells = specs.iter().map(|spec| ("spawn", spec.as_str()));
    [("job", jobs)].into_iter().chain(SHARED).chain(cells).collect()
}

/// Cells of these specs, each after everything that is shared is there anew: a real run leaves something behind.
pub(super) fn anew<'a>(jobs: &'a str, specs: &'a [String]) -> Vec<(&'a str, &'a str)> {
    let cell = |spec: &'a String| SHARED.into_iter().chain([("spawn", spec.as_str())]);
    [("job", jobs)].into_iter().chain(specs.iter().flat_map(cell)).collect()
}

#[test]
fn every_primitive_comes_to_what_its_rules_allow() {
    let specs: Vec<String> =
        CELLS.iter().map(|(jobs, _)| format!("explore: all\njobs: [{jobs}]\nshow: v.get()")).collect();
    let (outcome, record) = run(&notebook(JOBS, &specs));
    let found = all(&record);
    assert_eq!(found.len(), CELLS.len(), "{}", outcome.stderr);
    for ((jobs, expected), (_, explored)) in CELLS.iter().zip(found) {
        let texts: Vec<String> = counts(explored).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, *expected, "{jobs}");
    }
}

#[test]
fn whatever_real_workers_come_to_is_among_what_exploring_them_finds() {
    // All but those that may end badly.
    let ends_well = |(_, expected): &&(&str, &[&str])| expected.iter().all(|text| text.parse::<i32>().is_ok());
    let cells: Vec<_> = CELLS.iter().filter(ends_well).collect();
    assert!(cells.len() > 10);
    let spec =
        |(jobs, _): &&(&str, &[&str])| format!("executor: [thread, process]\nrepeat: 5\njobs: [{jobs}]\nshow: v.get()");
    let specs: Vec<String> = cells.iter().map(spec).collect();
    let (outcome, record) = run(&anew(JOBS, &specs));
    let ran: Vec<_> = record.cells.iter().filter(|cell| !cell.runs.is_empty()).collect();
    assert_eq!(ran.len(), cells.len(), "{}", outcome.stderr);
    for ((jobs, possible), cell) in cells.iter().zip(ran) {
        assert_eq!(cell.runs.len(), 10, "{jobs}");
        for run in &cell.runs {
            assert!(possible.contains(&run.results[0].text.as_str()), "{jobs}: {:?}", run.results);
        }
    }
}

#[test]
fn no_executor_and_no_way_to_start_changes_what_may_happen() {
    let jobs = "jobs: [\"through(s, v)\", \"nap(0.1, v, 5)\"]\nshow: v.get()";
    let manners =
        ["", "executor: process\nstart: exec\n", "executor: [normal, thread]\n", "executor: process\nstart: fork\n"];
    let mut specs: Vec<String> = manners.iter().map(|manner| format!("explore: all\n{manner}{jobs}")).collect();
    specs.push(
        "explore: all\njobs:\n  - {process: \"through(s, v)\", start: exec}\n  - thread: nap(0.1, v, 5)\nshow: v.get()"
            .to_owned(),
    );
    let (outcome, record) = run(&notebook(JOBS, &specs));
    let found = all(&record);
    assert_eq!(found.len(), specs.len(), "{}", outcome.stderr);
    // Four steps of one and two of the other, in any order: (4 + 2)! / (4! 2!).
    for (spec, (_, explored)) in specs.iter().zip(&found) {
        assert_eq!((explored.interleavings, counts(explored)), (15.0, counts(found[0].1)), "{spec}");
        assert_eq!(explored.outcomes[0].witness, found[0].1.outcomes[0].witness, "{spec}");
    }
}

#[test]
fn only_accesses_that_nothing_orders_are_reported() {
    let pairs = [
        ("\"plain(v)\", \"plain(v)\"", true),
        ("\"held(v)\", \"plain(v)\"", true),
        ("\"held(v)\", \"held(v)\"", false),
        ("\"at_once(v)\", \"at_once(v)\"", false),
        ("\"at_once(v)\", \"plain(v)\"", true),
        ("\"write_then_put(v, q)\", \"get_then_read(v, q)\"", false),
        ("\"before(v, b)\", \"behind(v, b)\"", false),
        ("\"set_then(v, e)\", \"wait_then(v, e)\"", false),
    ];
    let specs = pairs.map(|(jobs, _)| format!("explore: all\njobs: [{jobs}]"));
    let (_, record) = run(&notebook(RACERS, &specs));
    let found = all(&record);
    for ((jobs, is_race), (_, explored)) in pairs.iter().zip(&found) {
        assert_eq!(!explored.races.is_empty(), *is_race, "{jobs}: {:?}", explored.races);
    }
    let lacks = |race: &&nbrun::record::explored::Race| race.first.holding != race.second.holding;
    let one_sided = found[1].1.races.iter().find(lacks).expect("one of them holds the lock");
    let lines = [one_sided.first.position, one_sided.second.position].map(|at| at.map_or(0, |at| at.line()));
    assert!(lines.contains(&1) && lines.contains(&2), "{lines:?}");
}

#[test]
fn an_atomic_access_or_one_by_debug_has_its_line_in_any_exploration() {
    let jobs = "fn adds(v: Value<i32>) { v.fetch_add(1); }
fn reads(v: Value<i32>) { v.get(); }
fn tells(v: Value<i32>) {
    println!(\"{} {v:?} {v:?}\", {
        v.get(); v.get() });
    let _ = format!(\"{v:?}\");
}
fn lists(x: Array<i32>) { println!(\"{x:?}\"); }
fn sets(x: Array<i32>) { x.set(1, 5); }";
    let specs = ["explore: all", "explore: 20"].map(|which| {
        ["adds(v)\", \"reads(v)", "adds(v)\", \"tells(v)", "lists(x)\", \"sets(x)"]
            .map(|jobs| format!("{which}\njobs: [\"{jobs}\"]"))
    });
    let (outcome, record) = run(&notebook(jobs, specs.as_flattened()));
    let found = all(&record);
    assert_eq!(found.len(), 6, "{}", outcome.stderr);
    let lines = |n: usize| -> Vec<[(u32, bool); 2]> {
        let races = &found[n].1.races;
        races
            .iter()
            .map(|race| {
                [&race.first, &race.second].map(|access| (access.position.map_or(0, |at| at.line()), access.writes))
            })
            .collect()
    };
    for n in [0, 3] {
        assert_eq!(lines(n), [[(1, true), (2, false)]], "{:?}", found[n].1.races);
        assert_eq!(lines(n + 1), [[(0, false), (1, true)], [(1, true), (4, false)], [(1, true), (5, false)]]);
        assert_eq!(lines(n + 2), [[(8, false), (9, true)]]);
    }
    assert!(outcome.page().contains("a read by <code>Debug</code> of one worker and a write at <a"));
}

#[test]
fn a_step_is_told_as_the_call_that_the_author_wrote() {
    let jobs = "fn calls(s: Semaphore, l: Lock, q: Queue<i64>, e: Event) {
    s.acquire(); s.release(); drop(s.lock());
    assert!(s.try_acquire() && !s.acquire_timeout(0.5));
    drop(l.try_lock()); drop(l.lock_timeout(2));
    let _ = (q.try_put(7), q.put_timeout(8, 1), q.try_get(), q.get_timeout(0.25), q.try_get());
    e.wait_timeout(0); e.set(); e.wait_timeout(1); e.wait(); e.clear(); sleep(0.1);
}";
    let (outcome, record) = run(&notebook(jobs, &["explore: all\njobs: [\"calls(s, l, q, e)\"]".to_owned()]));
    let found = all(&record);
    assert_eq!(found.len(), 1, "{}", outcome.stderr);
    let steps = &found[0].1.outcomes[0].witness.steps;
    let calls: Vec<String> = steps.iter().map(|step| step.call.text()).collect();
    let expected = "s.acquire() s.release() s.lock() s.release() s.try_acquire() s.acquire_timeout(0.5) \
                    l.try_lock() l.release() l.lock_timeout(2) l.release() q.try_put(7) \
                    q.put_timeout(8,1) q.try_get()→7 q.get_timeout(0.25)→8 q.try_get() e.wait_timeout(0) e.wait_timeout(0) e.set() \
                    e.wait_timeout(1) e.wait() e.clear() sleep(0.1)";
    let told: Vec<String> = calls.iter().map(|call| call.replace(' ', "")).collect();
    assert_eq!(told.join(" "), expected);
    assert_eq!(steps.iter().filter(|step| step.call.operation == nbrun::model::Operation::Clear).count(), 1);
}
