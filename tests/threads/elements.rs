//! Elements of lists, which have their indices where these are certain.

use nbrun::model::{Action, WaitCondition};
use nbrun::record::RunOutcome;

/// The names of a run's objects, in the order of their first use.
fn names(run: &RunOutcome) -> Vec<&str> {
    run.objects.iter().map(|object| object.name.as_str()).collect()
}

facts! {
    fn an_element_of_a_list_has_its_index_in_whatever_form_it_is_made(seen) {r#"
```rust job
use std::sync::{Arc, Barrier, Condvar, Mutex, RwLock, mpsc};
const N: usize = 3;
static FORKS: [Mutex<()>; 3] = [const { Mutex::new(()) }; 3];
fn takes(n: usize) {
    let plain: Vec<_> = (0..n).map(|_| Mutex::new(())).collect();
    let pair = [Mutex::new(1), Mutex::new(2)];
    let apart: Vec<Arc<Mutex<u8>>> = (0..n).map(|_| Arc::new(Mutex::new(0))).collect();
    let array = [const { RwLock::new(0) }; N];
    let shared = Arc::new((0..n).map(|_| Mutex::new(0)).collect::<Vec<_>>());
    let signals: Vec<_> = (0..n).map(|_| Arc::new((Mutex::new(0), Condvar::new()))).collect(); // each for one
    let ends: Vec<_> = (0..n).map(|_| mpsc::channel::<u8>()).collect();
    let gates: [Barrier; N] = std::array::from_fn(|_| Barrier::new(1));
    [2, 0, 1].map(|n| drop(FORKS[n].lock()));
    [2, 1].map(|n| drop(plain[n].lock()));
    [1, 0].map(|n| drop(pair[n].lock()));
    [2, 0].map(|n| drop(apart[n].lock()));
    drop(array[1].read());
    drop(shared[2].lock());
    drop(signals[1].0.lock());
    signals[1].1.notify_one();
    ends[2].0.send(1).unwrap();
    gates[1].wait();
}
```
```yaml spawn
executor: each
jobs: [takes(N)]
```
"#} => {
        seen.holds().every_run("what each of them is", |run| {
            names(run) == [
                "FORKS[2]", "FORKS[0]", "FORKS[1]", "plain[2]", "plain[1]", "pair[1]", "pair[0]", "apart[2]", "apart[0]",
                "array[1]", "shared[2]", "signals[1].0", "signals[1].1", "ends[2]", "gates[1]", "ends[0]", "ends[1]",
            ]
        });
    }

    fn an_element_whose_place_is_not_certain_has_a_number(seen) {r#"
```rust job
use std::sync::{Arc, Mutex};
static FORKS: [Mutex<()>; 3] = [const { Mutex::new(()) }; 3];
fn takes() {
    let mut turned: Vec<_> = (0..3).map(|_| Mutex::new(0)).collect();
    turned.rotate_left(1);
    let same = vec![Arc::new(Mutex::new(0)); 2];
    let rows: Vec<_> = (0..2).map(|_| [Mutex::new(0), Mutex::new(1)]).collect();
    let mut grown = Vec::new();
    for _ in 0..2 { grown.push(Mutex::new(0)); }
    let later: Vec<_> = grown.into_iter().rev().map(|it: Mutex<u8>| Arc::new(it)).collect();
    [2, 1].map(|n| drop(FORKS[n].lock()));
    [2, 1].map(|n| drop(turned[n].lock()));
    [1, 0].map(|n| drop(same[n].lock()));
    drop(rows[1][0].lock());
    drop(later[0].lock());
}
```
```yaml spawn
executor: each
jobs: [takes()]
```
"#} => {
        seen.holds().every_run("numbers in the order of the first use", |run| {
            names(run) == [
                "FORKS-1", "FORKS-2", "turned-1", "turned-2", "same-1", "rows-1", "grown-1",
            ]
        });
    }

    fn a_list_that_is_made_again_takes_the_place_of_the_one_that_is_gone(seen) {r#"
```rust job
use std::sync::{Arc, Mutex};
fn takes() {
    for _ in 0..2 {
        let forks: Vec<_> = (0..2).map(|_| Arc::new(Mutex::new(0))).collect();
        [1, 0].map(|n| drop(forks[n].lock()));
    }
}
```
```yaml spawn
executor: each
jobs: [takes()]
```
"#} => {
        seen.holds().every_run("one list, and each element itself", |run| {
            names(run) == ["forks[1]", "forks[0]"]
                && run.trace.iter().filter(|event| event.action == Action::Acquire).count() == 4
        });
    }

    fn the_philosophers_hold_and_want_forks_by_their_indices(seen) {r#"
```rust job
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
const N: usize = 4;
fn dines() {
    let forks: Vec<Arc<Mutex<()>>> = (0..N).map(|_| Arc::new(Mutex::new(()))).collect();
    let seated = Arc::new(Barrier::new(N));
    let philosophers: Vec<_> = (0..N)
        .map(|i| {
            let (left, right) = (Arc::clone(&forks[i]), Arc::clone(&forks[(i + 1) % N]));
            let seated = seated.clone();
            thread::spawn(move || {
                let _left = left.lock().unwrap();
                seated.wait();
                let _right = right.lock().unwrap();
            })
        })
        .collect();
    philosophers.into_iter().for_each(|philosopher| philosopher.join().unwrap());
}
```
```yaml spawn
executor: each
jobs: [dines()]
```
"#} => {
        seen.fails("take the locks in the same order everywhere").every_run("each waits for the next fork", |run| {
            let name = |worker: u32| run.workers[worker as usize].name.as_str();
            let waits = run.deadlock.iter().flat_map(|deadlock| &deadlock.waits);
            let locks = waits.filter(|wait| wait.what == WaitCondition::Lock);
            let mut wanted: Vec<_> = locks.map(|wait| (name(wait.worker), wait.name.as_str())).collect();
            wanted.sort_unstable();
            let philosophers = ["philosophers[0]", "philosophers[1]", "philosophers[2]", "philosophers[3]"];
            wanted.into_iter().eq(philosophers.into_iter().zip(["forks[1]", "forks[2]", "forks[3]", "forks[0]"]))
        });
    }
}
