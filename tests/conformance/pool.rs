//! Pools: every task once, every result in its place, and a failure stays with its task.

use crate::facts::WELL;
use nbrun::model::{Action, Event};
use nbrun::record::{Executor, ExitStatus, RunOutcome};

facts! {
    fn map_gives_the_results_in_the_order_of_the_inputs(seen) {r#"
```rust job
fn square(n: i64) -> i64 {
    sleep((20 - n) as f64 / 10_000.0);
    n * n
}
```
```yaml pool
executor: each
workers: 3
map: square
over: 0..10
chunk: 1
```
"#} => {
        seen.holds().shows(&["[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]"]);
    }

    fn an_empty_input_gives_an_empty_list(seen) {r#"
```yaml pool
executor: each
workers: 2
map: "|n: i32| n"
over: 0..0
```
"#} => {
        seen.holds().shows(&["[]"]);
    }

    fn apply_is_one_call_and_one_result(seen) {r#"
```yaml pool
executor: each
workers: 2
apply: i32::pow(3, 2)
```
"#} => {
        seen.holds().shows(&["9"]).every_run("one task should be done", |run| tasks(run).iter().sum::<u64>() == 1);
    }

    fn apply_async_of_one_call_is_one_result(seen) {r#"
```yaml pool
executor: each
workers: 2
apply_async: i32::pow(3, 3)
```
"#} => {
        seen.holds().shows(&["27"]);
    }

    fn apply_async_for_many_items_is_one_result_for_each(seen) {r#"
```yaml pool
executor: each
workers: 2
apply_async: base * exponent
for: (base, exponent) in [(1, 2), (3, 4), (5, 6)]
```
"#} => {
        seen.holds().shows(&["[2, 12, 30]"]);
    }

    fn in_order_of_completion_who_ends_first_stands_first(seen) {r#"
```yaml lock
third: event
```
```yaml pool
executor: both
workers: 2
chunk: 1
order: completion
map: "|n: i32| { match n { 0 => third.wait(), 2 => third.set(), _ => {} }; n }"
over: 0..3
```
"#} => {
        // The first task goes on when the other worker is at the third, and so done with the second.
        seen.holds().every_run("the second should stand before the first", |run| {
            ["[1, 0, 2]", "[1, 2, 0]"].contains(&run.results[0].text.as_str())
        });
    }

    fn results_in_order_of_completion_are_the_same_results(seen) {r#"
```yaml pool
executor: each
workers: 3
chunk: 1
order: completion
map: "|n: i32| n * n"
over: 0..50
```
"#} => {
        seen.holds().every_run("each result should be there once", |run| {
            let list = run.results[0].text.trim_matches(['[', ']']);
            let mut all: Vec<i32> = list.split(", ").filter_map(|n| n.parse().ok()).collect();
            all.sort_unstable();
            all == (0..50).map(|n| n * n).collect::<Vec<_>>()
        });
    }

    fn a_worker_takes_as_many_tasks_at_once_as_a_chunk_has(seen) {r#"
```yaml pool
executor: each
workers: 2
map: "|n: i32| n"
over: 0..10
chunk: 4
```
"#} => {
        seen.holds().every_run("the chunks should be of 4, 4 and 2", |run| chunks(run) == [(0, 4), (4, 4), (8, 2)]);
    }

    fn without_a_chunk_each_worker_gets_about_four(seen) {r#"
```yaml pool
executor: both
workers: 2
map: "|n: i32| n"
over: 0..80
```
"#} => {
        let even: Vec<(u64, u64)> = (0..8).map(|n| (n * 10, 10)).collect();
        seen.holds().every_run("there should be eight chunks of ten", |run| chunks(run) == even);
    }

    fn a_pool_has_as_many_workers_as_it_says_all_at_work_at_once(seen) {r#"
```yaml lock
meet: {barrier: 3}
```
```yaml pool
executor: both
workers: 3
chunk: 1
map: "|_: i32| { meet.wait(); worker().name }"
over: 0..3
```
"#} => {
        seen.holds().every_run("each of three should have done one task", |run| tasks(run) == [1, 1, 1]);
    }

    fn a_pool_without_workers_is_an_error(seen) {r#"
```yaml pool
workers: 0
map: "|n: i32| n"
over: 0..3
expect: {error: at least 1}
```
"#} => {
        seen.fails("the number of workers must be at least 1, not 0");
    }

    fn a_task_that_panics_fails_alone_with_its_index_and_place(seen) {r#"
```rust job
fn invert(n: i32) -> i32 {
    assert!(n != 3, "nothing to divide by");
    100 / (n - 3)
}
```
```yaml pool
executor: each
workers: 2
map: invert
over: 1..8
```
"#} => {
        let line = seen.line_of("assert!(n != 3");
        let place = seen.errors().iter().all(|error| error.place.as_ref().map(|place| place.line) == line);
        assert!(place, "every error should stand at line {line:?}: {:?}", seen.cell.errors);
        seen.fails("task 2 failed: panicked: nothing to divide by")
            .shows(&["[-50, -100, <failed: panicked: nothing to divide by>, 100, 50, 33, 25]"])
            .every_worker("should end well", |_, worker| worker.exit == WELL);
    }

    fn a_pool_does_all_its_tasks_even_if_one_fails(seen) {r#"
```yaml value
begun: i
```
```yaml pool
executor: each
workers: 2
map: "|n: i32| { begun.fetch_add(1); assert!(n != 0) }"
over: 0..20
show: begun
```
"#} => {
        seen.fails("task 0 failed").every_run("all should have been begun", |run| run.results[1].text == "20");
    }

    fn every_failed_task_counts_however_long_and_many_their_messages_are(seen) {r#"
```yaml pool
executor: each
workers: 2
map: "|n: i32| -> i32 { panic!(\"{n} {}\", \"x\".repeat(10_000)) }"
over: 0..3000
show: 1 + 1
assert: 1 == 2
```
"#} => {
        seen.fails("2995 more tasks failed").fails("this does not hold: 1 == 2").every_run("what is shown comes after", |run| {
            run.results.len() == 2 && run.results[1].text == "2"
        });
    }

    fn a_task_that_calls_exit_fails_alone(seen) {r#"
```yaml pool
executor: each
workers: 2
map: "|n: i32| if n == 1 { exit(3) } else { n }"
over: 0..4
```
"#} => {
        seen.fails("task 1 failed: called exit(3)")
            .shows(&["[0, <failed: called exit(3)>, 2, 3]"])
            .every_worker("should end well", |_, worker| worker.exit == WELL);
    }

    fn a_task_whose_worker_is_killed_fails_alone_and_another_worker_goes_on(seen) {r#"
```yaml pool
workers: 2
chunk: 5
map: "|n: i32| if n == 7 { std::process::abort() } else { n }"
over: 0..20
```
"#} => {
        seen.fails("task 7 failed: its worker `worker-").every_run("all other results should be there", |run| {
            let results: Vec<&str> = run.results[0].text.trim_matches(['[', ']']).split(", ").collect();
            let others = results.iter().enumerate().all(|(n, text)| n == 7 || *text == n.to_string());
            let killed = run.workers.iter().filter(|worker| matches!(worker.exit, ExitStatus::Signaled { signal: 6, .. }));
            results.len() == 20 && others && results[7].contains("was killed by SIGABRT") && killed.count() == 1
        });
    }

    fn many_killed_workers_are_replaced_one_by_one(seen) {r#"
```yaml pool
workers: 2
chunk: 1
map: "|n: i32| if n % 2 == 0 { std::process::abort() } else { n }"
over: 0..20
```
"#} => {
        seen.fails("5 more tasks failed").every_run("every second result should be there", |run| {
            let results: Vec<&str> = run.results[0].text.trim_matches(['[', ']']).split(", ").collect();
            let right = |n: usize, text: &str| match n % 2 {
                0 => text.starts_with("<failed: its worker"),
                _ => text == n.to_string(),
            };
            results.len() == 20 && results.iter().enumerate().all(|(n, text)| right(n, text))
        });
    }

    fn a_pool_whose_workers_all_die_ends_when_its_spares_are_used_up(seen) {r#"
```yaml pool
workers: 2
chunk: 1
map: "|_: i32| -> i32 { std::process::abort() }"
over: 0..100
```
"#} => {
        seen.fails("95 more tasks failed").every_run("its 34 workers should have died", |run| {
            let all_failed = run.results[0].text.matches("<failed: ").count() == 100;
            let no_worker = run.results[0].text.matches("no worker was left to do it").count();
            all_failed && no_worker == 100 - 34 && run.workers.len() == 1 + 34
        });
    }

    fn where_results_are_sent_the_task_of_a_killed_worker_fails_alone_too(seen) {r#"
```yaml pool
workers: 2
chunk: 5
map: "|n: i32| if n == 7 { std::process::abort() } else { n.to_string() }"
over: 0..20
```
"#} => {
        seen.fails("task 7 failed: its worker `worker-").every_run("all other results should be there", |run| {
            (0..20).all(|n| run.results[0].text.contains(&format!("\"{n}\"")) == (n != 7))
        });
    }

    fn results_of_a_limited_size_return_with_failures_between_them(seen) {r#"
```rust job
#[derive(Debug, Message)]
enum Kind { Even, Odd { half: i64 }, Third(Option<char>, [u8; 2]) }
fn kind(n: i64) -> (bool, Kind, Result<u16, f32>) {
    let kind = match n % 4 {
        0 => Kind::Even,
        1 => Kind::Odd { half: n / 2 },
        2 => Kind::Third((n > 2).then_some('é'), [n as u8; 2]),
        _ => panic!("no kind"),
    };
    (n > 3, kind, if n == 5 { Err(0.5) } else { Ok(n as u16) })
}
```
```yaml pool
executor: each
workers: 2
chunk: 3
map: kind
over: 0..7
```
"#} => {
        seen.fails("task 3 failed: panicked: no kind").shows(&["[(false, Even, Ok(0)), (false, Odd { half: 0 }, Ok(1)), \
            (false, Third(None, [2, 2]), Ok(2)), <failed: panicked: no kind>, (true, Even, Ok(4)), \
            (true, Odd { half: 2 }, Err(0.5)), (true, Third(Some('é'), [6, 6]), Ok(6))]"]);
    }

    fn inputs_need_not_be_messages(seen) {r#"
```yaml pool
executor: each
workers: 2
map: "|call: Box<dyn Fn(i32) -> i32 + Send>| call(10)"
over: "[Box::new(|n| n + 1) as Box<dyn Fn(i32) -> i32 + Send>, Box::new(|n| n * 2)]"
```
"#} => {
        seen.holds().shows(&["[11, 20]"]);
    }

    fn inputs_and_captures_are_made_once_and_inherited_by_all(seen) {r#"
```yaml value
made: i
```
```yaml pool
executor: each
workers: 3
chunk: 1
map: "{ made.fetch_add(1); let table: Vec<usize> = (0..10).map(|n| n * n).collect(); move |n: usize| table[n] }"
over: "{ made.fetch_add(1); 5..10 }"
show: made
```
"#} => {
        seen.holds().shows(&["[25, 36, 49, 64, 81]", "2"]);
    }

    fn a_result_of_megabytes_arrives_whole(seen) {r#"
```rust job
#[derive(Message)]
struct Long(String);

// A page does not show megabytes, so the result tells whether it is what was made.
impl std::fmt::Debug for Long {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let made = (1..4).map(many).position(|made| made.0 == self.0);
        write!(f, "{} bytes of {:?}", self.0.len(), made.map(|n| n + 1))
    }
}

fn many(n: u32) -> Long {
    Long((0..400_000).map(|i| (i * n).to_string()).collect())
}
```
```yaml pool
executor: each
workers: 2
chunk: 1
map: many
over: 1..4
```
"#} => {
        let len = |n: u32| (0..400_000).map(|i| (i * n).to_string().len()).sum::<usize>();
        assert!(len(1) > 2_000_000);
        let whole = [1, 2, 3].map(|n| format!("{} bytes of Some({n})", len(n))).join(", ");
        seen.holds().shows(&[&format!("[{whole}]")]);
    }

    fn under_normal_the_tasks_are_done_one_after_another_by_one_worker(seen) {r#"
```yaml pool
executor: [normal]
workers: 4
map: "|n: i32| { println!(\"{n}\"); worker().number }"
over: 0..4
```
"#} => {
        seen.holds().shows(&["[1, 1, 1, 1]"]).prints(&["0", "1", "2", "3"]);
    }

    fn processes_of_a_pool_have_a_pid_each_and_threads_share_one(seen) {r#"
```yaml lock
meet: {barrier: 2}
```
```yaml pool
executor: both
workers: 2
chunk: 1
map: "|_: i32| { meet.wait(); worker().pid }"
over: 0..2
```
"#} => {
        let shared = |run: &RunOutcome| run.workers[1].pid == run.workers[2].pid;
        seen.holds()
            .run_under(Executor::Thread, "they share a pid", shared)
            .run_under(Executor::Process, "each has a pid", |run| !shared(run));
    }
}

/// How many tasks each worker did.
fn tasks(run: &RunOutcome) -> Vec<u64> {
    run.workers[1..].iter().map(|worker| worker.tasks).collect()
}

/// The first task and the size of each chunk that was taken, in order of the tasks.
fn chunks(run: &RunOutcome) -> Vec<(u64, u64)> {
    let chunk = |event: &Event| match event.action {
        Action::TakeTasks { first, count } => Some((first, count)),
        _ => None,
    };
    let mut chunks: Vec<(u64, u64)> = run.trace.iter().filter_map(chunk).collect();
    chunks.sort_unstable();
    chunks
}
