//! Children that are stopped: nobody but who stopped them can know for how long, so they may stay so for a moment and no
//! longer.

use crate::shared::clock;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

/// How long a child may be stopped.
const PATIENCE_NS: u64 = 1_000_000_000;

/// Whether a child is stopped, and since when.
#[derive(Debug, Clone, Copy, Default)]
pub struct Halted {
    since: Option<(Signal, u64)>,
}

impl Halted {
    /// Takes note of what the system says of the child.
    pub fn note(&mut self, status: &WaitStatus) {
        match status {
            WaitStatus::Stopped(_, signal) => self.since = Some((*signal, clock::now())),
            WaitStatus::Continued(_) => self.since = None,
            _ => {}
        }
    }

    /// The signal that stopped it, if that is too long ago.
    pub fn for_too_long(&self) -> Option<Signal> {
        self.since.filter(|(_, since)| clock::now() - since > PATIENCE_NS).map(|(signal, _)| signal)
    }
}
