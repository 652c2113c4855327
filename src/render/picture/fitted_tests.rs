//! No picture, caption or table contradicts what happened: tried on executions that are made up, and on a few that are not.

use super::fitted::{Fitted, fitted};
use super::holds::{Hold, holds};
use super::lock::taken;
use super::simulated::{
    ADDED, ARRAY, CONDITION, Chance, Execution, GUARDED, LOCK, MOST, PERMITS, QUEUE, RACED, ROOM, SIGNAL, execution,
    resources,
};
use crate::record::{CellOutcome, Event, Executor, Exit, Op, ResourceState, RunOutcome};
use crate::render::fixture::{event, notebook, passed, record, worker};
use crate::render::render;
use std::collections::BTreeMap;

/// The seed of all executions; another one can be given.
fn seed() -> u64 {
    let seed = std::env::var("NBRUN_PICTURE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_129);
    println!("NBRUN_PICTURE_SEED={seed}");
    seed
}

/// Tries executions, each with a number for what is said of it.
fn try_all(many: u64, kills: bool, most: impl Fn(u64) -> usize, check: impl Fn(u64, &Execution)) {
    let mut chance = Chance(seed() | 1);
    for number in 0..many {
        check(number, &execution(&mut chance, kills, most(number)));
    }
}

fn of(run: &RunOutcome, id: u32) -> Vec<&Event> {
    let mut events: Vec<&Event> = run.trace.iter().filter(|event| event.resource == Some(id)).collect();
    events.sort_by_key(|event| (event.end_ns(), event.duration_ns > 0));
    events
}

/// Every read has the number that was written last before it, every addition goes on from it, and the last number is the one
/// that was found at the end.
#[track_caller]
fn assert_numbers_fit(what: &str, fitted: &Fitted, is_whole: bool) {
    for id in [RACED, ADDED, GUARDED, ARRAY] {
        let unknown = fitted.unknown.get(&id).cloned().unwrap_or_default();
        assert!(!is_whole || !unknown.is_any, "{what}: {unknown:?}");
        let contents = fitted.run.contents.iter().find(|contents| contents.resource == id).expect("contents");
        let mut now = contents.before.clone();
        let events = of(&fitted.run, id);
        for event in &events[..events.len() - unknown.accesses as usize] {
            let place = if id == ARRAY { event.a as usize } else { 0 };
            match event.op {
                Op::Load => assert_eq!(event.b, now[place], "{what}: {event:?}"),
                Op::FetchAdd => assert_eq!(event.a, now[place], "{what}: {event:?}"),
                _ => {}
            }
            now[place] = if event.op == Op::Load { now[place] } else { event.b };
        }
        assert!(!is_whole || now == contents.after, "{what}: {now:?} at the end, and not {:?}", contents.after);
    }
}

/// No item is taken before it was put, and there are never more than fit.
#[track_caller]
fn assert_items_fit(what: &str, run: &RunOutcome) {
    let contents = run.contents.iter().find(|contents| contents.resource == QUEUE).expect("contents");
    let mut inside: i64 = contents.before[0] as i64;
    for event in of(run, QUEUE) {
        inside += match event.op {
            Op::Put => 1,
            Op::Get => -1,
            _ => 0,
        };
        assert!((0..=ROOM as i64).contains(&inside), "{what}: {inside} items after {event:?}");
    }
}

/// One at a time holds a lock, each as long as in truth, and nobody holds what it waits for.
#[track_caller]
fn assert_holds_are_true(what: &str, execution: &Execution, fitted: &Fitted, shared: &[ResourceState]) {
    for id in [LOCK, CONDITION] {
        let events = of(&fitted.run, id);
        let found = holds(events.iter().copied(), &fitted.run, shared[id as usize].shape, u64::MAX);
        assert!(found.windows(2).all(|pair| pair[0].to_ns <= pair[1].from_ns), "{what}: {found:?}");
        let mut truth: Vec<_> = execution.held.iter().filter(|held| held.0 == id).collect();
        truth.sort_by_key(|held| held.3);
        assert_eq!(found.len(), truth.len(), "{what}: {found:?} and {truth:?}");
        for (hold, (_, worker, from, to)) in found.iter().zip(truth) {
            assert_eq!(hold.worker, worker + 1, "{what}");
            assert!(hold.to_ns >= *from && hold.from_ns <= *to, "{what}: {hold:?}, in truth {from} to {to}");
        }
        for wait in events.iter().filter(|event| event.duration_ns > 0) {
            let overlaps = |hold: &&Hold| {
                hold.worker == wait.worker as usize && hold.from_ns < wait.end_ns() && wait.at_ns < hold.to_ns
            };
            assert_eq!(found.iter().find(overlaps), None, "{what}: {wait:?}");
        }
    }
    let mut now = 0;
    for (_, many) in taken(of(&fitted.run, PERMITS).into_iter(), 0, MOST) {
        assert!(many <= MOST && many.abs_diff(now) == 1, "{what}: {many} permits are taken after {now}");
        now = many;
    }
}

/// A figure: its title, its caption, and the rows of the table behind it.
type Figure = (String, String, BTreeMap<String, Vec<String>>);

/// A page about an execution, and its figures.
struct Page {
    text: String,
    figures: Vec<Figure>,
}

fn text_of(html: &str) -> String {
    let mut is_tag = false;
    let shown = html.chars().filter(|c| {
        let is_shown = !is_tag && *c != '<';
        is_tag = *c == '<' || is_tag && *c != '>';
        is_shown
    });
    shown.collect::<String>().replace('\u{a0}', " ").replace("&lt;", "<").replace("&gt;", ">")
}

fn page(kind: &str, run: RunOutcome, shared: Vec<ResourceState>) -> Page {
    let outcome = CellOutcome { resources: shared, ..passed(0, vec![run]) };
    let text = render(&notebook(&format!("```yaml {kind}\n- f()\n```\n")), &record(vec![outcome]));
    let figure = |part: &str| {
        let between = |from: &str, to: &str| {
            part.split_once(from).and_then(|(_, rest)| rest.split(to).next()).unwrap_or_default().to_owned()
        };
        let caption = text_of(&between("<figcaption>", "<span class=\"legend\""));
        let title = between("<title id=", "</title>").rsplit('>').next().unwrap_or_default().to_owned();
        let rows = between("<tbody>", "</tbody>");
        let rows = rows.split("<tr>").skip(1).map(|row| {
            let cells: Vec<String> = row.split("</t").map(text_of).map(|cell| cell.trim().to_owned()).collect();
            let cells: Vec<String> = cells
                .into_iter()
                .map(|cell| cell.trim_start_matches("h>").trim_start_matches("d>").to_owned())
                .collect();
            (cells[0].clone(), cells[1..].to_vec())
        });
        (title, caption, rows.collect())
    };
    let figures = text.split("<figure class=\"picture\">").skip(1).map(figure).collect();
    Page { text, figures }
}

impl Page {
    /// The caption and the table of what is shared under this name.
    fn of(&self, kind: &str, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|(title, ..)| title.starts_with(&format!("{kind} {name} in ")))
    }
}

/// A count as the page writes it.
fn times(many: usize) -> String {
    match many {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{many} times"),
    }
}

/// Captions and tables count what happened.
#[track_caller]
fn assert_words_are_true(what: &str, run: &RunOutcome, page: &Page) {
    let many = |id: u32, op: Op| run.trace.iter().filter(|event| (event.resource, event.op) == (Some(id), op)).count();
    let sum = |table: &BTreeMap<String, Vec<String>>, column: usize| -> usize {
        table.values().map(|row| row[column].parse::<usize>().expect("a count")).sum()
    };
    for (id, name) in [(RACED, "raced"), (ADDED, "added"), (GUARDED, "guarded")] {
        let Some((_, caption, table)) = page.of("Value", name) else { continue };
        let counts = [(Op::Load, "read"), (Op::Store, "written"), (Op::FetchAdd, "added to in one step")];
        for (column, (op, verb)) in counts.into_iter().enumerate() {
            let counted = many(id, op);
            assert_eq!(sum(table, column), counted, "{what}: {name}, {op:?}");
            assert!(counted == 0 || caption.contains(&format!("{verb} {}", times(counted))), "{what}: {caption}");
        }
        let lost = sum(table, 3);
        assert!(name == "raced" || lost == 0, "{what}: {name} is guarded, and an update was lost");
        let is_told = caption.contains(" overwrote another") && !caption.contains("No write overwrote");
        assert_eq!(lost > 0, is_told, "{what}: {caption}");
        assert!(lost == 0 || caption.contains(&format!(" {lost} of ")), "{what}: {caption}");
        assert!(!page.text.contains(">?</text>"), "{what}: the first number is known");
    }
    if let Some((_, caption, table)) = page.of("Queue", "queue") {
        let (puts, gets) = (many(QUEUE, Op::Put), many(QUEUE, Op::Get));
        assert_eq!((sum(table, 0), sum(table, 1)), (puts, gets), "{what}");
        let item = if puts == 1 { "1 item ".to_owned() } else { format!("{puts} items ") };
        assert!(caption.contains(&item), "{what}: {caption}");
    }
    if let Some((_, caption, table)) = page.of("Semaphore", "signal") {
        assert_eq!((sum(table, 0), sum(table, 2)), (many(SIGNAL, Op::Acquire), many(SIGNAL, Op::Release)), "{what}");
        assert!(caption.contains("nobody holds") && !page.text.contains("max\u{a0}0"), "{what}: {caption}");
    }
    for (kind, id, name) in [("Lock", LOCK, "lock"), ("Condition", CONDITION, "condition")] {
        let Some((_, caption, table)) = page.of(kind, name) else { continue };
        let is_held = many(id, Op::Acquire) > 0;
        assert_eq!(is_held, sum(table, 0) > 0, "{what}: {caption}");
        assert_eq!(is_held, !caption.starts_with("Nobody held"), "{what}: {caption}");
    }
}

#[test]
fn no_picture_of_a_whole_trace_contradicts_what_happened() {
    let shared = resources();
    try_all(
        400,
        false,
        |_| usize::MAX,
        |number, execution| {
            let what = format!("execution {number}");
            let fitted = fitted(&execution.run, &shared);
            assert_numbers_fit(&what, &fitted, true);
            assert_items_fit(&what, &fitted.run);
            assert_holds_are_true(&what, execution, &fitted, &shared);
            if number % 4 == 0 {
                assert_words_are_true(&what, &fitted.run, &page("spawn", execution.run.clone(), shared.clone()));
            }
        },
    );
}

#[test]
fn no_picture_of_a_run_with_a_killed_worker_contradicts_what_happened() {
    let shared = resources();
    try_all(
        300,
        true,
        |_| usize::MAX,
        |number, execution| {
            let what = format!("execution {number}");
            let fitted = fitted(&execution.run, &shared);
            assert_numbers_fit(&what, &fitted, true);
            assert_items_fit(&what, &fitted.run);
            assert_holds_are_true(&what, execution, &fitted, &shared);
            if number % 4 == 0 {
                assert_words_are_true(&what, &fitted.run, &page("spawn", execution.run.clone(), shared.clone()));
            }
        },
    );
}

#[test]
fn a_trace_that_was_cut_says_up_to_when_it_is_known_in_every_caption() {
    let shared = resources();
    try_all(
        120,
        false,
        |number| 3 + number as usize % 9,
        |number, execution| {
            let what = format!("execution {number}");
            let fitted = fitted(&execution.run, &shared);
            assert_numbers_fit(&what, &fitted, false);
            let Some(until_ns) = fitted.until_ns else {
                assert_eq!(execution.run.trace_dropped, 0, "{what}");
                return;
            };
            assert!(
                fitted.run.trace.iter().all(|event| event.resource.is_none() || event.end_ns() <= until_ns),
                "{what}"
            );
            let page = page("spawn", execution.run.clone(), shared.clone());
            assert_words_are_true(&what, &fitted.run, &page);
            for (title, caption, _) in &page.figures {
                assert!(caption.contains("More happened than is kept"), "{what}, {title}: {caption}");
            }
        },
    );
}

/// A worker of a pool at work: its number, how far it is, and how many tasks it may still do.
struct AtWork(u32, u64, u64);

/// A pool: its workers take chunks of tasks in order of time. Some are killed, and with a limit each retires; both have a
/// successor. Gives the run, and how many retired.
fn pool(chance: &mut Chance) -> (RunOutcome, usize) {
    let (chunk, prepare_ns) = (chance.below(2) + 1, chance.below(2) * 5_000_000);
    let limit = if chance.below(2) == 0 { u64::MAX } else { 4 };
    let (mut left, mut next, mut retired) = (chance.below(30) + 4, 0, 0);
    let mut run = RunOutcome::default();
    run.workers.push(worker("main", Executor::Normal, 0, 0));
    let begin = |run: &mut RunOutcome, now: u64| {
        let number = run.workers.len() as u32;
        run.workers.push(worker(&format!("w-{number}"), Executor::Process, now, now));
        if prepare_ns > 0 {
            run.trace.push(event(number, now, prepare_ns, Op::Prepare, None, 0, 0));
        }
        AtWork(number, now + prepare_ns, limit)
    };
    let places = chance.below(3) + 1;
    let mut at_work: Vec<AtWork> = (0..places).map(|place| begin(&mut run, 2_000_000 + place * 7)).collect();
    while let Some(place) = (0..at_work.len()).min_by_key(|place| at_work[*place].1) {
        let AtWork(number, now, room) = at_work[place];
        let one = number as usize;
        run.workers[one].end_ns = now;
        let is_killed = left > 0 && chance.below(12) == 0;
        if left == 0 {
            at_work.remove(place);
        } else if is_killed || room < chunk {
            retired += usize::from(!is_killed);
            if is_killed {
                run.workers[one].exit = Exit::Signaled { signal: 9, name: "SIGKILL".into(), stack_overflow: false };
            }
            at_work[place] = begin(&mut run, now + 200_000 + chance.below(99));
        } else {
            let many = chunk.min(left);
            let mut end_ns = now;
            for task in next..next + many {
                let length = 1_000_000 + chance.below(4_000_000);
                run.trace.push(event(number, end_ns, length, Op::Task, None, task, 0));
                end_ns += length;
            }
            run.trace.push(event(number, now, end_ns - now, Op::Chunk, None, next, many));
            run.workers[one].tasks += many;
            (left, next) = (left - many, next + many);
            at_work[place] = AtWork(number, end_ns, room - many);
        }
    }
    run.wall_ns = run.end_ns() + 1_000_000;
    run.workers[0].end_ns = run.wall_ns;
    run.trace.sort_by_key(|event| event.at_ns);
    (run, retired)
}

#[test]
fn a_lane_of_a_pool_ends_with_its_worker_and_says_how() {
    let mut chance = Chance(seed() | 1);
    for number in 0..150 {
        let (run, retired) = pool(&mut chance);
        let page = page("pool", run.clone(), Vec::new());
        let (_, caption, _) = &page.figures[0];
        let what = format!("pool {number}: {caption}");
        let svg = page.text.split("<svg class=\"lanes\"").nth(1).and_then(|rest| rest.split("</svg></svg>").next());
        let svg = svg.expect("a picture");
        assert_eq!(svg.matches(">✓ retired</text>").count(), retired, "{what}");
        let killed = run.workers.iter().filter(|worker| !worker.exit.is_success()).count();
        assert_eq!(svg.matches(">✗ SIGKILL</text>").count(), killed, "{what}");
        let prepared = run.trace.iter().filter(|event| event.op == Op::Prepare).count();
        assert_eq!(svg.matches("class=\"prepare ").count(), prepared, "{what}");
        let done = run.workers.len() - 1 - killed - retired;
        assert!(svg.matches("class=\"idle\"").count() <= done, "{what}");
        let last = |worker: &crate::record::WorkerOutcome| {
            !worker.exit.is_success() && caption.contains(&format!(" {} ended ", worker.name))
        };
        assert!(!run.workers.iter().any(last), "{what}");
        let tasks: u64 = run.workers.iter().map(|worker| worker.tasks).sum();
        let told = caption.split_once(": ").map_or("", |(_, shares)| shares.split('.').next().unwrap_or(""));
        let numbers = told.split([',', ' ']).collect::<Vec<_>>();
        let told: u64 = numbers
            .windows(2)
            .filter(|pair| pair[0] == "did" || pair[0] == "others")
            .filter_map(|pair| pair[1].parse::<u64>().ok())
            .sum();
        assert_eq!(told, tasks, "{what}");
        assert!(caption.starts_with(&format!("{tasks} tasks ")), "{what}");
        assert!(!caption.contains("nothing left to do"), "{what}");
    }
}
