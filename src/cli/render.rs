//! `nbrun render`: the page of a saved record, without running anything.

use super::Errors;
use super::bounds::Trust;
use super::document::{Document, PageOptions};
use super::exit::Exit;
use super::output;
use super::outputs::Outputs;
use super::progress::Progress;
use super::report::Reporter;
use super::{input, links};
use crate::kernel;
use crate::plan;
use crate::record::Record;
use crate::render;
use std::path::PathBuf;
use std::slice;

/// What to make a page of.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Render {
    /// The notebook that was run: a file, or `-` for standard input
    #[arg(value_name = "FILE|-")]
    pub notebook: PathBuf,

    /// What `nbrun --record` saved
    #[arg(long, value_name = "FILE")]
    pub record: PathBuf,

    /// What is made of it, and how
    #[command(flatten)]
    pub page: PageOptions,

    /// Whether the author is trusted
    #[command(flatten)]
    pub trust: Trust,
}

impl Render {
    /// Makes what is wanted of a record.
    pub fn run(self, quiet: bool, reporter: &Reporter) -> Result<Exit, Errors> {
        let Self { notebook, record, page, trust } = self;
        let product = page.to;
        let input = input::one(&notebook, "a record is of one notebook, not of a directory of several")?;
        let target = output::targets(slice::from_ref(&input), page.output.as_deref(), product)?.remove(0);
        output::spares(&target, &record, product)?;
        let mut outputs = Outputs::open(slice::from_ref(&target), page.output.as_deref(), product)?;
        let path = input.path.clone();
        let notebook = input.notebook(page.no_solutions)?;
        let name = record.to_string_lossy();
        let mut record = Record::from_json(&name, &input::read(&record)?)?;
        render::check(&notebook, &record)?;
        let plan = plan::plan(&notebook)?;
        kernel::check_record(&name, &record, &plan)?;
        record.move_to(notebook.cell_lines());
        let mut document = Document::new(notebook, plan, path, target);
        if product.has_prose() {
            let trusted = trust.sandbox.is_none() && record.provenance.sandbox.is_none();
            document.lay_out(page.stable, trusted, product.holds_images())?;
            reporter.warn(&links::connect(slice::from_mut(&mut document), trusted, product))?;
        }
        let written = document.write(&record, product, &Progress::new(quiet, !quiet))?;
        outputs.add(&document, &written);
        outputs.close(&[])?;
        Ok(Exit::Passed)
    }
}
