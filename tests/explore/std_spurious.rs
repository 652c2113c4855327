//! Waits that end without a reason, where an author asks for them.

use super::std_programs::{ADD, Listing, SHOW, counted, explored_as, listing};
use super::std_world::Do::*;
use super::std_world::{walk, walk_with};
use super::{all, explored, run};
use nbrun::record::explored::Outcome;

fn waits(wait: &str) -> String {
    format!(
        "let pair = Arc::new((Mutex::new(0), Condvar::new()));
         let other = pair.clone();
         let h = thread::spawn(move || {{ *other.0.lock().unwrap() = 1; other.1.notify_one(); }});
         let mut n = pair.0.lock().unwrap();
         {wait} *n == 0 {{ n = pair.1.wait(n).unwrap(); }}
         println!(\"{{}}\", *n);
         drop(n);
         h.join().unwrap();"
    )
}

fn with_if() -> Listing {
    let main = vec![Spawn(1), Lock(0), SHOW, If(0, 5), Go(6), Wait(0, 0), SHOW, Print, Unlock(0), Join(1)];
    listing("if", &waits("if"), vec![main, vec![Lock(0), ADD, Unlock(0), NotifyOne(0)]])
}

fn with_while() -> Listing {
    let main = vec![Spawn(1), Lock(0), SHOW, If(0, 5), Go(7), Wait(0, 0), Go(2), Print, Unlock(0), Join(1)];
    listing("while", &waits("while"), vec![main, vec![Lock(0), ADD, Unlock(0), NotifyOne(0)]])
}

fn parked() -> Listing {
    let code = "static READY: AtomicBool = AtomicBool::new(false);
        let h = thread::spawn(|| { thread::park(); println!(\"{}\", READY.load(SeqCst) as u32); });
        READY.store(true, SeqCst);
        h.thread().unpark();
        h.join().unwrap();";
    let one = Then(|world, me| world.own[me][0] = 1);
    listing("park", code, vec![vec![Spawn(1), one, Store(0), Unpark(1), Join(1)], vec![Park, Load(0), Print]])
}

#[test]
fn a_wait_without_a_loop_is_found_out_by_one_that_ends_without_a_reason() {
    for Listing { name, code, programs } in [with_if(), with_while(), parked()] {
        let of = |kind| counted(&explored_as(kind, &code));
        assert_eq!(of("explore"), walk(&programs), "{name}");
        assert_eq!(of("explore spurious"), walk_with(&programs, 1), "{name}");
        let finds_it = walk_with(&programs, 1).keys().any(|text| text.starts_with('0'));
        assert_eq!(finds_it, name != "while", "{name}");
    }
}

#[test]
fn a_spec_says_how_many_waits_may_end_so() {
    let code = "use std::thread;
fn main() {
    let mut woken = 0;
    while woken < 3 { thread::park(); woken += 1; }
    println!(\"woken\");
}";
    let spec = |more: &str| format!("explore: {more}\njobs: [main()]\nexpect: {{error: deadlock}}");
    for (more, ends) in [("all", 1), ("{spurious: 2}", 1), ("{spurious: 3}", 2)] {
        let explored = explored(&[("job", code), ("spawn", &spec(more))]);
        assert_eq!(explored.outcomes.len(), ends, "{more}");
    }
}

#[test]
fn the_way_to_it_tells_which_wait_ended_without_a_reason() {
    let code = super::std_programs::program(&waits("if").replace("println!(\"{}\", *n);", "assert_eq!(*n, 1);"));
    let (outcome, record) = run(&[("explore spurious fails", &code)]);
    outcome.code(0);
    let (_, explored) = all(&record)[0];
    let bad = explored.outcomes.iter().find(|it| !it.is_good()).expect("an outcome that goes wrong");
    let steps: Vec<String> = bad.witness.steps.iter().map(|step| step.call.to_string()).collect();
    assert!(steps.iter().any(|step| step == "pair.1.wait() → wakes up without a reason"), "{steps:?}");
}

#[test]
fn only_a_way_without_such_a_wait_is_offered_to_real_threads() {
    let code = super::std_programs::program(&waits("if").replace("println!(\"{}\", *n);", "assert_eq!(*n, 1);"));
    let spec = |explore: &str| format!("executor: thread\nexplore: {explore}\njobs: [main()]");
    let (outcome, record) = run(&[("job", &code), ("spawn", &spec("{spurious: 1}")), ("spawn", &spec("all"))]);
    let [(_, found), (_, plain)] = all(&record)[..] else { panic!("two explorations\n{}", outcome.stderr) };
    assert!(found.outcomes.iter().any(|way| !way.is_good()) && found.outcomes.iter().any(Outcome::is_good));
    for way in &found.outcomes {
        assert_eq!(found.is_followed(way), way.is_good(), "{way:?}");
    }
    assert!(plain.outcomes.iter().all(|way| plain.is_followed(way)));
    assert!(!outcome.stderr.contains("`replay:"), "{}", outcome.stderr);
}
