//! Workers: how they start, what they are called, how they end.

use crate::facts::{WELL, panicked_at, released_together};
use nbrun::model::{Action, ActionKind};
use nbrun::record::{Executor, ExitStatus};

facts! {
    fn a_job_that_returns_ends_with_code_0(seen) {r#"
```rust job
fn sum(a: i32, b: i32) -> i32 { a + b }
```
```yaml spawn
executor: each
jobs:
  - sum(1, 2)
```
"#} => {
        seen.holds().ends(&[WELL]);
    }

    fn exit_gives_the_code_that_the_job_names_and_the_others_go_on(seen) {r#"
```yaml spawn
executor: each
jobs:
  - exit(8)
  - exit(0)
  - exit(300)
```
"#} => {
        seen.fails("`exit-1` ended with exit code 8").fails("300").ends(&[ExitStatus::Code(8), WELL, ExitStatus::Code(300)]);
    }

    fn a_job_that_returns_err_has_failed_with_its_error(seen) {r#"
```rust job
type Loaded = Result<String, Box<dyn std::error::Error>>;
struct Secret;
fn load(path: &str) -> Loaded { Ok(std::fs::read_to_string(path)?) }
fn odd(n: i32) -> Result<i32, String> { if n % 2 == 1 { Ok(n) } else { Err(format!("{n} is even")) } }
fn hidden() -> Result<(), Secret> { Err(Secret) }
fn leaves(code: u8) -> std::process::ExitCode { code.into() }
fn either(code: u8) -> Result<std::process::ExitCode, String> { odd(code.into()).map(|_| code.into()) }
```
```yaml spawn
executor: each
jobs:
  - load("/no/such/file")
  - odd(3)
  - odd(4)
  - "{ odd(6)?; Ok::<(), String>(()) }"
  - hidden()
  - leaves(0)
  - leaves(3)
  - either(5)
  - either(2)
  - "{ let _ = odd(4); }"
  - Some(odd(4))
```
"#} => {
        let failed = |error: &str| ExitStatus::Failed { error: error.to_owned() };
        let load = failed("Os { code: 2, kind: NotFound, message: \"No such file or directory\" }");
        let runs = seen.cell.runs.iter();
        let hidden: Vec<&ExitStatus> = runs.map(|run| &run.workers[5].exit).collect();
        assert!(hidden.iter().all(|exit| matches!(exit, ExitStatus::Failed { error } if error == "Secret, which has no `Debug`")));
        let hidden = hidden[0].clone();
        seen.fails("`load-1` returned an error: Os { code: 2,").fails("write `{ let _ = …; }`").ends(&[
            load, WELL, failed("\"4 is even\""), failed("\"6 is even\""), hidden, WELL, ExitStatus::Code(3), ExitStatus::Code(5),
            failed("\"2 is even\""), WELL, WELL,
        ]);
    }

    fn exit_takes_a_number_and_nothing_else(seen) {r#"
```yaml spawn
jobs:
  - exit("no seats left")
expect: {error: mismatched types}
```
"#} => {
        seen.fails("mismatched types");
    }

    fn exit_drops_the_values_of_the_job_on_its_way_out(seen) {r#"
```yaml value
dropped: i32
```
```rust job
struct Counts(Value<i32>);
impl Drop for Counts {
    fn drop(&mut self) { self.0.fetch_add(1); }
}
fn leave(dropped: Value<i32>) {
    let _counts = Counts(dropped);
    exit(0)
}
```
```yaml spawn
executor: each
jobs:
  - leave(dropped)
show: dropped.get()
```
"#} => {
        seen.holds().shows(&["1"]);
    }

    fn a_panic_ends_one_worker_with_its_message_and_place(seen) {r#"
```rust job
fn fine() {}
fn divide(n: i32) -> i32 {
    assert!(n != 0, "nothing to divide by");
    1 / n
}
```
```yaml spawn
executor: each
jobs:
  - fine()
  - divide(0)
  - fine()
```
"#} => {
        let line = seen.position_of("assert!(n != 0");
        seen.fails("`divide-2` panicked: nothing to divide by").every_run("only the second should panic", |run| {
            let [_, first, second, third] = run.workers.as_slice() else { return false };
            first.exit == WELL && panicked_at(&second.exit, "nothing to divide by", line) && third.exit == WELL
        });
    }

    fn a_process_that_is_killed_ends_with_the_name_of_its_signal(seen) {r#"
```yaml spawn
jobs:
  - std::process::abort()
  - worker()
```
"#} => {
        let exit = ExitStatus::Signaled { signal: 6, name: "SIGABRT".to_owned(), stack_overflow: false };
        seen.fails("`abort-1` was killed by SIGABRT").ends(&[exit, WELL]);
    }

    fn a_signal_ends_all_threads_of_the_process_and_names_the_one_it_struck(seen) {r#"
```yaml spawn
executor: thread
jobs:
  - std::process::abort()
  - sleep(60)
```
"#} => {
        let exit = ExitStatus::Signaled { signal: 6, name: "SIGABRT".to_owned(), stack_overflow: false };
        seen.fails("`abort-1` was killed by SIGABRT").ends(&[exit, ExitStatus::Lost]);
    }

    fn a_stack_that_runs_over_is_told_from_other_crashes(seen) {r#"
```rust job
#[allow(unconditional_recursion)]
fn deep(n: u64) -> u64 {
    let here = std::hint::black_box([n; 64]);
    deep(here[0] + 1) + here[1]
}
```
```yaml spawn
executor: each
jobs:
  - deep(0)
```
"#} => {
        seen.fails("`deep-1` overflowed its stack").every_worker("should have overflowed", |_, worker| {
            matches!(worker.exit, ExitStatus::Signaled { stack_overflow: true, .. })
        });
    }

    fn a_job_beyond_its_own_timeout_is_ended_and_the_others_go_on(seen) {r#"
```yaml spawn
executor: each
jobs:
  - {call: sleep(60), timeout: 100ms}
  - worker()
```
"#} => {
        seen.fails("`sleep-1` did not end within its time limit").ends(&[ExitStatus::TimedOut, WELL]);
    }

    fn a_process_that_computes_without_end_is_ended_at_its_timeout(seen) {r#"
```rust job
fn spin() {
    loop {
        std::hint::spin_loop();
    }
}
```
```yaml spawn
jobs:
  - {call: spin(), timeout: 100ms}
  - worker()
```
"#} => {
        seen.fails("`spin-1` did not end within its time limit").ends(&[ExitStatus::TimedOut, WELL]);
    }

    fn a_thread_that_computes_without_end_takes_its_process_with_it(seen) {r#"
```rust job
fn spin() {
    loop {
        std::hint::spin_loop();
    }
}
```
```yaml spawn
executor: [normal, thread]
jobs:
  - {call: spin(), timeout: 100ms}
  - sleep(60)
```
"#} => {
        seen.fails("a thread can only be ended with its process").every_run("the job should have timed out", |run| {
            run.workers[1].exit == ExitStatus::TimedOut && matches!(run.workers[2].exit, ExitStatus::Lost | ExitStatus::NotStarted)
        });
    }

    fn a_cell_beyond_its_timeout_ends_with_all_its_workers(seen) {r#"
```yaml spawn
executor: both
timeout: 1s
jobs:
  - sleep(60)
  - sleep(60)
```
"#} => {
        seen.fails("the cell did not end within its time limit").ends(&[ExitStatus::TimedOut, ExitStatus::TimedOut]);
    }

    fn each_worker_has_a_name_of_its_own_and_can_tell_it(seen) {r#"
```rust job
fn tell() {
    let me = worker();
    println!("{} {} {} {}", me.name, me.number, me.pid, me.tid);
}
```
```yaml spawn
executor: each
jobs:
  - tell()
  - {call: tell(), name: teller}
  - {call: tell(), name: t, count: 2}
  - {call: tell(), count: 2}
```
"#} => {
        seen.holds().every_run("each worker should tell what the record says", |run| {
            let names: Vec<&str> = run.workers.iter().map(|worker| worker.name.as_str()).collect();
            let told = run.output.iter().all(|line| {
                let worker = &run.workers[line.worker as usize];
                line.text == format!("{} {} {} {}", worker.name, line.worker, worker.pid, worker.tid)
            });
            names == ["main", "tell-1", "teller", "t-1", "t-2", "tell-5", "tell-6"] && told && run.output.len() == 6
        });
    }

    fn processes_have_a_pid_each_and_threads_share_that_of_main(seen) {r#"
```yaml spawn
executor: each
jobs:
  - worker()
  - worker()
```
"#} => {
        let pids = |executor, shared| {
            move |run: &nbrun::record::RunOutcome| {
                let pids: Vec<u32> = run.workers.iter().map(|worker| worker.pid).collect();
                let all_shared = pids.iter().all(|pid| *pid == pids[0]);
                let distinct = pids[0] != pids[1] && pids[1] != pids[2] && pids[0] != pids[2];
                run.executor == Some(executor) && if shared { all_shared } else { distinct }
            }
        };
        seen.holds()
            .run_under(Executor::Normal, "they share a pid", pids(Executor::Normal, true))
            .run_under(Executor::Thread, "they share a pid", pids(Executor::Thread, true))
            .run_under(Executor::Process, "each has a pid", pids(Executor::Process, false));
    }

    fn a_static_is_shared_by_threads_and_copied_for_each_process(seen) {r#"
```rust job
use std::sync::atomic::{AtomicU32, Ordering};
static COUNT: AtomicU32 = AtomicU32::new(5);
fn count() -> u32 { COUNT.fetch_add(1, Ordering::SeqCst) }
```
```yaml spawn
executor: each
jobs:
  - count()
  - assert!(count() >= 5)
show: COUNT.load(Ordering::SeqCst)
```
"#} => {
        let shows = |text: &'static str| move |run: &nbrun::record::RunOutcome| run.results[0].text == text;
        seen.holds()
            .run_under(Executor::Normal, "main sees what the jobs did", shows("7"))
            .run_under(Executor::Thread, "main sees what the jobs did", shows("7"))
            .run_under(Executor::Process, "main has its own", shows("5"));
    }

    fn normal_runs_its_jobs_one_after_another_in_their_order(seen) {r#"
```yaml spawn
executor: normal
jobs:
  - println!("a")
  - "{ sleep(0.01); println!(\"b\") }"
  - println!("c")
```
"#} => {
        seen.holds().prints(&["a", "b", "c"]).every_run("none should start before the last has ended", |run| {
            run.workers[1..].windows(2).all(|pair| pair[0].end_ns <= pair[1].start_ns)
        });
    }

    fn workers_are_released_together_when_all_are_up(seen) {r#"
```yaml spawn
executor: both
jobs:
  - {call: worker(), count: 5}
```
"#} => {
        seen.holds().every_run("the first step of any should follow the start of all", |run| {
            run.workers.len() == 6 && released_together(run)
        });
    }

    fn workers_are_started_in_the_order_in_which_they_stand(seen) {r#"
```yaml spawn
executor: each
jobs:
  - {call: worker(), count: 5}
```
"#} => {
        seen.holds().every_run("each should be asked for after the one before", |run| {
            run.workers.len() == 6 && run.workers[1..].windows(2).all(|pair| pair[0].spawn_ns <= pair[1].spawn_ns)
        });
    }

    fn a_single_worker_waits_at_no_gate_and_is_joined_once_started(seen) {r#"
```yaml spawn
executor: both
jobs: [sleep(0.01)]
```
"#} => {
        seen.holds().every_run("no gate should be there, and the join begin behind the start", |run| {
            let joins: Vec<_> = run.trace.iter().filter(|event| event.kind() == ActionKind::Join).collect();
            let ready_ns = run.workers[1].ready_ns;
            matches!(joins.as_slice(), [join] if join.at_ns >= ready_ns)
                && run.trace.iter().all(|event| event.action != Action::Open)
        });
    }

    fn all_workers_have_ended_before_anything_is_shown(seen) {r#"
```yaml value
ended: i32
```
```yaml spawn
executor: each
jobs:
  - {call: "{ sleep(0.05); ended.fetch_add(1) }", count: 3}
show: ended.get()
```
"#} => {
        seen.holds().shows(&["3"]);
    }

    fn what_does_not_hold_is_told_however_much_is_shown(seen) {r#"
```yaml spawn
executor: each
jobs: [worker()]
show: ["\"x\".repeat(10_000_000)", 1 + 1]
assert: [1 == 1, 1 == 2]
```
"#} => {
        seen.fails("this does not hold: 1 == 2").every_run("long values are cut, short ones are whole", |run| {
            let [long, short] = run.results.as_slice() else { return false };
            long.text.ends_with("(the rest is left out)") && long.text.len() < 100_000 && short.text == "2"
        });
    }

    fn a_job_leaves_no_process_behind(seen) {r#"
```rust job
fn forget() {
    let child = std::process::Command::new("sleep").arg("86399").spawn().unwrap();
    println!("{}", child.id());
}
```
```yaml spawn
executor: each
jobs:
  - forget()
```
"#} => {
        let told = "a process that a job had started by itself still ran when the cell was at its end: `sleep`";
        seen.fails(told).every_run("what the job started should be gone", |run| {
            let command = std::fs::read(format!("/proc/{}/cmdline", run.output[0].text)).unwrap_or_default();
            run.output[0].text.parse::<u32>().is_ok() && !String::from_utf8_lossy(&command).contains("86399")
        });
    }
}
