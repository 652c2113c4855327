//! Main: the process that the kernel forks for one run of a cell. It starts and joins the workers, and evaluates what the
//! author wrote around them.

use super::library::Library;
use super::orders::Orders;
use crate::abi;
use crate::executor::context::{self, Context};
use crate::executor::output::{self, miss_closed};
use crate::executor::replay::host_of;
use crate::executor::worker::{GAVE_UP, Idle, Start, problem};
use crate::executor::worker_set;
use crate::executor::{exit_now, thread_id, watch_faults};
use crate::shared::journal::EntryKind;
use crate::shared::run::{exit, stage};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, getppid, setpgid};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::sync::atomic::Ordering::SeqCst;

/// What the system itself holds main and its children to.
#[derive(Debug, Clone, Copy)]
pub struct Rlimits {
    /// The memory that each process may have for itself.
    pub memory_bytes: u64,
    /// The tasks that its user may have.
    pub most_tasks: u64,
}

/// The life of main. `pipe` becomes its standard output and error.
pub fn run_main(
    context: Context,
    library: &Library,
    orders: &Orders,
    kernel: Pid,
    pipe: &OwnedFd,
    limits: Rlimits,
) -> ! {
    // A job may block on a full pipe, as any program may; the kernel always drains it.
    let _ = fcntl(pipe, FcntlArg::F_SETFL(OFlag::empty()));
    set_up_process(kernel, pipe, limits);
    watch_faults();

    let context = context::install(context);
    context::become_process_of(0);
    if let Err(why) = library.connect(host_of(&context.run)) {
        problem(context, &why);
        exit_now(1);
    }
    output::goes_to(pipe.as_raw_fd());
    let slot = context.run.slot(0);
    slot.pid.store(std::process::id(), SeqCst);
    slot.tid.store(thread_id(), SeqCst);
    for time in [&slot.spawned_at, &slot.ready_at, &slot.started_at] {
        time.store(context.run.epoch, SeqCst);
    }
    slot.stage.store(stage::RUNNING, SeqCst);

    // Whatever a job may have written over what main relies on: main is a copy of the kernel, and must not go on as one.
    if catch_unwind(AssertUnwindSafe(|| work(context, orders))).is_err() {
        problem(context, "the main process of the cell panicked: memory corruption by a job, or a bug in nbrun");
        exit_now(GAVE_UP);
    }
    miss_closed(context, 0);
    context.run.end(0, exit::CODE, 0);
    exit_now(0)
}

/// Makes a process that the kernel has forked one that may run an author's code. `output` becomes its standard output and
/// error.
pub fn set_up_process(kernel: Pid, output: impl AsFd, limits: Rlimits) {
    // Main does not outlive the kernel. If that died before the call, nobody would send the signal any more.
    let _ = prctl::set_pdeathsig(Signal::SIGKILL);
    if getppid() != kernel {
        exit_now(1);
    }
    // A group of its own, so that all workers can be ended at once.
    let _ = setpgid(Pid::from_raw(0), Pid::from_raw(0));
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
    if let Ok(null) = File::open("/dev/null") {
        let _ = dup2_stdin(&null);
    }
    let _ = (dup2_stdout(&output), dup2_stderr(&output));
    // What is shared is not counted, so this is what each process has for itself: heap, stacks, and what it maps. And whoever
    // crashes on purpose leaves no core file beside the lesson.
    let _ = setrlimit(Resource::RLIMIT_DATA, limits.memory_bytes, limits.memory_bytes);
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    // The kernel counts processes and ends them all if they are too many. Where this limit holds, which is not for the
    // superuser, it keeps them from being very many until then: all that there are of this user, and some more.
    let _ = setrlimit(Resource::RLIMIT_NPROC, limits.most_tasks, limits.most_tasks);
}

fn work(context: &'static Context, orders: &Orders) {
    match orders.pool {
        Some(pool) => {
            // While it makes the inputs. The pool says when others are at work.
            context.alone.store(true, SeqCst);
            if pool() != 0 {
                return;
            }
            context.showing.fetch_add(1, SeqCst);
        }
        None => {
            let starts: Vec<Start> = orders.jobs.iter().map(|(start, _)| *start).collect();
            // Workers are numbered from 1 in the order of the jobs.
            let body = |worker: u32| orders.jobs.get(worker as usize - 1).map_or(1, |(_, entry)| entry());
            context.alone.store(orders.sequential, SeqCst);
            worker_set::run(context, &starts, &body, &mut Idle);
        }
    }
    context.alone.store(true, SeqCst);
    for show in &orders.show {
        if show() != 0 {
            return;
        }
        context.showing.fetch_add(1, SeqCst);
    }
    for (number, assert) in orders.assert.iter().enumerate() {
        match assert() {
            0 => {}
            abi::ASSERT_FAILED => {
                let sides = context.compared.lock().unwrap_or_else(PoisonError::into_inner).take();
                let text = sides.map_or_else(String::new, |sides| sides.joined());
                context.run.journal.add(0, 0, EntryKind::AssertFailed, number as u64, text.as_bytes());
            }
            _ => return,
        }
    }
}
