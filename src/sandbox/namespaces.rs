//! Namespaces: users, processes, files, network and the rest exist anew for the program and all that it starts.
//!
//! Three processes make a sandbox. The launcher stays outside and stands for the sandbox: it passes on signals that ask for an
//! end, and ends as the program ended. Inside, the first process (whose end ends all others, by the system's own hand)
//! builds the tree of files, starts the program, and collects what loses its parent.

use super::program::{self, Program};
use super::spec::Spec;
use super::system::split;
use super::{files, owner};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, raise, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{
    ForkResult, Gid, Pid, Uid, getegid, geteuid, pipe2, read, setgroups, sethostname, setresgid, setresuid, setsid,
    write,
};
use std::fs;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{ExitCode, ExitStatus};
use std::time::{Duration, Instant};

/// How long the program may be stopped: who stops it has so long to continue it.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked after while it is stopped.
const LOOK_MS: u8 = 50;

/// Starts the program in namespaces of its own, and ends as it ends.
///
/// # Errors
/// What the system does not allow. No program was started.
pub(super) fn run(spec: &Spec, program: &Program) -> Result<ExitCode, String> {
    let other = owner::other();
    enter(other)?;
    program::stay_with(Pid::from_raw(spec.parent))?;
    let signals = signals();
    let _ = sigprocmask(SigmaskHow::SIG_BLOCK, Some(&signals), None);
    let (heard, said) = pipe2(OFlag::O_CLOEXEC).map_err(|error| failed("make a pipe", error))?;
    match split().map_err(|error| failed("start a process", error))? {
        ForkResult::Child => {
            drop(heard);
            first(spec, program, other, &said)
        }
        ForkResult::Parent { child } => {
            drop(said);
            match watch(child, &signals) {
                WaitStatus::Stopped(_, signal) => Ok(stopped_by(signal)),
                _ => Ok(end_as(&heard)),
            }
        }
    }
}

fn failed(what: &str, error: Errno) -> String {
    format!("the system would not {what}: {}", error.desc())
}

/// The signals that the launcher and the first process wait for.
fn signals() -> SigSet {
    SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGCHLD])
}

/// Enters new namespaces. Users keep their numbers, and there are no others than those that are needed.
fn enter(other: Option<(Uid, Gid)>) -> Result<(), String> {
    let (user, group) = (geteuid(), getegid());
    let maps = |user: Uid, group: Gid| (format!("{user} {user} 1\n"), format!("{group} {group} 1\n"));
    let (mut users, mut groups) = maps(user, group);
    if let Some((user, group)) = other {
        let (more_users, more_groups) = maps(user, group);
        users += &more_users;
        groups += &more_groups;
    }
    let new = || unshare(CloneFlags::CLONE_NEWUSER).map_err(|error| failed("make a user namespace", error));
    if other.is_some() {
        // Only who stays outside may name several users.
        let (ready, go) = pipe2(OFlag::O_CLOEXEC).map_err(|error| failed("make a pipe", error))?;
        let launcher = nix::unistd::getpid();
        match split().map_err(|error| failed("start a process", error))? {
            ForkResult::Child => {
                drop(go);
                let mut byte = [0];
                let written = read(&ready, &mut byte) == Ok(1)
                    && fs::write(format!("/proc/{launcher}/uid_map"), &users).is_ok()
                    && fs::write(format!("/proc/{launcher}/gid_map"), &groups).is_ok();
                std::process::exit(i32::from(!written));
            }
            ForkResult::Parent { child } => {
                drop(ready);
                new()?;
                let _ = write(&go, &[1]);
                if waitpid(child, None) != Ok(WaitStatus::Exited(child, 0)) {
                    return Err("the system would not name the users of a namespace".to_owned());
                }
            }
        }
    } else {
        new()?;
        let name = |map: &str, text: &str| {
            fs::write(format!("/proc/self/{map}"), text).map_err(|error| format!("{map} cannot be written: {error}"))
        };
        name("setgroups", "deny")?;
        name("uid_map", &users)?;
        name("gid_map", &groups)?;
    }
    let others = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWCGROUP;
    unshare(others).map_err(|error| failed("make namespaces", error))?;
    // The machine's name is nobody's business, and inside no further users are made, with rights of their own.
    let _ = sethostname("sandbox");
    let _ = fs::write("/proc/sys/user/max_user_namespaces", "0");
    Ok(())
}

/// The life of the first process inside. What went wrong, and how the program ended, it writes to `said`.
fn first(spec: &Spec, program: &Program, other: Option<(Uid, Gid)>, said: &OwnedFd) -> ! {
    let _ = prctl::set_pdeathsig(Signal::SIGKILL);
    // If the launcher ended before that call, nobody would send the signal any more; but then nobody can read this, either.
    let mut reader = [PollFd::new(said.as_fd(), PollFlags::empty())];
    if poll(&mut reader, PollTimeout::ZERO).is_err() || reader[0].any() == Some(true) {
        std::process::exit(1);
    }
    let _ = prctl::set_dumpable(false);
    let end = start(spec, program, other).map(|child| watch(child, &signals()));
    let (kind, rest): (u8, Vec<u8>) = match end {
        Ok(WaitStatus::Exited(_, code)) => (b'e', vec![code as u8]),
        Ok(WaitStatus::Signaled(_, signal, _)) => (b's', vec![signal as i32 as u8]),
        Ok(WaitStatus::Stopped(_, signal)) => (b't', vec![signal as i32 as u8]),
        Ok(_) => (b's', vec![Signal::SIGKILL as i32 as u8]),
        Err(why) => (b'!', why.into_bytes()),
    };
    let _ = write(said, &[vec![kind], rest].concat());
    std::process::exit(0)
}

fn start(spec: &Spec, program: &Program, other: Option<(Uid, Gid)>) -> Result<Pid, String> {
    files::enter(&spec.config)?;
    // No terminal is this session's own, so that nothing can be typed into one.
    setsid().map_err(|error| failed("leave the terminal", error))?;
    match split().map_err(|error| failed("start a process", error))? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            let why = become_other(other).and_then(|()| {
                let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
                program.replace(spec)
            });
            program::complain(&why.map_or_else(|why| why, |never| match never {}));
            std::process::exit(program::UNBUILT.into())
        }
    }
}

fn become_other(other: Option<(Uid, Gid)>) -> Result<(), String> {
    let Some((user, group)) = other else { return Ok(()) };
    setgroups(&[])
        .and_then(|()| setresgid(group, group, group))
        .and_then(|()| setresuid(user, user, user))
        .map_err(|error| failed("change the user", error))
}

/// Waits for the end of `child`, passes on what asks for an end, and collects what else has ended. A child that is stopped
/// and that nobody continues is ended, and its status is that it was stopped.
fn watch(child: Pid, signals: &SigSet) -> WaitStatus {
    let Ok(calls) = SignalFd::with_flags(signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK) else {
        return WaitStatus::StillAlive;
    };
    let asked = WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED | WaitPidFlag::WCONTINUED;
    let mut halted: Option<(Signal, Instant)> = None;
    loop {
        match waitpid(None, Some(asked)) {
            Ok(WaitStatus::StillAlive) => {}
            Ok(WaitStatus::Stopped(pid, signal)) => {
                if pid == child {
                    halted = Some((signal, Instant::now()));
                }
                continue;
            }
            Ok(WaitStatus::Continued(pid)) => {
                halted = halted.filter(|_| pid != child);
                continue;
            }
            Ok(status) if status.pid() == Some(child) => return status,
            Ok(_) | Err(Errno::EINTR) => continue,
            Err(_) => return WaitStatus::StillAlive,
        }
        if let Some((signal, since)) = halted
            && since.elapsed() > PATIENCE
        {
            let _ = kill(child, Signal::SIGKILL);
            return WaitStatus::Stopped(child, signal);
        }
        let mut called = [PollFd::new(calls.as_fd(), PollFlags::POLLIN)];
        let _ = poll(&mut called, if halted.is_some() { PollTimeout::from(LOOK_MS) } else { PollTimeout::NONE });
        while let Ok(Some(signal)) = calls.read_signal() {
            if signal.ssi_signo != Signal::SIGCHLD as u32 {
                let _ = kill(child, Signal::SIGTERM);
            }
        }
    }
}

/// The exit code that stands for a program that was stopped, as shells have one for a program that was killed.
fn stopped_by(signal: Signal) -> ExitCode {
    ExitCode::from(STOPPED + (signal as i32 as u8 & 0x7f))
}

const STOPPED: u8 = 128;

/// The signal by which the program in a sandbox was stopped, if it ended for that: nobody had continued it.
pub fn stopped(status: ExitStatus) -> Option<Signal> {
    let signal = Signal::try_from(status.code()?.checked_sub(STOPPED.into())?).ok()?;
    [Signal::SIGSTOP, Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU].contains(&signal).then_some(signal)
}

/// Ends as the program ended, of which the first process has told.
fn end_as(heard: &OwnedFd) -> ExitCode {
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(len @ 1..) = read(heard, &mut buffer) {
        said.extend_from_slice(&buffer[..len]);
    }
    let signal = match said.split_first() {
        Some((b'e', [code])) => return ExitCode::from(*code),
        Some((b't', [signal])) => return stopped_by(Signal::try_from(i32::from(*signal)).unwrap_or(Signal::SIGSTOP)),
        Some((b's', [signal])) => Signal::try_from(i32::from(*signal)).unwrap_or(Signal::SIGKILL),
        Some((_, why)) => {
            program::complain(&String::from_utf8_lossy(why));
            return ExitCode::from(program::UNBUILT);
        }
        // It was killed, with all that was in the sandbox.
        None => Signal::SIGKILL,
    };
    // SAFETY is the default action's: none of these signals is handled here, so that this does not return.
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
    let _ = raise(signal);
    ExitCode::from(128 + (signal as i32 as u8 & 0x7f).min(libc::SIGRTMAX() as u8))
}
