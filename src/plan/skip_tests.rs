//! Which cells a plan leaves out.

use super::*;
use crate::notebook::parse;
use crate::plan::plan;

/// A notebook with these cells, each a fence and its code.
fn notebook(cells: &[(&str, &str)]) -> Notebook {
    let text: String = cells.iter().map(|(fence, code)| format!("```{fence}\n{code}\n```\n\n")).collect();
    parse("a.md", text).unwrap_or_else(|errors| panic!("{}", errors[0]))
}

/// What becomes of each cell: its number if it stays, and else why not.
fn fates(plan: &Plan) -> String {
    let fate = |step: &Step| match &step.work {
        StepKind::Skipped(Skipped { reason: SkipReason::Marked, .. }) => "skip".to_owned(),
        StepKind::Skipped(Skipped { reason: SkipReason::Needs(cell), .. }) => format!("needs {}", cell + 1),
        StepKind::Skipped(Skipped { reason: SkipReason::NotAsked, .. }) => "-".to_owned(),
        _ => (step.cell + 1).to_string(),
    };
    plan.steps.iter().map(fate).collect::<Vec<_>>().join(", ")
}

fn skipped(cells: &[(&str, &str)]) -> String {
    let plan = plan(&notebook(cells)).unwrap_or_else(|errors| panic!("{}", errors[0]));
    for (id, resource) in (0..).zip(&plan.resources) {
        assert_eq!(resource.id, id);
        assert!(matches!(&plan.steps[resource.cell].work, StepKind::Declare(ids) if ids.contains(&id)));
    }
    fates(&plan)
}

/// Which cells are left if only the one of this number is asked for.
fn only(number: usize, cells: &[(&str, &str)]) -> String {
    let notebook = notebook(cells);
    let mut plan = plan(&notebook).unwrap_or_else(|errors| panic!("{}", errors[0]));
    plan.keep_only(&notebook, number - 1);
    let left = plan.steps.iter().filter(|step| !step.is_skipped()).count();
    assert_eq!(left, plan.asked());
    fates(&plan)
}

const JOB: &str = "rust job";
const SKIP: &str = "rust job skip";
const SPAWN: &str = "yaml spawn";
const VALUE: &str = "yaml value";

#[test]
fn who_mentions_what_a_skipped_job_cell_defines_is_skipped() {
    let cells =
        [(SKIP, "fn job() {}"), (SPAWN, "- thread: job()"), (JOB, "fn other() {}"), (SPAWN, "[thread: other()]")];
    assert_eq!(skipped(&cells), "skip, needs 1, 3, 4");
    let chain =
        [(SKIP, "struct A;"), (JOB, "fn make() -> A { A }"), (SPAWN, "- thread: make()"), (JOB, "fn free() {}")];
    assert_eq!(skipped(&chain), "skip, needs 1, needs 2, 4");
    let macros = [(SKIP, "macro_rules! two { () => { 2 } }"), (JOB, "fn job() -> i32 { two!() }"), (JOB, "use fmt;")];
    assert_eq!(skipped(&macros), "skip, needs 1, 3");
}

#[test]
fn of_several_definitions_the_last_one_above_is_needed() {
    let first = [(SKIP, "fn job() {}"), (JOB, "fn job() {}"), (SPAWN, "- thread: job()")];
    assert_eq!(skipped(&first), "skip, 2, 3");
    let second = [(JOB, "fn job() {}"), (SPAWN, "- thread: job()"), (SKIP, "fn job() {}"), (SPAWN, "- thread: job()")];
    assert_eq!(skipped(&second), "1, 2, skip, needs 3");
    let refused = [(JOB, "fn job() {}"), ("rust job compile_fail", "fn job() { x }"), (SPAWN, "- thread: job()")];
    assert_eq!(only(3, &refused), "1, -, 3");
}

#[test]
fn methods_and_traits_are_needed_by_those_who_can_reach_them() {
    let cells = [
        (JOB, "pub struct A; pub fn make() -> A { A }"),
        (SKIP, "impl A { fn len(&self) -> usize { 1 } }"),
        (JOB, "fn one() -> usize { make().len() }"),
        (JOB, "fn two() -> usize { \"two\".len() }"),
        (JOB, "fn three() { make(); }"),
    ];
    assert_eq!(skipped(&cells), "1, skip, needs 2, 4, 5");
    let named_alike = [(SKIP, "trait Named { fn name(&self) {} }"), (JOB, "fn name(name: i32) -> i32 { name }")];
    assert_eq!(skipped(&named_alike), "skip, 2");
    let with_trait = [
        (SKIP, "trait Twice { fn twice(&self) -> i32; }\nimpl Twice for i32 { fn twice(&self) -> i32 { 2 * self } }"),
        (JOB, "fn four() -> i32 { 2.twice() }"),
    ];
    assert_eq!(skipped(&with_trait), "skip, needs 1");
}

#[test]
fn cells_that_may_offer_more_than_they_name_stay_with_a_single_one() {
    let macros = "macro_rules! make { ($a:ident) => { fn $a() {} } }";
    let cells = [(JOB, macros), (JOB, "make!(one);"), (JOB, "fn two() {}"), (SPAWN, "- thread: one()")];
    assert_eq!(only(4, &cells), "1, 2, -, 4");
    let imports =
        [(JOB, "use std::fmt::Write;"), (JOB, "fn two() {}"), (JOB, "fn f(s: &mut String) { s.write_str(\"\"); }")];
    assert_eq!(only(3, &imports), "1, -, 3");
}

#[test]
fn who_uses_a_resource_needs_its_declaration_and_those_who_changed_it() {
    let spawn = |more: &str| format!("jobs: [v.set(1)]\n{more}");
    let [plain, skip, again] = ["", "skip: true", "repeat: 2\nskip: true"].map(spawn);
    let show = "jobs: [v.get()]\nshow: v.get()";
    let declared = [(VALUE, "v: {type: i, init: 0}\nskip: true"), (SPAWN, show), (SPAWN, "jobs: [sleep(0.1)]")];
    assert_eq!(skipped(&declared), "skip, needs 1, 3");
    let value = (VALUE, "v: {type: i, init: 0}\nw: i");
    assert_eq!(skipped(&[value, (SPAWN, &skip), (SPAWN, show)]), "1, skip, needs 2");
    assert_eq!(skipped(&[value, (SPAWN, &again), (SPAWN, show)]), "1, skip, 3");
    assert_eq!(skipped(&[value, (SPAWN, &skip), value, (SPAWN, show)]), "1, skip, 3, 4");
    assert_eq!(only(4, &[value, (SPAWN, &plain), (SPAWN, "jobs: [w.set(1)]"), (SPAWN, show)]), "1, 2, -, 4");
}

#[test]
fn nothing_in_a_skipped_cell_need_be_right_but_its_yaml_and_its_name() {
    let cells = [(SPAWN, "jbs: [half(]\nskip: true"), (VALUE, "v: {type: nothing}\nskip: true"), (SKIP, "fn half( {")];
    assert_eq!(skipped(&cells), "skip, skip, skip");
    let wrong = |text: &str| plan(&notebook(&[(SPAWN, text)])).expect_err("an error")[0].to_string();
    assert!(
        wrong("jobs: [f()]\nskip: maybe").contains("unknown `skip` `maybe`"),
        "{}",
        wrong("jobs: [f()]\nskip: maybe")
    );
    assert!(wrong("jobs: [f()]\nskp: true").contains("did you mean `skip`?"));
    let twice = [(SPAWN, "jobs: [1]\nname: a"), (SPAWN, "jobs: [1]\nname: a\nskip: true")];
    assert!(plan(&notebook(&twice)).expect_err("an error")[0].message.contains("two cells are named `a`"));
}

#[test]
fn an_option_is_no_name_of_a_resource() {
    let error = &plan(&notebook(&[(VALUE, "skip: {type: i}")])).expect_err("an error")[0];
    assert!(error.message.contains("`skip` is the name of an option"), "{error}");
}
