//! A run whose workers followed a schedule: its steps as they were taken, in a picture and in a table.

use super::picture;
use super::run::View;
use super::units::{count, plural};
use super::{anchor, explore};
use crate::record::{Executor, Op, Replayed, RunOutcome};
use std::fmt::Write;

/// How many steps are told one by one without being asked for.
const OPEN: usize = 16;

/// Appends how a run followed its schedule.
pub fn push(out: &mut String, run: &RunOutcome, replayed: &Replayed, view: &View) {
    let names: Vec<String> = run.workers.iter().map(|worker| worker.name.clone()).collect();
    let id = format!("{}-steps-{}", anchor(view.cell.index), view.group + 1);
    out.push_str("<figure class=\"picture replayed\">\n");
    picture::steps::push(out, &replayed.steps, &names, &id);
    let _ = writeln!(out, "<figcaption>{}</figcaption></figure>", explore::code(&sentences(run, replayed)));
    if !replayed.steps.is_empty() {
        let open = if replayed.left.is_some() || replayed.steps.len() <= OPEN { " open" } else { "" };
        let _ = writeln!(out, "<details class=\"run\"{open}><summary>The steps one by one</summary>");
        explore::push_steps(out, &replayed.steps, &names);
        out.push_str("</details>\n");
    }
}

/// What the workers were.
fn who(run: &RunOutcome) -> &'static str {
    let is = |executor| run.workers.iter().skip(1).any(|worker| worker.executor == executor);
    match (is(Executor::Process), is(Executor::Thread), run.workers.len()) {
        (true, true, _) => "real processes and threads",
        (_, false, ..=2) => "a real process",
        (_, true, ..=2) => "a real thread",
        (_, false, _) => "real processes",
        (_, true, _) => "real threads",
    }
}

/// What happened, and what it does not mean.
fn sentences(run: &RunOutcome, replayed: &Replayed) -> String {
    let Replayed { schedule, steps, left, free } = replayed;
    let (taken, all) = (steps.len() as u64, schedule.len() as u64);
    let mut text = match (left, taken) {
        (Some(left), 0) => format!("No step was taken as the schedule says: {}.", left.why),
        (Some(left), _) => format!(
            "{} of {} {} taken in this order by {}. Then the run left its schedule: {}.",
            count(taken),
            plural(all, "step"),
            if taken == 1 { "was" } else { "were" },
            who(run),
            left.why
        ),
        (None, 1) => format!("This step was taken by {}, as the schedule says.", who(run)),
        (None, _) => format!("These {} were taken in this order by {}.", plural(taken, "step"), who(run)),
    };
    match (left, free) {
        (_, 0) => {}
        (None, 1) => text.push_str(" There the schedule ended; one more call was made freely."),
        (None, _) => {
            let _ = write!(text, " There the schedule ended; {} more calls were made freely.", count((*free).into()));
        }
        (Some(_), _) => text.push_str(" From there on nobody took turns any more."),
    }
    text.push_str(" Each worker waited for its turn before each of its calls, so times say nothing here.");
    if steps.iter().any(|step| step.op == Op::Sleep) {
        text.push_str(" A nap took none.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Exit, Left, WorkerOutcome};

    fn run(executors: &[Executor]) -> RunOutcome {
        let worker = |executor: &Executor| WorkerOutcome {
            name: "p".to_owned(),
            executor: *executor,
            start: None,
            pid: 1,
            tid: 1,
            spawn_ns: 0,
            ready_ns: 0,
            start_ns: 0,
            end_ns: 0,
            blocked_ns: 0,
            exit: Exit::Code(0),
            tasks: 0,
        };
        let workers = std::iter::once(&Executor::Process).chain(executors).map(worker).collect();
        RunOutcome { workers, ..RunOutcome::default() }
    }

    #[test]
    fn it_is_said_who_took_the_steps_and_where_a_run_left_its_schedule() {
        let replayed = Replayed { schedule: vec![1, 2], steps: Vec::new(), left: None, free: 3 };
        let both = sentences(&run(&[Executor::Process, Executor::Thread]), &replayed);
        assert!(both.contains("by real processes and threads.") && both.contains("3 more calls"), "{both}");
        assert!(sentences(&run(&[Executor::Thread; 2]), &replayed).contains("by real threads."));
        let left = Left { step: 1, worker: 2, why: "`p` panicked before".to_owned() };
        let left = sentences(&run(&[Executor::Process; 2]), &Replayed { left: Some(left), ..replayed });
        assert!(
            left.contains("No step was taken as the schedule says: `p` panicked before. From there on nobody"),
            "{left}"
        );
    }
}
