//! What stands around each page of a site.

use super::address::{encoded, joined, relative};
use super::course::{CoursePart, Site};
use super::language;
use super::page::{Kind, Page};
use crate::render::footer;
use crate::render::frame::{Assets, Card, Frame, Lesson, Link, Part, Relation, Search, Thumbnail};
use crate::render::images::is_elsewhere;
use std::path::Path;

/// The files beside the pages, by their paths below the site's root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// The style sheet and the script, unless each page has its own.
    pub theme: Option<(String, String)>,
    /// The library that searches.
    pub search_library: String,
    /// The texts that can be searched, by language.
    pub search_texts: Vec<(String, String)>,
    /// The feeds, by language.
    pub feeds: Vec<(String, String)>,
}

impl Site {
    /// What stands around the page of this number. `pictures` has the first picture of each page, for the cards of an index.
    pub fn frame(&self, number: usize, names: &Names, pictures: &[Option<String>]) -> Frame {
        let page = &self.pages[number];
        let way = |to: &str| self.way(page, to);
        let named =
            |files: &[(String, String)]| files.iter().find(|(lang, _)| *lang == page.lang).map(|(_, path)| way(path));
        let home = self.home(&page.lang).map_or("index.html", |home| home.path.as_str());
        let lesson = |number: &usize| {
            let lesson = &self.pages[*number];
            let drawn = || pictures.get(*number).cloned().flatten().map(Thumbnail::Drawn);
            // A page asks no other server for anything.
            let chosen = lesson.image.as_ref().filter(|image| !is_elsewhere(image));
            let picture = chosen.map(|image| Thumbnail::Image(way(image))).or_else(drawn);
            let (description, tags) = (lesson.description.clone(), lesson.tags.clone());
            let card = (page.kind == Kind::Cards).then_some(Card { description, tags, picture });
            Lesson { link: self.link(page, lesson), is_here: lesson.path == page.path, card }
        };
        let part = |CoursePart { title, lessons }: &CoursePart| Part {
            title: title.clone(),
            lessons: lessons.iter().map(lesson).collect(),
        };
        let parts: Vec<Part> = self.course(&page.lang).iter().map(part).collect();
        let (previous, next) = neighbours(&parts);
        let others = self.translations(page);
        let switch = |other: &&Page| Link { text: language::name(&other.lang, &self.config), ..self.link(page, other) };
        let languages: Vec<Link> = others.iter().map(switch).collect();
        let assets = match &names.theme {
            Some((style, script)) => Assets::Linked { style: way(style), script: way(script) },
            None => Assets::Inline,
        };
        let texts = named(&names.search_texts);
        let search = texts.map(|texts| Search { library: way(&names.search_library), texts, root: self.root(page) });
        let of_text = |base: &Option<String>| {
            base.as_ref().filter(|_| !page.source.is_empty()).map(|base| joined(base, &encoded(&page.source)))
        };
        let led = |url: &str| match self.footer_leads.get(url) {
            Some(Some(to)) if !is_elsewhere(to) => Some(self.root(page) + to),
            Some(to) => to.clone(),
            None => Some(url.to_owned()),
        };
        let footer = self.config.footer.get(&page.lang).map(|text| footer::html(text, &led)).unwrap_or_default();
        Frame {
            home: Link { href: way(home), text: self.title(&page.lang).to_owned(), lang: page.lang.clone() },
            is_index: page.kind == Kind::Cards,
            relations: self.relations(page, &others, named(&names.feeds)),
            preview: self.preview(page),
            source: of_text(&self.config.source),
            edit: of_text(&self.config.edit),
            parts,
            previous,
            next,
            languages,
            assets,
            search,
            footer,
        }
    }

    /// The way from a page to the site's root.
    fn root(&self, page: &Page) -> String {
        match self.base_path().filter(|_| page.kind == Kind::NotFound) {
            Some(base) => base.to_owned(),
            None => "../".repeat(page.path.matches('/').count()),
        }
    }

    /// The address of a file of the site from a page. A server shows the page for addresses that lead nowhere at any of them, so
    /// that its ways begin at the base, where that is known.
    fn way(&self, page: &Page, to: &str) -> String {
        match self.base_path().filter(|_| page.kind == Kind::NotFound) {
            Some(base) => format!("{base}{}", encoded(to)),
            None => relative(Path::new(&page.path), Path::new(to)),
        }
    }

    /// The path of the site's base on its server.
    fn base_path(&self) -> Option<&str> {
        let base = self.config.base.as_deref()?;
        let host = base.find("://")? + 3;
        base[host..].find('/').map(|at| &base[host + at..])
    }

    /// The whole address of a page. Servers show the index of a directory at the directory's own.
    pub fn url(&self, page: &Page) -> Option<String> {
        let path = page.path.strip_suffix("index.html").filter(|dir| dir.is_empty() || dir.ends_with('/'));
        Some(format!("{}{}", self.config.base.as_ref()?, encoded(path.unwrap_or(&page.path))))
    }

    fn link(&self, from: &Page, to: &Page) -> Link {
        Link { href: self.way(from, &to.path), text: to.title.clone(), lang: to.lang.clone() }
    }

    /// The page in other languages.
    pub fn translations(&self, page: &Page) -> Vec<&Page> {
        let is_same = |other: &&Page| {
            other.lang != page.lang
                && match page.kind {
                    Kind::NotFound => false,
                    kind if kind.is_index() => other.kind.is_index(),
                    _ => !other.kind.is_index() && other.stem == page.stem && !other.source.is_empty(),
                }
        };
        let mut found: Vec<&Page> = self.pages.iter().filter(is_same).collect();
        found.sort_by_key(|other| self.languages.iter().position(|lang| *lang == other.lang));
        found
    }

    fn relations(&self, page: &Page, others: &[&Page], feed: Option<String>) -> Vec<Relation> {
        let mut relations = Vec::new();
        if let Some(href) = self.url(page).filter(|_| page.kind != Kind::NotFound) {
            relations.push(Relation { rel: "canonical", href, ..Relation::default() });
        }
        for other in others {
            if let Some(href) = self.url(other) {
                relations.push(Relation { rel: "alternate", href, lang: Some(other.lang.clone()), kind: None });
            }
        }
        let feed = feed.map(|href| Relation { rel: "alternate", href, lang: None, kind: Some("application/atom+xml") });
        relations.extend(feed);
        relations
    }

    /// What link previews show; without a base address there is none.
    fn preview(&self, page: &Page) -> Vec<(&'static str, String)> {
        let Some(url) = self.url(page).filter(|_| page.kind != Kind::NotFound) else { return Vec::new() };
        let kind = if page.kind.is_index() { "website" } else { "article" };
        let mut preview = vec![
            ("og:title", page.title.clone()),
            ("og:type", kind.to_owned()),
            ("og:url", url),
            ("og:site_name", self.title(&page.lang).to_owned()),
            ("og:locale", page.lang.replace('-', "_")),
        ];
        let whole = |image: &String| match (is_elsewhere(image), &self.config.base) {
            (false, Some(base)) => format!("{base}{}", encoded(image)),
            _ => image.clone(),
        };
        preview.extend(page.image.as_ref().or(self.image.as_ref()).map(|image| ("og:image", whole(image))));
        preview.extend(page.description.clone().map(|text| ("og:description", text)));
        preview
    }
}

/// The lessons before and behind the one that is the page itself.
fn neighbours(parts: &[Part]) -> (Option<Link>, Option<Link>) {
    let lessons: Vec<&Lesson> = parts.iter().flat_map(|part| &part.lessons).collect();
    let Some(here) = lessons.iter().position(|lesson| lesson.is_here) else { return (None, None) };
    let link = |at: Option<usize>| at.and_then(|at| lessons.get(at)).map(|lesson| lesson.link.clone());
    (link(here.checked_sub(1)), link(Some(here + 1)))
}
