//! Read-write locks: readers together, a writer alone, and whoever waits comes in.

use crate::facts::panicked_at;
use nbrun::model::Action;

facts! {
    fn readers_hold_an_rwlock_together_and_keep_writers_out(seen) {r#"
```yaml lock
l: rwlock
inside: {barrier: 3}
over: {barrier: 3}
```
```rust job
fn reads(l: RwLock, inside: Barrier, over: Barrier) {
    let _guard = l.read();
    inside.wait();
    over.wait();
}
fn tries(l: RwLock, inside: Barrier, over: Barrier) {
    inside.wait();
    assert!(l.try_write().is_none() && l.write_timeout(0.01).is_none());
    assert!(l.try_read().is_some() && l.read_timeout(0.01).is_some());
    over.wait();
    drop(l.write());
}
```
```yaml spawn
executor: both
jobs:
  - {call: "reads(l, inside, over)", count: 2}
  - tries(l, inside, over)
show: l.try_write().is_some()
```
"#} => {
        seen.holds().shows(&["true"]).every_run("what was denied is recorded as that", |run| {
            let denied = |event: &&nbrun::model::Event| matches!(event.action, Action::GiveUp { .. });
            run.trace.iter().filter(denied).count() == 2
        });
    }

    fn a_writer_keeps_readers_and_writers_out(seen) {r#"
```yaml lock
l: rwlock
held: event
over: event
```
```rust job
fn writes(l: RwLock, held: Event, over: Event) {
    let _guard = l.write();
    held.set();
    over.wait();
}
fn tries(l: RwLock, held: Event, over: Event) {
    held.wait();
    assert!(l.try_read().is_none() && l.read_timeout(0.01).is_none());
    assert!(l.try_write().is_none() && l.write_timeout(0.01).is_none());
    over.set();
    drop(l.read());
    drop(l.write());
}
```
```yaml spawn
executor: both
jobs:
  - writes(l, held, over)
  - tries(l, held, over)
```
"#} => {
        seen.holds();
    }

    fn no_update_under_an_rwlock_is_lost_and_no_reader_sees_half_of_one(seen) {r#"
```yaml value
a: i
b: i
```
```yaml lock
l: rwlock
```
```rust job
fn rounds(mut a: Value<i32>, mut b: Value<i32>, l: RwLock) {
    for _ in 0..100 {
        let guard = l.write();
        a += 1;
        b += 1;
        drop(guard);
        let _guard = l.read();
        assert_eq!(a.get(), b.get(), "half of an update");
    }
}
```
```yaml spawn
executor: each
jobs: [{call: "rounds(a, b, l)", count: 3}]
show: [a, b]
```
"#} => {
        seen.holds().shows(&["300", "300"]);
    }

    fn a_writer_that_waits_keeps_new_readers_out_and_is_not_starved(seen) {r#"
```yaml value
v: i
```
```yaml lock
l: rwlock
reading: {barrier: 3}
kept_out: event
```
```rust job
fn reads(l: RwLock, reading: Barrier, kept_out: Event) {
    let _guard = l.read();
    reading.wait();
    kept_out.wait();
}
fn writes(v: Value<i32>, l: RwLock, reading: Barrier) {
    reading.wait();
    let _guard = l.write();
    v.set(1);
}
fn comes_again(v: Value<i32>, l: RwLock, reading: Barrier, kept_out: Event) {
    reading.wait();
    while l.try_read().is_some() {}
    kept_out.set();
    let _guard = l.read();
    assert_eq!(v.get(), 1, "the writer was first");
}
```
```yaml spawn
executor: both
jobs:
  - reads(l, reading, kept_out)
  - writes(v, l, reading)
  - comes_again(v, l, reading, kept_out)
```
"#} => {
        seen.holds();
    }

    fn a_writer_that_gives_up_lets_readers_in_again(seen) {r#"
```yaml lock
l: rwlock
reading: {barrier: 2}
over: event
```
```rust job
fn reads(l: RwLock, reading: Barrier, over: Event) {
    let _guard = l.read();
    reading.wait();
    over.wait();
}
fn gives_up(l: RwLock, reading: Barrier, over: Event) {
    reading.wait();
    assert!(l.write_timeout(0.01).is_none());
    drop(l.read());
    over.set();
}
```
```yaml spawn
executor: both
jobs:
  - reads(l, reading, over)
  - gives_up(l, reading, over)
```
"#} => {
        seen.holds();
    }

    fn an_rwlock_cannot_be_taken_again_by_who_holds_it(seen) {r#"
```yaml lock
l: rwlock
```
```rust job
fn asks(l: RwLock) {
    let guard = l.read();
    assert!(l.try_read().is_none() && l.try_write().is_none());
    assert!(l.read_timeout(0.01).is_none() && l.write_timeout(0.01).is_none());
    drop(guard);
    let _guard = l.write();
    assert!(l.try_read().is_none() && l.try_write().is_none());
    assert!(l.read_timeout(0.01).is_none() && l.write_timeout(0.01).is_none());
}
fn upgrade(l: RwLock) {
    let _read = l.read();
    let _write = l.write(); // upgrade
}
```
```yaml spawn
executor: each
jobs:
  - asks(l)
```
```yaml spawn
executor: each
jobs:
  - upgrade(l)
show: l.try_write().is_some()
```
"#} => {
        let line = seen.position_of("// upgrade");
        seen.fails("`l` is held by this worker").shows(&["true"]).every_worker("should panic", |_, worker| {
            panicked_at(&worker.exit, "held by this worker", line)
        });
    }

    fn an_rwlock_is_one_for_forked_and_fresh_processes(seen) {r#"
```yaml value
v: i
```
```yaml lock
l: rwlock
```
```rust job
fn adds(v: Value<i32>, l: RwLock) {
    for _ in 0..100 {
        let _guard = l.write();
        v.set(v.get() + 1);
    }
}
```
```yaml spawn
- {process: "adds(v, l)", start: exec}
- {process: "adds(v, l)", start: fork}
- {thread: "adds(v, l)"}
```
```yaml spawn
jobs: ["assert_eq!(v.get(), 300)"]
```
"#} => {
        seen.holds();
    }
}
