//! Stage 6: notebook and record to one self-contained HTML page. Pure: the same two give the same page, byte for byte.
//!
//! - `page` is the skeleton: head, title, table of contents, footer; `once` leaves out what its cells repeat, and `pack` what nobody sees;
//!   `theme` is how it looks; `frame` and `around` what stands around it in a site, and `sections` what can be searched there.
//! - `prose` renders the markdown and puts each cell where its fence stood; `headings` names its headings, `dollars` tells
//!   formulas from prices, `flow` joins lines, `references` leads links and images (with `tags` in HTML), `clean` cleans HTML of authors who are not trusted.
//! - `cell` renders one cell: what it `declared`, its `errors`, and its runs. A `run` has its `output`, `results`, pictures and `workers`; a
//!   `view` is what surrounds it, and `axis` says which runs share one.
//! - Runs are put into a `group` each and told by `compare`, `sweep` (a `speed_up` that `amdahl` explains) and `repeat`, with a `bar` each; one
//!   that followed a schedule by `replay`. Explorations are told by `explore`, `outcomes` and `play`; `solution` folds those of solutions.
//! - `theme` holds style sheets and scripts; `embed`, `standalone` and `stack` fit cells and pictures to places other than the page.
//! - `picture` draws SVG from a run's trace, with a finding above and a caption below it.
//! - `highlight`, `math` (checked by `mathml`), `images`, `text`, `blocks` and `units` turn code, formulas, images, texts and numbers into what a
//!   reader sees; `words` are the page's own; `options` say how a page is to look.

mod amdahl;
mod around;
mod axis;
mod bar;
mod blocks;
mod cell;
mod clean;
mod compare;
mod declared;
mod dollars;
pub mod embed;
mod errors;
mod explore;
#[cfg(test)]
mod fixture;
mod flow;
pub mod footer;
pub mod frame;
mod group;
mod headings;
mod highlight;
pub mod images;
mod math;
mod mathml;
mod once;
mod options;
mod outcomes;
mod output;
mod pack;
mod page;
#[cfg(test)]
mod palette;
pub(crate) mod picture;
mod play;
mod prose;
pub mod references;
mod repeat;
mod replay;
mod results;
mod run;
mod sections;
mod solution;
mod speed_up;
pub mod stack;
pub mod standalone;
mod sweep;
mod tags;
#[cfg(test)]
mod tests;
mod text;
pub mod theme;
mod units;
mod view;
mod words;
mod workers;

pub use options::{CellOptions, RenderOptions};
pub use page::moment;
pub use picture::{Logical, by_steps, first as first_picture};
pub use sections::{Section, Sections, sections};
pub use solution::Folds;
pub use text::{escape, visible};
pub use words::{Words, words};

use crate::diagnostic::Diagnostic;
use crate::model::Finding;
use crate::notebook::{Cell, Notebook, Role, cells_sha256};
use crate::record::{CellOutcome, Record};

/// Renders a notebook and the record of its run as one HTML page that needs nothing else, and looks as it does by itself.
///
/// Where the run was in a sandbox, or the user says so, HTML in the notebook is cleaned, and the page says to browsers that it has no script but
/// its own, and needs nothing from elsewhere.
///
/// The record should belong to the notebook (see [`check`]); where it lacks a cell, that cell is shown as not run.
pub fn render(notebook: &Notebook, record: &Record) -> String {
    render_as(notebook, record, &RenderOptions::default())
}

/// The same, with a say in how the page looks.
pub fn render_as(notebook: &Notebook, record: &Record, look: &RenderOptions) -> String {
    with_cells(notebook, record, look, |cells, outcomes, context| {
        let cells = once::told(cells, |cell| notebook.cells[cell].role == Some(Role::Solution));
        let title = notebook.front_matter.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
        let page = page::Page { notebook, record, look, script: page::script(&cells, look), context };
        let mut html = prose::render(notebook, &cells, title, look, context, |headings| page.begin(outcomes, headings));
        page.end(&mut html);
        html
    })
}

/// The same as it is written into a file, without what HTML does not ask for.
pub fn render_file(notebook: &Notebook, record: &Record, look: &RenderOptions) -> String {
    pack::packed(&render_as(notebook, record, look))
}

/// The HTML of each cell of a notebook, as it stands on the page.
pub fn cells(notebook: &Notebook, record: &Record, look: &RenderOptions) -> Vec<String> {
    with_cells(notebook, record, look, |cells, _, _| cells)
}

/// What stands below the cells of a notebook: when and where they ran.
pub fn foot(notebook: &Notebook, record: &Record, look: &RenderOptions) -> String {
    with_cells(notebook, record, look, |cells, _, context| {
        page::Page { notebook, record, look, script: page::script(&cells, look), context }.foot()
    })
}

/// The solutions of a notebook that the page of another program is to fold.
pub fn folds(notebook: &Notebook) -> Folds {
    let language = page::language(notebook);
    Folds::new(notebook, true, words(language), ours(language))
}

/// The language of the page's own words as an attribute, where it is not that of the page: other languages have no words here.
fn ours(language: &str) -> &'static str {
    if words::is_spoken(language) { "" } else { " lang=\"en\"" }
}

/// The script of a notebook's cells for the page of another program.
pub fn script(notebook: &Notebook, cells: &[String]) -> String {
    theme::embedded_script(words(page::language(notebook)), page::has_player(cells))
}

/// What `body` makes of the HTML of the cells, with their outcomes.
fn with_cells<R>(
    notebook: &Notebook,
    record: &Record,
    look: &RenderOptions,
    body: impl FnOnce(Vec<String>, &[Option<&CellOutcome>], options::RenderContext<'_>) -> R,
) -> R {
    let language = page::language(notebook);
    let fences: Vec<u32> = notebook.cells.iter().map(|cell| cell.line).collect();
    let of_cell = |cell: &Cell| [cell.line].into_iter().chain(cell.code.lines.iter().map(|line| line.line)).collect();
    let mut lines: Vec<u32> = notebook.cells.iter().flat_map(|cell| -> Vec<u32> { of_cell(cell) }).collect();
    lines.sort_unstable();
    let words = words(language).with_lines(&fences, &lines);
    let lang = ours(language);
    let theirs = if lang.is_empty() { String::new() } else { format!(" lang=\"{language}\"") };
    // What a record says can only add to the user's own caution.
    let trusted = !look.distrusted && record.provenance.sandbox.is_none();
    let (stable, cores) = (look.stable, record.provenance.cores);
    let context =
        options::RenderContext { words, lang, theirs: &theirs, stable, trusted, cores, unchanged: options::NONE };
    let outcome = |index: usize| record.cells.iter().find(|outcome| outcome.cell == index);
    let outcomes: Vec<Option<&CellOutcome>> = (0..notebook.cells.len()).map(outcome).collect();
    let plain = CellOptions::default();
    let cell_look = |index: usize| look.cells.get(index).unwrap_or(&plain);
    let told = |findings: &[Finding]| -> Vec<Diagnostic> {
        findings.iter().map(|finding| notebook.diagnostic(finding)).collect()
    };
    let warnings = |index: usize| told(record.warnings.get(&index).map_or(&[], Vec::as_slice));
    let errors = |outcome: Option<&CellOutcome>| match outcome {
        Some(CellOutcome { errors, notes, .. }) => [told(errors), told(notes)].concat(),
        None => Vec::new(),
    };
    let unchanged = results::unchanged(&outcomes);
    let axes = axis::groups(&look.cells);
    let cells = notebook.cells.iter().zip(&outcomes).zip(&unchanged);
    let cells: Vec<String> = cells
        .map(|((cell, outcome), unchanged)| {
            let context = options::RenderContext { unchanged, ..context };
            let wrong = (&*warnings(cell.index), &*errors(*outcome));
            let look = (cell_look(cell.index), shared_axis(&axes, cell.index, &outcomes));
            cell::render(cell, *outcome, wrong, look, context)
        })
        .collect();
    body(cells, &outcomes, context)
}

/// How long the axis of time of a cell is, if it shares that with others: as long as the longest run of all of these.
fn shared_axis(axes: &[Option<&str>], cell: usize, outcomes: &[Option<&CellOutcome>]) -> Option<u64> {
    let own = axes.get(cell).copied().flatten()?;
    let like: Vec<usize> = (0..axes.len()).filter(|other| axes[*other] == Some(own)).collect();
    let runs = like.iter().filter_map(|cell| *outcomes.get(*cell)?).flat_map(|outcome| &outcome.runs);
    (like.len() > 1).then(|| runs.map(picture::length_ns).max().unwrap_or(0))
}

/// Whether some HTML is a page that nbrun has made.
pub fn is_made_by_nbrun(html: &[u8]) -> bool {
    // This stands before anything that an author writes.
    let head = String::from_utf8_lossy(&html[..html.len().min(1024)]);
    head.contains("<meta name=\"generator\" content=\"nbrun ")
}

/// Whether a record belongs to a notebook: it has an outcome for each cell, and was made from the same cells.
///
/// # Errors
/// A diagnostic that says that the record is of another notebook or of an earlier state of this one.
#[allow(clippy::result_large_err, reason = "it is made once, and only when something is wrong")]
pub fn check(notebook: &Notebook, record: &Record) -> Result<(), Diagnostic> {
    let other = |what: String| {
        Diagnostic::new(format!("the record does not belong to {}: {what}", notebook.file))
            .help("run the notebook again")
    };
    if record.cells.len() != notebook.cells.len() {
        let (has, needs) = (record.cells.len() as u64, notebook.cells.len() as u64);
        let cells = units::plural(needs, "cell").replace('\u{a0}', " ");
        return Err(other(format!("it has outcomes for {has}, and the notebook has {cells}")));
    }
    if record.cells_sha256 != cells_sha256(notebook) {
        return Err(other("a cell has changed since".to_owned()));
    }
    Ok(())
}

/// The anchor of the cell with this index; readers count from 1.
fn anchor(index: usize) -> String {
    format!("cell-{}", index + 1)
}
