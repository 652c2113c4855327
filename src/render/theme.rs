//! The theme's style sheets and scripts: for pages, and for the pages of other programs that cells stand on.

use super::picture;
use super::words::Words;

/// The colours, and which worker has which.
pub const COLOURS: &str = include_str!("theme/tokens.css");
/// What is drawn.
pub const DRAWN: &str = include_str!("theme/picture.css");
const CELL: &str = include_str!("theme/cell.css");
const PAGE: &str = include_str!("theme/page.css");
/// What pages can do.
pub const SCRIPT: &str = include_str!("theme/page.js");
/// What pictures can do.
pub const PICTURE_SCRIPT: &str = include_str!("theme/picture.js");
/// What players do.
pub const PLAYER_SCRIPT: &str = include_str!("theme/player.js");

/// A program whose pages cells stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// mdBook.
    MdBook,
    /// Jupyter, and what shows its notebooks.
    Jupyter,
}

/// The style sheet of a page.
pub fn style() -> String {
    [COLOURS, DRAWN, CELL, PAGE].into_iter().map(tight).collect()
}

/// The style sheet of cells on the page of another program, where all of them stand in elements of the class `nbrun`.
pub fn embedded_style(host: Host) -> String {
    let (foreign, rem) = match host {
        // The root of mdBook's pages has a smaller letter than a browser gives it.
        Host::MdBook => (include_str!("theme/mdbook.css"), "1.6rem"),
        Host::Jupyter => (include_str!("theme/jupyter.css"), "1rem"),
    };
    let (outside, inside) = foreign.split_once("/* Within cells */\n").unwrap_or(("", foreign));
    let colours = COLOURS.replacen(":root {", "& {", 1).replacen("  color-scheme: light dark;\n", "", 1);
    let sheets = [inside, &colours, DRAWN, CELL];
    let sheets: String = sheets.iter().flat_map(|sheet| sheet.lines()).map(|line| scaled(line) + "\n").collect();
    let head = format!("--rem: {rem}; --sans: system-ui, sans-serif; --mono: ui-monospace, monospace;");
    format!("{}.nbrun {{\n{head}\n{}}}\n", tight(outside), tight(&sheets))
}

/// A line of a style sheet whose lengths do not depend on the letters of the page's root.
fn scaled(line: &str) -> String {
    if line.trim_start().starts_with("@media") {
        return line.to_owned();
    }
    let parts: Vec<&str> = line.split("rem").collect();
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        let digits = part.len() - part.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-')).len();
        let (before, number) = part.split_at(part.len() - digits);
        match at + 1 == parts.len() {
            true => out.push_str(part),
            false if number.is_empty() => out.push_str(&format!("{part}rem")),
            false => out.push_str(&format!("{before}calc({number} * var(--rem))")),
        }
    }
    out
}

/// The script of cells on the page of another program; it may stand there more than once.
pub fn embedded_script(words: Words, plays: bool) -> String {
    let words = serde_json::to_string(&words.script()).unwrap_or_default();
    let words = serde_json::to_string(&words).unwrap_or_default().replace('<', "\\u003c");
    let once = |name: &str, script: &str| {
        format!("if (!document.body.dataset.{name}) {{\ndocument.body.dataset.{name} = \"yes\";\n{}}}\n", tight(script))
    };
    // A page that joins several has the script of each: the first one of a kind is enough.
    let player = if plays { once("nbrunPlayers", PLAYER_SCRIPT) } else { String::new() };
    format!(
        "addEventListener(\"DOMContentLoaded\", () => {{\ndocument.body.dataset.words ??= {words};\n{}{player}}});\n",
        once("nbrunPictures", PICTURE_SCRIPT),
    )
}

/// The hatches and textures that pictures refer to, under ids of their own on the page of another program, and what leads to them.
pub fn embedded_definitions(prefix: &str) -> (String, String) {
    let definitions = picture::shared_definitions().replace("<pattern id=\"", &format!("<pattern id=\"{prefix}"));
    let names = ["h", "s", "p"].into_iter().flat_map(|kind| (0..picture::COLOURS).map(move |n| format!("{kind}{n}")));
    let led: String = names.map(|name| format!("--{name}:url(#{prefix}{name});")).collect();
    (definitions, led)
}

/// A part of the theme without indents, empty lines, and lines that are comments: no reader of a page needs them.
pub fn tight(source: &str) -> String {
    let is_comment = |line: &str| line.starts_with("//") || line.starts_with("/*") && line.ends_with("*/");
    let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !is_comment(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_of_the_theme_changes_nothing() {
        assert_eq!(tight("// a\n  b {\n\n    /* c */\n    d; // e\n  }\n"), "b {\nd; // e\n}\n");
        // A text over several lines would lose its indents.
        for source in [SCRIPT, PICTURE_SCRIPT, PLAYER_SCRIPT] {
            assert!(source.lines().all(|line| line.matches('`').count() % 2 == 0));
        }
    }

    #[test]
    fn a_style_sheet_on_a_foreign_page_stays_within_its_cells() {
        assert_eq!(
            scaled("a { margin: -.5rem 0 1rem; }"),
            "a { margin: calc(-.5 * var(--rem)) 0 calc(1 * var(--rem)); }"
        );
        assert_eq!(scaled("@media (max-width: 40rem) {"), "@media (max-width: 40rem) {");
        for host in [Host::MdBook, Host::Jupyter] {
            let style = embedded_style(host);
            assert!(!style.contains("\n\n") && !style.contains(":root {"), "{style}");
            assert_eq!(style.matches('{').count(), style.matches('}').count());
            let (_, cells) = style.split_once("\n.nbrun {\n").expect("one block");
            assert!(cells.contains(".cell {") && cells.ends_with("}\n}\n"));
        }
    }
}
