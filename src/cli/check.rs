//! `nbrun check`: everything that is wrong with notebooks, without running them.

use super::Errors;
use super::bounds::Bounds;
use super::document::Document;
use super::exit::Exit;
use super::output::{self, Product};
use super::report::{Reporter, Reporting};
use super::session::Session;
use super::{input, links};
use std::path::PathBuf;

/// What to check.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Check {
    /// The notebooks to check: files, directories, or `-` for standard input
    #[arg(value_name = "FILE|DIR|-", required = true)]
    pub inputs: Vec<PathBuf>,

    /// How what is wrong is reported
    #[command(flatten)]
    pub reporting: Reporting,

    /// What the user grants
    #[command(flatten)]
    pub bounds: Bounds,
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    exit: Exit,
    errors: usize,
}

impl Check {
    /// Checks notebooks: first what each says, then how they lead to each other, then their code. Whatever is wrong with one
    /// of them, the others are checked.
    pub fn run(self, quiet: bool, reporter: &Reporter) -> Result<Exit, Errors> {
        let session = Session::open(self.bounds, quiet, reporter)?;
        let mut found = Found::default();
        let (inputs, unread) = input::find(&self.inputs);
        found.report(&session, unread, Exit::Unusable);
        let notebooks = inputs.len();
        let targets = output::targets(&inputs, None, Product::Page)?;
        let mut documents: Vec<Document> = Vec::new();
        for (input, target) in inputs.into_iter().zip(targets) {
            match session.read(input, target, false) {
                Ok(document) => documents.push(document),
                Err(errors) => found.report(&session, errors, Exit::Unusable),
            }
        }
        found.report(&session, session.lint(&documents).err().unwrap_or_default(), Exit::Unusable);
        let warnings = links::connect(&mut documents, session.sandbox.is_none(), Product::Page);
        found.report(&session, session.warn(&warnings).err().unwrap_or_default(), Exit::Unusable);
        for document in &documents {
            let checked = session.check(document);
            if session.stopped() {
                return Ok(Exit::Interrupted);
            }
            match checked {
                Ok(wrong) => found.report(&session, wrong, Exit::Failed),
                Err(errors) => found.report(&session, errors, Exit::Unusable),
            }
        }
        let cells = documents.iter().map(|document| document.notebook.cells.len()).sum::<usize>();
        session.progress.say(&summary(notebooks, cells, found.errors));
        Ok(found.exit)
    }
}

impl Found {
    /// Reports errors, with which the program ends as `exit` says, or worse.
    fn report(&mut self, session: &Session<'_>, errors: Errors, exit: Exit) {
        if errors.is_empty() {
            return;
        }
        self.exit = self.exit.max(exit);
        self.errors += errors.iter().map(|error| error.others.max(1)).sum::<usize>();
        session.reporter.print(&errors);
    }
}

/// What was checked, in one line.
fn summary(notebooks: usize, cells: usize, errors: usize) -> String {
    let many = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let errors = if errors == 0 { "no errors".to_owned() } else { many(errors, "error") };
    format!("{}, {}: {errors}", many(notebooks, "notebook"), many(cells, "cell"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_what_was_checked() {
        assert_eq!(summary(1, 36, 0), "1 notebook, 36 cells: no errors");
        assert_eq!(summary(2, 1, 1), "2 notebooks, 1 cell: 1 error");
    }
}
