//! Facts about what is said of broken YAML.

use super::*;

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
    n.md:12:8: error: a value that begins with `|` is a block of text in YAML
       |
    12 |   map: |x: i64| x * x
       |        ^
       = help: put quotes around it: "|x: i64| x * x"
    "#);
}

#[test]
fn a_colon_inside_of_an_expression_wants_quotes() {
    insta::assert_snapshot!(broken("map: move |x: i64| x * x\nover: 0..3"), @r#"
    n.md:11:15: error: YAML reads `: ` inside of a value as the start of a mapping
       |
    11 |   map: move |x: i64| x * x
       |               ^ this colon
       = help: put quotes around it: "move |x: i64| x * x"
    "#);
    insta::assert_snapshot!(broken("- job(Point { x: \"a\" })"), @r#"
    n.md:11:18: error: YAML reads `: ` inside of a value as the start of a mapping
       |
    11 |   - job(Point { x: "a" })
       |                  ^ this colon
       = help: put quotes around it: 'job(Point { x: "a" })'
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
    "#);
    insta::assert_snapshot!(broken("jobs:\n  - call: a\n\tname: b"), @r#"
    n.md:13:3: error: YAML is indented with spaces, not with tabs
       |
    13 |   	name: b
       |   ^ a tab
       = help: use two spaces
    "#);
}

#[test]
fn prefix_operators_want_quotes() {
    insta::assert_snapshot!(broken("assert: !e.is_set()"), @r#"
    n.md:11:11: error: a value that begins with `!` is a tag in YAML
       |
    11 |   assert: !e.is_set()
       |           ^
       = help: put quotes around it: "!e.is_set()"
    "#);
    insta::assert_snapshot!(broken("- f\n- !e"), @r#"
    n.md:12:5: error: a value that begins with `!` is a tag in YAML
       |
    12 |   - !e
       |     ^
       = help: put quotes around it: "!e"
    "#);
    insta::assert_snapshot!(broken("show: &x"), @r#"
    n.md:11:9: error: a value that begins with `&` is an anchor in YAML
       |
    11 |   show: &x
       |         ^
       = help: put quotes around it: "&x"
    "#);
    insta::assert_snapshot!(broken("show: &[1, 2]"), @r#"
    n.md:11:9: error: a value that begins with `&` is an anchor in YAML
       |
    11 |   show: &[1, 2]
       |         ^
       = help: put quotes around it: "&[1, 2]"
    "#);
    insta::assert_snapshot!(broken("show: *x"), @r#"
    n.md:11:9: error: a value that begins with `*` is an alias in YAML
       |
    11 |   show: *x
       |         ^
       = help: put quotes around it: "*x"
    "#);
    insta::assert_snapshot!(broken("show: *x.lock()"), @r#"
    n.md:11:9: error: a value that begins with `*` is an alias in YAML
       |
    11 |   show: *x.lock()
       |         ^
       = help: put quotes around it: "*x.lock()"
    "#);
    insta::assert_snapshot!(broken("a: &q [1]\nb: *q"), @r#"
    n.md:11:6: error: a value that begins with `&` is an anchor in YAML
       |
    11 |   a: &q [1]
       |      ^
       = help: put quotes around it: "&q [1]"
    "#);
    insta::assert_snapshot!(broken("!x"), @r#"
    n.md:11:3: error: a value that begins with `!` is a tag in YAML
       |
    11 |   !x
       |   ^
       = help: put quotes around it: "!x"
    "#);
}

#[test]
fn text_behind_a_quoted_value_is_left_over() {
    insta::assert_snapshot!(broken("show: \"a\".len()\nassert: true"), @r#"
    n.md:11:12: error: YAML ends a value that begins with `"` at its `"`
       |
    11 |   show: "a".len()
       |            ^ this is left over
       = help: put quotes around it: '"a".len()'
    "#);
    insta::assert_snapshot!(broken("show: [1, 2].len()"), @r#"
    n.md:11:15: error: YAML ends a value that begins with `[` at its `]`
       |
    11 |   show: [1, 2].len()
       |               ^ this is left over
       = help: put quotes around it: "[1, 2].len()"
    "#);
}

#[test]
fn what_is_not_ended_is_shown_where_it_begins() {
    insta::assert_snapshot!(broken("show: \"a\nassert: x"), @r#"
    n.md:11:9: error: this `"` has no partner
       |
    11 |   show: "a
       |         ^
    "#);
    insta::assert_snapshot!(broken("show: [a, b"), @r#"
    n.md:11:9: error: this `[` has no partner
       |
    11 |   show: [a, b
       |         ^
    "#);
}

#[test]
fn brackets_that_yaml_cannot_read_want_quotes() {
    insta::assert_snapshot!(broken("- {call: f([1, 2]), name: x}"), @r#"
    n.md:11:14: error: YAML cannot read this between brackets
       |
    11 |   - {call: f([1, 2]), name: x}
       |              ^
       = help: put quotes around each value in `[…]` or `{…}`, or write one item a line
    "#);
    insta::assert_snapshot!(broken("show: [|x| x, 1]"), @r#"
    n.md:11:10: error: a value cannot begin with `|` in YAML
       |
    11 |   show: [|x| x, 1]
       |          ^
       = help: put quotes around the whole value
    "#);
}

#[test]
fn other_errors_of_syntax_have_a_place() {
    insta::assert_snapshot!(broken("workers:2\nmap: f"), @r#"
    n.md:11:11: error: YAML wants an ordinary colon and a space behind a key
       |
    11 |   workers:2
       |           ^ here
       = help: write `workers: 2`
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
       = help: `[…]` and `{…}` before a colon are a list and a mapping as the key; put quotes around it if it is one text
    "#);
    insta::assert_snapshot!(broken("a: \u{7}"), @r#"
    n.md:11:6: error: the character U+0007 may not stand in YAML
       |
    11 |   a: 
       |      ^
       = help: delete it; an editor may not show it
    "#);
    insta::assert_snapshot!(broken("a: x\n b:\n - 2"), @r#"
    n.md:12:5: error: YAML takes this line for a part of the value above it
       |
    12 |    b:
       |     ^ this colon
       = help: indent it like the keys above it, and put quotes around a value of several lines
    "#);
    insta::assert_snapshot!(broken("a x\nb:\n - 2"), @r#"
    n.md:11:3: error: this line has no `: `, and the next goes on with it
       |
    11 |   a x
       |   ^
       = help: write `key: value`
    "#);
    insta::assert_snapshot!(broken("a x\n\nb: 3"), @r#"
    n.md:11:3: error: this line has no `: `, and the next goes on with it
       |
    11 |   a x
       |   ^
       = help: write `key: value`
    "#);
    insta::assert_snapshot!(broken("a: 1\n b: 2"), @r#"
    n.md:12:5: error: YAML takes this line for a part of the value above it
       |
    12 |    b: 2
       |     ^ this colon
       = help: indent it like the keys above it, and put quotes around a value of several lines
    "#);
}

#[test]
fn deep_nesting_is_an_error() {
    assert!(broken(&"[".repeat(1000)).contains("n.md:11:"));
    assert!(broken(&format!("{}{}", "[".repeat(200), "]".repeat(200))).contains("recursion limit"));
}
