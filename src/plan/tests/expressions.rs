//! The Rust at the leaves.

use super::*;

#[test]
fn a_bracket_without_partner_is_an_error_at_its_place() {
    insta::assert_snapshot!(wrong("spawn", "- process: job(1, 2"), @r#"
    n.md:2:15: error: this is not Rust: `(` has no partner
       |
     2 | - process: job(1, 2
       |               ^
    "#);
    insta::assert_snapshot!(wrong("spawn", "- job(1, 2))"), @r#"
    n.md:2:12: error: this is not Rust: `)` has no partner
       |
     2 | - job(1, 2))
       |            ^
    "#);
    insta::assert_snapshot!(wrong("spawn", "- job(\"(\", vec![1)"), @r#"
    n.md:2:18: error: this is not Rust: `)` has no partner
       |
     2 | - job("(", vec![1)
       |                  ^
    "#);
}

#[test]
fn an_error_of_syntax_stands_where_the_rust_stands() {
    insta::assert_snapshot!(wrong("spawn", "- \"job(1 2)\""), @r#"
    n.md:2:10: error: this is not Rust: expected `,`
       |
     2 | - "job(1 2)"
       |          ^
    "#);
    insta::assert_snapshot!(wrong("spawn", "jobs: [a()]\nshow: |\n  {\n    let = 1;\n  }"), @r#"
    n.md:5:9: error: this is not Rust: unexpected token
       |
     5 |     let = 1;
       |         ^
    "#);
    insta::assert_snapshot!(wrong("spawn", "jobs: [a()]\nassert: v ==\nshow: a b"), @r#"
    n.md:3:13: error: this is not Rust: unexpected end of input, expected an expression
       |
     3 | assert: v ==
       |             ^
    n.md:4:9: error: this is not Rust: unexpected token
       |
     4 | show: a b
       |         ^
    "#);
    // Between quotes of YAML, a character may be written in two.
    insta::assert_snapshot!(wrong("spawn", "- \"job(\\\"a\\\", 1 2)\""), @r#"
    n.md:2:17: error: this is not Rust: expected `,`
       |
     2 | - "job(\"a\", 1 2)"
       |                 ^
    "#);
    insta::assert_snapshot!(wrong("spawn", "jobs: [a()]\nshow: \"'x\""), @r#"
    n.md:3:10: error: this is not Rust: expected `:`
       |
     3 | show: "'x"
       |          ^
    "#);
    insta::assert_snapshot!(wrong("spawn", "jobs: [a()]\nshow: f(多, 1 2)"), @r#"
    n.md:3:14: error: this is not Rust: expected `,`
       |
     3 | show: f(多, 1 2)
       |               ^
    "#);
}

#[test]
fn an_expression_must_be_written() {
    insta::assert_snapshot!(wrong("spawn", "jobs: [a()]\nshow:\nassert: [1 == 1, '']"), @r#"
    n.md:3:6: error: `show` has no value
       |
     3 | show:
       |      ^
       = help: write a Rust expression
    n.md:4:18: error: `assert` has no value
       |
     4 | assert: [1 == 1, '']
       |                  ^^
       = help: write a Rust expression
    "#);
    insta::assert_snapshot!(wrong("pool", "map: f\nover: [1, 2]"), @r#"
    n.md:3:7: error: `over` is a Rust expression, and this is a list
       |
     3 | over: [1, 2]
       |       ^
       = help: an expression that begins with `[` or `{` needs quotes, or else YAML takes it for its own
    "#);
}

#[test]
fn a_call_that_yaml_splits_wants_quotes() {
    insta::assert_snapshot!(wrong("spawn", "- {call: sum(q, 2), name: p2}"), @r#"
    n.md:2:10: error: YAML splits `sum(q, 2)` at its comma
       |
     2 | - {call: sum(q, 2), name: p2}
       |          ^^^^^ only this far
       = help: put quotes around it: "sum(q, 2)"
       = help: or write one key a line, without the braces
    "#);
    insta::assert_snapshot!(wrong("spawn", "jobs: [sum(q, 1), sum(q, 2)]"), @r#"
    n.md:2:8: error: YAML splits `sum(q, 1)` at its comma
       |
     2 | jobs: [sum(q, 1), sum(q, 2)]
       |        ^^^^^ only this far
       = help: put quotes around it: "sum(q, 1)"
       = help: or write one item a line, each behind `- `
    "#);
    insta::assert_snapshot!(wrong("spawn", "jobs: [a(\"x, y\")]\nshow: {total: f(g(1, 2), 3)}"), @r#"
    n.md:2:8: error: YAML splits `a("x, y")` at its comma
       |
     2 | jobs: [a("x, y")]
       |        ^^^^ only this far
       = help: put quotes around it: 'a("x, y")'
       = help: or write one item a line, each behind `- `
    n.md:3:15: error: YAML splits `f(g(1, 2), 3)` at its comma
       |
     3 | show: {total: f(g(1, 2), 3)}
       |               ^^^^^ only this far
       = help: put quotes around it: "f(g(1, 2), 3)"
       = help: or write one key a line, without the braces
    "#);
    insta::assert_snapshot!(wrong("spawn", "jobs: [a()]\nshow: [move |a, b| a + b, 1]"), @r#"
    n.md:3:8: error: YAML splits `move |a, b| a + b` at its comma
       |
     3 | show: [move |a, b| a + b, 1]
       |        ^^^^^^^ only this far
       = help: put quotes around it: "move |a, b| a + b"
       = help: or write one item a line, each behind `- `
    "#);
}

#[test]
fn a_call_that_yaml_splits_at_a_colon_wants_quotes() {
    insta::assert_snapshot!(wrong("spawn", "- job(Point { x: 1 })\n- thread: b()"), @r#"
    n.md:2:3: error: YAML splits `job(Point { x: 1 })` at its colon
       |
     2 | - job(Point { x: 1 })
       |   ^^^^^^^^^^^^^ a key, for YAML
       = help: put quotes around it: "job(Point { x: 1 })"
    "#);
}

#[test]
fn a_comparison_in_brackets_is_not_split() {
    let plan = planned(&[("spawn", "jobs: [a()]\nassert: [a < b, c > d, x.len() <= 3, e(1)]")]);
    assert!(matches!(&plan.steps[0].work, StepKind::Spawn(spawn) if spawn.assert.len() == 4));
}

#[test]
fn a_comment_behind_an_expression_is_left_out() {
    let plan = planned(&[("spawn", "- job(1) # the first")]);
    assert!(matches!(&plan.steps[0].work, StepKind::Spawn(spawn) if spawn.jobs[0].call.text() == "job(1)"));
}

#[test]
fn an_expression_that_would_overflow_the_parser_is_refused() {
    let deep = [
        format!("{}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("{}1", "!".repeat(5000)),
        format!("{}1", "- ".repeat(4000)),
        format!("{}1", "&mut ".repeat(1500)),
        "return ".repeat(1400),
        "|a| ".repeat(2000),
        format!("{}1", "if a { 1 } else ".repeat(600)),
        "x".repeat(20_000),
    ];
    for text in deep {
        let report = wrong("spawn", &format!("jobs: [a()]\nshow: \"{text}\""));
        assert!(report.contains("too long or") || report.contains("may have"), "{report}");
    }
}

#[test]
fn an_expression_just_short_enough_does_not_overflow_the_parser() {
    let long = [
        format!("{}1", "!".repeat(398)),
        format!("{}1", "&mut ".repeat(198)),
        "return ".repeat(398),
        format!("{}1", "|a| ".repeat(99)),
        format!("{}{{}}", "if a {} else ".repeat(99)),
        format!("1{}", " + a".repeat(199)),
        format!("a{}", ".b()".repeat(99)),
        format!("a::<{}u8{}>()", "Vec<".repeat(130), ">".repeat(130)),
        format!("1 as {}u8", "&".repeat(390)),
        format!("{}1{}", "f(!".repeat(32), ")".repeat(32)),
        format!("[{}]", "1, ".repeat(3000)),
    ];
    for text in long {
        planned(&[("spawn", &format!("jobs: [a()]\nshow: \"{text}\""))]);
    }
}

#[test]
fn an_expression_that_a_comment_cuts_wants_quotes() {
    insta::assert_snapshot!(wrong("spawn", "- job(\"a #b\")"), @r#"
    n.md:2:6: error: this is not Rust: `(` has no partner
       |
     2 | - job("a #b")
       |      ^
       = help: YAML takes ` #` for the beginning of a comment: put quotes around the expression
    "#);
}

#[test]
fn a_function_that_is_named_and_not_called_is_an_error() {
    insta::assert_snapshot!(wrong("spawn", "- job\n- process: (a::job::<i32>)"), @r#"
    n.md:2:3: error: `job` is named here, and not called
       |
     2 | - job
       |   ^^^
       = help: write `job()`, with its arguments
    n.md:3:12: error: `(a::job::<i32>)` is named here, and not called
       |
     3 | - process: (a::job::<i32>)
       |            ^^^^^^^^^^^^^^^
       = help: write `(a::job::<i32>)()`, with its arguments
    "#);
    insta::assert_snapshot!(wrong("pool", "map: f\nover: 0..3\ninitializer: ready"), @r#"
    n.md:4:14: error: `ready` is named here, and not called
       |
     4 | initializer: ready
       |              ^^^^^
       = help: write `ready()`, with its arguments
    "#);
    insta::assert_snapshot!(wrong("spawn", "- \"|| job(1)\""), @r#"
    n.md:2:4: error: a closure is made here, and not called
       |
     2 | - "|| job(1)"
       |    ^^^^^^^^^
       = help: write only what it is to do, without the `|…|` before it
    "#);
}

#[test]
fn a_semicolon_behind_an_expression_says_how_to_do_several_things() {
    insta::assert_snapshot!(wrong("spawn", "- job(1);\n- a(); b()"), @r#"
    n.md:2:9: error: an expression ends without a `;`
       |
     2 | - job(1);
       |         ^
       = help: leave it out; to do several things, put a block in quotes: "{ first(); second() }"
    n.md:3:6: error: an expression ends without a `;`
       |
     3 | - a(); b()
       |      ^
       = help: leave it out; to do several things, put a block in quotes: "{ first(); second() }"
    "#);
}
