//! Facts about the pictures of shared things, on traces made up for them.

use super::first;
use crate::model::AxisKind;
use crate::model::{Action, ActionKind, Event, LockKind, ResourceKind, ScalarType};
use crate::record::{CellOutcome, Contents, Executor, Resource, RunOutcome};
use crate::render::fixture::{GAVE_UP, event, get, load, notebook, passed, put, record, resource, store, worker};
use crate::render::{CellOptions, RenderOptions, render, render_as};

const MS: u64 = 1_000_000;

/// A run of `workers` workers in 100 ms, in which this happened.
fn run(workers: u32, trace: Vec<Event>) -> RunOutcome {
    let mut all = vec![worker("main", Executor::Normal, 0, 100 * MS)];
    all.extend((1..=workers).map(|n| worker(&format!("job-{n}"), Executor::Process, 2 * MS, 99 * MS)));
    RunOutcome { wall_ns: 100 * MS, workers: all, trace, ..RunOutcome::default() }
}

/// The page of a run that shared one thing of this kind, whose id is 1.
fn page(kind: ResourceKind, run: RunOutcome) -> String {
    page_of(vec![Resource { kind, ..resource(1, "x", "Shared", "") }], run)
}

fn page_of(resources: Vec<Resource>, run: RunOutcome) -> String {
    let outcome = CellOutcome { resources, ..passed(0, vec![run]) };
    wide(&render(&notebook("```yaml spawn\n- f()\n```\n"), &record(vec![outcome]))).replace('\u{a0}', " ")
}

/// A page without the drawings for small windows.
pub fn wide(page: &str) -> String {
    let (mut out, mut rest) = (String::new(), page);
    while let Some(start) = rest.find(SMALL) {
        out.push_str(&rest[..start]);
        rest = &rest[start + first::length(&rest[start..]).expect("a whole picture")..];
    }
    out + rest
}

/// How a drawing for a small window begins.
const SMALL: &str = "<svg class=\"lanes small\"";

/// The pictures of a page, the lanes first.
fn pictures(page: &str) -> Vec<&str> {
    let page = page.split("<svg class=\"lanes\"").flat_map(|part| part.split("<svg class=\"lanes small any\""));
    page.skip(1).map(|rest| rest.split("</figure>").next().unwrap_or(rest)).collect()
}

/// Something that is done `many` times by eight workers, each of whom does so many things in a row: each time at one moment.
fn traffic(many: u64, in_a_row: u64, action: impl Fn(u64) -> Action) -> RunOutcome {
    let one = |n: u64| {
        let at = 2 * MS + n * 97 * MS / many.max(1);
        event((n / in_a_row % 8) as u32 + 1, at, n % 3 * 20, action(n), Some(1))
    };
    run(8, (0..many).map(one).collect())
}

/// Runs with `many` events of every kind of resource.
pub fn every_kind(many: u64) -> Vec<(&'static str, ResourceKind, RunOutcome)> {
    let in_turn = |actions: &[Action]| traffic(many, actions.len() as u64, |n| actions[n as usize % actions.len()]);
    let held = [Action::Acquire, Action::Release];
    let read = [Action::AcquireShared, Action::Release, Action::Acquire, Action::Release];
    let condition = [Action::Acquire, Action::WaitNotified, Action::Notify { count: 1 }, Action::Release];
    let bits = |n: u64| (n as f64).to_bits();
    let (word, bytes) = (ScalarType::U64, ResourceKind::Array { of: ScalarType::U8, len: 30 });
    vec![
        (
            "queue",
            ResourceKind::Queue { maxsize: Some(9) },
            traffic(many, 2, |n| if n % 2 == 0 { put(n / 2, 0) } else { get(n / 2, 0) }),
        ),
        (
            "value",
            ResourceKind::Value(word),
            traffic(many, 3, |n| if n % 3 < 2 { load(0, (n + 1) / 3) } else { store(0, (n + 1) / 3) }),
        ),
        (
            "sum",
            ResourceKind::Value(ScalarType::F64),
            traffic(many, 1, |n| Action::Update { before: bits(n), after: bits(n + 1) }),
        ),
        ("array", ResourceKind::Array { of: ScalarType::I32, len: 1000 }, traffic(many, 1, |n| store(n % 1000, n))),
        (
            "slices",
            bytes,
            traffic(many, 2, |n| match (n % 2, n % 30, n % 9) {
                (0, start, count) => Action::StoreMany { start, count },
                (_, start, count) => Action::LoadMany { start, count },
            }),
        ),
        ("lock", ResourceKind::Lock(LockKind::Lock), in_turn(&held)),
        ("rwlock", ResourceKind::Lock(LockKind::RwLock), in_turn(&read)),
        ("semaphore", ResourceKind::Lock(LockKind::Semaphore(3)), in_turn(&held)),
        ("condition", ResourceKind::Lock(LockKind::Condition), in_turn(&condition)),
        ("event", ResourceKind::Lock(LockKind::Event), in_turn(&[Action::WaitEvent, Action::Set])),
        ("barrier", ResourceKind::Lock(LockKind::Barrier(8)), in_turn(&[Action::Meet { place: 0 }])),
    ]
}

#[test]
fn however_long_the_run_every_picture_is_small_and_says_what_was_binned() {
    for many in [40, 700, 50_000] {
        for (name, kind, run) in every_kind(many) {
            let page = page(kind, run);
            let drawn = pictures(&page);
            assert!(drawn.len() >= 2, "{name}: {} pictures", drawn.len());
            for svg in drawn {
                assert!((400..100_000).contains(&svg.len()), "{name} of {many}: {} bytes", svg.len());
            }
            assert!(many < 50_000 || page.contains("closer than a pixel"), "{name} of {many}");
            let has_bars = match name {
                "value" | "sum" => Some(false),
                "lock" => Some(true),
                _ => None,
            };
            let says_so = page.contains("a bar is then as high");
            assert!(many < 50_000 || has_bars.is_none_or(|has_bars| has_bars == says_so), "{name} of {many}");
        }
    }
}

/// Numbers without any plan, the same in every run of the tests.
struct Wild(u64);

impl Wild {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

/// A run of which nothing fits together: anybody does anything to anything at any time.
fn wild_run(wild: &mut Wild, workers: u64, events: u64) -> RunOutcome {
    let end = [1, 900, 100 * MS, u64::MAX / 2][wild.below(4) as usize];
    let mut all = vec![worker("main", Executor::Normal, 0, end)];
    let name =
        ["w", "a worker with a name of its own", "一个工作者的名字很长很长很长很长", "<&\"'"][wild.below(4) as usize];
    all.extend((1..=workers).map(|n| worker(&format!("{name}-{n}"), Executor::Process, wild.below(end), end)));
    let any = wild.below(3) == 0;
    let mut at = 0;
    let trace = (0..events).map(|n| {
        at = if any { wild.below(end) } else { at + wild.below(2 * end / events.max(1) + 1) };
        let wait = [0, wild.below(1000), wild.below(end), u64::MAX][(wild.below(16) as usize).saturating_sub(12)];
        let kind = wild.below(ActionKind::ALL.len() as u64);
        let a = [n, wild.below(40), wild.below(1000), u64::MAX][wild.below(4) as usize];
        let b = [n, wild.below(9), 0.1_f64.to_bits(), u64::MAX][wild.below(4) as usize];
        let action = Action::decode(kind, a, b).or(Action::decode(kind, a % 9 + 1, b % 3)).expect("an action");
        event(wild.below(workers + 2) as u32, at, wait, action, [Some(1), Some(1), None][wild.below(3) as usize])
    });
    let trace = trace.collect();
    RunOutcome { wall_ns: end, workers: all, trace, ..RunOutcome::default() }
}

#[test]
fn no_picture_of_anything_is_large_whatever_happened() {
    let mut wild = Wild(0x9e37_79b9_7f4a_7c15);
    for (events, times) in [(0, 1), (60, 4), (700, 4), (20_000, 1)] {
        for (name, kind, _) in every_kind(1) {
            for _ in 0..times {
                let workers = [1, 3, 12, 60, 400][wild.below(5) as usize];
                let run = wild_run(&mut wild, workers, events);
                let outcome = CellOutcome {
                    resources: vec![Resource { kind, ..resource(1, "a name that is long", "Shared", "") }],
                    ..passed(0, vec![run])
                };
                let cell =
                    if wild.below(4) == 0 { "```yaml pool\n- f()\n```\n" } else { "```yaml spawn\n- f()\n```\n" };
                for (axis, stable) in [(None, false), (Some(AxisKind::Step), false), (None, true)] {
                    let cells = vec![CellOptions { axis, ..CellOptions::default() }];
                    let look = RenderOptions { stable, cells, ..RenderOptions::default() };
                    let page = render_as(&notebook(cell), &record(vec![outcome.clone()]), &look);
                    for svg in page.split("<svg class=\"lanes").skip(1) {
                        let svg = svg.split("</svg></").next().unwrap_or(svg);
                        let size = svg.len();
                        assert!(size < 100_000, "{name}, {workers} workers, {events} events: {size} bytes");
                        let mut attributes = svg.split('"').skip(2).step_by(2);
                        let is_odd = |text: &str| text.contains("NaN") || text.contains("inf");
                        assert!(!attributes.any(is_odd), "{name}: {svg}");
                        let mut paths = svg.split(" d=\"").skip(1);
                        assert!(paths.all(|path| path.starts_with(['M', '"'])), "{name}: {svg}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_picture_has_a_caption_a_table_and_a_name() {
    for (name, kind, run) in every_kind(60) {
        let page = page(kind, run);
        assert_eq!(page.matches("<figure class=\"picture\">").count(), 2, "{name}");
        assert_eq!(page.matches("in numbers</summary>").count(), 2, "{name}");
        for svg in pictures(&page) {
            assert!(svg.contains("role=\"img\"") && svg.contains("<title id="), "{name}");
            let names = svg.split("aria-labelledby=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("names");
            assert!(names.split(' ').all(|id| page.contains(&format!(" id=\"{id}\""))), "{name}: {names}");
        }
    }
}

/// An action of this kind with numbers as large as they can be.
pub fn largest(kind: ActionKind, a: u64) -> Action {
    let kind = kind as u64;
    Action::decode(kind, a, u64::MAX).or(Action::decode(kind, a, 1)).or(Action::decode(kind, 1, 1)).expect("an action")
}

#[test]
fn odd_numbers_break_no_picture() {
    for (_, kind, mut run) in every_kind(50) {
        for (n, event) in run.trace.iter_mut().enumerate() {
            event.action = largest(event.kind(), u64::MAX - n as u64);
            (event.worker, event.at_ns, event.duration_ns) = (n as u32 * 3, u64::MAX / 2, u64::MAX);
        }
        assert!(page(kind, run).ends_with("</html>\n"));
    }
}

#[test]
fn a_lost_update_is_marked_and_told() {
    let trace = vec![
        event(1, 3 * MS, 0, load(0, 7), Some(1)),
        event(2, 4 * MS, 0, load(0, 7), Some(1)),
        event(1, 5 * MS, 0, store(0, 8), Some(1)),
        event(2, 6 * MS, 0, store(0, 10), Some(1)),
    ];
    let page = page(ResourceKind::Value(ScalarType::I32), run(2, trace));
    assert!(page.contains("<rect class=\"lost box fix\"") && page.contains("overwrote what another had written"));
    assert!(page.contains("<p class=\"finding\">1 of 2 writes to x overwrote another worker’s update</p>"), "{page}");
    let told = "<figcaption>job-2 had read 7, then job-1 wrote 8, and job-2 wrote 10 over it (step 4).";
    assert!(page.contains(told), "{page}");
    assert!(page.contains("<title>job-2 wrote 10 to x, at 4 ms</title>"));
}

#[test]
fn of_a_long_run_the_accesses_around_a_lost_update_are_drawn_step_by_step() {
    let write = |who, n: u64| event(who, 3 * MS + n, 0, store(0, n), Some(1));
    // The first lost update spans the whole run, the second few steps of it.
    let mut trace = vec![event(1, 3 * MS, 0, load(0, 0), Some(1))];
    trace.extend((1..200).map(|n| write(2, n)));
    let read = event(1, 3 * MS + 201, 0, load(0, 200), Some(1));
    trace.extend([write(1, 200), read, write(2, 202), write(1, 203)]);
    trace.extend((204..400).map(|n| write(2, n)));
    let page = page(ResourceKind::Value(ScalarType::I32), run(2, trace));
    assert!(page.contains("job-1 had read 200, then job-2 wrote 202, and job-1 wrote 203 over it (step 6)."), "{page}");
    assert_eq!(page.matches("<rect class=\"lost box fix\"").count(), 2, "the first one is in sight, too");
}

#[test]
fn numbers_are_drawn_as_their_type_has_them() {
    let trace = vec![event(1, 3 * MS, 0, store(0, u64::from(-5_i32 as u32)), Some(1))];
    assert!(page(ResourceKind::Value(ScalarType::I32), run(1, trace.clone())).contains(">-5</text>"));
    assert!(page(ResourceKind::Value(ScalarType::U32), run(1, trace)).contains(">4294967291</text>"));
}

#[test]
fn an_arrow_leads_from_each_put_to_its_get_and_no_more_than_twenty() {
    let arrows = |items: u64| {
        let put = |n: u64| event(1, 3 * MS + n, 0, put(n, 0), Some(1));
        let get = |n: u64| event(2, 50 * MS + n, 0, get(n, 0), Some(1));
        let trace = (0..items).map(put).chain((0..items).map(get)).collect();
        let page = page(ResourceKind::Queue { maxsize: None }, run(2, trace));
        page.matches("<path class=\"way w1\"").count()
    };
    assert_eq!(arrows(3), 3);
    assert_eq!(arrows(20), 20);
    assert!((10..=20).contains(&arrows(1000)));
}

#[test]
fn the_depth_of_a_queue_begins_with_what_was_in_it() {
    let trace = vec![event(1, 3 * MS, 0, get(4, 2), Some(1)), event(1, 4 * MS, 0, put(7, 3), Some(1))];
    let page = page(ResourceKind::Queue { maxsize: Some(5) }, run(1, trace));
    assert!(page.contains("with at most 3 of the 5 that fit in it at once"), "{page}");
    assert!(page.contains(">max 5</text>") && page.contains(">3</text>"));
}

#[test]
fn a_lock_shows_who_held_it_and_who_handed_it_on() {
    let trace = vec![
        event(1, 10 * MS, 0, Action::Acquire, Some(1)),
        event(2, 11 * MS, 9 * MS, Action::Acquire, Some(1)),
        event(1, 20 * MS, 0, Action::Release, Some(1)),
        event(2, 40 * MS, 0, Action::Release, Some(1)),
    ];
    let page = page(ResourceKind::Lock(LockKind::Lock), run(2, trace));
    assert!(page.contains("x was held by job-1 for 10 ms and job-2 for 20 ms."), "{page}");
    assert!(page.contains("<p class=\"finding\">job-2 waited longest for x: 9 ms, 9 % of its time</p>"));
    assert_eq!(page.matches("<path class=\"handed w1\"").count(), 1);
}

#[test]
fn a_semaphore_says_how_many_permits_it_has_and_not_that_one_held_all() {
    let held = || vec![event(1, 10 * MS, 0, Action::Acquire, Some(1)), event(1, 20 * MS, 0, Action::Release, Some(1))];
    let two = page(ResourceKind::Lock(LockKind::Semaphore(2)), run(1, held()));
    assert!(two.contains("At least one of 2 permits of x was held by job-1 for 10 ms."), "{two}");
    let one = page(ResourceKind::Lock(LockKind::Semaphore(1)), run(1, held()));
    assert!(one.contains("The permit of x was held by job-1 for 10 ms."), "{one}");
}

#[test]
fn a_semaphore_whose_permits_were_lost_before_is_no_signal() {
    let of = |permits| {
        let trace = vec![event(1, 10 * MS, 20 * MS, GAVE_UP, Some(1))];
        let contents = vec![Contents { resource: 1, before: vec![0], after: vec![0] }];
        page(ResourceKind::Lock(LockKind::Semaphore(permits)), RunOutcome { contents, ..run(1, trace) })
    };
    assert!(of(0).contains("x is a signal, which nobody holds"));
    let lost = of(1);
    assert!(!lost.contains("is a signal") && lost.contains("Nobody held x."), "{lost}");
}

#[test]
fn a_barrier_shows_each_meeting() {
    let trace = vec![
        event(1, 10 * MS, 20 * MS, Action::Meet { place: 0 }, Some(1)),
        event(2, 30 * MS, 0, Action::Meet { place: 1 }, Some(1)),
        event(2, 40 * MS, 5 * MS, Action::Meet { place: 0 }, Some(1)),
        event(1, 45 * MS, 0, Action::Meet { place: 1 }, Some(1)),
    ];
    let page = page(ResourceKind::Lock(LockKind::Barrier(2)), run(2, trace));
    assert!(page.contains("2 workers met at x twice."), "{page}");
}

#[test]
fn the_elements_of_an_array_have_the_texture_of_their_last_writer() {
    let write = |who, at, element| event(who, at * MS, 0, store(element, 5), Some(1));
    let trace = vec![write(1, 3, 0), write(2, 4, 1), write(2, 5, 0)];
    let page = page(ResourceKind::Array { of: ScalarType::I32, len: 4 }, run(2, trace));
    assert!(page.contains("class=\"edge w1 p1\"") && page.contains("class=\"edge w2 p2\""));
    assert!(
        page.contains("written by job-1 once and job-2 twice. Last words: 2 by job-2. Nobody wrote to 2 elements."),
        "{page}"
    );
}

#[test]
fn a_slice_that_is_written_at_once_stands_on_all_its_lines() {
    let many = |who, at, first, many| event(who, at * MS, 0, Action::StoreMany { start: first, count: many }, Some(1));
    let trace = vec![many(1, 3, 0, 6), event(2, 4 * MS, 0, store(1, 5), Some(1)), many(2, 5, 4, 4), many(1, 6, 0, 1)];
    let array = ResourceKind::Array { of: ScalarType::I32, len: 8 };
    let page_few = page(array, run(2, trace));
    assert!(page_few.contains("<title>job-1 wrote elements 0 to 5 of x, at 1 ms</title>"), "{page_few}");
    assert!(page_few.contains("<title>job-1 wrote element 0 of x, at 4 ms</title>"));
    // Element 1 was overwritten by job-2, and elements 4 to 7.
    let told = "job-1 twice and job-2 twice. Last words: 3 by job-1 and 5 by job-2.";
    assert!(page_few.contains(told), "{page_few}");
    assert!(page_few.contains(">0 to 5<") && page_few.contains(">1 to 7<"), "the table has who wrote which");
    // The bytes of very long arrays cost no more than their lines.
    let wide = (0..2000).map(|n| many((n % 2 + 1) as u32, 3, n * 1000, 500_000)).collect();
    let page = page(ResourceKind::Array { of: ScalarType::I32, len: 3_000_000 }, run(2, wide));
    assert!(page.contains("Nobody wrote to 501,000 elements."), "{page}");
}

#[test]
fn what_only_main_read_has_no_picture_and_what_one_worker_used_is_folded() {
    let kind = ResourceKind::Value(ScalarType::I32);
    let alone = page(kind, run(2, vec![event(0, 99 * MS, 0, load(0, 1), Some(1))]));
    assert_eq!(pictures(&alone).len(), 1);
    let one = page(kind, run(2, vec![event(2, 9 * MS, 0, store(0, 1), Some(1))]));
    assert!(one.contains("<summary>Value <code>x</code> in a picture</summary>"));
}

#[test]
fn of_very_many_resources_some_are_drawn_and_the_rest_is_named() {
    let resources = (1..=20).map(|id| resource(id, &format!("v{id}"), "Value<i32>", "0")).collect();
    let write = |n: u32| event(n % 2 + 1, u64::from(n) * MS, 0, store(0, 1), Some(n / 2 + 1));
    let page = page_of(resources, run(2, (0..40).map(write).collect()));
    assert!(pictures(&page).len() <= 9);
    assert!(page.contains("12 things are not drawn: <code>v9</code>"), "{page}");
}

#[test]
fn hostile_names_of_resources_are_escaped() {
    for (_, kind, run) in every_kind(30) {
        let state = Resource { kind, name: "<img src=x>\"".into(), ..resource(1, "x", "Shared", "") };
        assert!(!page_of(vec![state], run).contains("<img"));
    }
}

#[test]
fn a_printed_line_stands_on_its_lane_and_what_is_shown_behind_mains() {
    let run = RunOutcome {
        results: vec![crate::record::ShownValue { label: None, expression: "v.get()".into(), text: "42".into() }],
        ..crate::render::fixture::two_workers()
    };
    let page = page_of(Vec::new(), run);
    assert!(page.contains("class=\"print\"") && page.contains(">aaaaa</text>"));
    assert!(page.contains("<text class=\"exit value\"") && page.contains(">= 42</text>"));
}
