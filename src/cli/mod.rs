//! The command line: the one place that reads arguments, prints, and touches the files of an author.

mod args;
mod beside;
mod bounds;
mod build;
mod check;
mod closed;
mod completions;
mod details;
mod document;
mod exercises;
mod exit;
mod format;
mod handout;
mod images;
mod input;
mod kept;
mod links;
mod manifest;
mod mdbook;
mod new;
mod output;
mod outputs;
mod parallel;
mod progress;
mod provenance;
mod records;
mod render;
mod replay;
mod report;
mod run;
mod serve;
mod session;
mod temporary;
mod trace;
mod update;

pub use args::Args;
pub use exit::Exit;

use crate::diagnostic::Diagnostic;
use crate::sandbox;
use args::Command;
use clap::CommandFactory as _;
use report::{Reporter, Reporting};

/// Everything that is wrong, so that nothing was done.
type Errors = Vec<Diagnostic>;

/// Does what the command line asks for, and says how it went.
pub fn run(args: Args) -> Exit {
    args.speech.color.apply();
    sandbox::keep_files();
    let quiet = args.speech.quiet;
    let reporting = match &args.command {
        None => args.run.reporting,
        Some(Command::Check(check)) => check.reporting,
        Some(Command::Build(build)) => build.reporting,
        Some(Command::Update(update)) => update.reporting,
        Some(_) => Reporting::default(),
    };
    let reporter = match Reporter::new(reporting) {
        Ok(reporter) => reporter,
        Err(error) => {
            Reporter::default().print([&error]);
            return Exit::Unusable;
        }
    };
    let done = match args.command {
        None => args.run.run(quiet, &reporter),
        Some(Command::Check(check)) => check.run(quiet, &reporter),
        Some(Command::Update(update)) => update.run(quiet, &reporter),
        Some(Command::Build(build)) => build.run(quiet, &reporter),
        Some(Command::Serve(serve)) => serve.run(&reporter),
        Some(Command::New(new)) => new.run(quiet),
        Some(Command::Handout(handout)) => handout.run(quiet, &reporter),
        Some(Command::Replay(replay)) => replay.run(&reporter),
        Some(Command::Render(render)) => render.run(quiet, &reporter),
        Some(Command::Mdbook(book)) => book.run(quiet),
        Some(Command::Trace(trace)) => trace.run(quiet, &reporter),
        Some(Command::Completions(completions)) => completions.run(Args::command()),
        Some(Command::Man(manual)) => manual.run(Args::command()),
    };
    let exit = done.unwrap_or_else(|errors| {
        reporter.print(&errors);
        Exit::Unusable
    });
    let lost = reporter.lost();
    Reporter::default().print(&lost);
    exit.max(if lost.is_some() { Exit::Unusable } else { Exit::Passed })
}
