//! A site: its pages, and the order of its lessons in each language.

use super::config::{Config, Listed, Text};
use super::page::{Kind, Page};
use crate::diagnostic::Diagnostic;
use crate::render::words;
use std::collections::{BTreeMap, HashMap};

/// A part of the course in a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoursePart {
    /// Its title.
    pub title: Option<String>,
    /// The numbers of its pages.
    pub lessons: Vec<usize>,
}

/// A part of the course in all languages.
struct Ordered {
    /// Its title; `None` for what the configuration does not list.
    title: Option<Text>,
    /// The stems of its lessons.
    stems: Vec<String>,
}

/// The pages of a site, and the courses that they make up.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// What its author says about all of it.
    pub config: Config,
    /// All pages.
    pub pages: Vec<Page>,
    /// The languages in which there are pages, the main one first.
    pub languages: Vec<String>,
    /// The image of pages without one of their own, as a path from the root or an address on the web.
    pub image: Option<String>,
    /// Where links of the footer lead that lead into the site or nowhere: from its root, or to whole addresses.
    pub footer_leads: HashMap<String, Option<String>>,
    /// The lessons in each language, part by part.
    courses: BTreeMap<String, Vec<CoursePart>>,
}

impl Site {
    /// Puts the pages of notebooks in order. Where no notebook is the beginning of the course in its language, a page of cards is
    /// added; and a page for addresses that lead nowhere. `title` is the site's where nothing gives it one.
    ///
    /// # Errors
    /// Every lesson that the configuration lists and that is not there, or is listed twice.
    pub fn new(config: Config, mut pages: Vec<Page>, title: &str) -> Result<Self, Vec<Diagnostic>> {
        let languages = languages(&config, &pages);
        let order = order(&config, &pages)?;
        for (number, lang) in languages.iter().enumerate() {
            let path = if number == 0 { "index.html".to_owned() } else { format!("index.{lang}.html") };
            let homes = pages.iter_mut().filter(|page| page.kind == Kind::Home && page.lang == *lang);
            let mut homes: Vec<&mut Page> = homes.collect();
            // Of two, `index.md` says by its name what it is.
            homes.sort_by_key(|page| page.stem != "index");
            let mut homes = homes.into_iter();
            match homes.next() {
                Some(home) => home.path = path,
                None => {
                    let description = config.description.get(lang).map(str::to_owned);
                    let page = Page { path, lang: lang.clone(), kind: Kind::Cards, description, ..Page::default() };
                    pages.push(page);
                    continue;
                }
            }
            for other in homes {
                other.kind = Kind::Prose;
                other.path = format!("{}.html", other.source.trim_end_matches(".md"));
            }
        }
        let lang = languages.first().cloned().unwrap_or_default();
        let [missing, advice] = [words(&lang).no_such_page(), words(&lang).to_the_index()].map(str::to_owned);
        let not_found =
            Page { path: "404.html".to_owned(), lang, kind: Kind::NotFound, title: missing, ..Page::default() };
        pages.push(Page { description: Some(advice), ..not_found });
        let mut site =
            Self { config, pages, languages, image: None, footer_leads: HashMap::new(), courses: BTreeMap::new() };
        let errors = site.clashes();
        if !errors.is_empty() {
            return Err(errors);
        }
        let courses = site.languages.iter().map(|lang| (lang.clone(), site.course_of(lang, &order)));
        site.courses = courses.collect();
        let titles: Vec<String> = site.languages.iter().map(|lang| site.title_of(lang, title)).collect();
        for page in site.pages.iter_mut().filter(|page| page.kind == Kind::Cards) {
            let of = site.languages.iter().position(|lang| *lang == page.lang);
            page.title = of.map(|at| titles[at].clone()).unwrap_or_default();
        }
        Ok(site)
    }

    /// The lessons of a language in their order, part by part.
    pub fn course(&self, lang: &str) -> &[CoursePart] {
        self.courses.get(lang).map_or(&[], Vec::as_slice)
    }

    /// The site's title in a language.
    pub fn title(&self, lang: &str) -> &str {
        self.home(lang).map_or("", |home| self.config.title.get(lang).unwrap_or(&home.title))
    }

    /// The page where the course of a language begins.
    pub fn home(&self, lang: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.kind.is_index() && page.lang == lang)
    }

    /// All pages that would be the same file.
    fn clashes(&self) -> Vec<Diagnostic> {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        let clash = |page: &Page, other: &str| {
            let of = [page.source.as_str(), other].map(|source| match source {
                "" => "nbrun's own page".to_owned(),
                source => format!("`{source}`"),
            });
            let message = format!("{} and {} would both be the page `{}`", of[0], of[1], page.path);
            Diagnostic::new(message).help("rename one of them")
        };
        let mut found = Vec::new();
        for page in &self.pages {
            if let Some(other) = seen.insert(&page.path, &page.source) {
                found.push(clash(page, other));
            }
        }
        found
    }

    fn title_of(&self, lang: &str, otherwise: &str) -> String {
        let homes = || self.pages.iter().filter(|page| page.kind == Kind::Home).map(|page| page.title.as_str()).next();
        self.config.title.get(lang).or_else(homes).unwrap_or(otherwise).to_owned()
    }

    /// Of each lesson the page in a language, or else in the first that it has.
    fn course_of(&self, lang: &str, order: &[Ordered]) -> Vec<CoursePart> {
        let rank = |page: &Page| (page.lang != lang, self.languages.iter().position(|other| *other == page.lang));
        let page = |stem: &String| {
            let of_stem =
                self.pages.iter().enumerate().filter(|(_, page)| page.kind == Kind::Lesson && page.stem == *stem);
            of_stem.min_by_key(|(_, page)| rank(page)).map(|(number, _)| number)
        };
        let part = |Ordered { title, stems }: &Ordered| {
            let title = match title {
                Some(title) => title.get(lang).map(str::to_owned),
                None => Some(words(lang).more_lessons().to_owned()).filter(|_| order.len() > 1),
            };
            CoursePart { title, lessons: stems.iter().filter_map(page).collect() }
        };
        order.iter().map(part).filter(|part| !part.lessons.is_empty()).collect()
    }
}

/// The languages of the pages: those that the configuration lists in its order, then the others by the number of their pages.
fn languages(config: &Config, pages: &[Page]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for page in pages.iter().filter(|page| matches!(page.kind, Kind::Lesson | Kind::Home)) {
        *counts.entry(&page.lang).or_default() += 1;
    }
    let listed = |lang: &str| config.languages.iter().position(|(tag, _)| tag == lang).unwrap_or(usize::MAX);
    let mut found: Vec<(&str, usize)> = counts.into_iter().collect();
    found.sort_by_key(|(lang, count)| (listed(lang), std::cmp::Reverse(*count)));
    found.into_iter().map(|(lang, _)| lang.to_owned()).collect()
}

/// The stems of all lessons in the order of the configuration, part by part; behind them those that it does not list, in the order of
/// their paths.
fn order(config: &Config, pages: &[Page]) -> Result<Vec<Ordered>, Vec<Diagnostic>> {
    let lessons = || pages.iter().filter(|page| page.kind == Kind::Lesson);
    let (mut order, mut errors, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for part in &config.lessons {
        let mut stems = Vec::new();
        for Listed { path, place } in &part.lessons {
            let found = lessons().find(|page| page.source == *path || format!("{}.md", page.stem) == *path);
            match found {
                None => {
                    let error = Diagnostic::new(format!("there is no lesson `{path}`")).at(place.clone());
                    errors.push(error.did_you_mean(path, lessons().map(|page| page.source.as_str())));
                }
                Some(page) if seen.contains(&&page.stem) => {
                    let error = Diagnostic::new(format!("the lesson `{path}` is listed twice")).at(place.clone());
                    errors.push(error.help("list a lesson once: its translations come with it"));
                }
                Some(page) => {
                    seen.push(&page.stem);
                    stems.push(page.stem.clone());
                }
            }
        }
        order.push(Ordered { title: Some(part.title.clone()), stems });
    }
    let mut others: Vec<String> = Vec::new();
    for page in lessons().filter(|page| !seen.contains(&&page.stem)) {
        if !others.contains(&page.stem) {
            others.push(page.stem.clone());
        }
    }
    if !others.is_empty() {
        order.push(Ordered { title: None, stems: others });
    }
    if errors.is_empty() { Ok(order) } else { Err(errors) }
}
