//! What pictures claim: nothing that is not known, and nothing that did not happen.

use super::tests::wide;
use crate::model::{Action, Event, LockKind, ResourceKind, ScalarType};
use crate::record::{CellOutcome, Executor, Resource, RunOutcome};
use crate::render::fixture::{GAVE_UP, event, load, notebook, passed, record, resource, store, task, worker};
use crate::render::render;

const MS: u64 = 1_000_000;

/// A run of two workers in 100 ms, in which this happened.
fn run(trace: Vec<Event>) -> RunOutcome {
    let mut workers = vec![worker("main", Executor::Normal, 0, 100 * MS)];
    workers.extend((1..=2).map(|n| worker(&format!("job-{n}"), Executor::Process, 2 * MS, 99 * MS)));
    RunOutcome { wall_ns: 100 * MS, workers, trace, ..RunOutcome::default() }
}

/// The page of a run of a cell that shared one thing of this kind, without the drawings for small windows.
fn page(cell: &str, kind: ResourceKind, run: RunOutcome) -> String {
    let resources = vec![Resource { kind, ..resource(1, "x", "Shared", "") }];
    let outcome = CellOutcome { resources, ..passed(0, vec![run]) };
    let cell = format!("```yaml {cell}\n- f()\n```\n");
    wide(&render(&notebook(&cell), &record(vec![outcome]))).replace('\u{a0}', " ")
}

#[test]
fn where_later_events_are_missing_nothing_is_said_of_what_was_at_once() {
    let lock = ResourceKind::Lock(LockKind::Lock);
    let mut known = run(vec![event(1, 3 * MS, 40 * MS, Action::Acquire, Some(1))]);
    for worker in &mut known.workers {
        worker.on_core = vec![(2 * MS, 0), (99 * MS, 9 * MS)];
    }
    let whole = page("spawn", lock, known.clone());
    assert!(
        whole.contains(" at once, for") && whole.contains("on a core") && whole.contains("% of its time"),
        "{whole}"
    );
    let cut = page("spawn", lock, RunOutcome { trace_dropped: 5, ..known });
    assert!(cut.contains("<p class=\"finding\">2 workers ran, in 97 ms</p>"), "{cut}");
    let lanes = cut.split("</figure>").next().expect("the lanes");
    assert!(
        !lanes.contains("at once, for") && !lanes.contains("on a core") && !lanes.contains("% of its time"),
        "{lanes}"
    );
}

#[test]
fn who_gave_up_did_not_wait_until_an_event_was_set() {
    let event_of = ResourceKind::Lock(LockKind::Event);
    let title = |waits: Vec<Event>| {
        let set = event(2, 60 * MS, 0, Action::Set, Some(1));
        let mut trace: Vec<Event> = waits.into_iter().chain([set]).collect();
        trace.sort_by_key(|event| event.at_ns);
        page("spawn", event_of, run(trace))
    };
    let waited = event(1, 10 * MS, 50 * MS, Action::WaitEvent, Some(1));
    assert!(title(vec![waited]).contains("<p class=\"finding\">job-1 waited 50 ms until job-2 set x</p>"));
    let gave_up = event(1, 3 * MS, 5 * MS, GAVE_UP, Some(1));
    let both = title(vec![gave_up, waited]);
    assert!(both.contains("<p class=\"finding\">job-1 waited 55 ms for x</p>"), "{both}");
    assert!(title(vec![gave_up]).contains("<p class=\"finding\">job-1 waited 5 ms for x</p>"));
}

#[test]
fn a_close_up_begins_where_a_value_goes_to_another_worker() {
    let adds = |who, from: u64, to: u64| {
        let add = move |n: u64| {
            [
                event(who, 3 * MS + 2 * n, 0, load(0, n), Some(1)),
                event(who, 3 * MS + 2 * n + 1, 0, store(0, n + 1), Some(1)),
            ]
        };
        (from..to).flat_map(add)
    };
    let page =
        page("spawn", ResourceKind::Value(ScalarType::I32), run(adds(1, 0, 300).chain(adds(2, 300, 600)).collect()));
    let near =
        page.split(", from nearby").nth(1).and_then(|rest| rest.split("</svg></svg>").next()).expect("a close-up");
    assert!(near.contains("<title>job-1 wrote 300 to x") && near.contains("<title>job-2 read 300 from x"), "{near}");
}

#[test]
fn waits_and_sleeps_in_a_task_are_drawn_in_its_block() {
    let trace = vec![
        event(1, 3 * MS, 40 * MS, task(0), None),
        event(2, 3 * MS, 40 * MS, task(1), None),
        event(1, 10 * MS, 20 * MS, Action::Acquire, Some(1)),
        event(2, 50 * MS, 30 * MS, task(2), None),
        event(2, 55 * MS, 20 * MS, Action::Sleep, None),
    ];
    let mut run = run(trace);
    (run.workers[1].tasks, run.workers[2].tasks) = (1, 2);
    let page = page("pool", ResourceKind::Lock(LockKind::Lock), run);
    let lanes = page.split("</svg></svg>").next().expect("the lanes");
    let [waits, sleeps] = ["edge w1 h1", "edge w2 s2"].map(|class| lanes.matches(class).count());
    assert_eq!((waits, sleeps), (1, 1), "{lanes}");
    let number = |class: &str, task: &str| lanes.contains(&format!("<text class=\"{class} w")) && lanes.contains(task);
    assert!(number("number plate", ">0</text>") && number("block", ">1</text>"), "{lanes}");
    assert!(page.contains("<p class=\"finding\">Both at once, for 20 ms of 77 ms</p>"), "{page}");
}

#[test]
fn a_picture_of_what_cannot_be_seen_is_folded_and_its_finding_is_said() {
    let lock = ResourceKind::Lock(LockKind::Lock);
    let after = |waited_ns: u64| {
        let held = |who: u32, at_ns: u64, waited_ns: u64| {
            let given = event(who, at_ns + waited_ns + MS, 0, Action::Release, Some(1));
            [event(who, at_ns, waited_ns, Action::Acquire, Some(1)), given]
        };
        page("spawn", lock, run([held(1, 3 * MS, 0), held(2, 5 * MS, waited_ns)].concat()))
    };
    let is_folded = |page: &str| {
        page.contains(
            "<summary><span class=\"brief\">job-2 waited longest for x: 35 µs, &lt; 1 % of its time · </span>picture<",
        )
    };
    assert!(is_folded(&after(35_000)), "{}", after(35_000));
    let seen = after(35 * MS);
    assert!(
        !seen.contains("<details class=\"drawn\">") && seen.contains("\"finding\">job-2 waited longest for x"),
        "{seen}"
    );
}

#[test]
fn a_sentence_stands_in_place_of_the_lanes_of_one_worker_or_no_task() {
    let of = |cell: &str, change: &dyn Fn(&mut RunOutcome)| {
        let mut run = run(Vec::new());
        change(&mut run);
        page(cell, ResourceKind::Lock(LockKind::Lock), run)
    };
    let alone = |run: &mut RunOutcome| run.workers.truncate(2);
    let ran = "<summary><span class=\"brief\">job-1 ran for 97 ms · </span>the timeline in a picture</summary>";
    assert!(of("spawn", &alone).contains(ran));
    let waits = |run: &mut RunOutcome| {
        alone(run);
        run.workers[1].blocked_ns = 50 * MS;
    };
    assert!(!of("spawn", &waits).contains("class=\"drawn\"") && !of("spawn", &|_| {}).contains("class=\"drawn\""));
    let pool = |tasks: u64| of("pool", &|run: &mut RunOutcome| run.workers[1].tasks = tasks);
    assert!(
        !pool(0).contains("<figure") && pool(0).contains("<p class=\"notice\">0 tasks on 2 workers"),
        "{}",
        pool(0)
    );
    assert!(pool(1).contains(" · </span>the timeline in a picture</summary>") && !pool(2).contains("class=\"drawn\""));
}

#[test]
fn what_was_waited_for_longest_comes_first() {
    let lock =
        |id: u32, name: &str| Resource { kind: ResourceKind::Lock(LockKind::Lock), ..resource(id, name, "Shared", "") };
    let waits = [(1, 1, 0), (2, 1, 5), (1, 2, 0), (2, 2, 30)];
    let mut trace: Vec<Event> = Vec::new();
    for (step, (who, lock, waited)) in (1..).zip(waits) {
        let from_ns = step * 10 * MS;
        trace.push(event(who, from_ns, waited * MS, Action::Acquire, Some(lock)));
        trace.push(event(who, from_ns + (waited + 1) * MS, 0, Action::Release, Some(lock)));
    }
    let outcome = CellOutcome { resources: vec![lock(1, "short"), lock(2, "long")], ..passed(0, vec![run(trace)]) };
    let page = render(&notebook("```yaml spawn\n- f()\n```\n"), &record(vec![outcome]));
    let at = |name: &str| page.find(&format!("Lock {name} in cell 1")).expect("a picture");
    assert!(at("long") < at("short"), "{page}");
}
