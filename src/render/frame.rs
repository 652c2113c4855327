//! What stands around a page that is one of a site, as plain data: the bar, the course, the neighbours, the search.

/// Where a link leads, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// The address from the page.
    pub href: String,
    /// Its text.
    pub text: String,
    /// The language of the text and of what the link leads to.
    pub lang: String,
}

/// A part of the course: lessons under a title, or under none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// Its title.
    pub title: Option<String>,
    /// Its lessons.
    pub lessons: Vec<Lesson>,
}

/// A lesson in the course.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lesson {
    /// Its page.
    pub link: Link,
    /// Whether it is the page itself.
    pub is_here: bool,
    /// What the index shows of it.
    pub card: Option<Card>,
}

/// What an index shows of a lesson beside its title.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Card {
    /// One sentence about it.
    pub description: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its picture.
    pub picture: Option<Thumbnail>,
}

/// The picture on a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thumbnail {
    /// One of the lesson's own, as SVG.
    Drawn(String),
    /// The address of an image that the author chose.
    Image(String),
}

/// Where the theme is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Assets {
    /// In the page.
    #[default]
    Inline,
    /// In two files, which all pages share.
    Linked {
        /// The address of the style sheet.
        style: String,
        /// The address of the script.
        script: String,
    },
}

/// Where the search has its scripts: they are loaded when a reader begins to search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// The address of the library.
    pub library: String,
    /// The address of the texts.
    pub texts: String,
    /// The way from the page to the site's root.
    pub root: String,
}

/// An element of the head that relates the page to another address: `<link rel=…>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relation {
    /// What the other is to the page.
    pub rel: &'static str,
    /// The other's address.
    pub href: String,
    /// Its language, where that is told.
    pub lang: Option<String>,
    /// Its type, where that is told.
    pub kind: Option<&'static str>,
}

/// Everything that stands around a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// The site's title, which leads to its index.
    pub home: Link,
    /// The course.
    pub parts: Vec<Part>,
    /// Whether the page is an index of cards.
    pub is_index: bool,
    /// The lesson before this one.
    pub previous: Option<Link>,
    /// The lesson behind this one.
    pub next: Option<Link>,
    /// The page in other languages.
    pub languages: Vec<Link>,
    /// Where the theme is.
    pub assets: Assets,
    /// Where the search is.
    pub search: Option<Search>,
    /// Relations for the head.
    pub relations: Vec<Relation>,
    /// What link previews show: names of Open Graph, with their values.
    pub preview: Vec<(&'static str, String)>,
    /// Where the notebook's text is to be read.
    pub source: Option<String>,
    /// Where it is edited.
    pub edit: Option<String>,
    /// The site's own footer, as HTML.
    pub footer: String,
}

impl Frame {
    /// All lessons of the course.
    pub fn lessons(&self) -> impl Iterator<Item = &Lesson> {
        self.parts.iter().flat_map(|part| &part.lessons)
    }
}
