//! `nbrun build DIR -o site`: all notebooks of a directory as one site.

mod gather;
mod manifest;
mod parallel;
mod write;

use super::Errors;
use super::bounds::Bounds;
use super::document::Document;
use super::exit::Exit;
use super::links::{self, Tree};
use super::output::Target;
use super::records::Records;
use super::report::{Reporter, Reporting};
use super::session::{Session, each};
use crate::diagnostic::Diagnostic;
use crate::record::Record;
use crate::site::Site;
use gather::Gathered;
use std::path::{Path, PathBuf};
use write::Files;

/// What to build.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Build {
    /// The directory of the notebooks, with or without an `nbrun.yaml`
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,

    /// Where the site goes
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,

    /// Makes each page a file of its own, which needs no style sheet and no script beside it
    ///
    /// Only the search still needs two files.
    #[arg(long)]
    pub single_file: bool,

    /// Leaves out what changes from run to run: times, process numbers, the date, and the machine
    #[arg(long)]
    pub stable: bool,

    /// How what is wrong is reported
    #[command(flatten)]
    pub reporting: Reporting,

    /// What the user grants
    #[command(flatten)]
    pub bounds: Bounds,
}

impl Build {
    /// Builds the site. Nothing runs before all notebooks have been read and compiled, and nothing is written before all have run.
    pub fn run(self, quiet: bool, reporter: &Reporter) -> Result<Exit, Errors> {
        let Self { dir, output, single_file, stable, reporting: _, bounds } = self;
        let dir = directory(&dir, &output)?;
        let config = gather::config(&dir)?;
        let mut session = Session::open(bounds, quiet, reporter)?;
        session.records = Some(Records::of_user()?);
        let Gathered { mut documents, pages, sections } =
            gather::gather(&dir, Some(&output), &config, stable, &session)?;
        let site = Site::new(config, pages, &name_of(&dir))?;
        for (document, page) in documents.iter_mut().zip(&site.pages) {
            document.target = Target::File(output.join(&page.path));
        }
        let tree = Tree { dir, output: output.clone(), source: site.config.source.clone() };
        let (warnings, copies) = links::connect_site(&mut documents, session.sandbox.is_none(), &tree);
        session.warn(&warnings)?;
        let files = Files::new(&site, &sections, copies, single_file)?;
        let place = manifest::Output::open(&output, &files.paths(&site))?;
        let Some(Ran { records, exit }) = execute(&mut session, &mut documents)? else {
            session.progress.say("nothing is written");
            return Ok(Exit::Interrupted);
        };
        place.write(&files.make(&site, &documents, &records, stable)?)?;
        session.progress.page(&Target::File(output.join("index.html")));
        session.progress.summary();
        Ok(exit)
    }
}

/// The directory of the notebooks, if it is one, and another than that of the site.
fn directory(dir: &Path, output: &Path) -> Result<PathBuf, Diagnostic> {
    if !dir.is_dir() {
        let error = Diagnostic::new(format!("`{}` is not a directory", dir.display()));
        return Err(
            error.help("name the directory that holds the notebooks; one notebook alone is a page: `nbrun FILE`")
        );
    }
    if links::absolute(dir) == links::absolute(output) {
        let error = Diagnostic::new("the site would stand among its notebooks");
        return Err(error.help("name another directory with `-o`, such as `site`"));
    }
    Ok(dir.to_owned())
}

/// What a site is called that says nothing of itself.
fn name_of(dir: &Path) -> String {
    links::absolute(dir).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What came of all notebooks: a record of each that has cells, and how they ended.
struct Ran {
    records: Vec<Option<Record>>,
    exit: Exit,
}

/// Compiles and runs all notebooks; prose has nothing to run. Nothing comes of it if the user stops it.
fn execute(session: &mut Session<'_>, documents: &mut [Document]) -> Result<Option<Ran>, Errors> {
    each(documents.iter_mut().filter(|document| !document.notebook.cells.is_empty()), |document| {
        // ^C ends the compiler, too, and then its failure is no news.
        if session.stopped() { Ok(()) } else { session.ready(document) }
    })
    .or_else(|errors| if session.stopped() { Ok(Vec::new()) } else { Err(errors) })?;
    let mut ran = Ran { records: Vec::new(), exit: Exit::Passed };
    for document in documents.iter() {
        if session.stopped() {
            return Ok(None);
        }
        if document.notebook.cells.is_empty() {
            ran.records.push(None);
            continue;
        }
        session.progress.notebook(&document.notebook.file, document.plan.asked(), true);
        let done = session.execute(document);
        session.progress.notebook_done();
        let (record, exit) = done?;
        if record.interrupted {
            return Ok(None);
        }
        ran.exit = ran.exit.max(exit);
        ran.records.push(Some(record));
    }
    Ok(Some(ran))
}
