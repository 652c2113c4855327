//! Races on a notebook's values between threads of a job: what `std` orders is ordered, and its atomics are never raced for.

use nbrun::record::RunOutcome;

/// The values that nothing orders the accesses to.
fn raced(run: &RunOutcome) -> Vec<&str> {
    let mut names: Vec<&str> = run.races.iter().map(|race| race.name.as_str()).collect();
    names.dedup();
    names
}

fn has_none(run: &RunOutcome) -> bool {
    run.races.is_empty()
}

facts! {
    fn what_std_hands_over_is_ordered(seen) {r#"
```rust job
use std::sync::{Barrier, Condvar, Mutex, OnceLock, RwLock, mpsc};
use std::thread;

fn by_spawn_and_join(mut v: Value<i32>) {
    v.set(1);
    thread::scope(|s| s.spawn(|| { let mut v = v; v += 1; }).join().unwrap());
    println!("{}", v.get());
}

fn by_mutex(v: Value<i32>) {
    let lock = Mutex::new(());
    let adds = || { let _guard = lock.lock().unwrap(); let mut v = v; v += 1; };
    thread::scope(|s| { s.spawn(adds); s.spawn(adds); adds(); });
}

fn by_rwlock(v: Value<i32>) {
    let lock = RwLock::new(());
    thread::scope(|s| {
        s.spawn(|| { let _guard = lock.write().unwrap(); let mut v = v; v += 1; });
        s.spawn(|| { let _guard = lock.read().unwrap(); println!("{}", v.get()); });
    });
}

fn by_channels(v: Value<i32>) {
    let (sender, receiver) = mpsc::channel();
    let (back, taken) = mpsc::sync_channel(0);
    thread::scope(|s| {
        s.spawn(move || { v.set(1); sender.send(()).unwrap(); taken.recv().unwrap(); v.set(3); });
        receiver.recv().unwrap();
        v.set(2);
        back.send(()).unwrap();
    });
}

fn by_hanging_up(v: Value<i32>) {
    let (sender, receiver) = mpsc::channel::<()>();
    thread::scope(|s| {
        for i in 0..2 { let sender = sender.clone(); s.spawn(move || { if i == 0 { v.set(1); } drop(sender); }); }
        drop(sender);
        assert!(receiver.recv().is_err());
        println!("{}", v.get());
    });
}

fn by_barrier(v: Value<i32>) {
    let both = Barrier::new(2);
    thread::scope(|s| { s.spawn(|| { v.set(1); both.wait(); }); both.wait(); println!("{}", v.get()); });
}

fn by_once(v: Value<i32>) {
    let once = OnceLock::new();
    let comes = || { once.get_or_init(|| v.set(1)); println!("{}", v.get()); };
    thread::scope(|s| { s.spawn(comes); s.spawn(comes); comes(); });
}

// The first, since the end of a scope may leave its thread unparked, as in real std.
fn by_parking(v: Value<i32>) {
    let main = thread::current();
    thread::scope(|s| { s.spawn(move || { v.set(1); main.unpark(); }); thread::park(); println!("{}", v.get()); });
}

fn by_condvar(v: Value<i32>) {
    let (ready, told) = (Mutex::new(false), Condvar::new());
    thread::scope(|s| {
        s.spawn(|| { v.set(1); *ready.lock().unwrap() = true; told.notify_one(); });
        drop(told.wait_while(ready.lock().unwrap(), |ready| !*ready).unwrap());
        println!("{}", v.get());
    });
}
```
```yaml value
a: i32
b: i32
c: i32
d: i32
e: i32
f: i32
g: i32
h: i32
i: i32
```
```yaml spawn
executor: each
jobs: ["by_parking(h)", "by_spawn_and_join(a)", "by_mutex(b)", "by_rwlock(c)", "by_channels(d)", "by_hanging_up(e)", "by_barrier(f)", "by_once(g)", "by_condvar(i)"]
```
"#} => {
        seen.holds().every_run("nothing is raced for", has_none);
    }

    fn threads_that_nothing_orders_race(seen) {r#"
```rust job
fn adds(v: Value<i32>, lock: &std::sync::Mutex<()>, locks: bool) {
    let _guard = locks.then(|| lock.lock().unwrap());
    let mut v = v;
    v += 1;
}
fn both(v: Value<i32>) {
    let lock = std::sync::Mutex::new(());
    std::thread::scope(|s| { s.spawn(|| adds(v, &lock, true)); s.spawn(|| adds(v, &lock, false)); });
}
```
```yaml value
v: i32
```
```yaml spawn
executor: each
jobs: [both(v)]
```
"#} => {
        seen.holds().every_run("v is raced for, by one with the lock in hand", |run| {
            raced(run) == ["v"] && run.races.iter().all(|race| race.first.holding != race.second.holding)
                && run.races.iter().any(|race| race.first.holding == ["lock"] || race.second.holding == ["lock"])
        });
    }

    fn a_release_and_an_acquire_order_and_relaxed_accesses_do_not(seen) {r#"
```rust job
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::{self, *}, fence};
use std::thread;
fn hands_over(v: Value<i32>, store: Ordering, load: Ordering) {
    let ready = AtomicBool::new(false);
    thread::scope(|s| {
        s.spawn(|| { v.set(7); ready.store(true, store); });
        while !ready.load(load) { thread::sleep(std::time::Duration::from_millis(1)); }
        println!("{}", v.get());
    });
}
fn counts(v: Value<i32>) {
    let count = AtomicU32::new(0);
    thread::scope(|s| {
        s.spawn(|| { v.set(7); count.fetch_add(1, Release); });
        s.spawn(|| { count.fetch_add(1, Relaxed); });
        while count.load(Acquire) < 2 { thread::sleep(std::time::Duration::from_millis(1)); }
        println!("{}", v.get());
    });
}
```
```yaml value
strong: i32
sequential: i32
weak: i32
counted: i32
```
```yaml spawn
executor: each
jobs: ["hands_over(strong, Release, Acquire)", "hands_over(sequential, SeqCst, SeqCst)", "hands_over(weak, Relaxed, Relaxed)", counts(counted)]
```
"#} => {
        seen.holds().every_run("only what relaxed accesses hand over is raced for", |run| raced(run) == ["weak"]);
    }

    fn a_fence_may_order_relaxed_accesses(seen) {r#"
```rust job
use std::sync::atomic::{AtomicBool, Ordering::*, fence};
fn fences(v: Value<i32>) {
    let ready = AtomicBool::new(false);
    std::thread::scope(|s| {
        s.spawn(|| { v.set(7); fence(Release); ready.store(true, Relaxed); });
        while !ready.load(Relaxed) { std::thread::sleep(std::time::Duration::from_millis(1)); }
        fence(Acquire);
        println!("{}", v.get());
    });
}
```
```yaml value
v: i32
```
```yaml spawn
executor: each
jobs: [fences(v)]
```
"#} => {
        seen.holds().every_run("nothing is raced for", has_none);
    }

    fn atomics_are_not_raced_for(seen) {r#"
```rust job
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
fn loses() {
    let n = AtomicU32::new(0);
    let adds = || { for _ in 0..50 { n.store(n.load(Relaxed) + 1, Relaxed); } };
    std::thread::scope(|s| { s.spawn(adds); s.spawn(adds); });
}
```
```yaml spawn
executor: each
jobs: [loses()]
```
"#} => {
        seen.holds().every_run("nothing is raced for", has_none);
    }
}
