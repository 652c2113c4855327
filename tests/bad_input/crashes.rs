//! Jobs that crash: each is told what has happened, in words that are true, under processes and threads alike.

use super::failed;

/// Jobs that crash, each in a line of its own.
const JOBS: &str = "```rust job
fn recurse(n: u64) -> u64 { if n == u64::MAX { 0 } else { 1 + recurse(n + 1) } }
fn here() { println!(\"{}\", recurse(0)); }
fn below() { std::thread::spawn(|| println!(\"{}\", recurse(0))).join().unwrap(); }
fn null() { unsafe { std::ptr::null_mut::<i32>().write_volatile(1) } }
struct Bomb;
impl Drop for Bomb { fn drop(&mut self) { panic!(\"second\"); } }
fn twice() { let _b = Bomb; panic!(\"first\"); }
struct Calm;
impl Drop for Calm { fn drop(&mut self) { let _ = std::panic::catch_unwind(|| panic!(\"inner\")); } }
fn calm() { let _c = Calm; panic!(\"outer\"); }
fn caught() { let _ = std::panic::catch_unwind(|| panic!(\"old\")); panic!(\"new\"); }
fn bare() { let _b = Bomb; exit(3); }
```
";

/// The cell, which begins in line 15.
fn cell(kind: &str, text: &str) -> String {
    format!("{JOBS}```yaml {kind}\n{text}```\n")
}

#[test]
fn a_stack_that_overflows_is_told_as_such_in_every_kind_of_thread() {
    let help = "a function that calls itself without end does that";
    for (job, error) in [
        ("process: here()", "`here-1` overflowed its stack"),
        ("thread: here()", "`here-1` overflowed its stack"),
        ("process: below()", "`below-1` overflowed its stack"),
        ("{process: below(), start: exec}", "`below-1` overflowed its stack"),
        ("thread: below()", "a thread that the cell's code had started by itself overflowed its stack"),
    ] {
        failed(&cell("spawn", &format!("- {job}\n"))).stderr_has_all(&[error, help]).stderr_lacks("unsafe");
    }
    for executor in ["process", "thread"] {
        let pool = format!("workers: 1\nexecutor: {executor}\nmap: \"|_: i32| below()\"\nover: 0..1\n");
        failed(&cell("pool", &pool)).stderr_has("overflowed its stack").stderr_lacks("unsafe");
    }
}

#[test]
fn an_access_to_no_memory_is_not_taken_for_a_stack_that_overflows() {
    for executor in ["process", "thread"] {
        failed(&cell("spawn", &format!("- {executor}: null()\n")))
            .stderr_has_all(&["`null-1` was killed by SIGSEGV", "look for `unsafe`"])
            .stderr_lacks("overflowed");
    }
}

#[test]
fn of_two_panics_at_once_the_first_is_told_and_where_it_was() {
    for executor in ["process", "thread"] {
        failed(&cell("spawn", &format!("- {executor}: twice()\n")))
            .stderr_has("a.md:8:29: error: `twice-1` panicked: first; then a destructor panicked, too: second");
    }
    for executor in ["process", "thread", "normal"] {
        failed(&cell("spawn", &format!("executor: {executor}\njobs: [calm(), caught()]\n"))).stderr_has_all(&[
            "a.md:11:28: error: `calm-1` panicked: outer",
            "a.md:12:67: error: `caught-2` panicked: new",
        ]);
        failed(&cell("spawn", &format!("executor: {executor}\njobs: [bare()]\n")))
            .stderr_has("a.md:7:43: error: `bare-1` panicked: second");
    }
}

#[test]
fn inputs_without_an_end_are_told_where_they_are_asked_for() {
    for (text, place) in [
        ("map: \"|i: i32| i\"\nover: 0..\n", "17:7"),
        ("over: std::iter::repeat(1)\nmap: \"|i: i32| i\"\nexecutor: thread\n", "16:7"),
        ("{map: \"|i: i32| i\", over: (0..).map(|i| 2 * i)}\n", "16:27"),
        ("for: i in 0_i64..\napply_async: i\n", "16:11"),
        ("apply_async: i\nfor: i in 0..u64::MAX\n", "17:11"),
        ("starmap: \"|i: i32, j: i32| i + j\"\nover: std::iter::repeat((1, 2))\n", "17:7"),
    ] {
        failed(&cell("pool", text))
            .stderr_has(&format!("a.md:{place}: error: `main` panicked: the inputs of the pool"));
    }
}

#[test]
fn inputs_that_do_not_come_to_an_end_are_told_before_any_limit_is() {
    let endless =
        "help: main makes all inputs of a pool before the workers begin, and did not come to the end of these";
    for (text, place) in [
        ("map: \"|i: u64| i\"\nover: (1..).filter(|i| i % 2 == 0)\n", "17:7"),
        ("apply_async: i\nfor: i in (1_u64..).filter(|i| i % 2 == 0)\n", "17:11"),
    ] {
        let text = format!("---\nnbrun: {{memory: 60MiB}}\n---\n{}", cell("pool", text));
        let (line, column) = place.split_once(':').expect("a place");
        let line: u32 = line.parse().expect("a line");
        failed(&text).stderr_has_all(&[
            &format!("a.md:{}:{column}: error: `main` ran out of memory", line + 3),
            endless,
            "if it needs more, say `nbrun: {memory: 8GiB}`",
        ]);
    }
    let text = "timeout: 300ms\nmap: \"|i: i32| i\"\nover: std::iter::repeat(1).filter(|i| *i == 0)\n";
    failed(&cell("pool", text)).stderr_has_all(&[
        "a.md:18:7: error: the cell did not end within its time limit of 300ms",
        endless,
        "if it needs more time",
    ]);
    // Where the workers have begun, it is none of the inputs'.
    let text = "timeout: 300ms\nmap: \"|i: i32| loop { if i < 0 { break i } }\"\nover: 0..2\n";
    failed(&cell("pool", text)).stderr_has("a.md:15:1: error: the cell did not end").stderr_lacks("inputs");
}

#[test]
fn a_wait_in_vain_says_what_is_missing() {
    let shared = "```yaml queue\nq: i64\nfull: {of: i64, maxsize: 1}\n```\n```yaml lock\nl: lock\ns: semaphore\ne: event\n\
                  c: condition\nb: {barrier: 2}\n```\n";
    for (job, wait, why) in [
        ("q.put(3)", "q.join()", "an item was put into queue `q` and never called done by `task_done()`"),
        ("{ q.put(3); q.get(); }", "q.join()", "an item was put into queue `q` and never called done by `task_done()`"),
        ("full.put(1)", "full.put(2)", "queue `full` is full and no other worker is left that could take an item"),
        ("1", "q.get()", "queue `q` is empty and no other worker is left that could put an item"),
        ("s.acquire()", "s.acquire()", "`s` has no permit left and no other worker is left that could give one back"),
        ("1", "e.wait()", "event `e` is not set and no other worker is left that could set it"),
        ("1", "{ let _guard = c.lock(); c.wait() }", "condition `c` has not been notified"),
        ("1", "b.wait()", "not all parties have come to barrier `b` and no other worker is left that could come"),
    ] {
        for (executor, explore) in [("normal", ""), ("process", ""), ("process", "explore: all\n")] {
            let text = format!("executor: {executor}\njobs: [\"{job}\"]\n{explore}show: \"{wait}\"\n");
            let said = format!("panicked: {why}");
            failed(&format!("{shared}```yaml spawn\n{text}```\n")).stderr_has_all(&[&said, "this would wait for ever"]);
        }
    }
}
