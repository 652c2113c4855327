//! Runs the notebooks of a site, or finds what they did before, and makes a page of each as soon as that is known.

use super::pages::{Page, Pages};
use super::recorded::Recorded;
use crate::cli::Errors;
use crate::cli::document::Document;
use crate::cli::exit::Exit;
use crate::cli::parallel::parallel;
use crate::cli::session::{Session, each};
use crate::diagnostic::Diagnostic;
use crate::record::Record;
use crate::render::RenderOptions;
use std::collections::BTreeSet;

/// What came of all notebooks.
pub struct Ran {
    /// The page of each, in order; empty for those that were not wanted.
    pub pages: Vec<Page>,
    /// How they ended.
    pub exit: Exit,
}

/// A notebook that needs no run.
struct Done {
    page: Page,
    /// What its record says, without what takes much room; `None` for prose.
    record: Option<Record>,
    warnings: Vec<Diagnostic>,
}

/// Finds the records of the `wanted` notebooks, or else compiles and runs them, and makes the page of each, if pages are wanted. Records
/// may be large, so none is kept for longer than that. Nothing comes of it if the user stops it.
pub fn execute(
    session: &mut Session<'_>,
    documents: &mut [Document],
    wanted: &BTreeSet<usize>,
    recorded: Option<&Recorded>,
    pages: Option<&Pages<'_>>,
) -> Result<Option<Ran>, Errors> {
    let mut done = known(session, documents, wanted, recorded, pages);
    for done in done.iter().flatten() {
        session.warn(&done.warnings)?;
    }
    let waiting =
        documents.iter_mut().enumerate().filter(|(number, _)| wanted.contains(number) && done[*number].is_none());
    // ^C ends the compiler, too, and then its failure is no news.
    let ready = each(waiting, |(_, document)| if session.stopped() { Ok(()) } else { session.ready(document) });
    if session.stopped() {
        return Ok(None);
    }
    ready?;
    let (mut made, mut exit) = (Vec::new(), Exit::Passed);
    for (number, document) in documents.iter().enumerate() {
        let page = match done[number].take() {
            Some(Done { page, record, .. }) => {
                if let Some(record) = &record {
                    session.progress.notebook(&document.notebook.file, document.plan.asked(), true);
                    session.progress.used_again(&document.notebook.file, record, &document.plan.steps);
                    session.progress.notebook_done();
                    exit = exit.max(session.judge_exercises(document, record));
                }
                page
            }
            None if !wanted.contains(&number) => Page::default(),
            None => {
                session.progress.notebook(&document.notebook.file, document.plan.asked(), true);
                let ran = session.execute(document);
                session.progress.notebook_done();
                let (record, ended) = ran?;
                if record.interrupted {
                    return Ok(None);
                }
                if let Some(recorded) = recorded.filter(|_| ended == Exit::Passed) {
                    recorded.keep(document, &session.bounds, &record)?;
                }
                exit = exit.max(ended).max(session.judge_exercises(document, &record));
                page_of(pages, number, document, Some(&record))
            }
        };
        made.push(page);
    }
    Ok(Some(Ran { pages: made, exit }))
}

/// The page of a notebook that just ran, or of prose. When it is used again, its page says so and is another one.
fn page_of(pages: Option<&Pages<'_>>, number: usize, document: &Document, record: Option<&Record>) -> Page {
    let text = pages.map(|pages| pages.make(number, document, record)).unwrap_or_default();
    Page { text, from: None }
}

/// All wanted notebooks that need no run: prose, and those with a record.
fn known(
    session: &Session<'_>,
    documents: &[Document],
    wanted: &BTreeSet<usize>,
    recorded: Option<&Recorded>,
    pages: Option<&Pages<'_>>,
) -> Vec<Option<Done>> {
    let (records, bounds) = (session.records.as_ref(), &session.bounds);
    parallel(documents.len(), |number| {
        let document = documents.get(number).filter(|_| wanted.contains(&number))?;
        if document.notebook.cells.is_empty() {
            let page = page_of(pages, number, document, None);
            return Some(Done { page, record: None, warnings: Vec::new() });
        }
        let kept = match (recorded, records) {
            (Some(recorded), _) => recorded.find(document, bounds)?,
            (None, Some(records)) => records.find(document, bounds)?,
            (None, None) => return None,
        };
        let others = recorded.map(|recorded| recorded.others(&kept.summary.record)).unwrap_or_default();
        let look = RenderOptions { recalled: true, others, ..document.look.clone() };
        let page = match pages {
            Some(pages) => pages.remade(number, document, look, &kept)?,
            None => kept.record(document).map(|_| Page::default())?,
        };
        let record = kept.summary.record;
        let warnings = record.warnings.values().flatten();
        let warnings = warnings.map(|warning| document.notebook.diagnostic(warning)).collect();
        Some(Done { page, record: Some(record), warnings })
    })
}
