//! How many interleavings there are, and what they come to.

use super::brute::Patience::Endless;
use super::brute::{CONDITION, Do, Mind, World, enumerate};
use super::{all, counts, explored, run, sums};
use crate::support::under_load;
use nbrun::record::explored::Coverage;

const VALUE: (&str, &str) = ("value", "v: {type: l, init: 0}");
const LOCKS: (&str, &str) = ("lock", "a: lock\nb: lock\nc: lock");
const JOBS: (&str, &str) = (
    "job",
    "fn add(v: Value<i64>, times: i64) { let mut v = v; for _ in 0..times { v += 1; } }
fn add_by(v: Value<i64>, n: i64) { let mut v = v; v += n; }
fn at_once(v: Value<i64>, n: i64) { v.fetch_add(n); }
fn locked(v: Value<i64>, l: Lock, times: i64) { let mut v = v; for _ in 0..times { let _held = l.lock(); v += 1; } }
fn both(first: Lock, second: Lock) { let _first = first.lock(); let _second = second.lock(); }
fn put(q: Queue<i64>, from: i64, count: i64) { for n in 0..count { q.put(from + n); } }
fn get(q: Queue<i64>, v: Value<i64>, count: i64) { for _ in 0..count { let n = q.get(); v.set(n); } }
fn last(q: Queue<i64>, v: Value<i64>, count: i64) { let mut n = 0; for _ in 0..count { n = q.get(); } v.fetch_add(n); }",
);

/// So many increments, as a list of instructions.
fn increments(times: usize) -> Vec<Do> {
    [Do::Load(0), Do::Store(0, 1)].repeat(times)
}

fn value(world: &World, _: &[Mind]) -> String {
    world.value().to_string()
}

#[test]
fn two_workers_that_add_three_times_have_924_interleavings() {
    let spec = "explore: all\njobs: [\"add(v, 3)\", \"add(v, 3)\"]\nshow: v.get()";
    let explored = explored(&[JOBS, VALUE, ("spawn", spec)]);
    let expected = [("2", 8.0), ("3", 300.0), ("4", 416.0), ("5", 180.0), ("6", 20.0)];
    assert_eq!(counts(&explored), expected.map(|(text, count)| (text.to_owned(), count)));
    assert_eq!((explored.coverage, explored.interleavings), (Coverage::All, 924.0));
}

#[test]
fn a_dozen_programs_have_the_interleavings_that_brute_force_finds() {
    use Do::{Add, Get, Give, Load, Store};
    let (take, put) = (|lock| Do::Take(lock, Endless), |n| Do::Put(n, Endless));
    let held = |lock| [take(lock), Load(0), Store(0, 1), Give(lock)].to_vec();
    let order = |first, second| vec![take(first), take(second), Give(second), Give(first)];
    let by = |n| vec![Load(0), Store(0, n)];
    let received = |count: usize| [vec![Get(Endless); count], vec![Add(0, 0)]].concat();
    let nothing = |_: &World, _: &[Mind]| String::new();
    // The jobs of the cell, the same as lists of instructions, whether the value is shown, and the queue's room.
    type Show = fn(&World, &[Mind]) -> String;
    let programs: Vec<(&str, Vec<Vec<Do>>, bool, Show)> = vec![
        ("\"add(v, 1)\", \"add(v, 1)\"", vec![increments(1), increments(1)], true, value),
        ("\"add(v, 2)\", \"add(v, 2)\"", vec![increments(2), increments(2)], true, value),
        ("\"add(v, 1)\", \"add(v, 1)\", \"add(v, 1)\"", vec![increments(1); 3], true, value),
        ("\"add(v, 4)\", \"add(v, 2)\"", vec![increments(4), increments(2)], true, value),
        ("\"add_by(v, 5)\", \"add_by(v, 7)\"", vec![by(5), by(7)], true, value),
        ("\"at_once(v, 1)\", \"add(v, 2)\"", vec![vec![Add(0, 1)], increments(2)], true, value),
        ("\"locked(v, a, 1)\", \"locked(v, a, 1)\"", vec![held(0), held(0)], true, value),
        ("\"locked(v, a, 2)\", \"add(v, 1)\"", vec![[held(0), held(0)].concat(), increments(1)], true, value),
        ("\"both(a, b)\", \"both(b, a)\"", vec![order(0, 1), order(1, 0)], false, nothing),
        ("\"both(a, b)\", \"both(b, c)\", \"both(c, a)\"", vec![order(0, 1), order(1, 2), order(2, 0)], false, nothing),
        ("\"both(a, b)\", \"both(b, c)\", \"both(a, c)\"", vec![order(0, 1), order(1, 2), order(0, 2)], false, nothing),
        ("\"put(q, 1, 3)\", \"last(q, v, 3)\"", vec![vec![put(1), put(2), put(3)], received(3)], false, nothing),
        (
            "\"put(q, 1, 2)\", \"put(q, 5, 2)\", \"last(q, v, 4)\"",
            vec![vec![put(1), put(2)], vec![put(5), put(6)], received(4)],
            false,
            nothing,
        ),
    ];
    let mut cells = vec![JOBS, VALUE, LOCKS, ("queue", "q: {of: i64, maxsize: 2}")];
    let spec = |jobs: &str, shows: bool| {
        let show = if shows { "\nshow: v.get()" } else { "" };
        format!("explore: all\njobs: [{jobs}]{show}")
    };
    let specs: Vec<String> = programs.iter().map(|(jobs, _, shows, _)| spec(jobs, *shows)).collect();
    cells.extend(specs.iter().map(|spec| ("spawn", spec.as_str())));
    let (_, record) = run(&cells);
    let found = all(&record);
    assert_eq!(found.len(), programs.len());
    for ((jobs, programs, _, show), (_, explored)) in programs.iter().zip(found) {
        let expected: Vec<(String, f64)> = enumerate(programs, World::new(2, 2), *show).into_iter().collect();
        assert_eq!(counts(explored), expected, "{jobs}");
        assert_eq!(explored.coverage, Coverage::All, "{jobs}");
    }
}

#[test]
fn conditions_wake_whom_they_notify_and_nobody_else() {
    use Do::{Add, Give, Notify, Wait};
    let take = Do::Take(CONDITION, Endless);
    let waits = |times| [vec![take], [Wait(Endless), Add(0, 1)].repeat(times), vec![Give(CONDITION)]].concat();
    let wakes = |count, times: usize| [take, Notify(count), Give(CONDITION)].repeat(times);
    let jobs =
        "fn waits(k: Condition, v: Value<i64>, times: i32) { let held = k.lock(); for _ in 0..times { k.wait(); \
                v.fetch_add(1); } drop(held); }
fn one(k: Condition, times: i32) { for _ in 0..times { let held = k.lock(); k.notify_one(); drop(held); } }
fn all(k: Condition, times: i32) { for _ in 0..times { let held = k.lock(); k.notify_all(); drop(held); } }";
    let programs = [
        ("\"waits(k, v, 1)\", \"one(k, 1)\"", vec![waits(1), wakes(1, 1)]),
        ("\"waits(k, v, 1)\", \"waits(k, v, 1)\", \"one(k, 1)\"", vec![waits(1), waits(1), wakes(1, 1)]),
        ("\"waits(k, v, 1)\", \"waits(k, v, 1)\", \"one(k, 2)\"", vec![waits(1), waits(1), wakes(1, 2)]),
        ("\"waits(k, v, 1)\", \"waits(k, v, 1)\", \"all(k, 1)\"", vec![waits(1), waits(1), wakes(9, 1)]),
        // Who waits again at once must not take the notification of another.
        ("\"waits(k, v, 2)\", \"waits(k, v, 1)\", \"all(k, 1)\"", vec![waits(2), waits(1), wakes(9, 1)]),
        ("\"waits(k, v, 2)\", \"waits(k, v, 1)\", \"one(k, 3)\"", vec![waits(2), waits(1), wakes(1, 3)]),
    ];
    let specs: Vec<String> =
        programs.iter().map(|(jobs, _)| format!("explore: all\njobs: [{jobs}]\nshow: v.get()")).collect();
    let mut cells = vec![("job", jobs), VALUE, ("lock", "k: condition")];
    cells.extend(specs.iter().map(|spec| ("spawn", spec.as_str())));
    let (_, record) = run(&cells);
    for ((jobs, programs), (_, explored)) in programs.iter().zip(all(&record)) {
        assert_eq!(sums(explored), enumerate(programs, World::new(0, 2), value), "{jobs}");
    }
}

#[test]
fn a_wait_that_need_not_begin_is_one_step_in_every_order_of_the_jobs() {
    // To set the event and then find it set; or to begin to wait, to set it, and to go on.
    let specs = ["e.set(), e.wait()", "e.wait(), e.set()"].map(|jobs| format!("explore: all\njobs: [{jobs}]"));
    let cells = specs.iter().map(|spec| ("spawn", spec.as_str()));
    let cells: Vec<_> = [("lock", "e: event")].into_iter().chain(cells).collect();
    let (_, record) = run(&cells);
    for ((_, explored), spec) in all(&record).into_iter().zip(&specs) {
        assert_eq!((explored.interleavings, explored.outcomes.len()), (2.0, 1), "{spec}");
        let witness = &explored.outcomes[0].witness;
        assert_eq!((witness.preemptions, witness.schedule.len()), (0, 2), "{spec}");
    }
}

#[test]
fn a_loop_waits_for_news_where_it_holds_no_lock() {
    // The lock is held when the loop begins. Were it held at the place where the loop waits for the news, the third could
    // never come between the two others.
    let jobs =
        "fn asks(v: Value<i64>, l: Lock) { l.acquire(); while v.get() == 0 { l.release(); l.acquire(); } l.release(); }
fn says(v: Value<i64>, w: Value<i64>, l: Lock) { let _held = l.lock(); w.set(1); v.set(1); }
fn sees(w: Value<i64>, x: Value<i64>) { for _ in 0..3 { x.set(2 * x.get() + w.get()); } }";
    let spec = "explore: all\njobs: [\"asks(v, l)\", \"says(v, w, l)\", \"sees(w, x)\"]\nshow: x.get()";
    let values = "v: {type: l, init: 0}\nw: {type: l, init: 0}\nx: {type: l, init: 0}";
    let found = sums(&explored(&[("job", jobs), ("value", values), ("lock", "l: lock"), ("spawn", spec)]));
    assert_eq!(found.keys().collect::<Vec<_>>(), ["0", "1", "3", "7"]);
}

#[test]
fn a_loop_that_asks_under_a_lock_for_ever_is_an_endless_loop() {
    let jobs = "fn asks(v: Value<i64>, l: Lock) { loop { let _held = l.lock(); if v.get() == 1 { return; } } }";
    let spec = "explore: all\njobs: [\"asks(v, l)\", \"asks(v, l)\"]\nshow: v.get()";
    let found = sums(&explored(&[("job", jobs), VALUE, ("lock", "l: lock"), ("spawn", spec)]));
    assert_eq!(found.keys().collect::<Vec<_>>(), ["endless loop"]);
}

#[test]
fn a_loop_that_counts_its_rounds_ends_whatever_others_have_done() {
    let jobs = "fn counts(v: Value<i64>) { for _ in 0..100 { if v.get() == 1 { return; } } v.set(7); }
fn works(w: Value<i64>) { for n in 0..300 { w.set(n); } }";
    let spec = "explore: all\njobs: [counts(v), works(w)]\nshow: v.get()";
    let values = "v: {type: l, init: 0}\nw: {type: l, init: 0}";
    let found = sums(&explored(&[("job", jobs), ("value", values), ("spawn", spec)]));
    assert_eq!(found.keys().collect::<Vec<_>>(), ["7"]);
}

#[test]
fn workers_that_share_nothing_interleave_as_the_multinomial_says() {
    let spec = "explore: all\njobs: [\"v.set(1)\", \"v.set(1)\", \"v.set(1)\", \"v.set(1)\"]\nshow: v.get()";
    assert_eq!(explored(&[VALUE, ("spawn", spec)]).interleavings, 24.0);
    // (3 + 4)! / (3! 4!) orders of reads.
    let reads = "explore: all\njobs: [\"for _ in 0..3 { v.get(); }\", \"for _ in 0..4 { v.get(); w.get(); }\"]";
    let explored = explored(&[VALUE, ("value", "w: {type: i, init: 0}"), ("spawn", reads)]);
    // (3 + 8)! / (3! 8!)
    assert_eq!(explored.interleavings, 165.0);
}

#[test]
fn a_witness_has_the_fewest_preemptions_and_then_the_fewest_steps() {
    let spec = "explore: all\njobs: [\"add(v, 3)\", \"add(v, 3)\"]\nshow: v.get()";
    let explored = explored(&[JOBS, VALUE, ("spawn", spec)]);
    let mut preemptions: Vec<(String, u32)> =
        explored.outcomes.iter().map(|outcome| (outcome.shown.join(""), outcome.witness.preemptions)).collect();
    preemptions.sort();
    // Found by walking all 924 by hand, as it were: to end at 2, each must be interrupted with a stale number, twice.
    let expected = [("2", 4), ("3", 1), ("4", 2), ("5", 2), ("6", 0)];
    assert_eq!(preemptions, expected.map(|(text, count)| (text.to_owned(), count)));
    for outcome in &explored.outcomes {
        let witness = &outcome.witness;
        assert_eq!(witness.schedule.len(), 12);
        let last = witness.steps.iter().rfind(|step| step.before != step.after).expect("a write");
        assert_eq!(last.after.to_string(), outcome.shown[0], "the steps lead to what is shown");
    }
}

#[test]
fn losing_one_of_two_hundred_increments_takes_one_preemption() {
    let spec =
        "explore: all\ntimeout: 4s\njobs: [\"add(v, 100)\", \"add(v, 100)\"]\nshow: v.get()\nassert: v.get() == 200";
    let (outcome, record) = run(&[JOBS, VALUE, ("spawn", spec)]);
    let outcome = outcome.code(1).stderr_has("not all interleavings of the cell were seen");
    let (_, explored) = all(&record)[0];
    let lost = explored.outcomes.iter().find(|outcome| !outcome.failed_asserts.is_empty());
    let lost = lost.unwrap_or_else(|| panic!("an update is lost\n{}", outcome.stderr));
    assert_eq!((lost.witness.preemptions, lost.witness.schedule.len()), (1, 400));
}

#[test]
fn what_was_seen_is_told_however_little_time_there_is_to_tell_it() {
    for limit in ["20ms", "40ms", "60ms", "80ms"] {
        let spec = format!("explore: all\ntimeout: {limit}\njobs: [\"add(v, 100)\", \"add(v, 100)\"]\nshow: v.get()");
        let (outcome, record) = under_load(|| run(&[JOBS, VALUE, ("spawn", &spec)]));
        outcome.code(1).stderr_has(&format!("the time limit of {limit} came first"));
        all(&record);
    }
}

/// In how many ways `n` can be cut into `parts` pieces.
fn cuts(n: u64, parts: u64) -> f64 {
    (1..parts).map(|k| (n - k) as f64 / k as f64).product()
}

/// How many orders of two workers with so many steps each have at most so many preemptions. In an order of `r` stretches
/// that alternate, `r - 1` times somebody else goes on, and one of these times the other had ended.
fn orders_of_two(steps: u64, preemptions: u64) -> f64 {
    (2..=preemptions + 2).map(|r| 2.0 * cuts(steps, r.div_ceil(2)) * cuts(steps, r / 2)).sum()
}

#[test]
fn where_time_is_over_all_with_so_few_preemptions_is_counted() {
    assert_eq!(orders_of_two(6, 10), 924.0, "all that there are");
    let spec = "explore: all\ntimeout: 4s\njobs: [\"add(v, 100)\", \"add(v, 100)\"]\nshow: v.get()";
    let (outcome, record) = run(&[JOBS, VALUE, ("spawn", spec)]);
    let (_, explored) = all(&record)[0];
    let Coverage::Preemptions { most, time: true } = explored.coverage else { panic!("{:?}", explored.coverage) };
    let expected = orders_of_two(200, most.into());
    assert!((explored.interleavings / expected - 1.0).abs() < 1e-9, "{} {expected}", explored.interleavings);
    // Without a preemption nothing is lost, and that is two of them.
    let whole = explored.outcomes.iter().find(|outcome| outcome.shown == ["200"]).expect("nothing lost");
    assert!(whole.count >= 2.0 && whole.witness.preemptions == 0);
    let covers = format!("with at most {most} preemption");
    outcome.code(1).stderr_has_all(&["the time limit of 4s came first", &covers]).page_has("a.html", &covers);
}
