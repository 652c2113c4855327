//! Queues: waiting, limits, order, and that nothing is lost.

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
}
