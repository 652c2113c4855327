//! Who is running, and how to stop.

use crate::abi::WorkerInfo;
use crate::host::{Unwind, collect, host};
use std::fmt;

/// Who runs the calling code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Its name in the cell, such as `job-1`; `main` for the one who starts the others.
    pub name: String,
    /// Its number: 0 for main, then in order of start.
    pub number: u32,
    /// Its process's id. Threads of one process share it.
    pub pid: u32,
    /// Its thread's id, as the operating system counts.
    pub tid: u32,
}

/// The worker's name.
impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// Tells who runs the calling code.
pub fn worker() -> Worker {
    let (mut info, mut name) = (WorkerInfo::default(), Vec::new());
    (host().worker)(&raw mut info, collect, (&raw mut name).cast());
    let WorkerInfo { number, pid, tid } = info;
    Worker { name: String::from_utf8_lossy(&name).into_owned(), number, pid, tid }
}

/// Ends the calling worker with an exit code; 0 is success. Its values are dropped on the way out.
pub fn exit(code: i32) -> ! {
    std::panic::resume_unwind(Box::new(Unwind::ExitStatus(code)))
}
