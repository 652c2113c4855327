//! The ways to run workers: `normal`, `thread` and `process` behind one trait.
//!
//! All of this runs in the process of a run's main, which the kernel forked for it: there [`worker_set::run`] starts the workers,
//! opens the gate, and tends them until the last has ended. Workers reach what they share through their [`host`].

pub mod context;
mod explain;
mod fault;
pub mod fresh;
mod halted;
pub mod host;
mod normal;
mod outbox;
pub mod output;
mod perform;
mod pool;
mod pool_settings;
mod process;
pub mod replay;
pub mod schedule_replay;
mod std_host;
mod std_replay;
mod std_turns;
mod std_world;
mod system;
mod thread;
mod two_phase_wait;
pub mod worker;
pub mod worker_set;

pub use explain::explained;
pub use fault::watch_faults;
pub use halted::Halted;
pub use outbox::failure;
pub use pool_settings::{PoolSettings, SPARES, nobody_left};
pub use system::{exit_now, in_a_hurry, pidfd, thread_id};

use crate::shared::WorkerId;
use nix::poll::PollFd;
use worker::Start;

/// What a worker does: it is given its number and yields an exit code.
pub type Body<'a> = &'a (dyn Fn(WorkerId) -> i32 + Sync);

/// A way to run workers.
pub trait Executor {
    /// Starts a worker, which will wait at the gate and then run the body that the executor was made with.
    /// Without concurrency, it returns when the work is done, and sees to the worker's time limit itself.
    ///
    /// # Errors
    /// Why the system would not start it, in words.
    fn start(&mut self, start: Start) -> Result<(), String>;

    /// Appends what is to be polled for reading so as to notice that something happened.
    fn watch<'a>(&'a self, fds: &mut Vec<PollFd<'a>>);

    /// Looks, without waiting, who has ended since it was last asked, and notes in its slot how, where it could not itself.
    fn reap(&mut self) -> Vec<WorkerId>;

    /// Ends `worker` from outside at once; false if that cannot be done and it can only be asked.
    fn kill(&mut self, worker: WorkerId) -> bool;
}
