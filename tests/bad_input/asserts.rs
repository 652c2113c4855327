//! An `assert` that compares and does not hold: both sides are told, and nothing else about it changes.

use super::{Run, failed};

const JOBS: &str = "```rust job
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
static CALLS: AtomicU32 = AtomicU32::new(0);
fn next() -> u32 { CALLS.fetch_add(1, SeqCst) }
#[derive(PartialEq)]
struct Secret(i32);
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Packed { tag: u8, number: u32 }
static PACKED: Packed = Packed { tag: 1, number: 2 };
struct Loud(i32);
impl PartialEq for Loud { fn eq(&self, other: &Loud) -> bool { self.0 == other.0 } }
impl std::fmt::Debug for Loud {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { eprintln!(\"rendered {}\", self.0); write!(f, \"loud\") }
}
fn nothing() {}
```
```yaml value
v: i32
```
";

/// A cell that makes these assertions.
fn cell(asserts: &[&str]) -> String {
    let asserts: Vec<String> = asserts.iter().map(|assert| format!("- '{assert}'\n")).collect();
    format!("{JOBS}```yaml spawn\njobs: [nothing()]\nassert:\n{}```\n", asserts.concat())
}

#[test]
fn both_sides_of_every_comparison_that_fails_are_told() {
    let cases = [
        ("1 + 1 == 3", "2", "3"),
        ("v.get() != 0", "0", "0"),
        ("2 < 1", "2", "1"),
        ("2 <= 1", "2", "1"),
        ("1 > v.get() + 1", "1", "1"),
        ("vec![1, 2].len() >= 3", "2", "3"),
        ("\"a\" == String::from(\"b\")", "\"a\"", "\"b\""),
        ("0.1 + 0.2 == 0.3", "0.30000000000000004", "0.3"),
        ("vec![1, 2] == []", "[1, 2]", "[]"),
        ("Some(1_u8) == None", "Some(1)", "None"),
        ("*\"http://a\" == *\"b\"", "\"http://a\"", "\"b\""),
        ("if true { 1 } else { 2 } == { 3 }", "1", "3"),
        ("(1 == 1) == false", "true", "false"),
    ];
    let asserts: Vec<&str> = cases.iter().map(|(assert, ..)| *assert).collect();
    let outcome = failed(&cell(&asserts));
    for (assert, left, right) in cases {
        let head = format!("error: this does not hold: {assert}\n");
        let told = outcome.stderr.split(&head).nth(1).unwrap_or_default().split("error:").next().unwrap_or_default();
        assert!(told.contains(&format!("\n   = left: {left}\n   = right: {right}\n")), "{assert}: {}", outcome.stderr);
    }
}

#[test]
fn each_side_is_evaluated_once_and_the_left_one_first() {
    failed(&cell(&["next() == next()", "next() == 2", "next() - 3 == next()"]))
        .stderr_has_all(&["this does not hold: next() == next()", "= left: 0\n", "= right: 1\n"])
        .stderr_lacks("not hold: next() == 2")
        .stderr_has_all(&["this does not hold: next() - 3", "= left: 0\n", "= right: 4\n"]);
}

#[test]
fn values_are_rendered_only_where_the_comparison_fails() {
    let outcome = failed(&cell(&["Loud(1) == Loud(1)", "Loud(1) == Loud(2)"]));
    let record = outcome.record("a.json");
    let said: Vec<&str> = record.cells[2].runs[0].output.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(said, ["rendered 1", "rendered 2"]);
    outcome.stderr_has_all(&["= left: loud", "= right: loud"]);
}

#[test]
fn sides_that_cannot_be_shown_or_borrowed_are_not_told() {
    for assert in ["Secret(1) == Secret(2)", "Some(Secret(1)) == None", "PACKED.number == 3"] {
        failed(&cell(&[assert])).stderr_has(&format!("this does not hold: {assert}")).stderr_lacks("left:");
    }
    // Nor are those of what is no comparison.
    failed(&cell(&["!(1 == 1)", "1 == 2 && true"])).stderr_lacks("left:");
}

#[test]
fn what_does_not_compile_in_a_comparison_is_told_at_its_own_place() {
    for (assert, error) in [
        ("v.get() == true", "error: mismatched types"),
        ("v.get() == nowhere", "error: cannot find value `nowhere`"),
        ("Secret(1) < Secret(2)", "error: binary operation `<` cannot be applied to type `Secret`"),
    ] {
        let column = 4 + if error.contains("binary") { 10 } else { 11 };
        let outcome = Run::new().notebook("a.md", &cell(&[assert])).run().code(2).stderr_lacks("__nb");
        let outcome = outcome.stderr_has(&format!("a.md:24:{column}: {error}"));
        assert_eq!(outcome.stderr.matches("error: ").count(), 1, "{}", outcome.stderr);
    }
    let outcome = Run::new().notebook("a.md", &cell(&["1 < 2 == true"])).run();
    outcome.code(2).stderr_has("comparison operators cannot be chained");
}

#[test]
fn the_compiler_still_warns_of_a_comparison_that_is_useless() {
    let outcome = Run::new().notebook("a.md", &cell(&["next() >= 0"])).run().code(0);
    assert_eq!(outcome.stderr.matches("comparison is useless due to type limits").count(), 1, "{}", outcome.stderr);
}

#[test]
fn a_side_that_is_very_long_is_cut() {
    let outcome = failed(&cell(&["vec![7; 100_000] == [0; 3]"]));
    assert!(outcome.stderr.len() < 10_000);
    outcome.stderr_has_all(&["= left: [7, 7, ", "… (the rest is left out)\n", "= right: [0, 0, 0]\n"]);
}

#[test]
fn the_sides_are_told_of_every_kind_of_run() {
    let spawn =
        |options: &str| format!("{JOBS}```yaml spawn\n{options}\njobs: [v.set(1)]\nassert: v.get() == 7\n```\n");
    for (options, head) in [
        ("repeat: 3", "run 1: this does not hold"),
        ("executor: [thread, process]", "under `thread`: this does not hold"),
        ("explore: all", "in the only interleaving: this does not hold"),
        ("replay: 1", "error: this does not hold"),
    ] {
        failed(&spawn(options)).stderr_has_all(&[head, "= left: 1\n", "= right: 7\n"]);
    }
    let pool = "```yaml pool\nsweep: {workers: [1, 2]}\nmap: \"|i: i32| i\"\nover: 0..3\nassert: v.get() == 7\n```\n";
    failed(&format!("{JOBS}{pool}")).stderr_has_all(&["with 2 workers: this", "= left: 0\n", "= right: 7\n"]);
}

#[test]
fn an_exploration_tells_the_sides_of_the_simplest_interleaving() {
    let jobs = "```rust job\nfn add(v: Value<i32>) { v.set(v.get() + 1); }\n```\n```yaml value\nv: i32\n```\n";
    let outcome =
        failed(&format!("{jobs}```yaml spawn\nexplore: all\njobs: [add(v), add(v)]\nassert: v.get() == 2\n```\n"));
    outcome.stderr_has_all(&["this does not hold: v.get() == 2", "= left: 1\n", "= right: 2\n", "the simplest has"]);
}

#[test]
fn the_page_names_both_sides_in_its_language() {
    let text = cell(&["\"<a>\" == \"b\""]);
    let page = failed(&text).page();
    for side in ["<b>left:</b> <code>&quot;&lt;a&gt;&quot;</code>", "<b>right:</b> <code>&quot;b&quot;</code>"] {
        assert!(page.contains(side), "{side}");
    }
    let page = failed(&format!("---\nlang: zh\n---\n\n{text}")).page();
    assert!(page.contains("<b lang=\"zh\">左边：</b><code>&quot;&lt;a&gt;&quot;</code>"));
    assert!(page.contains("<b lang=\"zh\">右边：</b><code>&quot;b&quot;</code>"));
}
