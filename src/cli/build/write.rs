//! The files of a site: which there are is known before anything runs, what they hold only behind that.

use crate::cli::Errors;
use crate::cli::links::Copies;
use crate::cli::parallel::parallel;
use crate::diagnostic::{Diagnostic, reason};
use crate::notebook::{FrontMatter, Notebook};
use crate::record::{self, Provenance, Record};
use crate::render::frame::Frame;
use crate::render::{self, RenderOptions, Sections};
use crate::site::{self, Asset, Names, Site};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The files of a site apart from its pages.
pub struct Files {
    names: Names,
    /// What is made.
    made: Vec<Asset>,
    /// What is copied.
    copies: Copies,
}

impl Files {
    /// The files of a site; `sections` has the text of each page, and `copies` what its pages lead to beside each other.
    ///
    /// # Errors
    /// Every file that is copied to where another one is made.
    pub fn new(site: &Site, sections: &[Sections], copies: Copies, single_file: bool) -> Result<Self, Errors> {
        let (mut names, mut made) = (Names::default(), Vec::new());
        if !single_file {
            let [style, script] = site::assets();
            names.theme = Some((style.path.clone(), script.path.clone()));
            made.extend([style, script]);
        }
        let library = site::search_library();
        names.search_library.clone_from(&library.path);
        made.push(library);
        for (number, lang) in site.languages.iter().enumerate() {
            let texts = Asset::new(&format!("search-{lang}"), "js", site::search_texts(site, lang, sections));
            names.search_texts.push((lang.clone(), texts.path.clone()));
            made.push(texts);
            let path = if number == 0 { "feed.xml".to_owned() } else { format!("feed.{lang}.xml") };
            if let Some(content) = site::feed(site, lang, &path) {
                names.feeds.push((lang.clone(), path.clone()));
                made.push(Asset { path, content });
            }
        }
        made.extend(site::map(site).map(|content| Asset { path: "sitemap.xml".to_owned(), content }));
        let files = Self { names, made, copies };
        let ours = files.ours(site);
        let clash = |path: &String| {
            let error = Diagnostic::new(format!(
                "the file `{path}` would stand where the site has a page or a file of its own"
            ));
            error.help("rename it")
        };
        let errors: Vec<_> = files.copies.keys().filter(|path| ours.contains(*path)).map(clash).collect();
        if errors.is_empty() { Ok(files) } else { Err(errors) }
    }

    /// The paths of all that nbrun makes itself.
    fn ours(&self, site: &Site) -> BTreeSet<String> {
        let pages = site.pages.iter().map(|page| &page.path);
        pages.chain(self.made.iter().map(|asset| &asset.path)).cloned().collect()
    }

    /// The paths of all files.
    pub fn paths(&self, site: &Site) -> BTreeSet<String> {
        self.ours(site).into_iter().chain(self.copies.keys().cloned()).collect()
    }

    /// What stands around the page of a notebook.
    pub fn frame(&self, site: &Site, number: usize) -> Frame {
        site.frame(number, &self.names, &[])
    }

    /// All files with what they hold. `pages` has those of notebooks, which are the first pages of a site.
    ///
    /// # Errors
    /// A file that cannot be copied.
    pub fn make(self, site: &Site, mut pages: Vec<String>, stable: bool) -> Result<BTreeMap<String, Vec<u8>>, Errors> {
        let pictures = parallel(pages.len(), |number| render::first_picture(&pages[number]));
        for number in pages.len()..site.pages.len() {
            let frame = site.frame(number, &self.names, &pictures);
            pages.push(page_of_its_own(site, number, frame, stable));
        }
        let pages = site.pages.iter().map(|page| page.path.clone()).zip(pages);
        let made = self.made.into_iter().map(|asset| (asset.path, asset.content));
        let mut files: BTreeMap<_, _> = pages.chain(made).map(|(path, text)| (path, text.into_bytes())).collect();
        for (path, from) in self.copies {
            let content = fs::read(&from)
                .map_err(|error| Diagnostic::new(format!("cannot read `{}`: {}", from.display(), reason(&error))))?;
            files.insert(path, content);
        }
        Ok(files)
    }
}

/// A page that no notebook makes.
fn page_of_its_own(site: &Site, number: usize, frame: Frame, stable: bool) -> String {
    let page = &site.pages[number];
    let front_matter = FrontMatter {
        title: Some(page.title.clone()),
        description: page.description.clone(),
        lang: Some(page.lang.clone()),
        ..FrontMatter::default()
    };
    let (file, text) = (page.path.clone(), String::new());
    let notebook = Notebook { file, text, front_matter, body: 0, cells: Vec::new(), left_out: None };
    render::render_as(&notebook, &nothing(), &RenderOptions { stable, frame: Some(frame), ..RenderOptions::default() })
}

/// The record of a page for which nothing ran.
pub fn nothing() -> Record {
    Record {
        version: record::VERSION,
        provenance: Provenance { nbrun: env!("CARGO_PKG_VERSION").to_owned(), ..Provenance::default() },
        cells_sha256: String::new(),
        cells: Vec::new(),
        warnings: BTreeMap::new(),
        interrupted: false,
        only: None,
    }
}
