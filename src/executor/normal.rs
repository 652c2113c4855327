//! `normal`: one worker after another, in main's own thread, without any concurrency.

use super::context::{self, Context};
use super::{Body, Executor, crew};
use crate::shared::WorkerId;
use nix::poll::PollFd;

/// Runs each worker to its end before the next is started.
pub struct Normal<'a> {
    context: &'static Context,
    body: Body<'a>,
    ended: Vec<WorkerId>,
}

impl<'a> Normal<'a> {
    /// An executor whose workers run `body`. The gate must be open.
    pub fn new(context: &'static Context, body: Body<'a>) -> Self {
        Self { context, body, ended: Vec::new() }
    }
}

impl Executor for Normal<'_> {
    fn start(&mut self, worker: WorkerId) -> Result<(), String> {
        crew::live(self.context, worker, self.body);
        context::become_worker(0);
        self.ended.push(worker);
        Ok(())
    }

    fn watch<'a>(&'a self, _fds: &mut Vec<PollFd<'a>>) {}

    fn reap(&mut self) -> Vec<WorkerId> {
        std::mem::take(&mut self.ended)
    }

    fn kill(&mut self, _worker: WorkerId) -> bool {
        false
    }
}
