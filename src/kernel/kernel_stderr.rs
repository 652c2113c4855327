//! What the kernel's process writes to its standard error: the notebook's library, when it is loaded, or the kernel itself,
//! should it have a defect. It is a pipe of nbrun's and never the user's own standard error, which may be a terminal or a file.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::read;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::process::ChildStderr;

/// How much of it is kept.
const MAX_BYTES: usize = 16 << 10;

/// What was written, as far as it is kept.
#[derive(Debug, Default)]
pub struct StderrText {
    /// The beginning.
    pub text: String,
    /// How many bytes there were behind that.
    pub cut_bytes: u64,
}

/// The pipe.
pub(super) struct StderrReader {
    pipe: Option<ChildStderr>,
    kept: Vec<u8>,
    cut_bytes: u64,
}

impl StderrReader {
    /// An ear at this pipe.
    pub(super) fn new(pipe: Option<ChildStderr>) -> Self {
        Self { pipe, kept: Vec::new(), cut_bytes: 0 }
    }

    /// What is to be polled, unless the pipe is at its end.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(|pipe| pipe.as_fd())
    }

    /// Reads once; call it only when there is something to read, or the end. Whatever it is, the writer does not wait.
    pub(super) fn hear(&mut self) {
        let Some(pipe) = &self.pipe else { return };
        let mut buffer = [0; 16 << 10];
        match read(pipe, &mut buffer) {
            Ok(len @ 1..) => {
                let room = MAX_BYTES - self.kept.len();
                let kept = len.min(room);
                self.kept.extend_from_slice(&buffer[..kept]);
                self.cut_bytes += (len - kept) as u64;
            }
            Err(Errno::EINTR) => {}
            Ok(0) | Err(_) => self.pipe = None,
        }
    }

    /// Reads what the kernel had written when it ended, and does not wait for anybody who still holds the pipe open.
    pub(super) fn finish(mut self) -> StderrText {
        // What was written is in the pipe, and that holds no more than so much.
        for _ in 0..64 {
            let Some(fd) = self.fd() else { break };
            let mut fds = [PollFd::new(fd, PollFlags::POLLIN)];
            if !matches!(poll(&mut fds, PollTimeout::ZERO), Ok(1..)) {
                break;
            }
            self.hear();
        }
        StderrText { text: String::from_utf8_lossy(&self.kept).into_owned(), cut_bytes: self.cut_bytes }
    }
}
