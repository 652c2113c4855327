//! Where links lead within a book. Links of a chapter count from the file that its text comes from, which need not stand in the book. And the
//! ids of cells have the chapter's name before them, so that all can stand on one page.

use super::book::Chapter;
use super::origin::{Origin, plain};
use crate::cli::document::Document;
use crate::notebook::addresses::{Written, lead};
use crate::render::images::is_elsewhere;
use percent_encoding::percent_decode_str;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// The chapters of a book.
#[derive(Default)]
pub struct Places {
    /// The path of a chapter, by the file that its text comes from.
    chapters: HashMap<PathBuf, String>,
    /// By a chapter's path what stands before the ids of its cells, and these.
    cells: HashMap<String, (String, HashSet<String>)>,
    prefixes: HashSet<String>,
}

impl Places {
    /// The places of a book with these chapters.
    pub fn new(chapters: &[Chapter], origins: &[Origin]) -> Self {
        let all = chapters.iter().zip(origins);
        let chapters = all.map(|(chapter, origin)| (plain(&origin.path), chapter.path.clone())).collect();
        Self { chapters, ..Self::default() }
    }

    /// Adds the cells of a chapter, and gives what stands before their ids.
    pub fn add(&mut self, path: &str, document: &Document) -> String {
        let stem = path.strip_suffix(".md").unwrap_or(path);
        let plain: String = stem.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let mut prefix = format!("{plain}-");
        while !self.prefixes.insert(prefix.clone()) {
            prefix.push('-');
        }
        let numbered = (1..=document.notebook.cells.len()).map(|number| format!("cell-{number}"));
        let named = document.plan.steps.iter().filter_map(|step| step.options.name.clone());
        self.cells.insert(path.to_owned(), (prefix.clone(), numbered.chain(named).collect()));
        prefix
    }

    /// Where links of a chapter lead in the book, by their addresses, where that is not what is written.
    pub fn links(&self, chapter: &Chapter, origin: &Origin) -> BTreeMap<String, String> {
        let links = RefCell::new(BTreeMap::new());
        lead(&chapter.text, 0, &|written: &Written<'_>| {
            let url = self.leads(&chapter.path, &origin.path, written.url)?;
            links.borrow_mut().insert(written.url.to_owned(), url);
            None
        });
        links.into_inner()
    }

    /// Where an address leads from a chapter whose text comes from `file`, if that is not what is written.
    fn leads(&self, from: &str, file: &Path, url: &str) -> Option<String> {
        if is_elsewhere(url) {
            return None;
        }
        let (path, place) = url.split_once('#').map_or((url, None), |(path, place)| (path, Some(place)));
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let file = plain(&if path.is_empty() { file.to_owned() } else { file.parent()?.join(&*decoded) });
        // An author may also name the page of a chapter.
        let target = self.chapters.get(&file).or_else(|| self.chapters.get(&file.with_extension("md")))?;
        let path = if target == from || beside(from, &decoded) == Path::new(target).with_extension("") {
            path.to_owned()
        } else {
            relative(from, target)
        };
        let place = place.map(|place| match self.cells.get(target).filter(|(_, cells)| cells.contains(place)) {
            Some((prefix, _)) => format!("#{prefix}{place}"),
            None => format!("#{place}"),
        });
        Some(path + &place.unwrap_or_default()).filter(|new| new != url)
    }
}

/// The path, without its ending, of what another chapter names.
fn beside(from: &str, file: &str) -> PathBuf {
    plain(&Path::new(from).parent().unwrap_or(Path::new("")).join(file)).with_extension("")
}

/// The address of a chapter from another one.
fn relative(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> { path.split('/').map(str::to_owned).collect() };
    let (from, to) = (parts(from), parts(to));
    let same = from.iter().zip(&to).take_while(|(from, to)| from == to).count().min(from.len() - 1);
    let up = std::iter::repeat_n("..".to_owned(), from.len() - 1 - same);
    up.chain(to[same..].iter().cloned()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        let chapters = [
            ("/r/src/x/a.md", "x/a.md"),
            ("/r/src/b.md", "b.md"),
            ("/r/src/README.md", "index.md"),
            ("/lessons/race.md", "lessons/race.md"),
            ("/lessons/pool.md", "more/pool.md"),
        ];
        let cells = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Places {
            chapters: chapters.map(|(file, path)| (file.into(), path.to_owned())).into(),
            cells: HashMap::from([
                ("x/a.md".to_owned(), ("x-a-".to_owned(), cells(&["cell-1", "race"]))),
                ("lessons/race.md".to_owned(), ("lessons-race-".to_owned(), cells(&["cell-1"]))),
            ]),
            prefixes: HashSet::new(),
        }
    }

    #[test]
    fn links_lead_to_chapters_from_wherever_their_text_stands() {
        let led = |from: &str, file: &str, url: &str| places().leads(from, Path::new(file), url).unwrap_or_default();
        for (url, expected) in [
            ("../../../lessons/race.md", "../lessons/race.md"),
            ("../../../lessons/race.md#cell-1", "../lessons/race.md#lessons-race-cell-1"),
            ("../b.md", ""),
            ("../b.html#x", ""),
            ("../README.md", "../index.md"),
            ("../../../lessons/none.md", ""),
            ("https://x.org/b.md", ""),
        ] {
            assert_eq!(led("x/a.md", "/r/src/x/a.md", url), expected, "{url}");
        }
        let lesson = |url: &str| led("lessons/race.md", "/lessons/race.md", url);
        assert_eq!(lesson("pool.md#map"), "../more/pool.md#map");
        assert_eq!(lesson("../r/src/b.md#x"), "../b.md#x");
        assert_eq!(lesson("#cell-1"), "#lessons-race-cell-1");
    }

    #[test]
    fn links_to_cells_lead_to_the_ids_that_these_have_in_the_book() {
        let led = |url: &str| places().leads("x/a.md", Path::new("/r/src/x/a.md"), url);
        assert_eq!(led("#race").as_deref(), Some("#x-a-race"));
        assert_eq!(led("a.html#cell-1").as_deref(), Some("a.html#x-a-cell-1"));
        assert_eq!((led("#heading"), led("../b.md#cell-2")), (None, None));
    }
}
