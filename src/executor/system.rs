//! The few system calls that nix does not wrap.

use nix::errno::Errno;
use nix::libc;
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::unistd::{Pid, getppid};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// A file descriptor that becomes readable when the child `pid` ends: pidfd_open(2).
///
/// # Errors
/// What the system says.
pub fn pidfd(pid: Pid) -> nix::Result<OwnedFd> {
    // SAFETY: the call takes two integers and gives a new descriptor or an error.
    let fd = Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) })?;
    // SAFETY: the descriptor is new, so nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// How many bytes stand in a pipe that nobody has read, asked at either end; 0 if it is none.
pub fn unread(pipe: RawFd) -> usize {
    let mut bytes: libc::c_int = 0;
    // SAFETY: FIONREAD writes one number to where it is told.
    let asked = unsafe { libc::ioctl(pipe, libc::FIONREAD, &raw mut bytes) };
    if asked == 0 { usize::try_from(bytes).unwrap_or(0) } else { 0 }
}

/// Sends a signal to the very process that `pidfd` stands for, even if its number has been given to another since.
pub fn kill(pidfd: BorrowedFd<'_>, signal: i32) {
    // SAFETY: the call takes integers and a null pointer for "as kill(2) does". That the process is gone is no error here.
    unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, std::ptr::null::<libc::siginfo_t>(), 0)
    };
}

/// Runs `body` before everybody else on the machine, where the system lets the process do so: whoever is to end a crowd must
/// not have to stand in line with it.
pub fn in_a_hurry<R>(body: impl FnOnce() -> R) -> R {
    // SAFETY: both calls take integers and touch no memory; which = PRIO_PROCESS and who = 0 is the calling thread.
    let before = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    // SAFETY: as above. Refused, all goes as it would without.
    let raised = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, -20) } == 0;
    let result = body();
    if raised {
        // SAFETY: as above.
        unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, before) };
    }
    result
}

/// How many threads the calling process has; one if the system does not say.
pub fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, |threads| threads.count())
}

/// The calling thread's id.
pub fn thread_id() -> u32 {
    nix::unistd::gettid().as_raw() as u32
}

/// Ends the process at once: no destructors, no exit handlers, which belong to the process that was forked.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: _exit(2) does not return and touches no memory.
    unsafe { libc::_exit(code) }
}

/// No worker outlives main.
pub(super) fn stay_with(main: Pid) {
    let _ = prctl::set_pdeathsig(Signal::SIGKILL);
    // If main died before the call, nobody would send the signal any more.
    if getppid() != main {
        exit_now(1);
    }
}
