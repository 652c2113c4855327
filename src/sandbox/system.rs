//! The few system calls of the launcher that nix does not wrap.

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{ForkResult, fork, setsid};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// Closes every file but the standard streams.
pub(super) fn close_files() -> nix::Result<()> {
    // SAFETY: the launcher has just begun, and owns no descriptor beyond the standard streams: whatever is open was left
    // open by whoever started it.
    Errno::result(unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) }).map(drop)
}

/// Gives up all that lifts this process above others, for good: also root's programs have none of it then.
pub(super) fn drop_capabilities() {
    /// `struct __user_cap_header_struct` with the version of 64 bits, for the caller.
    const HEADER: [u32; 2] = [0x2008_0522, 0];
    for capability in 0..64 {
        // SAFETY: it takes numbers alone. Where there is no such capability, or no right to drop it, nothing happens.
        unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) };
    }
    let none = [[0_u32; 3]; 2];
    // SAFETY: both live until the calls return, and have the form that the version in the header has.
    unsafe {
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        libc::syscall(libc::SYS_capset, HEADER.as_ptr(), none.as_ptr());
    }
}

/// Starts `command` in a session of its own, in which there is no terminal: nothing that it starts can open `/dev/tty`, be
/// stopped or ended by a key, or type anything. Its process group is its own, too.
pub fn detach(command: &mut Command) -> &mut Command {
    // SAFETY: between fork and exec, only one system call is made, which needs no memory and takes no lock.
    unsafe { command.pre_exec(|| setsid().map(drop).map_err(Into::into)) }
}

/// Keeps every file that this process was started with, but for the standard streams, from the programs that it starts.
pub fn keep_files() {
    const FLAG: libc::c_uint = libc::CLOSE_RANGE_CLOEXEC;
    // SAFETY: no descriptor is closed; that they are closed on exec changes nothing for this process. Where the system does
    // not know the call, nothing happens.
    let _ = unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, FLAG) };
}

/// Makes all mounts at `path` and below read-only, and takes from them devices and what lifts a program above others.
pub(super) fn restrict_mounts(path: &Path) -> nix::Result<()> {
    let set = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
    set_attributes(
        path,
        libc::mount_attr { attr_set: set, attr_clr: 0, propagation: 0, userns_fd: 0 },
        libc::AT_RECURSIVE,
    )
}

/// Makes the mount at `path` writable again.
pub(super) fn free_mount(path: &Path) -> nix::Result<()> {
    let clear = libc::MOUNT_ATTR_RDONLY;
    set_attributes(path, libc::mount_attr { attr_set: 0, attr_clr: clear, propagation: 0, userns_fd: 0 }, 0)
}

fn set_attributes(path: &Path, attributes: libc::mount_attr, flags: i32) -> nix::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::EINVAL)?;
    // SAFETY: path and attributes live until the call returns, and the size is that of the attributes.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    Errno::result(done).map(drop)
}

/// Lets a broken pipe end this process again, as it does by default: Rust's own start has turned that off.
pub(super) fn restore_sigpipe() {
    // SAFETY: the default action is no handler, so that nothing can run at a wrong moment.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
}

/// Forks the launcher.
pub(super) fn split() -> nix::Result<ForkResult> {
    // SAFETY: the launcher has one thread, so that its child finds every lock of the C library free.
    unsafe { fork() }
}
