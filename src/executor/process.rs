//! `process`: each worker is a process of its own, forked from main or started afresh.

use super::context::{self, Context};
use super::output::{self, miss_closed, read_of};
use super::worker::{self, Start};
use super::{Body, Executor, Halted, fresh, system};
use crate::model::StartMethod;
use crate::shared::WorkerId;
use crate::shared::journal::EntryKind;
use crate::shared::run::{exit, stage};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, dup2_stderr, dup2_stdout, fork, getpid, pipe2};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::sync::atomic::Ordering::SeqCst;

/// Runs workers as processes and collects what they write past nbrun's macros.
pub struct Processes<'a> {
    context: &'static Context,
    body: Body<'a>,
    children: Vec<Child>,
}

struct Child {
    worker: WorkerId,
    pidfd: OwnedFd,
    /// The reading end of its standard output and error; `None` once it is drained.
    output: Option<OwnedFd>,
    halted: Halted,
}

impl<'a> Processes<'a> {
    /// An executor whose workers run `body`.
    pub fn new(context: &'static Context, body: Body<'a>) -> Self {
        Self { context, body, children: Vec::new() }
    }

    fn fork(&self, worker: WorkerId, output: &OwnedFd) -> nix::Result<Pid> {
        let main = getpid();
        // SAFETY: main has one thread, or others only wait at the gate, inside a system call and holding nothing, so the
        // child finds every lock of the C library free.
        match unsafe { fork() }? {
            ForkResult::Child => work(self.context, worker, self.body, main, output),
            ForkResult::Parent { child } => Ok(child),
        }
    }

    fn collect_output(&mut self) {
        let run = &self.context.run;
        for Child { worker, output, .. } in &mut self.children {
            if let Some(pipe) = output
                && read_of(run.slot(*worker), &*pipe, |bytes| {
                    run.journal.add(0, *worker, EntryKind::Raw, 0, bytes);
                })
            {
                *output = None;
            }
        }
    }
}

impl Executor for Processes<'_> {
    fn start(&mut self, Start { worker, method, .. }: Start) -> Result<(), String> {
        let refused = |what: &str, error: Errno| format!("the system would not {what}: {}", error.desc());
        let (output, input) =
            pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).map_err(|error| refused("make a pipe", error))?;
        // A job may block on a full pipe, as any program may; main always drains it.
        let _ = nix::fcntl::fcntl(&input, nix::fcntl::FcntlArg::F_SETFL(OFlag::empty()));
        let child = match method {
            StartMethod::Fork => self.fork(worker, &input).map_err(|error| refused("fork a process", error))?,
            StartMethod::Exec => {
                let fresh = self.context.fresh.as_ref().ok_or("fresh processes were not prepared")?;
                fresh::start(fresh, worker, input)
                    .map_err(|error| format!("the system would not start a fresh process: {error}"))?
            }
        };
        let pidfd = system::pidfd(child).map_err(|error| refused("watch a process", error))?;
        self.context.run.slot(worker).pid.store(child.as_raw() as u32, SeqCst);
        self.children.push(Child { worker, pidfd, output: Some(output), halted: Halted::default() });
        Ok(())
    }

    fn watch<'a>(&'a self, fds: &mut Vec<PollFd<'a>>) {
        for child in &self.children {
            fds.push(PollFd::new(child.pidfd.as_fd(), PollFlags::POLLIN));
            fds.extend(child.output.iter().map(|output| PollFd::new(output.as_fd(), PollFlags::POLLIN)));
        }
    }

    fn reap(&mut self) -> Vec<WorkerId> {
        let asked = WaitPidFlag::WEXITED | WaitPidFlag::WSTOPPED | WaitPidFlag::WCONTINUED | WaitPidFlag::WNOHANG;
        let status = |child: &mut Child| {
            match waitid(Id::PIDFd(child.pidfd.as_fd()), asked) {
                Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => None,
                Ok(status @ (WaitStatus::Stopped(..) | WaitStatus::Continued(_))) => {
                    child.halted.note(&status);
                    None
                }
                // A child that is not ours to wait for any more is as good as gone.
                other => Some(other.ok()),
            }
        };
        let ended: Vec<(WorkerId, Option<WaitStatus>)> =
            self.children.iter_mut().filter_map(|child| Some((child.worker, status(child)?))).collect();
        // What it wrote last stands in the pipe only now for certain.
        self.collect_output();
        let run = &self.context.run;
        for child in &self.children {
            if let Some(signal) = child.halted.for_too_long() {
                let slot = run.slot(child.worker);
                if slot.exit.compare_exchange(exit::UNKNOWN, exit::SIGNAL, SeqCst, SeqCst).is_ok() {
                    slot.code.store(signal as i32, SeqCst);
                }
                system::kill(child.pidfd.as_fd(), Signal::SIGKILL as i32);
            }
        }
        for (worker, status) in &ended {
            match status {
                Some(WaitStatus::Signaled(_, signal, _)) => {
                    // The handler notes each fault, if it has a stack to run on. Only the threads that a job starts have
                    // none of their own for that, so one of them has used its stack up.
                    let slot = run.slot(*worker);
                    if *signal == Signal::SIGSEGV && slot.exit.load(SeqCst) == exit::UNKNOWN {
                        slot.overflow.store(1, SeqCst);
                    }
                    run.end(*worker, exit::SIGNAL, *signal as i32);
                }
                Some(WaitStatus::Exited(_, code)) => run.end(*worker, exit::CODE, *code),
                _ => run.end(*worker, exit::LOST, 0),
            }
        }
        self.children.retain(|child| ended.iter().all(|(worker, _)| *worker != child.worker));
        ended.into_iter().map(|(worker, _)| worker).collect()
    }

    fn kill(&mut self, worker: WorkerId) -> bool {
        let Some(child) = self.children.iter().find(|child| child.worker == worker) else { return false };
        if self.context.run.slot(worker).stage.load(SeqCst) != stage::ENDED {
            system::kill(child.pidfd.as_fd(), Signal::SIGKILL as i32);
        }
        true
    }
}

/// The life of a forked child.
fn work(context: &'static Context, worker: WorkerId, body: Body<'_>, main: Pid, pipe: &OwnedFd) -> ! {
    system::stay_with(main);
    context::become_process_of(worker);
    let _ = (dup2_stdout(pipe), dup2_stderr(pipe));
    output::goes_to(pipe.as_raw_fd());
    let code = worker::live(context, worker, body);
    miss_closed(context, worker);
    system::exit_now(code)
}
