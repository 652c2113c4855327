//! Objects of `std` in real runs: their names, what is told of them, and deadlocks in which they take part.

use nbrun::model::{Action, Content, MemoryOrdering, WaitCondition};
use nbrun::record::{Deadlock, RunOutcome};

/// The objects of a run, by name, with what they hold.
fn objects(run: &RunOutcome) -> Vec<(&str, String)> {
    run.objects.iter().map(|object| (object.name.as_str(), object.content.to_string())).collect()
}

/// Who of a run waits for what, in order.
fn waits<'a>(run: &'a RunOutcome, deadlock: &'a Deadlock) -> Vec<(&'a str, &'a str, WaitCondition)> {
    let name = |worker: u32| run.workers[worker as usize].name.as_str();
    deadlock.waits.iter().map(|wait| (name(wait.worker), wait.name.as_str(), wait.what)).collect()
}

fn ends_in(run: &RunOutcome, expected: &[(&str, &str, WaitCondition)], ring: usize) -> bool {
    run.deadlock.as_ref().is_some_and(|deadlock| waits(run, deadlock) == expected && deadlock.cycle.len() == ring)
}

facts! {
    fn threads_that_count_under_a_mutex_are_workers_and_it_has_its_name(seen) {r#"
```rust job
use std::sync::{Arc, Mutex};
use std::thread;
fn counts() {
    let counter = Arc::new(Mutex::new(0));
    let mut handles = vec![];
    for _ in 0..3 {
        let counter = Arc::clone(&counter);
        handles.push(thread::spawn(move || *counter.lock().unwrap() += 1));
    }
    for handle in handles {
        handle.join().unwrap();
    }
    println!("{}", counter.lock().unwrap());
}
```
```yaml spawn
executor: each
jobs: [counts()]
```
"#} => {
        seen.holds().every_run("three threads and one mutex", |run| {
            let threads: Vec<&str> =
                run.workers.iter().filter(|it| it.thread.is_some()).map(|it| it.name.as_str()).collect();
            let is = |is: fn(&Action) -> bool| run.trace.iter().filter(|event| is(&event.action)).count();
            threads == ["handles[0]", "handles[1]", "handles[2]"]
                && objects(run) == [("counter", "free".to_owned())]
                && is(|it| matches!(it, Action::Spawn { .. })) == 3
                && is(|it| matches!(it, Action::Acquire)) == 4
                && is(|it| matches!(it, Action::Release)) == 4
                && run.output.iter().any(|line| line.text == "3")
        });
    }

    fn each_atomic_operation_is_told_with_its_ordering(seen) {r#"
```rust job
use std::sync::atomic::{AtomicUsize, Ordering};
static HITS: AtomicUsize = AtomicUsize::new(5);
fn adds() {
    HITS.fetch_add(1, Ordering::Relaxed);
    HITS.store(HITS.load(Ordering::Acquire) + 1, Ordering::Release);
}
```
```yaml spawn
executor: process
jobs: [adds()]
```
"#} => {
        seen.holds().every_run("its numbers and orderings", |run| {
            use MemoryOrdering::{Acquire, Relaxed, Release};
            let atomic = run.trace.iter().filter_map(|event| Some((event.action, event.ordering?)));
            let expected = [
                (Action::Update { before: 5, after: 6 }, Relaxed),
                (Action::Load { index: 0, bits: 6 }, Acquire),
                (Action::Store { index: 0, bits: 7 }, Release),
            ];
            atomic.eq(expected)
                && run.objects.iter().all(|it| it.name == "HITS" && it.content == Content::Numbers("7".into(), None))
        });
    }

    fn two_mutexes_taken_in_opposite_orders_are_a_deadlock_with_its_ring(seen) {r#"
```rust job
use std::sync::{Barrier, Mutex};
fn crosses() {
    let (a, b) = (Mutex::new(1), Mutex::new(2));
    let both = Barrier::new(2);
    std::thread::scope(|s| {
        std::thread::Builder::new().name("other".into()).spawn_scoped(s, || {
            let _b = b.lock().unwrap();
            both.wait();
            let _a = a.lock().unwrap();
        }).unwrap();
        let _a = a.lock().unwrap();
        both.wait();
        let _b = b.lock().unwrap();
    });
}
```
```yaml spawn
executor: each
jobs: [crosses()]
```
"#} => {
        seen.fails("take the locks in the same order everywhere").every_run("a ring of two", |run| {
            let job = run.workers[1].name.as_str();
            ends_in(run, &[(job, "b", WaitCondition::Lock), ("other", "a", WaitCondition::Lock)], 2)
        });
    }

    fn who_joins_a_receiver_and_keeps_a_sender_is_told(seen) {r#"
```rust job
use std::sync::mpsc;
fn forgets() {
    let (tx, rx) = mpsc::channel::<i32>();
    let prints = std::thread::spawn(move || { for n in rx { println!("{n}"); } });
    tx.send(1).unwrap();
    prints.join().unwrap();
}
```
```yaml spawn
executor: each
jobs: [forgets()]
```
"#} => {
        seen.fails("drop each `Sender` that sends nothing more").every_run("a join and a receiver", |run| {
            let job = run.workers[1].name.as_str();
            ends_in(run, &[(job, "prints", WaitCondition::Ended), ("prints", "rx", WaitCondition::Item)], 2)
        });
    }

    fn a_ring_of_a_mutex_and_a_lock_of_the_notebook_is_told(seen) {r#"
```rust job
use std::sync::{Barrier, Mutex};
fn mixes(l: Lock) {
    let (m, both) = (Mutex::new(0), Barrier::new(2));
    std::thread::scope(|s| {
        std::thread::Builder::new().name("other".into()).spawn_scoped(s, || {
            let _m = m.lock().unwrap();
            both.wait();
            let _l = l.lock();
        }).unwrap();
        let _l = l.lock();
        both.wait();
        let _m = m.lock().unwrap();
    });
}
```
```yaml lock
l: lock
```
```yaml spawn
executor: each
jobs: [mixes(l)]
```
"#} => {
        seen.fails("wait for each other").every_run("a ring of both kinds", |run| {
            let job = run.workers[1].name.as_str();
            ends_in(run, &[(job, "m", WaitCondition::Lock), ("other", "l", WaitCondition::Lock)], 2)
        });
    }

    fn a_condvar_that_nobody_will_notify_is_a_deadlock(seen) {r#"
```rust job
use std::sync::{Arc, Condvar, Mutex};
fn waits() {
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let (lock, ready) = &*pair;
    let mut done = lock.lock().unwrap();
    while !*done { done = ready.wait(done).unwrap(); }
}
```
```yaml spawn
executor: each
jobs: [waits()]
```
"#} => {
        seen.fails("an earlier notification is not kept").every_run("it waits for a notification", |run| {
            let job = run.workers[1].name.as_str();
            ends_in(run, &[(job, "pair.1", WaitCondition::Notification)], 0)
                && objects(run)[0] == ("pair.0", "free".to_owned())
        });
    }

    fn a_wait_with_a_limit_or_for_a_sleeper_is_no_deadlock(seen) {r#"
```rust job
use std::sync::{Condvar, Mutex, mpsc};
use std::time::Duration;
fn limited() {
    let (lock, never) = (Mutex::new(()), Condvar::new());
    let (tx, rx) = mpsc::channel::<i32>();
    let late = std::thread::spawn(move || { std::thread::sleep(Duration::from_millis(90)); drop(tx); });
    let _guard = never.wait_timeout(lock.lock().unwrap(), Duration::from_millis(90)).unwrap();
    assert!(rx.recv().is_err());
    late.join().unwrap();
}
```
```yaml spawn
executor: each
jobs: [limited()]
```
"#} => {
        seen.holds().every_run("no deadlock", |run| run.deadlock.is_none());
    }

    fn a_panic_in_a_thread_is_a_note_with_its_line_and_no_failure(seen) {r#"
```rust job
fn survives() {
    let h = std::thread::spawn(|| {
        panic!("oh no") // here
    });
    assert!(h.join().is_err());
}
```
```yaml spawn
executor: each
jobs: [survives()]
```
"#} => {
        let here = seen.position_of("// here");
        let seen = seen.holds();
        assert_eq!(seen.cell.notes[0].message, "the thread `h` panicked: oh no");
        seen.every_run("its thread panicked there", |run| {
            let thread = run.workers.iter().find(|worker| worker.thread.is_some());
            matches!(&thread.expect("a thread").exit, nbrun::record::ExitStatus::Panicked { message, spot }
                if message == "oh no" && spot.map(|spot| spot.position) == here)
        });
    }

    fn who_was_notified_and_waits_for_the_mutex_is_told_so(seen) {r#"
```rust job
use std::sync::{Barrier, Condvar, Mutex};
fn keeps() {
    let (m, told, both) = (Mutex::new(false), Condvar::new(), Barrier::new(2));
    std::thread::scope(|s| {
        let waiter = std::thread::Builder::new().name("waiter".into()).spawn_scoped(s, || {
            let mut ready = m.lock().unwrap();
            both.wait();
            while !*ready { ready = told.wait(ready).unwrap(); }
        }).unwrap();
        both.wait();
        let mut ready = m.lock().unwrap();
        *ready = true;
        told.notify_one();
        waiter.join().unwrap();
    });
}
```
```yaml spawn
executor: each
jobs: [keeps()]
```
"#} => {
        seen.fails("deadlock: ").every_run("it waits for the mutex, and the job for it", |run| {
            let job = run.workers[1].name.as_str();
            ends_in(run, &[(job, "waiter", WaitCondition::Ended), ("waiter", "m", WaitCondition::Lock)], 2)
        });
    }

    fn a_glob_of_std_means_std(seen) {r#"
```rust job
use std::sync::*;
use std::thread::*;
fn uses() {
    let (lock, one) = (RwLock::new(1), Barrier::new(1));
    one.wait();
    sleep(std::time::Duration::ZERO);
    println!("{}", lock.read().unwrap());
}
```
```rust job
fn uses_too() { println!("{}", *Mutex::new(RwLock::new(2)).lock().unwrap().read().unwrap()); }
```
```yaml spawn
executor: process
jobs: [uses(), uses_too()]
```
"#} => {
        seen.holds();
    }

    fn objects_that_a_loop_makes_one_after_another_are_one(seen) {r#"
```rust job
use std::sync::Mutex;
fn makes() {
    for _ in 0..100_000 {
        let made = Mutex::new(0);
        *made.lock().unwrap() += 1;
    }
}
```
```yaml spawn
executor: process
jobs: [makes()]
```
"#} => {
        seen.holds().every_run("one mutex", |run| objects(run) == [("made", "free".to_owned())]);
    }

    fn a_thread_that_has_outlived_its_job_is_noted(seen) {r#"
```rust job
fn goes(q: Queue<i32>) { std::thread::spawn(move || { q.get(); }); }
```
```yaml queue
q: i32
```
```yaml spawn
executor: thread
jobs: [goes(q)]
show: q.put(1)
```
"#} => {
        let seen = seen.holds();
        assert!(seen.cell.notes[0].message.contains("was still at work when"), "{:?}", seen.cell.notes);
    }

    fn a_thread_that_could_not_be_started_was_not_there(seen) {r#"
```rust job
fn fails() {
    let huge = std::thread::Builder::new().name("huge".into()).stack_size(1 << 62).spawn(|| ());
    assert!(huge.is_err());
    std::thread::spawn(|| println!("small")).join().unwrap();
}
```
```yaml spawn
executor: each
jobs: [fails()]
```
"#} => {
        seen.holds().every_run("it did not start", |run| {
            let huge = run.workers.iter().find(|worker| worker.name == "huge");
            huge.is_some_and(|huge| huge.exit == nbrun::record::ExitStatus::NotStarted)
        });
    }
}
