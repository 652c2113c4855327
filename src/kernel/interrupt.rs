//! The user's wish to stop, as something that can be polled: ^C, a closed terminal, or a polite kill.

use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::{AsFd, BorrowedFd};

/// Signals that were asked for, waiting to be read instead of striking.
pub struct Interrupts {
    fd: SignalFd,
}

impl Interrupts {
    /// From now on SIGINT, SIGTERM and SIGHUP wait here. Call it while the process has one thread; processes that std
    /// starts are not touched by it.
    ///
    /// # Errors
    /// What the system says.
    pub fn catch() -> nix::Result<Self> {
        let signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&signals), None)?;
        Ok(Self { fd: SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)? })
    }

    /// Takes a waiting signal, if there is one.
    pub fn take(&self) -> bool {
        matches!(self.fd.read_signal(), Ok(Some(_)))
    }
}

impl AsFd for Interrupts {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
