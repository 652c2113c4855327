use super::*;
use crate::notebook::SnippetLine;

/// The snippet of a text that stands in lines 11 and following of a notebook, behind `margin` columns.
fn snippet(text: &str, margin: u32) -> Snippet {
    let lines =
        text.lines().zip(11..).map(|(text, line)| SnippetLine { text: text.to_owned(), line, column: 1 + margin });
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
fn ten_thousand_items_are_read_in_one_pass() {
    let items: Vec<String> = (0..10_000).map(|i| i.to_string()).collect();
    let node = read(&format!("a: [{}]", items.join(", ")));
    assert_eq!(outline(&node).last().map(String::as_str), Some("11:58891+4 9999"));
}

#[test]
fn a_key_that_stands_twice_names_both_places() {
    insta::assert_snapshot!(broken("a: 1\nb: 2\na: 3"), @r#"
    n.md:13:3: error: the key `a` stands here twice
       |
    13 |   a: 3
       |   ^ the second time
       = note: n.md:11:3: the first time
       |
    11 |   a: 1
       |   ^
    "#);
}

#[test]
fn a_closure_that_begins_with_a_bar_wants_quotes() {
    insta::assert_snapshot!(broken("workers: 2\nmap: |x: i64| x * x"), @r#"
    n.md:12:9: error: a value that begins with `|` is a block of text in YAML, not an expression
       |
    12 |   map: |x: i64| x * x
       |         ^
       = help: put the expression in quotes: "|x: i64| x * x"
       = note: the YAML parser says: while scanning a block scalar, did not find expected comment or line break
    "#);
}

#[test]
fn a_colon_inside_of_an_expression_wants_quotes() {
    insta::assert_snapshot!(broken("map: move |x: i64| x * x\nover: 0..3"), @r#"
    n.md:11:15: error: YAML reads `: ` inside of a value as the start of a mapping
       |
    11 |   map: move |x: i64| x * x
       |               ^ this colon
       = help: put the expression in quotes: "move |x: i64| x * x"
    "#);
    insta::assert_snapshot!(broken("- job(Point { x: \"a\" })"), @r#"
    n.md:11:24: error: this is not YAML: did not find expected key
       |
    11 |   - job(Point { x: "a" })
       |                        ^
       = note: n.md:11:5: while parsing a block mapping
       |
    11 |   - job(Point { x: "a" })
       |     ^
    "#);
}

#[test]
fn tabs_are_named() {
    insta::assert_snapshot!(broken("jobs:\n\t- a(1)"), @r#"
    n.md:12:3: error: YAML is indented with spaces, not with tabs
       |
    12 |   	- a(1)
       |   ^ a tab
       = help: use two spaces
       = note: the YAML parser says: while scanning for the next token, found character that cannot start any token
    "#);
    insta::assert_snapshot!(broken("jobs:\n  - call: a\n\tname: b"), @r#"
    n.md:13:3: error: YAML is indented with spaces, not with tabs
       |
    13 |   	name: b
       |   ^ a tab
       = help: use two spaces
       = note: the YAML parser says: while scanning a plain scalar, found a tab character that violates indentation
    "#);
}

#[test]
fn prefix_operators_want_quotes() {
    insta::assert_snapshot!(broken("assert: !e.is_set()"), @r#"
    n.md:11:11: error: a value that begins with `!` is a tag in YAML
       |
    11 |   assert: !e.is_set()
       |           ^
       = help: put the expression in quotes: "!e.is_set()"
    "#);
    insta::assert_snapshot!(broken("- f\n- !e"), @r#"
    n.md:12:5: error: a value that begins with `!` is a tag in YAML
       |
    12 |   - !e
       |     ^
       = help: put the expression in quotes: "!e"
    "#);
    insta::assert_snapshot!(broken("show: &x"), @r#"
    n.md:11:9: error: a value that begins with `&` is an anchor in YAML
       |
    11 |   show: &x
       |         ^
       = help: put the expression in quotes: "&x"
    "#);
    insta::assert_snapshot!(broken("show: &[1, 2]"), @r#"
    n.md:11:10: error: a value that begins with `&` is an anchor in YAML, not an expression
       |
    11 |   show: &[1, 2]
       |          ^
       = help: put the expression in quotes: "&[1, 2]"
       = note: the YAML parser says: while scanning an anchor, did not find expected alphabetic or numeric character
    "#);
    insta::assert_snapshot!(broken("show: *x"), @r#"
    n.md:11:9: error: a value that begins with `*` is an alias in YAML, not an expression
       |
    11 |   show: *x
       |         ^
       = help: put the expression in quotes: "*x"
    "#);
    insta::assert_snapshot!(broken("show: *x.lock()"), @r#"
    n.md:11:11: error: a value that begins with `*` is an alias in YAML, not an expression
       |
    11 |   show: *x.lock()
       |           ^
       = help: put the expression in quotes: "*x.lock()"
       = note: the YAML parser says: while scanning an alias, did not find expected alphabetic or numeric character
    "#);
    insta::assert_snapshot!(broken("a: &q [1]\nb: *q"), @r#"
    n.md:11:6: error: a value that begins with `&` is an anchor in YAML
       |
    11 |   a: &q [1]
       |      ^
       = help: put the expression in quotes: "&q [1]"
    "#);
    insta::assert_snapshot!(broken("!x"), @r#"
    n.md:11:3: error: a value that begins with `!` is a tag in YAML
       |
    11 |   !x
       |   ^
       = help: put the expression in quotes: "!x"
    "#);
}

#[test]
fn text_behind_a_quoted_value_is_left_over() {
    insta::assert_snapshot!(broken("show: \"a\".len()\nassert: true"), @r#"
    n.md:11:12: error: a value that begins with `"` must end with its partner
       |
    11 |   show: "a".len()
       |            ^ this is left over
       = help: put the expression in quotes: '"a".len()'
       = note: the YAML parser says: while parsing a block mapping, did not find expected key
    "#);
    insta::assert_snapshot!(broken("show: [1, 2].len()"), @r#"
    n.md:11:15: error: a value that begins with `[` must end with its partner
       |
    11 |   show: [1, 2].len()
       |               ^ this is left over
       = help: put the expression in quotes: "[1, 2].len()"
       = note: the YAML parser says: while parsing a block mapping, did not find expected key
    "#);
}

#[test]
fn what_is_not_ended_is_shown_where_it_begins() {
    insta::assert_snapshot!(broken("show: \"a\nassert: x"), @r#"
    n.md:11:9: error: this is not YAML: found unexpected end of stream
       |
    11 |   show: "a
       |         ^
       = note: the YAML parser says: while scanning a quoted scalar, found unexpected end of stream
    "#);
    insta::assert_snapshot!(broken("show: [a, b"), @r#"
    n.md:11:9: error: YAML cannot read this between brackets
       |
    11 |   show: [a, b
       |         ^
       = help: put quotes around each expression in `[…]` or `{…}`, or write one item a line
       = note: the YAML parser says: while parsing a flow sequence, did not find expected ',' or ']'
    "#);
}

#[test]
fn brackets_that_yaml_cannot_read_want_quotes() {
    insta::assert_snapshot!(broken("- {call: f([1, 2]), name: x}"), @r#"
    n.md:11:14: error: YAML cannot read this between brackets
       |
    11 |   - {call: f([1, 2]), name: x}
       |              ^
       = help: put quotes around each expression in `[…]` or `{…}`, or write one item a line
       = note: the YAML parser says: while parsing a flow mapping, did not find expected ',' or '}'
    "#);
    insta::assert_snapshot!(broken("show: [|x| x, 1]"), @r#"
    n.md:11:10: error: a value cannot begin with `|` in YAML
       |
    11 |   show: [|x| x, 1]
       |          ^
       = help: put the whole expression in quotes
       = note: the YAML parser says: while scanning for the next token, found character that cannot start any token
    "#);
}

#[test]
fn other_errors_of_syntax_have_a_place() {
    insta::assert_snapshot!(broken("workers:2\nmap: f"), @r#"
    n.md:12:6: error: YAML reads `: ` inside of a value as the start of a mapping
       |
    12 |   map: f
       |      ^ this colon
       = help: put the expression in quotes: "f"
    "#);
    insta::assert_snapshot!(broken("a: 1\n---\nb: 2"), @r#"
    n.md:12:3: error: a second YAML document begins here
       |
    12 |   ---
       |   ^^^
       = help: a cell holds one spec; give the second one a fence of its own
    "#);
    insta::assert_snapshot!(broken("[a]: 1"), @r#"
    n.md:11:3: error: a key must be a single word
       |
    11 |   [a]: 1
       |   ^
       = help: `[…]` and `{…}` before a colon are a list and a mapping as the key; put quotes around it if it is an expression
    "#);
    insta::assert_snapshot!(broken("a: \u{7}"), @r#"
    n.md:11:6: error: the character U+0007 may not stand in YAML
       |
    11 |   a: 
       |      ^
       = help: delete it; an editor may not show it
    "#);
    insta::assert_snapshot!(broken("a: 1\n b: 2"), @r#"
    n.md:12:5: error: YAML reads `: ` inside of a value as the start of a mapping
       |
    12 |    b: 2
       |     ^ this colon
       = help: put the expression in quotes: "2"
    "#);
}

#[test]
fn deep_nesting_is_an_error() {
    assert!(broken(&"[".repeat(1000)).contains("n.md:11:"));
    assert!(broken(&format!("{}{}", "[".repeat(200), "]".repeat(200))).contains("recursion limit"));
}
