//! Spec cells as wholes: what is reported, and where.

use super::*;

#[test]
fn a_step_stands_for_each_cell() {
    let plan = planned(&[("job", "fn job() {}"), ("queue", "q: i64"), ("spawn", "- job()")]);
    let kinds: Vec<String> =
        plan.steps.iter().map(|step| format!("{} {} {}", step.cell, step.kind, step.line)).collect();
    assert_eq!(kinds, ["0 job 1", "1 queue 5", "2 spawn 9"]);
    assert_eq!(plan.steps[0].work, StepKind::Jobs(Snippet::one_line("fn job() {}", 2, 1)));
    assert_eq!(plan.steps[1].work, StepKind::Declare(vec![0]));
}

#[test]
fn settings_come_from_the_front_matter() {
    let mut notebook = notebook(&[]);
    notebook.front_matter.nbrun.timeout = Some(std::time::Duration::from_secs(5));
    assert_eq!(plan(&notebook).map(|plan| plan.settings.timeout), Ok(Some(std::time::Duration::from_secs(5))));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let report = wrong_cells(&[("value", "v: u128\nw: bool"), ("pool", "workers: 0"), ("spawn", "- a(")]);
    let places: Vec<&str> = report.lines().filter(|line| line.contains(": error: ")).collect();
    assert_eq!(places.len(), 5, "{report}");
    for (place, start) in places.iter().zip(["n.md:2:4", "n.md:3:4", "n.md:7:1:", "n.md:7:10", "n.md:11:4"]) {
        assert!(place.starts_with(start), "{report}");
    }
}

#[test]
fn an_empty_cell_shows_an_example_of_its_kind() {
    insta::assert_snapshot!(wrong("pool", "# nothing"), @r#"
    n.md:1:1: error: this pool cell is empty
       |
     1 | ```yaml pool
       | ^^^^^^^^^^^^
       = help: write for example
               workers: 2
               map: square
               over: 0..10
       = note: the kinds of spec are `spawn`, `queue`, `pool`, `value`, `array` and `lock`
    "#);
    for kind in SpecKind::ALL {
        assert!(wrong(kind.as_str(), "").contains("is empty"), "{kind}");
        planned(&[(kind.as_str(), super::super::declare::example(kind))]);
    }
}

#[test]
fn an_empty_cell_is_marked_at_its_fence_however_the_lines_before_it_end() {
    let text = "one, two\rand three\r\rfour\n\n```yaml value\r```\r";
    let notebook = crate::notebook::parse("n.md", text.to_owned()).expect("a notebook");
    let errors = plan(&notebook).expect_err("an empty cell");
    let place = errors[0].place.clone().expect("a place");
    assert_eq!((place.line, place.column, place.width), (6, 1, 13));
    assert_eq!(place.text, "```yaml value");
}

#[test]
fn an_error_that_is_expected_is_the_outcome_of_its_cell() {
    let plan = planned(&[
        ("array", "a: {type: i, init: [[1, 2], [3, 4]]}\nexpect: {error: one dimension}"),
        ("lock", "l: lock"),
    ]);
    let StepKind::ExpectedError(diagnostic) = &plan.steps[0].work else { panic!("{plan:?}") };
    assert!(diagnostic.message.contains("`init[0]` is a list"), "{diagnostic}");
    assert_eq!(plan.resources.len(), 1);
    assert_eq!(plan.steps[1].work, StepKind::Declare(vec![0]));
}

#[test]
fn another_error_than_the_expected_is_reported() {
    insta::assert_snapshot!(wrong("value", "v: {type: b, init: 300}\nexpect: {error: one dimension}"), @r#"
    n.md:2:20: error: 300 does not fit i8 (-128 to 127)
       |
     2 | v: {type: b, init: 300}
       |                    ^^^
       = note: C would wrap it silently
       = note: this cell expects an error that says: one dimension
    "#);
}

#[test]
fn a_cell_that_is_right_may_still_expect_an_error() {
    let step = planned(&[("pool", "apply: f(0)\nexpect: {error: divided by zero}")]).steps.remove(0);
    assert!(matches!(step.work, StepKind::Pool(_)));
    assert_eq!(step.options.expect, Some(Expect::Error("divided by zero".to_owned())));
}

#[test]
fn a_split_call_may_be_expected() {
    let text = "jobs: [sum(q, 1), sum(q, 2)]\nexpect: {error: YAML splits}";
    assert!(matches!(work("spawn", text), StepKind::ExpectedError(_)));
}

/// Where the time grew with the square of the text, these would take hours.
#[test]
fn many_mistakes_and_many_resources_are_read_in_one_pass() {
    let lines = |line: &dyn Fn(usize) -> String| (0..100_000).map(line).collect::<String>();
    for (kind, text) in [
        ("spawn", lines(&|n| format!("k{n}: 1\n"))),
        ("value", lines(&|n| format!("v{n}: x\n"))),
        ("value", format!("{{{}}}", lines(&|n| format!("v{n}: x, ")))),
    ] {
        let told = wrong(kind, &text);
        let last = told.lines().last().unwrap_or_default();
        assert!(last.starts_with("error: and 99,9") && last.ends_with(" more"), "{last}");
    }
    let told = wrong("lock", &lines(&|n| format!("l{n}: lock\n")));
    assert!(told.starts_with("n.md:10002:1: error: a notebook may declare 10000 resources"), "{}", &told[..200]);
    let names: Vec<String> = (0..4000).map(|n| format!("q{n}: i64\nr: i64")).collect();
    let cells: Vec<(&str, &str)> = names.iter().map(|text| ("queue", text.as_str())).collect();
    let plan = planned(&cells);
    let seen: usize = (0..4000).step_by(40).map(|cell| plan.visible_resources(cell).len()).sum();
    assert_eq!(seen, (1..100).map(|n| n * 40 + 1).sum::<usize>());
}

#[test]
fn a_cell_that_has_no_position_is_refused() {
    let cells = vec![("job", ""); packed::MAX_CELLS as usize + 1];
    assert_eq!(planned(&cells[1..]).steps.len(), 8192);
    let told = wrong_cells(&cells);
    assert!(told.starts_with("n.md:24577:1: error: a notebook may have 8192 cells, and this is one more\n"), "{told}");
    let lines = |count: u32| "\n".repeat(count as usize);
    assert_eq!(planned(&[("job", &lines(packed::MAX_LINES))]).steps.len(), 1);
    let told = wrong("job", &lines(packed::MAX_LINES + 1));
    assert!(told.starts_with("n.md:1:1: error: a cell may have 524287 lines, and this one has more\n"), "{told}");
}
