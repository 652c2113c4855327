//! Traces by the format's own rules.

use super::chrome_trace;
use crate::model::{Action, Event, LockKind, ResourceKind, ScalarType, SyncError};
use crate::notebook::{self, Cell, CellKind, Notebook};
use crate::record::{
    CellOutcome, Content, Executor, OutputLine, Provenance, Record, Resource, RunOutcome, Status, Stream, VERSION,
    WorkerOutcome,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A notebook in which each spec has run once, and main has printed some lines.
pub fn ran(text: &str, lines: &[&str]) -> (Notebook, Record) {
    let notebook = notebook::parse("a.md", text.to_owned()).expect("a notebook");
    let line = |text: &&str| OutputLine { worker: 0, stream: Stream::Stdout, at_ns: 0, text: (*text).to_owned() };
    let run = RunOutcome {
        workers: vec![worker("main", 0, 0)],
        output: lines.iter().map(line).collect(),
        ..RunOutcome::default()
    };
    let outcome = |cell: &Cell| CellOutcome {
        cell: cell.index,
        status: Status::Passed,
        errors: Vec::new(),
        notes: Vec::new(),
        runs: if cell.kind == CellKind::Job { Vec::new() } else { vec![run.clone()] },
        explored: None,
        resources: Vec::new(),
    };
    let cells = notebook.cells.iter().map(outcome).collect();
    let record = Record {
        version: VERSION,
        provenance: Provenance::default(),
        cells_sha256: String::new(),
        cells,
        warnings: BTreeMap::new(),
        interrupted: false,
        only: None,
    };
    (notebook, record)
}

fn worker(name: &str, start_ns: u64, end_ns: u64) -> WorkerOutcome {
    let (spawn_ns, ready_ns) = (start_ns / 4, start_ns / 2);
    WorkerOutcome { spawn_ns, ready_ns, start_ns, end_ns, ..WorkerOutcome::made_up(name, Executor::Process) }
}

fn event(worker: u32, at_ns: u64, duration_ns: u64, action: Action, resource: Option<u32>) -> Event {
    Event { worker, at_ns, duration_ns, action, resource, position: crate::model::Position::new(0, 3), ordering: None }
}

fn run() -> RunOutcome {
    let trace = vec![
        event(0, 1_000, 0, Action::Open, None),
        event(0, 1_000, 8_500, Action::Join { worker: 1 }, None),
        event(1, 1_100, 0, Action::Acquire, Some(1)),
        event(2, 1_200, 1_300, Action::Acquire, Some(1)),
        event(1, 2_000, 0, Action::Store { index: 0, bits: u64::from(-4_i32 as u32) }, Some(2)),
        event(1, 2_500, 0, Action::Release, Some(1)),
        event(1, 3_000, 0, Action::Put { item: 0, len: 1 }, Some(3)),
        event(2, 3_001, 500, Action::Get { item: 0, len: 0 }, Some(3)),
        event(1, 4_000, 5_000, Action::Sleep, None),
        event(2, 5_000, 0, Action::Print { line: 0 }, None),
        event(2, 6_000, u64::MAX, Action::GiveUp { reason: SyncError::TimedOut }, Some(3)),
        event(9, 6_000, 1, Action::Sleep, None),
    ];
    let line = OutputLine { worker: 2, stream: Stream::Stdout, at_ns: 5_000, text: "a \"b\"\n<c>".into() };
    RunOutcome {
        wall_ns: 10_000,
        workers: vec![worker("main", 0, 10_000), worker("p1", 1_000, 9_500), worker("p2", 1_000, 8_000)],
        output: vec![line],
        trace,
        ..RunOutcome::default()
    }
}

fn trace() -> Vec<Value> {
    let notebook = notebook::parse("a.md", "```yaml spawn\n- f()\n```\n".to_owned()).expect("a notebook");
    let resource =
        |id, name: &str, kind| Resource { id, name: name.into(), kind, item: None, content: Content::Nothing };
    let cell = CellOutcome {
        cell: 0,
        status: Status::Passed,
        errors: Vec::new(),
        notes: Vec::new(),
        runs: vec![run(), RunOutcome { repetition: 1, ..run() }],
        explored: None,
        resources: vec![
            resource(1, "l", ResourceKind::Lock(LockKind::Lock)),
            resource(2, "v", ResourceKind::Value(ScalarType::I32)),
            resource(3, "q", ResourceKind::Queue { maxsize: None }),
        ],
    };
    let provenance = Provenance {
        nbrun: "0".into(),
        rustc: String::new(),
        os: String::new(),
        cpu: String::new(),
        cores: 2,
        started: String::new(),
        compile_ns: 0,
        compile_cached: false,
        unoptimized: false,
        run_ns: 0,
        sandbox: None,
        cell_lines: Vec::new(),
    };
    let record = Record {
        version: VERSION,
        provenance,
        cells_sha256: String::new(),
        cells: vec![cell],
        warnings: Default::default(),
        interrupted: false,
        only: None,
    };
    let text = chrome_trace(&notebook, &record).expect("a trace");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    file["traceEvents"].as_array().expect("events").clone()
}

fn text<'a>(event: &'a Value, key: &str) -> &'a str {
    event[key].as_str().unwrap_or_default()
}

fn of_phase(phase: &str) -> Vec<Value> {
    trace().into_iter().filter(|event| text(event, "ph") == phase).collect()
}

fn thread(event: &Value) -> (u64, u64) {
    (event["pid"].as_u64().expect("a pid"), event["tid"].as_u64().expect("a tid"))
}

#[test]
fn every_event_has_what_the_format_demands() {
    for event in trace() {
        assert!(event["ts"].as_f64().is_some_and(|ts| ts >= 0.0), "{event}");
        assert!(!text(&event, "name").is_empty() && !text(&event, "cat").is_empty(), "{event}");
        let (_, _) = thread(&event);
        match text(&event, "ph") {
            "X" => assert!(event["dur"].as_f64().is_some_and(|dur| dur >= 0.0), "{event}"),
            "i" => assert_eq!(text(&event, "s"), "t"),
            "s" | "f" => assert!(event["id"].is_u64(), "{event}"),
            "C" => assert!(event["args"]["value"].is_number(), "{event}"),
            "M" => assert!(event["args"].is_object(), "{event}"),
            other => panic!("no phase of ours: {other}"),
        }
    }
}

#[test]
fn times_ascend_and_are_microseconds() {
    let events = trace();
    let times: Vec<f64> =
        events.iter().filter(|event| text(event, "ph") != "M").map(|event| event["ts"].as_f64().unwrap()).collect();
    assert!(times.is_sorted());
    let sleep = events.iter().find(|event| text(event, "name") == "sleep").expect("a sleep");
    assert_eq!((sleep["ts"].as_f64(), sleep["dur"].as_f64()), (Some(4.0), Some(5.0)));
}

#[test]
fn every_arrow_has_one_start_and_one_end_that_is_not_before_it() {
    let mut arrows: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    for event in trace().into_iter().filter(|event| ["s", "f"].contains(&text(event, "ph"))) {
        arrows.entry(event["id"].as_u64().unwrap()).or_default().push(event);
    }
    for ends in arrows.values() {
        let [start, end] = ends.as_slice() else { panic!("{ends:?}") };
        assert_eq!((text(start, "ph"), text(end, "ph"), text(end, "bp")), ("s", "f", "e"));
        assert_eq!((&start["name"], &start["cat"]), (&end["name"], &end["cat"]));
        assert!(start["ts"].as_f64() <= end["ts"].as_f64());
    }
    let names: BTreeSet<&str> = arrows.values().map(|ends| text(&ends[0], "name")).collect();
    assert_eq!(names, BTreeSet::from(["exit", "item", "spawn", "wakes"]));
}

#[test]
fn every_arrow_stands_on_a_stretch_of_its_thread() {
    let stretches = of_phase("X");
    for end in of_phase("s").into_iter().chain(of_phase("f")) {
        let ts = end["ts"].as_f64().unwrap();
        let encloses = |stretch: &&Value| {
            let from = stretch["ts"].as_f64().unwrap();
            thread(stretch) == thread(&end) && from <= ts && ts <= from + stretch["dur"].as_f64().unwrap() + 1e-9
        };
        assert!(stretches.iter().any(|stretch| encloses(&stretch)), "{end}");
    }
}

#[test]
fn stretches_of_a_thread_lie_within_each_other_or_apart() {
    let mut threads: BTreeMap<(u64, u64), Vec<(f64, f64)>> = BTreeMap::new();
    for stretch in of_phase("X") {
        let from = stretch["ts"].as_f64().unwrap();
        threads.entry(thread(&stretch)).or_default().push((from, from + stretch["dur"].as_f64().unwrap()));
    }
    for (thread, stretches) in threads {
        let mut open: Vec<f64> = Vec::new();
        for (from, to) in stretches {
            while open.last().is_some_and(|end| *end <= from + 1e-9) {
                open.pop();
            }
            assert!(open.last().is_none_or(|end| to <= end + 1e-9), "{thread:?}: {from} to {to} in {open:?}");
            open.push(to);
        }
    }
}

#[test]
fn every_process_and_every_thread_has_a_name() {
    let events = trace();
    let named = |what: &str| -> BTreeSet<(u64, u64)> {
        events.iter().filter(|event| text(event, "name") == what).map(thread).collect()
    };
    let (processes, threads) = (named("process_name"), named("thread_name"));
    for event in &events {
        let (pid, tid) = thread(event);
        assert!(processes.contains(&(pid, 0)) && threads.contains(&(pid, tid)), "{event}");
    }
    let name = |event: &Value| event["args"]["name"].as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = events.iter().filter(|event| text(event, "name") == "process_name").map(name).collect();
    assert_eq!(names, ["cell 1 (spawn)", "cell 1 (spawn, run 2)"]);
}

#[test]
fn runs_follow_each_other() {
    let mut ends = BTreeMap::new();
    for stretch in of_phase("X") {
        let from = stretch["ts"].as_f64().unwrap();
        let (low, high) = ends.entry(thread(&stretch).0).or_insert((f64::MAX, 0.0_f64));
        *low = low.min(from);
        *high = high.max(from + stretch["dur"].as_f64().unwrap());
    }
    assert!(ends[&1].1 < ends[&2].0, "{ends:?}");
}

#[test]
fn an_event_tells_its_numbers_and_its_line() {
    let events = trace();
    let write = events.iter().find(|event| text(event, "name") == "write v").expect("a write");
    assert_eq!((text(&write["args"], "value"), write["args"]["line"].as_u64()), ("-4", Some(4)));
    assert_eq!(of_phase("C")[0]["args"]["value"].as_f64(), Some(-4.0));
    let print = events.iter().find(|event| text(event, "name") == "print").expect("a print");
    assert_eq!(text(&print["args"], "text"), "a \"b\"\n<c>");
}
