//! Facts about solutions and about notebooks without them.

use super::super::solutions::lints;
use super::*;
use crate::notebook::Role;
use proptest::prelude::*;

fn notebook(text: &str) -> Notebook {
    parse("a.md", text.to_owned()).unwrap_or_else(|errors| panic!("{}", errors[0]))
}

/// The parts of a text that belong to solutions.
fn parts(text: &str) -> Vec<(&str, bool)> {
    solutions(&notebook(text)).into_iter().map(|part| (&text[part.bytes], part.is_folded)).collect()
}

/// A text without its solutions.
fn stripped(text: &str) -> String {
    let read = without_solutions("a.md", text.to_owned()).unwrap_or_else(|errors| panic!("{}", errors[0]));
    read.left_out.map_or(read.text, |left_out| left_out.text)
}

const JOB: &str = "```rust job solution\nfn a() {}\n```";
const SPEC: &str = "```yaml spawn solution\n- thread: a()\n```";
const EXERCISE: &str = "```yaml spawn exercise\n- thread: a()\n```";

#[test]
fn what_the_author_folds_around_solutions_is_one_part_with_its_prose() {
    let folded = format!("<details>\n<summary>Solution</summary>\n\nWhy.\n\n{JOB}\n\n{SPEC}\n\n</details>");
    let text = format!("## A\n\n{EXERCISE}\n\n{folded}\n\nend\n");
    assert_eq!(parts(&text), [(folded.as_str(), true)]);
    assert_eq!(stripped(&text), format!("## A\n\n{EXERCISE}\n\nend\n"));
}

#[test]
fn a_part_is_the_largest_that_holds_nothing_but_solutions() {
    let inner = format!("<details>\n\n{JOB}\n\n</details>");
    let outer = format!("<details>\n\nHint.\n\n{inner}\n\n</details>");
    assert_eq!(parts(&outer), [(outer.as_str(), true)]);
    let all = format!("<details>\n\n{EXERCISE}\n\n{inner}\n\n</details>\n");
    assert_eq!(parts(&all), [(inner.as_str(), true)]);
    let bare = format!("<details>\n\n{EXERCISE}\n\n{JOB}\n\n</details>\n");
    assert_eq!(parts(&bare), [(JOB, false)]);
}

#[test]
fn solutions_that_nobody_folds_are_one_part_up_to_a_heading_or_cell() {
    let saved = format!("{SPEC}\n\n```text output\nx\n```");
    assert_eq!(
        parts(&format!("a\n\n{JOB}\n\nb\n\n{saved}\n\nc\n")),
        [(format!("{JOB}\n\nb\n\n{saved}").as_str(), false)]
    );
    for between in ["## b", "b\n---", "<hr>", EXERCISE] {
        assert_eq!(parts(&format!("{JOB}\n\n{between}\n\n{SPEC}\n")), [(JOB, false), (SPEC, false)], "{between}");
    }
    let list = "- ```rust job solution\n  fn a() {}\n  ```\n- ```rust job solution\n  fn b() {}\n  ```";
    assert_eq!(parts(list).len(), 2, "items of a list are parts of their own");
}

#[test]
fn prose_alone_may_be_a_solution() {
    let part = "<details class=\"solution\">\n\nThink.\n\n</details>";
    assert_eq!(parts(&format!("a\n\n{part}\n")), [(part, true)]);
    assert_eq!(stripped(&format!("a\n\n{part}\n")), "a\n");
}

#[test]
fn a_tag_around_a_solution_may_stand_on_several_lines() {
    let part = format!("<details\n  class=\"solution\"\n>\n\nThink.\n\n{JOB}\n\n</details>");
    assert_eq!(stripped(&format!("a\n\n{part}\n\nb\n")), "a\n\nb\n");
}

#[test]
fn a_solution_that_could_not_be_found_whole_is_an_error_at_its_tag() {
    let error =
        |text: &str| parse("a.md", text.to_owned()).map_or_else(|errors| errors[0].to_string(), |_| String::new());
    let endless = "a.md:3:1: error: this `<details>` around a solution has no end";
    assert!(error("a\n\n<details class=solution>\n\nThink.\n").starts_with(endless));
    assert!(error(&format!("a\n\n<details>\n\n{JOB}\n")).starts_with(endless));
    let broken = "a.md:3:1: error: this tag has no end, so nothing is folded by it";
    assert!(error("a\n\n<details class=\"solution>\n\nThink.\n\n</details>\n").starts_with(broken));
    assert!(error(&format!("a\n\n<details\n\n{JOB}\n\n</details>\n")).starts_with(broken));
    for fine in ["<details>\n\nA solution.\n", "<details\n\nA solution.\n", &format!("{JOB}\n\n<details>\n\na\n")] {
        assert_eq!(error(fine), "", "{fine}");
    }
}

#[test]
fn one_empty_line_is_left_where_a_solution_stood() {
    for (text, left) in [
        (format!("a\n\n{JOB}\n\nb\n"), "a\n\nb\n"),
        (format!("a\n\n\n{JOB}\n\n\n\nb\n"), "a\n\nb\n"),
        (format!("a\n{JOB}\nb\n"), "a\nb\n"),
        (format!("a\n{JOB}\n\nb\n"), "a\n\nb\n"),
        (format!("{JOB}\n\nb\n"), "b\n"),
        (format!("a\n\n{JOB}"), "a\n"),
        (format!("a\n\n{JOB}\n\n## b\n\n{SPEC}\n\n\n"), "a\n\n## b\n"),
        (format!("---\ntitle: A\n---\n\n{JOB}\n\nb\n"), "---\ntitle: A\n---\n\nb\n"),
        (format!("> a\n>\n> {}\n>\n> b\n", JOB.replace('\n', "\n> ")), "> a\n>\n> b\n"),
        (format!("1. a\n\n   {}\n\n   b\n", JOB.replace('\n', "\n   ")), "1. a\n\n   b\n"),
    ] {
        assert_eq!(stripped(&text), left, "{text:?}");
        let windows = text.replace('\n', "\r\n");
        assert_eq!(stripped(&windows), left.replace('\n', "\r\n"), "{windows:?}");
    }
}

#[test]
fn a_notebook_without_its_solutions_keeps_the_numbers_of_its_lines() {
    let text = format!("a\n\n<details>\n\n{JOB}\n\n</details>\n\n{EXERCISE}\n");
    let [whole, rest] = [notebook(&text), without_solutions("a.md", text.clone()).expect("a notebook")];
    assert_eq!((rest.cells.len(), rest.cells[0].line), (1, whole.cells[1].line));
    let left_out = rest.left_out.expect("what is left out");
    assert_eq!((left_out.cells[0].line, left_out.text.lines().count()), (5, 5));
    assert!(!rest.text.contains("details") && rest.text.lines().count() == text.lines().count());
}

#[test]
fn a_cell_folded_with_a_solution_must_say_that_it_belongs_to_it() {
    let text = format!("a\n\n<details>\n\n```rust job\nfn b() {{}}\n```\n\n{JOB}\n\n</details>\n");
    let errors = parse("a.md", text).expect_err("an error");
    let error = errors[0].to_string();
    assert!(error.starts_with("a.md:5:1: error: this cell is folded together with a solution"), "{error}");
    assert!(error.contains("a.md:3:1: what is folded begins here") && error.contains("add `solution`"), "{error}");
}

#[test]
fn a_solution_without_an_exercise_before_it_is_worth_a_word() {
    let told = |text: &str| lints(&notebook(text)).iter().map(ToString::to_string).collect::<String>();
    assert!(told(&format!("{JOB}\n\n{EXERCISE}\n")).starts_with("a.md:1:1: warning: a solution, and no exercise"));
    assert!(told(&format!("{EXERCISE}\n\n{JOB}\n")).is_empty() && told(EXERCISE).is_empty());
}

/// A block of a notebook.
fn block() -> impl Strategy<Value = String> {
    let folded = |inside: &str| format!("<details>\n<summary>S</summary>\n\n{inside}\n\n</details>");
    let quoted = |block: &str| format!("> {}", block.replace('\n', "\n> "));
    let listed = |block: &str| format!("- a\n\n  {}", block.replace('\n', "\n  "));
    let both = format!("{JOB}\n\nWhy?\n\n{SPEC}");
    prop::sample::select(vec![
        "Prose\nof lines.".to_owned(),
        "# Heading".to_owned(),
        "- a\n- b".to_owned(),
        "<div>\n\nb\n\n</div>".to_owned(),
        "```rust\nfn shown() {}\n```".to_owned(),
        "```rust job\nfn c() {}\n```".to_owned(),
        EXERCISE.to_owned(),
        format!("{EXERCISE}\n\n```text output\nx\n```"),
        folded("Only prose."),
        JOB.to_owned(),
        both.clone(),
        folded(&both),
        folded(&format!("{JOB}\n\n```text output\nx\n```")),
        quoted(&folded(JOB)),
        quoted(JOB),
        listed(&folded(&both)),
        listed(JOB),
    ])
}

/// The usual number of cases; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn property_of_a_text_without_its_solutions_nothing_else_is_missing(
        blocks in prop::collection::vec(block(), 0..12),
        ending in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let text = (blocks.join("\n\n") + "\n").replace('\n', ending);
        let whole = notebook(&text);
        let left = stripped(&text);
        prop_assert_eq!(stripped(&left), left.clone(), "it is left as it is");
        let has_none = whole.cells.iter().all(|cell| cell.role != Some(Role::Solution));
        prop_assert!(!has_none || left == text, "where there are none, nothing changes");
        let blank = format!("{ending}{ending}{ending}");
        prop_assert!(!left.contains(&blank), "{}", left);
        let mut lines = text.split_inclusive('\n');
        prop_assert!(left.split_inclusive('\n').all(|line| lines.any(|of_text| of_text == line)), "{}", left);
        let code = |notebook: &Notebook| -> Vec<String> {
            let rest = notebook.cells.iter().filter(|cell| cell.role != Some(Role::Solution));
            rest.map(|cell| cell.code.text()).collect()
        };
        prop_assert_eq!(code(&notebook(&left)), code(&whole));
    }
}
