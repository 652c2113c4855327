//! `thread`: each worker is a thread of main's process.

use super::context::Context;
use super::worker::{self, Start};
use super::{Body, Executor};
use crate::shared::WorkerId;
use crossbeam::channel::{Receiver, Sender, unbounded};
use crossbeam::thread::Scope;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::eventfd::{EfdFlags, EventFd};
use std::os::fd::AsFd;
use std::sync::Arc;

/// As much stack as a process's first thread has by default, so that a job can go as deep under either.
const STACK_BYTES: usize = 8 << 20;

/// Runs workers as scoped threads, so that they may borrow what main has.
pub struct Threads<'scope, 'env> {
    context: &'static Context,
    body: Body<'env>,
    scope: &'scope Scope<'env>,
    ended: (Sender<WorkerId>, Receiver<WorkerId>),
    /// Readable when `ended` has something to say: a channel cannot be polled together with file descriptors.
    bell: Arc<EventFd>,
}

impl<'scope, 'env> Threads<'scope, 'env> {
    /// An executor whose workers run `body` in threads of `scope`.
    ///
    /// # Errors
    /// What the system says if it has no file descriptor left.
    pub fn new(context: &'static Context, body: Body<'env>, scope: &'scope Scope<'env>) -> nix::Result<Self> {
        let bell = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
        Ok(Self { context, body, scope, ended: unbounded(), bell })
    }
}

impl Executor for Threads<'_, '_> {
    fn start(&mut self, Start { worker, .. }: Start) -> Result<(), String> {
        let (context, body, ended, bell) = (self.context, self.body, self.ended.0.clone(), Arc::clone(&self.bell));
        self.scope
            .builder()
            .name(context.name(worker).into_owned())
            .stack_size(STACK_BYTES)
            .spawn(move |_| {
                worker::live(context, worker, body);
                // Main outlives its threads, so somebody listens.
                let _ = ended.send(worker);
                let _ = bell.write(1);
            })
            .map(drop)
            .map_err(|error| format!("the system would not start a thread: {error}"))
    }

    fn watch<'a>(&'a self, fds: &mut Vec<PollFd<'a>>) {
        fds.push(PollFd::new(self.bell.as_fd(), PollFlags::POLLIN));
    }

    fn reap(&mut self) -> Vec<WorkerId> {
        if self.bell.read() == Err(Errno::EBADF) {
            worker::lose_descriptors(self.context);
        }
        self.ended.1.try_iter().collect()
    }

    fn kill(&mut self, _worker: WorkerId) -> bool {
        false
    }
}
