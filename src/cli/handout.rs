//! `nbrun handout`: notebooks without their solutions, for readers who are to find these by themselves, with the files beside them.

use super::Errors;
use super::beside::Beside;
use super::document::Document;
use super::exit::Exit;
use super::input;
use super::output::{self, Product, Target, directory_of};
use super::outputs::Outputs;
use super::progress::Progress;
use super::report::Reporter;
use super::session::each;
use crate::notebook::Notebook;
use crate::plan;
use crate::render::{RenderOptions, references};
use std::path::PathBuf;

/// What to hand out.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Handout {
    /// The notebooks: files, directories, or `-` for standard input
    #[arg(value_name = "FILE|DIR|-", required = true)]
    pub inputs: Vec<PathBuf>,

    /// Where they go without their solutions: a directory, a file that ends in .md, or `-` for standard output
    #[arg(short, long, value_name = "DIR|FILE.md|-")]
    pub output: PathBuf,
}

impl Handout {
    /// Writes notebooks without their solutions. Nothing is written before all of them have been read.
    pub fn run(self, quiet: bool, reporter: &Reporter) -> Result<Exit, Errors> {
        let Self { inputs: named, output } = self;
        let inputs = input::collect(&named)?;
        let targets = output::targets(&inputs, Some(&output), Product::Markdown)?;
        let mut outputs = Outputs::open(&targets, Some(&output), Product::Markdown)?;
        let documents = each(inputs.into_iter().zip(targets), |(input, target)| {
            let path = input.path.clone();
            let notebook = input.notebook(true)?;
            reporter.knows(&notebook);
            let plan = plan::plan(&notebook)?;
            let references = references::find(&notebook, &RenderOptions::default());
            Ok(Document { references, ..Document::new(notebook, plan, path, target) })
        })?;
        let is_file = documents.iter().any(|document| document.target.file() == Some(&output));
        let root = if is_file { directory_of(&output) } else { &output };
        let Beside { files, of, warnings } = Beside::find(&documents, root)?;
        each(&files, |(to, content)| Ok(outputs.spares(to, content)?))?;
        reporter.warn(&warnings)?;
        for (to, content) in &files {
            output::write(&Target::File(to.clone()), content)?;
        }
        let progress = Progress::new(quiet, !quiet);
        for (document, beside) in documents.iter().zip(of) {
            let Document { notebook: Notebook { file, text, left_out, .. }, target, .. } = document;
            let text = left_out.as_ref().map_or(text, |left_out| &left_out.text);
            output::write(target, text.as_bytes())?;
            outputs.add(document, &target.file().map(PathBuf::from).into_iter().chain(beside).collect::<Vec<_>>());
            let cells = left_out.as_ref().map_or(0, |left_out| left_out.cells.len());
            progress.say(&format!("{file}: {}", without(cells)));
            progress.page(target);
        }
        outputs.close(&named)?;
        Ok(Exit::Passed)
    }
}

/// What is missing in a handout.
fn without(cells: usize) -> String {
    match cells {
        0 => "no cell is of a solution".to_owned(),
        1 => "1 cell of a solution is left out".to_owned(),
        _ => format!("{cells} cells of solutions are left out"),
    }
}
