//! The pictures of long runs.

use crate::common::table::{ms, verdict};
use crate::common::{least, median, timed};
use nbrun::model::{Event, LockKind, Op, ScalarType, Shape};
use nbrun::notebook;
use nbrun::record::{
    CellOutcome, Content, Executor, ExitStatus, Provenance, Record, ResourceState, RunOutcome, Status, VERSION,
    WorkerOutcome,
};
use nbrun::render::render;

/// How much happens in the run.
const EVENTS: u64 = 1_000_000;
/// How long its pictures may take, in milliseconds.
const GOAL: f64 = 100.0;
const MS: u64 = 1_000_000;
const WORKERS: u64 = 8;

/// A row for each kind of thing that is shared, and one for a pool; or for those whose name has the program's argument.
pub fn rows(rounds: usize) -> Vec<Vec<String>> {
    let held = &[Op::Acquire, Op::Release];
    let kinds: [(&str, Shape, &[Op]); 10] = [
        ("lanes, a queue", Shape::Queue { maxsize: Some(9) }, &[Op::Put, Op::Get]),
        ("lanes, a value", Shape::Value(ScalarType::I64), &[Op::Load, Op::Load, Op::Store]),
        ("lanes, a value of floats", Shape::Value(ScalarType::F64), &[Op::FetchAdd]),
        ("lanes, an array", Shape::Array { of: ScalarType::I32, len: 1000 }, &[Op::Store]),
        ("lanes, a lock", Shape::Lock(LockKind::Lock), held),
        ("lanes, a semaphore", Shape::Lock(LockKind::Semaphore(3)), held),
        ("lanes, a condition", Shape::Lock(LockKind::Condition), &[Op::Acquire, Op::Wait, Op::Notify, Op::Release]),
        ("lanes, an event", Shape::Lock(LockKind::Event), &[Op::Wait, Op::Notify]),
        ("lanes, a barrier", Shape::Lock(LockKind::Barrier(WORKERS as u32)), &[Op::Wait]),
        ("a pool's tasks", Shape::Lock(LockKind::Lock), &[Op::Chunk, Op::Task, Op::Task, Op::Task]),
    ];
    let meant = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let kinds = kinds.into_iter().filter(|(name, ..)| name.contains(&meant));
    kinds.map(|(name, shape, ops)| row(name, shape, ops, rounds)).collect()
}

fn row(name: &str, shape: Shape, ops: &[Op], rounds: usize) -> Vec<String> {
    let is_pool = ops.contains(&Op::Task);
    let cell = if is_pool { "```yaml pool\nmap: f\nover: 0..9\n```\n" } else { "```yaml spawn\n- f()\n```\n" };
    let notebook = notebook::parse("bench.md", cell.to_owned()).expect("a notebook");
    let record = record(shape, ops);
    let times: Vec<f64> = (0..rounds)
        .map(|_| {
            let (page, time) = timed(|| render(&notebook, &record));
            assert!(page.matches("<svg class=\"lanes").count() >= 2 - usize::from(is_pool), "{name} is drawn");
            time
        })
        .collect();
    let median = median(&times);
    let events = format!("{}", EVENTS);
    vec![name.to_owned(), events, ms(median), ms(least(&times)), ms(GOAL), verdict(median <= GOAL)]
}

/// A run in which eight workers used one thing a million times.
fn record(shape: Shape, ops: &[Op]) -> Record {
    let worker = |n: u64| WorkerOutcome {
        name: if n == 0 { "main".to_owned() } else { format!("job-{n}") },
        executor: Executor::Process,
        start: None,
        pid: 1,
        tid: 1,
        spawn_ns: 0,
        ready_ns: MS,
        start_ns: 2 * MS,
        end_ns: 900 * MS,
        blocked_ns: 0,
        exit: ExitStatus::Code(0),
        tasks: 0,
        dropped: 0,
    };
    let event = |n: u64| Event {
        worker: (n / ops.len() as u64 % WORKERS) as u32 + 1,
        at_ns: 2 * MS + n * 800,
        duration_ns: n % 3 * 200,
        op: ops[n as usize % ops.len()],
        resource: (!ops.contains(&Op::Task)).then_some(1),
        a: if matches!(shape, Shape::Array { .. }) {
            n % 1000
        } else if ops.contains(&Op::Put) {
            n / 2
        } else {
            0
        },
        b: if shape == Shape::Value(ScalarType::F64) { (n as f64 / 4.0).to_bits() } else { n },
        line: 7,
    };
    let run = RunOutcome {
        wall_ns: 900 * MS,
        workers: (0..=WORKERS).map(worker).collect(),
        trace: (0..EVENTS).map(event).collect(),
        ..RunOutcome::default()
    };
    let resource = ResourceState { id: 1, name: "x".into(), kind: String::new(), shape, state: Content::Nothing };
    let cell = CellOutcome {
        cell: 0,
        status: Status::Passed,
        errors: Vec::new(),
        runs: vec![run],
        explored: None,
        resources: vec![resource],
    };
    let provenance = Provenance {
        nbrun: String::new(),
        rustc: String::new(),
        os: String::new(),
        cpu: String::new(),
        cores: 2,
        started: String::new(),
        compile_ns: 0,
        compile_cached: true,
        run_ns: 0,
        sandbox: None,
    };
    Record {
        version: VERSION,
        provenance,
        cells_sha256: String::new(),
        cells: vec![cell],
        warnings: Default::default(),
        interrupted: false,
    }
}
