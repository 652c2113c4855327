//! Where links lead within a book: the ids of cells have the chapter's name before them, so that all can stand on one page.

use crate::cli::document::Document;
use crate::notebook::addresses::{Led, Written, lead};
use crate::render::images::is_elsewhere;
use percent_encoding::percent_decode_str;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Component, Path};

/// The cells of the chapters of a book.
#[derive(Default)]
pub struct Places {
    /// By a chapter's path what stands before the ids of its cells, and these.
    chapters: HashMap<String, (String, HashSet<String>)>,
    prefixes: HashSet<String>,
}

impl Places {
    /// Adds a chapter with its cells, and gives what stands before their ids.
    pub fn add(&mut self, path: &str, document: &Document) -> String {
        let stem = path.strip_suffix(".md").unwrap_or(path);
        let plain: String = stem.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let mut prefix = format!("{plain}-");
        while !self.prefixes.insert(prefix.clone()) {
            prefix.push('-');
        }
        let numbered = (1..=document.notebook.cells.len()).map(|number| format!("cell-{number}"));
        let named = document.plan.steps.iter().filter_map(|step| step.options.name.clone());
        self.chapters.insert(path.to_owned(), (prefix.clone(), numbered.chain(named).collect()));
        prefix
    }

    /// Where the links of a chapter lead that lead to cells, by their addresses.
    pub fn links(&self, path: &str, text: &str) -> HashMap<String, String> {
        let links = RefCell::new(HashMap::new());
        lead(text, 0, &|written: &Written<'_>| {
            if let Some(url) = self.leads(path, written.url) {
                links.borrow_mut().insert(written.url.to_owned(), url);
            }
            None::<Led>
        });
        links.into_inner()
    }

    /// Where an address leads from a chapter, if it leads to a cell.
    fn leads(&self, from: &str, url: &str) -> Option<String> {
        let (file, place) = url.split_once('#').filter(|_| !is_elsewhere(url))?;
        let decoded = percent_decode_str(file).decode_utf8_lossy();
        let target = if file.is_empty() { from.to_owned() } else { beside(from, &decoded) };
        let chapter = self.chapters.get(&target).or_else(|| {
            let stem = target.strip_suffix(".html")?;
            self.chapters.get(&format!("{stem}.md"))
        });
        let (prefix, cells) = chapter?;
        cells.contains(place).then(|| format!("{file}#{prefix}{place}"))
    }
}

/// The path of a file that another names from where it stands.
fn beside(from: &str, file: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in Path::new(from).parent().unwrap_or(Path::new("")).join(file).components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_cells_lead_to_the_ids_that_these_have_in_the_book() {
        let cells = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let chapters = HashMap::from([
            ("x/a.md".to_owned(), ("x-a-".to_owned(), cells(&["cell-1", "race"]))),
            ("b.md".to_owned(), ("b-".to_owned(), cells(&["cell-1"]))),
        ]);
        let places = Places { chapters, prefixes: HashSet::new() };
        let text = "[a](#race) [b](../b.md#cell-1) [c](../b.html#cell-1) [d](#heading) [e](../b.md#cell-2) [f](https://x.org/b.md#cell-1)";
        let mut links: Vec<_> = places.links("x/a.md", text).into_iter().collect();
        links.sort();
        let expected = [
            ("#race", "#x-a-race"),
            ("../b.html#cell-1", "../b.html#b-cell-1"),
            ("../b.md#cell-1", "../b.md#b-cell-1"),
        ];
        assert_eq!(links, expected.map(|(from, to)| (from.to_owned(), to.to_owned())));
    }
}
