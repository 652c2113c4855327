//! What `parse` makes of whole notebooks.

use super::*;
use crate::notebook::SpecKind;

fn notebook(text: &str) -> Notebook {
    parse("a.md", text.to_owned()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn errors(text: &str) -> Vec<String> {
    parse("a.md", text.to_owned()).unwrap_err().iter().map(Diagnostic::to_string).collect()
}

/// The lines of code of cell `cell`, each with its line and column.
fn code(notebook: &Notebook, cell: usize) -> Vec<(&str, u32, u32)> {
    notebook.cells[cell].code.lines.iter().map(|line| (line.text.as_str(), line.line, line.column)).collect()
}

#[test]
fn cells_are_found_in_order_with_their_kinds_bytes_and_lines() {
    let text =
        "# Title\n\n```rust job\nfn f() {}\n```\n\n```rust\nlet shown = 1;\n```\n~~~yaml,spawn\n- thread: f()\n~~~\n";
    let notebook = notebook(text);
    let found: Vec<_> = notebook.cells.iter().map(|cell| (cell.index, cell.kind, cell.line)).collect();
    assert_eq!(found, [(0, CellKind::Job, 3), (1, CellKind::Spec(SpecKind::Spawn), 10)]);
    assert_eq!(&text[notebook.cells[0].bytes.clone()], "```rust job\nfn f() {}\n```");
    assert_eq!(&text[notebook.cells[1].bytes.clone()], "~~~yaml,spawn\n- thread: f()\n~~~");
    assert_eq!(code(&notebook, 1), [("- thread: f()", 11, 1)]);
}

#[test]
fn lines_of_code_lose_their_containers_and_keep_their_places() {
    let notebook = notebook("> - ```rust job\n>   fn f() {\n>\n>       g()\n>   }\n>   ```\n");
    assert_eq!(code(&notebook, 0), [("fn f() {", 2, 5), ("", 3, 2), ("    g()", 4, 5), ("}", 5, 5)]);
}

#[test]
fn a_fence_takes_its_own_indentation_from_its_lines() {
    let notebook = notebook("  ```rust job\n    a\n b\n  ```  \nprose\n");
    assert_eq!(code(&notebook, 0), [("  a", 2, 3), ("b", 3, 2)]);
    assert_eq!(notebook.cells[0].bytes, 2..28);
}

#[test]
fn a_tab_that_a_list_takes_in_part_becomes_spaces_before_the_right_column() {
    let notebook = notebook("-  ```rust job\n \t\tx\n   ```\n");
    assert_eq!(code(&notebook, 0), [(" \tx", 2, 2)]);
}

#[test]
fn every_line_ending_counts_as_one_line() {
    let notebook = notebook("a\r\nb\rc\n```rust job\r\nx\r\n\r\ny\rz\r\n```\r\n");
    assert_eq!(notebook.cells[0].line, 4);
    assert_eq!(code(&notebook, 0), [("x", 5, 1), ("", 6, 1), ("y", 7, 1), ("z", 8, 1)]);
}

#[test]
fn a_head_is_no_markdown_but_its_lines_count() {
    let text = "\u{feff}---\ntitle: x\n---\n```rust job\na\n```";
    let notebook = notebook(text);
    assert_eq!((notebook.body, notebook.cells[0].line), (20, 4));
    assert_eq!(&text[notebook.cells[0].bytes.clone()], "```rust job\na\n```");
}

#[test]
fn an_empty_cell_has_no_lines() {
    let notebook = notebook("```rust job\n```\n```yaml lock\n\n```\n");
    assert_eq!(code(&notebook, 0), []);
    assert_eq!(code(&notebook, 1), [("", 4, 1)]);
}

#[test]
fn entities_and_backslashes_in_an_info_string_are_resolved() {
    let notebook = notebook("```&#114;ust job\n```\n```rust\\,job\n```\n");
    assert_eq!(notebook.cells.len(), 2);
}

#[test]
fn everything_that_is_wrong_is_reported_at_once_at_its_word() {
    let found = errors("```yaml spwn\n```\n\n> ~~~ rust,job,多,ignore\n> ~~~\n");
    assert!(
        found[0]
            .starts_with("a.md:1:9: error: unknown kind of spec `spwn`\n   |\n 1 | ```yaml spwn\n   |         ^^^^\n"),
        "{}",
        found[0]
    );
    assert!(found[0].contains("= help: did you mean `spawn`?"), "{}", found[0]);
    assert!(found[1].starts_with("a.md:4:16: error: unexpected word `多` behind `job`"), "{}", found[1]);
    assert_eq!(found.len(), 2);
}

#[test]
fn a_cell_in_a_footnote_is_an_error() {
    let found = errors("text[^1]\n\n[^1]: note\n\n    ```rust job\n    ```\n");
    assert!(found[0].starts_with("a.md:5:8: error: a cell cannot stand in a footnote"), "{}", found[0]);
}

#[test]
fn a_cell_that_the_page_would_not_have_is_an_error() {
    let found = errors("> quoted\n<b>\n```rust job\n```\n");
    assert!(found[0].starts_with("a.md:3:4: error: markdown readers do not agree"), "{}", found[0]);
    assert_eq!(found.len(), 1);
}

#[test]
fn a_text_without_cells_is_a_notebook_without_cells() {
    assert_eq!(notebook("").cells, []);
    assert_eq!(notebook("# Prose\n\n    ```rust job\n    ```\n").cells, []);
    assert_eq!(notebook("`````text\n```rust job\n```\n`````\n").cells, []);
}

#[test]
fn a_cell_that_is_never_closed_is_an_error_since_it_swallows_what_follows() {
    let found = errors("# A\n\n~~~~yaml spawn\n- f()\n\nText.\n\n~~~\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("a.md:3:5: error: this cell is never closed\n"), "{}", found[0]);
    assert!(found[0].ends_with("help: end it with a line ~~~~\n"), "{}", found[0]);
    assert_eq!(errors("> ```rust job\n> fn f() {}\n\nText.\n").len(), 1);
    assert_eq!(errors("```rust job").len(), 1);
    for closed in [
        "```rust job\n```",
        "> - ```rust job\n>   ````  \n",
        "```rust job\r\nfn f() {}\r\n```\t\r\n",
        "~~~rust job\r~~~\r",
    ] {
        assert_eq!(notebook(closed).cells.len(), 1, "{closed}");
    }
    assert_eq!(notebook("```rust\nfn shown() {}\n").cells.len(), 0);
}

/// The lines of all errors, of which the last may only count others.
fn complaints(text: String) -> Vec<String> {
    let errors = parse("a.md", text).err().unwrap_or_default();
    errors.iter().map(|error| error.to_string().lines().next().unwrap_or("").to_owned()).collect()
}

/// Where the time grew with the square of the text, these would take hours.
#[test]
fn a_hundred_thousand_mistakes_take_no_longer_than_to_read_them() {
    const MANY: usize = 100_000;
    let keys: String = (0..MANY).map(|n| format!("  k{n}: 1\n")).collect();
    for (text, first) in [
        ("```rust jobs\n```\n".repeat(MANY), "a.md:1:9: error: `jobs` is not `job`, so this would only be shown"),
        (format!("---\n{}---\n", "a: 1\n".repeat(MANY)), "a.md:3:1: error: the key `a` stands here twice"),
        (format!("---\nnbrun:\n{keys}---\n"), "a.md:3:3: error: `nbrun` has no key `k0`"),
        (format!("<div>\n{}", "```rust job\n```\n".repeat(MANY)), "a.md:2:4: error: this cell stands inside of HTML"),
    ] {
        let told = complaints(text);
        assert!(told[0].starts_with(first), "{}", told[0]);
        assert_eq!(told.len(), 101);
        let more = told[100].strip_prefix("error: and ").and_then(|more| more.strip_suffix(" more"));
        let more: usize = more.expect("the last counts the others").replace(',', "").parse().expect("a number");
        assert!((MANY - 101..=MANY).contains(&(more + 100)), "{more}");
    }
}

#[test]
fn what_would_take_too_long_is_an_error_at_its_place() {
    let cells = "```yaml queue\nq: i64\n```\n\n".repeat(100_000);
    let dependencies: String = (0..100_000).map(|n| format!("    k{n}: \"1\"\n")).collect();
    for (text, told) in [
        (
            ">".repeat(100_000),
            "a.md:1:1: error: quotations and lists may stand in each other 200 deep, and these are deeper",
        ),
        (
            format!("a\n\n{}b", "- > 1. ".repeat(70)),
            "a.md:3:1: error: quotations and lists may stand in each other 200",
        ),
        (cells, "a.md:16001:4: error: a notebook may have 4000 cells, and here one more begins"),
        (
            format!("---\na: {}\n---\n", "[".repeat(100_000)),
            "a.md:2:504: error: brackets may stand in each other 500 deep",
        ),
        (
            format!("---\nnbrun:\n  dependencies:\n{dependencies}---\n"),
            "a.md:204:5: error: a notebook may have 200 dependencies, and this one has 100000",
        ),
    ] {
        let errors = complaints(text);
        assert!(errors.len() == 1 && errors[0].starts_with(told), "{errors:?}");
    }
    for text in ["- ".repeat(300), "* ".repeat(300), format!("{}a", ">".repeat(200)), "1. ".repeat(60) + "a"] {
        assert_eq!(complaints(text), [""; 0]);
    }
}
