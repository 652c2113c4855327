//! The ends of a queue: closing it, being done with its items, and the end of those who use it.

use crate::facts::{WELL, panicked, panicked_at};

facts! {
    fn a_put_on_a_closed_queue_is_an_error(seen) {r#"
```yaml queue
q: i32
```
```rust job
fn late(q: Queue<i32>) {
    q.close();
    assert_eq!(q.try_put(1), Err(QueueError::Closed));
    assert_eq!(q.put_timeout(1, 60), Err(QueueError::Closed));
    q.put(1) // too late
}
```
```yaml spawn
executor: each
jobs: [late(q)]
```
"#} => {
        let line = seen.position_of("// too late");
        seen.fails("queue `q` is closed").every_worker("should panic at the put", |_, worker| {
            panicked_at(&worker.exit, "queue `q` is closed", line)
        });
    }

    fn a_closed_queue_gives_what_it_holds_and_then_says_that_it_is_closed(seen) {r#"
```yaml queue
q: i32
```
```rust job
fn drain(q: Queue<i32>) {
    (1..=4).for_each(|n| q.put(n));
    q.close();
    assert_eq!(q.get(), 1);
    assert_eq!(q.get_timeout(60), Ok(2));
    assert_eq!(q.iter().collect::<Vec<_>>(), [3, 4]);
    assert_eq!(q.try_get(), Err(QueueError::Closed));
    assert_eq!(q.get_timeout(60), Err(QueueError::Closed));
    q.get(); // nothing is left
}
```
```yaml spawn
executor: each
jobs: [drain(q)]
```
"#} => {
        let line = seen.position_of("// nothing is left");
        seen.fails("queue `q` is closed").every_worker("should panic at the last get", |_, worker| {
            panicked_at(&worker.exit, "queue `q` is closed", line)
        });
    }

    fn closing_a_queue_wakes_all_who_wait_for_an_item_or_for_room(seen) {r#"
```yaml queue
empty: i32
full: {of: i32, maxsize: 1}
```
```yaml lock
there: {barrier: 5}
```
```rust job
fn getter(empty: Queue<i32>, there: Barrier) {
    there.wait();
    assert_eq!(empty.iter().count(), 0);
}
fn putter(full: Queue<i32>, there: Barrier) {
    let _ = full.try_put(0);
    there.wait();
    assert_eq!(full.put_timeout(1, 60), Err(QueueError::Closed));
}
fn closer(empty: Queue<i32>, full: Queue<i32>, there: Barrier) {
    there.wait();
    sleep(0.02);
    empty.close();
    full.close();
}
```
```yaml spawn
executor: both
jobs:
  - {call: "getter(empty, there)", count: 2}
  - {call: "putter(full, there)", count: 2}
  - closer(empty, full, there)
```
"#} => {
        seen.holds();
    }

    fn join_waits_until_every_item_is_done(seen) {r#"
```yaml queue
q: u32
```
```yaml value
done: u32
```
```rust job
fn put_and_join(q: Queue<u32>, done: Value<u32>) {
    (0..20).for_each(|n| q.put(n));
    q.join();
    assert_eq!(done.get(), 20);
    q.close();
}
fn take(q: Queue<u32>, done: Value<u32>) {
    for _ in q {
        done.fetch_add(1);
        q.task_done();
    }
}
```
```yaml spawn
executor: both
jobs:
  - put_and_join(q, done)
  - {call: "take(q, done)", count: 2}
```
"#} => {
        seen.holds();
    }

    fn one_task_done_too_many_is_an_error(seen) {r#"
```yaml queue
q: i32
```
```rust job
fn done_twice(q: Queue<i32>) {
    q.put(1);
    q.get();
    q.task_done();
    q.join();
    q.task_done() // one too many
}
```
```yaml spawn
executor: each
jobs: [done_twice(q)]
```
"#} => {
        let line = seen.position_of("// one too many");
        seen.fails("`task_done`").every_worker("should panic at the second", |_, worker| {
            panicked_at(&worker.exit, "more often than", line)
        });
    }

    fn an_item_outlives_the_worker_that_put_it(seen) {r#"
```yaml queue
q: String
```
```yaml spawn
executor: each
jobs: ["q.put(format!(\"from {}\", worker()))"]
show: q.get()
```
"#} => {
        seen.holds().shows(&["\"from job-1\""]);
    }

    fn an_item_outlives_even_a_worker_that_was_killed_right_after(seen) {r#"
```yaml queue
q: i32
```
```rust job
fn last_words(q: Queue<i32>) {
    q.put(1);
    std::process::abort()
}
```
```yaml spawn
jobs: [last_words(q)]
show: q.get()
```
"#} => {
        seen.fails("was killed by SIGABRT").shows(&["1"]);
    }

    fn a_reader_that_is_ended_while_it_waits_takes_nothing_with_it(seen) {r#"
```yaml queue
q: i32
```
```yaml spawn
executor: both
jobs:
  - {call: q.get(), timeout: 50ms}
expect: {error: did not end within its time limit}
```
```yaml spawn
executor: both
jobs: ["{ q.put(1); q.put(2) }"]
show: [q.get(), q.get(), q.len()]
```
"#} => {
        seen.holds().shows(&["1", "2", "0"]);
    }

    fn a_wait_for_an_item_that_nobody_can_put_is_reported_at_once(seen) {r#"
```yaml queue
q: i32
```
```yaml spawn
executor: normal
jobs:
  - q.get()
  - q.put(1)
show: [q.get(), q.get()]
```
"#} => {
        let wait = "queue `q` is empty and no other worker is left that could put an item: this would wait for ever";
        seen.fails(wait).shows(&["1"]).every_run("both waits should be told", |run| {
            let told = |worker: usize| panicked(&run.workers[worker].exit, wait);
            told(0) && told(1) && run.workers[2].exit == WELL
        });
    }

    fn a_wait_for_room_that_nobody_can_make_is_reported_at_once(seen) {r#"
```yaml queue
q: {of: i32, maxsize: 1}
```
```yaml spawn
executor: normal
jobs:
  - q.put(1)
  - q.put(2)
  - q.join()
```
"#} => {
        seen.fails("no other worker is left that could take an item").every_run("both should be told", |run| {
            let told = |worker: usize| panicked(&run.workers[worker].exit, "for ever");
            run.workers[1].exit == WELL && told(2) && told(3)
        });
    }

    fn every_run_of_a_cell_begins_with_what_the_queue_held_before(seen) {r#"
```yaml queue
q: i32
```
```yaml spawn
- "{ q.put(1); q.put(2); q.put(3); q.get() }"
```
```yaml spawn
executor: each
repeat: 2
jobs: ["{ q.get(); q.put(4); q.task_done(); q.close() }"]
show: q.iter().collect::<Vec<_>>()
```
"#} => {
        assert_eq!(seen.cell.runs.len(), 6);
        seen.holds().shows(&["[3, 4]"]);
    }
}
