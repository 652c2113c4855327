//! Collecting what is so, whatever stands in shared memory.

use super::super::check;
use super::super::deadlock::Detector;
use super::super::orders::Orders;
use super::*;
use crate::kernel::activities::activities;
use crate::model::Executor;
use crate::plan::Bindings;
use crate::shared::mapping::Mapping;
use crate::shared::run::stage;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

fn entry(worker: WorkerId, at: u64, bytes: &str) -> Entry {
    Entry { kind: EntryKind::Stdout, worker, at, number: 0, bytes: bytes.into() }
}

#[test]
fn pieces_of_a_line_are_joined_by_worker_and_placed_where_the_line_ended() {
    let entries =
        [entry(1, 10, "a"), entry(2, 20, "x\ny"), entry(1, 30, "b\n"), entry(2, 40, "z\n"), entry(1, 50, "c")];
    let lines: Vec<_> = lines(&entries, |at| at).into_iter().map(|l| (l.worker, l.at_ns, l.text)).collect();
    let expected = [(2, 20, "x"), (1, 30, "ab"), (2, 40, "yz"), (1, 50, "c")];
    assert_eq!(lines, expected.map(|(w, at, t)| (w, at, t.to_owned())));
}

#[test]
fn the_depth_of_a_queue_follows_from_the_items_numbers() {
    let event = |action| Event {
        worker: 1,
        at_ns: 0,
        duration_ns: 0,
        action,
        resource: Some(3),
        position: None,
        ordering: None,
    };
    let (put, get) = (|item, len| event(Action::Put { item, len }), |item, len| event(Action::Get { item, len }));
    let mut events = [get(3, 0), put(5, 0), get(4, 0), get(5, 0), put(6, 0)];
    fill_in_depths(&mut events, HashMap::from([(3, Counts { puts: 5, gets: 3 })]));
    assert_eq!(events, [get(3, 1), put(5, 2), get(4, 1), get(5, 0), put(6, 1)]);
}

#[test]
fn a_panic_in_the_standard_library_has_no_place_in_the_notebook() {
    let spot = Spot { position: Position::new(1, 3).expect("a position"), column: 9 };
    assert_eq!(panic_parts(&format!("m\u{1f}{}\u{1f}9", 1 << 19 | 3)), ("m".to_owned(), Some(spot)));
    assert_eq!(panic_parts("m\u{1f}0\u{1f}0"), ("m".to_owned(), None));
    assert_eq!(panic_parts("plain"), ("plain".to_owned(), None));
}

const WORKERS: usize = 4;

/// A run with a queue and a lock, in which nothing has happened.
fn context(mapping: &Mapping) -> Context {
    let queue = crate::shared::queue::Queue::new(&mapping.run, None, 1 << 16).expect("room");
    let lock = mapping.run.alloc().expect("room");
    let names = ["q", "l"].map(str::to_owned).to_vec();
    Context {
        run: Run::new(mapping.run, WORKERS, 1 << 16, true).expect("room"),
        unnoted: mapping.run.alloc_slice(2).expect("room"),
        resources: vec![Some(Resource::Queue(queue)), Some(Resource::Lock(lock))],
        resource_names: names.clone(),
        names: names.into_iter().cycle().take(WORKERS).collect(),
        bindings: Bindings::default(),
        pool_settings: None,
        alone: AtomicBool::new(false),
        watchers: AtomicU32::new(0),
        showing: AtomicU64::new(0),
        compared: Mutex::default(),
        fresh: None,
    }
}

fn cell() -> Cell {
    extern "C" fn holds() -> i32 {
        0
    }
    let orders = Orders { jobs: vec![], pool: None, show: vec![holds], assert: vec![holds], sequential: false };
    Cell { orders, names: vec![], executors: vec![Executor::Process; WORKERS], pool: None, is_program: false }
}

#[test]
fn what_is_collected_is_possible_whatever_a_job_has_written_over() {
    let mapping = Mapping::new(4096, 160 << 20).expect("a mapping");
    let whole = mapping.run.left();
    let mut seed = 7_u64;
    let mut chance = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut in_use: Vec<usize> = Vec::new();
    for round in 0..100 {
        // SAFETY: nobody uses what the last round had.
        unsafe { mapping.run.clear() };
        let memory = mapping.run.bytes(0, 64).expect("a place").as_ptr().cast::<u64>();
        let context = context(&mapping);
        for worker in 0..WORKERS as u32 {
            context.run.slot(worker).stage.store(stage::RUNNING, SeqCst);
            for n in 0..5 {
                context.run.journal.add(worker, worker, EntryKind::Stdout, n, b"a line\n");
                let action = Action::Put { item: n, len: 0 };
                let event = RawEvent { at: clock::now(), duration: 0, action, resource: 0, line: 3, ordering: None };
                context.run.trace.add(worker, &event);
            }
        }
        let queues = queue_counts(&context.resources);
        if in_use.is_empty() {
            // Most of the memory is room. What is not stands in the same place in each round.
            let words = (whole - mapping.run.left()) / 8;
            // SAFETY: so many words lie in memory of the arena, and only this thread looks at them.
            let all = unsafe { std::slice::from_raw_parts(memory, words) };
            let near = (0..words).filter(|at| all[at & !63..(at | 63).min(words - 1)].iter().any(|word| *word != 0));
            in_use = near.collect();
        }
        // Some words here and there, or nearly all, with numbers of all sizes.
        let one_of = [1, 3, 50, 1000][round % 4];
        for at in &in_use {
            if chance(one_of) == 0 {
                let bits = (chance(1 << 31) << 33 | chance(1 << 31)).checked_shr(chance(63) as u32).unwrap_or(0);
                let number = if chance(8) == 0 { u64::MAX - bits % 9 } else { bits };
                // SAFETY: as above.
                unsafe { memory.add(*at).write(number) };
            }
        }
        activities(&context);
        let _ = Detector::default().look(&context, |_| false);
        let report = report(&context, &cell(), RawOutput::new(), queues);
        assert_eq!(check::run(&report.outcome, context.resource_names.len()), Ok(()), "round {round}");
        assert!(report.failed_asserts.iter().all(|(number, _)| *number == 0));
        let now = since(&context.run, clock::now());
        assert!(report.outcome.trace.iter().all(|event| event.at_ns <= now && event.duration_ns <= now));
        assert!(report.outcome.workers.iter().all(|worker| worker.end_ns <= now && worker.blocked_ns <= now));
        let resources = context.resources.iter().flatten();
        resources.for_each(|resource| {
            resource.primitive().repair();
            resource.primitive().restore(&resource.primitive().snapshot());
            resource.primitive().content(false, &|worker| worker.to_string());
        });
    }
}

#[test]
fn an_item_passes_no_earlier_than_what_its_worker_did_before() {
    let event = |at, action| RawEvent { at, duration: 0, action, resource: 5, line: 9, ordering: None };
    let put = Action::Put { item: 0, len: 0 };
    let mut row = [event(7, Action::Acquire), event(6, put), event(9, put)];
    in_own_order(&mut row);
    assert_eq!(row, [event(7, Action::Acquire), event(7, put), event(9, put)]);
}

#[test]
fn a_channel_is_empty_behind_an_item_that_the_clock_has_in_disorder() {
    let event = |at_ns, action| Event {
        worker: 0,
        at_ns,
        duration_ns: 0,
        action,
        resource: Some(3),
        position: None,
        ordering: None,
    };
    let (put, get) = (|item| Action::Put { item, len: 0 }, |item| Action::Get { item, len: 0 });
    let mut events = [event(1, get(0)), event(2, put(0)), event(3, put(1))];
    fill_in_depths(&mut events, HashMap::new());
    let len =
        |event: &Event| if let Action::Put { len, .. } | Action::Get { len, .. } = event.action { len } else { 9 };
    assert_eq!(events.each_ref().map(len), [0, 0, 1]);
}
