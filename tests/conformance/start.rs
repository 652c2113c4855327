//! Start methods: a process that begins afresh is a worker like any other.

use crate::facts::{WELL, panicked, panicked_at, released_together};
use nbrun::record::{Executor, ExitStatus, RunOutcome, StartMethod, Stream};

/// How the workers but main were started.
fn methods(run: &RunOutcome) -> Vec<Option<StartMethod>> {
    run.workers[1..].iter().map(|worker| worker.start).collect()
}

facts! {
    fn a_process_is_forked_or_started_afresh_as_its_job_says(seen) {r#"
```rust job
fn tell() {
    let me = worker();
    println!("{} {} {} {}", me.name, me.number, me.pid, me.tid);
}
```
```yaml spawn
- tell()
- {process: tell(), start: exec}
- {process: tell(), name: fresh, start: exec, count: 2}
- {process: tell(), start: fork}
- thread: tell()
```
"#} => {
        seen.holds().every_run("each should be started as its job says, and know who it is", |run| {
            let (fork, exec) = (Some(StartMethod::Fork), Some(StartMethod::Exec));
            let mut pids: Vec<u32> = run.workers.iter().map(|worker| worker.pid).collect();
            pids.sort_unstable();
            pids.dedup();
            let told = run.output.iter().all(|line| {
                let worker = &run.workers[line.worker as usize];
                line.text == format!("{} {} {} {}", worker.name, line.worker, worker.pid, worker.tid)
            });
            // The thread has main's.
            methods(run) == [fork, exec, exec, exec, fork, None] && pids.len() == 6 && told && run.output.len() == 6
        });
    }

    fn the_start_method_of_a_cell_is_for_its_processes(seen) {r#"
```yaml spawn
executor: each
start: exec
jobs:
  - worker()
  - {call: worker(), start: fork}
```
"#} => {
        let are = |expected: [Option<StartMethod>; 2]| move |run: &RunOutcome| methods(run) == expected;
        seen.holds()
            .run_under(Executor::Normal, "there is nothing to start", are([None, None]))
            .run_under(Executor::Thread, "a thread has no start method", are([None, None]))
            .run_under(Executor::Process, "its own comes first", are([Some(StartMethod::Exec), Some(StartMethod::Fork)]));
    }

    fn a_static_begins_anew_in_a_fresh_process(seen) {r#"
```rust job
use std::sync::atomic::{AtomicU32, Ordering};
static COUNT: AtomicU32 = AtomicU32::new(5);
fn count() {
    assert_eq!(COUNT.fetch_add(1, Ordering::SeqCst), 5);
}
```
```yaml spawn
start: exec
jobs:
  - {call: count(), count: 2}
show: COUNT.load(Ordering::SeqCst)
```
"#} => {
        seen.holds().shows(&["5"]);
    }

    fn a_fresh_process_ends_in_every_way_that_a_forked_one_does(seen) {r#"
```rust job
fn divide(n: i32) -> i32 {
    assert!(n != 0, "nothing to divide with");
    1 / n
}
#[allow(unconditional_recursion)]
fn deep(n: u64) -> u64 {
    let here = std::hint::black_box([n; 64]);
    deep(here[0] + 1) + here[1]
}
fn spin() {
    loop {
        std::hint::spin_loop();
    }
}
```
```yaml spawn
start: exec
jobs:
  - divide(1)
  - exit(300)
  - divide(0)
  - std::process::abort()
  - deep(0)
  - {call: spin(), timeout: 100ms}
  - {call: sleep(60), timeout: 100ms}
  - std::process::exit(4)
```
"#} => {
        let line = seen.position_of("assert!(n != 0");
        seen.fails("`divide-3` panicked: nothing to divide with").every_run("each should end in its way", |run| {
            let exits: Vec<&ExitStatus> = run.workers[1..].iter().map(|worker| &worker.exit).collect();
            let signaled = |exit: &ExitStatus, overflow| {
                matches!(exit, ExitStatus::Signaled { stack_overflow, .. } if *stack_overflow == overflow)
            };
            *exits[0] == WELL
                && *exits[1] == ExitStatus::Code(300)
                && panicked_at(exits[2], "nothing to divide with", line)
                && signaled(exits[3], false)
                && signaled(exits[4], true)
                && exits[5..7].iter().all(|exit| **exit == ExitStatus::TimedOut)
                && *exits[7] == ExitStatus::Code(4)
        });
    }

    fn a_fresh_process_shares_all_that_a_forked_one_does(seen) {r#"
```yaml queue
orders: {of: "(u32, String)", maxsize: 2}
done: Vec<f64>
```
```yaml value
sum: u64
```
```yaml array
cells: {type: d, len: 4}
counts: {type: h, len: 6}
```
```yaml lock
l: lock
r: rlock
seats: {semaphore: 1}
bounded: {bounded_semaphore: 1}
go: event
c: condition
meet: {barrier: 3}
```
```rust job
#[derive(Clone, Copy)]
struct Locks(Lock, RLock, Semaphore, BoundedSemaphore, Condition);

/// Counts under each of the locks, over and over.
fn count(counts: Array<i16>, Locks(l, r, seats, bounded, c): Locks) {
    let more = |at| counts.set(at, counts.get(at) + 1);
    for _ in 0..100 {
        { let _guard = l.lock(); more(0) }
        { let (_guard, _again) = (r.lock(), r.lock()); more(1) }
        { let _guard = counts.lock(); more(2) }
        { let _seat = seats.lock(); more(3) }
        { let _seat = bounded.lock(); more(4) }
        { let _guard = c.lock(); more(5) }
    }
}
fn produce(orders: Queue<(u32, String)>, go: Event) {
    go.wait();
    for n in 0..100 {
        orders.put((n, "x".repeat(n as usize * 100)));
    }
    orders.close();
}
fn consume(orders: Queue<(u32, String)>, done: Queue<Vec<f64>>, sum: Value<u64>, meet: Barrier) {
    for (n, text) in orders {
        assert_eq!(text.len(), n as usize * 100);
        sum.fetch_add(u64::from(n));
    }
    meet.wait();
    done.put(vec![0.5; 100_000]);
}
fn begin(cells: Array<f64>, at: usize, go: Event, meet: Barrier) {
    cells.set(at, 1.5);
    cells.set_slice(2, &[2.5, 3.5]);
    go.set();
    meet.wait();
}
```
```yaml spawn
- {process: "count(counts, Locks(l, r, seats, bounded, c))", start: exec}
- {process: "count(counts, Locks(l, r, seats, bounded, c))", start: fork}
- {process: "produce(orders, go)", start: exec}
- {process: "consume(orders, done, sum, meet)", start: exec}
- {process: "begin(cells, 1, go, meet)", start: exec}
- {thread: "begin(cells, 0, go, meet)"}
```
```yaml spawn
jobs: [worker()]
show: [counts.slice(..), sum.get(), cells.slice(..), "done.get() == vec![0.5; 100_000]", orders.is_empty()]
```
"#} => {
        seen.holds().shows(&["[200, 200, 200, 200, 200, 200]", "4950", "[1.5, 1.5, 2.5, 3.5]", "true", "true"]);
    }

    fn what_a_fresh_process_prints_is_kept_in_its_order_and_whole(seen) {r#"
```rust job
use std::io::Write;
fn talk() {
    for n in 0..500 {
        println!("line {n}");
    }
    eprintln!("on the other stream");
    // Past nbrun, which knows what is written by a handle of std's.
    let mut past = std::io::LineWriter::new(std::fs::File::create("/dev/stdout").unwrap());
    for n in 0..20_000 {
        writeln!(past, "raw {n}").unwrap();
    }
    past.flush().unwrap();
    std::process::abort();
}
```
```yaml spawn
start: exec
jobs: [talk()]
```
"#} => {
        seen.fails("`talk-1` was killed by SIGABRT").every_run("every line should be there", |run| {
            let of = |stream| -> Vec<&str> {
                run.output.iter().filter(|line| line.stream == stream).map(|line| line.text.as_str()).collect()
            };
            let counted = |what: &str, n| (0..n).map(|n| format!("{what} {n}")).collect::<Vec<_>>();
            run.output.iter().all(|line| line.worker == 1)
                && of(Stream::Stdout) == counted("line", 500)
                && of(Stream::Stderr) == ["on the other stream"]
                && of(Stream::Raw) == counted("raw", 20_000)
        });
    }

    fn what_one_thread_writes_comes_in_its_order_whichever_way_it_does(seen) {r#"
```rust job
use std::io::Write;
use std::process::Command;
fn mix(rounds: u32) {
    for n in 0..rounds {
        println!("{n} one");
        writeln!(std::io::stdout(), "{n} two").unwrap();
        println!("{n} three");
        Command::new("echo").arg(format!("{n} four")).status().unwrap();
        eprintln!("{n} five");
        std::io::stderr().write_all(format!("{n} six\n").as_bytes()).unwrap();
        print!("{n} ");
        write!(std::io::stdout(), "sev").unwrap();
        println!("en");
    }
    write!(std::io::stdout(), "last").unwrap();
}
```
```yaml spawn
executor: each
repeat: 5
jobs: [mix(20)]
```
"#} => {
        let words = ["one", "two", "three", "four", "five", "six", "seven"];
        let lines = (0..20).flat_map(|n| words.map(|word| format!("{n} {word}"))).chain(["last".to_owned()]);
        let lines: Vec<String> = lines.collect();
        seen.holds().every_run("all lines should be the worker's, in its order", |run| {
            run.output.iter().all(|line| line.worker == 1) && run.output.iter().map(|line| &line.text).eq(&lines)
        });
    }

    fn of_a_line_that_is_written_over_the_last_state_is_kept(seen) {r#"
```rust job
fn progress() {
    for i in 1..=5 {
        print!("\rprogress {i}/5");
    }
    println!();
    print!("\rabc\rX\r\n");
}
```
```yaml spawn
executor: each
jobs: [progress()]
expect: [progress 5/5, Xbc]
```
"#} => {
        seen.holds();
    }

    fn who_waits_for_the_lock_of_a_killed_fresh_process_is_told(seen) {r#"
```yaml lock
l: lock
held: event
```
```yaml value
waiting: i32
```
```rust job
fn dies(l: Lock, held: Event, waiting: Value<i32>) {
    let _guard = l.lock();
    held.set();
    while waiting.get() == 0 {
        sleep(0.001);
    }
    std::process::abort();
}
fn waits_for(l: Lock, held: Event, waiting: Value<i32>) {
    held.wait();
    waiting.set(1);
    l.acquire();
}
```
```yaml spawn
jobs:
  - {call: "dies(l, held, waiting)", start: exec}
  - {call: "waits_for(l, held, waiting)", start: fork}
show: l.try_lock().is_some()
```
"#} => {
        seen.fails("the last owner of `l`, was killed by SIGABRT while it held the lock").shows(&["true"]).every_run("it is told", |run| {
            panicked(&run.workers[2].exit, "`dies-1`, the last owner of `l`")
        });
    }

    fn fresh_processes_that_wait_for_each_other_are_told(seen) {r#"
```yaml lock
a: lock
b: lock
meet: {barrier: 2}
```
```rust job
fn both(first: Lock, second: Lock, meet: Barrier) {
    let _first = first.lock();
    meet.wait();
    let _second = second.lock();
}
```
```yaml spawn
- {process: "both(a, b, meet)", start: exec}
- {process: "both(b, a, meet)"}
```
"#} => {
        seen.fails("deadlock: `both-1` and `both-2` wait for each other");
    }

    fn fresh_processes_are_released_together_when_all_are_up(seen) {r#"
```yaml spawn
start: exec
jobs:
  - {call: worker(), count: 4}
```
"#} => {
        seen.holds().every_run("the first step of any should follow the start of all", |run| {
            let workers = &run.workers[1..];
            workers.len() == 4
                && released_together(run)
                && workers.iter().all(|worker| worker.spawn_ns < worker.ready_ns)
        });
    }

    fn a_fresh_process_has_nothing_open_of_what_nbrun_has(seen) {r#"
```rust job
fn open() -> Vec<String> {
    let fds = std::fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
    fds.filter_map(|path| std::fs::read_link(path).ok()).map(|file| file.display().to_string()).collect()
}
fn tell() {
    let of_nbrun = ["memfd", "[eventfd]", "[signalfd]", "[pidfd]", "[eventpoll]"];
    let seen: Vec<String> = open().into_iter().filter(|file| of_nbrun.iter().any(|of| file.contains(of))).collect();
    println!("{seen:?}");
    println!("{:?}", std::fs::read_link("/proc/self/fd/0").unwrap());
}
```
```yaml spawn
start: exec
jobs: [tell()]
```
"#} => {
        seen.holds().prints(&["[]", "\"/dev/null\""]);
    }

    fn a_fresh_process_leaves_no_process_behind(seen) {r#"
```rust job
fn forget() {
    let child = std::process::Command::new("sleep").arg("86398").spawn().unwrap();
    println!("{} {}", child.id(), worker().pid);
}
```
```yaml spawn
start: exec
jobs:
  - forget()
```
"#} => {
        let told = "a process that a job had started by itself still ran when the cell was at its end: `sleep`";
        seen.fails(told).every_run("what it started should be gone, and so should it", |run| {
            let pids: Vec<u32> = run.output[0].text.split(' ').filter_map(|pid| pid.parse().ok()).collect();
            let command = |pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let gone = |command: Vec<u8>| {
                let command = String::from_utf8_lossy(&command);
                !command.contains("86398") && !command.contains("__worker")
            };
            pids.len() == 2 && pids.iter().map(command).all(gone)
        });
    }
}
