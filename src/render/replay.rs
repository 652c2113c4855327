//! A run whose workers followed a schedule: its steps as they were taken, in a picture and in a table.

use super::picture;
use super::text::escape;
use super::view::View;
use super::words::Words;
use super::{anchor, explore};
use crate::model::Operation;
use crate::record::explored::Step;
use crate::record::{Executor, Replayed, RunOutcome};
use std::fmt::Write;

/// How many steps are told one by one without being asked for.
const OPEN: usize = 16;

/// Appends how a run followed its schedule.
pub fn push(out: &mut String, run: &RunOutcome, replayed: &Replayed, view: &View) {
    let words = view.context.words;
    let names: Vec<String> = run.workers.iter().map(|worker| worker.name.clone()).collect();
    let id = format!("{}-steps-{}", anchor(view.cell.index), view.group + 1);
    out.push_str("<figure class=\"picture\">\n");
    picture::steps::push(out, &replayed.steps, &names, &id, words);
    let _ = writeln!(out, "<figcaption>{}</figcaption></figure>", escape(&sentences(run, replayed, words)));
    if !replayed.steps.is_empty() {
        let open = if replayed.left.is_some() || replayed.steps.len() <= OPEN { " open" } else { "" };
        let _ = writeln!(out, "<details class=\"run\"{open}><summary>{}</summary>", words.one_by_one());
        explore::push_steps(out, &replayed.steps, &names, words);
        out.push_str("</details>\n");
    }
}

/// What happened, and what it does not mean. Why a run left its schedule stands above, with what is wrong with the cell.
fn sentences(run: &RunOutcome, replayed: &Replayed, words: Words) -> String {
    let Replayed { schedule, steps, left, free } = replayed;
    let is = |executor| run.workers.iter().skip(1).any(|worker| worker.executor == executor);
    let who = words.real(is(Executor::Process), is(Executor::Thread), run.workers.len() <= 2);
    let taken = steps.len() as u64;
    let mut sentences = vec![match left {
        Some(_) => words.steps_left(taken, schedule.len() as u64, who),
        None => words.steps_taken(taken, who),
    }];
    match (left, free) {
        (_, 0) => {}
        (None, free) => sentences.push(words.calls_free((*free).into())),
        (Some(_), _) => sentences.push(words.turns_over().to_owned()),
    }
    let sleeps = |step: &Step| matches!(step.call.operation, Operation::Sleep { .. }) && !step.call.result.is_failure();
    sentences.push(words.turns_took(steps.iter().any(sleeps)));
    sentences.join(words.space())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Left, WorkerOutcome};
    use crate::render::words::words;

    fn run(executors: &[Executor]) -> RunOutcome {
        let worker = |executor: &Executor| WorkerOutcome::made_up("p", *executor);
        let workers = std::iter::once(&Executor::Process).chain(executors).map(worker).collect();
        RunOutcome { workers, ..RunOutcome::default() }
    }

    #[test]
    fn it_is_said_who_took_the_steps_and_what_came_behind_them() {
        let said = |executors: &[Executor], replayed: &Replayed| sentences(&run(executors), replayed, words("en"));
        let replayed = Replayed { schedule: vec![1, 2], steps: Vec::new(), left: None, free: 3 };
        let both = said(&[Executor::Process, Executor::Thread], &replayed);
        assert!(both.contains("by real processes and threads.") && both.contains("3 more calls"), "{both}");
        assert!(said(&[Executor::Thread; 2], &replayed).contains("by real threads."));
        let left = Left { step: 1, worker: 2, why: "`p` panicked before".to_owned(), position: None };
        let left = said(&[Executor::Process; 2], &Replayed { left: Some(left), ..replayed });
        assert!(left.starts_with("No step followed the schedule. From there on, the workers no longer"), "{left}");
    }
}
