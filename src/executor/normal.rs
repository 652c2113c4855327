//! `normal`: one worker after another, in main's own thread, without any concurrency.

use super::context::{self, Context};
use super::worker::{self, Start};
use super::{Body, Executor};
use crate::shared::WorkerId;
use crossbeam::channel::{Receiver, RecvTimeoutError, unbounded};
use nix::poll::PollFd;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

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

/// Watches the time limit of the worker that has main's own thread, until its end of the channel is dropped.
fn watch(context: &'static Context, worker: WorkerId, limit: Duration, ended: &Receiver<()>) {
    let passes = |time| ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    if passes(limit) {
        worker::ask_to_end(context, worker);
        if passes(worker::GRACE) {
            worker::give_up(context, worker, std::iter::once(worker));
        }
    }
}

impl Executor for Normal<'_> {
    fn start(&mut self, Start { worker, timeout, .. }: Start) -> Result<(), String> {
        let (context, body) = (self.context, self.body);
        match timeout {
            None => _ = worker::live(context, worker, body),
            Some(limit) => std::thread::scope(|scope| {
                let (running, ended) = unbounded::<()>();
                context.watchers.fetch_add(1, SeqCst);
                scope.spawn(move || watch(context, worker, limit, &ended));
                worker::live(context, worker, body);
                drop(running);
                context.watchers.fetch_sub(1, SeqCst);
            }),
        }
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
