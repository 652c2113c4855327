//! The rows: what is measured, against what, and the goal.
//!
//! nbrun's figures are taken from the records of its runs, as they are by default: traced. All times are for one.

use crate::common::median;
use crate::cpython::Python;
use crate::floor;
use crate::mirror;
use crate::nbrun::{Nbrun, start_and_join, work, work_and_join};
use nbrun::model::ActionKind;
use std::hint::black_box;

/// A way to get a figure, in seconds for one.
pub type Measure<'a> = Box<dyn Fn() -> f64 + 'a>;

/// What nbrun is to reach against a reference.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// At least so many times faster.
    TimesFaster(f64),
    /// At most so many times the reference's time.
    TimesTheCost(f64),
    /// At most so many seconds more than the reference.
    Above(f64),
    /// There is none: how many times faster, for orientation.
    Faster,
    /// There is none: how many times the reference's time.
    Cost,
}

/// Something to compare with.
pub struct Reference<'a> {
    /// Its name.
    pub what: &'static str,
    /// Its figure.
    pub measure: Measure<'a>,
    /// nbrun's goal against it.
    pub goal: Goal,
}

/// Something that is measured.
pub struct Row<'a> {
    /// In words.
    pub what: &'static str,
    /// nbrun's figure.
    pub ours: Measure<'a>,
    /// What it is compared with.
    pub references: Vec<Reference<'a>>,
}

/// How many workers are started, one after another, for one figure.
pub const STARTS: usize = 20;
/// How many items go through a queue.
const ITEMS: u64 = 500_000;
const BLOCKS: u64 = 64;
const BLOCK: usize = 1 << 20;
/// How many tasks a pool does.
const SINGLE_TASKS: u64 = 500_000;
const TASKS: i64 = 2_000_000;
const LONG_TASKS: i64 = 200_000;
/// How often each of two workers increments.
const INCREMENTS: u64 = 200_000;
/// How many events are traced: fewer than a worker's row of the trace has room for.
const EVENTS: u64 = 60_000;

/// All rows.
pub fn all<'a>(nbrun: &'a Nbrun, python: Option<&'a Python>) -> Vec<Row<'a>> {
    let mut rows = starts(nbrun);
    rows.extend(queues(nbrun));
    rows.extend(pools(nbrun));
    rows.push(value(nbrun));
    rows.push(rwlock(nbrun));
    rows.extend(two_cores(nbrun));
    rows.push(trace(nbrun));
    rows.extend(mirror::rows(nbrun));
    // What CPython is to be compared with, under the name of its figure and by which factor.
    let goals = [
        ("start + join, process", "process_start_join", 8.0),
        ("start + join, fresh process", "fresh_process_start_join", 0.0),
        ("queue, 8-byte items", "queue_small", 20.0),
        ("queue, 1 MiB items", "queue_large", 0.0),
        ("pool.map, chunk 1", "pool_chunk_1", 100.0),
        ("pool.map, default chunk", "pool_default_chunk", 10.0),
        ("value under its lock", "value_lock", 10.0),
    ];
    for (row, figure, factor) in goals {
        let row = rows.iter_mut().find(|other| other.what == row);
        if let (Some(row), Some(python)) = (row, python) {
            let goal = if factor > 0.0 { Goal::TimesFaster(factor) } else { Goal::Faster };
            row.references.insert(0, against("CPython", goal, move || python.measure(figure)));
        }
    }
    rows.retain(|row| !row.references.is_empty());
    rows
}

/// A row.
pub fn row<'a>(what: &'static str, ours: impl Fn() -> f64 + 'a, references: Vec<Reference<'a>>) -> Row<'a> {
    Row { what, ours: Box::new(ours), references }
}

/// A reference.
pub fn against<'a>(what: &'static str, goal: Goal, measure: impl Fn() -> f64 + 'a) -> Reference<'a> {
    Reference { what, measure: Box::new(measure), goal }
}

/// A notebook: its jobs, and its specs by kind.
pub fn notebook(jobs: &str, specs: &[(&str, String)]) -> String {
    let specs = specs.iter().map(|(kind, text)| format!("\n```yaml {kind}\n{text}\n```\n"));
    format!("```rust job\n{jobs}\n```\n{}", specs.collect::<String>())
}

fn starts(nbrun: &Nbrun) -> Vec<Row<'_>> {
    let ours = move |name: &str, how: &str| {
        let spec = format!("{how}\njobs: [nothing()]\nrepeat: {STARTS}");
        let text = notebook("fn nothing() {}", &[("spawn", spec)]);
        let runs = nbrun.run(&format!("start-{name}"), &text);
        median(&runs.iter().map(start_and_join).collect::<Vec<_>>())
    };
    let fork = against("fork, _exit, waitpid", Goal::TimesTheCost(3.0), || floor::alone(floor::ALONE[0]));
    let thread = against("std::thread", Goal::TimesTheCost(2.0), || floor::thread_start_join(STARTS));
    let first = against("first thread of a forked process", Goal::Cost, || floor::alone(floor::ALONE[1]));
    let exec = against("a process that runs `true`", Goal::Cost, || floor::fresh_process_start_join(STARTS));
    vec![
        row("start + join, process", move || ours("process", "executor: process"), vec![fork]),
        row("start + join, fresh process", move || ours("fresh", "start: exec"), vec![exec]),
        row("start + join, thread", move || ours("thread", "executor: thread"), vec![thread, first]),
    ]
}

fn queues(nbrun: &Nbrun) -> Vec<Row<'_>> {
    let small = move || {
        let jobs = format!(
            "fn put_all(q: Queue<u64>) {{ for i in 0..{ITEMS} {{ q.put(i); }} }}\n\
             fn get_all(q: Queue<u64>) {{ for i in 0..{ITEMS} {{ assert_eq!(q.get(), i); }} }}"
        );
        let specs = [("queue", "q: u64".to_owned()), ("spawn", "- put_all(q)\n- get_all(q)".to_owned())];
        work(&nbrun.run("queue-small", &notebook(&jobs, &specs))[0]) / ITEMS as f64
    };
    // The blocks are made before the first is put, and what is measured begins there.
    let large = move || {
        let jobs = format!(
            "fn put_all(q: Queue<Vec<u8>>) {{\n    \
                 let blocks: Vec<_> = (0..{BLOCKS}).map(|_| vec![7_u8; {BLOCK}]).collect();\n    \
                 for block in blocks {{ q.put(block); }}\n}}\n\
             fn get_all(q: Queue<Vec<u8>>) {{ for _ in 0..{BLOCKS} {{ assert_eq!(q.get().len(), {BLOCK}); }} }}"
        );
        let specs =
            [("queue", "q: {of: Vec<u8>, maxsize: 8}".to_owned()), ("spawn", "- put_all(q)\n- get_all(q)".to_owned())];
        let runs = nbrun.run("queue-large", &notebook(&jobs, &specs));
        let first = runs[0].trace.iter().find(|event| event.kind() == ActionKind::Put).expect("a put").at_ns;
        let last = runs[0].workers.iter().skip(1).map(|worker| worker.end_ns).max().expect("workers");
        last.saturating_sub(first) as f64 / 1e9 / BLOCKS as f64
    };
    let channel = against("crossbeam-channel, threads", Goal::TimesTheCost(2.0), || floor::channel(ITEMS));
    let copies = || floor::shared_copies(BLOCK, BLOCKS);
    let copies = against("memcpy in and out of shared memory", Goal::TimesTheCost(2.0), copies);
    vec![row("queue, 8-byte items", small, vec![channel]), row("queue, 1 MiB items", large, vec![copies])]
}

/// Somewhat more than half a microsecond of work on the machine that it was written on.
fn long(x: i64) -> i64 {
    (0..1000).fold(x, |sum, _| sum.wrapping_mul(3).rotate_left(1))
}

fn pools(nbrun: &Nbrun) -> Vec<Row<'_>> {
    let jobs = "fn square(x: i64) -> i64 { x * x }\n\
                fn long(x: i64) -> i64 { (0..1000).fold(x, |sum, _| sum.wrapping_mul(3).rotate_left(1)) }";
    let ours = move |name: &str, call: &str, tasks: u64, options: &str| {
        let spec = format!("map: {call}\nover: 0..{tasks}_i64\n{options}");
        work_and_join(&nbrun.run(name, &notebook(jobs, &[("pool", spec)]))[0]) / tasks as f64
    };
    let rayon = |tasks, call| against("rayon", Goal::TimesTheCost(2.0), move || floor::rayon(tasks, call));
    vec![
        row("pool.map, chunk 1", move || ours("pool-chunk-1", "square", SINGLE_TASKS, "chunk: 1"), vec![]),
        row("pool.map, default chunk", move || ours("pool", "square", TASKS as u64, ""), vec![rayon(TASKS, |x| x * x)]),
        row(
            "the same, tasks of 0.6 µs",
            move || ours("pool-long", "long", LONG_TASKS as u64, ""),
            vec![rayon(LONG_TASKS, long)],
        ),
    ]
}

fn value(nbrun: &Nbrun) -> Row<'_> {
    let ours = move || {
        let jobs = format!(
            "fn add(mut v: Value<i64>) {{\n    for _ in 0..{INCREMENTS} {{\n        \
             let _guard = v.lock();\n        v += 1;\n    }}\n}}"
        );
        let spawn = format!("jobs: [add(v), add(v)]\nassert: v.get() == {}", 2 * INCREMENTS);
        let specs = [("value", "v: i64".to_owned()), ("spawn", spawn)];
        work(&nbrun.run("value", &notebook(&jobs, &specs))[0]) / (2 * INCREMENTS) as f64
    };
    row("value under its lock", ours, vec![])
}

/// Two workers, each of which reads nine times under the lock for each time that it writes.
fn rwlock(nbrun: &Nbrun) -> Row<'_> {
    let ours = move || {
        let jobs = format!(
            "fn visit(mut v: Value<i64>, l: RwLock) {{\n    for i in 0..{INCREMENTS} {{\n        \
             if i % 10 == 0 {{ let _guard = l.write(); v += 1; }} else {{ let _guard = l.read(); v.get(); }}\n    }}\n}}"
        );
        let specs = [
            ("value", "v: i64".to_owned()),
            ("lock", "l: rwlock".to_owned()),
            ("spawn", "jobs: [\"visit(v, l)\", \"visit(v, l)\"]".to_owned()),
        ];
        work(&nbrun.run("rwlock", &notebook(&jobs, &specs))[0]) / (2 * INCREMENTS) as f64
    };
    let floor = against("std::sync::RwLock, threads", Goal::Cost, || floor::rwlock(INCREMENTS));
    row("value under a read-write lock", ours, vec![floor])
}

fn two_cores(nbrun: &Nbrun) -> Vec<Row<'_>> {
    let jobs = "fn count() { let mut x = 1_u64; for i in 0..60_000_000_u64 { x = std::hint::black_box(x.rotate_left(1) ^ i); } }";
    let run = move |executor: &'static str| {
        let spec = format!("executor: {executor}\njobs: [count(), count()]");
        work(&nbrun.run(&format!("two-{executor}"), &notebook(jobs, &[("spawn", spec)]))[0])
    };
    let normal = move || against("normal", Goal::TimesFaster(1.85), move || run("normal"));
    let alone = |threads: bool| {
        let count = || (0..60_000_000_u64).fold(1_u64, |x, i| black_box(x.rotate_left(1) ^ i));
        let began = std::time::Instant::now();
        if threads {
            std::thread::scope(|scope| {
                scope.spawn(count);
                scope.spawn(count);
            });
        } else {
            black_box((count(), count()));
        }
        began.elapsed().as_secs_f64()
    };
    let one_by_one = against("one by one", Goal::Faster, move || alone(false));
    vec![
        row("two CPU-bound jobs, process", move || run("process"), vec![normal()]),
        row("two CPU-bound jobs, thread", move || run("thread"), vec![normal()]),
        row("(the same in bare std::thread)", move || alone(true), vec![one_by_one]),
    ]
}

fn trace(nbrun: &Nbrun) -> Row<'_> {
    let run = move |switch: &str| {
        let jobs = format!(
            "fn events(v: Value<u64>) {{\n    for i in 0..{EVENTS} {{\n        \
             v.set((0..3300).fold(i, |sum, _| std::hint::black_box(sum.wrapping_mul(3))));\n    }}\n}}"
        );
        let specs = [("value", "v: u64".to_owned()), ("spawn", "jobs: [events(v)]\nrepeat: 3".to_owned())];
        let text = format!("---\nnbrun: {{trace: {switch}}}\n---\n{}", notebook(&jobs, &specs));
        let runs = nbrun.run(&format!("trace-{switch}"), &text);
        median(&runs.iter().map(work).collect::<Vec<_>>()) / EVENTS as f64
    };
    let off = against("trace: off", Goal::TimesTheCost(1.15), move || run("off"));
    row("an event a µs, traced", move || run("on"), vec![off])
}
