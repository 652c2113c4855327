//! `nbrun mdbook`: a preprocessor of mdBook, which runs the cells of chapters. mdBook reads its standard output, so everything else goes to
//! standard error.

mod book;
mod options;
mod origin;
mod places;

use super::Errors;
use super::document::Document;
use super::exit::Exit;
use super::input::Input;
use super::output::{self, Target};
use super::progress::Progress;
use super::records::Records;
use super::report::{Reporter, Reporting};
use super::session::Session;
use crate::diagnostic::{Diagnostic, reason};
use crate::export::{chapter, markdown};
use crate::notebook;
use crate::record::Record;
use crate::render::images;
use book::{Call, Chapter};
use clap::Subcommand;
use options::Options;
use origin::Origin;
use places::Places;
use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// What mdBook asks.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct MdBook {
    #[command(subcommand)]
    asks: Option<Asks>,
}

/// What mdBook asks first.
#[derive(Debug, Clone, PartialEq, Subcommand)]
enum Asks {
    /// Says by its exit code whether chapters can be prepared for a renderer, as they can for all
    Supports {
        /// The renderer
        renderer: String,
    },
}

/// A chapter that holds cells.
struct Ran {
    /// Its place among the chapters.
    at: usize,
    document: Document,
    /// What stands before the ids of its cells.
    prefix: String,
}

impl MdBook {
    /// Answers mdBook: takes a book from standard input, and writes it with the results of its cells to standard output.
    pub fn run(self, quiet: bool) -> Result<Exit, Errors> {
        if self.asks.is_some() {
            return Ok(Exit::Passed);
        }
        let mut json = String::new();
        let unreadable = |error| Diagnostic::new(format!("cannot read standard input: {}", reason(&error)));
        io::stdin().lock().read_to_string(&mut json).map_err(unreadable)?;
        let mut call = Call::read(&json)?;
        let root = PathBuf::from(call.text("/root").unwrap_or("."));
        let options = Options::read(&call, &root)?;
        let reporter = Reporter::new(Reporting { deny_warnings: options.deny_warnings, ..Reporting::default() })?;
        let chapters = call.chapters();
        let made = match texts(&call, &root, &chapters, options, quiet, &reporter) {
            Ok(Ok(made)) => made,
            Ok(Err(exit)) => return Ok(exit),
            Err(errors) => return Err(errors),
        };
        call.rewrite(made);
        output::write(&Target::Stdout, call.book.to_string().as_bytes())?;
        Ok(Exit::Passed)
    }
}

/// The new texts of chapters, or how the program ends without them.
fn texts(
    call: &Call,
    root: &Path,
    chapters: &[Chapter],
    options: Options,
    quiet: bool,
    reporter: &Reporter,
) -> Result<Result<Vec<Option<String>>, Exit>, Errors> {
    let stable = options.stable;
    let mut session = Session::open(options.bounds, quiet, reporter)?;
    // Standard output is mdBook's, and images are its matter.
    session.progress = Progress::new(quiet, false);
    session.holds_images = false;
    session.no_solutions = options.no_solutions;
    session.records = if options.runs_always { None } else { Some(Records::of_user()?) };
    let sources = call.text("/config/book/src").unwrap_or("src");
    let origins: Vec<Origin> = chapters.iter().map(|chapter| origin::origin(root, sources, chapter)).collect();
    let Some(mut all) = prepare(chapters, &origins, &session, stable)? else { return Ok(Err(Exit::Interrupted)) };
    session.lint(all.iter().map(|ran| &ran.document))?;
    let is_html = call.text("/renderer") == Some("html");
    let mut places = Places::new(chapters, &origins);
    if is_html {
        for ran in &mut all {
            ran.prefix = places.add(&chapters[ran.at].path, &ran.document);
        }
    }
    let links: Vec<_> = chapters.iter().zip(&origins).map(|(chapter, origin)| places.links(chapter, origin)).collect();
    let led = |(chapter, links): (&Chapter, &BTreeMap<_, _>)| {
        (!links.is_empty()).then(|| chapter::led_to(&chapter.text, links))
    };
    let mut made: Vec<Option<String>> = chapters.iter().zip(&links).map(led).collect();
    let mut exit = Exit::Passed;
    for ran in &mut all {
        let document = &mut ran.document;
        document.look.links.extend(links[ran.at].clone());
        session.progress.notebook(&document.notebook.file, document.plan.asked(), true);
        let done = session.execute(document);
        session.progress.notebook_done();
        let (record, ended) = done?;
        if ended == Exit::Failed && origins[ran.at].is_changed {
            session.progress.say(&changed(&origins[ran.at]));
        }
        exit = exit.max(ended).max(session.judge_exercises(document, &record));
        if ended == Exit::Interrupted {
            break;
        }
        made[ran.at] = Some(text(ran, &record, is_html, &session.progress));
    }
    Ok(if exit == Exit::Passed { Ok(made) } else { Err(exit) })
}

/// Reads, plans and compiles the chapters that hold cells. Nothing comes of it if the user wants to stop.
fn prepare(
    chapters: &[Chapter],
    origins: &[Origin],
    session: &Session<'_>,
    stable: bool,
) -> Result<Option<Vec<Ran>>, Errors> {
    let (mut all, mut errors) = (Vec::new(), Vec::new());
    for (at, (chapter, origin)) in chapters.iter().zip(origins).enumerate() {
        // A chapter without cells is none of ours, whatever else it says.
        if notebook::parse(&origin.name, chapter.text.clone()).is_ok_and(|notebook| notebook.cells.is_empty()) {
            continue;
        }
        let (file, path, text) = (origin.name.clone(), Some(origin.path.clone()), chapter.text.clone());
        let input = Input { file, path, page: PathBuf::new(), text };
        let prepared = session.prepare(vec![(input, Target::Stdout)], stable, None);
        match prepared.and_then(|found| with_images(found, origin)) {
            Ok(Some(documents)) => {
                all.extend(documents.into_iter().map(|document| Ran { at, document, prefix: String::new() }));
            }
            Ok(None) => return Ok(None),
            Err(found) => {
                let note = |error: Diagnostic| if origin.is_changed { error.note(changed(origin)) } else { error };
                errors.extend(found.into_iter().map(note));
            }
        }
    }
    if errors.is_empty() { Ok(Some(all)) } else { Err(errors) }
}

/// The document of a chapter with the images that stand beside a file other than the chapter's own: mdBook does not see these.
fn with_images(documents: Option<Vec<Document>>, origin: &Origin) -> Result<Option<Vec<Document>>, Errors> {
    let Some(mut documents) = documents else { return Ok(None) };
    for document in documents.iter_mut().filter(|_| origin.is_elsewhere) {
        let Document { notebook, references, path, .. } = &*document;
        let found = super::images::read(notebook, &references.images, path.as_deref())?;
        document.look.links.extend(found);
    }
    Ok(Some(documents))
}

/// That the lines of what is said of a chapter are not those of its file.
fn changed(origin: &Origin) -> String {
    format!("preprocessors before nbrun have changed `{}`: lines are counted in what they made of it", origin.name)
}

/// What takes the place of a chapter's text.
fn text(ran: &Ran, record: &Record, is_html: bool, progress: &Progress) -> String {
    let Document { notebook, look, .. } = &ran.document;
    if is_html {
        return chapter::html(notebook, record, look, &ran.prefix);
    }
    // What lies beside chapters is seen by mdBook as a change, and what lies in a renderer's directory is deleted by it.
    let address = |_: &str, svg: &str| images::data_url(svg.as_bytes()).unwrap_or_default();
    let made = markdown::markdown(notebook, record, look, &address);
    made.lost.into_iter().for_each(|lost| progress.say_once(lost));
    chapter::titled(&notebook.front_matter, &made.text[notebook.body..])
}
