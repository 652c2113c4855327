//! A cell that is explored instead of being run, seen from the kernel: fork a process that does it, watch over it, and read
//! what it found.
//!
//! The jobs' code runs in that process, on one thread, and may do anything: block where no scheduler can see it, compute
//! for ever, crash. So the kernel looks from outside whether it goes on.

use super::census::Census;
use super::check;
use super::lead::{Rlimits, settle};
use super::library::Library;
use super::orders::Cell;
use super::protocol::{ExploreReport, NotExplored, packed, unpack};
use super::supervise::{Supervisor, end_all};
use crate::executor::{exit_now, pidfd};
use crate::explore::{self, Explored, Pulse, Setup, Trouble};
use crate::plan::{self, Explore};
use crate::shared::clock;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, fork, getpid, pipe2, read};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// How often the kernel looks whether the exploration goes on.
const LOOK: Duration = Duration::from_millis(20);
/// For how many looks in a row code must sleep in the system before it counts as blocked.
const ASLEEP: u32 = 50;
/// The part of the time that is left to tell what was found.
const TELLING: Duration = Duration::from_secs(2);

/// No answer is longer, in bytes: a few outcomes with the way to each, and as many states as a page has room for.
const LONGEST: usize = 256 << 20;

/// What the exploring process sends.
type Answer = Result<Explored, Trouble>;

impl Supervisor<'_> {
    /// Explores the cell.
    ///
    /// # Errors
    /// If the system refuses what that needs: memory, a pipe, a process.
    pub fn explore(
        &self,
        library: &Library,
        cell: &Cell,
        declared: &[plan::Resource],
        which: Explore,
    ) -> Result<ExploreReport, String> {
        let refused = |error: Errno| format!("the system refused: {}", error.desc());
        // SAFETY: the last run's processes are gone, and what the kernel read of it has been sent.
        unsafe { self.mapping.run.clear() };
        let words = self.mapping.run.alloc().zip(self.mapping.run.alloc());
        let (turns, place) = words.ok_or("no shared memory is left for an exploration")?;
        let pulse = Pulse { turns, place };
        let (output, input) = pipe2(OFlag::O_CLOEXEC).map_err(refused)?;
        let now = clock::now();
        let limit = nanoseconds(self.limit);
        let telling = nanoseconds(TELLING.min(self.limit / 4));
        let setup = Setup {
            resources: &self.resources,
            declared,
            workers: cell.names.clone(),
            jobs: cell.orders.jobs.iter().map(|(_, entry)| *entry).collect(),
            show: cell.orders.show.clone(),
            assert: cell.orders.assert.clone(),
            which,
            deadline: now.saturating_add(limit).min(self.out_of_time_at).saturating_sub(telling),
            pulse,
        };
        let most_tasks = Census::new(self.limits.processes).most_tasks(cell.names.len() as u64);
        let limits = Rlimits { memory_bytes: self.limits.memory_bytes, most_tasks };
        let kernel = getpid();
        // SAFETY: the kernel has one thread.
        let explorer = match unsafe { fork() }.map_err(refused)? {
            ForkResult::Child => work(setup, library, kernel, input, limits),
            ForkResult::Parent { child } => child,
        };
        drop(input);
        let mut watch = Watch {
            explorer,
            pidfd: pidfd(explorer).map_err(refused)?,
            pulse,
            deadline: now.saturating_add(limit).min(self.out_of_time_at),
            turns: 0,
            asleep: 0,
        };
        let ended = watch.listen(self, &output);
        end_all(explorer);
        Ok(ended.unwrap_or_else(|why| ExploreReport { explored: None, not_explored: Some(why), limit: self.limit }))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The life of the process that explores.
fn work(setup: Setup<'_>, library: &Library, kernel: Pid, input: OwnedFd, limits: Rlimits) -> ! {
    // What jobs write past nbrun's macros belongs to no interleaving.
    if let Ok(null) = File::options().write(true).open("/dev/null") {
        settle(kernel, &null, limits);
    }
    if let Err(error) = library.connect(&explore::host::HOST) {
        let _ = packed(&Answer::Err(Trouble::System(error))).map(|bytes| File::from(input).write_all(&bytes));
        exit_now(1);
    }
    let answer = explore::explore(setup);
    let _ = packed(&answer).map(|bytes| File::from(input).write_all(&bytes));
    exit_now(0)
}

struct Watch {
    explorer: Pid,
    pidfd: OwnedFd,
    pulse: Pulse,
    deadline: u64,
    /// What the pulse was at the last look.
    turns: u64,
    /// For how many looks the same piece of code has slept in the system.
    asleep: u32,
}

impl Watch {
    /// Listens until the exploring process has said what it found, or must be ended.
    fn listen(&mut self, supervisor: &Supervisor<'_>, output: &OwnedFd) -> Result<ExploreReport, NotExplored> {
        let (mut pending, mut buffer) = (Vec::new(), vec![0; 256 << 10]);
        loop {
            let mut fds = [output.as_fd(), supervisor.interrupts.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
            let _ = poll(&mut fds, PollTimeout::try_from(LOOK).unwrap_or(PollTimeout::ZERO));
            let heard = fds[0].any().unwrap_or(false);
            if supervisor.interrupts.take() {
                return Err(NotExplored::Interrupted);
            }
            if heard {
                match read(output, &mut buffer) {
                    Ok(0) => return Err(NotExplored::Died(self.how_it_died())),
                    Ok(len) => pending.extend_from_slice(&buffer[..len]),
                    Err(_) => {}
                }
                // The jobs' code runs in that very process, so it may be anybody's answer.
                match unpack::<Answer>(&mut pending, LONGEST) {
                    Ok(None) => {}
                    Ok(Some(Ok(explored))) => {
                        if let Err(wrong) = check::explored(&explored, supervisor.resource_names.len()) {
                            return Err(NotExplored::Died(format!("a job's code has disturbed it: it sent {wrong}")));
                        }
                        let explored = Some(explored);
                        return Ok(ExploreReport { explored, not_explored: None, limit: supervisor.limit });
                    }
                    Ok(Some(Err(trouble))) => return Err(NotExplored::Refused(trouble)),
                    Err(error) => return Err(NotExplored::Died(format!("a job's code has disturbed it: {error}"))),
                }
            }
            self.look()?;
        }
    }

    /// Looks whether a job's code goes on.
    fn look(&mut self) -> Result<(), NotExplored> {
        let turns = self.pulse.turns.load(Relaxed);
        let inside = turns % 2 == 1;
        let place = self.pulse.place.load(Relaxed);
        let (worker, line) = ((place >> 32) as u32, place as u32);
        if inside && turns == self.turns && sleeps(self.explorer) {
            self.asleep += 1;
        } else {
            self.asleep = 0;
        }
        self.turns = turns;
        if self.asleep >= ASLEEP {
            return Err(NotExplored::Blocked { worker, line });
        }
        if clock::now() >= self.deadline {
            return Err(if inside { NotExplored::Computing { worker, line } } else { NotExplored::TimedOut });
        }
        Ok(())
    }

    fn how_it_died(&self) -> String {
        match waitid(Id::PIDFd(self.pidfd.as_fd()), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Ok(WaitStatus::Signaled(_, signal, _)) => format!("a job's code was ended by {signal}"),
            Ok(WaitStatus::Exited(_, code)) => {
                format!("a job's code ended the whole process with exit code {code}, as std::process::exit does")
            }
            _ => "the process was lost".to_owned(),
        }
    }
}

/// Whether a process's main thread sleeps in the system.
fn sleeps(process: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in parentheses may hold anything; the state is the letter behind it.
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    matches!(state, Some('S' | 'D'))
}
