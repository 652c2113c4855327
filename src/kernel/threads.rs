//! What the system says of the threads of a run: who sleeps, and who is there that nbrun did not start.

use nix::unistd::getpid;
use std::collections::HashSet;
use std::fs::{read_dir, read_link, read_to_string};
use std::hash::Hash;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// A thread: its process's number, and its own.
pub type Thread = (u32, u32);

/// How often a thread has gone to sleep so far, if it sleeps right now. The same answer twice means that it has slept all
/// the time between.
pub fn asleep(thread: Thread) -> Option<u64> {
    let status = read_to_string(of(thread).join("status")).ok()?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    if !field("State:")?.starts_with('S') {
        return None;
    }
    field("voluntary_ctxt_switches:")?.parse().ok()
}

/// For how long it is watched whether somebody is blocked.
const WATCHED: Duration = Duration::from_millis(20);

/// Of some workers with their threads those whose threads all sleep, for a while that they are watched.
pub fn blocked<W: Copy + Eq + Hash>(workers: impl Iterator<Item = (W, Vec<Thread>)>) -> HashSet<W> {
    let slept = |threads: &[Thread]| threads.iter().map(|thread| asleep(*thread)).collect::<Option<Vec<u64>>>();
    let asleep: Vec<_> = workers
        .filter_map(|(worker, threads)| Some((worker, slept(&threads).filter(|slept| !slept.is_empty())?, threads)))
        .collect();
    if !asleep.is_empty() {
        thread::sleep(WATCHED);
    }
    let still = asleep.into_iter().filter(|(_, before, threads)| slept(threads).as_ref() == Some(before));
    still.map(|(worker, _, _)| worker).collect()
}

/// Whether nobody is at work in a run but `known` threads: no thread that a job has started by itself, and no child. The
/// first is main's; all children of the calling process belong to the run. If the system does not say, it is not so.
pub fn are_alone(known: &[Thread]) -> bool {
    // Without this, the numbers would be those of other processes.
    if read_link("/proc/self").ok().and_then(|link| link.to_str()?.parse().ok()) != Some(getpid().as_raw()) {
        return false;
    }
    let mut processes: Vec<u32> = known.iter().map(|(process, _)| *process).collect();
    processes.sort_unstable();
    processes.dedup();
    let main = known.first().map_or(0, |(process, _)| *process);
    let are_known = |process: u32| {
        let Some(threads) = threads_of(process) else { return false };
        threads.into_iter().all(|thread| {
            known.contains(&(process, thread))
                && children(&of((process, thread))).is_some_and(|children| {
                    children.into_iter().all(|child| processes.binary_search(&child).is_ok() || is_dead(child))
                })
        })
    };
    // A child whose parent ends falls to the caller, so that one is looked at last.
    processes.iter().all(|process| are_known(*process))
        && children(Path::new("/proc/thread-self"))
            .is_some_and(|children| children.into_iter().all(|child| child == main || is_dead(child)))
}

fn of((process, thread): Thread) -> std::path::PathBuf {
    Path::new("/proc").join(process.to_string()).join("task").join(thread.to_string())
}

/// All threads of a process; none if the system does not say.
pub fn all_of(process: u32) -> Vec<Thread> {
    threads_of(process).unwrap_or_default().into_iter().map(|thread| (process, thread)).collect()
}

fn threads_of(process: u32) -> Option<Vec<u32>> {
    let entries = read_dir(Path::new("/proc").join(process.to_string()).join("task")).ok()?;
    entries.map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// The children that a thread has started.
fn children(thread: &Path) -> Option<Vec<u32>> {
    let list = read_to_string(thread.join("children")).ok()?;
    list.split_whitespace().map(|pid| pid.parse().ok()).collect()
}

/// Whether a process has ended and only waits to be buried.
fn is_dead(process: u32) -> bool {
    let stat = read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).unwrap_or_default();
    // The name in parentheses may hold anything.
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_none_or(|state| matches!(state, 'Z' | 'X'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::gettid;
    use std::sync::mpsc::channel;
    use std::time::Instant;

    fn me() -> Thread {
        (std::process::id(), gettid().as_raw() as u32)
    }

    #[test]
    fn a_thread_that_has_waited_again_is_told_from_one_that_still_waits() {
        let (sender, receiver) = channel::<()>();
        let (id_sender, id) = channel();
        let sleeper = thread::spawn(move || {
            id_sender.send(me()).expect("somebody listens");
            while receiver.recv().is_ok() {}
        });
        let thread = id.recv().expect("a thread");
        let settled = |not: Option<u64>| {
            let since = Instant::now();
            loop {
                match asleep(thread) {
                    Some(count) if Some(count) != not => return count,
                    _ => assert!(since.elapsed() < Duration::from_secs(60), "it never sleeps"),
                }
            }
        };
        let first = settled(None);
        assert_eq!(asleep(me()), None, "who asks is awake");
        sender.send(()).expect("somebody listens");
        assert!(settled(Some(first)) > first);
        drop(sender);
        sleeper.join().expect("it ends");
        let since = Instant::now();
        while asleep(thread).is_some() {
            assert!(since.elapsed() < Duration::from_secs(60), "who is gone sleeps no more");
        }
    }

    #[test]
    fn a_process_with_threads_that_nobody_knows_of_is_not_alone() {
        // The tests themselves run in such a thread.
        assert!(!are_alone(&[(std::process::id(), std::process::id())]));
    }
}
