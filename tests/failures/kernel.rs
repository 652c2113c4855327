//! The kernel itself is ended, by a job that knows how to find it.

use crate::support::{Run, page};
use nbrun::record::Status;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// The first spawn ends by itself; the second kills the kernel, which is the parent of main, and then waits for ever.
fn notebook(executor: &str, signal: i32) -> String {
    format!(
        r#"
```rust job
fn hello() {{
    println!("hello");
}}
```

```yaml spawn
- process: hello()
```

```rust job
unsafe extern "C" {{
    safe fn kill(pid: i32, signal: i32) -> i32;
    safe fn getppid() -> i32;
}}

fn parent_of(pid: i32) -> i32 {{
    let stat = std::fs::read_to_string(format!("/proc/{{pid}}/stat")).unwrap();
    stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().parse().unwrap()
}}

fn regicide(main: i32) {{
    std::fs::write("pid-worker", worker().pid.to_string()).unwrap();
    std::fs::write("pid-main", main.to_string()).unwrap();
    kill(parent_of(main), {signal});
    loop {{
        sleep(600.0);
    }}
}}
```

```yaml spawn
- {executor}: "regicide({main})"
```

```yaml spawn
- process: hello()
```
"#,
        main = if executor == "thread" { "worker().pid as i32" } else { "getppid()" }
    )
}

fn is_alive(pid: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[track_caller]
fn says_so_and_keeps_the_rest(executor: &str, signal: i32, name: &str) {
    let run = Run::new().notebook("a.md", &notebook(executor, signal)).args(["--record", "a.json"]).run();
    let outcome = run
        .code(1)
        .stdout_is("a.html\n")
        .stderr_has(&format!("a.md:33:1: error: the kernel ended before its work was done (signal: {signal} ({name})"))
        .stderr_has("what it had reported before is on the page; no later cell ran")
        .page_has("a.html", "the kernel ended before its work was done");
    let (page, record) = (outcome.text("a.html"), outcome.record("a.json"));
    assert_eq!(page::printed(&page, 2), [("hello-1".to_owned(), "hello".to_owned())]);
    let statuses: Vec<Status> = record.cells.iter().map(|cell| cell.status).collect();
    assert_eq!(statuses[..3], [Status::Passed; 3]);
    assert_eq!(statuses[3..], [Status::Failed, Status::NotRun]);
    let since = Instant::now();
    while ["pid-worker", "pid-main"].iter().any(|name| is_alive(&outcome.text(name))) {
        assert!(since.elapsed() < Duration::from_secs(30), "main and its worker do not outlive the kernel");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn when_the_kernel_is_killed_the_page_of_what_had_run_is_written() {
    says_so_and_keeps_the_rest("process", 9, "SIGKILL");
    says_so_and_keeps_the_rest("thread", 9, "SIGKILL");
}

#[test]
fn when_the_kernel_aborts_the_page_of_what_had_run_is_written() {
    says_so_and_keeps_the_rest("process", 6, "SIGABRT");
    says_so_and_keeps_the_rest("thread", 6, "SIGABRT");
}
