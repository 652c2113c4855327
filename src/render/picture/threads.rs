//! Threads that workers start by themselves: where their lanes stand, and arrows from where they were started to where their
//! end was waited for.

use super::frame::{Bar, Sheet, at};
use crate::model::{Action, Event};
use crate::record::RunOutcome;
use crate::render::words::Mark;
use std::fmt::Write;

/// Each of the first `many` workers with its lane: a thread stands below the worker that started it.
pub fn places(run: &RunOutcome, many: usize) -> Vec<usize> {
    // A worker is older than the threads that it starts; a record that says something else is not followed.
    let parent = |number: usize| run.workers[number].thread.map(|it| it.by as usize).filter(|by| *by < number);
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); many];
    let mut open = Vec::new();
    for number in (0..many).rev() {
        match parent(number) {
            Some(by) => children[by].push(number),
            None => open.push(number),
        }
    }
    let mut places = vec![0; many];
    let mut next = 0;
    while let Some(number) = open.pop() {
        places[number] = next;
        next += 1;
        open.append(&mut children[number]);
    }
    places
}

/// Draws the arrows of all threads that have a lane.
pub fn push(sheet: &mut Sheet, run: &RunOutcome, places: &[usize], joins: &[&Event]) {
    let format = sheet.format();
    let bar = |number: usize| places.get(number).map(|lane| Bar::of_lane(format, number, *lane));
    for (number, worker) in run.workers.iter().enumerate() {
        let by = worker.thread.and_then(|thread| bar(thread.by as usize));
        if let (Some(from), Some(to)) = (by, bar(number)) {
            push_arrow(sheet, (from, to), to, worker.spawn_ns);
        }
    }
    for join in joins {
        let Action::Join { worker } = join.action else { continue };
        if let (Some(from), Some(to)) = (bar(worker as usize), bar(join.worker as usize)) {
            push_arrow(sheet, (from, to), from, join.end_ns());
        }
    }
}

/// Draws an arrow from one bar to another, in the colour of a thread.
fn push_arrow(sheet: &mut Sheet, (from, to): (Bar, Bar), of: Bar, at_ns: u64) {
    let (start, end, head) = match from.top < to.top {
        true => (from.bottom(), to.top, -6.0),
        false => (from.top, to.bottom(), 6.0),
    };
    let (x, colour) = (sheet.axis.x(at_ns), of.colour());
    let _ = writeln!(
        sheet.body,
        "<path class=\"way {colour}\" d=\"M{} {}V{}\"/><path class=\"head {colour}\" d=\"M{} {}l-3.5 {head}h7z\"/>",
        at(x),
        at(start),
        at(end + head),
        at(x),
        at(end)
    );
    sheet.see(Mark::Thread);
}

/// Whether a join waits for a thread that a worker started by itself.
pub fn is_join(run: &RunOutcome, event: &Event) -> bool {
    let Action::Join { worker } = event.action else { return false };
    run.workers.get(worker as usize).is_some_and(|worker| worker.thread.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Executor, StartedThread};
    use crate::render::fixture::{event, notebook, passed, record, worker};
    use crate::render::render;

    const MS: u64 = 1_000_000;

    /// A run in which `job-1` starts two threads, one of which starts another, and joins the first.
    fn run() -> RunOutcome {
        let of = |name: &str, by: u32| {
            let thread = Some(StartedThread { by, position: None });
            crate::record::WorkerOutcome { thread, ..worker(name, Executor::Thread, 4 * MS, 6 * MS) }
        };
        let job = |name| worker(name, Executor::Process, 2 * MS, 10 * MS);
        let workers = vec![
            worker("main", Executor::Normal, 0, 12 * MS),
            job("job-1"),
            job("job-2"),
            of("first", 1),
            of("second", 1),
            of("within", 3),
        ];
        let trace = vec![event(1, 5 * MS, 2 * MS, Action::Join { worker: 3 }, None)];
        RunOutcome { wall_ns: 12 * MS, workers, trace, ..RunOutcome::default() }
    }

    #[test]
    fn a_thread_stands_below_the_worker_that_started_it() {
        assert_eq!(places(&run(), 6), [0, 1, 5, 2, 4, 3]);
        assert_eq!(places(&run(), 3), [0, 1, 2], "those without a lane have no place");
    }

    #[test]
    fn a_record_in_which_threads_start_each_other_is_drawn_all_the_same() {
        let mut run = run();
        run.workers[3].thread = Some(StartedThread { by: 5, position: None });
        run.workers[0].thread = Some(StartedThread { by: u32::MAX, position: None });
        let mut places = places(&run, 6);
        places.sort_unstable();
        assert_eq!(places, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn arrows_lead_from_starts_to_threads_and_from_ends_to_joins() {
        let page = render(&notebook("```yaml spawn\n- f()\n```\n"), &record(vec![passed(0, vec![run()])]));
        let lanes = page.split("<svg class=\"lanes\"").nth(1).and_then(|rest| rest.split("</svg></svg>").next());
        let lanes = lanes.expect("a picture");
        assert_eq!(lanes.matches("<path class=\"head w").count(), 3 + 1, "{lanes}");
        assert_eq!(lanes.matches("l-3.5 6h7z").count(), 1, "the join leads up: {lanes}");
        assert!(page.contains("a thread was started, or waited for"), "{page}");
    }
}
