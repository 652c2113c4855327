//! A cell that is explored instead of being run, seen from the kernel: fork a process that does it, watch over it, and read
//! what it found.
//!
//! The jobs' code runs in that process, on one thread, and may do anything: block where no scheduler can see it, compute
//! for ever, crash. So the kernel looks from outside whether it goes on.

use super::check;
use super::library::Library;
use super::main_process::{Rlimits, set_up_process};
use super::orders::Cell;
use super::out_of_memory;
use super::process_limiter::{ProcessLimiter, state};
use super::protocol::{ExploreReport, NotExplored, packed, unpack};
use super::supervise::{Supervisor, end_all};
use crate::executor::output::drain;
use crate::executor::{exit_now, pidfd};
use crate::explore::{self, ExploreError, Heartbeat, Setup};
use crate::plan::{self, Explore};
use crate::record::Explored;
use crate::shared::clock::{self, nanoseconds};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, fork, getpid, pipe2, read};
use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// How often the kernel looks whether the exploration goes on.
const LOOK: Duration = Duration::from_millis(20);
/// For how many looks in a row it must be the same piece of code before it counts as blocked, if it sleeps in the system, or as
/// computing without end: on a full machine it may only wait for a core.
const LONG: u32 = 50;
/// The part of the time that is left to tell what was found.
const TELLING: Duration = Duration::from_secs(2);
/// How much longer telling may take, on a machine where many want a core: what has been found is worth the wait.
const LATE: Duration = Duration::from_secs(30);

/// No answer is longer, in bytes: a few outcomes with the way to each, and as many states as a page has room for.
const LONGEST: usize = 256 << 20;
/// How much of what jobs write past nbrun's macros is kept, the last of it: enough to see why a process aborted.
const SAID_BYTES: usize = 4 << 10;

/// What the exploring process sends.
type Answer = Result<Explored, ExploreError>;

impl Supervisor<'_> {
    /// Explores the cell.
    ///
    /// # Errors
    /// If the system refuses what that needs: memory, a pipe, a process.
    pub fn explore(
        &self,
        library: &Library,
        cell: &Cell,
        declared: &[plan::Declaration],
        how: Explore,
    ) -> Result<ExploreReport, String> {
        let refused = |error: Errno| format!("the system refused: {}", error.desc());
        // SAFETY: the last run's processes are gone, and what the kernel read of it has been sent.
        unsafe { self.mapping.run.clear() };
        let words = self.mapping.run.alloc().zip(self.mapping.run.alloc());
        let (turns, place) = words.ok_or("no shared memory is left for an exploration")?;
        let heartbeat = Heartbeat { turns, place };
        let (output, input) = pipe2(OFlag::O_CLOEXEC).map_err(refused)?;
        let (raw, raw_input) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).map_err(refused)?;
        let limiter = ProcessLimiter::new(self.limits.processes);
        let now = clock::now();
        let limit = nanoseconds(self.limit);
        let telling = nanoseconds(TELLING.min(self.limit / 4));
        let setup = Setup {
            resources: &self.resources,
            declared,
            bindings: self.bindings,
            workers: cell.names.clone(),
            jobs: cell.orders.jobs.iter().map(|(_, entry)| *entry).collect(),
            pool: cell.orders.pool.zip(cell.pool),
            show: cell.orders.show.clone(),
            assert: cell.orders.assert.clone(),
            is_program: cell.is_program,
            how,
            deadline: now.saturating_add(limit).min(self.out_of_time_at).saturating_sub(telling),
            heartbeat,
            memory_bytes: self.limits.memory_bytes,
            output_bytes: self.limits.output_bytes,
        };
        let limits = Rlimits { memory_bytes: self.limits.memory_bytes, most_tasks: limiter.most_tasks(1) };
        let kernel = getpid();
        // SAFETY: the kernel has one thread.
        let explorer = match unsafe { fork() }.map_err(refused)? {
            ForkResult::Child => work(setup, library, kernel, [input, raw_input], limits),
            ForkResult::Parent { child } => child,
        };
        drop((input, raw_input));
        let mut watch = Watch {
            explorer,
            pidfd: pidfd(explorer).map_err(refused)?,
            heartbeat,
            deadline: now.saturating_add(limit).min(self.out_of_time_at),
            turns: 0,
            same: 0,
            asleep: 0,
            ended: false,
            limiter,
            said: Vec::new(),
        };
        let ended = watch.listen(self, &output, &raw);
        end_all(explorer);
        Ok(ended.unwrap_or_else(|why| ExploreReport { explored: None, not_explored: Some(why), limit: self.limit }))
    }
}

/// The life of the process that explores.
fn work(setup: Setup<'_>, library: &Library, kernel: Pid, [input, raw]: [OwnedFd; 2], limits: Rlimits) -> ! {
    // A job may block on a full pipe, as any program may; the kernel always drains it.
    let _ = fcntl(&raw, FcntlArg::F_SETFL(OFlag::empty()));
    set_up_process(kernel, &raw, limits);
    if let Err(error) = library.connect(&explore::host::HOST) {
        let _ = packed(&Answer::Err(ExploreError::System(error))).map(|bytes| File::from(input).write_all(&bytes));
        exit_now(1);
    }
    let answer = explore::explore(setup);
    let _ = packed(&answer).map(|bytes| File::from(input).write_all(&bytes));
    exit_now(0)
}

struct Watch {
    explorer: Pid,
    pidfd: OwnedFd,
    heartbeat: Heartbeat,
    deadline: u64,
    /// What the pulse was at the last look.
    turns: u64,
    /// For how many looks it has been the same piece of code.
    same: u32,
    /// For how many it has slept in the system.
    asleep: u32,
    /// Whether the process had ended at the last look.
    ended: bool,
    limiter: ProcessLimiter,
    /// The last that was written past nbrun's macros. It belongs to no interleaving.
    said: Vec<u8>,
}

impl Watch {
    /// Listens until the exploring process has said what it found, or must be ended.
    fn listen(
        &mut self,
        supervisor: &Supervisor<'_>,
        output: &OwnedFd,
        raw: &OwnedFd,
    ) -> Result<ExploreReport, NotExplored> {
        let (mut pending, mut buffer, mut raw_open) = (Vec::new(), vec![0; 256 << 10], true);
        loop {
            let watched = [output.as_fd(), supervisor.interrupts.as_fd(), raw.as_fd()];
            // A pipe that is at its end is always ready, so it is no longer watched then.
            let watched = watched.into_iter().take(if raw_open { 3 } else { 2 });
            let mut fds: Vec<PollFd<'_>> = watched.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
            let _ = poll(&mut fds, PollTimeout::try_from(LOOK).unwrap_or(PollTimeout::ZERO));
            let heard = fds[0].any().unwrap_or(false);
            raw_open = raw_open && !drain(raw, |bytes| self.note(bytes));
            if supervisor.interrupts.take() {
                return Err(NotExplored::Interrupted);
            }
            if heard {
                match read(output, &mut buffer) {
                    Ok(0) => return Err(self.how_it_died()),
                    Ok(len) => pending.extend_from_slice(&buffer[..len]),
                    Err(_) => {}
                }
                // The jobs' code runs in that very process, so it may be anybody's answer.
                match unpack::<Answer>(&mut pending, LONGEST) {
                    Ok(None) => {}
                    Ok(Some(Ok(explored))) => {
                        if let Err(wrong) = check::explored(&explored, supervisor.declared.len()) {
                            return Err(NotExplored::Died(format!("a job's code has disturbed it: it sent {wrong}")));
                        }
                        let explored = Some(explored);
                        return Ok(ExploreReport { explored, not_explored: None, limit: supervisor.limit });
                    }
                    Ok(Some(Err(trouble))) => return Err(NotExplored::Refused(trouble)),
                    Err(error) => return Err(NotExplored::Died(format!("a job's code has disturbed it: {error}"))),
                }
            }
            self.look(supervisor.limits.processes)?;
        }
    }

    /// Keeps the end of what is said.
    fn note(&mut self, bytes: &[u8]) {
        self.said.extend_from_slice(bytes);
        let too_much = self.said.len().saturating_sub(SAID_BYTES);
        self.said.drain(..too_much);
    }

    /// Looks whether a job's code goes on.
    fn look(&mut self, most_processes: u32) -> Result<(), NotExplored> {
        // A process that a job has started may hold the pipe's other end open. Whatever was said before the end had been
        // heard by the next look.
        if self.ended {
            return Err(self.how_it_died());
        }
        let asked = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
        self.ended = !matches!(waitid(Id::PIDFd(self.pidfd.as_fd()), asked), Ok(WaitStatus::StillAlive) | Err(_));
        if self.limiter.too_many(|| HashSet::from([self.explorer.as_raw() as u32])) {
            return Err(NotExplored::TooMany(most_processes));
        }
        let turns = self.heartbeat.turns.load(Relaxed);
        let inside = turns % 2 == 1;
        let (worker, line) = self.place();
        self.same = if inside && turns == self.turns { self.same + 1 } else { 0 };
        self.asleep = if self.same > 0 && sleeps(self.explorer) { self.asleep + 1 } else { 0 };
        self.turns = turns;
        if self.asleep >= LONG {
            return Err(NotExplored::Blocked { worker, line });
        }
        // The search ends by itself at its time, if no job's code keeps it.
        let now = clock::now();
        if self.same >= LONG && now >= self.deadline {
            return Err(NotExplored::Computing { worker, line });
        }
        if now >= self.deadline.saturating_add(nanoseconds(LATE)) {
            return Err(NotExplored::TimedOut);
        }
        Ok(())
    }

    /// Whose code was the last to run, and the line of its last call.
    fn place(&self) -> (u32, u32) {
        let place = self.heartbeat.place.load(Relaxed);
        ((place >> 32) as u32, place as u32)
    }

    fn how_it_died(&self) -> NotExplored {
        let (worker, line) = self.place();
        match waitid(Id::PIDFd(self.pidfd.as_fd()), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Ok(WaitStatus::Signaled(_, signal, _)) => {
                let out_of_memory = out_of_memory::says_so(&String::from_utf8_lossy(&self.said));
                NotExplored::Killed { worker, line, signal: signal.as_str().to_owned(), out_of_memory }
            }
            Ok(WaitStatus::Exited(_, code)) => NotExplored::Died(format!(
                "a job's code ended the whole process with exit code {code}, as std::process::exit does"
            )),
            _ => NotExplored::Died("the process was lost".to_owned()),
        }
    }
}

/// Whether a process's main thread sleeps in the system, or was stopped.
fn sleeps(process: Pid) -> bool {
    matches!(state(process), Some('S' | 'D' | 'T'))
}
