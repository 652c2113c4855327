//! Programs whose threads tell each other something past the steps that are seen: by the counts of an `Arc`, by who drops the last one, or by
//! `unsafe`. Their counts are exact all the same.

use super::std_programs::{Listing, SHOW, all_explored, counted, listing, main_of_two, set};
use super::std_world::Do::{self, *};
use super::std_world::walk;
use super::support::Run;
use super::{explored, sums};

/// Counts two handles in memory.
const TWO: Do = Then(|world, _| world.memory[0] = 2);
/// Drops one of them: says whether it was the last.
const DROP: Do = Then(|world, me| {
    world.memory[0] -= 1;
    world.own[me][0] = i64::from(world.memory[0] == 0);
});

/// Each with the word that keeps its states from being merged.
fn listings() -> Vec<(Listing, Option<&'static str>)> {
    let one = set::<1>();
    let statics = "static A: AtomicU32 = AtomicU32::new(0); static B: AtomicU32 = AtomicU32::new(0);";
    let with = |code: &str| format!("{statics}\n{code}");
    vec![
        (
            listing(
                "how many handles there are",
                &with(
                    "let all = Arc::new(()); let other = all.clone();
                     let h = thread::spawn(move || { A.store(1, SeqCst); drop(other); });
                     B.load(SeqCst);
                     println!(\"{}\", Arc::strong_count(&all));
                     h.join().unwrap();",
                ),
                vec![vec![TWO, Spawn(1), Load(1), SHOW, Print, Join(1)], vec![one, Store(0), DROP]],
            ),
            Some("strong_count"),
        ),
        (
            listing(
                "who has the last handle",
                &with(
                    "let all = Arc::new(()); let other = all.clone();
                     let one = thread::spawn(move || { A.load(SeqCst); let is_last = Arc::try_unwrap(all).is_ok(); println!(\"{}\", is_last as u32); });
                     let two = thread::spawn(move || { B.load(SeqCst); let is_last = Arc::try_unwrap(other).is_ok(); println!(\"{}\", 2 + is_last as u32); });
                     one.join().unwrap();
                     two.join().unwrap();",
                ),
                vec![
                    [vec![TWO], main_of_two(&[])].concat(),
                    vec![Load(0), DROP, Print],
                    vec![Load(1), DROP, Then(|world, me| world.own[me][0] += 2), Print],
                ],
            ),
            Some("try_unwrap"),
        ),
        (
            listing(
                "whether anybody has it still",
                &with(
                    "let all = Arc::new(()); let weak = Arc::downgrade(&all);
                     let h = thread::spawn(move || { A.store(1, SeqCst); drop(all); });
                     B.load(SeqCst);
                     println!(\"{}\", weak.upgrade().is_some() as u32);
                     h.join().unwrap();",
                ),
                vec![
                    vec![Then(|world, _| world.memory[0] = 1), Spawn(1), Load(1), SHOW, Print, Join(1)],
                    vec![one, Store(0), DROP],
                ],
            ),
            Some("upgrade"),
        ),
        (
            listing(
                "what is written without a lock",
                &with(
                    "static mut N: u32 = 0;
                     let one = thread::spawn(|| { A.store(1, SeqCst); unsafe { N = 1 }; });
                     let two = thread::spawn(|| { B.store(1, SeqCst); unsafe { N = 2 }; });
                     one.join().unwrap();
                     two.join().unwrap();
                     let n = unsafe { N };
                     println!(\"{n}\");",
                ),
                vec![
                    main_of_two(&[SHOW, Print]),
                    vec![one, Store(0), Then(|world, _| world.memory[0] = 1)],
                    vec![one, Store(1), Then(|world, _| world.memory[0] = 2)],
                ],
            ),
            Some("unsafe"),
        ),
        (
            listing(
                "a last handle whose drop is seen",
                &with(
                    "struct Tells;
                     impl Drop for Tells { fn drop(&mut self) { println!(\"9\"); } }
                     let all = Arc::new(Tells); let other = all.clone();
                     let one = thread::spawn(move || { A.store(1, SeqCst); drop(all); println!(\"1\"); });
                     let two = thread::spawn(move || { B.store(1, SeqCst); drop(other); println!(\"2\"); });
                     one.join().unwrap();
                     two.join().unwrap();",
                ),
                vec![
                    [vec![TWO], main_of_two(&[])].concat(),
                    vec![one, Store(0), DROP, If(0, 6), set::<9>(), Print, one, Print],
                    vec![one, Store(1), DROP, If(0, 6), set::<9>(), Print, set::<2>(), Print],
                ],
            ),
            None,
        ),
        (
            listing(
                "a receiver that goes with the last handle",
                &with(
                    "let (tx, rx) = mpsc::channel();
                     let all = Arc::new(Mutex::new(rx)); let other = all.clone();
                     let one = thread::spawn(move || { A.store(1, SeqCst); drop(all); B.load(SeqCst); });
                     let two = thread::spawn(move || { B.store(1, SeqCst); drop(other); A.load(SeqCst); });
                     println!(\"{}\", tx.send(1).is_ok() as u32);
                     one.join().unwrap();
                     two.join().unwrap();",
                ),
                {
                    let is_sent = Then(|world, me| world.own[me][0] = 1 - world.own[me][0]);
                    vec![
                        vec![TWO, Spawn(1), Spawn(2), Load(2), is_sent, Print, Join(1), Join(2), HangUp(0)],
                        vec![one, Store(0), DROP, If(0, 6), one, Store(2), Load(1)],
                        vec![one, Store(1), DROP, If(0, 6), one, Store(2), Load(0)],
                    ]
                },
            ),
            None,
        ),
    ]
}

#[test]
fn what_threads_tell_each_other_unseen_is_never_merged_away() {
    let (listings, words): (Vec<Listing>, Vec<_>) = listings().into_iter().unzip();
    for ((listing, word), explored) in listings.iter().zip(words).zip(all_explored(&listings)) {
        let name = listing.name;
        assert_eq!(counted(&explored), walk(&listing.programs), "{name}");
        assert_eq!(explored.unseen.map(|it| it.word).as_deref(), word, "{name}");
    }
}

#[test]
fn algorithms_that_spin_come_to_what_they_promise() {
    let uses = "use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use std::thread;
static N: AtomicU32 = AtomicU32::new(0);
fn add() { N.store(N.load(SeqCst) + 1, SeqCst); }
fn main() {
    let h = thread::spawn(|| adds(1));
    adds(0);
    h.join().unwrap();
    println!(\"{}\", result());
}
";
    let spin = "struct Spin { locked: AtomicBool, data: UnsafeCell<u32> }
unsafe impl Sync for Spin {}
static SPIN: Spin = Spin { locked: AtomicBool::new(false), data: UnsafeCell::new(0) };
fn adds(_: usize) {
    while SPIN.locked.swap(true, Acquire) { std::hint::spin_loop(); }
    unsafe { *SPIN.data.get() += 1 };
    SPIN.locked.store(false, Release);
}
fn result() -> u32 { unsafe { *SPIN.data.get() } }";
    let ticket = "static NEXT: AtomicU32 = AtomicU32::new(0);
static SERVED: AtomicU32 = AtomicU32::new(0);
fn adds(_: usize) {
    let mine = NEXT.fetch_add(1, SeqCst);
    while SERVED.load(SeqCst) != mine {}
    add();
    SERVED.store(mine + 1, SeqCst);
}
fn result() -> u32 { N.load(SeqCst) }";
    let peterson = "static WANTS: [AtomicBool; 2] = [AtomicBool::new(false), AtomicBool::new(false)];
static TURN: AtomicU32 = AtomicU32::new(0);
fn adds(me: usize) {
    WANTS[me].store(true, SeqCst);
    TURN.store(1 - me as u32, SeqCst);
    while WANTS[1 - me].load(SeqCst) && TURN.load(SeqCst) != me as u32 {}
    add();
    WANTS[me].store(false, SeqCst);
}
fn result() -> u32 { N.load(SeqCst) }";
    for (name, code) in [("spin lock", spin), ("ticket lock", ticket), ("Peterson", peterson)] {
        let explored = explored(&[("explore", &format!("#![allow(unused)]\n{uses}{code}"))]);
        assert_eq!(sums(&explored).into_keys().collect::<Vec<_>>(), ["2"], "{name}");
        assert_eq!(explored.unseen.is_some(), name == "spin lock", "{name}");
        assert!(explored.loops_cut, "{name}");
    }
}

#[test]
fn a_deque_of_a_crate_is_real_and_the_page_says_that_it_is_not_seen() {
    let code = "use crossbeam::deque::{Steal, Worker};
fn main() {
    let deque = Worker::new_fifo();
    (1..=3).for_each(|n| deque.push(n));
    let stealer = deque.stealer();
    let thief = std::thread::spawn(move || match stealer.steal() { Steal::Success(n) => n, _ => 0 });
    let own: i32 = std::iter::from_fn(|| deque.pop()).sum();
    println!(\"{}\", own + thief.join().unwrap());
}";
    let text = format!(
        "---\nnbrun: {{dependencies: {{crossbeam: \"0.8\"}}}}\n---\n```rust run\n{code}\n```\n\n```rust explore\n{code}\n```\n"
    );
    let outcome = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run().code(0);
    let record = outcome.record("r.json");
    assert!(record.cells[0].runs[0].output.iter().any(|line| line.text == "6"));
    let explored = record.cells[1].explored.as_ref().expect("explored");
    assert_eq!(sums(explored).into_keys().collect::<Vec<_>>(), ["6"]);
    assert_eq!(explored.unseen.as_ref().map(|it| it.word.as_str()), Some("crossbeam"));
    assert!(outcome.page().contains("What <code>crossbeam</code> at "), "the page names it");
}
