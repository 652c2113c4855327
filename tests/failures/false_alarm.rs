//! What looks like a deadlock and is none: nobody may cry wolf.

use nbrun::record::{ExitStatus, RunOutcome};

fn no_deadlock(run: &RunOutcome) -> bool {
    run.deadlock.is_none()
}

facts! {
    fn who_waits_for_a_sleeper_is_not_in_a_deadlock(seen) {r#"
```yaml lock
e: event
```
```yaml spawn
executor: both
jobs:
  - e.wait()
  - "{ sleep(0.3); e.set() }"
```
"#} => {
        seen.holds().every_run("none", no_deadlock);
    }

    fn who_waits_for_one_who_computes_is_not_in_a_deadlock(seen) {r#"
```yaml queue
q: u64
```
```rust job
fn computes(q: Queue<u64>) {
    let begin = std::time::Instant::now();
    let mut n = 0_u64;
    while begin.elapsed().as_millis() < 300 {
        n = std::hint::black_box(n + 1);
    }
    q.put(n);
}
```
```yaml spawn
executor: both
jobs:
  - assert!(q.get() > 0)
  - computes(q)
```
"#} => {
        seen.holds().every_run("none", no_deadlock);
    }

    fn who_waits_for_one_who_waits_with_a_limit_is_not_in_a_deadlock(seen) {r#"
```yaml lock
a: lock
b: lock
both: {barrier: 2}
```
```rust job
fn waits(a: Lock, b: Lock, both: Barrier) {
    let _b = b.lock();
    both.wait();
    let _a = a.lock();
}
fn gives_up(a: Lock, b: Lock, both: Barrier) {
    let _a = a.lock();
    both.wait();
    assert!(b.lock_timeout(0.3).is_none());
}
```
```yaml spawn
executor: both
jobs:
  - waits(a, b, both)
  - gives_up(a, b, both)
```
"#} => {
        seen.holds().every_run("none", no_deadlock);
    }

    fn a_worker_that_is_ended_at_its_own_limit_may_free_the_others(seen) {r#"
```yaml lock
l: lock
held: event
never: event
```
```rust job
fn keeps(l: Lock, held: Event, never: Event) {
    let _guard = l.lock();
    held.set();
    never.wait();
}
fn wants(l: Lock, held: Event) {
    held.wait();
    l.acquire();
}
```
```yaml spawn
executor: both
jobs:
  - {call: "keeps(l, held, never)", timeout: 1s}
  - wants(l, held)
```
"#} => {
        seen.fails("did not end within its time limit of 1s").every_run("none", |run| {
            no_deadlock(run) && run.workers[1].exit == ExitStatus::TimedOut
        });
    }

    fn a_thread_that_a_job_has_started_by_itself_may_wake_it(seen) {r#"
```yaml lock
e: event
```
```rust job
fn has_a_thread(e: Event) {
    let thread = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        e.set();
    });
    e.wait();
    thread.join().unwrap();
}
```
```yaml spawn
executor: both
jobs: [has_a_thread(e)]
```
"#} => {
        seen.holds().every_run("none", no_deadlock);
    }

    fn nothing_is_said_as_long_as_a_child_of_a_job_lives(seen) {r#"
```yaml lock
e: event
```
```rust job
fn has_a_child(e: Event) {
    std::process::Command::new("sh").args(["-c", "sleep 0.5; echo ended"]).spawn().unwrap();
    e.wait();
}
```
```yaml spawn
executor: both
jobs: [has_a_child(e)]
```
"#} => {
        seen.fails("deadlock").prints(&["ended"]);
    }

    fn a_worker_of_a_pool_that_is_being_replaced_may_wake_the_others(seen) {r#"
```yaml lock
e: event
```
```rust job
fn task(n: i32, e: Event) -> i32 {
    match n {
        0 => std::process::abort(),
        1 => e.wait(),
        2 => e.set(),
        _ => {}
    }
    n
}
```
```yaml pool
executor: process
workers: 2
chunk: 1
map: "|n| task(n, e)"
over: 0..8
```
"#} => {
        seen.fails("task 0 failed").every_run("none", no_deadlock);
    }

    fn an_alarm_is_never_raised_by_a_crowd_at_one_lock(seen) {r#"
```yaml lock
l: lock
s: {semaphore: 1}
meet: {barrier: 8}
```
```rust job
fn crowds(l: Lock, s: Semaphore, meet: Barrier) {
    for round in 0..50 {
        {
            let _permit = s.lock();
            let _guard = l.lock();
            if round % 10 == 0 {
                sleep(0.001);
            }
        }
        meet.wait();
    }
}
```
```yaml spawn
executor: both
jobs: [{call: "crowds(l, s, meet)", count: 8}]
```
"#} => {
        seen.holds().every_run("none", no_deadlock);
    }
}
