//! The table of a run's workers: the text equivalent of its picture, and how workers look everywhere.

use super::options::RenderContext;
use super::text::{escape, shown};
use super::units::{count, durations};
use super::words::Words;
use crate::model::ActionKind;
use crate::record::{ExitStatus, RunOutcome, WorkerOutcome};
use std::fmt::Write;

/// How many colours the theme has for workers beside `main`.
const COLOURS: usize = 8;

/// Above this many workers the table shows only the first; no reader compares hundreds of rows.
const MAX_WORKERS_SHOWN: usize = 128;

/// The class that gives a worker its colour: `w0` is main's. It is the same in every part of a cell.
pub fn colour(worker: usize) -> String {
    format!("w{}", colour_number(worker))
}

/// The number in [`colour`]: 0 for main, then 1 to 8 over and over.
pub fn colour_number(worker: usize) -> usize {
    if worker == 0 { 0 } else { (worker - 1) % COLOURS + 1 }
}

/// How a worker ended, as a cell of the table: the words, and for a panic its message and line.
fn exit_cell(exit: &ExitStatus, context: RenderContext) -> String {
    let class = if exit.is_success() { "good" } else { "bad" };
    let words = match exit {
        ExitStatus::Code(0) => format!("✓ {}", context.words.ended()),
        other => context.words.exit(other),
    };
    let more = match exit {
        ExitStatus::Panicked { message, spot } => {
            let line = context.words.line(spot.map(|spot| spot.position));
            let line = if line == 0 { String::new() } else { context.words.at_line_link(line) };
            format!(": <q>{}</q>{line}", shown(message))
        }
        ExitStatus::Failed { error } => {
            // What is text has quotation marks already.
            let bare = error.strip_prefix('"').and_then(|error| error.strip_suffix('"')).unwrap_or(error);
            format!(": <q>{}</q>", shown(bare))
        }
        ExitStatus::Signaled { signal, .. } => context.words.signal(*signal),
        _ => String::new(),
    };
    format!("<span class=\"{class}\">{}</span>{more}", escape(&words))
}

/// Appends the table. It is folded under a picture, which says the most of it, and open where there is none.
pub fn push_table(out: &mut String, run: &RunOutcome, folded: bool, context: RenderContext) {
    if run.workers.is_empty() {
        return;
    }
    let pool = run.workers.iter().any(|worker| worker.tasks > 0);
    let open = if folded { "" } else { " open" };
    let words = context.words;
    let _ = write!(
        out,
        "<details class=\"numbers\"{open}><summary>{}</summary>\n<div class=\"scroll\" tabindex=\"0\">\
         <table class=\"workers{}\"><thead><tr>",
        words.workers_in_numbers(),
        if context.stable { "" } else { " timed" }
    );
    let [worker, kind, numbers @ .., tasks, end] = words.worker_columns();
    let _ = write!(out, "<th>{worker}</th><th>{kind}</th>");
    if !context.stable {
        for number in numbers.into_iter().chain(pool.then_some(tasks)) {
            let _ = write!(out, "<th>{number}</th>");
        }
    }
    let _ = writeln!(out, "<th>{end}</th></tr></thead>\n<tbody>");
    // That main waited for the workers to end stands in the trace alone.
    let joins = run.trace.iter().filter(|event| event.kind() == ActionKind::Join && event.worker == 0);
    let joined_ns: u64 = joins.fold(0, |sum, join| sum.saturating_add(join.duration_ns));
    let listed = &run.workers[..run.workers.len().min(MAX_WORKERS_SHOWN)];
    let times = times(listed, joined_ns);
    for (index, worker) in listed.iter().enumerate() {
        push_row(out, index, worker, (&times.each_ref().map(|column| column[index].as_str()), pool), context);
    }
    out.push_str("</tbody></table></div>\n");
    if run.workers.len() > MAX_WORKERS_SHOWN {
        let more = words.more_workers((run.workers.len() - MAX_WORKERS_SHOWN) as u64);
        let _ = writeln!(out, "<p class=\"notice\">{more}</p>");
    }
    out.push_str("</details>\n");
}

/// The columns of times: what each worker's start cost, how long it ran, and how much of that it waited.
fn times(workers: &[WorkerOutcome], joined_ns: u64) -> [Vec<String>; 3] {
    let column = |of: &dyn Fn(usize, &WorkerOutcome) -> u64| -> Vec<String> {
        let started = |worker: &WorkerOutcome| worker.exit != ExitStatus::NotStarted;
        let time = |(index, worker)| if started(worker) { of(index, worker) } else { 0 };
        durations(&workers.iter().enumerate().map(time).collect::<Vec<u64>>())
    };
    [
        column(&|index, worker| if index == 0 { 0 } else { worker.ready_ns.saturating_sub(worker.spawn_ns) }),
        column(&|_, worker| worker.end_ns.saturating_sub(worker.start_ns)),
        column(&|index, worker| worker.blocked_ns.saturating_add(if index == 0 { joined_ns } else { 0 })),
    ]
}

fn push_row(
    out: &mut String,
    index: usize,
    worker: &WorkerOutcome,
    ([start, ran, waited], pool): (&[&str; 3], bool),
    context: RenderContext,
) {
    let id = |id: u32| if id == 0 { "–".to_owned() } else { id.to_string() };
    let _ = write!(
        out,
        "<tr><th><span class=\"chip {}\">{}</span></th><td>{}</td>",
        colour(index),
        shown(&worker.name),
        if index == 0 { context.words.main() } else { kind(worker, context.words) },
    );
    if !context.stable {
        let numbers = [id(worker.pid), id(worker.tid), (*start).to_owned(), (*ran).to_owned(), (*waited).to_owned()];
        for number in numbers.into_iter().chain(pool.then(|| count(worker.tasks))) {
            let _ = write!(out, "<td>{number}</td>");
        }
    }
    let _ = writeln!(out, "<td>{}</td></tr>", exit_cell(&worker.exit, context));
}

/// What a worker beside main is, as one says it.
pub fn kind(worker: &WorkerOutcome, words: Words) -> &'static str {
    use crate::record::{Executor, StartMethod};
    let [call, thread, process, fresh] = words.kinds();
    match worker.executor {
        Executor::Normal => call,
        Executor::Thread => thread,
        Executor::Process if worker.start == Some(StartMethod::Exec) => fresh,
        Executor::Process => process,
    }
}

/// Whether a worker of a pool ended although there were tasks to be taken: to make place for another one.
pub fn has_retired(worker: &WorkerOutcome, taken_ns: Option<u64>) -> bool {
    worker.exit.is_success() && taken_ns.is_some_and(|taken_ns| taken_ns > worker.end_ns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    #[test]
    fn every_worker_keeps_its_colour_and_main_has_its_own() {
        assert_eq!((colour(0), colour(1), colour(8), colour(9)), ("w0".into(), "w1".into(), "w8".into(), "w1".into()));
    }

    #[test]
    fn a_panic_says_message_and_line_and_an_error_its_text() {
        let mut run = fixture::two_workers();
        run.workers[1].exit = ExitStatus::Panicked { message: "a < b".into(), spot: crate::model::Spot::new(0, 42, 9) };
        let mut out = String::new();
        push_table(&mut out, &run, true, fixture::context());
        assert!(out.contains("✗ panicked</span>: <q>a &lt; b</q>, line 42"), "{out}");
        run.workers[1].exit = ExitStatus::Failed { error: "a < b".into() };
        let mut out = String::new();
        push_table(&mut out, &run, true, fixture::context());
        assert!(out.contains("✗ returned an error</span>: <q>a &lt; b</q>"), "{out}");
    }

    #[test]
    fn a_worker_that_never_started_has_no_times() {
        let mut run = fixture::two_workers();
        run.workers[2].exit = ExitStatus::NotStarted;
        run.workers[2].pid = 0;
        let mut out = String::new();
        push_table(&mut out, &run, false, fixture::context());
        assert!(out.contains("– not started") && out.contains("<td>–</td>"));
    }
}
