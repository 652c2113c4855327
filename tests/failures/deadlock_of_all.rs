//! Deadlocks of workers of every kind and number: of pools and of main, of threads beside processes, of many, again and again.

use super::deadlock::{CROSSING, deadlocked, waits};
use nbrun::model::WaitCondition;

facts! {
    fn workers_of_a_pool_that_wait_are_reported(seen) {r#"
```yaml queue
q: i32
```
```yaml pool
executor: both
workers: 2
map: "|n: i32| if n < 2 { q.get() } else { n }"
over: 0..8
```
"#} => {
        deadlocked(seen, "two workers at the queue", |run, deadlock| {
            waits(deadlock) == [(1, "q", WaitCondition::Item), (2, "q", WaitCondition::Item)] && run.results.is_empty()
        });
    }

    fn a_lock_that_main_has_kept_is_reported_as_held_by_main(seen) {r#"
```yaml lock
l: lock
```
```yaml pool
executor: both
workers: 2
map: "|n: i32| { let _guard = l.lock(); n }"
over: "{ std::mem::forget(l.lock()); 0..4 }"
```
"#} => {
        deadlocked(seen, "a lock of main's", |_, deadlock| {
            deadlock.cycle.is_empty() && deadlock.waits.iter().all(|wait| wait.holders == [0])
        })
        .fails("for `l`, which `main` holds");
    }

    fn threads_and_processes_of_one_cell_are_reported_together(seen) {[CROSSING, r#"```yaml spawn
- thread: takes(a, b, both)
- process: takes(b, a, both)
```
"#].concat()} => {
        deadlocked(seen, "a ring across processes", |_, deadlock| deadlock.cycle == [1, 2]);
    }

    fn processes_that_start_afresh_are_reported_too(seen) {[CROSSING, r#"```yaml spawn
executor: process
start: exec
jobs:
  - takes(a, b, both)
  - takes(b, a, both)
```
"#].concat()} => {
        deadlocked(seen, "a ring of fresh processes", |_, deadlock| deadlock.cycle == [1, 2]);
    }

    fn many_workers_are_told_by_number_and_the_first_by_name(seen) {r#"
```yaml lock
e: event
held: event
l: lock
```
```yaml spawn
executor: both
jobs:
  - "{ let _guard = l.lock(); held.set(); e.wait() }"
  - {call: "{ held.wait(); l.acquire() }", count: 20}
```
"#} => {
        deadlocked(seen, "all 21", |_, deadlock| deadlock.waits.len() == 21)
            .fails("all 21 remaining workers wait, and no worker is left that could wake one")
            .fails("13 more workers waited, too");
    }

    fn the_cell_behind_a_deadlock_finds_everything_as_usual(seen) {r#"
```yaml lock
l: lock
c: condition
meet: {barrier: 2}
```
```rust job
fn waits(c: Condition) {
    let _guard = c.lock();
    c.wait();
}
```
```yaml spawn
jobs:
  - waits(c)
  - meet.wait()
expect: {error: deadlock}
```
```rust job
fn meets(meet: Barrier, c: Condition) {
    if meet.wait() == 0 {
        let _guard = c.lock();
        c.notify_one();
        assert!(!c.wait_timeout(0.01), "nobody was there to be notified");
    }
}
```
```yaml spawn
executor: both
jobs: [{call: "meets(meet, c)", count: 2}]
```
"#} => {
        seen.holds();
    }

    fn every_repetition_is_judged_by_itself(seen) {r#"
```yaml lock
e: event
```
```yaml value
n: i
```
```yaml spawn
executor: both
repeat: 4
jobs: [e.wait()]
expect: {error: deadlock}
```
"#} => {
        let runs = seen.cell.runs.len();
        deadlocked(seen, "each run", |_, _| true);
        assert_eq!(runs, 8);
    }
}
