//! A notebook and its record as markdown: what came out of each cell stands below it, and pictures are files beside the text.

use super::text;
use crate::notebook::{Notebook, results};
use crate::record::Record;
use crate::render::standalone::{self, Picture};
use crate::render::{self, RenderOptions};

/// What markdown cannot hold.
const PLAYER: &str = "markdown holds no players of explorations: only the page has them";
const TABLES: &str = "markdown holds no tables of workers, of times, and of what is shared: only the page has them";
const FOLDED: &str = "markdown folds nothing: a result that is to be guessed stands there for all to see";

/// A notebook as markdown.
#[derive(Debug, Default)]
pub struct Markdown {
    /// The text.
    pub text: String,
    /// The names of the pictures' files, with what they hold.
    pub pictures: Vec<(String, String)>,
    /// What it cannot hold, each kind once.
    pub lost: Vec<&'static str>,
}

/// A notebook with what came out of its cells. `address` is where a picture stands, by the name of its file and what that holds.
pub fn markdown(
    notebook: &Notebook,
    record: &Record,
    look: &RenderOptions,
    address: &dyn Fn(&str, &str) -> String,
) -> Markdown {
    let html = render::cells(notebook, record, look);
    let mut made = Markdown::default();
    let (text, mut from) = (notebook.text.as_str(), 0);
    for (index, spot) in results::spots(notebook).into_iter().enumerate() {
        made.text.push_str(&text[from..spot.cell.end]);
        from = spot.end;
        let html = html.get(index).map_or("", String::as_str);
        let outcome = record.cells.iter().find(|outcome| outcome.cell == index);
        let lines = outcome.map(|outcome| text::of_cell(notebook, outcome, look.stable)).unwrap_or_default();
        let apart = format!("{}{}{}", spot.line_ending(), spot.placed(""), spot.line_ending());
        if !lines.is_empty() {
            made.text.push_str(&format!("{apart}{}", spot.fence(&lines)));
        }
        let pictures = standalone::pictures(html);
        for (number, Picture { title, finding, caption, svg }) in pictures.iter().enumerate() {
            let name = name(index, number);
            let url = address(&name, svg);
            if !finding.is_empty() {
                made.text.push_str(&format!("{apart}{}", spot.placed(&format!("**{}**", escaped(finding)))));
            }
            made.text.push_str(&format!("{apart}{}", spot.placed(&format!("![{}]({url})", escaped(title)))));
            if !caption.is_empty() {
                made.text.push_str(&format!("{apart}{}", spot.placed(&format!("*{}*", escaped(caption)))));
            }
            made.pictures.push((name, svg.clone()));
        }
        if !pictures.is_empty() {
            made.text.push_str(&format!("{}{}", spot.line_ending(), spot.placed("")));
        }
        let folded = look.cells.get(index).is_some_and(|cell| cell.reveal.is_some());
        for (is_lost, what) in
            [(html.contains("<div class=\"player\""), PLAYER), (html.contains("<table"), TABLES), (folded, FOLDED)]
        {
            if is_lost && !made.lost.contains(&what) {
                made.lost.push(what);
            }
        }
    }
    made.text.push_str(&text[from..]);
    made
}

/// The name of the file of a cell's picture, both counted from 0.
fn name(cell: usize, picture: usize) -> String {
    match picture {
        0 => format!("cell-{}.svg", cell + 1),
        _ => format!("cell-{}-{}.svg", cell + 1, picture + 1),
    }
}

/// Whether a file has the name of a picture.
pub fn is_picture(name: &str) -> bool {
    let numbers = name.strip_prefix("cell-").and_then(|rest| rest.strip_suffix(".svg"));
    numbers.is_some_and(|numbers| numbers.split('-').all(|number| number.parse::<usize>().is_ok()))
}

/// A text in which no sign means anything to markdown.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '$' | '~' | '|') {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::tests::ran;
    use crate::notebook;

    fn made(text: &str, lines: &[&str]) -> String {
        let (notebook, record) = ran(text, lines);
        markdown(&notebook, &record, &RenderOptions::default(), &|name, _| format!("x/{name}")).text
    }

    #[test]
    fn what_came_out_stands_below_its_cell_in_place_of_what_was_saved() {
        let cell = "a\n\n```yaml spawn\njobs: [f()]\n```\n";
        let expected = format!("{cell}\n```text output\none\ntwo\n```\n\nb\n");
        for saved in ["", "\n```text output\nold\n```\n", "\n```text output chance\nold\n```\n"] {
            assert_eq!(made(&format!("{cell}{saved}\nb\n"), &["one", "two"]), expected);
        }
        assert_eq!(made(cell, &[]), cell);
    }

    #[test]
    fn results_stay_in_lists_and_quotations() {
        let list = made("1. a\n\n   ```yaml spawn\n   jobs: [f()]\n   ```\n   b\n", &["one"]);
        assert!(list.contains("   ```\n\n   ```text output\n   one\n   ```\n   b\n"), "{list}");
        let quote = made("> ```yaml spawn\n> jobs: [f()]\n> ```\n", &["one"]);
        assert!(quote.ends_with("> ```\n>\n> ```text output\n> one\n> ```\n"), "{quote}");
    }

    #[test]
    fn a_notebook_stays_one_with_the_same_cells() {
        let text = "```rust job\nfn f() {}\n```\n\n```yaml spawn\njobs: [f()]\n```\n";
        let again = notebook::parse("a.md", made(text, &["```"])).unwrap();
        assert_eq!(again.cells.len(), 2);
        assert_eq!(made(&again.text, &["```"]), again.text, "and another run changes nothing");
    }

    #[test]
    fn captions_say_what_they_say() {
        assert_eq!(escaped("a*b_[c]\n<d>"), "a\\*b\\_\\[c\\] \\<d\\>");
    }
}
