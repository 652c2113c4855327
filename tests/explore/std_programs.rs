//! Programs in the shapes of usual listings, explored as they stand, against a walk through the same as instructions.

use super::std_world::Do::{self, *};
use super::std_world::{NOTHING, walk};
use super::{all, counts, explored, run, std_listings};
use nbrun::record::explored::{Coverage, LINE_BREAK, Outcome};
use nbrun::record::{Explored, Stream};
use std::collections::BTreeMap;

/// An unlimited room in a channel.
pub const MUCH: usize = usize::MAX;

/// A listing, and the same as instructions.
pub struct Listing {
    pub name: &'static str,
    pub code: String,
    pub programs: Vec<Vec<Do>>,
}

pub fn listing(name: &'static str, code: &str, programs: Vec<Vec<Do>>) -> Listing {
    Listing { name, code: code.to_owned(), programs }
}

/// What main does that starts two threads, joins both, and then this.
pub fn main_of_two(rest: &[Do]) -> Vec<Do> {
    [&[Spawn(1), Spawn(2), Join(1), Join(2)], rest].concat()
}

/// Shows memory.
pub const SHOW: Do = Then(|world, me| world.own[me][0] = world.memory[0]);
/// Adds one to memory.
pub const ADD: Do = Then(|world, _| world.memory[0] += 1);

pub fn set<const N: i64>() -> Do {
    Then(|world, me| world.own[me][0] = N)
}

fn listings() -> Vec<Listing> {
    let locked = |times: usize| [Lock(0), ADD, Unlock(0)].repeat(times);
    let shown = [Lock(0), SHOW, Print, Unlock(0)];
    let one_more = Then(|world, me| world.own[me][0] += 1);
    vec![
        listing(
            "a counter under a mutex",
            "let n = Arc::new(Mutex::new(0));
             let hs: Vec<_> = (0..2).map(|_| { let n = n.clone(); thread::spawn(move || { *n.lock().unwrap() += 1; }) }).collect();
             for h in hs { h.join().unwrap(); }
             println!(\"{}\", *n.lock().unwrap());",
            vec![main_of_two(&shown), locked(1), locked(1)],
        ),
        listing(
            "three locked rounds each",
            "let n = Arc::new(Mutex::new(0));
             let hs: Vec<_> = (0..2).map(|_| { let n = n.clone(); thread::spawn(move || { for _ in 0..3 { *n.lock().unwrap() += 1; } }) }).collect();
             for h in hs { h.join().unwrap(); }
             println!(\"{}\", *n.lock().unwrap());",
            vec![main_of_two(&shown), locked(3), locked(3)],
        ),
        listing(
            "a load and a store",
            "static N: AtomicU32 = AtomicU32::new(0);
             let hs: Vec<_> = (0..2).map(|_| thread::spawn(|| { let n = N.load(SeqCst); N.store(n + 1, SeqCst); })).collect();
             for h in hs { h.join().unwrap(); }
             println!(\"{}\", N.load(SeqCst));",
            vec![
                main_of_two(&[Load(0), Print]),
                vec![Load(0), one_more, Store(0)],
                vec![Load(0), one_more, Store(0)],
            ],
        ),
        listing(
            "fetch_add",
            "let n = Arc::new(AtomicUsize::new(0));
             let hs: Vec<_> = (0..2).map(|_| { let n = n.clone(); thread::spawn(move || { n.fetch_add(1, Relaxed); n.fetch_add(1, Relaxed); }) }).collect();
             for h in hs { h.join().unwrap(); }
             println!(\"{}\", n.load(Relaxed));",
            vec![main_of_two(&[Load(0), Print]), vec![Add(0, 1), Add(0, 1)], vec![Add(0, 1), Add(0, 1)]],
        ),
        listing(
            "two mutexes in two orders",
            "let (a, b) = (Arc::new(Mutex::new(1)), Arc::new(Mutex::new(2)));
             let (a2, b2) = (a.clone(), b.clone());
             let one = thread::spawn(move || { let a = a.lock().unwrap(); let b = b.lock().unwrap(); drop(b); drop(a); });
             let two = thread::spawn(move || { let b = b2.lock().unwrap(); let a = a2.lock().unwrap(); drop(a); drop(b); });
             one.join().unwrap();
             two.join().unwrap();",
            vec![
                main_of_two(&[]),
                vec![Lock(0), Lock(1), Unlock(1), Unlock(0)],
                vec![Lock(1), Lock(0), Unlock(0), Unlock(1)],
            ],
        ),
        listing(
            "three philosophers",
            "let forks: Vec<_> = (0..3).map(|_| Arc::new(Mutex::new(()))).collect();
             let hs: Vec<_> = (0..3).map(|n| {
                 let (left, right) = (forks[n].clone(), forks[(n + 1) % 3].clone());
                 thread::spawn(move || { let l = left.lock().unwrap(); let r = right.lock().unwrap(); drop(r); drop(l); })
             }).collect();
             for h in hs { h.join().unwrap(); }",
            vec![
                vec![Spawn(1), Spawn(2), Spawn(3), Join(1), Join(2), Join(3)],
                vec![Lock(0), Lock(1), Unlock(1), Unlock(0)],
                vec![Lock(1), Lock(2), Unlock(2), Unlock(1)],
                vec![Lock(2), Lock(0), Unlock(0), Unlock(2)],
            ],
        ),
        listing(
            "messages of one thread",
            "let (tx, rx) = mpsc::channel();
             thread::spawn(move || { for n in 1..=2 { tx.send(n).unwrap(); } });
             for n in rx { println!(\"{n}\"); }",
            vec![
                vec![Spawn(1), Recv(0), If(NOTHING, 5), Print, Go(1), HangUp(1)],
                vec![set::<1>(), Send(0, MUCH), set::<2>(), Send(0, MUCH), HangUp(0)],
            ],
        ),
        listing(
            "messages of two threads",
            "let (tx, rx) = mpsc::channel();
             let tx2 = tx.clone();
             thread::spawn(move || { tx.send(1).unwrap(); std::mem::forget(tx); });
             thread::spawn(move || { tx2.send(2).unwrap(); std::mem::forget(tx2); });
             println!(\"{}\", rx.recv().unwrap());
             println!(\"{}\", rx.recv().unwrap());
             std::mem::forget(rx);",
            vec![
                vec![Spawn(1), Spawn(2), Recv(0), Print, Recv(0), Print],
                vec![set::<1>(), Send(0, MUCH)],
                vec![set::<2>(), Send(0, MUCH)],
            ],
        ),
        listing(
            "a channel with room for one",
            "let (tx, rx) = mpsc::sync_channel(1);
             thread::spawn(move || { tx.send(1).unwrap(); tx.send(2).unwrap(); });
             for n in rx { println!(\"{n}\"); }",
            vec![
                vec![Spawn(1), Recv(0), If(NOTHING, 5), Print, Go(1), HangUp(1)],
                vec![set::<1>(), Send(0, 1), set::<2>(), Send(0, 1), HangUp(0)],
            ],
        ),
        listing(
            "a channel without room",
            "let (tx, rx) = mpsc::sync_channel(0);
             let h = thread::spawn(move || { tx.send(7).unwrap(); std::mem::forget(tx); });
             println!(\"{}\", rx.recv().unwrap());
             h.join().unwrap();
             std::mem::forget(rx);",
            vec![vec![Spawn(1), TakeOver(0), Print, Join(1)], vec![set::<7>(), HandOver(0)]],
        ),
        listing(
            "scoped threads",
            "let sum = Mutex::new(0);
             thread::scope(|s| { for n in [1, 2] { let sum = &sum; s.spawn(move || *sum.lock().unwrap() += n); } });
             println!(\"{}\", sum.into_inner().unwrap());",
            vec![
                main_of_two(&[SHOW, Print]),
                vec![Lock(0), ADD, Unlock(0)],
                vec![Lock(0), ADD, ADD, Unlock(0)],
            ],
        ),
        listing(
            "a thread that is parked",
            "static READY: AtomicBool = AtomicBool::new(false);
             let h = thread::spawn(|| { while !READY.load(SeqCst) { thread::park(); } println!(\"1\"); });
             READY.store(true, SeqCst);
             h.thread().unpark();
             h.join().unwrap();",
            vec![
                vec![Spawn(1), set::<1>(), Store(0), Unpark(1), Join(1)],
                vec![Load(0), If(1, 4), Park, Go(0), Print],
            ],
        ),
        listing(
            "a lock for readers and writers",
            "let n = Arc::new(RwLock::new(0));
             let (a, b) = (n.clone(), n.clone());
             let one = thread::spawn(move || { let n = a.read().unwrap(); println!(\"{}\", *n); });
             let two = thread::spawn(move || { let n = b.read().unwrap(); println!(\"{}\", *n); });
             *n.write().unwrap() += 1;
             one.join().unwrap();
             two.join().unwrap();",
            vec![
                vec![Spawn(1), Spawn(2), Write(0), ADD, Leave(0), Join(1), Join(2)],
                vec![Read(0), SHOW, Print, Leave(0)],
                vec![Read(0), SHOW, Print, Leave(0)],
            ],
        ),
        listing(
            "a condition that is asked for in a loop",
            "let pair = Arc::new((Mutex::new(0), Condvar::new()));
             let other = pair.clone();
             let h = thread::spawn(move || { *other.0.lock().unwrap() = 1; other.1.notify_one(); });
             let mut n = pair.0.lock().unwrap();
             while *n == 0 { n = pair.1.wait(n).unwrap(); }
             println!(\"{}\", *n);
             drop(n);
             h.join().unwrap();",
            vec![
                vec![Spawn(1), Lock(0), SHOW, If(1, 6), Wait(0, 0), Go(2), Print, Unlock(0), Join(1)],
                vec![Lock(0), ADD, Unlock(0), NotifyOne(0)],
            ],
        ),
        listing(
            "a notification that may be lost",
            "let pair = Arc::new((Mutex::new(()), Condvar::new()));
             let other = pair.clone();
             let h = thread::spawn(move || other.1.notify_all());
             let guard = pair.0.lock().unwrap();
             let guard = pair.1.wait(guard).unwrap();
             drop(guard);
             h.join().unwrap();
             println!(\"0\");",
            vec![vec![Spawn(1), Lock(0), Wait(0, 0), Unlock(0), Join(1), set::<0>(), Print], vec![NotifyAll(0)]],
        ),
        listing(
            "what is checked twice",
            "static DONE: AtomicU32 = AtomicU32::new(0);
             static LOCK: Mutex<()> = Mutex::new(());
             let get = || {
                 if DONE.load(SeqCst) == 0 {
                     let _held = LOCK.lock().unwrap();
                     if DONE.load(SeqCst) == 0 { println!(\"0\"); DONE.store(1, SeqCst); }
                 }
             };
             let h = thread::spawn(get);
             get();
             h.join().unwrap();",
            {
                let get = [Load(0), If(1, 8), Lock(0), Load(0), If(1, 8), Print, set::<1>(), Store(0), Unlock(0)];
                let get = |from: usize| {
                    let at = |instruction: Do| match instruction {
                        // The first check goes past the unlock.
                        If(number, _) => If(number, from + 8),
                        other => other,
                    };
                    let mut moved: Vec<Do> = get.into_iter().map(at).collect();
                    moved[1] = If(1, from + 9);
                    moved
                };
                vec![[vec![Spawn(1)], get(1), vec![Join(1)]].concat(), get(0)]
            },
        ),
        listing(
            "who is first",
            "let n = Arc::new(AtomicU32::new(0));
             let hs: Vec<_> = (1..3).map(|me| { let n = n.clone(); thread::spawn(move || n.compare_exchange(0, me, SeqCst, SeqCst).is_ok()) }).collect();
             let _: Vec<_> = hs.into_iter().map(|h| h.join().unwrap()).collect();
             println!(\"{}\", n.load(SeqCst));",
            vec![main_of_two(&[Load(0), Print]), vec![Swap(0, 0, 1)], vec![Swap(0, 0, 2)]],
        ),
        listing(
            "what is tried again",
            "let n = Arc::new(AtomicU32::new(0));
             let add = |n: &AtomicU32| { n.fetch_update(SeqCst, SeqCst, |n| Some(n + 1)).unwrap(); };
             let other = n.clone();
             let h = thread::spawn(move || add(&other));
             add(&n);
             h.join().unwrap();
             println!(\"{}\", n.load(SeqCst));",
            {
                // A load, then exchanges until one finds what was seen last.
                let seen = Then(|world, me| world.own[me][1] = world.own[me][0]);
                let differs = Then(|world, me| {
                    let [found, seen] = world.own[me];
                    world.own[me] = [i64::from(found != seen), found];
                });
                let add = |from: usize| vec![Load(0), seen, SwapNext(0), differs, If(1, from + 2)];
                vec![[vec![Spawn(1)], add(1), vec![Join(1), Load(0), Print]].concat(), add(0)]
            },
        ),
        listing(
            "what is done once",
            "static ONCE: Once = Once::new();
             let h = thread::spawn(|| ONCE.call_once(|| println!(\"1\")));
             ONCE.call_once(|| println!(\"1\"));
             h.join().unwrap();",
            vec![vec![Spawn(1), Begin(0), If(0, 5), Print, End(0), Join(1)], vec![Begin(0), If(0, 4), Print, End(0)]],
        ),
        listing(
            "a barrier",
            "let b = Arc::new(Barrier::new(2));
             let other = b.clone();
             let h = thread::spawn(move || { println!(\"1\"); other.wait(); });
             println!(\"2\");
             b.wait();
             println!(\"3\");
             h.join().unwrap();",
            vec![
                vec![Spawn(1), set::<2>(), Print, Meet(2), set::<3>(), Print, Join(1)],
                vec![set::<1>(), Print, Meet(2)],
            ],
        ),
        listing(
            "a panic under a lock",
            "let n = Arc::new(Mutex::new(0));
             let other = n.clone();
             let h = thread::spawn(move || { let _held = other.lock().unwrap(); panic!(\"oh\"); });
             let is_poisoned = n.lock().is_err();
             println!(\"{}\", is_poisoned as u32);
             let _ = h.join();",
            {
                let poison = Then(|world, me| {
                    world.memory[0] = 1;
                    world.frees(0);
                    world.ends(me);
                });
                vec![vec![Spawn(1), Lock(0), SHOW, Unlock(0), Print, Join(1)], vec![Lock(0), poison]]
            },
        ),
        listing(
            "a thread that nobody waits for",
            "thread::spawn(|| println!(\"1\"));
             println!(\"2\");",
            vec![vec![Spawn(1), set::<2>(), Print], vec![set::<1>(), Print]],
        ),
        listing(
            "a lock that is only tried",
            "let n = Arc::new(Mutex::new(()));
             let other = n.clone();
             let h = thread::spawn(move || { let _held = other.lock().unwrap(); });
             let got = n.try_lock().is_ok();
             println!(\"{}\", got as u32);
             h.join().unwrap();",
            vec![
                vec![Spawn(1), TryLock(0), If(0, 6), Unlock(0), set::<1>(), Go(6), Print, Join(1)],
                vec![Lock(0), Unlock(0)],
            ],
        ),
        listing(
            "store buffering, in one order for all",
            "static A: AtomicU32 = AtomicU32::new(0);
             static B: AtomicU32 = AtomicU32::new(0);
             let h = thread::spawn(|| { A.store(1, SeqCst); println!(\"{}\", B.load(SeqCst)); });
             B.store(1, SeqCst);
             println!(\"{}\", A.load(SeqCst));
             h.join().unwrap();",
            vec![
                vec![Spawn(1), set::<1>(), Store(1), Load(0), Print, Join(1)],
                vec![set::<1>(), Store(0), Load(1), Print],
            ],
        ),
    ]
}

/// What it came to: what was printed, and whether it got stuck.
fn text(outcome: &Outcome) -> String {
    outcome.shown.join("") + if outcome.stuck.is_empty() { "" } else { "; deadlock" }
}

/// How often an exploration came to each end.
pub fn counted(explored: &Explored) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    explored.outcomes.iter().for_each(|outcome| *counts.entry(text(outcome)).or_default() += outcome.count);
    counts
}

/// A program of this in its `main`.
pub fn program(code: &str) -> String {
    let uses = "use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::*};
use std::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, mpsc};
use std::thread;";
    format!("#![allow(unused, static_mut_refs)]\n{uses}\nfn main() {{\n{code}\n}}")
}

/// What exploring this as a cell of a kind has found, which is all.
pub fn explored_as(kind: &str, code: &str) -> Explored {
    explored(&[(kind, &program(code))])
}

/// What exploring each has found, which is all that there is.
pub fn all_explored(listings: &[Listing]) -> Vec<Explored> {
    let codes: Vec<String> = listings.iter().map(|it| program(&it.code)).collect();
    let cells: Vec<(&str, &str)> = codes.iter().map(|code| ("explore", code.as_str())).collect();
    let (outcome, record) = run(&cells);
    let found: Vec<Explored> = all(&record).into_iter().map(|(_, explored)| explored.clone()).collect();
    assert_eq!(found.len(), listings.len(), "{}", outcome.stderr);
    for (Listing { name, .. }, explored) in listings.iter().zip(&found) {
        assert_eq!(explored.coverage, Coverage::All, "{name}");
        assert!(explored.races.is_empty(), "{name}: two accesses to an atomic are no race");
    }
    found
}

#[test]
fn listings_have_the_interleavings_that_a_walk_through_them_finds() {
    for listings in [listings(), std_listings::listings()] {
        for (Listing { name, programs, .. }, explored) in listings.iter().zip(all_explored(&listings)) {
            assert_eq!(counted(&explored), walk(programs), "{name}");
        }
    }
}

#[test]
fn listings_come_to_one_of_their_ends_under_each_executor() {
    // What a thread prints that nobody waits for is not of its program.
    let is_whole = |it: &Listing| it.name != "a thread that nobody waits for";
    let listings: Vec<Listing> =
        [listings(), std_listings::listings()].into_iter().flatten().filter(is_whole).collect();
    let spec = "executor: [process, thread, normal]\njobs: [main()]";
    let codes: Vec<String> = listings.iter().map(|it| program(&it.code)).collect();
    let cells: Vec<(&str, &str)> = codes.iter().flat_map(|code| [("job", code.as_str()), ("spawn", spec)]).collect();
    let (outcome, record) = run(&cells);
    let cells = record.cells.iter().filter(|cell| !cell.runs.is_empty());
    let mut seen = 0;
    for (Listing { name, programs, .. }, cell) in listings.iter().zip(cells) {
        let ends = walk(programs);
        for run in &cell.runs {
            let printed: Vec<&str> =
                run.output.iter().filter(|line| line.stream == Stream::Stdout).map(|line| line.text.as_str()).collect();
            let text = printed.join(LINE_BREAK) + if run.deadlock.is_some() { "; deadlock" } else { "" };
            assert!(ends.contains_key(&text), "{name}: {text}, and not {ends:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, listings.len() * 3, "{}", outcome.stderr);
}

#[test]
fn threads_of_a_job_share_what_is_declared() {
    let job = "fn helped(v: Value<i32>) {
    let helper = std::thread::spawn(move || { let mut v = v; v += 1; });
    let mut v = v;
    v += 1;
    helper.join().unwrap();
}";
    let spec = "explore: all\njobs: [helped(v)]\nshow: v.get()";
    let explored = explored(&[("job", job), ("value", "v: i"), ("spawn", spec)]);
    assert_eq!(counts(&explored), [("1".to_owned(), 4.0), ("2".to_owned(), 2.0)]);
    assert!(explored.workers.last().is_some_and(|name| name == "helper"), "{:?}", explored.workers);
    assert!(!explored.races.is_empty());
}

#[test]
fn a_deadlock_is_told_with_the_names_that_the_author_gave() {
    let code = "use std::sync::{Arc, Mutex};
fn main() {
    let from = Arc::new(Mutex::new(0));
    let to = Arc::new(Mutex::new(0));
    let (other_from, other_to) = (from.clone(), to.clone());
    let back = std::thread::spawn(move || { let _to = other_to.lock(); let _from = other_from.lock(); });
    let held = (from.lock(), to.lock());
    drop(held);
    back.join().unwrap();
}";
    let (outcome, record) = run(&[("explore", code)]);
    outcome.code(1).stderr_has_all(&[
        "a.md:1:1: error: in 2 of all 5 interleavings: deadlock",
        "`program` waits for `to`, held by `back`, and holds `from`",
        "`back` waits for `from`, held by `program`, and holds `to`",
    ]);
    assert_eq!(all(&record).len(), 1);
}
