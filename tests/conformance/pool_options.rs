//! What a pool can do besides: tuples as arguments, workers that are prepared, and workers that are replaced.

use crate::facts::panicked_at;
use nbrun::record::{ExitStatus, RunOutcome};

facts! {
    fn starmap_hands_the_elements_of_each_tuple_to_the_callable(seen) {r#"
```rust job
fn power(base: i64, exponent: u32) -> i64 { base.pow(exponent) }
```
```yaml pool
executor: each
workers: 2
starmap: power
over: (1..=5).zip([0, 1, 2, 3, 4])
```
"#} => {
        seen.holds().shows(&["[1, 2, 9, 64, 625]"]);
    }

    fn starmap_takes_up_to_six_arguments_of_any_type(seen) {r#"
```yaml pool
executor: each
workers: 2
over: "[(1, 'b', \"c\", 2.5, [4], Some(()))]"
starmap: "|a: i32, b: char, c: &str, d: f64, e: [u8; 1], f: Option<()>| format!(\"{a}{b}{c}{d}{e:?}{f:?}\")"
```
"#} => {
        seen.holds().shows(&["[\"1bc2.5[4]Some(())\"]"]);
    }

    fn a_callable_that_does_not_fit_the_tuples_does_not_compile(seen) {r#"
```rust job
fn three(a: i32, b: i32, c: i32) -> i32 { a + b + c }
```
```yaml pool
starmap: three
over: "[(1, 2)]"
expect: {error: expected a tuple with 3 elements}
```
"#} => {
        seen.fails("expected a tuple with 3 elements, found one with 2 elements");
    }

    fn each_worker_calls_the_initializer_once_before_its_first_task(seen) {r#"
```yaml value
calls: i
```
```yaml lock
meet: {barrier: 3}
```
```rust job
use std::cell::Cell;
thread_local! {
    static PREPARED: Cell<i32> = const { Cell::new(0) };
}
fn prepare(calls: Value<i32>) {
    calls.fetch_add(1);
    PREPARED.set(PREPARED.get() + 1);
}
fn prepared(n: i32, meet: Barrier) -> i32 {
    if n < 3 {
        meet.wait();
    }
    PREPARED.get()
}
```
```yaml pool
executor: both
workers: 3
chunk: 1
map: "|n: i32| prepared(n, meet)"
initializer: prepare(calls)
over: 0..9
show: calls
```
"#} => {
        seen.holds().shows(&["[1, 1, 1, 1, 1, 1, 1, 1, 1]", "3"]);
    }

    fn under_normal_the_initializer_is_called_once(seen) {r#"
```yaml value
begun: i
```
```yaml pool
executor: [normal]
workers: 3
initializer: begun.fetch_add(10)
map: "|_: i32| begun.get()"
over: 0..4
```
"#} => {
        seen.holds().shows(&["[10, 10, 10, 10]"]);
    }

    fn an_initializer_that_fails_is_not_tried_for_ever_and_no_task_is_begun(seen) {r#"
```rust job
fn fails() {
    panic!("no table was found");
}
```
```yaml pool
executor: each
workers: 2
initializer: fails()
map: "|n: i32| n"
over: 0..3
```
"#} => {
        let line = seen.position_of("panic!(");
        let failed = "<failed: no worker was left to do it, since the initializer failed>";
        let all = format!("[{failed}, {failed}, {failed}]");
        seen.fails("panicked: no table was found").shows(&[&all]).every_worker("should have panicked", |run, worker| {
            run.workers.len() <= 3 && panicked_at(&worker.exit, "no table was found", line)
        });
    }

    fn an_initializer_that_kills_its_worker_is_not_tried_for_ever_either(seen) {r#"
```yaml pool
workers: 2
initializer: std::process::abort()
map: "|n: i32| n"
over: 0..3
```
"#} => {
        seen.fails("since the initializer failed").every_run("only its two workers should have died", |run| {
            run.workers.len() == 3 && run.workers[1..].iter().all(|it| matches!(it.exit, ExitStatus::Signaled { .. }))
        });
    }

    fn a_worker_is_replaced_when_it_has_done_its_number_of_tasks(seen) {r#"
```yaml pool
executor: both
workers: 2
chunk: 1
max_tasks: 3
map: "|n: i32| n"
over: 0..20
```
"#} => {
        let all = format!("{:?}", (0..20).collect::<Vec<i32>>());
        seen.holds().shows(&[&all]).every_run("no worker should have done more than three", |run| {
            let tasks = tasks(run);
            tasks.iter().sum::<u64>() == 20 && tasks.iter().all(|n| *n <= 3) && tasks.len() >= 7
        });
    }

    fn a_chunk_is_never_larger_than_a_worker_may_do(seen) {r#"
```yaml pool
executor: both
workers: 2
chunk: 100
max_tasks: 4
map: "|n: i32| n"
over: 0..10
```
"#} => {
        seen.holds().every_run("no worker should have done more than four", |run| {
            let tasks = tasks(run);
            tasks.iter().sum::<u64>() == 10 && tasks.iter().all(|n| *n <= 4)
        });
    }

    fn killed_workers_and_replaced_ones_do_not_get_in_each_others_way(seen) {r#"
```yaml pool
workers: 2
chunk: 2
max_tasks: 2
map: "|n: i32| if n % 10 == 4 { std::process::abort() } else { n }"
over: 0..30
```
"#} => {
        let seen = seen.fails("task 4 failed").fails("task 14 failed").fails("task 24 failed");
        seen.every_run("the rest is there", |run| {
            let results: Vec<&str> = run.results[0].text.trim_matches(['[', ']']).split(", ").collect();
            let right = |n: usize, text: &str| match n % 10 {
                4 => text.starts_with("<failed"),
                _ => text == n.to_string(),
            };
            results.len() == 30 && results.iter().enumerate().all(|(n, text)| right(n, text))
        });
    }

    fn more_replacements_than_there_may_be_workers_are_an_error_at_once(seen) {r#"
```yaml pool
workers: 2
max_tasks: 1
map: "|n: i32| n"
over: 0..5000
```
"#} => {
        seen.fails("a pool may have 1024: raise `max_tasks`").every_run("nobody should have been started", |run| {
            run.workers.len() == 1
        });
    }
}

/// How many tasks each worker did.
fn tasks(run: &RunOutcome) -> Vec<u64> {
    run.workers[1..].iter().map(|worker| worker.tasks).collect()
}
