//! `nbrun build DIR -o site`: all notebooks of a directory as one site.

mod directory;
mod execute;
mod gather;
mod pages;
mod preview;
mod recorded;
mod shard;
mod write;

use super::Errors;
use super::bounds::Bounds;
use super::exit::Exit;
use super::links::{self, Connected, Tree};
use super::output::Target;
use super::records::Records;
use super::report::{Reporter, Reporting};
use super::session::Session;
use crate::diagnostic::Diagnostic;
use crate::site::Site;
use execute::{Ran, execute};
use gather::Gathered;
use pages::Pages;
use recorded::Recorded;
use shard::Shard;
use std::path::{Path, PathBuf};
use write::Files;

/// What to build.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Build {
    /// The directory of the notebooks, with or without an `nbrun.yaml`
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,

    /// Where the site goes
    #[arg(short, long, value_name = "DIR", required_unless_present = "shard")]
    pub output: Option<PathBuf>,

    /// Makes each page a file of its own, which needs no style sheet and no script beside it
    ///
    /// Only the search still needs two files.
    #[arg(long)]
    pub single_file: bool,

    /// Leaves out what changes from run to run: times, process numbers, the date, and the machine
    #[arg(long)]
    pub stable: bool,

    /// Leaves the solutions of exercises out: they are neither run nor shown nor found, and no page links to its source
    #[arg(long)]
    pub no_solutions: bool,

    /// Keeps the records of all runs in a directory, and runs only notebooks without a fitting one there
    ///
    /// Kept in git, they let a machine without a compiler build the site. A record of another compiler, or of another nbrun, is used
    /// too, and the page says so.
    #[arg(long, value_name = "DIR")]
    pub records: Option<PathBuf>,

    /// Runs a part of the notebooks, such as the second of five, and leaves their records for another build; makes no site
    #[arg(long, value_name = "2/5", requires = "records", conflicts_with = "output")]
    pub shard: Option<Shard>,

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
        let Self { dir, output, single_file, stable, no_solutions, records, shard, reporting: _, bounds } = self;
        let dir = directory(dir, output.as_deref())?;
        let config = gather::config(&dir)?;
        let mut session = Session::open(bounds, quiet, reporter)?;
        session.no_solutions = no_solutions;
        let recorded = records.map(|records| Recorded::at(records, dir.clone()));
        if recorded.is_none() {
            session.records = Some(Records::of_user()?);
        }
        let Gathered { mut documents, pages, sections } =
            gather::gather(&dir, output.as_deref(), &config, stable, &session)?;
        let mut site = Site::new(config, pages, &name_of(&dir))?;
        let Some(output) = output else {
            let with_cells = (0..documents.len()).filter(|number| !documents[*number].notebook.cells.is_empty());
            let part = with_cells.enumerate().filter(|(index, _)| shard.is_some_and(|shard| shard.holds(*index)));
            let part = part.map(|(_, number)| number).collect();
            let ran = execute(&mut session, &mut documents, &part, recorded.as_ref(), None)?;
            session.progress.summary();
            return Ok(ran.map_or(Exit::Interrupted, |ran| ran.exit));
        };
        for (document, page) in documents.iter_mut().zip(&site.pages) {
            document.target = Target::File(output.join(&page.path));
        }
        let tree = Tree { dir, output: output.clone(), source: site.config.source.clone() };
        let mut chosen = preview::images(&documents, &mut site, &tree, session.sandbox.is_none())?;
        let Connected { warnings, copies, footer } =
            links::connect_site(&mut documents, session.sandbox.is_none(), &tree, &site.config.footer_links);
        session.warn(&warnings)?;
        session.lint(&documents)?;
        site.footer_leads = footer;
        chosen.extend(copies);
        if no_solutions {
            // There they stand.
            (site.config.source, site.config.edit) = (None, None);
        }
        let files = Files::new(&site, &sections, chosen, single_file)?;
        let place = directory::Output::open(&output, &files.paths(&site))?;
        let all = (0..documents.len()).collect();
        let pages = Pages::new(&site, &files, &place);
        let ran = execute(&mut session, &mut documents, &all, recorded.as_ref(), Some(&pages))?;
        let Some(Ran { pages, exit }) = ran else {
            session.progress.say("nothing is written");
            return Ok(Exit::Interrupted);
        };
        let from =
            site.pages.iter().zip(&pages).filter_map(|(page, made)| Some((page.path.clone(), made.from.clone()?)));
        let from = from.collect();
        let pages = pages.into_iter().map(|page| page.text).collect();
        place.write(&files.make(&site, pages, stable)?, &from)?;
        session.progress.page(&Target::File(output.join("index.html")));
        session.progress.summary();
        Ok(exit)
    }
}

/// The directory of the notebooks, if it is one, and another than that of the site.
fn directory(dir: PathBuf, output: Option<&Path>) -> Result<PathBuf, Diagnostic> {
    if !dir.is_dir() {
        let error = Diagnostic::new(format!("`{}` is not a directory", dir.display()));
        return Err(
            error.help("name the directory that holds the notebooks; one notebook alone is a page: `nbrun FILE`")
        );
    }
    if output.is_some_and(|output| links::absolute(&dir) == links::absolute(output)) {
        let error = Diagnostic::new("the site would stand among its notebooks");
        return Err(error.help("name another directory with `-o`, such as `site`"));
    }
    Ok(dir)
}

/// What a site is called that says nothing of itself.
fn name_of(dir: &Path) -> String {
    links::absolute(dir).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
