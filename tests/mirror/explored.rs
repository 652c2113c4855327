//! What std promises, in every interleaving: programs with all outcomes that they can have.

use crate::support::Run;

/// Programs, each with what its outcomes print, in any order.
const PROGRAMS: &[(&str, &[&str])] = &[
    (
        "fn main() {
            let n = Mutex::new(0);
            thread::scope(|s| (0..2).for_each(|_| drop(s.spawn(|| { let v = *n.lock().unwrap(); *n.lock().unwrap() = v + 1; }))));
            println!(\"{}\", n.lock().unwrap());
        }",
        &["1", "2"],
    ),
    (
        "fn main() {
            let (tx, rx) = mpsc::channel();
            for i in 0..2 { let tx = tx.clone(); thread::spawn(move || tx.send(i).unwrap()); }
            drop(tx);
            println!(\"{:?}\", rx.iter().collect::<Vec<i32>>());
        }",
        &["[0, 1]", "[1, 0]"],
    ),
    (
        "fn main() {
            let (tx, rx) = mpsc::sync_channel(0);
            let sender = thread::spawn(move || { tx.send(1).unwrap(); tx.send(2).is_ok() });
            let first = rx.recv();
            drop(rx);
            println!(\"{first:?} {}\", sender.join().unwrap());
        }",
        &["Ok(1) false"],
    ),
    (
        "static ONCE: OnceLock<u32> = OnceLock::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        fn main() {
            thread::scope(|s| (0..2).for_each(|_| drop(s.spawn(|| ONCE.get_or_init(|| COUNT.fetch_add(1, SeqCst))))));
            println!(\"{:?} {COUNT:?}\", ONCE.get());
        }",
        &["Some(0) 1"],
    ),
    (
        "struct Tells(Arc<Mutex<Vec<u32>>>, u32);
        impl Drop for Tells { fn drop(&mut self) { self.0.lock().unwrap().push(self.1); } }
        thread_local!(static OWN: RefCell<Option<Tells>> = const { RefCell::new(None) });
        fn main() {
            let told = Arc::new(Mutex::new(vec![]));
            let start = |i| { let told = told.clone(); thread::spawn(move || { OWN.set(Some(Tells(told, i))); thread::current().id() }) };
            let ids = [start(0), start(1)].map(|thread| thread.join().unwrap());
            println!(\"{} {:?}\", ids[0] == ids[1], told.lock().unwrap());
        }",
        &["false [0, 1]", "false [1, 0]"],
    ),
    (
        "fn main() {
            let (ready, condition) = (Mutex::new(false), Condvar::new());
            thread::scope(|s| {
                s.spawn(|| { *ready.lock().unwrap() = true; condition.notify_one(); });
                let guard = condition.wait_while(ready.lock().unwrap(), |ready| !*ready).unwrap();
                println!(\"{guard}\");
            });
        }",
        &["true"],
    ),
    (
        "fn main() {
            let (main, lock, barrier) = (thread::current(), RwLock::new(1), Barrier::new(2));
            let leads = thread::scope(|s| {
                let other = s.spawn(|| { *lock.write().unwrap() += 1; main.unpark(); barrier.wait().is_leader() });
                thread::park();
                assert_eq!(*lock.read().unwrap(), 2);
                (barrier.wait().is_leader(), other.join().unwrap())
            });
            println!(\"{}\", leads.0 != leads.1);
        }",
        &["true"],
    ),
];

#[test]
fn what_std_promises_holds_in_every_interleaving() {
    let uses = "use std::{cell::RefCell, thread};\n\
                use std::sync::{Arc, Barrier, Condvar, Mutex, OnceLock, RwLock, atomic::{AtomicU32, Ordering::SeqCst}, mpsc};";
    let cells = PROGRAMS.iter().map(|(code, _)| format!("```rust explore\n{uses}\n{code}\n```\n\n"));
    let ran = Run::new().notebook("a.md", &cells.collect::<String>()).args(["--record", "r.json"]).run().code(0);
    let record = ran.record("r.json");
    for ((code, outcomes), cell) in PROGRAMS.iter().zip(&record.cells) {
        let explored = cell.explored.as_ref().expect("it was explored");
        let mut shown: Vec<String> = explored.outcomes.iter().map(|outcome| outcome.shown.concat()).collect();
        shown.sort_unstable();
        assert_eq!(shown, *outcomes, "{code}");
    }
}
