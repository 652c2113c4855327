//! Cells on the pages of other programs: under ids of their own, and as HTML that markdown takes as one block.

use super::tags::{Tag, tags, without_line_links};
use std::fmt::Write;

/// Attributes whose values are ids of the page, or several of them.
const IDS: [&str; 3] = ["id", "aria-labelledby", "aria-describedby"];

/// The HTML of a cell in which every id begins with `prefix`, and which no other program highlights anew.
pub fn with_ids(html: &str, prefix: &str) -> String {
    let (mut out, mut from) = (String::with_capacity(html.len() + html.len() / 16), 0);
    for tag in tags(html).iter().filter(|tag| !tag.closes) {
        let is_code = tag.name == "code" && tag.get("class").is_none();
        let is_named = tag.attributes.iter().any(|(name, _)| IDS.contains(name));
        let leads_here = tag.get("href").is_some_and(|url| url.starts_with('#'));
        if is_code || is_named || leads_here {
            out.push_str(&html[from..tag.start]);
            push_tag(&mut out, &html[tag.start..tag.end], tag, prefix);
            from = tag.end;
        }
    }
    out + &html[from..]
}

/// Appends a tag, which is written as `text`, with its ids changed.
fn push_tag(out: &mut String, text: &str, tag: &Tag<'_>, prefix: &str) {
    let mut text = text.to_owned();
    for name in IDS {
        if let Some(old) = tag.get(name) {
            let new: Vec<String> = old.split(' ').map(|id| format!("{prefix}{id}")).collect();
            text = text.replace(&format!(" {name}=\"{old}\""), &format!(" {name}=\"{}\"", new.join(" ")));
        }
    }
    text = text.replace(" href=\"#", &format!(" href=\"#{prefix}"));
    match text.strip_prefix("<code").filter(|_| tag.name == "code" && tag.get("class").is_none()) {
        Some(rest) => drop(write!(out, "<code class=\"nohighlight\"{rest}")),
        None => out.push_str(&text),
    }
}

/// HTML without empty lines, at which a block of HTML ends in markdown.
pub fn without_empty_lines(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for line in html.trim_end().split('\n') {
        if !out.is_empty() {
            // As an entity, a line feed is still one where it matters.
            out.push_str(if line.trim().is_empty() { "&#10;" } else { "\n" });
        }
        out.push_str(line);
    }
    out
}

/// What came of a cell, of its HTML: all that stands behind its code, to which nothing leads.
pub fn result(html: &str) -> String {
    let behind = html.split_once("<div class=\"tools\"").and_then(|(_, rest)| rest.split_once("</div>\n"));
    let (_, result) = behind.unwrap_or(("", html));
    without_line_links(result.trim_end().strip_suffix("</section>").unwrap_or(result).trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;
    use crate::render::{RenderOptions, cells};

    #[test]
    fn every_id_and_all_that_leads_to_it_gets_the_prefix() {
        let html = "<a id=\"x\" href=\"#y\"><b aria-labelledby=\"x y\"></b><a href=\"z#w\"><code>a</code>";
        let expected = "<a id=\"p-x\" href=\"#p-y\"><b aria-labelledby=\"p-x p-y\"></b><a href=\"z#w\"><code class=\"nohighlight\">a</code>";
        assert_eq!(with_ids(html, "p-"), expected);
    }

    #[test]
    fn the_cells_of_a_lesson_have_no_empty_line_and_lose_nothing() {
        let (notebook, record) = fixture::lesson();
        for html in cells(&notebook, &record, &RenderOptions::default()) {
            let block = without_empty_lines(&html);
            assert!(block.lines().all(|line| !line.trim().is_empty()), "{block}");
            assert_eq!(block.replace("&#10;", "\n"), html.trim_end());
        }
        assert_eq!(without_empty_lines("<pre>a\n \n\nb</pre>\n"), "<pre>a&#10; &#10;\nb</pre>");
    }

    #[test]
    fn a_result_is_what_stands_behind_the_code() {
        let (notebook, record) = fixture::lesson();
        let all = cells(&notebook, &record, &RenderOptions::default());
        let results: Vec<String> = all.iter().map(|html| result(html)).collect();
        assert!(results.iter().any(|result| result.starts_with("<details class=\"result\"")));
        for result in results {
            assert!(!result.contains("class=\"source\"") && !result.contains("section>"), "{result}");
        }
    }
}
