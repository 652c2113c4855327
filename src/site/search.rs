//! The texts of a site for the search on its pages.

use super::course::Site;
use super::page::{Kind, Page};
use crate::render::Sections;
use serde::Serialize;

/// What the script on the pages reads.
#[derive(Serialize)]
struct Texts<'a> {
    /// Each page's path, title and language.
    pages: Vec<[&'a str; 3]>,
    /// Each section's page, anchor, heading and text.
    sections: Vec<(usize, &'a str, &'a str, &'a str)>,
}

/// A script with the texts that pages of a language search: those of the course in that language, and those of other pages in it.
/// `sections` has the text of each page. A script and no JSON, for a page that is read from a disk may fetch nothing.
pub fn search_texts(site: &Site, lang: &str, sections: &[Sections]) -> String {
    let course: Vec<usize> = site.course(lang).iter().flat_map(|part| &part.lessons).copied().collect();
    let is_other = |page: &Page| page.lang == lang && matches!(page.kind, Kind::Home | Kind::Prose);
    let others = site.pages.iter().enumerate().filter(|(_, page)| is_other(page)).map(|(number, _)| number);
    let mut texts = Texts { pages: Vec::new(), sections: Vec::new() };
    for number in course.iter().copied().chain(others) {
        let page = &site.pages[number];
        let at = texts.pages.len();
        texts.pages.push([&page.path, &page.title, &page.lang]);
        for section in sections.get(number).into_iter().flat_map(|sections| &sections.all) {
            texts.sections.push((at, &section.id, &section.title, &section.text));
        }
    }
    format!("globalThis.nbrunTexts={};\n", serde_json::to_string(&texts).unwrap_or_default())
}
