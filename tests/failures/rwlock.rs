//! Read-write locks that fail: a writer that is killed, and deadlocks with readers and writers in them.

use crate::deadlock::{deadlocked, waits};
use crate::death::with_kill;
use crate::facts::{WELL, panicked};
use nbrun::model::WaitCondition;

/// A worker that is killed while it holds a read-write lock, which it has taken by `taken`, and one that takes it after that.
fn killed(taken: &str, next: &str) -> String {
    let cells = r#"
```yaml lock
l: rwlock
both: {barrier: 2}
never: event
```
```yaml value
pid: i
```
```rust job
fn holds(l: RwLock, both: Barrier, pid: Value<i32>, never: Event) {
    let _guard = l.TAKEN(); // taken
    both.wait();
    say(pid);
    never.wait();
}
fn comes(l: RwLock, both: Barrier, pid: Value<i32>) {
    both.wait();
    kill_who_waits(pid);
    drop(l.NEXT());
}
```
```yaml spawn
jobs:
  - holds(l, both, pid, never)
  - comes(l, both, pid)
show: [l.try_write().is_some()]
```
"#;
    with_kill(&cells.replace("TAKEN", taken).replace("NEXT", next))
}

facts! {
    fn a_writer_that_is_killed_is_reported_to_who_reads_next(seen) {killed("write", "read")} => {
        let taken = seen.line_of("// taken").unwrap_or_default();
        let told = format!(
            "`holds-1`, the last owner of `l`, was killed by SIGKILL while it held the lock, which it had taken at line \
             {taken}; what the lock protects may be half done"
        );
        seen.fails("`holds-1` was killed by SIGKILL")
            .shows(&["true"])
            .every_run("the reader is told", |run| panicked(&run.workers[2].exit, &told));
    }

    fn a_reader_that_is_killed_just_leaves(seen) {killed("read", "write")} => {
        seen.fails("`holds-1` was killed by SIGKILL")
            .shows(&["true"])
            .every_run("the writer comes in", |run| run.workers[2].exit == WELL);
    }

    fn two_readers_that_want_to_write_what_the_other_reads_are_reported(seen) {r#"
```yaml lock
a: rwlock
b: rwlock
both: {barrier: 2}
```
```rust job
fn changes(read: RwLock, write: RwLock, both: Barrier) {
    let _read = read.read(); // reads
    both.wait();
    let _write = write.write();
}
```
```yaml spawn
executor: both
jobs:
  - changes(a, b, both)
  - changes(b, a, both)
```
"#} => {
        let at = seen.line_of("// reads").unwrap_or_default();
        deadlocked(seen, "a ring of two", |_, deadlock| {
            deadlock.cycle == [1, 2]
                && waits(deadlock) == [(1, "b", WaitCondition::Write), (2, "a", WaitCondition::Write)]
                && deadlock.waits.iter().all(|wait| wait.holds.len() == 1 && wait.holds[0].is_shared)
        })
        .fails("`changes-1`, which holds `a` to read, has waited")
        .fails("for write access to `b`, which `changes-2` reads")
        .fails(&format!("facts.md:{at}:5: `changes-1` had taken `a` here"))
        .fails("take the locks in the same order everywhere");
    }

    fn a_reader_behind_a_writer_that_waits_is_reported_with_it(seen) {r#"
```yaml lock
l: rwlock
inside: {barrier: 3}
never: event
```
```rust job
fn reads(l: RwLock, inside: Barrier, never: Event) {
    let _read = l.read();
    inside.wait();
    never.wait();
}
fn writes(l: RwLock, inside: Barrier) {
    inside.wait();
    let _write = l.write();
}
fn signals(l: RwLock, inside: Barrier, never: Event) {
    inside.wait();
    while l.try_read().is_some() {}
    let _read = l.read();
    never.set();
}
```
```yaml spawn
executor: both
jobs:
  - reads(l, inside, never)
  - writes(l, inside)
  - signals(l, inside, never)
```
"#} => {
        deadlocked(seen, "a reader outside, a writer and a reader inside", |_, deadlock| {
            let (event, write, read) = (WaitCondition::Event, WaitCondition::Write, WaitCondition::Read);
            waits(deadlock) == [(1, "never", event), (2, "l", write), (3, "l", read)]
                && (&deadlock.waits[1].holders, &deadlock.waits[2].holders) == (&vec![1], &vec![2])
        })
        .fails("for write access to `l`, which `reads-1` reads")
        .fails("for read access to `l`, which `writes-2` waits to write");
    }
}
