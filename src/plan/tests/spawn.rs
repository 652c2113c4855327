//! `spawn` specs.

use super::*;
use crate::model::{Executor, StartMethod};

fn spawn(text: &str) -> Spawn {
    match work("spawn", text) {
        StepKind::Spawn(spawn) => spawn,
        other => panic!("{other:?}"),
    }
}

/// Each job as `name executor call`.
fn jobs(spawn: &Spawn) -> Vec<String> {
    let executor = |job: &Job| job.executor.map_or("-", Executor::as_str);
    spawn.jobs.iter().map(|job| format!("{} {} {}", job.name, executor(job), job.call.text())).collect()
}

#[test]
fn a_list_of_jobs_may_name_an_executor_for_each() {
    let spawn = spawn("- thread: job(1, 2)\n- process: job(1, 2)\n- job(3)\n");
    assert_eq!(jobs(&spawn), ["job-1 thread job(1, 2)", "job-2 process job(1, 2)", "job-3 process job(3)"]);
    assert!(spawn.executors.is_empty());
}

#[test]
fn jobs_that_name_no_executor_run_on_processes() {
    let spawn = spawn("- job(1)\n- call: other::sum(2)\n");
    assert_eq!(jobs(&spawn), ["job-1 - job(1)", "sum-2 - other::sum(2)"]);
    assert_eq!(spawn.executors, [Executor::Process]);
}

#[test]
fn a_cell_may_compare_executors() {
    let text = "executor: [normal, thread, process]\njobs:\n  - sum_powers(q)\n  - {call: sum_powers(q), name: p2, \
                timeout: 2s}\nshow: q.get() + q.get()\nassert: v.get() == 20\n";
    let spawn = spawn(text);
    assert_eq!(spawn.executors, [Executor::Normal, Executor::Thread, Executor::Process]);
    assert_eq!(jobs(&spawn), ["sum_powers-1 - sum_powers(q)", "p2 - sum_powers(q)"]);
    assert_eq!(spawn.jobs[1].timeout, Some(std::time::Duration::from_secs(2)));
    assert_eq!(shown(&spawn.show), ["q.get() + q.get()"]);
    assert_eq!(spawn.assert[0].condition.text(), "v.get() == 20");
}

#[test]
fn a_call_knows_its_place_in_the_notebook() {
    let spawn = spawn("jobs:\n  - \"job(1)\"\n  - {call: job(2), name: b}\n");
    let place = |job: &Job| (job.call.lines[0].line, job.call.lines[0].column);
    assert_eq!(spawn.jobs.iter().map(place).collect::<Vec<_>>(), [(3, 6), (4, 12)]);
}

#[test]
fn a_mapping_may_name_an_executor_for_each_job() {
    let spawn = spawn("jobs:\n  - thread: a()\n  - b()\nshow: 1");
    assert_eq!(jobs(&spawn), ["a-1 thread a()", "b-2 process b()"]);
    assert!(spawn.executors.is_empty());
}

#[test]
fn a_count_makes_several_workers_of_one_call() {
    let spawn = spawn("- {call: put(q), name: producer, count: 2}\n- {thread: get(q), count: 2}\n");
    assert_eq!(
        jobs(&spawn),
        ["producer-1 process put(q)", "producer-2 process put(q)", "get-3 thread get(q)", "get-4 thread get(q)"]
    );
}

#[test]
fn what_is_no_plain_call_is_named_job() {
    let spawn = spawn("- \"(|| 1)()\"\n- q.get()\n- \"{ let x = 1; work(x) }\"\n- (work(1))\n");
    let names: Vec<&str> = spawn.jobs.iter().map(|job| job.name.as_str()).collect();
    assert_eq!(names, ["job-1", "job-2", "job-3", "work-4"]);
}

#[test]
fn show_takes_an_expression_a_list_or_labels() {
    let show = |text: &str| shown(&spawn(&format!("jobs: [a()]\n{text}")).show);
    assert_eq!(show("show: 1.50"), ["1.50"]);
    assert_eq!(show("show: [a.get(), b.get()]"), ["a.get()", "b.get()"]);
    assert_eq!(show("show: {left: a.get(), right: b.get()}"), ["left: a.get()", "right: b.get()"]);
    assert_eq!(show("show:\n- a\n- label: b"), ["a", "label: b"]);
    assert_eq!(show("show: |\n  {\n    1\n  }\n"), ["{\n  1\n}"]);
}

#[test]
fn several_assertions_may_be_made() {
    let spawn = spawn("jobs: [a()]\nassert:\n- a == 1\n- b == 2\n");
    let conditions: Vec<String> = spawn.assert.iter().map(|assert| assert.condition.text()).collect();
    assert_eq!(conditions, ["a == 1", "b == 2"]);
}

#[test]
fn a_spawn_cell_without_jobs_is_wrong() {
    insta::assert_snapshot!(wrong("spawn", "[]"), @r#"
    n.md:2:1: error: a spawn cell needs at least one job
       |
     2 | []
       | ^
       = help: write for example `- process: job(1, 2)`
    "#);
    insta::assert_snapshot!(wrong("spawn", "show: 1"), @r#"
    n.md:2:1: error: a spawn cell needs `jobs`
       |
     2 | show: 1
       | ^
       = help: write `jobs:` and below it one `- job(1, 2)` for each job
    "#);
    insta::assert_snapshot!(wrong("spawn", "jobs:"), @r#"
    n.md:2:6: error: `jobs` is a list of jobs, and this is nothing
       |
     2 | jobs:
       |      ^
       = help: begin each job with `- ` on its own line
    "#);
    insta::assert_snapshot!(wrong("spawn", "job(1)"), @r#"
    n.md:2:1: error: a spawn cell is a list of jobs or a mapping, and this is text
       |
     2 | job(1)
       | ^^^^^^
       = help: write for example `- process: job(1, 2)`
    "#);
}

#[test]
fn normal_is_an_executor_for_a_whole_cell() {
    insta::assert_snapshot!(wrong("spawn", "- normal: job(1)"), @r#"
    n.md:2:3: error: `normal` is an executor for a whole cell, not for one job
       |
     2 | - normal: job(1)
       |   ^^^^^^
       = help: `normal` runs the jobs one after another: put `executor: normal` above `jobs:`, or `executor: [normal, process]` to compare
    "#);
}

#[test]
fn a_job_may_not_name_an_executor_where_the_cell_does() {
    insta::assert_snapshot!(wrong("spawn", "executor: thread\njobs:\n- process: a()"), @r#"
    n.md:4:3: error: this cell has an `executor`, and this job names its own: `process`
       |
     4 | - process: a()
       |   ^^^^^^^
       = help: leave the cell's `executor` out, or write `call` here
    "#);
}

#[test]
fn a_job_is_one_call() {
    insta::assert_snapshot!(wrong("spawn", "- {thread: a(), process: b()}\n- {name: c}\n- {cal: d()}"), @r#"
    n.md:2:17: error: a job is one call, and this has two
       |
     2 | - {thread: a(), process: b()}
       |                 ^^^^^^^
       = help: begin another job with `- ` on its own line
    n.md:3:3: error: this job has no call
       |
     3 | - {name: c}
       |   ^
       = help: write for example `{call: job(1, 2), name: first}`
    n.md:4:4: error: a job has no key `cal`
       |
     4 | - {cal: d()}
       |    ^^^ did you mean `call`?
       = note: its keys are `call`, `thread`, `process`, `name`, `timeout`, `count` and `start`
    "#);
}

#[test]
fn executors_are_known_and_named_once() {
    insta::assert_snapshot!(wrong("spawn", "executor: [thread, threads, thread]\njobs: [a()]"), @r#"
    n.md:2:20: error: unknown executor `threads`
       |
     2 | executor: [thread, threads, thread]
       |                    ^^^^^^^ did you mean `thread`?
       = help: executor is one of `normal`, `thread` and `process`
    n.md:2:29: error: the executor `thread` stands here twice
       |
     2 | executor: [thread, threads, thread]
       |                             ^^^^^^
       = help: the cell runs once under each
    "#);
    insta::assert_snapshot!(wrong("spawn", "executor: []\njobs: [a()]"), @r#"
    n.md:2:11: error: this list of executors is empty
       |
     2 | executor: []
       |           ^
       = help: name one or more of `normal`, `thread` and `process`
    "#);
}

#[test]
fn worker_names_are_unique_and_main_is_taken() {
    insta::assert_snapshot!(wrong("spawn", "- {call: job(), name: job-2}\n- job()"), @r#"
    n.md:3:3: error: two workers of this cell are named `job-2`
       |
     3 | - job()
       |   ^^^^^
       = note: n.md:2:23: the first of them
       |
     2 | - {call: job(), name: job-2}
       |                       ^^^^^
       = help: give one of them another `name`
    "#);
    insta::assert_snapshot!(wrong("spawn", "- {call: job(), name: main}\n- {call: job(), name: a b}"), @r#"
    n.md:2:23: error: `main` is the name of what starts the workers
       |
     2 | - {call: job(), name: main}
       |                       ^^^^
       = help: give the worker another `name`
    n.md:3:23: error: `a b` cannot be a worker's name
       |
     3 | - {call: job(), name: a b}
       |                       ^^^
       = help: a name is made of letters, digits, `-` and `_`, at most 64 bytes
    "#);
}

#[test]
fn a_cell_has_at_most_1024_workers() {
    insta::assert_snapshot!(wrong("spawn", "- {call: a(), count: 1000}\n- {call: a(), count: 25}"), @r#"
    n.md:2:1: error: a cell may have 1024 workers, and this has 1025
       |
     2 | - {call: a(), count: 1000}
       | ^
    "#);
    insta::assert_snapshot!(wrong("spawn", "- {call: a(), count: 0}"), @r#"
    n.md:2:22: error: `count` is at least 1, not 0
       |
     2 | - {call: a(), count: 0}
       |                      ^
    "#);
}

/// How each job is started.
fn starts(text: &str) -> Vec<StartMethod> {
    spawn(text).jobs.iter().map(|job| job.start).collect()
}

#[test]
fn a_job_is_forked_unless_it_or_its_cell_says_otherwise() {
    use StartMethod::{Exec, Fork};
    assert_eq!(starts("- a()\n- {call: b(), start: exec}\n- {process: c(), start: fork}"), [Fork, Exec, Fork]);
    assert_eq!(
        starts("start: exec\njobs: [a(), {call: b(), start: fork}, {call: c(), count: 2}]")[..3],
        [Exec, Fork, Exec]
    );
    assert_eq!(starts("executor: [thread, process]\nstart: exec\njobs: [a()]"), [Exec]);
}

#[test]
fn a_start_method_is_for_processes() {
    insta::assert_snapshot!(wrong("spawn", "- {thread: a(), start: exec}\n- process: b()"), @r#"
    n.md:2:17: error: `start` says how a process is started, and this job is a thread
       |
     2 | - {thread: a(), start: exec}
       |                 ^^^^^
       = help: write `process:` in the place of `thread:`, or leave `start` out
    "#);
    insta::assert_snapshot!(wrong("spawn", "executor: [normal, thread]\njobs: [{call: a(), start: exec}]"), @r#"
    n.md:3:20: error: `start` says how a process is started, and this cell's `executor` is another
       |
     3 | jobs: [{call: a(), start: exec}]
       |                    ^^^^^
       = help: add `process` to the cell's `executor`, or leave `start` out
    "#);
    insta::assert_snapshot!(wrong("spawn", "start: exec\nexecutor: thread\njobs: [a()]"), @r#"
    n.md:2:1: error: `start` says how a process is started, and this cell has none
       |
     2 | start: exec
       | ^^^^^
       = help: let the jobs run under `process`, or leave `start` out
    "#);
    insta::assert_snapshot!(wrong("spawn", "start: fork\njobs: [thread: a()]"), @r#"
    n.md:2:1: error: `start` says how a process is started, and this cell has none
       |
     2 | start: fork
       | ^^^^^
       = help: let the jobs run under `process`, or leave `start` out
    "#);
}

#[test]
fn an_unknown_start_method_is_answered_with_those_that_there_are() {
    insta::assert_snapshot!(wrong("spawn", "start: spawn\njobs: [a(), {call: b(), start: forkserver}]"), @r#"
    n.md:2:8: error: `spawn` is Python's word for a process that is started afresh
       |
     2 | start: spawn
       |        ^^^^^
       = help: here it is `start: exec`
    n.md:3:32: error: unknown start method `forkserver`
       |
     3 | jobs: [a(), {call: b(), start: forkserver}]
       |                                ^^^^^^^^^^
       = help: start method is one of `fork` and `exec`
    "#);
}

#[test]
fn foreign_keys_are_explained() {
    insta::assert_snapshot!(wrong("spawn", "executr: thread\njobs:\n- {target: a, args: 1}"), @r#"
    n.md:2:1: error: a spawn cell has no key `executr`
       |
     2 | executr: thread
       | ^^^^^^^ did you mean `executor`?
       = note: its keys are `executor`, `start`, `jobs`, `show`, `assert`, `axis`, `sweep`, `replay`, `timeout`, `expect`, `repeat`, `explore`, `name`, `reveal` and `skip`
    n.md:4:4: error: a job has no key `target`
       |
     4 | - {target: a, args: 1}
       |    ^^^^^^
       = help: write the call itself: `- process: job(1, 2)`
       = note: its keys are `call`, `thread`, `process`, `name`, `timeout`, `count` and `start`
    n.md:4:15: error: a job has no key `args`
       |
     4 | - {target: a, args: 1}
       |               ^^^^
       = help: write the call itself: `- process: job(1, 2)`
       = note: its keys are `call`, `thread`, `process`, `name`, `timeout`, `count` and `start`
    "#);
}

#[test]
fn a_key_of_another_place_says_where_it_belongs() {
    insta::assert_snapshot!(wrong("spawn", "workers: 2\njobs:\n- {call: a(), executor: thread, expect: [x]}"), @r#"
    n.md:2:1: error: a spawn cell has no key `workers`
       |
     2 | workers: 2
       | ^^^^^^^
       = help: a `pool` cell has `workers`; a `spawn` cell starts several of a kind by a job's `count`
       = note: its keys are `executor`, `start`, `jobs`, `show`, `assert`, `axis`, `sweep`, `replay`, `timeout`, `expect`, `repeat`, `explore`, `name`, `reveal` and `skip`
    n.md:4:15: error: a job has no key `executor`
       |
     4 | - {call: a(), executor: thread, expect: [x]}
       |               ^^^^^^^^
       = help: a job says by its key what runs it: `thread: job()` or `process: job()`
       = note: its keys are `call`, `thread`, `process`, `name`, `timeout`, `count` and `start`
    n.md:4:33: error: a job has no key `expect`
       |
     4 | - {call: a(), executor: thread, expect: [x]}
       |                                 ^^^^^^
       = help: it belongs to the whole cell
       = note: its keys are `call`, `thread`, `process`, `name`, `timeout`, `count` and `start`
    "#);
    insta::assert_snapshot!(wrong("pool", "map: f\nover: 0..3\nreplay: 1,2"), @r#"
    n.md:4:1: error: a pool has no key `replay`
       |
     4 | replay: 1,2
       | ^^^^^^
       = help: only the workers of a `spawn` cell follow a schedule
       = note: its keys are `workers`, `map`, `starmap`, `over`, `apply`, `apply_async`, `for`, `chunk`, `max_tasks`, `initializer`, `order`, `executor`, `show`, `assert`, `axis`, `sweep`, `timeout`, `expect`, `repeat`, `explore`, `name`, `reveal` and `skip`
    "#);
}

#[test]
fn the_workers_of_which_lines_are_expected_exist() {
    insta::assert_snapshot!(wrong("spawn", "jobs: [a(), b()]\nexpect: {workers: {a-1: x, main: y, b-1: z}}"), @r#"
    n.md:3:37: error: this cell has no worker `b-1`
       |
     3 | expect: {workers: {a-1: x, main: y, b-1: z}}
       |                                     ^^^ did you mean `a-1`?
       = note: its workers are `a-1` and `b-2`
    "#);
}

#[test]
fn a_label_needs_an_expression() {
    insta::assert_snapshot!(wrong("spawn", "jobs: [a()]\nshow: { let x = 1; x }"), @r#"
    n.md:3:9: error: the label `let x = 1; x` has no expression
       |
     3 | show: { let x = 1; x }
       |         ^^^^^^^^^^^^
       = help: an expression that begins with `{` needs quotes
    "#);
}
