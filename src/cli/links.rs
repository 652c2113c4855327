//! Where the links of a page lead: to the other pages of the run, and to files beside the notebook from wherever the page is.

use super::address::address;
use super::document::Document;
use super::output::{Product, Target};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::render::images::{is_elsewhere, path as path_of};
use percent_encoding::percent_decode_str;
use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Leads the links of all pages of a run to each other, and returns warnings of those that lead nowhere. The authors are
/// `trusted`, or are not. Images that a product does not hold are found from where it stands.
pub fn connect(documents: &mut [Document], trusted: bool, product: Product) -> Vec<Diagnostic> {
    let pages = Pages::new(documents, trusted);
    let links: Vec<_> = (0..documents.len()).map(|number| pages.links(number)).collect();
    let mut all = Vec::new();
    for (document, (mut links, warnings)) in documents.iter_mut().zip(links) {
        if !product.holds_images() {
            links.extend(images(document));
        }
        document.look.links = links;
        all.extend(warnings);
    }
    all
}

/// Where the images of a notebook are from its product, by their addresses in the notebook.
fn images(document: &Document) -> HashMap<String, String> {
    let Target::File(target) = &document.target else { return HashMap::new() };
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
}

/// Where a link leads.
enum Leads {
    /// Where it says.
    There,
    /// To another address from the page.
    To(String),
    /// Nowhere, for this reason.
    Nowhere(String),
}

impl<'a> Pages<'a> {
    fn new(documents: &'a [Document], trusted: bool) -> Self {
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
        Self { pages, known, trusted }
    }

    /// Where the links of a page lead, by their addresses, and warnings about those that lead nowhere.
    fn links(&self, number: usize) -> (HashMap<String, String>, Vec<Diagnostic>) {
        let (mut links, mut warnings) = (HashMap::new(), Diagnostics::default());
        let document = self.pages[number].0;
        for link in &document.references.links {
            match self.leads(number, &link.url) {
                Leads::There => {}
                Leads::To(url) => drop(links.insert(link.url.clone(), url)),
                Leads::Nowhere(why) => warnings.add(|| {
                    Diagnostic::new(format!("this link leads nowhere: {why}")).at(link.place(&document.notebook))
                }),
            }
        }
        (links, warnings.list().into_iter().map(Diagnostic::warning).collect())
    }

    fn leads(&self, number: usize, url: &str) -> Leads {
        let (page, target) = &self.pages[number];
        if is_elsewhere(url) || url.starts_with('/') {
            return Leads::There;
        }
        let path = path_of(url);
        let behind = &url[url.find(['?', '#']).unwrap_or(url.len())..];
        if path.is_empty() {
            return self.place(number, url).map_or(Leads::There, Leads::Nowhere);
        }
        let file = page.path.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join(&path);
        // An author may also name the page itself.
        let as_page = || file.extension().filter(|end| *end == "html").map(|_| absolute(&file.with_extension("md")));
        let other = self.known.get(&absolute(&file)).or_else(|| self.known.get(&as_page()?));
        if let Some(&other) = other {
            if let Some(why) = self.place(other, url) {
                return Leads::Nowhere(why);
            }
            let way = target.as_ref().zip(self.pages[other].1.as_ref());
            let way = way.map(|(from, to)| if other == number { String::new() } else { relative(from, to) });
            return match way {
                Some(way) if way.is_empty() && behind.is_empty() => Leads::To("#top".to_owned()),
                Some(way) => Leads::To(way + behind),
                None => Leads::There,
            };
        }
        if !self.trusted {
            return Leads::There;
        }
        if !file.exists() {
            return Leads::Nowhere(format!("there is no file `{path}`"));
        }
        let Some(target) = target else { return Leads::There };
        // The page of an earlier run, where one would be now.
        let made = target.parent().unwrap_or(Path::new("")).join(&path).with_extension("html");
        if file.extension().is_some_and(|extension| extension == "md") && made.is_file() {
            return Leads::To(relative(target, &absolute(&made)) + behind);
        }
        let is_beside = page.path.as_deref().is_none_or(|path| absolute(path).parent() == target.parent());
        if is_beside { Leads::There } else { Leads::To(relative(target, &absolute(&file)) + behind) }
    }

    /// Why a page has not the place that an address names, if it names one.
    fn place(&self, number: usize, url: &str) -> Option<String> {
        let (_, name) = url.split_once('#').filter(|(_, name)| !name.is_empty() && !name.starts_with(":~:"))?;
        let name = percent_decode_str(name).decode_utf8_lossy();
        let page = &self.pages[number].0;
        let is_there = page.references.anchors.contains(&*name);
        (!is_there).then(|| format!("the page of `{}` has no place `#{name}`", page.notebook.file))
    }
}

/// A path from the root on, without links as far as it exists.
fn absolute(path: &Path) -> PathBuf {
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

/// The address of a file from a page.
fn relative(page: &Path, file: &Path) -> String {
    let from: Vec<Component<'_>> = page.parent().unwrap_or(Path::new("")).components().collect();
    let to: Vec<Component<'_>> = file.components().collect();
    let same = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    let up = from[same..].iter().map(|_| "..".to_owned());
    let down = to[same..].iter().map(|part| address(&part.as_os_str().to_string_lossy()));
    let way: Vec<String> = up.chain(down).collect();
    // A colon in the first part would begin the name of a scheme.
    let is_scheme = way.first().is_some_and(|first| first.contains(':'));
    format!("{}{}", if is_scheme { "./" } else { "" }, way.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_from_a_page_to_a_file() {
        let way = |page: &str, file: &str| relative(Path::new(page), Path::new(file));
        assert_eq!(way("/a/b/one.html", "/a/b/two.html"), "two.html");
        assert_eq!(way("/a/b/one.html", "/a/c d/two#.html"), "../c%20d/two%23.html");
        assert_eq!(way("/a/one.html", "/a/b/c/two.html"), "b/c/two.html");
        assert_eq!(way("/a/one.html", "/a/b:c.html"), "./b:c.html");
    }
}
