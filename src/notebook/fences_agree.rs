//! Properties of fences on generated documents: both markdown parsers see the same ones, and every place is right.

use super::super::markdown::{PageFence, page_fences};
use super::*;
use proptest::prelude::*;
use proptest::sample::select;

/// What stands before a line's content: markers of containers and indentation.
fn prefix() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "> ", ">", "> ", "- ", "-", "* ", "+   ", "1. ", "10) ", "2.", " ", "  ", "   ", "    ", "\t", "\t", ">\t",
        "-\t", "- [ ] ",
    ]);
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// A line's content: a fence half of the time, otherwise anything that opens, ends or continues another block.
///
/// `- | -` is not among it: as a table's second line it is a list item for comrak, as for GitHub, which asks lists first.
#[rustfmt::skip] // One word a line would make a page of it.
fn content() -> impl Strategy<Value = &'static str> {
    let fence = select(vec![
        "```", "```", "```rust job", "~~~", "~~~~ yaml spawn", "````", "``` a`b", "~~~ a`b", "```\t", "~~~ \t",
        "`````` ", "``", "~~", "``` rust\\,job", "```&#114;ust job", "```yaml\tlock", "~~~ ~~~", "``` 多",
    ]);
    let other = select(vec![
        "", "", "", "a", "text here", "多 b", "\tx", "  y", "      z", "<div>", "</div>", "<!--", "-->", "<pre>",
        "</pre>", "<?", "?>", "<b", "[foo]: /url", "\"title", "title\"", "[foo]:", "[^a]", "# h", "===", "---",
        "***", "| a | b |", "a | b", "[ ] task", "\\", "x  ", "$$", "![x", "`code", "[x", "](y)",
        "<a href='", "[!NOTE]", "\u{a0}", "x\u{b}y\u{c}", "\0", "<b>",
    ]);
    prop_oneof![fence, other]
}

/// A document of few lines, of which each mostly stands in the containers of the line before it.
///
/// It holds nothing that either parser is known to read against CommonMark, whose sections are named below. A cell in such
/// a place is an error of the notebook.
fn document() -> impl Strategy<Value = String> {
    let ending = prop_oneof![12 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r")];
    let line = (prop::option::weighted(0.4, prefix()), content(), ending);
    let lines = (prop::collection::vec(line, 1..12), any::<bool>());
    lines.prop_map(|(lines, is_ended)| {
        let mut text = String::new();
        let mut containers = String::new();
        for (prefix, content, ending) in lines {
            let before = prefix.clone().unwrap_or_else(|| containers.clone());
            if let Some(prefix) = prefix {
                let marker = |c| matches!(c, '-' | '*' | '+' | '0'..='9' | '.' | ')');
                containers = prefix.replace("[ ]", "   ").replace(marker, " ");
            }
            if matches!(content, "<b>" | "</pre>") {
                // comrak lets such a tag interrupt a paragraph that it continues lazily. CommonMark does not (4.6).
                text.push_str("\n\n");
            }
            if content.starts_with("[foo]:") {
                // comrak takes a list item that holds nothing but link references for an empty one, hence the heading. It
                // takes a `---` behind them for text, hence the empty line. Neither is so (5.2, 4.3).
                let lines = ["# h", "[foo]:", "/url", "'title'", ""].map(|line| format!("{line}\n"));
                text.push_str(&before);
                text.push_str(&lines.join(&containers));
                continue;
            }
            if content == "| a | b |" {
                // comrak looks for a table only once in a paragraph, so that no second line may look like one in vain; for
                // pulldown-cmark, indented code does not end a table. Hence a fence behind it.
                text.extend([&before, content, "\n", &containers, "|---|---|\n", &containers, "```", ending]);
                continue;
            }
            if content == "[!NOTE]" {
                // An alert's title is a paragraph for pulldown-cmark, which only a list from 1 on interrupts.
                text.extend([&before, content, "\n\n"]);
                continue;
            }
            let is_blank = content.is_empty() && before.trim_matches([' ', '\t', '>']).is_empty();
            if is_blank && text.trim_end().ends_with(['-', '*', '+', '.', ')']) {
                // comrak goes on with a list item that begins with two empty lines, if the second holds blanks. A list item
                // can begin with at most one (5.2, rule 3).
                text.extend([before.trim_end(), ending]);
                continue;
            }
            text.extend([&before, content, ending]);
        }
        if !is_ended {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        // pulldown-cmark continues a block quote with `>` behind a tab, which is indented too far (5.1).
        while text.contains("\t>") {
            text = text.replace("\t>", ">");
        }
        text
    })
}

/// Blocks with empty lines between them, some in footnotes and alerts. What these are no specification says, so that the
/// parsers part in wilder ones.
fn document_with_extensions() -> impl Strategy<Value = String> {
    let block = select(vec![
        "text[^1] and[^2]",
        "[^1]: note",
        "[^1]: note\n\n    ```\n    a\n    ```",
        "[^2]: ```yaml\n    b\n    ```\n\n    more",
        "    [^2]: code",
        "```rust job\nc\n```",
        "> [^3]: quoted\n>\n> ```\n> d\n> ```",
        "- item\n\n  ~~~\n  e\n  ~~~",
        "> [!NOTE]\n> text\n>\n> ```rust job\n> f\n> ```",
        "- [ ] > [!TIP]\n  > ```\n  > g\n  > ```\n> [!WARNING]\n~~~\n~~~",
        "---",
    ]);
    prop::collection::vec(block, 1..8).prop_map(|blocks| blocks.join("\n\n"))
}

/// What both parsers must agree on.
fn by_pulldown(text: &str, body: usize) -> Vec<PageFence> {
    let fence = |fence: Fence| PageFence {
        line: fence.line,
        info: fence.info,
        code: fence.code.lines.into_iter().map(|line| line.text).collect(),
    };
    blocks(text, body).fences.into_iter().filter(|fence| !fence.in_footnote).map(fence).collect()
}

/// As many cases as take a second, or as `PROPTEST_CASES` says; a million held.
fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    ProptestConfig { cases: config.cases.max(4096), ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn both_parsers_see_the_same_fences(text in document()) {
        prop_assert_eq!(by_pulldown(&text, 0), page_fences(&text, 0), "in {:?}", text);
    }

    #[test]
    fn both_parsers_see_the_same_fences_around_footnotes_and_alerts(text in document_with_extensions()) {
        prop_assert_eq!(by_pulldown(&text, 0), page_fences(&text, 0), "in {:?}", text);
    }

    #[test]
    fn both_parsers_see_the_same_fences_behind_a_head(text in document()) {
        let text = format!("\u{feff}---\r\na: b\r\n---\r\n{text}");
        let body = text.find("---\r\n").map_or(0, |_| 19);
        prop_assert_eq!(by_pulldown(&text, body), page_fences(&text, body), "in {:?}", text);
    }

    #[test]
    fn the_bytes_of_fences_are_in_order_and_begin_with_the_fence(text in document()) {
        let mut end = 0;
        for fence in blocks(&text, 0).fences {
            prop_assert!(fence.bytes.start >= end && fence.bytes.end >= fence.bytes.start + 3, "in {:?}", text);
            end = fence.bytes.end;
            let source = &text[fence.bytes.clone()];
            prop_assert!(source.starts_with("```") || source.starts_with("~~~"), "in {:?}", text);
            prop_assert!(!source.ends_with(['\r', '\n']), "in {:?}", text);
            prop_assert_eq!(fence.line as usize, Lines::of(&text).holding(fence.bytes.start) + 1);
        }
    }

    #[test]
    fn a_line_of_code_stands_at_its_place_in_the_text(text in document()) {
        let lines = Lines::of(&text);
        for fence in blocks(&text, 0).fences {
            for (n, code) in fence.code.lines.iter().enumerate() {
                prop_assert_eq!(code.line, fence.line + 1 + n as u32);
                let source = lines.text(code.line as usize - 1);
                let from = |column: usize| source.chars().skip(column - 1).collect::<String>();
                let blanks = code.text.len() - code.text.trim_start_matches(' ').len();
                // A tab that a container takes in part becomes spaces: then the rest of the line is where it should be.
                let is_there = from(code.column as usize) == code.text;
                let rest_is_there = from(code.column as usize + blanks) == code.text[blanks..] || code.column == 1;
                prop_assert!(is_there || source.contains('\t') && rest_is_there, "{:?} in {:?}", code, text);
            }
        }
    }
}
