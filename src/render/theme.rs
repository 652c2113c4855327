//! The theme's style sheets and scripts: for pages, and for the pages of other programs that cells stand on.

mod short;

use super::picture;
use super::words::Words;
use short::{close, closer};
use std::sync::LazyLock;

pub use short::{classes, fitting};

/// The colours, and which worker has which.
pub const COLOURS: &str = include_str!("theme/tokens.css");
/// What is drawn.
pub const DRAWN: &str = include_str!("theme/picture.css");
const CELL: &str = include_str!("theme/cell.css");
const PAGE: &str = include_str!("theme/page.css");
const FRAME: &str = include_str!("theme/frame.css");
/// What pages can do.
const SCRIPT: &str = include_str!("theme/page.js");
/// What pictures can do.
const PICTURE_SCRIPT: &str = include_str!("theme/picture.js");
/// What boxes that scroll do.
const BOXES_SCRIPT: &str = include_str!("theme/boxes.js");
/// What results that are to be guessed do.
const GUESS_SCRIPT: &str = include_str!("theme/guess.js");
/// What players do.
const PLAYER_SCRIPT: &str = include_str!("theme/player.js");
/// What the frame around the pages of a site does.
const FRAME_SCRIPT: &str = include_str!("theme/frame.js");

/// What a page that loads its script does first: without it, the page would be light for a moment where its reader chose dark.
pub const EARLY_SCRIPT: &str = "try { const theme = localStorage.getItem(\"nbrun-theme\"); if (theme === \"dark\" || theme === \
                                \"light\") document.documentElement.dataset.theme = theme; } catch { }";

/// A program whose pages cells stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// mdBook.
    MdBook,
    /// Jupyter, and what shows its notebooks.
    Jupyter,
}

/// The style sheet of a page; that of a `framed` one is for a page of a site.
pub fn style(framed: bool) -> String {
    let frame = if framed { FRAME } else { "" };
    [COLOURS, DRAWN, CELL, PAGE, frame].into_iter().map(|sheet| close(&tight(sheet))).collect()
}

/// The script of a page. The player is long, and only where there is something to play, or may come to be.
pub fn script(plays: bool, framed: bool) -> String {
    static SHORT: LazyLock<[String; 3]> = LazyLock::new(|| {
        let all = [SCRIPT, BOXES_SCRIPT, GUESS_SCRIPT, PICTURE_SCRIPT].map(closer).concat();
        [all, closer(PLAYER_SCRIPT), closer(FRAME_SCRIPT)]
    });
    let [all, player, frame] = &*SHORT;
    [all.as_str(), if plays { player.as_str() } else { "" }, if framed { frame.as_str() } else { "" }].concat()
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
    format!("{}.nbrun {{\n--rem: {rem};\n{}}}\n", tight(outside), tight(&sheets))
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
        once("nbrunPictures", &[BOXES_SCRIPT, GUESS_SCRIPT, PICTURE_SCRIPT].concat()),
    )
}

/// The hatches and textures that pictures refer to, under ids of their own on the page of another program, and what leads to them.
pub fn embedded_definitions(prefix: &str) -> (String, String) {
    let definitions =
        picture::shared_definitions(picture::COLOURS).replace("<pattern id=\"", &format!("<pattern id=\"{prefix}"));
    let names = ["h", "s", "p"].into_iter().flat_map(|kind| (0..picture::COLOURS).map(move |n| format!("{kind}{n}")));
    let led: String = names.map(|name| format!("--{name}:url(#{prefix}{name});")).collect();
    (definitions, led)
}

/// A style sheet or a script without indents, empty lines, and lines that are comments: no reader of a page needs them. A
/// comment that begins with `/*!` is a licence and stays.
pub fn tight(source: &str) -> String {
    let (mut out, mut in_comment) = (String::with_capacity(source.len()), false);
    for line in source.lines().map(str::trim) {
        let begins = line.starts_with("/*") && !line.starts_with("/*!");
        let is_comment = in_comment || begins || line.starts_with("//");
        in_comment = (in_comment || begins) && !line.ends_with("*/");
        if !is_comment && !line.is_empty() {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is an object's or a browser's own must keep its name, and a template in another one would be taken for its end.
    #[test]
    fn scripts_are_written_so_that_they_can_be_shortened() {
        for script in [SCRIPT, BOXES_SCRIPT, GUESS_SCRIPT, PICTURE_SCRIPT, PLAYER_SCRIPT, FRAME_SCRIPT] {
            let script = tight(script);
            let mut templates = script.split('`').skip(1).step_by(2);
            assert!(templates.all(|text| text.rsplit_once("${").is_none_or(|(_, last)| last.contains('}'))));
            for word in ["function", "class", "case", "eval"] {
                let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '"' | '_' | '-');
                let mut found = script.match_indices(word).filter(|(at, _)| {
                    !script[..*at].ends_with(is_name) && !script[at + word.len()..].starts_with(is_name)
                });
                assert_eq!(found.next().map(|(at, _)| &script[at..at + 40]), None);
            }
        }
    }

    #[test]
    fn what_is_left_out_of_the_theme_changes_nothing() {
        let source = "/*! kept */\n// a\n  b {\n\n    /* c */\n    d; // e\n  /**\n * f\n */\n  }\n";
        assert_eq!(tight(source), "/*! kept */\nb {\nd; // e\n}\n");
        // A text over several lines would lose its indents.
        for source in [SCRIPT, BOXES_SCRIPT, GUESS_SCRIPT, PICTURE_SCRIPT, PLAYER_SCRIPT, FRAME_SCRIPT] {
            assert!(source.lines().all(|line| line.matches('`').count() % 2 == 0));
        }
    }

    /// The classes in a style sheet.
    fn classes(sheet: &str) -> std::collections::BTreeSet<&str> {
        let parts = sheet.split('.').skip(1);
        let names = parts.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap_or_default());
        names.filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic())).collect()
    }

    /// A script marks events and lines: the search had that mark, too, and what was marked left its place.
    #[test]
    fn what_stands_around_a_page_has_no_class_of_what_stands_in_cells() {
        let inside = [DRAWN, CELL].concat();
        let both: Vec<&str> = classes(FRAME).intersection(&classes(&inside)).copied().collect();
        assert_eq!(both, ["lanes"]);
    }

    /// A cell has its kind as a class: a rule for another thing of this name would be for each such cell, too.
    #[test]
    fn no_rule_is_for_a_kind_of_cell_by_its_name_alone() {
        for kind in ["job", "run", "spawn", "queue", "pool", "value", "array", "lock"] {
            let style = style(true);
            let bare = style.match_indices(&format!(".{kind}")).find(|(at, name)| {
                let is_name = |c: char| c.is_alphanumeric() || c == '-' || c == ')';
                let goes_on = style[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-');
                !style[..*at].ends_with(is_name) && !goes_on
            });
            assert_eq!(bare, None);
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
