//! Finds and reads what a site is made of: its configuration, its lessons, and the prose that they lead to.

use crate::cli::document::Document;
use crate::cli::input::{self, Input};
use crate::cli::links;
use crate::cli::output::Target;
use crate::cli::parallel::parallel;
use crate::cli::session::Session;
use crate::cli::{Errors, session};
use crate::render::{self, Sections};
use crate::site::{CONFIG, Config, Kind, Page};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// What a site is made of.
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
    let inputs = input::markdown(dir, output)?;
    let path = |path: &Option<PathBuf>| path.as_deref().map(|path| below(dir, path)).unwrap_or_default();
    let listed = Listing::new(config);
    // Whether each is one of the site's from the beginning, and whether it is a lesson.
    let kinds = parallel(inputs.len(), |number| {
        let (input, path) = (&inputs[number], path(&inputs[number].path));
        let is_lesson = listed.has(&path) || input::holds_a_cell(input);
        (is_lesson || Page::of_notebook(&path, None, false, config).kind == Kind::Home, is_lesson)
    });
    if !kinds.iter().any(|(_, is_lesson)| *is_lesson) {
        return Err(input::no_notebook(dir).into());
    }
    let (mut next, mut others): (Vec<Input>, BTreeMap<PathBuf, Input>) = (Vec::new(), BTreeMap::new());
    for (input, (belongs, _)) in inputs.into_iter().zip(kinds) {
        if belongs {
            next.push(input);
        } else {
            others.insert(links::absolute(&dir.join(path(&input.path))), input);
        }
    }
    let mut linked: BTreeSet<PathBuf> = links::files_of_footer(&config.footer_links, dir).into_iter().collect();
    let mut documents = Vec::new();
    while !next.is_empty() {
        let read = parallel(next.len(), |number| session.read(next[number].clone(), Target::Stdout, stable));
        let read = session::each(read, |read| read)?;
        linked.extend(read.iter().flat_map(|document| links::files(document, dir)));
        next = std::mem::take(&mut linked).into_iter().filter_map(|path| others.remove(&path)).collect();
        documents.extend(read);
    }
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    for document in &mut documents {
        // Its name may say the language, too, and so may the site.
        let said = Page::of_notebook(&path(&document.path), None, true, config).lang;
        document.notebook.front_matter.lang.get_or_insert(said);
    }
    let described = parallel(documents.len(), |number| {
        let (document, path) = (&documents[number], path(&documents[number].path));
        let is_lesson = listed.has(&path) || !document.notebook.cells.is_empty();
        let sections = render::sections(&document.notebook, &document.look);
        (page(document, &path, is_lesson, &sections, config), sections)
    });
    let (pages, sections) = described.into_iter().unzip();
    Ok(Gathered { documents, pages, sections })
}

/// The lessons that a configuration lists.
struct Listing<'a> {
    config: &'a Config,
    /// Their paths, and for a lesson that may be there in other languages its path without the ending.
    paths: HashSet<&'a str>,
}

impl<'a> Listing<'a> {
    fn new(config: &'a Config) -> Self {
        let paths = config.listed().map(|listed| listed.path.as_str());
        Self { config, paths: paths.flat_map(|path| [Some(path), path.strip_suffix(".md")]).flatten().collect() }
    }

    /// Whether the lesson at a path is one of them, perhaps in another language.
    fn has(&self, path: &str) -> bool {
        let stem = || Page::of_notebook(path, None, true, self.config).stem;
        !self.paths.is_empty() && (self.paths.contains(path) || self.paths.contains(stem().as_str()))
    }
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
