//! The runs of a record as trace events.

use super::event::{Arg, Phase, TraceEvent};
use super::flow::flows;
use crate::model::{Action, ResourceKind, ScalarType, Span, TaskOutcome};
use crate::notebook::Notebook;
use crate::record::{CellOutcome, ExitStatus, Record, Resource, RunOutcome, number};

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
            let run = Run { notebook, run, resources: &cell.resources, pid };
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
    notebook: &'a Notebook,
    run: &'a RunOutcome,
    resources: &'a [Resource],
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
            let Described { verb, category, args } = self.described(event.action, resource);
            let title = if name.is_empty() { verb.to_owned() } else { format!("{verb} {name}") };
            let mut made = if event.action.effect().span == Span::Moment {
                TraceEvent::new(Phase::Moment, title, category, (self.pid, event.worker), event.at_ns)
            } else {
                // A worker that was ended from outside is told to have waited until then, and no longer.
                let end_ns = event.end_ns().min(worker.end_ns.max(event.at_ns));
                self.stretch(title, category, event.worker, (event.at_ns, end_ns))
            };
            made = event
                .position
                .into_iter()
                .fold(made, |made, position| made.arg("line", Arg::Count(self.notebook.line(position).into())));
            out.push(args.into_iter().fold(made, |made, (name, arg)| made.arg(name, arg)));
            if let (Some(ResourceKind::Value(of)), Action::Store { bits, .. } | Action::Update { after: bits, .. }) =
                (resource.map(|found| found.kind), event.action)
            {
                let number = number::magnitude(of, bits);
                if number.is_finite() {
                    let counter = TraceEvent::new(Phase::Counter, name, "value", (self.pid, 0), event.at_ns);
                    out.push(counter.arg("value", Arg::Number(number)));
                }
            }
        }
    }

    /// What an action on a resource is called, and what more is said of it.
    fn described(&self, action: Action, resource: Option<&Resource>) -> Described {
        let kind = resource.map(|resource| resource.kind);
        let number =
            |bits| Arg::Text(number::text(kind.and_then(ResourceKind::number_type).unwrap_or(ScalarType::U64), bits));
        let element = |index, bits| {
            let index = matches!(kind, Some(ResourceKind::Array { .. })).then_some(("index", Arg::Count(index)));
            std::iter::once(("value", number(bits))).chain(index).collect()
        };
        let elements = |start, count| vec![("first", Arg::Count(start)), ("elements", Arg::Count(count))];
        let (verb, category, args) = match action {
            Action::Sleep => ("sleep", "wait", vec![]),
            Action::Print { line } => {
                let text = self.run.output.get(line as usize).map(|line| line.text.clone());
                ("print", "output", vec![("text", Arg::Text(text.unwrap_or_default()))])
            }
            Action::Load { index, bits } => ("read", "value", element(index, bits)),
            Action::Store { index, bits } => ("write", "value", element(index, bits)),
            Action::LoadMany { start, count } => ("read a part of", "value", elements(start, count)),
            Action::StoreMany { start, count } => ("write a part of", "value", elements(start, count)),
            Action::Update { before, after } => {
                ("add to", "value", vec![("before", number(before)), ("value", number(after))])
            }
            Action::Acquire => ("acquire", "lock", vec![]),
            Action::AcquireShared => ("acquire to read", "lock", vec![]),
            Action::Release => ("release", "lock", vec![]),
            Action::Put { item, .. } => ("put into", "queue", vec![("item", Arg::Count(item))]),
            Action::Get { item, .. } => ("get from", "queue", vec![("item", Arg::Count(item))]),
            Action::JoinQueue | Action::WaitEvent | Action::WaitNotified | Action::Meet { .. } => {
                ("wait for", "wait", vec![])
            }
            Action::Close | Action::Set | Action::Notify { .. } => ("signal", "wait", vec![]),
            Action::Clear => ("clear", "wait", vec![]),
            Action::Park => ("park", "wait", vec![]),
            Action::WaitOnce => ("wait for", "wait", vec![]),
            Action::Spawn { worker } => ("start", "worker", self.worker(worker)),
            Action::Unpark { worker } => ("unpark", "wait", self.worker(worker)),
            Action::TakeTasks { first, count } => {
                ("take a chunk", "pool", vec![("first", Arg::Count(first)), ("tasks", Arg::Count(count))])
            }
            Action::Task { index, outcome } => {
                let ended = match outcome {
                    TaskOutcome::Done => None,
                    TaskOutcome::Failed => Some("failed"),
                    TaskOutcome::Cut => Some("with its worker"),
                };
                let ended = ended.map(|ended| ("ended", Arg::Text(ended.to_owned())));
                ("task", "pool", std::iter::once(("task", Arg::Count(index))).chain(ended).collect())
            }
            Action::Open => ("open the gate", "worker", vec![]),
            Action::Join { worker } => ("join", "wait", self.worker(worker)),
            Action::GiveUp { .. } => ("give up on", "wait", vec![]),
            Action::Prepare => ("run the initializer", "pool", vec![]),
        };
        Described { verb, category, args }
    }

    /// A worker that an action is about, by its name.
    fn worker(&self, worker: u64) -> Vec<(&'static str, Arg)> {
        let name = self.run.workers.get(worker as usize).map(|worker| worker.name.clone());
        vec![("worker", Arg::Text(name.unwrap_or_default()))]
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

/// How an action stands in the trace.
struct Described {
    /// What it is called, in front of the resource's name.
    verb: &'static str,
    category: &'static str,
    args: Vec<(&'static str, Arg)>,
}
