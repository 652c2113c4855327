//! Reading what workers write past nbrun's macros, without ever waiting for it.

use super::context::Context;
use crate::shared::WorkerId;
use crate::shared::journal::EntryKind;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::unistd::read;
use std::os::fd::AsFd;

/// How often a pipe is read before something else is looked at: often enough for all that it can hold, but not for ever,
/// since a job may write as fast as main reads.
const READS: usize = 64;

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
    fn everything_in_a_pipe_is_read_whether_it_is_little_or_much_and_its_end_is_noticed() {
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
