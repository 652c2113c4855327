//! `nbrun NOTEBOOKS`: runs notebooks and writes their pages.

use super::Errors;
use super::bounds::Bounds;
use super::document::PageOptions;
use super::exit::Exit;
use super::output::{self, Target};
use super::outputs::Outputs;
use super::records::Records;
use super::report::{Reporter, Reporting};
use super::session::{Session, each};
use super::{input, links};
use crate::diagnostic::Diagnostic;
use std::path::PathBuf;

/// What to run.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Run {
    /// The notebooks to run: files, directories, or `-` for standard input
    ///
    /// Of a directory, every `.md` file in it and below that holds a cell is run, in order of their names. Hidden
    /// directories, `target` and `node_modules` are passed over.
    #[arg(value_name = "FILE|DIR|-", required = true)]
    pub inputs: Vec<PathBuf>,

    /// What is made of runs, and how
    #[command(flatten)]
    pub page: PageOptions,

    /// Also saves everything that happened as JSON, for `nbrun render`
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Uses the results of an earlier run again where only the prose has changed since
    ///
    /// Then nothing is compiled and nothing runs. A run without errors is kept for this in the cache; it is used again as long as the cells,
    /// the files that they include, the options, the compiler and nbrun are the same.
    #[arg(long, conflicts_with = "cell")]
    pub reuse: bool,

    /// Runs only this cell, with what it needs: the job cells that it sees and the resources that it uses
    ///
    /// It is named by its number on the page, or by its `name`. Cells above it that change a resource which it uses are run,
    /// too.
    #[arg(long, value_name = "NAME|NUMBER")]
    pub cell: Option<String>,

    /// Also says what workers printed and what cells show
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,

    /// How what is wrong is reported
    #[command(flatten)]
    pub reporting: Reporting,

    /// What the user grants
    #[command(flatten)]
    pub bounds: Bounds,
}

impl Run {
    /// Runs notebooks and writes what is made of them. Nothing runs before all of them have been read, planned and compiled.
    pub fn run(self, quiet: bool, reporter: &Reporter) -> Result<Exit, Errors> {
        let Self { inputs, page, record, reuse, cell, verbose, reporting: _, bounds } = self;
        let product = page.to;
        let named = inputs;
        let inputs = input::collect(&named)?;
        let several = inputs.len() > 1;
        let targets = output::targets(&inputs, page.output.as_deref(), product)?;
        if record.is_some() && several {
            let error = Diagnostic::new("--record saves one notebook's run, but there are several");
            return Err(error.help("run them one by one").into());
        }
        if cell.is_some() && several {
            let error = Diagnostic::new("--cell runs a cell of one notebook, but there are several");
            return Err(error.help("run them one by one").into());
        }
        let record = record.map(|path| output::record(&path, &inputs, &targets, product)).transpose()?;
        let mut outputs = Outputs::open(&targets, page.output.as_deref(), product)?;
        each(&record, |target| Ok(output::check(target)?))?;
        if reporter.takes_stdout() && targets.contains(&Target::Stdout) {
            let error = Diagnostic::new("the page and the diagnostics would both go to standard output");
            return Err(error.help("name a file or a directory with `-o`").into());
        }
        let mut session = Session::open(bounds, quiet, reporter)?;
        session.progress.verbose = verbose;
        session.records = reuse.then(Records::of_user).transpose()?;
        session.holds_images = product.holds_images();
        session.no_solutions = page.no_solutions;
        let inputs = inputs.into_iter().zip(targets).collect();
        let Some(mut documents) = session.prepare(inputs, page.stable, cell.as_deref())? else {
            return Ok(Exit::Interrupted);
        };
        session.lint(&documents)?;
        if product.has_prose() {
            session.warn(&links::connect(&mut documents, session.sandbox.is_none(), product))?;
        }
        let mut exits = Vec::new();
        for document in &documents {
            let cells = document.plan.asked();
            session.progress.notebook(&document.notebook.file, cells, several);
            if let Some(cell) = document.only {
                session.progress.say(&format!("only cell {}, with what it needs", cell + 1));
            }
            let ran = session.execute(document);
            session.progress.notebook_done();
            let (made, exit) = ran?;
            let written = document.write(&made, product, &session.progress);
            let written = written.map(|files| outputs.add(document, &files));
            let saved = record.as_ref().map_or(Ok(()), |target| output::write(target, made.to_json()?.as_bytes()));
            let failed = written.and(saved).inspect_err(|error| reporter.print([error])).is_err();
            exits.push(if failed { Exit::Failed } else { exit });
            exits.push(session.judge_exercises(document, &made));
            if made.interrupted {
                break;
            }
        }
        outputs.close(&named)?;
        session.progress.summary();
        Ok(exits.into_iter().max().unwrap_or_default())
    }
}
