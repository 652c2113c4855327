//! Finds the fences of cells that HTML has swallowed. CommonMark takes all that stands close to a tag for HTML, so nothing
//! would run them, and nothing would say so.

use super::fences::Line;
use super::info;
use crate::diagnostic::{Diagnostic, Diagnostics, Note, Place};

/// Elements whose content HTML takes as it is. What stands between their tags stands there on purpose.
const AS_IT_IS: [&str; 4] = ["pre", "script", "style", "textarea"];

/// Blocks that end with a sign of their own, and not with an empty line.
const SIGNS: [(&str, &str); 3] = [("<!--", "-->"), ("<?", "?>"), ("<![cdata[", "]]>")];

/// What hides the lines of a block of HTML.
enum Hides {
    /// Tags, up to the next empty line.
    Tags,
    /// A comment or its like that ends: its author wants it so.
    Closed,
    /// The same without an end, from this line of the block on.
    Open { line: usize, what: String, end: String },
}

/// Adds what is wrong with a block of HTML in which fences of cells stand. `at` gives the place of some words on a line of the
/// notebook.
pub(super) fn check(block: &[Line], at: impl Fn(u32, &str) -> Place, errors: &mut Diagnostics) {
    let mut rest = block;
    while !rest.is_empty() {
        let (hides, count) = leading(rest);
        let (part, behind) = rest.split_at(count);
        rest = behind;
        let cells: Vec<(&Line, String)> = part.iter().filter_map(|line| Some((line, cell_info(&line.text)?))).collect();
        match hides {
            Hides::Closed => {}
            Hides::Tags => cells.iter().for_each(|(line, info)| {
                errors.add(|| {
                    Diagnostic::new("this cell stands inside of HTML, so nothing would run it")
                        .at(at(line.number, info))
                        .help(
                            "leave an empty line before the fence: markdown takes what stands close to a tag for HTML",
                        )
                });
            }),
            Hides::Open { line, what, end } => {
                let Some((first, info)) = cells.first() else { continue };
                errors.add(|| {
                    let message = format!("this cell stands inside of {what}, so nothing would run it");
                    let mut error = Diagnostic::new(message).at(at(first.number, info));
                    let opened = &part[line];
                    let note = format!("{what} begins here");
                    error.notes.push(Note::Also(at(opened.number, opened.text.trim()), note));
                    if let Some(more @ 1..) = cells.len().checked_sub(1) {
                        let cells = if more == 1 { "1 more cell stands" } else { &format!("{more} more cells stand") };
                        error.notes.push(Note::Note(format!("{cells} inside of it")));
                    }
                    error.help(format!("end it with `{end}`"))
                });
            }
        }
    }
}

/// What hides the first of some lines, and how many of them it hides.
fn leading(lines: &[Line]) -> (Hides, usize) {
    for (number, line) in lines.iter().enumerate() {
        let Some((end, what, from)) = opens(&line.text) else { continue };
        if number > 0 {
            return (Hides::Tags, number);
        }
        let ends = |(number, line): (usize, &Line)| {
            let text = line.text.to_ascii_lowercase();
            text.get(if number == 0 { from } else { 0 }..).is_some_and(|text| text.contains(&end))
        };
        return match lines.iter().enumerate().position(ends) {
            Some(last) => (Hides::Closed, last + 1),
            None => (Hides::Open { line: 0, what, end }, lines.len()),
        };
    }
    (Hides::Tags, lines.len())
}

/// What a line opens that is not closed on it: with what it ends, what it is, and the byte behind its beginning.
fn opens(line: &str) -> Option<(String, String, usize)> {
    let lower = line.to_ascii_lowercase();
    let signs = SIGNS.iter().filter_map(|(sign, end)| {
        let at = lower.find(sign)? + sign.len();
        let what = if *sign == "<!--" { "a comment".to_owned() } else { format!("what `{sign}` begins") };
        (!lower[at..].contains(end)).then(|| ((*end).to_owned(), format!("{what} that never ends"), at))
    });
    let elements = AS_IT_IS.iter().filter_map(|name| {
        let at = lower.find(&format!("<{name}"))? + name.len() + 1;
        let is_tag = lower[at..].chars().next().is_none_or(|c| c.is_whitespace() || c == '>');
        let end = format!("</{name}>");
        (is_tag && !lower[at..].contains(&end)).then(|| (end, format!("a `<{name}>` that never ends"), at))
    });
    signs.chain(elements).min_by_key(|(_, _, at)| *at)
}

/// The info string of a line that would be the fence of a cell, or of what was most likely meant to be one.
fn cell_info(line: &str) -> Option<String> {
    let line = line.trim();
    let sign = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = line.trim_start_matches(sign);
    let is_fence = line.len() - info.len() >= 3 && !(sign == '`' && info.contains('`'));
    let info = info.trim();
    (is_fence && !matches!(info::kind(info), Ok(None))).then(|| info.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::notebook::parse;

    fn errors(text: &str) -> Vec<String> {
        let errors = parse("a.md", text.to_owned()).err().unwrap_or_default();
        errors.iter().map(|error| error.to_string().lines().next().unwrap_or("").to_owned()).collect()
    }

    const CELL: &str = "```rust job\nfn a() {}\n```\n";

    #[test]
    fn a_cell_close_to_a_tag_is_an_error_and_behind_an_empty_line_it_is_a_cell() {
        let html = "a.md:2:4: error: this cell stands inside of HTML, so nothing would run it";
        for tag in ["<details><summary>Show</summary>", "<div>", "</div>", "<b>", "<details>", "<div><!-- a -->"] {
            assert_eq!(errors(&format!("{tag}\n{CELL}</x>\n")), [html], "{tag}");
            assert!(errors(&format!("{tag}\n\n{CELL}\n</x>\n")).is_empty(), "{tag}");
        }
        assert_eq!(errors(&format!("<div>\n{CELL}{CELL}")).len(), 2);
        assert_eq!(errors("> <div>\n> ~~~yaml spwn\n> ~~~\n").len(), 1);
        assert_eq!(errors("<div>\n   ```yaml spawn\n   ```\n").len(), 1);
        assert!(errors("<div>\n```rust\n```\n</div>\n").is_empty());
    }

    #[test]
    fn a_comment_that_ends_hides_cells_on_purpose_and_one_that_does_not_is_an_error() {
        assert!(errors(&format!("<!--\n{CELL}\n\n{CELL}-->\n")).is_empty());
        assert!(errors(&format!("<div>\n<!--\n{CELL}-->\n</div>\n")).is_empty());
        assert!(errors(&format!("<pre>\n{CELL}</pre>\n")).is_empty());
        let error = "a.md:3:4: error: this cell stands inside of a comment that never ends, so nothing would run it";
        assert_eq!(errors(&format!("a\n<!-- b\n{CELL}\n{CELL}")), [error]);
        assert!(errors(&format!("<pre>\n{CELL}"))[0].contains("a `<pre>` that never ends"));
        assert!(errors(&format!("<!-- a -->\n\n{CELL}")).is_empty());
        assert_eq!(errors(&format!("<div>\n<!-- a\n-->\n{CELL}")).len(), 1);
    }
}
