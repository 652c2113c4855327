//! Facts about the tree and its places.

mod error;
mod property;

use super::*;
use crate::notebook::SnippetLine;

/// The snippet of a text that stands in lines 11 and following of a notebook, behind `margin` columns.
fn snippet(text: &str, margin: u32) -> Snippet {
    let lines = text.lines().zip(11..).map(|(text, line)| SnippetLine::new(text, line, 1 + margin));
    Snippet { lines: lines.collect() }
}

/// A notebook in which [`snippet`] stands.
fn source(text: &str, margin: u32) -> String {
    let margin = " ".repeat(margin as usize);
    let lines: Vec<String> = text.lines().map(|line| format!("{margin}{line}\n")).collect();
    "\n".repeat(10) + &lines.concat()
}

fn read(text: &str) -> Node {
    match parse("n.md", &source(text, 2), &snippet(text, 2)) {
        Ok(Some(node)) => node,
        other => panic!("{text:?}: {other:?}"),
    }
}

fn broken(text: &str) -> String {
    match parse("n.md", &source(text, 2), &snippet(text, 2)) {
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
        other => panic!("{text:?}: {other:?}"),
    }
}

/// Every key and node in the order of the text as `line:column+width text`.
fn outline(node: &Node) -> Vec<String> {
    let at = |span: Span, text: &str| format!("{}:{}+{} {text}", span.line, span.column, span.width);
    match &node.value {
        Value::Scalar(scalar) => vec![at(node.span, &scalar.text)],
        Value::List { items, flow } => {
            let head = at(node.span, if *flow { "[]" } else { "-" });
            std::iter::once(head).chain(items.iter().flat_map(outline)).collect()
        }
        Value::Map { entries, flow } => {
            let head = at(node.span, if *flow { "{}" } else { ":" });
            let entries = entries
                .iter()
                .flat_map(|entry| std::iter::once(at(entry.key.span, &entry.key.text)).chain(outline(&entry.value)));
            std::iter::once(head).chain(entries).collect()
        }
    }
}

/// The lines of the scalar under the only key of a text, as `line:column text`.
fn code(text: &str) -> Vec<String> {
    let node = read(text);
    let Value::Map { entries, .. } = &node.value else { panic!("{node:?}") };
    let scalar = entries[0].value.scalar().expect("a scalar");
    scalar.code.lines.iter().map(|line| format!("{}:{} {}", line.line, line.column, line.text)).collect()
}

#[test]
fn every_key_and_node_knows_its_place() {
    let shown =
        outline(&read("# c\nworkers: 2\njobs:\n  - a(1)\n  - {call: b, \"多\": 'x'}\n- \n".trim_end_matches("- \n")));
    assert_eq!(
        shown,
        [
            "12:3+1 :",
            "12:3+7 workers",
            "12:12+1 2",
            "13:3+4 jobs",
            "14:5+1 -",
            "14:7+4 a(1)",
            "15:7+1 {}",
            "15:8+4 call",
            "15:14+1 b",
            "15:17+3 多",
            "15:22+3 x",
        ]
    );
}

#[test]
fn a_scalar_at_the_very_beginning_has_a_place() {
    assert_eq!(outline(&read("lock")), ["11:3+4 lock"]);
    assert_eq!(outline(&read("- - 1")), ["11:3+1 -", "11:5+1 -", "11:7+1 1"]);
}

#[test]
fn a_plain_scalar_keeps_its_text() {
    for text in ["1e3", "0x10", "007", "1_000", "yes", "~", "1.50", "null", "True", "2026-01-31", "-1.0e-3"] {
        let node = read(text);
        let scalar = node.scalar().expect("a scalar");
        assert_eq!(scalar.text, text);
        assert_eq!(scalar.code.text(), text);
    }
}

#[test]
fn scalars_are_what_the_core_schema_says() {
    use ScalarKind::*;
    let cases = [
        ("1", Int),
        ("-0x10", Int),
        ("0", Int),
        ("007", String),
        ("1_000", String),
        ("1.50", Float),
        ("1e3", Float),
        (".5", Float),
        ("-.inf", Float),
        (".nan", Float),
        ("inf", String),
        ("nan", String),
        ("~", Null),
        ("yes", String),
        ("true", Bool),
        ("'1'", String),
        ("2026-01-31", String),
    ];
    for (text, kind) in cases {
        assert_eq!(read(text).scalar().map(|scalar| scalar.kind), Some(kind), "{text}");
    }
}

#[test]
fn a_value_that_is_not_written_stands_behind_its_key() {
    assert_eq!(outline(&read("a:\nb: 1")), ["11:3+1 :", "11:3+1 a", "11:5+0 ", "12:3+1 b", "12:6+1 1"]);
}

#[test]
fn code_begins_behind_a_quote() {
    assert_eq!(code("a: 'f(''x'')'"), ["11:7 f('x')"]);
    assert_eq!(code("a: \"f(\\\"x\\\")\""), ["11:7 f(\"x\")"]);
}

#[test]
fn code_in_quotes_over_lines_keeps_its_lines() {
    assert_eq!(code("a: \"f(1,  \n     2)\"\nb: 1"), ["11:7 f(1,", "12:8 2)"]);
    assert_eq!(code("a: \"f(1, \\\n     2)\"\nb: 1"), ["11:7 f(1,", "12:8 2)"]);
    assert_eq!(code("a: \"x\\ny\"\nb: 1"), ["11:7 x", "11:10 y"]);
}

#[test]
fn code_over_plain_lines_keeps_its_lines() {
    assert_eq!(code("a: f(1,\n\n     2) # last\nb: 1"), ["11:6 f(1,", "13:8 2)"]);
    assert_eq!(code("a:\n  f(1)\nb: 1"), ["12:5 f(1)"]);
}

#[test]
fn code_in_a_block_stands_behind_its_indentation() {
    assert_eq!(code("a: |\n  f(1,\n    2)\n\nb: 1"), ["12:5 f(1,", "13:5   2)"]);
    assert_eq!(code("a: |-\n\n  f(1)"), ["12:3 ", "13:5 f(1)"]);
    assert_eq!(code("a: >  # why\n  f(1,\n  2)\nb: 1"), ["12:5 f(1,", "13:5 2)"]);
    assert_eq!(code("a: |2\n    f(1)\nb: 1"), ["12:5   f(1)"]);
    assert_eq!(code("a: |\nb: 1"), ["11:6 "]);
}

#[test]
fn nothing_but_comments_is_no_node() {
    for text in ["", "# c", "  \n# c\n"] {
        assert_eq!(parse("n.md", &source(text, 2), &snippet(text, 2)), Ok(None), "{text:?}");
    }
}

#[test]
fn a_hundred_thousand_items_are_read_in_one_pass() {
    let items: Vec<String> = (0..100_000).map(|i| i.to_string()).collect();
    let node = read(&format!("a: [{}]", items.join(", ")));
    assert_eq!(outline(&node).last().map(String::as_str), Some("11:688890+5 99999"));
}
