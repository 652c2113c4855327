//! The user's wish to stop, as something that can be polled: ^C, a closed terminal, or a polite kill.

use super::process_limiter;
use crate::executor::exit_now;
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::{Pid, getpid};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The exit code of a program that a second signal ends.
pub const EXIT: u8 = 130;

/// Signals that come within so long are one wish: a terminal that is closed, or a program that passes ^C on, sends two.
const ONE_WISH: Duration = Duration::from_millis(100);

/// How long the second signal waits until all processes of the run are gone.
const AT_ONCE_NS: u64 = 2_000_000_000;

/// Signals that were asked for, waiting to be read instead of striking.
pub struct Interrupts {
    source: Source,
}

enum Source {
    /// The signals themselves, for a process that has one thread and never blocks.
    Signals(SignalFd),
    /// What the thread that waits for them passes on.
    Watched(Arc<EventFd>),
}

/// The signals that say that the user wants to stop.
fn signals() -> SigSet {
    SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP])
}

impl Interrupts {
    /// From now on SIGINT, SIGTERM and SIGHUP wait here. Call it while the process has one thread; processes that std
    /// starts are not touched by it.
    ///
    /// # Errors
    /// What the system says.
    pub fn catch() -> nix::Result<Self> {
        let signals = signals();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&signals), None)?;
        let fd = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        Ok(Self { source: Source::Signals(fd) })
    }

    /// The same in a thread of its own, for a process that may be in the middle of anything, such as writing to a pipe that
    /// nobody reads: the first signal waits to be read, the second ends the process, and all below it that it has started,
    /// from this call on.
    ///
    /// # Errors
    /// What the system says, which may have no thread left.
    pub fn watch() -> io::Result<Self> {
        let others = process_limiter::children(getpid());
        let signals = signals();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&signals), None)?;
        let bell = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
        let rung = Arc::clone(&bell);
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let mut first: Option<Instant> = None;
            loop {
                match (signals.wait(), first) {
                    (Err(_), _) => {}
                    (Ok(_), None) => {
                        first = Some(Instant::now());
                        let _ = rung.write(1);
                    }
                    (Ok(_), Some(first)) if first.elapsed() < ONE_WISH => {}
                    (Ok(_), Some(_)) => end_at_once(&others),
                }
            }
        })?;
        Ok(Self { source: Source::Watched(bell) })
    }

    /// Wishes that another part of the program has, and not the user at the terminal.
    ///
    /// # Errors
    /// What the system says.
    pub fn by_hand() -> nix::Result<(Self, Stop)> {
        let bell = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
        Ok((Self { source: Source::Watched(Arc::clone(&bell)) }, Stop(bell)))
    }

    /// Takes a waiting signal, if there is one.
    pub fn take(&self) -> bool {
        match &self.source {
            Source::Signals(fd) => matches!(fd.read_signal(), Ok(Some(_))),
            Source::Watched(bell) => bell.read().is_ok(),
        }
    }
}

/// Says that what runs is to stop.
pub struct Stop(Arc<EventFd>);

impl Stop {
    /// Says so.
    pub fn stop(&self) {
        let _ = self.0.write(1);
    }
}

/// Ends everybody below this process but `others`, and this process, whatever its other threads do.
fn end_at_once(others: &[Pid]) -> ! {
    // Who loses its parent now comes to this process, which ends it too.
    let _ = prctl::set_child_subreaper(true);
    process_limiter::end_everybody_within(others, AT_ONCE_NS);
    exit_now(EXIT.into())
}

impl AsFd for Interrupts {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.source {
            Source::Signals(fd) => fd.as_fd(),
            Source::Watched(bell) => bell.as_fd(),
        }
    }
}
