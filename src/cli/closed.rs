//! Whether the program was started with a closed standard output. The standard library opens /dev/null in its place before
//! `main`, and what is written there is lost without an error.

use nix::errno::Errno;
use nix::libc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static STDOUT: AtomicBool = AtomicBool::new(false);

// SAFETY: the system's loader calls the functions in this section before `main`, each once; this one asks the system one
// question and needs nothing of the standard library's runtime.
#[unsafe(link_section = ".init_array")]
#[used]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    // SAFETY: it only asks about a number, which need not be open.
    let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
    STDOUT.store(flags < 0 && Errno::last() == Errno::EBADF, Relaxed);
}

/// Whether standard output was closed when the program was started.
pub fn stdout() -> bool {
    STDOUT.load(Relaxed)
}
