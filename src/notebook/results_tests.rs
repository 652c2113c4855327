//! What holds for results below cells, in notebooks that are written out and in notebooks that are made up.

use super::*;
use crate::notebook::parse;
use proptest::prelude::*;
use proptest::sample::select;

fn notebook(text: &str) -> Notebook {
    parse("a.md", text.to_owned()).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"))
}

fn written(text: &str, kept: &[Kept]) -> String {
    apply(text, &edits(&notebook(text), kept))
}

fn certain(lines: &[&str]) -> Kept {
    Kept::Certain(lines.iter().map(|line| (*line).to_owned()).collect())
}

fn chance(lines: &[&str]) -> Kept {
    Kept::Chance(lines.iter().map(|line| (*line).to_owned()).collect())
}

const CELL: &str = "```yaml spawn\n- thread: a()\n```\n";

#[test]
fn a_result_stands_below_its_cell_and_is_replaced_in_place() {
    let text = format!("a\n\n{CELL}\nb\n");
    let one = written(&text, &[certain(&["1", "", "2 "])]);
    assert_eq!(one, format!("a\n\n{CELL}\n```text output\n1\n\n2\n```\n\nb\n"));
    assert_eq!(written(&one, &[certain(&["3"])]), format!("a\n\n{CELL}\n```text output\n3\n```\n\nb\n"));
    assert_eq!(written(&one, &[certain(&[])]), text);
    assert_eq!(written(&one, &[Kept::AsItIs]), one);
}

#[test]
fn a_result_of_chance_is_written_once_and_kept() {
    let text = format!("{CELL}\nb");
    let one = written(&text, &[chance(&["1"])]);
    assert_eq!(one, format!("{CELL}\n```text output chance\n1\n```\n\nb"));
    for later in [chance(&["2"]), certain(&["3"]), certain(&[])] {
        assert_eq!(written(&one, &[later]), one);
    }
    let certain = written(&text, &[certain(&["1"])]);
    assert_eq!(written(&certain, &[chance(&["2"])]), one.replace('1', "2"));
}

#[test]
fn the_fence_is_longer_than_those_in_the_result() {
    let text = written(CELL, &[certain(&["a ```` b", "```"])]);
    assert_eq!(text, format!("{CELL}\n`````text output\na ```` b\n```\n`````\n"));
}

#[test]
fn lists_and_quotations_go_on_around_the_result() {
    for (before, after) in [
        (
            "- ```yaml lock\n  l: lock\n  ```\n- b\n",
            "- ```yaml lock\n  l: lock\n  ```\n  ```text output\n  1\n\n  2\n  ```\n- b\n",
        ),
        (
            "a\n\n- ```yaml lock\n  l: lock\n  ```\n",
            "a\n\n- ```yaml lock\n  l: lock\n  ```\n  ```text output\n  1\n\n  2\n  ```\n",
        ),
        (
            "1. a\n\n   ```yaml lock\n   l: lock\n   ```",
            "1. a\n\n   ```yaml lock\n   l: lock\n   ```\n\n   ```text output\n   1\n\n   2\n   ```",
        ),
        (
            "a\r\n\r\n> ~~~yaml lock\r\n> l: lock\r\n> ~~~\r\nb\r\n",
            "a\r\n\r\n> ~~~yaml lock\r\n> l: lock\r\n> ~~~\r\n>\r\n> ```text output\r\n> 1\r\n>\r\n> 2\r\n> ```\r\nb\r\n",
        ),
        ("\u{feff}```yaml lock\rl: lock\r```", "\u{feff}```yaml lock\rl: lock\r```\r\r```text output\r1\r\r2\r```"),
    ] {
        let kept = [certain(&["1", "", "2"])];
        assert_eq!(written(before, &kept), after);
        assert_eq!(written(after, &kept), after);
        assert_eq!(written(after, &[certain(&[])]), before);
    }
}

#[test]
fn a_fence_that_belongs_to_no_cell_is_the_authors() {
    for behind in [
        "\na\n\n```text output\n1\n```\n",
        "\n```text\n1\n```\n",
        "\n```text output here\n1\n```\n",
        "\n> ```text output\n> 1\n> ```\n",
        "\n```text output\n1\n",
    ] {
        let text = format!("{CELL}{behind}");
        let new = written(&text, &[certain(&["2"])]);
        assert_eq!(new, format!("{CELL}\n```text output\n2\n```\n{behind}"));
    }
    let text = "> ```yaml lock\n> l: lock\n> ```\n\n> ```text output\n> 1\n> ```\n";
    assert!(edits(&notebook(text), &[certain(&[])]).is_empty(), "it stands in another quotation");
}

/// A line of output, among them what means something to markdown.
fn line() -> impl Strategy<Value = String> {
    let piece = select(vec!["a", " ", "\t", "`", "```", "~~~", ">", "- ", "#", "<b>", "多", "text output", "|", "1. "]);
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn kept() -> impl Strategy<Value = Kept> {
    let lines = || prop::collection::vec(line(), 0..4);
    prop_oneof![3 => lines().prop_map(Kept::Certain), 1 => lines().prop_map(Kept::Chance), 1 => Just(Kept::AsItIs)]
}

/// A block of a notebook, in some list or quotation, and whether an empty line ends it.
fn block() -> impl Strategy<Value = (String, bool)> {
    let containers =
        vec![("", ""), ("", ""), ("> ", "> "), (">", ">"), ("- ", "  "), ("1. ", "   "), ("> - ", ">   "), ("  ", " ")];
    let content = vec![
        "```yaml lock\nl: lock\n```",
        "~~~~ rust job\nfn a() {}\n\n~~~~ ",
        "text\n```yaml value\nv: {type: i, init: 1}\n```\nmore",
        "```yaml lock\nl: lock\n```\n```text\na\n```",
        "text",
        "```text output\nthe author's\n```",
        "# h\n\n```rust job\nfn b() {}\n```",
    ];
    (select(containers), select(content), any::<bool>()).prop_map(|((first, others), content, is_ended)| {
        let line = |(n, line): (usize, &str)| format!("{}{line}\n", if n == 0 { first } else { others });
        (content.split('\n').enumerate().map(line).collect(), is_ended)
    })
}

/// A notebook without results of its cells.
fn base() -> impl Strategy<Value = String> {
    let ending = select(vec!["\n", "\r\n", "\r"]);
    let bom = select(vec!["", "\u{feff}", "---\ntitle: a\n---\n"]);
    (prop::collection::vec(block(), 1..6), ending, bom, any::<bool>()).prop_filter_map(
        "a notebook whose cells have no results",
        |(blocks, ending, bom, is_ended)| {
            let blocks = blocks.into_iter().map(|(text, apart)| text + if apart { "\n" } else { "" });
            let text = bom.to_owned() + &blocks.collect::<String>();
            let text = if is_ended { &text } else { text.trim_end() };
            let text = text.replace('\n', ending);
            let notebook = parse("a.md", text.clone()).ok()?;
            let none = vec![Kept::Certain(Vec::new()); notebook.cells.len()];
            let is_base = edits(&notebook, &none).is_empty()
                && blocks_of(&notebook).all(|(fence, below)| !(below && fence == Some(true)));
            is_base.then_some(text)
        },
    )
}

/// For each cell whether the fence below it is of chance, if it is one of results.
fn blocks_of(notebook: &Notebook) -> impl Iterator<Item = (Option<bool>, bool)> + '_ {
    let fences = blocks(&notebook.text, notebook.body).fences;
    notebook.cells.iter().map(move |cell| {
        let next = fences.iter().find(|fence| fence.bytes.start > cell.bytes.start);
        let below = next.is_some_and(|fence| Margin::of(&notebook.text, cell).is_below(fence));
        (next.and_then(|fence| is_chance(&fence.info)), below)
    })
}

/// What a reader sees of a notebook's cells.
fn seen(notebook: &Notebook) -> Vec<(crate::notebook::CellKind, String)> {
    notebook.cells.iter().map(|cell| (cell.kind, cell.code.text())).collect()
}

proptest! {
    #[test]
    fn property_all_but_results_stays_and_a_second_time_changes_nothing(
        text in base(), first in prop::collection::vec(kept(), 12), second in prop::collection::vec(kept(), 12),
    ) {
        let cells = seen(&notebook(&text));
        let one = written(&text, &first);
        prop_assert_eq!(&seen(&notebook(&one)), &cells, "{:?}", one);
        prop_assert_eq!(&written(&one, &first), &one);
        let two = written(&one, &second);
        prop_assert_eq!(&seen(&notebook(&two)), &cells, "{:?}", two);
        prop_assert_eq!(&written(&two, &second), &two);
        // Without those of chance, which stay, the results can be taken out again, and the text is the same, byte for byte.
        let sure = |kept: &[Kept]| -> Vec<Kept> {
            kept.iter().map(|kept| match kept { Kept::Chance(lines) => Kept::Certain(lines.clone()), other => other.clone() }).collect()
        };
        let none = vec![Kept::Certain(Vec::new()); 12];
        let two = written(&written(&text, &sure(&first)), &sure(&second));
        prop_assert_eq!(&written(&two, &none), &text, "{:?}", two);
    }
}
