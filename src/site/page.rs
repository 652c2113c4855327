//! A page of a site, as far as other pages must know it.

use super::config::Config;
use super::language;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The notebook's path below the site's directory, with `/`; empty for a page that no notebook makes.
    pub source: String,
    /// The page's path below the site's root, with `/`.
    pub path: String,
    /// The notebook's path without its ending and its language: translations of each other have it in common.
    pub stem: String,
    /// The language, as the site tells it from others.
    pub lang: String,
    /// What it is.
    pub kind: Kind,
    /// The title.
    pub title: String,
    /// One sentence about it.
    pub description: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// The date, as it was written.
    pub date: Option<String>,
    /// The image that its author chose for it, as a path from the site's root or an address on the web.
    pub image: Option<String>,
    /// The author.
    pub author: Option<String>,
}

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A lesson of the course.
    #[default]
    Lesson,
    /// What lessons lead to, and no lesson itself.
    Prose,
    /// The beginning of the course, which its author wrote.
    Home,
    /// The beginning of the course as a list of cards.
    Cards,
    /// What a server shows for an address that leads nowhere.
    NotFound,
}

impl Page {
    /// The page of the notebook at `path`, whose front matter says `lang`. It is a lesson, or what lessons lead to.
    pub fn of_notebook(path: &str, lang: Option<&str>, is_lesson: bool, config: &Config) -> Self {
        let (lang, stem) = language::of_notebook(path, lang, config);
        let kind = match (stem.as_str(), is_lesson) {
            ("README" | "index", _) => Kind::Home,
            (_, true) => Kind::Lesson,
            (_, false) => Kind::Prose,
        };
        let suffix = path.strip_prefix(&stem).and_then(|rest| rest.strip_suffix(".md")).unwrap_or("");
        let beginning = stem.strip_suffix("README").filter(|dir| dir.is_empty() || dir.ends_with('/'));
        let name = beginning.map_or_else(|| stem.clone(), |dir| format!("{dir}index"));
        let (source, path) = (path.to_owned(), format!("{name}{suffix}.html"));
        Self { source, path, stem, lang, kind, ..Self::default() }
    }
}

impl Kind {
    /// Whether a course begins here.
    pub fn is_index(self) -> bool {
        matches!(self, Kind::Home | Kind::Cards)
    }
}
