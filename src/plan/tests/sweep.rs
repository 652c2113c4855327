//! `sweep` and `axis`.

use super::*;
use crate::model::AxisKind;

fn options(kind: &str, text: &str) -> Options {
    let plan = plan(&notebook(&[(kind, text)])).expect("a plan");
    plan.steps[0].options.clone()
}

#[test]
fn a_pool_sweeps_over_its_workers_in_ascending_order() {
    assert_eq!(options("pool", "map: f\nover: 0..9\nsweep: {workers: [4, 1, 2]}\n").sweep, [1, 2, 4]);
    assert!(options("pool", "map: f\nover: 0..9\n").sweep.is_empty());
}

#[test]
fn a_spawn_cell_sweeps_over_the_count_of_its_one_job() {
    let plan = plan(&notebook(&[("spawn", "jobs: [f()]\nsweep: {count: [1, 3]}\n")])).expect("a plan");
    assert_eq!(plan.steps[0].options.sweep, [1, 3]);
    let StepKind::Spawn(spawn) = &plan.steps[0].work else { panic!() };
    let names: Vec<&str> = spawn.jobs.iter().map(|job| job.name.as_str()).collect();
    assert_eq!(names, ["f-1", "f-2", "f-3"]);
}

#[test]
fn a_sweep_that_makes_no_sense_says_why() {
    let cases = [
        ("pool", "map: f\nover: x\nsweep: {workers: [1]}", "a sweep has 2 to 32 numbers, and this has 1"),
        ("pool", "map: f\nover: x\nsweep: {workers: [1, 0]}", "`workers` is at least 1, not 0"),
        ("pool", "map: f\nover: x\nsweep: {workers: [2, 2]}", "2 stands here twice"),
        ("pool", "map: f\nover: x\nsweep: {count: [1, 2]}", "`sweep` has no key `count`"),
        ("pool", "map: f\nover: x\nsweep: 4", "`sweep` is a mapping"),
        ("pool", "map: f\nover: x\nworkers: 2\nsweep: {workers: [1, 2]}", "and has one number, too"),
        ("pool", "apply: f()\nsweep: {workers: [1, 2]}", "`sweep` is for many tasks, and `apply` is one"),
        (
            "pool",
            "map: f\nover: x\nexecutor: normal\nsweep: {workers: [1, 2]}",
            "under `normal` one worker works at a time",
        ),
        (
            "spawn",
            "executor: [thread, process]\njobs: [f()]\nsweep: {count: [1, 2]}",
            "compares the executors `thread` and `process`, and sweeps over its workers",
        ),
        (
            "spawn",
            "jobs: [f(), g()]\nsweep: {count: [1, 2]}",
            "a sweep over `count` is about one job, and this cell has 2",
        ),
        ("spawn", "jobs: [{call: f(), count: 2}]\nsweep: {count: [1, 2]}", "which has one of its own"),
    ];
    for (kind, text, part) in cases {
        let found = wrong(kind, text);
        assert!(found.contains(part) && found.contains("n.md:"), "{text}:\n{found}");
    }
}

#[test]
fn an_axis_is_of_time_or_of_steps() {
    assert_eq!(options("spawn", "jobs: [f()]\naxis: step\n").axis, Some(AxisKind::Step));
    assert_eq!(options("pool", "map: f\nover: x\naxis: time\n").axis, Some(AxisKind::Time));
    assert_eq!(options("spawn", "jobs: [f()]\n").axis, None);
    let like = |name: &str| format!("jobs: [f()]\naxis: like {name}\n");
    let cells = [("spawn", "name: first\njobs: [f()]\n"), ("spawn", &*like("first"))];
    let plan = plan(&notebook(&cells)).expect("a plan");
    assert_eq!((plan.steps[1].options.axis, plan.steps[1].options.like.as_deref()), (None, Some("first")));
    let own = wrong("spawn", &format!("name: own\n{}", like("own")));
    assert!(own.contains("n.md:4:7: error: no cell above is named `own`"), "{own}");
    assert!(wrong("spawn", "jobs: [f()]\naxis: steps\n").contains("unknown axis `steps`"));
}
