//! A notebook and the record of a run of it, made up for the tests: every kind of cell and every way to end.

mod actions;

pub use actions::{GAVE_UP, event, get, load, print, put, store, task};

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{Action, LockKind, ResourceKind, ScalarType, Spot};
use crate::notebook::{Cell, CellKind, FrontMatter, Notebook, Snippet, SnippetLine, SpecKind};
use crate::record::*;
use crate::render::options::{NONE, RenderContext};
use crate::render::words::Words;

const MS: u64 = 1_000_000;
const TEXT: &str = include_str!("fixture.md");

/// A notebook from its text. The cells are found well enough for tests: by lines that open and close a fence.
pub fn notebook(text: &str) -> Notebook {
    let body = text.strip_prefix("---\n").and_then(|rest| rest.find("---\n")).map_or(0, |at| at + 8);
    let mut cells: Vec<Cell> = Vec::new();
    let mut open: Option<Cell> = None;
    let mut byte = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let inner = line.trim_end().trim_start_matches(['>', ' ', '-']);
        let kind = match inner.strip_prefix("```") {
            Some("rust job") => Some(CellKind::Job),
            Some(info) => SpecKind::ALL.into_iter().find(|kind| info == format!("yaml {kind}")).map(CellKind::Spec),
            None => None,
        };
        match (&mut open, kind) {
            (Some(_), _) if inner == "```" => cells.extend(open.take()),
            (Some(cell), _) => {
                let margin = if line.starts_with('>') { 2 } else { 0 };
                let text = line.trim_end().get(margin..).unwrap_or("").to_owned();
                cell.code.lines.push(SnippetLine::new(text, index as u32 + 1, margin as u32 + 1));
            }
            (None, Some(kind)) => {
                let (index, line, bytes) = (cells.len(), index as u32 + 1, byte..byte);
                let (role, must_fail, spurious, skip, code) = (None, None, false, false, Snippet::default());
                open =
                    Some(Cell { index, kind, role, bytes, line, must_fail, should_fail: false, spurious, skip, code });
            }
            (None, None) => {}
        }
        byte += line.len();
    }
    let front_matter = FrontMatter {
        title: Some("Multiprocessing · 多进程".into()),
        date: Some("2026-03-01".into()),
        author: Some("Ada Lovelace".into()),
        tags: vec!["rust".into(), "concurrency".into()],
        description: Some("Threads and processes, what they share, and what it costs.".into()),
        ..FrontMatter::default()
    };
    let (file, text) = ("notebooks/multiprocessing.md".into(), text.into());
    Notebook { file, text, front_matter, body, cells, left_out: None }
}

/// A page in English with its times.
pub fn context() -> RenderContext<'static> {
    RenderContext {
        words: Words::ENGLISH,
        lang: "",
        theirs: "",
        stable: false,
        trusted: true,
        cores: 2,
        unchanged: NONE,
    }
}

/// The whole lesson, and what its run yielded.
pub fn lesson() -> (Notebook, Record) {
    let notebook = notebook(TEXT);
    let cells = notebook.cells.iter().map(|cell| outcome(&notebook, cell)).collect();
    (notebook, record(cells))
}

/// A record of these outcomes.
pub fn record(cells: Vec<CellOutcome>) -> Record {
    Record {
        version: VERSION,
        provenance: Provenance {
            nbrun: "0.1.0".into(),
            rustc: "rustc 1.95.0 (59807616e 2026-04-14)".into(),
            os: "Linux 6.1 x86_64".into(),
            cpu: "AMD EPYC 7B13".into(),
            cores: 2,
            started: "2026-03-01T12:30:15Z".into(),
            compile_ns: 98 * MS,
            compile_cached: false,
            unoptimized: false,
            run_ns: 2_412 * MS,
            sandbox: None,
            cell_lines: Vec::new(),
        },
        cells_sha256: "abc".into(),
        cells,
        warnings: Default::default(),
        interrupted: false,
        only: None,
    }
}

/// A cell that passed with these runs.
pub fn passed(cell: usize, runs: Vec<RunOutcome>) -> CellOutcome {
    let (status, errors, notes, resources) = (Status::Passed, Vec::new(), Vec::new(), Vec::new());
    CellOutcome { cell, status, errors, notes, runs, explored: None, resources }
}

/// A worker that started at once and worked from `start_ns` to `end_ns`.
pub fn worker(name: &str, executor: Executor, start_ns: u64, end_ns: u64) -> WorkerOutcome {
    let cost = match executor {
        Executor::Normal => 0,
        Executor::Thread => 50_000,
        Executor::Process => MS,
    };
    let number = name.bytes().last().unwrap_or(0) as u32;
    WorkerOutcome {
        start: (executor == Executor::Process).then_some(StartMethod::Fork),
        pid: if executor == Executor::Process { 48_100 + number } else { 48_100 },
        tid: 48_100 + number,
        spawn_ns: start_ns.saturating_sub(cost + 100_000),
        ready_ns: start_ns.saturating_sub(100_000),
        start_ns,
        end_ns,
        ..WorkerOutcome::made_up(name, executor)
    }
}

/// A line that a worker printed.
pub fn line(worker: u32, at_ns: u64, text: &str) -> OutputLine {
    OutputLine { worker, stream: Stream::Stdout, at_ns, text: text.into() }
}

fn value(expression: &str, text: &str) -> ShownValue {
    ShownValue { label: None, expression: expression.into(), text: text.into() }
}

/// What is shared, by the words that a page uses for it.
pub fn resource(id: u32, name: &str, kind: &str, content: &str) -> Resource {
    let item = kind.strip_prefix("Queue<").and_then(|rest| rest.split_once('>')).map(|(item, _)| item.to_owned());
    let kind = match kind.split(['<', ',', ' ']).next() {
        Some("Queue") => ResourceKind::Queue { maxsize: None },
        Some("Array") => ResourceKind::Array { of: ScalarType::I32, len: 4 },
        Some("Value") if kind.contains("f64") => ResourceKind::Value(ScalarType::F64),
        Some("Value") => ResourceKind::Value(ScalarType::I32),
        _ => ResourceKind::Lock(LockKind::Lock),
    };
    Resource { id, name: name.into(), kind, item, content: Content::Numbers(content.into(), None) }
}

/// A thread and a process that overlap; the second waits for half of its time.
pub fn two_workers() -> RunOutcome {
    let main = worker("main", Executor::Normal, 0, 12 * MS);
    let one = worker("job-1", Executor::Thread, 2 * MS, 12 * MS);
    let mut two = worker("job-2", Executor::Process, 2 * MS, 10 * MS);
    two.blocked_ns = 4 * MS;
    let trace = vec![
        event(0, 2 * MS, 0, Action::Open, None),
        event(0, 2 * MS, 10 * MS, Action::Join { worker: 1 }, None),
        event(1, 3 * MS, 0, print(0), None),
        event(2, 4 * MS, 4 * MS, Action::Sleep, None),
        event(2, 9 * MS, 0, print(1), None),
    ];
    RunOutcome {
        wall_ns: 12 * MS,
        workers: vec![main, one, two],
        output: vec![line(1, 3 * MS, "aaaaa"), line(2, 9 * MS, "aaaaa")],
        trace,
        ..RunOutcome::default()
    }
}

/// Two workers that compute for `work_ns` each.
fn compared(executor: Executor, work_ns: u64) -> RunOutcome {
    let first = 2 * MS;
    let second = if executor == Executor::Normal { first + work_ns } else { first };
    let end = second + work_ns;
    let workers = vec![
        worker("main", Executor::Normal, 0, end + MS),
        worker("sum_powers-1", executor, first, first + work_ns),
        worker("sum_powers-2", executor, second, end),
    ];
    let trace = match executor {
        Executor::Normal => Vec::new(),
        _ => vec![event(0, first, 0, Action::Open, None), event(0, first, work_ns, Action::Join { worker: 1 }, None)],
    };
    RunOutcome {
        executor: Some(executor),
        wall_ns: end + MS,
        workers,
        results: vec![value("q.get() + q.get()", "499999666667166666000000")],
        trace,
        ..RunOutcome::default()
    }
}

/// A pool whose workers took `chunk` tasks at once.
pub fn pool(tasks: u64, chunk: u64) -> RunOutcome {
    let mut trace = Vec::new();
    let (mut free, mut done) = ([3 * MS, 3 * MS], [0, 0]);
    for first in (0..tasks).step_by(chunk as usize) {
        let who = usize::from(free[1] < free[0]);
        let size = chunk.min(tasks - first);
        let chunk = trace.len();
        trace.push(event(who as u32 + 1, free[who], 0, Action::TakeTasks { first, count: size }, None));
        for index in first..first + size {
            let length = MS / 2 + index * 7 % 5 * MS / 10;
            trace.push(event(who as u32 + 1, free[who], length, task(index), None));
            free[who] += length + MS / 50;
            done[who] += 1;
        }
        trace[chunk].duration_ns = free[who] - trace[chunk].at_ns;
    }
    let end = free[0].max(free[1]);
    let mut workers = vec![
        worker("main", Executor::Normal, 0, end + MS),
        worker("pool-1", Executor::Process, 3 * MS, free[0]),
        worker("pool-2", Executor::Process, 3 * MS, free[1]),
    ];
    (workers[1].tasks, workers[2].tasks) = (done[0], done[1]);
    let squares: Vec<String> = (0..tasks.min(60)).map(|x| (x * x).to_string()).collect();
    RunOutcome {
        executor: Some(Executor::Process),
        wall_ns: end + MS,
        workers,
        results: vec![value("square over 0..10", &format!("[{}]", squares.join(", ")))],
        trace,
        ..RunOutcome::default()
    }
}

/// The race or, with the lock, its cure: two workers that add five times each.
fn increments(locked: bool) -> RunOutcome {
    let (mut trace, mut output) = (Vec::new(), Vec::new());
    let mut v = 0;
    let mut at = 2 * MS;
    if locked {
        trace.push(event(1, at, 10_000, Action::Acquire, Some(7)));
        trace.push(event(2, at, 500 * MS, Action::Acquire, Some(7)));
    }
    for step in 0..10 {
        let (who, adds) = if locked && step >= 5 || !locked && step % 2 == 1 { (2, 3) } else { (1, 1) };
        if locked || step % 2 == 0 {
            at += 100 * MS;
        }
        trace.push(event(who, at - 100 * MS, 100 * MS, Action::Sleep, None));
        v += adds;
        trace.push(event(who, at, 0, print(step), None));
        output.push(line(who, at, &v.to_string()));
    }
    trace.push(event(0, 2 * MS, 0, Action::Open, None));
    trace.push(event(0, 2 * MS, if locked { 500 } else { 502 } * MS, Action::Join { worker: 1 }, None));
    trace.sort_by_key(|event| event.at_ns);
    let first_end = if locked { 502 * MS } else { at };
    let mut workers = vec![
        worker("main", Executor::Normal, 0, at + MS),
        worker("job-1", Executor::Process, 2 * MS, first_end + MS / 2),
        worker("job-2", Executor::Process, 2 * MS, at + MS / 2),
    ];
    (workers[1].blocked_ns, workers[2].blocked_ns) = (500 * MS, if locked { 1000 } else { 500 } * MS);
    RunOutcome { wall_ns: at + MS, workers, output, results: vec![value("v.get()", "20")], trace, ..Default::default() }
}

/// A run in which one worker panics, one is killed, one hangs, one exits with a code and one never starts.
fn disaster() -> RunOutcome {
    let exits = [
        ExitStatus::Panicked { message: "attempt to divide by zero".into(), spot: Spot::new(0, 120, 9) },
        ExitStatus::Signaled { signal: 11, name: "SIGSEGV".into(), stack_overflow: false },
        ExitStatus::TimedOut,
        ExitStatus::Code(3),
        ExitStatus::NotStarted,
    ];
    let mut workers = vec![worker("main", Executor::Normal, 0, 2_010 * MS)];
    for (index, exit) in exits.into_iter().enumerate() {
        let end = [300, 700, 2_000, 1_200, 0][index] * MS;
        let mut one = worker(&format!("job-{}", index + 1), Executor::Process, 4 * MS, end);
        if exit == ExitStatus::NotStarted {
            (one.pid, one.tid, one.spawn_ns, one.ready_ns, one.start_ns) = (0, 0, 0, 0, 0);
        }
        one.exit = exit;
        workers.push(one);
    }
    workers[3].blocked_ns = 1_800 * MS;
    let err = |worker, at_ns, text: &str, stream| OutputLine { worker, stream, at_ns, text: text.into() };
    RunOutcome {
        wall_ns: 2_010 * MS,
        workers,
        output: vec![
            line(1, 5 * MS, "about to divide <b>by zero</b>"),
            err(1, 300 * MS, "thread 'job-1' panicked at notebooks/multiprocessing.md:120:9", Stream::Stderr),
            err(2, 600 * MS, "\u{1b}[31mraw bytes\u{1b}[0m \u{0} 多", Stream::Raw),
            line(4, 1_100 * MS, &"a very long line ".repeat(20)),
        ],
        output_cut_bytes: 1_400_000,
        trace: vec![
            event(0, 4 * MS, 0, Action::Open, None),
            event(3, 200 * MS, 1_800 * MS, get(0, 0), Some(1)),
            event(0, 4 * MS, 2_000 * MS, Action::Join { worker: 3 }, None),
        ],
        trace_dropped: 12_345,
        ..RunOutcome::default()
    }
}

/// Eight busy workers with `events` events between them.
pub fn busy(events: u64) -> RunOutcome {
    let mut workers = vec![worker("main", Executor::Normal, 0, 100 * MS)];
    workers.extend((1..=8).map(|n| worker(&format!("busy-{n}"), Executor::Thread, 2 * MS, 100 * MS)));
    let step = 98 * MS / events;
    let one = |index: u64| {
        let action = [Action::Acquire, print(0), Action::Sleep, load(0, 0)][(index / 8 % 4) as usize];
        event((index % 8) as u32 + 1, 2 * MS + index * step, step * (index % 13), action, Some(7))
    };
    RunOutcome { wall_ns: 100 * MS, workers, trace: (0..events).map(one).collect(), ..Default::default() }
}

/// Runs of a race with the final values that it can have.
fn repeated() -> Vec<RunOutcome> {
    let run = |repetition: u32| {
        let last = [20, 20, 17, 20, 14, 20, 20, 17, 20, 20][repetition as usize % 10];
        let mut run = RunOutcome { repetition, executor: Some(Executor::Process), ..two_workers() };
        run.output.clear();
        run.results = vec![value("v.get()", &last.to_string())];
        run.wall_ns += u64::from(repetition) * 10_000;
        run
    };
    (0..100).map(run).collect()
}

fn outcome(notebook: &Notebook, cell: &Cell) -> CellOutcome {
    let mut of = passed(cell.index, Vec::new());
    let code = cell.code.text();
    let has = |text: &str| code.contains(text);
    match cell.kind {
        CellKind::Spec(SpecKind::Queue) => of.resources = vec![resource(1, "q", "Queue<i64>", "0 items")],
        CellKind::Spec(SpecKind::Value) => {
            of.resources = vec![resource(2, "v", "Value<i32>", "0"), resource(3, "value2", "Value<f64>", "3.14")];
        }
        CellKind::Spec(SpecKind::Lock) => of.resources = vec![resource(7, "l", "Lock", "free")],
        CellKind::Spec(SpecKind::Array) if has("[[") => {
            of.status = Status::FailedAsExpected;
            let place = Place::in_source(&notebook.file, &notebook.text, cell.line + 1, 24, 6);
            of.errors.push(
                notebook.finding(
                    &Diagnostic::new("element 0 of `init` is a list, and a shared array has one dimension")
                        .at(place)
                        .label("a list, not a number")
                        .help("flatten it: `init: [1, 2, 3, 4]`, and count rows and columns yourself"),
                ),
            );
        }
        CellKind::Spec(SpecKind::Array) => {
            of.resources = vec![resource(4, "array", "Array<i32>", "[1, 2, 3, 4]")];
        }
        CellKind::Spec(SpecKind::Pool) => {
            of.runs = vec![pool(if has("1000") { 1000 } else { 10 }, if has("chunk: 3") { 3 } else { 1 })]
        }
        CellKind::Spec(SpecKind::Spawn) if has("repeat") => of.runs = repeated(),
        CellKind::Spec(SpecKind::Spawn) if has("executor: [") => {
            of.runs = vec![
                compared(Executor::Normal, 120 * MS),
                compared(Executor::Thread, 124 * MS),
                compared(Executor::Process, 121 * MS),
            ];
        }
        CellKind::Spec(SpecKind::Spawn) if has("disaster") => {
            of.status = Status::Failed;
            let place = Place::in_source(&notebook.file, &notebook.text, cell.line + 1, 12, 11);
            of.errors.push(
                notebook.finding(
                    &Diagnostic::new("job-1 panicked: attempt to divide by zero")
                        .at(place)
                        .label("this job")
                        .note("job-3 was ended at its limit of 2 s"),
                ),
            );
            of.runs = vec![disaster()];
            of.resources = vec![resource(1, "q", "Queue<i64>", "0 items")];
        }
        CellKind::Spec(SpecKind::Spawn) if has("busy") => of.runs = vec![busy(100_000)],
        CellKind::Spec(SpecKind::Spawn) if has("add") => {
            of.runs = vec![increments(has(", l)"))];
            of.resources = vec![resource(2, "v", "Value<i32>", "20"), resource(7, "l", "Lock", "free")];
        }
        CellKind::Spec(SpecKind::Spawn) if has("never") => of.status = Status::NotRun,
        CellKind::Spec(SpecKind::Spawn) => of.runs = vec![two_workers()],
        CellKind::Job | CellKind::Run | CellKind::Explore => {}
    }
    of
}
