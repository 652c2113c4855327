//! What ended a wait, where the record leaves no doubt about it.
//!
//! The end of a wait may be noted before what ended it. So the order of the notes does not tell: of a lock, the order of its holds
//! does, and of signals and permits only that no other one can have been given during the wait.

use super::frame::{Bar, Sheet};
use super::holds::Hold;
use super::scene::{MOST_ARROWS, push_handed};
use crate::model::{Event, Op};
use crate::record::RunOutcome;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// What ended a wait, and the wait.
pub type Handed<'a> = (&'a Event, &'a Event);

/// How late a note may be taken to be: two cores' clocks are not read at one moment.
const SLACK_NS: u64 = 200;

/// Of so many waits at most it is found out what ended them: the longest.
const KEPT: usize = 256;

/// So many signals that may have ended one wait are compared with those of other waits.
const MOST: usize = 16;

/// Of a lock that one worker at a time holds, from its holds in order: who waited for it went on when the hold before had ended.
pub fn by_holds<'a>(holds: &[Hold<'a>]) -> Vec<Handed<'a>> {
    let open: Vec<&Hold> = holds.iter().filter(|hold| hold.given.is_none()).collect();
    let handed = |pair: &[Hold<'a>]| {
        let (before, next) = (&pair[0], &pair[1]);
        let (giver, taker) = (before.given?, next.taken);
        // Whoever was ended while it held the lock may have had it between the two.
        let is_open = |hold: &&&Hold| {
            hold.worker != next.worker && hold.from_ns <= next.to_ns && hold.to_ns >= taker.at_ns.min(giver.at_ns)
        };
        let has_waited = matches!(taker.op, Op::Acquire | Op::Wait) && taker.duration_ns > 0;
        let is_known = has_waited && before.worker != next.worker && giver.at_ns >= taker.at_ns;
        (is_known && !open.iter().any(|hold| is_open(&hold))).then_some((giver, taker))
    };
    holds.windows(2).filter_map(handed).collect()
}

/// An event that took effect no earlier than it was noted, and no later than its worker noted the next thing.
struct Timed<'a> {
    event: &'a Event,
    until_ns: u64,
}

/// Of signals that nobody holds: which of them ended a wait. Each ends one wait alone if it `is_taken`, like a permit. `is_exact`
/// says that times are steps.
pub fn by_signals<'a>(run: &'a RunOutcome, resource: u32, is_taken: bool, is_exact: bool) -> Vec<Handed<'a>> {
    let slack_ns = if is_exact { 0 } else { SLACK_NS };
    let (givers, mut takers): (Vec<Timed>, Vec<Timed>) =
        timed(run, resource).into_iter().partition(|timed| matches!(timed.event.op, Op::Release | Op::Notify));
    takers.sort_by_key(|taker| Reverse(taker.event.duration_ns));
    takers.truncate(KEPT);
    // Up to when all signals so far can have been given.
    let mut latest_ns = 0;
    let latest: Vec<u64> = givers
        .iter()
        .map(|giver| {
            latest_ns = latest_ns.max(giver.until_ns);
            latest_ns
        })
        .collect();
    let mut chances: Vec<BTreeSet<usize>> = takers
        .iter()
        .map(|taker| {
            let from_ns = taker.event.at_ns.saturating_sub(slack_ns);
            let end = givers.partition_point(|giver| giver.event.at_ns <= taker.until_ns.saturating_add(slack_ns));
            let can_be = |at: &usize| givers[*at].until_ns >= from_ns && givers[*at].event.worker != taker.event.worker;
            (0..end).rev().take_while(|at| latest[*at] >= from_ns).filter(can_be).take(MOST).collect()
        })
        .collect();
    let mut handed = Vec::new();
    loop {
        let Some(at) = chances.iter().position(|chances| chances.len() == 1) else { return handed };
        let Some(giver) = chances[at].pop_first() else { return handed };
        handed.push((givers[giver].event, takers[at].event));
        if is_taken {
            // As many as were compared may not be all, and then one is not less.
            for chances in chances.iter_mut().filter(|chances| chances.len() < MOST) {
                chances.remove(&giver);
            }
        }
    }
}

/// The signals to a resource, and the waits for it that came to their end, each with up to when it can have taken effect.
fn timed(run: &RunOutcome, resource: u32) -> Vec<Timed<'_>> {
    let mut found: Vec<Timed> = Vec::new();
    let mut open: Vec<Option<usize>> = vec![None; run.workers.len()];
    for event in &run.trace {
        // These are noted by others or for others, or are drawn at another time than they were noted.
        let is_moved = matches!(event.op, Op::Load | Op::Store | Op::FetchAdd | Op::StoreMany | Op::Put | Op::Get);
        if is_moved || matches!(event.op, Op::Print | Op::Chunk | Op::Task | Op::Open | Op::Join | Op::Prepare) {
            continue;
        }
        let Some(open) = open.get_mut(event.worker as usize) else { continue };
        if let Some(last) = open.take() {
            found[last].until_ns = event.at_ns;
        }
        let is_meant = match event.op {
            Op::Release | Op::Notify => true,
            Op::Acquire | Op::Wait => event.duration_ns > 0,
            _ => false,
        };
        if is_meant && event.resource == Some(resource) {
            *open = Some(found.len());
            found.push(Timed { event, until_ns: run.workers[event.worker as usize].end_ns.max(event.end_ns()) });
        }
    }
    found
}

/// Draws an arrow for each of them, or for those after the longest waits.
pub fn push(sheet: &mut Sheet, bars: &[Bar], mut handed: Vec<Handed>) {
    handed.sort_by_key(|(_, taker)| Reverse(taker.duration_ns));
    for (giver, taker) in handed.into_iter().take(MOST_ARROWS) {
        push_handed(sheet, bars, giver, taker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LockKind, Shape};
    use crate::render::fixture::{event, worker};
    use crate::render::picture::holds::holds;

    /// A run of three workers: each event has a worker, when it was noted, how long the worker waited, and what it did.
    fn run(steps: &[(u32, u64, u64, Op)]) -> RunOutcome {
        let mut run = RunOutcome::default();
        for name in ["main", "a", "b", "c"] {
            run.workers.push(worker(name, crate::record::Executor::Thread, 0, 1_000_000));
        }
        run.trace = steps.iter().map(|(who, at, wait, op)| event(*who, *at, *wait, *op, Some(7), 0, 1)).collect();
        run.trace.sort_by_key(|event| event.at_ns);
        run
    }

    fn times(handed: Vec<Handed>) -> Vec<(u64, u64)> {
        let mut times: Vec<(u64, u64)> = handed.iter().map(|(giver, taker)| (giver.at_ns, taker.at_ns)).collect();
        times.sort_unstable();
        times
    }

    #[test]
    fn the_hold_before_ended_a_wait_though_its_end_was_noted_early() {
        let run = run(&[
            (1, 1_000, 0, Op::Acquire),
            (2, 2_000, 8_000, Op::Acquire),
            // Its end is noted before b gives the lock back.
            (3, 3_000, 10_000, Op::Acquire),
            (1, 9_990, 0, Op::Release),
            (2, 20_000, 0, Op::Release),
            (3, 30_000, 0, Op::Release),
        ]);
        let holds = holds(&run.trace, &run, Shape::Lock(LockKind::Lock), u64::MAX);
        assert_eq!(times(by_holds(&holds)), [(9_990, 2_000), (20_000, 3_000)]);
    }

    #[test]
    fn nothing_is_said_of_a_lock_whose_holder_was_ended() {
        let mut run = run(&[
            (1, 1_000, 0, Op::Acquire),
            (3, 2_000, 30_000, Op::Acquire),
            (1, 10_000, 0, Op::Release),
            (2, 11_000, 0, Op::Acquire),
            (3, 40_000, 0, Op::Release),
        ]);
        run.workers[2].end_ns = 50_000;
        let holds = holds(&run.trace, &run, Shape::Lock(LockKind::Lock), u64::MAX);
        assert_eq!(times(by_holds(&holds)), []);
    }

    #[test]
    fn a_signal_ended_a_wait_if_no_other_one_can_have() {
        let one = run(&[(1, 1_000, 8_000, Op::Wait), (2, 9_100, 0, Op::Notify), (1, 20_000, 0, Op::Notify)]);
        assert_eq!(times(by_signals(&one, 7, false, false)), [(9_100, 1_000)]);
        let two = run(&[(1, 1_000, 8_000, Op::Wait), (2, 8_900, 0, Op::Notify), (3, 8_950, 0, Op::Notify)]);
        assert_eq!(times(by_signals(&two, 7, false, false)), []);
    }

    #[test]
    fn a_permit_that_another_one_got_for_certain_ended_no_other_wait() {
        let run = run(&[
            (1, 1_000, 8_000, Op::Acquire),
            (2, 1_000, 18_000, Op::Acquire),
            (3, 9_100, 0, Op::Release),
            (1, 10_000, 500, Op::Sleep),
            (3, 19_100, 0, Op::Release),
        ]);
        assert_eq!(times(by_signals(&run, 7, true, false)), [(9_100, 1_000), (19_100, 1_000)]);
    }
}
