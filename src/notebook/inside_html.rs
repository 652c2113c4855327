//! Finds the fences of cells that HTML has swallowed. CommonMark takes all that stands close to a tag for HTML, so nothing
//! would run them, and nothing would say so.

use super::fences::Line;
use super::info;
use crate::diagnostic::{Diagnostic, Diagnostics, Note, Place};

/// Elements whose content HTML takes as it is, empty lines and all.
const AS_IT_IS: [&str; 4] = ["pre", "script", "style", "textarea"];

/// What a comment begins and ends with.
const COMMENT: (&str, &str) = ("<!--", "-->");

/// Blocks that end with a sign of their own, and not with an empty line.
const SIGNS: [(&str, &str); 3] = [COMMENT, ("<?", "?>"), ("<![cdata[", "]]>")];

/// What hides the lines of a block of HTML.
enum Hides {
    /// Tags, up to the next empty line.
    Tags,
    /// A comment that ends: its author wants it so.
    Comment,
    /// Something else that goes on across empty lines until its end, from the first line on.
    Closed { what: String, end: String },
    /// A comment or its like without an end, from the first line on.
    Open { what: String, end: String },
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
            Hides::Comment => {}
            Hides::Tags => cells.iter().for_each(|(line, info)| {
                errors.add(|| {
                    Diagnostic::new("this cell stands inside of HTML, so nothing would run it")
                        .at(at(line.number, info))
                        .help(
                            "leave an empty line before the fence: markdown takes what stands close to a tag for HTML",
                        )
                });
            }),
            Hides::Closed { what, end } => cells.iter().for_each(|(line, info)| {
                errors.add(|| {
                    let message = format!("this cell stands inside of {what}, so nothing would run it");
                    let mut error = Diagnostic::new(message).at(at(line.number, info));
                    error
                        .notes
                        .push(Note::Also(at(part[0].number, part[0].text.trim()), format!("{what} begins here")));
                    error.help(format!(
                        "move the cell behind `{end}`, or put it into a comment, `<!-- … -->`, if nothing is to run it"
                    ))
                });
            }),
            Hides::Open { what, end } => {
                let Some((first, info)) = cells.first() else { continue };
                errors.add(|| {
                    let message = format!("this cell stands inside of {what} that never ends, so nothing would run it");
                    let mut error = Diagnostic::new(message).at(at(first.number, info));
                    let note = format!("{what} that never ends begins here");
                    error.notes.push(Note::Also(at(part[0].number, part[0].text.trim()), note));
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
            Some(last) if end == COMMENT.1 => (Hides::Comment, last + 1),
            Some(last) => (Hides::Closed { what, end }, last + 1),
            None => (Hides::Open { what, end }, lines.len()),
        };
    }
    (Hides::Tags, lines.len())
}

/// What a line opens that is not closed on it: with what it ends, what it is, and the byte behind its beginning.
fn opens(line: &str) -> Option<(String, String, usize)> {
    let lower = line.to_ascii_lowercase();
    let signs = SIGNS.iter().filter_map(|(sign, end)| {
        let at = lower.find(sign)? + sign.len();
        let what = if *sign == COMMENT.0 { "a comment".to_owned() } else { format!("a `{}`", sign.to_uppercase()) };
        (!lower[at..].contains(end)).then(|| ((*end).to_owned(), what, at))
    });
    let elements = AS_IT_IS.iter().filter_map(|name| {
        let at = lower.find(&format!("<{name}"))? + name.len() + 1;
        let is_tag = lower[at..].chars().next().is_none_or(|c| c.is_whitespace() || c == '>');
        let end = format!("</{name}>");
        (is_tag && !lower[at..].contains(&end)).then(|| (end, format!("a `<{name}>`"), at))
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
    fn a_cell_right_behind_a_tag_is_an_error_but_not_behind_an_empty_line() {
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
    fn a_comment_hides_cells_on_purpose_unless_it_has_no_end() {
        assert!(errors(&format!("<!--\n{CELL}\n\n{CELL}-->\n")).is_empty());
        assert!(errors(&format!("<div>\n<!--\n{CELL}-->\n</div>\n")).is_empty());
        let error = "a.md:3:4: error: this cell stands inside of a comment that never ends, so nothing would run it";
        assert_eq!(errors(&format!("a\n<!-- b\n{CELL}\n{CELL}")), [error]);
        assert!(errors(&format!("<pre>\n{CELL}"))[0].contains("a `<pre>` that never ends"));
        assert!(errors(&format!("<!-- a -->\n\n{CELL}")).is_empty());
        assert_eq!(errors(&format!("<div>\n<!-- a\n-->\n{CELL}")).len(), 1);
        let error = "a.md:2:4: error: this cell stands inside of a `<?` that never ends, so nothing would run it";
        assert_eq!(errors(&format!("<?\n{CELL}")), [error]);
    }

    #[test]
    fn a_cell_between_tags_that_take_empty_lines_is_an_error() {
        for (begin, what, end) in [
            ("<pre>", "<pre>", "</pre>"),
            ("<script>", "<script>", "</script>"),
            ("<style a>", "<style>", "</style>"),
            ("<textarea>", "<textarea>", "</textarea>"),
            ("<?php", "<?", "?>"),
            ("<![CDATA[", "<![CDATA[", "]]>"),
        ] {
            let error =
                |line| format!("a.md:{line}:4: error: this cell stands inside of a `{what}`, so nothing would run it");
            assert_eq!(errors(&format!("{begin}\n{CELL}{end}\n\n{CELL}")), [error(2)]);
            assert_eq!(errors(&format!("{begin}\n\n{CELL}\n{CELL}\n{end}\n")), [error(3), error(7)]);
            assert!(errors(&format!("{begin}\n{end}\n\n{CELL}")).is_empty(), "{begin}");
            assert!(errors(&format!("{begin}\n```rust\n```\n{end}\n")).is_empty(), "{begin}");
        }
        let text = parse("a.md", format!("<pre>\n{CELL}</pre>\n")).err().unwrap_or_default()[0].to_string();
        assert!(text.contains("a.md:1:1: a `<pre>` begins here") && text.contains("behind `</pre>`"), "{text}");
    }
}
