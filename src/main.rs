//! nbrun's program: the command line, or, called by itself with a hidden argument, the kernel or a sandbox's warden.

use clap::Parser;
use nbrun::cli::args::Args;
use nbrun::cli::run;
use nbrun::{kernel, sandbox};
use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args_os().nth(1) {
        Some(argument) if argument == kernel::ARGUMENT => return kernel::serve(),
        Some(argument) if argument == sandbox::ARGUMENT => return sandbox::serve(),
        _ => {}
    }
    run(Args::parse()).into()
}
