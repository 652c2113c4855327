//! From what a run left behind in shared memory to plain data.

use super::lanes::Lanes;
use super::orders::Cell;
use super::out_of_memory;
use super::protocol::{FailedTask, RunReport};
use super::raw_output::RawOutput;
use super::std_objects::StdObjects;
use super::terminal::seen;
use super::unfinished::{open_initializer, open_joins, open_task, open_wait};
use crate::executor::context::Context;
use crate::model::{self, Action, ActionKind, Event, Executor, Position, ResourceKind, Sides, Spot, TaskOutcome};
use crate::plan::{self, DeclaredKind};
use crate::record::{ExitStatus, OutputLine, RunOutcome, StartedThread, Stream, WorkerOutcome};
use crate::shared::journal::{Entry, EntryKind, SEPARATOR};
use crate::shared::resource::Resource;
use crate::shared::run::Run;
use crate::shared::trace::{NO_RESOURCE, RawEvent};
use crate::shared::{WorkerId, clock};
use std::collections::HashMap;
use std::sync::atomic::Ordering::SeqCst;

/// How many failed tasks are told one by one.
const TOLD: usize = 5;

/// What is said where the notes in shared memory make no sense.
const DAMAGE: &str = "what the workers noted in shared memory makes no sense in places, so some of it is missing: a job has \
                      written into memory that is not its own";

/// When something was in a run, from its beginning on. Nothing of it was later than now.
fn since(run: &Run, at: u64) -> u64 {
    at.min(clock::now()).saturating_sub(run.epoch)
}

/// Everything about a run of `cell` that has ended. `queues` are the counts before the run.
pub fn report(context: &Context, cell: &Cell, raw: RawOutput, mut queues: HashMap<u32, Counts>) -> RunReport {
    let run = &context.run;
    let (mut entries, mut whole) = run.journal.entries();
    entries.extend(raw.pieces);
    entries.sort_by_key(|entry| entry.at);
    let since = |at: u64| since(run, at);
    let lanes = Lanes::of(context, &entries);
    let mut workers: Vec<_> =
        lanes.workers().map(|worker| worker_outcome(context, worker, &lanes, cell, &entries)).collect();
    let mut output = lines(&entries, since);
    output.iter_mut().for_each(|line| line.worker = lanes.of_worker(line.worker));
    out_of_memory::note(&mut workers, &mut output);
    let objects = StdObjects::of(context);
    queues.extend(objects.channels().map(|id| (id, Counts { puts: 0, gets: 0 })));
    let (trace, dropped) = trace(context, &lanes, &output, queues, &mut whole);
    for (worker, dropped) in workers.iter_mut().zip(&dropped) {
        worker.dropped = *dropped;
    }
    // A worker counts the tasks of a chunk when it has done the last of them.
    let mut ended = vec![0; workers.len()];
    let is_ended =
        |event: &&Event| matches!(event.action, Action::Task { outcome: TaskOutcome::Done | TaskOutcome::Failed, .. });
    trace.iter().filter(is_ended).for_each(|event| ended[event.worker as usize] += 1);
    workers.iter_mut().zip(ended).for_each(|(worker, ended)| worker.tasks = worker.tasks.max(ended));
    let objects = objects.resources(context, &lanes, &trace, dropped.iter().all(|dropped| *dropped == 0));
    let joined = run.common.joined_at.load(SeqCst);
    let outcome = RunOutcome {
        executor: None,
        swept: None,
        repetition: 0,
        wall_ns: since(if joined == 0 { clock::now() } else { joined }),
        workers,
        output,
        output_cut_bytes: run.journal.cut().saturating_add(raw.cut_bytes),
        trace,
        trace_dropped: dropped.iter().fold(0, |sum, dropped| sum.saturating_add(*dropped)),
        results: Vec::new(),
        contents: Vec::new(),
        objects,
        races: Vec::new(),
        deadlock: None,
        replay: None,
    };
    // The numbers of what main has found wrong are those of its orders.
    let failed_asserts = entries.iter().filter(|entry| entry.kind == EntryKind::AssertFailed);
    let failed_asserts = failed_asserts.map(|entry| (entry.number, Sides::parted(&text(&entry.bytes))));
    let (failed_asserts, others): (Vec<_>, Vec<_>) =
        failed_asserts.partition(|(number, _)| *number < cell.orders.assert.len() as u64);
    whole &= others.is_empty();
    let damage = (!whole).then(|| DAMAGE.to_owned());
    let texts = |kind| entries.iter().filter(move |entry| entry.kind == kind);
    let is_unnoted = |id: &u32| context.unnoted[*id as usize].load(SeqCst) != 0;
    RunReport {
        outcome,
        shown: shown(&entries),
        unnoted: (0..context.unnoted.len() as u32).filter(is_unnoted).collect(),
        failed_tasks: texts(EntryKind::TaskFailed).take(TOLD).map(failed_task).collect(),
        failed_tasks_in_all: run.journal.failed_tasks(),
        failed_asserts,
        problems: texts(EntryKind::Problem).map(|entry| text(&entry.bytes)).chain(damage).collect(),
        more_threads: run.threads.beyond(),
        more_objects: run.objects.beyond(),
        has_fences: run.objects.has_fences(),
        ..RunReport::default()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The parts of a panic's entry: its message, and where it was.
fn panic_parts(entry: &str) -> (String, Option<Spot>) {
    let mut parts = entry.split(SEPARATOR);
    let message = parts.next().unwrap_or_default().to_owned();
    let mut number = || parts.next().and_then(|part| part.parse().ok());
    let spot = number().zip(number());
    let spot = spot.and_then(|(line, column)| Some(Spot { position: Position::from_packed(line)?, column }));
    (message, spot)
}

fn worker_outcome(context: &Context, worker: WorkerId, lanes: &Lanes, cell: &Cell, entries: &[Entry]) -> WorkerOutcome {
    let run = &context.run;
    let slot = run.slot(worker);
    let mut exit = slot.exit_status();
    if let ExitStatus::Panicked { .. } | ExitStatus::Failed { .. } = exit {
        let entry = entries.iter().find(|entry| entry.kind == EntryKind::Panic && entry.worker == worker);
        let (text, place) = entry.map(|entry| panic_parts(&text(&entry.bytes))).unwrap_or_default();
        match &mut exit {
            ExitStatus::Panicked { message, spot } => (*message, *spot) = (text, place),
            ExitStatus::Failed { error } => *error = text,
            _ => {}
        }
    }
    let since = |at: u64| since(run, at);
    let ended = slot.ended_at.load(SeqCst);
    let open = open_wait(context, worker).map_or(0, |wait| wait.duration);
    let thread = run.threads.get(worker).map(|thread| StartedThread {
        by: lanes.of_worker(thread.by),
        position: Position::from_packed(thread.position),
    });
    WorkerOutcome {
        name: context.name(worker).into_owned(),
        executor: cell.executors.get(worker as usize).copied().unwrap_or(Executor::Thread),
        start: cell.method(worker as usize),
        pid: slot.pid.load(SeqCst),
        tid: slot.tid.load(SeqCst),
        spawn_ns: since(slot.spawned_at.load(SeqCst)),
        ready_ns: since(slot.ready_at.load(SeqCst)),
        start_ns: since(slot.started_at.load(SeqCst)),
        end_ns: since(ended),
        on_core: slot.cpu.all().into_iter().map(|(at, on_core_ns)| (since(at), on_core_ns)).collect(),
        blocked_ns: slot.blocked.load(SeqCst).saturating_add(open).min(since(clock::now())),
        exit,
        tasks: slot.tasks.load(SeqCst),
        dropped: 0,
        thread,
    }
}

/// All workers' events in order of time, and how many of each worker's were dropped. Prints are added from the lines themselves. What no
/// worker can have noted is dropped, and then they are not `whole`.
fn trace(
    context: &Context,
    lanes: &Lanes,
    output: &[OutputLine],
    queues: HashMap<u32, Counts>,
    whole: &mut bool,
) -> (Vec<Event>, Vec<u64>) {
    let now = clock::now();
    let known = context.resource_names.len() + context.run.objects.count();
    let can_be = |event: &RawEvent| {
        let is_known = event.resource == NO_RESOURCE || (event.resource as usize) < known;
        let in_time =
            event.at >= context.run.epoch && event.at.checked_add(event.duration).is_some_and(|end| end <= now);
        is_known && in_time && event.action.kind() != ActionKind::Print
    };
    let mut dropped = Vec::new();
    let mut events = Vec::new();
    for worker in lanes.workers() {
        let (mut row, lost) = context.run.trace.row(worker);
        in_own_order(&mut row);
        row.extend(open_initializer(context, worker));
        row.extend(open_task(context, worker, &row));
        row.extend(open_wait(context, worker));
        if worker == 0 {
            row.extend(open_joins(context, lanes.declared()));
        }
        let noted = row.len();
        row.retain(can_be);
        *whole &= row.len() == noted;
        dropped.push(lost.saturating_add((noted - row.len()) as u64));
        events.extend(row.iter().map(|event| Event {
            worker: lanes.of_worker(worker),
            at_ns: event.at.saturating_sub(context.run.epoch),
            duration_ns: event.duration,
            action: lanes.of_action(event.action),
            resource: (event.resource != NO_RESOURCE).then_some(event.resource),
            position: Position::from_packed(event.line),
            ordering: event.ordering,
        }));
    }
    events.extend(output.iter().enumerate().map(|(index, line)| Event {
        worker: line.worker,
        at_ns: line.at_ns,
        duration_ns: 0,
        action: Action::Print { line: index as u64 },
        resource: None,
        position: None,
        ordering: None,
    }));
    events.sort_by_key(|event| event.at_ns);
    fill_in_depths(&mut events, queues);
    (events, dropped)
}

/// Lets no item pass before what its worker did before was over: the quick clock of items may be a little early.
fn in_own_order(row: &mut [RawEvent]) {
    let mut over_ns = 0;
    for event in row {
        if let (Action::Put { .. } | Action::Get { .. }, 0) = (event.action, event.duration) {
            event.at = event.at.max(over_ns);
        }
        over_ns = event.at.saturating_add(event.duration);
    }
}

/// How many items have gone into a queue and come out of it.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    puts: u64,
    gets: u64,
}

/// The counts of all queues among `resources`, by id.
pub fn queue_counts(resources: &[Option<Resource>]) -> HashMap<u32, Counts> {
    let count = |(id, resource): (usize, &Option<Resource>)| match resource {
        Some(Resource::Queue(queue)) => Some((id as u32, Counts { puts: queue.puts(), gets: queue.gets() })),
        _ => None,
    };
    resources.iter().enumerate().filter_map(count).collect()
}

/// Computes how many items were in a queue after each put and get, which the calls themselves do not know: they work on one
/// end each. An item's number tells how many went before it; `queues` are the counts before the run.
fn fill_in_depths(events: &mut [Event], mut queues: HashMap<u32, Counts>) {
    let mut channels: HashMap<u32, i64> = HashMap::new();
    for event in events {
        let Some(id) = event.resource else { continue };
        let Some(counts) = queues.get_mut(&id) else {
            // A channel of `std` begins empty. Its items are not numbered in the order in which it has them, so they are counted.
            // By the clock one may be taken just before it was put.
            let (change, len) = match &mut event.action {
                Action::Put { len, .. } => (1, len),
                Action::Get { len, .. } => (-1, len),
                _ => continue,
            };
            let inside = channels.entry(id).or_default();
            *inside += change;
            *len = u64::try_from(*inside).unwrap_or(0);
            continue;
        };
        let (gone, (item, len)) = match &mut event.action {
            Action::Put { item, len } => (&mut counts.puts, (item, len)),
            Action::Get { item, len } => (&mut counts.gets, (item, len)),
            _ => continue,
        };
        *gone = item.saturating_add(1).max(*gone);
        *len = counts.puts.saturating_sub(counts.gets);
    }
}

/// Whole lines in the order in which they were completed; what a worker left without a line's end comes last.
fn lines(entries: &[Entry], since: impl Fn(u64) -> u64) -> Vec<OutputLine> {
    let mut lines = Vec::new();
    let mut partial: Vec<(WorkerId, Stream, u64, Vec<u8>)> = Vec::new();
    for entry in entries {
        let stream = match entry.kind {
            EntryKind::Stdout => Stream::Stdout,
            EntryKind::Stderr => Stream::Stderr,
            EntryKind::Raw => Stream::Raw,
            _ => continue,
        };
        let at_ns = since(entry.at);
        for piece in entry.bytes.split_inclusive(|byte| *byte == b'\n') {
            let is_it = |(worker, begun, ..): &(WorkerId, Stream, u64, Vec<u8>)| {
                *worker == entry.worker && (*begun == Stream::Stderr) == (stream == Stream::Stderr)
            };
            // What begins by a macro may go on past it, as on a terminal.
            let open = partial.iter().position(is_it).map(|at| partial.remove(at));
            let (begun, mut line) = open.map_or((stream, Vec::new()), |(_, begun, _, line)| (begun, line));
            line.extend_from_slice(piece);
            if line.pop_if(|byte| *byte == b'\n').is_some() {
                lines.push(OutputLine { worker: entry.worker, stream: begun, at_ns, text: seen(&text(&line)) });
            } else {
                partial.push((entry.worker, begun, at_ns, line));
            }
        }
    }
    let rest = partial.into_iter().map(|(worker, stream, at_ns, line)| OutputLine {
        worker,
        stream,
        at_ns,
        text: seen(&text(&line)),
    });
    lines.extend(rest);
    lines
}

/// The values that were shown, each with its place in the list of what the cell shows.
fn shown(entries: &[Entry]) -> Vec<(u64, String)> {
    let shown = entries.iter().filter(|entry| entry.kind == EntryKind::Shown);
    shown.map(|entry| (entry.number, text(&entry.bytes))).collect()
}

fn failed_task(entry: &Entry) -> FailedTask {
    let (why, place) = panic_parts(&text(&entry.bytes));
    FailedTask { index: entry.number, why, place }
}

/// So many numbers of an array are noted before and after a run at most.
pub const MAX_NUMBERS: usize = 64;

/// What a resource holds now, as the numbers of [`Contents`](crate::record::Contents).
pub fn numbers(resource: &Resource) -> Vec<u64> {
    match resource {
        Resource::Numbers(numbers) if numbers.len() <= MAX_NUMBERS as u64 => {
            (0..numbers.len()).map(|index| numbers.load(index)).collect()
        }
        Resource::Semaphore(semaphore) => vec![semaphore.permits().into()],
        Resource::Queue(queue) => vec![queue.len()],
        _ => Vec::new(),
    }
}

/// The resources that a run's workers used, each once, in order of id.
pub fn touched(outcome: &RunOutcome) -> Vec<u32> {
    let mut ids: Vec<u32> = outcome.trace.iter().filter_map(|event| event.resource).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What a resource holds now. `names` are the workers'.
pub fn resource(declared: &plan::Declaration, live: &Resource, names: &[String]) -> model::Resource {
    let kind = declared.kind.resource_kind();
    let item = match &declared.kind {
        DeclaredKind::Queue { item, .. } => Some(item.text()),
        _ => None,
    };
    let is_array = matches!(kind, ResourceKind::Array { .. });
    let name = |worker| names.get(worker as usize).cloned().unwrap_or_else(|| "?".to_owned());
    let content = live.primitive().content(is_array, &name);
    model::Resource { id: declared.id, name: declared.name.clone(), kind, item, content }
}

#[cfg(test)]
mod tests;
