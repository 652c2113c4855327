//! The pictures of long runs.

use crate::common::table::{ms, verdict};
use crate::common::{least, median, timed};
use nbrun::model::{Action, ActionKind, Event, LockKind, ResourceKind, ScalarType, TaskOutcome};
use nbrun::notebook;
use nbrun::record::{
    CellOutcome, Content, Executor, ExitStatus, Provenance, Record, Resource, RunOutcome, Status, VERSION,
    WorkerOutcome,
};
use nbrun::render::{RenderOptions, render_file};

/// How much happens in the run.
const EVENTS: u64 = 1_000_000;
/// How long its pictures may take, in milliseconds.
const GOAL: f64 = 100.0;
const MS: u64 = 1_000_000;
const WORKERS: u64 = 8;

/// Something that is shared: its name, what it is, how many things a worker does in a row, and each of these.
type Kind<'a> = (&'static str, ResourceKind, u64, &'a dyn Fn(u64) -> Action);

/// A row for each kind of thing that is shared, and one for a pool; or for those whose name has what is `meant`.
pub fn rows(rounds: usize, meant: &str) -> Vec<Vec<String>> {
    let held = |n: u64| if n.is_multiple_of(2) { Action::Acquire } else { Action::Release };
    let condition = [Action::Acquire, Action::WaitNotified, Action::Notify { count: 1 }, Action::Release];
    let bits = |n: u64| (n as f64 / 4.0).to_bits();
    let kinds: [Kind; 11] = [
        ("lanes, a queue", ResourceKind::Queue { maxsize: Some(9) }, 2, &|n| match n % 2 {
            0 => Action::Put { item: n / 2, len: n },
            _ => Action::Get { item: n / 2, len: n },
        }),
        ("lanes, a value", ResourceKind::Value(ScalarType::I64), 3, &|n| match n % 3 {
            2 => Action::Store { index: 0, bits: n / 3 + 1 },
            _ => Action::Load { index: 0, bits: n / 3 },
        }),
        ("lanes, a value of floats", ResourceKind::Value(ScalarType::F64), 1, &|n| Action::Update {
            before: bits(n),
            after: bits(n + 1),
        }),
        ("lanes, a value without an order", ResourceKind::Value(ScalarType::F64), 1, &|n| Action::Update {
            before: 0,
            after: bits(n),
        }),
        ("lanes, an array", ResourceKind::Array { of: ScalarType::I32, len: 1000 }, 1, &|n| Action::Store {
            index: n % 1000,
            bits: n,
        }),
        ("lanes, a lock", ResourceKind::Lock(LockKind::Lock), 2, &held),
        ("lanes, a semaphore", ResourceKind::Lock(LockKind::Semaphore(3)), 2, &held),
        ("lanes, a condition", ResourceKind::Lock(LockKind::Condition), 4, &|n| condition[n as usize % 4]),
        ("lanes, an event", ResourceKind::Lock(LockKind::Event), 2, &|n| match n % 2 {
            0 => Action::WaitEvent,
            _ => Action::Set,
        }),
        ("lanes, a barrier", ResourceKind::Lock(LockKind::Barrier(WORKERS as u32)), 1, &|_| Action::Meet { place: 0 }),
        ("a pool's tasks", ResourceKind::Lock(LockKind::Lock), 4, &|n| match n % 4 {
            0 => Action::TakeTasks { first: 0, count: n },
            _ => Action::Task { index: 0, outcome: TaskOutcome::Failed },
        }),
    ];
    let kinds = kinds.into_iter().filter(|(name, ..)| name.contains(meant));
    kinds.map(|(name, kind, in_a_row, action)| row(name, rounds, &record(kind, in_a_row, action))).collect()
}

fn row(name: &str, rounds: usize, record: &Record) -> Vec<String> {
    let is_pool = record.cells[0].runs[0].trace.iter().any(|event| event.resource.is_none());
    let cell = if is_pool { "```yaml pool\nmap: f\nover: 0..9\n```\n" } else { "```yaml spawn\n- f()\n```\n" };
    let notebook = notebook::parse("bench.md", cell.to_owned()).expect("a notebook");
    let times: Vec<f64> = (0..rounds)
        .map(|_| {
            let (page, time) = timed(|| render_file(&notebook, record, &RenderOptions::default()));
            assert!(page.matches("<svg class=\"lanes").count() >= 2 - usize::from(is_pool), "{name} is drawn");
            time
        })
        .collect();
    let median = median(&times);
    let events = format!("{}", EVENTS);
    vec![name.to_owned(), events, ms(median), ms(least(&times)), ms(GOAL), verdict(median <= GOAL)]
}

/// A run in which eight workers used one thing a million times.
fn record(kind: ResourceKind, in_a_row: u64, action: &dyn Fn(u64) -> Action) -> Record {
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
        on_core: Vec::new(),
        exit: ExitStatus::Code(0),
        tasks: 0,
        dropped: 0,
        thread: None,
    };
    let event = |n: u64| Event {
        worker: (n / in_a_row % WORKERS) as u32 + 1,
        at_ns: 2 * MS + n * 800,
        duration_ns: if action(n).effect().waits() { n % 3 * 200 } else { 0 },
        action: action(n),
        resource: (!matches!(action(n), Action::TakeTasks { .. } | Action::Task { .. })).then_some(1),
        position: nbrun::model::Position::new(0, 7),
        ordering: None,
    };
    let trace: Vec<Event> = (0..EVENTS).map(event).collect();
    let tasks_of = |worker: &u64| {
        let is_task = |event: &&Event| u64::from(event.worker) == *worker && event.kind() == ActionKind::Task;
        trace.iter().filter(is_task).count() as u64
    };
    let workers = (0..=WORKERS).map(|n| WorkerOutcome { tasks: tasks_of(&n), ..worker(n) }).collect();
    let run = RunOutcome { wall_ns: 900 * MS, workers, trace, ..RunOutcome::default() };
    let resource = Resource { id: 1, name: "x".into(), kind, item: None, content: Content::Nothing };
    let cell = CellOutcome {
        cell: 0,
        status: Status::Passed,
        errors: Vec::new(),
        notes: Vec::new(),
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
        unoptimized: false,
        run_ns: 0,
        sandbox: None,
        cell_lines: Vec::new(),
    };
    Record {
        version: VERSION,
        provenance,
        cells_sha256: String::new(),
        cells: vec![cell],
        warnings: Default::default(),
        interrupted: false,
        only: None,
    }
}
