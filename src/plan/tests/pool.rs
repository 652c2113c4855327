//! `pool` specs.

use super::*;
use crate::model::Executor;

fn pool(text: &str) -> Pool {
    match work("pool", text) {
        StepKind::Pool(pool) => pool,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pool_maps_a_callable_over_an_iterator() {
    let pool = pool("workers: 2\nmap: square\nover: 0..10\nchunk: 1\n");
    assert_eq!((pool.workers, pool.chunk, pool.order), (Some(2), Some(1), Order::Input));
    assert_eq!(pool.executors, [Executor::Process]);
    match pool.work {
        PoolWork::Map { map, over } => assert_eq!((map.text(), over.text()), ("square".into(), "0..10".into())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pool_maps_a_closure_in_quotes() {
    let PoolWork::Map { map, .. } = pool("map: \"|x: i64| x * x\"\nover: 0..3").work else { panic!() };
    assert_eq!(map, Snippet::one_line("|x: i64| x * x", 2, 7));
}

#[test]
fn a_pool_maps_a_callable_over_tuples() {
    let PoolWork::Starmap { starmap, over } = pool("over: pairs()\nstarmap: power").work else { panic!() };
    assert_eq!((starmap.text(), over.text()), ("power".into(), "pairs()".into()));
    insta::assert_snapshot!(wrong("pool", "starmap: f\nmap: g"), @r#"
    n.md:2:1: error: a pool has one of `map`, `starmap`, `apply` and `apply_async`, and this has `map` too
       |
     2 | starmap: f
       | ^^^^^^^
       = help: give the other a cell of its own
    "#);
    insta::assert_snapshot!(wrong("pool", "starmap: f"), @r#"
    n.md:2:1: error: `starmap` needs `over`, the tuples to map
       |
     2 | starmap: f
       | ^^^^^^^
       = help: add for example `over: [(1, 2), (3, 4)]`
    "#);
}

#[test]
fn the_workers_of_a_pool_may_be_prepared_and_replaced() {
    let prepared = pool("map: f\nover: 0..3\ninitializer: prepare(1, 2)\nmax_tasks: 5");
    let initializer = prepared.initializer.expect("an initializer");
    assert_eq!((initializer.text(), prepared.max_tasks), ("prepare(1, 2)".into(), Some(5)));
    let plain = pool("map: f\nover: 0..3");
    assert_eq!((plain.initializer, plain.max_tasks), (None, None));
    assert!(pool("apply: f(1)\ninitializer: prepare()").initializer.is_some());
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nmax_tasks: 0\ninitializer: prepare("), @r#"
    n.md:3:1: error: `max_tasks` is for many tasks, and `apply` is one
       |
     3 | max_tasks: 0
       | ^^^^^^^^^
       = help: leave it out
    n.md:3:12: error: `max_tasks` is at least 1, not 0
       |
     3 | max_tasks: 0
       |            ^
    n.md:4:21: error: this is not Rust: `(` has no partner
       |
     4 | initializer: prepare(
       |                     ^
    "#);
}

#[test]
fn a_pool_applies_one_call() {
    let PoolWork::Apply { call } = pool("workers: 2\napply: square(2)").work else { panic!() };
    assert_eq!(call.text(), "square(2)");
}

#[test]
fn a_pool_applies_one_call_for_each_item() {
    let PoolWork::ApplyAsync { call, each } = pool("apply_async: square(i)\nfor: i in 0..10").work else { panic!() };
    let (pattern, items) = each.expect("a `for`");
    assert_eq!(call.text(), "square(i)");
    assert_eq!(pattern, Snippet::one_line("i", 3, 6));
    assert_eq!(items, Snippet::one_line("0..10", 3, 11));
}

#[test]
fn a_pool_applies_one_call_asynchronously() {
    assert!(matches!(pool("apply_async: square(2)").work, PoolWork::ApplyAsync { each: None, .. }));
}

#[test]
fn the_pattern_of_for_may_be_any() {
    let PoolWork::ApplyAsync { each, .. } =
        pool("apply_async: f(a, b)\nfor: \"(a, b) in [(1, 2)].into_iter().map(|i| { for x in [1] {} i })\"").work
    else {
        panic!()
    };
    let (pattern, items) = each.expect("a `for`");
    assert_eq!(pattern.text(), "(a, b)");
    assert_eq!(items.lines[0].column, 17);
    assert!(items.text().starts_with("[(1, 2)]"), "{items:?}");
}

#[test]
fn a_pool_may_run_on_threads_in_the_order_of_completion() {
    let pool =
        pool("executor: [thread, process]\norder: completion\nmap: f\nover: 0..3\nshow: v.get()\nassert: v.get() > 1");
    assert_eq!(pool.executors, [Executor::Thread, Executor::Process]);
    assert_eq!((pool.order, pool.workers), (Order::Completion, None));
    assert_eq!(shown(&pool.show), ["v.get()"]);
    assert_eq!(pool.assert.len(), 1);
}

#[test]
fn a_pool_has_at_least_one_worker_and_at_most_1024() {
    insta::assert_snapshot!(wrong("pool", "workers: 0\napply: f(1)"), @r#"
    n.md:2:10: error: the number of workers must be at least 1, not 0
       |
     2 | workers: 0
       |          ^
       = help: leave `workers` out for one worker a core
    "#);
    insta::assert_snapshot!(wrong("pool", "workers: -1\napply: f(1)"), @r#"
    n.md:2:10: error: the number of workers must be at least 1, not -1
       |
     2 | workers: -1
       |          ^^
       = help: leave `workers` out for one worker a core
    "#);
    insta::assert_snapshot!(wrong("pool", "workers: 2000\napply: f(1)"), @r#"
    n.md:2:10: error: `workers` is at most 1024, not 2000
       |
     2 | workers: 2000
       |          ^^^^
    "#);
    insta::assert_snapshot!(wrong("pool", "workers: two\napply: f(1)\nchunk: 0"), @r#"
    n.md:2:10: error: expected a whole number, found `two`
       |
     2 | workers: two
       |          ^^^
       = help: `workers` is a whole number from 1 to 1024
    n.md:4:1: error: `chunk` is for many tasks, and `apply` is one
       |
     4 | chunk: 0
       | ^^^^^
       = help: leave it out
    n.md:4:8: error: `chunk` is at least 1, not 0
       |
     4 | chunk: 0
       |        ^
    "#);
}

#[test]
fn a_pool_does_exactly_one_thing() {
    insta::assert_snapshot!(wrong("pool", "workers: 2"), @r#"
    n.md:2:1: error: a pool needs something to do
       |
     2 | workers: 2
       | ^
       = help: add `map: square` and `over: 0..10`, or `apply: square(2)`, or `apply_async: square(2)`
    "#);
    insta::assert_snapshot!(wrong("pool", "map: f\nover: 0..1\napply: f(1)"), @r#"
    n.md:4:1: error: a pool has one of `map`, `starmap`, `apply` and `apply_async`, and this has `map` too
       |
     4 | apply: f(1)
       | ^^^^^
       = help: give the other a cell of its own
    "#);
    insta::assert_snapshot!(wrong("pool", "map: f"), @r#"
    n.md:2:1: error: `map` needs `over`, the items to map
       |
     2 | map: f
       | ^^^
       = help: add for example `over: 0..10`
    "#);
    insta::assert_snapshot!(wrong("pool", "map: f\nfor: i in 0..1\nover: 0..2"), @r#"
    n.md:3:1: error: `for` belongs to `apply_async`, and this pool has `map`
       |
     3 | for: i in 0..1
       | ^^^
       = help: write `over: 0..10`: every item is handed to the callable
    "#);
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nover: 0..2\nchunk: 1"), @r#"
    n.md:3:1: error: `over` belongs to `map` and `starmap`, and this pool has `apply`
       |
     3 | over: 0..2
       | ^^^^
       = help: leave it out
    n.md:4:1: error: `chunk` is for many tasks, and `apply` is one
       |
     4 | chunk: 1
       | ^^^^^
       = help: leave it out
    "#);
}

#[test]
fn an_order_is_one_of_two() {
    insta::assert_snapshot!(wrong("pool", "map: f\nover: 0..3\norder: completed"), @r#"
    n.md:4:8: error: unknown order `completed`
       |
     4 | order: completed
       |        ^^^^^^^^^ did you mean `completion`?
       = help: order is one of `input` and `completion`
    "#);
}

#[test]
fn unknown_keys_of_a_pool_are_named_with_the_nearest() {
    insta::assert_snapshot!(wrong("pool", "wokers: 2\nmap: f\nover: 0..3"), @r#"
    n.md:2:1: error: a pool has no key `wokers`
       |
     2 | wokers: 2
       | ^^^^^^ did you mean `workers`?
       = note: its keys are `workers`, `map`, `starmap`, `over`, `apply`, `apply_async`, `for`, `chunk`, `max_tasks`, `initializer`, `order`, `executor`, `show`, `assert`, `axis`, `sweep`, `timeout`, `expect`, `repeat`, `explore`, `name`, `reveal` and `skip`
    "#);
    insta::assert_snapshot!(wrong("pool", "map: f\nover: 0..3\nmaxtasksperchild: 2\nprocesses: 2"), @r#"
    n.md:4:1: error: a pool has no key `maxtasksperchild`
       |
     4 | maxtasksperchild: 2
       | ^^^^^^^^^^^^^^^^
       = help: a worker is replaced after `max_tasks: N` tasks
       = note: its keys are `workers`, `map`, `starmap`, `over`, `apply`, `apply_async`, `for`, `chunk`, `max_tasks`, `initializer`, `order`, `executor`, `show`, `assert`, `axis`, `sweep`, `timeout`, `expect`, `repeat`, `explore`, `name`, `reveal` and `skip`
    n.md:5:1: error: a pool has no key `processes`
       |
     5 | processes: 2
       | ^^^^^^^^^
       = help: the number of workers is `workers: N`; what they run as is `executor: process`
       = note: its keys are `workers`, `map`, `starmap`, `over`, `apply`, `apply_async`, `for`, `chunk`, `max_tasks`, `initializer`, `order`, `executor`, `show`, `assert`, `axis`, `sweep`, `timeout`, `expect`, `repeat`, `explore`, `name`, `reveal` and `skip`
    "#);
}

#[test]
fn a_for_without_in_is_wrong() {
    insta::assert_snapshot!(wrong("pool", "apply_async: f(i)\nfor: i of 0..10"), @r#"
    n.md:3:6: error: `for` has no ` in `
       |
     3 | for: i of 0..10
       |      ^^^^^^^^^^
       = help: write `for: i in 0..10`
    "#);
    insta::assert_snapshot!(wrong("pool", "apply_async: f(i)\nfor: in 0..10"), @r#"
    n.md:3:6: error: `for` has no pattern before ` in `
       |
     3 | for: in 0..10
       |      ^^^^^^^^
       = help: write `for: i in 0..10`
    "#);
    insta::assert_snapshot!(wrong("pool", "apply_async: f(i)\nfor: 1 + in 0..10"), @r#"
    n.md:3:8: error: this is not Rust: unexpected token
       |
     3 | for: 1 + in 0..10
       |        ^
    "#);
}

#[test]
fn a_pool_is_no_list() {
    insta::assert_snapshot!(wrong("pool", "- map: f"), @r#"
    n.md:2:1: error: a pool is a mapping, and this is a list
       |
     2 | - map: f
       | ^
       = help: write for example `map: square` and below it `over: 0..10`
    "#);
}

#[test]
fn the_workers_of_a_pool_are_forked() {
    insta::assert_snapshot!(wrong("pool", "map: square\nover: 0..10\nstart: exec"), @r#"
    n.md:4:1: error: a pool has no key `start`
       |
     4 | start: exec
       | ^^^^^
       = help: the processes of a pool are always forked, as they need the inputs and closures that main has made
       = note: its keys are `workers`, `map`, `starmap`, `over`, `apply`, `apply_async`, `for`, `chunk`, `max_tasks`, `initializer`, `order`, `executor`, `show`, `assert`, `axis`, `sweep`, `timeout`, `expect`, `repeat`, `explore`, `name`, `reveal` and `skip`
    "#);
}
