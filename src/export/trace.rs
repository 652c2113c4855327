//! The runs of a record as trace events.

use super::event::{Arg, Phase, TraceEvent};
use super::flow::flows;
use crate::model::{Event, Op, ScalarType, Shape};
use crate::notebook::Notebook;
use crate::record::{CellOutcome, ExitStatus, Record, ResourceState, RunOutcome, number};

/// How much time lies between two runs, in nanoseconds.
const GAP_NS: u64 = 1_000_000;

/// All events, in order of time, behind the names of all processes and threads.
pub fn events(notebook: &Notebook, record: &Record) -> Vec<TraceEvent> {
    let mut names = Vec::new();
    let mut events = Vec::new();
    let (mut pid, mut start_ns, mut flow) = (0, 0u64, 0);
    for cell in &record.cells {
        for run in &cell.runs {
            pid += 1;
            push_names(&mut names, notebook, cell, run, pid);
            let from = events.len();
            let run = Run { run, resources: &cell.resources, pid };
            run.push_workers(&mut events);
            run.trace(&mut events);
            run.push_flows(&mut events, &mut flow);
            for event in &mut events[from..] {
                event.ts = event.ts.saturating_add(start_ns);
            }
            start_ns = start_ns.saturating_add(run.run.end_ns()).saturating_add(GAP_NS);
        }
    }
    // What encloses others comes before them.
    events.sort_by_key(|event| (event.ts, event.ph != Phase::Complete, std::cmp::Reverse(event.dur)));
    names.extend(events);
    names
}

/// Appends the names of a run and its workers.
fn push_names(out: &mut Vec<TraceEvent>, notebook: &Notebook, cell: &CellOutcome, run: &RunOutcome, pid: u32) {
    let kind = notebook.cells.get(cell.cell).map(|cell| cell.kind.to_string()).unwrap_or_default();
    let executor = run.executor.map(|executor| format!(", {}", executor.as_str())).unwrap_or_default();
    let repetition = if run.repetition > 0 { format!(", run {}", run.repetition + 1) } else { String::new() };
    let name = format!("cell {} ({kind}{executor}{repetition})", cell.cell + 1);
    let meta = |what: &str, tid: u32| TraceEvent::new(Phase::Metadata, what, "__metadata", (pid, tid), 0);
    out.push(meta("process_name", 0).arg("name", Arg::Text(name)));
    out.push(meta("process_sort_index", 0).arg("sort_index", Arg::Count(pid.into())));
    for (tid, worker) in (0..).zip(&run.workers) {
        out.push(meta("thread_name", tid).arg("name", Arg::Text(worker.name.clone())));
        out.push(meta("thread_sort_index", tid).arg("sort_index", Arg::Count(tid.into())));
    }
}

/// A run that is being written.
struct Run<'a> {
    run: &'a RunOutcome,
    resources: &'a [ResourceState],
    pid: u32,
}

impl Run<'_> {
    /// A stretch of a worker's time.
    fn stretch(&self, name: impl Into<String>, cat: &'static str, tid: u32, (from, to): (u64, u64)) -> TraceEvent {
        let event = TraceEvent::new(Phase::Complete, name, cat, (self.pid, tid), from);
        TraceEvent { dur: Some(to.saturating_sub(from)), ..event }
    }

    /// Appends what each worker did as a whole: starting, waiting at the gate, working.
    fn push_workers(&self, out: &mut Vec<TraceEvent>) {
        for (tid, worker) in (0..).zip(&self.run.workers).filter(|(_, worker)| worker.exit != ExitStatus::NotStarted) {
            if tid > 0 && worker.ready_ns > worker.spawn_ns {
                out.push(self.stretch("starting", "worker", tid, (worker.spawn_ns, worker.ready_ns)));
            }
            if tid > 0 && worker.start_ns > worker.ready_ns {
                out.push(self.stretch("at the gate", "worker", tid, (worker.ready_ns, worker.start_ns)));
            }
            let work = self.stretch(&worker.name, "worker", tid, (worker.start_ns, worker.end_ns));
            let work = work.arg("pid", Arg::Count(worker.pid.into())).arg("tid", Arg::Count(worker.tid.into()));
            out.push(work.arg("executor", Arg::Text(worker.executor.as_str().to_owned())));
        }
    }

    /// Appends what was noted of each worker.
    fn trace(&self, out: &mut Vec<TraceEvent>) {
        for event in &self.run.trace {
            let Some(worker) = self.run.workers.get(event.worker as usize) else { continue };
            let resource = self.resources.iter().find(|resource| Some(resource.id) == event.resource);
            let name = resource.map_or("", |resource| resource.name.as_str());
            let (verb, cat) = called(event.op);
            let title = if name.is_empty() { verb.to_owned() } else { format!("{verb} {name}") };
            let at = (self.pid, event.worker);
            let made = match event.op {
                Op::Print
                | Op::Open
                | Op::Load
                | Op::Store
                | Op::LoadMany
                | Op::StoreMany
                | Op::FetchAdd
                | Op::Release
                | Op::Notify
                | Op::Clear => TraceEvent::new(Phase::Moment, title, cat, at, event.at_ns),
                // A worker that was ended from outside is told to have waited until then, and no longer.
                _ => self.stretch(
                    title,
                    cat,
                    event.worker,
                    (event.at_ns, event.end_ns().min(worker.end_ns.max(event.at_ns))),
                ),
            };
            let made = if event.line > 0 { made.arg("line", Arg::Count(event.line.into())) } else { made };
            out.push(self.detailed(made, event, resource));
            if let (Some(Shape::Value(of)), Op::Store | Op::FetchAdd) = (resource.map(|found| found.shape), event.op) {
                let number = number::magnitude(of, event.b);
                if number.is_finite() {
                    let counter = TraceEvent::new(Phase::Counter, name, "value", (self.pid, 0), event.at_ns);
                    out.push(counter.arg("value", Arg::Number(number)));
                }
            }
        }
    }

    /// An event with the numbers that its kind has.
    fn detailed(&self, made: TraceEvent, event: &Event, resource: Option<&ResourceState>) -> TraceEvent {
        let of = match resource.map(|resource| resource.shape) {
            Some(Shape::Value(of) | Shape::Array { of, .. }) => of,
            _ => ScalarType::U64,
        };
        let is_array = matches!(resource.map(|resource| resource.shape), Some(Shape::Array { .. }));
        match event.op {
            Op::Print => {
                let line = self.run.output.get(event.a as usize).map(|line| line.text.clone());
                made.arg("text", Arg::Text(line.unwrap_or_default()))
            }
            Op::Load | Op::Store => {
                let made = made.arg("value", Arg::Text(number::text(of, event.b)));
                if is_array { made.arg("index", Arg::Count(event.a)) } else { made }
            }
            Op::LoadMany | Op::StoreMany => made.arg("first", Arg::Count(event.a)).arg("elements", Arg::Count(event.b)),
            Op::FetchAdd => made
                .arg("before", Arg::Text(number::text(of, event.a)))
                .arg("value", Arg::Text(number::text(of, event.b))),
            Op::Put | Op::Get => made.arg("item", Arg::Count(event.a)),
            Op::Chunk => made.arg("first", Arg::Count(event.a)).arg("tasks", Arg::Count(event.b)),
            Op::Task => {
                let made = made.arg("task", Arg::Count(event.a));
                match event.b {
                    0 => made,
                    Op::CUT => made.arg("ended", Arg::Text("with its worker".to_owned())),
                    _ => made.arg("ended", Arg::Text("failed".to_owned())),
                }
            }
            Op::Join => {
                let worker = self.run.workers.get(event.a as usize).map(|worker| worker.name.clone());
                made.arg("worker", Arg::Text(worker.unwrap_or_default()))
            }
            _ => made,
        }
    }

    /// Appends the arrows, each with a number of its own.
    fn push_flows(&self, out: &mut Vec<TraceEvent>, next: &mut u64) {
        for flow in flows(self.run, self.resources) {
            *next += 1;
            for (ph, (tid, ts)) in [(Phase::FlowStart, flow.from), (Phase::FlowEnd, flow.to)] {
                let event = TraceEvent::new(ph, flow.name, "flow", (self.pid, tid), ts);
                out.push(TraceEvent { id: Some(*next), ..event });
            }
        }
    }
}

/// What an event is called, and its category.
fn called(op: Op) -> (&'static str, &'static str) {
    match op {
        Op::Sleep => ("sleep", "wait"),
        Op::Print => ("print", "output"),
        Op::Load => ("read", "value"),
        Op::Store => ("write", "value"),
        Op::LoadMany => ("read a part of", "value"),
        Op::StoreMany => ("write a part of", "value"),
        Op::FetchAdd => ("add to", "value"),
        Op::Acquire => ("acquire", "lock"),
        Op::Release => ("release", "lock"),
        Op::Put => ("put into", "queue"),
        Op::Get => ("get from", "queue"),
        Op::Wait => ("wait for", "wait"),
        Op::Notify => ("signal", "wait"),
        Op::Clear => ("clear", "wait"),
        Op::Chunk => ("take a chunk", "pool"),
        Op::Task => ("task", "pool"),
        Op::Open => ("open the gate", "worker"),
        Op::Join => ("join", "wait"),
        Op::GaveUp => ("give up on", "wait"),
        Op::Prepare => ("run the initializer", "pool"),
    }
}
