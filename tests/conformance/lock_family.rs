//! Locks and their relatives: who may take what, who is told what, and that no wait is for nothing.

use crate::facts::{WELL, panicked_at};
use nbrun::record::Exit;

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
        let line = seen.line_of("// again");
        seen.fails("`l` is held by this very worker").shows(&["true"]).every_worker("should panic", |_, worker| {
            panicked_at(&worker.exit, "held by this very worker", line)
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
        let told = ["`l` is not held", "`r` is not held", "`c` is not held", "`b` has been given back more often"];
        seen.fails("is not held by this worker").every_run("each should be told", |run| {
            let mut workers = run.workers.iter().skip(1).zip(told);
            let panicked = |exit: &Exit, text| matches!(exit, Exit::Panicked { message, .. } if message.contains(text));
            run.workers.len() == 5 && workers.all(|(worker, text)| panicked(&worker.exit, text))
        });
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
            let panicked = |worker: usize| matches!(run.workers[worker].exit, Exit::Panicked { .. });
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
        let line = seen.line_of("// one too many");
        seen.fails("`b` has been given back more often than it was taken").every_run("one should be told", |run| {
            run.workers[1].exit == WELL && panicked_at(&run.workers[2].exit, "given back more often", line)
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

    fn waiting_for_an_event_returns_whether_it_was_set(seen) {r#"
```yaml lock
e: event
```
```rust job
fn alone(e: Event) {
    assert!(!e.is_set() && !e.wait_timeout(0.01) && !e.wait_timeout(0));
    e.set();
    assert!(e.is_set() && e.wait_timeout(0) && e.wait_timeout(60));
    e.wait();
    e.clear();
    assert!(!e.is_set() && !e.wait_timeout(0));
}
```
```yaml spawn
executor: each
jobs: [alone(e)]
```
"#} => {
        seen.holds();
    }

    fn setting_an_event_wakes_all_who_wait(seen) {r#"
```yaml lock
e: event
there: {barrier: 4}
```
```rust job
fn waiter(e: Event, there: Barrier) {
    there.wait();
    e.wait();
}
fn setter(e: Event, there: Barrier) {
    there.wait();
    sleep(0.02);
    e.set();
}
```
```yaml spawn
executor: both
jobs:
  - {call: "waiter(e, there)", count: 3}
  - setter(e, there)
```
"#} => {
        seen.holds();
    }

    fn notify_one_wakes_one_and_notify_all_wakes_all(seen) {r#"
```yaml lock
c: condition
```
```yaml value
waiting: i
woken: i
```
```rust job
fn waiter(c: Condition, waiting: Value<i32>, woken: Value<i32>) {
    let _guard = c.lock();
    waiting.fetch_add(1);
    c.wait();
    woken.fetch_add(1);
}
/// Waits until so many have been woken: each takes the lock for it, so it must be free meanwhile.
fn reaches(woken: Value<i32>, n: i32) {
    while woken.get() < n {
        sleep(0.001);
    }
}
fn notifier(c: Condition, waiting: Value<i32>, woken: Value<i32>) {
    reaches(waiting, 4);
    let guard = c.lock();
    c.notify_one();
    drop(guard);
    reaches(woken, 1);
    sleep(0.1);
    assert_eq!(woken.get(), 1, "the others should sleep on");
    let _guard = c.lock();
    c.notify_all();
}
```
```yaml spawn
executor: both
jobs:
  - {call: "waiter(c, waiting, woken)", count: 4}
  - notifier(c, waiting, woken)
show: woken
```
"#} => {
        seen.holds().shows(&["4"]);
    }

    fn wait_for_returns_when_its_condition_holds(seen) {r#"
```yaml lock
c: condition
```
```yaml value
step: i
```
```rust job
fn waiter(c: Condition, step: Value<i32>) {
    let _guard = c.lock();
    c.wait_for(|| step.get() == 3);
    assert_eq!(step.get(), 3);
}
fn stepper(c: Condition, step: Value<i32>) {
    for _ in 0..3 {
        let _guard = c.lock();
        step.fetch_add(1);
        c.notify_all();
    }
}
```
```yaml spawn
executor: both
jobs:
  - {call: "waiter(c, step)", count: 2}
  - stepper(c, step)
```
"#} => {
        seen.holds();
    }

    fn a_notification_without_a_waiter_is_forgotten_and_a_timed_wait_says_false(seen) {r#"
```yaml lock
c: condition
```
```rust job
fn alone(c: Condition) {
    let guard = c.lock();
    c.notify_one();
    c.notify_all();
    assert!(!c.wait_timeout(0.01));
    assert!(!c.wait_timeout(0));
    c.notify_one(); // it is held again, or this would be an error
    drop(guard);
    assert!(c.try_lock().is_some());
}
```
```yaml spawn
executor: each
jobs: [alone(c)]
```
"#} => {
        seen.holds();
    }

    fn a_condition_must_be_held_to_wait_on_it_or_to_notify(seen) {r#"
```yaml lock
c: condition
```
```yaml spawn
executor: each
jobs:
  - c.wait()
  - c.wait_timeout(0.01)
  - c.notify_one()
  - c.notify_all()
```
"#} => {
        seen.fails("`c` is not held by this worker").every_worker("should be told", |_, worker| {
            matches!(&worker.exit, Exit::Panicked { message, .. } if message.contains("`c` is not held by this worker"))
        });
    }

    fn the_lock_of_a_condition_cannot_be_taken_again_by_its_owner(seen) {r#"
```yaml lock
c: condition
```
```yaml spawn
executor: each
jobs: ["(c.lock(), c.lock())"]
```
"#} => {
        seen.fails("`c` is held by this very worker");
    }

    fn a_barrier_gives_each_a_place_of_its_own_again_and_again(seen) {r#"
```yaml lock
meet: {barrier: 3}
```
```yaml array
places: {type: i, len: 30}
```
```rust job
fn meets(meet: Barrier, places: Array<i32>) {
    for round in 0..10 {
        let place = if round % 2 == 0 { meet.wait() } else { meet.wait_timeout(60).expect("all come") };
        places.set(round * 3 + place, places.get(round * 3 + place) + 1);
    }
}
```
```yaml spawn
executor: both
jobs: [{call: "meets(meet, places)", count: 3}]
assert: places.iter().all(|times| times == 1)
```
"#} => {
        seen.holds();
    }

    fn nobody_passes_a_barrier_before_all_have_come(seen) {r#"
```yaml lock
meet: {barrier: 3}
```
```yaml value
come: i
```
```rust job
fn meets(meet: Barrier, come: Value<i32>) {
    for round in 1..=20 {
        come.fetch_add(1);
        meet.wait();
        assert!(come.get() >= 3 * round, "in round {round}");
        meet.wait();
    }
}
```
```yaml spawn
executor: both
jobs: [{call: "meets(meet, come)", count: 3}]
```
"#} => {
        seen.holds();
    }

    fn a_party_that_gives_up_breaks_the_barrier_for_all(seen) {r#"
```yaml lock
meet: {barrier: 3}
```
```yaml spawn
executor: both
jobs:
  - assert_eq!(meet.wait_timeout(0.05), Err(BarrierError))
  - assert_eq!(meet.wait_timeout(60), Err(BarrierError))
show: meet.wait_timeout(60)
```
"#} => {
        seen.holds().shows(&["Err(BarrierError)"]);
    }

    fn who_waits_without_a_limit_at_a_broken_barrier_is_told(seen) {r#"
```yaml lock
meet: {barrier: 3}
```
```yaml spawn
executor: both
jobs:
  - assert_eq!(meet.wait_timeout(0.05), Err(BarrierError))
  - meet.wait()
```
"#} => {
        seen.fails("barrier `meet` is broken, because a party gave up waiting").every_run("one is told", |run| {
            run.workers[1].exit == WELL && matches!(run.workers[2].exit, Exit::Panicked { .. })
        });
    }

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
        seen.fails("ended while it held the lock").shows(&["true", "true"]).every_run("each next is told", |run| {
            let told = |worker: usize| matches!(&run.workers[worker].exit, Exit::Panicked { message, .. } if message.contains("may be half done"));
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
        seen.fails("`waits_for-2` panicked: the last owner of `l` ended while it held the lock").shows(&["true"]);
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
        seen.fails("nobody else is at work who could end the wait").every_worker("should be told", |_, worker| {
            matches!(&worker.exit, Exit::Panicked { message, .. } if message.ends_with("this would wait for ever"))
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
        seen.fails("nobody else is at work who could end the wait for `e`").every_run("main should be told", |run| {
            matches!(&run.workers[0].exit, Exit::Panicked { .. })
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
        seen.fails("nobody else is at work who could put an item").every_run("main should be told", |run| {
            matches!(&run.workers[0].exit, Exit::Panicked { .. })
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
