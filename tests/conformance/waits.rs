//! Locks whose owner has ended, waits that nobody can end, and the state from which a run begins.

use crate::facts::{WELL, panicked};
use nbrun::record::ExitStatus;

facts! {
    fn a_guard_gives_its_lock_back_in_a_panic_and_on_exit(seen) {r#"
```yaml lock
l: lock
```
```rust job
fn panics(l: Lock) {
    let _guard = l.lock();
    panic!("with the lock");
}
fn leaves(l: Lock) {
    let _guard = l.lock();
    exit(0)
}
```
```yaml spawn
executor: each
jobs:
  - panics(l)
  - leaves(l)
  - assert!(l.lock_timeout(60).is_some())
```
"#} => {
        seen.fails("with the lock").every_run("the others should end well", |run| {
            run.workers[2].exit == WELL && run.workers[3].exit == WELL
        });
    }

    fn who_takes_a_lock_next_is_told_once_that_its_owner_ended_with_it(seen) {r#"
```yaml lock
l: lock
r: rlock
held: event
```
```yaml value
v: i
```
```rust job
fn keeps(v: Value<i32>, l: Lock, r: RLock, held: Event) {
    l.acquire();
    r.acquire();
    std::mem::forget(v.lock());
    held.set();
}
fn next(take: &dyn Fn() -> Guard, held: Event) {
    held.wait();
    drop(take());
}
```
```yaml spawn
executor: each
jobs:
  - keeps(v, l, r, held)
  - "next(&|| l.lock(), held)"
  - "next(&|| r.lock(), held)"
  - "next(&|| v.lock(), held)"
show: [l.try_lock().is_some(), r.try_lock().is_some()]
assert: drop(v.lock()) == ()
```
"#} => {
        seen.fails("ended with exit code 0 while it held the lock, which it had taken at line").shows(&["true", "true"]).every_run("each next is told", |run| {
            let told = |worker: usize| panicked(&run.workers[worker].exit, "may be half done");
            run.workers[0].exit == WELL && told(2) && told(3) && told(4)
        });
    }

    fn who_waits_for_the_lock_of_a_killed_process_is_told(seen) {r#"
```yaml lock
l: lock
held: event
```
```rust job
fn dies(l: Lock, held: Event) {
    let _guard = l.lock();
    held.set();
    sleep(0.05);
    std::process::abort();
}
fn waits_for(l: Lock, held: Event) {
    held.wait();
    l.acquire();
}
```
```yaml spawn
jobs:
  - dies(l, held)
  - waits_for(l, held)
show: l.try_lock().is_some()
```
"#} => {
        seen.fails("`waits_for-2` panicked: `dies-1`, the last owner of `l`, was killed by SIGABRT while it held the lock").shows(&["true"]);
    }

    fn a_wait_that_nobody_can_end_is_reported_at_once(seen) {r#"
```yaml lock
l: lock
s: {semaphore: 0}
e: event
c: condition
b: {barrier: 2}
```
```yaml spawn
executor: normal
jobs:
  - s.acquire()
  - e.wait()
  - "{ let _guard = c.lock(); c.wait() }"
  - b.wait()
```
"#} => {
        seen.fails("and no other worker is left that could").every_worker("should be told", |_, worker| {
            matches!(&worker.exit, ExitStatus::Panicked { message, .. } if message.ends_with("this would wait for ever"))
        });
    }

    fn main_is_told_at_once_that_nobody_can_end_its_wait(seen) {r#"
```yaml lock
e: event
```
```yaml spawn
executor: each
jobs: [worker()]
show: e.wait()
```
"#} => {
        seen.fails("event `e` is not set and no other worker is left that could set it").every_run("main should be told", |run| {
            matches!(&run.workers[0].exit, ExitStatus::Panicked { .. })
        });
    }

    fn main_is_told_so_too_when_it_makes_the_inputs_of_a_pool(seen) {r#"
```yaml queue
q: i32
```
```yaml pool
executor: each
workers: 2
map: "|n: i32| n"
over: "[q.get()]"
```
"#} => {
        seen.fails("no other worker is left that could put an item").every_run("main should be told", |run| {
            matches!(&run.workers[0].exit, ExitStatus::Panicked { .. })
        });
    }

    fn every_run_of_a_cell_begins_with_the_locks_as_they_were(seen) {r#"
```yaml lock
l: lock
s: {semaphore: 2}
e: event
b: {barrier: 2}
```
```yaml spawn
- s.acquire()
```
```rust job
fn uses(l: Lock, s: Semaphore, e: Event, b: Barrier) {
    assert!(l.try_acquire(), "it was kept by the run before");
    assert!(s.try_acquire() && !s.try_acquire(), "one permit should be left");
    assert!(!e.is_set());
    e.set();
    let begin = std::time::Instant::now();
    assert_eq!(b.wait_timeout(0.02), Err(BarrierError));
    assert!(begin.elapsed().as_millis() >= 20, "it was broken by the run before");
}
```
```yaml spawn
executor: each
repeat: 2
jobs: ["uses(l, s, e, b)"]
```
"#} => {
        seen.holds();
    }
}
