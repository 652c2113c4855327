//! Thousands of almost-deadlocks on a machine whose cores are all busy: not one alarm.

use crate::support::{Run, under_load};
use nbrun::record::Status;
use std::env;

/// How often each cell is run under each executor, in a test that takes seconds. The variable `NBRUN_STRESS` asks for more.
const TIMES: u32 = 40;

/// Four workers who are most of the time all in each other's way. In the last cell, all but one wait without a limit, longer
/// than it takes to find a deadlock, for one who sleeps, gives up or has a thread of its own.
fn notebook(times: u32) -> String {
    format!(
        r#"---
nbrun: {{trace: off}}
---

```yaml lock
a: lock
b: rlock
s: {{semaphore: 1}}
c: condition
meet: {{barrier: 4}}
e: event
f: event
```

```yaml queue
q: {{of: u32, maxsize: 1}}
back: {{of: u32, maxsize: 1}}
```

```yaml value
turn: u32
```

```rust job
fn crowds(n: u32, a: Lock, b: RLock, s: Semaphore, c: Condition, meet: Barrier, q: Queue<u32>, back: Queue<u32>,
          mut turn: Value<u32>) {{
    for round in 0..5 {{
        for _ in 0..20 {{
            let _both = (a.lock(), b.lock());
            let _permit = s.lock();
        }}
        match n {{
            0 => (0..20).for_each(|i| {{ q.put(i); assert_eq!(back.get(), i) }}),
            1 => (0..20).for_each(|_| back.put(q.get())),
            2 if round % 2 == 0 => sleep(0.001),
            _ => drop(s.lock_timeout(0.0001)),
        }}
        meet.wait();
        {{
            let _guard = c.lock();
            c.wait_for(|| turn.get() % 4 == n);
            turn += 1;
            c.notify_all();
        }}
        meet.wait();
    }}
}}
```

```yaml spawn
executor: [thread, process]
repeat: {times}
jobs:
  - crowds(0, a, b, s, c, meet, q, back, turn)
  - crowds(1, a, b, s, c, meet, q, back, turn)
  - "crowds(2, a, b, s, c, meet, q, back, turn)"
  - "crowds(3, a, b, s, c, meet, q, back, turn)"
assert: turn.get() == 20
```

```rust job
fn holds(a: Lock, meet: Barrier, e: Event) {{
    let _guard = a.lock();
    meet.wait();
    e.wait();
}}
fn wants(a: Lock, meet: Barrier) {{
    meet.wait();
    a.acquire();
    a.release();
}}
fn gives_up(q: Queue<u32>, meet: Barrier, e: Event) {{
    meet.wait();
    assert!(q.get_timeout(0.06).is_err());
    e.set();
}}
fn has_a_thread(meet: Barrier, f: Event) {{
    meet.wait();
    let thread = std::thread::spawn(move || {{
        std::thread::sleep(std::time::Duration::from_millis(60));
        f.set();
    }});
    f.wait();
    thread.join().unwrap();
}}
```

```yaml spawn
executor: [thread, process]
repeat: {few}
jobs:
  - holds(a, meet, e)
  - wants(a, meet)
  - gives_up(q, meet, e)
  - has_a_thread(meet, f)
```
"#,
        few = times / 4
    )
}

#[test]
fn thousands_of_almost_deadlocks_on_a_busy_machine_raise_no_alarm() {
    let times = env::var("NBRUN_STRESS").ok().and_then(|times| times.parse().ok()).unwrap_or(TIMES);
    // In portions, since a run of the program that takes too long counts as hung.
    let portions = times.div_ceil(200);
    for _ in 0..portions {
        let run = || Run::new().notebook("a.md", &notebook(times.min(200))).args(["--record", "a.json"]).run();
        let outcome = under_load(run).code(0);
        let record = outcome.record("a.json");
        assert!(record.cells.iter().all(|cell| cell.status == Status::Passed));
        let runs: usize = record.cells.iter().map(|cell| cell.runs.len()).sum();
        assert_eq!(runs as u32, 2 * (times.min(200) + times.min(200) / 4));
    }
}
