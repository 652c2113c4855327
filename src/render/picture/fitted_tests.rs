//! No picture, caption or table contradicts what happened: tried on executions that are made up, and on a few that are not.

use super::axis::Axis;
use super::fitted::{Fitted, fitted};
use super::lock::Permits;
use super::simulated::{Ended, Execution, execution};
use super::simulated_jobs::{
    ADDED, ARRAY, BARRIER, CONDITION, Chance, EVENT, GUARDED, LOCK, MAX_QUEUE_SIZE, PERMITS, QUEUE, RACED, ROOM,
    SIGNAL, resources,
};
use super::tests::wide;
use crate::model::causality::holds::{Hold, holds};
use crate::model::causality::signals::SLACK_NS;
use crate::model::causality::{Wakeup, wakeups};
use crate::model::{Action, ActionKind, Event};
use crate::record::{CellOutcome, Resource, RunOutcome};
use crate::render::fixture::{notebook, passed, record};
use crate::render::render;
use std::cell::Cell;
use std::collections::BTreeMap;

/// The seed of all executions; another one can be given.
pub fn seed() -> u64 {
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
            match event.action {
                Action::Load { index, bits } => assert_eq!(bits, now[index as usize], "{what}: {event:?}"),
                Action::Store { index, bits } => now[index as usize] = bits,
                Action::Update { before, after } => {
                    assert_eq!(before, now[0], "{what}: {event:?}");
                    now[0] = after;
                }
                _ => panic!("{what}: {event:?}"),
            }
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
        inside += match event.action {
            Action::Put { .. } => 1,
            Action::Get { .. } => -1,
            _ => 0,
        };
        assert!((0..=ROOM as i64).contains(&inside), "{what}: {inside} items after {event:?}");
    }
}

/// One at a time holds a lock, each as long as in truth, and nobody holds what it waits for.
#[track_caller]
fn assert_holds_are_true(what: &str, execution: &Execution, fitted: &Fitted, shared: &[Resource]) {
    for id in [LOCK, CONDITION] {
        let events = of(&fitted.run, id);
        let with_key = events.iter().map(|event| (*event, *event));
        let found = holds(with_key, &fitted.run.ends(), shared[id as usize].kind, u64::MAX);
        assert!(found.windows(2).all(|pair| pair[0].to_ns <= pair[1].from_ns), "{what}: {found:?}");
        let mut truth: Vec<_> = execution.held.iter().filter(|held| held.0 == id).collect();
        truth.sort_by_key(|held| held.3);
        assert_eq!(found.len(), truth.len(), "{what}: {found:?} and {truth:?}");
        for (hold, (_, worker, from, to)) in found.iter().zip(truth) {
            assert_eq!(hold.worker, worker + 1, "{what}");
            assert!(hold.to_ns >= *from && hold.from_ns <= *to, "{what}: {hold:?}, in truth {from} to {to}");
        }
        for wait in events.iter().filter(|event| event.duration_ns > 0) {
            let overlaps = |hold: &&Hold<&Event>| {
                hold.worker == wait.worker as usize && hold.from_ns < wait.end_ns() && wait.at_ns < hold.to_ns
            };
            assert_eq!(found.iter().find(overlaps), None, "{what}: {wait:?}");
        }
    }
    let (mut permits, mut before) = (Permits::new(MAX_QUEUE_SIZE, 0, &Axis::time(1, 0.0, 1.0)), 0);
    for event in of(&fitted.run, PERMITS) {
        permits.add(event);
        let now = permits.now;
        assert!(now <= MAX_QUEUE_SIZE && now.abs_diff(before) <= 1, "{what}: {now} permits are taken after {before}");
        before = now;
    }
}

/// An arrow comes from what truly ended the wait. Gives how many arrows there are.
#[track_caller]
fn assert_arrows_are_true(what: &str, execution: &Execution, fitted: &Fitted, shared: &[Resource]) -> usize {
    let run = &*fitted.run;
    let is_true = |(giver, taker): &Wakeup| -> bool {
        let ended: Ended = ((giver.worker, giver.at_ns), (taker.worker, taker.at_ns));
        execution.ended.contains(&ended)
    };
    let mut many = 0;
    for id in [LOCK, CONDITION, PERMITS, SIGNAL, EVENT] {
        let handed = wakeups(&run.trace, &run.ends(), (id, shared[id as usize].kind), SLACK_NS, usize::MAX);
        many += handed.len();
        let wrong = handed.iter().find(|handed| !is_true(handed));
        assert!(wrong.is_none(), "{what}: {wrong:?}, in truth {:?}", execution.ended);
    }
    many
}

/// A figure: its title, its caption, and the rows of the table behind it.
pub type Figure = (String, String, BTreeMap<String, Vec<String>>);

/// A page about an execution, and its figures.
pub struct Page {
    pub text: String,
    pub figures: Vec<Figure>,
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

pub fn page(kind: &str, run: RunOutcome, shared: Vec<Resource>) -> Page {
    let outcome = CellOutcome { resources: shared, ..passed(0, vec![run]) };
    let text = wide(&render(&notebook(&format!("```yaml {kind}\n- f()\n```\n")), &record(vec![outcome])));
    let figure = |part: &str| {
        let between = |from: &str, to: &str| {
            part.split_once(from).and_then(|(_, rest)| rest.split(to).next()).unwrap_or_default().to_owned()
        };
        // What stands above and below the pictures, the title last.
        let caption = text_of(&between("<figcaption>", "<span class=\"legend\""))
            + " "
            + &text_of(&between("<p class=\"finding\">", "</p>"));
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
    let many = |id: u32, kind: ActionKind| {
        run.trace.iter().filter(|event| (event.resource, event.kind()) == (Some(id), kind)).count()
    };
    let sum = |table: &BTreeMap<String, Vec<String>>, column: usize| -> usize {
        table.values().map(|row| row[column].parse::<usize>().expect("a count")).sum()
    };
    for (id, name) in [(RACED, "raced"), (ADDED, "added"), (GUARDED, "guarded")] {
        let Some((_, caption, table)) = page.of("Value", name) else { continue };
        let counts = [(ActionKind::Load, "read"), (ActionKind::Store, "written"), (ActionKind::Update, "added to")];
        for (column, (kind, verb)) in counts.into_iter().enumerate() {
            let counted = many(id, kind);
            assert_eq!(sum(table, column), counted, "{what}: {name}, {kind:?}");
            // Where an update was lost, the numbers of accesses stand in the table alone.
            let is_told = counted == 0 || caption.contains(&format!("{verb} {}", times(counted)));
            assert!(is_told || sum(table, 3) > 0, "{what}: {caption}");
        }
        let lost = sum(table, 3);
        assert!(name == "raced" || lost == 0, "{what}: {name} is guarded, and an update was lost");
        let is_told = caption.contains(" overwrote another") && !caption.contains("No write to ");
        assert_eq!(lost > 0, is_told, "{what}: {caption}");
        assert!(lost == 0 || caption.contains(&format!(" {lost} of ")), "{what}: {caption}");
        assert!(!page.text.contains(">?</text>"), "{what}: the first number is known");
    }
    if let Some((_, caption, table)) = page.of("Queue", "queue") {
        let (puts, gets) = (many(QUEUE, ActionKind::Put), many(QUEUE, ActionKind::Get));
        assert_eq!((sum(table, 0), sum(table, 1)), (puts, gets), "{what}");
        let item = if puts == 1 { "1 item ".to_owned() } else { format!("{puts} items ") };
        assert!(caption.contains(&item) || puts + gets == 0, "{what}: {caption}");
    }
    if let Some((_, caption, table)) = page.of("Semaphore", "signal") {
        assert_eq!(
            (sum(table, 0), sum(table, 2)),
            (many(SIGNAL, ActionKind::Acquire), many(SIGNAL, ActionKind::Release)),
            "{what}"
        );
        assert!(caption.contains("nobody holds") && !page.text.contains("max\u{a0}0"), "{what}: {caption}");
    }
    for (kind, id, name) in [("Event", EVENT, "event"), ("Barrier", BARRIER, "barrier")] {
        let Some((_, caption, table)) = page.of(kind, name) else { continue };
        let came = many(id, ActionKind::WaitEvent) + many(id, ActionKind::Meet) + many(id, ActionKind::GiveUp);
        let (waits, signals) = (came, many(id, ActionKind::Set));
        let sums = (sum(table, 0), if id == EVENT { sum(table, 2) } else { 0 });
        assert_eq!(sums, (waits, signals), "{what}: {caption}");
        assert!(id == BARRIER || (signals == 0) == caption.starts_with("Nobody set "), "{what}: {caption}");
    }
    for resource in resources() {
        let is_own = |event: &&Event| event.resource == Some(resource.id) && event.duration_ns > 0;
        let has_waited = run.trace.iter().any(|event| is_own(&event));
        let title = format!(" {} in ", resource.name);
        for (title, caption, _) in page.figures.iter().filter(|(found, ..)| found.contains(&title)) {
            assert!(!has_waited || !caption.contains("Nobody had to wait"), "{what}: {title}: {caption}");
        }
    }
    for (kind, id, name) in [("Lock", LOCK, "lock"), ("Condition", CONDITION, "condition")] {
        let Some((_, caption, table)) = page.of(kind, name) else { continue };
        let is_held = many(id, ActionKind::Acquire) > 0;
        assert_eq!(is_held, sum(table, 0) > 0, "{what}: {caption}");
        assert_eq!(is_held, !caption.starts_with("Nobody held"), "{what}: {caption}");
    }
}

#[test]
fn no_picture_of_a_whole_trace_contradicts_what_happened() {
    let shared = resources();
    let (arrows, waits) = (Cell::new(0), Cell::new(0));
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
            arrows.set(arrows.get() + assert_arrows_are_true(&what, execution, &fitted, &shared));
            waits.set(waits.get() + execution.ended.len());
            if number % 4 == 0 {
                let page = page("spawn", execution.run.clone(), shared.clone());
                assert_words_are_true(&what, &fitted.run, &page);
                assert_meetings_are_true(&what, execution, &page);
            }
        },
    );
    // What ended a wait is known of most of them.
    assert!(arrows.get() * 2 > waits.get(), "{} of {}", arrows.get(), waits.get());
}

#[test]
fn no_picture_of_a_run_with_a_killed_worker_contradicts_what_happened() {
    let shared = resources();
    let (arrows, waits) = (Cell::new(0), Cell::new(0));
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
            arrows.set(arrows.get() + assert_arrows_are_true(&what, execution, &fitted, &shared));
            waits.set(waits.get() + execution.ended.len());
            if number % 4 == 0 {
                let page = page("spawn", execution.run.clone(), shared.clone());
                assert_words_are_true(&what, &fitted.run, &page);
                assert_meetings_are_true(&what, execution, &page);
            }
        },
    );
    // What ended a wait is known of most of them.
    assert!(arrows.get() * 2 > waits.get(), "{} of {}", arrows.get(), waits.get());
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
                assert!(caption.contains("The trace reached its limit"), "{what}, {title}: {caption}");
            }
        },
    );
}

/// A caption says how often all met.
#[track_caller]
fn assert_meetings_are_true(what: &str, execution: &Execution, page: &Page) {
    let Some((_, caption, _)) = page.of("Barrier", "barrier") else { return };
    let told = match execution.met as usize {
        0 => "barrier never had all of the 2 workers".to_owned(),
        many => format!("2 workers met at barrier {}", times(many)),
    };
    assert!(caption.contains(&told), "{what}: {caption}, in truth {}", execution.met);
}
