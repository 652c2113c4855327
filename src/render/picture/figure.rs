//! A figure: what was found stands above its pictures, and below them what they do not say.

use super::frame::Sheet;
use super::legend;
use crate::render::text::escape;
use crate::render::words::Words;
use std::fmt::Write;

/// What is said of a figure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// What was found, as a title: without a full stop.
    pub finding: String,
    /// What the pictures do not say.
    pub caption: String,
}

/// A picture of a figure.
pub struct Part<'a> {
    /// As it is drawn on a wide page.
    pub sheet: &'a Sheet,
    /// As it is drawn in a small window: below each other where it does not fit into one.
    pub small: &'a [Sheet],
    /// Its id, which is unique on the page.
    pub id: String,
    /// What it is called.
    pub title: String,
}

/// Appends a figure of pictures that belong together; `about` says how to read them.
pub fn push(out: &mut String, parts: &[Part], told: &Told, about: &str, words: Words) {
    out.push_str("<figure class=\"picture\">");
    if !told.finding.is_empty() {
        let _ = writeln!(out, "<p class=\"finding\">{}</p>", escape(&told.finding));
    }
    let mut marks = Vec::new();
    let (mut binned, mut has_shares, mut unseen) = (0, false, 0);
    for Part { sheet, small, id, title } in parts {
        let _ = write!(out, "<div class=\"scroll\" tabindex=\"0\">{}", sheet.finish(id, title, about));
        // Of several pieces, the events come in another order than in one.
        small.iter().for_each(|sheet| out.push_str(&sheet.finish_small(id, small.len() > 1)));
        out.push_str("</div>\n");
        marks.extend(sheet.legend());
        binned += sheet.binned;
        has_shares |= sheet.has_shares;
        unseen = unseen.max(sheet.unseen);
    }
    marks.sort_unstable();
    marks.dedup();
    let _ = write!(out, "<figcaption>{}", escape(told.caption.trim_start()));
    legend::push(out, &marks, words);
    let mut notes = Vec::new();
    if binned > 0 {
        notes.push(words.binned(binned, has_shares));
    }
    if unseen > 0 {
        notes.push(words.without_lane(unseen as u64));
    }
    if !notes.is_empty() {
        let _ = write!(out, " <span class=\"note\">{}</span>", notes.join(words.space()));
    }
    out.push_str("</figcaption></figure>\n");
}
