//! Workers that begin as fresh processes and not as forks of main: `start: exec`.
//!
//! A fresh process is nbrun itself, called with a hidden argument. It gets three descriptors: the shared memory as its
//! standard input, until it has mapped it, and a pipe for its output. Everything else that main has open is closed to it.

use super::context::{self, Context, Fresh};
use super::output::{self, miss_closed};
use super::{Body, system, watch_faults, worker};
use crate::shared::bytes::Bytes;
use crate::shared::journal::EntryKind;
use crate::shared::run::exit;
use crate::shared::{WorkerId, futex, place};
use nix::unistd::{Pid, dup2_stdin, getpid};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The hidden argument that makes nbrun a worker.
pub const ARGUMENT: &str = "__worker";

/// What a fresh process is told on its command line: the first things that it must know.
#[derive(Debug, PartialEq)]
struct WorkerArgs {
    /// Which worker it is.
    worker: WorkerId,
    /// Its parent.
    main: Pid,
    /// Where the shared memory begins in main.
    address: u64,
    /// Where the letter is there, and its length.
    bootstrap: (u64, usize),
}

impl WorkerArgs {
    fn arguments(&self) -> [String; 5] {
        let Self { worker, main, address, bootstrap: (at, len) } = self;
        [worker.to_string(), main.to_string(), address.to_string(), at.to_string(), len.to_string()]
    }

    /// Reads the arguments behind [`ARGUMENT`].
    fn read(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut number = || arguments.next()?.parse::<u64>().ok();
        let worker = number()?.try_into().ok()?;
        let main = Pid::from_raw(number()?.try_into().ok()?);
        Some(Self { worker, main, address: number()?, bootstrap: (number()?, number()?.try_into().ok()?) })
    }
}

/// Starts a fresh process for `worker`, whose standard output and error go to `output`.
///
/// # Errors
/// What the system says.
pub(super) fn start(fresh: &Fresh, worker: WorkerId, output: OwnedFd) -> io::Result<Pid> {
    let Fresh { memory, address, bootstrap } = fresh;
    let bootstrap = (bootstrap.as_ptr().addr() as u64, bootstrap.len());
    let args = WorkerArgs { worker, main: getpid(), address: *address, bootstrap };
    // The very program that runs, even if another has been put in its place since.
    let mut command = Command::new("/proc/self/exe");
    command.arg0("nbrun").arg(ARGUMENT).args(args.arguments());
    command.stdin(memory.try_clone()?).stdout(output.try_clone()?).stderr(output);
    // It is waited for by its pidfd, like every worker.
    let child = command.spawn()?;
    Ok(Pid::from_raw(child.id() as i32))
}

/// The first steps of a fresh process, which is given the arguments behind [`ARGUMENT`]: which worker it is, and the letter.
///
/// # Errors
/// Why it can be no worker.
pub fn arrive(arguments: impl Iterator<Item = String>) -> Result<(WorkerId, Bytes), String> {
    let WorkerArgs { worker, main, address, bootstrap } =
        WorkerArgs::read(arguments).ok_or("this is for nbrun itself to call")?;
    system::stay_with(main);
    place::map(io::stdin(), address)
        .map_err(|error| format!("the shared memory cannot be mapped: {}", error.desc()))?;
    // The memory stays mapped; the descriptor has served.
    if let Ok(null) = File::open("/dev/null") {
        let _ = dup2_stdin(&null);
    }
    watch_faults();
    // Asked here for the first time, while the process may still use all of them.
    futex::cores();
    let bootstrap = place::bytes(bootstrap.0, bootstrap.1).ok_or("the bootstrap is not in the shared memory")?;
    Ok((worker, bootstrap))
}

/// The rest of its life: it finds its work and does it.
pub fn live(worker: WorkerId, context: Context, find: impl FnOnce() -> Result<extern "C" fn() -> i32, String>) -> ! {
    let context = context::install(context);
    context::become_process_of(worker);
    output::goes_to_stdout();
    let code = match find() {
        Ok(entry) => {
            let body: Body<'_> = &|_| entry();
            let code = worker::live(context, worker, body);
            miss_closed(context, worker);
            code
        }
        Err(why) => {
            let text = format!("worker `{}`: {why}", context.name(worker));
            context.run.journal.add(worker, worker, EntryKind::Problem, 0, text.as_bytes());
            context.run.end(worker, exit::LOST, 0);
            1
        }
    };
    system::exit_now(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_process_reads_what_it_is_told() {
        let args = WorkerArgs { worker: 3, main: Pid::from_raw(77), address: 1 << 46, bootstrap: (1 << 46 | 4096, 99) };
        assert_eq!(WorkerArgs::read(args.arguments().into_iter()), Some(args));
        assert_eq!(WorkerArgs::read(["3", "77"].map(str::to_owned).into_iter()), None);
    }
}
