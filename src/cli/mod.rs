//! The command line: the one place that reads arguments, prints, and touches the files of an author.

mod args;
mod bounds;
mod closed;
mod document;
mod exit;
mod images;
mod input;
mod links;
mod output;
mod progress;
mod provenance;
mod render;
mod replay;
mod report;
mod run;
mod session;
mod temporary;
mod trace;

pub use args::Args;
pub use exit::Exit;

use crate::diagnostic::Diagnostic;
use crate::sandbox;
use args::Command;
use output::Product;

/// Everything that is wrong, so that nothing was done.
type Errors = Vec<Diagnostic>;

/// Does what the command line asks for, and says how it went.
pub fn run(args: Args) -> Exit {
    args.speech.color.apply();
    sandbox::keep_files();
    let quiet = args.speech.quiet;
    let done = match args.command {
        None => args.run.run(Product::Page, quiet),
        Some(Command::Replay(replay)) => replay.run(),
        Some(Command::Render(render)) => render.run(Product::Page, quiet),
        Some(Command::Trace(trace)) => trace.run(quiet),
    };
    done.unwrap_or_else(|errors| {
        report::print(&errors);
        Exit::Unusable
    })
}
