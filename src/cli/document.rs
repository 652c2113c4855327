//! A notebook that has been read and planned, and what is made of it: its library, its page, its trace.

use super::images;
use super::output::{self, Product, Target};
use super::progress::Progress;
use crate::compile::{Inputs, Library};
use crate::diagnostic::{Diagnostic, nearest};
use crate::export;
use crate::kernel::Left;
use crate::notebook::addresses::{Led, Written, lead};
use crate::notebook::{self, Notebook};
use crate::plan::Plan;
use crate::record::Record;
use crate::render::references::{self, References};
use crate::render::{self, CellOptions, RenderOptions};
use crate::site::address::encoded;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How pages are written.
#[derive(Debug, Clone, PartialEq, Default, clap::Args)]
pub struct PageOptions {
    /// What is made of a run
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_default_value = true)]
    pub to: Product,

    /// Where the page goes: a directory, a file that ends as the format does, or `-` for standard output
    ///
    /// Without it, a page stands beside its notebook, and that of standard input goes to standard output.
    #[arg(short, long, value_name = "DIR|FILE.html|-")]
    pub output: Option<PathBuf>,

    /// Leaves out what changes from run to run: times, process numbers, the date, and the machine
    ///
    /// Two runs of a lesson that leaves nothing to chance then give the same page, byte for byte.
    #[arg(long)]
    pub stable: bool,

    /// Leaves the solutions of exercises out: they are neither run nor shown
    #[arg(long)]
    pub no_solutions: bool,
}

/// A notebook with its plan.
pub struct Document {
    /// The notebook.
    pub notebook: Notebook,
    /// Its plan.
    pub plan: Plan,
    /// Where it was read, unless on standard input.
    pub path: Option<PathBuf>,
    /// Where its page or its trace goes.
    pub target: Target,
    /// How its page is to look.
    pub look: RenderOptions,
    /// What its prose refers to.
    pub references: References,
    /// Its code, once it is compiled; a notebook without cells has none.
    pub library: Option<Library>,
    /// The record of an earlier run of the same cells, which is used in place of a new one.
    pub earlier: Option<Record>,
    /// What cells that are not run have left in an earlier run; `None` if nobody wants to know what cells leave.
    pub left: Option<BTreeMap<usize, Left>>,
    /// The one cell that is to be run with what it needs, if it is only one.
    pub only: Option<usize>,
}

impl Document {
    /// A notebook that was read at `path`. Its page looks as it does by itself.
    pub fn new(notebook: Notebook, plan: Plan, path: Option<PathBuf>, target: Target) -> Self {
        let (look, references) = (RenderOptions::default(), References::default());
        Self { notebook, plan, path, target, look, references, library: None, earlier: None, left: None, only: None }
    }

    /// The index of the cell of this number, from 1, or of this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn cell(&self, cell: &str) -> Result<usize, Diagnostic> {
        let steps = &self.plan.steps;
        let named = steps.iter().position(|step| step.options.name.as_deref() == Some(cell));
        let numbered = || cell.parse::<usize>().ok()?.checked_sub(1).filter(|index| *index < steps.len());
        named.or_else(numbered).ok_or_else(|| {
            let names = steps.iter().filter_map(|step| step.options.name.as_deref());
            let error = Diagnostic::new(format!("{} has no cell `{cell}`", self.plan.file));
            match nearest(cell, names) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("name it by its number on the page, or by its `name`"),
            }
        })
    }

    /// Leaves of the plan one cell, by its number or its name, and what it needs.
    ///
    /// # Errors
    /// If there is no such cell.
    pub fn keep_only(&mut self, cell: &str) -> Result<(), Diagnostic> {
        let cell = self.cell(cell)?;
        self.plan.keep_only(&self.notebook, cell);
        self.only = Some(cell);
        Ok(())
    }

    /// The directory that it stands in; that of standard input is the one in which nbrun was started.
    pub fn directory(&self) -> PathBuf {
        let dir = self.path.as_deref().map_or(Path::new("."), output::directory_of);
        fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned())
    }

    /// What its code was compiled from beside itself, with paths from its directory.
    pub fn inputs(&self) -> Inputs {
        self.library.as_ref().map(|library| library.inputs.from(&self.directory())).unwrap_or_default()
    }

    /// Decides how the page is to look, and whether it holds the images of the prose. An author whom the user does not trust gets none of
    /// the user's files on the page, not even an image.
    ///
    /// # Errors
    /// Every image that cannot be put into the page.
    pub fn lay_out(&mut self, stable: bool, trusted: bool, holds_images: bool) -> Result<(), Vec<Diagnostic>> {
        let cells = self.plan.steps.iter().map(|step| {
            let (name, reveal) = (step.options.name.clone(), step.options.reveal.clone());
            CellOptions { name, reveal, axis: step.options.axis, like: step.options.like.clone() }
        });
        self.look = RenderOptions { stable, distrusted: !trusted, cells: cells.collect(), ..RenderOptions::default() };
        self.references = references::find(&self.notebook, &self.look);
        if trusted && holds_images {
            self.look.images = images::read(&self.notebook, &self.references.images, self.path.as_deref())?;
        }
        Ok(())
    }

    /// Makes what is wanted of a run, and writes it where it goes; the files that are written. What its format cannot hold is told.
    pub fn write(&self, record: &Record, product: Product, progress: &Progress) -> Result<Vec<PathBuf>, Diagnostic> {
        let (notebook, look) = (&self.notebook, &self.look);
        let mut written = Vec::new();
        let (content, lost) = match product {
            Product::Page => (render::render_file(notebook, record, look), Vec::new()),
            Product::Record => (record.to_json()?, Vec::new()),
            Product::Markdown => self.markdown(record, &mut written)?,
            Product::Jupyter => export::jupyter::jupyter(&*self.handed_out()?, record, look),
            Product::Trace => (export::chrome_trace(notebook, record)?, Vec::new()),
        };
        lost.into_iter().for_each(|lost| progress.say_once(lost));
        output::write(&self.target, content.as_bytes())?;
        progress.page(&self.target);
        if let Target::File(path) = &self.target {
            written.push(path.clone());
        }
        Ok(written)
    }

    /// The notebook as a reader gets it. Where solutions are left out, its own text has empty lines in their place.
    fn handed_out(&self) -> Result<Cow<'_, Notebook>, Diagnostic> {
        let Some(left_out) = &self.notebook.left_out else { return Ok(Cow::Borrowed(&self.notebook)) };
        let read = notebook::parse(&self.notebook.file, left_out.text.clone());
        let wrong =
            |errors: Vec<Diagnostic>| errors.into_iter().next().unwrap_or_else(|| Diagnostic::new("a bug in nbrun"));
        read.map(Cow::Owned).map_err(wrong)
    }

    /// The notebook as markdown, of which the pictures have been `written` in place of those before, and what it cannot hold.
    fn markdown(&self, record: &Record, written: &mut Vec<PathBuf>) -> Result<(String, Vec<&'static str>), Diagnostic> {
        let directory = match &self.target {
            Target::File(path) => Some(path.with_extension("files")),
            Target::Stdout => None,
        };
        let name = directory.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let place = |file: &str, svg: &str| match directory {
            Some(_) => encoded(&format!("{name}/{file}")),
            // There is no place beside standard output.
            None => render::images::data_url(svg.as_bytes()).unwrap_or_default(),
        };
        let notebook = self.handed_out()?;
        let made = export::markdown::markdown(&notebook, record, &self.look, &place);
        if let Some(directory) = &directory {
            for (name, svg) in &made.pictures {
                let picture = directory.join(name);
                output::write(&Target::File(picture.clone()), svg.as_bytes())?;
                written.push(picture);
            }
            output::keep_only(directory, written, export::markdown::is_picture)?;
        }
        let led = |written: &Written<'_>| self.look.links.get(written.url).cloned().map(Led::To);
        Ok((lead(&made.text, notebook.body, &led), made.lost))
    }
}
