//! What happens when nbrun is told to stop, or is killed: no worker is left, and what had run is on the page.

mod support;

use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use support::toolchain::Logged;
use support::{Outcome, Run, page};

/// Cell 2 ends by itself; cell 3 never does. As soon as all its workers are at work, there is a file `ready`; the pid of
/// each is in a file of its own. They sleep, wait, compute, and have children that are no workers. One of these begins a
/// session, and Linux was seen to give such a newcomer no time on a full core for 25 seconds.
const NOTEBOOK: &str = r#"---
nbrun: {timeout: 110s}
---
```rust job
fn hello() {
    println!("hello");
}
```

```yaml spawn
- process: hello()
```

```yaml lock
all: {barrier: 7}
never: event
```

```rust job
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

unsafe extern "C" {
    fn setsid() -> i32;
}

fn arrive(all: Barrier) {
    fs::write(format!("pid-{}", worker().name), worker().pid.to_string()).unwrap();
    println!("arrived");
    all.wait();
    fs::write("ready", "").unwrap();
}

fn nap(all: Barrier) {
    arrive(all);
    sleep(600.0);
}

fn wait(all: Barrier, never: Event) {
    arrive(all);
    never.wait();
}

fn compute(all: Barrier) {
    arrive(all);
    loop {
        std::hint::spin_loop();
    }
}

fn parent(all: Barrier) {
    let quiet = Stdio::null;
    let mut sleep = Command::new("sleep");
    // It leaves the session of its worker, as a daemon does.
    unsafe { sleep.pre_exec(|| Ok(_ = setsid())) };
    let mut child = sleep.arg("600").stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn().unwrap();
    fs::write("pid-child", child.id().to_string()).unwrap();
    arrive(all);
    child.wait().unwrap();
}
```

```yaml spawn
- thread: nap(all)
- thread: wait(all, never)
- process: nap(all)
- process: wait(all, never)
- process: compute(all)
- process: parent(all)
- {process: compute(all), start: exec}
```

```yaml spawn
- process: hello()
```
"#;

/// A page that nbrun has made.
const YESTERDAY: &str = "<meta name=\"generator\" content=\"nbrun 0.1.0\">the page of yesterday";

fn run() -> Run {
    Run::new().notebook("a.md", NOTEBOOK).file("a.html", YESTERDAY).args(["--record", "a.json"])
}

/// Whether there is a process of this number that is not just waiting to be buried.
fn is_alive(pid: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    let state = status.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

/// Of all that wrote down its pid, nothing is left; at the latest after a while.
#[track_caller]
fn nobody_is_left(outcome: &Outcome, names: &[&str]) {
    let pids = names.iter().map(|name| outcome.text(&format!("pid-{name}")));
    let pids: Vec<String> = pids.map(|pid| pid.trim().to_owned()).collect();
    let since = Instant::now();
    while pids.iter().any(|pid| is_alive(pid)) {
        assert!(since.elapsed() < Duration::from_secs(60), "some of {names:?} with the pids {pids:?} are left");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Seven workers, and a child that one of them has started by itself.
const ALL: [&str; 8] = ["nap-1", "wait-2", "nap-3", "wait-4", "compute-5", "parent-6", "compute-7", "child"];

/// The page and the record hold what had run, and no worker is left.
#[track_caller]
fn is_well_interrupted(outcome: Outcome) {
    let outcome = outcome.code(130).stdout_is("a.html\n").stderr_has("not run");
    nobody_is_left(&outcome, &ALL);
    let (page, record) = (outcome.text("a.html"), outcome.record("a.json"));
    assert!(record.interrupted && page.contains("The run was interrupted."));
    assert_eq!(page::printed(&page, 2), [("hello-1".to_owned(), "hello".to_owned())]);
    for (number, badge) in [(5, "interrupted"), (6, "not run")] {
        assert!(page::cell(&page, number).contains(&format!(">{badge}</span>")), "cell {number} is {badge}");
    }
    assert_eq!(page::output(&page, 6), "");
}

#[test]
fn ctrl_c_ends_every_worker_and_writes_what_had_run() {
    let outcome = run().ctrl_c_when("ready").run();
    let printed = page::printed(&outcome.text("a.html"), 5);
    let arrived: usize = printed.iter().map(|(_, lines)| lines.matches("arrived").count()).sum();
    assert_eq!(arrived, 7, "what the interrupted cell had printed is on the page: {printed:?}");
    is_well_interrupted(outcome);
}

#[test]
fn ctrl_c_again_and_again_ends_every_worker_and_leaves_a_whole_page() {
    let outcome = run().impatient_ctrl_c_when("ready").run().code(130);
    nobody_is_left(&outcome, &ALL);
    // The first may have been enough before the second came.
    let page = outcome.text("a.html");
    assert!(page == YESTERDAY || page.contains("The run was interrupted.") && page.ends_with("</html>\n"));
}

#[test]
fn a_polite_kill_is_like_ctrl_c() {
    is_well_interrupted(run().signal_when("ready", Signal::SIGTERM).run());
}

#[test]
fn a_closed_terminal_is_like_ctrl_c() {
    is_well_interrupted(run().signal_when("ready", Signal::SIGHUP).run());
}

#[test]
fn nothing_survives_a_killed_nbrun_and_the_old_page_is_whole() {
    let outcome = run().signal_when("ready", Signal::SIGKILL).run().code(-(Signal::SIGKILL as i32));
    nobody_is_left(&outcome, &ALL);
    outcome.file_is("a.html", YESTERDAY).no_file("a.json");
}

#[test]
fn notebooks_behind_the_interrupted_one_do_not_run() {
    let cell = "```rust job\nfn job() {}\n```\n\n```yaml spawn\n- thread: job()\n```\n";
    let outcome = Run::new().notebook("a.md", NOTEBOOK).notebook("b.md", cell).ctrl_c_when("ready").run();
    let outcome = outcome.code(130).stdout_is("a.html\n").no_file("b.html");
    nobody_is_left(&outcome, &ALL);
}

#[test]
fn ctrl_c_while_the_compiler_works_ends_it_and_touches_nothing() {
    let run = Run::new().notebook("a.md", NOTEBOOK).file("a.html", YESTERDAY).cache("cache");
    let pid = run.path("pid-compiler");
    let before = format!("echo $$ > '{0}.new'; mv '{0}.new' '{0}'; exec sleep 600", pid.display());
    let compiler = Logged::with(&run, &format!("case \"$*\" in *--crate-name*) {before};; esac"));
    let outcome = compiler.of(run).ctrl_c_when("pid-compiler").run();
    let outcome = outcome.code(130).stdout_is("").file_is("a.html", YESTERDAY);
    nobody_is_left(&outcome, &["compiler"]);
}

/// A cell that says that it has begun.
const READY: &str =
    "```rust job\nfn job() { std::fs::write(\"ready\", \"\").unwrap(); }\n```\n\n```yaml spawn\n- thread: job()\n```\n";

#[test]
fn the_second_signal_ends_a_run_whose_page_nobody_reads() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let run = Run::new().notebook("a.md", READY).args(["-o", "page.html"]).signals_when("ready", signal);
        mkfifo(&run.path("page.html"), Mode::S_IRUSR | Mode::S_IWUSR).expect("a pipe with a name");
        run.run().code(130).stdout_is("");
    }
}

#[test]
fn the_second_signal_ends_a_run_whose_standard_output_nobody_reads() {
    let long = format!("{READY}\n{}\n", "A long lesson. ".repeat(10_000));
    Run::new()
        .notebook("a.md", &long)
        .args(["-o", "-"])
        .unread()
        .signals_when("ready", Signal::SIGTERM)
        .run()
        .code(130);
}

#[test]
fn the_second_signal_ends_a_run_whose_errors_nobody_reads() {
    // As many bytes as a pipe holds.
    let full = "head -c 65536 /dev/zero >&2; exec \"$0\" a.md";
    let run = Run::new().file("a.md", READY).through(full).unread().signals_when("ready", Signal::SIGTERM);
    run.run().code(130).stdout_is("").no_file("a.html");
}

#[test]
fn sigterm_ends_a_library_that_does_not_finish_loading() {
    let hostile = r#"```rust job
use std::os::unix::process::CommandExt as _;

unsafe extern "C" { fn setsid() -> i32; fn close(fd: i32) -> i32; }

extern "C" fn hold() {
    if CLOSES { unsafe { close(1) }; }
    std::fs::write("pid-kernel", std::process::id().to_string()).unwrap();
    let mut sleep = std::process::Command::new("sleep");
    unsafe { sleep.pre_exec(|| Ok(_ = setsid())) };
    let child = sleep.arg("600").spawn().unwrap();
    std::fs::write("pid-child", child.id().to_string()).unwrap();
    std::fs::write("ready", "").unwrap();
    loop { std::hint::spin_loop() }
}

#[used]
#[unsafe(link_section = ".init_array")]
static HOLD: extern "C" fn() = hold;

fn job() {}
```

```yaml spawn
- process: job()
```
"#;
    let run = |run: Run| {
        let outcome = run.run().code(130);
        nobody_is_left(&outcome, &["kernel", "child"]);
        outcome
    };
    for closes in ["true", "false"] {
        let first = || Run::new().notebook("a.md", &hostile.replace("CLOSES", closes));
        run(first().signal_when("ready", Signal::SIGTERM)).page_has("a.html", "The run was interrupted.");
        run(first().signals_when("ready", Signal::SIGTERM)).no_file("a.html");
    }
}
