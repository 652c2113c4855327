//! `nbrun trace`: a run as events that other tools show.

use super::Errors;
use super::bounds::Bounds;
use super::document::PageOptions;
use super::exit::Exit;
use super::output::Product;
use super::render::Render;
use super::report::{Reporter, Reporting};
use super::run::Run;
use std::path::PathBuf;

/// What to trace.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Trace {
    /// The notebook to run: a file, a directory of several, or `-` for standard input
    #[arg(value_name = "FILE|DIR|-")]
    pub notebook: PathBuf,

    /// Takes what `nbrun --record` saved, and runs nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["timeout", "limits"])]
    pub record: Option<PathBuf>,

    /// Where the trace goes: a directory, a file ending in .json, or `-` for standard output
    ///
    /// Without it, a trace stands beside its notebook, as lesson.trace.json.
    #[arg(short, long, value_name = "DIR|FILE.json|-")]
    pub output: Option<PathBuf>,

    /// What the user grants
    #[command(flatten)]
    pub bounds: Bounds,
}

impl Trace {
    /// Runs notebooks, or takes a record, and writes traces.
    pub fn run(self, quiet: bool, reporter: &Reporter) -> Result<Exit, Errors> {
        let Self { notebook, record, output, bounds } = self;
        let page = PageOptions { to: Product::Trace, output, ..PageOptions::default() };
        match record {
            Some(record) => Render { notebook, record, page, trust: bounds.trust }.run(quiet, reporter),
            None => Run {
                inputs: vec![notebook],
                page,
                record: None,
                reuse: false,
                cell: None,
                verbose: false,
                reporting: Reporting::default(),
                bounds,
            }
            .run(quiet, reporter),
        }
    }
}
