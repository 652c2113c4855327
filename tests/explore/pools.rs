//! Pools under a controlled scheduler: who claims which task, and when.

use super::brute::Do::{self, Add, Give, Load, Store};
use super::brute::Patience::Endless;
use super::brute::World;
use super::brute_pool::{Pool, enumerate_pool, pool};
use super::{all, counts, run, sums};
use crate::support::Run;
use nbrun::record::explored::{Coverage, Outcome};
use std::collections::BTreeMap;

const JOBS: &str = "fn read(v: Value<i64>) -> i64 { v.get() }
fn add(v: Value<i64>, n: i64) -> i64 { let mut v = v; let seen = v.get(); v.set(seen + n); seen }
fn locked(v: Value<i64>, l: Lock) -> i64 { let _held = l.lock(); let seen = v.get(); v.set(seen + 1); seen }
fn put(q: Queue<i64>, n: i64) -> i64 { q.put(n); 0 }
fn get(q: Queue<i64>) -> i64 { q.get() }
fn even(n: i64) -> i64 { assert!(n % 2 == 0, \"{n} is odd\"); n / 2 }
fn long(n: usize) -> String { \"x\".repeat(n) }
fn power(base: i64, exponent: u32) -> i64 { base.pow(exponent) }
fn set_up(v: Value<i64>) { v.fetch_add(1); }
fn never() { panic!(\"not today\") }
fn meet(b: Barrier) -> usize { b.wait() }
fn both(first: Lock, second: Lock) -> i64 { let _first = first.lock(); let _second = second.lock(); 1 }";

const SHARED: [(&str, &str); 4] = [
    ("job", JOBS),
    ("value", "v: {type: l, init: 0}"),
    ("queue", "q: {of: i64, maxsize: 1}\nfull: i64"),
    ("lock", "l: lock\na: lock\nb: {barrier: 2}"),
];

/// Explores these pools, all of which are complete: for each what is shown and how often, and what can come out.
fn explored(specs: &[&str]) -> Vec<(BTreeMap<String, f64>, Vec<Outcome>)> {
    let specs: Vec<String> = specs.iter().map(|spec| format!("explore: all\n{spec}")).collect();
    let mut cells = SHARED.to_vec();
    cells.extend(specs.iter().map(|spec| ("pool", spec.as_str())));
    let (outcome, record) = run(&cells);
    let found = all(&record);
    assert_eq!(found.len(), specs.len(), "{}", outcome.stderr);
    let each = |(_, explored): (_, &nbrun::record::Explored)| {
        assert_eq!(explored.coverage, Coverage::All);
        (sums(explored), explored.outcomes.clone())
    };
    found.into_iter().map(each).collect()
}

#[test]
fn a_dozen_pools_have_the_interleavings_that_walking_each_of_them_finds() {
    let (take, put, get) = (|lock| Do::Take(lock, Endless), |n| Do::Put(n, Endless), Do::Get(Endless));
    let add = |n| vec![Load(0), Store(0, n)];
    let held: Vec<Do> = vec![take(0), Load(0), Store(0, 1), Give(0)];
    let cross = |first, second| vec![take(first), take(second), Give(second), Give(first), Add(0, 0)];
    let adding = "map: \"|n: i64| add(v, n)\"\nover: \"[1, 2, 4]\"\nshow: v.get()";
    let adds = [add(1), add(2), add(4)];
    let two = |tasks: &[Vec<Do>]| pool(2, tasks);
    let pools: Vec<(String, Pool)> = vec![
        (format!("workers: 1\nchunk: 1\n{adding}"), pool(1, &adds)),
        (format!("workers: 2\nchunk: 1\n{adding}"), two(&adds)),
        (format!("workers: 3\nchunk: 1\n{adding}"), pool(3, &adds)),
        (format!("workers: 2\nchunk: 2\n{adding}"), Pool { chunk: 2, ..two(&adds) }),
        (format!("workers: 2\nchunk: 3\n{adding}"), Pool { chunk: 3, ..two(&adds) }),
        (format!("workers: 2\nchunk: 1\norder: completion\n{adding}"), Pool { by_completion: true, ..two(&adds) }),
        (
            format!("workers: 2\nchunk: 2\norder: completion\n{adding}"),
            Pool { by_completion: true, chunk: 2, ..two(&adds) },
        ),
        (format!("workers: 2\nchunk: 1\nmax_tasks: 1\n{adding}"), Pool { chunks_each: 1, ..two(&adds) }),
        (
            format!("workers: 2\nchunk: 1\nmax_tasks: 2\ninitializer: set_up(v)\n{adding}"),
            Pool { chunks_each: 2, initializer: vec![Add(0, 1)], ..two(&adds) },
        ),
        (
            format!("workers: 2\ninitializer: set_up(v)\n{adding}"),
            Pool { initializer: vec![Add(0, 1)], ..two(&adds) },
        ),
        (
            "workers: 2\napply_async: locked(v, l)\nfor: _ in 0..3\nchunk: 1\nshow: v.get()".to_owned(),
            two(&[held.clone(), held.clone(), held.clone()]),
        ),
        (
            "workers: 2\nmap: \"|n: i64| if n < 0 { get(q) } else { put(q, n) }\"\nover: \"[-1, 5, 6, -1]\"\nchunk: 1\n\
             show: v.get()"
                .to_owned(),
            two(&[vec![get], vec![put(5), Do::Let(0)], vec![put(6), Do::Let(0)], vec![get]]),
        ),
        (
            "workers: 2\nmap: \"|n: i64| if n == 0 { both(l, a); v.fetch_add(0); 0 } else { both(a, l); v.fetch_add(0); 0 }\"\n\
             over: \"[0, 1]\"\nchunk: 1\nshow: v.get()"
                .to_owned(),
            two(&[cross(0, 1), cross(1, 0)]),
        ),
    ];
    let specs: Vec<&str> = pools.iter().map(|(spec, _)| spec.as_str()).collect();
    for ((spec, pool), (found, _)) in pools.iter().zip(explored(&specs)) {
        assert_eq!(found, enumerate_pool(pool, World::new(1, 2), |world| world.value().to_string()), "{spec}");
    }
}

#[test]
fn tasks_that_share_nothing_interleave_as_they_can_be_handed_out() {
    let found = explored(&[
        "workers: 3\nmap: power_of_two\nover: 0..7\nchunk: 1"
            .replace("power_of_two", "\"|n: u32| power(2, n)\"")
            .as_str(),
        "workers: 3\nmap: \"|n: u32| power(2, n)\"\nover: 0..7\nchunk: 3",
        "workers: 4\nstarmap: power\nover: \"[(2, 1), (2, 2), (2, 3)]\"\nchunk: 1",
        "workers: 5\napply: power(2, 5)",
        "workers: 2\nmap: \"|n: u32| power(2, n)\"\nover: 0..0",
        "workers: 2\nmap: \"|n: u32| power(2, n)\"\nover: 0..5\nmax_tasks: 1",
    ]);
    let one = |text: &str, count: f64| BTreeMap::from([(text.to_owned(), count)]);
    let powers = "[1, 2, 4, 8, 16, 32, 64]";
    assert_eq!(found[0].0, one(powers, 3.0_f64.powi(7)));
    assert_eq!(found[1].0, one(powers, 27.0), "three chunks");
    assert_eq!(found[2].0, one("[2, 4, 8]", 64.0));
    assert_eq!(found[3].0, one("32", 5.0));
    assert_eq!(found[4].0, one("[]", 1.0));
    // Each time there are two who could be next: the one that is left, and who came for the other.
    assert_eq!(found[5].0, one("[1, 2, 4, 8, 16]", 32.0));
}

#[test]
fn a_task_that_panics_fails_alone_and_an_exit_ends_its_task() {
    let found = explored(&[
        "workers: 2\nmap: even\nover: 2..5\nchunk: 1",
        "workers: 2\nmap: even\nover: 2..5\nchunk: 1\norder: completion",
        "workers: 2\nmap: \"|n: i64| if n == 1 { exit(3) } else { n }\"\nover: 0..3\nchunk: 3",
    ]);
    let text = "[1, <failed: panicked: 3 is odd>, 2]; task 1 failed: panicked: 3 is odd";
    assert_eq!(found[0].0, BTreeMap::from([(text.to_owned(), 8.0)]));
    let [outcome] = found[0].1.as_slice() else { panic!("{:?}", found[0].1) };
    assert_eq!(
        (outcome.failures[0].task, outcome.failures[0].spot.map(|spot| spot.position.line())),
        (Some(1), Some(6))
    );
    // In order of completion the failure may come anywhere; the first two can change places, and so can the last two.
    let places: Vec<&String> = found[1].0.keys().collect();
    assert!(places.iter().any(|text| text.starts_with("[<failed: panicked: 3 is odd>, 1, 2]")), "{places:?}");
    assert!(places.iter().any(|text| text.starts_with("[1, 2, <failed: panicked: 3 is odd>]")), "{places:?}");
    assert!(places.iter().all(|text| text.ends_with("; task 1 failed: panicked: 3 is odd")), "{places:?}");
    let text = "[0, <failed: called exit(3)>, 2]; task 1 failed: called exit(3)";
    assert_eq!(found[2].0, BTreeMap::from([(text.to_owned(), 2.0)]));
}

#[test]
fn tasks_that_wait_for_each_other_deadlock_where_one_worker_has_both() {
    let found = explored(&[
        "workers: 2\nmap: \"|_: i64| meet(b)\"\nover: 0..2\nchunk: 1",
        "workers: 2\nmap: \"|_: i64| meet(b)\"\nover: 0..2\nchunk: 2",
    ]);
    // Whoever comes last is told its place, and so is the other.
    assert_eq!(found[0].0.keys().collect::<Vec<_>>(), ["[0, 1]", "[1, 0]"]);
    let stuck = |outcome: &Outcome| -> Vec<(u32, String)> {
        outcome.stuck.iter().map(|stuck| (stuck.worker, stuck.awaits.at(&stuck.name))).collect()
    };
    let mut stuck: Vec<_> = found[1].1.iter().map(stuck).collect();
    stuck.sort();
    let waits = |worker| vec![(worker, "the other parties of `b`".to_owned())];
    assert_eq!(stuck, [waits(1), waits(2)], "who finds no task is not stuck");
}

#[test]
fn an_initializer_that_fails_leaves_the_tasks_to_the_others_or_to_nobody() {
    let found = explored(&[
        "workers: 2\nmap: even\nover: \"[2, 4]\"\nchunk: 1\ninitializer: never()",
        "workers: 2\nmap: even\nover: \"[2, 4]\"\nchunk: 1\norder: completion\n\
         initializer: \"assert!(v.fetch_add(1) > 0, \\\"I am the first\\\")\"\nshow: v.get()",
    ]);
    let lost = "no worker was left to do it, since the initializer failed";
    let text = format!(
        "[<failed: {lost}>, <failed: {lost}>]; worker-1 panicked: not today; worker-2 panicked: not today; task 0 failed: \
         {lost}; task 1 failed: {lost}"
    );
    assert_eq!(found[0].0, BTreeMap::from([(text, 1.0)]));
    let first = ["[1, 2], 2; worker-1 panicked: I am the first", "[1, 2], 2; worker-2 panicked: I am the first"];
    assert_eq!(found[1].0.keys().collect::<Vec<_>>(), first);
}

#[test]
fn inputs_are_made_once_and_results_of_any_size_come_back() {
    let found = explored(&[
        // Each worker's code makes the inputs anew, and what main has done meanwhile is not done again.
        "workers: 2\nmap: \"|text: String| format!(\\\"{text}!\\\")\"\n\
         over: \"{ full.put(1); full.put(2); (0..full.len()).map(|n| n.to_string()) }\"\nchunk: 1\nshow: full.len()",
        "workers: 2\nmap: long\nover: \"[0, 9000, 3, 70000, 1]\"\nchunk: 5\norder: completion",
        "workers: 2\nmap: long\nover: \"[5, 9000, 3]\"\nchunk: 1",
    ]);
    assert_eq!(found[0].0, BTreeMap::from([("[\"0!\", \"1!\"], 2".to_owned(), 4.0)]));
    let texts = |sizes: &[usize]| format!("{:?}", sizes.iter().map(|size| "x".repeat(*size)).collect::<Vec<_>>());
    assert_eq!(found[1].0, BTreeMap::from([(texts(&[0, 9000, 3, 70000, 1]), 2.0)]));
    assert_eq!(found[2].0, BTreeMap::from([(texts(&[5, 9000, 3]), 8.0)]));
}

#[test]
fn inputs_that_cannot_be_made_are_a_failure_of_main() {
    let found = explored(&["workers: 2\nmap: even\nover: \"{ never(); 0..2 }\""]);
    assert_eq!(found[0].0, BTreeMap::from([("main panicked: not today".to_owned(), 1.0)]));
}

#[test]
fn whatever_a_real_pool_comes_to_is_among_what_exploring_it_finds() {
    let adding = "map: \"|n: i64| add(v, n)\"\nover: \"[1, 2, 4]\"\nshow: v.get()";
    let manners =
        ["chunk: 1", "chunk: 2", "chunk: 1\norder: completion", "chunk: 1\nmax_tasks: 1\ninitializer: set_up(v)"];
    let specs: Vec<String> = manners.iter().map(|manner| format!("workers: 2\n{manner}\n{adding}")).collect();
    let mut cells = SHARED.to_vec();
    let each =
        |spec: &String| [format!("explore: all\n{spec}"), format!("executor: [thread, process]\nrepeat: 10\n{spec}")];
    let specs: Vec<String> = specs.iter().flat_map(each).collect();
    for spec in &specs {
        // Declared anew, since a real run leaves something behind.
        cells.extend([SHARED[1], ("pool", spec.as_str())]);
    }
    let (outcome, record) = run(&cells);
    let done: Vec<_> = record.cells.iter().filter(|cell| cell.explored.is_some() || !cell.runs.is_empty()).collect();
    assert_eq!(done.len(), specs.len(), "{}", outcome.stderr);
    for (pair, spec) in done.chunks(2).zip(specs.chunks(2)) {
        let possible: Vec<String> =
            counts(pair[0].explored.as_ref().expect("explored")).into_iter().map(|(text, _)| text).collect();
        assert_eq!(pair[1].runs.len(), 20, "{}", spec[1]);
        for run in &pair[1].runs {
            let text: Vec<&str> = run.results.iter().map(|result| result.text.as_str()).collect();
            assert!(possible.contains(&text.join(", ")), "{}: {text:?} is not among {possible:?}", spec[1]);
        }
    }
}

const NOTEBOOK: &str = "```rust job
fn add(v: Value<i32>) -> i32 { let mut v = v; v += 1; println!(\"added\"); v.get() }
```

```yaml value
v: {type: i, init: 0}
```

```yaml pool
name: race
explore: all
workers: 2
apply_async: add(v)
for: _ in 0..2
show: {total: v.get()}
assert: v.get() == 2
```

```yaml pool
apply: 5
```
";

#[test]
fn the_page_tells_a_pools_interleavings_like_those_of_jobs() {
    let outcome = Run::new().notebook("a.md", NOTEBOOK).run();
    outcome.code(1).stderr_has_all(&[
        "this does not hold: v.get() == 2",
        "the simplest has 1 preemption and 8 steps and shows apply_async(add(v)) for _ in 0..2 = [1, 1], total = 1: ",
    ]);
    let outcome = Run::new().notebook("a.md", NOTEBOOK).run();
    let page = outcome.page();
    for text in ["takes task 0", "takes task 1", "apply_async(add(v)) for _ in 0..2", "worker-2", "of 2 left"] {
        assert!(page.contains(text), "{text}");
    }
    // Its data for the player has every state, and the tasks among what is shared.
    let json = page.split_once("<script type=\"application/json\">").expect("a player").1;
    let json: serde_json::Value = serde_json::from_str(json.split_once("</script>").expect("an end").0).expect("data");
    assert_eq!(json["objects"], serde_json::json!(["v", "tasks"]));
    assert_eq!(json["whole"], true);
}

#[test]
fn an_interleaving_of_a_pool_is_followed_again() {
    let followed =
        |cell: &str, schedule: &str| Run::new().file("a.md", NOTEBOOK).args(["replay", "a.md", cell, schedule]).run();
    let lost = followed("race", "1x2,2x4,1x2");
    let steps: Vec<Vec<&str>> = lost.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(steps[0].join(" "), "1 worker-1 takes task 0 2 of 2 left -> 1 of 2 left", "{}", lost.stdout);
    assert_eq!(steps[2].join(" "), "3 worker-2 takes task 1 1 of 2 left -> 0 of 2 left");
    assert_eq!(lost.stdout.lines().last(), Some("=> [1, 1], 1"));
    lost.code(1).stderr_has("this does not hold: v.get() == 2");
    followed("race", "1x8").code(0).stderr_lacks("error");
    followed("race", "1,3").code(1).stderr_has("at step 2, worker 3 cannot go on");
    followed("4", "1")
        .code(2)
        .stderr_has_all(&["the pool `4` has one worker for each core", "say in the notebook how many"]);
}
