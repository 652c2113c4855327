//! With what an exploration begins, and what is left by cells that run more than once.

use super::{all, counts, run};
use crate::support::Run;
use nbrun::record::{CellOutcome, Record};

const JOBS: (&str, &str) = (
    "job",
    "fn one(v: Value<i32>) { let mut v = v; v += 1; }
fn touch(v: Value<i32>, x: Array<i32>, q: Queue<i64>, s: Semaphore, e: Event) {
    v.set(v.get() + 1); x.set(1, x.get(1) + 7); q.put(v.get().into()); s.acquire(); e.set();
}
fn eat(q: Queue<i64>) { q.get(); }
fn nothing() {}",
);
const SHARED: [(&str, &str); 4] = [
    ("value", "v: i32\nw: i32"),
    ("array", "x: {type: i, init: [0, 0]}"),
    ("queue", "q: i64"),
    ("lock", "s: {semaphore: 9}\ne: event"),
];
const TOUCH: &str = "touch(v, x, q, s, e)";
/// All that is shared.
const SHOW: &str = "v.get(), 'x.slice(..)', q.len(), e.is_set(), '(0..).take_while(|_| s.try_acquire()).count()'";

fn shown(record: &Record) -> Vec<String> {
    record.cells.last().expect("a cell").runs[0].results.iter().map(|result| result.text.clone()).collect()
}

#[test]
fn a_cell_that_runs_more_than_once_leaves_everything_as_it_was() {
    let once = format!("jobs: [\"{TOUCH}\"]");
    let look = format!("jobs: [nothing()]\nshow: [{SHOW}]");
    let manners = [
        "repeat: 3",
        "executor: [thread, process]",
        "executor: [normal, process]\nrepeat: 2",
        "executor: thread\nsweep: {count: [1, 2]}",
    ];
    for manner in manners {
        // The first cell runs once, so what it has done stays.
        let several = format!("{manner}\njobs: [\"{TOUCH}\"]\nshow: q.get()");
        let cells = [[JOBS].as_slice(), &SHARED, &[("spawn", &once), ("spawn", &several), ("spawn", &look)]].concat();
        let (outcome, record) = run(&cells);
        assert_eq!(shown(&record), ["1", "[0, 7]", "1", "true", "8"], "{manner}");
        outcome.page_has("a.html", "after the cell: as before it, since it ran more than once");
    }
}

#[test]
fn a_cell_that_runs_once_leaves_what_it_has_done() {
    for manner in ["repeat: 1", "executor: thread", "executor: [process]"] {
        let cell = format!("{manner}\njobs: [\"{TOUCH}\", \"{TOUCH}\"]\nexpect: {{output: []}}");
        let look = "jobs: [nothing()]\nshow: [q.len(), e.is_set()]";
        let cells = [[JOBS].as_slice(), &SHARED, &[("spawn", &cell), ("spawn", look)]].concat();
        let (_, record) = run(&cells);
        assert_eq!(shown(&record), ["2", "true"], "{manner}");
    }
}

#[test]
fn an_exploration_below_a_repeated_race_begins_with_what_was_declared() {
    let race = "repeat: 20\njobs: [\"for _ in 0..200 { one(v) }\", \"for _ in 0..200 { one(v) }\"]\nshow: v.get()";
    let explored = "explore: all\njobs: [one(v), one(v)]\nshow: v.get()\nexpect: {outcomes: [\"1\", \"2\"]}";
    let (outcome, record) = run(&[JOBS, SHARED[0], ("spawn", race), ("spawn", explored)]);
    let found = all(&record)[0].1;
    assert!(found.initial.is_empty(), "{:?}", found.initial);
    assert_eq!(counts(found), [("1".to_owned(), 4.0), ("2".to_owned(), 2.0)]);
    assert!(!outcome.code(0).page().contains("It begins with"));
}

#[test]
fn an_exploration_says_what_it_begins_with_unless_as_declared() {
    let once = format!("jobs: [\"{TOUCH}\", \"w.set(3)\"]");
    // It uses all but `w`, and one of them only in what is shown.
    let explored = "explore: all\njobs: [one(v), x.get(0), eat(q), e.wait()]\nshow: s.try_acquire()";
    let cells = [[JOBS].as_slice(), &SHARED, &[("spawn", &once), ("spawn", explored)]].concat();
    let (outcome, record) = run(&cells);
    let begins = &all(&record)[0].1.initial;
    let begins: Vec<String> = begins.iter().map(|begin| format!("{}: {}", begin.name, begin.holds)).collect();
    assert_eq!(begins, ["v: 1", "x: [0, 7]", "q: 1 item", "s: 8 free", "e: set"]);
    let page = outcome.page().replace('\u{a0}', " ");
    let said = "It begins with what cells above have left, and not with what was declared: <code>v</code>: \
                <code>1</code>; <code>x</code>: <code>[0, 7]</code>; <code>q</code>: 1 item; <code>s</code>: 8 free; \
                <code>e</code>: set.";
    assert!(page.contains(said), "{page}");
}

#[test]
fn an_item_that_is_not_done_yet_is_told_of_a_queue_that_is_empty_again() {
    let explored = ["q.join()", "q.put(1)"].map(|job| format!("explore: all\njobs: [{job}]"));
    let [join, put] = [("spawn", explored[0].as_str()), ("spawn", explored[1].as_str())];
    let (outcome, record) = run(&[JOBS, SHARED[2], ("spawn", "- \"{ q.put(1); q.get() }\""), join, put]);
    let found = all(&record);
    assert_eq!(found[0].1.initial[0].not_done, 1);
    let page = outcome.page().replace('\u{a0}', " ");
    assert!(page.contains("<code>q</code>: 0 items, and 1 item taken and not done."), "{page}");
    assert!(found[1].1.initial.is_empty(), "it is nothing to who never asks");
}

#[test]
fn an_exploration_has_no_end_of_which_the_page_could_tell_what_is_shared() {
    let text = |explore: &str| format!("```yaml value\nv: i32\n```\n\n```yaml spawn\n{explore}jobs: [v.set(1)]\n```\n");
    let page = |text: &str| Run::new().notebook("a.md", text).run().code(0).page();
    assert!(page(&text("")).contains("Shared, at the end"));
    let page = page(&text("explore: all\n"));
    assert!(page.contains("one interleaving only") && !page.contains("Shared, at the end"));
}

#[test]
fn what_is_told_of_several_runs_is_what_they_leave() {
    let spec = "executor: [normal, process]\njobs: [\"{ v.set(1); w.set(1) }\"]\nshow: w.get()";
    let (_, record) = run(&[JOBS, SHARED[0], ("spawn", spec)]);
    let CellOutcome { resources, .. } = record.cells.last().expect("a cell");
    let named: Vec<String> = resources.iter().map(|it| format!("{}: {}", it.name, it.content)).collect();
    assert_eq!(named, ["v: 0", "w: 0"]);
}
