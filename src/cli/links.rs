//! Where the links of a page lead: to the other pages of the run, and to files beside the notebook from wherever the page is.

use super::document::Document;
use super::output::{Product, Target};
use super::parallel::parallel;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::render::images::{is_elsewhere, path as path_of};
use crate::site::CONFIG;
use crate::site::address::{joined, relative};
use percent_encoding::percent_decode_str;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where a site has what, and where it comes from.
pub struct Tree {
    /// The directory of its notebooks.
    pub dir: PathBuf,
    /// The directory of its pages.
    pub output: PathBuf,
    /// The address at which the notebooks' directory is to be read.
    pub source: Option<String>,
}

/// The files beside the notebooks of a site that its pages lead to, by their paths below its root.
pub type Copies = BTreeMap<String, PathBuf>;

/// Leads the links of all pages of a run to each other, and returns warnings of those that lead nowhere. The authors are
/// `trusted`, or are not. Images that a product does not hold are found from where it stands.
pub fn connect(documents: &mut [Document], trusted: bool, product: Product) -> Vec<Diagnostic> {
    let warnings = lead(documents, trusted, None, &[]).warnings;
    for document in documents.iter_mut().filter(|_| !product.holds_images()) {
        let images = images(document);
        document.look.links.extend(images);
    }
    warnings
}

/// What comes of leading the links of a site.
#[derive(Default)]
pub struct Connected {
    /// About links that do not lead where they should.
    pub warnings: Vec<Diagnostic>,
    /// The files that the site needs for its links.
    pub copies: Copies,
    /// Where links of the footer lead from the site's root; `None` for those that lead nowhere.
    pub footer: HashMap<String, Option<String>>,
}

/// The same for the pages of a site and the links of its footer.
pub fn connect_site(documents: &mut [Document], trusted: bool, tree: &Tree, footer: &[(String, Place)]) -> Connected {
    let tree = Tree { dir: absolute(&tree.dir), output: absolute(&tree.output), source: tree.source.clone() };
    lead(documents, trusted, Some(&tree), footer)
}

fn nowhere(why: &str) -> Diagnostic {
    Diagnostic::new(format!("this link leads nowhere: {why}"))
}

/// The files beside a notebook that its links lead to, without links, as far as they exist.
pub fn files(document: &Document, dir: &Path) -> Vec<PathBuf> {
    let urls = document.references.links.iter().map(|link| link.url.as_str()).filter(|url| !is_elsewhere(url));
    let path = |url: &str| file_of(document.path.as_deref(), url, Some(dir));
    urls.filter(|url| !path_of(url).is_empty()).map(|url| absolute(&path(url))).collect()
}

/// The same for the links of a site's footer.
pub fn files_of_footer(links: &[(String, Place)], dir: &Path) -> Vec<PathBuf> {
    let urls = links.iter().map(|(url, _)| url).filter(|url| !is_elsewhere(url) && !path_of(url).is_empty());
    urls.map(|url| absolute(&file_of(Some(&dir.join(CONFIG)), url, Some(dir)))).collect()
}

fn lead(documents: &mut [Document], trusted: bool, tree: Option<&Tree>, footer: &[(String, Place)]) -> Connected {
    let pages = Pages::new(documents, trusted, tree);
    let found = parallel(documents.len(), |number| pages.links(number));
    let (of_footer, in_footer) = tree.map(|tree| pages.footer(tree, footer)).unwrap_or_default();
    let mut all = Connected { footer: of_footer, ..Connected::default() };
    let mut looks = documents.iter_mut().map(|document| &mut document.look);
    for Found { links, dead, warnings, files } in found.into_iter().chain([in_footer]) {
        all.warnings.extend(warnings);
        all.copies.extend(files);
        if let Some(look) = looks.next() {
            (look.links, look.dead) = (links, dead);
        }
    }
    all
}

/// The file that an address in the file at a path means. In a site, one that begins with `/` begins at its directory.
pub fn file_of(file: Option<&Path>, url: &str, dir: Option<&Path>) -> PathBuf {
    let path = path_of(url);
    match (dir, path.strip_prefix('/')) {
        (Some(dir), Some(path)) => dir.join(path),
        _ => file.and_then(Path::parent).unwrap_or(Path::new("")).join(path),
    }
}

/// Where the images of a notebook are from its product, by their addresses in the notebook.
fn images(document: &Document) -> BTreeMap<String, String> {
    let Target::File(target) = &document.target else { return BTreeMap::new() };
    let beside = document.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let (from, to) = (absolute(target), |url: &str| absolute(&beside.join(path_of(url))));
    let all = document.references.images.iter();
    all.map(|image| (image.url.clone(), relative(&from, &to(&image.url)))).collect()
}

/// Leads the links of a page that is served to the pages of other notebooks.
pub fn to_pages(document: &mut Document) {
    let page = |url: &str| {
        let (path, behind) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
        let is_notebook = !is_elsewhere(url) && !url.starts_with('/');
        let stem = path.strip_suffix(".md").filter(|_| is_notebook)?;
        Some((url.to_owned(), format!("{stem}.html{behind}")))
    };
    document.look.links = document.references.links.iter().filter_map(|link| page(&link.url)).collect();
}

/// The pages of one run.
struct Pages<'a> {
    /// Each notebook, and where its page goes, unless to standard output.
    pages: Vec<(&'a Document, Option<PathBuf>)>,
    /// Which page is made of the notebook at a path, or is itself at that path.
    known: HashMap<PathBuf, usize>,
    /// Whether the authors are trusted: then the page may say where files of the user's are.
    trusted: bool,
    /// The site, if they make up one.
    tree: Option<&'a Tree>,
}

/// What links lead from.
struct Origin {
    /// The file in which they are written.
    file: Option<PathBuf>,
    /// Where its page goes.
    target: Option<PathBuf>,
    /// The number of the page, if it is one of a notebook.
    number: Option<usize>,
}

/// Where the links of a page lead.
#[derive(Default)]
struct Found {
    /// The addresses that are others than in the notebook.
    links: BTreeMap<String, String>,
    /// Which of them lead nowhere in a site.
    dead: BTreeSet<String>,
    /// About all that do not lead where they should.
    warnings: Vec<Diagnostic>,
    /// The files that a site needs for them.
    files: Copies,
}

/// Where a link leads.
#[derive(Default)]
struct Leads {
    /// To another address than its own.
    to: Option<String>,
    /// What is wrong with it.
    wrong: Option<Diagnostic>,
    /// Which file the site must have for it.
    file: Option<(String, PathBuf)>,
}

impl Leads {
    fn to(url: String) -> Self {
        Self { to: Some(url), ..Self::default() }
    }

    fn nowhere(why: &str) -> Self {
        Self { wrong: Some(nowhere(why)), ..Self::default() }
    }
}

impl<'a> Pages<'a> {
    fn new(documents: &'a [Document], trusted: bool, tree: Option<&'a Tree>) -> Self {
        let place = |document: &Document| match &document.target {
            Target::File(path) => Some(absolute(path)),
            Target::Stdout => None,
        };
        let pages: Vec<_> = documents.iter().map(|document| (document, place(document))).collect();
        let mut known = HashMap::new();
        for (n, (document, target)) in pages.iter().enumerate() {
            known.extend(target.clone().map(|target| (target, n)));
            known.extend(document.path.as_deref().map(|path| (absolute(path), n)));
        }
        Self { pages, known, trusted, tree }
    }

    /// Where the links of a page lead.
    fn links(&self, number: usize) -> Found {
        let (mut found, mut warnings) = (Found::default(), Diagnostics::default());
        let (document, target) = &self.pages[number];
        let origin = Origin { file: document.path.clone(), target: target.clone(), number: Some(number) };
        for link in &document.references.links {
            let Leads { to, wrong, file } = self.leads(&origin, &link.url);
            found.files.extend(file);
            if let Some(wrong) = wrong {
                warnings.add(|| wrong.at(link.place(&document.notebook)));
                if self.tree.is_some() && to.is_none() {
                    found.dead.insert(link.url.clone());
                }
            }
            if let Some(url) = to {
                found.links.insert(link.url.clone(), url);
            }
        }
        Found { warnings: warnings.list().into_iter().map(Diagnostic::warning).collect(), ..found }
    }

    /// Where the links of a site's footer lead from its root, if not where they say; `None` for nowhere.
    fn footer(&self, tree: &Tree, links: &[(String, Place)]) -> (HashMap<String, Option<String>>, Found) {
        let (mut leads, mut found, mut warnings) = (HashMap::new(), Found::default(), Diagnostics::default());
        let (file, target) = (Some(tree.dir.join(CONFIG)), Some(tree.output.join("index.html")));
        let origin = Origin { file, target, number: None };
        for (url, place) in links {
            let Leads { to, wrong, file } = self.leads(&origin, url);
            found.files.extend(file);
            if to.is_some() || wrong.is_some() {
                leads.insert(url.clone(), to);
            }
            wrong.into_iter().for_each(|wrong| warnings.add(|| wrong.at(place.clone())));
        }
        found.warnings = warnings.list().into_iter().map(Diagnostic::warning).collect();
        (leads, found)
    }

    fn leads(&self, from: &Origin, url: &str) -> Leads {
        if is_elsewhere(url) || url.starts_with('/') && self.tree.is_none() {
            return Leads::default();
        }
        let path = path_of(url);
        let behind = &url[url.find(['?', '#']).unwrap_or(url.len())..];
        if path.is_empty() {
            return Leads { wrong: from.number.and_then(|number| self.place(number, url)), ..Leads::default() };
        }
        let file = file_of(from.file.as_deref(), url, self.tree.map(|tree| tree.dir.as_path()));
        if let Some(other) = self.page_at(&file) {
            let wrong = self.place(other, url);
            let way = from.target.as_deref().zip(self.pages[other].1.as_deref());
            let is_itself = from.number == Some(other);
            let way = way.map(|(from, to)| if is_itself { String::new() } else { relative(from, to) });
            let to = way.map(|way| match way.is_empty() && behind.is_empty() {
                true => "#top".to_owned(),
                false => way + behind,
            });
            return Leads { to, wrong, file: None };
        }
        if !self.trusted {
            let left_out = || Leads::nowhere("a notebook in the sandbox shows no other files");
            return self.tree.map_or_else(Leads::default, |_| left_out());
        }
        if !file.exists() {
            return Leads::nowhere(&format!("there is no file `{path}`"));
        }
        let Some(target) = &from.target else { return Leads::default() };
        if let Some(tree) = self.tree {
            return in_site(tree, target, &file, &path, behind);
        }
        // The page of an earlier run, where one would be now.
        let made = target.parent().unwrap_or(Path::new("")).join(&path).with_extension("html");
        if file.extension().is_some_and(|extension| extension == "md") && made.is_file() {
            return Leads::to(relative(target, &absolute(&made)) + behind);
        }
        let is_beside = from.file.as_deref().is_none_or(|path| absolute(path).parent() == target.parent());
        if is_beside { Leads::default() } else { Leads::to(relative(target, &absolute(&file)) + behind) }
    }

    /// The page of a notebook, which an author may also name as a page, or in a site by its directory.
    fn page_at(&self, file: &Path) -> Option<usize> {
        let known = |path: &Path| self.known.get(&absolute(path)).copied();
        let as_page = || file.extension().filter(|end| *end == "html").and_then(|_| known(&file.with_extension("md")));
        let of_directory = || {
            let is_one = self.tree.is_some() && file.is_dir();
            is_one.then(|| ["index.md", "README.md"].iter().find_map(|name| known(&file.join(name)))).flatten()
        };
        known(file).or_else(as_page).or_else(of_directory)
    }

    /// That a page has not the place that an address names, if it names one.
    fn place(&self, number: usize, url: &str) -> Option<Diagnostic> {
        let (_, name) = url.split_once('#').filter(|(_, name)| !name.is_empty() && !name.starts_with(":~:"))?;
        let name = percent_decode_str(name).decode_utf8_lossy();
        let page = &self.pages[number].0;
        let is_there = page.references.anchors.contains(&*name);
        (!is_there).then(|| nowhere(&format!("the page of `{}` has no place `#{name}`", page.notebook.file)))
    }
}

/// Where a link leads from a page of a site to a file that is no page.
fn in_site(tree: &Tree, page: &Path, file: &Path, path: &str, behind: &str) -> Leads {
    let whole = absolute(file);
    if whole == tree.dir {
        return Leads::to(relative(page, &tree.output.join("index.html")) + behind);
    }
    if file.is_dir() {
        return Leads::nowhere(&format!("`{path}` is a directory without an `index.md` or `README.md`"));
    }
    match whole.strip_prefix(&tree.dir).ok().filter(|_| !whole.starts_with(&tree.output)) {
        Some(below) => {
            let to = relative(page, &tree.output.join(below)) + behind;
            Leads { to: Some(to), wrong: None, file: Some((below.to_string_lossy().into_owned(), whole.clone())) }
        }
        None => match &tree.source {
            // The way from the directory, as if that held a page.
            Some(source) => Leads::to(joined(source, &relative(&tree.dir.join("a"), &whole)) + behind),
            None => {
                let wrong = nowhere(&format!("`{path}` is not in the site's directory"));
                let help = "say as `source` in `nbrun.yaml` where the directory is to be read: then it leads there";
                Leads { wrong: Some(wrong.help(help)), ..Leads::default() }
            }
        },
    }
}

/// A path from the root on, without links as far as it exists.
pub fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut ahead = whole.as_path();
    let mut rest = Vec::new();
    loop {
        if let Ok(found) = fs::canonicalize(ahead) {
            return rest.iter().rev().fold(found, |path: PathBuf, part: &Component<'_>| match part {
                Component::ParentDir => path.parent().map(Path::to_owned).unwrap_or(path),
                part => path.join(part),
            });
        }
        rest.extend(ahead.components().next_back());
        let Some(parent) = ahead.parent() else { return whole };
        ahead = parent;
    }
}
