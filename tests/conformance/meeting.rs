//! Events, conditions and barriers: who waits for whom, and who is told what.

use crate::facts::WELL;
use nbrun::record::ExitStatus;

facts! {
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

    fn wait_for_with_a_limit_says_whether_its_condition_holds(seen) {r#"
```yaml lock
c: condition
```
```yaml value
steps: i
```
```rust job
fn take_steps(c: Condition, mut steps: Value<i32>) {
    for _ in 0..3 {
        let _guard = c.lock();
        steps += 1;
        c.notify_all();
    }
}
fn wait_for_them(c: Condition, steps: Value<i32>) {
    let _guard = c.lock();
    assert!(c.wait_for_timeout(|| steps.get() == 3, 60));
    assert!(!c.wait_for_timeout(|| steps.get() > 3, 0.01));
    assert!(c.wait_for_timeout(|| steps.get() > 2, 0));
    c.notify_one(); // it is held again, or this would be an error
}
```
```yaml spawn
executor: each
jobs:
  - take_steps(c, steps)
  - wait_for_them(c, steps)
```
"#} => {
        seen.holds();
    }

    fn a_notification_without_a_waiter_is_lost_and_a_timed_wait_fails(seen) {r#"
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
            matches!(&worker.exit, ExitStatus::Panicked { message, .. } if message.contains("`c` is not held by this worker"))
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
        seen.fails("`c` is held by this worker");
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
            run.workers[1].exit == WELL && matches!(run.workers[2].exit, ExitStatus::Panicked { .. })
        });
    }

    fn a_cell_begins_with_a_whole_barrier_however_the_last_one_left_it(seen) {r#"
```yaml lock
meet: {barrier: 2}
```
```yaml spawn
jobs:
  - {call: meet.wait(), timeout: 50ms}
expect: {error: did not end within its time limit}
```
```yaml spawn
executor: both
jobs: [{call: assert!(meet.wait() < 2), count: 2}]
```
"#} => {
        seen.holds();
    }

    fn who_takes_the_lock_back_after_a_wait_is_told_that_its_owner_was_killed(seen) {r#"
```yaml lock
c: condition
```
```yaml value
waits: i
```
```rust job
fn waits_for(c: Condition, waits: Value<i32>) {
    let _guard = c.lock();
    waits.set(1);
    c.wait();
}
fn dies_with(c: Condition, waits: Value<i32>) {
    while waits.get() == 0 {
        sleep(0.001);
    }
    let _guard = c.lock();
    c.notify_one();
    std::process::abort();
}
```
```yaml spawn
executor: process
jobs:
  - waits_for(c, waits)
  - dies_with(c, waits)
```
"#} => {
        seen.fails("`dies_with-2`, the last owner of `c`, was killed by SIGABRT while it held the lock").every_run("the one who waited is told", |run| {
            matches!(run.workers[1].exit, ExitStatus::Panicked { .. }) && matches!(run.workers[2].exit, ExitStatus::Signaled { .. })
        });
    }
}
