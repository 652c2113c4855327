//! Stage 4: runs a plan on its executors, in a child process that loads the library, and reports what happened.
//!
//! Three kinds of process work here, each the parent of the next:
//!
//! - nbrun itself calls [`run`]: it starts the kernel, hands it the plan, and judges what it reports (`judge`);
//! - the kernel ([`serve`]) loads the library, owns the shared memory, and runs cell by cell. It has one thread and never
//!   runs a line of the author's, so that nothing in a notebook can hang or crash it, and forking is always safe;
//! - for each run of a cell the kernel forks a main (`lead`), which evaluates the author's expressions and starts and
//!   joins the workers. What main and its workers leave behind in shared memory, the kernel reads (`collect`), however
//!   they ended.

mod activities;
mod budget;
mod check;
mod collect;
mod deadlock;
mod explore;
mod fresh;
pub mod interrupt;
mod judge;
mod judge_explored;
mod kernel_command;
mod kernel_stderr;
mod lanes;
mod launch;
mod library;
mod main_process;
mod orders;
mod out_of_memory;
mod process_limiter;
mod protocol;
mod races;
mod raw_output;
mod replay;
mod report_budget;
mod serve;
mod std_objects;
mod supervise;
mod terminal;
mod threads;
mod unfinished;

pub use crate::executor::fresh::ARGUMENT as WORKER_ARGUMENT;
pub use check::record as check_record;
pub use fresh::become_worker;
pub use interrupt::{EXIT as INTERRUPTED, Interrupts, Stop};
pub use kernel_command::Program;
pub use kernel_stderr::StderrText;
pub use launch::{Progress, Report, Task, run};
pub use process_limiter::Adopted;
pub use protocol::{Left, Limits};
pub use serve::{ARGUMENT, serve};
