//! Who lives below a process, as the system tells: what jobs have started by themselves, and how it is ended.

use crate::executor::in_a_hurry;
use crate::shared::clock;
use crate::shared::futex::cores;
use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::sysinfo::sysinfo;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};
use std::collections::HashSet;
use std::fs::{read, read_dir, read_to_string};
use std::time::Duration;

/// How often everybody is counted, at the most.
const PERIOD_NS: u64 = 250_000_000;
/// How many tasks more there may be than before a run, beyond its own: jobs may have threads, and the user other things to do.
const SLACK: u64 = 1000;
/// How long a process may live on when all workers have ended and nothing is said of it.
const MOMENT_NS: u64 = 500_000_000;
/// How long processes that were killed may take to end: as long as the system is slow to remove them.
const BURIAL_NS: u64 = 60_000_000_000;

/// Counts what the jobs of a run have started by themselves.
pub struct ProcessLimiter {
    limit: u32,
    /// How many tasks there were on the whole machine before the run.
    before: Option<u64>,
    /// Whether more of them wanted a core than there are cores.
    crowded: bool,
    /// When everybody is counted next, whatever the machine says.
    next: u64,
}

impl ProcessLimiter {
    /// Begins with nobody, before main is started.
    pub fn new(limit: u32) -> Self {
        let (running, before) = tasks().unzip();
        let crowded = running.is_some_and(|running| running > cores() as u64);
        Self { limit, before, crowded, next: clock::now() + PERIOD_NS }
    }

    /// Whether more tasks wanted a core before the run than there are cores, the caller among them.
    pub fn is_crowded(&self) -> bool {
        self.crowded
    }

    /// How many tasks there may ever be of one user, if the run has so many workers: many more than are too many.
    pub fn most_tasks(&self, workers: u64) -> u64 {
        self.before.map_or(u64::MAX, |before| before + workers + u64::from(self.limit) + SLACK)
    }

    /// Whether the jobs have more processes that they started by themselves than they may have; `own` are those that nbrun
    /// has started.
    pub fn too_many(&mut self, own: impl FnOnce() -> HashSet<u32>) -> bool {
        // A bomb is noticed in one small file, long before the next count.
        let grown = self.before.zip(tasks()).is_none_or(|(before, (_, now))| now > before + u64::from(self.limit));
        let began = clock::now();
        if !grown && began < self.next {
            return false;
        }
        let too_many = in_a_hurry(|| self.count(&own()));
        // Counting costs a look into a file for each thread, so it takes no more than a hundredth of the time.
        let now = clock::now();
        self.next = now + PERIOD_NS.max(100 * (now - began));
        too_many
    }

    fn count(&self, own: &HashSet<u32>) -> bool {
        let mut others = 0;
        // Where they are more every moment, nobody could count them all; it is enough to know that they are too many.
        descend(getpid(), &mut |pid| {
            others += u32::from(!own.contains(&(pid.as_raw() as u32)) && is_alive(pid));
            others <= self.limit
        });
        others > self.limit
    }
}

/// How many tasks on the machine run or could, and how many there are: the fourth word of this file. In a sandbox, where it is
/// not shown: how busy the machine was of late, and how many processes there are in the room.
fn tasks() -> Option<(u64, u64)> {
    let Ok(load) = read_to_string("/proc/loadavg") else {
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        let processes = read_dir("/proc").ok()?.flatten().filter(|it| it.file_name().to_str().is_some_and(is_number));
        let busy = sysinfo().map_or(0.0, |info| info.load_average().0);
        return Some((busy.round() as u64, processes.count() as u64));
    };
    let (running, all) = load.split_whitespace().nth(3)?.split_once('/')?;
    Some((running.parse().ok()?, all.parse().ok().filter(|tasks| *tasks > 0)?))
}

/// The state of a process in one letter, as in proc(5).
pub fn state(pid: Pid) -> Option<char> {
    let stat = read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may hold anything, also brackets.
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The name of a process's program.
fn name(pid: Pid) -> String {
    let name = read(format!("/proc/{pid}/comm")).unwrap_or_default();
    String::from_utf8_lossy(&name).trim_end().to_owned()
}

/// Whether there is such a process that has not ended.
fn is_alive(pid: Pid) -> bool {
    state(pid).is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

/// The children of a process, of all its threads.
pub fn children(parent: Pid) -> Vec<Pid> {
    let mut found = Vec::new();
    for thread in read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten() {
        let list = read_to_string(thread.path().join("children")).unwrap_or_default();
        found.extend(list.split_whitespace().filter_map(|pid| pid.parse().ok()).map(Pid::from_raw));
    }
    found
}

/// Visits everybody below a process, parents before their children, until `go_on` says no.
fn descend(root: Pid, go_on: &mut impl FnMut(Pid) -> bool) {
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for child in children(parent) {
            if !go_on(child) {
                return;
            }
            parents.push(child);
        }
    }
}

/// Who still lives below the calling process after a moment, by the names of their programs: long enough for who is about
/// to end anyway.
pub fn stragglers() -> Vec<String> {
    let began = clock::now();
    loop {
        let (mut names, mut awake) = (Vec::new(), false);
        descend(getpid(), &mut |pid| {
            let state = state(pid).filter(|state| !matches!(state, 'Z' | 'X'));
            if state.is_some() {
                // It may only be waiting for a core, on a machine where many do.
                awake |= matches!(state, Some('R' | 'D'));
                names.push(name(pid));
            }
            true
        });
        let limit_ns = if awake { 4 * MOMENT_NS } else { MOMENT_NS };
        if names.is_empty() || clock::now() - began >= limit_ns {
            return names;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Ends everybody below the calling process but those in `spared`, and buries whoever comes to it for that: it is the one
/// that inherits the orphans. Gives up on what does not end for seconds.
pub fn end_everybody(spared: &[Pid]) {
    end_everybody_within(spared, BURIAL_NS);
}

/// The same, but it gives up after so long.
pub fn end_everybody_within(spared: &[Pid], time_ns: u64) {
    let give_up = clock::now() + time_ns;
    let left = || -> Vec<Pid> { children(getpid()).into_iter().filter(|pid| !spared.contains(pid)).collect() };
    let mut doomed = left();
    if doomed.is_empty() {
        return;
    }
    in_a_hurry(|| {
        freeze(&left, give_up);
        while !doomed.is_empty() && clock::now() < give_up {
            for child in &doomed {
                // Whoever could still be born meanwhile comes up as an orphan.
                signal_all(*child, Signal::SIGKILL, &mut HashSet::new());
            }
            let ended = |child: &&Pid| {
                !matches!(waitpid(**child, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::StillAlive) | Err(Errno::EINTR))
            };
            if doomed.iter().filter(ended).count() == 0 {
                std::thread::sleep(Duration::from_micros(200));
            }
            doomed = left();
        }
    });
}

/// As long as it lives, what is started below this process and loses its parent comes to this process, and it is ended in the
/// end: a build script may start a process that detaches itself.
pub struct Adopted {
    others: Vec<Pid>,
}

impl Adopted {
    /// From now on.
    #[expect(clippy::new_without_default, reason = "it changes the process")]
    pub fn new() -> Self {
        let _ = prctl::set_child_subreaper(true);
        Self { others: children(getpid()) }
    }
}

impl Drop for Adopted {
    fn drop(&mut self) {
        end_everybody(&self.others);
        let _ = prctl::set_child_subreaper(false);
    }
}

/// Stops everybody who is `left` and who is below them, until nobody comes up who was not told. A bomb could go off faster
/// than it is put out: for each process that ends, the system lets another one start. One that is stopped holds its place,
/// so they only become fewer that go on.
fn freeze(left: &impl Fn() -> Vec<Pid>, give_up: u64) {
    let mut told = HashSet::new();
    let mut before = 0;
    loop {
        for child in left() {
            signal_all(child, Signal::SIGSTOP, &mut told);
        }
        if told.len() == before || clock::now() >= give_up {
            return;
        }
        before = told.len();
    }
}

/// Sends a signal to a process and everybody below it, but to those who were `told`.
fn signal_all(root: Pid, signal: Signal, told: &mut HashSet<Pid>) {
    let mut tell = |pid| {
        if told.insert(pid) {
            let _ = kill(pid, signal);
        }
        true
    };
    tell(root);
    descend(root, &mut tell);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

    #[test]
    fn where_more_are_busy_than_there_are_cores_it_is_crowded() {
        let (busy, over) = (cores() + 1, AtomicBool::new(false));
        let all_begun = Barrier::new(busy + 1);
        std::thread::scope(|scope| {
            for _ in 0..busy {
                scope.spawn(|| {
                    all_begun.wait();
                    while !over.load(SeqCst) {
                        std::hint::spin_loop();
                    }
                });
            }
            all_begun.wait();
            // The last of them may not have been woken yet.
            while !ProcessLimiter::new(0).is_crowded() {
                std::thread::yield_now();
            }
            over.store(true, SeqCst);
        });
    }
}
