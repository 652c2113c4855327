//! Real processes and threads that follow a schedule: what an exploration finds comes for real, step by step.

use super::primitives::{JOBS, SHARED, anew};
use super::{is_fine, run};
use crate::support::{Run, under_load};
use nbrun::model::Anchor;
use nbrun::model::schedule_text;
use nbrun::record::explored::{Outcome as Way, Step};
use nbrun::record::{CellOutcome, Executor, ExitStatus, Explored, Replayed, RunOutcome, Status};

/// The jobs of cells that use each of them.
const CELLS: [&str; 22] = [
    "add(v, 2)| add(v, 1)",
    "at_once(w)| at_once(w)",
    "held(v)| held(v)",
    "meet(b, v)| meet(b, v)",
    "hasty_meet(b, v)| hasty_meet(b, v)",
    "wait_then(e, v)| blink(e)",
    "hasty_wait(e, v)| signal(e)",
    "through(s, v)| through(s, v)",
    "too_often(z)| add(v, 1)",
    "twice(r, v)| twice(r, v)",
    "nap(0.1, v, 1)| nap(0.2, v, 2)",
    "try_it(l, v)| try_it(l, v)",
    "hasty(q, v)| produce(q)",
    "consume(q, v)| produce(q)",
    "texts(t)| reads(t, v)",
    "part(x, 1)| sum(x, v)",
    "serve(q)| fill(q)",
    "leave_locked(l)| after(l)",
    "both(l, m)| both(m, l)",
    "waits(c, v)| waits(c, v)| wakes(c, v)",
    "hasty_waits(c, v)| wakes(c, v)",
    "falls(l, v)| after(l)",
];

/// A cell of these jobs, which a bar divides.
fn spec(how: &str, jobs: &str) -> String {
    let jobs: Vec<String> = jobs.split('|').map(|job| format!("{:?}", job.trim())).collect();
    format!("{how}\njobs: [{}]\nshow: {{v: v.get(), w: w.get(), x: \"x.slice(..)\", q: q.len()}}", jobs.join(", "))
}

/// What exploring each of these cells found, none of them too large.
fn explore(jobs: &str, cells: &[String]) -> Vec<Explored> {
    let specs: Vec<String> = cells.iter().map(|cell| spec("explore: all", cell)).collect();
    let (outcome, record) = run(&anew(jobs, &specs));
    let found: Vec<Explored> = record.cells.iter().filter_map(|cell| cell.explored.clone()).collect();
    assert_eq!(found.len(), cells.len(), "{}", outcome.stderr);
    found
}

/// Lets real workers follow ways that explorations of these cells found, at most so many of each, and compares all that came.
fn follow(jobs: &str, cells: &[String], most: usize) {
    let found = explore(jobs, cells);
    let ways: Vec<(&str, &Way)> = cells
        .iter()
        .zip(&found)
        .flat_map(|(cell, explored)| explored.outcomes.iter().take(most).map(move |way| (cell.as_str(), way)))
        .filter(|(_, way)| way.stuck.iter().all(|stuck| !stuck.loops()))
        .collect();
    let how = |way: &Way| format!("executor: [thread, process]\nreplay: {}", schedule_text(&way.witness.schedule));
    let specs: Vec<String> = ways.iter().map(|(cell, way)| spec(&how(way), cell)).collect();
    let (outcome, record) = run(&anew(jobs, &specs));
    let ran: Vec<&CellOutcome> = record.cells.iter().filter(|cell| !cell.runs.is_empty()).collect();
    assert_eq!(ran.len(), ways.len(), "{}", outcome.stderr);
    for ((cell, way), ran) in ways.iter().zip(ran) {
        let executors: Vec<_> = ran.runs.iter().map(|run| run.executor).collect();
        assert_eq!(executors, [Some(Executor::Thread), Some(Executor::Process)]);
        for run in &ran.runs {
            came_as_explored(&format!("{cell} by {}", schedule_text(&way.witness.schedule)), way, run);
        }
    }
}

/// Steps without the difference that what is shared is there anew in each cell, and so has another number.
fn alike(steps: &[Step]) -> Vec<Step> {
    let names = SHARED.iter().flat_map(|(_, declared)| declared.lines()).count() as u32;
    steps.iter().map(|step| Step { resource: step.resource.map(|id| id % names), ..step.clone() }).collect()
}

#[track_caller]
fn came_as_explored(what: &str, way: &Way, run: &RunOutcome) {
    let replayed = run.replay.as_ref().expect("it had a schedule");
    assert_eq!(replayed.left, None, "{what}");
    assert_eq!(alike(&replayed.steps), alike(&way.witness.steps), "{what}");
    assert_eq!(run.deadlock.is_some(), !way.stuck.is_empty(), "{what}");
    if way.stuck.is_empty() {
        assert_eq!(replayed.free, 0, "{what}");
        let shown: Vec<&str> = run.results.iter().map(|result| result.text.as_str()).collect();
        assert_eq!(shown, way.shown, "{what}");
    }
    for (number, worker) in run.workers.iter().enumerate().skip(1) {
        let failure = way.failures.iter().find(|failure| failure.worker as usize == number);
        match (failure, &worker.exit) {
            (None, ExitStatus::Code(0) | ExitStatus::Deadlocked) => {}
            (Some(failure), ExitStatus::Code(code)) => assert_eq!(failure.code, *code, "{what}"),
            // Who owned a lock is only known where it was real.
            (Some(failure), ExitStatus::Panicked { message, .. }) => {
                let told = failure.panic.as_deref().expect("a panic");
                assert!(message == told || message.contains("it held the lock"), "{what}: {message}, not {told}");
            }
            (_, exit) => panic!("{what}: {} came to {exit:?}", worker.name),
        }
    }
}

#[test]
fn real_workers_take_every_way_that_is_found_for_any_primitive() {
    follow(JOBS, &CELLS.map(str::to_owned), 8);
}

/// Small programs made up by chance, always the same: jobs, and the cells that run them.
fn made_up(programs: u64) -> (String, Vec<String>) {
    const STEPS: [&str; 14] = [
        "v += 1;",
        "w.fetch_add(2);",
        "{ let _held = l.lock(); v += 2; }",
        "{ let _held = m.lock(); w.fetch_add(1); }",
        "q.put(7);",
        "if q.get_timeout(0.1).is_err() { println!(\"none\"); }",
        "{ let _permit = s.lock(); x.set(1, 4); }",
        "e.set();",
        "if e.wait_timeout(0.2) { w.fetch_add(5); }",
        "sleep(0.1);",
        "x.set(0, v.get());",
        "if let Some(_held) = l.try_lock() { println!(\"{}\", q.len()); }",
        "{ let _one = m.lock(); let _two = l.lock(); v.get(); }",
        "if b.wait_timeout(0.3).is_err() { println!(\"alone\"); }",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut chance = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    let takes = "v: Value<i32>, w: Value<i64>, x: Array<i32>, q: Queue<i64>, l: Lock, m: Lock, s: Semaphore, e: Event, b: Barrier";
    let (mut jobs, mut cells) = (String::new(), Vec::new());
    for program in 0..programs {
        let mut calls = Vec::new();
        for worker in 0..2 {
            let steps: Vec<&str> = (0..2 + chance(2)).map(|_| STEPS[chance(STEPS.len())]).collect();
            jobs +=
                &format!("fn p{program}_{worker}({takes}) {{ let mut v = v; let _ = &mut v; {} }}\n", steps.join(" "));
            calls.push(format!("p{program}_{worker}(v, w, x, q, l, m, s, e, b)"));
        }
        cells.push(calls.join("|"));
    }
    (jobs.trim_end().to_owned(), cells)
}

#[test]
fn real_workers_take_the_explored_ways_through_random_programs() {
    let (jobs, cells) = made_up(24);
    follow(&jobs, &cells, 4);
}

const RACE: &str = "```rust job
fn add(v: Value<i32>) { let mut v = v; v += 1; }
```

```yaml value
v: {type: i, init: 0}
```

";

#[test]
fn the_lost_update_comes_two_hundred_times_out_of_two_hundred() {
    let spec = "```yaml spawn\nexecutor: [thread, process]\nreplay: 1,2x2,1\nrepeat: 200\njobs: [add(v), add(v)]\nshow: v.get()\n```\n";
    let text = format!("{RACE}{spec}");
    let outcome = under_load(|| Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run());
    let record = outcome.record("r.json");
    let cell = record.cells.last().expect("a cell");
    assert_eq!(cell.runs.len(), 400);
    assert_eq!(cell.status, Status::Passed);
    for run in &cell.runs {
        let replayed = run.replay.as_ref().expect("it had a schedule");
        assert_eq!((replayed.steps.len(), &replayed.left, run.results[0].text.as_str()), (4, &None, "1"));
    }
    outcome
        .code(0)
        .page_has("a.html", "all came out alike")
        .page_has("a.html", "taken in this order by real processes");
}

/// The only cell's run, of one spec below [`RACE`] and this job, of which nothing that `std` does takes a turn.
fn followed(job: &str, spec: &str) -> (CellOutcome, Replayed) {
    let text =
        format!("---\nnbrun: {{std: real}}\n---\n\n{RACE}```rust job\n{job}\n```\n\n```yaml spawn\n{spec}\n```\n");
    let outcome = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run();
    let cell = outcome.record("r.json").cells.pop().expect("a cell");
    let replayed = cell.runs.last().and_then(|run| run.replay.clone());
    (cell, replayed.unwrap_or_else(|| panic!("it had a schedule\n{}", outcome.stderr)))
}

/// Where the run of a cell left its schedule, and that the cell says so at the schedule.
#[track_caller]
fn left((cell, replayed): &(CellOutcome, Replayed)) -> (u32, u32, String) {
    let left = replayed.left.clone().expect("it left its schedule");
    let told = cell.errors.iter().find(|error| error.message.contains(&left.why)).expect("it is told");
    let Some(Anchor::Code { spot, .. }) = told.anchor else { panic!("it is told at the schedule: {told}") };
    assert!(spot.position.line() <= 3, "{told}");
    assert_eq!(cell.status, Status::Failed);
    (left.step, left.worker, left.why)
}

#[test]
fn of_those_who_wait_at_a_condition_the_first_goes_first() {
    let jobs = "waits(c, v)| waits(c, v)| wakes(c, v)";
    // Both wait, and the third wakes one.
    let specs = ["1", "2"].map(|last| spec(&format!("executor: [thread, process]\nreplay: 1x3,2x3,3x5,{last}"), jobs));
    let (outcome, record) = run(&anew(JOBS, &specs));
    let cells: Vec<&CellOutcome> = record.cells.iter().filter(|cell| !cell.runs.is_empty()).collect();
    assert_eq!(cells.len(), 2, "{}", outcome.stderr);
    for (well, badly) in cells[0].runs.iter().zip(&cells[1].runs) {
        let [well, badly] = [well, badly].map(|run| run.replay.as_ref().expect("it had a schedule"));
        assert_eq!((&well.left, well.steps.len()), (&None, 12));
        let last = well.steps.last().expect("a step");
        assert_eq!(
            [last.before.to_string(), last.after.to_string()],
            ["free, 2 waiting", "held by waits-1, 1 waiting"]
        );
        let left = badly.left.as_ref().expect("it left its schedule");
        assert_eq!((left.step, left.worker), (12, 2));
        assert!(left.why.contains("would have had to wait in `c.wait()`"), "{}", left.why);
        assert!(left.why.ends_with("`c` was free, 2 waiting"), "{}", left.why);
    }
}

#[test]
fn fresh_processes_and_threads_take_turns_with_each_other() {
    let spec = "replay: 1,2x2,1\njobs: [{process: add(v), start: exec}, {thread: add(v)}]\nshow: v.get()\nassert: v.get() == 1";
    let (cell, replayed) = followed("", spec);
    assert!(is_fine(&cell), "{:?}", cell.errors);
    assert_eq!(replayed.steps.iter().map(|step| step.worker).collect::<Vec<_>>(), [1, 2, 2, 1]);
}

#[test]
fn a_run_goes_on_freely_where_its_schedule_ends() {
    let (cell, replayed) = followed("", "replay: \"1,2\"\njobs: [add(v), add(v)]\nshow: v.get()\nassert: v.get() == 1");
    assert!(is_fine(&cell), "{:?}", cell.errors);
    assert_eq!((replayed.steps.len(), replayed.free, replayed.left), (2, 2, None));
}

#[test]
fn a_worker_that_would_wait_at_its_turn_is_named_with_its_condition() {
    let job = "fn held(v: Value<i32>) { let _held = v.lock(); v.set(v.get() + 1); }";
    for executor in ["thread", "process"] {
        let spec = format!(
            "executor: {executor}\nreplay: 1x2,2,1\njobs: [held(v), held(v)]\nshow: v.get()\nassert: v.get() == 2"
        );
        let followed = followed(job, &spec);
        let (step, worker, why) = left(&followed);
        assert_eq!((step, worker), (3, 2));
        assert!(why.contains("`held-2` would have had to wait in `v.lock()`: `v` was held by held-1"), "{why}");
        assert_eq!(followed.1.steps.len(), 2);
        // All went on, and well.
        assert_eq!(followed.0.runs[0].results[0].text, "2");
    }
}

#[test]
fn a_worker_that_has_ended_before_its_turn_is_named_with_how_it_ended() {
    let why = |job: &str, jobs: &str, schedule: &str| {
        let (step, worker, why) = left(&followed(job, &format!("replay: {schedule}\njobs: [{jobs}]")));
        assert_eq!(worker, 1, "{why}");
        (step, why)
    };
    assert_eq!(why("", "add(v), add(v)", "1x3,2"), (3, "`add-1` ended with exit code 0 before".to_owned()));
    let dies = "fn dies(v: Value<i32>) { v.set(1); std::process::abort() }";
    assert_eq!(why(dies, "dies(v), add(v)", "1,2,1,2"), (3, "`dies-1` was killed by SIGABRT before".to_owned()));
    let never = "fn never() { std::process::abort() }";
    assert_eq!(why(never, "never(), add(v)", "2,1"), (2, "`never-1` was killed by SIGABRT before".to_owned()));
}

#[test]
fn a_worker_that_is_killed_at_its_turn_holds_nobody_up() {
    let job = "fn dies(v: Value<i32>, l: Lock) { l.acquire(); std::process::abort() }
fn next(l: Lock, v: Value<i32>) { if std::panic::catch_unwind(move || drop(l.lock())).is_err() { v.set(7); } }";
    let spec =
        "replay: 1,2x2\njobs: [\"dies(v, l)\", \"next(l, v)\"]\nshow: v.get()\nexpect: {error: killed by SIGABRT}";
    let text = format!("{RACE}```yaml lock\nl: lock\n```\n\n```rust job\n{job}\n```\n\n```yaml spawn\n{spec}\n```\n");
    let outcome = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run();
    let cell = outcome.record("r.json").cells.pop().expect("a cell");
    let replayed = cell.runs[0].replay.as_ref().expect("it had a schedule");
    assert_eq!((replayed.left.as_ref(), replayed.steps.len()), (None, 3), "{}", outcome.stderr);
    assert_eq!(cell.runs[0].results[0].text, "7");
}

#[test]
fn a_worker_that_does_not_come_to_its_next_call_is_ended_with_the_cell() {
    let job = "fn spins(v: Value<i32>) { v.set(1); loop { std::hint::spin_loop(); } }";
    for executor in ["thread", "process"] {
        let spec = format!("executor: {executor}\ntimeout: 1s\nreplay: 1,2\njobs: [spins(v), add(v)]");
        let followed = followed(job, &spec);
        let (step, worker, why) = left(&followed);
        assert_eq!((step, worker), (1, 1));
        assert_eq!(why, "`spins-1` had taken it and did not come to its next call");
        let told = followed.0.errors[0].to_string();
        assert!(told.contains("time limit of 1s") && told.contains("`add-2` waited for its turn"), "{told}");
    }
    let job = "fn spins(_v: Value<i32>) { loop { std::hint::spin_loop(); } }";
    let followed = followed(job, "timeout: 1s\nreplay: 1,2\njobs: [spins(v), add(v)]");
    assert_eq!(left(&followed), (0, 1, "`spins-1` did not come to its first call".to_owned()));
}

#[test]
fn a_worker_whose_time_is_over_while_it_waits_for_its_turn_is_named() {
    let job = "static GO: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
fn holds(v: Value<i32>) { v.set(1); while !GO.load(std::sync::atomic::Ordering::SeqCst) { std::hint::spin_loop(); } }
fn frees(v: Value<i32>) { v.get(); GO.store(true, std::sync::atomic::Ordering::SeqCst); }";
    let spec = "executor: thread\nreplay: 1,2\njobs: [holds(v), {call: frees(v), timeout: 1s}]";
    let followed = followed(job, spec);
    let why = "the time of `frees-2` was over while it waited for its turn";
    assert_eq!(left(&followed), (2, 2, why.to_owned()));
    assert_eq!(followed.1.steps.len(), 1);
}

#[test]
fn a_call_of_a_threads_own_takes_no_turn() {
    let job = "fn helped(v: Value<i32>) { std::thread::spawn(move || v.set(9)).join().unwrap(); v.get(); }";
    let followed = followed(job, "replay: 1,2\njobs: [helped(v), add(v)]");
    let (step, worker, why) = left(&followed);
    assert_eq!((step, worker), (1, 1));
    assert!(why.contains("a thread that `helped-1` had started by itself made a call"), "{why}");
}
