//! The feed of a site: its dated lessons, as Atom.

use super::course::Site;
use super::page::{Kind, Page};
use crate::render::escape;
use std::fmt::Write as _;

/// The feed of a language. There is none without a base address, and none without a dated lesson. The time is that of the last
/// lesson, so that a site that has not changed has the same feed.
pub fn feed(site: &Site, lang: &str, path: &str) -> Option<String> {
    let base = site.config.base.as_ref()?;
    let is_entry = |page: &&Page| page.kind == Kind::Lesson && page.lang == lang;
    let dated = |page| Some((moment(page)?, page));
    let mut entries: Vec<(String, &Page)> = site.pages.iter().filter(is_entry).filter_map(dated).collect();
    entries.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.path.cmp(&b.1.path)));
    let (updated, _) = entries.first()?;
    let url = |page: &Page| escape(&site.url(page).unwrap_or_default());
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n\
         <title>{}</title>\n<id>{home}</id>\n<link href=\"{home}\"/>\n<link rel=\"self\" href=\"{}\"/>\n\
         <updated>{updated}</updated>\n",
        escape(lang),
        escape(site.title(lang)),
        escape(&format!("{base}{path}")),
        home = url(site.home(lang)?),
    );
    for (moment, page) in &entries {
        let author = page.author.as_deref().unwrap_or(site.title(lang));
        let _ = write!(
            out,
            "<entry>\n<title>{}</title>\n<id>{url}</id>\n<link href=\"{url}\"/>\n<updated>{moment}</updated>\n\
             <author><name>{}</name></author>\n",
            escape(&page.title),
            escape(author),
            url = url(page),
        );
        if let Some(description) = &page.description {
            let _ = writeln!(out, "<summary>{}</summary>", escape(description));
        }
        out.push_str("</entry>\n");
    }
    out.push_str("</feed>\n");
    Some(out)
}

/// The moment at which a page's date begins, if that is a date as ISO 8601 writes it.
pub fn moment(page: &Page) -> Option<String> {
    day(page).map(|day| format!("{day}T00:00:00Z"))
}

/// The day of a page's date.
pub fn day(page: &Page) -> Option<&str> {
    let day = page.date.as_deref()?.get(..10)?;
    let number = |range: std::ops::Range<usize>| day.get(range)?.parse::<u32>().ok();
    let is_day = day.chars().enumerate().all(|(at, c)| if matches!(at, 4 | 7) { c == '-' } else { c.is_ascii_digit() });
    (is_day && (1..=12).contains(&number(5..7)?) && (1..=31).contains(&number(8..10)?)).then_some(day)
}
