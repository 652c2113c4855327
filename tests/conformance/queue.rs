//! Queues: waiting, order, closing, counting, and that nothing is lost.

use crate::facts::{WELL, panicked_at};
use nbrun::record::Exit;

facts! {
    fn put_waits_while_the_queue_is_full(seen) {r#"
```yaml queue
q: {of: i32, maxsize: 1}
```
```yaml lock
through: event
```
```rust job
fn producer(q: Queue<i32>, through: Event) {
    q.put(1);
    q.put(2);
    through.set();
}
fn consumer(q: Queue<i32>, through: Event) {
    assert!(!through.wait_timeout(0.1), "the second put should wait");
    assert_eq!(q.get(), 1);
    through.wait();
    assert_eq!(q.get(), 2);
}
```
```yaml spawn
executor: both
jobs:
  - producer(q, through)
  - consumer(q, through)
```
"#} => {
        seen.holds();
    }

    fn get_waits_while_the_queue_is_empty(seen) {r#"
```yaml queue
q: i32
```
```yaml lock
there: event
```
```rust job
fn producer(q: Queue<i32>, there: Event) {
    there.wait();
    q.put(7);
}
fn consumer(q: Queue<i32>, there: Event) {
    there.set();
    println!("{}", q.get());
}
```
```yaml spawn
executor: both
jobs:
  - producer(q, there)
  - consumer(q, there)
```
"#} => {
        seen.holds().prints(&["7"]);
    }

    fn a_full_queue_denies_a_put_without_waiting_or_after_its_time(seen) {r#"
```yaml queue
q: {of: i32, maxsize: 2}
```
```rust job
fn fill(q: Queue<i32>) {
    assert_eq!(q.try_put(1), Ok(()));
    assert_eq!(q.put_timeout(2, 60), Ok(()));
    assert_eq!(q.try_put(3), Err(QueueError::Full));
    assert_eq!(q.put_timeout(3, 0.01), Err(QueueError::Full));
    assert_eq!(q.put_timeout(3, 0), Err(QueueError::Full));
}
```
```yaml spawn
executor: each
jobs: [fill(q)]
show: [q.len(), q.get(), q.get()]
```
"#} => {
        seen.holds().shows(&["2", "1", "2"]);
    }

    fn an_empty_queue_denies_a_get_without_waiting_or_after_its_time(seen) {r#"
```yaml queue
q: i32
```
```rust job
fn take(q: Queue<i32>) {
    let begin = std::time::Instant::now();
    assert_eq!(q.try_get(), Err(QueueError::Empty));
    assert_eq!(q.get_timeout(0.05), Err(QueueError::Empty));
    assert!(begin.elapsed().as_millis() >= 50, "it should wait for its time");
}
```
```yaml spawn
executor: each
jobs: [take(q)]
```
"#} => {
        seen.holds();
    }

    fn what_one_producer_puts_comes_out_in_its_order(seen) {r#"
```yaml queue
q: {of: "(usize, u32)", maxsize: 50}
```
```rust job
fn producer(q: Queue<(usize, u32)>, me: usize) {
    for n in 0..2000 {
        q.put((me, n));
    }
}
fn consumer(q: Queue<(usize, u32)>) {
    let mut next = [0; 3];
    for _ in 0..6000 {
        let (from, n) = q.get();
        assert_eq!(n, next[from], "of producer {from}");
        next[from] += 1;
    }
}
```
```yaml spawn
executor: both
jobs:
  - producer(q, 0)
  - producer(q, 1)
  - producer(q, 2)
  - consumer(q)
```
"#} => {
        seen.holds();
    }

    fn no_item_of_many_producers_and_consumers_is_lost_doubled_or_torn(seen) {r#"
```yaml queue
q: {of: "(u32, Vec<u8>)", maxsize: 7}
```
```yaml array
taken: {type: u32, len: 4000}
```
```rust job
fn payload(id: u32) -> Vec<u8> {
    vec![id as u8; (id * 37 % 1500) as usize]
}
fn producer(q: Queue<(u32, Vec<u8>)>, first: u32) {
    for id in first..first + 1000 {
        q.put((id, payload(id)));
    }
}
fn consumer(q: Queue<(u32, Vec<u8>)>, taken: Array<u32>) {
    for _ in 0..1000 {
        let (id, bytes) = q.get();
        assert_eq!(bytes, payload(id), "item {id} is torn");
        taken.set(id as usize, taken.get(id as usize) + 1);
    }
}
```
```yaml spawn
executor: both
jobs:
  - producer(q, 0)
  - producer(q, 1000)
  - producer(q, 2000)
  - producer(q, 3000)
  - {call: "consumer(q, taken)", count: 4}
assert:
  - q.is_empty()
  - taken.iter().all(|times| times == 1)
```
"#} => {
        seen.holds();
    }

    fn a_get_right_after_a_put_never_says_empty(seen) {r#"
```yaml queue
q: i32
```
```rust job
fn both_ends(q: Queue<i32>) {
    for n in 0..2000 {
        q.put(n);
        assert_eq!(q.try_get(), Ok(n));
    }
}
```
```yaml spawn
executor: each
jobs: [both_ends(q)]
```
"#} => {
        seen.holds();
    }

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
        let line = seen.line_of("// too late");
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
        let line = seen.line_of("// nothing is left");
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

    fn len_counts_the_items_that_are_there(seen) {r#"
```yaml queue
q: i32
```
```rust job
fn count(q: Queue<i32>) {
    assert!(q.is_empty() && q.len() == 0);
    (0..5).for_each(|n| q.put(n));
    assert!(!q.is_empty() && q.len() == 5);
    q.get();
    assert_eq!(q.len(), 4);
}
```
```yaml spawn
executor: each
jobs: [count(q)]
show: q.len()
```
"#} => {
        seen.holds().shows(&["4"]);
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
        let line = seen.line_of("// one too many");
        seen.fails("`task_done`").every_worker("should panic at the second", |_, worker| {
            panicked_at(&worker.exit, "more often than", line)
        });
    }

    fn an_item_of_megabytes_arrives_whole(seen) {r#"
```yaml queue
q: {of: Vec<u64>, maxsize: 4}
```
```rust job
fn big(n: u64) -> Vec<u64> {
    (0..(n + 1) * 100_000).map(|i| i * n).collect()
}
fn producer(q: Queue<Vec<u64>>) {
    (0..4).for_each(|n| q.put(big(n)));
}
fn consumer(q: Queue<Vec<u64>>) {
    (0..4).for_each(|n| assert!(q.get() == big(n), "item {n}"));
}
```
```yaml spawn
executor: each
jobs:
  - producer(q)
  - consumer(q)
```
"#} => {
        seen.holds();
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
  - "{ sleep(0.2); q.put(1); q.put(2) }"
show: [q.get(), q.get(), q.len()]
```
"#} => {
        seen.fails("did not end within its time limit").ends(&[Exit::TimedOut, WELL]).shows(&["1", "2", "0"]);
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
        let wait = "queue `q` is empty and nobody else is at work who could put an item: this would wait for ever";
        seen.fails(wait).shows(&["1"]).every_run("both waits should be told", |run| {
            let told = |worker: usize| matches!(&run.workers[worker].exit, Exit::Panicked { message, .. } if message == wait);
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
        seen.fails("nobody else is at work who could take an item").every_run("both should be told", |run| {
            let told = |worker: usize| matches!(&run.workers[worker].exit, Exit::Panicked { message, .. } if message.contains("for ever"));
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
        seen.holds().shows(&["[3, 4]"]).every_run("there are six", |run| run.repetition < 2);
    }
}
