//! Who a thread is that a job has started by itself: its name, what it may hold, and who may wait for it.

use nbrun::record::RunOutcome;

fn has_no_deadlock(run: &RunOutcome) -> bool {
    run.deadlock.is_none()
}

facts! {
    fn each_thread_is_an_owner_of_its_own_to_every_lock(seen) {r#"
```rust job
fn two(l: RLock, v: Value<i32>) {
    std::thread::scope(|s| { for _ in 0..2 { s.spawn(|| { for _ in 0..200 {
        let _g = l.lock(); let x = v.get(); std::thread::yield_now(); v.set(x + 1);
    } }); } });
}
```
```yaml lock
l: rlock
```
```yaml value
v: i32
```
```yaml spawn
executor: each
jobs: [{call: "two(l, v)", count: 2}]
assert: v.get() == 800
```
"#} => {
        seen.holds();
    }

    fn two_threads_of_a_job_wait_for_each_other_at_a_lock(seen) {r#"
```rust job
fn wait_for_each_other(l: Lock) {
    std::thread::scope(|s| { for _ in 0..2 { s.spawn(|| { let _g = l.lock(); sleep(0.02); }); } });
}
```
```yaml lock
l: lock
```
```yaml spawn
executor: each
jobs: [wait_for_each_other(l)]
```
"#} => {
        seen.holds().every_run("no deadlock", has_no_deadlock);
    }

    fn a_thread_has_a_name_of_its_own(seen) {r#"
```rust job
fn name() { std::thread::spawn(|| println!("{}", worker())).join().unwrap(); }
```
```yaml spawn
executor: each
jobs: [name(), name()]
```
"#} => {
        seen.holds().every_run("two names, which are no job's", |run| {
            let mut names: Vec<&str> = run.output.iter().map(|line| line.text.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            let of_line = |line: &nbrun::record::OutputLine| {
                let worker = &run.workers[line.worker as usize];
                worker.name == line.text && worker.thread.is_some()
            };
            names.len() == 2 && run.output.iter().all(of_line)
        });
    }

    fn a_worker_may_wait_for_a_thread_that_its_job_has_started(seen) {r#"
```rust job
use std::time::Duration;
fn feed(q: Queue<i32>) {
    let h = std::thread::spawn(move || { std::thread::sleep(Duration::from_millis(50)); q.put(7); });
    println!("got {}", q.get());
    h.join().unwrap();
}
```
```yaml queue
q: i32
```
```yaml spawn
executor: each
jobs: ["feed(q)"]
```
"#} => {
        seen.holds().every_run("what the thread put", |run| run.output.iter().any(|line| line.text == "got 7"));
    }

    fn main_may_wait_for_a_thread_that_has_outlived_its_job(seen) {r#"
```rust job
fn later(e: Event) {
    std::thread::spawn(move || { std::thread::sleep(std::time::Duration::from_millis(50)); e.set(); });
}
```
```yaml lock
e: event
```
```yaml spawn
executor: thread
jobs: [later(e)]
show: e.wait()
```
"#} => {
        seen.holds();
    }

    fn a_thread_that_waits_for_ever_with_its_job_is_a_deadlock(seen) {r#"
```rust job
fn never(e: Event, l: Lock) {
    let _held = l.lock();
    std::thread::scope(|s| { s.spawn(|| { e.wait(); }); e.wait(); });
}
```
```yaml lock
e: event
l: lock
```
```yaml spawn
executor: each
jobs: ["never(e, l)"]
```
"#} => {
        seen.fails("deadlock: ").every_run("two of them wait", |run| {
            run.deadlock.as_ref().is_some_and(|deadlock| {
                let waits = |wait: &nbrun::record::Wait| wait.name == "e" && (wait.worker as usize) < run.workers.len();
                deadlock.waits.len() == 2 && deadlock.waits.iter().all(waits)
            })
        });
    }
}
