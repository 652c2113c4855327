//! Finds what an author folds with HTML: `<details>` up to its `</details>`, also across blocks and cells.

use super::fences::markdown;
use pulldown_cmark::{Event, Options, Parser, Tag};
use std::ops::Range;

/// What divides a text beside its cells.
#[derive(Debug, Default)]
pub(super) struct Divisions {
    /// The folded parts, from `<` to `>`, by their ends: what stands within another comes before it.
    pub(super) details: Vec<Details>,
    /// Where blocks of HTML and headings begin.
    pub(super) borders: Vec<usize>,
}

/// A folded part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Details {
    pub(super) bytes: Range<usize>,
    /// Whether its class says that it is a solution: `<details class="solution">`.
    pub(super) is_solution: bool,
}

/// The divisions of `text` from byte `body` on.
pub(super) fn divisions(text: &str, body: usize) -> Divisions {
    let mut found = Divisions::default();
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut in_comment = false;
    let given = markdown(&text[body..]);
    for (event, range) in Parser::new_ext(&given, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES).into_offset_iter()
    {
        match event {
            Event::Start(Tag::Heading { .. }) => found.borders.push(body + range.start),
            Event::Start(Tag::HtmlBlock) => {
                in_comment = false;
                found.borders.push(body + range.start);
            }
            Event::Html(_) | Event::InlineHtml(_) => {
                for tag in tags(&given[range.clone()], &mut in_comment) {
                    let at = body + range.start + tag.bytes.start;
                    match (tag.closes, open.last()) {
                        (false, _) => open.push((at, tag.is_solution)),
                        (true, None) => {}
                        (true, Some(&(start, is_solution))) => {
                            open.pop();
                            let end = (body + range.start + tag.bytes.end).min(text.len());
                            found.details.push(Details { bytes: start..end, is_solution });
                        }
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// A tag of a folded part.
struct DetailsTag {
    bytes: Range<usize>,
    closes: bool,
    is_solution: bool,
}

/// Those in a part of HTML, which may begin and end in a comment.
fn tags(html: &str, in_comment: &mut bool) -> Vec<DetailsTag> {
    let lower = html.to_ascii_lowercase();
    let (mut found, mut at) = (Vec::new(), 0);
    loop {
        if *in_comment {
            let Some(end) = lower[at..].find("-->") else { return found };
            (*in_comment, at) = (false, at + end + 3);
        }
        let Some(start) = lower[at..].find('<').map(|found| at + found) else { return found };
        let rest = &lower[start..];
        if rest.starts_with("<!--") {
            (*in_comment, at) = (true, start + 4);
            continue;
        }
        let closes = rest.starts_with("</");
        let name = rest.trim_start_matches(['<', '/']);
        let behind = name.strip_prefix("details");
        let end = start + end_of_tag(rest);
        if behind.is_some_and(|behind| !behind.starts_with(|c: char| c.is_alphanumeric() || c == '-')) {
            let is_solution = !closes && has_class(&lower[start..end]);
            found.push(DetailsTag { bytes: start..end, closes, is_solution });
        }
        at = end;
    }
}

/// Where the tag ends that a text begins with: behind a `>` that stands in no quotation marks, or at the end of the line.
fn end_of_tag(html: &str) -> usize {
    let mut quote = None;
    for (at, c) in html.char_indices() {
        match (c, quote) {
            ('>', None) => return at + 1,
            ('\n' | '\r', _) => return at,
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    html.len()
}

/// Whether a tag has the class of a solution.
fn has_class(tag: &str) -> bool {
    let value = tag.split_once("class=").map(|(_, rest)| rest.trim_end_matches('>'));
    let value = value.map(|rest| match rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => rest[1..].split(quote).next().unwrap_or(""),
        None => rest.split_whitespace().next().unwrap_or(""),
    });
    value.is_some_and(|classes| classes.split_whitespace().any(|class| class == "solution"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is folded in a text.
    fn folded(text: &str) -> Vec<&str> {
        divisions(text, 0).details.into_iter().map(|details| &text[details.bytes]).collect()
    }

    #[test]
    fn what_is_folded_may_go_on_across_blocks_and_stand_in_another() {
        let inner = "<details>\n<summary>B</summary>\n\n```rust\n</details>\n```\n\n</details>";
        let outer = format!("<DETAILS open title=\"a > b\">\n\n{inner}\n\n</details>");
        assert_eq!(folded(&format!("a\n\n{outer}\n\nb\n")), [inner, outer.as_str()]);
        assert_eq!(folded("- a\n\n  <details>\n\n  b\n\n  </details>\n"), ["<details>\n\n  b\n\n  </details>"]);
    }

    #[test]
    fn comments_code_and_what_never_ends_fold_nothing() {
        for text in [
            "<!-- <details> -->\n\n</details>\n",
            "<!--\n<details>\n\n</details>\n-->\n",
            "```html\n<details>\n</details>\n```\n",
            "`<details>` and `</details>`\n",
            "<details>\n\na\n",
            "<details-x>\n\n</details-x>\n",
        ] {
            assert!(folded(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_class_says_that_it_is_a_solution() {
        let is = |tag: &str| divisions(&format!("{tag}\n\na\n\n</details>\n"), 0).details[0].is_solution;
        assert!(is("<details class=\"a solution\">") && is("<details class=solution>"));
        assert!(!is("<details class=\"solutions\">") && !is("<details title=\"solution\">"));
    }
}
