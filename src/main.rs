//! nbrun's program: the command line, or, called by itself with a hidden argument, the kernel.

use clap::Parser;
use nbrun::cli::args::Args;
use nbrun::cli::run;
use nbrun::kernel;
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == kernel::ARGUMENT) {
        return kernel::serve();
    }
    run(Args::parse()).into()
}
