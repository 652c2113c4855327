//! Classic programs, right and wrong.

use super::{all, is_fine, run};
use nbrun::record::explored::{Coverage, Outcome};

const SHARED: [(&str, &str); 4] = [
    ("array", "flag: {type: i, init: [0, 0]}"),
    (
        "value",
        "turn: {type: i, init: 0}\ninside: {type: i, init: 0}\nready: {type: i, init: 0}\ndata: {type: i, init: 0}",
    ),
    ("lock", "a: lock\nb: lock\nc: lock\nnot_empty: condition\nl: lock"),
    ("queue", "q: i64\nout: i64"),
];

const PETERSON: &str = "fn enter(inside: Value<i32>) {
    assert_eq!(inside.get(), 0, \"both are inside\");
    inside.set(1);
    inside.set(0);
}
fn peterson(me: usize, flag: Array<i32>, turn: Value<i32>, inside: Value<i32>) {
    let other = 1 - me;
    flag.set(me, 1);
    turn.set(other as i32);
    while flag.get(other) == 1 && turn.get() == other as i32 {}
    enter(inside);
    flag.set(me, 0);
}
fn turn_first(me: usize, flag: Array<i32>, turn: Value<i32>, inside: Value<i32>) {
    let other = 1 - me;
    turn.set(other as i32);
    flag.set(me, 1);
    while flag.get(other) == 1 && turn.get() == other as i32 {}
    enter(inside);
    flag.set(me, 0);
}
fn look_first(me: usize, flag: Array<i32>, inside: Value<i32>) {
    while flag.get(1 - me) == 1 {}
    flag.set(me, 1);
    enter(inside);
    flag.set(me, 0);
}
fn flag_only(me: usize, flag: Array<i32>, inside: Value<i32>) {
    flag.set(me, 1);
    while flag.get(1 - me) == 1 {}
    enter(inside);
    flag.set(me, 0);
}";

/// A buffer of one item, whose producers and consumer ask once or again and again whether it is their turn.
const BUFFER: &str = "fn produce_if(items: &[i32], slot: Value<i32>, full: Value<i32>, turn: Condition) {
    for item in items {
        let _held = turn.lock();
        if full.get() == 1 { turn.wait(); }
        slot.set(*item);
        full.set(1);
        turn.notify_all();
    }
}
fn produce_while(items: &[i32], slot: Value<i32>, full: Value<i32>, turn: Condition) {
    for item in items {
        let _held = turn.lock();
        while full.get() == 1 { turn.wait(); }
        slot.set(*item);
        full.set(1);
        turn.notify_all();
    }
}
fn consume(count: usize, slot: Value<i32>, full: Value<i32>, turn: Condition, sum: Value<i32>) {
    for _ in 0..count {
        let _held = turn.lock();
        while full.get() == 0 { turn.wait(); }
        sum.set(sum.get() + slot.get());
        full.set(0);
        turn.notify_all();
    }
}";

#[test]
fn a_bounded_buffer_whose_producers_ask_only_once_loses_an_item() {
    let jobs = |produce: &str| {
        format!(
            "explore: all\njobs: [\"{produce}(&[1, 2], slot, full, turn)\", \"{produce}(&[4], slot, full, turn)\", \
             \"consume(3, slot, full, turn, sum)\"]\nshow: sum.get()\nassert: sum.get() == 7"
        )
    };
    let specs = [jobs("produce_if"), jobs("produce_while")];
    let mut cells = vec![
        ("job", BUFFER),
        ("value", "slot: {type: i, init: 0}\nfull: {type: i, init: 0}\nsum: {type: i, init: 0}"),
        ("lock", "turn: condition"),
    ];
    cells.extend(specs.iter().map(|spec| ("spawn", spec.as_str())));
    let (outcome, record) = run(&cells);
    let found = all(&record);
    assert!(found.iter().all(|(_, explored)| explored.coverage == Coverage::All), "{}", outcome.stderr);
    let lost = found[0].1.outcomes.iter().find(|outcome| !outcome.stuck.is_empty()).expect("an item is lost");
    assert_eq!(lost.stuck.iter().map(|stuck| stuck.worker).collect::<Vec<_>>(), [3], "the consumer waits");
    // The witness has both writes, and nobody takes the first of the two items.
    let writes: Vec<String> =
        lost.witness.steps.iter().map(|step| step.call.text()).filter(|call| call.starts_with("slot.")).collect();
    let overwritten = writes.windows(2).any(|pair| pair.iter().all(|call| call.starts_with("slot.set(")));
    assert!(overwritten, "{writes:?}");
    assert!(found[1].1.outcomes.iter().all(Outcome::is_good), "{:?}", found[1].1.outcomes);
    assert_eq!(found[1].1.outcomes.len(), 1);
}

const OTHERS: &str = "fn philosopher(first: Lock, second: Lock) {
    let _first = first.lock();
    let _second = second.lock();
}
fn take_if(q: Queue<i64>, not_empty: Condition, out: Queue<i64>) {
    let held = not_empty.lock();
    if q.is_empty() { not_empty.wait(); }
    if let Ok(item) = q.try_get() { out.put(item); }
    drop(held);
}
fn take_while(q: Queue<i64>, not_empty: Condition, out: Queue<i64>) {
    let held = not_empty.lock();
    while q.is_empty() { not_empty.wait(); }
    if let Ok(item) = q.try_get() { out.put(item); }
    drop(held);
}
fn give(q: Queue<i64>, not_empty: Condition) {
    for item in [1, 2] {
        let held = not_empty.lock();
        q.put(item);
        not_empty.notify_all();
        drop(held);
    }
}
fn initialise_once(l: Lock, ready: Value<i32>, data: Value<i32>) {
    if ready.get() == 0 {
        let _held = l.lock();
        if ready.get() == 0 {
            ready.set(1);
            data.set(42);
        }
    }
    assert_eq!(data.get(), 42, \"not initialised\");
}
fn initialise_well(l: Lock, ready: Value<i32>, data: Value<i32>) {
    if ready.get() == 0 {
        let _held = l.lock();
        if ready.get() == 0 {
            data.set(42);
            ready.set(1);
        }
    }
    assert_eq!(data.get(), 42, \"not initialised\");
}";

/// Explores these cells, and gives for each what can come out; all of it is complete.
fn outcomes(specs: &[&str]) -> Vec<Vec<Outcome>> {
    let mut cells = vec![("job", PETERSON), ("job", OTHERS)];
    cells.extend(SHARED);
    cells.extend(specs.iter().map(|spec| ("spawn", *spec)));
    let (outcome, record) = run(&cells);
    let found = all(&record);
    assert_eq!(found.len(), specs.len(), "{}", outcome.stderr);
    let complete = |(_, explored): &(_, &nbrun::record::Explored)| explored.coverage == Coverage::All;
    assert!(found.iter().all(complete), "{}", outcome.stderr);
    found.into_iter().map(|(_, explored)| explored.outcomes.clone()).collect()
}

#[test]
fn petersons_algorithm_excludes_and_its_broken_variants_do_not() {
    let pair =
        |job: &str, more: &str| format!("explore: all\njobs: [\"{job}(0, flag, {more})\", \"{job}(1, flag, {more})\"]");
    let specs = [
        pair("peterson", "turn, inside"),
        pair("turn_first", "turn, inside"),
        pair("look_first", "inside"),
        pair("flag_only", "inside"),
    ];
    let found = outcomes(&specs.each_ref().map(String::as_str));
    assert!(found[0].iter().all(Outcome::is_good), "{:?}", found[0]);
    for broken in &found[1..3] {
        let both = broken.iter().find(|outcome| !outcome.failures.is_empty()).expect("both get in");
        let message = both.failures[0].panic.as_deref().expect("a panic");
        assert!(message.contains("both are inside"), "{message}");
        assert!(both.witness.preemptions > 0 && !both.witness.steps.is_empty());
    }
    // With flags alone, nobody gets in wrongly, but both may wait for each other for ever.
    let waits = found[3].iter().find(|outcome| !outcome.stuck.is_empty()).expect("both wait");
    assert!(waits.stuck.len() == 2 && waits.stuck.iter().all(|stuck| stuck.loops()), "{waits:?}");
    assert!(found[3].iter().all(|outcome| outcome.failures.is_empty()));
}

#[test]
fn philosophers_starve_in_a_ring_that_is_named_and_not_with_ordered_forks() {
    let found = outcomes(&[
        "explore: all\njobs: [\"philosopher(a, b)\", \"philosopher(b, c)\", \"philosopher(c, a)\"]",
        "explore: all\njobs: [\"philosopher(a, b)\", \"philosopher(b, c)\", \"philosopher(a, c)\"]",
    ]);
    let deadlock = found[0].iter().find(|outcome| !outcome.stuck.is_empty()).expect("a deadlock");
    let ring: Vec<(u32, String, Option<u32>)> =
        deadlock.stuck.iter().map(|stuck| (stuck.worker, stuck.awaits.at(&stuck.name), stuck.holder)).collect();
    assert_eq!(ring, [(1, "`b`".to_owned(), Some(2)), (2, "`c`".to_owned(), Some(3)), (3, "`a`".to_owned(), Some(1))]);
    assert_eq!(deadlock.witness.schedule.len(), 3, "each has one fork");
    assert!(found[1].iter().all(Outcome::is_good), "{:?}", found[1]);
}

#[test]
fn a_buffer_whose_consumers_ask_only_once_loses_an_item() {
    let show = "show: out.len()\nassert: out.len() == 2";
    let jobs = |take: &str| {
        format!(
            "explore: all\njobs: [\"{take}(q, not_empty, out)\", \"{take}(q, not_empty, out)\", \
             \"give(q, not_empty)\"]\n{show}"
        )
    };
    let specs = [jobs("take_if"), jobs("take_while")];
    let found = outcomes(&specs.each_ref().map(String::as_str));
    let lost = found[0].iter().find(|outcome| outcome.shown == ["1"]).expect("an item is lost");
    assert!(!lost.failed_asserts.is_empty() && !lost.witness.steps.is_empty());
    assert!(found[1].iter().all(Outcome::is_good), "{:?}", found[1]);
}

#[test]
fn a_flag_set_before_the_data_breaks_double_checked_initialisation() {
    let jobs = |job: &str| format!("explore: all\njobs: [\"{job}(l, ready, data)\", \"{job}(l, ready, data)\"]");
    let specs = [jobs("initialise_once"), jobs("initialise_well")];
    let found = outcomes(&specs.each_ref().map(String::as_str));
    let early = found[0].iter().find(|outcome| !outcome.failures.is_empty()).expect("somebody is too early");
    assert_eq!(early.witness.preemptions, 1);
    assert!(found[1].iter().all(Outcome::is_good), "{:?}", found[1]);
}

#[test]
fn a_cell_can_expect_its_outcomes_or_the_error_that_one_of_them_is() {
    let jobs = "explore: all\njobs: [\"philosopher(a, b)\", \"philosopher(b, a)\"]";
    let told = |expect: &str| format!("{jobs}\nexpect: {expect}");
    let specs =
        ["{error: deadlock}", "{outcomes: ['', deadlock]}", "{outcomes: [deadlock]}", "{outcomes: ['', deadlock, 5]}"];
    let specs = specs.map(told);
    let mut cells = vec![("job", OTHERS)];
    cells.extend(SHARED);
    cells.extend(specs.iter().map(|spec| ("spawn", spec.as_str())));
    let (outcome, record) = run(&cells);
    let fine: Vec<bool> = all(&record).into_iter().map(|(cell, _)| is_fine(cell)).collect();
    assert_eq!(fine, [true, true, false, false]);
    outcome.stderr_has_all(&[
        "it can come to: all workers ended well, which `outcomes` has as \"\"\n",
        "it cannot come to: 5",
    ]);
}
