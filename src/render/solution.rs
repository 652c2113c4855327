//! Solutions that their author does not fold: the page does, from the first cell of each to its last. HTML of an author who is not trusted is
//! cleaned block by block, and folds nothing across blocks: where it folds a solution, the page makes the tags anew.

use super::clean;
use super::tags::tags;
use super::words::Words;
use crate::notebook::{Notebook, Solution, solutions};
use std::collections::{HashMap, HashSet};

/// Where what is folded begins and ends.
#[derive(Debug, Default)]
pub struct Folds {
    /// The cells, by index, before which it begins.
    first: HashSet<usize>,
    /// Those behind which it ends.
    last: HashSet<usize>,
    /// The lines, from 1, on which tags of an author stand that are made anew.
    tags: HashMap<usize, Edge>,
    summary: String,
}

#[derive(Debug, Clone, Copy)]
enum Edge {
    Begin,
    End,
}

impl Folds {
    /// Those of a notebook on a page with these words, which are in a language as an attribute. Its author is `trusted`, or is not.
    pub fn new(notebook: &Notebook, trusted: bool, words: Words, lang: &str) -> Self {
        let mut folds = Self { summary: format!("<summary{lang}>{}</summary>", words.solution()), ..Self::default() };
        for part in solutions(notebook) {
            match (part.is_folded, lines(notebook, &part)) {
                (true, _) if trusted => {}
                (true, Some([begin, end])) => {
                    folds.tags.extend([(begin, Edge::Begin), (end, Edge::End)]);
                }
                _ if part.cells.is_empty() => {}
                _ => {
                    folds.first.insert(part.cells.start);
                    folds.last.insert(part.cells.end - 1);
                }
            }
        }
        folds
    }

    /// What stands before a cell.
    pub fn before(&self, cell: usize) -> String {
        if self.first.contains(&cell) {
            format!("<details class=\"solution\">{}\n", self.summary)
        } else {
            String::new()
        }
    }

    /// What stands behind it.
    pub fn behind(&self, cell: usize) -> &'static str {
        if self.last.contains(&cell) { "</details>\n" } else { "" }
    }

    /// What takes the place of a block of HTML on a line, if a solution is folded by it.
    pub fn tag(&self, line: usize, html: &str) -> Option<String> {
        Some(match self.tags.get(&line)? {
            Edge::End => "</details>\n".to_owned(),
            Edge::Begin => {
                let begin = tags(html).into_iter().find(|tag| tag.name == "details" && !tag.closes)?;
                let behind = &html[begin.end..];
                let lower = behind.to_ascii_lowercase();
                let summary = lower.find("<summary").zip(lower.find("</summary>").map(|end| end + "</summary>".len()));
                let (summary, rest) = match summary.filter(|(begin, end)| begin < end) {
                    Some((begin, end)) => {
                        (clean::block(&behind[begin..end]), [&behind[..begin], &behind[end..]].concat())
                    }
                    None => (self.summary.clone(), behind.to_owned()),
                };
                format!("<details class=\"solution\">{summary}\n{}\n", clean::block(&rest))
            }
        })
    }
}

/// The lines on which an author's tags begin and end a part, if each stands in a block of its own.
fn lines(notebook: &Notebook, part: &Solution) -> Option<[usize; 2]> {
    let text = notebook.text.get(part.bytes.clone())?;
    let inside = text.get(..text.len().checked_sub("</details>".len())?)?;
    let last = inside.rsplit(['\n', '\r']).next()?;
    let is_margin = |line: &str| line.chars().all(|c| matches!(c, ' ' | '\t' | '>'));
    let is_alone = is_margin(last) && inside.lines().nth_back(usize::from(!last.is_empty())).is_some_and(is_margin);
    let before = super::blocks::line_breaks(notebook.text.get(..part.bytes.start)?);
    is_alone.then(|| [before + 1, before + 1 + super::blocks::line_breaks(text)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::parse;

    #[test]
    fn tags_of_an_author_who_is_not_trusted_are_made_anew() {
        let text = "a\n\n<details onclick=\"x > y\">\n<summary>S <b id=\"x\">b</b></summary>\n<i>c\n\n```rust job solution\n```\n\n</details>\n";
        let notebook = parse("a.md", text.to_owned()).expect("a notebook");
        let folds = Folds::new(&notebook, false, Words::ENGLISH, "");
        let html = "<details onclick=\"x > y\">\n<summary>S <b id=\"x\">b</b></summary>\n<i>c\n";
        let begin = folds.tag(3, html).expect("the beginning");
        assert!(begin.starts_with("<details class=\"solution\"><summary>S <b>b</b></summary>\n"), "{begin}");
        assert!(begin.contains("<i>c") && begin.contains("</i>"), "{begin}");
        assert_eq!(folds.tag(10, "</details>\n").as_deref(), Some("</details>\n"));
        assert!(folds.tag(4, html).is_none() && folds.before(0).is_empty());
        assert!(Folds::new(&notebook, true, Words::ENGLISH, "").tag(3, html).is_none());
    }

    #[test]
    fn what_is_folded_within_one_block_of_html_is_folded_by_the_page() {
        let text = "<details>\n\n```rust job solution\n```\n<b>a</b>\n</details>\n";
        let notebook = parse("a.md", text.to_owned()).expect("a notebook");
        let folds = Folds::new(&notebook, false, Words::CHINESE, "");
        assert_eq!(folds.before(0), "<details class=\"solution\"><summary>参考答案</summary>\n");
        assert_eq!((folds.behind(0), folds.tag(1, "<details>")), ("</details>\n", None));
    }
}
