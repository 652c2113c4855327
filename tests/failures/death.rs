//! Workers that are killed at a bad moment: what they leave to the others, and who is told.
//!
//! A signal strikes a whole process, so most of this is about processes.

use crate::facts::{WELL, panicked};
use nbrun::model::{Action, Event, TaskOutcome, WaitCondition};
use nbrun::record::ExitStatus;

/// How a job kills another process, and waits until it sleeps.
const KILL: &str = r#"
```rust job
use std::fs;

unsafe extern "C" {
    safe fn kill(pid: i32, signal: i32) -> i32;
}

fn is_asleep(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") S "))
}

/// Ends the process of a worker that waits and has said its number.
fn kill_who_waits(pid: Value<i32>) {
    while pid.get() == 0 || !is_asleep(pid.get()) {
        std::thread::yield_now();
    }
    assert_eq!(kill(pid.get(), 9), 0);
}

fn say(pid: Value<i32>) {
    pid.set(worker().pid as i32);
}
```
"#;

/// The cells of a fact that needs it.
pub(super) fn with_kill(cells: &str) -> String {
    format!("{KILL}{cells}")
}

facts! {
    fn the_next_owner_learns_who_died_with_the_lock_and_where(seen) {with_kill(r#"
```yaml lock
l: lock
r: rlock
c: condition
never: event
all: {barrier: 5}
```
```yaml value
v: i
pid: i
```
```rust job
fn owns(v: Value<i32>, l: Lock, r: RLock, c: Condition, all: Barrier, pid: Value<i32>, never: Event) {
    let _all = (l.lock(), r.lock(), v.lock(), c.lock()); // taken
    let _again = r.lock();
    all.wait();
    say(pid);
    never.wait();
}
fn wants(take: &dyn Fn() -> Guard, all: Barrier, pid: Value<i32>) {
    all.wait();
    drop(take());
}
fn wants_and_kills(l: Lock, all: Barrier, pid: Value<i32>) {
    all.wait();
    kill_who_waits(pid);
    l.acquire();
}
```
```yaml spawn
jobs:
  - owns(v, l, r, c, all, pid, never)
  - "wants(&|| r.lock(), all, pid)"
  - "wants(&|| v.lock(), all, pid)"
  - "wants(&|| c.lock(), all, pid)"
  - wants_and_kills(l, all, pid)
show: [l.try_lock().is_some(), r.try_lock().is_some(), c.try_lock().is_some()]
```
"#)} => {
        let taken = seen.line_of("// taken").unwrap_or_default();
        let told = |name: &str| {
            format!(
                "`owns-1`, the last owner of `{name}`, was killed by SIGKILL while it held the lock, which it had taken \
                 at line {taken}; what the lock protects may be half done"
            )
        };
        seen.fails("`owns-1` was killed by SIGKILL").shows(&["true", "true", "true"]).every_run("all are told", |run| {
            let names = ["r", "v", "c", "l"];
            names.iter().zip(&run.workers[2..]).all(|(name, worker)| panicked(&worker.exit, &told(name)))
        });
    }

    fn who_is_killed_is_shown_with_its_last_call_and_what_the_signal_means(seen) {with_kill(r#"
```yaml lock
never: event
```
```yaml value
pid: i
```
```rust job
fn waits(never: Event, pid: Value<i32>) {
    say(pid);
    never.wait(); // here
}
```
```yaml spawn
jobs:
  - waits(never, pid)
  - kill_who_waits(pid)
  - std::process::abort()
```
"#)} => {
        let here = seen.line_of("// here").unwrap_or_default();
        seen.fails("`waits-1` was killed by SIGKILL")
            .fails(&format!("facts.md:{here}:5: its last recorded action: it waited for `never` here"))
            .fails("help: another process killed it; the system does that, too, when memory runs out")
            .fails("help: `std::process::abort()` does that");
    }

    fn who_ends_by_itself_and_keeps_a_lock_is_named_too(seen) {r#"
```yaml lock
l: lock
kept: event
```
```yaml spawn
executor: both
jobs:
  - "{ l.acquire(); kept.set(); exit(3) }"
  - "{ kept.wait(); l.acquire() }"
```
"#} => {
        seen.fails("`job-1`, the last owner of `l`, ended with exit code 3 while it held the lock");
    }

    fn a_later_cell_finds_the_locks_of_the_dead_free(seen) {with_kill(r#"
```yaml lock
l: lock
never: event
```
```yaml value
pid: i
```
```yaml spawn
jobs:
  - "{ let _guard = l.lock(); say(pid); never.wait() }"
  - kill_who_waits(pid)
expect: {error: was killed by SIGKILL}
```
```yaml spawn
executor: both
jobs: ["{ let _guard = l.lock(); }"]
```
"#)} => {
        seen.holds();
    }

    fn a_party_that_is_killed_at_a_barrier_has_come_and_comes_no_more(seen) {with_kill(r#"
```yaml lock
meet: {barrier: 3}
```
```yaml value
pid: i
met: i
```
```rust job
fn meets(meet: Barrier, met: Value<i32>) {
    meet.wait();
    met.fetch_add(1);
    meet.wait();
}
```
```yaml spawn
jobs:
  - "{ say(pid); meet.wait(); }"
  - "{ kill_who_waits(pid); meets(meet, met) }"
  - "{ while pid.get() == 0 { sleep(0.001) }; meets(meet, met) }"
```
"#)} => {
        seen.fails("deadlock: `job-2` and `job-3` wait for the other parties of `meet`, where 2 of 3 have come")
            .fails("before that, `job-1` was killed by SIGKILL");
    }

    fn a_party_that_is_killed_before_it_comes_is_named_in_the_deadlock(seen) {with_kill(r#"
```yaml lock
meet: {barrier: 2}
never: event
```
```yaml value
pid: i
```
```yaml spawn
jobs:
  - "{ say(pid); never.wait(); meet.wait(); }"
  - "{ kill_who_waits(pid); meet.wait(); }"
```
"#)} => {
        seen.fails("deadlock: `job-2` waits for the other parties of `meet`, where 1 of 2 have come")
            .fails("before that, `job-1` was killed by SIGKILL");
    }

    fn a_waiter_of_a_condition_that_was_killed_keeps_no_notification(seen) {with_kill(r#"
```yaml lock
c: condition
last: lock
```
```yaml value
pid: i
```
```rust job
fn waits(c: Condition, last: Lock, pid: Value<i32>) {
    let _guards = (last.lock(), c.lock());
    say(pid);
    c.wait();
}
fn notifies(c: Condition, last: Lock, pid: Value<i32>) {
    kill_who_waits(pid);
    // Until it is buried, it may count as a waiter. What it kept is freed then, one after another, and who takes that is told.
    std::panic::catch_unwind(move || drop(last.lock())).unwrap_err();
    let _guard = c.lock();
    c.notify_one();
    assert!(!c.wait_timeout(0.01), "nobody was there to be notified");
}
```
```yaml spawn
jobs:
  - waits(c, last, pid)
  - notifies(c, last, pid)
```
"#)} => {
        seen.fails("`waits-1` was killed by SIGKILL").every_run("nobody is notified later", |run| run.workers[2].exit == WELL);
    }

    fn a_permit_that_a_killed_worker_took_along_is_named_in_the_deadlock(seen) {with_kill(r#"
```yaml lock
s: {semaphore: 1}
never: event
```
```yaml value
pid: i
```
```rust job
fn takes_along(s: Semaphore, never: Event, pid: Value<i32>) {
    let _permit = s.lock(); // taken along
    say(pid);
    never.wait();
}
```
```yaml spawn
jobs:
  - takes_along(s, never, pid)
  - "{ kill_who_waits(pid); s.acquire() }"
```
"#)} => {
        let line = seen.line_of("// taken along").unwrap_or_default();
        let lost = format!(
            "facts.md:{line}:5: `takes_along-1` was killed by SIGKILL without releasing its permit of `s`, which it had taken \
             here"
        );
        seen.fails("deadlock: `job-2` waits for a permit of `s`").fails(&lost).every_run("one permit", |run| {
            let deadlock = run.deadlock.as_ref();
            deadlock.is_some_and(|deadlock| deadlock.waits[0].what == WaitCondition::Permit && deadlock.lost.len() == 1)
        });
    }

    fn a_reader_that_is_killed_while_it_waits_takes_nothing_with_it(seen) {with_kill(r#"
```yaml queue
q: i32
```
```yaml value
pid: i
```
```yaml spawn
jobs:
  - "{ say(pid); q.get(); }"
  - "{ kill_who_waits(pid); q.put(1); q.put(2) }"
  - assert_eq!(q.get(), 1)
show: [q.get(), q.len()]
```
"#)} => {
        seen.fails("`job-1` was killed by SIGKILL").shows(&["2", "0"]).every_run("the other reader has its item", |run| {
            run.workers[3].exit == WELL
        });
    }

    fn a_crash_fails_one_task_and_no_later_pool(seen) {r#"
```yaml pool
executor: process
workers: 2
map: "|n: i32| if n == 3 { std::process::abort() } else { n }"
over: 0..8
expect: {error: "task 3 failed: its worker"}
```
```yaml pool
executor: process
workers: 2
map: "|n: i32| n * n"
over: 0..4
```
"#} => {
        seen.holds().shows(&["[0, 1, 4, 9]"]);
    }

    fn a_worker_that_is_killed_in_the_midst_of_megabytes_holds_up_nobody(seen) {r#"
```rust job
fn pours(n: i32) -> Vec<u8> {
    use std::io::Write;
    let flood = vec![b'x'; 3_000_000];
    if n == 1 {
        std::thread::spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            std::process::abort()
        });
        loop {
            std::io::stdout().write_all(&flood).unwrap();
        }
    }
    flood
}
```
```yaml pool
executor: process
workers: 2
chunk: 1
map: "|n| pours(n)"
over: 0..6
```
"#} => {
        seen.fails("task 1 failed: its worker `worker-").every_run("all the others are done", |run| {
            let is_done = |event: &&Event| matches!(event.action, Action::Task { outcome: TaskOutcome::Done, .. });
            run.trace.iter().filter(is_done).count() == 5
        });
    }

    fn a_panic_whose_payload_is_no_text_fails_its_task_alone(seen) {r#"
```yaml pool
executor: both
workers: 2
map: "|n: i32| if n == 2 { std::panic::panic_any(vec![n]) } else { n }"
over: 0..4
```
"#} => {
        seen.fails("task 2 failed: panicked: a panic whose payload is no text").every_run("the others are done", |run| {
            run.results[0].text.contains('3') && run.workers.iter().skip(1).all(|worker| worker.exit == WELL)
        });
    }

    fn processes_and_threads_of_one_cell_start_side_by_side_and_allocate(seen) {r#"
```rust job
fn allocates() {
    let texts: Vec<String> = (0..1000).map(|n| format!("{n}")).collect();
    println!("{}", texts.len());
}
```
```yaml spawn
repeat: 20
jobs:
  - thread: allocates()
  - process: allocates()
  - thread: allocates()
  - process: allocates()
```
"#} => {
        seen.holds().every_run("all four print", |run| run.output.len() == 4);
    }

    fn what_is_shared_has_no_name_that_could_be_left_behind(seen) {r#"
```rust job
fn looks() {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let shared: Vec<&str> = maps.lines().filter(|line| line.contains("rw-s")).collect();
    assert!(!shared.is_empty() && shared.iter().all(|line| line.ends_with("/memfd:nbrun (deleted)")), "{shared:?}");
}
```
```yaml spawn
executor: both
jobs: [looks()]
```
"#} => {
        seen.holds();
    }

    fn a_job_that_ends_its_whole_process_is_told_from_one_that_exits(seen) {r#"
```yaml spawn
executor: process
jobs:
  - std::process::exit(4)
  - println!("still here")
```
"#} => {
        seen.fails("`exit-1` ended with exit code 4").ends(&[ExitStatus::Code(4), WELL]);
    }
}
