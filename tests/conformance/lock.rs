//! Locks, re-entrant locks and semaphores: who may take them, and who may give them back.

use crate::facts::{WELL, panicked_at};
use nbrun::model::Action;
use nbrun::record::ExitStatus;

facts! {
    fn a_lock_keeps_all_but_one_out(seen) {r#"
```yaml value
n: i
```
```yaml lock
l: lock
r: rlock
s: semaphore
c: condition
```
```rust job
fn rounds(n: Value<i32>, l: Lock, r: RLock, s: Semaphore, c: Condition, meet: Barrier) {
    increments_in_step(n, &|| l.lock(), meet);
    increments_in_step(n, &|| r.lock(), meet);
    increments_in_step(n, &|| s.lock(), meet);
    increments_in_step(n, &|| c.lock(), meet);
}
fn increments_in_step(mut n: Value<i32>, lock: &dyn Fn() -> Guard, meet: Barrier) {
    meet.wait();
    for _ in 0..300 {
        let _guard = lock();
        n += 1;
    }
}
```
```yaml lock
meet: {barrier: 3}
```
```yaml spawn
executor: both
jobs: [{call: "rounds(n, l, r, s, c, meet)", count: 3}]
show: n
```
"#} => {
        seen.holds().shows(&["3600"]);
    }

    fn a_lock_cannot_be_taken_again_by_its_owner(seen) {r#"
```yaml lock
l: lock
```
```rust job
fn twice(l: Lock) {
    let _first = l.lock();
    let _second = l.lock(); // again
}
```
```yaml spawn
executor: each
jobs: [twice(l)]
show: l.try_lock().is_some()
```
"#} => {
        let line = seen.position_of("// again");
        seen.fails("`l` is held by this worker").shows(&["true"]).every_worker("should panic", |_, worker| {
            panicked_at(&worker.exit, "held by this worker", line)
        });
    }

    fn an_owner_that_asks_again_within_a_limit_is_denied(seen) {r#"
```yaml lock
l: lock
```
```rust job
fn asks(l: Lock) {
    let _guard = l.lock();
    let begin = std::time::Instant::now();
    assert!(l.try_lock().is_none() && !l.try_acquire());
    assert!(l.lock_timeout(0.02).is_none() && !l.acquire_timeout(0.02));
    assert!(begin.elapsed().as_millis() >= 40, "it should wait for its time");
}
```
```yaml spawn
executor: each
jobs: [asks(l)]
show: l.try_lock().is_some()
```
"#} => {
        seen.holds().shows(&["true"]);
    }

    fn an_rlock_can_be_taken_again_and_is_free_when_given_back_as_often(seen) {r#"
```yaml lock
r: rlock
held: event
freed: {barrier: 2}
```
```rust job
fn owner(r: RLock, held: Event, freed: Barrier) {
    let first = r.lock();
    let second = r.try_lock().expect("its owner may");
    r.acquire();
    held.set();
    freed.wait();
    r.release();
    drop(first);
    freed.wait();
    freed.wait();
    drop(second);
    freed.wait();
}
fn other(r: RLock, held: Event, freed: Barrier) {
    held.wait();
    assert!(r.try_lock().is_none(), "held three times");
    freed.wait();
    freed.wait();
    assert!(r.try_lock().is_none(), "still held once");
    freed.wait();
    freed.wait();
    assert!(r.try_lock().is_some(), "held no more");
}
```
```yaml spawn
executor: both
jobs:
  - owner(r, held, freed)
  - other(r, held, freed)
```
"#} => {
        seen.holds();
    }

    fn releasing_what_is_not_held_is_an_error(seen) {r#"
```yaml lock
l: lock
r: rlock
c: condition
b: {bounded_semaphore: 1}
```
```yaml spawn
executor: each
jobs:
  - l.release()
  - r.release()
  - c.release()
  - b.release()
```
"#} => {
        let told = ["`l` is not held", "`r` is not held", "`c` is not held", "`b` has been released more often"];
        seen.fails("is not held by this worker").every_run("each should be told", |run| {
            let mut workers = run.workers.iter().skip(1).zip(told);
            let panicked = |exit: &ExitStatus, text| matches!(exit, ExitStatus::Panicked { message, .. } if message.contains(text));
            run.workers.len() == 5 && workers.all(|(worker, text)| panicked(&worker.exit, text))
        })
        .every_run("nothing was released", |run| run.trace.iter().all(|event| event.action != Action::Release));
    }

    fn only_its_owner_can_release_a_lock(seen) {r#"
```yaml lock
l: lock
r: rlock
held: {barrier: 3}
done: {barrier: 3}
```
```rust job
fn owner(l: Lock, r: RLock, held: Barrier, done: Barrier) {
    let _guards = (l.lock(), r.lock());
    held.wait();
    done.wait();
}
struct Arrives(Barrier);
impl Drop for Arrives {
    fn drop(&mut self) { self.0.wait(); }
}
fn thief(release: &dyn Fn(), held: Barrier, done: Barrier) {
    let _arrives = Arrives(done);
    held.wait();
    release()
}
```
```yaml spawn
executor: both
jobs:
  - owner(l, r, held, done)
  - "thief(&|| l.release(), held, done)"
  - "thief(&|| r.release(), held, done)"
```
"#} => {
        seen.fails("is not held by this worker").every_run("both thieves should be told", |run| {
            let panicked = |worker: usize| matches!(run.workers[worker].exit, ExitStatus::Panicked { .. });
            run.workers[1].exit == WELL && panicked(2) && panicked(3)
        });
    }

    fn a_lock_that_another_holds_is_denied_without_waiting_or_after_its_time(seen) {r#"
```yaml value
v: i
```
```yaml lock
l: lock
r: rlock
c: condition
s: {semaphore: 1}
b: {bounded_semaphore: 1}
held: event
done: event
```
```rust job
fn holder(v: Value<i32>, l: Lock, r: RLock, c: Condition, s: Semaphore, b: BoundedSemaphore, held: Event, done: Event) {
    let _guards = (v.lock(), l.lock(), r.lock(), c.lock(), s.lock(), b.lock());
    held.set();
    done.wait();
}
fn other(l: Lock, r: RLock, c: Condition, s: Semaphore, b: BoundedSemaphore, held: Event, done: Event) {
    held.wait();
    assert!(l.try_lock().is_none() && l.lock_timeout(0.01).is_none() && !l.try_acquire() && !l.acquire_timeout(0.01));
    assert!(r.try_lock().is_none() && r.lock_timeout(0.01).is_none() && !r.try_acquire() && !r.acquire_timeout(0.01));
    assert!(c.try_lock().is_none() && c.lock_timeout(0.01).is_none() && !c.try_acquire() && !c.acquire_timeout(0.01));
    assert!(s.try_lock().is_none() && s.lock_timeout(0.01).is_none() && !s.try_acquire() && !s.acquire_timeout(0.01));
    assert!(b.try_lock().is_none() && b.lock_timeout(0.01).is_none() && !b.try_acquire() && !b.acquire_timeout(0.01));
    done.set();
    drop((l.lock(), r.lock(), c.lock(), s.lock(), b.lock()));
}
```
```yaml spawn
executor: both
jobs:
  - holder(v, l, r, c, s, b, held, done)
  - other(l, r, c, s, b, held, done)
```
"#} => {
        seen.holds();
    }

    fn a_semaphore_may_pass_its_first_count_and_a_bounded_one_may_not(seen) {r#"
```yaml lock
s: {semaphore: 2}
b: {bounded_semaphore: 2}
```
```rust job
fn more(s: Semaphore) {
    s.release();
    s.acquire();
    assert!(s.try_acquire() && s.try_acquire(), "two and one more");
    assert!(!s.try_acquire());
}
fn too_many(b: BoundedSemaphore) {
    b.acquire();
    b.release();
    b.release() // one too many
}
```
```yaml spawn
executor: each
jobs:
  - more(s)
  - too_many(b)
```
"#} => {
        let line = seen.position_of("// one too many");
        seen.fails("`b` has been released more often than it was acquired").every_run("one should be told", |run| {
            run.workers[1].exit == WELL && panicked_at(&run.workers[2].exit, "released more often", line)
        });
    }

    fn a_semaphore_lets_in_as_many_as_it_has_permits(seen) {r#"
```yaml value
inside: i
most: i
```
```yaml lock
seats: {semaphore: 2}
both_inside: {barrier: 2}
```
```rust job
fn visit(inside: Value<i32>, most: Value<i32>, seats: Semaphore) {
    for _ in 0..50 {
        let _seat = seats.lock();
        let now = inside.fetch_add(1) + 1;
        let guard = most.lock();
        most.set(most.get().max(now));
        drop(guard);
        inside.fetch_add(-1);
    }
}
fn sit_together(seats: Semaphore, both_inside: Barrier) {
    let _seat = seats.lock();
    both_inside.wait();
}
```
```yaml spawn
executor: both
jobs:
  - {call: "visit(inside, most, seats)", count: 4}
  - {call: "sit_together(seats, both_inside)", count: 2}
assert:
  - most.get() >= 1 && most.get() <= 2
  - inside.get() == 0
```
"#} => {
        seen.holds();
    }
}
