//! What stands above a picture says what no other title says.

use super::tests::wide;
use crate::model::{Action, Event, LockKind, ResourceKind, ScalarType};
use crate::record::{CellOutcome, Executor, Resource, RunOutcome};
use crate::render::fixture::{event, notebook, passed, record, resource, store, task, worker};
use crate::render::render;

const MS: u64 = 1_000_000;

/// The titles, captions and tables of the page of a run of so many workers in 100 ms, with one shared thing.
fn page(kind: ResourceKind, workers: u32, mut trace: Vec<Event>) -> String {
    trace.sort_by_key(|event| event.at_ns);
    let mut all = vec![worker("main", Executor::Normal, 0, 100 * MS)];
    all.extend((1..=workers).map(|n| worker(&format!("job-{n}"), Executor::Process, 2 * MS, 99 * MS)));
    let run = RunOutcome { wall_ns: 100 * MS, workers: all, trace, ..RunOutcome::default() };
    let resources = vec![Resource { kind, ..resource(1, "x", "Shared", "") }];
    let outcome = CellOutcome { resources, ..passed(0, vec![run]) };
    wide(&render(&notebook("```yaml spawn\n- f()\n```\n"), &record(vec![outcome]))).replace('\u{a0}', " ")
}

/// The titles of a page's pictures.
fn findings(page: &str) -> Vec<&str> {
    page.split("<p class=\"finding\">").skip(1).filter_map(|rest| rest.split("</p>").next()).collect()
}

#[test]
fn a_wait_that_the_lanes_tell_is_not_told_again_by_the_lock() {
    let (taken, slept) = (Action::Acquire, event(1, 3 * MS, 90 * MS, Action::Sleep, None));
    let trace = vec![
        event(1, 2 * MS, 0, taken, Some(1)),
        slept,
        event(1, 94 * MS, 0, Action::Release, Some(1)),
        event(2, 3 * MS, 91 * MS, taken, Some(1)),
        event(2, 98 * MS, 0, Action::Release, Some(1)),
    ];
    let page = page(ResourceKind::Lock(LockKind::Lock), 2, trace);
    let told = ["job-2 waited 91 ms for x, 94 % of its time", "x was held for 98 % of the time"];
    assert_eq!(findings(&page), told, "{page}");
}

#[test]
fn a_barrier_tells_who_came_last() {
    let meet = |who, at, waited, place| event(who, at * MS, waited * MS, Action::Meet { place }, Some(1));
    let first = [meet(1, 3, 20, 0), meet(2, 23, 0, 1)];
    let second = [meet(1, 30, 30, 0), meet(2, 60, 0, 1)];
    let third = [meet(2, 70, 10, 0), meet(1, 80, 0, 1)];
    let barrier = ResourceKind::Lock(LockKind::Barrier(2));
    let told = |trace: &[&[Event]]| {
        let page = page(barrier, 2, trace.concat());
        findings(&page).last().map(|title| (*title).to_owned()).unwrap_or_default()
    };
    assert_eq!(told(&[&first]), "job-2 came last to x");
    assert_eq!(told(&[&first, &second]), "job-2 came last to x, all 2 times");
    assert_eq!(told(&[&first, &second, &third]), "job-2 came last to x, 2 of 3 times");
    assert_eq!(told(&[&second, &third]), "job-2 kept the others waiting longest at x");
    assert_eq!(told(&[&first[..1]]), "x never had all of the 2 workers that it waits for");
}

#[test]
fn who_sets_an_event_has_a_row_among_many_who_wait_for_it() {
    let wait = |who: u32| event(who, 3 * MS, 50 * MS, Action::WaitEvent, Some(1));
    let set = event(30, 53 * MS, 0, Action::Set, Some(1));
    let page = page(ResourceKind::Lock(LockKind::Event), 30, (1..30).map(wait).chain([set]).collect());
    let picture = page.split("until job-30 set x</p>").nth(1).and_then(|rest| rest.split("</figure>").next());
    assert!(picture.is_some_and(|picture| picture.contains(">job-30</text>")), "{page}");
}

#[test]
fn neighbours_that_several_wrote_are_grey_and_the_caption_says_so() {
    let write = |n: u64, who: u32| event(who, 3 * MS + n, 0, store(n, 5), Some(1));
    let array = ResourceKind::Array { of: ScalarType::I32, len: 400 };
    let mixed = page(array, 2, (0..400).map(|n| write(n, n as u32 % 2 + 1)).collect());
    assert!(mixed.contains("class=\"edge w0 several\""), "{mixed}");
    assert!(mixed.contains("A line stands for 13 neighbours, grey where several workers wrote them."), "{mixed}");
    let halves = page(array, 2, (0..390).map(|n| write(n, n as u32 / 195 + 1)).collect());
    assert!(!halves.contains("w0 several") && halves.contains("A line stands for 13 neighbours."), "{halves}");
}

#[test]
fn what_each_worker_did_once_is_told_by_the_title_alone() {
    let write = |who: u32| event(who, u64::from(who) * 9 * MS, 0, store(u64::from(who), 5), Some(1));
    let page = page(ResourceKind::Array { of: ScalarType::I32, len: 5 }, 3, (1..=3).map(write).collect());
    assert!(page.contains("3 workers wrote an element each of x, and nobody overwrote anybody</p>"), "{page}");
    assert!(page.contains("<figcaption>Nobody wrote to 2 elements."), "{page}");
}

#[test]
fn a_queue_that_nothing_left_says_so() {
    let queue = ResourceKind::Queue { maxsize: None };
    let put = page(queue, 2, vec![event(1, 9 * MS, 0, Action::Put { item: 1, len: 1 }, Some(1))]);
    assert!(put.contains("\"finding\">Nobody took anything from x</p>"), "{put}");
}

#[test]
fn of_many_workers_of_a_pool_those_have_lanes_that_did_something() {
    let mut all = vec![worker("main", Executor::Normal, 0, 100 * MS)];
    all.extend((1..=64).map(|n| worker(&format!("w-{n}"), Executor::Process, 2 * MS, 99 * MS)));
    all[20].tasks = 3;
    all[60].tasks = 1;
    let done = |who: u32, n: u64| event(who, (3 + n) * MS, MS, task(n), None);
    let trace = vec![done(20, 0), done(60, 1), done(20, 2), done(20, 3)];
    let run = RunOutcome { wall_ns: 100 * MS, workers: all, trace, ..RunOutcome::default() };
    let page = wide(&render(&notebook("```yaml pool\nmap: f\nover: 0..4\n```\n"), &record(vec![passed(0, vec![run])])));
    let page = page.replace('\u{a0}', " ");
    let drawn = page.split("<figure").nth(1).and_then(|rest| rest.split("</figure>").next()).unwrap_or_default();
    assert_eq!(drawn.matches("class=\"name ").count(), 2, "{drawn}");
    assert!(drawn.contains(">w-20</text>") && drawn.contains(">w-60</text>"), "{drawn}");
    assert!(drawn.contains("4 tasks on 64 workers: w-20 did 3, w-60 did 1 and 62 others none."), "{drawn}");
}
