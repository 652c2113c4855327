//! The map of a site for search engines.

use super::course::Site;
use super::feed::day;
use super::page::Kind;
use crate::render::escape;
use std::fmt::Write as _;

/// All pages with their addresses. There is none without a base address.
pub fn map(site: &Site) -> Option<String> {
    site.config.base.as_ref()?;
    let mut out =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
            .to_owned();
    let mut pages: Vec<_> = site.pages.iter().filter(|page| page.kind != Kind::NotFound).collect();
    pages.sort_by(|a, b| a.path.cmp(&b.path));
    for page in pages {
        let url = escape(&site.url(page)?);
        let changed = day(page).map(|day| format!("<lastmod>{day}</lastmod>")).unwrap_or_default();
        let _ = writeln!(out, "<url><loc>{url}</loc>{changed}</url>");
    }
    out.push_str("</urlset>\n");
    Some(out)
}
