//! Finds what an author folds with HTML: `<details>` up to its `</details>`, also across blocks and cells.

use super::fences::markdown;
use super::tags;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// The element that folds.
const NAME: &str = "details";

/// What divides a text beside its cells.
#[derive(Debug, Default)]
pub(super) struct Divisions {
    /// The folded parts, from `<` to `>`, by their ends: what stands within another comes before it.
    pub(super) details: Vec<Details>,
    /// What begins to be folded and never ends: where, and whether it is a solution.
    pub(super) open: Vec<(usize, bool)>,
    /// Where tags begin that should fold, or end that, and have no end themselves.
    pub(super) broken: Vec<usize>,
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
    let given = markdown(&text[body..]);
    let mut html = Html::default();
    for (event, range) in Parser::new_ext(&given, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES).into_offset_iter()
    {
        match event {
            Event::Start(Tag::Heading { .. }) => found.borders.push(body + range.start),
            Event::Start(Tag::HtmlBlock) => found.borders.push(body + range.start),
            Event::Html(_) => html.push(&given, range),
            Event::End(TagEnd::HtmlBlock) => found.add(&std::mem::take(&mut html), body),
            Event::InlineHtml(_) => {
                let mut inline = Html::default();
                inline.push(&given, range);
                found.add(&inline, body);
            }
            _ => {}
        }
    }
    found
}

/// A block of HTML without what the containers around it put before its lines.
#[derive(Default)]
struct Html {
    text: String,
    /// Where its parts begin, and where in the text they come from.
    parts: Vec<(usize, usize)>,
}

impl Html {
    fn push(&mut self, given: &str, range: Range<usize>) {
        self.parts.push((self.text.len(), range.start));
        self.text.push_str(&given[range]);
    }

    /// Where a byte comes from.
    fn origin(&self, at: usize) -> usize {
        let part = self.parts.iter().rev().find(|(start, _)| *start <= at);
        part.map_or(at, |(start, from)| from + at - start)
    }
}

impl Divisions {
    /// Adds what a block of HTML folds, or ends to fold, in the text from byte `body` on.
    fn add(&mut self, html: &Html, body: usize) {
        let origin = |at: usize| body + html.origin(at);
        let (tags, broken) = tags::scan(&html.text);
        for tag in tags.iter().filter(|tag| tag.name == NAME) {
            if !tag.closes {
                let has_class = |classes: &str| classes.split_whitespace().any(|class| class == "solution");
                self.open.push((origin(tag.start), tag.get("class").is_some_and(has_class)));
            } else if let Some((start, is_solution)) = self.open.pop() {
                self.details.push(Details { bytes: start..origin(tag.end - 1) + 1, is_solution });
            }
        }
        let is_ours = |at: &usize| {
            let name = html.text[*at..].trim_start_matches(['<', '/']);
            let is_it = name.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME));
            is_it && !name[NAME.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-')
        };
        self.broken.extend(broken.into_iter().filter(is_ours).map(origin));
    }
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
    fn a_class_says_that_it_is_a_solution_however_its_tag_is_written() {
        let is = |tag: &str| divisions(&format!("{tag}\n\na\n\n</details>\n"), 0).details[0].is_solution;
        for tag in [
            "<details class=\"a solution\">",
            "<details class=solution>",
            "<details CLASS = 'solution' open>",
            "<details\n  open\n  class=\"solution\"\n>",
            "<Details class=\"solution\"><summary>A</summary>",
        ] {
            assert!(is(tag), "{tag}");
        }
        for tag in ["<details class=\"solutions\">", "<details title=\"solution\">", "<details data-class=solution>"] {
            assert!(!is(tag), "{tag}");
        }
    }

    #[test]
    fn a_tag_of_several_lines_is_found_in_a_quotation_too() {
        let part = "<details\n> class=solution>\n>\n> a\n>\n> </details>";
        let found = divisions(&format!("> {part}\n"), 0).details;
        assert_eq!(found, [Details { bytes: 2..2 + part.len(), is_solution: true }]);
    }

    #[test]
    fn what_folds_without_an_end_is_noted() {
        let found = |text: &str| {
            let found = divisions(text, 0);
            (found.open, found.broken)
        };
        assert_eq!(found("a\n\n<details class=solution>\n\nb\n"), (vec![(3, true)], vec![]));
        assert_eq!(found("a\n\n<details class=\"solution>\n\nb\n\n</details>\n"), (vec![], vec![3]));
        assert_eq!(found("<details>\n\nb\n\n</details\n"), (vec![(0, false)], vec![14]));
        assert_eq!(found("<details>\n\nb\n\n</details>\n\n<details-x \n"), (vec![], vec![]));
    }
}
