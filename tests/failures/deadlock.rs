//! Deadlocks over each kind of thing, under threads and under processes: who is named, with what, and in which ring.

use crate::facts::Seen;
use nbrun::model::{Action, Event, WaitCondition};
use nbrun::record::{Deadlock, ExitStatus, RunOutcome, Wait};

/// Under each executor, the run ended in a deadlock that is so.
#[track_caller]
pub(super) fn deadlocked<'a>(seen: Seen<'a>, what: &str, is: impl Fn(&RunOutcome, &Deadlock) -> bool) -> Seen<'a> {
    seen.fails("deadlock: ").every_run(what, |run| {
        let deadlock = run.deadlock.as_ref();
        let ended = |wait: &Wait| run.workers[wait.worker as usize].exit == ExitStatus::Deadlocked;
        deadlock.is_some_and(|deadlock| deadlock.waits.iter().all(ended) && is(run, deadlock))
    })
}

/// Who waits for what, in order.
pub(super) fn waits(deadlock: &Deadlock) -> Vec<(u32, &str, WaitCondition)> {
    deadlock.waits.iter().map(|wait| (wait.worker, wait.name.as_str(), wait.what)).collect()
}

/// Two locks, and a job that takes them one after the other when both workers have their first.
pub(super) const CROSSING: &str = r#"```yaml lock
a: lock
b: lock
both: {barrier: 2}
```
```rust job
fn takes(first: Lock, second: Lock, both: Barrier) {
    let _first = first.lock(); // the first
    both.wait();
    let _second = second.lock(); // the second
}
```
"#;

facts! {
    fn two_who_take_two_locks_in_opposite_orders_are_reported_with_their_ring(seen) {[CROSSING, r#"```yaml spawn
executor: both
jobs:
  - takes(a, b, both)
  - takes(b, a, both)
```
"#].concat()} => {
        let (first, second) = (seen.position_of("// the first"), seen.position_of("// the second"));
        let at = seen.line_of("// the first");
        let seen = deadlocked(seen, "a ring of two", |_, deadlock| {
            let wait = |wait: &Wait, holder: u32, holds: &str| {
                let held = wait.holds.iter().map(|held| (held.name.as_str(), held.position));
                wait.holders == [holder] && wait.position == second && held.eq([(holds, first)])
            };
            deadlock.cycle == [1, 2]
                && waits(deadlock) == [(1, "b", WaitCondition::Lock), (2, "a", WaitCondition::Lock)]
                && wait(&deadlock.waits[0], 2, "a")
                && wait(&deadlock.waits[1], 1, "b")
        });
        let seen = seen.every_run("main joins the first of them to the end", |run| {
            let is_join = |event: &Event| event.action == Action::Join { worker: 1 } && event.duration_ns > 0;
            run.trace.iter().any(|event| is_join(event) && event.worker == 0)
        });
        let seen = seen.fails("deadlock: `takes-1` and `takes-2` wait for each other");
        seen.fails("`takes-1`, which holds `a`, has waited")
            .fails(&format!("facts.md:{}:5: `takes-1` had taken `a` here", at.unwrap_or_default()))
            .fails("for `b`, which `takes-2` holds")
            .fails("take the locks in the same order everywhere");
    }

    fn a_ring_of_three_is_named_in_its_order(seen) {r#"
```yaml lock
r: rlock
c: condition
all: {barrier: 3}
```
```yaml value
v: i
```
```rust job
fn holds(first: &dyn Fn() -> Guard, second: &dyn Fn() -> Guard, all: Barrier) {
    let _first = first();
    all.wait();
    let _second = second();
}
```
```yaml spawn
executor: both
jobs:
  - "holds(&|| r.lock(), &|| c.lock(), all)"
  - "holds(&|| v.lock(), &|| r.lock(), all)"
  - "holds(&|| c.lock(), &|| v.lock(), all)"
```
"#} => {
        deadlocked(seen, "a ring of three kinds of lock", |_, deadlock| {
            let holders: Vec<&[u32]> = deadlock.waits.iter().map(|wait| wait.holders.as_slice()).collect();
            deadlock.cycle == [1, 3, 2] && holders == [[3], [1], [2]]
        })
        .fails("`holds-1`, `holds-3` and `holds-2` wait for each other in a cycle");
    }

    fn who_takes_a_lock_again_is_told_at_once(seen) {r#"
```yaml lock
l: lock
```
```yaml spawn
executor: both
jobs: ["{ let _one = l.lock(); l.acquire() }"]
```
"#} => {
        seen.fails("would wait for itself for ever");
    }

    fn a_get_from_a_queue_to_which_nobody_will_put_is_reported(seen) {r#"
```yaml queue
q: i32
```
```yaml spawn
executor: both
jobs:
  - q.get()
  - q.put(1)
  - q.get()
```
"#} => {
        let seen = deadlocked(seen, "one wait for an item", |run, deadlock| {
            let well = run.workers.iter().filter(|worker| worker.exit == ExitStatus::Code(0)).count();
            matches!(waits(deadlock)[..], [(1 | 3, "q", WaitCondition::Item)]) && well == 2
        });
        seen.fails("waits for an item of `q`, which is empty, and no worker is left").fails("`close()`");
    }

    fn a_join_before_the_queue_is_drained_is_reported(seen) {r#"
```yaml queue
q: {of: i32, maxsize: 1}
```
```yaml lock
joined: event
```
```rust job
fn puts(q: Queue<i32>, joined: Event) {
    for i in 0..3 {
        q.put(i);
    }
    joined.set();
}
fn takes_after(q: Queue<i32>, joined: Event) {
    joined.wait();
    assert_eq!(q.get(), 0);
}
```
```yaml spawn
executor: both
jobs:
  - puts(q, joined)
  - takes_after(q, joined)
```
"#} => {
        let seen = deadlocked(seen, "a put and its taker", |_, deadlock| {
            deadlock.cycle == [1, 2] && waits(deadlock) == [(1, "q", WaitCondition::Room), (2, "joined", WaitCondition::Event)]
        });
        seen.fails("for room in `q`, which is full; only `takes_after-2` could end this wait");
    }

    fn a_queue_whose_items_are_never_done_is_reported(seen) {r#"
```yaml queue
q: i32
```
```yaml spawn
executor: both
jobs:
  - "{ q.put(1); q.join() }"
  - drop(q.get())
```
"#} => {
        deadlocked(seen, "a join", |_, deadlock| waits(deadlock) == [(1, "q", WaitCondition::ItemsDone)]).fails("`task_done()`");
    }

    fn a_barrier_with_a_missing_party_is_reported_with_who_has_ended(seen) {r#"
```yaml lock
meet: {barrier: 3}
```
```yaml spawn
executor: both
jobs:
  - meet.wait()
  - meet.wait()
  - println!("I do not come")
```
"#} => {
        let seen = deadlocked(seen, "two of three", |_, deadlock| {
            let parties = WaitCondition::Parties;
            deadlock.cycle.is_empty()
                && waits(deadlock) == [(1, "meet", parties), (2, "meet", parties)]
                && deadlock.waits.iter().all(|wait| wait.parties == Some((2, 3)))
        });
        seen.fails("`job-1` and `job-2` wait for the other parties of `meet`, where 2 of 3 have come, and no other worker is left")
            .fails("before that, `job-3` ended with exit code 0");
    }

    fn a_condition_that_nobody_notifies_is_reported(seen) {r#"
```yaml lock
c: condition
```
```yaml spawn
executor: both
jobs: ["{ let _guard = c.lock(); c.wait() }"]
```
"#} => {
        deadlocked(seen, "a notification", |_, deadlock| waits(deadlock) == [(1, "c", WaitCondition::Notification)])
            .fails("waits for a notification of `c`")
            .fails("`wait_for(…)`");
    }

    fn a_notified_worker_without_the_lock_is_said_to_wait_for_it(seen) {r#"
```yaml lock
c: condition
e: event
inside: event
```
```rust job
fn waits(c: Condition, inside: Event) {
    let _guard = c.lock();
    inside.set();
    c.wait();
}
fn notifies_and_keeps(c: Condition, e: Event, inside: Event) {
    inside.wait();
    let _guard = c.lock(); // kept
    c.notify_all();
    e.wait();
}
```
```yaml spawn
executor: both
jobs:
  - waits(c, inside)
  - notifies_and_keeps(c, e, inside)
```
"#} => {
        let kept = seen.position_of("// kept");
        deadlocked(seen, "a lock and an event", |_, deadlock| {
            waits(deadlock) == [(1, "c", WaitCondition::Lock), (2, "e", WaitCondition::Event)]
                && deadlock.waits[0].holders == [2]
                && deadlock.waits[1].holds.iter().any(|held| held.name == "c" && held.position == kept)
        });
    }

    fn an_event_that_nobody_sets_is_reported(seen) {r#"
```yaml lock
e: event
```
```yaml spawn
executor: both
jobs: [{call: e.wait(), count: 3}]
```
"#} => {
        deadlocked(seen, "three at an event", |_, deadlock| {
            deadlock.waits.len() == 3 && deadlock.waits.iter().all(|wait| wait.what == WaitCondition::Event)
        })
        .fails("wait for `e` to be set, and no other worker is left");
    }

    fn a_semaphore_without_permits_is_reported_with_who_has_taken_them(seen) {r#"
```yaml lock
s: {semaphore: 2}
t: {bounded_semaphore: 1}
both: {barrier: 2}
```
```rust job
fn first(s: Semaphore, t: BoundedSemaphore, both: Barrier) {
    s.acquire();
    s.acquire(); // all
    both.wait();
    t.acquire();
}
fn second(s: Semaphore, t: BoundedSemaphore, both: Barrier) {
    let _permit = t.lock();
    both.wait();
    s.acquire();
}
```
```yaml spawn
executor: both
jobs:
  - first(s, t, both)
  - second(s, t, both)
```
"#} => {
        let all = seen.position_of("// all");
        let seen = deadlocked(seen, "two semaphores", |_, deadlock| {
            let holds = &deadlock.waits[0].holds;
            deadlock.cycle == [1, 2]
                && waits(deadlock) == [(1, "t", WaitCondition::Permit), (2, "s", WaitCondition::Permit)]
                && holds.len() == 1 && holds[0].name == "s" && holds[0].position == all
        });
        seen.fails("for a permit of `t`, and `second-2` has not released it");
    }

    fn a_worker_that_wants_a_second_permit_waits_for_itself_in_no_ring(seen) {r#"
```yaml lock
s: {semaphore: 1}
taken: event
```
```yaml spawn
executor: both
jobs:
  - "{ let _permit = s.lock(); taken.set(); s.acquire() }"
  - "{ taken.wait(); s.acquire() }"
```
"#} => {
        deadlocked(seen, "one holds, both wait", |_, deadlock| {
            let holders: Vec<&[u32]> = deadlock.waits.iter().map(|wait| wait.holders.as_slice()).collect();
            deadlock.cycle.is_empty() && holders == [&[] as &[u32], &[1]] && deadlock.waits[0].holds.len() == 1
        })
        .fails("`job-1` and `job-2` wait for a permit of `s`, and no other worker is left");
    }

    fn nobody_else_is_blamed_for_a_permit_that_the_waiter_holds_itself(seen) {r#"
```yaml lock
e: event
s: semaphore
```
```yaml spawn
executor: both
jobs: ["e.wait()", "{ s.acquire(); s.acquire(); }"]
```
"#} => {
        deadlocked(seen, "no ring, and one holder", |_, deadlock| {
            let holders: Vec<&[u32]> = deadlock.waits.iter().map(|wait| wait.holders.as_slice()).collect();
            deadlock.cycle.is_empty() && holders == [[2].as_slice(), &[]] && deadlock.waits[1].holds.len() == 1
        })
        .fails("deadlock: all 2 remaining workers wait");
    }

    fn a_wait_for_what_nobody_gives_is_advised_to_let_somebody_give_it(seen) {r#"
```yaml lock
signal: {semaphore: 0}
```
```yaml queue
q: i32
```
```yaml spawn
executor: both
jobs: [signal.acquire(), q.get()]
```
"#} => {
        seen.fails("a worker must call `release()`")
            .fails("a worker must put an item, or call `close()`");
    }
}
