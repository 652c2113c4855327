//! Values and arrays: what it means that they are shared.

use crate::facts::panicked_at;
use nbrun::model::ActionKind;

facts! {
    fn what_a_worker_writes_is_seen_by_main_and_by_later_cells(seen) {r#"
```yaml value
n: i
```
```yaml array
a: {type: d, len: 2}
```
```yaml spawn
- n.set(7)
- a.set(1, 2.5)
```
```yaml spawn
executor: each
jobs:
  - "{ assert_eq!(n.get(), 7); n.set(8); a.set(0, 0.5) }"
show: [n, a]
```
"#} => {
        seen.holds().shows(&["8", "[0.5, 2.5]"]);
    }

    fn what_is_shown_is_not_read_and_a_loop_reads_at_its_own_line(seen) {r#"
```yaml value
n: i
```
```yaml array
a: {type: i, init: [1, 2]}
```
```rust job
fn set(n: Value<i32>, a: Array<i32>) {
    n.set(2);
    for _ in a {} // the only read
}
```
```yaml spawn
executor: each
jobs: ["set(n, a)"]
show: [n, a]
```
"#} => {
        let line = seen.position_of("// the only read");
        seen.holds().shows(&["2", "[1, 2]"]).every_run("should have no read but the loop's", |run| {
            let reads = run.trace.iter().filter(|event| matches!(event.kind(), ActionKind::Load | ActionKind::LoadMany));
            reads.map(|event| (event.worker, event.position)).eq([(1, line)])
        });
    }

    fn fetch_add_never_loses_an_update(seen) {r#"
```yaml value
n: u64
x: d
```
```rust job
fn add(n: Value<u64>, x: Value<f64>) {
    for _ in 0..2000 {
        n.fetch_add(1);
        x.fetch_add(0.5);
    }
}
```
```yaml spawn
executor: each
jobs: [{call: "add(n, x)", count: 4}]
show: [n, x]
```
"#} => {
        seen.holds().shows(&["8000", "4000.0"]);
    }

    fn an_increment_is_a_read_and_then_a_write(seen) {r#"
```yaml value
n: i
```
```yaml spawn
executor: each
jobs: ["{ let mut n = n; n += 1 }"]
```
"#} => {
        seen.holds().every_run("the trace should say so", |run| {
            let own = run.trace.iter().filter(|event| event.worker == 1);
            own.map(|event| event.kind()).eq([ActionKind::Load, ActionKind::Store])
        });
    }

    fn a_write_between_the_read_and_the_write_of_another_is_lost(seen) {r#"
```yaml value
n: i
```
```yaml lock
meet: {barrier: 2}
```
```rust job
fn slow_increment(n: Value<i32>, meet: Barrier) {
    let seen = n.get();
    meet.wait();
    n.set(seen + 1);
}
```
```yaml spawn
executor: both
jobs: [{call: "slow_increment(n, meet)", count: 2}]
show: n
```
"#} => {
        seen.holds().shows(&["1"]);
    }

    fn under_the_own_lock_of_a_value_no_increment_is_lost(seen) {r#"
```yaml value
n: i
```
```yaml array
a: {type: i, len: 1}
```
```rust job
fn guarded(mut n: Value<i32>, a: Array<i32>) {
    for _ in 0..1000 {
        let guard = n.lock();
        n += 1;
        drop(guard);
        let _guard = a.lock();
        a.set(0, a.get(0) + 1);
    }
}
```
```yaml spawn
executor: each
jobs: [{call: "guarded(n, a)", count: 4}]
show: [n, a]
```
"#} => {
        seen.holds().shows(&["4000", "[4000]"]);
    }

    fn a_number_is_never_seen_half_written(seen) {r#"
```yaml value
wide: u64
done: u8
```
```rust job
fn write(wide: Value<u64>, done: Value<u8>) {
    while done.get() == 0 {
        wide.set(u64::MAX);
        wide.set(0);
    }
}
fn read(wide: Value<u64>, done: Value<u8>) {
    let torn = (0..5_000).map(|_| wide.get()).find(|seen| *seen != 0 && *seen != u64::MAX);
    done.set(1);
    assert_eq!(torn, None);
}
```
```yaml spawn
executor: both
jobs:
  - write(wide, done)
  - read(wide, done)
```
"#} => {
        seen.holds();
    }

    fn a_slice_is_a_copy_of_a_part(seen) {r#"
```yaml array
a: {type: i, init: [0, 1, 2, 3, 4]}
```
```rust job
fn parts(a: Array<i32>) {
    let copy = a.slice(1..3);
    a.set(1, 10);
    assert_eq!(copy, [1, 2]);
    assert_eq!(a.slice(3..), [3, 4]);
    assert_eq!(a.slice(..=1), [0, 10]);
    assert_eq!(a.slice(5..), []);
    a.set_slice(3, &[30, 40]);
    a.set_slice(5, &[]);
}
```
```yaml spawn
executor: each
jobs: [parts(a)]
show: a
```
"#} => {
        seen.holds().shows(&["[0, 10, 2, 30, 40]"]);
    }

    fn workers_on_disjoint_parts_of_an_array_do_not_disturb_each_other(seen) {r#"
```yaml array
bytes: {type: B, len: 4000}
```
```rust job
fn fill(bytes: Array<u8>, part: usize) {
    for round in 0..20 {
        let mine: Vec<u8> = (0..1000).map(|i| (part * 50 + round + i) as u8).collect();
        bytes.set_slice(part * 1000, &mine);
        for i in (0..1000).step_by(10) {
            bytes.set(part * 1000 + i, mine[i]);
        }
        assert_eq!(bytes.slice(part * 1000..(part + 1) * 1000), mine);
    }
}
```
```yaml spawn
executor: each
jobs:
  - fill(bytes, 0)
  - fill(bytes, 1)
  - fill(bytes, 2)
  - fill(bytes, 3)
assert: (0..4000).all(|i| bytes.get(i) == (i / 1000 * 50 + 19 + i % 1000) as u8)
```
"#} => {
        seen.holds();
    }

    fn an_index_outside_the_array_panics_at_its_own_line(seen) {r#"
```yaml array
a: {type: i, len: 3}
```
```rust job
fn read_beyond(a: Array<i32>) -> i32 {
    a.get(3) // read
}
fn write_beyond(a: Array<i32>) {
    a.set(4, 1) // write
}
fn slice_beyond(a: Array<i32>) -> Vec<i32> {
    a.slice(2..4) // slice
}
fn copy_beyond(a: Array<i32>) {
    a.set_slice(2, &[1, 2]) // copy
}
```
```yaml spawn
executor: each
jobs:
  - read_beyond(a)
  - write_beyond(a)
  - slice_beyond(a)
  - copy_beyond(a)
show: a
```
"#} => {
        let at = ["// read", "// write", "// slice", "// copy"].map(|text| seen.position_of(text));
        let text = ["index 3 is", "index 4 is", "range 2..4 is", "range 2..4 is"];
        seen.fails("outside the array, whose length is 3").shows(&["[0, 0, 0]"]).every_run("each should panic", |run| {
            let mut workers = run.workers.iter().skip(1).zip(at).zip(text);
            run.workers.len() == 5 && workers.all(|((worker, line), text)| panicked_at(&worker.exit, text, line))
        });
    }

    fn every_run_of_a_cell_begins_with_the_same_numbers(seen) {r#"
```yaml value
n: i
```
```yaml array
a: {type: i, init: [1, 2]}
```
```yaml spawn
executor: each
repeat: 2
jobs: ["{ n.fetch_add(1); a.set(0, a.get(0) + 1) }"]
show: [n, a]
```
"#} => {
        seen.holds().shows(&["1", "[2, 2]"]);
    }

    fn a_cell_that_ran_more_than_once_leaves_what_it_found(seen) {r#"
```yaml value
n: i
```
```yaml spawn
executor: each
repeat: 2
jobs: [n.fetch_add(1)]
```
```yaml spawn
executor: each
jobs: [n.get()]
show: n
```
"#} => {
        seen.holds().shows(&["0"]);
    }
}
