//! What workers write past nbrun's macros: read without ever waiting for it, and put into the order in which it was written.
//!
//! The process above reads it from a pipe, sooner or later. So whoever prints by a macro first asks whether something of its
//! own process stands in the pipe, which is one short system call, and only then waits until that has been noted.

use super::context::{self, Context};
use super::system;
use crate::shared::journal::EntryKind;
use crate::shared::run::Slot;
use crate::shared::{Deadline, WorkerId, clock, futex};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::unistd::read;
use std::os::fd::{AsFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering::Relaxed, Ordering::SeqCst};

/// How often a pipe is read before something else is looked at: often enough for all that it can hold, but not for ever,
/// since a job may write as fast as main reads.
const READS: usize = 64;

/// How long a sleep for a reading is at most, should the news of its end have been missed.
const LOOK_NS: u64 = 1_000_000;

/// The calling process's end of the pipe that its standard output goes to; negative for none.
static PIPE: AtomicI32 = AtomicI32::new(-1);

/// From now on the calling process's output goes to `pipe`, which stays open.
pub fn goes_to(pipe: RawFd) {
    PIPE.store(pipe, Relaxed);
}

/// The same for a fresh process, which has been given it as its standard output.
pub fn goes_to_stdout() {
    // The job may put something else in the place of the descriptor itself.
    if let Ok(pipe) = fcntl(std::io::stdout(), FcntlArg::F_DUPFD_CLOEXEC(3)) {
        goes_to(pipe);
    }
}

/// Returns once all is noted that the calling process has written past the macros by now.
pub fn collect(context: &Context) {
    let pipe = PIPE.load(Relaxed);
    if pipe < 0 {
        return;
    }
    let slot = context.run.slot(context::process());
    let left = system::unread(pipe);
    let readings = slot.readings.load(SeqCst);
    // In this order: what is not in the pipe any more is being noted by a reading that had begun before, or has been.
    if left == 0 && readings.is_multiple_of(2) {
        return;
    }
    // The reading that is under way may have looked for the last time before the last byte was written.
    let enough = if left == 0 { 1 } else { 2 + readings % 2 };
    wait_for(slot, readings.wrapping_add(enough));
}

/// Sleeps until so many readings have begun or ended, or the worker is to end.
fn wait_for(slot: &Slot, readings: u32) {
    loop {
        let seen = slot.readings.load(SeqCst);
        if (seen.wrapping_sub(readings) as i32) >= 0 {
            return;
        }
        slot.reading_awaited.store(1, SeqCst);
        let deadline = Deadline { at: Some(clock::now() + LOOK_NS), cancel: None };
        let _ = futex::wait(&slot.readings, seen, &deadline);
        if slot.cancel.load(SeqCst) != 0 {
            return;
        }
    }
}

/// Reads what the process of the worker with this slot has written to `pipe`, hands it to `take`, which notes it, and tells
/// who waits for that; whether the pipe is at its end.
pub fn read_of(slot: &Slot, pipe: impl AsFd, take: impl FnMut(&[u8])) -> bool {
    slot.readings.fetch_add(1, SeqCst);
    let is_at_end = drain(pipe, take);
    slot.readings.fetch_add(1, SeqCst);
    if slot.reading_awaited.swap(0, SeqCst) != 0 {
        futex::wake_all(&slot.readings);
    }
    is_at_end
}

/// Says what is wrong if standard output or error of the calling process, which is `worker`'s, are closed: only a job does
/// that, and nobody can tell what was written there since.
pub fn miss_closed(context: &Context, worker: WorkerId) {
    let is_closed = |fd: &dyn AsFd| fcntl(fd.as_fd(), FcntlArg::F_GETFD) == Err(Errno::EBADF);
    if !is_closed(&std::io::stdout()) && !is_closed(&std::io::stderr()) {
        return;
    }
    let who = if worker == 0 { "a job".to_owned() } else { format!("`{}`", context.name(worker)) };
    let what = format!(
        "{who} closed file descriptors that are not its own, its standard output among them: what was written there past \
         nbrun's macros since then is lost"
    );
    context.run.journal.add(worker, worker, EntryKind::Problem, 0, what.as_bytes());
}

/// Hands what stands in a pipe to `take`; whether the pipe is at its end.
pub fn drain(pipe: impl AsFd, mut take: impl FnMut(&[u8])) -> bool {
    // Nearly always there is nothing. Then room for all that a pipe can hold would cost more than everything else here: the
    // system would have to find memory for it, page by page.
    let mut little = [0; 256];
    let mut much = Vec::new();
    for _ in 0..READS {
        let room = if much.is_empty() { &mut little[..] } else { &mut much[..] };
        match read(&pipe, room) {
            Ok(0) => return true,
            Ok(len) => {
                take(&room[..len]);
                if len == little.len() {
                    much.resize(64 << 10, 0);
                }
            }
            Err(Errno::EINTR) => {}
            // EAGAIN is "nothing more for now"; anything else will not get better.
            Err(_) => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::fcntl::OFlag;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::unistd::{pipe2, write};

    #[test]
    fn everything_in_a_pipe_is_read_and_its_end_is_noticed() {
        for len in [0, 1, 255, 256, 257, 40_000] {
            let (output, input) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).expect("a pipe");
            let text: Vec<u8> = (0..len).map(|n: u32| n as u8).collect();
            assert_eq!(write(&input, &text), Ok(text.len()));
            let mut read = Vec::new();
            assert!(!drain(&output, |bytes| read.extend_from_slice(bytes)));
            assert_eq!(read, text);
            drop(input);
            // A process that another test starts just now holds a copy of the input until it is its own program: a pipe is at
            // its end when the last copy is closed.
            let mut end = [PollFd::new(output.as_fd(), PollFlags::empty())];
            assert_eq!(poll(&mut end, PollTimeout::NONE), Ok(1));
            assert!(drain(&output, |_| panic!("there is nothing more")));
        }
    }
}
