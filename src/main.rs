//! nbrun's program: the command line, or, called by itself with a hidden argument, the kernel, a worker, or a sandbox's
//! launcher.

use nbrun::cli::Args;
use nbrun::cli::run;
use nbrun::{kernel, sandbox};
use std::process::ExitCode;

fn main() -> ExitCode {
    let called_as = std::env::args_os().nth(1);
    if called_as.as_ref().is_some_and(|argument| argument == kernel::ARGUMENT) {
        return kernel::serve();
    }
    if called_as.as_ref().is_some_and(|argument| argument == sandbox::ARGUMENT) {
        return sandbox::serve();
    }
    if called_as.as_ref().is_some_and(|argument| argument == kernel::WORKER_ARGUMENT) {
        let arguments = std::env::args_os().skip(2).filter_map(|argument| argument.into_string().ok());
        let Err(why) = kernel::become_worker(arguments);
        eprintln!("nbrun: {why}");
        return ExitCode::FAILURE;
    }
    match Args::read(std::env::args_os()) {
        Ok(args) => run(args).into(),
        Err(error) => error.exit(),
    }
}
