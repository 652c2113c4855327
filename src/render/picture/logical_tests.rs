//! Facts about runs by steps.

use super::logical::{Logical, logical};
use crate::model::AxisKind;
use crate::model::{Action, ActionKind, Event, LockKind, ResourceKind, ScalarType};
use crate::record::{Executor, ExitStatus, Resource, RunOutcome};
use crate::render::fixture::{
    GAVE_UP, event, get, load, notebook, passed, print, put, record, resource, store, worker,
};
use crate::render::words::Undrawn;
use crate::render::{CellOptions, RenderOptions, render_as};

const VALUE: ResourceKind = ResourceKind::Value(ScalarType::I64);
const LOCK: ResourceKind = ResourceKind::Lock(LockKind::Lock);
const EVENT: ResourceKind = ResourceKind::Lock(LockKind::Event);
const QUEUE: ResourceKind = ResourceKind::Queue { maxsize: None };

/// A run of two workers that did this: who, and what, to resource 1.
fn run(executor: Executor, did: &[(u32, Action)]) -> RunOutcome {
    let mut workers = vec![worker("main", Executor::Normal, 0, 10_000)];
    workers.extend((1..=2).map(|n| worker(&format!("job-{n}"), executor, 50, 9_000)));
    let of = |action: Action| (!matches!(action, Action::Sleep | Action::Print { .. })).then_some(1);
    let one = |(n, (who, action)): (usize, &(u32, Action))| {
        event(*who, 100 + n as u64 * 10, u64::from(*action == Action::Sleep) * 5, *action, of(*action))
    };
    let trace = std::iter::once(event(0, 60, 0, Action::Open, None)).chain(did.iter().enumerate().map(one));
    RunOutcome { executor: Some(executor), wall_ns: 10_000, workers, trace: trace.collect(), ..RunOutcome::default() }
}

fn shared(kind: ResourceKind) -> Vec<Resource> {
    vec![Resource { kind, ..resource(1, "x", "", "") }]
}

fn found(kind: ResourceKind, did: &[(u32, Action)]) -> Logical {
    logical(&run(Executor::Thread, did), &shared(kind), false).unwrap_or_else(|why| panic!("{why:?}"))
}

/// Whether the workers' lanes and the resource's own picture are the same in every run.
fn is_sure(kind: ResourceKind, did: &[(u32, Action)]) -> (bool, bool) {
    let found = found(kind, did);
    (!found.is_unsure, found.contested.is_empty() && found.unsure.is_empty())
}

/// When each event of a worker began and took effect.
fn steps(found: &Logical, worker: u32) -> Vec<(u64, u64)> {
    let own = found.run.trace.iter().filter(|event| event.worker == worker && event.kind() != ActionKind::Join);
    own.map(|event| (event.at_ns, event.at_ns + event.duration_ns)).collect()
}

#[test]
fn workers_that_share_nothing_go_on_side_by_side() {
    let found = found(VALUE, &[(1, print(0)), (1, Action::Sleep), (2, print(1))]);
    assert_eq!((steps(&found, 1), steps(&found, 2)), (vec![(2, 2), (2, 3)], vec![(2, 2)]));
    let ends: Vec<u64> = found.run.workers.iter().map(|worker| worker.end_ns).collect();
    assert_eq!(ends, [5, 4, 3]);
}

#[test]
fn who_takes_an_item_comes_after_who_put_it_whatever_the_clock_says() {
    for did in [
        [(1, print(0)), (1, put(0, 1)), (2, get(0, 0)), (2, print(1))],
        [(2, get(0, 0)), (1, print(0)), (2, print(1)), (1, put(0, 1))],
    ] {
        let found = found(QUEUE, &did);
        assert_eq!(steps(&found, 2), [(1, 4), (5, 5)], "the taker waited from the gate on");
        assert!(!found.is_unsure && found.contested.is_empty());
    }
}

#[test]
fn who_puts_into_a_full_queue_comes_after_who_made_room() {
    let did = [(1, put(0, 1)), (1, put(1, 1)), (2, print(0)), (2, get(0, 0)), (2, get(1, 0))];
    let found = found(ResourceKind::Queue { maxsize: Some(1) }, &did);
    assert_eq!(steps(&found, 1), [(2, 2), (2, 4)]);
}

#[test]
fn who_waits_for_an_event_or_at_a_barrier_comes_after_the_others() {
    let meet = |place| Action::Meet { place };
    let found_event = found(EVENT, &[(2, Action::WaitEvent), (1, print(0)), (1, Action::Set)]);
    assert_eq!(steps(&found_event, 2), [(1, 4)]);
    let did = [(1, meet(0)), (2, print(0)), (2, meet(1)), (1, meet(1)), (2, meet(0))];
    let found = found(ResourceKind::Lock(LockKind::Barrier(2)), &did);
    assert_eq!((steps(&found, 1), steps(&found, 2)), (vec![(1, 3), (4, 4)], vec![(2, 2), (3, 3), (4, 4)]));
    assert!(!found.is_unsure && found.contested.is_empty());
}

#[test]
fn what_two_do_to_one_thing_with_nothing_between_has_no_order() {
    assert_eq!(is_sure(VALUE, &[(1, store(0, 1)), (2, store(0, 2))]), (true, false), "who writes is not led by it");
    assert_eq!(is_sure(VALUE, &[(1, store(0, 1)), (2, load(0, 1))]), (false, false), "who reads may be");
    assert_eq!(is_sure(VALUE, &[(1, load(0, 1)), (2, load(0, 1))]), (true, true));
    assert_eq!(is_sure(QUEUE, &[(1, put(0, 1)), (2, put(1, 2))]), (true, false));
    let held = [(1, Action::Acquire), (1, Action::Release), (2, Action::Acquire), (2, Action::Release)];
    assert_eq!(is_sure(LOCK, &held), (false, false), "who waits for a lock is");
    assert_eq!(is_sure(EVENT, &[(1, Action::Set), (2, GAVE_UP)]), (false, false));
    let array = ResourceKind::Array { of: ScalarType::I64, len: 9 };
    assert_eq!(is_sure(array, &[(1, store(3, 1)), (2, store(4, 2))]), (true, true), "elements are apart");
}

#[test]
fn without_concurrency_everything_has_an_order() {
    let did = [(1, Action::Acquire), (1, store(0, 1)), (1, Action::Release), (2, Action::Acquire), (2, load(0, 1))];
    let run = run(Executor::Normal, &did);
    let found = logical(&run, &shared(VALUE), false).unwrap_or_else(|why| panic!("{why:?}"));
    assert!(!found.is_unsure && found.contested.is_empty());
    assert_eq!(steps(&found, 2), [(6, 6), (7, 7)], "the second begins where the first has ended");
}

#[test]
fn main_that_takes_what_two_have_put_changes_no_lane() {
    let did = [(1, put(0, 1)), (2, put(1, 2)), (0, get(0, 1)), (0, get(1, 0))];
    assert_eq!(is_sure(QUEUE, &did), (true, false));
}

#[test]
fn what_depends_on_the_clock_has_no_steps() {
    let why = |run: &RunOutcome, is_pool| logical(run, &shared(QUEUE), is_pool).err();
    let plain = run(Executor::Process, &[(1, print(0))]);
    assert_eq!(why(&plain, false), None);
    assert_eq!(why(&plain, true), Some(Undrawn::Pool));
    assert_eq!(why(&RunOutcome { trace_dropped: 1, ..plain.clone() }, false), Some(Undrawn::Dropped));
    let mut late = plain;
    late.workers[1].exit = ExitStatus::TimedOut;
    assert_eq!(why(&late, false), Some(Undrawn::Cut));
    let lost = run(Executor::Process, &[(2, get(0, 0)), (1, print(0))]);
    assert_eq!(why(&lost, false), None, "what was put before the run was there");
    let round = [(1, get(1, 0)), (1, put(0, 0)), (2, get(0, 0)), (2, put(1, 0))];
    assert_eq!(why(&run(Executor::Process, &round), false), Some(Undrawn::Unfit));
}

/// The stable page of a run.
fn page(kind: ResourceKind, run: RunOutcome, axis: Option<AxisKind>) -> String {
    let outcome = crate::record::CellOutcome { resources: shared(kind), ..passed(0, vec![run]) };
    let look = RenderOptions {
        stable: true,
        cells: vec![CellOptions { axis, ..CellOptions::default() }],
        ..RenderOptions::default()
    };
    render_as(&notebook("```yaml spawn\n- f()\n```\n"), &record(vec![outcome]), &look).replace('\u{a0}', " ")
}

#[test]
fn a_stable_page_draws_by_steps_and_names_no_time() {
    let did = [(1, print(0)), (1, put(0, 1)), (2, get(0, 0))];
    for axis in [None, Some(AxisKind::Time), Some(AxisKind::Step)] {
        let page = page(QUEUE, run(Executor::Thread, &did), axis);
        assert_eq!(page.matches("<svg class=\"lanes\"").count(), 2);
        assert!(page.contains("job-1 took 3 steps and job-2 took 4 steps."), "{page}");
        let cell = page.split("<section class=\"cell ").nth(1).and_then(|rest| rest.split("</section>").next());
        let cell = cell.expect("the cell");
        assert!(cell.contains("data-steps=") && !cell.contains("data-ns=") && !cell.contains("data-p="));
        assert!(page.contains("<title>job-2 took item 0 from x after waiting 3 steps, at step 2</title>"), "{page}");
        for time in [" ns<", " µs", " ms", "0 s<"] {
            assert!(!cell.contains(time), "{time}: {cell}");
        }
    }
}

#[test]
fn lines_that_nothing_orders_stand_in_the_order_of_their_steps() {
    let printed = |first: u32| {
        let other = 3 - first;
        let mut run = run(Executor::Process, &[(first, print(0)), (other, print(1)), (1, print(2))]);
        let line = |worker: u32, text: &str| crate::render::fixture::line(worker, 0, text);
        run.output = vec![line(first, "one"), line(other, "one"), line(1, "two")];
        page(VALUE, run, None)
    };
    assert!(printed(1) == printed(2));
    assert_eq!(
        printed(1).matches("one\n").count() + printed(1).matches(">one<").count(),
        4,
        "twice printed, twice drawn"
    );
}

#[test]
fn a_stable_page_says_what_it_does_not_draw_and_why() {
    let did = [(1, load(0, 0)), (2, load(0, 0)), (1, store(0, 1)), (2, store(0, 1))];
    let page = page(VALUE, run(Executor::Thread, &did), None);
    assert_eq!(page.matches("<svg class=\"lanes\"").count(), 0);
    let why = "No picture of the workers and of <code>x</code> is here, so that the page stays the same: several workers \
               come to <code>x</code> in an order that may differ from run to run.";
    assert!(page.contains(why), "{page}");
}

#[test]
fn a_picture_by_steps_is_the_same_whatever_the_clock_says() {
    let did = [(1, print(0)), (1, put(0, 1)), (2, get(0, 0)), (2, Action::Sleep), (1, put(1, 1))];
    let one = run(Executor::Process, &did);
    let mut other = one.clone();
    // The second worker is late: all that it did comes at the end.
    other.trace.sort_by_key(|event| event.worker);
    for (n, event) in other.trace.iter_mut().enumerate() {
        let waited: u64 = if event.action == Action::Sleep { 77 } else { 0 };
        (event.at_ns, event.duration_ns) = (1000 + n as u64 * 100, waited);
    }
    let put_first: Vec<Event> = other.trace.clone();
    assert_ne!(one.trace, put_first);
    assert!(page(QUEUE, one, None) == page(QUEUE, other, None));
}
