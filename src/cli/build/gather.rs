//! Finds and reads what a site is made of: its configuration, its lessons, and the prose that they lead to.

use crate::cli::document::Document;
use crate::cli::input::{self, Input};
use crate::cli::links;
use crate::cli::output::Target;
use crate::cli::session::Session;
use crate::cli::{Errors, session};
use crate::render::{self, Sections};
use crate::site::{Config, Kind, Page};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// What a site says of itself.
const CONFIG: &str = "nbrun.yaml";

/// What a site is made of.
#[derive(Default)]
pub struct Gathered {
    /// The notebooks, in order of their paths.
    pub documents: Vec<Document>,
    /// The page of each.
    pub pages: Vec<Page>,
    /// The text of each.
    pub sections: Vec<Sections>,
}

/// The configuration of the site of a directory; the default where there is none.
pub fn config(dir: &Path) -> Result<Config, Errors> {
    let path = dir.join(CONFIG);
    if !path.exists() {
        return Ok(Config::default());
    }
    Config::parse(&path.to_string_lossy(), &input::read(&path)?)
}

/// All notebooks of a directory, and the prose that belongs to its site: the beginning, what the configuration lists, and whatever
/// a page links to. The output directory is passed over.
pub fn gather(
    dir: &Path,
    output: Option<&Path>,
    config: &Config,
    stable: bool,
    session: &Session<'_>,
) -> Result<Gathered, Errors> {
    let all = input::markdown(dir, output)?;
    let path = |input: &Input| input.path.as_deref().map(|path| below(dir, path)).unwrap_or_default();
    let is_listed = |path: &str| config.listed().any(|listed| lists(&listed.path, path, config));
    let is_begin = |path: &str| Page::of_notebook(path, None, false, config).kind == Kind::Home;
    let (mut next, mut others): (Vec<Input>, BTreeMap<PathBuf, Input>) = (Vec::new(), BTreeMap::new());
    for input in all {
        let path = path(&input);
        if is_listed(&path) || is_begin(&path) || input::holds_a_cell(&input) {
            next.push(input);
        } else {
            others.insert(links::absolute(&dir.join(&path)), input);
        }
    }
    if !next.iter().any(|input| is_listed(&path(input)) || input::holds_a_cell(input)) {
        return Err(input::no_notebook(dir).into());
    }
    let mut documents = Vec::new();
    while !next.is_empty() {
        let read = session::each(std::mem::take(&mut next), |input| session.read(input, Target::Stdout, stable))?;
        let linked: HashSet<PathBuf> = read.iter().flat_map(|document| links::files(document, dir)).collect();
        next.extend(linked.iter().filter_map(|path| others.remove(path)));
        documents.extend(read);
    }
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    let mut gathered = Gathered::default();
    for mut document in documents {
        let path = document.path.as_deref().map(|path| below(dir, path)).unwrap_or_default();
        let is_lesson = is_listed(&path) || !document.notebook.cells.is_empty();
        // Its name may say the language, too, and so may the site.
        let front = &mut document.notebook.front_matter;
        front.lang = front.lang.take().or_else(|| Some(Page::of_notebook(&path, None, is_lesson, config).lang));
        let sections = render::sections(&document.notebook, &document.look);
        gathered.pages.push(page(&document, &path, is_lesson, &sections, config));
        gathered.sections.push(sections);
        gathered.documents.push(document);
    }
    Ok(gathered)
}

/// Whether the lesson that a configuration lists is the one at a path, perhaps in another language.
fn lists(listed: &str, path: &str, config: &Config) -> bool {
    let stem = |path| Page::of_notebook(path, None, true, config).stem;
    listed == path || listed.strip_suffix(".md").is_some_and(|listed| listed == stem(path))
}

/// A path below a directory, with `/`.
fn below(dir: &Path, path: &Path) -> String {
    path.strip_prefix(dir).unwrap_or(path).to_string_lossy().into_owned()
}

fn page(document: &Document, path: &str, is_lesson: bool, sections: &Sections, config: &Config) -> Page {
    let front = document.notebook.front_matter.clone();
    let page = Page::of_notebook(path, front.lang.as_deref(), is_lesson, config);
    let title = sections.title.clone().unwrap_or_else(|| page.stem.rsplit('/').next().unwrap_or_default().to_owned());
    Page { title, description: front.description, tags: front.tags, date: front.date, author: front.author, ..page }
}
